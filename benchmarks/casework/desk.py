"""The office from outside: runs the command, reads the sheets, the summary and the frames back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

HEADER_ROW = 4
FRAMES = ("records", "decisions", "cases", "issues")
KEYS = {
    "编号": "case_no",
    "村": "village",
    "姓名": "name",
    "身份证号": "id_number",
    "性别": "sex",
    "年龄": "age",
    "组": "group",
    "住址": "address",
    "联系电话": "phone",
    "线索来源": "sources",
    "线索内容": "clues",
    "已享受待遇": "benefits",
    "匹配疑点": "doubts",
    "核查日期": "visited_on",
    "核查方式": "visit_mode",
    "家庭人口": "household_size",
    "是否健在": "alive",
    "是否在本地": "resident",
    "是否同一人": "same_person",
    "核查结果": "result",
    "拟纳入类型": "proposed_type",
    "不符合原因": "why_not",
    "核查人": "visitor",
    "核查人电话": "visitor_phone",
    "备注": "remark",
}


class Refused(Exception):
    """The command ended with another exit code than was expected."""


class Desk:
    """A working folder with its rules and its ledger."""

    def __init__(self, folder: Path, county: str = "350521") -> None:
        self.folder = folder
        self.said: list[str] = []
        if not (folder / "loubao.db").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            self._call(
                ["init", str(folder), "--county", county, "--contact", "社会事务办 87000000"],
                folder.parent,
            )

    def _call(self, words: list[str], where: Path) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("loubao")), *words]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LOUBAO_")}
        done = subprocess.run(
            command,
            cwd=where,
            env=environment,
            text=True,
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        self.said.append(f"{done.returncode} loubao {' '.join(words)}")
        return done

    def run(self, *words: str, expect: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """Run a command with --json; its object. Anything but an expected exit code is raised."""
        done = self._call([*words, "--json"], self.folder)
        if done.returncode not in expect:
            raise Refused(f"{self.said[-1]}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
        return json.loads(done.stdout) if done.stdout.strip().startswith("{") else {}

    def match(self, month: str, *more: str) -> dict[str, Any]:
        """Match a month, whatever the plausibility checks ask."""
        return self.run("match", month, "--yes", *more)

    def frames(self, month: str) -> dict[str, pl.DataFrame]:
        """The frames of a month."""
        return {n: pl.read_parquet(self.folder / f"out/{month}/data/{n}.parquet") for n in FRAMES}

    def frame_bytes(self, month: str) -> dict[str, bytes]:
        """The frames of a month, byte for byte."""
        return {n: (self.folder / f"out/{month}/data/{n}.parquet").read_bytes() for n in FRAMES}

    def sheet_rows(self, month: str) -> list[SheetRow]:
        """Everybody on the village sheets of a month."""
        rows = []
        for path in sorted((self.folder / f"out/{month}/核查表").glob("*/*.xlsx")):
            rows += read_sheet(path)
        return rows

    def office_rows(self, month: str) -> list[dict[str, Any]]:
        """Everybody on the list of what the office has to do."""
        return read_office(self.folder / f"out/{month}/待办.xlsx")

    def page(self, month: str, page: str) -> list[tuple[Any, ...]]:
        """A page of the summary of a month, row by row."""
        book = openpyxl.load_workbook(self.folder / f"out/{month}/汇总.xlsx", read_only=True)
        return list(book[page].iter_rows(values_only=True))


@dataclass
class SheetRow:
    """One person on a village sheet: where, and what is printed."""

    path: Path
    row: int
    cells: dict[str, Any]

    @property
    def case_no(self) -> str:
        """The hidden number."""
        return str(self.cells["hidden_case_no"])

    def __getitem__(self, key: str) -> str:
        value = self.cells.get(key)
        return "" if value is None else str(value)


def columns_of(sheet: Any) -> dict[str, int]:
    """Key → column of a village sheet."""
    found = {}
    for cell in sheet[HEADER_ROW]:
        if cell.value is None:
            continue
        text = str(cell.value).replace("\n", "")
        found[KEYS.get(text, "hidden_" + text)] = cell.column
    return found


def read_sheet(path: Path) -> list[SheetRow]:
    """The people of a village sheet."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    columns = columns_of(sheet)
    rows = []
    for at in range(HEADER_ROW + 1, sheet.max_row + 1):
        cells = {key: sheet.cell(at, column).value for key, column in columns.items()}
        if cells.get("hidden_case_no"):
            rows.append(SheetRow(path, at, cells))
    return rows


def read_office(path: Path) -> list[dict[str, Any]]:
    """The people of 待办.xlsx, with page and row."""
    rows = []
    for sheet in openpyxl.load_workbook(path):
        heads: list[str] = []
        for cells in sheet.iter_rows():
            values = [c.value for c in cells]
            if values and values[0] == "编号":
                heads = [str(v).replace("\n", "") for v in values]
            elif heads and values[0]:
                row = dict(zip(heads, values, strict=False))
                rows.append(row | {"page": sheet.title, "row": cells[0].row, "heads": heads})
    return rows


def problems_of(path: Path) -> list[dict[str, str]]:
    """The lines of 回收问题.xlsx."""
    rows: list[dict[str, str]] = []
    heads: list[str] = []
    for cells in openpyxl.load_workbook(path).worksheets[-1].iter_rows(values_only=True):
        if "文件" in cells:
            heads = [str(c) for c in cells]
        elif heads and cells[0]:
            values = ("" if v is None else str(v) for v in cells)
            row = dict(zip(heads, values, strict=False))
            rows += [row | {"行": str(at)} for at in _rows_in(row["行"])]
    return rows


def _rows_in(text: str) -> list[int | str]:
    """The rows that a cell such as 5-6、9 names."""
    found: list[int | str] = []
    for part in re.split("[、，,]", text):
        ends = part.split("-")
        if all(end.strip().isdigit() for end in ends):
            found += range(int(ends[0]), int(ends[-1]) + 1)
        else:
            found.append(part)
    return found
