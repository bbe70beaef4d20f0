"""Whose a number is that stands behind another person's name."""

from __future__ import annotations

import pytest

from loubao.ingest.sheets.identify import claim
from loubao.rules.folder import Rules
from tests.ingest.tables import sheet
from tests.people import number

CHILDREN = [
    (f"张{c}", number(f"2015030{i}", 2 * i), "女") for i, c in enumerate("一二三四五六七八九", 1)
]
GUARDIAN = [number(f"1960030{i}", 2 * i + 1) for i in range(1, 10)]


def fields(rules: Rules, file: str, *rows: tuple[str | None, ...]) -> tuple[str | None, ...]:
    claimed, faults = claim([sheet(file, *rows)], rules)
    assert faults == []
    ((fit),) = [each.fit for each in claimed]
    assert fit is not None
    return tuple(column.field for column in fit.columns)


def test_a_number_that_agrees_with_the_childs_sex(rules: Rules) -> None:
    rows = [("李监护", n, sex, name) for name, n, sex in CHILDREN]
    header = ("监护人", "身份证号", "性别", "儿童姓名")
    assert fields(rules, "孤儿.csv", header, *rows)[1] == "id_number"


def test_a_number_that_does_not(rules: Rules) -> None:
    rows = [("李监护", n, sex, name) for n, (name, _, sex) in zip(GUARDIAN, CHILDREN, strict=True)]
    header = ("监护人", "身份证号", "性别", "儿童姓名")
    claimed, faults = claim([sheet("孤儿.csv", header, *rows)], rules)
    assert claimed == []
    assert "缺少表头：身份证号" in faults[0]


def test_a_number_where_the_head_is_not_named(rules: Rules) -> None:
    rows = [
        ("张保", GUARDIAN[0], "张保"),
        (None, CHILDREN[0][1], "张一"),
        ("李二", GUARDIAN[1], "李二"),
    ]
    found = fields(rules, "低保.csv", ("户主", "身份证号", "家庭成员"), *rows)
    assert found == ("head_name", "id_number", "name")


@pytest.mark.parametrize("between", ["人员状态", "户籍地址"])
def test_nothing_tells(rules: Rules, between: str) -> None:
    header = ("服刑人员姓名", between, "身份证号", "子女姓名", "监护人")
    rows = [("王五", None, n, name, None) for n, (name, *_) in zip(GUARDIAN, CHILDREN, strict=True)]
    assert fields(rules, "服刑人员子女.csv", header, *rows)[2] == "parent_id"


def test_a_header_that_says_whose_it_is(rules: Rules) -> None:
    header = ("监护人", "子女身份证号", "服刑人员姓名", "服刑人员身份证号", "子女姓名")
    rows = [("李监护", n, "王五", GUARDIAN[0], name) for name, n, _ in CHILDREN]
    assert fields(rules, "服刑人员子女.csv", header, *rows)[1] == "id_number"
