"""A block that must not be cut short: a signal that comes meanwhile counts at its end."""

import signal

import pytest

from gsync_cli.cli.stopping import stopped_gently, undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_end_of_the_block(number: signal.Signals) -> None:
    done: list[str] = []

    def work() -> None:
        with stopped_gently(), undisturbed():
            signal.raise_signal(number)
            done.append("the rest of the block")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            work()
        assert done
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
