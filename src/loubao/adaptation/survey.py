"""DATA as a rules folder understands it: which files, which columns, who is on them, what is left.

The same steps as those of `match` and `check`, but nothing is refused: what they would stop at is
what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatch
from functools import cached_property
from pathlib import PurePosixPath

import polars as pl

from loubao.adaptation.column_kinds import Kinds
from loubao.core.frames import Sheet
from loubao.ingest.records import records as records_of
from loubao.ingest.sheets.account import Part, part_of, untrusted
from loubao.ingest.sheets.claim_words import said, settled
from loubao.ingest.sheets.evidence import evidence
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.header import columns_of_row, fits
from loubao.ingest.sheets.identify import claim
from loubao.ingest.sheets.paired_files import joined
from loubao.ingest.sheets.people_signs import has_number, lists_people
from loubao.ingest.sheets.versions import holding
from loubao.ingest.sheets.vocabulary import (
    Vocabulary,
    lexicon,
    plain,
    vocabulary,
)
from loubao.ingest.unread_cover import unread_cover
from loubao.rules.asked import Asked
from loubao.rules.folder import Rules

_FEWEST_HEADERS = 2
_LONGEST_HEADER = 30
#: A number of a person, a telephone, an account; a day has eight digits.
_LONG_NUMBER = re.compile(r"\d(?:[\s-]?\d){9}")


@dataclass(frozen=True)
class Exports:
    """What was read of DATA once: every sheet, and the files that could not be read, with why."""

    sheets: Sequence[Sheet]
    refused: Mapping[str, str]
    #: (file, sheet, place, row of the header) → what the cells of a column are, once looked at
    kinds: dict[tuple[str, str, str, int], Kinds] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """A sheet read as a list, as far as its header goes: `fit` may lack what the list needs."""

    list_name: str
    sheet: Sheet
    fit: Fit
    #: whether `match` would read it so
    whole: bool
    #: rows of people, where it is read; else every row below the header may be one
    peopled: int | None = None

    @property
    def rows(self) -> int:
        """How many rows are people's, as far as that is known."""
        return self.body.height if self.peopled is None else self.peopled

    @property
    def body(self) -> pl.DataFrame:
        """The cells below the header."""
        return self.sheet.cells.slice(self.fit.start + self.fit.depth)


@dataclass(frozen=True)
class Survey:
    """What is known of DATA.

    `unclaimed`: files of no list, with why; `parts`: the tables of those that are; `faults`: what
    `check` would stop at.
    """

    rules: Rules
    asked: Asked
    exports: Exports
    files: Mapping[str, Sequence[Sheet]]
    refused: Mapping[str, str]
    unclaimed: Mapping[str, str]
    parts: Sequence[Part]
    faults: Sequence[str]
    as_of: date
    _fits: dict[tuple[str, str], dict[str, Fit]] = field(default_factory=dict)

    @cached_property
    def readings(self) -> list[Reading]:
        """Every sheet whose list is settled, by the rules or by its name alone."""
        found = [
            Reading(
                part.claimed.list_name,
                part.claimed.sheet,
                part.claimed.fit,
                True,
                part.extract.rows["row"].n_unique(),
            )
            for part in self.parts
            if part.claimed.fit is not None and part.extract is not None
        ]
        for file in self.unclaimed:
            for sheet in self.files[file]:
                name = self.presumed(sheet)
                if name is not None:
                    found.append(Reading(name, sheet, self.fit_as(sheet, name), False))
        return found

    @cached_property
    def records(self) -> pl.DataFrame | None:
        """Everybody on the files that are read; None where none is."""
        read = any(part.extract is not None and part.extract.rows.height for part in self.parts)
        return records_of(self.parts, self.rules, self.as_of)[0] if read else None

    def kinds(self, reading: Reading, place: str) -> Kinds:
        """Return what the cells of a column are."""
        key = (reading.sheet.file, reading.sheet.name, place, reading.fit.start)
        if key not in self.exports.kinds:
            self.exports.kinds[key] = Kinds(reading.body[place], self.rules)
        return self.exports.kinds[key]

    def presumed(self, sheet: Sheet) -> str | None:
        """Return the list of an unclaimed sheet whose rules or names say one, and no column denies.

        Then its headers are asked, not its list; None where nothing is to be asked of them.
        """
        lists = self.rules.lists
        by_rule = settled(sheet, lists)
        stem = plain(PurePosixPath(sheet.file).stem)
        names = by_rule or sorted(said(plain(sheet.name), lists).lists or said(stem, lists).lists)
        if len(names) != 1 or sheet.cells.is_empty():
            return None
        (name,) = names
        told = self.told(sheet)
        if not by_rule and told and name not in told:
            return None
        fit = self.fit_as(sheet, name)
        body = sheet.cells.slice(fit.start + fit.depth)
        open_columns = any(is_open(column, body) for column in fit.columns)
        return name if open_columns and (fit.missing or fit.found < _FEWEST_HEADERS) else None

    def told(self, sheet: Sheet) -> list[str]:
        """Return the lists that the columns of a sheet tell."""
        found = evidence(sheet, self.fits(sheet), self.rules)
        return found.best() if found.own else []

    def fits(self, sheet: Sheet) -> dict[str, Fit]:
        """Return each list that has headers in a sheet, and how it reads them."""
        key = (sheet.file, sheet.name)
        if key not in self._fits:
            found = fits(sheet, list(self._words.values()), self.rules.reading)
            self._fits[key] = {fit.list_name: fit for fit in found}
        return self._fits[key]

    @cached_property
    def _words(self) -> dict[str, Vocabulary]:
        return {n: vocabulary(rule, self.rules.reading) for n, rule in self.rules.lists.items()}

    def fit_as(self, sheet: Sheet, name: str) -> Fit:
        """Return how a list reads a sheet; where it has too few of the headers, a header guessed.

        The guess is the first row that is filled like a header.
        """
        fit = self.fits(sheet).get(name)
        if fit is not None:
            return fit
        start = header_row(sheet, self.rules.reading.header_depth)
        (_, *row), places = sheet.cells.row(start), sheet.cells.columns[1:]
        words = self._words[name]
        columns = columns_of_row(row, places, words, lexicon([words], self.rules.reading))
        found = {column.field for column in columns}
        specs = words.rule.fields.items()
        missing = tuple(spec.label for f, spec in specs if spec.required and f not in found)
        return Fit(name, start, 1, columns, missing)


