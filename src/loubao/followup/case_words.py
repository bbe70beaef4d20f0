"""Where a case of an earlier month stands, in words: what was found, and by whom it was closed.

The status alone says too little. A case that a list has closed, or a roll, was perhaps answered
before, and one that was reopened is unverified again. Every sheet and book says it by `case_words`;
only what an open case waits for is the bare status (`follow_up.statuses`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from loubao.rules.folder import Rules

#: Why a case is closed by the office's data: a key of `follow_up.news.standing` each.
_CLOSED_BY = ("covered", "withdrawn", "excluded")


def case_words(case: Mapping[str, Any], rules: Rules) -> str:
    """Return where a case (a row of CASE_FILE) stands.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> case = {"status": "closed", "reason": "excluded", "closing": '{"because": "已死亡"}'}
    >>> case_words({**case, "last_result": None}, rules)
    '因已死亡结案'
    >>> case_words({**case, "last_result": "ineligible"}, rules)
    '已核查不符合，后因已死亡结案'
    >>> again = {"status": "unverified", "reason": None, "closing": None}
    >>> [case_words({**again, "last_result": last}, rules) for last in (None, "ineligible")]
    ['未核查', '已核查不符合；再次列入后未核查']
    """
    policy = rules.screening.follow_up
    words, statuses = policy.news.standing, policy.statuses
    status, last = case["status"], case["last_result"]
    before = statuses.get(last or "")
    if status == "unverified" and before:
        return str(words.again.format(before=before, status=statuses[status]))
    now = closed_by(case, rules)
    if now is None:
        return statuses[status]
    return str(words.then.format(before=before, now=now)) if before else now


def closed_by(case: Mapping[str, Any], rules: Rules) -> str | None:
    """Return what a list or roll that has closed a case says; None where an answer stands."""
    words = rules.screening.follow_up.news
    closing = json.loads(case["closing"] or "{}")
    if case["status"] == "enrolled" and case["reason"] == "roll":
        rule = rules.lists.get(closing.get("list") or "")
        return str(words.standing.roll.format(roll=rule.sheet_label if rule else words.off_roll))
    if case["status"] != "closed" or case["reason"] not in _CLOSED_BY:
        return None
    because = closing.get("because") or words.set_aside
    return str(words.standing[case["reason"]].format(because=because))


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the day so many months later; the last of the month where it has no such day.

    >>> str(months_after(dt.date(2022, 5, 20), 12)), str(months_after(dt.date(2022, 12, 31), 2))
    ('2023-05-20', '2023-02-28')
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def within(closed_on: str, months: int, as_of: dt.date) -> bool:
    """Return whether a case was closed less than some months before the day of reckoning."""
    return as_of < months_after(dt.date.fromisoformat(closed_on), months)


def with_words(cases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return CASE_FILE with `words`: where each case stands."""
    words = [case_words(row, rules) for row in cases.iter_rows(named=True)]
    return cases.with_columns(words=pl.Series(words, dtype=pl.String))
