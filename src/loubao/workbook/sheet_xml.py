"""The XML of one worksheet of an xlsx → its grid.

The cells are taken in one of two ways that find the same (a property test compares them):

1. `plain_cells`: nearly every program writes cells plainly (`<c r="A1" s="2" t="s"><v>…`), and
   then they are taken block by block with one pattern; some ten times faster, which is a third of
   all reading.
2. `walked_cells`: any other sheet is walked through element by element.

Then each cell's value is written as its type and number format say. Memory grows with the cells
that hold something, not with the sheet. Element and attribute names: ECMA-376 part 1, 18.3.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from loubao.workbook.cell_text import column_number
from loubao.workbook.cell_values import WRITTEN, CellBook, unescaped, valued
from loubao.workbook.container import Archive, blocks, damaged, elements, forget, inflated
from loubao.workbook.grid import (
    LAST_COLUMN,
    LAST_ROW,
    MAX_CELLS,
    Grid,
    Merge,
    grid_of_cells,
    too_large,
)

if TYPE_CHECKING:
    from lxml import etree


@dataclass(slots=True)
class WrittenSheet:
    """A sheet as written: the cells in the order of the file, merged ranges, hidden rows."""

    cells: pl.DataFrame
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)


def read_sheet_cells(archive: Archive, part: str, book: CellBook, grid: Grid) -> Grid:
    """Return `grid` with the cells of the worksheet `part`.

    Raises `UntrustedInput` for a sheet that is damaged or holds more than `MAX_CELLS`, and the
    parser's error for XML that is cut off.
    """
    written = plain_cells(blocks(archive, part))
    if written is None:
        written = walked_cells(inflated(archive, part), archive.file)
    if written.cells.height > MAX_CELLS:
        raise too_large(archive.file, grid.name, written.cells["row"].n_unique(), 1)
    cells, notes = valued(written.cells, book)
    about = replace(grid, merges=written.merges, hidden_rows=written.hidden_rows, notes=notes)
    return grid_of_cells(cells, about, archive.file)


# -- plainly written sheets: a pattern ---------------------------------------------------------

# What follows "<c ". Anchored, so that it is matched in one pass.
_PLAIN_CELL = (
    r'^r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]{1,6})")?(?: t="([A-Za-z]+)")?'
    r'(?: (?:cm|vm|ph)="\w+")*>\s*(?:(<f)(?:/>|[ >][^<]*(?:</f>)?)\s*)?'
    r"(?:<v(?: [^<>]*)?>([^<]*)</v>|<v()/>|<is>\s*<t(?: [^<>]*)?>([^<]*)</t>\s*</is>)?\s*</c>"
)
_BLANK_CELL = "^[^<>]*/>"
_SHEET_START = re.compile(rb"<(?:([\w.-]+):)?worksheet[\s>]")
_PREFIXED = re.compile(rb":(?:c|row|sheetData)[\s/>]")
_NOT_PLAIN = (b"<!", b"<?", b"&#")
_PLACELESS = re.compile(rb"<c(?! r=)(?=[\s/>])")
_HIDDEN_MARK = re.compile(rb"hidden=")
_ROW = re.compile(rb"<row([^<>]*)>")
_ROW_NUMBER = re.compile(rb"""\sr=["']([0-9]{1,7})["']""")
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true|on)["']""")
_MERGE = re.compile(rb"""<mergeCell\s[^<>]*?\bref\s*=\s*["']([^"']+)["']""")
_BLOCK = 4 << 20
#: A longer row is none that a program writes.
_LONGEST_ROW = 32 << 20


