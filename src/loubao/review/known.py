"""What the ledger knows of a month under review: reviews, verdicts, people carried along.

People carried along are on the sheets though no list of the month names them. They have no rows in
the output of the match. As the sheet does, the desk asks about the candidate that their line has,
by how earlier lists wrote them.

A pair that the desk has decided is no longer left for review once the month is matched again. It is
shown all the same, behind the others, so that a decision can be changed by a later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import Reviewed
from loubao.ledger.case_file import last_id, sightings
from loubao.ledger.editions import all_editions
from loubao.ledger.judgements import (
    Pair,
    Said,
    desk_verdicts,
    reviews_of,
    verdicts_among,
    verdicts_on_cases,
)
from loubao.ledger.lookup import facts_of, newest_editions, sheet_rows
from loubao.ledger.posted_months import last_postings
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import merged_into, other_case, row_key, rows_asked
from loubao.review.people_asked import Option, Question
from loubao.rules.folder import Rules
from loubao.screening.candidates import Asked
from loubao.screening.inquiry import ScreenedMonth

#: Record ids of people carried along begin here: no list of a month has so many rows.
_CARRIED_FROM = 1 << 48


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
    case_nos = {case_ids[number]: number for number in _cases_carried(month) if number in case_ids}
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


def _cases_carried(month: ScreenedMonth) -> list[str]:
    """Return the numbers of the cases of a month that none of its rows names."""
    return month.cases.filter(pl.col("record_ids").list.len() == 0)["case_no"].to_list()


def with_carried(
    month: ScreenedMonth, written: pl.DataFrame, asked: Mapping[str, Asked]
) -> ScreenedMonth:
    """Return the month with rows, and pairs for review, of people carried along.

    `written` has `case_no` and how lists wrote each of them (WRITTEN), a row a list; `asked` is the
    candidate on the line of each case. A candidate whose row is not in the month is left out.
    """
    of_rolls = {case: each for case, each in asked.items() if each["kind"] == "roll"}
    ids = pl.int_range(pl.len(), dtype=pl.UInt64) + _CARRIED_FROM
    rows = frames.source_rows(
        written.filter(pl.col("case_no").is_in(list(of_rolls))), dict(month.records.schema), ids
    )
    pairs = _pairs(rows, month.records, of_rolls)
    own = rows.group_by("case_no").agg(own="record_id")
    cases = (
        month.cases.join(own, on="case_no", how="left", maintain_order="left")
        .with_columns(pl.coalesce("own", "record_ids").alias("record_ids"))
        .drop("own")
    )
    return replace(
        month,
        records=pl.concat([month.records, rows.select(month.records.columns)]),
        decisions=pl.concat([month.decisions, pairs]),
        cases=cases,
    )


def _pairs(rows: pl.DataFrame, records: pl.DataFrame, asked: Mapping[str, Asked]) -> pl.DataFrame:
    """DECISIONS of the first row of each case and the rows of its candidate, all for review."""
    lists = {name for each in asked.values() for name in rows_asked(each).values()}
    others = records.filter((pl.col("role") != "source") & pl.col("list").is_in(list(lists)))
    by_key = {row_key(row): row["record_id"] for row in others.iter_rows(named=True)}
    first = dict(rows.group_by("case_no").agg(pl.col("record_id").min()).iter_rows())
    found = [
        {
            "left_id": first[case],
            "right_id": by_key[other],
            "decision": "review",
            "tier": each["tier"],
            "match_weight": None,
            "match_probability": each["probability"],
            "evidence": each["evidence"],
        }
        for case, each in asked.items()
        for other in rows_asked(each)
        if case in first and other in by_key
    ]
    return pl.DataFrame(found, schema=dict(frames.DECISIONS))


# -- what the output honours already --------------------------------------------------------------


#: Stands for the row of a person of whom there is none in the output; their case is added.
_NO_ROW = 1 << 48


@dataclass(frozen=True)
class DecidedPairs:
    """The pairs that the desk has decided this month.

    reviews   what readers said of them, oldest first
    asked     pair → the candidate as it was asked about
    cases     case → `case_no`, `town`, `village`, `lists`
    written   how lists wrote each case last: `case_id` and WRITTEN
    """

    reviews: Sequence[Reviewed]
    asked: Mapping[Pair, Asked]
    cases: Mapping[int, Mapping[str, Any]]
    written: pl.DataFrame

    def questions(
        self, now: Iterable[Question], records: pl.DataFrame, rules: Rules
    ) -> list[Question]:
        """Return these pairs as questions, but those that are asked about `now`.

        A candidate whose row is not among the month's `records` any more is left out.
        """
        still = {(each.case_id, other) for each in now for other in each.others}
        newest = {
            pair: each for each in self.reviews if (pair := (each.case_id, each.other)) not in still
        }
        found = {pair: each for pair, each in newest.items() if pair in self.asked}
        rows = self._rows_of([self.asked[pair] for pair in found], records)
        people = self._people(records)
        of_case: dict[int, list[Option]] = {}
        for (case, other), review in found.items():
            asked = self.asked[case, other]
            here = [rows[each] for each in rows_asked(asked) if each in rows]
            if other in rows and case in people:
                option = _option(asked, here, people[case], review, rules)
                of_case.setdefault(case, []).append(option)
        return [
            Question({**self.cases[case], "candidate_ids": ()}, case, tuple(options))
            for case, options in sorted(of_case.items())
        ]

    def _rows_of(
        self, asked: Sequence[Asked], records: pl.DataFrame
    ) -> dict[str, Mapping[str, Any]]:
        """The rows of candidates, by what verdicts call them."""
        lists = {name for each in asked for name in rows_asked(each).values()}
        others = records.filter((pl.col("role") != "source") & pl.col("list").is_in(list(lists)))
        wanted = {other for each in asked for other in rows_asked(each)}
        keyed = ((row_key(row), row) for row in others.iter_rows(named=True))
        return {key: row for key, row in keyed if key in wanted}

    def _people(self, records: pl.DataFrame) -> dict[int, Mapping[str, Any]]:
        """A row for each case, as its person was written last."""
        ids = pl.col("case_id").cast(pl.UInt64) + _NO_ROW
        rows = frames.source_rows(self.written, dict(records.schema), ids)
        return {row["case_id"]: row for row in rows.iter_rows(named=True)}


def _option(
    asked: Asked,
    rows: Sequence[Mapping[str, Any]],
    own: Mapping[str, Any],
    review: Reviewed,
    rules: Rules,
) -> Option:
    """A decided candidate; `rows`, its first one first."""
    words = rules.sheets.review
    labels = [rules.lists[row["list"]].sheet_label for row in rows]
    leaves = bool(review.seen.get("leaves"))
    pair = {
        "left_id": own["record_id"],
        "right_id": rows[0]["record_id"],
        "decision": "review",
        "tier": asked["tier"],
        "match_weight": None,
        "match_probability": asked["probability"],
        "evidence": asked["evidence"],
    }
    follows = words.covered if leaves else words.stays
    return Option(asked, tuple(dict.fromkeys(labels)), tuple(rows), own, pair, leaves, follows)


def asked_again(verdicts: Iterable[tuple[int, str, Mapping[str, Any]]]) -> dict[Pair, Asked]:
    """Return the candidates of verdicts (case, other, candidate), with all of their rows.

    >>> first = {"kind": "roll", "other": "row:1", "list": "dibao"}
    >>> second = {"kind": "roll", "other": "row:2", "list": "tekun", "of": "row:1"}
    >>> asked_again([(7, "row:1", first), (7, "row:2", second)])[7, "row:1"]["also"]
    [{'other': 'row:2', 'list': 'tekun'}]
    """
    given = list(verdicts)
    asked: dict[Pair, Asked] = {
        (case, other): dict(candidate) for case, other, candidate in given if "of" not in candidate
    }
    for case, other, list_, first in _further(given):
        also = asked[case, first].setdefault("also", [])
        row = {"other": other, "list": list_}
        if row not in also:
            also.append(row)
    return asked


def _further(
    verdicts: Iterable[tuple[int, str, Mapping[str, Any]]],
) -> Iterator[tuple[int, str, str, str]]:
    for case, other, candidate in verdicts:
        if "of" in candidate:
            yield case, other, candidate["list"], candidate["of"]
