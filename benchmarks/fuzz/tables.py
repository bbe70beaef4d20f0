"""Tables as an office keeps them, and the writers of each file format."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

FORMATS = ("xlsx", "xls", "csv", "ods", "html")


@dataclass(frozen=True)
class Formula:
    """A formula, with the value its program had kept (None: none kept)."""

    text: str
    value: Any = None


@dataclass(eq=False)
class Row:
    """One row of a table: cells by field, and the people in it (none for a note or a total).

    `raw` stands for the whole row as it is, where it is not a row of fields.
    """

    cells: dict[str, Any] = field(default_factory=dict)
    people: tuple[int, ...] = ()
    raw: list[Any] | None = None
    hidden: bool = False
    struck: bool = False


@dataclass
class Table:
    """One sheet: what stands above, the header, the rows, what stands below."""

    kind: str
    columns: list[tuple[str, str]]
    rows: list[Row]
    sheet: str = "Sheet1"
    above: list[list[Any]] = field(default_factory=list)
    below: list[list[Any]] = field(default_factory=list)
    header: list[list[Any]] | None = None
    hidden: bool = False
    hidden_columns: list[int] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    left: int = 0
    filtered: bool = False

    def grid(self) -> list[tuple[list[Any], Row | None]]:
        """All rows as they are written, each with the row of the table it is."""
        pad: list[Any] = [None] * self.left
        heads = self.header if self.header is not None else [[text for _, text in self.columns]]
        lines: list[tuple[list[Any], Row | None]] = [(pad + line, None) for line in self.above]
        lines += [(pad + line, None) for line in heads]
        for row in self.rows:
            cells = row.raw
            if cells is None:
                cells = [row.cells.get(key) for key, _ in self.columns]
            lines.append((pad + cells, row))
        return lines + [(pad + line, None) for line in self.below]

    def places(self) -> dict[int, Row]:
        """The row number a spreadsheet shows, for each row that holds people."""
        return {
            number: row
            for number, (_, row) in enumerate(self.grid(), 1)
            if row is not None and row.people
        }

    def column(self, key: str) -> int:
        """The place of a column among the table's own."""
        return next(i for i, (name, _) in enumerate(self.columns) if name == key)


@dataclass
class Book:
    """One file: its tables and how it is written."""

    name: str
    format: str
    tables: list[Table]
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    ending: str = "\r\n"
    quoting: int = csv.QUOTE_MINIMAL
    date1904: bool = False
    write: Callable[[Path, Book], None] | None = None

    @property
    def file(self) -> str:
        """The name with its ending."""
        return f"{self.name}.{'xls' if self.format == 'html' else self.format}"

    def save(self, folder: Path) -> None:
        """Write the file into the folder."""
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.write or WRITERS[self.format])(path, self)


def shown(value: Any) -> str:
    """A value as a text file or a web page holds it."""
    if isinstance(value, Formula):
        return shown(value.value)
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def write_csv(path: Path, book: Book) -> None:
    """Delimited text; only the first table."""
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=book.delimiter,
        lineterminator=book.ending,
        quoting=book.quoting,  # type: ignore[arg-type]
    )
    for cells, _ in book.tables[0].grid():
        writer.writerow([shown(cell) for cell in cells])
    path.write_bytes(text.getvalue().encode(book.encoding, errors="replace"))


def write_html(path: Path, book: Book) -> None:
    """The web page that many systems name .xls."""
    parts = ['<html><head><meta charset="utf-8"></head><body>']
    for table in book.tables:
        parts.append('<table border="1">')
        for cells, _ in table.grid():
            inner = "".join(f"<td>{html.escape(shown(cell))}</td>" for cell in cells)
            parts.append(f"<tr>{inner}</tr>")
        parts.append("</table>")
    path.write_text("\n".join([*parts, "</body></html>"]), encoding="utf-8")


def write_xlsx(path: Path, book: Book) -> None:
    """A workbook of today."""
    with xlsxwriter.Workbook(path, {"date_1904": book.date1904}) as workbook:
        day = workbook.add_format({"num_format": "yyyy/m/d"})
        struck = workbook.add_format({"font_strikeout": True})
        for table in book.tables:
            sheet = workbook.add_worksheet(table.sheet)
            if table.hidden:
                sheet.hide()
            for number, (cells, row) in enumerate(table.grid()):
                style = struck if row is not None and row.struck else None
                for place, cell in enumerate(cells):
                    put(sheet, number, place, cell, day, style)
                if row is not None and row.hidden:
                    sheet.set_row(number, None, None, {"hidden": True})
            for place in table.hidden_columns:
                sheet.set_column(place, place, None, None, {"hidden": True})
            for top, left, bottom, right in table.merges:
                cells = table.grid()[top][0]
                sheet.merge_range(top, left, bottom, right, shown(cells[left]))
            if table.filtered:
                head = len(table.above)
                sheet.autofilter(head, table.left, head + len(table.rows), len(table.columns) - 1)
        first = next(i for i, table in enumerate(book.tables) if not table.hidden)
        workbook.worksheets()[first].activate()


def put(sheet: Any, number: int, place: int, cell: Any, day: Any, style: Any) -> None:
    """One cell of a workbook of today."""
    if cell is None:
        return
    if isinstance(cell, Formula):
        sheet.write_formula(number, place, cell.text, style, cell.value if cell.value else "")
    elif isinstance(cell, dt.date):
        sheet.write_datetime(number, place, cell, day)
    elif isinstance(cell, bool):
        sheet.write_boolean(number, place, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(number, place, cell, style)
    else:
        sheet.write_string(number, place, str(cell), style)


def write_xls(path: Path, book: Book) -> None:
    """A workbook of Excel 97."""
    workbook = xlwt.Workbook(encoding="utf-8")
    workbook.dates_1904 = book.date1904
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for table in book.tables:
        sheet = workbook.add_sheet(table.sheet)
        sheet.visibility = int(table.hidden)
        for number, (cells, row) in enumerate(table.grid()):
            for place, cell in enumerate(cells):
                if isinstance(cell, Formula):
                    cell = cell.value
                if isinstance(cell, dt.date):
                    sheet.write(number, place, cell, day)
                elif cell is not None:
                    sheet.write(number, place, cell)
            if row is not None and row.hidden:
                sheet.row(number).hidden = True
        for place in table.hidden_columns:
            sheet.col(place).hidden = True
    workbook.save(str(path))


def write_ods(path: Path, book: Book) -> None:
    """A workbook of LibreOffice."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table as Sheet
    from odf.table import TableCell, TableRow
    from odf.text import P

    document = OpenDocumentSpreadsheet()
    for table in book.tables:
        sheet = Sheet(name=table.sheet)
        for cells, _ in table.grid():
            line = TableRow()
            for cell in cells:
                if isinstance(cell, Formula):
                    cell = cell.value
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    made = TableCell(valuetype="float", value=cell)
                elif isinstance(cell, dt.date):
                    made = TableCell(valuetype="date", datevalue=f"{cell:%Y-%m-%d}")
                else:
                    made = TableCell(valuetype="string")
                if cell is not None:
                    made.addElement(P(text=shown(cell)))
                line.addElement(made)
            sheet.addElement(line)
        document.spreadsheet.addElement(sheet)
    document.save(str(path))


WRITERS: dict[str, Callable[[Path, Book], None]] = {
    "xlsx": write_xlsx,
    "xls": write_xls,
    "csv": write_csv,
    "ods": write_ods,
    "html": write_html,
}
