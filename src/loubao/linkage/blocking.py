"""Candidate pairs: one join per blocking key, so that only plausible pairs are compared.

`blocking_keys` defines what a key is made of; the rules say which keys, or which of them together,
make a pair. The right table may come in slices: `LeftKeys` holds the keys of the left one, and
`candidate_pairs` joins them with a slice.
"""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.linkage.blocking_keys import (
    KEYS,
    PROVEN_KEYS,
    block_key,
    columns_of,
    exploded_keys,
    hashed,
    is_plain,
)
from loubao.rules.matching import Block

#: One candidate pair: positions of the two rows.
PAIRS: frames.Schema = {"left": pl.UInt32, "right": pl.UInt32}
#: A row's position, and one of its keys.
KEYED: frames.Schema = {"position": pl.UInt32, "key": pl.UInt64}


class TooLarge(NamedTuple):
    """A key some of whose values make more pairs than `most`."""

    on: tuple[str, ...]
    most: int


#: Keys some of whose values make too many pairs, and how many such values each has.
Oversized: TypeAlias = list[tuple[Block | TooLarge, int]]

#: How far a row's number can be trusted: proven, in doubt, or none to compare.
_PROVEN, _DOUBTFUL, _NONE = 0, 1, 2
#: Most digits that may be hidden of a number that still says something.
_HIDDEN = 8
_HEADS = ("own_or_head_id",)


@dataclass(frozen=True)
class LeftKeys:
    """The left rows by key.

    For each block, three frames (`position` UInt32, `key` UInt64): what a right row is compared
    with whose number is proven, in doubt or missing. `heads`: some rows give the number of a head
    of household.
    """

    blocking: tuple[Block, ...]
    sides: tuple[tuple[pl.DataFrame, ...], ...]
    heads: bool

    @staticmethod
    def of(rows: pl.DataFrame, blocking: Sequence[Block]) -> LeftKeys:
        """Return the keys of `rows`: LINKABLE and `position` (UInt32)."""
        none = [pl.DataFrame(schema=dict(KEYED))] * len(blocking)
        keyed = [
            pl.collect_all(exploded_keys(third, block) for block in blocking)
            if third.height
            else none
            for third in _by_trust(rows, blocking)
        ]
        sides = tuple(
            _sides(_least_trust(block), thirds)
            for block, thirds in zip(blocking, zip(*keyed, strict=True), strict=True)
        )
        heads = rows["head_id"].null_count() < rows.height
        return LeftKeys(tuple(blocking), sides, heads)

    def only(self, wanted: pl.Series) -> LeftKeys:
        """Return the keys of those rows alone for whose position `wanted` (Boolean) holds."""
        distinct = {id(side): side for sides in self.sides for side in sides}
        kept = {
            key: side.filter(wanted.gather(side["position"])) if side.height else side
            for key, side in distinct.items()
        }
        return replace(self, sides=tuple(tuple(kept[id(s)] for s in sides) for sides in self.sides))


def keys_by_trust(rows: pl.DataFrame, blocking: Sequence[Block]) -> pl.DataFrame:
    """Return the keys of LINKABLE rows with `position`: one row for each block and key.

    `position`, `block` (its number, UInt8), `key` (UInt64), `trust` (UInt8: how far the number
    can be trusted), `loose` (Boolean: so little that the block is asked for the sake of this row).
    """
    keyed = [
        exploded_keys(third, block).with_columns(
            block=pl.lit(number, pl.UInt8),
            trust=pl.lit(trust, pl.UInt8),
            loose=pl.lit(trust >= _least_trust(block)),
        )
        for trust, third in enumerate(_by_trust(rows, blocking))
        if third.height
        for number, block in enumerate(blocking)
    ]
    schema = {**KEYED, "block": pl.UInt8, "trust": pl.UInt8, "loose": pl.Boolean}
    return pl.concat(pl.collect_all([pl.LazyFrame(schema=schema), *keyed]))


