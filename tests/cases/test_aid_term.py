"""How long aid lasts, through the real command: ended, ending soon, nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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


def codes(outcome: Outcome, file: str) -> list[tuple[int | None, str]]:
    ours = ("COVER_EXPIRED", "COVER_ENDS_SOON", "VALIDITY_UNKNOWN", "COVER_UNSURE")
    found = outcome.issues.filter(pl.col("file") == file, pl.col("code").is_in(ours))
    return found.select("row", "code").rows()


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


@pytest.mark.parametrize(
    ("header", "cell", "expected", "code"),
    [
        ("有效期至", "2022-12-31", "partial", None),
        ("有效期至", "2022年9月", "partial", "COVER_ENDS_SOON"),
        ("有效期至", "2022-08-31", "uncovered", "COVER_UNSURE"),
        ("有效期至", "2022-07-31", "uncovered", "COVER_UNSURE"),
        ("有效期", "2021年7月至2022年6月", "uncovered", "COVER_EXPIRED"),
        ("有效期", "2022.01.01-2022.12.31", "partial", None),
        ("有效期", "长期", "partial", None),
        ("有效期", "一年", "partial", "VALIDITY_UNKNOWN"),
        ("认定时间", "去年", "uncovered", None),
    ],
)
def test_what_a_roll_says(
    tmp_path: Path, header: str, cell: str, expected: str, code: str | None
) -> None:
    file = "刚性支出困难家庭.csv"
    outcome = matched(tmp_path, {"医保.csv": PAID, file: roll(header, cell)})
    assert status(outcome, tmp_path)["李一"] == expected
    assert [found for _, found in codes(outcome, file)] == ([code] if code else [])


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


@pytest.mark.parametrize(
    ("header", "cell", "covered"),
    [
        ("渐退开始时间", "2022-01-01", False),
        ("渐退开始时间", "2022-04-01", True),
        ("渐退期至", "2022-06-30", False),
        ("渐退期至", "2022-12-31", True),
        ("渐退期至", "", True),
    ],
)
def test_leaving_in_steps(tmp_path: Path, header: str, cell: str, covered: bool) -> None:
    files = {"医保.csv": PAID, "低保8月.csv": roll(header, cell)}
    outcome = matched(tmp_path, files)
    assert ("李一" in outcome.sheets) != covered


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
