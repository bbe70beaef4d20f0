"""Learning the weights from the rows at hand, without labels.

u comes from random pairs. A number that agrees is never met at random: what another person under
the same or a similar number looks like (a relative, a neighbour in the register) is learnt with m
by expectation–maximisation (Dempster, Laird and Rubin 1977) from the candidate pairs, among which
is every such pair. The shares that the rules ship count as so many pairs seen (a Dirichlet prior),
and are used as they are where there is too little to learn from.

Every sum runs over integers or in one order: the same input gives the same weights to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from loubao.linkage.comparison import FIELDS, NUMBER_AGREES
from loubao.linkage.model import (
    BIRTH,
    EQUAL,
    NAME,
    NUMBER,
    UNDER_NUMBER,
    Key,
    Model,
    Pattern,
    Table,
    context,
)
from loubao.rules.matching import SAME_NAMES, Shipped

_ROUNDS = 60
_SETTLED = 1e-5
_LEAST = 1e-9
#: Pairs of one number for which the shipped figures count once; for more they count in proportion,
#: or the slips in many true pairs pass for the few other people that there are under a number.
_PER = 10_000
#: How much more the shipped figures count for people under a similar number than an equal one.
_SIMILAR = 10
#: Numbers that slipped: under one of these nobody's relative is met, nor was it found by its name.
#: Such pairs tell how the names of one person differ; so many of them are enough.
_SLIPS = frozenset({"one_slip", "one_wrong_digit", "one_edit", "survivors"})
_ENOUGH = 50
#: How much more the shipped figures count for the names of one person: twins are among few pairs.
_OF_NAMES = 10
_NAMES: Key = ("m", "name", "")
_NUMBERS: Key = ("u", "id_number", "")


#: Random pairs: for each u table (field, context) how often each level was met.
Strangers: TypeAlias = Mapping[tuple[str, str], Table]


def learn(
    start: Model, rules: Shipped, patterns: Mapping[Pattern, int], strangers: Strangers
) -> Model:
    """Return the model that explains the candidate `patterns` (with their counts) best.

    That is `start` where fewer pairs than `rules.fewest` have the same number, or the same name
    and birth date.
    """
    sure = sum(
        count
        for pattern, count in patterns.items()
        if pattern[NUMBER] in EQUAL or (pattern[NAME] == "same" and pattern[BIRTH] == "same")
    )
    if sure < rules.fewest:
        return start
    tables = dict(start.tables)
    for (field, where), met in strangers.items():
        key = ("u", field, where)
        if field == "id_number":
            known = {k: v for k, v in start.tables[key].items() if k not in NUMBER_AGREES}
            shares = _shared(met, known, rules.strength_of_strangers)
            least = max(start.looked_for, _LEAST)  # every left row may be settled by its number
            scaled = {level: share * least for level, share in shares.items()}
            tables[key] = {**start.tables[key], **scaled}
        else:
            tables[key] = _shared(met, start.tables[key], rules.strength_of_strangers)
    model = replace(start, tables=tables, found=max(0.9 * sure, 1.0), learnt=True)
    similar = sum(
        count
        for pattern, count in patterns.items()
        if pattern[NUMBER] in _SLIPS and pattern[NAME] in SAME_NAMES
    )
    cells = [(key, level) for key, table in model.tables.items() for level in table]
    place = {cell: number for number, cell in enumerate(cells)}
    read = [
        _Read(
            count,
            tuple(place[cell] for cell in one),
            tuple(place[cell] for cell in _cells("u", pattern)),
            tuple(
                place[cell]
                for cell in one
                if similar < _ENOUGH or pattern[NUMBER] in _SLIPS or cell[0] != _NAMES
            ),
        )
        for pattern, count in patterns.items()
        for one in [_cells("m", pattern)]
    ]
    strength = rules.strength * max(1.0, sure / _PER)
    for _ in range(_ROUNDS):
        following = _round(model, start, strength, cells, read)
        settled = abs(following.found - model.found) <= _SETTLED * model.found
        model = following
        if settled:
            break
    return model


Cell: TypeAlias = tuple[Key, str]


class _Read(NamedTuple):
    """How many pairs have a pattern, and places of the cells that it is weighed by, m and u.

    `learnt` are those of m that are learnt from it.
    """

    pairs: int
    one: tuple[int, ...]
    two: tuple[int, ...]
    learnt: tuple[int, ...]


def _cells(side: str, pattern: Pattern) -> tuple[Cell, ...]:
    """The table and level of each field that says something."""
    return tuple(
        ((side, field, context(side, field, pattern)), level)
        for field, level in zip(FIELDS, pattern, strict=True)
        if level != "unknown"
    )


def _round(
    model: Model,
    start: Model,
    strength: float,
    cells: Sequence[Cell],
    patterns: Sequence[_Read],
) -> Model:
    """One expectation and one maximisation."""
    log = [math.log2(model.tables[key][level]) for key, level in cells]
    shares = [0.0] * len(cells)
    prior, found = model.prior, 0.0
    for count, one, two, learnt in patterns:
        exponent = prior
        for cell in one:
            exponent += log[cell]
        for cell in two:
            exponent -= log[cell]
        match = count / (1.0 + 2.0 ** min(-exponent, 1000.0))
        found += match
        for cell in learnt:
            shares[cell] += match
        for cell in two:
            shares[cell] += count - match
    seen = dict(zip(cells, shares, strict=True))
    tables = dict(model.tables)
    for key, table in start.tables.items():
        side, field, where = key
        met = {level: seen[key, level] for level in table}
        if key == _NUMBERS:
            # all pairs under such a number are candidates, so their number is their share
            rates = {k: met[k] / model.pairs + table[k] for k in NUMBER_AGREES}
            tables[key] = {**model.tables[key], **rates}
        elif side == "m":
            tables[key] = _shared(met, table, _OF_NAMES * strength if key == _NAMES else strength)
        elif where in UNDER_NUMBER:
            held = SAME_NAMES if field == "name" else frozenset()
            # others under a number that is merely similar are strangers more than relatives
            weight = strength if where == "equal" else _SIMILAR * strength
            tables[key] = _shared(met, table, weight, held)
        elif where == "siblings":
            # of these pairs only those whose names are like are candidates: their share is that
            # of all pairs that chance and the fields of village and birth date let expect
            chance = model.tables["u", "birth_date", ""]["same"]
            chance *= model.tables["u", "village", ""]["same"]
            expected = model.pairs * max(model.looked_for, _LEAST) * chance + strength
            tables[key] = {
                level: model.tables["u", "name", "village"][level]
                if level in SAME_NAMES
                else share
                if level == "different"
                else (met[level] + strength * share) / expected
                for level, share in table.items()
            }
    return replace(model, tables=tables, found=max(found, 1.0))


def _shared(
    counts: Mapping[str, float],
    prior: Table,
    strength: float,
    held: frozenset[str] = frozenset(),
) -> Table:
    """The shares seen, with the prior as `strength` pairs; levels that are `held` keep theirs.

    Held is another person with the very same name under the same number: left free, that table
    would explain every match away.
    """
    free = {level: share for level, share in prior.items() if level not in held}
    mass = math.fsum(free.values())
    total = math.fsum(counts.get(level, 0.0) for level in free) + strength * mass
    return {
        level: mass * (counts.get(level, 0.0) + strength * share) / total
        if level in free
        else share
        for level, share in prior.items()
    }
