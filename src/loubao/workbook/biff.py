"""BIFF workbooks (.xls, .et): the records of each sheet → its grid.

Only the records of a sheet's own substream are its cells: a chart within it has cells of its own,
which are no part of the list. Record layouts: [MS-XLS] 2.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from struct import Struct, unpack, unpack_from

import polars as pl

from loubao.workbook.biff_book import (
    BiffBook,
    BrokenStream,
    SheetPlace,
    bytes_text,
    records,
    segments,
    unicode_texts,
)
from loubao.workbook.cell_text import text_of
from loubao.workbook.container import damaged
from loubao.workbook.grid import (
    MAX_CELLS,
    Grid,
    Merge,
    Note,
    error_note,
    grid_of_cells,
    too_large,
    unread_note,
    unreadable_note,
    valueless_note,
)
from loubao.workbook.number_formats import Shown, serial_text
from loubao.workbook.struck_cells import struck_records

_LABELSST, _NUMBER, _RK, _MULRK, _BOOLERR = 0x00FD, 0x0203, 0x027E, 0x00BD, 0x0205
_LABELS, _FORMULAS = (0x0204, 0x00D6), (0x0006, 0x0206, 0x0406)
_STRING, _BETWEEN = 0x0207, (0x04BC, 0x0221, 0x0236)  # shared formula, array, table
_CELLS = frozenset((_LABELSST, _NUMBER, _RK, _MULRK, _BOOLERR, *_LABELS, *_FORMULAS))
_ROW, _MERGES = 0x0208, 0x00E5
_ROW_HIDDEN = 0x0020
_CALCULATE_ON_LOAD = 0x0002
#: How often the bytes of a stream may be walked through for its sheets.
_MOST_WALKS = 4
_TEXT_RESULT, _TRUTH_RESULT, _ERROR_RESULT = 0, 1, 2

_read_place = Struct("<HHH").unpack_from  # row, column, cell format
_read_double = Struct("<d").unpack_from

_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


@dataclass(slots=True)
class _Sheet:
    """The cells of one sheet, as they come: rows and columns counted from 0."""

    stream: bytes
    book: BiffBook
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    #: A formula whose text comes in a record of its own.
    awaited: tuple[int, int] | None = None

    def add(self, row: int, column: int, text: str) -> None:
        self.rows.append(row)
        self.columns.append(column)
        self.texts.append(text)

    def add_text(self, row: int, column: int, text: str) -> None:
        self.add(row, column, text)
        if "\ufffd" in text:
            self.notes.append(unreadable_note(row + 1, column))

    def number(self, value: float, cell_format: int) -> str:
        """Return a number as its cell format shows it."""
        formats = self.book.formats
        kind = formats[cell_format] if cell_format < len(formats) else Shown.NUMBER
        if kind is Shown.NUMBER:
            return text_of(value) or ""
        return serial_text(value, kind, self.book.since_1904)


def read_biff(stream: bytes, book: BiffBook, file: str) -> Iterator[Grid]:
    """Yield a grid for each sheet of a workbook's stream that is not a chart or a program.

    A sheet whose records cannot be read is named in a grid without cells. Raises `UntrustedInput`
    where that is so of all, or for a sheet that is far too large.
    """
    read = False
    walked = 0  # bytes: the records of two sheets are never the same ones
    for place in book.sheets:
        found = _Sheet(stream, book)
        sheet: _Sheet | None = found
        end = len(stream)
        try:
            end = _read_records(found, place.offset, file)
        except BrokenStream:
            sheet = None
        walked += max(0, end - place.offset)
        if walked > _MOST_WALKS * len(stream):
            raise damaged(file)
        read = read or sheet is not None
        grid = _grid(place, sheet, file)
        if sheet is not None and book.struck_formats:
            cells = records(stream, place.offset, whole=book.whole)
            grid = replace(grid, struck=struck_records(stream, cells, _CELLS, book.struck_formats))
        yield replace(grid, since_1904=book.since_1904)
    if not read:
        raise damaged(file)


def _grid(place: SheetPlace, sheet: _Sheet | None, file: str) -> Grid:
    if sheet is None:
        return Grid(place.name, (), (), (), hidden=place.hidden, notes=[unread_note()])
    cells = pl.DataFrame(
        {"row": sheet.rows, "column": sheet.columns, "text": sheet.texts},
        schema={"row": pl.UInt32, "column": pl.UInt32, "text": pl.String},
    ).with_columns(pl.col("row") + 1)
    grid = Grid(place.name, (), (), (), sheet.merges, sheet.hidden_rows, place.hidden, sheet.notes)
    return grid_of_cells(cells, grid, file)


def _read_records(sheet: _Sheet, offset: int, file: str) -> int:
    """Add what the records of the sheet at `offset` say; return where they end."""
    stream, texts = sheet.stream, sheet.book.texts
    at = size = 0
    for record, at, size in records(stream, offset, whole=sheet.book.whole):
        if len(sheet.rows) > MAX_CELLS:
            raise too_large(file, "", len(set(sheet.rows)), len(set(sheet.columns)))
        if sheet.awaited and record not in _BETWEEN:
            _take_result(sheet, record, at, size)
        if record == _LABELSST and size >= 10:
            row, column, _ = _read_place(stream, at)
            (index,) = unpack_from("<I", stream, at + 6)
            if index < len(texts):
                sheet.add(row, column, texts[index])
            else:
                sheet.notes.append(error_note(row + 1, column, "#?"))
        elif record == _NUMBER and size >= 14:
            row, column, cell_format = _read_place(stream, at)
            sheet.add(row, column, sheet.number(_read_double(stream, at + 6)[0], cell_format))
        elif record == _RK and size >= 10:
            row, column, cell_format = _read_place(stream, at)
            sheet.add(row, column, sheet.number(_rk(stream, at + 6), cell_format))
        elif record == _MULRK and size >= 6:
            row, column = unpack_from("<HH", stream, at)
            for k in range((size - 6) // 6):
                (cell_format,) = unpack_from("<H", stream, at + 4 + 6 * k)
                sheet.add(row, column + k, sheet.number(_rk(stream, at + 6 + 6 * k), cell_format))
        elif record in _LABELS and size >= 8:
            row, column, _ = _read_place(stream, at)
            sheet.add_text(row, column, _text(sheet, at + 6, size - 6))
        elif record in _FORMULAS and size >= 20:
            _take_formula(sheet, at)
        elif record == _BOOLERR and size >= 8:
            _take_truth_or_error(sheet, at, stream[at + 6], is_error=bool(stream[at + 7]))
        elif record == _ROW and size >= 14:
            if unpack_from("<H", stream, at + 12)[0] & _ROW_HIDDEN:
                sheet.hidden_rows.add(unpack_from("<H", stream, at)[0] + 1)
        elif record == _MERGES and size >= 2:
            for k in range(min(unpack_from("<H", stream, at)[0], (size - 2) // 8)):
                top, bottom, left, right = unpack_from("<HHHH", stream, at + 2 + 8 * k)
                sheet.merges.append(Merge(top + 1, left, bottom + 1, right))
    return at + size


def _take_result(sheet: _Sheet, record: int, at: int, size: int) -> None:
    """Add the text that a formula resulted in, or that it never came."""
    row, column = sheet.awaited or (0, 0)
    sheet.awaited = None
    if record == _STRING:
        sheet.add_text(row, column, _text(sheet, at, size))
    else:
        sheet.notes.append(valueless_note(row + 1, column))


def _take_formula(sheet: _Sheet, at: int) -> None:
    """Add the cached result of a formula: [MS-XLS] 2.5.133 FormulaValue."""
    stream = sheet.stream
    row, column, cell_format = _read_place(stream, at)
    if stream[at + 12 : at + 14] != b"\xff\xff":
        # Programs that cannot calculate write 0 and ask for it when the file is opened.
        if stream[at + 6 : at + 14] == bytes(8) and stream[at + 14] & _CALCULATE_ON_LOAD:
            sheet.notes.append(valueless_note(row + 1, column))
        else:
            sheet.add(row, column, sheet.number(_read_double(stream, at + 6)[0], cell_format))
    elif stream[at + 6] == _TEXT_RESULT:
        sheet.awaited = row, column
    elif stream[at + 6] in (_TRUTH_RESULT, _ERROR_RESULT):
        is_error = stream[at + 6] == _ERROR_RESULT
        _take_truth_or_error(sheet, at, stream[at + 8], is_error=is_error)


def _take_truth_or_error(sheet: _Sheet, at: int, value: int, *, is_error: bool) -> None:
    row, column, _ = _read_place(sheet.stream, at)
    if is_error:
        sheet.notes.append(error_note(row + 1, column, _ERRORS.get(value, "#?")))
    else:
        sheet.add(row, column, "TRUE" if value else "FALSE")


def _text(sheet: _Sheet, at: int, size: int) -> str:
    """Return the text of a record: its length in two bytes, then its characters."""
    if sheet.book.version >= 8:
        return next(unicode_texts(sheet.stream, segments(sheet.stream, at, size)), "")
    (length,) = unpack_from("<H", sheet.stream, at)
    return bytes_text(sheet.stream[at + 2 : at + min(size, 2 + length)], sheet.book.codec)


def _rk(stream: bytes, at: int) -> float:
    """Return a number of four bytes: an integer or the upper half of a double, perhaps ÷ 100.

    >>> _rk(bytes.fromhex("01c05840"), 0), _rk(bytes.fromhex("ae040000"), 0)
    (0.99, 299.0)
    """
    (bits,) = unpack_from("<i", stream, at)
    if bits & 2:
        value = float(bits >> 2)
    else:
        (value,) = unpack("<d", bytes(4) + (bits & ~3).to_bytes(4, "little", signed=True))
    return value / 100 if bits & 1 else value
