"""Ending a command that stays: `kill` and a closed terminal end it as Ctrl-C does, so that it can clean up."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_ENDINGS: Final = ("SIGTERM", "SIGHUP")


@contextmanager
def stopped_gently() -> Iterator[None]:
    """Let every signal that asks the process to end raise KeyboardInterrupt within the block.

    Only the main thread can see to signals; in another one the block runs as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {}
    for name in _ENDINGS:
        number = getattr(signal, name, None)
        # A signal that the caller wants ignored (nohup) stays ignored.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
