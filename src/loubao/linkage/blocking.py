"""Candidate pairs: one join per blocking key, so that only plausible pairs are compared.

Python defines what a key is made of (`KEYS`, the literals of `rules.matching.BlockingKey`); the
rules say which keys, or which of them together, make a pair. A right table may come in slices:
`Lefts` holds the keys of the left one, `meet` joins them with a slice.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from loubao import frames
from loubao.rules.matching import Block, BlockingKey

#: One candidate pair: positions of the two rows.
PAIRS: frames.Schema = {"left": pl.UInt32, "right": pl.UInt32}

_NUMBER = pl.coalesce("id_number", "id_pattern")
_LENGTH = _NUMBER.str.len_bytes()
_KEY = pl.col("name_key")
#: The first sign of all that is not written in letters or figures.
_FIRST_HAN = "⺀"

#: A resident number is division (6), birth date (8), sequence and check (4). One typing error
#: spares two of the three; of a shorter document it spares one half.
_DIVISION, _LAST, _RESIDENT = 6, 4, 15


def _whole(text: pl.Expr) -> pl.Expr:
    """The text, or null where a character of it is not known."""
    return pl.when(~text.str.contains("?", literal=True)).then(text)


def _parts_of_name() -> pl.Expr:
    """The name without each of its characters in turn: names one character apart share one."""
    length = _KEY.str.len_chars()
    parts = [
        pl.when(length > i).then(_KEY.str.slice(0, i) + _KEY.str.slice(i + 1)) for i in range(6)
    ]
    return (
        pl.when(length.is_between(2, 6))
        .then(pl.concat_list(*parts, _KEY.str.replace_all("?", "", literal=True)))
        .list.drop_nulls()
        .list.unique()
    )


_WORDS = _KEY.str.split(" ")
#: Laid beside the record first: the name, or null where a character of it is not known; the same
#: of a name that is not in Latin letters.
_NAME, _HAN = pl.col("whole_name"), pl.col("han_name")
_RESIDENT_ONLY = pl.when(_LENGTH >= _RESIDENT)

#: An expression over the records for each blocking key; null makes no pair.
KEYS: dict[BlockingKey, pl.Expr] = {
    "id_number": pl.col("id_number"),
    "id_front": _whole(
        _RESIDENT_ONLY.then(_NUMBER.str.head(_DIVISION + 8))
        .when(_LENGTH > _LAST)
        .then(_NUMBER.str.head(_LENGTH // 2))
    ),
    "id_back": _whole(
        _RESIDENT_ONLY.then(_NUMBER.str.tail(8 + _LAST))
        .when(_LENGTH > _LAST)
        .then(_NUMBER.str.tail(_LENGTH // 2))
    ),
    "division": _whole(_RESIDENT_ONLY.then(_NUMBER.str.head(_DIVISION))),
    "id_last": _whole(_RESIDENT_ONLY.then(_NUMBER.str.tail(_LAST))),
    "birth_date": pl.col("birth_date"),
    "name_key": _NAME,
    "name_head": _HAN.str.head(2),
    "surname": _HAN.str.head(1),
    "last_character": _HAN.str.tail(1),
    "given_name": _HAN.str.slice(1),
    "sex": pl.col("sex"),
    "town": pl.col("town"),
    "village_code": pl.coalesce("village_code", "village"),
    "address": pl.col("address"),
    "head_key": pl.col("head_key"),
}
_OWN = pl.col("id_number")
#: The same of a proven number, which has its eighteen places: at a tenth of the cost.
PROVEN_KEYS: dict[BlockingKey, pl.Expr] = {
    **KEYS,
    "id_front": _OWN.str.slice(0, 14),
    "id_back": _OWN.str.slice(6),
    "division": _OWN.str.slice(0, 6),
    "id_last": _OWN.str.slice(14),
}
_LATIN = pl.col("latin")
#: Keys of which a record has several, or which few records have: which records, and a List[String].
SEVERAL: dict[BlockingKey, tuple[pl.Expr, pl.Expr]] = {
    "name_part": (_KEY.is_not_null(), _parts_of_name()),
    "name_word": (
        _LATIN,
        _WORDS.list.eval(pl.element().filter(pl.element().str.len_bytes() > 1)).list.unique(),
    ),
    "name_sorted": (_LATIN, pl.concat_list(_WORDS.list.sort().list.join(" "))),
    "first_and_last_word": (
        _LATIN,
        pl.concat_list(
            pl.concat_list(_WORDS.list.first(), _WORDS.list.last()).list.sort().list.join(" ")
        ),
    ),
    "own_or_head_id": (
        pl.col("id_number").is_not_null() | pl.col("head_id").is_not_null(),
        pl.concat_list("id_number", "head_id").list.drop_nulls().list.unique(),
    ),
}


#: How far a row's number can be trusted: proven, in doubt, or none to compare.
_PROVEN, _DOUBTFUL, _NONE = 0, 1, 2
#: Most digits that may be hidden of a number that still tells something.
_HIDDEN = 8
_HEADS = ("own_or_head_id",)
#: Rows by key: for each block, for each of the three, `position` (UInt32) and `key` (UInt64).
_Keyed: TypeAlias = list[list[pl.LazyFrame]]


@dataclass(frozen=True)
class _Side:
    """Left rows of one block: `position` and `key`; and how many of them each key has (`made`)."""

    rows: pl.DataFrame
    counts: pl.DataFrame


@dataclass(frozen=True)
class Lefts:
    """The left rows by key.

    For each block, what a right row is compared with whose number is proven, in doubt or missing.
    `heads`: some rows name a head of household by number.
    """

    blocking: tuple[Block, ...]
    sides: tuple[tuple[_Side, ...], ...]
    heads: bool


def _side(rows: pl.DataFrame) -> _Side:
    return _Side(rows, rows.group_by("key").agg(made=pl.len().cast(pl.UInt64)))


def _sides(block: Block, keyed: Sequence[pl.DataFrame]) -> tuple[_Side, ...]:
    """`keyed` are the rows of the three kinds of number; one side for each kind on the right."""
    least = _NONE if block.numberless else _DOUBTFUL if block.unproven else _PROVEN
    every = _side(pl.concat(keyed))
    if least == _PROVEN or every.rows.is_empty():
        return every, every, every
    return tuple(
        every if trust >= least else _side(pl.concat(keyed[least:]))
        for trust in (_PROVEN, _DOUBTFUL, _NONE)
    )


def lefts(rows: pl.DataFrame, blocking: Sequence[Block]) -> Lefts:
    """Return the keys of `rows`: LINKABLE and `position` (UInt32)."""
    flat = iter(pl.collect_all(part for parts in _by_key(rows, blocking) for part in parts))
    sides = tuple(_sides(block, [next(flat) for _ in range(_NONE + 1)]) for block in blocking)
    return Lefts(tuple(blocking), sides, heads=rows["head_id"].null_count() < rows.height)


def meet(left: Lefts, right: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the distinct PAIRS of the left rows and `right` that agree on at least one key.

    `right` is LINKABLE with `position`. The second frame counts what was left out because a key
    makes more pairs than its block allows: `block` (UInt32), `groups` (UInt32).
    """
    heads = left.heads or right["head_id"].null_count() < right.height
    asked = [
        block if sides[_NONE].rows.height and (heads or block.on != _HEADS) else None
        for block, sides in zip(left.blocking, left.sides, strict=True)
    ]
    keyed = _by_key(right, asked)
    met = [
        (number, rights.join(side.counts.lazy(), on="key"), side.rows)
        for number, parts in enumerate(keyed)
        for rights, side in zip(parts, left.sides[number], strict=bool(parts))
        if side.rows.height
    ]
    near = pl.collect_all(rights for _, rights, _ in met)
    found, oversized = [pl.LazyFrame(schema=dict(PAIRS))], []
    for (number, _, keys), rights in zip(met, near, strict=True):
        fitting, groups = _fitting(rights, left.blocking[number].most)
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


