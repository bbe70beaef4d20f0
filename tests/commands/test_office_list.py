"""待办.xlsx: what leaves the village sheets, and what the office writes on it is read back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from loubao.commands.collect import Collection, collect
from loubao.commands.match import Ledger, match
from loubao.commands.progress import View, supervise
from loubao.rules.folder import Rules
from tests.commands.office import DIBAO, DIBAO_HEADER, DIBAO_ROWS, csv_bytes, dibao_row, fill, month

ELIGIBLE = {"核查结果": "已核查符合", "拟纳入类型": "低保"}
RETURNED = {"核查结果": "退回"}
Cells = Mapping[str, Mapping[str, str]]


class Town:
    """A town over some months: its exports, the sheets that went out, what came back."""

    def __init__(self, root: Path, rules: Rules) -> None:
        self.root, self.rules = root, rules
        self.ledger = root / "loubao.db"

    def match(self, name: str, **files: bytes) -> dict[str, Any]:
        """Run the month named `2022-06`; `files` replace those of `office.month`."""
        fill(self.root / name, {**month(), **files})
        day = dt.date.fromisoformat(f"{name}-28")
        self.out = self.root / "out" / name
        return match(self.root / name, self.out, self.rules, day, ledger=Ledger(self.ledger))

    def collect(self, path: Path, cells: Cells, day: str) -> dict[str, Any]:
        """Fill in a workbook of the last run (name → header → text), and collect it."""
        back = self.root / f"back-{day}"
        back.mkdir(exist_ok=True)
        book = openpyxl.load_workbook(path)
        for page in book.worksheets:
            header = next((row for row in page.iter_rows() if row[0].value == "编号"), ())
            at = {"".join(str(c.value).split()): c.column for c in header}
            for row in page.iter_rows():
                for column, text in (
                    cells.get(str(row[at["姓名"] - 1].value), {}).items() if at else ()
                ):
                    page.cell(row[0].row, at[column]).value = text
        book.save(back / path.name)
        return self.collect_again(day)

    def collect_again(self, day: str) -> dict[str, Any]:
        where = Collection(self.root / f"back-{day}", self.root / f"out-{day}", self.ledger)
        return collect(where, self.rules, dt.date.fromisoformat(day))

    def sheets(self) -> dict[str, set[str]]:
        """Village → names on its sheet."""
        found = {}
        for path in self.out.glob("核查表/*/*.xlsx"):
            page = openpyxl.load_workbook(path).worksheets[0]
            people = [row for row in page.iter_rows(min_row=5, values_only=True) if row[2]]
            found[path.stem] = {str(row[2]) for row in people}
        return found

    def listed(self) -> dict[str, dict[str, Any]]:
        """Name → header → text, of everybody on the office's list."""
        found = {}
        for page in openpyxl.load_workbook(self.out / "待办.xlsx").worksheets:
            rows = list(page.values)
            head = next(i for i, row in enumerate(rows) if row[0] == "编号")
            heads = ["".join(str(text).split()) for text in rows[head]]
            found |= {str(row[2]): dict(zip(heads, row, strict=True)) for row in rows[head + 1 :]}
        return found


@pytest.fixture
def town(tmp_path: Path, rules: Rules) -> Town:
    return Town(tmp_path, rules)


