"""OpenDocument spreadsheets → grids: .ods (a zip) and .fods (one XML file).

content.xml is written with repetitions ("the next million cells are blank") that have to be bounded
before they are laid out, and is read row by row. Element names: OpenDocument 1.3 part 3, chapter 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from loubao.workbook.cell_text import stamp_text
from loubao.workbook.container import Archive, elements, forget, inflated
from loubao.workbook.grid import (
    LAST_COLUMN,
    LAST_ROW,
    Grid,
    GridBuilder,
    Note,
    error_note,
    too_large,
    valueless_note,
)
from loubao.workbook.struck_cells import strikes

if TYPE_CHECKING:
    from lxml import etree

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"

_CELLS = frozenset((f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"))
_ROW, _PARAGRAPH = f"{_TABLE}table-row", f"{_TEXT}p"
_KIND, _VALUE = f"{_OFFICE}value-type", f"{_OFFICE}value"
_CALCULATED_KIND = f"{_CALC}value-type"
_FORMULA, _REPEATED = f"{_TABLE}formula", f"{_TABLE}number-columns-repeated"
_DOWN, _ACROSS = f"{_TABLE}number-rows-spanned", f"{_TABLE}number-columns-spanned"
_DURATION = re.compile(r"PT([0-9]+)H([0-9]+)M([0-9]+)(?:[.,][0-9]*)?S")


def is_encrypted(archive: Archive) -> bool:
    """Whether the manifest names parts of the document that are encrypted."""
    name = "meta-inf/manifest.xml"
    return name in archive.parts and b"encryption-data" in inflated(archive, name)


def read_ods(archive: Archive) -> Iterator[Grid]:
    """Yield a grid for each sheet of an OpenDocument spreadsheet, hidden ones included."""
    return read_document(inflated(archive, "content.xml"), archive.file)


def read_document(xml: bytes, file: str) -> Iterator[Grid]:
    """Yield a grid for each sheet of a document's XML.

    A table within another (in an embedded document, in a cell) is no sheet.
    """
    hidden_styles: set[str | None] = set()
    struck: set[str] = set()
    tags = (f"{_STYLE}style", f"{_TABLE}table", _ROW)
    depth, first = 0, 1
    builder = GridBuilder(file, "")
    for event, element in elements(xml, tags, file, events=("start", "end")):
        if element.tag == f"{_STYLE}style":
            properties = element.find(f"{_STYLE}table-properties")
            if properties is not None and properties.get(f"{_TABLE}display") == "false":
                hidden_styles.add(element.get(f"{_STYLE}name") or "")
            if strikes(element):
                struck.add(element.get(f"{_STYLE}name") or "")
        elif element.tag == _ROW:
            if event == "end" and depth == 1:
                builder.struck.update(_struck_in_row(element, first, struck))
                first += _add_row(builder, element, first)
                forget(element)
        elif event == "start":
            parent = element.getparent()
            if depth or (parent is not None and parent.tag == f"{_OFFICE}spreadsheet"):
                depth += 1
            if depth == 1:
                hidden = element.get(f"{_TABLE}style-name") in hidden_styles
                builder = GridBuilder(file, element.get(f"{_TABLE}name") or "", hidden)
                first = 1
        elif depth:
            depth -= 1
            if not depth:
                yield builder.grid()
                forget(element)


def _add_row(builder: GridBuilder, row: etree._Element, first: int) -> int:
    """Add a row that stands at `first`; return how many rows it is."""
    times = _times(row.get(f"{_TABLE}number-rows-repeated"))
    invisible = row.get(f"{_TABLE}visibility") in ("collapse", "filter")
    builder.add_rows(first, _row(row, first, builder), times=times, hidden=invisible)
    return times


def _struck_in_row(row: etree._Element, number: int, styles: set[str]) -> Iterator[tuple[int, int]]:
    """The cells of a row that have one of `styles`, or a part that has."""
    column = 0
    for cell in row if styles else ():
        if cell.tag in _CELLS:
            spans = (span.get(f"{_TEXT}style-name") for span in cell.iter(f"{_TEXT}span"))
            if cell.get(f"{_TABLE}style-name") in styles or any(s in styles for s in spans):
                yield number, column
            column += _times(cell.get(_REPEATED))


def _row(row: etree._Element, number: int, builder: GridBuilder) -> dict[int, object]:
    """Return the values of one row by column; spans and notes are added to the builder."""
    values: dict[int, object] = {}
    column = 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        # A dict of its own: looked up six times, which costs more through lxml.
        about = cast("dict[str, str]", dict(cell.items()))
        times = _times(about.get(_REPEATED))
        if about or len(cell):
            value = _value(cell, about, number, column, builder.notes)
            if value is not None:
                if column + times > LAST_COLUMN:
                    raise too_large(builder.file, builder.name, number, column + times)
                values.update(dict.fromkeys(range(column, column + times), value))
            down, across = _times(about.get(_DOWN)), _times(about.get(_ACROSS))
            builder.add_span(number, column, down, across)
        column += times
    return values


def _value(
    cell: etree._Element, about: Mapping[str, str], row: int, column: int, notes: list[Note]
) -> object:
    """Return the value of a cell with the attributes `about`, None when there is none."""
    kind = about.get(_KIND)
    formula = about.get(_FORMULA)
    text = _text(cell)
    if about.get(_CALCULATED_KIND) == "error" or (formula and re.match(r"#|Err:[0-9]", text)):
        notes.append(error_note(row, column, text[:20] or "#?"))
        return None
    if kind == "string":
        return text or about.get(f"{_OFFICE}string-value")
    if kind is None:
        if formula and not text:
            notes.append(valueless_note(row, column))
        return text or None
    if kind in ("float", "percentage", "currency"):
        number = _number(about.get(_VALUE))
        return text if number is None else number
    if kind == "date" and (stamp := about.get(f"{_OFFICE}date-value")):
        return stamp_text(stamp)
    if kind == "time":
        return _clock(about.get(f"{_OFFICE}time-value", "")) or text
    if kind == "boolean":
        return about.get(f"{_OFFICE}boolean-value", "").lower() not in ("", "0", "false")
    return text


def _number(value: str | None) -> float | None:
    """Return a number, None for a value that is none."""
    try:
        return float(value) if value else None
    except ValueError:
        return None


def _clock(duration: str) -> str:
    """Return an ISO 8601 duration of hours as a time of day, "" for any other text.

    >>> _clock("PT8H30M0S"), _clock("PT08H05M59.4S"), _clock("P1D")
    ('08:30:00', '08:05:59', '')
    """
    found = _DURATION.match(duration)
    return "{:0>2}:{:0>2}:{:0>2}".format(*found.groups()) if found else ""


def _text(cell: etree._Element) -> str:
    """Return the paragraphs of a cell as lines, its comments left out."""
    if len(cell) == 1 and cell[0].tag == _PARAGRAPH and not len(cell[0]):
        return cell[0].text or ""
    return "\n".join("".join(_pieces(p)) for p in cell.iterchildren(_PARAGRAPH))


def _pieces(element: etree._Element) -> Iterator[str]:
    """Yield the text of a paragraph; repeated spaces, tabs and line breaks are elements."""
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * min(_times(child.get(f"{_TEXT}c")), 1000)
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif isinstance(child.tag, str) and child.tag != f"{_OFFICE}annotation":
            yield from _pieces(child)
        yield child.tail or ""


def _times(value: str | None) -> int:
    """Return how often something is repeated or how far it spans, at least once."""
    return max(1, integer(value, 2 * LAST_ROW))


def integer(value: str | None, most: int = LAST_ROW) -> int:
    """Return a place or span, 0 where it is left out or no number.

    >>> [integer(value, 9) for value in ("3", None, "0", "-2", "two", "10")]
    [3, 0, 0, 0, 0, 9]
    """
    return min(int(value), most) if value and value.isascii() and value.isdigit() else 0
