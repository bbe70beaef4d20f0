"""The least that the monthly job could be: import polars, read every export, write the workbooks.

    python bare.py DATA PLAN OUT

Nothing is cleaned, linked or laid out. PLAN is a JSON list of workbooks, each a list of sheets
`[rows, columns]`; every cell is written as a text, taken in turn from what was read.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import polars  # noqa: F401  the engine's price of entry, paid here as well
import xlsxwriter
from python_calamine import CalamineWorkbook

Rows = Sequence[Sequence[object]]

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def _workbook(content: bytes) -> Iterator[Rows]:
    book = CalamineWorkbook.from_object(io.BytesIO(content))
    for name in book.sheet_names:
        yield book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _html(text: str) -> Rows:
    from lxml import html

    return [
        [str(cell.xpath("string()")) for cell in row] for row in html.fromstring(text).iter("tr")
    ]


def _delimited(text: str) -> Rows:
    comma = "\t" if "\t" in text[:1000] else ","
    return [*csv.reader(io.StringIO(text, newline=""), delimiter=comma)]


def read(path: Path) -> list[Rows]:
    """Return the sheets of one export, told apart by its first bytes."""
    content = path.read_bytes()
    if content.startswith((_ZIP, _OLE)):
        return [*_workbook(content)]
    text = _decoded(content)
    return [_html(text) if text.lstrip().startswith("<") else _delimited(text)]


def write(path: Path, pages: list[list[int]], texts: Iterator[str]) -> None:
    """Write one workbook with a text in every cell of every page."""
    book = xlsxwriter.Workbook(path)
    for rows, columns in pages:
        sheet = book.add_worksheet()
        for row in range(rows):
            for column in range(columns):
                sheet.write_string(row, column, next(texts))
    book.close()


def main() -> None:
    """Read DATA, write what PLAN says into OUT."""
    data, plan, out = map(Path, sys.argv[1:])
    cells = [
        str(cell)
        for path in sorted(data.iterdir())
        for rows in read(path)
        for row in rows
        for cell in row
        if cell not in ("", None)
    ]
    out.mkdir()
    texts = cycle(cells)
    for number, pages in enumerate(json.loads(plan.read_text(encoding="utf-8"))):
        write(out / f"{number}.xlsx", pages, texts)


if __name__ == "__main__":
    main()
