"""Sheets without a header: which of them may be people, and which are choices and notes."""

from __future__ import annotations

import pytest

from loubao.ingest.sheets.people_signs import lists_people, names_people
from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, sheet
from tests.people import number

ON, HERE = "2021-05-05", ("洛阳镇", "上浦村")
RARE = ("柯灿岚", "骆碧螺", "潘锦娥", "卓淑彬")
LEVEL = ("肢体", "一级")


@pytest.mark.parametrize(
    "rows",
    [
        [("周二", number("19700203", 12) + "41")],
        [("周二", number("19700203", 12) + "41B1")],
        [("周二", "E12345678", *LEVEL, ON, *HERE)],
        [("周二", "H12345678(02)", *HERE)],
        [(name, None, *LEVEL, ON, *HERE) for name in RARE],
        [(name, None, *LEVEL, None, *HERE) for name in RARE[:2]],
        [(name, *LEVEL, ON, *HERE) for name in ("王丽", "张伟")],
        [("王丽", None, *LEVEL, ON, *HERE)],
        [(name, "上浦村") for name in ("王丽", "张伟")],
        [("王丽", "13800001111"), ("阎锦", "13800001112")],
        [("阿依古丽·买买提", None, *LEVEL, ON, *HERE)],
        [("NGUYEN THI HOA", "C1234567", *HERE)],
        [(name, "60000", ON) for name in ("侴明", "亓官云", "郐小珍")],  # of no usual surname
        [(f"{n}", name) for n, name in enumerate(("王丽", "张伟", "李小红"))],  # names alone
    ],
)
def test_what_may_be_people(rules: Rules, rows: list[tuple[Cell, ...]]) -> None:
    made = sheet("残疾人.xlsx", *rows, name="Sheet2")
    assert names_people(made) or lists_people(made, rules)


@pytest.mark.parametrize(
    "rows",
    [
        [("填表说明",), ("一、姓名、证号按身份证填写",), ("二、日期写作2022-06-30",)],
        [("表头", "要求"), ("姓名", "必填"), ("金额", "数字"), ("日期", "2022-06-30")],
        [("是", "脱贫户", "上浦村"), ("否", "边缘户", "张坂村"), ("无", "一般户", "洛阳村")],
        [
            ("男", "汉族", "高中", "在保"),
            ("女", "回族", "文盲", "停保"),
            (None, "畲族", "小学", ""),
        ],
        [("01", "肢体", "一级"), ("02", "视力", "二级"), ("03", "听力", "三级")],
        [("黄色", "村里填写"), ("白色", "已锁定"), ("红色", "有误")],
        [("乡镇", "户数", "金额"), ("洛阳镇", "12", "3000"), ("东园镇", "7", "1800")],
        [("版本", "V20220601"), ("更新", "2022-06-01")],
        [("制表人：", "王丽", "审核人：", "2022-06-30", "洛阳镇")],
        [("联系人：", "王丽", "13800001111")],
        [("上浦村", "洛阳镇"), ("后埔村", "洛阳镇"), ("张坂村", "洛阳镇")],
        [("6222021234567890123",)],
    ],
)
def test_choices_and_notes_are_no_people(rules: Rules, rows: list[tuple[Cell, ...]]) -> None:
    made = sheet("残疾人.xlsx", *rows, name="说明")
    assert not names_people(made)
    assert not lists_people(made, rules)
