"""How frequent a name is, anywhere and in one village: what a name that agrees weighs for it.

Two people agree on a common name by chance more often than on a rare one. A name's frequency is
that of its surname (in the village) times that of its given name, corrected for what families and
times have in common. It is counted on a sample of rows that is chosen by what stands in them, so
the same rows in any order give the same figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from loubao.core.readings import sound
from loubao.linkage.model import EQUAL, Model

#: Rows of the whole that a village's surnames are mixed with (five people say little of a village).
_MIXED = 5.0
#: What a surname or given name that nobody else in the sample has counts as.
_UNSEEN = 0.3
#: Every third bearer is enough to count how names sound.
_OF_SOUNDS = 3


def bearers_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `name_key`, `place` (String) and `bearer` (UInt64) of LINKABLE rows.

    Who is on several lists is one bearer of the name; a row with neither number nor birth date is a
    bearer of its own.

    >>> from loubao.core.frames import LINKABLE
    >>> rows = pl.DataFrame(
    ...     {"record_id": [1, 2, 3], "name_key": "庄建国", "id_number": ["9901", "9901", None]}
    ... )
    >>> missing = [pl.lit(None, t).alias(c) for c, t in LINKABLE.items() if c not in rows.columns]
    >>> bearers_of(rows.with_columns(missing))["bearer"].n_unique()
    2
    """
    person = pl.coalesce(
        "id_number", pl.col("birth_date").cast(pl.String), pl.col("record_id").cast(pl.String)
    )
    return rows.select(
        "name_key",
        place=pl.coalesce("village_code", "village"),
        bearer=pl.struct("name_key", person).hash(),
    )


@dataclass(frozen=True)
class NameCounts:
    """The parts of the names of a sample, counted. All texts are hashes (UInt64).

    `given`: given, n_given; `surnames`: surname, n_surname; `villages`: place, surname, n_here
    (rows of the surname in the village), n_village (rows of the village). Counts are UInt32.
    """

    rows: int
    given: pl.DataFrame
    surnames: pl.DataFrame
    villages: pl.DataFrame

    @staticmethod
    def of(named: pl.DataFrame) -> NameCounts:
        """Count rows with the columns of `_hashed`."""
        villages = named.drop_nulls("place").group_by("place", "surname").agg(n_here=pl.len())
        return NameCounts(
            rows=max(named.height, 2),
            given=named.group_by("given").agg(n_given=pl.len()),
            surnames=named.group_by("surname").agg(n_surname=pl.len()),
            villages=villages.with_columns(n_village=pl.col("n_here").sum().over("place")),
        )

    def with_products(self, named: pl.DataFrame) -> pl.DataFrame:
        """Add `anywhere` and `here` (Float64): surname × given name, the row itself left out.

        `named` has the columns of `_hashed` and `counted` (Boolean: the row is in the sample).
        """
        found = (
            named.join(self.given, on="given", how="left", maintain_order="left")
            .join(self.surnames, on="surname", how="left", maintain_order="left")
            .join(self.villages, on=["place", "surname"], how="left", maintain_order="left")
        )
        given, surname, here, village = (
            (pl.col(count).cast(pl.Int64) - pl.col("counted")).clip(0)
            for count in ("n_given", "n_surname", "n_here", "n_village")
        )
        given, surname = ((n.fill_null(0) + _UNSEEN) / self.rows for n in (given, surname))
        local = (here + _MIXED * surname) / (village + _MIXED)
        return found.with_columns(
            anywhere=surname * given, here=pl.coalesce(local, surname) * given
        )


@dataclass(frozen=True)
class NameFrequencies:
    """How frequent a name is, in the whole and in one village.

    `excess` (where: 0 anywhere, 1 here; size, excess) says for each size of the product of surname
    and given name (log2, rounded) how many times more often two rows really have one name.

    >>> clan = [(f"庄{given}", "甲") for given in "建国志强文明春秀英丽"]
    >>> others = [(f"{surname}国", "乙") for surname in "陈林黄张吴李王郑许曾"]
    >>> sample = pl.DataFrame(clan + others, schema=["name_key", "place"], orient="row")
    >>> names = NameFrequencies.of(sample)
    >>> asked = pl.DataFrame({"name_key": ["庄国", "庄国", "许秀"], "place": [*"甲乙乙"]})
    >>> share = names.frequency(asked.with_columns(counted=pl.lit(False)))
    >>> share["here"][0] > share["here"][1]  # 庄 is the surname of the first village
    True
    >>> share["anywhere"][0] > share["anywhere"][2]  # 许秀 is rare everywhere
    True
    """

    #: the rows counted: name_key, place (String), and `bearer` where they come from `bearers_of`
    sample: pl.DataFrame
    counts: NameCounts
    excess: pl.DataFrame
    #: share of the pairs of two rows of one village that have one name; None: too few to tell
    namesakes: float | None

    @staticmethod
    def of(sample: pl.DataFrame) -> NameFrequencies:
        """Count a sample of rows with `name_key` and `place` (String)."""
        named = sample.drop_nulls("name_key").select(_hashed())
        counts = NameCounts.of(named)
        pairs = _pairs_of_rows(named, counts)
        same, others = pairs.select(pl.col("same_here").sum(), pl.col("others_here").sum()).row(0)
        return NameFrequencies(
            sample=sample,
            counts=counts,
            excess=_excess(pairs, counts.rows),
            namesakes=same / others if others else None,
        )

    @cached_property
    def heard(self) -> NameFrequencies:
        """The same of how names sound."""
        return NameFrequencies.of(
            self.sample.gather_every(_OF_SOUNDS).with_columns(sound(pl.col("name_key")))
        )

    def frequency(self, names: pl.DataFrame) -> pl.DataFrame:
        """Return `anywhere` and `here` (Float64): the share of other people who have this name.

        `names` has `name_key`, `place` (String) and `counted` (Boolean: the row is in the sample).
        """
        products = self.counts.with_products(names.select(*_hashed(), "counted"))
        found = products.select("here", "anywhere")
        for where, column in ((0, "anywhere"), (1, "here")):
            excess = self.excess.filter(pl.col("where") == where).select("size", "excess")
            found = (
                found.with_columns(size=_size(column))
                .join(excess, on="size", how="left", maintain_order="left")
                .with_columns((pl.col(column) * pl.col("excess").fill_null(1.0)).clip(0.0, 1.0))
                .drop("size", "excess")
            )
        return found


