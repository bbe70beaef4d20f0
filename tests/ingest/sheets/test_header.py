from __future__ import annotations

import pytest

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet
from loubao.ingest.records import tidy
from loubao.ingest.sheets.header import fits
from loubao.ingest.sheets.identify import claim
from loubao.ingest.sheets.vocabulary import vocabulary
from loubao.rules import Rules
from tests.ingest.tables import AS_OF, sheet
from tests.people import number

NAME = ("姓名", "身份证号")
PERSON = ("张三", number("19600305", 11))


def understood(rules: Rules, name: str, *rows: tuple[str | None, ...]) -> dict[str, str | None]:
    """Header as seen → field (members with their number), as one list reads it."""
    words = vocabulary(rules.lists[name], rules.reading)
    (fit,) = fits(sheet("x", *rows), [words], rules.reading)
    return {c.header: c.field if c.slot is None else f"{c.slot}.{c.field}" for c in fit.columns}


def lists_of(rules: Rules, *sheets: Sheet) -> set[str]:
    claimed, faults = claim(sheets, rules)
    assert faults == []
    return {each.list_name for each in claimed}


MEDICAL = (*NAME, "个人自付费用")
HOUSEHOLD = ("村居", "户主姓名", "户主身份证号", "保障人口", "家庭成员1姓名", "家庭成员1身份证号")


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


@pytest.mark.parametrize(
    ("file", "header", "expected"),
    [
        ("附件2：2021年度个人自付医疗费用超4万元人员名单（洛阳片区）.xlsx", MEDICAL, "medical"),
        ("6月低保在册.xlsx", NAME, "dibao"),
        ("低保边缘家庭.csv", NAME, "dibao_edge"),
        ("6月/低保/洛阳镇.xlsx", NAME, "dibao"),
        ("防返贫监测对象名单.csv", (*NAME, "户类型", "是否低保"), "monitored"),
        ("新增重度残疾人.xls", (*NAME, "残疾类别", "残疾等级", "是否低保"), "disability"),
        (
            "残疾人两项补贴发放表.xls",
            (*NAME, "残疾类别", "残疾等级", "护理补贴"),
            "disability_subsidy",
        ),
        ("服刑在押强制戒毒人员未成年子女信息.xlsx", ("服刑人员姓名", "子女姓名"), "children"),
        ("孤儿.xlsx", NAME, "orphan"),
        ("事实无人抚养儿童.xlsx", NAME, "unattended"),
        ("殡葬火化死亡名单.xls", NAME, "death"),
        ("低保对象死亡名单.xls", NAME, "death"),
        ("户籍迁出.xls", NAME, "moved_out"),
        ("临时救助台账.csv", NAME, "temporary_aid"),
        ("刚性支出困难家庭.csv", (*NAME, "个人自付医疗费用"), "rigid_expense"),
        ("特困供养人员.csv", NAME, "tekun"),
        ("6月低保.xls", HOUSEHOLD, "dibao"),
        ("6月特困.xls", HOUSEHOLD, "tekun"),
        ("导出(3).xls", (*NAME, "是否保障对象"), "dibao"),
        ("导出(3).xls", (*NAME, "供养方式"), "tekun"),
        ("导出(3).xls", (*NAME, "残疾类别", "残疾等级"), "disability"),
        ("导出(3).xls", (*NAME, "死亡日期"), "death"),
        ("导出(3).xls", MEDICAL, "medical"),
    ],
)
def test_file_is_one_list(rules: Rules, file: str, header: tuple[str, ...], expected: str) -> None:
    assert lists_of(rules, sheet(file, header, PERSON)) == {expected}


