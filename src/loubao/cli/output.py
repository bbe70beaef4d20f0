"""What is told while a run works, and to a program: a progress bar, one JSON object."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from loubao.workspace.stages import Progress, silent

_STAGES = {
    "read": "读取名单",
    "tidy": "整理数据",
    "link": "比对名册",
    "write": "生成核查表",
}
#: Seconds after which a run is worth a progress bar, and the library that draws it its start.
_PATIENCE = 1.0


def print_json(report: dict[str, Any]) -> None:
    """Write `report` as the only thing on standard output."""
    sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")


@contextmanager
def progress(shown: bool) -> Iterator[Progress]:
    """Give the pipeline something to tell of each step; drawn on a terminal, after a second."""
    if not shown or not sys.stderr.isatty():
        yield silent
        return
    told: dict[str, tuple[int, int]] = {}
    lock = threading.Lock()
    drawn: list[Progress] = []

    def tell(stage: str, done: int, total: int) -> None:
        with lock:
            told[stage] = (done, total)
            if drawn:
                drawn[0](stage, done, total)

    with ExitStack() as stack:

        def draw() -> None:
            bars = _bars()
            with lock:
                drawn.append(stack.enter_context(bars))
                for stage, (done, total) in told.items():
                    drawn[0](stage, done, total)

        timer = threading.Timer(_PATIENCE, draw)
        timer.daemon = True
        timer.start()
        try:
            yield tell
        finally:
            timer.cancel()
            if timer.is_alive():
                timer.join()


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, Any] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(_STAGES[stage], total=total)
        bars.update(tasks[stage], completed=done, total=total)

    with bars:
        yield tell
