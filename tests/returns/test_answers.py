"""Cells that a village fills in: what each kind of column takes, and what becomes of the rest."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.books.village_sheet import _checks
from loubao.returns.answers import Window, window
from loubao.returns.terms import Terms
from loubao.returns.typed_cells import plain, with_year
from loubao.rules.sheet_columns import stacks
from tests.returns.test_verification import TODAY, Files, _shipped, files

__all__ = ["files"]

REMARK = "ANSWER_AS_REMARK"
CELLS = [
    # column, written, read ("" nothing), code
    ("alive", "是", "是", None),
    ("alive", "在世。", "是", None),
    ("alive", "已故", "否", None),
    ("alive", "不在", "", REMARK),  # dead, or not at home
    ("alive", "/", "", None),
    ("alive", "不详", "", REMARK),
    ("visit_mode", "上门", "入户", None),
    ("visit_mode", "托人打听", "", REMARK),
    ("resident", "在外务工", "否", None),
    ("resident", "有时在", "", REMARK),
    ("proposed_type", "农村低保", "低保", None),
    ("proposed_type", "困难补助", "", REMARK),
    ("visited_on", "2022-07-05", "2022-07-05", None),
    ("visited_on", "2022年7月5日", "2022-07-05", None),
    ("visited_on", "７月５日", "2022-07-05", None),
    ("visited_on", "7.5", "2022-07-05", None),
    ("visited_on", "7/15", "2022-07-15", None),
    ("visited_on", "7月5日下午", "2022-07-05", None),
    ("visited_on", "2022-7-5 上午", "2022-07-05", None),
    ("visited_on", "44747", "2022-07-05", None),
    ("visited_on", "2022-07-05 08:30:00", "2022-07-05", None),
    ("visited_on", "7月21日", "", REMARK),
    ("visited_on", "2023-07-05", "", REMARK),
    ("visited_on", "2022-05-29", "", REMARK),
    ("visited_on", "2022-06-31", "", REMARK),
    ("visited_on", "7月上旬", "", REMARK),
    ("household_size", "3", "3", None),
    ("household_size", "３ 人", "3", None),
    ("household_size", "3.0", "3", None),
    ("household_size", "三人", "3", None),
    ("household_size", "独居", "1", None),
    ("household_size", "0", "", REMARK),
    ("household_size", "31", "", REMARK),
    ("household_size", "未知", "", REMARK),
    ("visitor", " 陈 主任 ", "陈 主任", None),
    ("visitor_phone", "没有", "没有", None),
    ("visitor_phone", "同上", "", REMARK),  # nobody stands above
    ("visited_on", "同上", "", REMARK),
    ("why_not", "无", "", None),
]


@pytest.mark.parametrize(("column", "text", "read", "code"), CELLS)
def test_a_side_column(files: Files, column: str, text: str, read: str, code: str | None) -> None:
    """Whatever stands there, the result is posted, and the words stay."""
    line = {"result": "已核查符合", "proposed_type": "低保", column: text}
    (reply,) = files.replies([(1, line)], 1, TODAY)
    answer = reply.answer
    assert answer.sound and answer.meaning is not None
    assert answer.texts.get(column, "") == read
    assert [issue[4] for issue in answer.issues] == ([code] if code else [])
    header = files.terms(TODAY).headers[column]
    told = text == "在外务工"
    kept = f"{header}：{text}" if code or told else None
    assert answer.texts.get("remark") == kept
    if code:
        assert answer.issues[0][3] == header


RESULTS = [
    ("已核查符合", "已核查符合"),
    (" 已核查 符合\n", "已核查符合"),
    ("不符合", "已核查不符合"),
    ("基本符合", None),
    ("已核查符合,已申请", None),
]


@pytest.mark.parametrize(("text", "read"), RESULTS)
def test_a_result(files: Files, text: str, read: str | None) -> None:
    """Without a result there is no answer: each word that is no choice is to be mended."""
    line = {"result": text, "proposed_type": "低保", "why_not": "收入超标", "alive": "大概"}
    (reply,) = files.replies([(1, line)], 1, TODAY)
    found = [issue[4] for issue in reply.answer.issues]
    assert found == ([REMARK] if read else ["ANSWER_NOT_CHOICE", "ANSWER_NOT_CHOICE"])
    assert reply.answer.sound == (read is not None)
    if read:
        assert reply.answer.texts["result"] == read


def test_words_are_kept_behind_the_remark(files: Files) -> None:
    odd = {
        "remark": "不在家",
        "visit_mode": "托人",
        "same_person": "不清楚",
        "household_size": "几口",
    }
    (reply,) = files.replies([(1, {"result": "疑难", **odd})], 1, TODAY)
    kept = "不在家；核查方式：托人；家庭人口：几口；是否同一人：不清楚"
    assert (reply.answer.texts["remark"], reply.answer.same) == (kept, None)


@given(
    st.dictionaries(
        st.sampled_from(["visited_on", "visit_mode", "household_size", "alive", "resident"]),
        st.text(min_size=1, max_size=12).filter(str.strip),
    )
)
def test_no_word_is_lost(odd: dict[str, str]) -> None:
    """Read as the column asks, or kept; only a stroke or 无 says nothing."""
    files = Files(_shipped())
    (reply,) = files.replies([(1, {"result": "疑难", **odd})], 1, TODAY)
    assert reply.answer.sound
    named = {issue[3] for issue in reply.answer.issues}
    remark = reply.answer.texts.get("remark", "")
    for key, text in odd.items():
        header = files.terms(TODAY).headers[key]
        blank = plain(text) in (_shipped().returns.blank or ())
        assert key in reply.answer.texts or blank or header in named
        if header in named:
            assert " ".join(text.split()) in remark


@pytest.mark.parametrize("issued_on", [dt.date(2022, 6, 30), dt.date(2021, 12, 1)])
def test_days_of_the_sheet_are_days_of_the_return(files: Files, issued_on: dt.date) -> None:
    """The drop-down of the sheet and the reading allow the same days, none after the collecting."""
    sheets = files.rules.sheets
    checks = _checks(stacks(sheets.village.columns), sheets, issued_on, 4, 9)
    (allowed,) = [check.dates for check in checks if check.dates]
    far = dt.date(2030, 1, 1)
    assert window(issued_on, Terms(files.rules, far)) == Window(*allowed)
    assert window(issued_on, files.terms(TODAY)).last == min(allowed[1], TODAY)


@given(st.dates(dt.date(2021, 7, 21), TODAY))
def test_a_date_without_a_year_is_the_last_such_day(day: dt.date) -> None:
    pattern = r"^([0-9]{1,2})[./月]([0-9]{1,2})日?$"
    for text in (f"{day.month}.{day.day}", f"{day.month}月{day.day}日"):
        assert with_year(text, TODAY, pattern) == day.isoformat()