def survey(exports: Exports, rules: Rules, asked: Asked, as_of: date) -> Survey:
    """Return what `rules` understand of the files."""
    ignore = rules.reading.ignore
    files: dict[str, list[Sheet]] = {}
    for sheet in exports.sheets:
        if not matches(sheet.file, ignore):
            files.setdefault(sheet.file, []).append(sheet)
    refused = {f: why for f, why in exports.refused.items() if not matches(f, ignore)}
    unclaimed: dict[str, str] = {}
    parts: list[Part] = []
    for file, sheets in sorted(files.items()):
        claimed, faults = claim(sheets, rules)
        if faults:
            unclaimed[file] = "；".join(fault.removeprefix(f"{file}：") for fault in faults)
        parts += [part_of(each, rules) for each in claimed]
    parts.sort(key=lambda p: (p.claimed.list_name, p.claimed.sheet.file, p.claimed.position))
    parts = joined(parts, rules)
    held, unclear = holding(parts, rules, as_of)
    told = [*refused.values(), *(f"{file}：{why}" for file, why in unclaimed.items()), *unclear]
    faults = [*told, *untrusted(held, rules, True, told), *unread_cover(held, rules)]
    return Survey(rules, asked, exports, files, refused, unclaimed, held, faults, as_of)


def matches(file: str, patterns: Sequence[str]) -> bool:
    """Return whether the name or the path of a file is one of `patterns`, as in a shell.

    >>> matches("6月/通知3.docx", ["通知*.docx"]), matches("通知.xls", ["通知*.docx"])
    (True, False)
    """
    names = (PurePosixPath(file).name, file)
    return any(fnmatch(name, pattern) for name in names for pattern in patterns)


def people_in(sheet: Sheet, rules: Rules) -> int:
    """Return how many rows of a sheet hold a number of a person; of names alone, how many rows."""
    numbers = sum(has_number(cells) for _, *cells in sheet.cells.iter_rows())
    return numbers or (sheet.cells.height if lists_people(sheet, rules) else 0)


def is_open(column: Column, body: pl.DataFrame) -> bool:
    """Return whether a column holds something and no rule says what it is.

    A header with somebody's number in it is none that a rule could have.
    """
    if column.field is not None or column.ignored or _LONG_NUMBER.search(column.header):
        return False
    return body[column.place].count() > 0


def header_row(sheet: Sheet, depth: int) -> int:
    """Return which row (from 0) looks most like a header: the first that is filled like the rest.

    >>> cells = {"row": [1, 2, 3], "0": ["名册", "甲", "a"], "1": [None, "乙", "b"]}
    >>> from loubao.core.frames import ISSUES, empty
    >>> header_row(Sheet("x.csv", "", pl.DataFrame(cells), 0, (), empty(ISSUES)), 30)
    1
    """
    rows = sheet.first(depth)
    widths = [sum(cell is not None for cell in row) for row in rows]
    most = max(widths, default=0)
    for at, (row, width) in enumerate(zip(rows, widths, strict=True)):
        short = all(len(cell) <= _LONGEST_HEADER for cell in row if cell is not None)
        if width * 2 > most and short and not has_number(row):
            return at
    return 0
