"""What goes wrong with a birth date: kinds, their weights and their makers."""

from __future__ import annotations

import datetime as dt
from random import Random

WEIGHTS = {
    "missing": 40.0,
    "lunar": 18.0,
    "year": 12.0,
    "digit_wrong": 14.0,
    "day_month_swapped": 6.0,
    "first_of_january": 5.0,
    "other_date": 5.0,
}


def _date_typed(r: Random, text: str) -> str | None:
    at = r.choice((3, 6, 8, 9, 9, 2))
    typed = text[:at] + r.choice("0123456789") + text[at + 1 :]
    try:
        return dt.date.fromisoformat(typed).isoformat()
    except ValueError:
        return None


def break_birth(r: Random, kind: str, text: str) -> tuple[str, str]:
    """The broken birth date ("" for none) and the kind that it became."""
    year, month, day = text[:4], text[5:7], text[8:]
    date = dt.date.fromisoformat(text)
    broken: str | None = None
    if kind == "missing":
        return "", kind
    if kind == "lunar":
        broken = (date - dt.timedelta(days=r.randrange(19, 51))).isoformat()
    elif kind == "year":
        moved = int(year) + r.choice((-10, -3, -2, -1, -1, 1, 1, 2, 10))
        broken = f"{moved}-{month}-{'28' if month + day == '0229' else day}"
    elif kind == "digit_wrong":
        broken = _date_typed(r, text)
    elif kind == "day_month_swapped" and day <= "12":
        broken = f"{year}-{day}-{month}"
    elif kind == "first_of_january":
        broken = f"{year}-01-01"
    if kind != "other_date" and (broken is None or broken == text):
        kind = "digit_wrong"
        tried = (_date_typed(r, text) for _ in range(6))
        broken = next((typed for typed in tried if typed and typed != text), None)
    if broken is None:
        kind, broken = "other_date", (date + dt.timedelta(days=r.randrange(1, 4000))).isoformat()
    return broken, kind
