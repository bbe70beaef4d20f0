"""People that a village added to its sheet by hand: read, then identified as a case or given one.

Their lines are read like the rows of a source list. A person is identified by a proven ID number
with the same name; or by name and village with the birth date or the end of a starred number,
unless another number was typed: one that is a slip away is told, any other is a question. A person
without number and birth date is identified only by an earlier report of the village. In all other
cases the person gets a new case, and the clerk sees which case it may be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import polars as pl

from loubao.core import frames
from loubao.core.events import Event, Kind, NewCase, Sighting
from loubao.ingest.records import records
from loubao.ingest.sheets.account import Part, part_of
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.identify import Claimed
from loubao.ledger.case_file import Numbering, place_of
from loubao.ledger.lookup import Excerpt
from loubao.linkage.comparison import number_level
from loubao.returns.page import KEYS, Line, Spot, Terms

#: Columns of the village sheet that identify a person → the field.
_FIELDS = ("name", "id_number", "sex", "village", "address", "phone")
_REOPENED = ("ineligible", "closed")  # by a list that is new to them
#: Digits that differ between namesakes of a village: the running number and the check digit.
_LAST = range(14, 18)
#: What a sighting keeps of how a village wrote somebody.
_WRITTEN_SO = (
    *("name_key", "id_number", "id_status", "id_pattern", "birth_date"),
    *("town", "village", "village_code"),
)
#: Levels of the ID number (`linkage.levels`): a slip of the pen; another number.
_SLIPS = ("one_slip", "one_wrong_digit", "one_edit")
_OTHERS = ("near", "different", "contradicts")


class Village(NamedTuple):
    """A town and a village as printed."""

    town: str
    village: str


@dataclass(frozen=True)
class Person:
    """A line added by hand: where it stood, and WRITTEN values (texts).

    `printed`: the sheet has lost its keys, so the line may be one that was printed.
    """

    spot: Spot
    values: Mapping[str, str | None]
    printed: bool = False

    def __getitem__(self, column: str) -> str | None:
        return self.values.get(column)


@dataclass
class Newcomers:
    """People added by hand, and what is to be posted before their answers.

    excerpt  what the ledger has, with the cases and events of the people
    cases    the case of each line that names somebody
    """

    excerpt: Excerpt
    cases: dict[Spot, int] = field(default_factory=dict)
    opened: list[NewCase] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    issues: list[frames.IssueRow] = field(default_factory=list)


def added_people(
    lines: Sequence[Line], homes: Mapping[tuple[str, str], Village], terms: Terms
) -> tuple[list[Person], list[frames.IssueRow]]:
    """Return the people of lines, and the issues of their cells.

    A person without a village belongs to the village of the sheet (`homes`). A line that names
    nobody is an issue.
    """
    rules, returns = terms.rules, terms.returns
    sheets: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        sheets.setdefault((line.file, line.sheet), []).append(line)
    parts = [_part(members, homes.get(sheet), terms) for sheet, members in sheets.items()]
    if not any(part.extract is not None and part.extract.rows.height for part in parts):
        return [], [issue for part in parts for issue in part.issues]
    rows, found = records(parts, rules, terms.as_of)
    odd = set(found.filter(pl.col("code") == "NAME_ODD").select("file", "sheet", "row").rows())
    issues: list[frames.IssueRow] = list(found.iter_rows())
    people: list[Person] = []
    printed = {line.place for line in lines if KEYS.isdisjoint(line.headers)}
    texts = rows.select(*frames.PLACE, pl.col(*frames.WRITTEN).cast(pl.String))
    for row in texts.iter_rows(named=True):
        spot = (row["file"], row["sheet"], row["row"])
        name = row["name"] or ""
        if spot in odd or not name:
            continue
        if is_no_name(name, returns.longest_name):
            issues.append((*spot, "", "NAME_ODD", terms.words.not_a_name))
            continue
        values = {column: row[column] for column in frames.WRITTEN}
        people.append(Person(spot, values, printed=spot in printed))
    return people, issues


def is_no_name(name: str, longest: int) -> bool:
    """Return whether a text is too long for a name in Chinese characters without a dot.

    >>> [is_no_name(name, 6) for name in ("欧阳建国", "阿依古丽·买买提江", "Nguyen Thi Huong")]
    [False, False, False]
    >>> is_no_name("另有一户不在家", 6)
    True
    """
    return "·" not in name and not name.isascii() and len(name) > longest


def _part(lines: Sequence[Line], home: Village | None, terms: Terms) -> Part:
    """Lines of one sheet as rows of the source list; their columns have keys already.

    A row that names nobody or is a total is left out as it is in every list.
    """
    first, source = lines[0], terms.returns.list
    fields = [key for key in _FIELDS if any(key in line.cells for line in lines)]
    fields += [key for key in ("village", "town") if key not in fields]
    standing_for = home._asdict() if home is not None else {}
    columns = [
        Column(str(i), first.headers.get(field, ""), field) for i, field in enumerate(fields)
    ]
    cells = pl.DataFrame(
        {
            "row": pl.Series([line.row for line in lines], dtype=pl.UInt32),
            **{
                column.place: pl.Series(
                    [line.cells.get(field, standing_for.get(field)) for line in lines],
                    dtype=pl.String,
                )
                for column, field in zip(columns, fields, strict=True)
            },
        }
    )
    sheet = frames.Sheet(first.file, first.sheet, cells, 0, (), frames.empty(frames.ISSUES))
    fit = Fit(source, 0, depth=0, columns=tuple(columns), missing=(), household=False)
    return part_of(Claimed(sheet, 0, source, fit), terms.rules)


def homes_of(lines: Iterable[Line], excerpt: Excerpt) -> dict[tuple[str, str], Village]:
    """Return the village of each sheet `(file, sheet)`: that of most of its lines."""
    places: dict[tuple[str, str], Counter[Village]] = {}
    for line in lines:
        hidden, printed = line.numbers
        place = excerpt.places.get(excerpt.cases.get(hidden or printed, 0))
        if place is not None:
            villages = places.setdefault((line.file, line.sheet), Counter())
            villages[Village(place.town, place.village)] += 1
    return {sheet: villages.most_common(1)[0][0] for sheet, villages in places.items()}


def newcomers(
    people: Sequence[Person],
    sighted: Iterable[Mapping[str, Any]],
    excerpt: Excerpt,
    numbering: Numbering,
    terms: Terms,
) -> Newcomers:
    """Return the case of each line; cases are opened for those who have none.

    `sighted` are sightings that share a number or name with somebody (`ledger.lookup.sighted`).
    """
    source, words = terms.returns.list, terms.words
    done = Newcomers(excerpt)
    sightings = _Sightings()
    for row in sighted:
        sightings.add({**row, "case_id": excerpt.owner(row["case_id"])})
    numbers = {case_id: number for number, case_id in excerpt.cases.items()}
    places = dict(excerpt.places)
    for person in people:
        case_id, doubt, slip = case_of(person, sightings.like(person), source)
        if case_id is None:
            new = numbering.opened_again(person.values, terms.as_of.year)
            case_id = new.case_id
            numbers[case_id] = new.case_no
            unknown = terms.rules.sheets.unknown
            home = {column: person[column] for column in ("town", "village", "village_code")}
            places[case_id] = place_of(case_id, home, f"H{case_id:07}", [source], unknown)
            done.opened.append(new)
            done.events.append(_event(case_id, "opened", terms))
            done.sightings.append(_sighting(person, case_id, source))
            detail = words.added.format(case_no=new.case_no)
            if doubt is not None:
                detail = words.doubtful.format(case_no=numbers[doubt], new=new.case_no)
            code = "PERSON_ADDED" if doubt is None else "PERSON_DOUBTFUL"
            done.issues.append((*person.spot, "", code, detail))
        elif person.printed or source not in places[case_id].lists:
            if not person.printed:
                # the village names somebody from other lists
                done.sightings.append(_sighting(person, case_id, source))
                if excerpt.state(case_id).status in _REOPENED:
                    done.events.append(_event(case_id, "reopened", terms, reason="new_list"))
                lists = tuple(sorted({*places[case_id].lists, source}))
                places[case_id] = replace(places[case_id], lists=lists)
            detail = words.added_known.format(case_no=numbers[case_id])
            done.issues.append((*person.spot, "", "PERSON_ADDED", detail))
        if slip:
            detail = words.slip.format(case_no=numbers[case_id])
            done.issues.append((*person.spot, "", "NUMBER_SLIP", detail))
        done.cases[person.spot] = case_id
        sightings.add({**person.values, "case_id": case_id, "list": source})
    events = dict(excerpt.events)
    for event in done.events:
        events[event.case_id] = (*events.get(event.case_id, ()), event)
    cases = {**excerpt.cases, **{new.case_no: new.case_id for new in done.opened}}
    done.excerpt = replace(excerpt, cases=cases, places=places, events=events)
    return done


class _Sightings:
    """How people were written, by name and by number."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        for key in _looked_up_by(row):
            self._rows.setdefault(key, []).append(row)

    def like(self, person: Person) -> list[Mapping[str, Any]]:
        """The sightings that share the number or the name of a person."""
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
        or shows_end(person["id_pattern"], number)
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


def shows_end(pattern: str | None, number: str | None) -> bool:
    """Return whether a starred number shows the end of the other number and contradicts no digit
    of it.

    >>> shows_end("990101????????0117", "990101199003070117")
    True
    >>> shows_end("990101????????0117", "990101199003070125")
    False
    >>> shows_end("9901011990????????", "990101199003070117")
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


def _event(case_id: int, kind: Kind, terms: Terms, **reason: str) -> Event:
    detail = {**reason, "lists": [terms.returns.list]}
    return Event(case_id, kind, terms.as_of.isoformat(), detail)


def _sighting(person: Person, case_id: int, source: str) -> Sighting:
    return Sighting(case_id, {**person.values, "list": source})
