"""Lines of returned sheets → answers: each filled-in cell read as its column asks, or an issue."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from loubao.core.characters import folded
from loubao.core.frames import IssueRow
from loubao.ingest.fields import date as dates
from loubao.returns.identification import Identified, changed_cells
from loubao.returns.page import Line, Terms
from loubao.returns.typed_cells import plain
from loubao.rules.returns import ResultRule
from loubao.rules.sheets import SheetColumn


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
    """

    texts: Mapping[str, str]
    meaning: ResultRule | None
    visited_on: dt.date | None
    same: bool | None
    issues: tuple[IssueRow, ...]
    sound: bool

    @property
    def empty(self) -> bool:
        """Whether nothing was answered, neither about the case nor about the candidate."""
        return not self.texts and self.same is None


@dataclass(frozen=True, slots=True)
class Reply:
    """An identified line with its answer; `blocked` lines are left out as they stand."""

    origin: Identified
    answer: Answer
    blocked: bool = False

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
    days = terms.rules.sheets.village.dates
    last = issued_on + dt.timedelta(days=days.days_after)
    return Window(issued_on - dt.timedelta(days=days.days_before), min(last, terms.as_of))


def read_answers(lines: Sequence[Line], windows: Sequence[Window], terms: Terms) -> list[Answer]:
    """Return the answer of each line, in order; all dates are read together."""
    columns = [column for column in terms.columns.values() if column.kind]
    written = {
        with_year(line.cells[column.key], days.last, terms.returns.short_date)
        for line, days in zip(lines, windows, strict=True)
        for column in columns
        if column.kind == "date" and column.key in line.cells
    }
    reader = _Reader(terms, columns, frozenset(terms.rules.reading.placeholders), _days(written))
    return [reader.answer(line, days) for line, days in zip(lines, windows, strict=True)]


def with_year(text: str, last: dt.date, short_date: str) -> str:
    """Return a date text with a year: of `6.15` the last such day that is not after `last`.

    `short_date` is the pattern of dates without a year (`short_date` of rules/returns.yaml), its
    groups the month and the day. A text with a year, or of no day that exists, stays as it is.

    >>> pattern, last = "^([0-9]{1,2})[./月]([0-9]{1,2})日?$", dt.date(2022, 7, 2)
    >>> [with_year(text, last, pattern) for text in ("6.15", "６月１５日", "12/30")]
    ['2022-06-15', '2022-06-15', '2021-12-30']
    >>> with_year("2022年6月15日", last, pattern), with_year("6.31", last, pattern)
    ('2022年6月15日', '6.31')
    """
    found = re.search(short_date, plain(text))
    if not found:
        return text
    month, day = int(found[1]), int(found[2])
    for year in (last.year, last.year - 1):
        try:
            date = dt.date(year, month, day)
        except ValueError:
            continue
        if date <= last:
            return date.isoformat()
    return text


def is_blank(text: str, column: SheetColumn, placeholders: Collection[str]) -> bool:
    """Return whether a cell means nothing (无, a stroke); not where that is a choice of its column.

    >>> remark = SheetColumn.model_construct(key="remark", kind="text")
    >>> is_blank("无", remark, {"无", "/", "0"}), is_blank("／", remark, {"无", "/", "0"})
    (True, True)
    >>> ill = SheetColumn.model_construct(key="ill", kind="choice", choices=("有", "无"))
    >>> is_blank("无", ill, {"无", "/", "0"})
    False
    >>> is_blank("0", SheetColumn.model_construct(key="size", kind="integer"), {"无", "/", "0"})
    False
    """
    if text not in placeholders and plain(text) not in placeholders:
        return False
    return text not in column.choices and not (column.kind == "integer" and text.isdecimal())


def choice_of(
    text: str, choices: Sequence[str], results: Mapping[str, ResultRule] | None = None
) -> str | None:
    """Return the choice that a cell names, in the rules' spelling; None where it names none.

    `results` have further spellings (`also`) of some choices.

    >>> fit = {"已核查符合": ResultRule(result="eligible", also=("核查符合", "符合"))}
    >>> choices = ("已核查符合", "疑难")
    >>> choice_of(" 已核查 符合", choices), choice_of("符合", choices, fit)
    ('已核查符合', '已核查符合')
    >>> choice_of("符合", choices), choice_of("符合条件", choices, fit)
    (None, None)
    """
    bare = folded(plain(text))
    for choice in choices:
        if bare == folded(plain(choice)):
            return choice
    for choice, meaning in (results or {}).items():
        if choice in choices and bare in (folded(plain(each)) for each in meaning.also):
            return choice
    return None


