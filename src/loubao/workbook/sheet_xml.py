"""A walk through every cell of an xlsx sheet that is not plainly written, or is very large.

Memory grows with the cells that hold something, not with the sheet: parts are read block by block.
A sheet that is mostly emptiness (one stray cell at XFD1048576) is rewritten without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from loubao.core.frames import column_letters
from loubao.workbook.cell_text import column_number
from loubao.workbook.container import damaged
from loubao.workbook.grid import MAX_CELLS, Merge, error_note, too_large, valueless_note
from loubao.workbook.ooxml import DENSE, HIDDEN, LAST_ROW, ROOMY, ROW_NUMBER, Facts, error_name

LAST_COLUMN = 16_384

#: Parts up to this size are searched in one piece; larger ones are walked through block by block.
SEARCHED_WHOLE = 64 << 20


@dataclass(slots=True)
class Survey(Facts):
    """What a walk through every cell found, besides the facts: where there is something."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    cells: int = 0

    @property
    def roomy(self) -> bool:
        """Whether calamine may read the sheet as it stands without allocating too much."""
        area = max(self.rows, default=0) * (max(self.columns, default=0) + 1)
        return area <= ROOMY or area <= min(MAX_CELLS, self.cells * DENSE)


_P = rb"(?:[\w.-]+:)?"
_ROW_OR_CELL = re.compile(
    rb"<%brow(?=[\s/>])([^>]*?)/?>|<%bc(?=[\s/>])([^>]*?)(?:/>|>(.*?)</%bc\s*>)" % (_P, _P, _P),
    re.DOTALL,
)
_ROW = re.compile(rb"<%brow(?=[\s/>])([^>]*)>" % _P)
_BLANK_CELL = re.compile(rb"<%bc\s[^>]*/>" % _P)
_UNPLACED = re.compile(rb"<%bc(?=[\s/>])(?![^>]*\sr\s*=)" % _P)
_VALUE = re.compile(rb"<%b(?:v|t)(?:\s[^>]*)?>[^<]|<!\[CDATA\[" % _P)
# A cell that holds anything has an end tag (or is opened without attributes).
_HOLDING = re.compile(rb"c\s*>")
_MARKER_MERGE = re.compile(rb"mergeCell\s")
_REFERENCE = re.compile(rb"""\s?\br\s*=\s*["']\s*([A-Za-z]{1,9})([0-9]{1,12})\s*["']""")
_PLACED = re.compile(rb"\br\s*=")
_IS_ERROR = re.compile(rb"""\bt\s*=\s*["']e["']""")
_IS_TEXT = re.compile(rb"""\bt\s*=\s*["']str["']""")
_FORMULA = re.compile(rb"<%bf[\s/>]" % _P)
_CACHED = re.compile(rb"<%bv[\s/>]" % _P)
_MERGE = re.compile(rb"""<%bmergeCell\s[^>]*?\bref\s*=\s*["']([^"']+)["']""" % _P)
_RANGE = re.compile(rb"\$?([A-Za-z]{1,3})\$?([0-9]{1,7}):\$?([A-Za-z]{1,3})\$?([0-9]{1,7})$")

_Cell = tuple[int, int, bytes, bytes]


def survey(source: Iterable[bytes], file: str, name: str) -> Survey:
    """Walk through a sheet's XML; memory grows with the cells that hold something only."""
    found = Survey()
    for row, column, attributes, inner in _cells(_row_blocks(source, file), file, found):
        if _IS_ERROR.search(attributes):
            found.notes.append(error_note(row, column, error_name(inner)))
        elif _VALUE.search(inner):
            found.rows.add(row)
            found.columns.add(column)
            found.cells += 1
            if found.cells > MAX_CELLS:
                raise too_large(file, name, len(found.rows), len(found.columns))
        elif _FORMULA.search(inner) and not (_CACHED.search(inner) and _IS_TEXT.search(attributes)):
            found.notes.append(valueless_note(row, column))
    return found


def compacted(source: Iterable[bytes], file: str, found: Survey) -> bytes:
    """Return the sheet's XML with the blank rows and columns of `found` closed up.

    The cell of the i-th used row and k-th used column moves to row i, column k.
    """
    rows = {row: str(i).encode() for i, row in enumerate(sorted(found.rows), start=1)}
    letters = {c: column_letters(k).encode() for k, c in enumerate(sorted(found.columns))}
    written = [b"<worksheet><sheetData>"]
    last = 0
    for row, column, attributes, inner in _cells(_row_blocks(source, file), file, Survey()):
        if row in rows and column in letters and _VALUE.search(inner):
            if row != last:
                written.append(b"%b<row>" % (b"</row>" if last else b""))
                last = row
            rest = _REFERENCE.sub(b"", attributes)
            written.append(b'<c r="%b%b"%b>%b</c>' % (letters[column], rows[row], rest, inner))
    written.append(b"%b</sheetData></worksheet>" % (b"</row>" if last else b""))
    return b"".join(written)


def _row_blocks(source: Iterable[bytes], file: str) -> Iterator[bytes]:
    """Cut the stream where a row begins, so that no cell is torn apart."""
    rest = b""
    for block in source:
        rest += block
        cut = _last_row_at(rest)
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > SEARCHED_WHOLE:
            raise damaged(file)
    yield rest


def _last_row_at(part: bytes) -> int:
    """Where the last row of a part begins, -1 when none does."""
    at = part.rfind(b"<row")
    if at < 0 and (colon := part.rfind(b":row")) >= 0:  # behind a namespace prefix
        at = part.rfind(b"<", 0, colon)
    return at


def _cells(parts: Iterable[bytes], file: str, found: Survey) -> Iterator[_Cell]:
    """Yield `(row, column, attributes, inner XML)` of cells that hold something.

    Hidden rows and merged ranges are put into `found` on the way.
    """
    row = 0
    for part in parts:
        if _MARKER_MERGE.search(part):
            found.merges += filter(None, map(_merge, _MERGE.findall(part)))
        if not _HOLDING.search(part):
            row = _last_row(part, row)
            continue
        column = -1
        dense = part if _UNPLACED.search(part) else _BLANK_CELL.sub(b"", part)
        for tag in _ROW_OR_CELL.finditer(dense):
            if tag[1] is not None:
                number = ROW_NUMBER.search(tag[1])
                row, column = int(number[1]) if number else row + 1, -1
                if HIDDEN.search(tag[1]):
                    found.hidden_rows.add(row)
                continue
            place = _REFERENCE.search(tag[2])
            if place is None and _PLACED.search(tag[2]):
                raise damaged(file)
            column = column_number(place[1]) if place else column + 1
            cell_row = int(place[2]) if place else row
            if not 0 < cell_row <= LAST_ROW or column >= LAST_COLUMN:
                raise damaged(file)
            if tag[3]:
                yield cell_row, column, tag[2], tag[3]


def _last_row(part: bytes, row: int) -> int:
    """The row number reached behind a part without any value."""
    last = _ROW.match(part, max(0, _last_row_at(part)))
    number = ROW_NUMBER.search(last[1]) if last else None
    return int(number[1]) if number else row + len(_ROW.findall(part))


def _merge(reference: bytes) -> Merge | None:
    found = _RANGE.match(reference.strip())
    if not found:
        return None
    return Merge(int(found[2]), column_number(found[1]), int(found[4]), column_number(found[3]))
