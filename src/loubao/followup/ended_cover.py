"""Cover that was the reason of a refusal, and has ended: the refusal ends with it.

A village may find somebody not eligible because a roll has them, as the sheet has shown. Once no
roll of that kind shows the person, with or without the word that it covers, the question is open
again.

Somebody whom a roll had may fall off it when no list names them any more: the roll alone tells, and
they are sent out again. So are those whom a village reported as enrolled and no roll has shown in
time (`off_rolls`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import polars as pl

from loubao.core.events import Event
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.case_words import within
from loubao.ledger.status import CLOSED
from loubao.rules.folder import Rules


def off_rolls(
    brought: BroughtForward, on_rolls: Mapping[int, str], rules: Rules, as_of: dt.date
) -> pl.DataFrame:
    """Return `case_id` of the cases that a roll should have and none has.

    `on_rolls`: case → the roll that has it now, with the word that it covers.
    """
    cases = brought.cases.filter(
        pl.col("status").is_in(CLOSED), ~pl.col("case_id").is_in(list(on_rolls))
    )
    months = rules.screening.follow_up.enrolled_months
    off = [
        case["case_id"]
        for case in cases.iter_rows(named=True)
        if is_due(case, months, as_of)
        or ended_cover(case, brought.aided.get(case["case_id"], ()), (), rules)
    ]
    return pl.DataFrame({"case_id": off}, schema={"case_id": pl.Int64})


def is_due(case: Mapping[str, Any], months: int, as_of: dt.date) -> bool:
    """Return whether a roll should have a case (a row of CASE_FILE) by now.

    A roll had it before, or it was reported as enrolled `months` ago.

    >>> reported = {"status": "enrolled", "reason": None, "closed_on": "2022-05-20"}
    >>> [is_due(reported, 2, dt.date(2022, 7, day)) for day in (19, 20)]
    [False, True]
    >>> shown = [{**reported, "reason": "roll"}, {"status": "closed", "reason": "covered"}]
    >>> [is_due(case, 2, dt.date(2022, 6, 30)) for case in shown]
    [True, True]
    """
    if case["status"] == "enrolled":
        return case["reason"] == "roll" or not within(case["closed_on"], months, as_of)
    return (case["status"], case["reason"]) == ("closed", "covered")


def confirmed_by_rolls(
    brought: BroughtForward, on_rolls: Mapping[int, str], as_of: dt.date
) -> list[Event]:
    """Return an event for each case that a village reported as enrolled and a roll shows now.

    `on_rolls` as in `off_rolls`. No months of grace are left, should it have them no more.
    """
    if brought.late:
        return []
    reported = (pl.col("status") == "enrolled") & pl.col("reason").is_null()
    since = pl.col("closed_on").str.head(7) <= brought.month
    shown = pl.col("case_id").is_in(list({*on_rolls} - brought.kept))
    on, month = as_of.isoformat(), brought.month
    return [
        Event(case, "enrolled", on, {"by": "roll", "list": on_rolls[case], "month": month})
        for case in brought.cases.filter(reported & since & shown)["case_id"]
    ]


def rolls_of_people(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame
) -> dict[str, frozenset[str]]:
    """Return person → the rolls to which a row of theirs is linked, whether it covers or not.

    `rows` are source RECORDS with `person_key`.
    """
    on_roll = records.filter(pl.col("role") == "roll").select(right_id="record_id", roll="list")
    linked = (
        decisions.filter(pl.col("decision") == "link")
        .join(on_roll, on="right_id")
        .join(rows.select("person_key", left_id="record_id"), on="left_id")
    )
    found = linked.group_by("person_key").agg(pl.col("roll").unique().sort())
    return {person: frozenset(rolls) for person, rolls in found.iter_rows()}


def ended_cover(
    case: Mapping[str, Any], shown: Iterable[str], on_rolls: Collection[str], rules: Rules
) -> str | None:
    """Return the roll for which a person was refused, where none such has the person now.

    `case` is a row of CASE_FILE; `shown` are the benefits on its last sheet, `on_rolls` the rolls
    that have the person now.
    """
    if case["status"] != "ineligible":
        return None
    reason = json.loads(case["answers"] or "{}").get("why_not") or ""
    named = rolls_named("；".join(shown), rules) & rolls_named(reason, rules)
    covering = named & rules.covering
    return min(covering) if covering and not covering & {*on_rolls} else None


def rolls_named(text: str, rules: Rules) -> set[str]:
    """Return the rolls that a text names, by the words of their lists.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> rolls_named("已享受低保", rules), rolls_named("低保边缘家庭，2022年1月起", rules)
    ({'dibao'}, {'dibao_edge'})
    """
    words = {
        word: name
        for name in rules.of_role("roll")
        for word in (*rules.lists[name].claim.words, rules.lists[name].sheet_label)
    }
    found = set()
    for word in sorted(words, key=len, reverse=True):
        if word and word in text:
            found.add(words[word])
            text = text.replace(word, "\0")
    return found
