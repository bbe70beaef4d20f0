"""XML Spreadsheet 2003 → grids.

The root is `<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`. Excel opens it under
the name .xls or .xml, and older reporting systems still write it, some without its namespaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import name2codepoint
from typing import TYPE_CHECKING

from loubao.workbook.container import elements, forget
from loubao.workbook.grid import Grid, GridBuilder, Note, error_note, valueless_note
from loubao.workbook.number_formats import Shown, iso_text, serial_text, shown_by
from loubao.workbook.open_document import integer

if TYPE_CHECKING:
    from lxml import etree

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"

#: Formats that have names of their own.
_NAMED = {
    **dict.fromkeys(("General Date", "Long Date", "Medium Date", "Short Date"), Shown.DATE),
    **dict.fromkeys(("Long Time", "Medium Time", "Short Time"), Shown.TIME),
    **dict.fromkeys(("General Number", "Currency", "Fixed", "Standard", "Percent"), Shown.NUMBER),
    **dict.fromkeys(("Euro Currency", "Scientific", "Yes/No", "True/False"), Shown.NUMBER),
    "On/Off": Shown.NUMBER,
}
#: A character by its name in HTML, which XML does not have; some reporting systems write it.
_OF_HTML = re.compile(rf"&({'|'.join(name2codepoint.keys() - {'amp', 'lt', 'gt', 'quot'})});")
#: A time of day is written as one of the day before the first.
_NO_DAY = ("1899-12-31 ", "1899-12-30 ")


class _Styles:
    """What the styles of a workbook show of a number; one may build on another."""

    def __init__(self) -> None:
        self.shown: dict[str, Shown] = {}
        self.since_1904 = False
        self.struck: set[str] = set()

    def add(self, style: etree._Element) -> None:
        kind = self.shown.get(_get(style, "Parent"), Shown.NUMBER)
        for about in style:
            name = str(about.tag).rpartition("}")[2]
            code = _get(about, "Format") if name == "NumberFormat" else ""
            if code:
                kind = _NAMED[code] if code in _NAMED else shown_by(code)
            if name == "Font" and _get(about, "StrikeThrough") == "1":
                self.struck.add(_get(style, "ID"))
        self.shown[_get(style, "ID")] = kind

    def text(self, number: float, style: str) -> object:
        kind = self.shown.get(style) or self.shown.get("Default", Shown.NUMBER)
        return number if kind is Shown.NUMBER else serial_text(number, kind, self.since_1904)


def read_spreadsheetml(text: str, file: str) -> Iterator[Grid]:
    """Yield a grid for each worksheet, hidden ones included. It is read row by row."""
    xml = _OF_HTML.sub(lambda name: chr(name2codepoint[name[1]]), text).encode("utf-8", "replace")
    styles = _Styles()
    tags = ("{*}Style", "{*}Date1904", "{*}Worksheet", "{*}Row", "{*}Visible")
    builder, last = GridBuilder(file, ""), 0
    for event, element in elements(xml, tags, file, events=("start", "end")):
        name = str(element.tag).rpartition("}")[2]
        if event == "start":
            if name == "Worksheet":
                builder, last = GridBuilder(file, _get(element, "Name")), 0
        elif name == "Style":
            styles.add(element)
            forget(element)
        elif name == "Date1904":
            styles.since_1904 = True
        elif name == "Visible" and _within(element, "WorksheetOptions"):
            builder.hidden = (element.text or "").strip() != "SheetVisible"
        elif name == "Row":
            last = _add_row(builder, element, last, styles)
            forget(element)
        elif name == "Worksheet":
            builder.since_1904 = styles.since_1904
            yield builder.grid()
            forget(element)


def _within(element: etree._Element, name: str) -> bool:
    parent = element.getparent()
    return parent is not None and str(parent.tag).rpartition("}")[2] == name


def _get(element: etree._Element, name: str) -> str:
    """Return an attribute, "" without it; some programs leave out its namespace."""
    return element.get(f"{_SS}{name}") or element.get(name) or ""


def _add_row(builder: GridBuilder, row: etree._Element, last: int, styles: _Styles) -> int:
    """Add the row behind row `last`; return where the next one follows.

    `Index` gives a row or cell its place, else it follows the last.
    """
    number = integer(_get(row, "Index")) or last + 1
    values: dict[int, object] = {}
    column = -1
    for cell in row.iterfind("{*}Cell"):
        index = integer(_get(cell, "Index"))
        column = index - 1 if index else column + 1
        style = _get(cell, "StyleID") or _get(row, "StyleID")
        value = _value(cell, (number, column), builder.notes, styles, style)
        if value is not None:
            values[column] = value
        if style in styles.struck:
            builder.struck.add((number, column))
        across, down = (integer(_get(cell, f"Merge{way}")) for way in ("Across", "Down"))
        builder.add_span(number, column, down + 1, across + 1)
        column += across
    builder.add_rows(number, values, hidden=_get(row, "Hidden") == "1")
    return number + integer(_get(row, "Span"))


def _value(
    cell: etree._Element, place: tuple[int, int], notes: list[Note], styles: _Styles, style: str
) -> object:
    """Return the value of a cell, None when there is none; what is amiss is added to `notes`."""
    data = cell.find("{*}Data")
    if data is None:
        if _get(cell, "Formula"):
            notes.append(valueless_note(*place))
        return None
    text = "".join(map(str, data.itertext()))
    kind = _get(data, "Type")
    if kind == "Error":
        notes.append(error_note(*place, text[:20] or "#?"))
        return None
    if kind == "Number":
        try:
            return styles.text(float(text), style)
        except ValueError:
            return text
    if kind == "DateTime":
        return _stamp(text)
    if kind == "Boolean":
        return text.strip() == "1"
    return text


def _stamp(text: str) -> str:
    """Return a date, a time of day, or both.

    >>> _stamp("1990-01-31T00:00:00.000"), _stamp("1899-12-31T08:30:00.000")
    ('1990-01-31', '08:30:00')
    """
    stamp = iso_text(text)
    return next((stamp.removeprefix(day) for day in _NO_DAY if stamp.startswith(day)), stamp)
