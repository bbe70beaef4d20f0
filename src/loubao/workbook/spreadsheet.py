"""xlsx and BIFF workbooks: values from calamine, the facts it hides from its neighbours.

Those are `ooxml` and `survey` for xlsx, `biff` for BIFF.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from loubao.workbook import biff, ooxml
from loubao.workbook.container import Archive, blocks, check_honest, damaged, inflated, replaced
from loubao.workbook.grid import MAX_CELLS, Grid, Merge, Note, too_large
from loubao.workbook.sheet_xml import SEARCHED_WHOLE, Survey, compacted, survey

#: From this size on blank rows are dropped while reading, which is slower but smaller.
_LARGE = 2_600_000


def read_xlsx(archive: Archive) -> Iterator[Grid]:
    """Yield a grid for each worksheet of an xlsx that has cells, hidden ones included."""
    parts = ooxml.sheet_parts(archive)
    check_honest(archive, skip=frozenset(part for part in parts if part))
    ooxml.check_shared_strings(archive)
    facts: dict[int, ooxml.Facts] = {}
    exchanged: dict[str, bytes] = {}
    for i, part in enumerate(parts):
        if part and "chartsheets/" not in part:
            facts[i], compact = _looked_through(archive, part)
            if compact is not None:
                exchanged[part] = compact
    book = inflated(archive, "xl/workbook.xml")
    renamed = ooxml.distinct_names(book)
    if renamed != book:
        exchanged["xl/workbook.xml"] = renamed
    content = replaced(archive, exchanged) if exchanged or archive.repeats else archive.content
    opened = CalamineWorkbook.from_object(io.BytesIO(content))
    if len(opened.sheets_metadata) != len(parts):
        raise damaged(archive.file)
    for i, name, hidden in _worksheets(opened):
        sheet = opened.get_sheet_by_index(i)
        found = facts.get(i, ooxml.Facts())
        values, rows, places = _values(sheet)
        merges = _merges(sheet)
        if isinstance(found, Survey) and parts[i] in exchanged:
            used_rows, used_columns = sorted(found.rows), sorted(found.columns)
            rows = [used_rows[row - 1] for row in rows]
            places = [used_columns[place] for place in places]
            merges = found.merges
        columns = list(zip(*values, strict=True))
        yield Grid(name, columns, rows, places, merges, found.hidden_rows, hidden, found.notes)


def _looked_through(archive: Archive, part: str) -> tuple[ooxml.Facts, bytes | None]:
    """Return the facts of one sheet, and its XML without the emptiness where there is much."""
    if archive.parts[part].file_size <= SEARCHED_WHOLE:
        plain = ooxml.plain_facts(inflated(archive, part))
        if plain is not None:
            return plain, None
    found = survey(blocks(archive, part), archive.file, part)
    if found.roomy:
        return found, None
    area = len(found.rows), len(found.columns)
    if area[0] * area[1] > MAX_CELLS:
        raise too_large(archive.file, "", *area)
    return found, compacted(blocks(archive, part), archive.file, found)


def read_biff(content: bytes, stream: bytes, file: str) -> Iterator[Grid]:
    """Yield a grid for each worksheet of a BIFF workbook that has cells; `stream` is its own."""
    if biff.announces_too_much(stream):
        raise damaged(file)
    facts = biff.sheet_facts(stream)
    for found in facts:
        if not found.possible:
            raise damaged(file)
        if found.last_row * (found.last_column + 1) > MAX_CELLS:
            raise too_large(file, "", found.last_row, found.last_column + 1)
    opened = CalamineWorkbook.from_object(io.BytesIO(content))
    known = len(facts) == len(opened.sheets_metadata)
    for i, name, hidden in _worksheets(opened):
        found = facts[i] if known else biff.BiffFacts()
        sheet = opened.get_sheet_by_index(i)
        values, rows, places = _values(sheet)
        columns = [list(column) for column in zip(*values, strict=True)]
        _blank(columns, rows, places, found.notes)
        yield Grid(
            name, columns, rows, places, _merges(sheet), found.hidden_rows, hidden, found.notes
        )


def _worksheets(opened: CalamineWorkbook) -> Iterator[tuple[int, str, bool]]:
    """Yield `(index, name, hidden)` of the sheets that are neither charts nor macros."""
    for i, about in enumerate(opened.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet:
            yield i, about.name, about.visible != SheetVisibleEnum.Visible


def _values(
    sheet: CalamineSheet,
) -> tuple[Sequence[Sequence[object]], Sequence[int], Sequence[int]]:
    """Return the used rectangle with the row numbers and columns it lies at."""
    start = sheet.start
    if start is None:
        return [], (), ()
    places = range(start[1], start[1] + sheet.width)
    if sheet.height * sheet.width > _LARGE:  # mostly blank, more likely than not
        numbered = enumerate(sheet.iter_rows(), start=1)
        filled = [(row, values) for row, values in numbered if any(v != "" for v in values)]
        return [values for _, values in filled], [row for row, _ in filled], places
    # With skip_empty_area=False calamine copies the whole rectangle once more.
    values = sheet.to_python(skip_empty_area=True)
    return values, range(start[0] + 1, start[0] + 1 + len(values)), places


def _merges(sheet: CalamineSheet) -> list[Merge]:
    return [
        Merge(top + 1, left, bottom + 1, right)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    ]


def _blank(
    columns: list[list[object]], rows: Sequence[int], places: Sequence[int], notes: list[Note]
) -> None:
    """Take out the values that calamine gives for cells that hold none (in place)."""
    at = {row: k for k, row in enumerate(rows)} if notes else {}
    for note in notes:
        if note.row in at and note.column in places:
            columns[places.index(note.column)][at[note.row]] = ""
