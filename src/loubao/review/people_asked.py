"""The questions of a month: whom the desk is asked about, with which candidates, in which order.

A question is a person of the sheets for whom rows of rolls or exclusions are left for review, as
the sheet asks (请核对, 是否同一人). Two cases that may be one person are not asked about here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import polars as pl

from loubao.ledger.status import rows_asked
from loubao.linkage import persons
from loubao.rules.folder import Rules
from loubao.rules.wording import Wording
from loubao.screening.candidates import Asked, asked_of_rows, candidates, near
from loubao.screening.coverage import STATUSES, judge
from loubao.screening.inquiry import ScreenedMonth

Order: TypeAlias = Literal["leaves", "uncertain", "town"]
#: So many candidates of a person are shown, each under a key of its own.
SHOWN = 3
_Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Option:
    """A candidate of a question.

    asked     the candidate as a verdict keeps it (`screening.candidates.Asked`)
    labels    the lists it stands on
    rows      its rows (RECORDS)
    own       the person's row that is most like one of them, and
    pair      what the engine found of the two (DECISIONS)
    leaves    whether the person leaves the sheets if it is the same, and
    follows   that in words
    """

    asked: Asked
    labels: tuple[str, ...]
    rows: tuple[_Row, ...]
    own: _Row
    pair: _Row
    leaves: bool = False
    follows: str = ""

    @property
    def other(self) -> str:
        """What a verdict calls its first row."""
        return str(self.asked["other"])

    @property
    def others(self) -> tuple[str, ...]:
        """What verdicts call all of its rows."""
        return tuple(rows_asked(self.asked))

    @property
    def row(self) -> _Row:
        """The row that the person was compared with."""
        return next(row for row in self.rows if row["record_id"] == self.pair["right_id"])


@dataclass(frozen=True)
class Question:
    """A person to decide about: a row of CASES, and the candidates, the best one first; `more`
    candidates are not shown.
    """

    case: _Row
    case_id: int
    options: tuple[Option, ...]
    more: int = 0

    @property
    def others(self) -> tuple[str, ...]:
        """The candidates by their first rows."""
        return tuple(option.other for option in self.options)

    @property
    def probability(self) -> float:
        """The probability of its likeliest candidate."""
        return max(option.pair["match_probability"] or 0.0 for option in self.options)

    @property
    def leaves(self) -> bool:
        """Whether one of the candidates would take the person off the sheets."""
        return any(option.leaves for option in self.options)


def questions(month: ScreenedMonth, case_ids: Mapping[str, int], order: Order) -> list[Question]:
    """Return the questions of a month; `case_ids` are the cases by their numbers, those not in it
    are left out.
    """
    rows = _rows_of_cases(month).filter(pl.col("person_key").is_in(list(case_ids)))
    found = candidates(rows, month.records, month.decisions, month.rules)
    pairs = near(rows, month.decisions, "review")
    wanted = pl.concat([found["right_ids"].explode(), pairs["left_id"]]).unique().to_frame("id")
    records = {
        row["record_id"]: row
        for row in month.records.join(
            wanted, left_on="record_id", right_on="id", how="semi"
        ).iter_rows(named=True)
    }
    best = _best_pairs(pairs)
    of_case: dict[str, list[Option]] = {}
    for pair in found.iter_rows(named=True):
        likeliest = max((best[pair["person_key"], i] for i in pair["right_ids"]), key=rank)
        of_case.setdefault(pair["person_key"], []).append(
            Option(
                asked_of_rows(pair, records),
                tuple(pair["labels"]),
                tuple(records[i] for i in pair["right_ids"]),
                records[likeliest["left_id"]],
                likeliest,
            )
        )
    asked = [
        Question(case, case_ids[case["case_no"]], tuple(options[:SHOWN]), len(options[SHOWN:]))
        for case in month.cases.iter_rows(named=True)
        if (options := of_case.get(case["case_no"]))
    ]
    return in_order(_with_outcomes(asked, rows, month), order)


def _rows_of_cases(month: ScreenedMonth) -> pl.DataFrame:
    """Source RECORDS of the people of CASES, all of their rows; `person_key` is the case number."""
    of_person = persons(month.records, month.decisions)
    own = month.cases.select("case_no", record_id="record_ids").explode("record_id").drop_nulls()
    keys = own.join(of_person, on="record_id").select("case_no", "person_key").unique()
    ids = of_person.join(keys, on="person_key").select("record_id", person_key="case_no")
    return ids.unique().join(month.records, on="record_id").sort("person_key", "record_id")


def _best_pairs(pairs: pl.DataFrame) -> dict[tuple[str, int], _Row]:
    """The likeliest pair of each person and row; `pairs` are DECISIONS with `person_key`."""
    best: dict[tuple[str, int], _Row] = {}
    for pair in pairs.iter_rows(named=True):
        key = (pair["person_key"], pair["right_id"])
        if key not in best or rank(pair) > rank(best[key]):
            best[key] = pair
    return best


def rank(pair: _Row) -> tuple[bool, float]:
    """Return how a pair ranks: one that was weighed goes before one that only follows."""
    return pair["match_weight"] is not None, pair["match_probability"] or 0.0


def _with_outcomes(
    asked: Sequence[Question], rows: pl.DataFrame, month: ScreenedMonth
) -> list[Question]:
    """The questions with what follows for the person if a candidate is the same.

    The first candidates of all people are taken to be the same, then the second ones, …
    """
    decisions = month.decisions.join(
        rows.select(left_id="record_id").unique(), on="left_id", how="semi"
    )
    found: dict[str, list[Option]] = {question.case["case_no"]: [] for question in asked}
    for place in range(SHOWN):
        options = {q.case["case_no"]: q.options[place] for q in asked if len(q.options) > place}
        same = pl.DataFrame(
            [(case, row["record_id"]) for case, each in options.items() for row in each.rows],
            schema={"person_key": pl.String, "right_id": pl.UInt64},
            orient="row",
        ).join(rows.select("person_key", left_id="record_id"), on="person_key")
        linked = decisions.join(
            same.select("left_id", "right_id", _same=True).unique(),
            on=["left_id", "right_id"],
            how="left",
        ).with_columns(decision=pl.when("_same").then(pl.lit("link")).otherwise("decision"))
        people = rows.filter(pl.col("person_key").is_in(list(options)))
        outcomes = judge(people, month.records, linked.drop("_same"), month.rules, month.as_of)
        by_case = outcomes.partition_by("person_key", as_dict=True)
        for case, option in options.items():
            found[case].append(_followed(option, by_case[case,].to_dicts(), month.rules))
    return [replace(q, options=tuple(found[q.case["case_no"]])) for q in asked]


def _followed(option: Option, outcomes: Sequence[_Row], rules: Rules) -> Option:
    """A candidate with what follows from the `outcomes` of the person's lists."""
    words: Wording = rules.sheets.review
    of_lists = {each["outcome"] for each in outcomes}
    if of_lists & {*STATUSES}:
        follows = words.partial if "partial" in of_lists else words.stays
        return replace(option, follows=follows)
    because = next((each["outcome_because"] for each in outcomes if each["outcome_because"]), "")
    follows = words.covered if "covered" in of_lists else words.excluded.format(reason=because)
    return replace(option, leaves=True, follows=follows)


def in_order(asked: Sequence[Question], order: Order) -> list[Question]:
    """Return the questions in the order asked for; else in that of the sheets.

    leaves     who would leave the sheets first, of these the likeliest
    uncertain  who is as likely as not first
    town       as on the sheets
    """
    if order == "leaves":
        return sorted(asked, key=lambda each: (not each.leaves, -each.probability))
    if order == "uncertain":
        return sorted(asked, key=lambda each: abs(each.probability - 0.5))
    return list(asked)
