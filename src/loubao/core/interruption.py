"""Ctrl-C, TERM and HUP: a run that is called off unwinds, and leaves nothing behind.

TERM comes from `kill`, a service manager or a shutdown, HUP from a terminal that is closed. Each
becomes a KeyboardInterrupt in the main thread, once; whoever holds temporary files clears them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: The signals that call a run off, as far as the system has them.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


#: The first signal that came.
_came: list[int] = []
#: Set when what the run was for is done: an exit code other than 0 would say that it is not.
_finished = threading.Event()


class CalledOff(KeyboardInterrupt):
    """A signal called the run off."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def listen() -> None:
    """From now on raise `CalledOff` for the first signal; those after it find the run ending.

    A signal that the starter wants ignored (nohup) stays ignored.
    """
    if threading.current_thread() is threading.main_thread():
        for each in SIGNALS:
            if signal.getsignal(each) in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(each, _call_off)


def _call_off(number: int, _frame: FrameType | None) -> None:
    if _finished.is_set():
        return
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    _came.append(number)
    raise CalledOff(number)


def as_called_off(error: BaseException) -> BaseException:
    """Return `CalledOff` for what a library has made of it, which may catch it and raise its own.

    Whatever ends a run after a signal came of that signal.

    >>> error = ValueError()
    >>> as_called_off(error) is error  # no signal came
    True
    """
    return CalledOff(_came[0]) if _came else error


@contextmanager
def no_way_back() -> Iterator[None]:
    """Ignore these signals in the block, and after it until the run ends, if it ends well.

    What takes its place there cannot be called off any more.
    """
    with unbroken():
        yield
        _finished.set()


@contextmanager
def unbroken() -> Iterator[None]:
    """Ignore these signals in the block: what is begun there is done to its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, signal.SIG_IGN) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
