"""Which column of any table is which field. All people are invented."""

from __future__ import annotations

import pytest

from loubao.ingest.columns import (
    WHO,
    HeaderMissing,
    header_of_row,
    header_of_sheet,
)
from loubao.ingest.habits import Habits, habits
from loubao.ingest.own_names import NamesUnclear
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.vocabulary import loose
from loubao.rules.linking import LinkRules
from tests.ingest.tables import sheet, table
from tests.people import number

MAN = number("19710809", 23)
WOMAN = number("19850412", 46)
FEBRL = [
    *("given_name", "surname", "street_number", "address_1", "address_2"),
    *("suburb", "postcode", "state", "date_of_birth", "soc_sec_id"),
]


def understood(fit: Fit) -> dict[str, tuple[str, ...]]:
    return {field: tuple(c.header for c in fit.columns_of(field)) for field in fit.fields}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["姓名", "身份证号码", "性别", "出生日期", "乡镇", "村"],
            {
                "name": ("姓名",),
                "id_number": ("身份证号码",),
                "birth_date": ("出生日期",),
                "sex": ("性别",),
                "town": ("乡镇",),
                "village": ("村",),
            },
        ),
        (
            FEBRL,
            {
                "name": ("given_name", "surname"),
                "id_number": ("soc_sec_id",),
                "birth_date": ("date_of_birth",),
                "town": ("suburb",),
                "address": ("street_number", "address_1", "address_2", "postcode", "state"),
            },
        ),
        (
            ["ID", "First Name", "Middle_Initial", "LAST-NAME", "SSN", "Date of Birth", "Gender"],
            {
                "name": ("First Name", "Middle_Initial", "LAST-NAME"),
                "id_number": ("SSN",),
                "birth_date": ("Date of Birth",),
                "sex": ("Gender",),
            },
        ),
        (["full name", "surname"], {"name": ("full name",)}),
        (["姓名", "残疾人证号"], {"name": ("姓名",), "id_number": ("残疾人证号",)}),
        (["户主姓名", "户主身份证号"], {"name": ("户主姓名",), "id_number": ("户主身份证号",)}),
        (
            ["姓名", "户主姓名", "户主身份证号"],
            {"name": ("姓名",), "head_name": ("户主姓名",), "head_id": ("户主身份证号",)},
        ),
        # the number behind another person's name is that person's
        (["监护人", "身份证号", "姓名"], {"name": ("姓名",)}),
        (["身份证号（必填）"], {"id_number": ("身份证号（必填）",)}),
        (["星座", "电话"], {}),
        # as a monthly list calls its people
        (
            ["户主姓名", "保障对象姓名", "身份证号"],
            {"name": ("保障对象姓名",), "id_number": ("身份证号",), "head_name": ("户主姓名",)},
        ),
        (
            ["家长姓名", "家长身份证号", "子女姓名", "子女身份证号", "子女性别"],
            {"name": ("子女姓名",), "id_number": ("子女身份证号",), "sex": ("子女性别",)},
        ),
        (
            ["姓名", "身份证号", "患者姓名"],  # the table's own word is enough
            {"name": ("姓名",), "id_number": ("身份证号",)},
        ),
    ],
)
def test_columns_by_their_headers(
    link_rules: LinkRules, headers: list[str], expected: dict[str, tuple[str, ...]]
) -> None:
    fit = header_of_row(headers, {}, link_rules)
    assert understood(fit) == expected
    assert bool(WHO & set(fit.fields)) == bool({"name", "id_number"} & set(expected))
    used = [header for each in expected.values() for header in each]
    unused = [column.header for column in fit.columns if column.field is None]
    assert unused == [header for header in headers if header not in used]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"name": ("b",)}, {"name": ("b",)}),
        ({"name": ("c", "b")}, {"name": ("c", "b")}),
        ({"name": ("B",), "sex": ("姓名",)}, {"name": ("b",), "sex": ("姓名",)}),
        ({"birth_date": ("c",)}, {"name": ("姓名",), "birth_date": ("c",)}),
        ({"name": ()}, {}),
        ({"id_number": ("姓名",)}, {"id_number": ("姓名",)}),
    ],
)
def test_columns_by_name(
    link_rules: LinkRules, named: dict[str, tuple[str, ...]], expected: dict[str, tuple[str, ...]]
) -> None:
    assert understood(header_of_row(["姓名", "b", "c"], named, link_rules)) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["户主姓名", "户主身份证号", "保障对象姓名", "保障对象身份证号"],
            {
                "name": ("保障对象姓名",),
                "id_number": ("保障对象身份证号",),
                "head_name": ("户主姓名",),
                "head_id": ("户主身份证号",),
            },
        ),
        (["户主姓名", "监护人姓名"], {"name": ("户主姓名",)}),
        (
            ["户主姓名", "户主身份证号", "家庭成员1姓名", "家庭成员2姓名"],
            {"name": (), "head_name": ("户主姓名",), "head_id": ("户主身份证号",)},  # and members
        ),
        (
            ["户主姓名", "优抚对象姓名", "优抚对象身份证号", "经办人姓名", "身份证号"],
            {
                "name": ("优抚对象姓名",),
                "id_number": ("优抚对象身份证号",),
                "head_name": ("户主姓名",),
            },
        ),
        (["店主姓名", "配偶姓名", "联系人姓名"], {"name": ("店主姓名",)}),
        (["父亲姓名", "经办人姓名", "身份证号"], {"id_number": ("身份证号",)}),
    ],
)
def test_a_head_is_no_other_persons_row(
    link_rules: LinkRules, headers: list[str], expected: dict[str, tuple[str, ...]]
) -> None:
    assert understood(header_of_row(headers, {}, link_rules)) == expected


