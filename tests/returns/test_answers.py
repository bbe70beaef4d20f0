"""Cells that a village fills in: what each kind of column takes, and what is wrong with the rest."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.returns.answers import with_year
from tests.returns.test_verification import TODAY, Files, files

__all__ = ["files"]

CELLS = [
    # column, written, read, code
    ("result", "已核查符合", "已核查符合", None),
    ("result", " 已核查 符合\n", "已核查符合", None),
    ("result", "不符合", "已核查不符合", None),
    ("result", "符合条件", None, "ANSWER_NOT_CHOICE"),
    ("result", "已核查符合,已申请", None, "ANSWER_NOT_CHOICE"),
    ("alive", "是", "是", None),
    ("alive", "在", None, "ANSWER_NOT_CHOICE"),
    ("alive", "/", "", None),
    ("visited_on", "2022-07-05", "2022-07-05", None),
    ("visited_on", "2022年7月5日", "2022-07-05", None),
    ("visited_on", "７月５日", "2022-07-05", None),
    ("visited_on", "7.5", "2022-07-05", None),
    ("visited_on", "7/15", "2022-07-15", None),
    ("visited_on", "44747", "2022-07-05", None),
    ("visited_on", "2022-07-05 08:30:00", "2022-07-05", None),
    ("visited_on", "7月21日", None, "VISIT_DATE_OUTSIDE"),
    ("visited_on", "2023-07-05", None, "VISIT_DATE_OUTSIDE"),
    ("visited_on", "2022-05-29", None, "VISIT_DATE_OUTSIDE"),
    ("visited_on", "2022-06-31", None, "DATE_UNREADABLE"),
    ("visited_on", "上周", None, "DATE_UNREADABLE"),
    ("household_size", "3", "3", None),
    ("household_size", "３ 人", "3", None),
    ("household_size", "3.0", "3", None),
    ("household_size", "0", None, "ANSWER_NOT_NUMBER"),
    ("household_size", "三", None, "ANSWER_NOT_NUMBER"),
    ("household_size", "31", None, "ANSWER_NOT_NUMBER"),
    ("visitor", " 陈 主任 ", "陈 主任", None),
    ("why_not", "无", "", None),
]


@pytest.mark.parametrize(("column", "text", "read", "code"), CELLS)
def test_a_cell(files: Files, column: str, text: str, read: str | None, code: str | None) -> None:
    (reply,) = files.replies([(1, {column: text})], 1, TODAY)
    found = [issue[4] for issue in reply.answer.issues if issue[4] != "ANSWER_NEEDED"]
    assert found == ([code] if code else [])
    if read is not None:
        assert reply.answer.texts.get(column, "") == read


@given(st.dates(dt.date(2021, 7, 21), TODAY))
def test_a_date_without_a_year_is_the_last_such_day(day: dt.date) -> None:
    pattern = r"^([0-9]{1,2})[./月]([0-9]{1,2})日?$"
    for text in (f"{day.month}.{day.day}", f"{day.month}月{day.day}日"):
        assert with_year(text, TODAY, pattern) == day.isoformat()
