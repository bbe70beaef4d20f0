"""Cover that was the reason of a refusal, and has ended: the refusal ends with it.

A village may find somebody not eligible because a roll has them, as the sheet has shown. Once no
roll of that kind shows the person, with or without the word that it covers, the question is open
again.

Somebody whose need was verified and whom a roll had may fall off it when no list names them any
more: the roll alone tells, and they are sent out again (`dropped_by_rolls`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import polars as pl

from loubao.rules.folder import Rules

#: Answers that somebody is in need.
_VERIFIED = ("eligible", "applied", "enrolled")


def dropped_by_rolls(
    cases: pl.DataFrame, links: pl.DataFrame, covering: pl.DataFrame
) -> pl.DataFrame:
    """Return `case_id` of `cases` (CASE_FILE) verified, then on a roll, and on no roll any more.

    `links` has `case_id`, `right_id` of the rows that are theirs, `covering` the `right_id` of the
    rows of rolls that cover.
    """
    had = pl.col("reason") == "roll"
    verified = pl.col("last_result").is_in(_VERIFIED)
    still = links.join(covering, on="right_id", how="semi")
    return (
        cases.filter(pl.col("status") == "enrolled", had, verified)
        .join(still, on="case_id", how="anti")
        .select("case_id")
    )


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
