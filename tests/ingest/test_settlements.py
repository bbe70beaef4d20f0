"""Lists with several rows a person: what adds up, what is a copy, what cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.core.frames import Sheet
from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, sheet, tidied
from tests.people import number

ID = number("19600305", 11)
HEADER = ("序号", "姓名", "身份证号", "结算日期", "结算单号", "医院", "个人自付费用")


def bills(*rows: Sequence[Cell], file: str = "医保.csv", header: Sequence[str] = HEADER) -> Sheet:
    """A sheet of one person's bills; `rows`: the cells behind the number."""
    numbered = [(str(i), "张三", ID, *row) for i, row in enumerate(rows, start=1)]
    return sheet(file, header, *numbered)


def seen(rules: Rules, *sheets: Sheet) -> tuple[float, int | None, bool, set[str]]:
    """Sum, number of bills, whether the person qualifies, and the issues that matter."""
    records, issues = tidied(rules, *sheets)
    (row,) = records.select("self_paid", "bills", "qualifies").unique().rows()
    about = issues.filter(pl.col("code").str.contains("BILL|DUPLICATE|CONDITION|CONFLICT"))
    return (*row, set(about["code"]))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [("3月1日", "", "甲", "15000"), ("5月1日", "", "甲", "15000")],
            (30000.0, 2, False, set()),
        ),
        (
            [("2022-03-01", "", "甲", "25000"), ("2022-05-01", "", "甲", "15000.01")],
            (40000.01, 2, True, set()),
        ),
        (  # the same bill twice, the serial number aside
            [("2022-03-01", "", "甲", "25000")] * 2 + [("2022-05-01", "", "甲", "10000")],
            (35000.0, 2, False, {"BILL_REPEATED"}),
        ),
        (  # another hospital on the same day
            [("2022-03-01", "", "甲", "25000"), ("2022-03-01", "", "乙", "25000")],
            (50000.0, 2, True, set()),
        ),
        (  # one number is one bill
            [("", "A1", "甲", "25000"), ("", "A1", "甲院", "25000"), ("", "A2", "甲", "10000")],
            (35000.0, 2, False, {"BILL_REPEATED"}),
        ),
        (  # two visits, or a copy: nobody can tell, so the person stays
            [("", "", "甲", "25000"), ("", "", "甲", "25000")],
            (50000.0, 2, True, {"BILLS_UNCLEAR", "CONDITION_UNKNOWN"}),
        ),
        (  # a yearly total among the bills
            [
                ("2022-03-01", "", "", "10000"),
                ("2022-05-01", "", "", "20000"),
                ("", "", "", "30000"),
            ],
            (60000.0, 3, True, {"BILLS_UNCLEAR", "CONDITION_UNKNOWN"}),
        ),
        (  # the total alone is over
            [
                ("2022-03-01", "", "", "15000"),
                ("2022-05-01", "", "", "30000"),
                ("", "", "", "45000"),
            ],
            (45000.0, None, True, {"BILLS_UNCLEAR", "DUPLICATE_ROW"}),
        ),
    ],
)
def test_bills(rules: Rules, rows: Sequence[Sequence[Cell]], expected: tuple[object, ...]) -> None:
    assert seen(rules, bills(*rows)) == expected


def test_files_of_months_add_up_and_a_file_twice_does_not(rules: Rules) -> None:
    march = bills(("2022-03-01", "", "甲", "25000"), file="医保3月.csv")
    may = bills(("2022-05-01", "", "甲", "16000"), file="医保5月.csv")
    again = replace(march, file="医保3月(1).csv")
    assert seen(rules, march, may) == (41000.0, 2, True, set())
    assert seen(rules, march, may, again) == (41000.0, 2, True, {"BILL_REPEATED"})


def test_a_yearly_list_with_a_row_copied(rules: Rules) -> None:
    """Among many people who have one row each, the same figure twice is a copy."""
    people = [(f"李{i}", number(f"19600{i % 9 + 1}07", i), "50000") for i in range(40)]
    rows = [("姓名", "身份证号", "个人自付费用"), *people, *[("张三", ID, "25000")] * 2]
    records, issues = tidied(rules, sheet("医保.csv", *rows))
    assert records.filter(pl.col("name") == "张三")["qualifies"].to_list() == [False, False]
    assert records["bills"].null_count() == records.height
    assert set(issues["code"]) == {"DUPLICATE_ROW", "VILLAGE_MISSING"}


def test_namesakes_do_not_add_up(rules: Rules) -> None:
    rows = [("张三", ID, "30000"), ("张三", number("19700305", 11), "30000")]
    records, _ = tidied(rules, sheet("医保.csv", ("姓名", "身份证号", "个人自付费用"), *rows))
    assert records["qualifies"].to_list() == [False, False]


def test_other_lists_do_not_add_up(rules: Rules) -> None:
    rows = [("张三", ID, "300")] * 2
    records, _ = tidied(rules, sheet("低保.csv", ("姓名", "身份证号", "月补助金额"), *rows))
    assert records["amount"].to_list() == [300.0, 300.0]


@given(st.lists(st.integers(1, 4_000_000), min_size=1, max_size=6))
def test_every_bill_is_a_record_and_nothing_is_lost(rules: Rules, cents: list[int]) -> None:
    """Bills of different days: each a record, the sum that of all."""
    rows = [(f"2022-03-{i:02d}", f"N{i}", "", f"{c / 100:.2f}") for i, c in enumerate(cents, 1)]
    records, _ = tidied(rules, bills(*rows))
    assert records.height == len(cents)
    total = sum(cents) / 100
    others = [total, max(cents) / 100]  # a yearly total among the bills counts alone
    assert any(abs(records["self_paid"][0] - each) < 0.01 for each in others)
    assert records["qualifies"].all() == records["qualifies"].any()
    if max(cents) > 4_000_000 or total <= 40_000:
        assert records["qualifies"].any() == (max(cents) > 4_000_000)
