"""Departures: the cases of earlier months that a month does not send out, and why.

A disposition such as `spared` has several reasons. 汇总 names that of each case, and where the case
stood before the month (`case_words`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.notation import day_text
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.case_words import closed_by, months_after
from loubao.followup.dispositions import SENT_OUT, Decided
from loubao.followup.earlier_exclusions import confirmed_exclusion
from loubao.rules.folder import Rules
from loubao.screening.cases import Found
from loubao.screening.place_order import in_order_of_places

#: Cases that a month does not send out. `why`: where `news` (the disposition) has several reasons,
#: that of the case; `status`: the result that was answered last before the month; `closed`: what a
#: list or a roll had closed it for.
DEPARTED: frames.Schema = dict.fromkeys(
    (
        "town",
        "village",
        "case_no",
        "name",
        "id_number",
        "news",
        "why",
        "status",
        "closed",
        "opened",
    ),
    pl.String,
)


def departed(brought: BroughtForward, month: Decided, found: Found, rules: Rules) -> pl.DataFrame:
    """Return the cases of earlier months that are neither sent out nor the office's: DEPARTED, in
    the order of places.

    Name and number are those that a list wrote last.
    """
    every = [(each.case_id, each.disposition) for each in month.naming]
    kept = [each for each in every if each[1] not in (*SENT_OUT, "office")]
    news = pl.DataFrame(kept, schema={"case_id": pl.Int64, "news": pl.String}, orient="row")
    last = brought.sightings.unique("case_id", keep="last", maintain_order=True).select(
        "case_id", "name", id_number=pl.coalesce("id_number", "id_pattern")
    )
    excluded = found.outcomes.filter(pl.col("outcome") == "excluded")
    reasons = dict(excluded.select("person_key", "outcome_because").iter_rows())
    because = {case: reasons.get(person) for person, case in month.case_ids.items()}
    cases = brought.cases.join(news, on="case_id")
    why = [
        _why(case, because.get(case["case_id"]), brought.late, rules)
        for case in cases.iter_rows(named=True)
    ]
    closed = [closed_by(case, rules) for case in cases.iter_rows(named=True)]
    result = pl.col("last_result").fill_null("unverified")
    statuses = rules.screening.follow_up.statuses
    found_cases = (
        cases.with_columns(
            why=pl.Series(why, dtype=pl.String), closed=pl.Series(closed, dtype=pl.String)
        )
        .join(last, on="case_id", how="left")
        .with_columns(
            status=result.replace_strict(statuses, return_dtype=pl.String), opened="opened_month"
        )
        .select(*DEPARTED)
    )
    return in_order_of_places(found_cases, rules, "case_no")


def _why(case: Mapping[str, Any], because: str | None, late: bool, rules: Rules) -> str | None:
    """Why a case (a row of CASE_FILE with `news`) is on no sheet; `late`: a later month is posted.

    `because`: what an exclusion list says. None: the name of the disposition says it all.
    """
    policy = rules.screening.follow_up
    words = policy.news.off_sheets
    if case["news"] == "excluded":
        confirmed = confirmed_exclusion(case, rules)
        said = words.confirmed.format(because=confirmed.reason) if confirmed else because
        said = said or json.loads(case["closing"] or "{}").get("because")
        return str(words.excluded.format(because=said)) if said else None
    if case["news"] != "spared":
        return None
    if late:
        return str(words.late)
    months = {"ineligible": policy.refusal_months, "enrolled": policy.enrolled_months}
    if case["status"] not in months or not case["closed_on"]:
        return None
    held = months[case["status"]]
    until = day_text(months_after(dt.date.fromisoformat(case["closed_on"]), held))
    return str(words[case["status"]].format(months=held, until=until))
