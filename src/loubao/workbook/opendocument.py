"""OpenDocument spreadsheets (.ods) → grids, straight from content.xml.

Not through calamine: it tells neither merged ranges nor hidden rows nor errors of this format, and
content.xml is written with repetitions ("the next million cells are blank") that have to be
bounded before they are laid out. Element names: OpenDocument 1.3 part 3, chapter 9.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import cast

from lxml import etree

from loubao.core.faults import UntrustedInput
from loubao.workbook.container import Archive, inflated
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

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"

_CELLS = frozenset((f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"))
_PARAGRAPH = f"{_TEXT}p"
_KIND, _VALUE = f"{_OFFICE}value-type", f"{_OFFICE}value"
_CALCULATED_KIND = f"{_CALC}value-type"
_FORMULA, _REPEATED = f"{_TABLE}formula", f"{_TABLE}number-columns-repeated"
_DOWN, _ACROSS = f"{_TABLE}number-rows-spanned", f"{_TABLE}number-columns-spanned"
_LAST_ROW = 1 << 20
_LAST_COLUMN = 1 << 14
_DURATION = re.compile(r"PT([0-9]+)H([0-9]+)M([0-9]+)(?:[.,][0-9]*)?S")


def is_encrypted(archive: Archive) -> bool:
    """Whether the manifest says that parts of the document are encrypted."""
    name = "meta-inf/manifest.xml"
    return name in archive.parts and b"encryption-data" in inflated(archive, name)


def read_ods(archive: Archive) -> Iterator[Grid]:
    """Yield a grid for each sheet of an OpenDocument spreadsheet, hidden ones included."""
    content = inflated(archive, "content.xml")
    if b"<!DOCTYPE" in content[:4096] or b"<!ENTITY" in content[:4096]:
        raise UntrustedInput(
            f"{archive.file}：里面有外部定义，没有打开。请用表格软件打开后另存为 xlsx。"
        )
    hidden_styles: set[str] = set()
    events = etree.iterparse(
        io.BytesIO(content),
        events=("end",),
        tag=(f"{_STYLE}style", f"{_TABLE}table"),
        resolve_entities=False,
        no_network=True,
        huge_tree=True,
    )
    for _, element in events:
        if element.tag == f"{_STYLE}style":
            properties = element.find(f"{_STYLE}table-properties")
            if properties is not None and properties.get(f"{_TABLE}display") == "false":
                hidden_styles.add(element.get(f"{_STYLE}name") or "")
        elif (parent := element.getparent()) is not None and parent.tag == f"{_OFFICE}spreadsheet":
            hidden = element.get(f"{_TABLE}style-name") in hidden_styles
            yield _grid(element, archive.file, hidden)
            element.clear()


def _grid(table: etree._Element, file: str, hidden: bool) -> Grid:
    name = table.get(f"{_TABLE}name") or ""
    rows: list[tuple[int, dict[int, object]]] = []
    merges: list[Merge] = []
    hidden_rows: set[int] = set()
    notes: list[Note] = []
    number = size = 0
    for row in table.iter(f"{_TABLE}table-row"):
        first = number + 1
        times = _integer(row.get(f"{_TABLE}number-rows-repeated"))
        number += times
        values = _row(row, first, merges, notes)
        if not values:
            continue
        size += len(values) * times
        if size > MAX_CELLS or number > _LAST_ROW:
            raise too_large(file, name, number, len(values))
        rows += ((again, values) for again in range(first, number + 1))
        if row.get(f"{_TABLE}visibility") in ("collapse", "filter"):
            hidden_rows.update(range(first, number + 1))
    return grid_of_cells(
        file, name, rows, merges=merges, hidden_rows=hidden_rows, hidden=hidden, notes=notes
    )


def _row(
    row: etree._Element, number: int, merges: list[Merge], notes: list[Note]
) -> dict[int, object]:
    """Return the values of one row by column; merges and notes are added to the lists."""
    values: dict[int, object] = {}
    column = 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        # A dict of its own: looked up six times, which costs more through lxml.
        about = cast("dict[str, str]", dict(cell.items()))
        times = _integer(about.get(_REPEATED))
        if about or len(cell):
            value = _value(cell, about, number, column, notes)
            if value is not None:
                for again in range(column, column + min(times, _LAST_COLUMN)):
                    values[again] = value
            if _DOWN in about or _ACROSS in about:
                bottom = number + _integer(about.get(_DOWN)) - 1
                merges.append(
                    Merge(number, column, bottom, column + _integer(about.get(_ACROSS)) - 1)
                )
        column += times
    return values


def _value(
    cell: etree._Element, about: Mapping[str, str], row: int, column: int, notes: list[Note]
) -> object:
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
        return float(about[_VALUE]) if _VALUE in about else text
    if kind == "date" and (stamp := about.get(f"{_OFFICE}date-value")):
        return stamp.partition(".")[0].replace("T", " ").removesuffix(" 00:00:00")
    if kind == "time":
        found = _DURATION.match(about.get(f"{_OFFICE}time-value", ""))
        return "{:0>2}:{:0>2}:{:0>2}".format(*found.groups()) if found else text
    if kind == "boolean":
        return about.get(f"{_OFFICE}boolean-value") == "true"
    return text


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
            yield " " * min(int(child.get(f"{_TEXT}c") or 1), 1000)
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif isinstance(child.tag, str) and child.tag != f"{_OFFICE}annotation":
            yield from _pieces(child)
        yield child.tail or ""


def _integer(value: str | None) -> int:
    """Return a count or span, 1 where it is left out or nonsense."""
    if value is None:
        return 1
    return max(1, min(int(value), 1 << 21)) if value.isascii() and value.isdigit() else 1
