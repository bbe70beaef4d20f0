"""One line of log a run: when, what, which month, exit code, counts, seconds. Nobody's name."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="FILE",
        help="每次运行在这个文件末尾记一行（时间、退出码、计数），如 --log loubao.log",
        envvar="LOUBAO_LOG",
        show_envvar=False,
    ),
]
_DAY = re.compile(r"([0-9]{4}-[0-9]{2})(-[0-9]{2})?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@contextmanager
def logged(file: Path | None, command: str) -> Iterator[dict[str, Any]]:
    """Give a dict to put the report in; a line is logged when the block ends, also with a fault.

    Without `file` nothing is logged. What cannot be logged is said on standard error and does not
    change how the run ends: what it did is done.
    """
    report: dict[str, Any] = {}
    start = time.perf_counter()
    code = 0
    try:
        yield report
    except BaseException as error:
        code = exit_code(error)
        raise
    finally:
        if file is not None:
            try:
                append(file, command, code, report, time.perf_counter() - start)
            except OSError:
                print(f"提示：日志 {file.name} 写不进去，请检查权限和磁盘", file=sys.stderr)


def exit_code(error: BaseException) -> int:
    """Return the exit code of the contract for an error that ends a run."""
    from loubao.core.faults import Fault

    if isinstance(error, Fault):
        return error.exit_code
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def append(
    file: Path, command: str, exit_code: int, report: Mapping[str, Any], seconds: float
) -> None:
    """Add one line to `file`, at once and as a whole; a new file is its owner's only.

    Of the report only its month (`month`, else that of `as_of`) and the numbers among `counts` are
    told. Raises OSError.
    """
    line = f"{_now()} {told(command, exit_code, report, seconds)}\n".encode()
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def told(command: str, exit_code: int, report: Mapping[str, Any], seconds: float) -> str:
    """Return the line without its time.

    >>> told("match", 0, {"as_of": "2022-06-30", "counts": {"cases": 12, "news": {"new": 3}}}, 1.26)
    'match month=2022-06 exit=0 cases=12 news.new=3 seconds=1.3'
    >>> told("collect", 4, {}, 0)
    'collect month=- exit=4 seconds=0.0'
    """
    day = _DAY.fullmatch(str(report.get("month") or report.get("as_of") or ""))
    counts = report.get("counts")
    parts = [command, f"month={day[1] if day else '-'}", f"exit={exit_code}"]
    parts += _numbers(counts, "") if isinstance(counts, Mapping) else []
    return " ".join([*parts, f"seconds={seconds:.1f}"])


def _numbers(counts: Mapping[str, Any], before: str) -> Iterator[str]:
    """`name=number` of what is counted; names that a program gave, never a text of the data."""
    for name, value in counts.items():
        if not _WORD.fullmatch(str(name)):
            continue
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{before}{name}.")
        elif isinstance(value, int) and not isinstance(value, bool):
            yield f"{before}{name}={value}"


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
