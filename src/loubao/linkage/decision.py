"""The first tier that holds decides a pair; what a link already explains is not asked again."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from loubao import frames
from loubao.linkage.comparison import FIELDS
from loubao.rules.matching import Tier


def rank(levels: pl.DataFrame, tiers: Sequence[Tier]) -> pl.DataFrame:
    """Return the compared pairs that reach a tier, with `rank` (UInt16), `tier` and `decision`.

    `levels` are the pairs of `comparison.compare`; the others are no candidates.
    """
    first = pl.coalesce(
        *(pl.when(_holds(rule)).then(pl.lit(place, pl.UInt16)) for place, rule in enumerate(tiers)),
        pl.lit(None, pl.UInt16),
    )
    names = pl.DataFrame(
        {
            "rank": pl.Series(range(len(tiers)), dtype=pl.UInt16),
            "tier": [rule.name for rule in tiers],
            "decision": [rule.decision for rule in tiers],
        }
    )
    return levels.with_columns(rank=first).join(names, on="rank")


def decide(ranked: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Return the DECISIONS for ranked pairs, best tier first for each left record.

    `lists` has `record_id` (UInt64) and `list` of every record.
    """
    decided = _unexplained(ranked, lists).sort("left_id", "rank", "right_id")
    return frames.conform(
        decided.select(
            "left_id",
            "right_id",
            "decision",
            "tier",
            match_weight=pl.lit(None, pl.Float64),
            match_probability=pl.lit(None, pl.Float64),
            evidence=pl.struct(FIELDS),
        ),
        frames.DECISIONS,
    )


def _holds(rule: Tier) -> pl.Expr:
    return pl.all_horizontal(pl.col(field).is_in(values) for field, values in rule.when.items())


def _unexplained(ranked: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Drop the reviews that a link has answered.

    Who is linked on a list is not looked for there again; and a roll row that is linked to its
    owner by number and name is nobody else who proves another number.
    """
    ranked = ranked.join(
        lists.select(right_id="record_id", right_list="list"), on="right_id", how="left"
    )
    links = ranked.filter(pl.col("decision") == "link")
    found = links.select("left_id", "right_list", found=pl.lit(True)).unique()
    owned = links.select("right_id", owned=pl.lit(True)).unique()
    review = pl.col("decision") == "review"
    return (
        ranked.join(found, on=["left_id", "right_list"], how="left")
        .join(owned, on="right_id", how="left")
        .filter(
            ~(review & pl.col("found").fill_null(False))
            & ~(review & pl.col("owned").fill_null(False) & (pl.col("id_number") == "contradicts"))
        )
    )
