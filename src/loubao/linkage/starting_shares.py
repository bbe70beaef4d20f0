"""What expectation–maximisation begins with: the model of the rules, u of random pairs, patterns.

The shares that the rules ship count as so many pairs seen (a Dirichlet prior).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from loubao.core import frames
from loubao.linkage.comparison import FIELDS
from loubao.linkage.model import (
    BESIDE_NAME,
    BORROWED,
    IN_NUMBER,
    INSTEAD,
    OTHER_SURNAME,
    OWN,
    TWINS,
    UNDER_NUMBER,
    Key,
    LevelCounts,
    Model,
    Pattern,
    Table,
)
from loubao.linkage.particular_levels import PARTICULAR_LEVELS
from loubao.rules.matching import LEVELS, NUMBER_AGREES, SAME_NAMES, UNLIKE_NAMES, Shipped

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


def at_least(table: Table, strangers: Table) -> Table:
    """Return a table of two people under one number, who are no less alike than any two are.

    Few such pairs are seen, and those that agree in much pass for one person: left free, the table
    would forget that an initial or a sex is the same by chance.

    >>> at_least({"same": 0.1, "part": 0.01, "different": 0.89}, {"same": 0.02, "part": 0.06})
    {'same': 0.1, 'part': 0.06, 'different': 0.84}
    """
    alike = {k: max(v, strangers.get(k, 0.0)) for k, v in table.items() if k != "different"}
    rest = 1.0 - math.fsum(alike.values())
    if rest < table.get("different", 1.0) / 2:  # a column of few values
        return table
    return {k: alike.get(k, rest) for k in table}


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


# -- the shares of the rules -----------------------------------------------------------------------


def shipped(
    rules: Shipped,
    left: int,
    right: int,
    looked_for: float = 1.0,
    particulars: tuple[str, ...] = (),
) -> Model:
    """Return the model of the rules alone, for tables of so many rows."""
    m, u = rules.same_person, rules.strangers
    tables: dict[Key, Table] = {}
    for field in FIELDS:
        if field == "id_number":
            continue
        for place in ("agrees", "differs", "unknown") if field in IN_NUMBER else ("",):
            own = rules.same_person_number_agrees if place == "agrees" else m
            tables["m", field, place] = _shares(own.get(field, m[field]), field)
        for place in ("village", "anywhere") if field == "name" else ("",):
            own = rules.neighbours if place == "village" else u
            tables["u", field, place] = _shares(own.get(field, u[field]), field)
        for place in (*UNDER_NUMBER, *BORROWED):
            of_kin = place == "equal" or place in BORROWED
            own = rules.same_number if of_kin else rules.similar_number
            tables["u", field, place] = _shares(own.get(field, u[field]), field)
    for field in BESIDE_NAME:
        given = rules.same_number_other_surname.get(field)
        others = _shares(given, field) if given else tables["u", field, "equal"]
        tables["u", field, OTHER_SURNAME] = others
    tables["u", "name", "siblings"] = _siblings(rules, tables, right)
    tables["u", "sex", "namesakes"] = _shares(rules.namesakes.get("sex", u["sex"]), "sex")
    tables["m", "id_number", ""] = _shares(m["id_number"], "id_number")
    by_chance = {level: rules.chance.get(level, 1e-6) / max(right, 1) for level in NUMBER_AGREES}
    tables["u", "id_number", ""] = _shares(u["id_number"], "id_number") | by_chance
    for column in particulars:
        tables |= _of_particular(rules, column)
    found, pairs = max(rules.found * left, 1.0), float(max(left * right, 1))
    # parts of a field stand for it
    stand = {*particulars, *(column.partition(".")[0] for column in particulars)}
    weighed = tuple(f for f in FIELDS if not stand.intersection(INSTEAD.get(f, ())))
    model = Model(tables, found, pairs, learnt=False, looked_for=looked_for)
    # whoever has neither given name nor birth date is told from a relative by nothing
    kin = found * rules.found if OWN & {*particulars} else 0.0
    weighed = (*weighed, *particulars)
    model = replace(model, relatives=kin, particulars=particulars, weighed=weighed)
    return with_twins(model, rules.siblings_number)


def _of_particular(rules: Shipped, column: str) -> dict[Key, Table]:
    """The tables of a column that is compared as it stands."""
    kind = column.removeprefix(frames.MARK)
    parts = rules.particulars
    if parts is None:
        raise ValueError("matching.yaml has no shares for particulars")

    def shares(table: Mapping[str, Table]) -> Table:
        given = table.get(kind, table["other"])
        return {level: given.get(level, 0.001) for level in PARTICULAR_LEVELS if level != "unknown"}

    tables: dict[Key, Table] = {
        ("m", column, ""): shares(parts.same_person),
        ("u", column, ""): shares(parts.strangers),
        ("r", column, ""): shares(parts.same_number),
    }
    for place in (*UNDER_NUMBER, *BORROWED):
        of_kin = place == "equal" or place in BORROWED
        other = parts.same_number if of_kin else parts.strangers
        tables["u", column, place] = shares(other)
    sums = {key: math.fsum(table.values()) for key, table in tables.items()}
    return {key: {k: v / sums[key] for k, v in table.items()} for key, table in tables.items()}


def _siblings(rules: Shipped, tables: Mapping[Key, Table], right: int) -> Table:
    """U of names of two people of one village and one birth date, at least that of neighbours.

    Twins are born, not paired by chance: their number is so many a left row, however few rows are
    on the right. A value may be beyond 1, since it makes up for what the other fields assume.
    """
    expected = max(right, 1) * neighbours_of_one_birth_date(tables)
    return {
        level: max(share, rules.siblings.get(level, 0.0) / expected)
        for level, share in tables["u", "name", "village"].items()
    }


def with_twins(model: Model, numbers: Mapping[str, float]) -> Model:
    """Set u of names of two people of one village, birth date and similar number, for each level.

    Whoever is there by chance has any name; beside them are twins, whose names are alike. Of these
    there are as many as the table of `siblings` says, and `numbers` is the share whose numbers
    agree so far: those of twins differ in the last digits, and a damaged one may not show these.
    """
    if ("u", "name", "siblings") not in model.tables:
        return model
    tables = dict(model.tables)
    of_siblings = tables["u", "name", "siblings"]
    expected = model.looked_for * neighbours_of_one_birth_date(tables)
    for where, level in TWINS.items():
        by_chance = math.prod(
            tables["u", field, context][each]
            for field, context, each in (
                ("id_number", "", level),
                ("birth_date", level, "same"),
                ("village", level, "same"),
            )
        )
        born = expected * numbers.get(level, 0.0) / max(by_chance, 1e-300)
        tables["u", "name", where] = {
            name: share if name in UNLIKE_NAMES | SAME_NAMES else share + born * of_siblings[name]
            for name, share in tables["u", "name", level].items()
        }
    return replace(model, tables=tables)


def neighbours_of_one_birth_date(tables: Mapping[Key, Table]) -> float:
    """Return the share of random pairs with one village and one birth date, if independent."""
    return tables["u", "birth_date", ""]["same"] * tables["u", "village", ""]["same"]


def _shares(table: Mapping[str, float], field: str) -> Table:
    """Shares of all levels, which sum to 1; one that is not named has a thousandth.

    >>> shares = _shares({"same": 0.899, "town": 0.1}, "village")
    >>> {level: round(share, 9) for level, share in shares.items()}
    {'same': 0.899, 'town': 0.1, 'different': 0.001}
    """
    given = {level: table.get(level, 0.001) for level in LEVELS[field] if level != "unknown"}
    total = math.fsum(given.values())
    return {level: share / total for level, share in given.items()}
