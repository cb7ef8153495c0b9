"""`gsync sandbox start`: a first terminal that serves, and a profile with which the second one just works."""

import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gsync_cli.cli.app import main
from gsync_cli.cli.sandbox import latency_of
from gsync_cli.errors import WrongUsage
from tests.support.cli import GSYNC, gsync
from tests.support.started import started


def folder(home: Path, name: str = "sandbox") -> Path:
    return home / "gsync" / "profiles" / name


def in_creatio(url: str) -> list[dict[str, Any]]:
    state = httpx2.get(f"{url}/sandbox/state", trust_env=False).json()
    contacts: list[dict[str, Any]] = state["creatio"]["contacts"]
    return contacts


# ── starting ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_in_a_second_terminal_a_synchronisation_just_works() -> None:
    with started() as sandbox:
        first = gsync("--profile", "sandbox", "sync", "contacts", "--output", "json")
        second = gsync("--profile", "sandbox", "sync", "contacts", "--output", "json")
        for command in sandbox.data["next"]:
            assert gsync(*command.split()[1:]).code == 0, command
    assert (first.code, second.code) == (0, 0)
    assert first.envelope["data"]["google"]["created"] == 10
    assert first.envelope["data"]["linked"] == 4
    quiet = {"created": 0, "updated": 0, "unlinked": 0}
    assert (second.envelope["data"]["google"], second.envelope["data"]["creatio"]) == (quiet, quiet)


def test_the_envelope_says_what_is_there() -> None:
    with started() as sandbox:
        data = sandbox.data
        assert len(in_creatio(data["url"])) == data["creatio"]["contacts"]
        tagged = [contact for contact in in_creatio(data["url"]) if data["creatio"]["tag"] in contact["tags"]]
        assert len(tagged) == data["creatio"]["tagged"] == 14
        assert data["google"]["contacts"] == 25
        assert gsync("--profile", "sandbox", "account", "show").out.count(data["google"]["account"]) == 1


def test_it_grows_slows_and_ages_on_request() -> None:
    options = ("--contacts", "30", "--creatio-contacts", "5", "--latency", "120ms")
    with started(*options, "--creatio-version", "8.1.3", "--runtime", "net") as sandbox:
        assert (sandbox.data["google"]["contacts"], sandbox.data["creatio"]["tagged"]) == (55, 19)
        assert httpx2.get(f"{sandbox.data['url']}/sandbox/clock", trust_env=False).elapsed.total_seconds() >= 0.12
        status = gsync("--profile", "sandbox", "creatio", "status", "--output", "json").envelope["data"]
    assert (status["version"][:5], status["runtime"]) == ("8.1.3", "net")


def test_another_seed_makes_other_people() -> None:
    def names(seed: str) -> set[str]:
        with started("--seed", seed, "--creatio-contacts", "30") as sandbox:
            return {contact["name"] for contact in in_creatio(sandbox.data["url"])}

    assert names("1") != names("2")


