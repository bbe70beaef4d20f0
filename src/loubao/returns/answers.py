"""Lines of returned sheets → answers: each filled-in cell read as its column asks, or an issue.

Lines about known persons with their answers, and what they come to.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from loubao.core.events import Event, Judgement
from loubao.returns.on_file import Identified, OnFile, answers_of
from loubao.returns.page import IssueRow, Line, plain
from loubao.rules.returns import ResultRule, Returns
from loubao.rules.sheets import SheetColumn, Sheets

#: Reads date texts: text → day, those that cannot be read left out.
ReadDates = Callable[[Sequence[str]], Mapping[str, dt.date]]

_NUMBER = r"([0-9]{1,6})(?:\.0+)?"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a village says in a line: every filled-in cell as text, choices in the rules' spelling.

    `result` is the choice of the result, None where there is none (or a wrong one). `same_person`
    stands by itself: it is a judgement on the candidate, not on the case. `sound` is false where
    an issue keeps the line from being posted.
    """

    texts: Mapping[str, str]
    meaning: ResultRule | None
    visited_on: dt.date | None
    same: bool | None
    issues: tuple[IssueRow, ...]
    sound: bool

    @property
    def given(self) -> bool:
        """Whether anything was answered about the case."""
        return bool(self.texts)


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a visit may have been."""

    first: dt.date
    last: dt.date


def window(sheets: Sheets, issued_on: dt.date, as_of: dt.date) -> Window:
    """Return the window of a sheet issued on a day: as it was printed, and not after `as_of`."""
    dates = sheets.village.dates
    last = issued_on + dt.timedelta(days=dates.days_after)
    return Window(issued_on - dt.timedelta(days=dates.days_before), min(last, as_of))


def read_answers(
    lines: Sequence[tuple[Line, Window]],
    sheets: Sheets,
    returns: Returns,
    placeholders: Iterable[str],
    read_dates: ReadDates,
) -> list[Answer]:
    """Return the answer of each line, in order; dates are read in one go."""
    columns = [column for column in sheets.village.columns if column.kind]
    dates = {column.key for column in columns if column.kind == "date"}
    blank = frozenset(placeholders)
    written = {
        with_year(line.cells[key], days, returns)
        for line, days in lines
        for key in dates
        if key in line.cells
    }
    known = read_dates(sorted(written))
    reader = _Reader(returns, blank, known)
    return [_answer(line, days, columns, reader, sheets) for line, days in lines]


def with_year(text: str, days: Window, returns: Returns) -> str:
    """Return a date text with a year: of `6.15` the last such day that is not after the window.

    >>> from types import SimpleNamespace
    >>> rules = SimpleNamespace(short_date="^([0-9]{1,2})[./月]([0-9]{1,2})日?$")
    >>> days = Window(dt.date(2022, 5, 31), dt.date(2022, 7, 2))
    >>> [with_year(text, days, rules) for text in ("6.15", "６月１５日", "12/30", "2022-06-15")]
    ['2022-06-15', '2022-06-15', '2021-12-30', '2022-06-15']
    """
    bare = plain(text)
    found = re.search(returns.short_date, bare)
    if not found:
        return text if bare != text else bare
    month, day = int(found[1]), int(found[2])
    for year in (days.last.year, days.last.year - 1):
        try:
            date = dt.date(year, month, day)
        except ValueError:
            continue
        if date <= days.last:
            return date.isoformat()
    return text


@dataclass(frozen=True, slots=True)
class _Reader:
    returns: Returns
    blank: frozenset[str]
    dates: Mapping[str, dt.date]


def _answer(
    line: Line, days: Window, columns: Sequence[SheetColumn], reader: _Reader, sheets: Sheets
) -> Answer:
    texts: dict[str, str] = {}
    issues: list[IssueRow] = []
    visited_on: dt.date | None = None
    same: bool | None = None
    returns = reader.returns
    for column in columns:
        text = line.cells.get(column.key)
        if text is None or _is_blank(text, column, reader.blank):
            continue
        read = _read(text, column, days, reader)
        if isinstance(read, tuple):
            header = line.headers.get(column.key, column.header)
            issues.append((*line.place, header, *read))
            texts[column.key] = text
            continue
        if column.key == "same_person":
            same = returns.same_person.get(read)
            continue
        texts[column.key] = read
        if column.key == "visited_on":
            visited_on = dt.date.fromisoformat(read)
    meaning = returns.results.get(texts.get("result", ""))
    sound = not any(issue for issue in issues if not _is_about(issue, "same_person", line))
    if meaning is not None:
        missing = list(_missing(line, texts, meaning, sheets, returns))
        issues += missing
        sound = sound and not missing
    texts.pop("same_person", None)
    return Answer(texts, meaning, visited_on, same, tuple(issues), sound and meaning is not None)


def _is_about(issue: IssueRow, key: str, line: Line) -> bool:
    return key in line.headers and issue[3] == line.headers[key]


def _is_blank(text: str, column: SheetColumn, blank: frozenset[str]) -> bool:
    """A stroke or 无 stands for nothing, unless the column asks for just that."""
    if text not in blank and plain(text) not in blank:
        return False
    return text not in column.choices and not (column.kind == "integer" and text.isdecimal())


def _read(text: str, column: SheetColumn, days: Window, reader: _Reader) -> str | tuple[str, str]:
    """Return the cell in the rules' spelling, or what is wrong with it: `(code, detail)`."""
    returns, said = reader.returns, reader.returns.said
    if column.kind == "choice":
        choice = _choice(text, column, returns)
        if choice is None:
            return "ANSWER_NOT_CHOICE", said.not_a_choice.format(choices="、".join(column.choices))
        return choice
    if column.kind == "date":
        date = reader.dates.get(with_year(text, days, returns))
        if date is None:
            return "DATE_UNREADABLE", said.date_unreadable
        if not days.first <= date <= days.last:
            first, last = days.first.isoformat(), days.last.isoformat()
            return "VISIT_DATE_OUTSIDE", said.date_outside.format(first=first, last=last)
        return date.isoformat()
    if column.kind == "integer":
        number = re.fullmatch(
            f"{_NUMBER}(?:{'|'.join(map(re.escape, returns.units))})?", plain(text)
        )
        if number is None or not column.least <= int(number[1]) <= column.most:
            bounds = said.not_a_number.format(least=column.least, most=column.most)
            return "ANSWER_NOT_NUMBER", bounds
        return str(int(number[1]))
    return " ".join(text.split())


