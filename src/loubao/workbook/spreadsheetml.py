"""XML Spreadsheet 2003 → grids.

Its root is `<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`; Excel opens it under
the name .xls or .xml, and older reporting systems still write it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from lxml import etree

from loubao.core.faults import UntrustedInput
from loubao.workbook.grid import (
    MAX_CELLS,
    Grid,
    Merge,
    Note,
    error_note,
    grid_of_cells,
    too_large,
    valueless_note,
)

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_MOST_SPAN = 1 << 20


def read_spreadsheetml(text: str, file: str) -> Iterator[Grid]:
    """Yield a grid for each worksheet."""
    if "<!DOCTYPE" in text[:4096] or "<!ENTITY" in text[:4096]:
        raise UntrustedInput(f"{file}：XML 里有外部定义，没有打开。请用表格软件打开后另存为 xlsx。")
    source = io.BytesIO(text.encode("utf-8", "replace"))
    events = etree.iterparse(
        source,
        events=("end",),
        tag=f"{_SS}Worksheet",
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
    )
    for _, worksheet in events:
        yield _grid(worksheet, file)
        worksheet.clear()


def _grid(worksheet: etree._Element, file: str) -> Grid:
    name = worksheet.get(f"{_SS}Name") or ""
    rows: list[tuple[int, dict[int, object]]] = []
    merges: list[Merge] = []
    hidden: set[int] = set()
    notes: list[Note] = []
    number = size = 0
    for row in worksheet.iterfind(f"{_SS}Table/{_SS}Row"):
        number = _integer(row, "Index") or number + 1
        if row.get(f"{_SS}Hidden") == "1":
            hidden.add(number)
        values: dict[int, object] = {}
        column = -1
        for cell in row.iterfind(f"{_SS}Cell"):
            index = _integer(cell, "Index")
            column = index - 1 if index else column + 1
            value = _value(cell, number, column, notes)
            if value is not None:
                values[column] = value
            across, down = _integer(cell, "MergeAcross"), _integer(cell, "MergeDown")
            if across or down:
                merges.append(Merge(number, column, number + down, column + across))
            column += across
        if values:
            rows.append((number, values))
            size += len(values)
            if size > MAX_CELLS:
                raise too_large(file, name, number, len(values))
        number += _integer(row, "Span")
    shown = worksheet.findtext(f"{_EXCEL}WorksheetOptions/{_EXCEL}Visible", "SheetVisible")
    return grid_of_cells(
        file,
        name,
        rows,
        merges=merges,
        hidden_rows=hidden,
        hidden=shown != "SheetVisible",
        notes=notes,
    )


def _value(cell: etree._Element, row: int, column: int, notes: list[Note]) -> object:
    data = cell.find("{*}Data")
    formula = cell.get(f"{_SS}Formula")
    if data is None:
        if formula:
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
        return text.partition(".")[0].replace("T", " ").removesuffix(" 00:00:00")
    if kind == "Boolean":
        return text.strip() == "1"
    return text


def _integer(element: etree._Element, name: str) -> int:
    value = element.get(f"{_SS}{name}") or ""
    return min(int(value), _MOST_SPAN) if value.isascii() and value.isdigit() else 0
