"""Write a laid-out export in its form."""

from __future__ import annotations

import csv
import html
import io
from datetime import date
from pathlib import Path

import xlsxwriter
import xlwt
from odf import table, text
from odf.opendocument import OpenDocumentSpreadsheet

from invented.model import Cell, Export, Sheet


def _plain(cell: Cell) -> str:
    """A cell as text, the way a spreadsheet program saves it to csv."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.5E}" if cell >= 1e11 else f"{cell:.15g}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _xlsx(path: Path, export: Export) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "strings_to_urls": False,
                                           "strings_to_formulas": False})  # fmt: skip
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    bold = book.add_format({"bold": True, "align": "center"})
    for sheet in export.sheets:
        page = book.add_worksheet(sheet.name)
        for r, row in enumerate(sheet.rows):
            for c, cell in enumerate(row.cells):
                if cell is None:
                    continue
                if isinstance(cell, date):
                    page.write_datetime(r, c, cell, day)
                elif isinstance(cell, str):
                    page.write_string(r, c, cell)
                else:
                    page.write_number(r, c, cell)
            if row.hidden:
                page.set_row(r, None, None, {"hidden": True})
        for top, left, bottom, right in sheet.merges:
            cell = sheet.rows[top].cells[left]
            page.merge_range(top, left, bottom, right, _plain(cell), bold)
    book.close()


def _xls(path: Path, export: Export) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for sheet in export.sheets:
        page = book.add_sheet(sheet.name, cell_overwrite_ok=True)
        for r, row in enumerate(sheet.rows):
            for c, cell in enumerate(row.cells):
                if isinstance(cell, date):
                    page.write(r, c, cell, day)
                elif cell is not None:
                    page.write(r, c, cell)
            if row.hidden:
                page.row(r).hidden = True
        for top, left, bottom, right in sheet.merges:
            page.merge(top, bottom, left, right)
    book.save(str(path))


def _html(path: Path, export: Export) -> None:
    lines = ['<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>',
             '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>',
             '<table border="1">']  # fmt: skip
    (sheet,) = export.sheets
    spans = {(t, left): (b - t + 1, r - left + 1) for t, left, b, r in sheet.merges}
    covered = {
        (r, c) for t, left, b, right in sheet.merges for r in range(t, b + 1)
        for c in range(left, right + 1) if (r, c) != (t, left)
    }  # fmt: skip
    for r, row in enumerate(sheet.rows):
        lines.append("<tr>")
        for c, cell in enumerate(row.cells):
            if (r, c) in covered:
                continue
            down, across = spans.get((r, c), (1, 1))
            attributes = f' rowspan="{down}"' * (down > 1) + f' colspan="{across}"' * (across > 1)
            lines.append(f"<td{attributes}>{html.escape(_plain(cell)) or '&nbsp;'}</td>")
        lines.append("</tr>")
    lines.append("</table></body></html>")
    path.write_text("\n".join(lines), encoding="utf-8")


def _text(path: Path, export: Export) -> None:
    (sheet,) = export.sheets
    buffer = io.StringIO(newline="")
    comma = "\t" if path.suffix == ".txt" else ","
    writer = csv.writer(buffer, delimiter=comma, lineterminator="\r\n")
    for row in sheet.rows:
        # A line break inside a cell would move every later row number of the file.
        writer.writerow([_plain(cell).replace("\n", " ") for cell in row.cells])
    path.write_bytes(buffer.getvalue().encode(export.form))


def _ods_table(sheet: Sheet) -> table.Table:
    page = table.Table(name=sheet.name)
    for row in sheet.rows:
        line = table.TableRow(**({"visibility": "collapse"} if row.hidden else {}))
        for cell in row.cells:
            if cell is None:
                line.addElement(table.TableCell())
            elif isinstance(cell, int | float):
                line.addElement(table.TableCell(valuetype="float", value=repr(cell)))
            elif isinstance(cell, date):
                line.addElement(table.TableCell(valuetype="date", datevalue=cell.isoformat()))
            else:
                box = table.TableCell(valuetype="string")
                for part in str(cell).split("\n"):
                    box.addElement(text.P(text=part))
                line.addElement(box)
        page.addElement(line)
    return page


def _ods(path: Path, export: Export) -> None:
    book = OpenDocumentSpreadsheet()
    for sheet in export.sheets:
        book.spreadsheet.addElement(_ods_table(sheet))
    book.save(str(path))


def write(folder: Path, export: Export) -> None:
    """Write one export into `folder`."""
    path = folder / export.file
    writers = {"xlsx": _xlsx, "xls": _xls, "html": _html, "ods": _ods}
    writers.get(export.form, _text)(path, export)
