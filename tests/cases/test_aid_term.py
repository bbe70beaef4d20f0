"""How long aid lasts, through the real command: ended, ending soon, nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook

from tests.cases.small_month import Outcome, Rows, matched
from tests.people import number

HERE = ("洛阳镇", "上浦村")
PEOPLE = {name: number("19610202", 3 + 2 * n) for n, name in enumerate(("李一", "李二", "李三"))}
PAID: Rows = [
    ("姓名", "身份证号", "个人自付金额", "乡镇", "村"),
    *((name, id_, "45000", *HERE) for name, id_ in PEOPLE.items()),
]
#: The as-of day is 31 August 2022.
OVER, SOON, LATER = "2021-08-30", "2021-09-15", "2022-01-10"


def roll(header: str, *cells: str, more: Sequence[str] = ()) -> Rows:
    """A roll of 刚性支出困难 with one column about time."""
    people = zip(PEOPLE.items(), cells, strict=False)
    top = ("姓名", "身份证号", "乡镇", "村", header)
    return [top, *((name, id_, *HERE, cell) for (name, id_), cell in people)]


def status(outcome: Outcome, folder: Path) -> dict[str, str]:
    cases = pl.read_parquet(folder / "out/data/cases.parquet").explode("record_ids")
    named = cases.join(outcome.records, left_on="record_ids", right_on="record_id")
    return dict(named.select("name", "status").iter_rows())


def cell(outcome: Outcome, name: str, header: str) -> str:
    _, line = outcome.sheets[name]
    return next(text for key, text in line.items() if key.replace("\n", "") == header)


def codes(outcome: Outcome, file: str, place: str = "row") -> list[tuple[Any, str]]:
    ours = ("COVER_EXPIRED", "COVER_ENDS_SOON", "VALIDITY_UNKNOWN", "COVER_UNSURE")
    found = outcome.issues.filter(pl.col("file") == file, pl.col("code").is_in(ours))
    return found.select(place, "code").rows()


def test_the_clock_of_the_rules(tmp_path: Path) -> None:
    file = "刚性支出困难家庭.csv"
    outcome = matched(tmp_path, {"医保.csv": PAID, file: roll("认定时间", OVER, SOON, LATER)})
    assert status(outcome, tmp_path) == {"李一": "uncovered", "李二": "partial", "李三": "partial"}
    assert codes(outcome, file) == [(2, "COVER_EXPIRED"), (3, "COVER_ENDS_SOON")]
    assert "有效期到2022-08-30，已过" in cell(outcome, "李一", "已享受待遇")
    assert "有效期至2022-09-15" in cell(outcome, "李二", "已享受待遇")
    page = load_workbook(tmp_path / "out/汇总.xlsx")["有效期"]
    rows = [row for row in page.values if row[2] in PEOPLE]
    assert [(row[2], row[6]) for row in rows] == [("李一", "已过期"), ("李二", "快到期")]
    assert all("*" in str(row[3]) for row in rows), "numbers are masked"


#: Header of a roll, what stands below it, status of the case, issue.
SAYS = (
    ("有效期至", "2022-12-31", "partial", None),
    ("有效期至", "2022年9月", "partial", "COVER_ENDS_SOON"),
    ("有效期至", "2022-08-31", "partial", "COVER_ENDS_SOON"),
    ("有效期至", "2022-07-31", "uncovered", "COVER_EXPIRED"),
    ("有效期", "2021年7月至2022年6月", "uncovered", "COVER_EXPIRED"),
    ("有效期", "2022.01.01-2022.12.31", "partial", None),
    ("有效期", "长期", "partial", None),
    ("有效期", "一年", "partial", "VALIDITY_UNKNOWN"),
    ("有效期", "看情况", "uncovered", "COVER_UNSURE"),
    ("认定时间", "去年", "uncovered", None),
)
#: Header of a roll, what stands below it, whether it covers.
LEAVING = (
    ("渐退开始时间", "2022-01-01", False),
    ("渐退开始时间", "2022-04-01", True),
    ("渐退期至", "2022-06-30", False),
    ("渐退期至", "2022-12-31", True),
    ("渐退期至", "", True),
)
NAMES = ("吴大", "郑二", "何三", "许四", "林五", "陈六", "蔡七", "曾八", "庄九", "柯十")
NUMBERS = {name: number("19650505", 5 + 2 * n) for n, name in enumerate(NAMES)}


def each_on_a_sheet(
    file: str, says: Sequence[tuple[Any, ...]]
) -> dict[str, Rows | dict[str, Rows]]:
    """A month of NAMES, and a roll with a sheet for each, with a header of its own."""
    paid = [PAID[0], *((name, id_, "45000", *HERE) for name, id_ in NUMBERS.items())]
    top = ("姓名", "身份证号", "乡镇", "村")
    sheets: dict[str, Rows] = {
        f"表{n}": [(*top, header), (name, NUMBERS[name], *HERE, cell)]
        for n, (name, (header, cell, *_)) in enumerate(zip(NAMES, says, strict=False))
    }
    return {"医保.csv": paid, file: sheets}


def test_what_a_roll_says(tmp_path: Path) -> None:
    file = "刚性支出困难家庭.xlsx"
    outcome = matched(tmp_path, each_on_a_sheet(file, SAYS))
    found, issues = status(outcome, tmp_path), codes(outcome, file, "sheet")
    for n, (header, cell, expected, code) in enumerate(SAYS):
        assert found[NAMES[n]] == expected, (header, cell)
        assert [c for sheet, c in issues if sheet == f"表{n}"] == ([code] if code else []), cell


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("刚性支出困难家庭.csv", "partial"),
        ("刚性支出困难家庭8月.csv", "partial"),
        ("刚性支出困难家庭2021年12月.csv", "uncovered"),
    ],
)
def test_a_roll_without_any_date(tmp_path: Path, file: str, expected: str) -> None:
    """It is told once a sheet; only the roll of an earlier month may not cover."""
    rows = [("姓名", "身份证号", "乡镇", "村"), *((n, i, *HERE) for n, i in PEOPLE.items())]
    outcome = matched(tmp_path, {"医保.csv": PAID, file: rows})
    assert status(outcome, tmp_path)["李一"] == expected
    assert codes(outcome, file) == [(None, "VALIDITY_UNKNOWN")]
    if expected == "uncovered":
        assert "以前月份" in cell(outcome, "李一", "匹配疑点")


def test_leaving_in_steps(tmp_path: Path) -> None:
    outcome = matched(tmp_path, each_on_a_sheet("低保8月.xlsx", LEAVING))
    for name, (header, cell, covered) in zip(NAMES, LEAVING, strict=False):
        assert (name in outcome.sheets) != covered, (header, cell)


def test_temporary_aid(tmp_path: Path) -> None:
    file = "临时救助台账.csv"
    outcome = matched(tmp_path, {"医保.csv": PAID, file: roll("救助时间", OVER, LATER, "")})
    assert status(outcome, tmp_path) == {
        "李一": "uncovered",
        "李二": "partial",
        "李三": "uncovered",
    }
    assert codes(outcome, file) == [(4, "VALIDITY_UNKNOWN")], "given once: its end is no news"
    assert "已过" in cell(outcome, "李一", "已享受待遇")


WEEK = ("周一", "周二", "周三", "周四", "周五", "周六", "周七", "周八", "周九")


def listed(folder: Path) -> dict[str, tuple[str, str]]:
    """Name → (roll, state) of the page 有效期."""
    page = load_workbook(folder / "out/汇总.xlsx")["有效期"]
    return {str(row[2]): (str(row[4]), str(row[6])) for row in page.values if row[2] in WEEK}


def test_every_roll_says_until_when(tmp_path: Path) -> None:
    """Ends in columns and remarks of each roll: told on the page and as issues, over covers not."""
    ids = {name: number("19620303", 5 + 2 * n) for n, name in enumerate(WEEK)}
    top = ("姓名", "身份证号", "乡镇", "村")

    def table(*more: str, **cells: tuple[str, ...]) -> Rows:
        return [(*top, *more), *((name, ids[name], *HERE, *said) for name, said in cells.items())]

    files = {
        "医保.csv": [
            (*top[:2], "个人自付金额", *top[2:]),
            *((name, id_, "45000", *HERE) for name, id_ in ids.items()),
        ],
        "低保8月.xlsx": {
            "一": table("享受截止时间", 周一=("2022年9月10日",), 周二=("2022-06",)),
            "二": table(
                "起始保障年月", "救助期限", 周三=("2021年10月", "一年"), 周四=("2021.3", "12个月")
            ),
            "三": table("备注", 周五=("渐退期至2022年9月20日",), 周六=("有效期到8月底",)),
        },
        "特困8月.csv": table("供养方式", "有效期限", 周七=("分散", "2021.9-2022.9")),
        "临时救助台账.csv": table("救助时间", "有效期至", 周八=("2022-06-01", "2022-09-01")),
        "低保边缘家庭.csv": table("有效期", 周九=("说不清",)),
    }
    outcome = matched(tmp_path, files)
    assert listed(tmp_path) == {
        **dict.fromkeys(("周一", "周三", "周五", "周六"), ("低保", "快到期")),
        **dict.fromkeys(("周二", "周四"), ("低保", "已过期")),
        "周七": ("特困供养", "快到期"),
        "周八": ("临时救助", "快到期"),
    }
    assert set(outcome.sheets) & set(WEEK) == {"周二", "周四", "周八", "周九"}, (
        "the others are covered"
    )
    assert "有效期到2022-06-30，已过" in cell(outcome, "周二", "已享受待遇")
    assert "“有效期”写着“说不清”" in cell(outcome, "周九", "匹配疑点")
    told = outcome.issues.filter(pl.col("code") == "COVER_ENDS_SOON").select("file", "column")
    assert sorted(told.rows()) == [
        ("临时救助台账.csv", "有效期至"),
        ("低保8月.xlsx", "享受截止时间"),
        ("低保8月.xlsx", "备注"),
        ("低保8月.xlsx", "备注"),
        ("低保8月.xlsx", "救助期限"),
        ("特困8月.csv", "有效期限"),
    ]