def plain_cells(source: Iterable[bytes]) -> WrittenSheet | None:
    """Return the cells of a plainly written sheet, None when it is written in any other way."""
    found: list[pl.DataFrame] = []
    sheet = WrittenSheet(pl.DataFrame(schema=WRITTEN))
    count = 0
    for data, tail in _row_blocks(source):
        if data is None:
            return None
        cells = _block_cells(data, sheet)
        if cells is None:
            return None
        found.append(cells)
        count += cells.height
        if count > MAX_CELLS:
            break
        sheet.merges += filter(None, map(merge_of, _MERGE.findall(tail)))
    sheet.cells = pl.concat([sheet.cells, *found])
    return sheet


def _row_blocks(source: Iterable[bytes]) -> Iterator[tuple[bytes | None, bytes]]:
    """Yield the rows of a sheet in blocks, each with what follows the rows (of the last one).

    Cut where a row begins. A namespace prefix is taken off. `(None, b"")`: not written plainly.
    """
    waiting = b""
    fed: list[bytes] = []
    mark: bytes | None = None
    for block in source:
        fed.append(block)
        if mark is not None and sum(map(len, fed)) < _BLOCK:
            continue
        waiting = b"".join((waiting, *fed))
        fed.clear()
        if mark is None:
            at, start = waiting.find(b"sheetData"), _SHEET_START.search(waiting)
            if at < 0:
                if len(waiting) > _BLOCK:
                    break
                continue
            head = waiting[:at]
            if start is None or b"<!" in head or not _is_utf8(head):
                break
            mark = start[1] + b":" if start[1] else b""
            waiting = waiting[waiting.rfind(b"<", 0, at) :]
        if len(waiting) >= _BLOCK:
            cut = waiting.rfind(b"<%brow" % mark)
            if cut > 0:
                yield _bare(waiting[:cut], mark), b""
                waiting = waiting[cut:]
            elif len(waiting) > _LONGEST_ROW:
                break
    else:
        waiting = b"".join((waiting, *fed))
        last = None if mark is None else _bare(waiting, mark)
        end = -1 if last is None else last.rfind(b"</sheetData>")
        if last is not None and end >= 0 and b"</worksheet>" in last:
            yield last[:end], last[end:]
            return
    yield None, b""


def _is_utf8(head: bytes) -> bool:
    declared = re.search(rb"""encoding\s*=\s*["']([^"']*)""", head[:200])
    return declared is None or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii")


def _bare(xml: bytes, prefix: bytes) -> bytes:
    if not prefix:
        return xml
    return xml.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")


def _block_cells(data: bytes, sheet: WrittenSheet) -> pl.DataFrame | None:
    """Return the cells of one block of rows; hidden rows are added to `sheet`."""
    if any(mark in data for mark in _NOT_PLAIN):
        return None
    if _PREFIXED.search(data) or _PLACELESS.search(data):
        return None
    if _HIDDEN_MARK.search(data):
        for attributes in _ROW.findall(data):
            number = _ROW_NUMBER.search(attributes)
            if number is None:
                return None
            if _HIDDEN.search(attributes):
                sheet.hidden_rows.add(int(number[1]))
    if b"<c " not in data:
        return pl.DataFrame(schema=WRITTEN)
    try:
        pieces = pl.Series([data.decode()]).str.split("<c ").explode()[1:]
    except UnicodeDecodeError:
        return None
    cells = pieces.str.extract_groups(_PLAIN_CELL).struct.unnest()
    letters, row, style, kind, formula, value, blank, inline = map(pl.col, cells.columns)
    other = cells.to_series(0).is_null()
    if other.any():
        if not pieces.filter(other).str.contains(_BLANK_CELL).all():
            return None
        cells = cells.filter(~other)
        if not cells.height:
            return pl.DataFrame(schema=WRITTEN)
    unique = cells.to_series(0).unique()
    columns = {text: column_number(text.encode()) for text in unique}
    last = cells.select(row.cast(pl.UInt32).max()).item() or 0
    if max(columns.values(), default=0) >= LAST_COLUMN or last > LAST_ROW:
        return None
    return cells.select(
        row.cast(pl.UInt32).alias("row"),
        letters.replace_strict(columns, return_dtype=pl.UInt32).alias("column"),
        style.cast(pl.UInt32).fill_null(0).alias("style"),
        kind.fill_null("n").alias("kind"),
        pl.coalesce(value, blank, inline).alias("value"),
        formula.is_not_null().alias("formula"),
    ).with_columns(pl.col("value").map_batches(unescaped))


