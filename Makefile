# Everything a contributor or CI runs. Each target sets up what it needs: Python 3.11+, pip and make are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SEEDS  ?= 2000
# The tests start gsync hundreds of times; compiled once, its modules need not be compiled each time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check soak round-trip bench clean setup

$(BIN)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); $(PYTHON) -m pip install --user virtualenv && $(PYTHON) -m virtualenv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

setup: $(BIN)/.ready

demo: setup            ## the main job on a local sandbox, explained as it goes
	$(BIN)/gsync demo

test: setup            ## every test, in under five minutes
	$(BIN)/python -m pytest -n auto --dist worksteal

check: setup           ## style, types, and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: setup            ## the simulation for any number of seeds: make soak SEEDS=100000
	$(BIN)/python -m tests.simulation --seeds $(SEEDS)
	$(BIN)/python -m tests.simulation --activities --seeds $(SEEDS)

round-trip: setup      ## generated meetings through both sides and back, and series against another expander
	$(BIN)/python -m tests.support.expanders --seeds $(SEEDS)
	$(BIN)/python -m tests.support.round_trip --seeds $(SEEDS)

bench: setup           ## the figures of benchmarks/, beside their floors
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