def _by_key(rows: pl.DataFrame, blocking: Sequence[Block | None]) -> _Keyed:
    """Return the rows by key; a block that is not asked for has none.

    A key is a hash: two values that fall together make a pair more to compare, never one less.
    """
    used = {key for block in blocking if block for key in block.on}
    # the check digit of a lifted number was computed: it may still be one digit off
    status = rows["id_status"]
    proven = functools.reduce(
        operator.or_, [status == name for name in frames.PROVEN_STATUSES if name != "lifted"]
    ).fill_null(value=False)
    rest = rows.filter(~proven)
    hidden = pl.col("id_pattern").str.count_matches("?", literal=True).fill_null(_HIDDEN + 1)
    none = rest.select(pl.col("id_number").is_null() & (hidden > _HIDDEN)).to_series()
    thirds = pl.collect_all(
        _hashed(part, used, keys)
        for part, keys in (
            (rows.filter(proven), PROVEN_KEYS),
            (rest.filter(~none), KEYS),
            (rest.filter(none), KEYS),
        )
    )
    return [
        [_of_block(part.lazy(), block) for part in thirds] if block else [] for block in blocking
    ]


def _hashed(
    rows: pl.DataFrame, used: set[BlockingKey], keys: Mapping[BlockingKey, pl.Expr]
) -> pl.LazyFrame:
    """The scalar keys as UInt64, null where there is none, and what the others are made of."""
    raw = ["name_key", "id_number", "head_id", "latin"] if used & SEVERAL.keys() else []
    scalar = {f"key:{key}": keys[key] for key in sorted(used - SEVERAL.keys())}
    return (
        rows.lazy()
        .with_columns(whole_name=_whole(_KEY), latin=_KEY < _FIRST_HAN)
        .with_columns(han_name=pl.when(~pl.col("latin")).then("whole_name"))
        .select("position", *raw, **scalar)
        .with_columns(
            pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash()).alias(name)
            for name in scalar
        )
    )


def _of_block(keyed: pl.LazyFrame, block: Block) -> pl.LazyFrame:
    plain = [f"key:{key}" for key in block.on if key not in SEVERAL]
    keyed = keyed.drop_nulls(plain)
    for key in block.on:
        if key in SEVERAL:
            where, values = SEVERAL[key]
            name = f"key:{key}"
            keyed = keyed.filter(where).with_columns(values.alias(name)).drop_nulls(name)
            keyed = keyed.explode(name, empty_as_null=True).drop_nulls(name)
    names = [f"key:{key}" for key in block.on]
    return keyed.select("position", key=pl.struct(names).hash())


def _fitting(near: pl.DataFrame, most: int) -> tuple[pl.DataFrame, int]:
    """The rows of values that make no more than `most` pairs, and how many values make more.

    `near` are right rows that meet a left one: `position`, `key`, `made` (pairs of that row).
    """
    if near["made"].sum() <= most:  # all of them together
        return near, 0
    large = near.group_by("key").agg(pl.col("made").sum()).filter(pl.col("made") > most)
    if large.is_empty():
        return near, 0
    return near.join(large, on="key", how="anti"), large.height