def asked_columns(blocking: Iterable[Block]) -> list[str]:
    """Return the columns of LINKABLE that `keys_by_trust` asks for."""
    of_keys = columns_of({key for block in blocking for key in block.on})
    return sorted({*of_keys, "id_status"} - {"position"})


def is_of_heads(block: Block) -> bool:
    """Return whether a block says nothing new where nobody gives the number of a head."""
    return block.on == _HEADS


def _least_trust(block: Block) -> int:
    """How little a number may be trusted, on one side at least, for the block to be asked.

    >>> [_least_trust(Block(on=("id_back",), **rest)) for rest in ({}, {"numberless": True})]
    [0, 2]
    """
    return _NONE if block.numberless else _DOUBTFUL if block.unproven else _PROVEN


def _sides(least: int, thirds: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, ...]:
    """The left rows for each kind of right number; `thirds` are those of each kind on the left."""
    every, others = pl.concat(thirds), pl.concat(thirds[least:])
    return tuple(every if trust >= least else others for trust in range(_NONE + 1))


def candidate_pairs(left: LeftKeys, right: pl.DataFrame) -> tuple[pl.DataFrame, Oversized]:
    """Return the distinct PAIRS of the left rows and `right` that agree on at least one key.

    `right` is LINKABLE with `position`. Left out are the values of a key that make more pairs than
    their block allows; they are counted by block.

    >>> names = ["庄建国", "林秀", "庄建国", "陈明"]
    >>> rows = frames.empty(frames.LINKABLE).clear(4).with_columns(
    ...     name_key=pl.Series(names), position=pl.int_range(4, dtype=pl.UInt32)
    ... )
    >>> by_name = [Block(on=("name_key",)), Block(on=("surname", "last_character"))]
    >>> pairs, oversized = candidate_pairs(LeftKeys.of(rows.head(2), by_name), rows.tail(2))
    >>> pairs.rows(), oversized
    ([(0, 2)], [])
    """
    heads = left.heads or right["head_id"].null_count() < right.height
    asked = {
        number: block
        for number, (block, sides) in enumerate(zip(left.blocking, left.sides, strict=True))
        if sides[_NONE].height and (heads or not is_of_heads(block))
    }
    keyed = [
        (number, rights, left.sides[number][trust])
        for trust, third in enumerate(_by_trust(right, list(asked.values())))
        if third.height
        for number, rights in _agreeing(
            third, {number: (block, left.sides[number][trust]) for number, block in asked.items()}
        )
    ]
    found = [pl.LazyFrame(schema=dict(PAIRS))]
    oversized: Oversized = []
    for number, rights, side in sorted(keyed, key=lambda part: part[0]):
        block = left.blocking[number]
        lefts = side.filter(_has_key_of(rights))
        fitting, too_large = _fitting(rights, lefts, block.most)
        if too_large:
            oversized.append((block, too_large))
        if fitting.height:
            found.append(
                fitting.lazy()
                .join(lefts.lazy(), on="key", suffix="_left")
                .select(left="position_left", right="position")
            )
    return _distinct(pl.concat(pl.collect_all(found))), oversized


