"""Pages → bytes: xlsx, BIFF, ods, an HTML table, delimited text. The same bytes each time."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from html import escape

from sample.exportfile import ExportFile
from sample.layouts import Page
from sample.lists import Value

CREATED = datetime(2022, 6, 30, 9, 0, 0)
_ZIP_DATE = (2022, 6, 30, 9, 0, 0)


def _covered(page: Page) -> set[tuple[int, int]]:
    """Cells that a merged range hides: all but its first."""
    return {
        (row, column)
        for top, left, bottom, right in page.merges
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
        if (row, column) != (top, left)
    }


def shown(value: Value) -> str:
    """A value as text; a number that lost digits as a spreadsheet saves it to text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.5E}" if value >= 1e15 else f"{value:.10g}"
    return value.isoformat() if isinstance(value, date) else str(value)


def xlsx(pages: list[Page], file: ExportFile) -> bytes:
    """An Excel workbook."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": CREATED})
    day, bold = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bold": True})
    for page in pages:
        sheet, covered = book.add_worksheet(page.name), _covered(page)
        for top, left, bottom, right in page.merges:
            sheet.merge_range(top, left, bottom, right, "")
        for number, row in enumerate(page.rows):
            style = bold if row.kind in ("title", "header") else None
            for column, value in enumerate(row.cells):
                if value is None or (number, column) in covered:
                    continue
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(number, column, value, style)
                else:
                    sheet.write_number(number, column, value)
            if number in page.hidden:
                sheet.set_row(number, None, None, {"hidden": True})
    book.close()
    return out.getvalue()


def biff(pages: list[Page], file: ExportFile) -> bytes:
    """A workbook of Excel 97, which WPS also writes with the ending ``.et``."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    day, plain = xlwt.easyxf(num_format_str="YYYY-MM-DD"), xlwt.XFStyle()
    for page in pages:
        sheet, covered = book.add_sheet(page.name), _covered(page)
        for number, row in enumerate(page.rows):
            for column, value in enumerate(row.cells):
                if value is not None and (number, column) not in covered:
                    sheet.write(number, column, value, day if isinstance(value, date) else plain)
            sheet.row(number).hidden = number in page.hidden
        for top, left, bottom, right in page.merges:
            sheet.merge(top, bottom, left, right)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(pages: list[Page], file: ExportFile) -> bytes:
    """An OpenDocument spreadsheet."""
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import CoveredTableCell, Table, TableCell, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    for page in pages:
        table, covered = Table(name=page.name), _covered(page)
        spans = {
            (top, left): (bottom - top + 1, right - left + 1)
            for top, left, bottom, right in page.merges
        }
        width = max(len(row.cells) for row in page.rows)
        for number, row in enumerate(page.rows):
            line = TableRow(visibility="collapse") if number in page.hidden else TableRow()
            for column in range(width):
                value = row.cells[column] if column < len(row.cells) else None
                if (number, column) in covered:
                    line.addElement(CoveredTableCell())
                    continue
                attributes: dict[str, object] = {}
                if (number, column) in spans:
                    down, across = spans[number, column]
                    attributes = {"numberrowsspanned": down, "numbercolumnsspanned": across}
                if isinstance(value, (int, float)):
                    cell = TableCell(valuetype="float", value=f"{value:.15G}", **attributes)
                elif isinstance(value, date):
                    cell = TableCell(valuetype="date", datevalue=value.isoformat(), **attributes)
                elif value is None:
                    cell = TableCell(**attributes)
                else:
                    cell = TableCell(valuetype="string", **attributes)
                if value is not None:
                    cell.addElement(P(text=shown(value)))
                line.addElement(cell)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.save(out)
    return _undated(out.getvalue())


def _undated(content: bytes) -> bytes:
    """The same zip archive with one fixed date on all its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            info = zipfile.ZipInfo(member.filename, _ZIP_DATE)
            info.compress_type = member.compress_type
            new.writestr(info, old.read(member.filename))
    return out.getvalue()


def html(pages: list[Page], file: ExportFile) -> bytes:
    """A web page with a table, which many systems call a spreadsheet and name ``.xls``."""
    charset = "gb2312" if file.encoding == "gb18030" else file.encoding
    lines = [
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>',
        f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">',
        "<style>td{mso-number-format:'\\@';}</style></head><body>",
    ]
    for page in pages:
        covered = _covered(page)
        spans = {
            (top, left): (bottom - top + 1, right - left + 1)
            for top, left, bottom, right in page.merges
        }
        lines.append('<table border="1">')
        for number, row in enumerate(page.rows):
            cells = []
            for column, value in enumerate(row.cells):
                if (number, column) in covered:
                    continue
                down, across = spans.get((number, column), (1, 1))
                span = f' rowspan="{down}"' * (down > 1) + f' colspan="{across}"' * (across > 1)
                cells.append(f"<td{span}>{escape(shown(value))}</td>")
            lines.append("<tr>" + "".join(cells) + "</tr>")
        lines.append("</table>")
    lines.append("</body></html>")
    return "\r\n".join(lines).encode(file.encoding)


def delimited(pages: list[Page], file: ExportFile) -> bytes:
    """Lines of text; a merged range leaves its value in the first cell only."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=file.delimiter, lineterminator="\r\n")
    for page in pages:
        covered, width = _covered(page), max(len(row.cells) for row in page.rows)
        for number, row in enumerate(page.rows):
            cells = [
                "" if (number, column) in covered else shown(value)
                for column, value in enumerate(row.cells)
            ]
            writer.writerow(cells + [""] * (width - len(cells)))
    return out.getvalue().encode(file.encoding)


def document(text: str) -> bytes:
    """A small Word document, the kind of file that lies beside the exports."""
    formats = "http://schemas.openxmlformats.org"
    word = f"{formats}/wordprocessingml/2006/main"
    package = "application/vnd.openxmlformats-package"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{formats}/package/2006/content-types">'
            f'<Default Extension="rels" ContentType="{package}.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{formats}/package/2006/relationships"><Relationship Id="rId1"'
            f' Type="{formats}/officeDocument/2006/relationships/officeDocument"'
            ' Target="word/document.xml"/></Relationships>'
        ),
        "word/document.xml": (
            f'<w:document xmlns:w="{word}"><w:body><w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>'
            "</w:body></w:document>"
        ),
    }
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), (head + content).encode())
    return out.getvalue()


WRITERS: dict[str, Callable[[list[Page], ExportFile], bytes]] = {
    "xlsx": xlsx,
    "xls": biff,
    "et": biff,
    "ods": ods,
    "html": html,
    "csv": delimited,
    "tsv": delimited,
}
