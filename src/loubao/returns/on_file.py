"""What the ledger has of the cases that came back, as the checking of returned sheets needs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from loubao.core.events import Event, State
from loubao.ledger.status import standing
from loubao.returns.page import HIDDEN_CASE, HIDDEN_EDITION, IssueRow, Line, plain
from loubao.rules.returns import Returns

#: Kinds of events that carry an answer.
ANSWERS = ("verified", "applied", "enrolled")
_KEY_DIGITS = 8  # of an edition's digest, in the key that its rows carry
_PERSON = ("name", "id_number")


@dataclass(frozen=True, slots=True)
class IssuedSheet:
    """An edition of a village's sheet; `newest` is the number of the one in force."""

    month: str
    town: str
    village: str
    village_code: str
    number: int
    newest: int
    issued_on: str
    digest: str

    @property
    def superseded(self) -> bool:
        """Whether a later edition of the same month has taken its place."""
        return self.number < self.newest


class Home(NamedTuple):
    """Where a case belongs, as printed, and whose household it is."""

    town: str
    village: str
    village_code: str
    household: str


@dataclass(frozen=True)
class OnFile:
    """The cases by number, their events, and the lines of the sheets that went out.

    `owners` says in which case a merged one lives on; `sent_on` the editions with a case of which a
    line came back without its key; `judged` what was said of `(case, other)`: whether the same, and
    on which day, oldest first.
    """

    cases: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[int, int] = field(default_factory=dict)
    samples: frozenset[int] = frozenset()
    lists: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    homes: Mapping[int, Home] = field(default_factory=dict)
    events: Mapping[int, tuple[Event, ...]] = field(default_factory=dict)
    sheets: Mapping[int, IssuedSheet] = field(default_factory=dict)
    rows: Mapping[tuple[int, int], tuple[Mapping[str, Any], Mapping[str, Any] | None]] = field(
        default_factory=dict
    )
    sent_on: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    judged: Mapping[tuple[int, str], tuple[tuple[bool, str], ...]] = field(default_factory=dict)

    def owner(self, case_id: int) -> int:
        """The case in which a case lives on."""
        return self.owners.get(case_id, case_id)

    def state(self, case_id: int) -> State:
        """The standing of a case."""
        return standing(self.events[case_id])


@dataclass(frozen=True, slots=True)
class Identified:
    """A line whose case is known; `edition_id` is None where no sheet with the case went out.

    `keyed`: the edition was on the line, else it is the newest of those that it reads like; then
    `oldest` is the first of these.
    """

    line: Line
    case_id: int
    edition_id: int | None
    keyed: bool
    cells: Mapping[str, str] = field(default_factory=dict)
    candidate: Mapping[str, Any] | None = None
    oldest: int | None = None


def edition_of(key: str, on_file: OnFile) -> int | None:
    """Return the edition that a key on a line names, None where this ledger has none like it."""
    month, _, rest = plain(key).partition("/")
    number, _, digest = rest.partition("/")
    if not number.isdecimal():
        return None
    sheet = on_file.sheets.get(int(number))
    if sheet is None or sheet.month != month or sheet.digest[:_KEY_DIGITS] != digest:
        return None
    return int(number)


def identified(line: Line, on_file: OnFile, returns: Returns) -> Identified | IssueRow:
    """Return whose line it is: by its hidden keys, else by the case number as printed."""
    said = returns.said
    hidden, printed = line.numbers
    if hidden and printed in on_file.cases and hidden != printed:
        return (*line.place, _header(line, "case_no"), "KEY_MISMATCH", said.keys_differ)
    number = hidden or printed
    case_id = on_file.cases.get(number)
    if case_id is None:
        column = _header(line, HIDDEN_CASE if hidden else "case_no")
        return (*line.place, column, "CASE_UNKNOWN", said.case_unknown)
    key = line.cells.get(HIDDEN_EDITION)
    oldest = edition_id = edition_of(key, on_file) if key else None
    if key and edition_id is None:
        return (*line.place, _header(line, HIDDEN_EDITION), "KEY_UNKNOWN", said.key_unknown)
    if not key:
        alike = _likeliest(line, case_id, on_file)
        oldest, edition_id = min(alike, default=None), max(alike, default=None)
    shown, candidate = on_file.rows.get((edition_id or 0, case_id), ({}, None))
    if key and not shown:
        return (*line.place, _header(line, "case_no"), "KEY_MISMATCH", said.keys_differ)
    cells = shown.get("cells", {})
    return Identified(line, case_id, edition_id, bool(key), cells, candidate, oldest)


def _likeliest(line: Line, case_id: int, on_file: OnFile) -> list[int]:
    """Return the editions that a line without a key may be of: those it differs from least."""

    def differing(edition: int) -> int:
        shown, _ = on_file.rows[edition, case_id]
        return sum(
            plain(line.cells.get(key, "")) != plain(text)
            for key, text in shown.get("cells", {}).items()
            if key in line.headers
        )

    differences = {edition: differing(edition) for edition in on_file.sent_on.get(case_id, ())}
    least = min(differences.values(), default=0)
    return [edition for edition, count in differences.items() if count == least]


def changed_cells(
    known: Identified, unknown_words: Mapping[str, str], returns: Returns
) -> tuple[list[IssueRow], bool]:
    """Return an issue for each printed cell that was changed, and whether another person was
    written over.

    White space and line breaks are no change. To complete a starred number, or to fill in a name
    or number that was not known, is a change, but no other person.
    """
    line, said = known.line, returns.said
    issues: list[IssueRow] = []
    overwritten = False
    for key, shown in known.cells.items():
        if key not in line.headers:
            continue
        found = line.cells.get(key, "")
        if plain(found) == plain(shown):
            continue
        other = key in _PERSON and bool(found) and not _completes(found, shown, unknown_words[key])
        overwritten |= other
        code, detail = (
            ("PERSON_OVERWRITTEN", said.overwritten) if other else ("LOCKED_CHANGED", said.locked)
        )
        issues.append((*line.place, line.headers[key], code, detail))
    return issues, overwritten


def _completes(found: str, shown: str, unknown: str) -> bool:
    """Whether a cell says more of the same: something for nothing, digits for stars."""
    told, printed = plain(found).upper(), plain(shown).upper()
    if printed in {"", plain(unknown).upper()}:
        return True
    return len(told) == len(printed) and all(
        mark in {"*", char} for char, mark in zip(told, printed, strict=True)
    )


def answers_of(events: tuple[Event, ...]) -> list[Event]:
    """Return the events of a case by which a village answered, oldest first."""
    return [e for e in events if e.kind in ANSWERS and e.detail.get("by") != "roll"]


def follows(edition: int | None, other: int | None, on_file: OnFile) -> bool:
    """Whether an edition went out after another one, for another month.

    What was answered without a sheet (None) comes before every sheet.
    """
    if edition is None or other is None:
        return edition is not None
    sheets = on_file.sheets
    return edition > other and sheets[edition].month != sheets[other].month


def issued_day(known: Identified, on_file: OnFile, default: dt.date) -> dt.date:
    """Return the day from which the dates on a line are reckoned."""
    sheet = on_file.sheets.get(known.edition_id or 0)
    return dt.date.fromisoformat(sheet.issued_on) if sheet else default


def _header(line: Line, key: str) -> str:
    return line.headers.get(key, "")
