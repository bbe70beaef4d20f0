"""Candidate pairs on Spark: the keys of both tables, joined where they are equal.

The rules of `linkage.blocking` and `linkage.chosen_keys`, to the pair: of a slice of the right
table the values of a key that make more pairs than allowed are left out and counted, and a left row
that agrees with a right one in a proven number and the name is looked for by no other key.

A pair is `left`, `right` (bigint): rows of either table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from loubao.linkage.blocking import Oversized, TooLarge, asked_columns, is_of_heads, keys_by_trust
from loubao.linkage.blocking_atoms import hashed_atoms, key_of
from loubao.linkage.chosen_keys import Chosen
from loubao.linkage.engine import by_number_and_others, settles, sure_name
from loubao.rules.matching import Block, Matching
from loubao.spark.batches import Columns, fetched, kept, mapped
from loubao.spark.cluster_people import People

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

#: The number of a slice that never comes.
_NEVER = 2**31 - 1
#: What a key of a row is: `key` is mixed with the number of its block; `about` is that number, how
#: far the row's number can be trusted, if that is `loose`, and the slice of the row (or the one
#: that settles it) in one. Rows of one key are of one block, those of one trust all loose or none.
_KEYS: Columns = dict.fromkeys(("key", "about", "row"), pl.Int64())
_BLOCKS, _LOOSE, _TRUSTS = 1 << 8, 1 << 1, 1 << 2
_SPREAD = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Candidates:
    """The distinct `pairs`, and what was left out.

    `numbered`: of either table the `row` of each that is in a pair, and whose number both rows of
    some pair have. `looked_for`: how many left rows were looked for by other keys.
    """

    pairs: DataFrame
    numbered: tuple[DataFrame, DataFrame]
    oversized: Oversized
    looked_for: int


@dataclass(frozen=True)
class Sought:
    """What the keys are made of: both tables, the rules, and the keys chosen for `columns`."""

    left: People
    right: People
    matching: Matching
    chosen: Chosen
    columns: tuple[str, ...]


def candidates(sought: Sought) -> Candidates:
    """Return the pairs that agree on a key of the rules, or on one that was chosen."""
    from pyspark.sql import functions as F  # noqa: N812

    left, right, matching = sought.left, sought.right, sought.matching
    of_number, others = by_number_and_others(matching)
    named = _Keys(of_number, with_names=True)
    everybody = left.rows.withColumn("settled", F.lit(_NEVER))
    sides = named.of(everybody, "settled"), named.of(right.rows, "slice")
    numbered = kept(_agreeing(*sides, of_number))
    settled = _settled(numbered, settles(matching))
    lefts = left.rows.join(settled, "row", "left").fillna(_NEVER, ["settled"])
    keys = _Keys(others)
    of_rules = _agreeing(
        keys.of(lefts.where("settled > 0"), "settled"),
        _with_heads(keys.of(right.rows, "slice"), others, left, right),
        others,
    )
    found = of_rules
    asked: list[Block | TooLarge] = [*others]
    if sought.chosen.keys:
        chosen = [TooLarge(key, matching.chosen_keys.most) for key in sought.chosen.keys]
        atoms = _Atoms(sought.chosen, sought.columns)
        of_atoms = _agreeing(
            atoms.of(lefts, left, "settled"), atoms.of(right.rows, right, "slice"), chosen
        )
        found = of_rules.unionByName(of_atoms.withColumn("block", F.col("block") + len(others)))
        asked += chosen
    found = kept(found)
    numbers = _left_out(numbered, of_number)
    oversized = numbers + _left_out(found, asked)
    final = found.where(~F.col("over") & (F.col("settled") == _NEVER))
    by_number = numbered.where(~F.col("over")).select("left", "right", "key")
    pairs = by_number.select("left", "right").union(final.select("left", "right"))
    rows = [by_number.select(F.col(side).alias("row"), "key") for side in ("left", "right")]
    if numbers:
        over = numbered.where("over").select("key").distinct()
        more = _of_large_numbers(over, sides, by_number, found)
        rows = [one.union(other) for one, other in zip(rows, more, strict=True)]
    one, other = (each.select("row").distinct() for each in rows)
    distinct = kept(pairs.distinct())
    return Candidates(distinct, (one, other), oversized, left.height - settled.count())


# --- keys -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Keys:
    """The keys of some blocks; `with_names`: and the name that settles a row (`sure`)."""

    blocks: Sequence[Block]
    with_names: bool = False

    def of(self, rows: DataFrame, slices: str) -> DataFrame:
        """The keys of rows of a table; `slices` is the column of the slice of each."""
        blocks, with_names = self.blocks, self.with_names
        columns = dict(_KEYS)
        if with_names:
            columns["sure"] = pl.Int64()

        def keyed(rows: pl.DataFrame) -> pl.DataFrame:
            rows = rows.with_columns(position=pl.int_range(pl.len(), dtype=pl.UInt32))
            keys = keys_by_trust(rows, blocks)
            beside = rows.select("row")
            if with_names:
                name = rows.select(name=sure_name())["name"]
                beside = beside.with_columns(sure=pl.when(name.is_not_null()).then(name.hash()))
            return _with_slices(keys, rows[slices], beside)

        # what is not asked for need not be brought to Python
        asked = rows.select("row", slices, *asked_columns(blocks))
        return mapped(asked, keyed, columns)


@dataclass(frozen=True)
class _Atoms:
    """The chosen keys, made of `columns`."""

    chosen: Chosen
    columns: Sequence[str]

    def of(self, rows: DataFrame, people: People, slices: str) -> DataFrame:
        """The keys of rows of a table; `slices` is the column of the slice of each."""
        keys, columns = self.chosen.keys, self.columns
        named = {f"p{n}": name for n, name in enumerate(people.particulars) if name in columns}

        def keyed(rows: pl.DataFrame) -> pl.DataFrame:
            places = pl.int_range(pl.len(), dtype=pl.UInt32)
            atoms = hashed_atoms(rows.rename(named).with_columns(position=places), columns)
            of_keys = [
                atoms.select("position", key=key_of(key))
                .drop_nulls()
                .with_columns(block=pl.lit(number, pl.UInt8))
                for number, key in enumerate(keys)
            ]
            found = pl.concat(of_keys).with_columns(trust=pl.lit(0), loose=pl.lit(value=True))
            return _with_slices(found, rows[slices], rows.select("row"))

        return mapped(rows, keyed, _KEYS)


def _with_slices(keys: pl.DataFrame, slices: pl.Series, beside: pl.DataFrame) -> pl.DataFrame:
    """The keys with the number of their block in them: keys of two blocks are never equal.

    With `about`, and what stands `beside` the row of each (`position`).
    """
    own = pl.col("key") * pl.lit(_SPREAD, pl.UInt64) + pl.col("block").cast(pl.UInt64)
    about = slices.cast(pl.Int64).gather(keys["position"]).alias("about")
    for name, count in (("trust", _TRUSTS), ("loose", _LOOSE), ("block", _BLOCKS)):
        about = about * count + keys[name].cast(pl.Int64)
    mixed = keys.select(key=own).with_columns(about)
    return pl.concat([mixed, beside[keys["position"]]], how="horizontal")


def _block(about: str = "about") -> Column:
    return _part(about, 1, _BLOCKS).cast("int")


def _is_loose(about: str = "about") -> Column:
    return _part(about, _BLOCKS, _LOOSE) == 1


def _slice(about: str = "about") -> Column:
    return _part(about, _BLOCKS * _LOOSE * _TRUSTS, _NEVER + 1).cast("int")


def _part(about: str, above: int, count: int) -> Column:
    """Of what stands in `about`, all numbers of which are powers of two, one that has `count`."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.shiftright(about, above.bit_length() - 1).bitwiseAND(count - 1)


