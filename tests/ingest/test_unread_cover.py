"""Columns of a roll that no rule reads: which of them may say who is covered."""

from __future__ import annotations

import pytest

from loubao.ingest.unread_cover import unread_cover
from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, parts, sheet
from tests.people import number

ID, OTHER = (number("19600305", order) for order in (11, 12))
YES_NO = ("否", "是")


def told(rules: Rules, file: str, header: str, cells: tuple[Cell, Cell]) -> list[str]:
    table = sheet(
        file, ("姓名", "身份证号", header), ("张三", ID, cells[0]), ("李四", OTHER, cells[1])
    )
    return unread_cover(parts(rules, table), rules)


@pytest.mark.parametrize(
    ("header", "cells", "label"),
    [
        ("是否保障对像", YES_NO, "是否保障对象"),  # sounds the same
        ("保障对象否", YES_NO, "是否保障对象"),
        ("是保障否对象", YES_NO, "是否保障对象"),  # another order
        ("是否保障对象吗（必填）", YES_NO, "是否保障对象"),
        ("起始保障年", ("2021.01", "2022.12"), "起始保障年月"),
        ("起始保章年月", ("2021-01-01", "2022-12-01"), "起始保障年月"),
        ("保障状太", ("正常", "停发"), "保障状态"),
        ("低保人囗数", ("1", "2"), "保障人口"),
        ("低保享受否", YES_NO, None),  # a header like none, but of this cover
        ("在不在保", ("√", "×"), None),
        ("继续保障", ("是", "不是"), None),
    ],
)
def test_a_column_that_may_decide_cover_is_asked_of(
    rules: Rules, header: str, cells: tuple[Cell, Cell], label: str | None
) -> None:
    (fault,) = told(rules, "6月低保在册.csv", header, cells)
    assert fault.startswith("6月低保在册.csv：表头")
    assert "loubao adapt" in fault
    assert (f"像是“{label}”" in fault) == (label is not None)
    assert "张三" not in fault


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("是否保障对象", YES_NO),  # read
        ("是否保障对像", ("是", "是")),  # nobody is without
        ("是否保障对像", (None, None)),
        ("是否保障对像", ("甲", "乙")),  # something else
        ("起始保障年", ("城市", "农村")),
        ("开户日期", ("2021-01-01", "2022-12-01")),
        ("是否党员", YES_NO),
        ("是否享受高龄津贴", YES_NO),
        ("是否特困供养", YES_NO),  # of another roll
        ("是否享受护理补贴", YES_NO),
        ("保障金", ("500", "600")),
        ("备注", YES_NO),
    ],
)
def test_other_columns_hold_nobody_up(rules: Rules, header: str, cells: tuple[Cell, Cell]) -> None:
    assert told(rules, "6月低保在册.csv", header, cells) == []


@pytest.mark.parametrize(
    ("header", "cells", "asks"),
    [
        ("搬到哪里", ("本村", "厦门市"), True),
        ("新的住处", ("漳州市", "迁往邻村"), True),
        ("搬到哪里", ("厦门市", "漳州市"), False),  # nobody stays here
        ("迁往何处", ("本村", "厦门市"), False),  # read
        ("迁出地", ("本村", "本村"), False),  # where they come from
        ("经办人", ("王五", "赵六"), False),
    ],
)
def test_a_column_that_may_say_who_has_not_left_is_asked_of(
    rules: Rules, header: str, cells: tuple[Cell, Cell], asks: bool
) -> None:
    faults = told(rules, "户籍迁出人员.csv", header, cells)
    assert [f"表头“{header}”像是“迁往地”" in fault for fault in faults] == [True] * asks


def test_a_source_list_covers_nobody(rules: Rules) -> None:
    header = ("姓名", "身份证号", "个人自付费用", "是否保障对像")
    table = sheet("医疗费用.csv", header, ("张三", ID, "50000", "否"), ("李四", OTHER, "9", "是"))
    assert unread_cover(parts(rules, table), rules) == []
