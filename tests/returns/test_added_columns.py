"""Columns that a village adds to its sheet: the words stay with the answer, and are told once."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from loubao.ledger.connection import reading
from loubao.rules.folder import Rules
from tests.people import number
from tests.round import Pen, Round, issue

DIFFICULT = {"visited_on": "2022-07-05", "result": "疑难"}


@pytest.fixture
def desk(rules: Rules, tmp_path: Path) -> Round:
    issue(tmp_path, rules)
    return Round(tmp_path, rules)


def with_columns(desk: Round, columns: dict[str, dict[int, str]], *added: str) -> Path:
    """上浦村's sheet with an answer for its cases 1 to 3 and more columns: header → case → words.

    `added`: words in the first of these columns for a person added by hand.
    """
    path = desk.sheet()
    pen = Pen(path, desk.rules)
    for case in (1, 2, 3):
        for key, value in DIFFICULT.items():
            pen.write(case, key, value)
    pen.write(2, "remark", "腿脚不便")
    place = pen.page.max_column
    rows = [pen.add(name="林新来", id_number=number("19770701", 13), **DIFFICULT) for _ in added]
    for header, cells in columns.items():
        place += 1
        pen.page.cell(pen.header_row, place).value = header or None
        for case, words in cells.items():
            pen.page.cell(pen.row(case), place).value = words
        for row, words in zip(rows, added, strict=True):
            pen.page.cell(row, place).value = words
    pen.save()
    return path


def remark(desk: Round, case: int) -> str | None:
    answers = [each.detail for each in desk.events(case) if "answers" in each.detail]
    return answers[-1]["answers"].get("remark") if answers else None


def told(desk: Round) -> list[tuple[str, str]]:
    """Column and sentence of each column that was added, as printed."""
    page = openpyxl.load_workbook(desk.root / "out/回收问题.xlsx")["回收问题"]
    rows = [tuple(map(str, row)) for row in page.values]
    return [(row[3], row[5]) for row in rows if row[4] == "村里自己加的栏"]


def test_the_words_are_kept_and_the_column_is_told_once(desk: Round) -> None:
    columns = {"家庭情况": {1: "儿子 残疾", 2: "独居", 3: "无"}, "备注2": {2: "有存款"}}
    with_columns(desk, columns)
    report = desk.collect()
    assert report["counts"]["posted"] == 3
    assert remark(desk, 1) == "家庭情况：儿子 残疾"
    assert remark(desk, 2) == "腿脚不便；家庭情况：独居；备注2：有存款"
    assert remark(desk, 3) is None
    assert desk.codes(report) == {"COLUMN_ADDED": 2}
    sentence = "表上没有这一栏，{}人写的话已记入各人的备注"
    assert told(desk) == [("备注2", sentence.format(1)), ("家庭情况", sentence.format(2))]


def test_words_beside_the_table(desk: Round) -> None:
    with_columns(desk, {"": {1: "已去厦门"}})
    assert desk.codes(desk.collect()) == {"COLUMN_ADDED": 1}
    kept = remark(desk, 1)
    assert kept is not None and kept.endswith("列：已去厦门")


@pytest.mark.parametrize(
    "columns",
    [
        {"序号": {1: "1", 2: "2", 3: "3"}},
        {"": {1: "1", 2: "2", 3: "3"}},
        {"家庭情况": {}},
        {"家庭情况": {1: "无", 2: "/"}},
    ],
)
def test_what_says_nothing(desk: Round, columns: dict[str, dict[int, str]]) -> None:
    with_columns(desk, columns)
    assert desk.codes(desk.collect()) == {}
    assert [remark(desk, case) for case in (1, 2, 3)] == [None, "腿脚不便", None]


def test_of_a_person_added_by_hand(desk: Round) -> None:
    with_columns(desk, {"子女情况": {1: "一子"}}, "两女均出嫁")
    report = desk.collect()
    assert desk.codes(report) == {"COLUMN_ADDED": 1, "PERSON_ADDED": 1}
    assert remark(desk, 7) == "子女情况：两女均出嫁"
    assert told(desk) == [("子女情况", "表上没有这一栏，2人写的话已记入各人的备注")]
    with reading(desk.ledger) as connection:
        texts = [str(row) for row in connection.execute("SELECT * FROM event")]
    assert any("两女均出嫁" in text for text in texts)


def test_without_a_result_nothing_is_said_to_be_kept(desk: Round) -> None:
    """The words alone are no answer: the line is told, as a remark alone is."""
    path = with_columns(desk, {"家庭情况": {4: "在外地"}})
    report = desk.collect()
    assert desk.codes(report)["RESULT_MISSING"] == 1, path
    assert remark(desk, 4) is None