def count_of(text: str, units: Sequence[str]) -> int | None:
    """Return the count that a cell names, also behind a decimal point or before one of `units`.

    >>> [count_of(text, ("人", "口")) for text in ("3", "３ 人", "3.0", "4口", "三", "3户", "-1")]
    [3, 3, 3, 4, None, None, None]
    """
    unit = "|".join(map(re.escape, units))
    number = re.fullmatch(rf"([0-9]{{1,6}})(?:\.0+)?(?:{unit})?", plain(text))
    return None if number is None else int(number[1])


def _days(texts: Collection[str]) -> dict[str, dt.date]:
    """The day that each text names; texts that name none are left out.

    >>> _days({"2022年7月5日", "44747", "上周", "2022-06-31"}) == {
    ...     "2022年7月5日": dt.date(2022, 7, 5), "44747": dt.date(2022, 7, 5)}
    True
    """
    ordered = sorted(texts)
    days = dates.parse(pl.Series(ordered, dtype=pl.String))["date"]
    return {text: day for text, day in zip(ordered, days, strict=True) if day is not None}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the cells of lines; `days` are those of all date texts."""

    terms: Terms
    columns: Sequence[SheetColumn]
    placeholders: frozenset[str]
    days: Mapping[str, dt.date]

    def answer(self, line: Line, days: Window) -> Answer:
        returns = self.terms.returns
        texts: dict[str, str] = {}
        issues: dict[str, IssueRow] = {}
        for column in self.columns:
            text = line.cells.get(column.key)
            if text is None or is_blank(text, column, self.placeholders):
                continue
            read = self._read(text, column, days)
            if isinstance(read, tuple):
                issues[column.key] = line.issue(line.headers.get(column.key, column.header), *read)
                read = text
            texts[column.key] = read
        # an invalid verdict does not prevent the posting of the answer on the case
        sound = not issues.keys() - {"same_person"}
        same = returns.same_person.get(texts.pop("same_person", ""))
        visited = "visited_on" in texts and "visited_on" not in issues
        meaning = returns.results.get(texts.get("result", ""))
        missing = self._missing(line, texts, meaning)
        return Answer(
            texts=texts,
            meaning=meaning,
            visited_on=dt.date.fromisoformat(texts["visited_on"]) if visited else None,
            same=same,
            issues=(*issues.values(), *missing),
            sound=sound and meaning is not None and not missing,
        )

    def _read(self, text: str, column: SheetColumn, days: Window) -> str | tuple[str, str]:
        """The cell in the rules' spelling, or what is wrong with it: `(code, detail)`."""
        returns, words = self.terms.returns, self.terms.words
        if column.kind == "choice":
            results = returns.results if column.key == "result" else None
            choice = choice_of(text, column.choices, results)
            choices = "、".join(column.choices)
            return choice or ("ANSWER_NOT_CHOICE", words.not_a_choice.format(choices=choices))
        if column.kind == "date":
            date = self.days.get(with_year(text, days.last, returns.short_date))
            if date is None:
                return "DATE_UNREADABLE", words.date_unreadable
            if not days.first <= date <= days.last:
                first, last = days.first.isoformat(), days.last.isoformat()
                return "VISIT_DATE_OUTSIDE", words.date_outside.format(first=first, last=last)
            return date.isoformat()
        if column.kind == "integer":
            count = count_of(text, returns.units)
            if count is None or not column.least <= count <= column.most:
                bounds = words.not_a_number.format(least=column.least, most=column.most)
                return "ANSWER_NOT_NUMBER", bounds
            return str(count)
        return " ".join(text.split())

    def _missing(
        self, line: Line, texts: Mapping[str, str], meaning: ResultRule | None
    ) -> list[IssueRow]:
        """An issue for each column that the result asks for and that is not filled in."""
        if meaning is None:
            return []
        # the office's list shows the kind of aid that the village proposed
        known = {"proposed_type"} if line.answer is not None else set()
        detail = self.terms.words.needed.format(result=texts["result"])
        return [
            line.issue(line.headers.get(key, self.terms.headers[key]), "ANSWER_NEEDED", detail)
            for key in meaning.needs
            if key not in texts and key not in known
        ]
