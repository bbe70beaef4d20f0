"""People that a village added to its sheet by hand: read, then identified as a case or given one.

Their lines are read like the rows of a source list. Whoever has no case (`likeness.case_of`) gets a
new one, and the clerk sees which case it may be.

What else the village wrote on the line stays with the event that opens or reopens the case
(`written`, by key of the column; `clue`, the sentence for the next sheet).
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
from loubao.ledger.case_file import place_of
from loubao.ledger.lookup import Excerpt
from loubao.ledger.numbering import Numbering
from loubao.ledger.status import standing
from loubao.returns.likeness import Person, Sightings, case_of
from loubao.returns.page import KEYS, Line, Spot
from loubao.returns.terms import Terms
from loubao.returns.typed_cells import plain

#: Columns of the village sheet that identify a person → the field.
_FIELDS = ("name", "id_number", "sex", "village", "address", "phone")
#: Columns that go into the sighting, or number the line.
_WHO = frozenset({"case_no", "name", "id_number", "sex", "village", "address"})
#: Columns whose words need no header in a sentence.
_PLAIN = ("clues", "remark")
_RESULT = "result"
_LONGEST = 40  # characters of a cell in the words of an issue
_REOPENED = ("ineligible", "closed")  # by a list that is new to them


class Village(NamedTuple):
    """A town and a village as printed."""

    town: str
    village: str


@dataclass
class Newcomers:
    """People added by hand, and what is to be posted before their answers.

    excerpt  what the ledger has, with the cases and events of the people
    cases    the case of each line that names somebody
    kept     the lines of which the ledger has every word with the case, now or before, or an issue
             says every word
    """

    excerpt: Excerpt
    cases: dict[Spot, int] = field(default_factory=dict)
    kept: set[Spot] = field(default_factory=set)
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
    by_place = {line.place: line for line in lines}
    texts = rows.select(*frames.PLACE, pl.col(*frames.WRITTEN).cast(pl.String))
    for row in texts.iter_rows(named=True):
        spot = (row["file"], row["sheet"], row["row"])
        name = row["name"] or ""
        if spot in odd or not name:
            continue
        if is_no_name(name, returns.longest_name) or plain(name) in terms.no_names:
            issues.append((*spot, "", "NAME_ODD", terms.words.not_a_name))
            continue
        values = {column: row[column] for column in frames.WRITTEN}
        line = by_place[spot]
        printed = KEYS.isdisjoint(line.headers)
        people.append(Person(spot, values, printed, _written(line, terms)))
    return people, issues


def _written(line: Line, terms: Terms) -> dict[str, str]:
    """What a line says beside who the person is."""
    return {
        key: " ".join(text.split())
        for key, text in line.cells.items()
        if key in terms.columns and key not in _WHO and not terms.is_blank(text, key)
    }


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
    source = terms.returns.list
    sightings = Sightings()
    for row in sighted:
        sightings.add({**row, "case_id": excerpt.owner(row["case_id"])})
    desk = _Desk(excerpt, numbering, terms)
    done = desk.done
    for person in people:
        case_id, doubt, slip = case_of(person, sightings.like(person), source)
        if case_id is None:
            case_id = desk.open(person, doubt)
        else:
            desk.name_again(person, case_id)
        if slip:
            detail = terms.words.slip.format(case_no=desk.numbers[case_id])
            done.issues.append((*person.spot, "", "NUMBER_SLIP", detail))
        done.cases[person.spot] = case_id
        sightings.add({**person.values, "case_id": case_id, "list": source})
    events = dict(excerpt.events)
    for event in done.events:
        events[event.case_id] = (*events.get(event.case_id, ()), event)
    cases = {**excerpt.cases, **{new.case_no: new.case_id for new in done.opened}}
    done.excerpt = replace(excerpt, cases=cases, places=desk.places, events=events)
    return done


class _Desk:
    """Opens cases for people added by hand, and puts others to the case that they have."""

    def __init__(self, excerpt: Excerpt, numbering: Numbering, terms: Terms) -> None:
        self.excerpt, self.numbering, self.terms = excerpt, numbering, terms
        self.done = Newcomers(excerpt)
        self.numbers = {case_id: number for number, case_id in excerpt.cases.items()}
        self.places = dict(excerpt.places)

    def open(self, person: Person, doubt: int | None) -> int:
        """Open a case for a person, who may be that of the case `doubt`; return its id."""
        words, source = self.terms.words, self.terms.returns.list
        new = self.numbering.opened_again(person.values, self.terms.as_of.year)
        self.numbers[new.case_id] = new.case_no
        home = {column: person[column] for column in ("town", "village", "village_code")}
        self.places[new.case_id] = place_of(
            new.case_id, home, f"H{new.case_id:07}", [source], self.terms.rules.sheets.unknown
        )
        self.done.opened.append(new)
        self._add_event(person, new.case_id, "opened")
        self.done.sightings.append(_sighting(person, new.case_id, source))
        if doubt is None:
            self._say(person, "PERSON_ADDED", words.added.format(case_no=new.case_no))
        else:
            detail = words.doubtful.format(case_no=self.numbers[doubt], new=new.case_no)
            self._say(person, "PERSON_DOUBTFUL", detail)
        return new.case_id

    def name_again(self, person: Person, case_id: int) -> None:
        """Put a person to a case: the village names somebody from other lists, or names them again.

        What an event of the case does not keep of the line is said.
        """
        words, source = self.terms.words, self.terms.returns.list
        opened = (event for event in self.done.events if event.case_id == case_id)
        before = standing((*self.excerpt.events.get(case_id, ()), *opened)).status
        known = person.printed or source in self.places[case_id].lists
        if any(
            e.detail.get("written") == person.written for e in self.excerpt.events.get(case_id, ())
        ):
            self.done.kept.add(person.spot)
        if not known:
            self.done.sightings.append(_sighting(person, case_id, source))
            if before in _REOPENED:
                self._add_event(person, case_id, "reopened", reason="new_list")
            lists = tuple(sorted({*self.places[case_id].lists, source}))
            self.places[case_id] = replace(self.places[case_id], lists=lists)
        lost = [] if person.printed or person.spot in self.done.kept else self._shown(person)
        if person.printed or not known or lost:
            status = self.terms.rules.screening.follow_up.statuses[before]
            detail = words.added_known.format(case_no=self.numbers[case_id], status=status)
            if lost:
                detail += words.not_kept.format(columns="、".join(lost))
                if _RESULT not in person.written:
                    self.done.kept.add(person.spot)  # every word is told here
            self._say(person, "PERSON_ADDED", detail)

    def _shown(self, person: Person) -> list[str]:
        """What a line says that no answer keeps, with the headers; all of it without a result."""
        columns, words = self.terms.columns, self.terms.words
        discretion = self.terms.rules.discretion
        return [
            words.kept.format(column=columns[key].header, text=discretion.text(text[:_LONGEST]))
            for key, text in person.written.items()
            if columns[key].kind is None or _RESULT not in person.written
        ]

    def _add_event(self, person: Person, case_id: int, kind: Kind, **reason: str) -> None:
        detail: dict[str, Any] = {**reason, "lists": [self.terms.returns.list]}
        if person.written:
            detail |= {"written": dict(person.written), "clue": clue_of(person, self.terms)}
        on = self.terms.as_of.isoformat()
        self.done.events.append(Event(case_id, kind, on, detail))
        self.done.kept.add(person.spot)

    def _say(self, person: Person, code: str, detail: str) -> None:
        self.done.issues.append((*person.spot, "", code, detail))


def clue_of(person: Person, terms: Terms) -> str:
    """Return what the next sheet says of somebody whom a village added: why, what for, found by."""
    words, written = terms.words, person.written
    said = [
        written[key]
        if key in _PLAIN
        else words.kept.format(column=terms.headers[key], text=written[key])
        for key in terms.returns.reported
        if key in written
    ]
    return str(words.between.join(said))


def _sighting(person: Person, case_id: int, source: str) -> Sighting:
    return Sighting(case_id, {**person.values, "list": source})
