"""Which case of the ledger a person is whom a village added by hand.

A person is identified by a proven ID number with the same name; or by name and village with the
birth date or the end of a starred number, unless another number was typed: one that is a slip away
is told, any other is a question. A person without number and birth date is identified only by an
earlier report of the village.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from loubao.core import frames
from loubao.linkage.comparison import number_level, shows_end
from loubao.returns.page import Spot

#: What a sighting keeps of how a village wrote somebody.
_WRITTEN_SO = (
    *("name_key", "id_number", "id_status", "id_pattern", "birth_date"),
    *("town", "village", "village_code"),
)
#: Levels of the ID number (`linkage.levels`): a slip of the pen; another number.
_SLIPS = ("one_slip", "one_wrong_digit", "one_edit")
_OTHERS = ("near", "different", "contradicts")


@dataclass(frozen=True)
class Person:
    """A line added by hand: where it stood, and WRITTEN values (texts).

    `printed`: the sheet has lost its keys, so the line may be one that was printed. `written`: what
    else the line says, by key of the column.
    """

    spot: Spot
    values: Mapping[str, str | None]
    printed: bool = False
    written: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> str | None:
        return self.values.get(column)


class Sightings:
    """How people were written, by name and by number."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        """Add one: LINKABLE values, `list` and `case_id`."""
        for key in _looked_up_by(row):
            self._rows.setdefault(key, []).append(row)

    def like(self, person: Person) -> list[Mapping[str, Any]]:
        """Return the sightings that share the number or the name of a person."""
        return [row for key in _looked_up_by(person.values) for row in self._rows.get(key, ())]


def _looked_up_by(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    keys = ("id_number", "name_key")
    return [(key, str(row[key])) for key in keys if row.get(key) is not None]


class Likeness(NamedTuple):
    """The case of a person, or else one that it may be; `slip`: by a number that is a slip away."""

    case_id: int | None = None
    doubt: int | None = None
    slip: bool = False


def case_of(person: Person, sightings: Sequence[Mapping[str, Any]], source: str) -> Likeness:
    """Return the case of a person, or else a case that it may be.

    `sightings`: LINKABLE values, `list` and `case_id`; `source` is the list of people
    that villages add. A number that was typed and differs from that of the case by more than a slip
    leaves it open whose it is, whatever else agrees.

    >>> here = {"name_key": "庄建国", "village_code": "990101104203"}
    >>> listed = {**here, "birth_date": "1960-03-05", "list": "medical", "case_id": 7}
    >>> case_of(Person(("", "", 5), {**here, "birth_date": "1960-03-05"}), [listed], "report")
    Likeness(case_id=7, doubt=None, slip=False)
    >>> case_of(Person(("", "", 5), here), [listed], "report")
    Likeness(case_id=None, doubt=7, slip=False)
    >>> elsewhere = {**here, "village_code": "990101104204"}
    >>> case_of(Person(("", "", 5), {**elsewhere, "birth_date": "1960-03-05"}), [listed], "report")
    Likeness(case_id=None, doubt=7, slip=False)
    >>> case_of(Person(("", "", 5), elsewhere), [listed], "report")
    Likeness(case_id=None, doubt=None, slip=False)
    """
    earlier = (row for row in sightings if row["list"] == source and _is_written_so(person, row))
    if (row := next(earlier, None)) is not None:
        return Likeness(row["case_id"])
    number = _proven(person.values)
    doubt: int | None = None
    sure: dict[int, bool] = {}
    for row in sightings:
        if number is not None and _proven(row) == number:
            if row["name_key"] == person["name_key"]:
                return Likeness(row["case_id"])
            doubt = row["case_id"]
        elif row["name_key"] == person["name_key"] and _neighbours(person, row):
            level = _level(person.values, row)
            if _is_same(person, row, level, source):
                slip = level in _SLIPS and sure.get(row["case_id"], True)
                sure[row["case_id"]] = slip
            elif _may_be_same(person, row, level):
                doubt = row["case_id"]
        elif row["name_key"] == person["name_key"] and _is_alike_elsewhere(person, row):
            doubt = row["case_id"] if doubt is None else doubt
    if len(sure) == 1:
        ((case_id, slip),) = sure.items()
        return Likeness(case_id, slip=slip)
    return Likeness(doubt=min(sure) if sure else doubt)


def _level(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    written = all(row.get("id_number") or row.get("id_pattern") for row in (one, other))
    return number_level(one, other) if written else "unknown"


def _is_same(person: Person, row: Mapping[str, Any], level: str, source: str) -> bool:
    """Whether a person is a namesake of the village: by birth date, or by the end of the number."""
    if level in _OTHERS:
        return False
    born, theirs = person["birth_date"], row["birth_date"]
    number = _proven(row)
    bare = born is None and theirs is None and row["list"] == source
    return (
        (born is not None and born == theirs)
        or (bare and _proven(person.values) is number is None)
        or shows_end(person["id_pattern"], number or row.get("id_pattern"))
        or shows_end(row.get("id_pattern"), _proven(person.values))
    )


def _may_be_same(person: Person, row: Mapping[str, Any], level: str) -> bool:
    """Whether a person may be a namesake of the village whom nothing proves to be the same."""
    born, theirs = person["birth_date"], row["birth_date"]
    if level == "contradicts":
        return born is not None and born == theirs
    return born is None or theirs is None or born == theirs or level in _SLIPS


def _is_written_so(person: Person, row: Mapping[str, Any]) -> bool:
    """Whether a village wrote the same before: so a sheet collected twice opens nothing twice."""
    return all(person[column] == row.get(column) for column in _WRITTEN_SO)


def _is_alike_elsewhere(person: Person, row: Mapping[str, Any]) -> bool:
    """Whether a namesake of another village has the same birth date, or the shown end of number."""
    if _level(person.values, row) in _OTHERS:
        return False
    born, number = person["birth_date"], row.get("id_number") or row.get("id_pattern")
    same_day = born is not None and born == row["birth_date"]
    return same_day or shows_end(person["id_pattern"], number)


def _proven(row: Mapping[str, Any]) -> str | None:
    return row.get("id_number") if row.get("id_status") in frames.PROVEN_STATUSES else None


def _neighbours(person: Person, row: Mapping[str, Any]) -> bool:
    code = person["village_code"]
    if code is not None:
        return bool(code == row["village_code"])
    return row["village_code"] is None and person["town"] == row["town"]
