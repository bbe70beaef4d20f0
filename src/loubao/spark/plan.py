"""The plan: what `linkage.link_tables` does, with Spark's joins and aggregations between its steps.

The driver holds the model, samples of constant size, and counts of sets of agreement levels; all
else stays in the executors. Each step over rows is a function of `linkage`, run on batches; rows of
one left row are kept together where its rivals are weighed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from loubao.core import frames
from loubao.linkage import score, u_probability
from loubao.linkage.blocking import Oversized
from loubao.linkage.blocking_atoms import ASKED, columns_with_own, hashed_atoms
from loubao.linkage.chosen_keys import Chosen, choose_of, costs_of_keys, sampled
from loubao.linkage.drawn_pairs import found_pairs
from loubao.linkage.model import Model
from loubao.rules.matching import Matching
from loubao.spark.batches import Columns, columns_of, fetched, mapped
from loubao.spark.cluster_people import PERSON, People, as_linkable
from loubao.spark.cluster_tables import FIRST_ROW
from loubao.spark.compared_pairs import compared_pairs, patterns_of
from loubao.spark.decided_pairs import Weighing, contract_table, counts_of, decided_pairs
from loubao.spark.key_joins import Sought, candidates

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


_PARTITIONS = "spark.sql.shuffle.partitions"
#: Rows of both tables for each part into which they are exchanged: a row has some twenty keys.
_ROWS_OF_ONE = 150_000


@dataclass(frozen=True)
class Linked:
    """What was found: the `table` of the contract, with `rows` in all; how many by `tiers`.

    `shown`: left rows that are in it. `oversized`: what was not compared.
    """

    table: DataFrame
    rows: int
    tiers: list[dict[str, Any]]
    shown: int
    oversized: Oversized
    model: Model
    chosen: Chosen


def link_on_cluster(
    left: People, right: People, matching: Matching, progress: Callable[[str], None]
) -> Linked:
    """Find the people of `left` in `right`, as `link_tables` does."""
    progress("keys")
    _set_partitions(left, right)
    columns = _compared_columns(left, right)
    chosen, key_columns = _chosen(left, right, columns, matching)
    progress("candidates")
    found = candidates(Sought(left, right, matching, chosen, key_columns))
    pairs = found.pairs.count()
    progress("levels")
    tables = _tables(left, right, columns, found.looked_for)
    births = score.births_repeat_numbers(tables)
    compared = compared_pairs(found, left, right, columns, without_births=births)
    patterns = patterns_of(compared, columns)
    progress("weights")
    u = None
    if pairs >= matching.weights.fewest or columns:
        u = u_probability.estimate(tables.left_sample, tables.right_sample)
    of_patterns, model = score.weights_of(patterns, tables, matching, u)
    weighing = Weighing(tuple(columns), of_patterns, u, model, left.height, right.height)
    progress("decisions")
    decided = decided_pairs(compared, weighing, matching)
    tiers, shown = counts_of(decided)
    rows = sum(tier["rows"] for tier in tiers)
    table = contract_table(decided, weighing)
    return Linked(table, rows, tiers, shown, found.oversized, model, chosen)


def _set_partitions(left: People, right: People) -> None:
    """Say into how many parts rows are exchanged, where no `--conf` says it."""
    spark = left.rows.sparkSession
    if not spark.sparkContext.getConf().contains(_PARTITIONS):
        needed = -(-(left.height + right.height) // _ROWS_OF_ONE)
        count = max(spark.sparkContext.defaultParallelism, needed)
        spark.conf.set(_PARTITIONS, str(count))


# --- columns of any kind, and keys for them -------------------------------------------------------


def _compared_columns(left: People, right: People) -> list[str]:
    """The particulars that both tables have and that say something of their own."""
    from pyspark.sql import functions as F  # noqa: N812

    theirs = {*right.particulars} & right.filled_at_first
    both = [c for c in left.particulars if c in theirs and c in left.filled]
    if not both:
        return []
    head = left.rows.where(F.col("row") < FIRST_ROW + ASKED)
    return columns_with_own(_named(fetched(head).sort("row"), left, both), both)


def _named(rows: pl.DataFrame, people: People, columns: Sequence[str]) -> pl.DataFrame:
    """The rows with the particulars under their names."""
    return as_linkable(rows, people.side, people.places(columns))


def _chosen(
    left: People, right: People, columns: Sequence[str], matching: Matching
) -> tuple[Chosen, tuple[str, ...]]:
    """The keys chosen for the particulars, and the columns that they are made of.

    As on one machine, the first slice of the right table shows what keys find.
    """
    from pyspark.sql import functions as F  # noqa: N812

    if not columns:
        return Chosen(), ()
    numbers = "id_number" in left.filled and "id_number" in right.filled_at_first
    keyed = (*columns, *(["id_number"] if numbers else []))
    first = right.rows.where(F.col("slice") == 0)
    samples = []
    for rows, people, of in (
        (left.rows, left, left.height),
        (first, right, right.first_height),
    ):
        drawn = _drawn(rows, people, columns, partial(sampled, columns=keyed, of=of))
        samples.append(hashed_atoms(drawn.with_columns(position=_counted()), keyed))
    costed = costs_of_keys(samples, keyed, left.height, right.table.rows, matching.chosen_keys)
    places, of_left = right.places(columns), samples[0]
    every, tight = costed.every, costed.tight

    def agreeing(rows: pl.DataFrame) -> pl.DataFrame:
        rows = as_linkable(rows, "right", places).with_columns(position=_counted())
        found = found_pairs((of_left, hashed_atoms(rows, keyed)), every, tight)
        return _numbered_atoms(found).group_by(pl.all()).agg(n=pl.len().cast(pl.Int64))

    empty = hashed_atoms(_sample_columns(keyed), keyed)
    none = found_pairs((empty, empty), every, tight)
    shape = {**columns_of(_numbered_atoms(none)), "n": pl.Int64()}
    agreed = mapped(first, agreeing, shape).groupBy(*[c for c in shape if c != "n"])
    counts = fetched(agreed.agg(F.sum("n").alias("n")))
    found = counts.select(pl.exclude("n").repeat_by("n").explode())
    found = found.rename(dict(zip(found.columns, none.columns, strict=True)))
    found = found.with_columns(pl.col("by").reinterpret(signed=False))
    return choose_of(costed, found, of_left.height * right.first_height), keyed


def _counted() -> pl.Expr:
    return pl.int_range(pl.len(), dtype=pl.UInt32)


def _sample_columns(columns: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(columns, pl.String), "position": pl.UInt32})


def _numbered_atoms(found: pl.DataFrame) -> pl.DataFrame:
    """The atoms under short names, `by` last: Spark would take apart a name with a dot."""
    return found.rename({name: f"a{n}" for n, name in enumerate(found.columns)})


# --- samples --------------------------------------------------------------------------------------


def _tables(left: People, right: People, columns: Sequence[str], looked_for: int) -> score.Tables:
    """What weights depend on: a sample of either table, and sizes."""
    rows = left.height, right.table.rows
    one = _drawn(left.rows, left, left.particulars, partial(u_probability.sample, of=rows[0]))
    other = _drawn(right.rows, right, columns, partial(u_probability.sample, of=rows[1]))
    one = one.select(*frames.LINKABLE, *columns)
    return score.Tables(one, other, left.height, right.height, looked_for)


def _drawn(
    rows: DataFrame,
    people: People,
    own: Sequence[str],
    draw: Callable[[pl.DataFrame], pl.DataFrame],
) -> pl.DataFrame:
    """The rows (LINKABLE, and particulars `own`) that `draw` leaves of each batch, in order."""
    side, places = people.side, people.places(own)
    shape: Columns = {"row": pl.Int64(), **PERSON, **dict.fromkeys(places, pl.String())}

    def some(batch: pl.DataFrame) -> pl.DataFrame:
        drawn = draw(as_linkable(batch, side, places))["record_id"].reinterpret(signed=True)
        return batch.filter(pl.col("row").is_in(drawn.implode()))

    found = fetched(mapped(rows.select(*shape), some, shape)).sort("row")
    return as_linkable(found, side, places)
