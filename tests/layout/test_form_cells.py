"""Boxes to tick, as people type into them, and cells that several columns share."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.layout.form_cells import (
    header_of,
    is_read_back,
    parts_of,
    stack_key,
    text_of,
)
from loubao.layout.paper import numbers_whole
from loubao.rules.folder import Rules
from loubao.rules.sheet_columns import SheetColumn, Stack, fit_the_sheet, stacks


def _shown(key: str, header: str, group: str = "person", **given: Any) -> SheetColumn:
    return SheetColumn.model_validate(
        {"key": key, "header": header, "group": group, "width": 18, **given}
    )


#: Columns that share cells: two words, three numbers, texts, and two to fill in.
SHARING = fit_the_sheet(
    (
        _shown("sex", "性别"),
        _shown("age", "年龄", under=True),
        _shown("case_no", "编号"),
        _shown("id_number", "身份证号", under=True, unknown="缺"),
        _shown("phone", "联系电话", under=True),
        _shown("clues", "线索内容", "clue", width=36),
        _shown("benefits", "已享受待遇", "clue", under=True, before="已享受：", unknown="未查到"),
        _shown("doubts", "匹配疑点", "clue", under=True),
        _shown("visitor", "核查人", "visit", kind="text"),
        _shown("visitor_phone", "核查人电话", "visit", kind="phone", under=True),
    )
)
WORDS, NUMBERS, TEXTS, VISITOR = stacks(SHARING)


@pytest.mark.parametrize("stack", [WORDS, NUMBERS], ids=stack_key)
@given(st.data())
def test_what_shares_a_cell_comes_back(stack: Stack, data: st.DataObject) -> None:
    value = st.text(st.characters(categories=("Lo", "Nd")), min_size=1, max_size=18)
    cells = {column.key: data.draw(value | st.just("")) for column in stack}
    if stack[0].key == "case_no":
        cells["case_no"] = "104-2022-00012"
        cells["id_number"] = data.draw(value | st.sampled_from(["", "缺"]))
    text = str(text_of(stack, cells))
    assert parts_of(stack, text) == {key: value for key, value in cells.items() if value}


#: ID numbers as sheets print them: starred, cut short, with marks for digits that are lost.
_PRINTED = st.from_regex(r"[0-9]{4}[0-9*?]{10,13}[0-9X*?]", fullmatch=True) | st.just("缺")
_PHONES = st.sampled_from(
    ["", "13000000000", "0595-87000000", "13000000000、0595-87000351", "13000000000 0595-87000351"]
)
_HOMES = st.from_regex("[上下厝村路组]{2,5}[0-9]{0,3}(号)?", fullmatch=True) | st.sampled_from(
    ["", "下厝3期12-1504-2室", "湖边63-2号（原供销社宿舍楼二单元302室）"]
)


PERSON = stacks(
    fit_the_sheet(
        (
            _shown("id_number", "身份证号", unknown="缺"),
            _shown("phone", "联系电话", under=True),
            _shown("address", "住址", under=True),
        )
    )
)


@given(number=_PRINTED, phone=_PHONES, home=_HOMES)
def test_what_a_village_sheet_prints_of_a_person_comes_back(
    number: str, phone: str, home: str
) -> None:
    (stack,) = PERSON
    cells = {"id_number": number, "phone": phone, "address": home}
    text = str(text_of(stack, cells))
    for printed in (text, numbers_whole(text, 19)):  # as it was, and as it is printed
        assert parts_of(stack, printed) == {key: value for key, value in cells.items() if value}


@pytest.mark.parametrize(
    ("text", "number", "phone", "home"),
    [
        (
            "990101199001011234\n下厝12号\n13000000000",
            "990101199001011234",
            "13000000000",
            "下厝12号",
        ),
        ("13000000000\n990101199001011234", "990101199001011234", "13000000000", None),
        ("13000000000\n下厝12号", None, "13000000000", "下厝12号"),
        ("下厝12号13000000000", None, "13000000000", "下厝12号"),
        ("身份证号缺\n0595-87000000/13000000000", "缺", "0595-87000000/13000000000", None),
        ("G12345678\n无\n下厝12号", "G12345678", "无", "下厝12号"),
        ("99010119900101\n13000000000", "99010119900101", "13000000000", None),
        ("99010119900101\n—\n下厝12号", "99010119900101", None, "下厝12号"),
        (
            "990101********1341\n—\n下厝3期12-1504-2室",
            "990101********1341",
            None,
            "下厝3期12-1504-2室",
        ),
        ("990101********1341\n下厝\n12号", "990101********1341", "下厝", "12号"),
    ],
)
def test_what_is_written_into_a_person_s_cell(
    text: str, number: str | None, phone: str | None, home: str | None
) -> None:
    found = parts_of(*PERSON, text)
    assert tuple(map(found.get, ("id_number", "phone", "address"))) == (number, phone, home)


def test_which_cells_are_read_back() -> None:
    read = [is_read_back(stack) for stack in (WORDS, NUMBERS, TEXTS, VISITOR)]
    assert read == [True, True, False, True]
    assert header_of(NUMBERS) == "编号\n身份证号\n联系电话"
    assert stack_key(VISITOR) == "visitor+visitor_phone"


@pytest.mark.parametrize(
    ("clues", "benefits", "doubts", "shown"),
    [
        ("甲", "未查到", "", "甲　已享受：未查到"),
        ("甲", "未查到", "请核对：像", "甲　请核对：像"),
        ("甲", "低保边缘", "请核对：像", "甲　已享受：低保边缘　请核对：像"),
        ("甲", "低保边缘", f"请核对：{'像' * 8}", f"甲　已享受：低保边缘\n请核对：{'像' * 8}"),
        ("甲" * 15, "低保边缘", "", f"{'甲' * 15}\n已享受：低保边缘"),
        ("①甲\n②乙", "低保", "", "①甲　②乙　已享受：低保"),
        ("甲" * 17 + "\n乙", "低保", "", f"{'甲' * 17}\n乙　已享受：低保"),
        ("", "", "", ""),
    ],
)
def test_texts_that_share_a_cell(clues: str, benefits: str, doubts: str, shown: str) -> None:
    cells = {"clues": clues, "benefits": benefits, "doubts": doubts}
    assert text_of(TEXTS, cells) == shown


def test_an_id_number_in_the_place_of_the_case_number() -> None:
    found = parts_of(NUMBERS, "990101199001011234\n\n13000000000")
    assert found["id_number"] == "990101199001011234"
    assert "case_no" not in found


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
def test_who_has_been_there(text: str, visitor: str | None, phone: str | None) -> None:
    found = parts_of(VISITOR, text)
    assert (found.get("visitor"), found.get("visitor_phone")) == (visitor, phone)


def _column(rules: Rules, key: str) -> SheetColumn:
    found: SheetColumn = next(each for each in rules.sheets.village.columns if each.key == key)
    return found
