"""What the names and the columns of a sheet say, and what is done where they disagree."""

from __future__ import annotations

import pytest

from loubao.core.frames import Sheet
from loubao.ingest.sheets.identify import claim
from loubao.rules.folder import Rules
from tests.ingest.tables import sheet
from tests.people import number

#: A cell of each column; a header that is not here has some text below it.
CELLS = {
    **dict.fromkeys(("姓名", "户主姓名", "父亲姓名", "子女姓名", "服刑人员姓名"), "张三"),
    "身份证号": number("19600305", 11),
    "残疾人证号": number("19600305", 11) + "41",
    **dict.fromkeys(
        ("个人自付金额", "个人自付医疗费用", "个人自付金颔", "月补助金额", "护理补贴"), "45000"
    ),
    **dict.fromkeys(("发证日期", "死亡日期", "认定时间"), "2022-01-01"),
    **dict.fromkeys(("是否保障对象", "是否低保", "是否享受低保"), "否"),
    "残疾类别": "肢体",
    "残疾等级": "一级",
    "供养方式": "分散",
    "护理等级": "全自理",
    "人员类别": "城镇",
    "户类型": "A类",
    "监测对象类别": "边缘易致贫户",
}
NAME = "姓名 身份证号 "
HOUSE = "户主姓名 与户主关系 " + NAME
DISABLED = "残疾类别 残疾等级 "


def made(file: str, columns: str, name: str = "", title: str = "") -> Sheet:
    header = columns.split()
    rows = [header, [CELLS.get(column, "甲") for column in header]]
    return sheet(file, *([[title]] if title else []), *rows, name=name)


@pytest.mark.parametrize(
    ("file", "columns", "expected"),
    [
        # longer names of rolls, columns of sources, and both words in the name
        ("低保户大额医疗.csv", NAME + "个人自付金额", "medical"),
        ("特困人员医疗费用.csv", NAME + "个人自付金额", "medical"),
        ("低收入家庭残疾人名单.csv", "姓名 残疾人证号 发证日期 " + DISABLED, "disability"),
        ("支出型贫困低保.csv", NAME + "低保证号 月补助金额", "dibao"),
        ("支出型低保.csv", NAME + "低保证号 月补助金额", "dibao"),
        # rolls that carry columns of other lists
        ("低保8月.csv", NAME + DISABLED, "dibao"),
        ("农村低保人员查询.xls", HOUSE + DISABLED + "残疾证号 月补助金额", "dibao"),
        ("刚性支出困难.csv", HOUSE + DISABLED + "残疾证号 认定时间", "rigid_expense"),
        ("特困8月.csv", NAME + DISABLED + "供养方式", "tekun"),
        ("农村低保家庭查询.xls", NAME + "低保证号 供养方式", "dibao"),
        ("低保边缘.csv", HOUSE + "是否低保 是否享受低保", "dibao_edge"),
        ("孤儿.csv", NAME + "父亲姓名", "orphan"),
        # sources that carry columns of rolls
        ("防返贫监测对象.csv", NAME + "监测对象类别 享受低保政策情况 是否享受低保", "monitored"),
        ("残疾人名单.csv", NAME + DISABLED + "是否低保 人员类别", "disability"),
        ("残疾人名单.csv", NAME + DISABLED + "是否保障对象 户类型", "disability"),
        ("医保个人自付.csv", NAME + DISABLED + "个人自付金额 是否低保", "medical"),
        # exclusions of people on rolls
        ("低保对象死亡名单.csv", NAME + "低保证号 死亡日期", "death"),
        ("8月死亡.csv", NAME + "低保证号", "death"),
        # no name at all
        ("1.xls", NAME + "个人自付金额", "medical"),
        ("1.xls", NAME + DISABLED, "disability"),
        ("1.xls", HOUSE + DISABLED + "是否保障对象", "dibao"),
        ("1.xls", NAME + "死亡日期", "death"),
    ],
)
def test_names_and_columns_are_one_list(
    rules: Rules, file: str, columns: str, expected: str
) -> None:
    for order in (columns, " ".join(reversed(columns.split()))):
        claimed, faults = claim([made(file, order)], rules)
        assert ([each.list_name for each in claimed], faults) == ([expected], [])


