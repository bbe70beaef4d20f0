"""The draft of the circular (通报): what the template's braces stand for. No personal data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loubao.rules.wording import Wording
from loubao.supervision.tally import Count, Figures, Ranked


@dataclass(frozen=True, slots=True)
class Circular:
    """Texts by name, and rows of texts by name, as the template asks for them."""

    values: Mapping[str, str]
    tables: Mapping[str, Sequence[Mapping[str, str]]]


def circular(
    month: Count,
    campaign: Count,
    towns: Sequence[Ranked],
    named: Sequence[Ranked],
    words: Wording,
    period: str,
    due: str,
    as_of: dt.date,
    rule: Mapping[str, str],
) -> Circular:
    """Return the words of the circular.

    `month`, `campaign`: of all places; `towns` and `named` (the slowest villages) of the month;
    `period` and `due` in words; `rule`: `people` and `verified_below` of `slowest`.
    """
    said = words.circular
    sentence = said.named.format(count=len(named)) if named else said.named_none
    return Circular(
        values={
            "period": period,
            "due": due,
            "as_of": _day(as_of),
            "named": sentence,
            "least_people": rule["people"],
            "verified_below": rule["verified_below"],
            **_told("month", month, words),
            **_told("campaign", campaign, words),
        },
        tables={
            "town": [_row(each, words) for each in towns],
            "village": [_row(each, words) for each in named],
        },
    )


def _told(prefix: str, count: Count, words: Wording) -> dict[str, str]:
    figures = {
        **_figures(count.people, words),
        **{f"homes_{key}": text for key, text in _figures(count.households, words).items()},
    }
    return {f"{prefix}_{key}": text for key, text in figures.items()}


def _row(each: Ranked, words: Wording) -> dict[str, str]:
    place = dict(zip(("town", "village"), each.key, strict=False))
    return {"rank": str(each.rank), **place, **_figures(each.count.people, words)}


def _figures(figures: Figures, words: Wording) -> dict[str, str]:
    def rate(share: float | None) -> str:
        if share is None:
            return words.blank
        return words.circular.rate.format(percent=f"{100 * share:.1f}")

    return {
        "issued": str(figures.issued),
        "returned": str(figures.returned),
        "verified": str(figures.verified),
        "verified_rate": rate(figures.verified_rate),
        "enrolled": str(figures.enrolled),
        "enrolled_rate": rate(figures.enrolled_rate),
        "pending": str(figures.pending),
        "overdue": str(figures.overdue),
        "difficult": str(figures.difficult),
    }


def _day(date: dt.date) -> str:
    return f"{date.year}年{date.month}月{date.day}日"
