"""Ending a command that stays: `kill` and a closed terminal end it as Ctrl-C does, so that it can clean up."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

_ENDINGS: Final = ("SIGTERM", "SIGHUP")


@dataclass(slots=True)
class Ending:
    """How a block came to its end."""

    asked_by_system: bool = False
    """A signal of the system, or of a service manager, ended it, and not Ctrl-C."""


@contextmanager
def stopped_gently() -> Iterator[Ending]:
    """Let every signal that asks the process to end raise KeyboardInterrupt within the block.

    Only the main thread can see to signals; in another one the block runs as it is.
    """
    ending = Ending()
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        ending.asked_by_system = True
        raise KeyboardInterrupt

    before: dict[signal.Signals, Any] = {}
    for name in _ENDINGS:
        number = getattr(signal, name, None)
        # A signal that the caller wants ignored (nohup) stays ignored.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, interrupt)
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no signal that ends the process cut the block short; one that came meanwhile counts at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before: dict[signal.Signals, Any] = {}
    for name in ("SIGINT", *_ENDINGS):
        number = getattr(signal, name, None)
        if number is not None and callable(signal.getsignal(number)):
            before[number] = signal.signal(number, lambda seen, _frame: came.append(seen))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])