def test_title_tells_what_the_file_name_does_not(rules: Rules) -> None:
    title = ("洛阳镇特困供养人员名册",)
    assert lists_of(rules, sheet("导出(3).xls", title, HOUSEHOLD, PERSON)) == {"tekun"}
    assert lists_of(rules, sheet("导出(3).xls", NAME, PERSON, name="孤儿")) == {"orphan"}


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ([sheet("名单.xlsx", NAME, PERSON)], ("看不出是哪份名单", "请改文件名")),
        ([sheet("导出.xlsx", HOUSEHOLD, PERSON)], ("看不出是哪份名单",)),
        ([sheet("低保停保名单.xlsx", NAME, PERSON)], ("文件名里有“停保”", "ignore")),
        ([sheet("低保和孤儿.xlsx", NAME, PERSON)], ("最低生活保障对象", "孤儿", "分不清")),
        ([sheet("医疗费用.xlsx", (*NAME, "个人自费"), PERSON)], ("缺少表头：个人自付医疗费用",)),
        ([sheet("低保.xlsx", ("姓名", "村居"), ("张三", "上浦村"))], ("缺少表头：身份证号",)),
        ([sheet("低保.xlsx", PERSON, PERSON)], ("没有找到表头",)),
        ([sheet("低保.xlsx")], ("没有内容",)),
        (
            [
                sheet("a.xlsx", NAME, PERSON, name="低保"),
                sheet("a.xlsx", NAME, PERSON, name="孤儿"),
            ],
            ("分不清",),
        ),
    ],
)
def test_file_that_cannot_be_told(
    rules: Rules, sheets: list[Sheet], words: tuple[str, ...]
) -> None:
    claimed, faults = claim(sheets, rules)
    assert claimed == []
    assert len(faults) == 1
    for word in (sheets[0].file, *words):
        assert word in faults[0]


def test_all_faults_are_told_at_once(rules: Rules) -> None:
    sheets = [sheet("甲.xlsx", NAME, PERSON), sheet("乙.xlsx", PERSON)]
    with pytest.raises(UntrustedInput) as caught:
        tidy(sheets, rules, AS_OF)
    lines = caught.value.message.splitlines()
    assert [line[:2] for line in lines] == ["乙.", "甲.", "缺少", "缺少", "没有"]
    assert not any(cell in caught.value.message for cell in PERSON)


def test_rows_outside_the_bounds_are_not_trusted(rules: Rules) -> None:
    sheets = [
        sheet("低保.xlsx", NAME),
        sheet("特困.xlsx", NAME, PERSON),
        sheet("医疗费用.xlsx", MEDICAL, (*PERSON, "50000")),
    ]
    with pytest.raises(UntrustedInput, match=r"低保.xlsx：“最低生活保障对象”读到0人"):
        tidy(sheets, rules, AS_OF)


def test_source_sheet_with_people_but_no_header_is_not_passed_over(rules: Rules) -> None:
    sheets = [
        sheet("低保.xlsx", NAME, PERSON),
        sheet("特困.xlsx", NAME, PERSON),
        sheet("医疗费用.xlsx", MEDICAL, (*PERSON, "50000"), name="一"),
        sheet("医疗费用.xlsx", (*PERSON, "50000"), name="二"),
    ]
    with pytest.raises(UntrustedInput, match="工作表“二”里有证件号码"):
        tidy(sheets, rules, AS_OF)


def test_order_of_files_does_not_matter(rules: Rules) -> None:
    sheets = [
        sheet("低保.xlsx", NAME, PERSON),
        sheet("特困.xlsx", NAME, PERSON, name="甲"),
        sheet("特困.xlsx", NAME, PERSON, name="乙"),
        sheet("医疗费用.xlsx", MEDICAL, (*PERSON, "50000")),
        sheet("医疗费用（1）.xlsx", MEDICAL, (*PERSON, "50000")),
    ]
    one = tidy(sheets, rules, AS_OF)
    other = tidy([sheets[i] for i in (4, 1, 3, 2, 0)], rules, AS_OF)
    assert one.records.equals(other.records)
    assert one.issues.equals(other.issues)
    assert one.accounts == other.accounts
    assert one.records["record_id"].to_list() == [1, 2, 3, 4, 5]
