"""BIFF workbooks (.xls, .et): values from calamine, what it hides from the records themselves.

One walk over the record headers of each sheet: hidden rows, error cells, formulas that were never
calculated, the used area. Record layouts: [MS-XLS] 2.4.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from struct import Struct, unpack_from

from python_calamine import CalamineWorkbook

from loubao.workbook.container import damaged
from loubao.workbook.grid import (
    MAX_CELLS,
    Grid,
    Note,
    calamine_grid,
    calamine_sheets,
    error_note,
    too_large,
    valueless_note,
)
from loubao.workbook.struck_cells import struck_formats, struck_records

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _ROW = 0x0809, 0x000A, 0x002F, 0x0085, 0x0208
_SST, _DIMENSIONS = 0x00FC, 0x0200
_BOOLERR, _FORMULAS, _MULRK = 0x0205, (0x0006, 0x0206, 0x0406), 0x00BD
_CELLS = frozenset((0x0203, 0x027E, 0x00FD, 0x0204, 0x00D6, _BOOLERR, _MULRK, *_FORMULAS))
_STRING, _BETWEEN = 0x0207, (0x04BC, 0x0221, 0x0236)  # shared formula, array, table
_ROW_HIDDEN = 0x0020
_CALCULATE_ON_LOAD = 0x0002
_TEXT_RESULT, _ERROR_RESULT, _NUMBER_RESULT, _NO_RESULT = 0, 2, -1, -2
_read_two = Struct("<HH").unpack_from  # two numbers of two bytes each
_BIFF8_DIMENSIONS = 12  # bytes from which on rows have four bytes, not two
_LAST_ROW, _LAST_COLUMN = 65_536, 256

_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


@dataclass(slots=True)
class BiffFacts:
    """What calamine hides of one sheet.

    `last_row` is the last used row, 1-based, and `width` the number of columns up to the last used
    one; both are 0 for a blank sheet.
    """

    hidden_rows: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    last_row: int = 0
    width: int = 0
    #: False when the sheet announces a size that no sheet has.
    possible: bool = True


def read_biff(content: bytes, stream: bytes, file: str) -> Iterator[Grid]:
    """Yield a grid for each worksheet of a BIFF workbook that has cells.

    `content` is the OLE container, `stream` the workbook's stream in it. Raises `UntrustedInput`
    for a workbook that announces what cannot be, or is far too large.
    """
    globals_ = list(_records(stream, 0))
    for record, at, size in globals_:
        # calamine sets memory aside for as many shared strings as are announced
        if record == _SST and size >= 8 and unpack_from("<I", stream, at + 4)[0] > len(stream):
            raise damaged(file)
    sheets = [at for record, at, size in globals_ if record == _BOUNDSHEET and size >= 4]
    facts = [_facts(stream, unpack_from("<I", stream, at)[0]) for at in sheets]
    for found in facts:
        if not found.possible:
            raise damaged(file)
        if found.last_row * found.width > MAX_CELLS:
            raise too_large(file, "", found.last_row, found.width)
    formats = struck_formats(stream, globals_)
    offsets = [unpack_from("<I", stream, at)[0] for at in sheets]
    struck = [struck_records(stream, _records(stream, at), _CELLS, formats) for at in offsets]
    opened = CalamineWorkbook.from_object(io.BytesIO(content))
    complete = len(facts) == len(opened.sheets_metadata)
    for i, sheet, hidden in calamine_sheets(opened):
        found = facts[i] if complete else BiffFacts()
        grid = calamine_grid(sheet, hidden, found.hidden_rows, found.notes)
        grid = replace(grid, struck=struck[i] if complete else frozenset())
        yield _blanked(grid, found.notes) if found.notes else grid


def _blanked(grid: Grid, notes: list[Note]) -> Grid:
    """Return the grid without the values that calamine gives for cells that hold none."""
    columns = [list(column) for column in grid.columns]
    at = {row: k for k, row in enumerate(grid.rows)}
    for note in notes:
        if note.row in at and note.column in grid.places:
            columns[grid.places.index(note.column)][at[note.row]] = ""
    return replace(grid, columns=columns)


def streams(content: bytes) -> dict[str, bytes | None]:
    """Return the streams of an OLE container by lower-case name; only the workbook's is read.

    It is called `workbook`, also where the container calls it `book`.
    """
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(content)) as container:
        names = {"/".join(path).lower(): path for path in container.listdir()}
        found: dict[str, bytes | None] = dict.fromkeys(names)
        for name in ("workbook", "book"):
            if name in names:
                found["workbook"] = container.openstream(names[name]).read()
                break
        return found


def is_encrypted(stream: bytes) -> bool:
    """Whether the workbook's globals begin with a FILEPASS record."""
    return any(record == _FILEPASS for record, _, _ in _records(stream, 0))


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield `(record, offset of its content, size)` up to the end of the substream at `at`."""
    depth = 0
    end = len(stream) - 4
    while at <= end:
        record, size = _read_two(stream, at)
        at += 4
        yield record, at, size
        at += size
        if record == _BOF:
            depth += 1
        elif record == _EOF:
            depth -= 1
            if depth <= 0:
                return


def _facts(stream: bytes, offset: int) -> BiffFacts:
    """Return the facts of the sheet whose records begin at `offset`."""
    facts = BiffFacts()
    awaited: Note | None = None  # of a formula whose text comes in a record of its own
    last_row = last_column = -1
    padded = stream + bytes(32)  # so that the last record may be read like any other
    for record, at, size in _records(stream, offset):
        if awaited and record not in _BETWEEN:
            if record != _STRING:
                facts.notes.append(awaited)
            awaited = None
        if record in _CELLS:
            row, column = _read_two(padded, at)
            if record == _MULRK:  # several numbers: the last column ends the record
                column = unpack_from("<H", padded, at + max(size, 2) - 2)[0]
            elif record == _BOOLERR and padded[at + 7]:
                facts.notes.append(_error(row, column, padded[at + 6]))
            elif record in _FORMULAS:
                kind = _result_kind(padded, at)
                if kind == _TEXT_RESULT:
                    awaited = valueless_note(row + 1, column)
                elif kind == _ERROR_RESULT:
                    facts.notes.append(_error(row, column, padded[at + 8]))
                elif kind == _NO_RESULT:
                    facts.notes.append(valueless_note(row + 1, column))
            last_row = row if row > last_row else last_row
            last_column = column if column > last_column else last_column
        elif record == _ROW:
            (row,) = unpack_from("<H", padded, at)
            if unpack_from("<H", padded, at + 12)[0] & _ROW_HIDDEN:
                facts.hidden_rows.add(row + 1)
        elif record == _DIMENSIONS:
            facts.possible = facts.possible and _is_possible(padded, at, size)
    facts.last_row, facts.width = last_row + 1, last_column + 1
    return facts


def _is_possible(stream: bytes, at: int, size: int) -> bool:
    """Whether a DIMENSIONS record announces an area that exists; before BIFF8 it is shorter."""
    if size < 8:
        return False
    layout = "<IIHH" if size >= _BIFF8_DIMENSIONS else "<HHHH"
    top, bottom, left, right = unpack_from(layout, stream, at)
    within = bottom <= _LAST_ROW and right <= _LAST_COLUMN
    return within and (not bottom or not right or (top < bottom and left < right))


def _result_kind(stream: bytes, at: int) -> int:
    """What the cached result of a formula is: [MS-XLS] 2.5.133 FormulaValue."""
    if stream[at + 12 : at + 14] == b"\xff\xff":
        return stream[at + 6]
    # Programs that cannot calculate write 0 and ask for a calculation when the file is opened.
    never = stream[at + 6 : at + 14] == bytes(8) and stream[at + 14] & _CALCULATE_ON_LOAD
    return _NO_RESULT if never else _NUMBER_RESULT


def _error(row: int, column: int, code: int) -> Note:
    return error_note(row + 1, column, _ERRORS.get(code, "#?"))
