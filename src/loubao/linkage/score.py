"""Candidate pairs → match weights, probabilities.

compare      each pair of rows gets an agreement level for each field
weigh        the levels get weights, which are learnt from the pairs where there are enough
probability  the weight and the prior are odds; rivals for one left row share them
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from loubao.core import frames
from loubao.core.readings import prepare
from loubao.linkage import several_rows, term_frequencies, u_probability, verdicts
from loubao.linkage.comparison import (
    FIELDS,
    compare,
    content_of,
    name_levels,
    own_attributes,
    particulars_of,
    shared,
    unless_of_number,
)
from loubao.linkage.expectation_maximisation import NO_LABELS, learn
from loubao.linkage.model import EQUAL, OWN, Labelled, Model, Pattern
from loubao.linkage.several_rows import share_of_each
from loubao.linkage.starting_shares import shipped
from loubao.linkage.u_probability import UEstimate, births_from_numbers
from loubao.linkage.value_frequencies import rarity
from loubao.rules.matching import SAME_NAMES, Matching

#: Pairs compared at once: this bounds the memory, whatever the size of the district.
_AT_ONCE = 400_000
#: Log2 odds from which a pair is taken as sure when the owner of a right row is looked for.
_SURE = 20.0
#: Log2 odds beyond which nothing changes any more.
_CERTAIN = 60.0
#: Log2 odds of what cannot be.
_NEVER = 1000.0
#: Probability from which several rows on the right are taken for rows of one person.
_ONE_PERSON = 0.9
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

    `pairs` are PAIRS of positions in `rows` (LINKABLE, and particulars). The model is learnt too
    from pairs that people decided: elsewhere (`labelled`), and of these rows (`said`: `left`,
    `right`, `decision`). Added are the levels (FIELDS, and those of the particulars), `right_list`,
    `person` (String: right rows of one person have the same) and `content` (UInt64, what the right
    row says: `content_of`).
    """
    attributes = own_attributes(rows)
    prepare()  # both threads read names aloud: each would make the tables for itself
    with ThreadPoolExecutor(1) as aside:  # either keeps one core busy
        many = pairs.height >= matching.weights.fewest or particulars_of(rows)
        beginning = None
        names = _names_aside(pairs, attributes, aside)
        if many:  # fewer candidates than it takes to learn
            beginning = tables.estimate or aside.submit(
                u_probability.estimate, tables.left_sample, tables.right_sample
            )
        attributes = attributes.with_columns(shared=shared(rows, pairs))
        compared = pl.concat(compare(part, attributes, of_part) for part, of_part in names)
        u = beginning.result() if beginning else None
    if births_repeat_numbers(tables):
        compared = without_births_of_numbers(compared)
    if said is not None:
        labelled = {**labelled, **verdicts.labelled(compared, said)}
    of_patterns, model = weights_of(patterns_of(compared), tables, matching, u, labelled)
    weighed = with_weights(compared, of_patterns, rows, tables.left_rows, u, model)
    named = with_persons(weighed, rows, attributes, model).with_columns(
        content=content_of(rows).gather(weighed["right"])
    )
    owners = named.filter("sure").group_by("left_list", "right").agg(owners=pl.len())
    twice = owners.filter(pl.col("owners") > 1).height / max(owners.height, 1)
    owned = named.join(owners, on=["left_list", "right"], how="left", maintain_order="left")
    several = 0.0
    if model.particulars:
        sums = several_rows.sums_of(best_of_persons(owned, model))
        several = likeliest_several(sums, tables.left_rows, tables.right_rows, model)
    return with_probabilities(owned, model, twice, several), model


def _names_aside(
    pairs: pl.DataFrame, attributes: pl.DataFrame, aside: Executor
) -> list[tuple[pl.DataFrame, Future[pl.Series] | None]]:
    """The pairs in parts, each with the levels of its names on their way, but of names in parts."""
    parts = [pairs.slice(at, _AT_ONCE) for at in range(0, max(pairs.height, 1), _AT_ONCE)]
    in_parts = frames.GIVEN in attributes.columns
    return [
        (part, None if in_parts else aside.submit(name_levels, part, attributes)) for part in parts
    ]


