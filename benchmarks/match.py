"""What the monthly job costs: `loubao match` against a bare script that only reads and writes.

    python benchmarks/match.py [--rows 8500] [--repeat 5] [--work FOLDER]

Prints Markdown; exit code 1 when a bar fails. Both programs run as whole processes, by turns, on
the same district (`district/make.py`), after one uncounted run of each. Only ratios within one
run mean anything; the seconds are this machine's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
MONTH = "2022-06"
SCALES = {8500: 1, 85000: 10}
TITLES = {
    "read": "reading",
    "tidy": "tidying",
    "link": "linking",
    "screen": "screening",
    "write": "writing out",
}
LIBRARIES = ("loubao", "polars", "python-calamine", "xlsxwriter", "pydantic", "typer", "rich")


@dataclass(frozen=True)
class Run:
    """One process: seconds on the clock, seconds of all processors, peak resident MB."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Bar:
    """A measured value and the most it may be (None: no bar)."""

    what: str
    value: float
    most: float | None
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bar is kept."""
        return self.most is None or self.value <= self.most


def run(command: Sequence[str | Path], folder: Path) -> Run:
    """Run a command in `folder` to its end; stop the benchmark when it fails."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOUBAO_")}
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, env=kept, stdout=said, stderr=said)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            words = said.read().decode("utf-8", "replace")
            raise SystemExit(f"{Path(command[0]).name}: exit code {child.returncode}\n{words}")
    kilobytes = used.ru_maxrss / 1024 if sys.platform == "darwin" else used.ru_maxrss
    return Run(wall, used.ru_utime + used.ru_stime, kilobytes / 1024)


def by_turns(repeat: int, *works: Callable[[], Run]) -> list[list[Run]]:
    """Run each work once uncounted, then all by turns; the counted runs of each."""
    for work in works:
        work()
    rounds = [[work() for work in works] for _ in range(repeat)]
    return [list(runs) for runs in zip(*rounds, strict=True)]


def loubao() -> str:
    """Return the command installed beside this Python, else the one on the path."""
    beside = Path(sys.executable).with_name("loubao")
    found = str(beside) if beside.is_file() else shutil.which("loubao")
    if not found:
        raise SystemExit("loubao is not installed: python -m pip install .")
    return found


def district(work: Path, seed: int, scale: int) -> Path:
    """Return the folder of exports of a district, made unless an earlier run left it."""
    home = work / f"district-{seed}-{scale}"
    if not home.is_dir():
        partial = home.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        maker = HERE / "district" / "make.py"
        options = ["--seed", str(seed), "--scale", str(scale), "--month", MONTH]
        run([sys.executable, maker, partial, *options], work)
        partial.rename(home)
    return home / MONTH


# -- what loubao wrote, for the bare script to write as much ------------------------------------

_DIMENSION = re.compile(rb'<dimension ref="(?:[A-Z]+[0-9]+:)?([A-Z]+)([0-9]+)"')


def _extent(xml: bytes) -> tuple[int, int]:
    found = _DIMENSION.search(xml)
    if found is None:
        raise SystemExit("a sheet without <dimension>")
    columns = 0
    for letter in found[1]:
        columns = columns * 26 + letter - ord("A") + 1
    return int(found[2]), columns


def plan_of(out: Path) -> list[list[tuple[int, int]]]:
    """Return (rows, columns) of every sheet of every workbook in an output folder."""
    plan = []
    for path in sorted(out.rglob("*.xlsx")):
        with zipfile.ZipFile(path) as book:
            sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
            plan.append([_extent(book.read(name)[:2000]) for name in sheets])
    return plan


# -- the measurements ---------------------------------------------------------------------------


def measure_match(work: Path, seed: int, scale: int, repeat: int) -> tuple[list[str], list[Bar]]:
    """Measure one district; the lines of its report and its bars."""
    data = district(work, seed, scale)
    out, plan, bare_out = work / "out", work / "plan.json", work / "bare"
    stages: list[dict[str, float]] = []

    def whole() -> Run:
        shutil.rmtree(out, ignore_errors=True)
        spent = run([loubao(), "match", data, "--out", out], work)
        stages.append(json.loads((out / "run.json").read_text(encoding="utf-8"))["seconds"])
        plan.write_text(json.dumps(plan_of(out)), encoding="utf-8")
        return spent

    def bare() -> Run:
        shutil.rmtree(bare_out, ignore_errors=True)
        return run([sys.executable, HERE / "bare.py", data, plan, bare_out], work)

    ours, theirs = by_turns(repeat, whole, bare)
    limits = (2.0, 400.0) if scale == 1 else (None, None)
    quotient = median(r.wall for r in ours) / median(r.wall for r in theirs)
    peak = max(r.peak for r in ours)
    bars = [
        Bar("wall time, `loubao match` / bare script", quotient, limits[0]),
        Bar("peak memory of `loubao match`", peak, limits[1], " MB"),
    ]
    lines = _sizes(data, out, plan) + _programs(ours, theirs) + _split(ours, stages[1:])
    return lines, bars


