"""Birth dates and resident ID numbers (GB 11643), as numpy columns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Unassigned division codes: none of these numbers can be a living person's.
DIVISIONS = np.array([*range(350590, 350600), *range(359001, 359060)], dtype=np.int64)
STATION_SIZE = 80  # sequence numbers of one police station: forty people a day
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"


def births(rng: np.random.Generator, year: Ints, twin_of: Ints) -> Ints:
    """Days since 1970; old papers prefer the first of January and of the month."""
    start = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    day = rng.integers(0, 365, len(year))
    odd = rng.random(len(year))
    old = year < 1965
    day[old & (odd < 0.035)] = 0
    first_of_month = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334])
    some = old & (odd > 0.965)
    day[some] = first_of_month[rng.integers(0, 12, int(some.sum()))]
    birth = start + day
    twins = np.flatnonzero(twin_of >= 0)
    birth[twins] = birth[twin_of[twins]]
    return np.asarray(birth, dtype=np.int64)


def _rank(key: Ints) -> Ints:
    """The place of each entry among those with its key, in order of the entries."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[starts, len(key)])
    rank = np.empty(len(key), dtype=np.int64)
    rank[order] = np.arange(len(key)) - np.repeat(starts, lengths)
    return rank


def numbers(
    rng: np.random.Generator, birth: Ints, male: Bools, division: Ints, station: Ints, twin: Bools
) -> Ints:
    """Seventeen digits, unique; people of one day at one station follow each other. Moves the
    birth dates (in place) of those for whom a station has no number left.
    """
    for _ in range(50):
        key = (division * 16 + station) * 100_000 + birth + 50_000
        rank = _rank(key)
        over = (rank >= STATION_SIZE // 2) & ~twin
        if not over.any():
            break
        birth[over] += rng.integers(1, 300, int(over.sum()))
    slot = (rank + (birth * 7 + station * 13) % 24) % (STATION_SIZE // 2)
    sequence = station * STATION_SIZE + 10 + 2 * slot + male
    stamp = pl.Series(birth.astype(np.int32)).cast(pl.Date)
    day = (
        stamp.dt.year().cast(pl.Int64) * 10000
        + stamp.dt.month().cast(pl.Int64) * 100
        + stamp.dt.day().cast(pl.Int64)
    ).to_numpy()
    return np.asarray(DIVISIONS[division] * 10**11 + day * 1000 + sequence, dtype=np.int64)


def check_characters(number: Ints) -> Ints:
    """Index into CHECK of the check character of each seventeen digits (ISO 7064 MOD 11-2)."""
    total = np.zeros(len(number), dtype=np.int64)
    rest = number.copy()
    for weight in reversed(WEIGHTS):
        total += rest % 10 * weight
        rest //= 10
    return total % 11
