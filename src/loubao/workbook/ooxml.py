"""The few facts of an xlsx that calamine does not tell, read from the XML itself.

calamine gives the values. It hides which rows are hidden, which cells held an error and which
formulas never got a value; and it allocates the whole rectangle up to the last cell, so that one
stray cell at XFD1048576 ends the process. Each sheet is therefore looked at first. Nearly every
program writes cells plainly (`<c r="A1" …>`), and then a few searches over the bytes are enough
(`plain_facts`); any other sheet is walked through cell by cell (`survey`).

Element and attribute names: ECMA-376 part 1, 18.3.1 (worksheets).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from posixpath import normpath

from loubao.workbook.cell_text import column_number
from loubao.workbook.container import Archive, blocks, damaged, inflated
from loubao.workbook.grid import MAX_CELLS, Note, error_note, valueless_note

LAST_ROW = 1_048_576

#: The largest rectangle that calamine is left to allocate (32 bytes a cell).
ROOMY = 2_600_000
#: A larger one, up to `MAX_CELLS`, only when at least one cell in so many holds something.
DENSE = 3


@dataclass(slots=True)
class Facts:
    """What one pass over a sheet's XML found; rows 1-based, columns 0-based."""

    hidden_rows: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)


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
    book = inflated(archive, _BOOK)
    for tag in _SHEET.findall(book, *_sheets(book)):
        target = targets.get(_attribute(tag, r"[\w.-]+:id"), "")
        part = normpath(target if target.startswith("/") else f"/xl/{target}").lstrip("/").lower()
        parts.append(part if part in archive.parts else None)
    return parts


def _sheets(book: bytes) -> tuple[int, int]:
    """Where the list of sheets begins and ends in workbook.xml."""
    found = re.search(rb"<(?:[\w.-]+:)?sheets[\s>].*?</(?:[\w.-]+:)?sheets", book, re.DOTALL)
    return found.span() if found else (0, 0)


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

    start, end = _sheets(book)
    return book[:start] + _SHEET.sub(renamed, book[start:end]) + book[end:]


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
_MARKERHIDDEN = re.compile(rb"hidden=")
_MARKER_ERROR = re.compile(rb"""t=["']e["']""")
_MARKER_FORMULA = re.compile(rb"<f[\s/>]")
ROW_NUMBER = re.compile(rb"""(?:^|\s)r\s*=\s*["']\s*([0-9]{1,9})""")
HIDDEN = re.compile(rb"""(?:^|\s)hidden\s*=\s*["'](?:1|true)["']""")
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
    if _MARKERHIDDEN.search(xml, start, end):
        for attributes in _PLAIN_ROW.findall(xml, start, end):
            number = ROW_NUMBER.search(attributes)
            if number is None:
                return None
            if HIDDEN.search(attributes):
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
    row = _PLAIN_ROW.match(xml, max(start, xml.rfind(b"<row ", start, end)))
    number = ROW_NUMBER.search(row[1]) if row else None
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
    if area > 2 * max(ROOMY, min(MAX_CELLS, filled * DENSE)):
        return False
    outside = rb'<c(?! (?:[st]="\w*" )*r="(?:%b)(?:%b)")(?=[\s/>])' % (columns, rows)
    return not re.compile(outside).search(xml, start, end)


def error_name(inner: bytes) -> str:
    """Return the error value that a cell of type `e` shows, such as #N/A."""
    found = _ERROR_NAME.search(inner)
    return found[1].decode("ascii") if found else "#?"
