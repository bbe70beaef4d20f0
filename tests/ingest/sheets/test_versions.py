"""Which of several sheets of one roll holds: months, copies, drafts; towns and additions stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.core.frames import Sheet
from loubao.ingest.sheets.account import accounts_of
from loubao.ingest.sheets.versions import holding
from loubao.rules.folder import Rules
from tests.ingest.tables import parts, sheet
from tests.people import number

AS_OF = date(2022, 8, 31)
PEOPLE = [(f"张{i}", number(f"19600{i % 9 + 1}05", i)) for i in range(60)]
#: A sheet: file, name, first person, last person (of PEOPLE).
Named = tuple[str, str, int, int]


def table(file: str, name: str, first: int, last: int, title: str = "") -> Sheet:
    rows = [("姓名", "身份证号"), *PEOPLE[first:last]]
    return sheet(file, *([(title, "")] if title else []), *rows, name=name)


def outcome(rules: Rules, *tables: Named, title: str = "") -> tuple[list[str], list[str]]:
    """Names (sheet, else file) of the sheets that hold, and the faults."""
    sheets = [table(*each, title=title if i == 0 else "") for i, each in enumerate(tables)]
    held, faults = holding(parts(rules, *sheets), rules, AS_OF)
    return [p.claimed.sheet.name or p.claimed.sheet.file for p in held if p.extract], faults


@pytest.mark.parametrize(
    ("tables", "held"),
    [
        ([("低保.xlsx", "7月", 0, 9), ("低保.xlsx", "8月", 1, 10)], ["8月"]),
        ([("低保.xlsx", f"{m}月", 0, 9) for m in range(5, 10)], ["8月"]),
        ([("低保.xlsx", "七月", 0, 1), ("低保.xlsx", "八月", 1, 2)], ["八月"]),
        ([("低保.xlsx", "202107", 0, 9), ("低保.xlsx", "202208", 0, 8)], ["202208"]),
        ([("低保202208.csv", "", 0, 9), ("低保2022年7月.csv", "", 0, 8)], ["低保202208.csv"]),
        ([("7月/低保.csv", "", 0, 9), ("8月/低保.csv", "", 0, 8)], ["8月/低保.csv"]),
        ([("2021年低保.xlsx", "8月", 0, 9), ("2022年低保.xlsx", "8月", 0, 8)], ["8月"]),
        ([("低保在册7月.csv", "", 0, 9), ("城乡低保8月.csv", "", 0, 8)], ["城乡低保8月.csv"]),
        (
            [("低保8月.csv", "", 0, 2), ("低保8月（最终版）.csv", "", 0, 1)],
            ["低保8月（最终版）.csv"],
        ),
        ([("低保8月初稿.csv", "", 0, 9), ("低保8月.csv", "", 0, 8)], ["低保8月.csv"]),
        ([("低保8月v2.csv", "", 0, 9), ("低保8月v3.csv", "", 0, 8)], ["低保8月v3.csv"]),
        ([("低保8月10日.csv", "", 0, 9), ("低保8月25日.csv", "", 0, 8)], ["低保8月25日.csv"]),
        ([("低保.csv", "", 0, 9), ("低保(1).csv", "", 0, 9)], ["低保(1).csv"]),
        ([("低保.xlsx", "Sheet1", 0, 9), ("低保.xlsx", "Sheet2", 0, 9)], ["Sheet1"]),
        ([("低保.xlsx", "在册", 0, 9), ("低保.xlsx", "减少", 9, 12)], ["在册"]),
        ([("低保.xlsx", "在册", 0, 9), ("低保.xlsx", "8月核减", 9, 12)], ["在册"]),
    ],
)
def test_one_holds(rules: Rules, tables: list[Named], held: list[str]) -> None:
    assert outcome(rules, *tables) == (held, [])


@pytest.mark.parametrize(
    "tables",
    [
        [("洛阳镇低保8月.csv", "", 0, 9), ("东园镇低保8月.csv", "", 9, 20)],
        [("洛阳镇低保7月.csv", "", 0, 9), ("东园镇低保8月.csv", "", 9, 20)],
        [("低保.xlsx", "洛阳镇", 0, 9), ("低保.xlsx", "东园镇", 9, 20)],
        [("城市低保8月.csv", "", 0, 9), ("农村低保8月.csv", "", 9, 20)],
        [("低保8月.csv", "", 0, 9), ("低保8月新增.csv", "", 9, 12)],
        [("低保.xlsx", "Sheet1", 0, 9), ("低保.xlsx", "Sheet2", 9, 20)],
        [("低保(1).csv", "", 0, 9), ("低保(2).csv", "", 9, 20)],
        [
            ("低保.xlsx", "总表", 0, 20),
            ("低保.xlsx", "洛阳镇", 0, 15),
            ("低保.xlsx", "东园镇", 15, 20),
        ],
        [("低保.xlsx", "在册", 0, 20), ("低保.xlsx", "分类施保", 0, 5)],
        [("农村低保家庭查询.csv", "", 0, 9), ("农村低保人员查询.csv", "", 0, 12)],
    ],
)
def test_all_hold(rules: Rules, tables: list[Named]) -> None:
    held, faults = outcome(rules, *tables)
    assert (sorted(held), faults) == (sorted(name or file for file, name, *_ in tables), [])


@pytest.mark.parametrize(
    ("tables", "named"),
    [
        ([("低保.xlsx", "6月", 0, 9), ("低保.xlsx", "7月", 0, 8)], ("6月", "7月", "8月")),
        ([("低保.csv", "", 0, 9), ("低保(1).csv", "", 0, 8)], ("低保.csv", "低保(1).csv")),
        (
            [("低保名单.csv", "", 0, 9), ("低保名册.csv", "", 1, 9)],
            ("低保名单.csv", "低保名册.csv"),
        ),
        ([("低保.csv", "", 0, 9), ("低保8月.csv", "", 0, 8)], ("低保.csv", "低保8月.csv")),
        ([("低保.xlsx", "7月", 0, 20), ("低保.xlsx", "8月", 20, 40)], ("7月", "8月")),
        ([("低保8月.csv", "", 0, 40), ("低保8月更正.csv", "", 0, 3)], ("低保8月.csv", "更正")),
        ([("低保.xlsx", "Sheet1", 0, 9), ("低保.xlsx", "Sheet2", 1, 9)], ("Sheet1", "Sheet2")),
    ],
)
def test_it_cannot_be_told(rules: Rules, tables: list[Named], named: Sequence[str]) -> None:
    (fault,) = outcome(rules, *tables)[1]
    assert all(name in fault for name in named), fault


def test_the_title_tells_the_month(rules: Rules) -> None:
    tables = ("低保.xlsx", "Sheet1", 0, 9), ("低保.xlsx", "8月", 0, 8)
    assert outcome(rules, *tables, title="2022年7月低保花名册") == (["8月"], [])


@pytest.mark.parametrize("name", ["死亡", "临时救助", "残疾人名单"])
def test_lists_that_add_up_hold_month_by_month(rules: Rules, name: str) -> None:
    header = ("姓名", "身份证号", "残疾类别", "残疾等级", "救助时间", "救助原因", "死亡日期")
    sheets = [sheet(f"{name}.xlsx", header, *PEOPLE[:3], name=month) for month in ("7月", "8月")]
    held, faults = holding(parts(rules, *sheets), rules, AS_OF)
    assert [part.extract is not None for part in held] == [True, True]
    assert faults == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["低保.xlsx", "低保8月.xlsx", "洛阳镇低保.xlsx"]),
            st.sampled_from(["7月", "8月", "Sheet1", "Sheet2", "最终版", "减少", "东园镇"]),
            st.integers(0, 10),
            st.integers(11, 30),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda each: each[:2],
    )
)
def test_no_row_vanishes(rules: Rules, tables: list[Named]) -> None:
    """Each sheet is read or has all its rows in its account and an issue; one at least is read,
    or nothing can be told.
    """
    claimed = parts(rules, *(table(*each) for each in tables))
    held, faults = holding(claimed, rules, AS_OF)
    assert [p.claimed.sheet for p in held] == [p.claimed.sheet for p in claimed]
    for part, account in zip(held, accounts_of(held), strict=True):
        skipped = account.counts.get("skipped_sheet", 0)
        assert account.counts["rows"] == (
            skipped if part.extract is None else 1 + account.counts["records"]
        )
        assert (part.extract is None) == any(issue[4] == "SHEET_SET_ASIDE" for issue in part.issues)
    if not faults and any("减少" not in name for _, name, *_ in tables):
        assert any(part.extract for part in held)