def patterns_of(compared: pl.DataFrame) -> pl.DataFrame:
    """Return the levels of compared pairs (FIELDS, and particulars) and the `count` of each set."""
    return compared.group_by([*FIELDS, *particulars_of(compared)]).agg(count=pl.len())


def weights_of(
    patterns: pl.DataFrame,
    tables: Tables,
    matching: Matching,
    u: UEstimate | None,
    labelled: Labelled = NO_LABELS,
) -> tuple[pl.DataFrame, Model]:
    """Return the levels of `patterns_of` with `match_weight` and `kinship`, and the model."""
    particulars = tuple(particulars_of(patterns))
    fields = [*FIELDS, *particulars]
    patterns = patterns.sort(fields)
    levels: list[Pattern] = patterns.select(pl.col(fields).cast(pl.String)).rows()
    model = unlearnt(tables, matching, particulars)
    if u:
        counts = dict(zip(levels, patterns["count"].to_list(), strict=True))
        model = learn(model, matching.weights, counts, u.levels, labelled)
    sums = [math.fsum(model.weights(pattern).values()) for pattern in levels]
    kinship = [model.kinship(pattern) for pattern in levels] if model.relatives else None
    return patterns.select(fields).with_columns(
        match_weight=pl.Series(sums, dtype=pl.Float64),
        kinship=pl.Series(kinship, dtype=pl.Float64) if kinship else None,
    ), model


def unlearnt(tables: Tables, matching: Matching, particulars: tuple[str, ...] = ()) -> Model:
    """Return the model of the rules alone, for tables of these sizes."""
    looked_for = tables.looked_for / max(tables.left_rows, 1)
    return shipped(matching.weights, tables.left_rows, tables.right_rows, looked_for, particulars)


def with_weights(
    compared: pl.DataFrame,
    of_patterns: pl.DataFrame,
    rows: pl.DataFrame,
    left_rows: int,
    u: UEstimate | None,
    model: Model,
) -> pl.DataFrame:
    """Return compared pairs with `match_weight`: that of their pattern (`weights_of`), and what
    their values add for being rare or common.
    """
    fields = [*FIELDS, *particulars_of(compared)]
    weighed = compared.join(of_patterns, on=fields, how="left", maintain_order="left")
    if u and model.learnt and "name" in model.weighed:
        adjustment = term_frequencies.adjustment(weighed, rows, u.names, model)
        weighed = weighed.with_columns(match_weight=pl.col("match_weight") + adjustment)
    if u and model.particulars:
        weighed = _with_rarity(weighed, rows, u, model, left_rows)
    return weighed.drop("kinship")


def _with_rarity(
    weighed: pl.DataFrame, rows: pl.DataFrame, u: UEstimate, model: Model, left_rows: int
) -> pl.DataFrame:
    """The pairs with what their particulars weigh for being rare, and for two relatives.

    Two people are strangers or relatives: a pair weighs log2(1 + 2^kinship) less than if all were
    strangers. A rare address tells these from each other as well, a rare given name does not.
    """
    of_one = max(1.0, model.found / max(left_rows, 1))
    own = [column for column in model.particulars if column in OWN]
    others = [column for column in model.particulars if column not in OWN]
    of_own, of_others = (
        rarity(weighed, rows, u.values, model, columns, of_one) for columns in (own, others)
    )
    kinship = pl.col("kinship").cast(pl.Float64) + of_others
    related = (1 + pl.lit(2.0).pow(kinship.clip(-_NEVER, _NEVER))).log(2.0).fill_null(0.0)
    return weighed.with_columns(match_weight=pl.col("match_weight") + of_own + of_others - related)


