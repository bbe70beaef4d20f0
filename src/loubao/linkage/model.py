"""Match weights after Fellegi and Sunter (1969): what agreement on each field is worth.

A pair's weight is the sum over the fields of log2(m / u): how much oftener its agreement level is
met among records of one person (m) than among those of two (u). A value that is missing weighs
nothing. What is known to hang together is not counted twice, by reading a field in the table of its
context:

- Birth date and sex are in the number. Where the number agrees, they are weighed against other
  people under such a number, who share the date in it; where it does not, by themselves.
- Names are alike in a village of clans: within one village u is that of two people of one village,
  and two equal names weigh by how often the name is met there (`chance.Names`). Twins have one
  village and one birth date and names that differ in a character: a context of their own.
- A name tells the sex: of two people who have one name, u of the sex is that of namesakes.

`estimation` learns the tables from the rows at hand; the rules ship a start for them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from loubao.linkage.comparison import FIELDS, NUMBER_AGREES
from loubao.rules.matching import COMPATIBLE_NAMES, LEVELS, Shipped

#: Shares of the levels of one field, `unknown` left out.
Table: TypeAlias = dict[str, float]
#: side ("m": one person, "u": two people), field, context
Key: TypeAlias = tuple[str, str, str]
#: One agreement level for each of FIELDS.
Pattern: TypeAlias = tuple[str, ...]

NUMBER, NAME, BIRTH = (FIELDS.index(field) for field in ("id_number", "name", "birth_date"))
VILLAGE = FIELDS.index("village")
#: Levels of a number that is equal.
EQUAL = frozenset(LEVELS["id_number"][:4])
#: The contexts of another person under a number that agrees: each level is reached in its own way.
UNDER_NUMBER = ("equal", *(level for level in NUMBER_AGREES if level not in EQUAL))
_IN_NUMBER = ("birth_date", "sex")
#: Levels of a name that is one in sound or shape.
_ALIKE = COMPATIBLE_NAMES


@dataclass(frozen=True)
class Model:
    """The m and u of every field and context, and how many pairs are expected to be one person.

    The u of a number that agrees is the share of all left × right pairs that are other people under
    such a number; of one that does not agree, the share among the pairs that were looked for.
    """

    tables: Mapping[Key, Table]
    found: float
    pairs: float
    learnt: bool
    #: share of the left rows that were looked for by other keys than an equal number
    looked_for: float = 1.0

    @property
    def prior(self) -> float:
        """log2 odds that a pair drawn at random is one person."""
        return math.log2(self.found / max(self.pairs - self.found, 1.0))

    def weights(self, pattern: Pattern) -> dict[str, float]:
        """Return the weight (log2) of each field of a pattern, before name frequencies."""
        return {
            field: math.log2(self.share("m", field, pattern) / self.share("u", field, pattern))
            for field in FIELDS
        }

    def share(self, side: str, field: str, pattern: Pattern) -> float:
        """Return m or u of a field's level in a pattern; 1 where nothing is known."""
        level = pattern[FIELDS.index(field)]
        if level == "unknown":
            return 1.0
        return self.tables[side, field, context(side, field, pattern)][level]


def context(side: str, field: str, pattern: Pattern) -> str:
    """Return which of a field's tables a pattern is read in."""
    number = pattern[NUMBER]
    if field == "id_number":
        return ""
    if side == "m":
        return _said(number) if field in _IN_NUMBER else ""
    if number in NUMBER_AGREES:
        return "equal" if number in EQUAL else number
    if field == "sex":
        return "namesakes" if pattern[NAME] in _ALIKE else ""
    if field == "name":
        if pattern[VILLAGE] != "same":
            return "anywhere"
        return "siblings" if pattern[BIRTH] == "same" else "village"
    return ""


def _said(number: str) -> str:
    if number in NUMBER_AGREES:
        return "agrees"
    return "unknown" if number == "unknown" else "differs"


def shipped(rules: Shipped, left: int, right: int, looked_for: float = 1.0) -> Model:
    """Return the model of the rules alone, for tables of so many rows."""
    m, u = rules.same_person, rules.strangers
    tables: dict[Key, Table] = {}
    for field in FIELDS:
        if field == "id_number":
            continue
        for place in ("agrees", "differs", "unknown") if field in _IN_NUMBER else ("",):
            own = rules.same_person_number_agrees if place == "agrees" else m
            tables["m", field, place] = _shares(own.get(field, m[field]), field)
        for place in ("village", "anywhere") if field == "name" else ("",):
            own = rules.neighbours if place == "village" else u
            tables["u", field, place] = _shares(own.get(field, u[field]), field)
        for place in UNDER_NUMBER:
            own = rules.same_number if place == "equal" else rules.similar_number
            tables["u", field, place] = _shares(own.get(field, u[field]), field)
    tables["u", "name", "siblings"] = _siblings(rules, tables, right)
    tables["u", "sex", "namesakes"] = _shares(rules.namesakes.get("sex", u["sex"]), "sex")
    tables["m", "id_number", ""] = _shares(m["id_number"], "id_number")
    chance = {level: rules.chance.get(level, 1e-6) / max(right, 1) for level in NUMBER_AGREES}
    tables["u", "id_number", ""] = _shares(u["id_number"], "id_number") | chance
    found, pairs = max(rules.found * left, 1.0), float(max(left * right, 1))
    return Model(tables, found, pairs, learnt=False, looked_for=looked_for)


def _siblings(rules: Shipped, tables: Mapping[Key, Table], right: int) -> Table:
    """How much oftener than village and birth date let expect two people of both are met (≥ u).

    Twins are born, not met by chance: their number is so many a left row, however few rows are on
    the right. A value may be beyond 1, since it makes up for what the other fields assume.
    """
    chance = tables["u", "birth_date", ""]["same"] * tables["u", "village", ""]["same"]
    expected = max(right, 1) * chance
    return {
        level: max(share, rules.siblings.get(level, 0.0) / expected)
        for level, share in tables["u", "name", "village"].items()
    }


def _shares(table: Mapping[str, float], field: str) -> Table:
    """Shares of all known levels; one that is not named has a thousandth."""
    given = {level: table.get(level, 0.001) for level in LEVELS[field] if level != "unknown"}
    total = math.fsum(given.values())
    return {level: share / total for level, share in given.items()}


def as_json(model: Model) -> dict[str, Any]:
    """Return a model as JSON can hold it, keys in order; it names agreement levels and no values.

    `tables` is side → field → context → level → share, the rest are numbers. `from_json` gives the
    same model back to the last bit, by way of `json.dumps` too.
    """
    tables: dict[str, dict[str, dict[str, Table]]] = {}
    for side, field, where in sorted(model.tables):
        table = dict(sorted(model.tables[side, field, where].items()))
        tables.setdefault(side, {}).setdefault(field, {})[where] = table
    numbers = {name: getattr(model, name) for name in _numbers()}
    return dict(sorted({**numbers, "tables": tables}.items()))


def from_json(told: Mapping[str, Any]) -> Model:
    """Return the model that `as_json` told; raises `ValueError` for anything else."""
    try:
        tables: dict[Key, Table] = {
            (side, field, where): {level: float(share) for level, share in table.items()}
            for side, contexts in told["tables"].items()
            for field, places in contexts.items()
            for where, table in places.items()
        }
        numbers = {name: float(told[name]) for name in _numbers() - {"learnt"}}
        return Model(tables, learnt=bool(told["learnt"]), **numbers)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a model") from error


def _numbers() -> set[str]:
    return {each.name for each in fields(Model)} - {"tables"}
