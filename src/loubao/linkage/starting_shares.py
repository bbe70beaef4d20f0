"""What expectation–maximisation begins with: u of random pairs, m of the rules, patterns.

The shares that the rules ship count as so many pairs seen (a Dirichlet prior).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from loubao.linkage.model import Key, LevelCounts, Model, Pattern, Table
from loubao.rules.matching import NUMBER_AGREES, Shipped

#: A share that is not nothing.
LEAST = 1e-9
#: Patterns that are learnt from: with a column more there are some times as many.
MOST_PATTERNS = 30_000


def fewer(patterns: Mapping[Pattern, int]) -> Mapping[Pattern, int]:
    """The commonest patterns, and evenly some of the others, which then count for more.

    >>> several = {("same", str(n)): 3 - min(n, 2) for n in range(MOST_PATTERNS + 4)}
    >>> few = fewer(several)
    >>> len(few) <= MOST_PATTERNS, sum(several.values()) - sum(few.values())
    (True, 0)
    """
    if len(patterns) <= MOST_PATTERNS:
        return patterns
    ordered = sorted(patterns.items(), key=lambda each: (-each[1], each[0]))
    half = MOST_PATTERNS // 2
    every = -(-(len(ordered) - half) // half)
    kept = dict(ordered[:half])
    for at in range(half, len(ordered), every):
        among = ordered[at : at + every]
        kept[among[0][0]] = sum(count for _, count in among)
    return kept


def u_of_random_pairs(shipped: Model, random: LevelCounts, rules: Shipped) -> dict[Key, Table]:
    """The u tables that random pairs show; those of numbers that agree stay."""
    tables = {}
    for (field, where), counts in random.items():
        key = ("u", field, where)
        prior = shipped.tables[key]
        # of a column of any kind the shipped figures say little
        plain = field in shipped.particulars
        strength = rules.strength if plain else rules.strength_of_strangers
        if field == "id_number":
            unequal = {k: v for k, v in prior.items() if k not in NUMBER_AGREES}
            # every left row may be settled by its number
            looked_for = max(shipped.looked_for, LEAST)
            shares = smoothed(counts, unequal, strength)
            tables[key] = {**prior, **{k: share * looked_for for k, share in shares.items()}}
        else:
            tables[key] = smoothed(counts, prior, strength)
    return tables


def with_errors(shipped: Model, tables: Mapping[Key, Table]) -> dict[Key, Table]:
    """The shipped tables; of particulars a value that is wrong agrees as often as any two do.

    What is shipped for `different` is the share of wrong values: in a column of few values many of
    these are equal by chance.
    """
    mixed = dict(shipped.tables)
    for side, column, where in shipped.tables:
        if side in "mr" and column in shipped.particulars:
            own, chance = shipped.tables[side, column, where], tables["u", column, ""]
            wrong = own["different"]
            right = {level: 0.0 if level == "different" else share for level, share in own.items()}
            mixed[side, column, where] = {k: s + wrong * chance[k] for k, s in right.items()}
    return mixed


def smoothed(
    counts: Mapping[str, float],
    prior: Table,
    strength: float,
    held: frozenset[str] = frozenset(),
) -> Table:
    """Return the shares seen, with the prior as `strength` pairs; `held` levels keep their share.

    Held is another person with the very same name under the same number: left free, that table
    would explain every match away.

    >>> smoothed({"same": 30.0, "different": 10.0}, {"same": 0.5, "different": 0.5}, strength=10)
    {'same': 0.7, 'different': 0.3}
    >>> smoothed({"same": 9.0}, {"same": 0.5, "near": 0.25, "different": 0.25}, 2, {"same"})
    {'same': 0.5, 'near': 0.25, 'different': 0.25}
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
