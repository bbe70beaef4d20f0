"""What chance alone brings together: random pairs, and how common a name is where it was met.

Everything is counted on a sample of rows that is chosen by place alone, so the same input gives
the same figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import polars as pl

#: Pairs drawn at random, and as many of two rows of one village.
PAIRS = 15_000
#: Rows that name frequencies are counted on.
ROWS = 80_000
#: Rows of the whole that a village's surnames are mixed with (five people say little of a village).
_MIXED = 5.0
#: What a surname or given name that nobody else in the sample has counts as.
_UNMET = 0.3


def random_pairs(left: pl.Series, right: pl.Series) -> pl.DataFrame:
    """Return PAIRS of positions (UInt32), each row about equally often, no two alike.

    A stride through left × right that shares no factor with it: deterministic and even.
    """
    pairs = left.len() * right.len()
    if pairs == 0:
        return pl.DataFrame(schema={"left": pl.UInt32, "right": pl.UInt32})
    drawn = min(PAIRS, pairs)
    # the golden ratio keeps neighbours in either table apart
    stride = int(pairs * 0.6180339887498949) | 1
    while math.gcd(stride, pairs) > 1:
        stride += 2
    places = (pl.int_range(0, drawn, dtype=pl.UInt64, eager=True) * stride) % pairs
    return pl.DataFrame(
        {"left": left.gather(places // right.len()), "right": right.gather(places % right.len())}
    ).unique(maintain_order=True)


def village_pairs(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return PAIRS of two rows of one village; both frames have `position` and `place`."""
    left = left.drop_nulls("place")
    left = left.gather_every(max(1, left.height // (PAIRS // 2)))
    rights = (
        right.join(left.select("place").unique(), on="place", how="semi")
        .group_by("place", maintain_order=True)
        .agg("position")
    )
    met = left.join(
        rights, on="place", how="inner", maintain_order="left", suffix="_right"
    ).with_row_index("draw")
    found = pl.col("position_right")
    drawn = [
        met.select(
            left="position",
            right=found.list.get((pl.col("draw") * 31 + turn * 7919) % found.list.len()),
        )
        for turn in range(2)
    ]
    return pl.concat(drawn).unique(maintain_order=True)


@dataclass(frozen=True)
class Names:
    """How often a name is met, in the whole and in one village.

    A name is as frequent as its surname (in the village) × its given name, but for what families
    and times have in common: `excess` says for each size of that product (log2, rounded) how much
    oftener two rows really have one name. It is counted on the sample's pairs of two rows.
    """

    rows: int
    given: pl.DataFrame
    surnames: pl.DataFrame
    villages: pl.DataFrame
    excess: pl.DataFrame
    #: share of the pairs of two rows of one village that have one name; None: too few to tell
    namesakes: float | None

    @staticmethod
    def of(sample: pl.DataFrame) -> Names:
        """Count a sample of rows with `name_key` and `place` (String)."""
        named = sample.drop_nulls("name_key").select(_hashed())
        villages = (
            named.drop_nulls("place")
            .group_by("place", "surname")
            .agg(n_here=pl.len())
            .with_columns(n_village=pl.col("n_here").sum().over("place"))
        )
        counted = Names(
            rows=max(named.height, 2),
            given=named.group_by("given").agg(n_given=pl.len()),
            surnames=named.group_by("surname").agg(n_surname=pl.len()),
            villages=villages,
            excess=pl.DataFrame(),
            namesakes=None,
        )
        # their sums go beyond 32 bits where one name or one village is met all over
        here, size, anywhere = (
            pl.len().over(group).cast(pl.UInt64) - 1 for group in (["place", "key"], "place", "key")
        )
        pairs = (
            counted._products(named.with_columns(counted=pl.lit(value=True)))
            .with_columns(
                met=pl.when(pl.col("place").is_not_null()).then(here),
                among=pl.when(pl.col("place").is_not_null()).then(size),
                met_anywhere=anywhere,
            )
            .select("here", "anywhere", "met", "among", "met_anywhere")
        )
        both = pl.concat(
            [
                pairs.drop_nulls("among").select("met", "among", where=pl.lit(1), product="here"),
                pairs.select(
                    met="met_anywhere",
                    among=pl.lit(counted.rows - 1, pl.UInt64),
                    where=pl.lit(0),
                    product="anywhere",
                ),
            ]
        ).with_columns(expected=pl.col("product") * pl.col("among"), size=_size("product"))
        excess = (
            # in the order of the rows, so that the sums are the same to the last bit every time
            both.group_by("where", "size", maintain_order=True)
            .agg(pl.col("met").sum(), pl.col("expected").sum())
            .with_columns(
                # nothing is known where nobody could be met: a village of one row
                overall=pl.when(pl.col("expected").sum().over("where") > 0)
                .then(pl.col("met").sum().over("where") / pl.col("expected").sum().over("where"))
                .otherwise(1.0)
            )
            .select(
                "where",
                "size",
                excess=pl.col("overall").clip(1e-3)
                * (pl.col("met") + _MIXED)
                / (pl.col("expected") * pl.col("overall") + _MIXED),
            )
        )
        met, among = pairs.select(pl.col("met").sum(), pl.col("among").sum()).row(0)
        return replace(counted, excess=excess, namesakes=met / among if among else None)

    def frequency(self, names: pl.DataFrame) -> pl.DataFrame:
        """Return `anywhere` and `here` (Float64): the share of other people who have this name.

        `names` has `name_key`, `place` (String) and `counted` (Boolean: the row is in the sample).
        """
        products = self._products(names.select(*_hashed(), "counted"))
        found = products.select("here", "anywhere")
        for where, column in ((0, "anywhere"), (1, "here")):
            known = self.excess.filter(pl.col("where") == where).select("size", "excess")
            found = (
                found.with_columns(size=_size(column))
                .join(known, on="size", how="left", maintain_order="left")
                .with_columns((pl.col(column) * pl.col("excess").fill_null(1.0)).clip(0.0, 1.0))
                .drop("size", "excess")
            )
        return found

    def _products(self, hashed: pl.DataFrame) -> pl.DataFrame:
        """Add `anywhere` and `here` (Float64): surname × given name, the row itself left out."""
        found = (
            hashed.join(self.given, on="given", how="left", maintain_order="left")
            .join(self.surnames, on="surname", how="left", maintain_order="left")
            .join(self.villages, on=["place", "surname"], how="left", maintain_order="left")
        )
        given, surname, here, village = (
            (pl.col(count).cast(pl.Int64) - pl.col("counted")).clip(0)
            for count in ("n_given", "n_surname", "n_here", "n_village")
        )
        given, surname = ((n.fill_null(0) + _UNMET) / self.rows for n in (given, surname))
        local = (here + _MIXED * surname) / (village + _MIXED)
        return found.with_columns(
            anywhere=surname * given, here=pl.coalesce(local, surname) * given
        )


def _size(product: str) -> pl.Expr:
    """Products of one size are within a factor of four of each other."""
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


def same_share(left: pl.Series, right: pl.Series) -> float | None:
    """Return the share of all pairs whose values are equal, counted exactly; null is no value."""
    counts = [
        side.drop_nulls().rename("value").value_counts(name=name)
        for side, name in ((left, "l"), (right, "r"))
    ]
    rows = [int(c.select(pl.last().sum()).item() or 0) for c in counts]
    if not all(rows):
        return None
    both = counts[0].join(counts[1], on="value")
    met = both.select((pl.col("l").cast(pl.UInt64) * pl.col("r")).sum()).item()
    return int(met or 0) / (rows[0] * rows[1])


def namesakes(sample: pl.DataFrame, field: str) -> dict[str, float]:
    """Return how many pairs of two rows of one `name_key` have the `field` the same, or not."""
    known = sample.drop_nulls(["name_key", field])
    known = known.select(key=pl.col("name_key").hash(), value=field)
    n = pl.len().cast(pl.UInt64)
    pairs, same = (
        int(known.group_by(by).agg(n=n).select((pl.col("n") * (pl.col("n") - 1)).sum()).item())
        for by in (["key"], ["key", "value"])
    )
    return {"different": float(pairs - same), "same": float(same)}