def measure_help(work: Path, repeat: int) -> Bar:
    """Measure `loubao --help` against the import of its two command-line libraries."""
    ours, theirs = by_turns(
        repeat,
        lambda: run([loubao(), "--help"], work),
        lambda: run([sys.executable, "-c", "import typer, rich"], work),
    )
    quotient = median(r.wall for r in ours) / median(r.wall for r in theirs)
    return Bar('`loubao --help` / `python -c "import typer, rich"`', quotient, 1.5)


def _sizes(data: Path, out: Path, plan: Path) -> list[str]:
    counts = json.loads((out / "run.json").read_text(encoding="utf-8"))["counts"]
    books = json.loads(plan.read_text(encoding="utf-8"))
    rows = sum(page[0] for pages in books for page in pages)
    cells = sum(page[0] * page[1] for pages in books for page in pages)
    size = sum(path.stat().st_size for path in data.iterdir()) / 1e6
    return [
        f"{counts['files']} files, {size:.1f} MB, {counts['records']:,} people read; "
        f"{len(books)} workbooks written, {rows:,} rows, {cells:,} cells; "
        f"{counts['cases']:,} cases, {counts['issues']:,} issues.",
        "",
    ]


def _programs(ours: list[Run], theirs: list[Run]) -> list[str]:
    lines = ["| | wall s | fastest–slowest | processor s | peak MB |", "|---|--:|--:|--:|--:|"]
    for name, runs in (("`loubao match`", ours), ("bare script", theirs)):
        wall = [r.wall for r in runs]
        lines.append(
            f"| {name} | {median(wall):.2f} | {min(wall):.2f}–{max(wall):.2f} "
            f"| {median(r.cpu for r in runs):.2f} | {max(r.peak for r in runs):.0f} |"
        )
    return [*lines, ""]


def _split(ours: list[Run], stages: list[dict[str, float]]) -> list[str]:
    """The stages that run.json tells, and what lies outside them, of the median run."""
    runs = sorted(zip(ours, stages, strict=True), key=lambda pair: pair[0].wall)
    middle, seconds = runs[len(runs) // 2]
    rest = middle.wall - sum(seconds.values())
    lines = ["| stage of the median run | s | share |", "|---|--:|--:|"]
    for name, spent in {**seconds, "start-up, rules, console": rest}.items():
        title = TITLES.get(name, name)
        lines.append(f"| {title} | {spent:.2f} | {spent / middle.wall:.0%} |")
    both = sum(seconds.get(name, 0.0) for name in ("read", "write"))
    share = both / sum(seconds.values())
    return [*lines, "", f"Reading and writing are {share:.0%} of the time of the stages.", ""]


# -- the report ---------------------------------------------------------------------------------


def processor() -> str:
    try:
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return "unknown processor"
    found = re.search(r"^model name\s*:\s*(.+)$", about, re.MULTILINE)
    return found[1].strip() if found else "unknown processor"


def heading() -> list[str]:
    """Return the title, the date, the processor, how busy it is, and the versions."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        "# `loubao match`, measured",
        "",
        f"{date.today()}, {processor()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start, "
        f"Python {sys.version.split()[0]}, {libraries}.",
        "",
    ]


def table(bars: list[Bar]) -> list[str]:
    """Return the bars as a table."""
    lines = ["| | measured | bar | |", "|---|--:|--:|---|"]
    for bar in bars:
        digits = 0 if bar.unit else 2
        most = "" if bar.most is None else f"≤ {bar.most:g}{bar.unit}"
        verdict = "" if bar.most is None else ("holds" if bar.holds else "**fails**")
        lines.append(f"| {bar.what} | {bar.value:.{digits}f}{bar.unit} | {most} | {verdict} |")
    return [*lines, ""]


def report(work: Path, rows: list[int], repeat: int, seed: int) -> bool:
    """Measure and print everything; whether every bar holds."""
    print("\n".join(heading()), flush=True)
    every = []
    for count in rows:
        lines, bars = measure_match(work, seed, SCALES[count], repeat)
        if SCALES[count] == 1:
            bars.append(measure_help(work, 4 * repeat))
        print("\n".join([f"## A district of {count:,} rows", "", *table(bars), *lines]), flush=True)
        every += bars
    return all(bar.holds for bar in every)


def main() -> None:
    """Read the command line, measure, exit with 1 when a bar fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, choices=SCALES, nargs="+", default=[*SCALES])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="seed of the district")
    parser.add_argument("--work", type=Path, help="folder that keeps the districts made")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = (args.work or Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        sys.exit(0 if report(work, args.rows, args.repeat, args.seed) else 1)


if __name__ == "__main__":
    main()
