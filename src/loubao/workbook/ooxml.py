"""The few facts of an xlsx that calamine does not tell, read from the XML itself.

calamine gives the values. It hides which rows are hidden, which cells held an error and which
formulas never got a value; and it allocates the whole rectangle up to the last cell, so that one
stray cell at XFD1048576 ends the process. Each sheet is therefore looked at first. Nearly every
program writes cells plainly (`<c r="A1" …>`), and then a few searches over the bytes are enough
(`plain_facts`); any other sheet is walked through cell by cell (`survey`), and one that
is mostly emptiness is rewritten without it (`compacted`) before calamine sees it.

Element and attribute names: ECMA-376 part 1, 18.3.1 (worksheets).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from posixpath import normpath

from loubao.workbook.archive import Archive, blocks, damaged, inflated
from loubao.workbook.grid import MAX_CELLS, Merge, Note, too_large
from loubao.workbook.notes import error_note, valueless_note
from loubao.workbook.texts import column_letters, column_number

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

#: Parts up to this size are searched in one piece; larger ones are walked through block by block.
SEARCHED_WHOLE = 64 << 20

#: The largest rectangle that calamine is left to allocate (32 bytes a cell).
_ROOMY = 2_600_000
#: A larger one, up to `MAX_CELLS`, only when at least one cell in so many holds something.
_DENSE = 3


@dataclass(slots=True)
class Facts:
    """What one pass over a sheet's XML found; rows 1-based, columns 0-based."""

    hidden_rows: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)


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
        return area <= _ROOMY or area <= min(MAX_CELLS, self.cells * _DENSE)


# -- the workbook ------------------------------------------------------------------------------

_SHEET = re.compile(rb"<(?:[\w.-]+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:[\w.-]+:)?Relationship\s([^>]*)>")
_BOOK = "xl/workbook.xml"
_BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedstrings.xml"
_COUNT = re.compile(rb"""uniqueCount\s*=\s*["']\s*([0-9]+)""")


def sheet_parts(archive: Archive) -> list[str | None]:
    """Return the part of each sheet in workbook order, None where the workbook names none."""
    targets: dict[str, str] = {}
    if _BOOK_RELATIONS in archive.parts:
        for tag in _RELATION.findall(inflated(archive, _BOOK_RELATIONS)):
            targets[_attribute(tag, "Id")] = _attribute(tag, "Target")
    parts: list[str | None] = []
    for tag in _SHEET.findall(inflated(archive, _BOOK)):
        target = targets.get(_attribute(tag, r"[\w.-]+:id"), "")
        part = normpath(target if target.startswith("/") else f"/xl/{target}").lstrip("/").lower()
        parts.append(part if part in archive.parts else None)
    return parts


def check_shared_strings(archive: Archive) -> None:
    """Refuse a table of shared strings that announces more strings than it has bytes.

    calamine sets aside memory for as many as are announced.
    """
    if _STRINGS in archive.parts:
        head = next(blocks(archive, _STRINGS), b"")[:4096]
        most = archive.parts[_STRINGS].file_size
        if any(int(count) > most for count in _COUNT.findall(head)):
            raise damaged(archive.file)


def distinct_names(book: bytes) -> bytes:
    """Return workbook.xml with a number put behind each sheet name that was there before.

    No spreadsheet program writes such a workbook, but calamine would read the first sheet twice.
    """
    seen: set[str] = set()

    def renamed(tag: re.Match[bytes]) -> bytes:
        name, count = _attribute(tag[1], "name"), 1
        new = name
        while new.casefold() in seen:
            count += 1
            new = f"{name} ({count})"
        seen.add(new.casefold())
        if new == name:
            return tag[0]
        return re.sub(rb"""(\sname\s*=\s*["'][^"']*)""", rb"\1 (%d)" % count, tag[0], count=1)

    return _SHEET.sub(renamed, book)


def _attribute(tag: bytes, name: str) -> str:
    text = tag.decode("utf-8", "replace")
    found = re.search(rf"""(?:^|\s){name}\s*=\s*(?:"([^"]*)"|'([^']*)')""", text)
    return unescape(found[1] or found[2] or "") if found else ""


# -- plainly written sheets --------------------------------------------------------------------

