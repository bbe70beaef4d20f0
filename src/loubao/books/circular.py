"""The draft of the circular (通报): what the template's braces stand for. No personal data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loubao.core.notation import day_text, month_text
from loubao.rules.wording import Wording
from loubao.supervision.quality import percent_text
from loubao.supervision.tally import Count, Figures, Progress, Ranked, Terms, by_town, ranking

_PRINTED = (
    *("issued", "returned", "verified", "verified_rate", "enrolled", "enrolled_rate"),
    *("pending", "overdue", "difficult"),
)


@dataclass(frozen=True, slots=True)
class Circular:
    """Texts by name, and rows of texts by name, as the template asks for them."""

    values: Mapping[str, str]
    tables: Mapping[str, Sequence[Mapping[str, str]]]


def circular(progress: Progress, terms: Terms, as_of: dt.date) -> Circular:
    """Return the words of the circular: both periods in all, the towns, the slowest villages."""
    words = terms.words
    month = progress.this_month
    named = terms.named(ranking(month.villages))
    due = dt.date.fromisoformat(progress.due[-1]) if progress.due else None
    return Circular(
        values={
            "period": month_text(progress.month),
            "due": day_text(due) if due else words.blank,
            "as_of": day_text(as_of),
            "deadline": _deadline(due, as_of, words),
            "named": words.circular.named.format(count=len(named))
            if named
            else words.circular.named_none,
            "least_people": str(terms.slowest.people),
            "verified_below": f"{terms.slowest.verified_below:g}",
            **_whole("month", month.total, words),
            **_whole("campaign", progress.campaign.total, words),
        },
        tables={
            "town": [_row(each, words) for each in ranking(by_town(month.villages))],
            "village": [_row(each, words) for each in named],
        },
    )


def _deadline(due: dt.date | None, as_of: dt.date, words: Wording) -> str:
    """What is asked of the villages: to be done by a day, or at once where that day is past."""
    if due is None:
        return ""
    said: str = words.circular.past if due < as_of else words.circular.deadline
    return said.format(due=day_text(due))


def _whole(prefix: str, count: Count, words: Wording) -> dict[str, str]:
    """The figures of all places, of people and of households (`homes_`)."""
    return {
        f"{prefix}_{unit}{key}": text
        for unit, figures in (("", count.people), ("homes_", count.households))
        for key, text in _figures(figures, words).items()
    }


def _row(each: Ranked, words: Wording) -> dict[str, str]:
    place = dict(zip(("town", "village"), each.key, strict=False))
    return {"rank": str(each.rank), **place, **_figures(each.count.people, words)}


def _figures(figures: Figures, words: Wording) -> dict[str, str]:
    """The printed figures as texts; a share in percent with one place."""
    texts = {}
    for key in _PRINTED:
        value = getattr(figures, key)
        if key.endswith("_rate"):
            rate = words.circular.rate
            texts[key] = words.blank if value is None else rate.format(percent=percent_text(value))
        else:
            texts[key] = str(value)
    return texts
