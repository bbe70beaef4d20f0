from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.ingest.fields.amount import flag, number


def one(text: str | None) -> tuple[float | None, bool | None]:
    return number(pl.Series([text], dtype=pl.String)).row(0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (text, 40000.0)
            for text in ("40000", "40,000.00", "４００００", "¥40000元", "￥ 40,000")
        ),
        *(
            (text, 40000.0)
            for text in ("4万", "4.0万元", "40000元整", "人民币4万元", "RMB 40000", "40 000")
        ),
        *(
            (text, 40000.0)
            for text in ("4,0000", "'40000", " 40000 ", "40000.", "４０，０００．００")
        ),
        ("40000.5元", 40000.5),
        ("4.2万元", 42000.0),
        ("4.0001万", 40001.0),
        ("4.00000001万", 40000.0001),
        ("1,234,567.89", 1234567.89),
        (".5", 0.5),
        ("0", 0.0),
        ("-5", -5.0),
        ("−5", -5.0),
        ("-¥5", -5.0),
        ("(1,200.00)", -1200.0),
        ("（1,200.00）", -1200.0),
        ("(¥1,200.00)", -1200.0),
    ],
)
def test_number(text: str, value: float) -> None:
    assert one(text) == (value, True)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "—",
            "-",
            "/",
            "无",
            "元",
            "万",
            ".",
            "4,00",
            "40,00",
            "1.234,56",
            "1,2345,678",
            "4E+04",
            "1e5",
        ),
        *(
            "约4万",
            "4万5",
            "4万5千",
            "300元/月",
            "12%",
            "$3",
            "(-5)",
            "--5",
            "40000 50000",
            "nan",
            "inf",
        ),
        *("3.2.1", "2021-03-05", "四万", "٤٠"),
    ],
)
def test_unreadable(text: str) -> None:
    assert one(text) == (None, False)


@pytest.mark.parametrize("text", [None, "", "　"])
def test_blank(text: str | None) -> None:
    assert one(text) == (None, None)


def test_flag() -> None:
    cells = pl.Series(["是", " 是 ", "ＹＥＳ", "no", "否", None, "", "也许", "是"])
    rows = flag(cells, ["是", "Yes"], ["否", "No"])
    assert rows["value"].to_list() == [True, True, True, False, False, None, None, None, True]
    assert rows["readable"].to_list() == [True, True, True, True, True, None, None, False, True]
    assert flag(cells, [], [])["readable"].to_list()[0] is False
    assert flag(pl.Series([], dtype=pl.String), ["是"], []).schema == rows.schema


def test_a_word_cannot_mean_both() -> None:
    with pytest.raises(ValueError, match="yes and under no"):
        flag(pl.Series(["Y"]), ["Y"], ["ｙ"])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(10**12), 10**12)), max_size=20))
def test_grouping_does_not_matter(values: list[int | None]) -> None:
    for spell in (str, "{:,}".format, "{:.2f}".format, "¥{}元".format):
        texts = [None if value is None else spell(value) for value in values]
        assert number(pl.Series(texts, dtype=pl.String))["value"].to_list() == values


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=12), max_size=10))
def test_any_text(texts: list[str]) -> None:
    rows = number(pl.Series(texts, dtype=pl.String))
    assert rows.height == len(texts)
    assert (rows["value"].is_not_null() == rows["readable"].fill_null(False)).all()
    assert rows["value"].is_finite().all()
