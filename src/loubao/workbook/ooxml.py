"""xlsx workbooks: values from calamine, what it hides from `sheet_xml`.

Read here: the parts of the package that belong to the workbook as a whole, which are its list of
sheets, their names, and the table of shared strings. Element and attribute names: ECMA-376 part 1,
18.2 (workbook) and 18.4 (shared strings).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from posixpath import normpath

from python_calamine import CalamineWorkbook

from loubao.workbook.container import Archive, blocks, check_honest, damaged, inflated, replaced
from loubao.workbook.grid import Grid, calamine_grid, calamine_sheets
from loubao.workbook.sheet_xml import SheetFacts, sheet_facts
from loubao.workbook.struck_cells import StruckInXlsx

_SHEET = re.compile(rb"<(?:[\w.-]+:)?sheet\s([^>]*)>")
_RELATION = re.compile(rb"<(?:[\w.-]+:)?Relationship\s([^>]*)>")
_BOOK = "xl/workbook.xml"
_BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedstrings.xml"
_COUNT = re.compile(rb"""uniqueCount\s*=\s*["']\s*([0-9]+)""")


def read_xlsx(archive: Archive) -> Iterator[Grid]:
    """Yield a grid for each worksheet of an xlsx that has cells, hidden ones included.

    Raises `UntrustedInput` for a workbook that is damaged or far too large.
    """
    parts = sheet_parts(archive)
    check_honest(archive, skip=frozenset(part for part in parts if part))
    check_shared_strings(archive)
    facts = {
        i: sheet_facts(archive, part)
        for i, part in enumerate(parts)
        if part and "chartsheets/" not in part
    }
    struck = StruckInXlsx(archive)
    opened = CalamineWorkbook.from_object(io.BytesIO(_for_calamine(archive, parts, facts)))
    if len(opened.sheets_metadata) != len(parts):
        raise damaged(archive.file)
    for i, sheet, hidden in calamine_sheets(opened):
        found = facts.get(i, SheetFacts())
        grid = calamine_grid(sheet, hidden, found.hidden_rows, found.notes)
        grid = grid if found.compact is None else _spread(grid, found)
        yield replace(grid, struck=struck.cells(parts[i]))


def _for_calamine(archive: Archive, parts: list[str | None], facts: dict[int, SheetFacts]) -> bytes:
    """Return the workbook with compacted sheets and distinct names, where it needs any of that."""
    exchanged = {
        part: found.compact
        for i, part in enumerate(parts)
        if part and (found := facts.get(i)) and found.compact is not None
    }
    book = inflated(archive, _BOOK)
    renamed = distinct_names(book)
    if renamed != book:
        exchanged[_BOOK] = renamed
    return replaced(archive, exchanged) if exchanged or archive.repeats else archive.content


def _spread(grid: Grid, found: SheetFacts) -> Grid:
    """Return the grid of a compacted sheet with its rows and columns where they were."""
    rows, columns = sorted(found.rows), sorted(found.columns)
    return replace(
        grid,
        rows=[rows[row - 1] for row in grid.rows],
        places=[columns[place] for place in grid.places],
        merges=found.merges,
    )


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

    >>> distinct_names(b'<sheets><sheet name="a" r:id="1"/><sheet name="A" r:id="2"/></sheets>')
    b'<sheets><sheet name="a" r:id="1"/><sheet name="A (2)" r:id="2"/></sheets>'
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
    """Return the value of an attribute, "" without it; `name` is a pattern.

    >>> _attribute(b'name="a &amp; b" r:id="rId1"', "name"), _attribute(b"x='1'", "y")
    ('a & b', '')
    """
    text = tag.decode("utf-8", "replace")
    found = re.search(rf"""(?:^|\s){name}\s*=\s*(?:"([^"]*)"|'([^']*)')""", text)
    return unescape(found[1] or found[2] or "") if found else ""
