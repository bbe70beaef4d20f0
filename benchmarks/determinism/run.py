"""Whether the same input gives the same bytes: threads, order of files, locales and time zones.

    python benchmarks/determinism/run.py [--work FOLDER] [--left 20000 --right 200000]

`loubao match` runs over the sample month and over an invented district (`district/make.py`),
`loubao link` over two lists of an invented population (`population/make.py`) and, as workbooks and
csv, over parts of them. Each runs once for every circumstance below as a whole process with a hash
seed of its own; every parquet file and every workbook must have the bytes of the first run. Prints
Markdown; exit code 1 where a file differs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

BENCHMARKS = Path(__file__).resolve().parents[1]
SAMPLE = BENCHMARKS.parent / "sample_data" / "2022-06"
THREADS = (1, 2, 3, 4, 8)
ORDERS: tuple[tuple[str, Callable[[list[Path]], object]], ...] = (
    ("names forwards", lambda paths: paths.sort()),
    ("names backwards", lambda paths: paths.sort(reverse=True)),
    ("shuffled", lambda paths: random.Random(5).shuffle(paths)),
)
#: a locale that the machine does not have counts as C, but is in the environment all the same
PLACES = (
    ("C", "UTC"),
    ("C.UTF-8", "Pacific/Kiritimati"),
    ("zh_CN.GB18030", "Asia/Shanghai"),
    ("tr_TR.UTF-8", "America/St_Johns"),
)
WRITTEN = (".parquet", ".xlsx", ".csv")


@dataclass(frozen=True)
class Circumstance:
    """What must not matter."""

    threads: int = 2
    order: int = 0
    place: int = 1

    def __str__(self) -> str:
        """Name it for the report."""
        locale, zone = PLACES[self.place]
        return f"{self.threads} threads, {ORDERS[self.order][0]}, {locale}, {zone}"

    def environment(self, seed: int) -> dict[str, str]:
        """Return the environment of the process."""
        locale, zone = PLACES[self.place]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LOUBAO_", "LC_"))}
        return {
            **kept,
            **{"LC_ALL": locale, "LANG": locale, "TZ": zone, "PYTHONHASHSEED": str(seed)},
            "POLARS_MAX_THREADS": str(self.threads),
        }


def circumstances() -> Iterator[Circumstance]:
    """Yield every number of threads, every order and every place, each with the others mixed."""
    for turn, threads in enumerate(THREADS):
        yield Circumstance(threads, turn % len(ORDERS), turn % len(PLACES))
    for order in range(len(ORDERS)):
        yield Circumstance(THREADS[-1 - order], order, order)
    for place in range(len(PLACES)):
        yield Circumstance(THREADS[place], -1 - place % len(ORDERS), place)


def copied(data: Path, target: Path, order: int) -> Path:
    """Copy the files of a folder in one order, which most file systems list them by."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    paths = [path for path in data.rglob("*") if path.is_file()]
    ORDERS[order][1](paths)
    for path in paths:
        place = target / path.relative_to(data)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return target


def digests(out: Path) -> dict[str, str]:
    """Return the SHA-256 of everything that must not change."""
    paths = [out] if out.is_file() else sorted(out.rglob("*"))
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.is_file() and path.suffix in WRITTEN
    }


def loubao(arguments: Sequence[str | Path], environment: dict[str, str], work: Path) -> None:
    """Run the command; stop the benchmark where it fails."""
    code = "import sys; from loubao.cli import command; command()"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=work,
        env=environment,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace")
        raise SystemExit(f"{arguments[0]}: exit code {done.returncode}\n{words}")


def match(data: Path, work: Path, each: Circumstance, turn: int) -> dict[str, str]:
    """Run `match` on a copy of `data`; what it wrote."""
    folder = copied(data, work / "data" / data.name, each.order)
    out, ledger = work / "out", work / "ledger" / "ledger.db"
    for old in (out, ledger.parent):
        shutil.rmtree(old, ignore_errors=True)
    ledger.parent.mkdir()
    where: list[str | Path] = [
        "--out",
        out,
        "--ledger",
        ledger,
        "--rules",
        BENCHMARKS.parent / "rules",
    ]
    loubao(["match", folder, *where, "--quiet", "--yes"], each.environment(turn), work)
    return digests(out)


def link(
    left: Path, right: Path, ending: str, work: Path, each: Circumstance, turn: int
) -> dict[str, str]:
    """Run `link`; what it wrote."""
    out = work / f"links{ending}"
    out.unlink(missing_ok=True)
    rules = BENCHMARKS.parent / "rules"
    given: list[str | Path] = ["link", left, right, "--out", out, "--rules", rules, "--quiet"]
    loubao(given, each.environment(turn), work)
    return digests(out)


