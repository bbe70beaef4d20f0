"""What the ledger knows of a month under review: reviews, verdicts, people carried along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from loubao.core.events import Reviewed
from loubao.ledger.case_file import last_id, sightings
from loubao.ledger.editions import all_editions, last_postings
from loubao.ledger.judgements import (
    Pair,
    Said,
    desk_verdicts,
    reviews_of,
    verdicts_among,
    verdicts_on_cases,
)
from loubao.ledger.lookup import facts_of, newest_editions, sheet_rows
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import merged_into, other_case
from loubao.review.carried import cases_carried, with_carried
from loubao.review.decided_before import DecidedPairs, asked_again
from loubao.review.people_asked import Option, Question
from loubao.screening.inquiry import ScreenedMonth


@dataclass(frozen=True)
class Known:
    """The ledger as it is now.

    reviews   case → what readers said this month, oldest first
    said      the verdicts in force on the rows in question
    apart     the pairs of cases that are different people
    posted    the last posting of a month, and
    latest    the last one of any kind
    """

    reviews: Mapping[int, Sequence[Reviewed]] = field(default_factory=dict)
    said: Mapping[Pair, Said] = field(default_factory=dict)
    apart: frozenset[frozenset[int]] = frozenset()
    posted: int = 0
    latest: int = 0

    def others_on(self, question: Question, option: Option) -> list[int]:
        """Return the other cases of which it was said that they are the candidate."""
        return sorted(
            {
                case
                for (case, other), said in self.said.items()
                if other in option.others and said.same and case != question.case_id
            }
        )

    def since(self) -> list[str]:
        """Return when the decisions were made that the month's last posting does not have."""
        posted = {said.posting_id for said in self.said.values() if said.by_desk}
        return [
            each.at
            for found in self.reviews.values()
            for each in found
            if each.posting_id in posted and each.posting_id > self.posted
        ]


def known(connection: Connection, month: str, questions: Sequence[Question]) -> Known:
    """Read what the ledger knows of the questions of a month."""
    others = [other for q in questions for option in q.options for other in option.others]
    reviews: dict[int, list[Reviewed]] = {}
    for each in reviews_of(connection, month):
        reviews.setdefault(each.case_id, []).append(each)
    merged = merged_into(connection)
    apart = set()
    for (case, other), said in verdicts_on_cases(connection).items():
        second = other_case(other)
        if second is not None and not said.same:
            apart.add(frozenset((case, merged.get(second, second))))
    return Known(
        reviews,
        verdicts_among(connection, others),
        frozenset(apart),
        max(last_postings(connection).values()),
        last_id(connection, "posting"),
    )


def decided_pairs(connection: Connection, month: str) -> DecidedPairs:
    """Read what the desk has decided in a month."""
    asked = asked_again(desk_verdicts(connection, month))
    case_ids = {case for case, _ in asked}
    cases = {
        fact["case_id"]: {
            "case_no": fact["case_no"],
            "town": fact["place"].town,
            "village": fact["place"].village,
            "lists": fact["place"].lists,
        }
        for fact in facts_of(connection, case_ids)
    }
    written = sightings(connection).filter(pl.col("case_id").is_in(list(case_ids)))
    return DecidedPairs(
        reviews_of(connection, month),
        asked,
        cases,
        written.unique("case_id", keep="last", maintain_order=True),
    )


def carried_along(
    connection: Connection, month: ScreenedMonth, case_ids: Mapping[str, int]
) -> ScreenedMonth:
    """Return the month with the people whom none of its lists names, as the ledger has them."""
    case_nos = {case_ids[number]: number for number in cases_carried(month) if number in case_ids}
    newest, sheets = newest_editions(connection, case_nos), all_editions(connection)
    of_month = f"{month.as_of:%Y-%m}"
    lines = sheet_rows(
        connection,
        ((each, case) for case, each in newest.items() if sheets[each].month == of_month),
    )
    asked = {case_nos[case]: each for (_, case), (_, each) in lines.items() if each}
    if not asked:
        return month
    written = (
        sightings(connection)
        .filter(pl.col("case_id").is_in(list(case_nos)))
        .unique(["case_id", "list"], keep="last", maintain_order=True)
        .with_columns(case_no=pl.col("case_id").replace_strict(case_nos, return_dtype=pl.String))
    )
    return with_carried(month, written, asked)
