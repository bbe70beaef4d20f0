"""Weighed pairs → tiers and decisions.

tier      the first tier of the rules that holds decides: link or review
one link  `loubao link` leaves a left row one link at most
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from loubao.core import frames
from loubao.linkage.comparison import decisions_schema, evidence, particulars_of
from loubao.linkage.expected_precision import BEST, at_precision
from loubao.rules.matching import Matching, Tier

#: Probability from which a second person under a link is a rival.
_CLOSE = 0.02


def rank(
    pairs: pl.DataFrame,
    matching: Matching,
    purpose: Literal["pairs", "monthly"],
    learnt: bool = True,
) -> pl.DataFrame:
    """Return the compared pairs that reach a tier, with `rank` (UInt16), `tier` and `decision`.

    `pairs` have the levels of `comparison.compare` and `match_probability`; the others are no
    candidates. For the monthly job a tier may say less (`Tier.monthly`). Where weights could not be
    learnt, tiers that rest on them (`Tier.learnt`, `Tier.in_parts`) hold for nobody; in the monthly
    job, which links nobody by weights, the former never do.
    """
    monthly = purpose == "monthly"
    in_parts = frames.GIVEN in pairs.columns and learnt
    tiers = [
        rule
        for rule in matching.tiers
        if (in_parts or not rule.in_parts) and ((learnt and not monthly) or not rule.learnt)
    ]
    first = pl.coalesce(
        *(pl.when(_holds(rule)).then(pl.lit(place, pl.UInt16)) for place, rule in enumerate(tiers)),
        pl.lit(None, pl.UInt16),
    )
    names = pl.DataFrame(
        {
            "rank": pl.Series(range(len(tiers)), dtype=pl.UInt16),
            "tier": [rule.name for rule in tiers],
            "decision": [(monthly and rule.monthly) or rule.decision for rule in tiers],
        }
    )
    ranked = pairs.with_columns(rank=first).drop_nulls("rank").join(names, on="rank")
    least = matching.least_probability_monthly if monthly else matching.least_probability
    return ranked.filter((pl.col("match_probability") >= least) | (pl.col("decision") == "link"))


def _holds(rule: Tier) -> pl.Expr:
    """Whether a tier holds for a pair.

    >>> rule = {"decision": "review", "wording": "…", "probability": 0.5}
    >>> tier = Tier(name="by_name", when={"name": ["same", "reading"]}, **rule)
    >>> names = {"name": ["same", "reading", "same", "masked"]}
    >>> pairs = pl.DataFrame({**names, "match_probability": [0.9, 0.6, 0.1, 0.9]})
    >>> pairs.select(_holds(tier)).to_series().to_list()
    [True, True, False, False]
    """
    return pl.all_horizontal(
        pl.col("match_probability") >= rule.probability,
        *(pl.col(field).is_in(values) for field, values in rule.when.items()),
    )


def linked_at(
    ranked: pl.DataFrame, precision: float | None, matching: Matching, learnt: bool
) -> pl.DataFrame:
    """Return ranked pairs with the links by their tiers, or those that hold a precision."""
    if precision is None:
        return one_link(ranked)
    if learnt:
        return at_precision(ranked, precision)
    return one_link(by_number_alone(ranked, matching))


def by_number_alone(ranked: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Return `ranked` with the links of tiers that rest on a proven number; the rest is reviewed.

    These are the tiers by which the monthly job links: no probability says whether they hold.
    """
    proven = [tier.name for tier in matching.tiers if (tier.monthly or tier.decision) == "link"]
    links = pl.col("tier").is_in(proven) & (pl.col("decision") == "link")
    decided = pl.when(links).then(pl.lit("link")).otherwise(pl.lit("review"))
    return ranked.with_columns(decision=decided)


