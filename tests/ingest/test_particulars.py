"""Names in letters and other columns as `link` compares them."""

from __future__ import annotations

import polars as pl
import pytest

from loubao.core.frames import BIRTH, GIVEN, MARK, MIDDLE, SURNAME
from loubao.ingest.columns import header_of_row
from loubao.ingest.habits import habits
from loubao.ingest.linkable import linkable
from loubao.ingest.particulars import parts_of_names, texts
from loubao.ingest.shared_columns import with_shared_columns
from loubao.rules import shipped_rules
from loubao.rules.linking import load_linking

NAMES = [
    ("John Quincy Adams", ("JOHN", "QUINCY", "ADAMS")),
    ("ADAMS, John Q.", ("JOHN", "Q", "ADAMS")),
    ("O'Neil-Smith, Anne Marie", ("ANNE", "MARIE", "ONEIL SMITH")),
    ("Nguyễn Thị Hoa", ("NGUYEN", "THI", "HOA")),
    ("José Núñez", ("JOSE", None, "NUNEZ")),
    ("Łukasz Strauß", ("LUKASZ", None, "STRAUSS")),
    ("Иван Петров", ("ИВАН", None, "ПЕТРОВ")),
    ("Cher", (None, None, "CHER")),
    ("N/A", (None, None, None)),
]


@pytest.mark.parametrize(("name", "parts"), NAMES)
def test_parts_of_whole_names(name: str, parts: tuple[str | None, ...]) -> None:
    assert tuple(part.item() for part in parts_of_names(pl.Series([name]), {})) == parts


def test_texts() -> None:
    cells = ["+44 (0)20 7946", "A.B@c.ORG", "  ", "unknown", "12B", None]
    assert texts(pl.Series(cells)).to_list() == ["440207946", "A B C ORG", None, None, "12B", None]


def read(columns: dict[str, list[str]], other: dict[str, list[str]]) -> pl.DataFrame:
    rules = load_linking(shipped_rules())
    sides = [[header_of_row(list(each), {}, rules)] for each in (columns, other)]
    (fit,), _ = with_shared_columns(*sides, rules)
    cells = {str(at): values for at, values in enumerate(columns.values())}
    rows = pl.DataFrame(cells).with_row_index("row", 2)
    frame, _ = linkable(rows, fit, habits(rows, fit, rules), rules, "left")
    return frame.select(pl.col(f"^\\{MARK}.*$"))


def test_columns_of_a_table() -> None:
    columns = {
        "first name": ["Ann Lee"],
        "last name": ["Poe"],
        "dob": ["1990-03-05"],
        "postcode": ["AB1 2CD"],
        "E-mail": ["a@b.org"],
        "rec_id": ["7"],
    }
    found = read(columns, {**columns, "other": ["x"]}).row(0, named=True)
    assert found == {
        GIVEN: "ANN",
        MIDDLE: "LEE",
        SURNAME: "POE",
        BIRTH: "19900305",
        "+address": "AB1 2CD",
        "+address.postcode": "AB1 2CD",
        "+E-mail": "A B ORG",
    }


def test_chinese_names_stay_whole() -> None:
    columns = {"姓名": ["张三", "李四"], "电话": ["1380000 0000", "无"], "备注": ["甲", "乙"]}
    assert read(columns, columns).to_dict(as_series=False) == {"+电话": ["13800000000", None]}


def test_year_month_and_day_in_columns() -> None:
    columns = {
        "name": ["Ann Poe"],
        "birth year": ["1990"],
        "birth_month": ["3"],
        "birth day": ["35"],
    }
    assert read(columns, columns)[BIRTH].item() == "19900335"
