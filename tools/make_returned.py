#!/usr/bin/env python3
"""Write sample_data/returned-2022-05/: the village sheets of the first month, filled in.

    python tools/make_returned.py [--out sample_data/returned-2022-05] [--seed 67]

Matches sample_data/2022-05 with a ledger of its own and fills in the sheets of some villages as the
truth has it: most of it right, and once each what goes wrong in the field (`SLIPS`). To walk the
round, match the same month with a ledger first; the keys in the sheets fit as long as neither the
rules nor the sample have changed, then run this again.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import polars as pl
from openpyxl.worksheet.worksheet import Worksheet

from loubao.books.village_sheet import HEADER_ROW
from loubao.commands.match import Ledger, match
from loubao.rules.folder import Rules, load_rules
from loubao.rules.sheet_columns import stacks

HERE = Path(__file__).parents[1]
MONTH, AS_OF = "2022-05", date(2022, 5, 31)
VILLAGES = 24  # that have sent their sheets back so far
FIRST_VISIT, DAYS = date(2022, 6, 1), 12
VISITORS = ("陈主任", "林书记", "黄网格员", "张委员")
MODES = ("入户", "入户", "入户", "电话", "邻里访问")
KINDS = {
    "medical": "低保",
    "disability": "单人保",
    "monitored": "低保",
    "children": "事实无人抚养儿童",
}
#: what goes wrong, once each, on the first sheets with enough people
SLIPS = (
    *("no_reason", "no_type", "free_choice", "wrong_date", "late_date", "only_remark"),
    *("contradiction", "added", "csv", "renamed", "locked", "overwritten", "deleted", "keyless"),
)
_CORE = "docProps/core.xml"


@dataclass
class Sheet:
    """One village's workbook, open, with its columns by key and its people by row."""

    path: Path
    book: openpyxl.Workbook
    page: Worksheet
    columns: dict[str, int]
    people: dict[int, str]
    """row → case number"""
    line_in: dict[str, int]
    """column that shares a cell → its line there"""

    def put(self, row: int, **cells: Any) -> None:
        """Write cells of a row by the keys of their columns."""
        for key, value in cells.items():
            cell = self.page.cell(row, self.columns[key])
            if key in self.line_in:
                lines = str(cell.value or "").split("\n")
                lines += [""] * (self.line_in[key] + 1 - len(lines))
                lines[self.line_in[key]] = str(value or "")
                value = "\n".join(lines).strip("\n")
            cell.value = value


def opened(path: Path, rules: Rules) -> Sheet:
    """Return a village's workbook, ready to be filled in."""
    book = openpyxl.load_workbook(path)
    page = book[rules.sheets.village.page]
    together = stacks(rules.sheets.village.columns)
    keys = {"".join(column.header for column in stack): stack[0].key for stack in together}
    heads = {cell.column: "".join(str(cell.value or "").split()) for cell in page[HEADER_ROW + 1]}
    columns = {keys.get(head, f"hidden:{head}"): place for place, head in heads.items()}
    line_in: dict[str, int] = {}
    for stack in together:
        if len(stack) > 1:
            columns |= {column.key: columns[stack[0].key] for column in stack}
            line_in |= {column.key: line for line, column in enumerate(stack)}
    people: dict[int, str] = {}
    for row in range(HEADER_ROW + 2, page.max_row + 1):
        number = page.cell(row, columns["hidden:case_no"]).value
        if number:
            people[row] = str(number)
    return Sheet(path, book, page, columns, people, line_in)


def truth_of_cases(out: Path) -> dict[str, tuple[str, str]]:
    """Return the case number → (what the truth says of the person, a list that names them)."""
    rows = pl.read_csv(HERE / "sample_data/truth" / f"{MONTH}.csv", infer_schema=False)
    people = pl.read_csv(HERE / "sample_data/truth" / f"people-{MONTH}.csv", infer_schema=False)
    records = pl.read_parquet(out / "data/records.parquet").select(
        "record_id", "file", "list", *(pl.col(c).cast(pl.String) for c in ("row", "member"))
    )
    found = (
        pl.read_parquet(out / "data/cases.parquet")
        .select("case_no", record_id="record_ids")
        .explode("record_id")
        .join(records, on="record_id")
        .join(rows.select("file", "row", "member", "person"), on=["file", "row", "member"])
        .join(people.select("person", "expected"), on="person")
        .unique("case_no", keep="first", maintain_order=True)
    )
    return {
        number: (expected, listed)
        for number, expected, listed in found.select("case_no", "expected", "list").iter_rows()
    }


def answer(sheet: Sheet, row: int, expected: str, listed: str, dice: Random) -> dict[str, Any]:
    """Return what a village finds out about somebody of whom the truth is `expected`."""
    visited = FIRST_VISIT + timedelta(days=dice.randrange(DAYS))
    cells: dict[str, Any] = {
        "visited_on": visited if dice.random() < 0.7 else f"{visited.month}月{visited.day}日",
        "visit_mode": dice.choice(MODES),
        "household_size": dice.randint(1, 6),
        "alive": "是",
        "resident": "是" if dice.random() < 0.93 else "否",
        "visitor": dice.choice(VISITORS),
    }
    if len(str(sheet.page.cell(row, sheet.columns["same_person"]).value)) > 1:  # boxes to tick
        cells["same_person"] = "是" if expected == "covered" else "否"
    chance = dice.random()
    if expected == "covered":
        return {**cells, "result": "已核查不符合", "why_not": "已享受低保"}
    if expected in {"excluded", "not_named"}:
        return {**cells, "result": "退回", "remark": "户籍已迁出，不在本村"}
    if chance < 0.06:
        return {**cells, "result": "疑难", "remark": "子女在外地，收入查不到"}
    if chance < 0.22 or (expected == "partial" and chance < 0.5):
        reason = "收入超标" if expected == "uncovered" else "已享受部分待遇，收入超标"
        return {**cells, "result": "已核查不符合", "why_not": reason}
    result = "已申请" if chance > 0.9 else "已纳入" if chance > 0.87 else "已核查符合"
    return {**cells, "result": result, "proposed_type": KINDS.get(listed, "低保")}