def _choice(text: str, column: SheetColumn, returns: Returns) -> str | None:
    bare = plain(text)
    for choice in column.choices:
        if bare == plain(choice):
            return choice
    if column.key == "result":
        for choice, meaning in returns.results.items():
            if choice in column.choices and bare in map(plain, meaning.also):
                return choice
    return None


def _missing(
    line: Line,
    texts: Mapping[str, str],
    meaning: ResultRule,
    sheets: Sheets,
    returns: Returns,
) -> Iterator[IssueRow]:
    names = {column.key: column.header for column in sheets.village.columns}
    for key in meaning.needs:
        if key not in texts:
            header = line.headers.get(key, names[key])
            detail = returns.said.needed.format(result=texts["result"])
            yield (*line.place, header, "ANSWER_NEEDED", detail)


#: What became of a line. `added`: a person added by hand, without an answer; `out`: see the issues.
Outcome: TypeAlias = Literal[
    "untouched", "posted", "unchanged", "repeated", "judged", "added", "out"
]


@dataclass(frozen=True, slots=True)
class Reply:
    """A line about a known person with its answer; `blocked` lines are left out as they stand."""

    known: Identified
    answer: Answer
    blocked: bool = False

    @property
    def place(self) -> str:
        """Where it stands, as a clerk reads it."""
        line = self.known.line
        sheet = f"“{line.sheet}”" if line.sheet else ""
        return f"{line.file}{sheet}第{line.row}行"


@dataclass
class Verified:
    """What the replies come to; `outcomes` are in the order of the replies."""

    outcomes: list[Outcome]
    events: list[Event] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)
    #: younger case → the case it was merged into
    merged: dict[int, int] = field(default_factory=dict)
    #: the events by case
    of_case: dict[int, list[Event]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Take an event to be posted."""
        self.events.append(event)
        self.of_case.setdefault(event.case_id, []).append(event)


def lives_in(case_id: int, on_file: OnFile, done: Verified) -> int:
    """The case in which a case lives on, after this run's merges too."""
    case_id = on_file.owner(case_id)
    while case_id in done.merged:
        case_id = done.merged[case_id]
    return case_id


def day_of(reply: Reply, as_of: dt.date) -> str:
    """The day of an answer: that of the visit, else of the collecting."""
    return (reply.answer.visited_on or as_of).isoformat()


def answer_in_force(on_file: OnFile, done: Verified, case_id: int) -> Event | None:
    """The answer that holds of a case, with what this run has added."""
    added = answers_of(tuple(done.of_case.get(case_id, ())))
    if added:
        return added[-1]
    state = on_file.state(case_id)
    return next((e for e in on_file.events[case_id] if e.event_id == state.answer_event), None)


def is_dated(event: Event) -> bool:
    """Whether the day of an answer is that of the visit."""
    return "visited_on" in event.detail.get("answers", {})
