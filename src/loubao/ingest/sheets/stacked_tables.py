"""Several tables in one sheet, one below another.

The same header again is a skipped row (rows.py). Another header begins another table: from there on
the columns are what it says, or the people below would be read by the wrong columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.sheets.evidence import ways
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.header import fit_within
from loubao.ingest.sheets.row_kinds import header_again, without_number
from loubao.ingest.sheets.vocabulary import Lexicon, Vocabulary, lexicon
from loubao.rules.reading import Reading

_FEWEST_HEADERS = 2
_NAMES = frozenset({"name", "head_name"})
_NUMBERS = frozenset({"id_number", "head_id", "certificate_no"})


def tables(sheet: Sheet, fit: Fit, words: Vocabulary, reading: Reading) -> list[tuple[Sheet, Fit]]:
    """Cut `sheet`, whose first header is `fit`, into its tables; nearly always there is one.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.ingest.sheets.header import fits
    >>> from loubao.ingest.sheets.vocabulary import vocabulary
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> words = vocabulary(rules.lists["dibao"], rules.reading)
    >>> cells = {
    ...     "row": [1, 2, 4, 5],
    ...     "0": ["姓名", "张三", "村居", "上浦村"],
    ...     "1": ["身份证号", "990101196003050119", "姓名", "李四"],
    ...     "2": [None, None, "身份证号", "990101196003050135"],
    ... }
    >>> sheet = Sheet("低保.xls", "", pl.DataFrame(cells), 0, (), empty(ISSUES))
    >>> (first,) = fits(sheet, [words], rules.reading)
    >>> cut = tables(sheet, first, words, rules.reading)
    >>> [(table.cells["row"].to_list(), fit.fields) for table, fit in cut]
    [([1, 2], ('name', 'id_number')), ([4, 5], ('village', 'name', 'id_number'))]
    """
    heads = [fit, *_later_headers(sheet, fit, words, lexicon([words], reading))]
    starts = [0, *(head.start for head in heads[1:])]
    ends = [*starts[1:], sheet.cells.height]
    return [
        (_cut(sheet, start, end), replace(head, start=head.start - start))
        for start, end, head in zip(starts, ends, heads, strict=True)
    ]


def another_list(
    sheet: Sheet, fit: Fit, words: Vocabulary, others: Sequence[Vocabulary], reading: Reading
) -> tuple[int, str] | None:
    """Return the row below `fit` that is the header of another list, and that list; None for none.

    It has a column that the other list needs and this one has no use for.
    """
    every, own = lexicon(others, reading), lexicon([words], reading)
    quiet, headers = _quiet(sheet, fit, words, every)
    places = sheet.cells.columns[1:]
    for position, cells in quiet.items():
        if sum(cell in headers for cell in cells) <= _FEWEST_HEADERS:
            continue
        mine = fit_within([cells], places, words, own)
        used = {c.place for c in mine.columns if c.field or c.ignored} if mine else set()
        for other in others:
            theirs = fit_within([cells], places, other, every)
            if theirs is None or theirs.missing or not _is_header(theirs):
                continue
            for way in ways(other.rule):
                columns = [theirs.columns_of(field) for field in way]
                if all(columns) and any(each[0].place not in used for each in columns):
                    return sheet.cells["row"][position], other.rule.name
    return None


def _quiet(
    sheet: Sheet, fit: Fit, words: Vocabulary, every: Lexicon
) -> tuple[dict[int, list[str | None]], set[str]]:
    """Return the rows below `fit` without a number, by position, and the headers among the cells.

    A header may be one of them: no row of people without numbers is looked at twice.
    """
    below = sheet.cells.with_row_index("position").slice(fit.start + fit.depth)
    quiet = {p: cells for p, _, *cells in without_number(below, fit, words.rule).iter_rows()}
    texts = {cell for cells in quiet.values() for cell in cells if cell is not None}
    return quiet, {text for text in texts if every.has(text)}


def _later_headers(sheet: Sheet, fit: Fit, words: Vocabulary, every: Lexicon) -> list[Fit]:
    """Return the headers below the first that are another one than the header before.

    Looked for in the rows without a number, in those with two header texts at least, together with
    the row above and the row below: a header may have two rows.
    """
    quiet, headers = _quiet(sheet, fit, words, every)
    found: list[Fit] = []
    before = fit
    for position, cells in quiet.items():
        end = before.start + before.depth
        if position < end or sum(cell in headers for cell in cells) < _FEWEST_HEADERS:
            continue
        first = position - 1 if position - 1 >= end and position - 1 in quiet else position
        last = position + 1 if position + 1 in quiet else position
        window = [quiet[p] for p in range(first, last + 1)]
        head = fit_within(window, sheet.cells.columns[1:], words, every)
        if head is None or not _is_header(head):
            continue
        head = replace(head, start=first + head.start)
        if head.start <= position and not _same(sheet, before, head):
            found.append(head)
            before = head
    return found


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
