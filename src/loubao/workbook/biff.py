"""The few facts of a BIFF workbook (.xls, .et) that calamine does not tell.

One walk over the record headers of the workbook stream: hidden rows, error cells, formulas that
were never calculated, the used area, encryption. Record layouts: [MS-XLS] 2.4.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct, unpack_from

from loubao.workbook.grid import Note, error_note, valueless_note

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _ROW = 0x0809, 0x000A, 0x002F, 0x0085, 0x0208
_SST, _DIMENSIONS = 0x00FC, 0x0200
_BOOLERR, _FORMULAS, _MULRK = 0x0205, (0x0006, 0x0206, 0x0406), 0x00BD
_CELLS = frozenset((0x0203, 0x027E, 0x00FD, 0x0204, 0x00D6, _BOOLERR, _MULRK, *_FORMULAS))
_STRING, _BETWEEN = 0x0207, (0x04BC, 0x0221, 0x0236)  # shared formula, array, table
_ROW_HIDDEN = 0x0020
_CALCULATE_ON_LOAD = 0x0002
_TEXT_RESULT, _ERROR_RESULT, _NUMBER_RESULT, _NO_RESULT = 0, 2, -1, -2

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
    """Of one sheet; `last_row` is 1-based (0: none), `last_column` 0-based (-1: none)."""

    hidden_rows: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    last_row: int = 0
    last_column: int = -1
    #: False when the sheet announces a size that no sheet has.
    possible: bool = True


def streams(content: bytes) -> dict[str, bytes | None]:
    """Return the streams of an OLE container by lower-case name; only the workbook's is read."""
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(content)) as container:
        names = {"/".join(path).lower(): path for path in container.listdir()}
        found: dict[str, bytes | None] = dict.fromkeys(names)
        for name in ("workbook", "book"):
            if name in names:
                found[name] = container.openstream(names[name]).read()
                break
        return found


def workbook_stream(content: bytes) -> bytes:
    """Return the workbook's stream of an OLE container, empty when there is none."""
    found = streams(content)
    return found.get("workbook") or found.get("book") or b""


def is_encrypted(stream: bytes) -> bool:
    """Whether the workbook's globals begin with a FILEPASS record."""
    return any(record == _FILEPASS for record, _, _ in _records(stream, 0))


def announces_too_much(stream: bytes) -> bool:
    """Whether the shared strings claim to be more than fit.

    calamine sets memory aside for what is announced, and ends the process when there is none.
    """
    return any(
        record == _SST and size >= 8 and unpack_from("<I", stream, at + 4)[0] > len(stream)
        for record, at, size in _records(stream, 0)
    )


def sheet_facts(stream: bytes) -> list[BiffFacts]:
    """Return the facts of each sheet in workbook order."""
    return [_facts(stream, offset) for offset in _sheet_offsets(stream)]


def _sheet_offsets(stream: bytes) -> list[int]:
    return [
        unpack_from("<I", stream, at)[0]
        for record, at, size in _records(stream, 0)
        if record == _BOUNDSHEET and size >= 4
    ]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield `(record, offset of its content, size)` up to the end of the substream at `at`."""
    depth = 0
    end = len(stream) - 4
    while at <= end:
        record, size = unpack_from("<HH", stream, at)
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
    """Walk through one sheet: one flat loop, for there are tens of thousands of records."""
    facts = BiffFacts()
    awaited: tuple[int, int] | None = None  # a formula whose text comes in a record of its own
    at, end, depth = offset, len(stream) - 4, 0
    last_row, last_column = -1, -1
    padded = stream + bytes(32)  # so that the last record may be read like any other
    head = Struct("<HHHH").unpack_from
    while at <= end:
        record, size, row, column = head(padded, at)
        at += 4
        if awaited and record not in _BETWEEN:
            if record != _STRING:
                facts.notes.append(valueless_note(awaited[0] + 1, awaited[1]))
            awaited = None
        if record in _CELLS:
            if record == _MULRK:
                column = unpack_from("<H", padded, at + max(size, 2) - 2)[0]
            elif record == _BOOLERR and padded[at + 7]:
                facts.notes.append(_error(row, column, padded[at + 6]))
            elif record in _FORMULAS:
                kind = _result_kind(padded, at)
                if kind == _TEXT_RESULT:
                    awaited = row, column
                elif kind == _ERROR_RESULT:
                    facts.notes.append(_error(row, column, padded[at + 8]))
                elif kind == _NO_RESULT:
                    facts.notes.append(valueless_note(row + 1, column))
            last_row = row if row > last_row else last_row
            last_column = column if column > last_column else last_column
        elif record == _ROW:
            if unpack_from("<H", padded, at + 12)[0] & _ROW_HIDDEN:
                facts.hidden_rows.add(row + 1)
        elif record == _DIMENSIONS:
            facts.possible = facts.possible and _is_possible(padded, at, size)
        elif record == _BOF:
            depth += 1
        elif record == _EOF:
            depth -= 1
            if depth <= 0:
                break
        at += size
    facts.last_row, facts.last_column = last_row + 1, last_column
    return facts


def _is_possible(stream: bytes, at: int, size: int) -> bool:
    """Whether a DIMENSIONS record announces an area that exists; before BIFF8 it is shorter."""
    if size < 8:
        return False
    row, end, column, last = unpack_from("<IIHH" if size >= 12 else "<HHHH", stream, at)
    return end <= 65_536 and last <= 256 and (not end or not last or (row < end and column < last))


def _result_kind(stream: bytes, at: int) -> int:
    """What the cached result of a formula is: [MS-XLS] 2.5.133 FormulaValue."""
    if stream[at + 12 : at + 14] == b"\xff\xff":
        return stream[at + 6]
    # Programs that cannot calculate write 0 and ask for a calculation when the file is opened.
    never = stream[at + 6 : at + 14] == bytes(8) and stream[at + 14] & _CALCULATE_ON_LOAD
    return _NO_RESULT if never else _NUMBER_RESULT


def _error(row: int, column: int, code: int) -> Note:
    return error_note(row + 1, column, _ERRORS.get(code, "#?"))
