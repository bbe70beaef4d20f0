"""Blocking keys chosen from the data: what two tables of any kind are to agree on to be compared.

A key costs the pairs that it makes, which is counted on a sample; it yields the pairs of one person
that agree on it and on none of the keys chosen before, which is estimated (`drawn_pairs`). Keys are
taken by yield for cost (a greedy cover) while they fit the bound. That columns err independently is
assumed, and rows that are wrong in many columns at once are more frequent than so: keys are chosen
until pairs would be found though a column or two were wrong, as far as the bound allows it, and the
share that is expected to be missed is the least that it may be.

Everything is counted, nothing drawn by chance: the same rows give the same keys in any order. After
Michelson and Knoblock, "Learning blocking schemes for record linkage" (AAAI 2006), who have labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product
from operator import and_

import polars as pl

from loubao.core import frames
from loubao.linkage.blocking import PAIRS, Oversized, TooLarge
from loubao.linkage.blocking_atoms import Atoms, Key, atoms, column_of, hashed_atoms, key_of
from loubao.linkage.drawn_pairs import (
    DRAWN,
    agreements_of_one_person,
    found_pairs,
    tight_keys,
)
from loubao.rules.matching import ChosenKeys

#: Rows of either table that costs are counted on.
_SAMPLE = 10_000
#: A key that finds less than this share of the pairs of one person besides is not worth a join.
_LEAST_YIELD = 0.0005
#: A key that makes more pairs than this for each pair of one person that it finds does not pay.
_PAIRS_FOR_ONE = 10_000
#: Columns that may be wrong at once in a pair that is to be found, where the bound allows it: rows
#: that are wrong in one column are oftener wrong in another.
_WRONG = 2
#: The share of pairs in which a column more is wrong, about.
_SHARE_WRONG = 0.1
#: Columns that there are for each that may be wrong: what is right must still tell who it is.
_EACH = 3
#: A cost below this many pairs for a row is that of looking for it.
_LOOKING = 0.2


@dataclass(frozen=True)
class Chosen:
    """The keys, the share of pairs of one person expected to agree on none, the pairs they make."""

    keys: tuple[Key, ...] = ()
    missed: float = 0.0
    pairs: int = 0


def choose(
    left: pl.DataFrame,
    right: pl.DataFrame,
    columns: Sequence[str],
    rows: int,
    bounds: ChosenKeys,
) -> Chosen:
    """Return the keys for two tables: `columns` and `position` of either, `rows` on the right.

    Of the left rows, and for the costs of the right ones, a sample is looked at.
    """
    samples = [hashed_atoms(sampled(side, columns, side.height), columns) for side in (left, right)]
    costed = costs_of_keys(samples, columns, left.height, rows, bounds)
    found = found_pairs((samples[0], hashed_atoms(right, columns)), costed.every, costed.tight)
    return choose_of(costed, found, samples[0].height * right.height)


@dataclass(frozen=True)
class Costed:
    """What the possible keys cost: the pairs that each makes; how often whole columns agree.

    `tight` keys show what keys find; `bounds` and `bound`: the pairs that they may make together;
    `people`: left rows.
    """

    every: Atoms
    costs: Mapping[Key, float]
    chance: Mapping[str, float]
    tight: Sequence[Key]
    bounds: ChosenKeys
    bound: float
    people: int


def costs_of_keys(
    samples: Sequence[pl.DataFrame],
    columns: Sequence[str],
    left_rows: int,
    rows: int,
    bounds: ChosenKeys,
) -> Costed:
    """Return the costs of all keys, from `hashed_atoms` of the `sampled` rows of either table."""
    every = atoms(columns)
    scale = left_rows * rows / max(samples[0].height * samples[1].height, 1)
    many = left_rows + rows
    bound = min(max(bounds.least, bounds.for_each_row * many), bounds.pairs)
    looking = _LOOKING * many
    costs: dict[Key, float] = {}
    for key in _keys(every):  # shorter ones first: a key beside which a part of it costs little
        shorter = (part for n in range(1, len(key)) for part in combinations(key, n))
        if not any(costs.get(part, bound) <= looking for part in shorter):
            costs[key] = _cost(key, *samples) * scale
    area = max(left_rows * rows, 1)
    chance = {column: max(costs[column,], 1.0) / area for column in columns}
    costs = {key: cost for key, cost in costs.items() if cost <= bound}
    tight = tight_keys(every, chance, rows)
    return Costed(every, costs, chance, tight, bounds, bound, left_rows)


def choose_of(costed: Costed, found: pl.DataFrame, pairs: int) -> Chosen:
    """Return the keys from what the tight ones `found` (`found_pairs`) in so many `pairs`."""
    of_atom = agreements_of_one_person(found, costed.every, costed.tight, costed.chance, pairs)
    if of_atom is None:
        return _cheapest(costed.costs, costed.bound)
    return _cover(costed.costs, of_atom, costed.bound, costed.bounds.least, costed.people)


def _cheapest(costs: Mapping[Key, float], bound: float) -> Chosen:
    """The keys that make fewest pairs, as many as fit: where nothing shows what they find.

    >>> _cheapest({("a",): 5.0, ("b",): 9.0, ("a", "b"): 1.0}, bound=7.0)
    Chosen(keys=(('a', 'b'), ('a',)), missed=1.0, pairs=6)
    """
    chosen: list[Key] = []
    spent = 0.0
    for key in sorted(costs, key=lambda key: (costs[key], key)):
        if spent + costs[key] > bound:
            break
        chosen.append(key)
        spent += costs[key]
    return Chosen(tuple(chosen), 1.0, round(spent))


def _cover(
    costs: Mapping[Key, float], of_atom: Mapping[str, int], bound: float, least: float, people: int
) -> Chosen:
    """Keys by yield for cost, as many as fit and pay, or make `least` pairs together.

    So many `people` are looked for at most.
    First for the pairs as drawn, then for the same with one column, and with two, taken for wrong.
    """
    columns = sorted({column_of(atom) for atom in of_atom})
    looking = _LOOKING * people
    chosen: list[Key] = []
    spent, missed = 0.0, []
    for wrong in range(min(_WRONG, len(columns) // _EACH) + 1):
        agree = {
            atom: bits & ~_wrong(columns, column_of(atom), wrong) for atom, bits in of_atom.items()
        }
        of_key = {key: reduce(and_, (agree[atom] for atom in key)) for key in costs}
        rest = (1 << DRAWN) - 1
        for key in chosen:
            rest &= ~of_key[key]
        while True:
            best: tuple[float, Key] | None = None
            for key in sorted(costs):
                if spent + costs[key] > bound:
                    continue
                new = (of_key[key] & rest).bit_count() / DRAWN
                worth = new / (costs[key] + looking)
                likely = new * _SHARE_WRONG**wrong
                pays = likely >= max(_LEAST_YIELD, costs[key] / (_PAIRS_FOR_ONE * people))
                cheap = new >= _LEAST_YIELD and spent + costs[key] <= least
                if (pays or cheap) and (best is None or worth > best[0]):
                    best = worth, key
            if best is None:
                break
            chosen.append(best[1])
            spent += costs[best[1]]
            rest &= ~of_key[best[1]]
        missed.append(rest.bit_count() / DRAWN)
    return Chosen(tuple(chosen), missed[0], round(spent))


def _wrong(columns: Sequence[str], column: str, several: int) -> int:
    """Bits of the drawn pairs in which a column is taken for wrong, by turns `several` at once."""
    among = [set(each) for each in combinations(columns, several)]
    turns = sum(1 << n for n, each in enumerate(among) if column in each)
    whole = 0
    for start in range(0, DRAWN, len(among)):
        whole |= turns << start
    return whole & ((1 << DRAWN) - 1)


def sampled(rows: pl.DataFrame, columns: Sequence[str], of: int) -> pl.DataFrame:
    """Return some rows, whatever their order: those whose hash falls into a part of its range.

    `rows` may be a part of the table, which has `of` rows.
    """
    if of <= _SAMPLE:
        return rows
    share = int(2**64 * _SAMPLE / of)
    return rows.filter(rows.select(columns).hash_rows() < share)


def _keys(every: Atoms) -> list[Key]:
    """One atom, two of different columns; three with two parts of names or of a name and a date."""
    keys: list[Key] = [(atom,) for parts in every.values() for atom in parts]
    for one, other in combinations(every, 2):
        keys += product(every[one], every[other])
    own = [column for column in (frames.GIVEN, frames.SURNAME, frames.BIRTH) if column in every]
    for one, other in combinations(own, 2):
        for third in every:
            if third not in (one, other):
                parts = every[third] if third in own else (third,)
                keys += product(every[one], every[other], parts)
    return sorted({tuple(sorted(key)) for key in keys}, key=lambda key: (len(key), key))


def _cost(key: Key, left: pl.DataFrame, right: pl.DataFrame) -> float:
    """The pairs of sampled rows that agree on a key."""
    counts = [
        side.lazy().select(key=key_of(key)).drop_nulls().group_by("key").agg(n=pl.len())
        for side in (left, right)
    ]
    made = pl.col("n").cast(pl.UInt64) * pl.col("n_right")
    return float(counts[0].join(counts[1], on="key").select(made.sum()).collect().item() or 0)


def chosen_pairs(
    keys: Sequence[Key], left: pl.DataFrame, right: pl.DataFrame, most: int
) -> tuple[pl.DataFrame, Oversized]:
    """Return the distinct PAIRS that agree on a key; both frames are `hashed_atoms`.

    Left out are the values of a key that make more than `most` pairs; they are counted by key.
    """
    found = [pl.DataFrame(schema=dict(PAIRS))]
    oversized: Oversized = []
    for key in keys:
        sides = [side.select("position", key=key_of(key)).drop_nulls() for side in (left, right)]
        counts = [side.group_by("key").agg(n=pl.len().cast(pl.UInt64)) for side in sides]
        made = counts[0].join(counts[1], on="key")
        large = made.filter(pl.col("n") * pl.col("n_right") > most)
        if large.height:
            oversized.append((TooLarge(key, most), large.height))
            sides = [side.join(large, on="key", how="anti") for side in sides]
        found.append(
            sides[0]
            .join(sides[1], on="key", suffix="_right")
            .select(left="position", right="position_right")
        )
    return pl.concat(found).unique(), oversized
