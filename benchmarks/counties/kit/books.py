"""Books as data, and their writers: xlsx, xls, csv in two encodings, HTML named .xls, ods, docx."""

from __future__ import annotations

import csv
import html
import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

Cell = str | float | int | None
Grid = list[list[Cell]]


@dataclass
class Mention:
    """A person in a row, as written there."""

    person: int
    name: str
    number: str
    fault: str = ""
    qualifies: bool = False  # of a roll: the row covers; of a source: its conditions are met
    list_name: str = ""  # where it differs from the book's
    amount: float = 0.0


@dataclass
class Line:
    """A row of data and the people in it, in reading order."""

    cells: list[Cell]
    people: list[Mention]


@dataclass
class Tab:
    """A sheet: titles, one header row or two, lines, footers."""

    name: str
    header: list[str]
    lines: list[Line]
    tops: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)  # a row of group headings above the header
    foot: list[list[Cell]] = field(default_factory=list)
    list_name: str = ""
    stale: bool = False  # an earlier month or version: read or not, it does not count
    hidden: set[int] = field(default_factory=set)  # columns

    def grid(self) -> Grid:
        """All rows from the first of the sheet."""
        rows: Grid = [[top] for top in self.tops]
        if self.over:
            rows.append(list(self.over))
        rows.append(list(self.header))
        rows += [line.cells for line in self.lines]
        return rows + self.foot

    @property
    def first(self) -> int:
        """The spreadsheet's number of the first line."""
        return len(self.tops) + bool(self.over) + 2


@dataclass
class Book:
    """A file: its name with the ending, its format, the list it is."""

    name: str
    kind: str  # xlsx xls gbk utf8 html ods docx
    list_name: str
    role: str
    tabs: list[Tab]
    text: str = ""  # of a docx
    stale: bool = False


def shown(cell: Cell) -> str:
    """A cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def write_grids(
    path: Path, kind: str, grids: dict[str, Grid], hidden: dict[str, set[int]] | None = None
) -> None:
    """Writes sheets of cells in a format; text formats hold the first sheet only."""
    hide = hidden or {}
    if kind == "xlsx":
        write_xlsx(path, grids, hide)
    elif kind == "xls":
        write_xls(path, grids, hide)
    elif kind == "ods":
        write_ods(path, grids)
    elif kind == "html":
        write_html(path, next(iter(grids.values())))
    else:
        encoding = "gb18030" if kind == "gbk" else "utf-8-sig"
        text = io.StringIO()
        csv.writer(text).writerows([[shown(c) for c in row] for row in next(iter(grids.values()))])
        path.write_bytes(text.getvalue().encode(encoding))


def write_xlsx(path: Path, grids: dict[str, Grid], hidden: dict[str, set[int]]) -> None:
    """Texts stay texts, floats become numbers; a lone title is merged over the width."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        wrap = book.add_format({"text_wrap": True})
        for name, grid in grids.items():
            sheet = book.add_worksheet(name)
            width = max((len(row) for row in grid), default=1)
            for r, row in enumerate(grid):
                if r == 0 and len(row) == 1 and width > 1:
                    sheet.merge_range(0, 0, 0, width - 1, shown(row[0]))
                    continue
                for c, cell in enumerate(row):
                    if isinstance(cell, str) and cell:
                        sheet.write_string(r, c, cell, wrap if "\n" in cell else None)
                    elif isinstance(cell, (int, float)):
                        sheet.write_number(r, c, cell)
            for c in hidden.get(name, ()):
                sheet.set_column(c, c, None, None, {"hidden": True})


def write_xls(path: Path, grids: dict[str, Grid], hidden: dict[str, set[int]]) -> None:
    """BIFF8."""
    book = xlwt.Workbook(encoding="utf-8")
    for name, grid in grids.items():
        sheet = book.add_sheet(name)
        for r, row in enumerate(grid):
            for c, cell in enumerate(row):
                if cell is not None and cell != "":
                    sheet.write(r, c, cell)
        for c in hidden.get(name, ()):
            sheet.col(c).hidden = True
    book.save(str(path))


def write_ods(path: Path, grids: dict[str, Grid]) -> None:
    """OpenDocument."""
    book = OpenDocumentSpreadsheet()
    for name, grid in grids.items():
        table = Table(name=name)
        for row in grid:
            line = TableRow()
            for cell in row:
                line.addElement(ods_cell(cell))
            table.addElement(line)
        book.spreadsheet.addElement(table)
    book.save(str(path))


def ods_cell(cell: Cell) -> Any:
    """One cell of an OpenDocument row."""
    if cell is None or cell == "":
        return TableCell()
    if isinstance(cell, (int, float)):
        found = TableCell(valuetype="float", value=str(cell))
    else:
        found = TableCell(valuetype="string")
    found.addElement(P(text=shown(cell)))
    return found


def write_html(path: Path, grid: Grid) -> None:
    """What web platforms hand out as .xls: a table in HTML, its numbers marked as text."""
    rows = []
    width = max((len(row) for row in grid), default=1)
    for row in grid:
        if len(row) == 1 and width > 1:
            rows.append(f'<tr><td colspan="{width}">{html.escape(shown(row[0]))}</td></tr>')
            continue
        cells = "".join(
            f'<td style="vnd.ms-excel.numberformat:@">{html.escape(shown(c))}</td>' for c in row
        )
        rows.append(f"<tr>{cells}</tr>")
    head = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>'
    body = "\n".join(rows)
    path.write_text(f"{head}<body><table border=1>\n{body}\n</table></body></html>", "utf-8")


def write_docx(path: Path, text: str) -> None:
    """The least that is a Word document."""
    space = "http://schemas.openxmlformats.org"
    lines = "".join(f"<w:p><w:r><w:t>{html.escape(t)}</w:t></w:r></w:p>" for t in text.split("\n"))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{space}/officeDocument/2006/relationships/officeDocument"'
        ' Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{space}/wordprocessingml/2006/main">'
        f"<w:body>{lines}</w:body></w:document>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            entry = zipfile.ZipInfo(name, (2023, 1, 1, 0, 0, 0))
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            archive.writestr(entry, head + body)


def write_book(folder: Path, book: Book) -> None:
    """A book into a month's folder."""
    path = folder / book.name
    if book.kind == "docx":
        write_docx(path, book.text)
        return
    grids = {tab.name: tab.grid() for tab in book.tabs}
    write_grids(path, book.kind, grids, {tab.name: tab.hidden for tab in book.tabs})
