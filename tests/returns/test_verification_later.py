"""The same words on the sheet of a later month, and doubles that say something else beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from loubao.returns.identification import identify
from loubao.returns.page import Line
from loubao.returns.verification import Verified, verify
from loubao.rules.folder import Rules
from tests.returns.test_verification import DIFFICULT, FIT, TODAY, Files, codes, no, sheet

JUNE, JUNE_AGAIN, JULY = 1, 2, 3
LATER = dt.date(2022, 8, 20)
UNDATED = {"result": "退回", "remark": "在外地"}
APPLIED = {"result": "已申请"}


@pytest.fixture
def files(rules: Rules) -> Files:
    """Three editions: two of June and one of July."""
    files = Files(rules)
    july = replace(sheet(1, 1, "2022-07-31"), edition_id=JULY, month="2022-07")
    rows = {(edition, 1): files.excerpt.rows[1, 1] for edition in (JUNE, JUNE_AGAIN, JULY)}
    files.change(sheets={JUNE: sheet(1, 2), JUNE_AGAIN: sheet(2, 2), JULY: july}, rows=rows)
    return files


def together(
    files: Files, *lines: tuple[int, Mapping[str, str]], as_of: dt.date = LATER
) -> Verified:
    """Verify lines `(edition, cells)` about the first case in one run; nothing is posted."""
    replies = [
        reply for edition, cells in lines for reply in files.replies([(1, cells)], edition, as_of)
    ]
    return verify(replies, files.excerpt, files.terms(as_of))


SAME_WORDS = [
    # the sheet of the second answer, what becomes of it
    (JUNE, "unchanged"),
    (JUNE_AGAIN, "unchanged"),
    (JULY, "posted"),
]


@pytest.mark.parametrize("words", [DIFFICULT, UNDATED, APPLIED])
@pytest.mark.parametrize(("edition", "outcome"), SAME_WORDS)
def test_the_same_words_again(
    files: Files, words: dict[str, str], edition: int, outcome: str
) -> None:
    files.collect((1, words), edition=JUNE)
    done = files.collect((1, words), edition=edition, as_of=LATER)
    assert (done.outcomes, codes(done)) == ([outcome], [])
    assert len(done.events) == (outcome == "posted")
    assert all(event.edition_id == edition for event in done.events)
    assert files.collect((1, words), edition=edition, as_of=LATER).outcomes == ["unchanged"]
    assert files.collect((1, words), edition=JUNE, as_of=LATER).outcomes == ["unchanged"]


@pytest.mark.parametrize(
    ("clues", "outcome"), [("同上月", "unchanged"), ("2022年6月起，疑难", "posted")]
)
def test_without_a_key_it_must_read_like_the_later_sheet(
    files: Files, clues: str, outcome: str
) -> None:
    """What reads alike on both sheets may as well be the old file once more."""
    rows = {
        (JUNE, 1): ({"cells": {"clues": "同上月"}}, None),
        (JULY, 1): ({"cells": {"clues": clues}}, None),
    }
    files.change(rows=rows, sent_on={1: (JUNE, JULY)}, written={1: {"name": "甲一"}})
    files.collect((1, UNDATED), edition=JUNE)
    (reply,) = files.replies([(1, UNDATED)], JULY, LATER)
    cells = {"case_no": no(1), "name": "甲一", "clues": clues}
    line = Line("表.csv", "", 5, cells, {"clues": "线索内容"})
    known = identify(line, files.excerpt, files.terms(LATER))
    assert not isinstance(known, tuple)
    done = verify([replace(reply, origin=known)], files.excerpt, files.terms(LATER))
    assert done.outcomes == [outcome]


def test_the_old_sheet_does_not_contradict_the_new_one(files: Files) -> None:
    """Both lie in the folder; what June's says is posted already."""
    files.collect((1, UNDATED), edition=JUNE)
    done = together(files, (JUNE, UNDATED), (JULY, APPLIED))
    assert (done.outcomes, codes(done)) == (["unchanged", "posted"], [])
    done = together(files, (JUNE, UNDATED), (JUNE_AGAIN, APPLIED))
    assert set(codes(done)) == {"ANSWERS_CONFLICT"}


ALONE, ILL = {**FIT, "remark": "独居"}, {**FIT, "remark": "有病人"}
DOUBLES = [
    # two lines of one sheet; what becomes of the second, and when it is collected again; what is said
    (FIT, FIT, "repeated", "unchanged", "ANSWER_REPEATED"),
    (ALONE, FIT, "repeated", "repeated", "ANSWER_REPEATED"),
    (ALONE, ILL, "out", "out", "ANSWERS_DIFFER"),
    (FIT, {**FIT, "visited_on": "7.1"}, "out", "out", "ANSWERS_DIFFER"),
]


@pytest.mark.parametrize(("first", "second", "outcome", "then", "code"), DOUBLES)
def test_doubles(
    files: Files, first: dict[str, str], second: dict[str, str], outcome: str, then: str, code: str
) -> None:
    done = files.collect((1, first), (1, second), edition=JUNE_AGAIN)
    assert (done.outcomes, codes(done)) == (["posted", outcome], [code])
    again = files.collect((1, first), (1, second), edition=JUNE_AGAIN)
    assert (again.outcomes, again.events) == (["unchanged", then], [])


def test_what_is_lost_of_a_double_is_named(files: Files) -> None:
    done = files.collect((1, ALONE), (1, ILL), edition=JUNE_AGAIN, as_of=TODAY)
    (issue,) = done.issues
    assert issue[2] == 6
    assert "第5行" in issue[5] and "备注" in issue[5]
    assert "独居" not in issue[5] and "有病人" not in issue[5]
