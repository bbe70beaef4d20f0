"""Several tables in one sheet, one below another.

The same header again is a skipped row (rows.py). Another header begins another table: from there on
the columns are what it says, or the people below would be read by the wrong columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import polars as pl

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet
from loubao.ingest.sheets.claim_words import said
from loubao.ingest.sheets.evidence import ways
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.header import fit_within
from loubao.ingest.sheets.row_kinds import header_again, without_number
from loubao.ingest.sheets.vocabulary import Lexicon, Vocabulary, lexicon, plain
from loubao.rules.reading import Reading

_FEWEST_HEADERS = 2
_MOST_HEADERS, _MOST_TABLES = 2000, 200  # different rows that may be one, and tables of a sheet
_NAMES = frozenset({"name", "head_name"})
_NUMBERS = frozenset({"id_number", "head_id", "certificate_no"})


class Below(NamedTuple):
    """The header of another list that stands below: its row, and the lists that it may be of."""

    row: int
    lists: frozenset[str]


def tables(
    sheet: Sheet, fit: Fit, lists: Mapping[str, Vocabulary], reading: Reading
) -> tuple[list[tuple[Sheet, Fit]], Below | None]:
    """Cut `sheet`, whose first header is `fit`, into its tables; nearly always there is one.

    The second part is where another list begins, if one does: it has a column that it needs and
    this one has no use for, or its header is whole, and none of this list; or the row above a
    header is a title that names another list.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.ingest.sheets.header import fits
    >>> from loubao.ingest.sheets.vocabulary import vocabulary
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> words = {"dibao": vocabulary(rules.lists["dibao"], rules.reading)}
    >>> cells = {
    ...     "row": [1, 2, 4, 5],
    ...     "0": ["姓名", "张三", "村居", "上浦村"],
    ...     "1": ["身份证号", "990101196003050119", "姓名", "李四"],
    ...     "2": [None, None, "身份证号", "990101196003050135"],
    ... }
    >>> sheet = Sheet("低保.xls", "", pl.DataFrame(cells), 0, (), empty(ISSUES))
    >>> (first,) = fits(sheet, [*words.values()], rules.reading)
    >>> cut, _ = tables(sheet, first, words, rules.reading)
    >>> [(table.cells["row"].to_list(), fit.fields) for table, fit in cut]
    [([1, 2], ('name', 'id_number')), ([4, 5], ('village', 'name', 'id_number'))]
    """
    words, others = lists[fit.list_name], [*lists.values()]
    quiet = _quiet(sheet, fit, words, lexicon(others, reading))
    if not quiet:
        return [(sheet, fit)], None
    heads = [fit, *_later_headers(sheet, fit, words, lexicon([words], reading), quiet)]
    starts = [0, *(head.start for head in heads[1:])]
    ends = [*starts[1:], sheet.cells.height]
    cut = [
        (_cut(sheet, start, end), replace(head, start=head.start - start))
        for start, end, head in zip(starts, ends, heads, strict=True)
    ]
    below = _another_list(sheet, words, others, reading, quiet)
    return cut, below or _titled_otherwise(sheet, fit, lists, quiet)


def _titled_otherwise(
    sheet: Sheet, fit: Fit, lists: Mapping[str, Vocabulary], quiet: _Quiet
) -> Below | None:
    """Where a header stands below a title that names other lists, and not the one above."""
    rules = {name: words.rule for name, words in lists.items()}
    for position in quiet.headed:
        title = {cell for cell in quiet.rows.get(position - 1, ()) if cell is not None}
        if quiet.headers(quiet.rows[position]) <= _FEWEST_HEADERS or len(title) != 1:
            continue
        named = said(plain(title.pop()), rules).lists
        if named and fit.list_name not in named:
            return Below(sheet.cells["row"][position], named)
    return None


def _another_list(
    sheet: Sheet, words: Vocabulary, others: Sequence[Vocabulary], reading: Reading, quiet: _Quiet
) -> Below | None:
    every, own = lexicon(others, reading), lexicon([words], reading)
    places = sheet.cells.columns[1:]
    first: dict[tuple[str | None, ...], int] = {}  # each row that is like no other, once
    for position in quiet.headed:
        first.setdefault(tuple(quiet.rows[position]), position)
    if len(first) > _MOST_HEADERS:
        raise _too_many(sheet)
    for cells, position in first.items():
        if quiet.headers(cells) <= _FEWEST_HEADERS:
            continue
        mine = fit_within([cells], places, words, own)
        used = {c.place for c in mine.columns if c.field or c.ignored} if mine else set()
        whole: dict[str, int] = {}
        for other in others:
            theirs = fit_within([cells], places, other, every)
            if theirs is None or theirs.missing or not _is_header(theirs):
                continue
            whole[other.rule.name] = len(theirs.fields)
            for way in ways(other.rule):
                columns = [theirs.columns_of(field) for field in way]
                if all(columns) and any(each[0].place not in used for each in columns):
                    return Below(sheet.cells["row"][position], frozenset([other.rule.name]))
        if whole and (mine is None or not _is_header(mine)):
            most = max(whole.values())
            lists = frozenset(name for name, fields in whole.items() if fields == most)
            return Below(sheet.cells["row"][position], lists)
    return None


@dataclass(frozen=True)
class _Quiet:
    """The rows without a number, by position; the cells among them that are headers of any list.

    `headed`: positions of the rows that have enough of these to be a header.
    """

    rows: Mapping[int, Sequence[str | None]]
    texts: frozenset[str]
    headed: Sequence[int]

    def headers(self, cells: Sequence[str | None]) -> int:
        """Return how many cells of a row are headers."""
        return sum(map(self.texts.__contains__, cells))


def _quiet(sheet: Sheet, fit: Fit, words: Vocabulary, every: Lexicon) -> _Quiet | None:
    """Return the rows below `fit` without a number; None where none can be a header."""
    below = sheet.cells.with_row_index("position").slice(fit.start + fit.depth)
    rows = {p: cells for p, _, *cells in without_number(below, fit, words.rule).iter_rows()}
    texts = {cell for cells in rows.values() for cell in cells if cell is not None}
    quiet = _Quiet(rows, frozenset(text for text in texts if every.has(text)), ())
    headed = [p for p, cells in rows.items() if quiet.headers(cells) >= _FEWEST_HEADERS]
    return replace(quiet, headed=headed) if headed else None


def _later_headers(
    sheet: Sheet, fit: Fit, words: Vocabulary, own: Lexicon, quiet: _Quiet
) -> list[Fit]:
    """Return the headers below the first that are another one than the header before.

    Looked for in the rows without a number, in those with two header texts at least, together with
    the row above and the row below: a header may have two rows.
    """
    found: list[Fit] = []
    before = fit
    read: dict[tuple[tuple[str | None, ...], ...], Fit | None] = {}
    for position in quiet.headed:
        end = before.start + before.depth
        if position < end:
            continue
        first = position - 1 if position - 1 >= end and position - 1 in quiet.rows else position
        last = position + 1 if position + 1 in quiet.rows else position
        window = tuple(tuple(quiet.rows[p]) for p in range(first, last + 1))
        if window not in read:
            read[window] = fit_within(window, sheet.cells.columns[1:], words, own)
        if len(read) > _MOST_HEADERS or len(found) > _MOST_TABLES:
            raise _too_many(sheet)
        head = read[window]
        if head is None or not _is_header(head):
            continue
        head = replace(head, start=first + head.start)
        if head.start <= position and not _same(sheet, before, head):
            found.append(head)
            before = head
    return found


def _too_many(sheet: Sheet) -> UntrustedInput:
    where = f"工作表“{sheet.name}”" if sheet.name else ""
    return UntrustedInput(
        f"{sheet.file}：{where}里有太多不同的表头，请一份名单一张表，只留一行表头"
    )


def _is_header(fit: Fit) -> bool:
    """Return whether people can be read by it.

    Most of its cells are headers; all of them, if it has no number and a required field is missing.
    """
    fields = set(fit.fields)
    headers = sum(c.field is not None or c.ignored for c in fit.columns)
    if not fit.missing or (fields & _NAMES and fields & _NUMBERS):
        return headers * 2 > len(fit.columns)
    return bool(fields & _NAMES) and headers == len(fit.columns) > _FEWEST_HEADERS


def _same(sheet: Sheet, before: Fit, again: Fit) -> bool:
    """Return whether a header is the one before, once more; cells of it may be blank."""
    meanings = {c.place: _meaning(c) for c in before.columns}
    if any(meanings.get(c.place) != _meaning(c) for c in again.columns):
        return False
    is_header = header_again(sheet, before)
    rows = sheet.cells.slice(again.start, again.depth).drop("row").iter_rows()
    return all(is_header(cells) for cells in rows)


def _meaning(column: Column) -> tuple[str, int | None, float] | None:
    return None if column.field is None else (column.field, column.slot, column.factor)


def _cut(sheet: Sheet, start: int, end: int) -> Sheet:
    """Return the rows from position `start` to before `end`; issues of no row go with the first."""
    if start == 0 and end == sheet.cells.height:
        return sheet
    low = 0 if start == 0 else sheet.cells["row"][start]
    high = sheet.cells["row"][end] if end < sheet.cells.height else 2**32
    return replace(
        sheet,
        cells=sheet.cells.slice(start, end - start),
        blank_rows=sheet.blank_rows if start == 0 else 0,
        hidden_rows=tuple(row for row in sheet.hidden_rows if low <= row < high),
        issues=sheet.issues.filter(pl.col("row").fill_null(0).is_between(low, high, "left")),
    )
