"""Sheet notes: what the sheet says of a case of an earlier month, and why it is sent out again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from loubao.core.events import Disposition
from loubao.core.notation import month_text
from loubao.followup.case_words import case_words
from loubao.followup.earlier_exclusions import REMEMBERED_FROM
from loubao.followup.other_names import OtherName
from loubao.followup.people import People
from loubao.ledger.office_work import RETURNED, Work
from loubao.ledger.status import UNSETTLED
from loubao.rules.folder import Rules
from loubao.rules.wording import Wording


@dataclass(frozen=True)
class Again:
    """Why a case is sent out again, as far as the sheet says it.

    reason      that of the event `reopened`; None where the case was open
    lists       the lists that name the person
    other_names the other names under the person's number, where the sheet asks who it is
    against     what an exclusion list of the month says against the earlier one
    work        whether another village or the office has referred the case
    is_asked    是否同一人 on the line asks about the other names
    roll        the roll for which the person was refused and that has them no more
    """

    reason: str | None = None
    lists: Sequence[str] = ()
    other_names: Sequence[OtherName] = ()
    against: str | None = None
    work: Work = field(default_factory=Work)
    is_asked: bool = False
    roll: str | None = None


def sheet_note(
    disposition: Disposition, case: Mapping[str, Any], again: Again, rules: Rules
) -> str | None:
    """Return the text on the sheet about a case of an earlier month; None for a new case.

    `case` is a row of CASE_FILE; `again` says why it is `back`.
    """
    policy = rules.screening.follow_up
    words = policy.news
    values = {
        "month": month_text(case["opened_month"]),
        "status": "" if disposition == "new" else case_words(case, rules),
        **_about_names(again, words),
    }
    asks = again.other_names and case["status"] in UNSETTLED
    if disposition == "new" and case["status"] == "unverified":
        return words.other_name.format(**values) if asks else None
    if disposition == "back" and again.reason:
        note = _back_note(case, again, rules).format(**values)
        if again.other_names and again.reason != "other_name":
            note += words.other_name.format(**values)
        return note
    work = again.work
    if work.asked:
        note = words.asked.format(**values)
    elif work.result == RETURNED and work.to is not None:
        said = (work.answers.get(key, "") for key in rules.returns.sent_back.read)
        village = work.returned_by[-1][1]
        note = words.moved.format(**values, village=village, said="；".join(filter(None, said)))
    else:
        note = (words.carried if disposition == "carried" else words.open).format(**values)
    return note + words.other_name.format(**values) if asks else note


def about_names(
    names: Mapping[str, Sequence[OtherName]], waiting: Collection[str], rules: Rules
) -> dict[str, str]:
    """Return person → what the office is asked about other names under the number of a case of its
    own, of those `waiting`.
    """
    words = rules.screening.follow_up.news
    return {
        person: words.other_names.office.format(**_about_names(Again(other_names=others), words))
        for person, others in names.items()
        if person in waiting
    }


def _about_names(again: Again, words: Wording) -> dict[str, str]:
    """The values of a question about other names: which, since when, and where the answer goes."""
    said = words.other_names
    names = list(dict.fromkeys(each.name for each in again.other_names if each.name))
    return {
        "name": said.between.join(names),
        "when": said.now if any(each.now for each in again.other_names) else said.before,
        "how": said.tick if again.is_asked else said.write,
    }


def _back_note(case: Mapping[str, Any], again: Again, rules: Rules) -> str:
    """The sentence of a reopened case, with the values of its reason filled in."""
    policy = rules.screening.follow_up
    words = policy.news
    closing = json.loads(case["closing"] or "{}")
    filled: dict[str, Any] = {}
    sentence = words.back_named
    if again.reason == "new_list":
        labels = [rules.lists[name].sheet_label for name in again.lists]
        sentence, filled = words.back, {"lists": "、".join(labels)}
    elif again.reason == "other_name":
        sentence = words.back_other_name
    elif again.reason == "window_over":
        sentence, filled = words.back_window, {"months": policy.refusal_months}
    elif again.reason == "unseen":
        sentence, filled = words.back_unseen, {"months": policy.enrolled_months}
    elif again.reason == "off_roll":
        roll = rules.lists.get(closing.get("list") or again.roll or "")
        label = roll.sheet_label if roll else words.off_roll
        sentence, filled = words.back_off_roll, {"roll": label}
    elif again.reason == "set_aside":
        because = closing.get("because") or words.set_aside
        against = again.against or words.against.over
        sentence, filled = words.back_set_aside, {"because": because, "against": against}
    return _partly_filled(sentence, filled)


def _partly_filled(sentence: str, values: Mapping[str, Any]) -> str:
    """Fill in the `values` and leave every other placeholder.

    >>> _partly_filled("{status}，已满{months}个月", {"months": 12})
    '{status}，已满12个月'
    """
    for name, value in values.items():
        text = str(value).replace("{", "{{").replace("}", "}}")
        sentence = sentence.replace(f"{{{name}}}", text)
    return sentence


def against_exclusions(rows: pl.DataFrame, people: People, rules: Rules) -> dict[str, str]:
    """Return person → what a row of the month's exclusion lists says for the person."""
    records = people.records.filter(
        (pl.col("role") == "exclusion")
        & (pl.col("record_id") < REMEMBERED_FROM)
        & ~pl.col("qualifies")
    )
    said = (
        people.decisions.filter(pl.col("decision") == "link")
        .join(rows.select("person_key", left_id="record_id"), on="left_id")
        .join(records.select("list", "failed_condition", right_id="record_id"), on="right_id")
        .unique("person_key", keep="first", maintain_order=True)
    )
    sentence = rules.screening.follow_up.news.against.row
    return {
        person: sentence.format(list=rules.lists[name].sheet_label, said=because or "")
        for person, name, because in said.select(
            "person_key", "list", "failed_condition"
        ).iter_rows()
    }
