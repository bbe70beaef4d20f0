"""Match weights after Fellegi and Sunter (1969): what agreement on each field is worth, and why.

A pair's weight is the sum over the fields of log2(m / u): m is the probability of its agreement
level among pairs of records of one person, u among pairs of records of two people. A missing value
weighs nothing. Fields that depend on each other are not counted twice: a field is read in the table
of its context.

- Birth date and sex are in the number. Where the number agrees, they are weighed against other
  people under such a number, who share the date in it; where it does not, by themselves.
- Names are alike in a village of clans: within one village u is that of two people of one village,
  and two equal names weigh by the frequency of the name there (`term_frequencies`). Twins have one
  village and one birth date and names that differ in a character: a context of their own, and one
  for each level of a similar number, since their numbers differ in the last digits alone.
- A name suggests the sex: of two people who have one name, u of the sex is that of namesakes.

`expectation_maximisation` learns the tables from the rows at hand; the rules ship a start for them.
`waterfall` explains a decision by the weights that it is the sum of.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from loubao.core import frames
from loubao.linkage.comparison import FIELDS
from loubao.rules.matching import (
    COMPATIBLE_NAMES,
    NUMBER_AGREES,
    NUMBER_EQUAL,
)

#: Shares of the levels of one field, `unknown` left out.
Table: TypeAlias = dict[str, float]
#: side ("m": one person, "u": two people, "r": two relatives), field, context
Key: TypeAlias = tuple[str, str, str]
#: One agreement level for each of FIELDS.
Pattern: TypeAlias = tuple[str, ...]
#: How many random pairs have each level, by field and context of u.
LevelCounts: TypeAlias = Mapping[tuple[str, str], Table]
#: Of a pattern, how many of the pairs at hand people found to be one person, and two: each pair
#: that they decided stands for as many as were drawn like it.
Labelled: TypeAlias = Mapping[Pattern, tuple[float, float]]

NUMBER, NAME, BIRTH = (FIELDS.index(field) for field in ("id_number", "name", "birth_date"))
VILLAGE = FIELDS.index("village")
#: Particulars that are a person's own, and not a household's.
OWN = frozenset({frames.GIVEN, frames.BIRTH})
#: Particulars that weigh in place of a field.
INSTEAD = {
    "name": {frames.GIVEN, frames.SURNAME},
    "birth_date": {frames.BIRTH},
    "village": {f"{frames.MARK}village", f"{frames.MARK}town"},
    "address": {f"{frames.MARK}address"},
}
#: Levels of a number that is equal, and of one that is similar.
EQUAL = frozenset(NUMBER_EQUAL)
SIMILAR = tuple(level for level in NUMBER_AGREES if level not in EQUAL)
#: The contexts of another person under a number that agrees: each level is reached in its own way.
UNDER_NUMBER = ("equal", *SIMILAR)
#: Another person under an equal number who is no relative: a row copied from elsewhere has the
#: birth date of its number, a relative has not.
OTHER_SURNAME, BESIDE_NAME = "equal, other surname", ("birth_date", "sex", "village")
#: The contexts of the names of two people of one village, birth date and similar number.
TWINS = {f"{level}, siblings": level for level in SIMILAR}
#: Under a number that slipped, and with another birth date: a relative whose row has the number of
#: the head of the house, mistyped on one side. Strangers of a similar number have its birth date.
BORROWED = {
    f"{level}, borrowed": level
    for level in ("one_slip", "one_wrong_digit", "one_edit", "survivors")
}
#: Fields that are in a number as well.
IN_NUMBER = ("birth_date", "sex")
_PLACES = {field: place for place, field in enumerate(FIELDS)}


@dataclass(frozen=True)
class Model:
    """The m and u of every field and context, and how many pairs are expected to be one person.

    The u of a number that agrees is the share of all left × right pairs that are other people under
    such a number; of one that does not agree, the share among the pairs that were looked for.

    >>> tables = {
    ...     ("m", "name", ""): {"same": 0.8, "different": 0.2},
    ...     ("u", "name", "anywhere"): {"same": 0.0001, "different": 0.9999},
    ... }
    >>> model = Model(tables, found=400.0, pairs=1_000 * 10_000.0, learnt=False)
    >>> pattern = tuple("same" if field == "name" else "unknown" for field in FIELDS)
    >>> model.share("m", "name", pattern), model.share("u", "name", pattern)
    (0.8, 0.0001)
    >>> weights = model.weights(pattern)
    >>> round(weights["name"], 2), weights["sex"]  # log2(0.8 / 0.0001); a missing value: 0
    (12.97, 0.0)
    >>> round(model.prior, 2)  # log2 of 400 to the rest of ten million
    -14.61
    """

    tables: Mapping[Key, Table]
    #: pairs expected to be one person
    found: float
    #: left rows × right rows
    pairs: float
    learnt: bool
    #: share of the left rows that were looked for by other keys than an equal number
    looked_for: float = 1.0
    #: pairs expected to be two relatives: address and surname agree, and the person does not
    relatives: float = 0.0
    #: columns that are compared beside FIELDS: their levels follow those of FIELDS in a pattern
    particulars: tuple[str, ...] = ()
    #: the fields that weigh; where names stand in parts, these weigh in place of the whole
    weighed: tuple[str, ...] = FIELDS

    @property
    def prior(self) -> float:
        """log2 odds that a pair drawn at random is one person."""
        return math.log2(self.found / max(self.pairs - self.found, 1.0))

    @property
    def prior_of_relatives(self) -> float:
        """log2 odds that a pair of two people are relatives of one household; -1000: never."""
        return math.log2(self.relatives / self.pairs) if self.relatives else -1000.0

    def kinship(self, pattern: Pattern) -> float:
        """Return log2 of how much likelier relatives than strangers are, by the prior, to show it.

        -1000 where they are not told apart: another person under one number has tables of its own.
        """
        if not may_be_relatives(self, pattern):
            return -1000.0
        shares = [
            math.log2(self.tables["r", field, ""][level] / self.share("u", field, pattern))
            for field in self.weighed
            if ("r", field, "") in self.tables
            and (level := pattern[self.place(field)]) != "unknown"
        ]
        return self.prior_of_relatives + math.fsum(shares)

    def weights(self, pattern: Pattern) -> dict[str, float]:
        """Return the weight (log2) of each field of a pattern, before name frequencies."""
        return {
            field: math.log2(self.share("m", field, pattern) / self.share("u", field, pattern))
            for field in self.weighed
        }

    def share(self, side: str, field: str, pattern: Pattern) -> float:
        """Return m or u of a field's level in a pattern; 1 where a value is missing."""
        level = pattern[self.place(field)]
        if level == "unknown":
            return 1.0
        where = context(side, field, pattern)
        table = self.tables.get((side, field, where))
        # a model of before has no table for a context within another, and fewer levels
        table = table or self.tables[side, field, where.partition(",")[0]]
        return table[level] if level in table else table["different"]

    def place(self, field: str) -> int:
        """Return the place of a field's level in a pattern."""
        own = _PLACES.get(field)
        return len(FIELDS) + self.particulars.index(field) if own is None else own


