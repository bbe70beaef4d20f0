"""Where the free words of a returned answer send a person: one village, a town, or nowhere."""

from __future__ import annotations

import pytest

from loubao.returns.destination import destination
from loubao.returns.terms import Terms
from loubao.rules.folder import Rules
from tests.round import TODAY

HERE = ("洛阳镇", "上浦村")
BACK_ZENG, CHEN_BA, HOU_TING = "张坂镇后曾村", "洛阳镇陈坝村", "洛阳镇后亭村"
NAMED = [
    ("现住后曾那边", BACK_ZENG),
    ("搬去后曾村委会对面", BACK_ZENG),
    ("嫁到陈坝村了", CHEN_BA),
    ("她嫁后曾", BACK_ZENG),
    ("去了后曾", BACK_ZENG),
    ("搬后曾去了", BACK_ZENG),
    ("后曾人", BACK_ZENG),
    ("是后曾的", BACK_ZENG),
    ("户口迁往張坂鎮後曾村", BACK_ZENG),
    ("张坂镇后曾", BACK_ZENG),
    ("本人住张坂后曾", BACK_ZENG),
    ("住在后曾村老人会旁边", BACK_ZENG),
    ("现住惠安县后曾村", BACK_ZENG),
    ("与后亭村民结婚", HOU_TING),
    ("户口在上浦村，人住后亭村", HOU_TING),
    ("不是上浦的，是后亭的", HOU_TING),
    ("原住后亭村，现住陈坝", CHEN_BA),
]
NOBODY = [
    *(
        "后曾村和后亭村",
        "后曾或后亭",
        "后亭村迁来",
        "从后亭村迁入",
        "原后亭村",
        "嫁到外地",
        "现住泉州",
    ),
    *(
        "安徽省后曾村",
        "嫁到大陈坝村",
        "住陈坝小学旁",
        "现住洛江区万安村",
        "嫁到新村",
        "后边那户",
        "上浦那边",
    ),
    *("住云庄路5号", "不在后亭村", "后亭村以前住过，人找不到了"),
]


def named(text: str, rules: Rules, column: str = "remark") -> str | None:
    place = destination({column: text}, HERE, Terms(rules, TODAY))
    return place and place["town"] + place["village"]


@pytest.mark.parametrize("column", ["remark", "why_not"])
@pytest.mark.parametrize(("text", "place"), NAMED)
def test_the_one_village_that_is_named(text: str, place: str, column: str, rules: Rules) -> None:
    assert named(text, rules, column) == place


@pytest.mark.parametrize("text", NOBODY)
def test_several_another_or_no_village_of_here(text: str, rules: Rules) -> None:
    assert named(text, rules) is None
