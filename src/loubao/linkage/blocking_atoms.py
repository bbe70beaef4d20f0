"""What keys chosen from the data are made of: columns, and parts of them.

An atom is a column or a part of it (first letters, sound, year); a key is one atom or several of
different columns. As in `blocking_keys`, a key is a hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TypeAlias

import polars as pl

from loubao.core import frames
from loubao.linkage.comparison import particulars_of

#: Atoms of different columns.
Key: TypeAlias = tuple[str, ...]
#: Column → atom → expression (String over the rows; null makes no pair).
Atoms: TypeAlias = Mapping[str, Mapping[str, pl.Expr]]

#: Rows that are asked whether a column repeats others; the share of its words from which it does.
ASKED, _REPEATED = 10_000, 0.8


def compared_columns(left: pl.DataFrame, right: pl.DataFrame) -> list[str]:
    """Return the particulars that both tables have and that say something of their own.

    >>> left = pl.DataFrame({"+surname": ["A B", "C"], "+name": ["B A", "C"], "+city": ["X", None]})
    >>> compared_columns(left, left), compared_columns(left, left.drop("+city"))
    (['+surname', '+city'], ['+surname'])
    """
    both = [
        column
        for column in particulars_of(left)
        if column in right.columns
        and all(side[column].null_count() < side.height for side in (left, right))
    ]
    return columns_with_own(left.head(ASKED), both)


def columns_with_own(rows: pl.DataFrame, both: list[str]) -> list[str]:
    """Return of the columns that `both` tables have those with something of their own to say.

    `rows`: the first ASKED of the left table.
    """
    if any(column.startswith(f"{frames.MARK}address.") for column in both):
        both = [column for column in both if column != f"{frames.MARK}address"]
    return _without_repeated(rows, both)


def _without_repeated(rows: pl.DataFrame, columns: list[str]) -> list[str]:
    """The columns but those whose words stand in others: a whole name, the year of a birth date."""
    words = rows.select(pl.col(columns).str.split(" "))
    if frames.BIRTH in columns:
        day = pl.col(frames.BIRTH).list.first()
        parts = [day, day.str.head(4), day.str.slice(4, 2), day.str.slice(6, 2)]
        words = words.with_columns(pl.concat_list(parts).alias(frames.BIRTH))
    kept = list(columns)
    own = (frames.GIVEN, frames.MIDDLE, frames.SURNAME, frames.BIRTH)
    wordy = [
        (words.select(pl.col(c).list.len().sum()).item() / max(words[c].count(), 1), c)
        for c in columns
        if c not in own
    ]
    for _, column in sorted(wordy, key=lambda each: (-each[0], each[1])):
        others = [pl.col(each).fill_null([]) for each in kept if each != column]
        if not others:
            continue
        missing = pl.col(column).list.set_difference(pl.concat_list(others)).list.len()
        repeated = words.drop_nulls(column).select((missing == 0).mean()).item()
        if (repeated or 0.0) > _REPEATED:
            kept.remove(column)
    return kept


def _sound(text: pl.Expr) -> pl.Expr:
    """The first letter and the classes of the consonants that follow, as Soundex has them.

    >>> names = pl.DataFrame({"n": ["MEYER", "MAIER", "SMITH", "SCHMIDT", "ANN"]})
    >>> names.select(_sound(pl.col("n"))).to_series().to_list()
    ['M6', 'M6', 'S53', 'S253', 'A5']
    """
    classes = {"BFPV": "1", "CGJKQSXZ": "2", "DT": "3", "L": "4", "MN": "5", "R": "6"}
    rest = text.str.slice(1)
    for letters, digit in classes.items():
        rest = rest.str.replace_all(f"[{letters}]+", digit)
    rest = rest.str.replace_all("[AEIOUYHW ]", "")
    return text.str.head(1) + rest.str.head(3)


def atoms(columns: Sequence[str]) -> dict[str, dict[str, pl.Expr]]:
    """Return column → atom → expression (String over the rows; null makes no pair)."""
    found: dict[str, dict[str, pl.Expr]] = {}
    for column in columns:
        text = pl.col(column)
        whole = {column: text}
        long = pl.when(text.str.len_chars() > 4)
        if column == frames.BIRTH:
            day = pl.when(text.str.len_chars() == 8)
            parts = {
                "year": text.str.head(4),
                "month": pl.when(text.str.len_chars() >= 6).then(text.str.head(6)),
                "day": day.then(text.str.tail(4)),
                "year and day": day.then(text.str.head(4) + text.str.tail(2)),
            }
        elif column in (frames.GIVEN, frames.SURNAME):
            parts = {
                "first letter": text.str.head(1),
                "first letters": text.str.head(3),
                "sound": _sound(text),
            }
        elif column == "id_number":
            half = text.str.len_chars() // 2
            parts = {
                "front": long.then(text.str.head(half)),
                "back": long.then(text.str.tail(half)),
            }
        else:
            parts = {"beginning": long.then(text.str.head(4)), "end": long.then(text.str.tail(4))}
        found[column] = whole | {f"{column}: {part}": each for part, each in parts.items()}
    return found


def column_of(atom: str) -> str:
    """Return the column of an atom.

    >>> column_of("+birth_date: year")
    '+birth_date'
    """
    return atom.partition(": ")[0]


def hashed_atoms(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return `position` and every atom of the columns as a hash (UInt64), or null."""
    every = {name: each for parts in atoms(columns).values() for name, each in parts.items()}
    filled = rows.select("position", **every)
    return filled.select(
        "position",
        *(
            pl.when((pl.col(name) != "").fill_null(value=False))
            .then(pl.col(name).hash())
            .alias(name)
            for name in every
        ),
    )


def key_of(key: Key) -> pl.Expr:
    """Return a key (UInt64) over `hashed_atoms`; null where an atom is."""
    spread = pl.lit(0x9E3779B97F4A7C15, pl.UInt64)
    return reduce(lambda one, other: one * spread + other, [pl.col(atom) for atom in key])


def joined(key: Key, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """The PAIRS of positions that agree on a key."""
    one, other = (side.select("position", key=key_of(key)).drop_nulls() for side in (left, right))
    return one.join(other, on="key", suffix="_right").select(
        left="position", right="position_right"
    )