@pytest.mark.parametrize(
    ("file", "columns", "words"),
    [
        ("因病支出型困难预警.csv", NAME + "个人自付金额", ("刚性支出", "个人自付医疗费用超4万元")),
        ("刚性支出预警.csv", NAME + "个人自付医疗费用", ("刚性支出", "个人自付医疗费用超4万元")),
        ("支出型困难家庭.csv", HOUSE + "个人自付金额", ("刚性支出", "个人自付医疗费用超4万元")),
        ("低保医疗救助.csv", NAME + "低保证号 个人自付金额", ("最低生活保障", "超4万元")),
        ("临时救助.csv", NAME + "个人自付金额", ("临时救助", "超4万元")),
        ("8月死亡.csv", NAME + "死亡日期 个人自付金额", ("死亡人员", "超4万元")),
        ("低收入人口.csv", NAME + DISABLED + "发证日期", ("低保边缘", "新增重度残疾人")),
        ("低收入人口.csv", "姓名 残疾人证号 发证日期", ("低保边缘", "新增重度残疾人")),
        ("低收入人口监测.csv", NAME + "监测对象类别", ("低保边缘", "防止返贫监测对象")),
        ("重度残疾人单人保.csv", NAME + "低保证号 月补助金额", ("新增重度残疾人", "最低生活保障")),
        ("低保8月.csv", NAME + "供养方式 护理等级", ("最低生活保障", "特困供养人员")),
        ("特困8月.csv", NAME + "低保证号 是否保障对象", ("最低生活保障", "特困供养人员")),
        ("孤儿及困境儿童.csv", "子女姓名 服刑人员姓名", ("孤儿", "未成年子女")),
        # no name, and two lists or none
        ("1.xls", NAME + DISABLED + "个人自付金额", ("分不清", "新增重度残疾人", "超4万元")),
        ("1.xls", NAME + DISABLED + "发放金额", ("分不清", "新增重度残疾人", "两项补贴")),
        ("1.xls", NAME + "人员类别", ("看不出是哪份名单",)),
        # a list that lacks its number, and another one that does not need it
        (
            "1.xls",
            "姓名 残疾人证号 身分证号码号 是否保障对象 低保证号 " + DISABLED,
            ("分不清", "最低生活保障", "新增重度残疾人"),
        ),
        # a header that is nearly what a source needs
        ("低保医疗费用.csv", NAME + "个人自付金颔", ("个人自付医疗费用超4万元人员",)),
        ("低保医疗救助.csv", NAME + "个人自付金颔", ("个人自付金颔", "写错")),
        ("1.xls", NAME + "个人自付金颔 是否享受低保", ("个人自付金颔", "写错")),
    ],
)
def test_names_and_columns_that_disagree(
    rules: Rules, file: str, columns: str, words: tuple[str, ...]
) -> None:
    claimed, faults = claim([made(file, columns)], rules)
    assert claimed == []
    assert len(faults) == 1
    for word in (file, *words):
        assert word in faults[0]


def test_columns_without_data_say_nothing_against_a_name(rules: Rules) -> None:
    header = ("姓名", "身份证号", "个人自付金额")
    rows = (header, ("张三", number("19600305", 11), "0"), ("李四", number("19600305", 13), None))
    claimed, faults = claim([sheet("低保8月.csv", *rows)], rules)
    assert ([each.list_name for each in claimed], faults) == (["dibao"], [])


@pytest.mark.parametrize(
    ("file", "sheets", "expected"),
    [
        ("低保特困花名册.xlsx", {"低保": NAME, "特困": NAME}, ["dibao", "tekun"]),
        (
            "低保.xlsx",
            {"低保": NAME, "特困": NAME, "低保边缘": NAME},
            ["dibao", "tekun", "dibao_edge"],
        ),
        ("低保边缘.xlsx", {"低保": NAME}, ["dibao_edge"]),
        ("低保.xlsx", {"洛阳镇": NAME, "东园镇": NAME}, ["dibao", "dibao"]),
        (
            "残疾人名单.xlsx",
            {"低保": NAME + DISABLED, "非低保": NAME + DISABLED},
            ["disability"] * 2,
        ),
        ("残疾人名单.xlsx", {"Sheet1": NAME + DISABLED}, ["disability"]),
        ("残疾人.xlsx", {"残疾人两项补贴": NAME + "护理补贴"}, ["disability_subsidy"]),
        ("低保8月.xlsx", {"在册": NAME, "死亡": NAME + "死亡日期"}, ["dibao", "death"]),
        ("低保8月.xlsx", {"在册": NAME, "停保": NAME, "死亡": NAME}, ["dibao", None, None]),
        (
            "台账.xlsx",
            {"医疗": NAME + "个人自付金额", "残疾人": NAME + DISABLED, "低保": NAME},
            ["medical", "disability", "dibao"],
        ),
    ],
)
def test_each_sheet_of_a_workbook(
    rules: Rules, file: str, sheets: dict[str, str], expected: list[str | None]
) -> None:
    claimed, faults = claim([made(file, columns, name) for name, columns in sheets.items()], rules)
    assert faults == []
    assert [each.list_name if each.fit else None for each in claimed] == expected


@pytest.mark.parametrize(
    ("file", "sheets"),
    [
        ("低保8月.xlsx", {"特困": NAME}),
        ("刚性支出困难.xlsx", {"低保": NAME}),
        ("残疾人名单.xlsx", {"低保": NAME, "非低保": NAME}),
        ("儿童福利台账.xlsx", {"孤儿": NAME, "其他": NAME}),
        ("台账.xlsx", {"洛阳镇": NAME + "供养方式", "东园镇": NAME}),
        ("低保停保名单.xlsx", {"低保": NAME}),
        ("低保死亡人员.xlsx", {"低保": NAME}),
    ],
)
def test_sheets_that_cannot_be_told(rules: Rules, file: str, sheets: dict[str, str]) -> None:
    claimed, faults = claim([made(file, columns, name) for name, columns in sheets.items()], rules)
    assert claimed == []
    assert faults
    assert all(fault.startswith(f"{file}：") for fault in faults)


def test_titles_tell_what_names_do_not(rules: Rules) -> None:
    first = made("导出.xls", NAME, "Sheet1", "洛阳镇孤儿名册")
    claimed, faults = claim([first, made("导出.xls", NAME, "Sheet2")], rules)
    assert ([each.list_name for each in claimed], faults) == (["orphan", "orphan"], [])
    title = "最低生活保障家庭中残疾人情况表"
    claimed, faults = claim([made("残疾人名单.xls", NAME + DISABLED, "", title)], rules)
    assert ([each.list_name for each in claimed], faults) == (["disability"], [])
