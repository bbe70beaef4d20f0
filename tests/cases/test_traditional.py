"""A month in traditional characters says what it says in simplified ones, through the command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.cases.small_month import Rows, matched
from tests.people import number

FORMS = str.maketrans(
    "证号码乡镇县与户关系备注状态发停费医疗个负担万额残级类别体兰丽长子销无龄亲属农东凤刘陈张孙阳员单计疗终结残护",
    "證號碼鄉鎮縣與戶關係備註狀態發停費醫療個負擔萬額殘級類別體蘭麗長子銷無齡親屬農東鳳劉陳張孫陽員單計療終結殘護",
)
HERE = ("洛阳镇", "上浦村")
AUNT, SON, LAN = number("19610202", 3), number("20010202", 1), number("19620303", 5)
ENDED, PAID = number("19550505", 1), number("19660606", 2)
MONTH: Mapping[str, Rows] = {
    "残疾人名单.csv": [
        ("姓名", "残疾人证号", "残疾类别", "残疾等级", "乡镇", "村", "发证日期"),
        ("刘兰", LAN + "41", "肢体", "一级", *HERE, "2022-01-01"),
        ("陈东", ENDED + "42", "肢体", "二级", *HERE, "2022-01-01"),
        ("张丽", AUNT + "42", "肢体", "二级", *HERE, "无"),
        ("孙长东", SON + "42", "肢体", "二级", *HERE, "2022-01-01"),
    ],
    "医疗费用个人负担.csv": [
        ("姓名", "证件号码", "医疗费用总额", "个人自付金额", "户籍地址"),
        ("孙凤", PAID, "9万元", "4.5万元", "洛阳镇上浦村1组"),
    ],
    "农村低保8月.csv": [
        ("姓名", "身份证号", "与户主关系", "乡镇", "村", "保障状态", "备注", "户主姓名"),
        ("张丽", AUNT, "户主", *HERE, "正常", "无", "张丽"),
        ("孙长东", SON, "长子", *HERE, "正常", "无", "张丽"),
        ("陈东", ENDED, "户主", *HERE, "", "8月起停发，已注销", "陈东"),
        ("合计", "", "", "", "", "3人", "", ""),
        ("单位负责人：", "刘县长", "", "", "", "", "", ""),
    ],
}


def written(files: Mapping[str, Rows]) -> dict[str, Rows]:
    """The files in traditional characters, their names too."""
    return {
        name.translate(FORMS): [tuple(cell.translate(FORMS) for cell in row) for row in rows]
        for name, rows in files.items()
    }


def test_as_in_simplified_characters(tmp_path: Path) -> None:
    here = ("simple", "forms")
    simple, forms = (
        matched(tmp_path / name, files)
        for name, files in zip(here, (MONTH, written(MONTH)), strict=True)
    )
    columns = ["list", "name_key", "id_number", "village_code", "qualifies", "self_paid"]
    columns += ["disability_category", "disability_level", "household_no"]
    rows = [
        each.records.filter(~each.records["file"].str.contains("^(低保|特困)8月"))
        .select(columns)
        .sort(columns)
        for each in (simple, forms)
    ]
    assert rows[0].rows() == rows[1].rows()
    codes = [
        each.issues.select("row", "code").sort("row", "code").rows() for each in (simple, forms)
    ]
    assert codes[0] == codes[1]
    shown = [{name.translate(FORMS) for name in each.sheets} - {"None"} for each in (simple, forms)]
    assert shown[0] == shown[1] == {name.translate(FORMS) for name in ("刘兰", "陈东", "孙凤")}
