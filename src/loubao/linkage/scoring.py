"""Candidate pairs → match weights and probabilities."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from loubao.characters.reading import sound
from loubao.linkage import chance
from loubao.linkage.agreement import ENUMS
from loubao.linkage.comparison import (
    FIELDS,
    compare,
    name_levels,
    own_attributes,
    random_levels,
    shared,
)
from loubao.linkage.decision import with_probability
from loubao.linkage.estimation import Strangers, learn
from loubao.linkage.weights import EQUAL, Model, Pattern, Table, shipped
from loubao.rules.matching import SAME_NAMES, Matching

#: Pairs compared at once: this bounds the memory, whatever the size of the district.
_AT_ONCE = 400_000
#: Rows asked whether birth dates are the numbers'; misprints that a column of its own has.
_ASKED, _TYPED = 20_000, 0.001
#: Odds (log2) from which a pair is taken as sure when it is asked whose a right row is.
_SURE = 20.0


@dataclass(frozen=True)
class Drawn:
    """Positions that chance is studied on, and how many rows they stand for."""

    left: pl.Series
    right: pl.Series
    left_rows: int
    right_rows: int
    #: left rows that are looked for by other keys than the number
    opened: int


def weigh(
    pairs: pl.DataFrame, rows: pl.DataFrame, drawn: Drawn, matching: Matching
) -> tuple[pl.DataFrame, Model]:
    """Return the compared pairs with `match_weight`, `match_probability`, and the model.

    `pairs` are PAIRS of positions in `rows` (LINKABLE). Added are the levels (FIELDS), `right_list`
    and `person` (String: what tells that two right rows are one person).
    """
    attributes = own_attributes(rows)
    # who is on several lists is one bearer of the name; who has nothing else to be known by, too
    row = pl.int_range(pl.len()).cast(pl.String)
    known = pl.coalesce("id_number", pl.col("birth_date").cast(pl.String), row)
    bearer = pl.struct("name_key", known)
    named = attributes.select("name_key", "place", bearer=bearer.hash())
    with ThreadPoolExecutor(1) as aside:  # most of the comparing keeps one core busy
        # fewer candidates than it takes to learn: nothing to study
        many = pairs.height >= matching.weights.fewest
        studied = aside.submit(_chance, attributes, named, drawn) if many else None
        attributes = attributes.with_columns(shared=shared(rows, pairs))
        compared = pl.concat(
            compare(pairs.slice(start, _AT_ONCE), attributes)
            for start in range(0, max(pairs.height, 1), _AT_ONCE)
        )
        chances = studied.result() if studied else None
    if _births_from_numbers(attributes, drawn):
        # under one number an equal birth date says nothing that the number did not say
        nothing = pl.lit("unknown", dtype=ENUMS["birth_date"])
        same = pl.col("id_number").is_in(list(EQUAL)) & (pl.col("birth_date") == "same")
        birth = pl.when(same).then(nothing).otherwise("birth_date")
        compared = compared.with_columns(birth_date=birth)
    patterns = compared.group_by(FIELDS).agg(count=pl.len()).sort(FIELDS)
    told: list[Pattern] = patterns.select(pl.col(FIELDS).cast(pl.String)).rows()
    looked_for = drawn.opened / max(drawn.left_rows, 1)
    model = shipped(matching.weights, drawn.left_rows, drawn.right_rows, looked_for)
    if chances:
        counts = dict(zip(told, patterns["count"].to_list(), strict=True))
        model = learn(model, matching.weights, counts, chances[1])
    sums = [math.fsum(model.weights(pattern).values()) for pattern in told]
    weighed = compared.join(
        patterns.select(FIELDS).with_columns(match_weight=pl.Series(sums, dtype=pl.Float64)),
        on=FIELDS,
        how="left",
        maintain_order="left",
    )
    if chances and model.learnt:
        rarity = _rarity(weighed, named, drawn, chances[0], model)
        weighed = weighed.with_columns(pl.col("match_weight") + rarity)
    return _with_rivals(weighed, rows, attributes, model), model


def _births_from_numbers(attributes: pl.DataFrame, drawn: Drawn) -> bool:
    """Whether the birth dates were taken from the numbers, or might as well have been."""
    for side in (drawn.left, drawn.right):
        rows = attributes[side.gather_every(max(1, side.len() // _ASKED))].filter("proven")
        number = pl.col("id_number").str.slice(6, 8)
        own = number != pl.col("birth_date").dt.to_string("%Y%m%d")
        if rows.is_empty() or rows.select(own.sum()).item() > rows.height * _TYPED:
            return False
    return True


def _chance(
    attributes: pl.DataFrame, named: pl.DataFrame, drawn: Drawn
) -> tuple[chance.Names, Strangers]:
    """What chance alone brings together, whatever the pairs are."""
    names = chance.Names.of(named[drawn.right].unique("bearer", maintain_order=True))
    return names, _strangers(attributes, drawn, names)


def _strangers(attributes: pl.DataFrame, drawn: Drawn, names: chance.Names) -> Strangers:
    """How often each level is met among random pairs.

    Equal values are counted over all pairs of the sample, which random pairs seldom meet.
    """
    anywhere = random_levels(chance.random_pairs(drawn.left, drawn.right), attributes)
    placed = attributes.select("place").with_row_index("position")
    village = name_levels(chance.village_pairs(placed[drawn.left], placed[drawn.right]), attributes)
    tables = {
        (field, "anywhere" if field == "name" else ""): _counts(anywhere[field]) for field in FIELDS
    }
    tables["sex", "namesakes"] = chance.namesakes(attributes[drawn.right], "sex")
    tables["name", "village"] = _with_share(_counts(village), names.namesakes)
    for field, column in (("name", "name_key"), ("birth_date", "birth_date"), ("village", "place")):
        key = (field, "anywhere" if field == "name" else "")
        share = chance.same_share(
            attributes[column].gather(drawn.left), attributes[column].gather(drawn.right)
        )
        tables[key] = _with_share(tables[key], share)
    return tables


def _counts(met: pl.Series) -> Table:
    counts = met.cast(pl.String).value_counts().sort(met.name).rows()
    return {level: float(count) for level, count in counts if level != "unknown"}


def _with_share(counts: Table, share: float | None) -> Table:
    """The counts with as many equal values as their true share demands."""
    if not counts or share is None or share >= 1:
        return counts
    others = sum(count for level, count in counts.items() if level != "same")
    return {**counts, "same": others * share / (1 - share)}


def _rarity(
    pairs: pl.DataFrame, named: pl.DataFrame, drawn: Drawn, names: chance.Names, model: Model
) -> pl.Series:
    """What a name that agrees weighs more, or less, for being rare or common (Float64, log2).

    Two names agree by chance as often as this name is met, or one that sounds like it, not as names
    agree on the whole. Nothing is added where the number is the same. `named` has `name_key`,
    `place` and `bearer` (UInt64) of every row.
    """
    rarity = pl.repeat(0.0, pairs.height, dtype=pl.Float64, eager=True)
    own = pairs.with_row_index().filter(~pl.col("id_number").is_in(list(EQUAL)))
    sample = named[drawn.right].unique("bearer", maintain_order=True)
    for alike in (["same", "variant"], ["reading"]):
        equal = own.filter(pl.col("name").is_in(alike))
        if equal.is_empty():
            continue
        if alike == ["reading"]:
            heard = sound(pl.col("name_key"))
            sample = sample.gather_every(3).with_columns(heard)
            names = chance.Names.of(sample)
        counted = pl.col("bearer").is_in(sample["bearer"].implode())
        met = named.with_columns(counted=counted)[equal["right"]]
        if alike == ["reading"]:
            met = met.with_columns(heard)
        frequency = names.frequency(met)
        here, anywhere = (
            (model.tables["u", "name", table][alike[0]] / frequency[column]).log(2.0)
            for table, column in (("village", "here"), ("anywhere", "anywhere"))
        )
        village = equal["village"].cast(pl.String) == "same"
        rarity = rarity.scatter(equal["index"], here.zip_with(village, anywhere))
    return rarity


def _with_rivals(
    pairs: pl.DataFrame, rows: pl.DataFrame, attributes: pl.DataFrame, model: Model
) -> pl.DataFrame:
    """Add right_list, person and match_probability."""
    sure = pl.col("match_weight") + model.prior >= _SURE
    pairs = pairs.with_columns(
        left_list=rows["list"].gather(pairs["left"]),
        right_list=rows["list"].gather(pairs["right"]),
        number=attributes["id_number"].gather(pairs["right"]),
        told=attributes.select(pl.col("proven") & ~pl.col("shared"))["proven"].gather(
            pairs["right"]
        ),
        sure=sure & pl.col("name").is_in(list(SAME_NAMES)),
    )
    # two rows on the right are one person where they have one number, and nobody else has it
    equal = pl.col("id_number").is_in([level for level in EQUAL if level != "same_shared"])
    person = pl.when(pl.col("told") | equal).then("number")
    pairs = pairs.with_columns(person=pl.coalesce(person, pl.col("right").cast(pl.String)))
    owners = pairs.filter("sure").group_by("left_list", "right").agg(owners=pl.len())
    twice = owners.filter(pl.col("owners") > 1).height / max(owners.height, 1)
    pairs = pairs.join(
        owners, on=["left_list", "right"], how="left", maintain_order="left"
    ).with_columns(owned=~pl.col("sure") & pl.col("owners").is_not_null(), twice=pl.lit(twice))
    return with_probability(pairs, model.prior).drop(
        "left_list", "number", "told", "sure", "owners", "owned", "twice"
    )