def shuffled(left: Path, right: Path, work: Path) -> int:
    """Return in how many pairs `link` differs where the rows of both lists stand otherwise.

    Rows that are written alike are one: nothing but their place tells which of them is linked.
    """
    plain, turned = work / "plain.parquet", work / "turned.parquet"
    written, tables = [], []
    for seed, path in enumerate((left, right)):
        rows = pl.read_parquet(path)
        rows = rows.with_columns(written=pl.struct(rows.columns).hash())
        mixed = rows.sample(fraction=1.0, shuffle=True, seed=seed)
        written.append([each.select("written").with_row_index("row", 2) for each in (rows, mixed)])
        tables.append(work / f"turned-{path.name}")
        mixed.drop("written").write_parquet(tables[-1])
    rules = BENCHMARKS.parent / "rules"
    for (one, other), out in (((left, right), plain), (tables, turned)):
        out.unlink(missing_ok=True)
        given: list[str | Path] = ["link", one, other, "--out", out, "--rules", rules, "--quiet"]
        loubao(given, Circumstance().environment(0), work)
    counts = []
    for at, path in enumerate((plain, turned)):
        found = pl.read_parquet(path).unnest("evidence")
        for side, of in zip(("left_row", "right_row"), written, strict=True):
            found = found.join(of[at].rename({"row": side, "written": f"{side}s"}), on=side)
        counts.append(found.drop("left_row", "right_row").group_by(pl.all()).agg(pairs=pl.len()))
    first, second = counts
    common = first.join(second, on=first.columns, nulls_equal=True)
    first_all, second_all, both = (
        int(each.select(pl.col("pairs").sum()).item()) for each in (first, second, common)
    )
    return max(first_all, second_all) - both


def differences(run: Callable[[Circumstance, int], dict[str, str]]) -> tuple[list[str], int]:
    """Run each circumstance; a line for each file unlike that of the first run, and the files."""
    first: dict[str, str] = {}
    lines: list[str] = []
    for turn, each in enumerate(circumstances()):
        found = run(each, turn)
        first = first or found
        lines += [
            f"- {each}: {name or 'the table'}"
            for name in sorted(first.keys() | found.keys())
            if first.get(name) != found.get(name)
        ]
    return lines, len(first)


def made(script: str, target: Path, *options: str) -> Path:
    """Return what a generator makes, unless an earlier run left it."""
    if not target.exists():
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        command: list[str | Path] = [sys.executable, BENCHMARKS / script, partial, *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        partial.rename(target)
    return target


def small(population: Path) -> tuple[Path, Path]:
    """Return parts of both lists as a workbook and as csv."""
    left, right = population / "left.xlsx", population / "right.csv"
    pl.read_parquet(population / "left.parquet").head(3_000).write_excel(left)
    pl.read_parquet(population / "right.parquet").head(60_000).write_csv(right)
    return left, right


def report(work: Path, left: int, right: int) -> bool:
    """Measure and print everything; whether nothing differs."""
    district = made("district/make.py", work / "district", "--month", "2022-06") / "2022-06"
    sizes = ("--left", str(left), "--right", str(right))
    crowd = made("population/make.py", work / f"population-{left}-{right}", *sizes)
    tables = (crowd / "left.parquet", crowd / "right.parquet")
    workbook, text = small(crowd)
    runs: dict[str, Callable[[Circumstance, int], dict[str, str]]] = {
        "match, sample month": lambda each, turn: match(SAMPLE, work, each, turn),
        "match, district": lambda each, turn: match(district, work, each, turn),
        f"link, {left} × {right}": lambda *at: link(*tables, ".parquet", work, *at),
        "link, xlsx × csv → xlsx": lambda *at: link(workbook, text, ".xlsx", work, *at),
        "link, csv × xlsx → csv": lambda *at: link(text, workbook, ".csv", work, *at),
    }
    print("| | runs | files | that differ |\n|---|--:|--:|--:|", flush=True)
    told = []
    for name, run in runs.items():
        lines, files = differences(run)
        print(
            f"| {name} | {sum(1 for _ in circumstances())} | {files} | {len(lines)} |", flush=True
        )
        told += [f"\n{name}\n", *lines] if lines else []
    print("\n".join(told))
    turned = shuffled(*tables, work)
    print(f"\nRows of both lists shuffled: {turned} pairs of `link` differ.")
    return not told and not turned


def main() -> None:
    """Read the command line, run, exit with 1 when a file differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, help="folder that keeps what was made")
    parser.add_argument("--left", type=int, default=20_000)
    parser.add_argument("--right", type=int, default=200_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = (args.work or Path(scratch)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        sys.exit(0 if report(work, args.left, args.right) else 1)


if __name__ == "__main__":
    main()
