"""What a list says itself of cover covers nobody; each contradiction to the rolls is told."""

from __future__ import annotations

import pytest

from tests.cases.small_month import ON_ROLL, Outcome, matched
from tests.people import number

HEADER = (
    "乡",
    "村",
    "姓名",
    "证件号码",
    "监测对象类别",
    "享受低保政策情况",
    "享受特困供养政策情况",
)
SAID = {
    "李一": ("农村低保", "未享受"),
    "李二": ("未享受", "未享受"),
    "张保": ("未享受", "未享受"),
    "李三": ("否", "分散供养"),
    "李四": ("不详", ""),
    "李五": ("已停保", "无"),
    "李六": ("待核", "无"),
    "赵特": ("是", "是"),
}


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    numbers = {name: number("19620203", place) for place, name in enumerate(SAID, 1)} | ON_ROLL
    rows = [
        ("洛阳镇", "上浦村", name, numbers[name], "边缘易致贫户", *said)
        for name, said in SAID.items()
    ]
    return matched(
        tmp_path_factory.mktemp("stated"), {"防返贫监测对象.xlsx": {"Sheet1": [HEADER, *rows]}}
    )


def test_the_list_covers_nobody(month: Outcome) -> None:
    assert set(month.sheets) >= set(SAID) - set(ON_ROLL)
    assert not set(month.sheets) & set(ON_ROLL)


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("李一", "名单写“低保”，低保名册上没有查到本人"),
        ("李二", ""),
        ("李三", "名单写“特困”，特困供养名册上没有查到本人"),
        ("李四", ""),
        ("李五", ""),
    ],
)
def test_the_sheet_says_it(month: Outcome, name: str, doubt: str) -> None:
    cell = month.sheets[name][1]["匹配疑点"]
    assert doubt in cell
    assert ("名单写" in cell) == bool(doubt)
    assert month.sheets[name][1]["已享受待遇"] == "未查到"


def test_each_contradiction_is_an_issue(month: Outcome) -> None:
    told = month.issues.filter(file="防返贫监测对象.xlsx").select("row", "column", "code")
    assert set(told.rows()) == {
        (2, "享受低保政策情况", "STATED_COVERED"),
        (4, "享受低保政策情况", "STATED_UNCOVERED"),
        (5, "享受特困供养政策情况", "STATED_COVERED"),
        (8, "享受低保政策情况", "VALUE_UNKNOWN"),
        (9, "享受低保政策情况", "STATED_COVERED"),
    }
