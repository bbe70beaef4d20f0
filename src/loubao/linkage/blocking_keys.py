"""Blocking keys: what each is made of, and the hashes that stand for its values.

A key is a hash: two values that fall together make a pair more to compare, never one less.

>>> rows = pl.DataFrame({
...     "position": 0, "id_number": "990101196003051238", "id_pattern": "990101196003051238",
...     "name_key": "庄建国", "head_id": None, "town": "洛阳镇",
... })
>>> for key in ("id_front", "id_back", "division", "id_last", "name_head", "given_name"):
...     print(f"{key}: {_with_parts(rows.lazy()).select(KEYS[key]).collect().item()}")
id_front: 99010119600305
id_back: 196003051238
division: 990101
id_last: 1238
name_head: 庄建
given_name: 建国
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

import polars as pl

from loubao.rules.matching import Block, BlockingKey

#: Laid beside the record first: what is written of the number, and how long that is.
_NUMBER, _LENGTH = pl.col("number"), pl.col("length")
_KEY = pl.col("name_key")
#: The first sign of all that is not written in letters or figures.
_FIRST_HAN = "⺀"

#: A resident number is division (6), birth date (8), sequence and check (4). One typing error
#: spares two of the three; of a shorter document it spares one half.
_DIVISION, _LAST, _RESIDENT = 6, 4, 15


def _whole(text: pl.Expr) -> pl.Expr:
    """The text, or null where a character of it is hidden.

    >>> pl.select(_whole(pl.lit(pl.Series(["庄建国", "庄?国"])))).to_series().to_list()
    ['庄建国', None]
    """
    return pl.when(~text.str.contains("?", literal=True)).then(text)


def _parts_of_name() -> pl.Expr:
    """The name without each of its characters in turn: names one character apart share one.

    >>> pl.DataFrame({"name_key": ["庄建国"]}).select(_parts_of_name().list.sort()).item().to_list()
    ['庄国', '庄建', '庄建国', '建国']
    """
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
#: Laid beside the record, too: the name, or null where a character of it is hidden; the same
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
    "surname": _whole(pl.col("shown_han").str.head(1)),
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

#: Spreads a hash before the next is added; sums of 64 bits wrap round.
_SPREAD: Final = pl.lit(0x9E3779B97F4A7C15, pl.UInt64)


def columns_of(used: set[BlockingKey]) -> list[str]:
    """Return the columns that some keys are made of."""
    columns = {"position", "id_number", "id_pattern", "name_key", "head_id"}
    for key in used - SEVERAL.keys():
        columns.update(KEYS[key].meta.root_names())
    return sorted(columns - {"number", "length", "whole_name", "han_name", "shown_han"})


def _with_parts(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add what the expressions of KEYS and SEVERAL are made of."""
    return rows.with_columns(
        number=pl.coalesce("id_number", "id_pattern"),
        whole_name=_whole(_KEY),
        latin=_KEY < _FIRST_HAN,
    ).with_columns(
        length=_NUMBER.str.len_bytes(),
        han_name=pl.when(~pl.col("latin")).then("whole_name"),
        shown_han=pl.when(~pl.col("latin")).then(_KEY),
    )


def hashed(
    rows: pl.DataFrame, used: set[BlockingKey], keys: Mapping[BlockingKey, pl.Expr]
) -> pl.LazyFrame:
    """Return the scalar keys as UInt64, null where there is none, and what the others are made of.

    `keys` is KEYS, or PROVEN_KEYS where every number is proven.
    """
    raw = ["name_key", "id_number", "head_id", "latin"] if used & SEVERAL.keys() else []
    scalar = {f"key:{key}": keys[key] for key in sorted(used - SEVERAL.keys())}
    return (
        _with_parts(rows.lazy())
        .select("position", *raw, **scalar)
        .with_columns(
            pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash()).alias(name)
            for name in scalar
        )
    )


def is_plain(block: Block) -> bool:
    """Return whether a row has one value of the block's key at most.

    >>> is_plain(Block(on=("surname", "birth_date"))), is_plain(Block(on=("name_part", "head_key")))
    (True, False)
    """
    return SEVERAL.keys().isdisjoint(block.on)


def block_key(block: Block) -> pl.Expr:
    """Return the key (UInt64) over `hashed` rows: its parts taken together, null where one is."""
    return _combined([pl.col(f"key:{key}") for key in block.on])


def exploded_keys(rows: pl.DataFrame, block: Block) -> pl.LazyFrame:
    """Return `position` and `key` of `hashed` rows for a block; a row may have several."""
    keyed = rows.lazy()
    if not is_plain(block):  # before rows are multiplied
        keyed = keyed.drop_nulls([f"key:{key}" for key in block.on if key not in SEVERAL])
    parts = []
    for key in block.on:
        name = f"key:{key}"
        part = pl.col(name)
        if key in SEVERAL:
            where, values = SEVERAL[key]
            keyed = keyed.filter(where).with_columns(values.alias(name)).drop_nulls(name)
            keyed = keyed.explode(name, empty_as_null=True).drop_nulls(name)
            part = part.hash()
        parts.append(part)
    return keyed.select("position", key=_combined(parts)).drop_nulls("key")


def _combined(parts: list[pl.Expr]) -> pl.Expr:
    """One hash of several; null where one is."""
    return functools.reduce(lambda one, other: one * _SPREAD + other, parts)
