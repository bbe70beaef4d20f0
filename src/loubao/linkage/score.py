"""Candidate pairs → match weights and probabilities."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from loubao.linkage.comparison import FIELDS, compare, name_levels, own_attributes, shared
from loubao.linkage.decide import with_probability
from loubao.linkage.expectation_maximisation import learn
from loubao.linkage.levels import ENUMS
from loubao.linkage.model import EQUAL, Model, Pattern, shipped
from loubao.linkage.u_probability import Study, births_from_numbers, rarity, study
from loubao.rules.matching import SAME_NAMES, Matching

#: Pairs compared at once: this bounds the memory, whatever the size of the district.
_AT_ONCE = 400_000
#: Odds (log2) from which a pair is taken as sure when it is asked whose a right row is.
_SURE = 20.0


@dataclass(frozen=True)
class Drawn:
    """A sample of either side (LINKABLE) to study chance on, and what it stands for."""

    left: pl.DataFrame
    right: pl.DataFrame
    left_rows: int
    right_rows: int
    #: left rows that are looked for by other keys than the number
    opened: int
    #: where the study of the two was begun before
    begun: Future[Study] | None = None


def weigh(
    pairs: pl.DataFrame, rows: pl.DataFrame, drawn: Drawn, matching: Matching
) -> tuple[pl.DataFrame, Model]:
    """Return the compared pairs with `match_weight`, `match_probability`, and the model.

    `pairs` are PAIRS of positions in `rows` (LINKABLE). Added are the levels (FIELDS), `right_list`
    and `person` (String: what tells that two right rows are one person).
    """
    attributes = own_attributes(rows)
    parts = [pairs.slice(at, _AT_ONCE) for at in range(0, max(pairs.height, 1), _AT_ONCE)]
    with ThreadPoolExecutor(1) as aside:  # either keeps one core busy
        named = [aside.submit(name_levels, part, attributes) for part in parts]
        # fewer candidates than it takes to learn: nothing to study
        many = pairs.height >= matching.weights.fewest
        studying = (drawn.begun or aside.submit(study, drawn.left, drawn.right)) if many else None
        attributes = attributes.with_columns(shared=shared(rows, pairs))
        compared = pl.concat(
            compare(part, attributes, naming) for part, naming in zip(parts, named, strict=True)
        )
        studied = studying.result() if studying else None
    if births_from_numbers(drawn.left) and births_from_numbers(drawn.right):
        # under one number an equal birth date says nothing that the number did not say
        nothing = pl.lit("unknown", dtype=ENUMS["birth_date"])
        same = pl.col("id_number").is_in(list(EQUAL)) & (pl.col("birth_date") == "same")
        birth = pl.when(same).then(nothing).otherwise("birth_date")
        compared = compared.with_columns(birth_date=birth)
    patterns = compared.group_by(FIELDS).agg(count=pl.len()).sort(FIELDS)
    told: list[Pattern] = patterns.select(pl.col(FIELDS).cast(pl.String)).rows()
    looked_for = drawn.opened / max(drawn.left_rows, 1)
    model = shipped(matching.weights, drawn.left_rows, drawn.right_rows, looked_for)
    if studied:
        counts = dict(zip(told, patterns["count"].to_list(), strict=True))
        model = learn(model, matching.weights, counts, studied.levels)
    sums = [math.fsum(model.weights(pattern).values()) for pattern in told]
    weighed = compared.join(
        patterns.select(FIELDS).with_columns(match_weight=pl.Series(sums, dtype=pl.Float64)),
        on=FIELDS,
        how="left",
        maintain_order="left",
    )
    if studied and model.learnt:
        weight = pl.col("match_weight") + rarity(weighed, rows, studied, model)
        weighed = weighed.with_columns(match_weight=weight)
    return _with_rivals(weighed, rows, attributes, model), model


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
