"""`match --counties`: the month of many counties, a folder a county, each by a run of its own.

A county is matched as if the command was typed in its folder: by its own rules, ledger and output,
under its own locks, whole or not at all. Each run is a process of its own, so that one that fails,
or is ended by the system, takes nothing of the others with it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loubao import __version__
from loubao.core.faults import Fault, UntrustedInput, Usage
from loubao.workspace.settings import shown_path
from loubao.workspace.stages import Progress, silent

#: Exit codes, the worst first: a defect, what somebody has to mend, what only has to wait.
WORST = (1, 2, 3, 4)
#: A folder whose name is a month and nothing else.
_MONTH = re.compile(r"(20[0-9]{2})[-._年]?(0[1-9]|1[0-2]|[1-9])月?")
_RULES = "rules"
#: Variables of the environment that are not meant for one county.
_OPTIONS = "LOUBAO_"
_SECRETS = ("LOUBAO_PASSWORD", "LOUBAO_LEDGER_KEY")
#: Sums of a run that the table of all has.
_SUMS = ("records", "qualifying", "on_sheets", "households_on_sheets", "issues")

_SILENT = (
    "运行没有做完（退出码 {code}），多半是内存不足或被系统结束；请在这个县的文件夹里单独运行一次"
)


class CountiesFailed(Fault):
    """Some counties were not matched; the others are, as `report` says."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        failed = [each for each in report["counties"] if each["exit_code"]]
        lines = [
            f"{each['county']}：{line}" for each in failed for line in each["error"].split("\n")
        ]
        super().__init__("\n".join(lines))
        self.report = report
        self.exit_code = worst(each["exit_code"] for each in failed)


