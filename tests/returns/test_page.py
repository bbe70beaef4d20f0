"""Rows of a returned page: who is a line, what is skipped, what is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from loubao.core import frames
from loubao.returns.page import Page, holds_more, page_of
from loubao.returns.terms import Terms
from loubao.rules.folder import Rules

TODAY = dt.date(2022, 7, 20)
NUMBER = "350599195501011234"
COLUMNS = ("case_no", "village", "name", "id_number", "household_size", "result", "remark")
KEY = {"edition": "2022-06/1/00000000"}
TITLE = {"case_no": "洛阳镇上浦村困难群众摸排核查表（2022年6月）"}
SIGN = {"case_no": "村（社区）主要负责人签字：＿＿＿　　日期：＿＿年　（盖章）"}


def sheet(rows: Sequence[Sequence[str | None]], name: str = "核查表") -> frames.Sheet:
    width = max(map(len, rows), default=0)
    cells = pl.DataFrame(
        [[at, *row, *[None] * (width - len(row))] for at, row in enumerate(rows, start=1)],
        schema={"row": pl.UInt32, **{str(i): pl.String for i in range(width)}},
        orient="row",
    )
    return frames.Sheet("表.xlsx", name, cells, 0, (), frames.empty(frames.ISSUES))


def page(rules: Rules, *rows: Mapping[str, str] | None) -> Page:
    """Read rows of COLUMNS and the hidden edition; None is the header."""
    names = {column.key: column.header for column in rules.sheets.village.columns}
    head = [*(names[key] for key in COLUMNS), "edition"]
    cells = [
        head if row is None else [row.get(key) for key in (*COLUMNS, "edition")] for row in rows
    ]
    return page_of(sheet(cells), Terms(rules, TODAY))


ROWS = [
    # what a row below the header says, what it is
    ({"case_no": "104-2022-00001"}, "line"),
    (KEY, "line"),
    ({"name": "张合"}, "line"),
    *(
        ({"case_no": words, "name": "张合", **more}, "line")
        for words in ("不在名单", "新增名单", "备注：新增", "合计", "注：", "说明：新增")
        for more in ({}, {"id_number": NUMBER}, {"result": "疑难"})
    ),
    ({"case_no": "新增", "name": "张合", "remark": "合计三口人"}, "line"),
    ({"case_no": "填表人：", "name": "张合"}, "note"),
    ({"village": "负责人签字：", "name": "张合", "id_number": "日期：", "remark": "7月"}, "note"),
    ({"case_no": "填表人：", "name": "张合", "id_number": NUMBER}, "line"),
    ({"case_no": "合计", "name": "4人"}, "note"),
    ({"case_no": "合计", "name": "四人", "household_size": "11"}, "note"),
    ({"case_no": "合计", "household_size": "11"}, "note"),
    ({"name": "合计", "household_size": "11"}, "note"),
    ({"case_no": "合计", "id_number": NUMBER}, "unknown"),
    ({"case_no": "注：", "result": "疑难"}, "unknown"),
    ({"case_no": "不在名单", "name": "不详", "id_number": NUMBER}, "unknown"),
    ({"id_number": NUMBER}, "unknown"),
    ({"remark": "另有一户不在家"}, "unknown"),
    ({"case_no": "备注：另有一户不在家"}, "note"),
    (SIGN, "note"),
    (dict.fromkeys((*COLUMNS, "edition"), "") | SIGN, "note"),
    ({"case_no": "5", "village": "上浦村"}, "blank"),
]


@pytest.mark.parametrize(("row", "kind"), ROWS)
def test_a_row_below_the_header(rules: Rules, row: dict[str, str], kind: str) -> None:
    found = page(rules, TITLE, None, row)
    assert found.kinds == {"title": 1, "header": 1, **({kind: 1} if kind != "line" else {})}
    assert len(found.lines) == (kind == "line")
    assert [issue[4] for issue in found.issues] == ["ROW_WITHOUT_PERSON"] * (kind == "unknown")


ABOVE = [
    # rows above the header that were sorted there, or stand there anyway; how many are lines, told
    ([TITLE, {"case_no": "数据截至2022年6月30日"}], 0, 0),
    ([TITLE, {"case_no": "填报单位：", "name": "上浦村"}], 0, 0),
    ([TITLE, {"case_no": "104-2022-00001", "name": "甲", **KEY}], 1, 0),
    ([TITLE, {"case_no": "104-2022-00001", "name": "甲", "result": "疑难"}], 1, 0),
    ([TITLE, {"case_no": "不在名单", "name": "甲", "id_number": NUMBER}], 1, 0),
    ([TITLE, {"name": "甲", **KEY}, {"name": "乙"}, {"case_no": "新增", "name": "丙"}], 3, 0),
    ([TITLE, {"id_number": NUMBER, "result": "疑难"}], 0, 1),
    ([TITLE, {"name": "甲", **KEY}, {"remark": "另有一户", "household_size": "3"}], 1, 1),
]


@pytest.mark.parametrize("below", [True, False])
@pytest.mark.parametrize(("rows", "lines", "told"), ABOVE)
def test_a_header_sorted_among_the_rows(
    rules: Rules, rows: list[dict[str, str]], lines: int, told: int, below: bool
) -> None:
    more = [{"name": "丁", **KEY}, SIGN] if below else []
    found = page(rules, *rows, None, *more)
    assert (len(found.lines), len(found.issues)) == (lines + below, told)
    assert len(found.lines) + found.kinds.total() == len(rows) + 1 + len(more)
    assert all(line.headers["result"] == "核查结果" for line in found.lines)


def test_pages_without_a_header(rules: Rules) -> None:
    """Nothing but the printed instructions is passed over without a word."""
    said = rules.sheets.village.instructions
    printed = [[said.title], *([f"{i}. {line}"] for i, line in enumerate(said.lines, start=1))]
    pages = [
        ([], "Sheet2", False),
        (printed, said.page, False),
        (printed, "说明 (2)", False),
        ([*printed, ["另有", "周明亮", NUMBER]], said.page, True),
        ([["填表说明"], ["1. 从前的写法。"]], said.page, False),
        ([["填表说明"], ["1. 从前的写法。"], ["104-2022-00001", "符合"]], said.page, True),
        ([["我村另外发现两户"], ["周明亮", NUMBER, "因病致贫"]], "新增人员", True),
        ([["本村共走访两户"]], "Sheet2", True),
    ]
    for rows, name, more in pages:
        assert holds_more(sheet(rows, name), Terms(rules, TODAY)) == more, name


DITTO = [
    # what 核查人 says from row to row, what is read; None: no row
    (["王大力", "同上", "〃", '"'], ["王大力"] * 4),
    (["王大力", "", "同上"], ["王大力", None, "同上"]),
    (["王大力", None, "同上"], ["王大力", "同上"]),
    (["同上", "同上"], ["同上", "同上"]),
]


@pytest.mark.parametrize(("written", "read"), DITTO)
def test_the_same_as_above(rules: Rules, written: list[str | None], read: list[str | None]) -> None:
    header = {column.key: column.header for column in rules.sheets.village.columns}
    keys = ("case_no", "name", "age", "result", "visitor", "remark")
    rows = [
        [None] * 6 if text is None else [f"104-2022-0000{i}", "张合", "50", "疑难", text, "同上"]
        for i, text in enumerate(written, start=1)
    ]
    found = page_of(sheet([[header[key] for key in keys], *rows]), Terms(rules, TODAY))
    assert [line.cells.get("visitor") for line in found.lines] == read
    assert {line.cells["remark"] for line in found.lines} == {"同上"}
