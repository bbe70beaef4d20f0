"""Lines of returned sheets → answers: each filled-in cell read as its column asks, or an issue.

The result decides whether a line is an answer. Of any other column a cell that cannot be read does
not hold it up: the words are kept as a remark, and an issue names them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from loubao.core.frames import IssueRow
from loubao.ingest.fields import date as dates
from loubao.returns.identification import Identified, changed_cells
from loubao.returns.page import Line
from loubao.returns.terms import Terms
from loubao.returns.ticked_boxes import is_unclear, ticked
from loubao.returns.typed_cells import choice_of, count_of, plain, says_ditto, with_year
from loubao.rules.returns import ResultRule
from loubao.rules.sheet_columns import SheetColumn
from loubao.rules.sheets import visit_window

_LONGEST_SHOWN = 24  # characters of a cell in an issue


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a visit may have been."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a village on one line.

    texts       each filled-in cell by key of its column, choices in the rules' spelling
    meaning     the meaning of the chosen result; None where none, or no valid one, was chosen
    visited_on  the day of the visit
    same        whether the person is the candidate (a verdict on the pair, no answer of the case)
    sound       the answer may be posted: no issue prevents it
    undated     a day was written, and it is not known which
    """

    texts: Mapping[str, str]
    meaning: ResultRule | None
    visited_on: dt.date | None
    same: bool | None
    issues: tuple[IssueRow, ...]
    sound: bool
    undated: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was answered, neither about the case nor about the candidate."""
        return not self.texts and self.same is None


@dataclass(frozen=True, slots=True)
class Reply:
    """An identified line with its answer; `blocked` lines are left out as they stand.

    `kept`: the line was added by hand, and the ledger has its words with the case.
    """

    origin: Identified
    answer: Answer
    blocked: bool = False
    kept: bool = False

    @property
    def place(self) -> str:
        """The place of the line, as a clerk reads it."""
        line = self.origin.line
        sheet = f"“{line.sheet}”" if line.sheet else ""
        return f"{line.file}{sheet}第{line.row}行"

    def day(self, as_of: dt.date) -> str:
        """Return the day of the answer (ISO): that of the visit, else of the collecting."""
        return (self.answer.visited_on or as_of).isoformat()


def read_replies(
    lines: Sequence[Identified], issued_on: Sequence[dt.date], terms: Terms
) -> tuple[list[Reply], list[IssueRow]]:
    """Return the answer of each line, and the issues of the printed cells that were changed.

    `issued_on`: for each line the day of its sheet. A line is blocked where another person was
    written over the printed one. On a line without an answer, changed cells are an issue only where
    they block it.
    """
    windows = [window(day, terms) for day in issued_on]
    answers = read_answers([each.line for each in lines], windows, terms)
    replies: list[Reply] = []
    issues: list[IssueRow] = []
    for each, answer in zip(lines, answers, strict=True):
        changes, overwritten = changed_cells(each, terms)
        if overwritten or not answer.empty:
            issues += changes
        replies.append(Reply(each, answer, blocked=overwritten))
    return replies, issues


def window(issued_on: dt.date, terms: Terms) -> Window:
    """Return the days of visits of a sheet issued on a day: as printed on it, none after today."""
    first, last = visit_window(terms.rules.sheets.village, issued_on)
    return Window(first, min(last, terms.as_of))


def read_answers(lines: Sequence[Line], windows: Sequence[Window], terms: Terms) -> list[Answer]:
    """Return the answer of each line, in order; all dates are read together."""
    columns = [column for column in terms.columns.values() if column.kind]
    written = {
        _dated(line.cells[column.key], days, terms)
        for line, days in zip(lines, windows, strict=True)
        for column in columns
        if column.kind == "date" and column.key in line.cells
    }
    reader = _Reader(terms, columns, _days(written))
    return [reader.answer(line, days) for line, days in zip(lines, windows, strict=True)]


def _dated(text: str, days: Window, terms: Terms) -> str:
    """A date text with a year and without the part of the day."""
    bare = re.sub(terms.returns.day_part, "", text.strip())
    return with_year(bare, days.last, terms.returns.short_date)


def _days(texts: Collection[str]) -> dict[str, dt.date]:
    """The day that each text names; texts that name none are left out.

    >>> _days({"2022年7月5日", "44747", "上周", "2022-06-31"}) == {
    ...     "2022年7月5日": dt.date(2022, 7, 5), "44747": dt.date(2022, 7, 5)}
    True
    """
    ordered = sorted(texts)
    days = dates.parse(pl.Series(ordered, dtype=pl.String))["date"]
    return {text: day for text, day in zip(ordered, days, strict=True) if day is not None}


class _Odd(NamedTuple):
    """Words that a column does not take: code and detail where its line is left out, and what the
    column takes.
    """

    code: str
    detail: str
    expected: str


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the cells of lines; `days` are those of all date texts."""

    terms: Terms
    columns: Sequence[SheetColumn]
    days: Mapping[str, dt.date]

    def answer(self, line: Line, days: Window) -> Answer:
        returns = self.terms.returns
        texts: dict[str, str] = {}
        odd: dict[str, _Odd] = {}
        written = self._written(line)
        for column in self.columns:
            if column.key in written:
                read = self._read(written[column.key], column, days)
                if isinstance(read, _Odd):
                    odd[column.key] = read
                else:
                    texts[column.key] = read
        meaning = returns.results.get(texts.get("result", ""))
        missing = self._missing(line, written, texts, meaning) or self._unfounded(
            line, texts, meaning
        )
        same = returns.same_person.get(texts.pop("same_person", ""))
        taken = meaning is not None and not missing
        if taken:
            texts |= self._remark(texts, written, odd)
        else:
            texts |= {key: written[key] for key in odd if key != "same_person"}
        visited = texts.get("visited_on") if "visited_on" not in odd else None
        return Answer(
            texts=texts,
            meaning=meaning,
            visited_on=dt.date.fromisoformat(visited) if visited else None,
            same=same,
            issues=(*self._issues(line, written, odd, taken), *missing),
            sound=taken,
            undated="visited_on" in odd,
        )

    def _written(self, line: Line) -> dict[str, str]:
        """The cells that say something, by key of the column."""
        cells = {column.key: line.cells.get(column.key) for column in self.columns}
        return {k: text for k, text in cells.items() if text and not self.terms.is_blank(text, k)}

    def _read(self, text: str, column: SheetColumn, days: Window) -> str | _Odd:
        """The cell in the rules' spelling, or what is wrong with it."""
        if says_ditto(text, column.key, self.terms.returns.ditto):
            nothing = self.terms.words.nothing_above
            return _Odd("ANSWER_NOT_CHOICE", nothing, nothing)
        if column.kind == "choice":
            return self._choice(text, column)
        if column.kind == "date":
            return self._day(text, days)
        if column.kind == "integer":
            return self._number(text, column)
        return " ".join(text.split())

    def _choice(self, text: str, column: SheetColumn) -> str | _Odd:
        returns, words = self.terms.returns, self.terms.words
        if column.key == "result":
            also = {choice: rule.also for choice, rule in returns.results.items()}
            choice = choice_of(text, column.choices, also)
        else:
            choice = choice_of(text, column.choices, returns.also.get(column.key))
            choice = choice or choice_of(text, (), returns.tells.get(column.key))
        expected = words.not_a_choice.format(choices="、".join(column.choices))
        if choice:
            return choice
        if several := ticked(text, column.labels, self.terms.signs):
            expected = words.several_ticks.format(ticked="、".join(several))
        elif is_unclear(text, self.terms.signs):
            expected = words.unclear_tick
        return _Odd("ANSWER_NOT_CHOICE", expected, expected)

    def _day(self, text: str, days: Window) -> str | _Odd:
        words = self.terms.words
        first, last = days.first.isoformat(), days.last.isoformat()
        expected = words.a_day.format(first=first, last=last, as_of=self.terms.as_of.isoformat())
        date = self.days.get(_dated(text, days, self.terms))
        if date is None:
            return _Odd("DATE_UNREADABLE", words.date_unreadable, expected)
        if not days.first <= date <= days.last:
            detail = words.date_outside.format(first=first, last=last)
            return _Odd("VISIT_DATE_OUTSIDE", detail, expected)
        return date.isoformat()

    def _number(self, text: str, column: SheetColumn) -> str | _Odd:
        returns, words = self.terms.returns, self.terms.words
        spelt = choice_of(text, (), returns.also.get(column.key))
        spelt = spelt or choice_of(text, (), returns.tells.get(column.key))
        count = count_of(spelt or text, returns.units)
        if count is None or not column.least <= count <= column.most:
            bounds = {"least": column.least, "most": column.most}
            detail = words.not_a_number.format(**bounds)
            return _Odd("ANSWER_NOT_NUMBER", detail, words.a_number.format(**bounds))
        return str(count)

    def _remark(
        self, texts: Mapping[str, str], written: Mapping[str, str], odd: Collection[str]
    ) -> dict[str, str]:
        """The remark of a line with the words that no column of the ledger takes."""
        words, tells = self.terms.words, self.terms.returns.tells
        kept = [key for key in written if key in odd or choice_of(written[key], (), tells.get(key))]
        if not kept:
            return {}
        said = [
            words.kept.format(column=self.terms.headers[key], text=" ".join(written[key].split()))
            for key in kept
        ]
        return {"remark": words.between.join([*filter(None, [texts.get("remark")]), *said])}

    def _issues(
        self, line: Line, written: Mapping[str, str], odd: Mapping[str, _Odd], taken: bool
    ) -> Iterator[IssueRow]:
        """An issue of each cell that cannot be read; `taken`: its words are kept as a remark."""
        words, discretion = self.terms.words, self.terms.rules.discretion
        for key, each in odd.items():
            header = line.headers.get(key, self.terms.headers[key])
            if taken:
                text = discretion.text(" ".join(written[key].split())[:_LONGEST_SHOWN])
                detail = words.as_remark.format(text=text, expected=each.expected)
                yield line.issue(header, "ANSWER_AS_REMARK", detail)
            else:
                yield line.issue(header, each.code, each.detail)

    def _unfounded(
        self, line: Line, texts: Mapping[str, str], meaning: ResultRule | None
    ) -> list[IssueRow]:
        """An issue where somebody is refused only for aid that is no cover."""
        key = self.terms.returns.no_ground.read
        if meaning is None or meaning.result != "ineligible" or key not in texts:
            return []
        rolls = self.terms.no_ground(texts[key])
        if not rolls:
            return []
        detail = self.terms.words.no_ground.format(rolls="、".join(rolls))
        header = line.headers.get(key, self.terms.headers[key])
        return [line.issue(header, "REASON_NO_COVER", detail)]

    def _missing(
        self,
        line: Line,
        written: Mapping[str, str],
        texts: Mapping[str, str],
        meaning: ResultRule | None,
    ) -> list[IssueRow]:
        """An issue for each column that the result asks for and that is not filled in.

        Words that are no choice are filled in; a reason that says nothing is not.
        """
        if meaning is None:
            return []
        # the office's list shows the kind of aid that the village proposed
        known = {"proposed_type"} if line.answer is not None else set()
        detail = self.terms.words.needed.format(result=texts["result"])
        nothing = self.terms.rules.reading.placeholders
        return [
            line.issue(line.headers.get(key, self.terms.headers[key]), "ANSWER_NEEDED", detail)
            for key in meaning.needs
            if key not in known
            and (
                key not in written
                or (self.terms.columns[key].kind == "text" and plain(written[key]) in nothing)
            )
        ]
