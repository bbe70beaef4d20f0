"""Rows by their places: equal ones read once, some of many changed.

Which rows are equal is found by 64-bit hashes and a table with a place for every value of their
lower bits: arithmetic and look-ups, where grouping and joining the texts would take several times
as long. Two different texts among a million have one hash in one column of some ten millions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

_FEWEST_PLACES: Final = 2**8
_MOST_PLACES: Final = 2**20


def read_once(texts: pl.DataFrame, read: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Return `read(texts)` (String columns), equal rows being read once.

    `read` keeps height and order, and so does this; nulls are equal.

    >>> heights = []
    >>> def read(some):
    ...     heights.append(some.height)
    ...     return some.select(pl.col("village") + "村")
    >>> texts = pl.DataFrame({"village": ["上浦", None, "上浦", "上浦"]})
    >>> read_once(texts, read)["village"].to_list(), heights
    (['上浦村', None, '上浦村', '上浦村'], [2])
    """
    first, nth = _alike(texts)
    if first.len() == texts.height:
        return read(texts)
    return read(texts.select(pl.all().gather(first))).select(pl.all().gather(nth))


def put(column: pl.Series, places: pl.Series, values: pl.Series | str | bool | None) -> pl.Series:
    """Return `column` with `values` (one for all, or one a place) at `places`.

    >>> column, places = pl.Series(["a", "b", "c"]), pl.Series([0, 2])
    >>> put(column, places, "x").to_list(), put(column, places, pl.Series(["y", "z"])).to_list()
    (['x', 'b', 'x'], ['y', 'b', 'z'])
    """
    return column.clone().scatter(places, values) if places.len() else column


def _alike(texts: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Rows that stand for all like them (UInt32, ascending), and which of these each row is like.

    A row whose place in the table is taken by an unlike one stands for itself, so some of them may
    be alike.
    """
    hashes = _hashes(texts)
    places = min(max(1 << (2 * texts.height).bit_length(), _FEWEST_PLACES), _MOST_PLACES)
    place = (hashes & (places - 1)).cast(pl.UInt32)
    row = pl.int_range(texts.height, dtype=pl.UInt32, eager=True)
    like = pl.zeros(places, dtype=pl.UInt32, eager=True).scatter(place, row).gather(place)
    unlike = (hashes.gather(like) != hashes).arg_true()
    like = put(like, unlike, unlike)
    first = (like == row).arg_true()
    number = pl.zeros(texts.height, dtype=pl.UInt32, eager=True)
    return first, put(number, first, row.head(first.len())).gather(like)


def _hashes(texts: pl.DataFrame) -> pl.Series:
    """One hash a row; each column has a seed of its own, or (A, B) would be (B, A)."""
    first, *others = texts.iter_columns()
    hashes = first.hash()
    for seed, column in enumerate(others, start=1):
        hashes = hashes ^ column.hash(seed=seed)
    return hashes
