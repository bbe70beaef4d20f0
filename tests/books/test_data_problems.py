"""数据问题.xlsx: one line a cause, the one on which most people's outcome hangs first."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from loubao.books.data_problems import issue_book
from loubao.core import frames
from loubao.core.forms import Workbook
from loubao.core.frames import Sheet, empty
from loubao.ingest.causes import caused, summed
from loubao.ingest.records import tidy
from loubao.rules.folder import Rules
from tests.people import number

AS_OF = date(2022, 6, 30)
ROWS = 62_206
NAME, NUMBER = "蔡阿榕", number("19600305", 11)


def lines(book: Workbook, page: int) -> list[dict[str, Any]]:
    """The rows of a page below its header, by the words of the header."""
    rows = [row.values for row in book.pages[page].rows]
    at = next(i for i, row in enumerate(rows) if len([v for v in row if v]) > 3)
    return [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]]


def test_lines_of_issues_whose_rows_are_not_known(rules: Rules) -> None:
    sheets = rules.sheets
    issues = frames.issue_rows(
        [
            ("乙.csv", "", None, "", "HIDDEN_ROWS", "3 行"),
            ("甲.xlsx", "表1", 9, "身份证号", "ID_LENGTH", "17 位"),
            ("甲.xlsx", "表1", 4, "身份证号", "ID_LENGTH", "17 位"),
            ("甲.xlsx", "表1", 5, "", "NEVER_HEARD_OF", "=1"),
        ]
    )
    book = issue_book(issues, sheets, AS_OF)
    lengths = sheets.issues["ID_LENGTH"]
    first = lines(book, 0)
    assert first[0]["问题"] == lengths.title
    assert first[0]["影响人数"] == first[0]["处数"] == 2
    assert first[0]["文件和行"] == "甲.xlsx：4、9"
    assert first[0]["怎么办"] == lengths.advice
    assert [(r["文件"], r["工作表"], r["行"], r["列"], r["问题"]) for r in lines(book, 1)] == [
        ("乙.csv", "", "整表", "", sheets.issues["HIDDEN_ROWS"].title),
        ("甲.xlsx", "表1", "4、9", "身份证号", lengths.title),
        ("甲.xlsx", "表1", 5, "整行", "NEVER_HEARD_OF"),
    ]
    nothing = issue_book(empty(frames.ISSUES), sheets, AS_OF)
    assert sheets.problems.none in str(nothing)


def medical(places: list[tuple[str, str]], paid: str = "50000") -> Sheet:
    """A medical list, one person a place (town, village)."""
    count = len(places)
    people = [("姓名", "身份证号", "乡镇", "村", "个人自付费用")]
    people += [
        (NAME, number("19600305", 1 + 2 * (i % 400)), town, village, paid)
        for i, (town, village) in enumerate(places)
    ]
    columns = {str(i): [row[i] for row in people] for i in range(5)}
    cells = pl.DataFrame({"row": range(1, count + 2), **columns}).cast({"row": pl.UInt32})
    return Sheet("个人自付医疗费用.csv", "", cells, 0, (), empty(frames.ISSUES))


def found(rules: Rules, sheet: Sheet) -> pl.DataFrame:
    read = tidy([sheet], rules, AS_OF, whole=False)
    headers = {(a.file, a.sheet, f): h for a in read.accounts for h, f in a.columns}
    return caused(read.issues, read.records, headers, rules)


def test_one_unknown_town_is_one_line(rules: Rules) -> None:
    causes = found(rules, medical([("洛旸镇", "火星村")] * ROWS))
    book = issue_book(causes, rules.sheets, AS_OF, rules.labels)
    towns = [row for row in lines(book, 0) if row["写的是"] == "洛旸镇"]
    assert len(towns) == 1
    assert towns[0]["处数"] == towns[0]["影响人数"] == ROWS
    assert towns[0]["相近的本地名称"].startswith("洛阳镇")
    assert towns[0]["文件和行"] == f"个人自付医疗费用.csv：2-{ROWS + 1}"
    assert lines(book, 0)[0] == towns[0]
    assert [r["行"] for r in lines(book, 1) if r["写的是"] == "洛旸镇"] == [f"2-{ROWS + 1}"]


@pytest.mark.parametrize("written", [NAME, NUMBER, f"{NAME}（户主）"])
def test_nobody_is_named_by_what_stands_in_a_cell(rules: Rules, written: str) -> None:
    sheet = medical([("洛阳镇", written), ("洛阳镇", "上浦村")], paid=f"{written}元")
    causes = found(rules, sheet)
    said = str(issue_book(causes, rules.sheets, AS_OF)) + str(causes.to_dicts())
    assert NAME not in said
    assert NUMBER[:10] not in said
    assert "VILLAGE_UNKNOWN" in set(causes["code"])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("柯灿岚", "柯**"),
        ("王丽", "王*"),
        ("马丽", "马*"),
        ("欧阳娜娜", "欧***"),
        ("阿依古丽·买买提", "阿"),
        ("NGUYEN THI HOA", "N"),
        ("庄碧螺，洛阳镇上浦村", "庄**"),
    ],
)
def test_a_name_that_stands_in_a_wrong_column_alone_is_masked(
    rules: Rules, written: str, kept: str
) -> None:
    causes = found(rules, medical([("洛阳镇", written), (written, "上浦村")], paid=written))
    said = str(issue_book(causes, rules.sheets, AS_OF)) + str(causes.to_dicts())
    assert written not in said
    assert written.replace(" ", "").replace("·", "") not in said
    amounts = causes.filter(pl.col("code") == "NUMBER_UNREADABLE")["value"]
    assert all(str(value).startswith(kept) for value in amounts)


@pytest.mark.parametrize(
    ("village", "paid"),
    [("林边社区", "暂无票据"), ("张板村", "5万多"), ("洪厝村民委员会", "约50000")],
)
def test_what_is_to_be_mended_is_shown(rules: Rules, village: str, paid: str) -> None:
    causes = found(rules, medical([("洛阳镇", village), ("洛阳镇", "上浦村")], paid=paid))
    assert {f"洛阳镇{village}", paid} <= set(causes["value"])


def test_causes_are_told_apart_by_what_stands_there(rules: Rules) -> None:
    places = [("洛阳镇", "火星村")] * 3 + [("洛阳镇", "土星村")] * 2
    causes = summed(found(rules, medical(places)), ("list", "column", "value"))
    told = causes.filter(pl.col("code") == "VILLAGE_UNKNOWN")
    assert told.select("list", "column", "value", "count", "people").rows() == [
        ("medical", "村", "洛阳镇火星村", 3, 3),
        ("medical", "村", "洛阳镇土星村", 2, 2),
    ]
