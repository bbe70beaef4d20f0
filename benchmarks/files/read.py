"""Read spreadsheets with one reader, each in a process of its own, and write what it saw as JSON.

    python read.py READER OUT < LIST

READER is loubao, openpyxl, libreoffice (what it converted), xlrd or odfpy. LIST names one file a
line; OUT gets `<key>.json` for each: `{"sheets": {name: {"row,column": text}}}`, or `{"error":
why}`. Rows count from 1, columns from 0; blank cells and cells of errors are left out. A process
has two gigabytes and ten seconds of a processor; one that is killed leaves `{"died": signal}` or
`{"slow": true}`.

Linux only: the interpreter is started once and forks for each file, before anything is computed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MEMORY, SECONDS, PATIENCE = 2 << 30, 10, 120

Cells = dict[str, str]

#: Of a cell whose own value the reader does not tell: a merged range covers it.
COVERED = "\0covered"


def key(path: Path) -> str:
    """Return what the results of a file are called."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:16]


def shown(value: object) -> str | None:
    """Return one cell value in the form in which all readers are compared, None for blank."""
    if value is None or isinstance(value, str):
        text = (value or "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        return text if text.strip() else None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return f"{float(value):.14g}"
    if isinstance(value, dt.datetime):
        if value.microsecond >= 500_000:
            value += dt.timedelta(seconds=1)
        return value.replace(microsecond=0, tzinfo=None).isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, dt.timedelta):
        total = round(value.total_seconds())
        sign, total = ("-", -total) if total < 0 else ("", total)
        return f"{sign}{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}"
    if isinstance(value, dt.time):
        return value.replace(microsecond=0).isoformat()
    return str(value)


def _loubao(path: Path) -> Iterator[tuple[str, Cells]]:
    from loubao.core.faults import UntrustedInput
    from loubao.workbook.read_sheets import read_sheets

    try:
        sheets = read_sheets(path.read_bytes(), "")
    except UntrustedInput as refused:
        raise SystemExit(refused.message) from None
    for sheet in sheets:
        cells: Cells = {}
        for row, *values in sheet.cells.iter_rows():
            for column, text in zip(sheet.cells.columns[1:], values, strict=True):
                if text is not None:
                    cells[f"{row},{column}"] = text.replace("\r\n", "\n").replace("\r", "\n")
        yield sheet.name, cells
        for note in sheet.issues.rows():
            if note[4] == "SHEET_NOT_READ":
                yield f"not read: {note[1]}", {"1,0": note[4]}


def _converted(path: Path) -> Iterator[tuple[str, Cells]]:
    """A workbook that LibreOffice wrote: it calculates formulas anew, so that they say nothing."""
    return _openpyxl(path, values=False)


def _openpyxl(path: Path, *, values: bool = True) -> Iterator[tuple[str, Cells]]:
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=values)
    for ws in book.worksheets:
        cells: Cells = {}
        for row in ws._cells.values():
            text = None if row.data_type == "e" else shown(row.value)
            if type(row).__name__ == "MergedCell" or row.data_type == "f":
                text = COVERED
            if text is not None:
                cells[f"{row.row},{row.column - 1}"] = text
        yield ws.title, cells


def _xlrd(path: Path) -> Iterator[tuple[str, Cells]]:
    import xlrd

    book = xlrd.open_workbook(path, logfile=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    for sheet in book.sheets():
        cells: Cells = {}
        for r in range(sheet.nrows):
            for c in range(sheet.row_len(r)):
                cell = sheet.cell(r, c)
                value: object = cell.value
                if cell.ctype == xlrd.XL_CELL_BOOLEAN:
                    value = bool(value)
                elif cell.ctype == xlrd.XL_CELL_DATE:
                    value = _date(xlrd.xldate, cell.value, book.datemode)
                elif cell.ctype in (xlrd.XL_CELL_ERROR, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_EMPTY):
                    value = None
                text = shown(value)
                if text is not None:
                    cells[f"{r + 1},{c}"] = text
        yield sheet.name, cells


def _date(xldate: Any, value: float, datemode: int) -> object:
    try:
        found = xldate.xldate_as_datetime(value, datemode)
    except Exception:  # no day of the calendar
        return value
    return found.time() if 0 <= value < 1 else found


def _odfpy(path: Path) -> Iterator[tuple[str, Cells]]:
    from odf import opendocument, table

    document = opendocument.load(str(path))
    for sheet in document.spreadsheet.getElementsByType(table.Table):
        cells: Cells = {}
        r = 1
        for row in sheet.getElementsByType(table.TableRow):
            again = int(row.getAttribute("numberrowsrepeated") or 1)
            c = 0
            for cell in row.childNodes:
                if cell.qname[1] not in ("table-cell", "covered-table-cell"):
                    continue
                times = int(cell.getAttribute("numbercolumnsrepeated") or 1)
                text = _odf_text(cell)
                if text is not None:
                    for dr in range(min(again, 2000)):
                        for dc in range(min(times, 2000)):
                            cells[f"{r + dr},{c + dc}"] = text
                c += times
            r += again
        yield sheet.getAttribute("name"), cells


def _odf_text(cell: Any) -> str | None:
    from odf import teletype, text

    kind = cell.getAttribute("valuetype")
    lines = "\n".join(teletype.extractText(p) for p in cell.childNodes if p.qname == text.P().qname)
    if kind in ("float", "percentage", "currency"):
        return shown(float(cell.getAttribute("value")))
    if kind == "time":
        found = re.match(r"PT(\d+)H(\d+)M(\d+)", cell.getAttribute("timevalue") or "")
        return "{:0>2}:{:0>2}:{:0>2}".format(*found.groups()) if found else shown(lines)
    if kind == "boolean":
        return shown(cell.getAttribute("booleanvalue") == "true")
    if kind == "date":
        return shown(dt.datetime.fromisoformat(cell.getAttribute("datevalue")[:19]))
    return shown(lines)


READERS: dict[str, Callable[[Path], Iterator[tuple[str, Cells]]]] = {
    "loubao": _loubao,
    "openpyxl": _openpyxl,
    "libreoffice": _converted,
    "xlrd": _xlrd,
    "odfpy": _odfpy,
}


def _read(reader: str, path: Path, target: Path) -> None:
    """In a process of its own: read `path`, write `target`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        found: dict[str, object] = {"sheets": dict(READERS[reader](path))}
    except SystemExit as refused:
        found = {"error": str(refused)}
    except BaseException as error:  # whatever a reader does with a stranger's file
        found = {"error": f"{type(error).__name__}: {error}"[:300]}
    target.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8", errors="replace")


def _waited(child: int) -> dict[str, object] | None:
    """Wait for a process; None when it ended well."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
                return {"slow": True}
            return {"died": status} if status else None
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"slow": True}


def main(reader: str, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    if reader == "loubao":
        from loubao.workbook import (  # noqa: F401
            biff,
            grid,
            html_tables,
            ooxml,
            open_document,
            xml_spreadsheet,
        )

        grid._filled = lambda cells, merges, file: cells
    elif reader == "odfpy":
        import odf.opendocument
        import odf.table  # noqa: F401
    else:
        __import__("openpyxl" if reader == "libreoffice" else reader)
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        target = out / f"{key(path)}.json"
        if target.exists():
            continue
        child = os.fork()
        if not child:
            try:
                _read(reader, path, target)
            finally:
                os._exit(0)
        ended_badly = _waited(child)
        if ended_badly:
            target.write_text(json.dumps(ended_badly), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
