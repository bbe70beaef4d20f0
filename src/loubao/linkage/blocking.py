"""Candidate pairs: one join per blocking key, so that only plausible pairs are compared.

`keys` defines what a key is made of; the rules say which keys, or which of them together, make a
pair. A right table may come in slices: `Lefts` holds the keys of the left one, `meet` joins them
with a slice.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from loubao.core import frames
from loubao.linkage.blocking_keys import (
    KEYS,
    PROVEN_KEYS,
    hashed,
    is_plain,
    made_of,
    of_block,
    of_plain_block,
)
from loubao.rules.matching import Block

#: One candidate pair: positions of the two rows.
PAIRS: frames.Schema = {"left": pl.UInt32, "right": pl.UInt32}

#: How far a row's number can be trusted: proven, in doubt, or none to compare.
_PROVEN, _DOUBTFUL, _NONE = 0, 1, 2
#: Most digits that may be hidden of a number that still tells something.
_HIDDEN = 8
_HEADS = ("own_or_head_id",)


@dataclass(frozen=True)
class Lefts:
    """The left rows by key.

    For each block, what a right row is compared with whose number is proven, in doubt or missing.
    `heads`: some rows name a head of household by number.
    """

    blocking: tuple[Block, ...]
    sides: tuple[tuple[pl.DataFrame, ...], ...]
    heads: bool


def _least(block: Block) -> int:
    """How little a number may be trusted, on one side at least, for the block to be asked."""
    return _NONE if block.numberless else _DOUBTFUL if block.unproven else _PROVEN


def _sides(least: int, keyed: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, ...]:
    """`keyed` are the rows of the three kinds of number; one side for each kind on the right."""
    every, others = pl.concat(keyed), pl.concat(keyed[least:])
    return tuple(every if trust >= least else others for trust in range(_NONE + 1))


def lefts(rows: pl.DataFrame, blocking: Sequence[Block]) -> Lefts:
    """Return the keys of `rows`: LINKABLE and `position` (UInt32)."""
    keyed = [_keyed(third, blocking) for third in _by_trust(rows, blocking)]
    sides = tuple(
        _sides(_least(block), parts)
        for block, parts in zip(blocking, zip(*keyed, strict=True), strict=True)
    )
    heads = rows["head_id"].null_count() < rows.height
    return Lefts(tuple(blocking), sides, heads)


def some_of(left: Lefts, wanted: pl.Series) -> Lefts:
    """Return the keys of those rows alone for whose position `wanted` (Boolean) holds."""
    distinct = {id(side): side for sides in left.sides for side in sides}
    kept = {key: side.filter(wanted.gather(side["position"])) for key, side in distinct.items()}
    return replace(left, sides=tuple(tuple(kept[id(s)] for s in sides) for sides in left.sides))


def meet(left: Lefts, right: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the distinct PAIRS of the left rows and `right` that agree on at least one key.

    `right` is LINKABLE with `position`. The second frame counts what was left out because a key
    makes more pairs than its block allows: `block` (UInt32), `groups` (UInt32).
    """
    heads = left.heads or right["head_id"].null_count() < right.height
    asked = {
        number: block
        for number, (block, sides) in enumerate(zip(left.blocking, left.sides, strict=True))
        if sides[_NONE].height and (heads or block.on != _HEADS)
    }
    near = [
        (number, rights, left.sides[number][trust])
        for trust, third in enumerate(_by_trust(right, list(asked.values())))
        for number, rights in _near(
            third, {number: (block, left.sides[number][trust]) for number, block in asked.items()}
        )
    ]
    found, oversized = [pl.LazyFrame(schema=dict(PAIRS))], []
    for number, rights, side in sorted(near, key=lambda part: part[0]):
        keys = side.filter(_among(rights))
        fitting, groups = _fitting(rights, keys, left.blocking[number].most)
        if groups:
            oversized.append((number, groups))
        if fitting.height:
            found.append(
                fitting.lazy()
                .join(keys.lazy(), on="key", suffix="_left")
                .select(left="position_left", right="position")
            )
    packed = pl.col("left").cast(pl.UInt64) * 2**32 + pl.col("right")
    pairs = pl.concat(pl.collect_all(found)).select(packed.unique().sort().alias("pair"))
    return (
        pairs.select(
            left=(pl.col("pair") // 2**32).cast(pl.UInt32),
            right=(pl.col("pair") % 2**32).cast(pl.UInt32),
        ),
        pl.DataFrame(oversized, schema={"block": pl.UInt32, "groups": pl.UInt32}, orient="row"),
    )


def _near(
    rows: pl.DataFrame, asked: Mapping[int, tuple[Block, pl.DataFrame]]
) -> list[tuple[int, pl.DataFrame]]:
    """`position` and `key` of the `hashed` rows that meet a left one, by number of the block.

    Most rows meet none: their keys are not kept.
    """
    asked = {number: (block, side) for number, (block, side) in asked.items() if side.height}
    plain = {
        number: of_plain_block(block) for number, (block, _) in asked.items() if is_plain(block)
    }
    met = rows.select(
        key.is_in(asked[number][1]["key"].implode()).alias(str(number))
        for number, key in plain.items()
    )
    near = [
        (number, rows[place].select("position", key=plain[number]))
        for number in plain
        if (place := met[str(number)].arg_true()).len()
    ]
    several = [number for number in asked if number not in plain]
    others = pl.collect_all(
        of_block(rows, asked[number][0]).filter(_among(asked[number][1])) for number in several
    )
    return near + [part for part in zip(several, others, strict=True) if part[1].height]


def _among(others: pl.DataFrame) -> pl.Expr:
    """Whether a row has the key of one of the others."""
    return pl.col("key").is_in(others["key"].implode())


def left_out(oversized: Iterable[tuple[Sequence[Block], pl.DataFrame]]) -> pl.DataFrame:
    """Return ISSUES: one BLOCK_TOO_LARGE for each key some of whose blocks were left out.

    Each frame counts what `meet` left out of the blocks beside it.
    """
    groups: dict[tuple[str, int], int] = {}
    for blocking, counted in oversized:
        for number, count in counted.rows():
            block = blocking[number]
            key = "+".join(block.on), block.most
            groups[key] = groups.get(key, 0) + count
    rows = []
    for (name, most), count in groups.items():
        detail = (
            f"分组键 {name} 有 {count} 组超过 {most} 对，"
            "这些组没有按此键比对；可在 matching.yaml 增加更细的分组键"
        )
        rows.append(("", "", None, "", "BLOCK_TOO_LARGE", detail))
    return frames.issue_rows(rows)


def _by_trust(rows: pl.DataFrame, blocking: Sequence[Block]) -> list[pl.DataFrame]:
    """The rows with their keys, by how far their number can be trusted."""
    used = {key for block in blocking for key in block.on}
    # the check digit of a lifted number was computed: it may still be one digit off
    status = rows["id_status"]
    proven = functools.reduce(
        operator.or_, [status == name for name in frames.PROVEN_STATUSES if name != "lifted"]
    ).fill_null(value=False)
    rows = rows.select(made_of(used))
    rest = rows.filter(~proven)
    hidden = pl.col("id_pattern").str.count_matches("?", literal=True).fill_null(_HIDDEN + 1)
    none = rest.select(pl.col("id_number").is_null() & (hidden > _HIDDEN)).to_series()
    return pl.collect_all(
        hashed(part, used, keys)
        for part, keys in (
            (rows.filter(proven), PROVEN_KEYS),
            (rest.filter(~none), KEYS),
            (rest.filter(none), KEYS),
        )
    )


def _keyed(rows: pl.DataFrame, blocking: Sequence[Block]) -> list[pl.DataFrame]:
    """`position` and `key` of `hashed` rows for each block."""
    plain = {str(n): of_plain_block(b) for n, b in enumerate(blocking) if is_plain(b)}
    keys = rows.select(**plain)
    others = iter(
        pl.collect_all(of_block(rows, block) for block in blocking if not is_plain(block))
    )
    return [
        pl.DataFrame([rows["position"], keys[str(n)].alias("key")]).drop_nulls("key")
        if str(n) in plain
        else next(others)
        for n in range(len(blocking))
    ]


def _fitting(near: pl.DataFrame, keys: pl.DataFrame, most: int) -> tuple[pl.DataFrame, int]:
    """The rows of values that make no more than `most` pairs, and how many values make more.

    `near` are right rows, `keys` the left rows that they meet: `position`, `key`.
    """
    if near.height * keys.height <= most:  # all of them together
        return near, 0
    made = keys.group_by("key").agg(made=pl.len().cast(pl.UInt64))
    pairs = near.join(made, on="key").group_by("key").agg(pl.col("made").sum())
    large = pairs.filter(pl.col("made") > most)
    if large.is_empty():
        return near, 0
    return near.join(large, on="key", how="anti"), large.height