def _pairs_of_rows(named: pl.DataFrame, counts: NameCounts) -> pl.DataFrame:
    """How many other rows have the name of each row, and what the product of its parts expects.

    `here`, `anywhere` (Float64): the products; `same_here` and `others_here` (UInt64): other rows
    of the village with this name, and all of them, null without a place; `same_anywhere` (UInt64).
    """
    # their sums go beyond 32 bits where one name or one village fills the sample
    here, size, anywhere = (
        pl.len().over(group).cast(pl.UInt64) - 1 for group in (["place", "key"], "place", "key")
    )
    placed = pl.when(pl.col("place").is_not_null())
    return (
        counts.with_products(named.with_columns(counted=pl.lit(value=True)))
        .with_columns(
            same_here=placed.then(here), others_here=placed.then(size), same_anywhere=anywhere
        )
        .select("here", "anywhere", "same_here", "others_here", "same_anywhere")
    )


def _excess(pairs: pl.DataFrame, rows: int) -> pl.DataFrame:
    """How many times more often two rows have one name than the product of its parts expects.

    `pairs` come from `_pairs_of_rows`. Returns where (0 anywhere, 1 here), size (Int32), excess
    (Float64), which is drawn towards the excess over all sizes where a size has few pairs.
    """
    both = pl.concat(
        [
            pairs.drop_nulls("others_here").select(
                same="same_here", others="others_here", where=pl.lit(1), product="here"
            ),
            pairs.select(
                same="same_anywhere",
                others=pl.lit(rows - 1, pl.UInt64),
                where=pl.lit(0),
                product="anywhere",
            ),
        ]
    ).with_columns(expected=pl.col("product") * pl.col("others"), size=_size("product"))
    # summed exactly: threads decide neither the order of the rows nor the last bit of a sum
    sizes = (
        both.group_by("where", "size").agg(pl.col("same").sum(), "expected").sort("where", "size")
    ).with_columns(expected=pl.col("expected").map_elements(math.fsum, pl.Float64))
    same, expected, overall = pl.col("same"), pl.col("expected"), pl.col("overall")
    all_same = same.sum().over("where")
    all_expected = expected.implode().over("where").map_elements(math.fsum, pl.Float64)
    # nothing can be expected where each village has one row
    of_all = pl.when(all_expected > 0).then(all_same / all_expected).otherwise(1.0)
    return sizes.with_columns(overall=of_all).select(
        "where",
        "size",
        excess=overall.clip(1e-3) * (same + _MIXED) / (expected * overall + _MIXED),
    )


def _size(product: str) -> pl.Expr:
    """Products of one size are within a factor of four of each other.

    >>> pl.DataFrame({"p": [0.5, 0.3, 0.2, 0.001]}).select(_size("p")).to_series().to_list()
    [-1, -1, -2, -5]
    """
    return (pl.col(product).log(2.0) / 2.0).floor().cast(pl.Int32).alias("size")


def _hashed() -> list[pl.Expr]:
    """Name, surname, given name and village as numbers, which are quicker to count than texts."""
    name = pl.col("name_key")
    return [
        name.hash().alias("key"),
        name.str.head(1).hash().alias("surname"),
        name.str.slice(1).hash().alias("given"),
        pl.when(pl.col("place").is_not_null()).then(pl.col("place").hash()).alias("place"),
    ]


def adjustment(
    pairs: pl.DataFrame, rows: pl.DataFrame, names: NameFrequencies, model: Model
) -> pl.Series:
    """Return what a name that agrees weighs more, or less, for being rare or common (log2).

    log2(u / f): two names agree by chance as often as this name is found (f), or one that sounds
    like it, not as names agree on the whole (u). Float64, one for each of `pairs`; 0 where names do
    not agree or the number is the same. The pairs are compared and count `rows` (LINKABLE) from 0;
    `names` are counted on `bearers_of`.
    """
    weight = pl.repeat(0.0, pairs.height, dtype=pl.Float64, eager=True)
    other_number = pairs.with_row_index().filter(~pl.col("id_number").is_in(list(EQUAL)))
    by_sound = sound(pl.col("name_key"))
    for levels in (["same", "variant"], ["reading"]):
        agreeing = other_number.filter(pl.col("name").is_in(levels))
        if agreeing.is_empty():
            continue
        bearers = bearers_of(rows[agreeing["right"]])
        frequencies = names
        if levels == ["reading"]:
            frequencies, bearers = names.heard, bearers.with_columns(by_sound)
        counted = pl.col("bearer").is_in(frequencies.sample["bearer"].implode())
        frequency = frequencies.frequency(bearers.with_columns(counted=counted))
        here, anywhere = (
            (model.tables["u", "name", table][levels[0]] / frequency[column]).log(2.0)
            for table, column in (("village", "here"), ("anywhere", "anywhere"))
        )
        same_village = agreeing["village"].cast(pl.String) == "same"
        weight = weight.scatter(agreeing["index"], here.zip_with(same_village, anywhere))
    return weight
