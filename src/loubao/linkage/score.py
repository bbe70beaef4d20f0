"""Candidate pairs → match weights, probabilities, tiers, decisions.

compare      each pair of rows gets an agreement level for each field
weigh        the levels get weights, which are learnt from the pairs where there are enough
probability  the weight and the prior are odds; rivals for one left row share them
tier         the first tier of the rules that holds decides: link or review
one link     `loubao link` leaves a left row one link at most
"""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import polars as pl

from loubao.core import frames
from loubao.core.readings import prepare
from loubao.linkage import term_frequencies, u_probability, verdicts
from loubao.linkage.comparison import FIELDS, compare, name_levels, own_attributes, shared
from loubao.linkage.expectation_maximisation import NO_LABELS, learn
from loubao.linkage.levels import ENUMS
from loubao.linkage.model import EQUAL, Labelled, Model, Pattern, shipped
from loubao.linkage.u_probability import UEstimate, births_from_numbers
from loubao.rules.matching import SAME_NAMES, Matching, Tier

#: Pairs compared at once: this bounds the memory, whatever the size of the district.
_AT_ONCE = 400_000
#: Log2 odds from which a pair is taken as sure when the owner of a right row is looked for.
_SURE = 20.0
#: Log2 odds beyond which nothing changes any more.
_CERTAIN = 60.0
#: Probability from which a second person under a link is a rival.
_CLOSE = 0.02
#: A right row that is another left row's for certain is also this one's as often as people are
#: listed twice; this share at least.
_TWICE = 0.002


@dataclass(frozen=True)
class Tables:
    """The two tables as far as weights depend on them: a sample of either (LINKABLE), and sizes."""

    left_sample: pl.DataFrame
    right_sample: pl.DataFrame
    left_rows: int
    right_rows: int
    #: left rows that are looked for by other keys than the number
    looked_for: int
    #: the estimate of u, where it was begun before
    estimate: Future[UEstimate] | None = None


# -- weights --------------------------------------------------------------------------------------


def weigh(
    pairs: pl.DataFrame,
    rows: pl.DataFrame,
    tables: Tables,
    matching: Matching,
    labelled: Labelled = NO_LABELS,
    said: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, Model]:
    """Return the compared pairs with `match_weight`, `match_probability`, and the model.

    `pairs` are PAIRS of positions in `rows` (LINKABLE). The model is learnt too from pairs that
    people decided: elsewhere (`labelled`), and of these rows (`said`: `left`, `right`, `decision`).
    Added are the levels (FIELDS), `right_list`
    and `person` (String: right rows of one person have the same).
    """
    attributes = own_attributes(rows)
    parts = [pairs.slice(at, _AT_ONCE) for at in range(0, max(pairs.height, 1), _AT_ONCE)]
    prepare()  # both threads read names aloud: each would make the tables for itself
    with ThreadPoolExecutor(1) as aside:  # either keeps one core busy
        names = [aside.submit(name_levels, part, attributes) for part in parts]
        beginning = None
        if pairs.height >= matching.weights.fewest:  # fewer candidates than it takes to learn
            beginning = tables.estimate or aside.submit(
                u_probability.estimate, tables.left_sample, tables.right_sample
            )
        attributes = attributes.with_columns(shared=shared(rows, pairs))
        compared = pl.concat(
            compare(part, attributes, of_part) for part, of_part in zip(parts, names, strict=True)
        )
        u = beginning.result() if beginning else None
    compared = _without_births_of_numbers(compared, tables)
    patterns = compared.group_by(FIELDS).agg(count=pl.len()).sort(FIELDS)
    levels: list[Pattern] = patterns.select(pl.col(FIELDS).cast(pl.String)).rows()
    looked_for = tables.looked_for / max(tables.left_rows, 1)
    model = shipped(matching.weights, tables.left_rows, tables.right_rows, looked_for)
    if u:
        counts = dict(zip(levels, patterns["count"].to_list(), strict=True))
        if said is not None:
            labelled = {**labelled, **verdicts.labelled(compared, said)}
        model = learn(model, matching.weights, counts, u.levels, labelled)
    sums = [math.fsum(model.weights(pattern).values()) for pattern in levels]
    by_pattern = patterns.select(FIELDS).with_columns(
        match_weight=pl.Series(sums, dtype=pl.Float64)
    )
    weighed = compared.join(by_pattern, on=FIELDS, how="left", maintain_order="left")
    if u and model.learnt:
        adjustment = term_frequencies.adjustment(weighed, rows, u.names, model)
        weighed = weighed.with_columns(match_weight=pl.col("match_weight") + adjustment)
    return with_probability(_with_owners(weighed, rows, attributes, model), model.prior).drop(
        "owned", "twice"
    ), model