def test_as_text_it_says_the_address_and_the_next_commands(home: Path) -> None:
    process = subprocess.Popen(
        [*GSYNC, "sandbox", "start"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        first = process.stdout.readline()
        while (line := process.stdout.readline()) and not line.startswith("Ctrl-C"):
            first += line
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert "http://127.0.0.1:" in first
    assert "gsync --profile sandbox sync contacts" in first
    assert str(folder(home)) in first
    assert (process.returncode, out, len(err.splitlines())) == (0, "", 1)


# ── ending ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_as_wished_it_exits_0_with_one_line_and_leaves_the_profile(home: Path, number: signal.Signals) -> None:
    with started() as sandbox:
        code, out, err = sandbox.end(number)
    assert (code, out, len(err.splitlines())) == (0, "", 1)
    assert (folder(home) / "config.toml").exists()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(sandbox.data["url"], trust_env=False)


def test_a_fresh_start_forgets_what_was_remembered_of_a_former_sandbox() -> None:
    with started():
        gsync("--profile", "sandbox", "sync", "contacts")
        status = gsync("--profile", "sandbox", "status", "--output", "json").envelope["data"]
        assert status["kinds"][0]["linked"] == 14
    with started():
        status = gsync("--profile", "sandbox", "status", "--output", "json").envelope["data"]
        assert all(kind["linked"] == 0 for kind in status["kinds"])
        assert gsync("--profile", "sandbox", "sync", "contacts").code == 0


# ── the profile, and what else is in the way ─────────────────────────────────────────────────────────────────────


def test_a_profile_that_no_sandbox_wrote_is_never_written_over(home: Path) -> None:
    gsync("--profile", "sandbox", "config", "set", "creatio.url", "https://crm.example.com")
    before = (folder(home) / "config.toml").read_bytes()
    ran = gsync("sandbox", "start", "--output", "json")
    assert (ran.code, ran.envelope["errors"][0]["code"]) == (2, "sandbox-profile-taken")
    assert (folder(home) / "config.toml").read_bytes() == before
    assert not (folder(home) / "credentials.toml").exists()


def test_another_profile_can_be_named_and_that_of_the_environment_is_not_taken(home: Path) -> None:
    with started("--profile", "other") as sandbox:
        assert sandbox.data["folder"] == str(folder(home, "other"))
        assert sandbox.data["next"][0].startswith("gsync --profile other ")
    with started(environment={"GSYNC_PROFILE": "work"}) as sandbox:
        assert sandbox.data["profile"] == "sandbox"
    assert not folder(home, "work").exists()


def test_two_at_once_would_share_a_profile_so_the_second_is_refused() -> None:
    with started() as sandbox:
        ran = gsync("sandbox", "start", "--output", "json")
        assert (ran.code, ran.envelope["errors"][0]["code"]) == (7, "sandbox-running")
        assert sandbox.data["url"] in ran.envelope["errors"][0]["message"]
        assert gsync("--profile", "sandbox", "account", "show").code == 0


def test_a_busy_port_is_one_sentence_and_changes_nothing(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = gsync("sandbox", "start", "--port", str(port))
    assert (ran.code, ran.out) == (2, "")
    assert f"port {port}" in ran.err
    assert not (folder(home) / "config.toml").exists()


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--latency", "slow", "sandbox-latency"),
        ("--creatio-version", "7.9", "sandbox-version"),
        ("--creatio-version", "new", "sandbox-version"),
        ("--runtime", "java", "value-wrong"),
        ("--contacts", "-1", "value-wrong"),
        ("--port", "70000", "value-wrong"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_before_anything_starts(
    home: Path, option: str, value: str, code: str
) -> None:
    ran = gsync("sandbox", "start", option, value, "--output", "json")
    assert (ran.code, ran.envelope["errors"][0]["code"]) == (2, code)
    assert not folder(home).exists()


@pytest.mark.parametrize(("text", "seconds"), [("50ms", 0.05), ("0.2s", 0.2), ("2 S", 2.0), ("50", 0.05), ("0", 0.0)])
def test_latency_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert latency_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "ms", "-5ms", "5m", "1e3", "50ms later"])
def test_what_is_no_latency_is_refused(text: str) -> None:
    with pytest.raises(WrongUsage, match="sandbox-latency"):
        latency_of(text)


def test_a_proxy_that_would_be_in_the_way_is_named() -> None:
    proxy = {"http_proxy": "http://proxy.example:3128"}
    with started(environment=proxy) as sandbox:
        assert "NO_PROXY=127.0.0.1" in sandbox.end()[2]
    with started(environment={**proxy, "no_proxy": "127.0.0.1"}) as sandbox:
        assert "PROXY" not in sandbox.end()[2]


def test_sandbox_demo_is_demo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Played:
        def data(self) -> dict[str, object]:
            return {"played": True}

        def show(self, page: object) -> None: ...

    monkeypatch.setattr("gsync_cli.cli.demo.demonstrate", lambda _: Played())
    for words in (["sandbox", "demo"], ["demo"]):
        assert main([*words, "--output", "json"]) == 0
        assert '"played": true' in capsys.readouterr().out