@pytest.mark.parametrize(
    "headers",
    [
        ["户主姓名", "户主身份证号", "领款人姓名"],
        ["服务对象姓名", "优抚对象姓名", "身份证号"],
        ["甲方姓名", "乙方姓名", "村"],
    ],
)
def test_two_columns_that_may_be_names_are_told(link_rules: LinkRules, headers: list[str]) -> None:
    names = tuple(header for header in headers if header.endswith("姓名"))
    with pytest.raises(NamesUnclear) as unclear:
        header_of_row(headers, {}, link_rules)
    assert unclear.value.headers == names
    with pytest.raises(NamesUnclear):
        header_of_sheet(sheet("x.csv", tuple(headers), ("张三", MAN, "李四")), {}, link_rules)
    fit = header_of_row(headers, {"name": (names[1],)}, link_rules)
    assert understood(fit)["name"] == (names[1],)


def test_a_header_that_is_not_there(link_rules: LinkRules) -> None:
    with pytest.raises(HeaderMissing) as missing:
        header_of_row(["姓名"], {"id_number": ("证",)}, link_rules)
    assert (missing.value.header, missing.value.seen) == ("证", ("姓名",))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Given_Name", "given name", True),
        ("soc.sec-id", "SocSecID", True),
        ("身份证 号码", "身份证号码", True),
        ("姓名", "名", False),
    ],
)
def test_headers_are_compared_loosely(one: str, other: str, same: bool) -> None:
    assert (loose(one) == loose(other)) is same


@pytest.mark.parametrize(
    ("rows", "named", "start", "depth", "fields"),
    [
        ([["名单"], ["姓名", "证件号码"], ["张三", MAN]], {}, 1, 1, {"name", "id_number"}),
        ([["Full Name", "DOB"], ["LI", "1990"]], {}, 0, 1, {"name", "birth_date"}),
        ([["Name"], ["LI"]], {}, 0, 1, {"name"}),
        ([["x", "y"], ["n", "i"], ["张三", MAN]], {"name": ("n",)}, 1, 1, {"name"}),
        (
            [
                ["乡镇", "村", "人员", "人员"],
                [None, None, "姓名", "证号"],
                ["洛阳", "上浦", "张三"],
            ],
            *({}, 0, 2, {"town", "village", "name"}),
        ),
    ],
)
def test_the_header_of_a_sheet(
    link_rules: LinkRules,
    rows: list[list[str | None]],
    named: dict[str, tuple[str, ...]],
    start: int,
    depth: int,
    fields: set[str],
) -> None:
    fit = header_of_sheet(sheet("a.xlsx", *rows), named, link_rules)
    assert fit is not None
    assert (fit.start, fit.depth, set(fit.fields)) == (start, depth, fields)


def test_a_sheet_without_a_header(link_rules: LinkRules) -> None:
    assert header_of_sheet(sheet("a.xlsx", ["张三", MAN], ["李四", WOMAN]), {}, link_rules) is None


@pytest.mark.parametrize(
    ("texts", "as_text"),
    [
        ([MAN] * 2 + ["5395262"] * 8, False),
        ([MAN] + ["5395262"] * 19, True),
        ([MAN[:17], "350599***", "x"], False),
        (["3.50599e+17"], False),
        ([None, "无"], False),
        (["123456789"], True),
    ],
)
def test_a_column_of_numbers_tells_its_kind(
    link_rules: LinkRules, texts: list[str | None], as_text: bool
) -> None:
    headers, rows = table({"证件号码": texts})
    fit = header_of_row(headers, {}, link_rules)
    assert habits(rows, fit, link_rules) == Habits(id_as_text=as_text)
