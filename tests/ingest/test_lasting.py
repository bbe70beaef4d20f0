"""Until when a row of a roll lasts, by its columns and remarks: the day, and whether it covers."""

from __future__ import annotations

import polars as pl
import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import sheet, tidied
from tests.people import number

#: The as-of day of `tidied` is 30 June 2022.
PERSON = ("张保", number("19600305", 11))
ENDED, DOUBT, NOTHING = "cover_ended", "cover_doubt", None


def row(rules: Rules, file: str, **cells: str) -> dict[str, object]:
    """The record of one person of a roll, by more headers and their cells."""
    rows, _ = tidied(rules, sheet(file, ("姓名", "身份证号", *cells), (*PERSON, *cells.values())))
    return rows.row(0, named=True)


def against(record: dict[str, object]) -> str | None:
    held = [column for column in (ENDED, DOUBT) if record[column] is not None]
    assert record["qualifies"] == (not held)
    return held[0] if held else None


@pytest.mark.parametrize(
    "header",
    [
        "有效期至",
        "有效期限",
        "有效期",
        "享受截止时间",
        "享受截止日期",
        "救助期限",
        "保障期限",
        "享受期限",
        "享受期至",
        "救助期限至",
        "保障结束时间",
        "待遇到期日",
        "到期时间",
        "截止日期",
        "渐退期至",
        "低保有效期",
        "有效期（截止）",
    ],
)
@pytest.mark.parametrize("roll", ["低保.csv", "孤儿.csv", "低保边缘家庭.csv", "临时救助台账.csv"])
def test_every_header_of_an_end(rules: Rules, roll: str, header: str) -> None:
    soon, over = (row(rules, roll, **{header: text}) for text in ("2022-07-10", "2022-05-31"))
    assert (str(soon["cover_until"]), against(soon)) == ("2022-07-10", NOTHING)
    assert (str(over["cover_until"]), against(over)) == ("2022-05-31", ENDED)


@pytest.mark.parametrize(
    ("cell", "until", "held"),
    [
        ("2022年6月30日", "2022-06-30", NOTHING),
        ("2022年6月29日止", "2022-06-29", ENDED),
        ("2022.3-2023.2", "2023-02-28", NOTHING),
        ("2021年7月至2022年5月", "2022-05-31", ENDED),
        ("２０２２年７月", "2022-07-31", NOTHING),
        ("7月底", "2022-07-31", NOTHING),
        ("一年", "2022-08-31", NOTHING),
        ("六个月", "2022-02-28", ENDED),
        ("长期", None, NOTHING),
        ("动态管理", None, NOTHING),
        ("无", None, NOTHING),
        ("", None, NOTHING),
        ("已停保", None, ENDED),
        ("明年3月", None, DOUBT),
        ("看情况", None, DOUBT),
    ],
)
def test_what_stands_there(rules: Rules, cell: str, until: str | None, held: str | None) -> None:
    record = row(rules, "低保.csv", 起始保障年月="2021年9月", 有效期限=cell)
    assert (record["cover_until"] and str(record["cover_until"])) == until
    assert against(record) == held


def test_a_length_without_a_day_to_reckon_from(rules: Rules) -> None:
    assert against(row(rules, "低保.csv", 救助期限="一年")) == DOUBT
    unit = row(rules, "低保.csv", 纳入时间="2021-07-15", **{"救助期限（月）": "12"})
    assert (str(unit["cover_until"]), against(unit)) == ("2022-07-15", NOTHING)
    leaving = row(
        rules, "低保.csv", 起始保障年月="2015-01", 渐退开始时间="2022-02-01", 渐退期="6个月"
    )
    assert (str(leaving["cover_until"]), against(leaving)) == ("2022-08-01", NOTHING)


@pytest.mark.parametrize(
    ("remark", "until", "held"),
    [
        ("渐退期至2022年8月20日", "2022-08-20", NOTHING),
        ("渐退期至2022年5月", "2022-05-31", DOUBT),
        ("有效期到7月底", "2022-07-31", NOTHING),
        ("低保有效期至2022.7.15", "2022-07-15", NOTHING),
        ("2022年7月到期", "2022-07-31", NOTHING),
        ("享受到年底", "2022-12-31", NOTHING),
        ("有效期限2022年7月31日，需复核", "2022-07-31", NOTHING),
        ("有效期到明年2月", None, DOUBT),
        ("残疾证有效期至2022年5月", None, NOTHING),
        ("劳动合同2022年5月到期", None, NOTHING),
        ("2022年5月起渐退", None, NOTHING),
    ],
)
def test_remarks(rules: Rules, remark: str, until: str | None, held: str | None) -> None:
    record = row(rules, "低保.csv", 备注=remark)
    assert (record["cover_until"] and str(record["cover_until"])) == until
    assert against(record) == held
    if held:
        assert f"写着“{remark}”" in str(record[held]), "the cell is shown"


@pytest.mark.parametrize(
    "header", ["身份证有效期", "残疾证有效期至", "医保截止日期", "合同到期日期"]
)
def test_what_ends_is_something_else(rules: Rules, header: str) -> None:
    record = row(rules, "低保.csv", **{header: "2022-05-31"})
    assert (record["cover_until"], against(record)) == (None, NOTHING)


def test_the_day_of_a_check_is_no_end(rules: Rules) -> None:
    assert against(row(rules, "低保.csv", 复核截止日期="2022-05-31")) == DOUBT
    assert row(rules, "低保.csv", 复核截止日期="2022-07-31")["cover_until"] is None


def test_of_several_ends_the_earliest(rules: Rules) -> None:
    record = row(rules, "低保.csv", 有效期至="2023-03-31", 备注="渐退期至2022年7月")
    assert str(record["cover_until"]) == "2022-07-31"


def test_a_stop_that_is_to_come(rules: Rules) -> None:
    record = row(rules, "低保.csv", 停保时间="2022-07-15")
    assert (str(record["cover_until"]), against(record)) == ("2022-07-15", NOTHING)


def test_a_household_ends_together(rules: Rules) -> None:
    header = (
        "户主姓名",
        "户主身份证号",
        "家庭成员1姓名",
        "家庭成员1身份证号",
        "保障人口",
        "有效期至",
    )
    other = number("19900305", 11)
    rows, _ = tidied(rules, sheet("低保.csv", header, (*PERSON, "张二", other, "2", "2022-05-31")))
    assert rows["qualifies"].to_list() == [False, False]
    assert rows.filter(pl.col("cover_until").is_null()).is_empty()


@pytest.mark.parametrize(
    ("header", "cell", "held"),
    [
        ("资格", "有", None),
        ("低保资格", "具备", None),
        ("资格", "", None),
        ("资格", "取消", ENDED),
        ("资格", "无", ENDED),
        ("保障资格", "丧失", DOUBT),
    ],
)
def test_whether_somebody_is_still_entitled(
    rules: Rules, header: str, cell: str, held: str | None
) -> None:
    assert against(row(rules, "低保.csv", **{header: cell})) == held