def context(side: str, field: str, pattern: Pattern) -> str:
    """Return which of a field's tables a pattern is read in.

    >>> def of(side, field, **levels):
    ...     return context(side, field, tuple(levels.get(f, "unknown") for f in FIELDS))
    >>> of("m", "birth_date", id_number="same"), of("m", "birth_date", id_number="contradicts")
    ('agrees', 'differs')
    >>> of("u", "birth_date", id_number="same"), of("u", "birth_date", id_number="one_slip")
    ('equal', 'one_slip')
    >>> of("u", "village", id_number="one_slip", birth_date="different")
    'one_slip, borrowed'
    >>> of("u", "birth_date", id_number="same", name="different")
    'equal, other surname'
    >>> of("u", "name", village="different"), of("u", "name", village="same")
    ('anywhere', 'village')
    >>> of("u", "name", village="same", birth_date="same")  # as of twins
    'siblings'
    >>> of("u", "name", village="same", birth_date="same", id_number="near")
    'near, siblings'
    >>> of("u", "sex", name="same"), of("u", "sex", name="one_character")
    ('namesakes', '')
    """
    number = pattern[NUMBER]
    of_twins = field == "name" and pattern[VILLAGE] == "same" and pattern[BIRTH] == "same"
    if field == "id_number":
        return ""
    if side == "r":
        return ""
    if side == "m":
        return _number_agreement(number) if field in IN_NUMBER else ""
    if number in EQUAL:
        apart = field in BESIDE_NAME and pattern[NAME] == "different"
        return OTHER_SURNAME if apart else "equal"
    if number in NUMBER_AGREES:
        borrowed = f"{number}, borrowed"
        if borrowed in BORROWED and pattern[BIRTH] == "different" and field != "birth_date":
            return borrowed
        return f"{number}, siblings" if of_twins else number
    if field == "sex":
        return "namesakes" if pattern[NAME] in COMPATIBLE_NAMES else ""
    if field == "name":
        if pattern[VILLAGE] != "same":
            return "anywhere"
        return "siblings" if of_twins else "village"
    return ""


