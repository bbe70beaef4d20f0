"""Cells of boxes as villages fill them in: every way of ticking is read, or told; none is guessed."""

from __future__ import annotations

import pytest

from loubao.layout.form_cells import boxes
from loubao.returns.answers import Answer
from loubao.returns.ticked_boxes import Signs, answered, ticked
from loubao.rules.folder import Rules
from loubao.rules.sheet_columns import SheetColumn
from tests.returns.test_verification import TODAY, Files, files

__all__ = ["files"]

ALL = "□符合 □不符合\n□已申请 □已纳入\n□疑难 □退回"
TICKED = [
    # what stands in the cell, what is ticked; None: no cell of boxes, or nobody knows
    (ALL, []),
    ("○符合 ○不符合\n○已申请 ○已纳入", []),
    ("☑符合 □不符合\n□已申请 □已纳入\n□疑难 □退回", ["已核查符合"]),
    ("□符合 ☑不符合", ["已核查不符合"]),
    ("□符合 √不符合\n□已申请", ["已核查不符合"]),
    ("□√符合 □不符合", ["已核查符合"]),
    ("√□符合 □不符合", ["已核查符合"]),
    ("□符合√ □不符合", ["已核查符合"]),
    ("□符合 □不符合√", ["已核查不符合"]),
    ("■疑难", ["疑难"]),
    ("退回√", ["退回"]),
    ("v退回", ["退回"]),
    ("V不符合 □符合", ["已核查不符合"]),
    ("☑️符合 □不符合", ["已核查符合"]),
    ("□符合☑不符合□疑难", ["已核查不符合"]),
    ("☑已核查符合 □疑难", ["已核查符合"]),
    ("[√]符合 [ ]不符合 [ ]疑难", ["已核查符合"]),
    ("□符合（√） □不符合", ["已核查符合"]),
    ("●符合 ○不符合 ○疑难", ["已核查符合"]),
    # one that stands out among boxes as they were printed
    *((ALL.replace("□不", f"{sign}不"), ["已核查不符合"]) for sign in "○⭕☒xX"),
    (ALL.replace("□不符合", "（不符合）"), ["已核查不符合"]),
    (ALL.replace("□不符合", "□【不符合】"), ["已核查不符合"]),
    (ALL.replace("□疑难", "疑难"), ["疑难"]),
    (f"疑难\n{ALL}", ["疑难"]),
    (f"{ALL}\n疑难", ["疑难"]),
    ("□符合 ☒不符合", ["已核查不符合"]),
    # what is struck out
    (ALL.replace("□", "☒").replace("☒疑", "☑疑"), ["疑难"]),
    (ALL.replace("□", "×").replace("×疑", "√疑"), ["疑难"]),
    (ALL.replace("□", "×").replace("×疑", "□疑"), ["疑难"]),
    # the only choice that is left
    ("□符合", ["已核查符合"]),
    ("○符合", ["已核查符合"]),
    ("【符合】", ["已核查符合"]),
    # more than one, or nobody knows which
    ("☑符合 ☑不符合", ["已核查符合", "已核查不符合"]),
    ("√符合 √退回", ["已核查符合", "退回"]),
    ("○符合 ○不符合 □疑难", ["已核查符合", "已核查不符合"]),
    (f"疑难\n{ALL.replace('□不', '□√不')}", ["已核查不符合", "疑难"]),
    (f"疑难\n{ALL.replace('□不', '√不')}", None),
    ("x符合", None),
    ("□符合 x不符合", None),
    ("□符合 ×不符合", None),
    (ALL.replace("□符", "×符"), None),
    ("符合 不符合 □已申请", None),
    ("符合□ 不符合□ 疑难□", None),
    ("符合□√ 不符合□", None),
    ("符合√不符合", None),
    ("符合", None),
    ("已核查符合", None),
    ("□符合 □不符合 家里没人", None),
    ("", None),
    ("√", None),
    ("□", None),
]


def _column(rules: Rules, key: str) -> SheetColumn:
    return next(column for column in rules.sheets.village.columns if column.key == key)


@pytest.mark.parametrize(("text", "found"), TICKED)
def test_what_is_ticked(rules: Rules, text: str, found: list[str] | None) -> None:
    column = _column(rules, "result")
    assert ticked(text, column.labels, Signs.of(rules.returns)) == found


def test_every_box_that_is_ticked_is_read_as_its_choice(rules: Rules) -> None:
    box, signs = rules.sheets.village.box, Signs.of(rules.returns)
    for column in rules.sheets.village.columns:
        for choice, label in column.labels.items():
            start, behind = boxes(column, box).split(f"{box}{label}", 1)
            for tick in signs.ticks:
                for ways in (f"{tick}{label}", f"{box}{tick}{label}", f"{box}{label}{tick}"):
                    text = f"{start}{ways}{behind}"
                    assert ticked(text, column.labels, signs) == [choice], text
            for ways in (*signs.circles, "☒", "", f"{label}\n{box}"):
                text = f"{start}{ways}{label}{behind}"
                assert ticked(text, column.labels, signs) == [choice], text


def test_words_beside_the_boxes_are_the_answer(rules: Rules) -> None:
    column = _column(rules, "proposed_type")
    printed = boxes(column, rules.sheets.village.box)
    assert answered(f"农村低保\n{printed}", column, Signs.of(rules.returns)) == "农村低保"


def _answer(files: Files, **line: str) -> Answer:
    return files.replies([(1, line)], 1, TODAY)[0].answer


UNCLEAR = [
    (ALL.replace("□符", "×符"), "看不出勾的是哪一个"),
    ("☑符合 ☑不符合", "勾了不止一个（已核查符合、已核查不符合）"),
    ("基本符合", "应为：已核查符合"),
]


@pytest.mark.parametrize(("text", "said"), UNCLEAR)
def test_what_nobody_can_read_is_told(files: Files, text: str, said: str) -> None:
    answer = _answer(files, result=text, proposed_type="低保")
    assert answer.meaning is None
    assert [issue[4] for issue in answer.issues] == ["ANSWER_NOT_CHOICE"]
    assert answer.issues[0][5].startswith(said)