def test_what_is_the_offices_leaves_the_sheets_and_comes_back_on_request(town: Town) -> None:
    first = town.match("2022-06")
    assert town.sheets() == {"上浦村": {"蔡阿榕"}, "后亭村": {"曾淑勉"}}
    page = openpyxl.load_workbook(town.out / "待办.xlsx").worksheets[0]
    assert "本月无待办" in [row[0] for row in page.values]
    assert (first["counts"]["office"], first["counts"]["on_sheets"]) == (0, 2)
    town.collect(town.out / "核查表/洛阳镇/上浦村.xlsx", {"蔡阿榕": ELIGIBLE}, "2022-07-10")

    july = town.match("2022-07")
    assert town.sheets() == {"后亭村": {"曾淑勉"}}
    counts = july["counts"]
    assert (counts["cases"], counts["on_sheets"], counts["office"]) == (2, 1, 1)
    assert sum(row["people"] for row in july["towns"]) == 1
    item = town.listed()["蔡阿榕"]
    assert (item["现状"], item["拟纳入"], item["哪天起"]) == ("已核查符合", "低保", "2022-07-10")
    assert (item["已等天数"], item["名册上"]) == (18, "未查到")
    told = supervise(town.ledger, None, town.rules.folder, View(as_of=dt.date(2022, 7, 30)))
    assert told["office"]["rows"] == [
        {"town": "洛阳镇", "people": 1, "eligible": 1, "applied": 0, "returned": 0, "days": 20}
    ]

    office = town.out / "待办.xlsx"
    report = town.collect(office, {"蔡阿榕": {"退回村核查": "是"}}, "2022-07-29")
    assert (report["counts"]["asked"], report["problems"]) == (1, [])
    again = town.collect_again("2022-07-29")
    assert (again["counts"]["asked"], again["counts"]["unchanged"], again["problems"]) == (0, 1, [])
    town.match("2022-08")
    assert town.sheets() == {"上浦村": {"蔡阿榕"}, "后亭村": {"曾淑勉"}}
    sheet = town.out / "核查表/洛阳镇/上浦村.xlsx"
    town.collect(sheet, {"蔡阿榕": {"核查结果": "已申请"}}, "2022-09-10")
    stale = town.collect_again("2022-07-29")
    assert stale["counts"]["unchanged"] == 1, "a list of July asks nothing of September"
    town.match("2022-09")
    assert town.listed()["蔡阿榕"]["现状"] == "已申请"
    roll = csv_bytes((*DIBAO_ROWS, dibao_row("蔡阿榕")))
    assert DIBAO_HEADER in DIBAO_ROWS
    town.match("2022-10", **{DIBAO: roll})
    assert town.listed() == {}, "on a roll"


def test_what_the_office_has_done(town: Town) -> None:
    town.match("2022-06")
    town.collect(town.out / "核查表/洛阳镇/上浦村.xlsx", {"蔡阿榕": ELIGIBLE}, "2022-07-10")
    town.match("2022-07")
    office = town.out / "待办.xlsx"
    both = {"退回村核查": "是", "办理结果": "已申请"}
    report = town.collect(office, {"蔡阿榕": both}, "2022-07-29")
    assert [row["code"] for row in report["problems"]] == ["ANSWERS_CONFLICT"]
    report = town.collect(office, {"蔡阿榕": {"办理结果": "已申请"}}, "2022-07-30")
    assert report["counts"]["posted"] == 1
    assert town.collect_again("2022-07-30")["counts"]["unchanged"] == 1
    town.match("2022-08")
    assert town.listed()["蔡阿榕"]["哪天起"] == "2022-07-10", "still one wait"
    old = town.collect(
        office, {"蔡阿榕": {"办理结果": "已核查不符合", "不符合原因": "收入超标"}}, "2022-08-30"
    )
    assert [row["code"] for row in old["problems"]] == ["OFFICE_OVERTAKEN"]
    refused = {"办理结果": "已核查不符合", "不符合原因": "收入超标"}
    town.collect(town.out / "待办.xlsx", {"蔡阿榕": refused}, "2022-08-31")
    assert town.match("2022-09")["ledger"]["news"] == {"open": 1, "spared": 1}
    assert town.listed() == {}


@pytest.mark.parametrize(
    ("remark", "village", "listed"),
    [
        ("不在本村，应为上浦村", "上浦村", False),
        ("现住外地", None, True),
        ("查无此人", None, True),
        ("户籍在东园镇", "未识别村居", False),
        ("现住后曾那边", "后曾村", False),
        ("嫁到陈坝村了", "陈坝村", False),
        ("搬去后曾村委会对面", "后曾村", False),
        ("现住张坂镇后曾", "后曾村", False),
        ("与陈坝村人结婚多年", "陈坝村", False),
        ("从上浦村迁来，人已找不到", None, True),
        ("嫁到安徽省陈坝村", None, True),
    ],
)
def test_a_returned_person(town: Town, remark: str, village: str | None, listed: bool) -> None:
    town.match("2022-06")
    sheet = town.out / "核查表/洛阳镇/后亭村.xlsx"
    town.collect(sheet, {"曾淑勉": {**RETURNED, "备注": remark}}, "2022-07-10")
    town.match("2022-07")
    where = [place for place, people in town.sheets().items() if "曾淑勉" in people]
    assert where == ([village] if village else [])
    assert ("曾淑勉" in town.listed()) == listed
    if listed:
        asked = {"曾淑勉": {"退回村核查": "洛阳镇下曾村"}}
        town.collect(town.out / "待办.xlsx", asked, "2022-07-29")
        town.match("2022-08")
        assert town.sheets()["下曾村"] == {"曾淑勉"}
