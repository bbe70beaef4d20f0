"""Any of the tables read back as sheets of cells, and where things stand in them."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path

from python_calamine import CalamineWorkbook

from counties.kit.books import Cell, Grid

NAMES = ("姓名", "持证人", "户主", "受助人", "家庭成员")
NUMBERS = ("证号", "证件号", "身份证", "身份号", "残疾证")
TOWNS = ("乡镇", "乡(镇)", "镇", "所属街道", "地区", "参保地", "地址")


def kind_of(path: Path) -> str:
    """The format by the bytes; empty where it is no table."""
    head = path.read_bytes()[:8]
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if head.startswith(b"PK"):
        return {".ods": "ods", ".docx": ""}.get(path.suffix, "xlsx")
    if head.lstrip().startswith(b"<"):
        return "html"
    return "utf8" if head.startswith(b"\xef\xbb\xbf") else "gbk"


def cell_of(value: object) -> Cell:
    """A reader's value as one of ours."""
    if value is None or isinstance(value, (str, float, int)):
        return value
    return str(value)


def read_html(path: Path) -> Grid:
    """The rows of the only table."""
    text = path.read_text("utf-8")
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.S)
    return [[html.unescape(c) for c in re.findall(r"<td[^>]*>(.*?)</td>", r, re.S)] for r in rows]


def read_grids(path: Path) -> dict[str, Grid]:
    """The sheets by name."""
    kind = kind_of(path)
    if kind in ("xlsx", "xls", "ods"):
        found = CalamineWorkbook.from_path(str(path))
        grids: dict[str, Grid] = {}
        for name in found.sheet_names:
            sheet = found.get_sheet_by_name(name).to_python(skip_empty_area=False)
            grids[name] = [[cell_of(v) for v in row] for row in sheet]
        return grids
    if kind == "html":
        return {"Sheet1": read_html(path)}
    text = path.read_bytes().decode("utf-8-sig" if kind == "utf8" else "gb18030")
    return {"Sheet1": [list(row) for row in csv.reader(io.StringIO(text))]}


def header_at(grid: Grid) -> int:
    """The index of the header row."""
    for i, row in enumerate(grid[:8]):
        texts = [cell for cell in row if isinstance(cell, str) and cell]
        if len(texts) >= 4 and any(part in cell for cell in texts for part in NAMES):
            return i
    return 0


def columns(grid: Grid, parts: tuple[str, ...]) -> list[int]:
    """The columns whose header contains one of the parts."""
    header = grid[header_at(grid)] if grid else []
    return [
        i
        for i, cell in enumerate(header)
        if isinstance(cell, str) and any(p in cell for p in parts)
    ]


def name_columns(grid: Grid) -> list[int]:
    """Columns of names."""
    numbers = set(columns(grid, NUMBERS))
    return [i for i in columns(grid, NAMES) if i not in numbers and i not in relations(grid)]


def relations(grid: Grid) -> set[int]:
    """Columns of 与户主关系, which are not names."""
    return set(columns(grid, ("关系",)))
