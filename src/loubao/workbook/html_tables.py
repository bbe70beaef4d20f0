"""HTML tables, which many systems export under the name .xls → grids.

Tables that hold nothing but a title or a footer (one row or one column) join the table they stand
beside, as a spreadsheet program would show them; rows count on through what was joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from lxml import etree

from loubao.core.faults import UntrustedInput
from loubao.workbook.container import damaged
from loubao.workbook.grid import (
    LAST_COLUMN,
    LAST_ROW,
    MAX_CELLS,
    Grid,
    Merge,
    refuse_too_large,
    too_large,
)
from loubao.workbook.struck_cells import is_struck, struck_classes

# The HTML standard's own ceilings for colspan and rowspan.
_MOST_COLSPAN = 1000
_MOST_ROWSPAN = 65534
#: Beginnings and ends of elements, and attributes: what a page takes in memory.
_MOST_MARKS = 8_000_000

_SPACES = re.compile("[ \t\r\n\f]+")
_SHEET_NAME = re.compile(r"<x:Name>([^<]*)</x:Name>", re.IGNORECASE)
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_SILENT = frozenset(("script", "style", "table"))


@dataclass(slots=True)
class _Table:
    rows: list[list[str]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    struck: set[tuple[int, int]] = field(default_factory=set)

    def append(self, other: _Table) -> None:
        down = len(self.rows)
        self.rows += other.rows
        self.hidden.update(row + down for row in other.hidden)
        self.struck.update((row + down, column) for row, column in other.struck)
        self.merges += (Merge(m.top + down, m.left, m.bottom + down, m.right) for m in other.merges)

    @property
    def is_caption(self) -> bool:
        return len(self.rows) < 2 or max(map(len, self.rows)) < 2


def read_html(text: str, file: str) -> list[Grid]:
    """Return a grid for each data table of an HTML page; colspan and rowspan become merges."""
    if text.count("<") + text.count("=") > _MOST_MARKS:
        raise too_large(file, "", text.count("<tr"), text.count("<td"))
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    source = text.replace("\0", "").encode("utf-8", "replace")
    root = etree.fromstring(source, parser)
    if any("depth" in entry.message for entry in parser.error_log):
        raise damaged(file)  # the parser gave up and left out the rest
    classes = struck_classes(text)
    rows: dict[etree._Element, list[etree._Element]] = {e: [] for e in root.iter("table")}
    for tr in root.iter("tr"):
        table = next(tr.iterancestors("table"), None)
        if table is not None:
            rows[table].append(tr)
    every = (_table(trs, file, classes) for trs in rows.values())
    tables = [table for table in every if table.rows]
    if not tables:
        raise UntrustedInput(f"{file}：是网页，里面没有表格（也许导出时登录已过期）。请重新导出。")
    joined = _joined(tables)
    names = _SHEET_NAME.findall(text[: 1 << 16])
    single = names[0].strip() if len(names) == 1 else ""
    return [
        _grid(table, single if len(joined) == 1 else f"表{i}", file)
        for i, table in enumerate(joined, start=1)
    ]


def _joined(tables: list[_Table]) -> list[_Table]:
    joined: list[_Table] = []
    waiting = _Table()
    for table in tables:
        waiting.append(table)
        if not table.is_caption:
            joined.append(waiting)
            waiting = _Table()
    if not joined:
        return [waiting]
    joined[-1].append(waiting)
    return joined


def _grid(table: _Table, name: str, file: str) -> Grid:
    width = max(map(len, table.rows))
    refuse_too_large(file, name, len(table.rows), width)
    columns = list(zip_longest(*table.rows, fillvalue=""))
    rows = range(1, len(table.rows) + 1)
    struck = frozenset(table.struck)
    return Grid(name, columns, rows, range(width), table.merges, table.hidden, struck=struck)


def _table(trs: Sequence[etree._Element], file: str, classes: frozenset[str] | None) -> _Table:
    """Lay out the rows of one table; a blank one comes back without rows."""
    table = _Table()
    taken: dict[int, int] = {}  # column → last row that a cell above reaches down to
    size = 0
    for row, tr in enumerate(trs, start=1):
        if row > LAST_ROW:
            raise too_large(file, "", len(trs), 0)
        values: list[str] = []
        for cell in _cells(tr):
            while taken.get(len(values), 0) >= row:
                values.append("")
            left = len(values)
            across = _span(cell, "colspan", _MOST_COLSPAN)
            down = _span(cell, "rowspan", _MOST_ROWSPAN)
            values += [_text(cell), *[""] * (across - 1)]
            if classes is not None and is_struck(cell, classes):
                table.struck.add((row, left))
            if across > 1 or down > 1:
                table.merges.append(Merge(row, left, row + down - 1, left + across - 1))
            if down > 1:
                taken.update(dict.fromkeys(range(left, left + across), row + down - 1))
            if size + len(values) > MAX_CELLS or len(values) > LAST_COLUMN:
                raise too_large(file, "", row, len(values))
        size += len(values)
        if _NOT_DISPLAYED.search(tr.get("style") or "") or tr.get("hidden") is not None:
            table.hidden.add(row)
        table.rows.append(values)
    return table if any(map(any, table.rows)) else _Table()


def _cells(tr: etree._Element) -> Iterator[etree._Element]:
    for child in tr:
        if child.tag in ("td", "th"):
            yield child
        elif isinstance(child.tag, str) and child.tag not in _SILENT:
            yield from _cells(child)  # a form or font around the cells


def _span(cell: etree._Element, name: str, most: int) -> int:
    """Return a span as the HTML standard reads it: digits first, 0 rows are all the rest.

    >>> [_span(etree.Element("td", rowspan=text), "rowspan", 99) for text in ("2", "3x", "0", "x")]
    [2, 3, 99, 1]
    """
    text = cell.get(name)
    found = re.match(r"\s*([0-9]{1,9})", text) if text else None
    if not found:
        return 1
    number = int(found[1])
    return most if number == 0 and name == "rowspan" else max(1, min(number, most))


def _text(cell: etree._Element) -> str:
    """Return the text a browser would show: spaces collapsed, <br> a line end."""
    if not len(cell) and not cell.text:
        return ""
    text = _collapsed(cell.text or "") if not len(cell) else "".join(_pieces(cell))
    lines = (line.strip(" \t\r\n\f") for line in text.split("\v"))
    return "\n".join(lines).strip("\n")


def _pieces(element: etree._Element) -> Iterator[str]:
    yield _collapsed(element.text or "")
    for child in element:
        if child.tag == "br":
            yield "\v"
        elif isinstance(child.tag, str) and child.tag not in _SILENT:
            block = child.tag in ("p", "div", "li")
            yield "\v" if block and child.getprevious() is not None else ""
            yield from _pieces(child)
        yield _collapsed(child.tail or "")


def _collapsed(text: str) -> str:
    r"""Return a text with each run of spaces and line ends as one space.

    >>> _collapsed("张\n   三")
    '张 三'
    """
    return _SPACES.sub(" ", text)
