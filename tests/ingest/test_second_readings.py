"""Cells that may be read in two ways: the choice between them loses nobody, and covers nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from loubao.core.frames import issue_rows
from loubao.ingest.old_sheets import of_earlier_months
from loubao.rules.folder import Rules
from tests.ingest.tables import codes, parts, sheet, tidied
from tests.people import number

PEOPLE = [(name, number("19600305", n)) for n, name in enumerate(("张三", "李四", "王五"), 11)]
WHO = ("姓名", "身份证号", "村")


def rows_of(cells: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(*who, "上浦", *own) for who, own in zip(PEOPLE, cells, strict=False)]


@pytest.mark.parametrize(
    ("headers", "cells", "qualify", "unknown"),
    [
        # the smaller one stands under the preferred header, the same header, another unit
        (("个人自付费用", "自付合计"), [("30000", "52000")], [True], 1),
        (("个人自付费用", "个人自付费用"), [("30000", "52000")], [True], 1),
        (
            ("个人自付（元）", "自付合计（万元）"),
            [("30000", "5.2"), ("30000", "3")],
            [True, False],
            1,
        ),
        # nothing hangs on it
        (("个人自付费用", "自付合计"), [("52000", "30000"), ("9000", "10000")], [True, False], 0),
        (("个人自付费用", "自付合计"), [("30000", "见附件"), ("", "52000")], [False, True], 0),
    ],
)
def test_two_columns_of_an_amount(
    rules: Rules,
    headers: tuple[str, ...],
    cells: list[tuple[str, ...]],
    qualify: list[bool],
    unknown: int,
) -> None:
    rows, issues = tidied(rules, sheet("医疗费用.csv", (*WHO, *headers), *rows_of(cells)))
    assert rows["qualifies"].to_list() == qualify
    assert issues.filter(code="CONDITION_UNKNOWN").height == unknown


def test_two_columns_of_bills_are_added_up_each(rules: Rules) -> None:
    header = (*WHO, "个人自付费用", "自付合计", "结算日期")
    bills = [("15000", "26000", "2022-03-01"), ("14000", "25000", "2022-05-01")]
    table = sheet("医疗费用.csv", header, *((*PEOPLE[0], "上浦", *bill) for bill in bills))
    assert tidied(rules, table)[0]["qualifies"].to_list() == [True, True]


@pytest.mark.parametrize(
    ("file", "headers", "cells", "qualify"),
    [
        ("低保.csv", ("是否保障对象", "是否享受低保"), [("是", "否"), ("是", "是")], [False, True]),
        ("低保.csv", ("保障状态", "救助状态"), [("在保", "停保"), ("在保", "")], [False, True]),
        ("残疾人名单.csv", ("残疾等级", "等级"), [("四级", "一级")], [True]),
        # the day of the newest certificate is what the rules ask for
        (
            "残疾人名单.csv",
            ("残疾等级", "发证日期", "初次申领日期"),
            [("一级", "2015-01-01", "2022-01-01")],
            [False],
        ),
    ],
)
def test_two_columns_of_other_fields(
    rules: Rules,
    file: str,
    headers: tuple[str, ...],
    cells: list[tuple[str, ...]],
    qualify: list[bool],
) -> None:
    more = ("残疾类别", "发证日期") if file.startswith("残") and len(headers) == 2 else ()
    more = ("残疾类别",) if file.startswith("残") and not more else more
    filled = [(*own, *("肢体", "2022-01-01")[: len(more)]) for own in cells]
    table = sheet(file, (*WHO, *headers, *more), *rows_of(filled))
    assert tidied(rules, table)[0]["qualifies"].to_list() == qualify


@pytest.mark.parametrize(
    ("header", "amounts", "qualify"),
    [
        ("个人自付费用", ("4.5", "45000", "52000"), [True, True, True]),
        ("个人自付费用（元）", ("4.5", "45000", "52000"), [True, True, True]),
        ("个人自付费用", ("3.9", "45000", "52000"), [False, True, True]),
        ("个人自付费用", ("4.5元", "45000", "52000"), [False, True, True]),
        # small amounts are nothing odd here
        ("个人自付费用", ("4.5", "320", "52000"), [False, False, True]),
    ],
)
def test_few_yuan_among_thousands_may_be_ten_thousands(
    rules: Rules, header: str, amounts: tuple[str, ...], qualify: list[bool]
) -> None:
    table = sheet("医疗费用.csv", (*WHO, header), *rows_of([(paid,) for paid in amounts]))
    rows, issues = tidied(rules, table)
    assert rows["qualifies"].to_list() == qualify
    asked = issues.filter(code="CONDITION_UNKNOWN")
    assert asked.height == int(qualify[0])
    assert all("万元" in detail for detail in asked["detail"])


def test_a_bill_may_be_small(rules: Rules) -> None:
    header = (*WHO, "个人自付费用", "结算日期")
    bills = [("4.50", "2022-03-01"), ("45000", "2022-03-01")]
    rows, _ = tidied(rules, sheet("医疗费用.csv", header, *rows_of(bills)))
    assert rows["qualifies"].to_list() == [False, True]


EXAMPLES = [
    ("1", "例：张三", ""),
    ("1", "张三（示例）", ""),
    ("例", "张三", ""),
    ("示例：", "张三", ""),
    ("1", "填写样例", ""),
    ("1", "张三", "填写样例，请删除"),
]


@pytest.mark.parametrize("cells", EXAMPLES)
def test_an_example_is_nobody_and_told(rules: Rules, cells: tuple[str, str, str]) -> None:
    serial, name, remark = cells
    rows = [
        ("序号", "姓名", "身份证号", "村", "备注"),
        (serial, name, PEOPLE[0][1], "上浦", remark),
    ]
    table = sheet("低保.csv", *rows, ("2", *PEOPLE[1], "上浦", "以此为例"))
    found, issues = tidied(rules, table)
    assert found["name"].to_list() == ["李四"]
    assert codes(issues) == {(2, "姓名", "ROW_DOUBTFUL")}


def test_many_examples_are_people(rules: Rules) -> None:
    people = [(f"例{n}", f"张{n}三", number("19600305", n), "上浦") for n in range(1, 7)]
    table = sheet("低保.csv", ("序号", *WHO), *((who[0][:1], *who[1:]) for who in people))
    assert tidied(rules, table)[0].height == len(people)


def test_members_below_a_header_that_is_not_merged(rules: Rules) -> None:
    above = ("户主姓名", "户主身份证号", "村", "保障人口", "家庭成员1", None, "家庭成员2", None)
    below = (None, None, None, None, "姓名", "身份证号", "姓名", "身份证号")
    row = (*PEOPLE[0], "上浦", "3", *PEOPLE[1], *PEOPLE[2])
    rows, issues = tidied(rules, sheet("低保.csv", above, below, row))
    assert rows.select("name", "id_number").rows() == PEOPLE
    assert rows["qualifies"].all() and issues.is_empty()


@pytest.mark.parametrize("file", ["低保.xlsx", "死亡.xlsx"])
@pytest.mark.parametrize("shown", [True, False])
def test_a_hidden_sheet_beside_another(rules: Rules, file: str, shown: bool) -> None:
    """Who is on the hidden one alone is in doubt; where nothing else is there, it holds."""
    hidden = sheet(file, WHO, (*PEOPLE[0], "上浦"), name="旧")
    note = issue_rows([(file, "旧", None, "", "HIDDEN_SHEET", "")])
    sheets = [replace(hidden, issues=note)]
    if shown:
        sheets.append(sheet(file, WHO, (*PEOPLE[1], "上浦"), name="在册"))
    rows, issues = tidied(rules, *sheets)
    assert dict(rows.select("name", "qualifies").rows())["张三"] is not shown
    assert issues.filter(code="COVER_UNSURE").height == int(shown)


@pytest.mark.parametrize(
    ("file", "earlier", "other", "holds"),
    [
        ("低保2022年6月.xlsx", "2022年5月", "名册", False),
        ("低保.xlsx", "5月", "在册", False),
        ("低保.xlsx", "2021", "在册", False),
        ("低保.xlsx", "2022年度", "在册", True),
        ("低保2022年6月.xlsx", "2022年5月起新增", "名册", True),
        ("死亡.xlsx", "2022年5月", "名册", True),  # who is dead is so for ever
    ],
)
def test_a_sheet_of_an_earlier_month_beside_another(
    rules: Rules, file: str, earlier: str, other: str, holds: bool
) -> None:
    old = sheet(file, WHO, (*PEOPLE[0], "上浦"), name=earlier)
    now = sheet(file, WHO, (*PEOPLE[1], "上浦"), (*PEOPLE[2], "上浦"), name=other)
    rows, issues = tidied(rules, old, now)
    covered = dict(rows.select("name", "qualifies").rows())
    assert covered["张三"] is holds
    assert all(covered[name] for name, _ in PEOPLE[1:])
    assert ("COVER_UNSURE" in issues["code"]) is not holds


MONTHS = [
    ({"低保8月.csv": "2022年7月低保花名册"}, {"低保8月.csv"}),
    ({"低保7月.csv": None}, {"低保7月.csv"}),
    ({"低保8月.csv": "低保花名册（2022年1月起执行新标准）"}, set()),
    ({"低保.csv": "低保花名册 2022年8月"}, set()),
    ({"医疗费用.csv": "2022年6月个人自付医疗费用名单"}, {"医疗费用.csv"}),
    ({"医疗费用.csv": "截止时间：2021年12月31日"}, set()),
    ({"低保.csv": "截止时间：2022年7月31日"}, {"低保.csv"}),
    ({"医疗费用7月.csv": None, "医疗费用8月.csv": None}, set()),
    ({"死亡7月.csv": None}, set()),
]


@pytest.mark.parametrize(("files", "told"), MONTHS)
def test_a_list_of_an_earlier_month_is_told(
    rules: Rules, files: dict[str, str | None], told: set[str]
) -> None:
    header = (*WHO, "个人自付费用" if "医疗费用" in "".join(files) else "备注")
    tables = [
        sheet(file, *([(title, None, None, None)] if title else []), header, *rows_of([("50000",)]))
        for file, title in files.items()
    ]
    found = of_earlier_months(parts(rules, *tables), rules, date(2022, 8, 31))
    assert {issue[0] for issue in found} == told
