"""No cell of a returned sheet ends a run: odd cells in every column, on lines of every kind.

What was printed, what has lost its keys and what was added by hand: each line is an answer of its
own person, or an issue names its row.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from loubao.ledger.connection import reading
from loubao.ledger.postings import events_of
from loubao.rules.folder import Rules
from loubao.rules.sheet_columns import stacks
from tests.people import number
from tests.round import SHEET, Round, case_no, issue

HIDDEN = ("case_no", "person_key", "edition")
ODD = (
    *("990101196003050119", "6217001234567890123", "18446744073709551615", "9" * 5_000, "1" * 309),
    *("1e999", "inf", "nan", "-0", "0", "13", "00013", "1/3", "²", "٣٤٥", "５", "万", "二十"),
    *("0000-00-00", "0001-01-01", "9999-12-31T16:00:00Z", "80000", "2958466", "1900-02-29", "6.31"),
    *("31/31/2021", "00000000", "99.99.99", "二〇二二年十三月", "2022-W01-1", "13.13", "7/5"),
    *("\x00", "\x1b[31m", "\u202e张三", "\ufeff", "\u200b" * 50, "😀" * 50, "\U000f0000", "\uffff"),
    *(
        "=1+1",
        "@SUM(A1)",
        "'",
        '"',
        "\\",
        "{0}",
        "{place}",
        "%s",
        "&amp;",
        "[",
        "(" * 300,
        "*",
        "?",
    ),
    *(
        "张" * 5_000,
        "、" * 300,
        "\t",
        "\n",
        "甲\r\n乙",
        "无",
        "/",
        "合计",
        "合计自付52000元",
        "小计：3",
    ),
    *(
        "制表人：",
        "制表人：张三",
        "备注：无",
        "姓名",
        "编号",
        "核查结果",
        "签字：",
        "TRUE",
        "NULL",
        "缺",
    ),
    *(
        "104-2022-99999",
        "104/2022/00001",
        "１０４－２０２２－１",
        "2022-06/1/00000000",
        "上浦村",
        "后亭村",
    ),
)
ANSWER = {"visited_on": "2022-07-05", "result": "疑难"}


def _people(count: int) -> list[tuple[str, str, int, str]]:
    """So many people of one village, each with a name and a number of their own."""
    first, given = "王李张刘陈杨赵黄周吴", "一丁七万丈三上下不与丐丑专且丕世丘丙业丛"
    return [
        (
            first[i % 10] + given[i // 10 % 20] + given[i // 200 % 20],
            f"{1930 + i // 900}0305",
            i % 900 + 1,
            "上浦村",
        )
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def columns(rules: Rules) -> list[str]:
    return [column.key for column in rules.sheets.village.columns]


@pytest.fixture(scope="module")
def issued(rules: Rules, columns: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("issued")
    issue(root, rules, _people((len(columns) + len(HIDDEN)) * len(ODD)))
    return root


@pytest.fixture
def desk(issued: Path, rules: Rules, tmp_path: Path) -> Round:
    shutil.copytree(issued, tmp_path, dirs_exist_ok=True)
    return Round(tmp_path, rules)


def _texts(path: Path) -> list[list[str]]:
    page = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    return [["" if cell is None else str(cell) for cell in row] for row in page.values]


def _keyed(cells: dict[str, str], _: int) -> None:
    """As it was printed."""


def _bare(cells: dict[str, str], _: int) -> None:
    for key in HIDDEN:
        cells[f"hidden {key}"] = ""


def _by_hand(cells: dict[str, str], i: int) -> None:
    name, born, sequence, village = _people(i + 1)[i]
    cells |= dict.fromkeys(cells, "")
    person = {"name": name[::-1], "id_number": number(f"2{born[1:]}", sequence, "350598")}
    cells |= {**person, "village": village, **ANSWER}


#: Every so many of the odd cells; they share no divisor with the number of the words.
_STEPS = (7, 3)


@pytest.mark.parametrize("kind", [_keyed, _bare, _by_hand])
def test_any_cell_of_any_line(
    desk: Round, columns: list[str], kind: Callable[[dict[str, str], int], None]
) -> None:
    rows = _texts(desk.root / "issued" / SHEET["上浦村"])
    top = next(i for i, row in enumerate(rows) if "edition" in row)
    together = {
        "".join(column.header for column in stack): [column.key for column in stack]
        for stack in stacks(desk.rules.sheets.village.columns)
    }
    # without the hidden columns of what shares a cell: they would say it for the odd cell
    seen = [text in HIDDEN or "".join(text.split()) in together for text in rows[top]]
    rows = [[text for text, kept in zip(row, seen, strict=False) if kept] for row in rows]
    keys = [f"hidden {text}" if text in HIDDEN else "" for text in rows[top]]
    keys = [
        [key] if key else together["".join(text.split())]
        for key, text in zip(keys, rows[top], strict=True)
    ]
    places = [*columns, *(f"hidden {key}" for key in HIDDEN)]
    if kind is not _keyed:
        places = columns
    numbers: dict[int, str] = {}
    lines = [rows[top]]
    # a line without keys is held against everybody: not every word in every column, but all of both
    step = _STEPS[kind is _keyed]
    tried: dict[int, str] = {}
    for i in range(0, len(places) * len(ODD), step):
        cells = _apart(keys, rows[top + 1 + i]) | ANSWER
        numbers[len(lines) + 1] = case_no(i + 1)
        tried[len(lines) + 1] = places[i // len(ODD)]
        kind(cells, i)
        cells[places[i // len(ODD)]] = ODD[i % len(ODD)]
        # of a cell of more than 4,096 characters the beginning is read, here with what shares it
        most = (10_000, 4_000)
        lines.append(
            [
                "\n".join(cells[key][: most[len(of_cell) > 1]] for key in of_cell).rstrip()
                for of_cell in keys
            ]
        )
    desk.back.mkdir()
    with (desk.back / "上浦村.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    report = desk.collect()
    assert report["counts"]["rows"] == len(lines)
    named = _named(desk.root / "out" / "回收问题.xlsx")
    posted = _posted(desk)
    before = {no: row for row, no in numbers.items()}
    for row in numbers:
        assert row in posted or row in named, (row, tried[row], lines[row - 1])
    for row, no in posted.items():
        assert before.get(no) in ((None, row)[kind is not _by_hand :]), (row, no)


def _apart(keys: list[list[str]], row: list[str]) -> dict[str, str]:
    """The cells of a row by column, also of those that share one, a line each."""
    cells: dict[str, str] = {}
    for of_cell, text in zip(keys, row, strict=True):
        lines = text.split("\n", len(of_cell) - 1)
        cells |= dict(zip(of_cell, [*lines, *[""] * len(of_cell)], strict=False))
    return cells


def _named(problems: Path) -> set[int]:
    """The rows that the list of problems names: `12`, `14-17、19`."""
    pages = openpyxl.load_workbook(problems, read_only=True).worksheets
    texts = [str(row[2]) for row in pages[1].values if len(row) > 2]
    spans = [span.split("-") for text in texts for span in text.split("、")]
    return {
        row
        for span in spans
        if all(map(str.isdecimal, span))
        for row in range(int(span[0]), int(span[-1]) + 1)
    }


def _posted(desk: Round) -> dict[int, str]:
    """The row of each posted answer, and the number of its case."""
    with reading(desk.ledger) as connection:
        numbers = dict(connection.execute("SELECT case_id, case_no FROM cases").fetchall())
        events = events_of(connection, numbers)
    return {
        event.detail["row"]: numbers[case]
        for case, history in events.items()
        for event in history
        if "answers" in event.detail
    }
