"""Several tables in one sheet, one below another, each under a header of its own.

The same header again is a skipped row (row_kinds.py). Another header begins another table: from
there on the columns are what it says, or the people below would be read by the wrong columns.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.sheets.header import Column, Fit, fit_within
from loubao.ingest.sheets.row_kinds import header_again, without_number
from loubao.ingest.sheets.vocabulary import Vocabulary, known
from loubao.rules.reading import Reading

_FEWEST_HEADERS = 2
_NAMES = frozenset({"name", "head_name"})
_NUMBERS = frozenset({"id_number", "head_id", "certificate_no"})


def tables(sheet: Sheet, fit: Fit, words: Vocabulary, reading: Reading) -> list[tuple[Sheet, Fit]]:
    """Cut `sheet`, whose first header is `fit`, into its tables; nearly always there is one."""
    every = known([words], reading)
    indices = sheet.cells.columns[1:]
    heads = [fit]
    is_header: dict[str, bool] = {}

    def headers(cells: tuple[str | None, ...]) -> int:
        filled = [cell for cell in cells if cell is not None]
        for cell in filled:
            if cell not in is_header:
                is_header[cell] = every.has(cell)
        return sum(is_header[cell] for cell in filled)

    below = sheet.cells.with_row_index("position").slice(fit.start + fit.depth)
    quiet = {p: cells for p, _, *cells in without_number(below, fit, words.rule).iter_rows()}
    for position, cells in quiet.items():
        end = heads[-1].start + heads[-1].depth
        if position < end or headers(tuple(cells)) < _FEWEST_HEADERS:
            continue
        first = position - 1 if position - 1 >= end and position - 1 in quiet else position
        last = position + 1 if position + 1 in quiet else position
        window = [quiet[p] for p in range(first, last + 1)]
        found = fit_within(window, indices, words, every)
        if found is None or not _is_header(found):
            continue
        found = replace(found, start=first + found.start)
        if found.start <= position and not _same(sheet, heads[-1], found):
            heads.append(found)
    return [
        (_cut(sheet, begin, after), replace(head, start=head.start - begin))
        for begin, after, head in zip(
            [0, *(head.start for head in heads[1:])],
            [*(head.start for head in heads[1:]), sheet.cells.height],
            heads,
            strict=True,
        )
    ]


def _is_header(fit: Fit) -> bool:
    """Whether people can be read by it: most cells are headers, all of them if it has no number."""
    fields = {c.field for c in fit.columns}
    told = sum(c.field is not None or c.ignored for c in fit.columns)
    if not fit.missing or (fields & _NAMES and fields & _NUMBERS):
        return told * 2 > len(fit.columns)
    return bool(fields & _NAMES) and told == len(fit.columns) > _FEWEST_HEADERS


def _same(sheet: Sheet, before: Fit, again: Fit) -> bool:
    """The header again: no cell of it says another thing than the header before; blanks may be."""
    meanings = {c.place: _meaning(c) for c in before.columns}
    if any(meanings.get(c.place) != _meaning(c) for c in again.columns):
        return False
    repeats = header_again(sheet, before)
    rows = sheet.cells.slice(again.start, again.depth).drop("row")
    return all(repeats(cells) for cells in rows.iter_rows(named=True))


def _meaning(column: Column) -> tuple[str | None, int | None, float] | None:
    return None if column.field is None else (column.field, column.slot, column.factor)


def _cut(sheet: Sheet, begin: int, end: int) -> Sheet:
    """The rows from position `begin` to before `end`; what is said of no row goes to the first."""
    if begin == 0 and end == sheet.cells.height:
        return sheet
    cells = sheet.cells.slice(begin, end - begin)
    low = 0 if begin == 0 else cells["row"][0]
    high = sheet.cells["row"][end] if end < sheet.cells.height else None
    here = pl.col("row").fill_null(0) >= low
    if high is not None:
        here &= pl.col("row").fill_null(0) < high
    return replace(
        sheet,
        cells=cells,
        blank_rows=sheet.blank_rows if begin == 0 else 0,
        hidden_rows=tuple(r for r in sheet.hidden_rows if r >= low and (high is None or r < high)),
        issues=sheet.issues.filter(here),
    )
