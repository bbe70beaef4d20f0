"""People whom a village has added to its sheet by hand: known from before, or a case of their own.

Somebody is known by a proven ID number with the same name, or by name, village and birth date or
the end of a number with stars; who has neither number nor birth date, by an earlier report of the
village alone. Anything less is no recognition: the person gets a case, and the clerk is told whom
it may be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from loubao.core.events import Event, NewCase, Sighting
from loubao.core.frames import LINKABLE, PROVEN_STATUSES
from loubao.ledger.numbering import Numbering
from loubao.returns.on_file import Home, OnFile
from loubao.returns.page import IssueRow
from loubao.rules.returns import Returns

#: File, sheet and row of a line.
Spot = tuple[str, str, int]
_REOPENED = ("ineligible", "closed")  # by a list that is new to them
#: Digits that tell the namesakes of a village apart: the running number and what checks it.
_LAST = range(14, 18)


@dataclass(frozen=True)
class Person:
    """A line added by hand: where it stood, and LINKABLE values (texts, but the id left out).

    `printed`: the sheet has lost its keys, so the line may be one that was printed.
    """

    spot: Spot
    values: Mapping[str, str | None]
    printed: bool = False

    def __getitem__(self, column: str) -> str | None:
        return self.values.get(column)


@dataclass
class Newcomers:
    """The case of each line, and what is to be posted before its answer."""

    on_file: OnFile
    cases: dict[Spot, int] = field(default_factory=dict)
    opened: list[NewCase] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)


def newcomers(
    people: Sequence[Person],
    sighted: Iterable[Mapping[str, Any]],
    on_file: OnFile,
    numbering: Numbering,
    unknown: Home,
    returns: Returns,
    as_of: dt.date,
) -> Newcomers:
    """Return whose lines they are; cases are opened for those who are not known.

    `sighted` are sightings that share a number or name with somebody (`ledger.lookup.sighted`),
    `unknown` holds the words for a place that is not known.
    """
    done = Newcomers(on_file)
    known = [{**row, "case_id": on_file.owner(row["case_id"])} for row in sighted]
    names = {case_id: number for number, case_id in on_file.cases.items()}
    for person in people:
        case_id, doubt = _recognised(person, known, returns.list)
        if case_id is None:
            new = numbering.opened(person["town"], as_of.year)
            case_id = new.case_id
            names[case_id] = new.case_no
            done.opened.append(new)
            _open(person, new, unknown, returns, as_of, done)
            detail = returns.said.added.format(case_no=new.case_no)
            if doubt is not None:
                detail = returns.said.doubtful.format(case_no=names[doubt], new=new.case_no)
            code = "PERSON_ADDED" if doubt is None else "PERSON_DOUBTFUL"
            done.issues.append((*person.spot, "", code, detail))
        elif person.printed or returns.list not in done.on_file.lists.get(case_id, ()):
            if not person.printed:
                _name(person, case_id, returns, as_of, done)
            detail = returns.said.added_known.format(case_no=names[case_id])
            done.issues.append((*person.spot, "", "PERSON_ADDED", detail))
        done.cases[person.spot] = case_id
        known.append({**person.values, "case_id": case_id, "list": returns.list})
    return done


def _recognised(
    person: Person, known: Sequence[Mapping[str, Any]], own_list: str
) -> tuple[int | None, int | None]:
    """Return the case that a person is, or else one that they may be."""
    number = _proven(person.values)
    doubt: int | None = None
    sure: set[int] = set()
    for row in known:
        theirs = _proven(row)
        if number is not None and theirs == number:
            if row["name_key"] == person["name_key"]:
                return row["case_id"], None
            doubt = row["case_id"]
            continue
        if row["name_key"] != person["name_key"] or not _neighbours(person, row):
            continue
        if number is not None and theirs is not None:
            continue  # a namesake
        born, theirs_born = person["birth_date"], row["birth_date"]
        bare = born is None and theirs_born is None and row["list"] == own_list
        if (
            (born is not None and born == theirs_born)
            or (bare and number is theirs is None)
            or _legible(person["id_pattern"], theirs)
        ):
            sure.add(row["case_id"])
        elif born is None or theirs_born is None:
            doubt = row["case_id"]
    if len(sure) == 1:
        return sure.pop(), None
    return None, min(sure) if sure else doubt


def _proven(row: Mapping[str, Any]) -> str | None:
    return row.get("id_number") if row.get("id_status") in PROVEN_STATUSES else None


def _legible(pattern: str | None, number: str | None) -> bool:
    """Whether a number that is partly covered shows the end of the other, and nothing else.

    >>> _legible("350599????????0117", "350599199003070117")
    True
    >>> _legible("350599????????0117", "350599199003070125")
    False
    >>> _legible("3505991990????????", "350599199003070117")
    False
    """
    if pattern is None or number is None or len(pattern) != len(number):
        return False
    shown = {i for i, digit in enumerate(pattern) if digit != "?"}
    return shown.issuperset(_LAST) and all(pattern[i] == number[i] for i in shown)


def _neighbours(person: Person, row: Mapping[str, Any]) -> bool:
    code = person["village_code"]
    if code is not None:
        return bool(code == row["village_code"])
    return row["village_code"] is None and person["town"] == row["town"]


def _open(
    person: Person, new: NewCase, unknown: Home, returns: Returns, as_of: dt.date, done: Newcomers
) -> None:
    opened = Event(new.case_id, "opened", as_of.isoformat(), {"lists": [returns.list]})
    home = Home(
        person["town"] or unknown.town,
        person["village"] or unknown.village,
        person["village_code"] or "",
        f"H{new.case_id:07}",
    )
    done.events.append(opened)
    done.sightings.append(_sighting(person, new.case_id, returns))
    file = done.on_file
    done.on_file = replace(
        file,
        cases={**file.cases, new.case_no: new.case_id},
        events={**file.events, new.case_id: (opened,)},
        lists={**file.lists, new.case_id: (returns.list,)},
        homes={**file.homes, new.case_id: home},
    )


def _name(person: Person, case_id: int, returns: Returns, as_of: dt.date, done: Newcomers) -> None:
    """The village names somebody who is on file for other lists."""
    done.sightings.append(_sighting(person, case_id, returns))
    file = done.on_file
    events = file.events[case_id]
    if file.state(case_id).status in _REOPENED:
        detail = {"reason": "new_list", "lists": [returns.list]}
        again = Event(case_id, "reopened", as_of.isoformat(), detail)
        done.events.append(again)
        events = (*events, again)
    lists = tuple(sorted({*file.lists.get(case_id, ()), returns.list}))
    done.on_file = replace(
        file,
        events={**file.events, case_id: events},
        lists={**file.lists, case_id: lists},
    )


def _sighting(person: Person, case_id: int, returns: Returns) -> Sighting:
    values = {column: person[column] for column in LINKABLE if column != "record_id"}
    return Sighting(case_id, {**values, "list": returns.list})