def best_of_persons(pairs: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Return `left`, `person`, `odds` (Float64) of the best row of each candidate person."""
    odds = pl.lit(2.0).pow((pl.col("match_weight") + model.prior).clip(-_CERTAIN, _CERTAIN))
    return pairs.group_by("left", "person").agg(odds=odds.max())


def likeliest_several(sums: Sequence[int], lefts: int, rights: int, model: Model) -> float:
    """Return how often a second row of one person is found on the right (`several_rows`).

    `sums` are the `several_rows.sums_of` the `best_of_persons`.
    """
    prior = model.found / max(model.pairs - model.found, 1.0)
    return several_rows.likeliest(sums, lefts, rights, prior)


def births_repeat_numbers(tables: Tables) -> bool:
    """Return whether the birth dates of either table come from the numbers."""
    return any(map(births_from_numbers, (tables.left_sample, tables.right_sample)))


def without_births_of_numbers(compared: pl.DataFrame) -> pl.DataFrame:
    """Blank an equal birth date under an equal number: it says nothing that this did not."""
    return compared.with_columns(birth_date=unless_of_number("birth_date"))


# -- probabilities --------------------------------------------------------------------------------


def with_persons(
    pairs: pl.DataFrame, rows: pl.DataFrame, attributes: pl.DataFrame, model: Model
) -> pl.DataFrame:
    """Add `left_list`, `right_list`, `person` (String), and whether a pair is `sure` (Boolean).

    `attributes` are `own_attributes` with `shared` of `rows`, which the weighed `pairs` count.
    """
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
    return pairs.with_columns(person=pl.coalesce(by_number, by_both, right.cast(pl.String)))


def with_probabilities(
    pairs: pl.DataFrame, model: Model, twice: float, several: float
) -> pl.DataFrame:
    """Return the pairs of some left rows, all of each, with `match_probability`.

    `pairs` are those of `with_persons` with `owners`: how many left rows the right one is sure to
    be, null where none; `twice`: the share of those that are several's; `several`: how often a
    second row of one person is found (`several_rows`).
    """
    owned = pairs.with_columns(
        owned=~pl.col("sure") & pl.col("owners").is_not_null(), twice=pl.lit(twice)
    ).drop("left_list", "sure", "owners")
    probable = with_probability(owned, model.prior, several).drop("owned", "twice")
    if several:  # whoever is this certain is the left row's person: so the rows are no rivals
        same = pl.format("of {}", "left")
        certain = pl.col("match_probability") >= _ONE_PERSON
        probable = probable.with_columns(person=pl.when(certain).then(same).otherwise("person"))
    return probable


def with_probability(pairs: pl.DataFrame, prior: float, several: float = 0.0) -> pl.DataFrame:
    """Return `pairs` with `match_probability` (Float64), rivals counted in.

    Where the right table has `several` rows of one person (`several_rows`: d), candidates of a left
    row may be right together.

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
    # of one person's rows the best counts, once; summed in an order that is not that of the rows
    best, all_people = pl.col("odds").max(), pl.col("share").sort().sum()
    pairs = pairs.with_columns(odds=odds).with_columns(best=best.over(*group, "person"))
    if several:
        share = (1 + several * pl.col("best")).log() / pl.len().over(*group, "person")
        pairs = pairs.with_columns(share=share).with_columns(share=all_people.over(group))
        probability = share_of_each(pl.col("odds"), pl.col("best"), pl.col("share"), several)
        return pairs.with_columns(match_probability=probability).drop("odds", "best", "share")
    return (
        pairs.with_columns(share=pl.col("best") / pl.len().over(*group, "person"))
        .with_columns(rivals=(all_people.over(group) - pl.col("best")).clip(0.0))
        .with_columns(match_probability=pl.col("odds") / (1.0 + pl.col("odds") + pl.col("rivals")))
        .drop("odds", "best", "share", "rivals")
    )