@dataclass(frozen=True)
class Order:
    """What is to be done in each county of `folder`.

    data     the name of the month's folder in each; None: the newest month that any county has
    options  further words of the command line, paths absolute
    at_once  how many at the same time
    """

    folder: Path
    data: Path | None = None
    options: Sequence[str] = ()
    at_once: int = 1


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of all counties: that of the worst.

    >>> worst([0, 4, 3, 0]), worst([0, 0]), worst([3, 1])
    (3, 0, 1)
    """
    seen = set(codes)
    return next((code for code in WORST if code in seen), max(seen, default=0))


def match_counties(order: Order, progress: Progress = silent) -> dict[str, Any]:
    """Match every county of a folder, and return a line of each; raises `CountiesFailed`, `Usage`.

    When the run is called off, so are the counties at work: what was not done is as it was.
    """
    counties = _counties(order.folder)
    months = _months(counties, order.data)
    report: dict[str, Any] = {
        "loubao": __version__,
        "folder": shown_path(order.folder),
        "data": shown_path(months.asked),
        "counties": [],
    }
    runs = _Runs(order.at_once)
    with ThreadPoolExecutor(order.at_once) as pool:
        waiting = [pool.submit(_matched, each, months, order, runs) for each in counties]
        try:
            for done, each in enumerate(waiting):
                progress("counties", done, len(waiting))
                report["counties"].append(each.result())
        finally:
            runs.call_off()
            pool.shutdown(cancel_futures=True)
    progress("counties", len(waiting), len(waiting))
    report["counts"] = _summed(report["counties"])
    if report["counts"]["failed"]:
        raise CountiesFailed(report)
    return report


def _counties(folder: Path) -> list[Path]:
    """The folders of the counties, in the order of names; what begins with a dot is none."""
    if not folder.is_dir():
        raise Usage(
            f"--counties 应为文件夹，一个县一个子文件夹：{shown_path(folder)} 不存在或不是文件夹"
        )
    found = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not found:
        raise Usage(f"文件夹 {shown_path(folder)} 里没有县的文件夹；请一个县建一个（loubao init）")
    return found


@dataclass(frozen=True)
class _Months:
    """Which folder is the month of a county: `asked`, or the one of that `month`."""

    asked: Path
    month: tuple[int, int] | None = None

    def of(self, county: Path) -> Path:
        """Return the path in the folder of a county; raises `UntrustedInput`."""
        if self.month is None:
            found = [county / self.asked] if (county / self.asked).is_dir() else []
        else:
            found = [path for path, month in _month_folders(county) if month == self.month]
        if len(found) == 1:
            return found[0].relative_to(county)
        if found:
            names = "、".join(path.name for path in found)
            raise UntrustedInput(f"{self.asked} 的名单有几个文件夹（{names}），请只留一个")
        raise UntrustedInput(f"没有 {shown_path(self.asked)} 的名单（文件夹），其他县照常比对")


def _months(counties: Sequence[Path], data: Path | None) -> _Months:
    if data is not None:
        if data.is_absolute() or ".." in data.parts:
            raise Usage("有 --counties 时，DATA 写各县文件夹里的名字，如 2022-06，不写别处的路径")
        return _Months(data)
    months = {month for county in counties for _, month in _month_folders(county)}
    if not months:
        raise Usage(
            "各县的文件夹里都没有以月份命名的文件夹（如 2022-06）；"
            "请写明名单在哪个文件夹，如 loubao match 2022-06 --counties 各县"
        )
    newest = max(months)
    return _Months(Path(f"{newest[0]}-{newest[1]:02}"), newest)


def _month_folders(county: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    """The folders of a county that are called a month, with year and month."""
    for path in sorted(county.iterdir()):
        hit = _MONTH.fullmatch(path.name)
        if hit and path.is_dir():
            yield path, (int(hit[1]), int(hit[2]))


# --- a county ---------------------------------------------------------------------------------


class _Runs:
    """The processes at work: each a run of this program in the folder of a county."""

    def __init__(self, at_once: int) -> None:
        self._at_work: set[subprocess.Popen[str]] = set()
        self._is_over = False
        self._lock = threading.Lock()
        # of the caller's options each county is given those that are meant for it
        own = {k: v for k, v in os.environ.items() if not k.startswith(_OPTIONS) or k in _SECRETS}
        threads = str(max(1, (os.cpu_count() or 1) // at_once))
        # what lies in the folder of a county is no module of the program
        self._environment = {"POLARS_MAX_THREADS": threads, **own, "PYTHONSAFEPATH": "1"}

    def done(self, folder: Path, words: Sequence[str]) -> tuple[int, str]:
        """Run the program to its end; return exit code and standard output. Any thread may ask."""
        frozen = getattr(sys, "frozen", False)
        program = [sys.executable] if frozen else [sys.executable, "-m", "loubao"]
        with self._lock:
            if self._is_over:
                return 128 + signal.SIGTERM, ""
            process = subprocess.Popen(
                [*program, *words],
                cwd=folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
            )
            self._at_work.add(process)
        said, _ = process.communicate()
        with self._lock:
            self._at_work.discard(process)
        return process.returncode, said

    def call_off(self) -> None:
        """Begin no more, and end those at work as TERM ends a run: what is not whole is undone."""
        with self._lock:
            self._is_over = True
            for process in self._at_work:
                process.terminate()


def _matched(county: Path, months: _Months, order: Order, runs: _Runs) -> dict[str, Any]:
    """Match one county; return what the table of all has of it."""
    start = time.perf_counter()
    line: dict[str, Any] = {"county": county.name, "data": None, "exit_code": 0, "error": None}
    try:
        if not (county / _RULES).is_dir():
            raise Usage(
                f"里面没有 {_RULES}，请用 loubao init 建；不是县的文件夹请移走，或在名字前加一个点"
            )
        data = months.of(county)
        line["data"] = data.as_posix()
        code, said = runs.done(county, ["match", str(data), "--json", *order.options])
        line |= _report(code, said)
    except Fault as fault:
        line |= {"exit_code": fault.exit_code, "error": fault.message}
    return {**line, "seconds": round(time.perf_counter() - start, 2)}


def _report(code: int, said: str) -> dict[str, Any]:
    """What a run that ended so said of itself."""
    try:
        report = json.loads(said)
    except ValueError:
        report = {}
    if code:
        error = report.get("error") or _SILENT.format(code=code)
        return {"exit_code": code if code > 0 else 1, "error": error}
    counts = report.get("counts", {})
    return {
        "as_of": report.get("as_of"),
        "counts": {name: counts.get(name, 0) for name in _SUMS},
        "register": report.get("register")
        and {name: report["register"][name] for name in ("rows", "linked", "reviews")},
        "ledger": report.get("ledger"),
        "hints": report.get("hints", []),
        "kept": report.get("kept"),
    }


def _summed(lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many counties there are, were matched, were not; and the sums of those that were."""
    done = [each for each in lines if not each["exit_code"]]
    sums = {name: sum(each["counts"][name] for each in done) for name in _SUMS}
    return {
        "counties": len(lines),
        "matched": len(done),
        "failed": len(lines) - len(done),
        **sums,
    }
