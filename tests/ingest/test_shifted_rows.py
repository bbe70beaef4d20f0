"""Numbers that are not the child's: rows that begin some cells too far right, guardians' numbers."""

import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, codes, sheet, tidied
from tests.people import number

PARENT, CHILD = number("19850305", 1), number("20150305", 2)
GROWN, GUARDIAN = number("20040105", 3), number("19600305", 4)
HEADER = (
    "服刑人员姓名",
    "服刑人员身份证号",
    "人员状态",
    "子女姓名",
    "子女身份证号",
    "子女出生日期",
    "监护人",
    "户籍地址",
)
ROW = ("张三", PARENT, "羁押", "张小", CHILD, "2015-03-05", "李六", "洛阳镇上浦村")
SWAPPED = (*ROW[:3], CHILD, "张小", *ROW[5:])


@pytest.mark.parametrize("by", [1, 2, 3])
@pytest.mark.parametrize("before", [None, "7"])
def test_a_shifted_row_keeps_the_child(rules: Rules, by: int, before: Cell) -> None:
    shifted = (*[before] * by, *ROW)[: len(HEADER)]
    rows, issues = tidied(rules, sheet("服刑人员子女.csv", HEADER, ROW, shifted))
    assert rows["qualifies"].to_list() == [True, True]
    found = {code for row, _, code in codes(issues) if row == 3}
    assert found and "NAME_ID_SWAPPED" not in found


def test_a_row_with_name_and_number_exchanged_is_put_right(rules: Rules) -> None:
    rows, issues = tidied(rules, sheet("服刑人员子女.csv", HEADER, ROW, SWAPPED))
    assert rows["name"].to_list() == ["张小"] * 2 and rows["id_number"].to_list() == [CHILD] * 2
    assert "NAME_ID_SWAPPED" in {code for row, _, code in codes(issues) if row == 3}


@pytest.mark.parametrize(
    ("own", "birth", "qualifies", "issue"),
    [
        (GUARDIAN, None, True, "ID_OF_ADULT"),
        (GUARDIAN, "7岁", True, "ID_OF_ADULT"),
        (GUARDIAN, "2015-03-05", True, "BIRTH_CONFLICT"),
        (GUARDIAN, "1960-03-05", False, None),  # the row agrees with its number
        (GROWN, None, False, None),  # 18: grown up on the list
        (CHILD, None, True, None),
        (PARENT, None, True, "ID_OF_PARENT"),
    ],
)
def test_an_adults_number_on_a_list_of_minors(
    rules: Rules, own: str, birth: Cell, qualifies: bool, issue: str | None
) -> None:
    row = (*ROW[:4], own, birth, *ROW[6:])
    rows, issues = tidied(rules, sheet("服刑人员子女.csv", HEADER, row))
    assert rows["qualifies"].item() is qualifies
    found = {code for _, _, code in codes(issues)} & {
        "ID_OF_ADULT",
        "BIRTH_CONFLICT",
        "ID_OF_PARENT",
    }
    assert found == ({issue} if issue else set())
