from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.ingest.fields.date import _read, parse

DAY = date(2021, 3, 5)


def one(text: str | None) -> tuple[date | None, date | None, bool | None]:
    return parse(pl.Series([text], dtype=pl.String)).row(0)


@pytest.mark.parametrize(
    "text",
    [
        *("2021-3-5", "2021/03/05", "2021.3.5", "2021.03.05.", "20210305", "20210305.0"),
        *(
            "2021年3月5日",
            "2021年03月05日",
            "2021年3月5号",
            "2021年 3月 5日",
            " 2021-03-05 ",
            "2021年3月5",
        ),
        *(
            "二〇二一年三月五日",
            "二○二一年三月五日",
            "二零二一年三月五日",
            "二〇二一年3月五日",
        ),
        *("2021-03-05 00:00:00", "2021-03-05T08:00:00", "2021-03-05T08:00:00.000", "2021/3/5 8:00"),
        *("2021-03-05T08:00:00Z", "2021-03-05T08:00:00.000Z", "2021-03-04T16:00:00.000Z"),
        *("2021-03-05T00:00:00+08:00", "2021年3月5日8时30分", "2021/3/5 上午8:00"),
        *("5-Mar-2021", "05-Mar-2021", "Mar 5, 2021", "Fri Mar 05 00:00:00 CST 2021"),
        *("44260", "44260.5", "２０２１－３－５", "２０２１年３月５日", "21.3.5", "'21.03.05"),
        *("2021年3月5日起", "2021-03-05（周五）", "2021年3月5日 星期五", "2021.3.5出生"),
    ],
)
def test_full_days(text: str) -> None:
    assert one(text) == (DAY, DAY, True)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("03/25/2021", date(2021, 3, 25)),
        ("25/03/2021", date(2021, 3, 25)),
        ("85.3.12", date(1985, 3, 12)),
        ("29.3.12", date(2029, 3, 12)),
        ("30.3.12", date(1930, 3, 12)),
        ("二〇一〇年十月十日", date(2010, 10, 10)),
        ("二〇一一年十一月二十一日", date(2011, 11, 21)),
        ("一九八五年元月卅一日", date(1985, 1, 31)),
        ("一九八五年十二月廿九日", date(1985, 12, 29)),
        ("2020-02-29", date(2020, 2, 29)),
        ("10000", date(1927, 5, 18)),
        ("80000", date(2119, 1, 11)),
        ("20213", date(1955, 5, 4)),  # five digits are a serial, whatever they look like
    ],
)
def test_other_days(text: str, day: date) -> None:
    assert one(text) == (day, day, True)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        *(
            (text, date(2010, 5, 31))
            for text in ("2010-05", "2010/5", "2010.5", "2010年5月", "201005")
        ),
        *((text, date(2010, 12, 31)) for text in ("2010", "2010年", "2010.0", "二〇一〇年")),
        ("2021年4月起", date(2021, 4, 30)),
        ("2020年2月", date(2020, 2, 29)),
        ("二〇二一年十月", date(2021, 10, 31)),
        ("2021.10", date(2021, 10, 31)),
        ("2021.1", date(2021, 10, 31)),  # the number 2021.10 looks so
        ("2021.01", date(2021, 1, 31)),
        ("2021-1", date(2021, 1, 31)),
    ],
)
def test_months_and_years(text: str, until: date) -> None:
    assert one(text) == (None, until, True)


@pytest.mark.parametrize(
    "text",
    [
        *("2021-13", "202113", "2021-02-30", "20210230", "2019-02-29", "20211301", "2021-0-5"),
        *("03/05/2021", "13/13/2021", "85-3-12", "850312", "85.13.1", "85年3月", "1799", "2100"),
        *("9999", "9999-12-31", "80001", "09999", "长期", "无", "-", "2021年3月前", "5-Abc-2021"),
        *("2021-03-05 2021-03-06", "今年", "100000", "2021/3/5/1"),
    ],
)
def test_unreadable(text: str) -> None:
    assert one(text) == (None, None, False)


@pytest.mark.parametrize("text", [None, "", "  ", "　"])
def test_blank(text: str | None) -> None:
    assert one(text) == (None, None, None)


def test_order_and_types() -> None:
    rows = parse(pl.Series(["2010", None, "2021-3-5", "2010", "长期"]))
    assert rows["readable"].to_list() == [True, None, True, True, False]
    assert rows.schema == {"date": pl.Date, "until": pl.Date, "readable": pl.Boolean}
    assert parse(pl.Series([], dtype=pl.String)).schema == rows.schema


@settings(max_examples=25, deadline=None)
@given(st.dates(date(1800, 1, 1), date(2099, 12, 31)))
def test_every_day_in_every_spelling(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    plain = [
        f"{y}-{m}-{d}",
        f"{y}.{m:02}.{d:02}",
        f"{y}年{m}月{d}日",
        f"{y}{m:02}{d:02}",
        f"{y}/{m}/{d}",
    ]
    rows = parse(pl.Series([*plain, f"{day} 00:00:00"]))
    assert rows["date"].to_list() == [day] * 6
    assert rows["until"].to_list() == [day] * 6


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=16), st.text("0123456789-./年月日 :TZ")), max_size=9
    )
)
def test_any_text(texts: list[str | None]) -> None:
    rows = parse(pl.Series(texts, dtype=pl.String))
    assert rows.height == len(texts)
    until = rows["until"].is_not_null()
    assert (until == rows["readable"].fill_null(False)).all()
    assert (rows["date"].is_null() | (rows["date"] == rows["until"])).all()


NEAR_ISO = st.from_regex(
    r"[-+ ]?[12][0-9]{3}[-/ ][ 0-3][0-9][-/ ]{1,2}[0-3][0-9]?[ T]?", fullmatch=True
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | NEAR_ISO | st.dates().map(str), min_size=20, max_size=20))
def test_the_usual_spelling_is_read_as_all_others_are(texts: list[str | None]) -> None:
    column = pl.Series(texts, dtype=pl.String)
    assert parse(column).equals(_read(column))