def as_reviews(decisions: pl.DataFrame, matching: Matching) -> pl.DataFrame:
    """Return DECISIONS as reviews: each under the first tier for review that holds for it.

    Where none holds, the tier stays.
    """
    reviews = [rule for rule in matching.tiers if rule.decision == "review"]
    levels = decisions.select(pl.col("evidence").struct.unnest(), "match_probability")
    tier = pl.coalesce(
        *(pl.when(_holds(rule)).then(pl.lit(rule.name)) for rule in reviews),
        pl.lit(None, pl.String),
    )
    found = levels.select(tier=tier)["tier"]
    return decisions.with_columns(
        decision=pl.lit("review"), tier=pl.coalesce(pl.lit(found), pl.col("tier"))
    )


def without_settled_reviews(ranked: pl.DataFrame) -> pl.DataFrame:
    """Drop the reviews that a link has settled.

    A left row that is linked on a list is not looked for there again; and a roll row that is linked
    to its owner by number and name is nobody else who proves another number.

    >>> pairs = {"left": [0, 0, 1], "right": [5, 6, 5], "right_list": "dibao"}
    >>> levels = {"decision": ["link", "review", "review"], "id_number": ["same", "near", "near"]}
    >>> without_settled_reviews(pl.DataFrame({**pairs, **levels})).select("left", "right").rows()
    [(0, 5), (1, 5)]
    """
    ranked = without_reviews_beside_links(ranked)
    links = ranked.filter(pl.col("decision") == "link")
    claims = ranked.filter(claims_a_number())
    return pl.concat(
        [ranked.filter(~claims_a_number()), claims.join(links, on="right", how="anti")]
    )


def without_reviews_beside_links(ranked: pl.DataFrame) -> pl.DataFrame:
    """Drop the reviews of a left row on a list where it is linked."""
    links = ranked.filter(pl.col("decision") == "link")
    reviews = ranked.filter(pl.col("decision") != "link")
    return pl.concat([links, reviews.join(links, on=["left", "right_list"], how="anti")])


def claims_a_number() -> pl.Expr:
    """Return whether a pair is a review that does not hold if the right row is linked elsewhere."""
    return (pl.col("decision") != "link") & (pl.col("id_number") == "contradicts")


def one_link(ranked: pl.DataFrame) -> pl.DataFrame:
    """Leave each left row its best link; where another person comes close, all go to review.

    >>> pairs = {"left": [0, 0, 1, 1], "right": [5, 6, 7, 8], "person": [*"AABC"], "rank": 0}
    >>> chances = {"decision": "link", "match_probability": [0.9, 0.8, 0.9, 0.03]}
    >>> pairs |= {"match_weight": 20.0, "content": 0}
    >>> one_link(pl.DataFrame({**pairs, **chances})).select("left", "right", "decision").rows()
    [(0, 5, 'link'), (1, 7, 'review'), (1, 8, 'review')]
    """
    links = ranked.filter(pl.col("decision") == "link")
    close = links.filter(pl.col("match_probability") >= _CLOSE)
    several = close.filter(pl.col("person").n_unique().over("left") > 1).select("left").unique()
    rivals = links.join(several, on="left", how="semi")
    clear = links.join(several, on="left", how="anti").sort("left", *BEST)
    reviews = ranked.filter(pl.col("decision") != "link")
    return pl.concat(
        [
            clear.unique("left", keep="first", maintain_order=True),
            rivals.with_columns(decision=pl.lit("review")),
            reviews,
        ]
    )


def decisions_of(ranked: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return DECISIONS: for each left row the links, then the reviews, best first.

    Beside FIELDS the evidence has the levels of the particulars, if there are any.
    """
    link = pl.col("decision") == "link"
    particulars = particulars_of(rows)
    return frames.conform(
        ranked.with_columns(
            evidence(particulars),
            left_id=rows["record_id"].gather(ranked["left"]),
            right_id=rows["record_id"].gather(ranked["right"]),
        )
        .sort("left", ~link, *BEST)
        .select(*frames.DECISIONS),
        decisions_schema(particulars),
    )
