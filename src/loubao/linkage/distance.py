"""How far two texts are apart: the only user of rapidfuzz."""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import OSA


def edits(left: pl.Series, right: pl.Series, cutoff: int) -> pl.Series:
    """Return the optimal string alignment distance (UInt8); beyond `cutoff` it is `cutoff + 1`."""
    return pl.Series(
        [
            OSA.distance(one, other, score_cutoff=cutoff)
            for one, other in zip(left.to_list(), right.to_list(), strict=True)
        ],
        dtype=pl.UInt8,
    )


def moved(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return whether both sides have the same characters, in whatever order (Boolean)."""
    return pl.Series(
        [
            sorted(one) == sorted(other)
            for one, other in zip(left.to_list(), right.to_list(), strict=True)
        ],
        dtype=pl.Boolean,
    )


def within(one: str, other: str, cutoff: int) -> bool:
    """Return whether no more than `cutoff` edits lie between two words."""
    return bool(OSA.distance(one, other, score_cutoff=cutoff) <= cutoff)
