"""Disposition: what a month makes of a person (`events.Disposition`), and how it is said.

What it goes by; the first four are decided here, the others where `continuing` walks through
everybody:

    on the month's sheets, and answered or the month late → as before (`Known.kept`)
    known otherwise, the month late                       → spared
    known and open                → open; named by no list: carried, or unnamed (found eligible)
    found not eligible            → spared within the window, unless a new list names the person
    said to be enrolled           → spared for as long as a roll may take to show it
    closed otherwise, named again → back
    not known                     → new
    on a roll in full             → covered (enrolled; by a late file of this month: covered before)
    set aside                     → excluded
    opened this month, not named  → withdrawn
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.dates import month_text
from loubao.core.events import Disposition, Naming
from loubao.followup.known import Known
from loubao.ledger.status import CLOSED, UNSETTLED
from loubao.rules import Rules
from loubao.rules.screening import FollowUp

#: On the sheets of the month.
SENT_OUT: tuple[Disposition, ...] = ("new", "open", "carried", "back")
#: People who are known and not sent out.
DEPARTED: frames.Schema = dict.fromkeys(
    ("town", "village", "case_no", "name", "id_number", "news", "status", "opened"), pl.String
)


def news_of_carried(file: Mapping[str, Any], before: Disposition | None) -> Disposition:
    """Return the news of a known person whom no list names; `file` is the row of CASE_FILE.

    Who was added by a village and never was on a sheet is on one now, whatever was found out, and
    again where an earlier run of the month came to that (`before`).
    """
    never = not file["issued_on"] or before == "carried"
    return "carried" if never or file["status"] in UNSETTLED else "unnamed"


def news_of_named(
    file: Mapping[str, Any],
    new_lists: Sequence[str],
    month: str,
    as_of: dt.date,
    policy: FollowUp,
) -> tuple[Disposition, str | None]:
    """Return the news of a known person whom lists name and no roll covers, and why the case is
    reopened: None where it is not.

    `file` is the row of CASE_FILE; `new_lists` as `lists_since` has them.
    """
    status = file["status"]
    first: Disposition | None = "new" if file["opened_month"] == month else None
    if status not in CLOSED:
        return first or "open", None
    if status == "ineligible" and _within(file, policy.refusal_months, as_of):
        return ("back", "new_list") if new_lists else ("spared", None)
    if status == "ineligible":
        return "back", "window_over"
    if status == "enrolled" and file["reason"] != "roll":
        if _within(file, policy.enrolled_months, as_of):
            return "spared", None
        return "back", "off_roll"
    return first or "back", "off_roll" if status == "enrolled" else "named_again"


def lists_since(file: Mapping[str, Any], lists: Sequence[str]) -> list[str]:
    """Return the lists that name the person now and did not when the answer was given."""
    before = set(json.loads(file["answered_lists"] or file["lists"]))
    return [name for name in lists if name not in before]


def _within(file: Mapping[str, Any], months: int, as_of: dt.date) -> bool:
    """Whether a case was closed less than some months before the day of reckoning."""
    return as_of < _months_after(dt.date.fromisoformat(file["closed_on"]), months)


def _months_after(day: dt.date, months: int) -> dt.date:
    """Return the day so many months later; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def said(
    news: Disposition, file: Mapping[str, Any], lists: Sequence[str], rules: Rules
) -> str | None:
    """Return what the sheet says of a case that is not new, None of one that is.

    `file` is the row of CASE_FILE; `lists` are those that brought back a person who is `back`.
    """
    if news == "new" and file["status"] == "unverified":
        return None
    policy = rules.screening.follow_up
    told = {
        "month": month_text(file["opened_month"]),
        "status": policy.statuses[file["status"]],
    }
    words = policy.news
    if news == "back":
        labels = [rules.lists[name].sheet_label for name in lists]
        return words.back.format(**told, lists="、".join(labels))
    return (words.carried if news == "carried" else words.open).format(**told)


def statuses_in_words(cases: pl.DataFrame, policy: FollowUp) -> pl.DataFrame:
    """Return `case_id`, `case_no`, `standing`: what a sheet says of a case of before."""
    return cases.select("case_id", "case_no", standing=_status(policy))


def departed(known: Known, naming: Sequence[Naming], policy: FollowUp) -> pl.DataFrame:
    """Return the known people whom the month does not send out: DEPARTED, in the order of places.

    What is told of them is what a list said last.
    """
    kept = [(each.case_id, each.disposition) for each in naming if each.disposition not in SENT_OUT]
    news = pl.DataFrame(kept, schema={"case_id": pl.Int64, "news": pl.String}, orient="row")
    cases = known.cases.join(news, on="case_id")
    last = known.sightings.unique("case_id", keep="last", maintain_order=True).select(
        "case_id", "name", id_number=pl.coalesce("id_number", "id_pattern")
    )
    return (
        cases.join(last, on="case_id", how="left")
        .with_columns(status=_status(policy), opened=pl.col("opened_month"))
        .select(*DEPARTED)
        .sort("town", "village", "case_no")
    )


def _status(policy: FollowUp) -> pl.Expr:
    return pl.col("status").replace_strict(policy.statuses, return_dtype=pl.String)


def counted(naming: Sequence[Naming]) -> dict[str, int]:
    """Return how many people each kind of news is about."""
    counts: dict[str, int] = {}
    for each in naming:
        counts[each.disposition] = counts.get(each.disposition, 0) + 1
    return dict(sorted(counts.items()))