def _distinct(pairs: pl.DataFrame) -> pl.DataFrame:
    """The PAIRS once each and in order: sorted as one integer, which is quicker than two.

    >>> pairs = pl.DataFrame({"left": [1, 0, 1], "right": [7, 9, 7]}, schema=dict(PAIRS))
    >>> _distinct(pairs).rows()
    [(0, 9), (1, 7)]
    """
    packed = pl.col("left").cast(pl.UInt64) * 2**32 + pl.col("right")
    return pairs.select(packed.unique().sort().alias("pair")).select(
        left=(pl.col("pair") // 2**32).cast(pl.UInt32),
        right=(pl.col("pair") % 2**32).cast(pl.UInt32),
    )


def _agreeing(
    rows: pl.DataFrame, asked: Mapping[int, tuple[Block, pl.DataFrame]]
) -> list[tuple[int, pl.DataFrame]]:
    """`position` and `key` of the `hashed` rows that have a left row's key, by number of the block.

    Most rows have none: their keys are not kept.
    """
    asked = {number: (block, side) for number, (block, side) in asked.items() if side.height}
    plain = {number: block_key(block) for number, (block, _) in asked.items() if is_plain(block)}
    agrees = rows.select(
        key.is_in(asked[number][1]["key"].implode()).alias(str(number))
        for number, key in plain.items()
    )
    agreeing = [
        (number, rows.filter(agrees[str(number)]).select("position", key=plain[number]))
        for number in plain
        if agrees[str(number)].any()
    ]
    several = [number for number in asked if number not in plain]
    others = pl.collect_all(
        exploded_keys(rows, asked[number][0]).filter(_has_key_of(asked[number][1]))
        for number in several
    )
    return agreeing + [part for part in zip(several, others, strict=True) if part[1].height]


def _has_key_of(others: pl.DataFrame) -> pl.Expr:
    """Whether a row has the key of one of the others."""
    return pl.col("key").is_in(others["key"].implode())


def oversized_issues(oversized: Oversized) -> pl.DataFrame:
    """Return ISSUES: one BLOCK_TOO_LARGE for each key some of whose values were left out.

    A detail is the JSON of its values: the key, how many values, the pairs that each may give.

    >>> by_name = Block(on=("name_key", "town"), most=9)
    >>> oversized_issues([(by_name, 2), (by_name, 3)])["detail"].item()
    '{"key": "name_key+town", "groups": 5, "pairs": 9}'
    """
    groups: dict[tuple[str, int], int] = {}
    for block, count in oversized:
        key = "+".join(block.on), block.most
        groups[key] = groups.get(key, 0) + count
    details = (
        json.dumps({"key": name, "groups": count, "pairs": most})
        for (name, most), count in groups.items()
    )
    return frames.issue_rows(("", "", None, "", "BLOCK_TOO_LARGE", detail) for detail in details)


def _by_trust(rows: pl.DataFrame, blocking: Iterable[Block]) -> list[pl.DataFrame]:
    """The rows with their keys (`hashed`; where there are none, as they stand), by how far their
    number can be trusted.
    """
    used = {key for block in blocking for key in block.on}
    # the check digit of a lifted number was computed: it may still be one digit off
    status = rows["id_status"]
    proven = functools.reduce(
        operator.or_, [status == name for name in frames.PROVEN_STATUSES if name != "lifted"]
    ).fill_null(value=False)
    rows = rows.select(columns_of(used))
    rest = rows.filter(~proven)
    hidden = pl.col("id_pattern").str.count_matches("?", literal=True).fill_null(_HIDDEN + 1)
    none = rest.select(pl.col("id_number").is_null() & (hidden > _HIDDEN)).to_series()
    return pl.collect_all(
        hashed(part, used, keys) if part.height else part.lazy()
        for part, keys in (
            (rows.filter(proven), PROVEN_KEYS),
            (rest.filter(~none), KEYS),
            (rest.filter(none), KEYS),
        )
    )


def _fitting(rights: pl.DataFrame, lefts: pl.DataFrame, most: int) -> tuple[pl.DataFrame, int]:
    """The right rows of values that make no more than `most` pairs, and how many make more.

    Both frames have `position` and `key`; `lefts` are the left rows that have a key of `rights`.

    >>> rights = pl.DataFrame({"position": [1, 2, 3], "key": [7, 7, 8]})
    >>> lefts = pl.DataFrame({"position": [4, 5], "key": [7, 8]})
    >>> fitting, too_large = _fitting(rights, lefts, most=1)
    >>> fitting.rows(), too_large
    ([(3, 8)], 1)
    """
    if rights.height * lefts.height <= most:  # all of them together
        return rights, 0
    made = lefts.group_by("key").agg(made=pl.len().cast(pl.UInt64))
    pairs = rights.join(made, on="key").group_by("key").agg(pl.col("made").sum())
    large = pairs.filter(pl.col("made") > most)
    if large.is_empty():
        return rights, 0
    return rights.join(large, on="key", how="anti"), large.height
