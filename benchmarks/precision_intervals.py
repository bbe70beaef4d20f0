"""How far the interval of the precision that `loubao link` expects, without labels, may be trusted.

    python benchmarks/precision_intervals.py FOLDER …

Each FOLDER has left.parquet, right.parquet, truth.parquet (left_row, right_row), and perhaps
columns.txt, as `public_sets.py` has it. Of each left row the likeliest pair counts, from several
probabilities on. Prints how often the truth is inside the interval if the probabilities are right
(the interval that is shown), and if the odds of all errors may be two or four times lower or
higher than they say; and where even this is not enough.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import polars as pl

from link_report import OURS
from loubao.core.intervals import poisson
from public_sets import answered

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999)
OFF = (1.0, 2.0, 4.0)
PAIR = ["left_row", "right_row"]


def likeliest(answer: Path, truth: Path) -> pl.DataFrame:
    """Return `match_probability` and `right` (Boolean) of the likeliest pair of each left row."""
    keys = [pl.col(name).cast(pl.Int64) for name in PAIR]
    known = pl.read_parquet(truth).select(keys).with_columns(right=True)
    pairs = pl.read_parquet(answer).with_columns(keys)
    order = ["match_probability", "match_weight"]
    return (
        pairs.join(known, on=PAIR, how="left")
        .sort([*order, *PAIR], descending=[True, True, False, False])
        .unique("left_row", keep="first", maintain_order=True)
        .select("match_probability", right=pl.col("right").fill_null(value=False))
    )


def errors(probabilities: pl.Series, off: float) -> float:
    """How many pairs are wrong, if the odds of an error are `off` times what they seem."""
    odds = (1 - probabilities) * off
    return float((odds / (odds + probabilities)).sum())


def main() -> None:
    """Link every set; print how many intervals hold the truth, and where the widest does not."""
    held = dict.fromkeys(OFF, 0)
    cases = 0
    with tempfile.TemporaryDirectory() as scratch:
        for folder in map(Path, sys.argv[1:]):
            answer = Path(scratch) / "links.parquet"
            answered(OURS, folder.resolve(), answer, sys.executable)
            best = likeliest(answer, folder / "truth.parquet")
            for least in THRESHOLDS:
                pairs = best.filter(pl.col("match_probability") >= least)
                if pairs.is_empty():
                    continue
                cases += 1
                wrong = pairs.height - int(pairs["right"].sum())
                for off in OFF:
                    chances = pairs["match_probability"]
                    low = poisson(errors(chances, 1 / off))[0]
                    high = poisson(errors(chances, off))[1]
                    held[off] += low <= wrong <= high
                    if off == OFF[-1] and not low <= wrong <= high:
                        words = f"{wrong} wrong, not {low:.0f} to {high:.0f}"
                        print(f"{folder.name}, {pairs.height} pairs from {least}: {words}")
    print("| odds of an error off by | intervals that hold the truth |\n| --: | --: |")
    for off, count in held.items():
        print(f"| {off:g} | {count} of {cases} |")


if __name__ == "__main__":
    main()
