"""Boxes to tick, as people type into them, and cells that several columns share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.layout.form_cells import boxes, is_read_back, parts_of, text_of, ticked
from loubao.rules.folder import Rules
from loubao.rules.sheet_columns import SheetColumn, stacks

TICKED = [
    # what stands in the cell, what is ticked; None: no cell of boxes
    ("□符合 □不符合\n□已申请 □已纳入\n□疑难 □退回", []),
    ("☑符合 □不符合\n□已申请 □已纳入\n□疑难 □退回", ["已核查符合"]),
    ("□符合 ☑不符合", ["已核查不符合"]),
    ("□符合 √不符合\n□已申请", ["已核查不符合"]),
    ("□√符合 □不符合", ["已核查符合"]),
    ("√□符合 □不符合", ["已核查符合"]),
    ("□符合√ □不符合", ["已核查符合"]),
    ("□符合 □不符合√", ["已核查不符合"]),
    ("■疑难", ["疑难"]),
    ("退回√", ["退回"]),
    ("☑️符合 □不符合", ["已核查符合"]),
    ("□符合☑不符合□疑难", ["已核查不符合"]),
    ("☑已核查符合 □疑难", ["已核查符合"]),
    ("☑符合 ☑不符合", ["已核查符合", "已核查不符合"]),
    ("√符合 √退回", ["已核查符合", "退回"]),
    ("符合√不符合", None),
    ("符合", None),
    ("已核查符合", None),
    ("□符合 □不符合 家里没人", None),
    ("", None),
    ("√", None),
    ("□", None),
]


@pytest.mark.parametrize(("text", "found"), TICKED)
def test_what_is_ticked(rules: Rules, text: str, found: list[str] | None) -> None:
    column = _column(rules, "result")
    assert ticked(text, column.labels, rules.returns.boxes, rules.returns.ticks) == found


def test_every_box_that_is_ticked_is_read_as_its_choice(rules: Rules) -> None:
    box, signs = rules.sheets.village.box, (rules.returns.boxes, rules.returns.ticks)
    for column in rules.sheets.village.columns:
        for choice, label in column.labels.items():
            start, behind = boxes(column, box).split(f"{box}{label}", 1)
            for tick in rules.returns.ticks:
                for ways in (f"{tick}{label}", f"{box}{tick}{label}", f"{box}{label}{tick}"):
                    text = f"{start}{ways}{behind}"
                    assert ticked(text, column.labels, *signs) == [choice], text


@given(st.data())
def test_what_shares_a_cell_comes_back(rules: Rules, data: st.DataObject) -> None:
    value = st.text(st.characters(categories=("Lo", "Nd")), min_size=1, max_size=18)
    for stack in stacks(rules.sheets.village.columns):
        if len(stack) == 1 or not is_read_back(stack) or stack[0].kind:
            continue
        cells = {column.key: data.draw(value | st.just("")) for column in stack}
        if stack[0].key == "case_no":
            cells["case_no"] = "104-2022-00012"
        text = str(text_of(stack, cells))
        assert parts_of(stack, text) == {key: value for key, value in cells.items() if value}


@pytest.mark.parametrize(
    ("text", "visitor", "phone"),
    [
        ("王大力13000000000", "王大力", "13000000000"),
        ("王大力\n130 0000 0000", "王大力", "130 0000 0000"),
        ("13000000000 王大力", "王大力", "13000000000"),
        ("王大力、李小芳 0595-87000000", "王大力、李小芳", "0595-87000000"),
        ("王大力", "王大力", None),
        ("13000000000", None, "13000000000"),
    ],
)
def test_who_has_been_there(
    rules: Rules, text: str, visitor: str | None, phone: str | None
) -> None:
    stack = next(s for s in stacks(rules.sheets.village.columns) if s[0].key == "visitor")
    found = parts_of(stack, text)
    assert (found.get("visitor"), found.get("visitor_phone")) == (visitor, phone)


def _column(rules: Rules, key: str) -> SheetColumn:
    found: SheetColumn = next(each for each in rules.sheets.village.columns if each.key == key)
    return found