# -- any other sheet: a walk through its elements ----------------------------------------------

_PLACE = re.compile(r"\$?([A-Za-z]{1,9})\$?([0-9]{1,12})$")
_AT_ONCE = 1 << 18
_RANGE = re.compile(rb"\$?([A-Za-z]{1,3})\$?([0-9]{1,7}):\$?([A-Za-z]{1,3})\$?([0-9]{1,7})$")


def walked_cells(xml: bytes, file: str) -> WrittenSheet:
    """Return the cells of a sheet written in any way.

    A row or cell that does not name its place follows the one before it. Raises `UntrustedInput`
    for a place that no sheet has.
    """
    sheet = WrittenSheet(pl.DataFrame(schema=WRITTEN))
    frames = [sheet.cells]
    held: list[tuple[int, int, int, str, str | None, bool]] = []
    row, column = 0, -1
    for event, element in elements(
        xml, ("{*}row", "{*}c", "{*}mergeCell"), file, events=("start", "end")
    ):
        name = str(element.tag).rpartition("}")[2]
        if event == "start":
            if name == "row":
                number = (element.get("r") or "").strip()
                row, column = int(number) if number.isdigit() else row + 1, -1
                if element.get("hidden") in ("1", "true", "on"):
                    sheet.hidden_rows.add(row)
            continue
        if name == "c":
            at, column = _place(element.get("r"), row, column + 1, file)
            cell = _written(element)
            if cell is not None:
                held.append((at, column, *cell))
        elif name == "mergeCell":
            merge = merge_of((element.get("ref") or "").encode())
            sheet.merges += [merge] if merge else []
        if name != "c":
            forget(element)
        if len(held) >= _AT_ONCE:
            frames.append(pl.DataFrame(held, schema=WRITTEN, orient="row"))
            held.clear()
            if len(frames) * _AT_ONCE > MAX_CELLS + _AT_ONCE:
                break
    sheet.cells = pl.concat([*frames, pl.DataFrame(held, schema=WRITTEN, orient="row")])
    return sheet


def _place(reference: str | None, row: int, column: int, file: str) -> tuple[int, int]:
    """Return the row and column that a cell names, else those where it stands.

    Raises `UntrustedInput` for a place that no sheet has.
    """
    found = _PLACE.match(reference.strip()) if reference else None
    if found is not None:
        row, column = int(found[2]), column_number(found[1].encode())
    if not 0 < row <= LAST_ROW or column >= LAST_COLUMN:
        raise damaged(file)
    return row, column


def _written(cell: etree._Element) -> tuple[int, str, str | None, bool] | None:
    """Return the format, type, value and whether there is a formula; None for a blank cell."""
    value: str | None = None
    formula = False
    kind = cell.get("t") or "n"
    for child in cell:
        name = str(child.tag).rpartition("}")[2]
        if name == "f":
            formula = True
        elif name == "v" and value is None:
            value = "".join(map(str, child.itertext()))
        elif name == "is":
            value = string_text(child)
    if value is None and not formula and kind != "e":
        return None
    style = cell.get("s") or ""
    return int(style) if style.isdigit() and len(style) < 7 else 0, kind, value, formula


def string_text(item: etree._Element) -> str:
    """Return the text of a string: its own or that of its runs, not that of its phonetic guide."""
    texts: list[str] = []
    for child in item:
        name = str(child.tag).rpartition("}")[2]
        if name == "t":
            texts.append("".join(map(str, child.itertext())))
        elif name == "r":
            texts.append(string_text(child))
    return "".join(texts)


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