def slip(sheet: Sheet, kind: str, target: Path) -> None:
    """Spoil a filled-in sheet in one way, and save it."""
    rows = list(sheet.people)
    first, last = rows[0], rows[-1]
    blank = dict.fromkeys((k for k in sheet.columns if k in FILLED_IN), None)
    match kind:
        case "no_reason":
            sheet.put(first, result="已核查不符合", why_not=None, proposed_type=None)
        case "no_type":
            sheet.put(first, result="已核查符合", proposed_type=None, why_not=None)
        case "free_choice":
            sheet.put(first, result="符合条件", proposed_type="低保")
        case "wrong_date":
            sheet.put(first, visited_on="6月31日")
        case "late_date":
            sheet.put(first, visited_on="2023-06-05")
        case "only_remark":
            sheet.put(first, **{**blank, "remark": "两次上门都没有人"})
        case "locked":
            sheet.put(first, phone="0595-00000000")
        case "overwritten":
            sheet.put(first, name="王新人", id_number=None)
        case "deleted":
            sheet.page.delete_rows(last)
        case "keyless":
            hidden = [c for k, c in sheet.columns.items() if k.startswith("hidden:")]
            for column in sorted(hidden, reverse=True):
                sheet.page.delete_cols(column)
        case "added":
            sheet.page.insert_rows(last + 1)
            sheet.put(
                last + 1,
                **{"name": "柯阿婶", "sex": "女", "visited_on": "6月8日", "visit_mode": "入户"},
                **{"result": "已核查符合", "proposed_type": "特困", "remark": "独居，无子女"},
            )
    if kind == "csv":
        save_csv(sheet, target.with_suffix(".csv"))
    elif kind == "renamed":
        save(sheet, target.with_name("新建 Microsoft Excel 工作表.xlsx"))
    elif kind == "contradiction":
        save(sheet, target)
        sheet.put(first, **{**blank, "result": "疑难", "visited_on": "6月5日", "remark": "待议"})
        save(sheet, target.with_name(f"{target.stem}（1）.xlsx"))
    else:
        save(sheet, target)


FILLED_IN = frozenset(
    {
        *("visited_on", "visit_mode", "household_size", "alive", "resident", "same_person"),
        *("result", "proposed_type", "why_not", "visitor", "visitor_phone", "remark"),
    }
)


def save(sheet: Sheet, target: Path) -> None:
    """Save a workbook: the same bytes whenever this is run."""
    stream = io.BytesIO()
    sheet.book.save(stream)
    with zipfile.ZipFile(stream) as read, zipfile.ZipFile(target, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name == _CORE:
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2022-06-12T00:00:00Z", content)
            about = zipfile.ZipInfo(name, (2022, 6, 12, 0, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(about, content)


def save_csv(sheet: Sheet, target: Path) -> None:
    """Save the page as a Chinese Excel exports it."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    for row in sheet.page.iter_rows(values_only=True):
        writer.writerow([_text(value) for value in row])
    target.write_bytes(stream.getvalue().encode("gb18030"))


def _text(value: object) -> str:
    if isinstance(value, date):
        return f"{value.year}/{value.month}/{value.day}"
    return "" if value is None else str(value)


def chosen(sheets: Sequence[Path], dice: Random) -> Iterator[tuple[Path, str]]:
    """Give the villages that answered with the slip of each ("" for none)."""
    picked = sorted(dice.sample(list(sheets), min(VILLAGES, len(sheets))))
    slips = [*SLIPS, *[""] * max(len(picked) - len(SLIPS), 0)]
    return zip(picked, slips, strict=False)


def main() -> None:
    """Match the month, fill in sheets, spoil some."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=HERE / f"sample_data/returned-{MONTH}")
    options.add_argument("--seed", type=int, default=67)
    given = options.parse_args()
    dice = Random(given.seed)
    rules = load_rules(HERE / "rules")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        ledger = Ledger(Path(folder) / "loubao.db")
        match(HERE / "sample_data" / MONTH, out, rules, AS_OF, ledger=ledger)
        truth = truth_of_cases(out)
        sheets = [
            path
            for path in sorted((out / "核查表").rglob("*.xlsx"))
            if len(opened(path, rules).people) >= 3
        ]
        shutil.rmtree(given.out, ignore_errors=True)
        for path, kind in chosen(sheets, dice):
            sheet = opened(path, rules)
            for row, number in sheet.people.items():
                if dice.random() < 0.94:
                    said = truth.get(number, ("uncovered", "medical"))
                    sheet.put(row, **answer(sheet, row, *said, dice))
            target = given.out / path.relative_to(out / "核查表")
            target.parent.mkdir(parents=True, exist_ok=True)
            slip(sheet, kind, target)


if __name__ == "__main__":
    main()
