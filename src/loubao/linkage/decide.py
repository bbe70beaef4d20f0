"""From levels and weights to decisions: rivals, the first tier that holds, one link a person."""

from __future__ import annotations

from typing import Literal

import polars as pl

from loubao.core import frames
from loubao.linkage.comparison import FIELDS
from loubao.rules.matching import Matching, Tier

#: Odds beyond which nothing changes any more (2 to the 60th).
_CERTAIN = 60.0
#: Probability from which a second person under a link is a rival.
_CLOSE = 0.02
#: A right row that is another left row's for certain is also this one's as often as people are
#: listed twice; this share at least.
_TWICE = 0.002


def with_probability(pairs: pl.DataFrame, prior: float) -> pl.DataFrame:
    """Return `pairs` with `match_probability` (Float64), rivals counted in.

    `pairs` have `left`, `right`, `right_list`, `person` (what tells two right rows of one person:
    String), `match_weight` (log2), `owned` (the right row is another left row's, Boolean) and
    `twice` (share of right rows that are several left rows', Float64). A left row is at most one
    person of each list: candidates share the probability in proportion to their odds.
    """
    log_odds = (pl.col("match_weight") + prior).clip(-_CERTAIN, _CERTAIN)
    odds = pl.lit(2.0).pow(log_odds) * pl.when("owned").then(
        pl.max_horizontal("twice", pl.lit(_TWICE))
    ).otherwise(1.0)
    group = ["left", "right_list"]
    return (
        pairs.with_columns(odds=odds)
        .with_columns(best=pl.col("odds").max().over(*group, "person"))
        .with_columns(
            shared=pl.col("best") / pl.len().over(*group, "person"),
        )
        .with_columns(all=pl.col("shared").sum().over(group))
        .with_columns(
            match_probability=pl.col("odds")
            / (1.0 + pl.col("odds") + (pl.col("all") - pl.col("best")).clip(0.0))
        )
        .drop("odds", "best", "shared", "all")
    )


def rank(
    pairs: pl.DataFrame, matching: Matching, purpose: Literal["pairs", "monthly"]
) -> pl.DataFrame:
    """Return the compared pairs that reach a tier, with `rank` (UInt16), `tier` and `decision`.

    `pairs` have the levels of `comparison.compare` and `match_probability`; the others are no
    candidates. For the monthly job a tier may say less (`Tier.monthly`).
    """
    tiers = matching.tiers
    first = pl.coalesce(
        *(pl.when(_holds(rule)).then(pl.lit(place, pl.UInt16)) for place, rule in enumerate(tiers)),
        pl.lit(None, pl.UInt16),
    )
    names = pl.DataFrame(
        {
            "rank": pl.Series(range(len(tiers)), dtype=pl.UInt16),
            "tier": [rule.name for rule in tiers],
            "decision": [
                rule.monthly if purpose == "monthly" and rule.monthly else rule.decision
                for rule in tiers
            ],
        }
    )
    ranked = pairs.with_columns(rank=first).drop_nulls("rank").join(names, on="rank")
    least = matching.least_probability
    if purpose == "monthly":
        least = matching.least_probability_monthly
    shown = pl.col("match_probability") >= least
    return ranked.filter(shown | (pl.col("decision") == "link"))


def unexplained(ranked: pl.DataFrame) -> pl.DataFrame:
    """Drop the reviews that a link has answered.

    Who is linked on a list is not looked for there again; and a roll row that is linked to its
    owner by number and name is nobody else who proves another number.
    """
    links = ranked.filter(pl.col("decision") == "link")
    reviews = ranked.filter(pl.col("decision") != "link").join(
        links, on=["left", "right_list"], how="anti"
    )
    theirs = reviews.join(links, on="right", how="semi")
    answered = theirs.filter(pl.col("id_number") == "contradicts")
    return pl.concat([links, reviews.join(answered, on=["left", "right"], how="anti")])


def one_link(ranked: pl.DataFrame) -> pl.DataFrame:
    """Leave each left row its best link; where another person comes close, all go to review."""
    links = ranked.filter(pl.col("decision") == "link")
    close = links.filter(pl.col("match_probability") >= _CLOSE)
    several = close.filter(pl.col("person").n_unique().over("left") > 1).select("left").unique()
    rivals = links.join(several, on="left", how="semi")
    clear = links.join(several, on="left", how="anti").sort(
        "left", -pl.col("match_probability"), "rank", "right"
    )
    reviews = ranked.filter(pl.col("decision") != "link")
    return pl.concat(
        [
            clear.unique("left", keep="first", maintain_order=True),
            rivals.with_columns(decision=pl.lit("review")),
            reviews,
        ]
    )


def decided(ranked: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return DECISIONS: for each left row the links, then the reviews, best first."""
    link = pl.col("decision") == "link"
    return frames.conform(
        ranked.with_columns(
            left_id=rows["record_id"].gather(ranked["left"]),
            right_id=rows["record_id"].gather(ranked["right"]),
            evidence=pl.struct(pl.col(FIELDS).cast(pl.String)),
        )
        .sort("left", ~link, -pl.col("match_probability"), "rank", "right")
        .select(*frames.DECISIONS),
        frames.DECISIONS,
    )


def _holds(rule: Tier) -> pl.Expr:
    return pl.all_horizontal(
        pl.col("match_probability") >= rule.probability,
        *(pl.col(field).is_in(values) for field, values in rule.when.items()),
    )
