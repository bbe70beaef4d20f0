"""Candidate pairs on Spark, compared: agreement levels, and what of the right row weighs.

The two rows are laid side by side by two joins; the levels are those of `linkage.comparison`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from loubao.linkage import score
from loubao.linkage.comparison import (
    FIELDS,
    clashing,
    compare,
    content_of,
    names_under_numbers,
    own_attributes,
)
from loubao.linkage.levels import ENUMS
from loubao.linkage.particular_levels import LEVEL
from loubao.spark.batches import Columns, as_enums, fetched, grouped, kept, mapped
from loubao.spark.cluster_people import PERSON, People, as_linkable
from loubao.spark.key_joins import Candidates, partitions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def compared_pairs(
    found: Candidates,
    left: People,
    right: People,
    columns: Sequence[str],
    without_births: bool,
) -> DataFrame:
    """Return the compared pairs: `left`, `right`, levels (tinyint), what weighs of the right row.

    They are ordered by left and right row, all of a left row in one partition. `columns`: the
    particulars that are compared; `without_births`: birth dates come from the numbers.
    """
    from pyspark.sql import functions as F  # noqa: N812

    shared = _shared_rows(found, left, right)
    n = partitions(left.rows)
    places = {side: people.places(columns) for side, people in (("l", left), ("r", right))}
    sides = {
        side: people.rows.select(
            F.col("row").alias(name),
            *(F.col(c).alias(f"{side}_{c}") for c in (*PERSON, *places[side])),
        ).join(of.withColumn(f"{side}_shared", F.lit(True)), name, "left")
        for side, people, name, of in zip(
            "lr", (left, right), ("left", "right"), shared, strict=True
        )
    }
    pairs = found.pairs.join(sides["r"], "right").repartition(n, "left").join(sides["l"], "left")
    shape: Columns = {
        "left": pl.Int64(),
        "right": pl.Int64(),
        **dict.fromkeys(level_columns(columns), pl.Int8()),
        **_RIGHT,
        **dict.fromkeys((f"v{n}" for n in range(len(columns))), pl.String()),
    }

    def levels(rows: pl.DataFrame) -> pl.DataFrame:
        return _with_levels(rows, places, tuple(columns), without_births)

    ordered = pairs.sortWithinPartitions("left", "right")
    return kept(mapped(ordered, levels, shape))


#: What weighs of the right row of a pair.
_RIGHT: Columns = {
    **{c: pl.String() for c in ("number", "name_key", "village", "village_code")},
    "born": pl.Date(),
    "proven": pl.Boolean(),
    "shared": pl.Boolean(),
    "content": pl.Int64(),
}


def level_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns of the levels."""
    return [f"level_{field}" for field in FIELDS] + [f"level_{n}" for n in range(len(columns))]


def _with_levels(
    rows: pl.DataFrame,
    places: dict[str, dict[str, str]],
    columns: tuple[str, ...],
    without_births: bool,
) -> pl.DataFrame:
    """The pairs of a batch that have something in common, with their levels."""
    side_by_side = pl.concat(_side(rows, side, places[side]) for side in "lr")
    shared = pl.concat([rows["l_shared"], rows["r_shared"]]).fill_null(value=False)
    attributes = own_attributes(side_by_side).with_columns(shared=shared)
    at = pl.DataFrame({"left": pl.int_range(rows.height, dtype=pl.UInt32, eager=True)})
    pairs = at.with_columns(right=pl.col("left") + rows.height)
    compared = compare(pairs, attributes)
    if without_births:
        compared = score.without_births_of_numbers(compared)
    names = dict(zip((*FIELDS, *columns), level_columns(columns), strict=True))
    right, own = compared["right"], side_by_side
    contents = content_of(own).reinterpret(signed=True)
    return compared.select(
        **{level: pl.col(field) for field, level in names.items()},
        left=pl.lit(rows["left"].gather(compared["left"])),
        right=pl.lit(rows["right"].gather(compared["left"])),
        **{c: pl.lit(own[c].gather(right)) for c in ("name_key", "village", "village_code")},
        number=pl.lit(own["id_number"].gather(right)),
        born=pl.lit(own["birth_date"].gather(right)),
        proven=pl.lit(attributes["proven"].gather(right)),
        shared=pl.lit(shared.gather(right)),
        content=pl.lit(contents.gather(right)),
        **{f"v{n}": pl.lit(own[c].gather(right)) for n, c in enumerate(columns)},
    )


def _side(rows: pl.DataFrame, side: str, places: dict[str, str]) -> pl.DataFrame:
    """One side of pairs as LINKABLE, with particulars."""
    name = {"l": "left", "r": "right"}[side]
    own = rows.select(row=name, **{c: pl.col(f"{side}_{c}") for c in (*PERSON, *places)})
    return as_linkable(own, name, places)


def patterns_of(compared: DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the sets of levels and how many pairs have each, as `score.patterns_of` does."""
    counts = fetched(compared.groupBy(*level_columns(columns)).count())
    enums = enums_of(columns)
    named = counts.rename(dict(zip(level_columns(columns), enums, strict=True)))
    return as_enums(named, enums)


def enums_of(columns: Sequence[str]) -> dict[str, pl.Enum]:
    """Return field or particular → its levels."""
    return {**{field: ENUMS[field] for field in FIELDS}, **dict.fromkeys(columns, LEVEL)}


def _shared_rows(found: Candidates, left: People, right: People) -> tuple[DataFrame, DataFrame]:
    """The rows of either table whose number people of different names share, that are in a pair."""
    from pyspark.sql import functions as F  # noqa: N812

    ids = found.numbered
    shape: Columns = {
        **{c: pl.String() for c in ("id_number", "list", "name", "name_key")},
        **{c: pl.Int64() for c in ("number", "key")},
        "hidden": pl.Boolean(),
        "row": pl.Int64(),
    }

    def names(rows: pl.DataFrame) -> pl.DataFrame:
        side = as_linkable(rows, rows["side"][0], {})
        return names_under_numbers(side.lazy().with_columns(rows["row"]), "row").collect()

    named = [
        mapped(
            people.rows.join(of, "row", "left_semi").withColumn("side", F.lit(people.side)),
            names,
            shape,
        )
        for people, of in zip((left, right), ids, strict=True)
    ]
    every = named[0].unionByName(named[1])
    several = every.groupBy("number").agg(
        F.count_distinct("key").alias("names"), F.max("hidden").alias("strict")
    )
    several = several.where((F.col("names") > 1) | F.col("strict"))
    written = [F.min_by(c, "row").alias(c) for c in ("id_number", "name", "name_key", "hidden")]
    bearers = (
        every.join(several, "number")
        .groupBy("number", "list", "key")
        .agg(
            *written,
            F.count("*").alias("rows"),
            *(F.first(c).alias(c) for c in ("names", "strict")),
        )
    )
    n = partitions(left.rows)
    together = bearers.repartition(n, "number").sortWithinPartitions("number", "list", "key")

    def clashes(rows: pl.DataFrame) -> pl.DataFrame:
        rows = rows.with_columns(pl.col("number", "key").reinterpret(signed=False))
        return clashing(rows).to_frame("id_number")

    numbers = grouped(together, "number", clashes, {"id_number": pl.String()}).distinct()
    return tuple(
        people.rows.select("row", "id_number")
        .join(of, "row", "left_semi")
        .join(numbers, "id_number", "left_semi")
        .select(F.col("row").alias(name))
        for people, of, name in zip((left, right), ids, ("left", "right"), strict=True)
    )
