"""What `loubao link --precision` promises and what it holds, on sets with truth.

    python benchmarks/precision.py FOLDER… [--precision 0.99 0.999]

Each FOLDER is a set as `peers/public.py` or `population/make.py` lays it out: left.parquet,
right.parquet, truth.parquet (every pair of rows of one person), perhaps columns.txt. Fetches
nothing and uses the truth only to count: expected precision and recall are what `run.json` says of
the links, with their interval, beside those that are true. Recall is of the left rows that have
somebody on the right, whom no key brings together with their row included.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from match import loubao

PAIR = ["left_row", "right_row"]
_HEAD = (
    "| set | asked | links | precision expected | true | recall expected | true |\n"
    "| --- | --: | --: | --: | --: | --: | --: |"
)


def linked(folder: Path, precision: float | None, answer: Path) -> dict[str, Any]:
    """Link a set, and return what the report says of the links."""
    sides = [folder / "left.parquet", folder / "right.parquet"]
    command: list[str | Path] = [loubao(), "link", *sides, "--out", answer, "--json", "--yes"]
    if (folder / "columns.txt").is_file():
        command += ["--columns", (folder / "columns.txt").read_text().strip()]
    if precision is not None:
        command += ["--precision", str(precision)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    expected: dict[str, Any] = json.loads(done.stdout)["expected"]
    return expected


def line(folder: Path, precision: float | None, scratch: Path) -> str:
    """Return the row of the table of a set and a precision; None: as the tiers link."""
    answer = scratch / "links.parquet"
    expected = linked(folder, precision, answer)
    keys = [pl.col(name).cast(pl.Int64) for name in PAIR]
    truth = pl.read_parquet(folder / "truth.parquet").select(keys).unique()
    links = pl.read_parquet(answer).filter(decision="link").select(keys)
    hits = links.join(truth, on=PAIR, how="semi").height
    asked = "tiers" if precision is None else f"{precision}"
    figures = [
        "–" if found is None else "{expected:.4f} ({low:.4f}–{high:.4f})".format(**found)
        for found in (expected["precision"], expected["recall"])
    ]
    right, found = hits / max(links.height, 1), hits / truth["left_row"].n_unique()
    return (
        f"| {folder.name} | {asked} | {links.height:,} | {figures[0]} | {right:.4f} "
        f"| {figures[1]} | {found:.4f} |"
    )


def main() -> None:
    """Read the command line, print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--precision", type=float, nargs="*", default=[0.99, 0.999])
    args = parser.parse_args()
    print(_HEAD, flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for folder in args.folders:
            for precision in (None, *args.precision):
                print(line(folder, precision, Path(scratch)), flush=True)


if __name__ == "__main__":
    main()
