"""Pairs of one person without labels, to tell what a blocking key would find.

*Tight* keys, which hardly any two people share by chance, find some pairs of one person; which of
them are, a small expectation–maximisation over whole columns says. Of each column the atoms that
agree are read off those pairs that a key without this column found and that are likely by the other
columns; a pair of one person is then drawn as one such set of agreements a column, each column for
itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import combinations

import polars as pl

from loubao.linkage.blocking_atoms import Atoms, Key, joined

#: Pairs that are drawn.
DRAWN = 4_000
#: A tight key makes no more chance pairs than this for a left row; tight keys that are looked at.
_TIGHT, _TIGHT_KEYS = 0.02, 20
#: Keys that there are at least without each column, and the chance pairs that these may make.
_WITHOUT, _LOOSE = 3, 3.0
#: The share of a column that agrees of one person, to begin with, as so many pairs; the probability
#: of one person from which a pair is taken for one.
_START, _STRENGTH, _LIKELY, _ROUNDS, _LEAST = 0.8, 10, 0.9, 30, 1e-9
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def agreements_of_one_person(
    found: pl.DataFrame,
    every: Atoms,
    tight: Sequence[Key],
    chance: Mapping[str, float],
    pairs: int,
) -> dict[str, int] | None:
    """Return for each atom which of the DRAWN pairs agree on it, as bits; None: nothing to go by.

    `found`: what `tight` keys find (`found_pairs`) in so many `pairs` of rows, `chance` how often
    two rows agree on each whole column.
    """
    if found.is_empty():
        return None
    columns = list(every)
    patterns = found.group_by(columns).agg(n=pl.len()).sort(columns)
    chances = _chances(patterns, chance, pairs)
    return _drawn_agreements(found, every, tight, chances)


def tight_keys(every: Atoms, chance: Mapping[str, float], right: int) -> list[Key]:
    """Return keys of two or three whole columns that a left row shares with few by chance.

    By chance they are shared as often as their columns are, multiplied: to count the pairs would
    count those of one person. Of each column there are some keys without it, tight or not.
    """
    shares = [
        (reduce(lambda one, other: one * other, (chance[column] for column in key)), key)
        for several in (2, 3)
        for key in combinations(sorted(every), several)
    ]
    found: list[Key] = []
    for shared, key in sorted(shares, key=lambda each: (len(each[1]), *each)):
        wider = any(set(shorter) <= set(key) for shorter in found)
        if shared * right <= _TIGHT and not wider and len(found) < _TIGHT_KEYS:
            found.append(key)
    for column in sorted(every):
        others = sorted(each for each in shares if column not in each[1])
        without = [key for key in found if column not in key]
        for shared, key in others[: max(_WITHOUT - len(without), 0)]:
            if shared * right <= _LOOSE and key not in found:
                found.append(key)
    return found


def found_pairs(sides: Sequence[pl.DataFrame], every: Atoms, tight: Sequence[Key]) -> pl.DataFrame:
    """Return the pairs of tight keys: `by` (bits of the keys), whether they agree on each atom.

    `sides` are `hashed_atoms` of either table, the right one perhaps a part of it.
    """
    found = [
        joined(key, *sides).with_columns(by=pl.lit(1 << number, pl.UInt64))
        for number, key in enumerate(tight)
    ]
    none = sides[0].head(0).select(left="position", right="position")
    found.append(none.with_columns(by=pl.lit(0, pl.UInt64)))
    pairs = pl.concat(found).group_by("left", "right").agg(pl.col("by").sum())
    places = [
        side.select("position")
        .with_row_index("place")
        .join(pairs.select(position=name), on="position", how="right", maintain_order="right")[
            "place"
        ]
        for side, name in zip(sides, ("left", "right"), strict=True)
    ]
    names = [atom for parts in every.values() for atom in parts]
    return pl.DataFrame(
        [
            (sides[0][atom].gather(places[0]) == sides[1][atom].gather(places[1])).alias(atom)
            for atom in names
        ]
    ).with_columns(pairs["by"])


def _chances(patterns: pl.DataFrame, chance: Mapping[str, float], pairs: int) -> pl.DataFrame:
    """For each column the probability that a pattern is one person, the column itself left out.

    `patterns`: a Boolean for each whole column and `n`. By expectation–maximisation; u is `chance`
    and stays.
    """
    columns = [column for column in patterns.columns if column != "n"]
    rows = patterns.select(columns).rows()
    counts = patterns["n"].to_list()
    m = dict.fromkeys(columns, _START)
    found = float(sum(counts)) / 2
    odds: list[dict[str, float]] = []
    prior = 0.0
    for _ in range(_ROUNDS):
        prior = math.log(found / max(pairs - found, 1.0))
        weights = {
            column: (
                math.log((1 - m[column]) / max(1 - chance[column], _LEAST)),
                math.log(m[column] / max(chance[column], _LEAST)),
            )
            for column in columns
        }
        odds = [
            {
                column: 0.0 if agrees is None else weights[column][agrees]
                for column, agrees in zip(columns, row, strict=True)
            }
            for row in rows
        ]
        one = [_logistic(prior + math.fsum(each.values())) for each in odds]
        found = max(math.fsum(p * n for p, n in zip(one, counts, strict=True)), 1.0)
        for at, column in enumerate(columns):
            of = [(p * n, row[at]) for p, n, row in zip(one, counts, rows, strict=True)]
            held = math.fsum(n for n, agrees in of if agrees is not None)
            same = math.fsum(n for n, agrees in of if agrees)
            m[column] = (same + _STRENGTH * _START) / (held + _STRENGTH)
    without = {
        f"without {column}": [
            _logistic(prior + math.fsum(each.values()) - each[column]) for each in odds
        ]
        for column in columns
    }
    return patterns.with_columns(pl.Series(name, values) for name, values in without.items())


def _logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, log_odds))))


def _drawn_agreements(
    found: pl.DataFrame, every: Atoms, tight: Sequence[Key], chances: pl.DataFrame
) -> dict[str, int]:
    """For each atom which of the drawn pairs of one person agree on it, as bits.

    A column is drawn from the pairs that a key without it found and that are likely one person by
    the other columns, evenly from them in the order of what agrees, at another stride for each
    column.
    """
    bits: dict[str, int] = {}
    whole = list(every)
    for at, (column, parts) in enumerate(sorted(every.items())):
        without = sum(1 << n for n, key in enumerate(tight) if column not in key)
        likely = chances.filter(pl.col(f"without {column}") >= _LIKELY).select(whole)
        those = found.join(likely, on=whole, how="semi", nulls_equal=True)
        pool = those.filter((pl.col("by") & without) > 0)
        pool = (pool if pool.height else found).select(parts.keys()).sort(list(parts))
        stride = math.sqrt(_PRIMES[at % len(_PRIMES)]) % 1.0
        walked = pool[[int((n * stride % 1.0) * pool.height) for n in range(DRAWN)]]
        for atom in parts:
            bits[atom] = sum(1 << n for n, agrees in enumerate(walked[atom].to_list()) if agrees)
    return bits
