from __future__ import annotations

import pytest

from loubao.ingest.sheets.header import fits
from loubao.ingest.sheets.vocabulary import vocabulary
from loubao.rules.folder import Rules
from tests.ingest.tables import sheet


def understood(rules: Rules, name: str, *rows: tuple[str | None, ...]) -> dict[str, str | None]:
    """Header as seen → field (members with their number), as one list reads it."""
    words = vocabulary(rules.lists[name], rules.reading)
    (fit,) = fits(sheet("x", *rows), [words], rules.reading)
    return {c.header: c.field if c.slot is None else f"{c.slot}.{c.field}" for c in fit.columns}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("个人自付费用（元）", "self_paid"),
        ("个人自付金额", "self_paid"),
        ("2021年度个人自付医疗费用(元)", "self_paid"),
        ("个人自付费用（万元）", "self_paid"),
        ("*个人自付\n费用：", "self_paid"),
        ("个人自费", None),
        ("个人自费费用（元）", None),
        ("公民身份号码（必填）", "id_number"),
        ("证件号码", "id_number"),
        ("村（社区）", "village"),
        ("村(居)委会", "village"),
        ("参保地", "town"),
        ("3、联系电话", "phone"),
        ("性　别", "sex"),
        ("没有见过的列", None),
    ],
)
def test_header_is_a_field(rules: Rules, header: str, field: str | None) -> None:
    row = ("姓名", "出生日期", header)
    assert understood(rules, "medical", row)[header] == field


@pytest.mark.parametrize(
    ("name", "header", "field"),
    [
        ("disability", "残疾人证号", "certificate_no"),
        ("disability", "初次申领日期", "certificate_date"),
        ("disability", "所属街道", "town"),
        ("disability", "居委", "village"),
        ("monitored", "易返贫致贫户(监测对象)类型", "household_category"),
        ("monitored", "户类型", "household_category"),
        ("monitored", "风险是否消除", "risk_removed"),
        ("monitored", "乡（镇）", "town"),
        ("children", "服刑（戒毒）人员姓名", "parent_name"),
        ("children", "服刑（戒毒）人员身份证号", "parent_id"),
        ("children", "子女姓名", "name"),
        ("children", "子女出生日期", "birth_date"),
        ("dibao", "保障对象姓名", "name"),
        ("dibao", "低保证号", "dibao_no"),
        ("dibao", "起始保障年月", "since"),
        ("dibao", "保障金额（元）", "amount"),
        ("tekun", "供养方式(分散/集中)", "care_mode"),
        ("tekun", "护理等级", "care_level"),
        ("orphan", "儿童姓名", "name"),
        ("unattended", "发放金额（元）", "amount"),
        ("death", "火化日期", "death_date"),
        ("moved_out", "迁出日期", "moved_on"),
        ("dibao_edge", "身份证件号", "id_number"),
    ],
)
def test_list_knows_its_headers(rules: Rules, name: str, header: str, field: str) -> None:
    assert understood(rules, name, ("性别", "出生日期", header))[header] == field


def test_second_header_row_belongs_to_the_first(rules: Rules) -> None:
    columns = understood(
        rules,
        "children",
        ("未成年子女名册", None, None, None, None),
        ("服刑（戒毒）人员", None, "子女信息", None, "户籍地址"),
        ("姓名", "身份证号", "姓名", "身份证号", None),
    )
    # a parent that only stands over the first of its columns says nothing of the second
    assert columns["服刑（戒毒）人员姓名"] == "parent_name"
    assert columns["子女信息姓名"] == "name"
    assert columns["户籍地址"] == "address"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("服刑人员姓名", "身份证号", "子女姓名", "出生日期"), {"身份证号": "parent_id"}),
        (
            ("服刑人员姓名", "身份证号", "子女姓名", "子女身份证号", "监护人", "证件号码"),
            {"身份证号": "parent_id", "子女身份证号": "id_number", "证件号码": "guardian_id"},
        ),
        (("姓名", "身份证号", "父母姓名", "父母身份证号"), {"身份证号": "id_number"}),
        (
            ("服刑人员姓名", "性别", "出生日期", "子女姓名", "子女性别"),
            {"性别": None, "出生日期": None},
        ),
    ],
)
def test_number_behind_another_persons_name_is_that_persons(
    rules: Rules, header: tuple[str, ...], expected: dict[str, str | None]
) -> None:
    columns = understood(rules, "children", header)
    assert {seen: columns[seen] for seen in expected} == expected


@pytest.mark.parametrize(
    ("header", "member"),
    [
        ("家庭成员2姓名", "2.name"),
        ("家庭成员２身份证号", "2.id_number"),
        ("家庭成员二姓名", "2.name"),
        ("家庭成员十二姓名", "12.name"),
        ("家庭成员②证件号码", "2.id_number"),
        ("成员姓名2", "2.name"),
    ],
)
def test_member_columns_are_numbered(rules: Rules, header: str, member: str) -> None:
    assert understood(rules, "dibao", ("村居", "户主姓名", header))[header] == member
