"""Print as JSON what the best candidates of an answer are worth, where people stand several times.

    python benchmarks/peers/best_candidates.py ANSWER FOLDER

ANSWER has left_row, right_row and score (log2 odds) or decision, match_weight, match_probability;
FOLDER has truth.parquet: every pair of rows of one person. A left row with somebody on the right is
found when its best candidate is one of that person's rows. For sets in which everybody stands once
on either side this is the F1 of `score.py`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

PAIR = ["left_row", "right_row"]
_BINS = 10


def worth(kept: int, hits: int, people: int) -> dict[str, Any]:
    """F1, precision and recall."""
    return {
        "f1": 2 * hits / max(kept + people, 1),
        "precision": hits / kept if kept else None,
        "recall": hits / max(people, 1),
    }


def examine(pairs: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """`best` at the best threshold, `default` as the program links, `ece` of the pairs."""
    keys = [pl.col(name).cast(pl.Int64) for name in PAIR]
    people = truth["left_row"].n_unique()
    ours = "decision" in pairs.columns
    by = ["match_probability", "match_weight"] if ours else ["score"]
    chance = (
        pl.col("match_probability") if ours else 1 / (1 + 2.0 ** (-pl.col("score").clip(-60, 60)))
    )
    linked = pl.col("decision") == "link" if ours else pl.col("score") >= 0
    marked = (
        pairs.with_columns(keys)
        .join(truth.select(keys).with_columns(right=True), on=PAIR, how="left")
        .with_columns(pl.col("right").fill_null(False), chance=chance, linked=linked)
    )
    best = marked.sort([*by, *PAIR], descending=[True] * len(by) + [False, False]).unique(
        "left_row", keep="first", maintain_order=True
    )
    curve = (
        best.group_by(by[0])
        .agg(kept=pl.len(), hits=pl.col("right").sum())
        .sort(by[0], descending=True)
        .select(pl.col("kept", "hits").cum_sum())
        .with_columns(f1=2 * pl.col("hits") / (pl.col("kept") + people))
        .sort("f1", descending=True)
    )
    top = curve.row(0) if curve.height else (0, 0, 0.0)
    # loubao links a left row once; the best of a peer's candidates is what it would link
    links = marked.filter("linked") if ours else best.filter("linked")
    bins = marked.group_by(bin=(pl.col("chance") * _BINS).floor().clip(0, _BINS - 1)).agg(
        rows=pl.len(), mean=pl.col("chance").mean(), right=pl.col("right").mean()
    )
    error = (bins["rows"] * (bins["mean"] - bins["right"]).abs()).sum() / max(1, marked.height)
    return {
        "best": worth(top[0], top[1], people),
        "default": worth(links.height, int(links["right"].sum()), people),
        "ece": error,
        "bins": bins.sort("bin").to_dicts(),
    }


if __name__ == "__main__":
    answer, folder = Path(sys.argv[1]), Path(sys.argv[2])
    print(json.dumps(examine(pl.read_parquet(answer), pl.read_parquet(folder / "truth.parquet"))))
