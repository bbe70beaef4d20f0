"""Exports built as bytes, and short views of what came back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import openpyxl

from loubao.core.frames import Sheet

Cells = dict[int, list[str | None]]


def xlsx(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def cells(sheet: Sheet) -> Cells:
    return {row[0]: list(row[1:]) for row in sheet.cells.iter_rows()}


def issues(sheet: Sheet) -> list[tuple[int | None, str, str]]:
    return sheet.issues.select("row", "column", "code").rows()


def with_parts(content: bytes, parts: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    target = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", method) as new,
    ):
        for name in old.namelist():
            new.writestr(name, parts[name] if name in parts else old.read(name))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return target.getvalue()


def raw_sheet(
    body: str, head: str = "<worksheet>", tail: str = "</worksheet>", *, stored: bool = False
) -> bytes:
    xml = f'<?xml version="1.0" encoding="UTF-8"?>{head}{body}{tail}'.encode()
    book = xlsx(lambda book: book.active.append(["x"]))
    return with_parts(book, {"xl/worksheets/sheet1.xml": xml}, stored=stored)