def _without_births_of_numbers(compared: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Blank an equal birth date under an equal number, where numbers are where dates come from.

    It says nothing that the number did not say.
    """
    if not all(map(births_from_numbers, (tables.left_sample, tables.right_sample))):
        return compared
    same = pl.col("id_number").is_in(list(EQUAL)) & (pl.col("birth_date") == "same")
    unknown = pl.lit("unknown", dtype=ENUMS["birth_date"])
    return compared.with_columns(birth_date=pl.when(same).then(unknown).otherwise("birth_date"))


# -- probabilities --------------------------------------------------------------------------------


def _with_owners(
    pairs: pl.DataFrame, rows: pl.DataFrame, attributes: pl.DataFrame, model: Model
) -> pl.DataFrame:
    """Add `right_list`, `person`, `owned` and `twice`, as `with_probability` wants them."""
    number, right = attributes["id_number"].gather(pairs["right"]), pairs["right"]
    proven = attributes["proven"].gather(right)
    own_number = proven & ~attributes["shared"].gather(right)
    sure = pl.col("match_weight") + model.prior >= _SURE
    pairs = pairs.with_columns(
        left_list=rows["list"].gather(pairs["left"]),
        right_list=rows["list"].gather(right),
        sure=sure & pl.col("name").is_in(list(SAME_NAMES)),
    )
    # two rows on the right are one person where they have one number, and nobody else has it; where
    # somebody else has it too, they are where they have the name in common
    equal = pl.col("id_number").is_in([level for level in EQUAL if level != "same_shared"])
    by_number = pl.when(pl.lit(own_number) | equal).then(pl.lit(number))
    key = attributes["name_key"].gather(right)
    named = pl.lit(proven) & ~pl.lit(key).str.contains("?", literal=True)
    by_both = pl.when(named).then(pl.concat_str(pl.lit(number), pl.lit(key), separator=" "))
    pairs = pairs.with_columns(person=pl.coalesce(by_number, by_both, right.cast(pl.String)))
    owners = pairs.filter("sure").group_by("left_list", "right").agg(owners=pl.len())
    twice = owners.filter(pl.col("owners") > 1).height / max(owners.height, 1)
    return (
        pairs.join(owners, on=["left_list", "right"], how="left", maintain_order="left")
        .with_columns(owned=~pl.col("sure") & pl.col("owners").is_not_null(), twice=pl.lit(twice))
        .drop("left_list", "sure", "owners")
    )


def with_probability(pairs: pl.DataFrame, prior: float) -> pl.DataFrame:
    """Return `pairs` with `match_probability` (Float64), rivals counted in.

        odds = 2^(weight + prior)
        probability = odds / (1 + odds + odds of the rivals)

    `pairs` have `left`, `right`, `right_list`, `person` (String: right rows of one person have the
    same), `match_weight` (log2), `owned` (the right row is another left row's, Boolean) and `twice`
    (share of right rows that are several left rows', Float64). A left row is at most one person of
    each list: candidates share the probability in proportion to their odds.

    >>> pair = {"left": 0, "right_list": "dibao", "match_weight": 13.0}
    >>> pair |= {"owned": False, "twice": 0.0}
    >>> def probabilities(people):
    ...     pairs = pl.DataFrame({"person": people}).with_columns(
    ...         pl.lit(value).alias(column) for column, value in pair.items()
    ...     )
    ...     found = with_probability(pairs, prior=-10.0)["match_probability"]
    ...     return [round(probability, 3) for probability in found]
    >>> probabilities(["A"])  # 8 to 1
    [0.889]
    >>> probabilities(["A", "B"])  # rivals: 8 to 8 to 1
    [0.471, 0.471]
    >>> probabilities(["A", "A"])  # two rows of one person are none
    [0.889, 0.889]
    """
    log2_odds = (pl.col("match_weight") + prior).clip(-_CERTAIN, _CERTAIN)
    odds = pl.lit(2.0).pow(log2_odds) * pl.when("owned").then(
        pl.max_horizontal("twice", pl.lit(_TWICE))
    ).otherwise(1.0)
    group = ["left", "right_list"]
    # of one person's rows the best counts, once
    best, all_people = pl.col("odds").max(), pl.col("share").sum()
    return (
        pairs.with_columns(odds=odds)
        .with_columns(best=best.over(*group, "person"))
        .with_columns(share=pl.col("best") / pl.len().over(*group, "person"))
        .with_columns(rivals=(all_people.over(group) - pl.col("best")).clip(0.0))
        .with_columns(match_probability=pl.col("odds") / (1.0 + pl.col("odds") + pl.col("rivals")))
        .drop("odds", "best", "share", "rivals")
    )


# -- decisions ------------------------------------------------------------------------------------


def rank(
    pairs: pl.DataFrame, matching: Matching, purpose: Literal["pairs", "monthly"]
) -> pl.DataFrame:
    """Return the compared pairs that reach a tier, with `rank` (UInt16), `tier` and `decision`.

    `pairs` have the levels of `comparison.compare` and `match_probability`; the others are no
    candidates. For the monthly job a tier may say less (`Tier.monthly`).
    """
    monthly = purpose == "monthly"
    tiers = matching.tiers
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
    links = ranked.filter(pl.col("decision") == "link")
    reviews = ranked.filter(pl.col("decision") != "link").join(
        links, on=["left", "right_list"], how="anti"
    )
    of_linked_rows = reviews.join(links, on="right", how="semi")
    settled = of_linked_rows.filter(pl.col("id_number") == "contradicts")
    return pl.concat([links, reviews.join(settled, on=["left", "right"], how="anti")])


def one_link(ranked: pl.DataFrame) -> pl.DataFrame:
    """Leave each left row its best link; where another person comes close, all go to review.

    >>> pairs = {"left": [0, 0, 1, 1], "right": [5, 6, 7, 8], "person": [*"AABC"], "rank": 0}
    >>> chances = {"decision": "link", "match_probability": [0.9, 0.8, 0.9, 0.03]}
    >>> one_link(pl.DataFrame({**pairs, **chances})).select("left", "right", "decision").rows()
    [(0, 5, 'link'), (1, 7, 'review'), (1, 8, 'review')]
    """
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


def decisions_of(ranked: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
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