def _with_heads(keys: DataFrame, blocks: Sequence[Block], left: People, right: People) -> DataFrame:
    """The right keys without those of heads of household where nobody gives their number."""
    of_heads = [number for number, block in enumerate(blocks) if is_of_heads(block)]
    if not of_heads or "head_id" in left.filled:
        return keys
    slices = _slice().isin(list(right.slices_with_heads))
    return keys.where(~_block().isin(of_heads) | slices)


# --- pairs ----------------------------------------------------------------------------------------


def _agreeing(left: DataFrame, right: DataFrame, blocks: Sequence[Block | TooLarge]) -> DataFrame:
    """The pairs of rows with an equal key: `left`, `right`, `block`, `key`, `settled`, `slice`.

    Values that make too many pairs are one row each instead, that is `over`. Both sides are
    exchanged by the key once: the counts and the join use that exchange and its order.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    n = partitions(left)
    lefts = left.repartition(n, "key").withColumnsRenamed({"row": "left", "about": "of_left"})
    rights = right.repartition(n, "key").withColumnRenamed("row", "right")
    if "sure" in left.columns:
        lefts = lefts.withColumnRenamed("sure", "one")
        rights = rights.withColumnRenamed("sure", "other")
    near = _is_loose("of_left")
    counts = lefts.groupBy("key").agg(
        F.count("*").alias("every"), F.count(F.when(near, 1)).alias("loosely")
    )
    group = Window.partitionBy("key", "about").orderBy("right")
    whole = group.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    made = F.count("*").over(whole) * F.when(_is_loose(), F.col("every")).otherwise(
        F.col("loosely")
    )
    asked = (
        rights.join(counts, "key")
        .withColumn("over", made > _most(blocks))
        .withColumn("nth", F.row_number().over(group))
        .where(~F.col("over") | (F.col("nth") == 1))
    )
    first = F.row_number().over(Window.partitionBy("key").orderBy("left")) == 1
    numbered = lefts.withColumn("first", first)
    fits = F.when(F.col("over"), F.col("first")).otherwise(
        (_is_loose() | near) & (_slice("of_left") > _slice())
    )
    pairs = asked.join(numbered, "key").where(fits)
    columns = {"block": _block(), "settled": _slice("of_left"), "slice": _slice()}
    if "sure" in left.columns:
        columns["same"] = F.col("one") == F.col("other")
    told = (column.alias(name) for name, column in columns.items())
    return pairs.select("left", "right", "key", "over", *told)


def partitions(frame: DataFrame) -> int:
    """Return into how many parts rows are exchanged."""
    return int(frame.sparkSession.conf.get("spark.sql.shuffle.partitions") or 64)


def _most(blocks: Iterable[Block | TooLarge]) -> Column:
    """How many pairs a value of a block may make."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.element_at(
        F.array(*(F.lit(block.most).cast("bigint") for block in blocks)), _block() + 1
    )


