"""XML Spreadsheet 2003 → grids.

Its root is `<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`; Excel opens it under
the name .xls or .xml, and older reporting systems still write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loubao.workbook.cell_text import stamp_text
from loubao.workbook.container import elements
from loubao.workbook.grid import LAST_ROW, Grid, GridBuilder, Note, error_note, valueless_note

if TYPE_CHECKING:
    from lxml import etree

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"


def read_spreadsheetml(text: str, file: str) -> Iterator[Grid]:
    """Yield a grid for each worksheet, hidden ones included."""
    refusal = f"{file}：XML 里有外部定义，没有打开。请用表格软件打开后另存为 xlsx。"
    xml = text.encode("utf-8", "replace")
    for worksheet in elements(xml, (f"{_SS}Worksheet",), refusal, "utf-8"):
        yield _grid(worksheet, file)
        worksheet.clear()


def _grid(worksheet: etree._Element, file: str) -> Grid:
    """Lay out one worksheet. `Index` gives a row or cell its place, else it follows the last."""
    shown = worksheet.findtext(f"{_EXCEL}WorksheetOptions/{_EXCEL}Visible", "SheetVisible")
    name = worksheet.get(f"{_SS}Name") or ""
    builder = GridBuilder(file, name, hidden=shown != "SheetVisible")
    number = 0
    for row in worksheet.iterfind(f"{_SS}Table/{_SS}Row"):
        number = _integer(row, "Index") or number + 1
        values: dict[int, object] = {}
        column = -1
        for cell in row.iterfind(f"{_SS}Cell"):
            index = _integer(cell, "Index")
            column = index - 1 if index else column + 1
            value = _value(cell, number, column, builder.notes)
            if value is not None:
                values[column] = value
            across, down = _integer(cell, "MergeAcross"), _integer(cell, "MergeDown")
            builder.add_span(number, column, down + 1, across + 1)
            column += across
        builder.add_rows(number, values, hidden=row.get(f"{_SS}Hidden") == "1")
        number += _integer(row, "Span")
    return builder.grid()


def _value(cell: etree._Element, row: int, column: int, notes: list[Note]) -> object:
    """Return the value of a cell, None when there is none; what is amiss is added to `notes`."""
    data = cell.find("{*}Data")
    if data is None:
        if cell.get(f"{_SS}Formula"):
            notes.append(valueless_note(row, column))
        return None
    text = "".join(map(str, data.itertext()))
    kind = data.get(f"{_SS}Type")
    if kind == "Error":
        notes.append(error_note(row, column, text[:20] or "#?"))
        return None
    if kind == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "DateTime":
        return stamp_text(text)
    if kind == "Boolean":
        return text.strip() == "1"
    return text


def _integer(element: etree._Element, name: str) -> int:
    """Return a place or span, 0 where it is left out or no number."""
    value = element.get(f"{_SS}{name}") or ""
    return min(int(value), LAST_ROW) if value.isascii() and value.isdigit() else 0
