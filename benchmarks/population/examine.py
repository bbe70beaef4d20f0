"""Measure the links between two lists against the truth.

    python examine.py LINKS FOLDER [--json]

LINKS is a parquet file with left_row, right_row, decision ("link" "review"), match_weight and
match_probability; FOLDER was written by make.py (faults.parquet may be absent).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import polars as pl

PAIR = ["left_row", "right_row"]
BINS = 10


def _pairs(frame: pl.DataFrame, *others: str) -> pl.DataFrame:
    return frame.select(*[pl.col(name).cast(pl.Int64) for name in PAIR], *others)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def best_candidate_f1(pairs: pl.DataFrame, truth: pl.DataFrame, tie: str = "") -> dict[str, Any]:
    """F1 of the best candidate of each left row at the best threshold.

    `pairs`: left_row, right_row, score (any scale, higher is better; null is lowest), and with
    `tie` a column that breaks ties of the score among the candidates of one left row. A pair
    given twice counts once. `truth`: left_row, right_row. A threshold keeps all of one score.
    """
    by = ["score", tie] if tie else ["score"]
    ranked = _pairs(pairs, *by).with_columns(pl.col(by).fill_null(float("-inf")))
    best = (
        ranked.sort([*by, *PAIR], descending=[True] * len(by) + [False, False])
        .unique("left_row", keep="first", maintain_order=True)
        .join(_pairs(truth).with_columns(right=True), on=PAIR, how="left", maintain_order="left")
    )
    curve = (
        best.group_by("score")
        .agg(kept=pl.len(), hits=pl.col("right").fill_null(False).sum())
        .sort("score", descending=True)
        .with_columns(pl.col("kept").cum_sum(), pl.col("hits").cum_sum())
        .with_columns(f1=2 * pl.col("hits") / (pl.col("kept") + truth.height))
        .sort("f1", "score", descending=[True, True])
    )
    if not curve.height:
        return {"f1": 0.0, "precision": None, "recall": 0.0, "threshold": None}
    top = curve.row(0, named=True)
    return {
        "f1": top["f1"],
        "precision": top["hits"] / top["kept"],
        "recall": _share(top["hits"], truth.height),
        "threshold": top["score"],
    }


def calibration(marked: pl.DataFrame) -> dict[str, Any]:
    """Expected calibration error over ten equal bins, with the bins.

    `marked`: match_probability (null: left out), right (bool).
    """
    marked = marked.filter(pl.col("match_probability").is_not_null())
    bins = (
        marked.with_columns(
            bin=(pl.col("match_probability") * BINS).floor().clip(0, BINS - 1).cast(pl.Int64)
        )
        .group_by("bin")
        .agg(rows=pl.len(), mean=pl.col("match_probability").mean(), right=pl.col("right").mean())
        .sort("bin")
    )
    error = (bins["rows"] * (bins["mean"] - bins["right"]).abs()).sum() / max(1, marked.height)
    return {"error": error, "bins": bins.to_dicts()}


def _worded(rows: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """Each pair once for each fault on either side: left_row, right_row, kind ("id: swap")."""
    parts = []
    for file in ("left", "right"):
        told = faults.filter(pl.col("file") == file).select(
            pl.col("row").cast(pl.Int64).alias(f"{file}_row"),
            (pl.col("field") + ": " + pl.col("kind")).alias("kind"),
        )
        parts.append(rows.join(told, on=f"{file}_row").select(*PAIR, "kind"))
    return pl.concat(parts).unique()


def by_kind(
    missed: pl.DataFrame, truth: pl.DataFrame, faults: pl.DataFrame, top: int = 15
) -> list[dict[str, Any]]:
    """The kinds of fault of the missed pairs, with the share missed of all pairs of that kind."""
    whole = _worded(_pairs(truth), faults).group_by("kind").agg(pairs=pl.len())
    counts = _worded(missed, faults).group_by("kind").agg(missed=pl.len())
    return (
        counts.join(whole, on="kind", how="left")
        .with_columns(share=pl.col("missed") / pl.col("pairs"))
        .sort("missed", "kind", descending=[True, False])
        .head(top)
        .to_dicts()
    )


def by_combination(
    pairs: pl.DataFrame, faults: pl.DataFrame, top: int = 15
) -> list[dict[str, Any]]:
    """The commonest sets of faults of some pairs, both sides together."""
    told = (
        _worded(pairs, faults)
        .sort("kind")
        .group_by(PAIR)
        .agg(pl.col("kind").str.join(" + ").alias("kinds"))
    )
    return (
        pairs.join(told, on=PAIR, how="left")
        .group_by(pl.col("kinds").fill_null("none"))
        .agg(pairs=pl.len())
        .sort("pairs", "kinds", descending=[True, False])
        .head(top)
        .to_dicts()
    )


def examine(
    links: pl.DataFrame, truth: pl.DataFrame, faults: pl.DataFrame | None = None
) -> dict[str, Any]:
    """All figures of one run; with `faults` (file, row, field, kind) also what was missed."""
    known = _pairs(truth)
    marked = _pairs(links, "decision", "match_weight", "match_probability").join(
        known.with_columns(right=True), on=PAIR, how="left", maintain_order="left"
    )
    marked = marked.with_columns(pl.col("right").fill_null(False))
    linked = marked.filter(pl.col("decision") == "link")
    review = marked.filter(pl.col("decision") == "review")
    right_links, right_reviews = int(linked["right"].sum()), int(review["right"].sum())
    shown = known.join(marked, on=PAIR, how="semi").height
    found: dict[str, Any] = {
        "truth": known.height,
        "links": linked.height,
        "reviews": review.height,
        "best": best_candidate_f1(
            marked.rename({"match_probability": "score"}), known, "match_weight"
        ),
        "link_precision": _share(right_links, linked.height),
        "link_recall": _share(right_links, known.height),
        "false_links": linked.height - right_links,
        "left_rows_linked_twice": linked.height - linked["left_row"].n_unique(),
        "linked_or_shown": _share(shown, known.height),
        "not_shown": known.height - shown,
        "wrong_reviews_per_right": _share(review.height - right_reviews, right_reviews),
        "calibration": calibration(marked),
        "calibration_of_reviews": calibration(review),
    }
    if faults is not None:
        lost = known.join(marked, on=PAIR, how="anti")
        unlinked = known.join(linked, on=PAIR, how="anti")
        false = linked.filter(~pl.col("right")).select(PAIR)
        elsewhere = false.join(known, on="left_row", how="semi").height
        found["not_shown_by_kind"] = by_kind(lost, known, faults)
        found["not_shown_by_combination"] = by_combination(lost, faults)
        found["not_linked_by_kind"] = by_kind(unlinked, known, faults)
        found["false_links_by_combination"] = by_combination(false, faults)
        found["false_links_of_people_in_right"] = elsewhere
    return found


def _figure(value: object) -> str:
    return f"{value:.5f}" if isinstance(value, float) else str(value)


def told(found: dict[str, Any]) -> str:
    """The figures as text."""
    lines: list[str] = []
    for key, value in found.items():
        if isinstance(value, list):
            lines.append(f"{key}:")
            lines += ["  " + "  ".join(_figure(cell) for cell in row.values()) for row in value]
        elif isinstance(value, dict) and "bins" in value:
            lines.append(f"{key}: {_figure(value['error'])}  (bin, rows, mean, right)")
            lines += [
                "  " + "  ".join(_figure(cell) for cell in row.values()) for row in value["bins"]
            ]
        elif isinstance(value, dict):
            lines.append(f"{key}: " + "  ".join(f"{k} {_figure(v)}" for k, v in value.items()))
        else:
            lines.append(f"{key}: {_figure(value)}")
    return "\n".join(lines)


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("links", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    faults = args.folder / "faults.parquet"
    found = examine(
        pl.read_parquet(args.links),
        pl.read_parquet(args.folder / "truth.parquet"),
        pl.read_parquet(faults) if faults.exists() else None,
    )
    print(json.dumps(found, ensure_ascii=False) if args.json else told(found))


if __name__ == "__main__":
    main()