def _settled(numbered: DataFrame, asked: bool) -> DataFrame:
    """`row` of the left rows that are settled, and the slice that settles each (`settled`)."""
    from pyspark.sql import functions as F  # noqa: N812

    same = numbered.where(~F.col("over") & F.col("same") & F.lit(asked))
    return same.groupBy(F.col("left").alias("row")).agg(F.min("slice").alias("settled"))


def _of_large_numbers(
    over: DataFrame, sides: tuple[DataFrame, DataFrame], by_number: DataFrame, found: DataFrame
) -> list[DataFrame]:
    """`row` and `key` of either table, of numbers that make too many pairs (`over`) in some slice.

    Rows of such a number may be in a pair that another key has found.
    """
    from pyspark.sql import functions as F  # noqa: N812

    left, right = (
        keys.join(over, "key", "left_semi").select(F.col("row").alias(name), "key")
        for keys, name in zip(sides, ("left", "right"), strict=True)
    )
    pairs = found.where(~F.col("over")).select("left", "right", "settled")
    equal = pairs.where(F.col("settled") == _NEVER).join(left, "left").join(right, ["right", "key"])
    asked = equal.select("key").union(by_number.select("key")).distinct()
    paired = pairs.select("right").union(by_number.select("right")).distinct()
    in_pairs = right.join(paired, "right", "left_semi")
    return [
        rows.join(asked, "key", "left_semi").select(F.col(name).alias("row"), "key")
        for rows, name in ((left, "left"), (in_pairs, "right"))
    ]


def _left_out(found: DataFrame, blocks: Sequence[Block | TooLarge]) -> Oversized:
    """How many values of each block make too many pairs."""
    from pyspark.sql import functions as F  # noqa: N812

    counts = fetched(found.where(F.col("over")).groupBy("block").count()).sort("block")
    return [(blocks[number], count) for number, count in counts.rows()]
