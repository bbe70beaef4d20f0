"""Days and months as a clerk writes them."""

from __future__ import annotations

import datetime as dt


def day_text(day: dt.date) -> str:
    """Return a day as the clerk writes it.

    >>> day_text(dt.date(2022, 6, 3))
    '2022年6月3日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def month_text(month: str) -> str:
    """Return a month of the ledger (`YYYY-MM`) as the clerk writes it.

    >>> month_text("2022-06"), month_text("2021-12")
    ('2022年6月', '2021年12月')
    """
    year, number = month.split("-")
    return f"{year}年{int(number)}月"


def period_of(day: dt.date) -> str:
    """Return the month that a day lies in as the clerk writes it: the period of a printed page.

    >>> period_of(dt.date(2022, 6, 30))
    '2022年6月'
    """
    return f"{day.year}年{day.month}月"
