"""Whose line it is, and which of its printed cells were changed."""

from __future__ import annotations

import pytest

from loubao.returns.identification import Identified, changed_cells, identify
from loubao.returns.page import Line
from loubao.returns.terms import HIDDEN_CASE, HIDDEN_EDITION
from tests.people import number
from tests.returns.test_verification import TODAY, Files, files, no, sheet

__all__ = ["files"]


def test_a_line_without_its_key_belongs_to_the_edition_that_it_reads_like(files: Files) -> None:
    printed = [{"name": "甲", "clues": clue} for clue in ("一", "一", "二")]
    rows = {(i, 1): ({"cells": cells}, None) for i, cells in enumerate(printed, start=1)}
    sheets = {i: sheet(i, 3) for i in (1, 2, 3)}
    files.change(rows=rows, sheets=sheets, sent_on={1: (1, 2, 3)})
    headers = {"name": "姓名", "clues": "线索内容"}
    for clue, edition in (("一", 2), ("二", 3), ("三", 3)):
        cells = {"case_no": no(1), "name": "甲", "clues": clue}
        known = identify(Line("表", "", 5, cells, headers), files.excerpt, files.terms(TODAY))
        assert not isinstance(known, tuple)
        assert (known.edition_id, known.keyed) == (edition, False)


OVER = [
    ("name", "甲1", "甲 1", None),
    ("name", "甲1", "乙", "PERSON_OVERWRITTEN"),
    ("name", "甲1", "", "LOCKED_CHANGED"),
    ("name", "不详", "甲1", "LOCKED_CHANGED"),
    ("id_number", "350599********1234", "350599199001011234", "LOCKED_CHANGED"),
    ("id_number", "350599********1234", "350599199001014321", "PERSON_OVERWRITTEN"),
    ("id_number", "缺", "350599199001014321", "LOCKED_CHANGED"),
    ("phone", "13000000000", "１3000000000", None),
    ("clues", "①甲\n②乙", "①甲②乙", None),
    ("clues", "2021-09-06发证", "2021年9月6日\n发证", None),  # as it is printed
    ("clues", "2021-09-06发证", "2021年9月7日发证", "LOCKED_CHANGED"),
    ("address", "上浦村1号", "上浦村2号", "LOCKED_CHANGED"),
]


@pytest.mark.parametrize(("key", "shown", "found", "code"), OVER)
def test_printed_cells(files: Files, key: str, shown: str, found: str, code: str | None) -> None:
    files.change(rows={(1, 1): ({"cells": {key: shown}}, None)})
    (reply,) = files.replies([(1, {key: found} if found else {})], 1, TODAY)
    issues, overwritten = changed_cells(reply.origin, files.terms(TODAY))
    assert [issue[4] for issue in issues] == ([code] if code else [])
    assert overwritten == (code == "PERSON_OVERWRITTEN")


WRITTEN = {"name": "林秀英", "id_number": number("19600305", 22), "id_pattern": None}
STARRED = f"{WRITTEN['id_number'][:6]}********{WRITTEN['id_number'][-4:]}"
BARE = [
    ({}, False),
    ({"name": "林秀英"}, True),
    ({"name": "林 秀英（母）"}, True),
    ({"name": "庄建国"}, False),
    ({"name": "林*英"}, False),
    ({"name": "无"}, False),
    ({"id_number": WRITTEN["id_number"]}, True),
    ({"id_number": STARRED}, True),
    ({"id_number": "*" * 18}, False),
    ({"name": "庄建国", "id_number": STARRED}, True),
    ({"name": "庄建国", "id_number": number("19710809", 23)}, False),
]


@pytest.mark.parametrize(("cells", "taken"), BARE)
@pytest.mark.parametrize("issued", [True, False], ids=["on a sheet", "on none"])
@pytest.mark.parametrize("keys", [{}, {HIDDEN_CASE: no(1)}, {HIDDEN_EDITION: "2022-06/1/00000000"}])
def test_a_case_number_alone_is_no_answer_of_its_person(
    files: Files, cells: dict[str, str], taken: bool, issued: bool, keys: dict[str, str]
) -> None:
    if HIDDEN_EDITION in keys and not issued:
        return  # there is no such line
    printed = {"name": "林秀英", "id_number": STARRED} if issued else {}
    rows = {(1, 1): ({"cells": printed}, None)} if issued else {}
    files.change(rows=rows, sent_on={1: (1,)} if issued else {}, written={1: WRITTEN})
    headers = {key: key for key in (*cells, "case_no")}
    line = Line("表", "", 5, {"case_no": no(1), **cells, **keys}, headers)
    known = identify(line, files.excerpt, files.terms(TODAY))
    assert isinstance(known, Identified) == taken
    if isinstance(known, tuple):
        assert known[4] == "CASE_UNCONFIRMED"


def test_the_hidden_keys_are_enough(files: Files) -> None:
    keys = {HIDDEN_CASE: no(1), HIDDEN_EDITION: "2022-06/1/00000000"}
    known = identify(Line("表", "", 5, keys, {}), files.excerpt, files.terms(TODAY))
    assert isinstance(known, Identified)


def test_an_edition_of_any_number_of_digits_is_no_edition(files: Files) -> None:
    keys = {HIDDEN_CASE: no(1), HIDDEN_EDITION: f"2022-06/{'9' * 32_000}/0"}
    known = identify(Line("表", "", 5, keys, {}), files.excerpt, files.terms(TODAY))
    assert isinstance(known, tuple) and known[4] == "KEY_UNKNOWN"


APART = {
    "clues and benefits of another": ({"clues": "二", "benefits": "低保"}, True),
    "no more another's than their own": ({"clues": "二", "benefits": "未查到"}, False),
    "their own": ({"clues": "一", "benefits": "未查到"}, False),
    "corrected by the village": ({"clues": "一，已还", "benefits": "未查到"}, False),
    "not there": ({}, False),
}


@pytest.mark.parametrize("case", APART)
def test_the_person_alone_is_sorted(files: Files, case: str) -> None:
    """Of a sheet without hidden keys: the answers stand with what was not sorted."""
    found, apart = APART[case]
    people = [
        {"name": "甲", "clues": "一", "benefits": "未查到"},
        {"name": "乙", "clues": "二", "benefits": "低保"},
    ]
    rows = {(1, i): ({"cells": cells}, None) for i, cells in enumerate(people, start=1)}
    files.change(rows=rows, sheets={1: sheet(1, 3)}, sent_on={1: (1,), 2: (1,)})
    headers = {"name": "姓名", "clues": "线索内容", "benefits": "已享受待遇", "case_no": "编号"}
    line = Line("表", "", 5, {"case_no": no(1), "name": "甲", **found}, headers)
    known = identify(line, files.excerpt, files.terms(TODAY))
    assert (not isinstance(known, Identified)) == apart
    assert not apart or known[4] == "KEY_MISMATCH"  # type: ignore[index]
