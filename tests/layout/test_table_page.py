"""What printed pages share: lines and heights of Chinese text, a page with a table."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from loubao.core.forms import Area
from loubao.layout import paper
from loubao.layout.paper import Printing
from loubao.layout.table_page import HEADER, Heading, Table, table_page
from loubao.rules.folder import Rules
from loubao.rules.wording import Wording

COLUMNS = (
    Wording({"key": "name", "header": "姓名", "width": 8.0}),
    Wording({"key": "note", "header": "核查情况", "width": 7.0}),
)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 4, 1),
        ("上浦村", 7, 1),
        ("上浦村", 6, 2),
        ("甲\n\n乙", 4, 3),
        ("350599********1234", 11, 2),
        ("监护人，2021-07-15发证", 13, 3),
        ("字" * 30, 11, 6),
    ],
)
def test_lines_needed(text: str, width: float, lines: int) -> None:
    assert paper.lines_needed(text, width) == lines


@pytest.fixture
def printing(rules: Rules) -> Printing:
    return Printing(rules.sheets.fonts, dt.date(2022, 6, 30), "2022年6月")


def test_a_row_is_as_high_as_its_longest_text(printing: Printing) -> None:
    people = pl.DataFrame({"name": ["林美华", "陈木水"], "note": ["", "疑似已在低保" * 3]})
    short, tall = Table(COLUMNS, printing.size).rows(people)
    assert (short.height, tall.height) == (
        paper.row_height(1, printing.size),
        paper.row_height(6, printing.size),
    )
    by_name = Table(COLUMNS, printing.size, wrapped=("name",), least=30.0).rows(people)
    assert [row.height for row in by_name] == [30.0, 30.0]
    (huge,) = Table(COLUMNS, printing.size).rows(
        people.head(1).with_columns(note=pl.lit("字" * 999))
    )
    assert huge.height == paper.HIGHEST


@pytest.mark.parametrize("note", ["", "共 1 人"])
def test_a_page_with_a_table(printing: Printing, note: str) -> None:
    table = Table(COLUMNS, printing.size, {"name": "strong"}, blank="—", header_lines=2)
    rows = table.rows(pl.DataFrame({"name": ["林美华"], "note": [None]}))
    footer = Wording({"left": "{period}", "center": "甲&乙", "right": ""})
    page = table_page(Heading("名单", "名单", note, footer), table, rows, printing)
    head = 2 if note else 1
    assert [row.values for row in page.rows[head:]] == [("姓名", "核查\n情况"), ("林美华", "—")]
    assert page.rows[-1].styles == ("strong", "text")
    assert page.rows[head].height != HEADER
    assert page.filter == Area(head, 0, head + 1, 1)
    assert page.freeze == (head + 1, 0)
    assert page.paper.repeat == (head, head)
    assert page.paper.footer == ("2022年6月", "甲&乙", "")
    assert len(page.merges) == head
