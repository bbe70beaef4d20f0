"""What one worksheet of an xlsx hides from calamine, read from its XML.

calamine gives the values. It hides which rows are hidden, which cells held an error and which
formulas never got a value; and it allocates the whole rectangle up to the last cell, so that one
stray cell at XFD1048576 ends the process. Each sheet is therefore looked at first, in one of two
ways that find the same facts (a property test compares them):

1. `plain_facts`: nearly every program writes cells plainly (`<c r="A1" …>`), and then a few
   searches over the bytes are enough; some twenty times faster, which is a third of all reading.
2. `survey`: any other sheet is walked through cell by cell. Memory grows with the cells that hold
   something, not with the sheet. A sheet that is mostly blank is written again without its blank
   rows and columns (`compacted`).

Element and attribute names: ECMA-376 part 1, 18.3.1 (worksheets).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from loubao.core.frames import column_letters
from loubao.workbook.cell_text import column_number
from loubao.workbook.container import Archive, blocks, damaged, inflated
from loubao.workbook.grid import (
    LAST_COLUMN,
    LAST_ROW,
    MAX_CELLS,
    Merge,
    Note,
    error_note,
    too_large,
    valueless_note,
)

#: The largest rectangle that calamine is left to allocate (32 bytes a cell).
ROOMY = 2_600_000
#: A larger one, up to `MAX_CELLS`, only when at least one cell in so many holds something.
DENSE = 3

#: Parts up to this size are searched in one piece; larger ones are walked through block by block.
SEARCHED_WHOLE = 64 << 20


@dataclass(slots=True)
class SheetFacts:
    """What was found in a sheet's XML; rows are 1-based, columns 0-based.

    The walk adds where there is something: `rows` and `columns` that hold a value, how many
    `cells` do, the merged ranges. `compact` is the sheet's XML without its blank rows and columns;
    None where calamine may read the sheet as it stands.
    """

    hidden_rows: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    cells: int = 0
    compact: bytes | None = None

    @property
    def is_roomy(self) -> bool:
        """Whether calamine may read the sheet as it stands without allocating too much.

        >>> SheetFacts(rows={1, 2}, columns={0, 1}, cells=4).is_roomy
        True
        >>> SheetFacts(rows={1, 1_048_576}, columns={0, 16_383}, cells=2).is_roomy
        False
        """
        area = max(self.rows, default=0) * (max(self.columns, default=0) + 1)
        return area <= ROOMY or area <= min(MAX_CELLS, self.cells * DENSE)


def sheet_facts(archive: Archive, part: str) -> SheetFacts:
    """Return the facts of one worksheet of an xlsx.

    Raises `UntrustedInput` for a sheet that is damaged or holds more than `MAX_CELLS`.
    """
    if archive.parts[part].file_size <= SEARCHED_WHOLE:
        plain = plain_facts(inflated(archive, part))
        if plain is not None:
            return plain
    facts = survey(blocks(archive, part), archive.file, part)
    if not facts.is_roomy:
        if len(facts.rows) * len(facts.columns) > MAX_CELLS:
            raise too_large(archive.file, "", len(facts.rows), len(facts.columns))
        facts.compact = compacted(blocks(archive, part), archive.file, facts)
    return facts


# -- plainly written sheets: searches ----------------------------------------------------------

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
# A compiled pattern finds a short marker sooner than `in` does.
_MARKER_HIDDEN = re.compile(rb"hidden=")
_MARKER_ERROR = re.compile(rb"""t=["']e["']""")
_MARKER_FORMULA = re.compile(rb"<f[\s/>]")
_ROW_NUMBER = re.compile(rb"""(?:^|\s)r\s*=\s*["']\s*([0-9]{1,9})""")
_HIDDEN = re.compile(rb"""(?:^|\s)hidden\s*=\s*["'](?:1|true)["']""")
_ERROR_NAME = re.compile(rb">\s*(#[A-Z0-9/?!_]{1,20})")


def plain_facts(xml: bytes) -> SheetFacts | None:
    """Return the facts of a plainly written sheet, None when it is written in any other way.

    Each search is left out where its marker is absent.
    """
    start, end = xml.find(b"<sheetData"), xml.rfind(b"</sheetData>")
    if start < 0 or end < 0 or _PREFIXED.search(xml):
        return None
    if _NOT_NARROW.search(xml, start, end) and not _is_bounded(xml, start, end):
        return None
    facts = SheetFacts()
    if _MARKER_HIDDEN.search(xml, start, end):
        for attributes in _PLAIN_ROW.findall(xml, start, end):
            number = _ROW_NUMBER.search(attributes)
            if number is None:
                return None
            if _HIDDEN.search(attributes):
                facts.hidden_rows.add(int(number[1]))
    if _MARKER_ERROR.search(xml, start, end):
        for letters, number, inner in _PLAIN_ERROR.findall(xml, start, end):
            facts.notes.append(error_note(int(number), column_number(letters), error_name(inner)))
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
    last_row = _PLAIN_ROW.match(xml, max(start, xml.rfind(b"<row ", start, end)))
    number = _ROW_NUMBER.search(last_row[1]) if last_row else None
    glance = _LETTERS.findall(xml, start, min(start + _GLANCE, end))
    glance += _LETTERS.findall(xml, max(start, end - _GLANCE), end)
    if number is None or not glance or not 0 < int(number[1]) <= LAST_ROW:
        return False
    columns, width = _columns_up_to(max(glance, key=column_number))
    rows, height = _rows_up_to(int(number[1]))
    filled = xml.count(b"</c>", start, end)
    if width * height > 2 * max(ROOMY, min(MAX_CELLS, filled * DENSE)):
        return False
    outside = rb'<c(?! (?:[st]="\w*" )*r="(?:%b)(?:%b)")(?=[\s/>])' % (columns, rows)
    return not re.compile(outside).search(xml, start, end)


def _columns_up_to(letters: bytes) -> tuple[bytes, int]:
    """Return a pattern for the columns A to at least `letters`, and how many columns it allows.

    >>> _columns_up_to(b"C"), _columns_up_to(b"BC")
    ((b'[A-Z]', 26), (b'[A-B][A-Z]{1}|[A-Z]{1,1}', 78))
    """
    more = len(letters) - 1
    if not more:
        return rb"[A-Z]", 26
    pattern = rb"[A-%b][A-Z]{%d}|[A-Z]{1,%d}" % (letters[:1], more, more)
    return pattern, column_number(letters[:1] + b"Z" * more) + 1


def _rows_up_to(row: int) -> tuple[bytes, int]:
    """Return a pattern for the rows 1 to at least `row`, and the last row that it allows.

    >>> _rows_up_to(7), _rows_up_to(345)
    ((b'[1-9]', 9), (b'[1-3][0-9]{2}|[0-9]{1,2}', 399))
    """
    digits = b"%d" % row
    more = len(digits) - 1
    if not more:
        return rb"[1-9]", 9
    pattern = rb"[1-%b][0-9]{%d}|[0-9]{1,%d}" % (digits[:1], more, more)
    return pattern, int(digits[:1] + b"9" * more)


def error_name(inner: bytes) -> str:
    """Return the error value in the content of a cell of type `e`.

    >>> error_name(b"<v>#N/A</v>"), error_name(b"<f>1/0</f><v>#DIV/0!</v>"), error_name(b"<v/>")
    ('#N/A', '#DIV/0!', '#?')
    """
    found = _ERROR_NAME.search(inner)
    return found[1].decode("ascii") if found else "#?"


# -- any other sheet: a walk through its cells -------------------------------------------------

_P = rb"(?:[\w.-]+:)?"  # a namespace prefix
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


class _HiddenRow(NamedTuple):
    row: int


class _Cell(NamedTuple):
    row: int
    column: int
    attributes: bytes
    inner: bytes


def survey(source: Iterable[bytes], file: str, name: str) -> SheetFacts:
    """Return the facts of the sheet `name`, whose XML comes in the blocks of `source`."""
    facts = SheetFacts()
    for event in _walk(source, file):
        if isinstance(event, _Cell):
            _add_cell(facts, event)
            if facts.cells > MAX_CELLS:
                raise too_large(file, name, len(facts.rows), len(facts.columns))
        elif isinstance(event, _HiddenRow):
            facts.hidden_rows.add(event.row)
        else:
            facts.merges.append(event)
    return facts


def _add_cell(facts: SheetFacts, cell: _Cell) -> None:
    """Add one cell that is not blank: an error, a value, or a formula without its value."""
    row, column, attributes, inner = cell
    if _IS_ERROR.search(attributes):
        facts.notes.append(error_note(row, column, error_name(inner)))
    elif _VALUE.search(inner):
        facts.rows.add(row)
        facts.columns.add(column)
        facts.cells += 1
    elif _FORMULA.search(inner) and not (_CACHED.search(inner) and _IS_TEXT.search(attributes)):
        facts.notes.append(valueless_note(row, column))


def compacted(source: Iterable[bytes], file: str, facts: SheetFacts) -> bytes:
    """Return the sheet's XML with the blank rows and columns closed up.

    The cell of the i-th used row and k-th used column moves to row i, column k.
    """
    rows = {row: str(i).encode() for i, row in enumerate(sorted(facts.rows), start=1)}
    letters = {c: column_letters(k).encode() for k, c in enumerate(sorted(facts.columns))}
    written = [b"<worksheet><sheetData>"]
    last = 0
    for event in _walk(source, file):
        if not isinstance(event, _Cell):
            continue
        row, column, attributes, inner = event
        if row in rows and column in letters and _VALUE.search(inner):
            if row != last:
                written.append(b"%b<row>" % (b"</row>" if last else b""))
                last = row
            rest = _REFERENCE.sub(b"", attributes)
            written.append(b'<c r="%b%b"%b>%b</c>' % (letters[column], rows[row], rest, inner))
    written.append(b"%b</sheetData></worksheet>" % (b"</row>" if last else b""))
    return b"".join(written)


def _walk(source: Iterable[bytes], file: str) -> Iterator[_HiddenRow | _Cell | Merge]:
    """Yield what is in a sheet's XML, in its order: hidden rows, cells that hold something, merges.

    A row or cell that does not name its place follows the one before it. Raises `UntrustedInput`
    for a place that no sheet has.
    """
    row = 0
    for part in _row_blocks(source, file):
        if _MARKER_MERGE.search(part):
            yield from filter(None, map(merge_of, _MERGE.findall(part)))
        if not _HOLDING.search(part):  # nothing but blank cells
            row = _last_row(part, row)
            continue
        column = -1
        dense = part if _UNPLACED.search(part) else _BLANK_CELL.sub(b"", part)
        for row_tag, cell_tag, inner in (tag.groups() for tag in _ROW_OR_CELL.finditer(dense)):
            if row_tag is not None:
                number = _ROW_NUMBER.search(row_tag)
                row, column = int(number[1]) if number else row + 1, -1
                if _HIDDEN.search(row_tag):
                    yield _HiddenRow(row)
                continue
            place = _REFERENCE.search(cell_tag)
            if place is None and _PLACED.search(cell_tag):
                raise damaged(file)
            column = column_number(place[1]) if place else column + 1
            cell_row = int(place[2]) if place else row
            if not 0 < cell_row <= LAST_ROW or column >= LAST_COLUMN:
                raise damaged(file)
            if inner:
                yield _Cell(cell_row, column, cell_tag, inner)


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
    """Where the last row of a part begins, -1 when none does.

    >>> _last_row_at(b'<row r="1"/><row r="2">'), _last_row_at(b'<x:row r="1">'), _last_row_at(b"")
    (12, 0, -1)
    """
    at = part.rfind(b"<row")
    if at < 0 and (colon := part.rfind(b":row")) >= 0:  # behind a namespace prefix
        at = part.rfind(b"<", 0, colon)
    return at


def _last_row(part: bytes, row: int) -> int:
    """Return the number of the last row of a part; `row` is the last one before it.

    >>> _last_row(b'<row r="8"/><row r="9"/>', 7), _last_row(b"<row/><row/>", 7)
    (9, 9)
    """
    last = _ROW.match(part, max(0, _last_row_at(part)))
    number = _ROW_NUMBER.search(last[1]) if last else None
    return int(number[1]) if number else row + len(_ROW.findall(part))


def merge_of(reference: bytes) -> Merge | None:
    """Return the range of an A1 reference, None for anything else.

    >>> merge_of(b"A1:$C$2")
    Merge(top=1, left=0, bottom=2, right=2)
    >>> merge_of(b"A1") is None
    True
    """
    found = _RANGE.match(reference.strip())
    if not found:
        return None
    return Merge(int(found[2]), column_number(found[1]), int(found[4]), column_number(found[3]))