# The usual sheet, and the cheapest to search for: 26 columns of 99,999 rows at most.
_NOT_NARROW = re.compile(rb'<c(?! r="[A-Z][0-9]{1,5}")')
_LETTERS = re.compile(rb'<c (?:[st]="\w*" )*r="([A-Z]{1,3})[0-9]')
_GLANCE = 1 << 16
_PREFIXED = re.compile(rb":(?:c|row|sheetData)[\s/>]")
_PLAIN_ROW = re.compile(rb"<row ([^>]*)>")
_PLAIN_CELL = rb'<c (?=[^>]*\br="([A-Z]+)([0-9]+)")'
_PLAIN_ERROR = re.compile(_PLAIN_CELL + rb'[^>]*\bt="e"[^>]*>(.*?)</c>', re.DOTALL)
_PLAIN_FORMULA = re.compile(
    _PLAIN_CELL + rb"([^>]*)>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(<v\s*/>|<v></v>)?\s*</c>"
)
_MARKER_HIDDEN = re.compile(rb"hidden=")
_MARKER_ERROR = re.compile(rb"""t=["']e["']""")
_MARKER_FORMULA = re.compile(rb"<f[\s/>]")
_ROW_NUMBER = re.compile(rb"""(?:^|\s)r\s*=\s*["']\s*([0-9]{1,9})""")
_HIDDEN = re.compile(rb"""(?:^|\s)hidden\s*=\s*["'](?:1|true)["']""")
_ERROR_NAME = re.compile(rb">\s*(#[A-Z0-9/?!_]{1,20})")


def plain_facts(xml: bytes) -> Facts | None:
    """Return the facts of a plainly written sheet, None when it is written in any other way.

    Each search is skipped where its marker is absent. (A compiled pattern finds a short marker
    sooner than `in` does.)
    """
    start, end = xml.find(b"<sheetData"), xml.rfind(b"</sheetData>")
    if start < 0 or end < 0 or _PREFIXED.search(xml):
        return None
    if _NOT_NARROW.search(xml, start, end) and not _is_bounded(xml, start, end):
        return None
    facts = Facts()
    if _MARKER_HIDDEN.search(xml, start, end):
        for attributes in _PLAIN_ROW.findall(xml, start, end):
            number = _ROW_NUMBER.search(attributes)
            if number is None:
                return None
            if _HIDDEN.search(attributes):
                facts.hidden_rows.add(int(number[1]))
    if _MARKER_ERROR.search(xml, start, end):
        for letters, number, inner in _PLAIN_ERROR.findall(xml, start, end):
            facts.notes.append(error_note(int(number), column_number(letters), _error(inner)))
    if _MARKER_FORMULA.search(xml, start, end):
        for letters, number, attributes, value in _PLAIN_FORMULA.findall(xml, start, end):
            if not (value and b't="str"' in attributes):
                facts.notes.append(valueless_note(int(number), column_number(letters)))
    return facts


def _is_bounded(xml: bytes, start: int, end: int) -> bool:
    """Whether every cell names its place, within an area that calamine may allocate.

    The last row and a glance at the first and last cells give the area, rounded up to the next
    letter and digit; one search for a cell outside it makes it certain.
    """
    row = _ROW.match(xml, max(start, xml.rfind(b"<row", start, end)))
    number = _ROW_NUMBER.search(row[1]) if row else None
    glance = _LETTERS.findall(xml, start, min(start + _GLANCE, end))
    glance += _LETTERS.findall(xml, max(start, end - _GLANCE), end)
    if number is None or not glance or not 0 < int(number[1]) <= LAST_ROW:
        return False
    letters, digits = max(glance, key=column_number), str(int(number[1])).encode()
    columns, last_column = rb"[A-Z]", b"Z"
    if more := len(letters) - 1:
        columns = rb"[A-%b][A-Z]{%d}|[A-Z]{1,%d}" % (letters[:1], more, more)
        last_column = letters[:1] + b"Z" * more
    rows, last_row = rb"[1-9]", 9
    if more := len(digits) - 1:
        rows = rb"[1-%b][0-9]{%d}|[0-9]{1,%d}" % (digits[:1], more, more)
        last_row = int(digits[:1] + b"9" * more)
    area = last_row * (column_number(last_column) + 1)
    filled = xml.count(b"</c>", start, end)
    if area > 2 * max(_ROOMY, min(MAX_CELLS, filled * _DENSE)):
        return False
    outside = rb'<c(?! (?:[st]="\w*" )*r="(?:%b)(?:%b)")(?=[\s/>])' % (columns, rows)
    return not re.compile(outside).search(xml, start, end)


def _error(inner: bytes) -> str:
    found = _ERROR_NAME.search(inner)
    return found[1].decode("ascii") if found else "#?"


# -- any other sheet ---------------------------------------------------------------------------

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
            found.notes.append(error_note(row, column, _error(inner)))
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
                number = _ROW_NUMBER.search(tag[1])
                row, column = int(number[1]) if number else row + 1, -1
                if _HIDDEN.search(tag[1]):
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
    number = _ROW_NUMBER.search(last[1]) if last else None
    return int(number[1]) if number else row + len(_ROW.findall(part))


def _merge(reference: bytes) -> Merge | None:
    found = _RANGE.match(reference.strip())
    if not found:
        return None
    return Merge(int(found[2]), column_number(found[1]), int(found[4]), column_number(found[3]))