def may_be_relatives(model: Model, pattern: Pattern) -> bool:
    """Return whether a pair may be weighed as two relatives: not where their numbers agree."""
    return model.relatives > 0 and pattern[NUMBER] not in NUMBER_AGREES


def _number_agreement(number: str) -> str:
    if number in NUMBER_AGREES:
        return "agrees"
    return "unknown" if number == "unknown" else "differs"


# -- the model in a file --------------------------------------------------------------------------


#: What the JSON of a model has only where there are particulars, and the tables.
_OF_PARTICULARS = {"tables", "particulars", "relatives", "weighed"}


def as_json(model: Model) -> dict[str, Any]:
    """Return a model as JSON can hold it, keys in order; it names agreement levels and no values.

    `tables` is side → field → context → level → share, the rest are numbers. `from_json` gives the
    same model back to the last bit, by way of `json.dumps` too.

    >>> model = Model({("m", "sex", "agrees"): {"same": 0.99}}, 1.0, 4.0, learnt=False)
    >>> as_json(model)["tables"]
    {'m': {'sex': {'agrees': {'same': 0.99}}}}
    >>> from_json(as_json(model)) == model
    True
    """
    tables: dict[str, dict[str, dict[str, Table]]] = {}
    for side, field, where in sorted(model.tables):
        table = dict(sorted(model.tables[side, field, where].items()))
        tables.setdefault(side, {}).setdefault(field, {})[where] = table
    numbers = {name: getattr(model, name) for name in _numbers()}
    others = {
        "particulars": list(model.particulars),
        "relatives": model.relatives,
        "weighed": list(model.weighed),
    }
    return dict(
        sorted({**numbers, "tables": tables, **(others if model.particulars else {})}.items())
    )


def from_json(written: Mapping[str, Any]) -> Model:
    """Return the model that `as_json` wrote; raises `ValueError` for anything else."""
    try:
        tables: dict[Key, Table] = {
            (side, field, where): {level: float(share) for level, share in table.items()}
            for side, contexts in written["tables"].items()
            for field, places in contexts.items()
            for where, table in places.items()
        }
        numbers = {name: float(written[name]) for name in _numbers() - {"learnt"}}
        particulars = tuple(map(str, written.get("particulars", ())))
        weighed = tuple(map(str, written.get("weighed", FIELDS)))
        learnt = bool(written["learnt"])
        numbers["relatives"] = float(written.get("relatives", 0.0))
        return Model(tables, learnt=learnt, particulars=particulars, weighed=weighed, **numbers)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a model") from error


def _numbers() -> set[str]:
    return {each.name for each in fields(Model)} - _OF_PARTICULARS
