"""Many workbooks at once: a second process writes half of them.

Laying out XML is plain Python and keeps one core busy; a district has a workbook a village. The
helper is started early, so that it is ready when there is something to write, and it ends with its
parent, however that one ends.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from pathlib import Path

from loubao.forms import Workbook
from loubao.workbook.writing import write_workbook

#: Writes all the workbooks, each to its path, telling how many are done.
Press = Callable[[Iterable[tuple[Workbook, Path]], Callable[[int], None]], None]


@contextmanager
def press(helper: bool) -> Iterator[Press]:
    """Give a `Press`; with `helper` and a second core, another process takes its share."""
    if not helper or (os.cpu_count() or 1) < 2:
        yield _alone
        return
    with ProcessPoolExecutor(1, get_context("spawn"), _begin) as pool:
        with _deaf():
            pool.submit(os.getpid)
        yield lambda books, tell: _shared(pool, books, tell)


def _alone(books: Iterable[tuple[Workbook, Path]], tell: Callable[[int], None]) -> None:
    for done, (book, target) in enumerate(books):
        tell(done)
        write_workbook(book, target)


def _shared(
    pool: ProcessPoolExecutor,
    books: Iterable[tuple[Workbook, Path]],
    tell: Callable[[int], None],
) -> None:
    """Work through the books from the front, the helper from the back, until they meet."""
    waiting = list(books)
    total = len(waiting)
    handed: list[Future[None]] = []
    while waiting or handed:
        handed = [future for future in handed if not _finished(future)]
        while waiting and len(handed) < 2:  # one at work, one at hand
            handed.append(pool.submit(write_workbook, *waiting.pop()))
        if waiting:
            write_workbook(*waiting.pop(0))
        else:
            for future in handed:
                future.result()
            handed = []
        tell(total - len(waiting) - len(handed))


def _finished(future: Future[None]) -> bool:
    """Whether it is done; an error over there is an error here."""
    if future.done():
        future.result()
        return True
    return False


@contextmanager
def _deaf() -> Iterator[None]:
    """Start processes that never hear Ctrl-C: it is meant for the parent, and they end with it.

    A process takes its mask of signals from the one that starts it, and so is deaf from the first.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows: `_begin` is the earliest there is
        yield
        return
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def _begin() -> None:
    """In the helper: collect garbage seldom, and end at once when the parent is gone or killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(100_000)
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
