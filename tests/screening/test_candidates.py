"""Candidates beside a case: one line a person, the roll that would cover first."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from loubao.core import frames
from loubao.core.frames import ELSEWHERE_TIER
from loubao.linkage import link, persons
from loubao.screening.candidates import candidates, with_rows_elsewhere
from loubao.screening.cases import screen
from tests.people import number
from tests.screening.test_cases import AS_OF, prepared, rules, someone

N = number("19600305", 123)
OTHER = number("19610305", 123)
NOBODY: dict[str, Any] = dict.fromkeys(frames.DECISIONS)
SAME_NAME = {field.name: "unknown" for field in frames.DECISIONS["evidence"].fields} | {
    "name": "same",
    "village": "same",
}
PERSON = someone("medical", "")


def found(
    rows: list[dict[str, Any]], pairs: list[tuple[int, str, float]], elsewhere: bool = True
) -> pl.DataFrame:
    """CANDIDATES of the first of `rows`; `pairs`: row, decision, probability."""
    records = prepared(*rows)
    decisions = pl.DataFrame(
        [
            {
                "left_id": records["record_id"][0],
                "right_id": records["record_id"][row],
                "decision": decision,
                "tier": "likely",
                "match_weight": 1.0,
                "match_probability": probability,
                "evidence": SAME_NAME,
            }
            for row, decision, probability in pairs
        ],
        schema=dict(frames.DECISIONS),
    )
    if elsewhere:
        decisions = with_rows_elsewhere(decisions, records)
    people = records.head(1).with_columns(person_key=pl.lit("P1"))
    return candidates(people, records, decisions, rules())


ROLLS = [
    # rows beside the person, pairs, the lists of each line in order
    (
        "three rolls with one number are one line, what covers first",
        [someone("disability_subsidy"), someone("dibao_edge"), someone("dibao")],
        [(1, "review", 0.9), (2, "review", 0.8), (3, "review", 0.1)],
        [["低保", "低保边缘", "残疾人两项补贴"]],
    ),
    (
        "people with other numbers are other lines, what covers first",
        [someone("disability_subsidy"), someone("dibao", OTHER)],
        [(1, "review", 0.99), (2, "review", 0.2)],
        [["低保"], ["残疾人两项补贴"]],
    ),
    (
        "a weak one is the strong one of another roll",
        [someone("dibao"), someone("tekun"), someone("dibao", OTHER)],
        [(1, "review", 0.01), (2, "review", 0.95), (3, "review", 0.5)],
        [["特困供养", "低保"], ["低保"]],
    ),
    (
        "linked on one roll, and the same person stands on another",
        [someone("disability_subsidy"), someone("dibao")],
        [(1, "link", 0.999)],
        [["低保"]],
    ),
    (
        "may be one on a roll, who stands on another too",
        [someone("disability_subsidy"), someone("dibao")],
        [(1, "review", 0.7)],
        [["低保", "残疾人两项补贴"]],
    ),
    (
        "linked on the roll itself: nothing is asked",
        [someone("disability_subsidy"), someone("dibao"), someone("dibao", OTHER)],
        [(1, "link", 0.999), (3, "link", 0.999)],
        [],
    ),
    (
        "without numbers nobody is one with another",
        [someone("disability_subsidy", ""), someone("dibao", "")],
        [(1, "review", 0.7), (2, "review", 0.7)],
        [["低保"], ["残疾人两项补贴"]],
    ),
    (
        "one number, another name",
        [someone("dibao"), someone("tekun", name="林美华")],
        [(1, "review", 0.7)],
        [["低保"]],
    ),
    (
        "the dead are named beside the roll",
        [someone("dibao"), someone("death")],
        [(1, "review", 0.7)],
        [["低保", "死亡名单"]],
    ),
]


@pytest.mark.parametrize(("rows", "pairs", "lines"), [case[1:] for case in ROLLS], ids=lambda _: "")
def test_one_line_a_person(
    rows: list[dict[str, Any]], pairs: list[tuple[int, str, float]], lines: list[list[str]]
) -> None:
    each = found([PERSON, *rows], pairs)
    assert each["labels"].to_list() == lines
    assert each["right_ids"].list.len().to_list() == [len(line) for line in lines]


def test_a_pair_that_follows_says_what_it_follows_from() -> None:
    rows = [PERSON, someone("disability_subsidy"), someone("dibao")]
    (line,) = found(rows, [(1, "link", 0.999)]).to_dicts()
    assert (line["tier"], line["known_from"]) == (ELSEWHERE_TIER, ["残疾人两项补贴"])
    assert line["match_probability"] == 0.999
    assert found(rows, [(1, "link", 0.999)], elsewhere=False).is_empty()


def test_somebody_who_is_on_a_roll_by_another_row_is_shown() -> None:
    """The row of 低保 is in another village, and was no candidate by itself."""
    rows = [
        someone("medical", ""),
        someone("disability_subsidy", name="庄建国"),
        someone("dibao", village="后亭村"),
    ]
    records = prepared(*rows)
    decisions = with_rows_elsewhere(link(records, rules().matching).decisions, records)
    (case,) = screen(
        records, decisions, persons(records, decisions), rules(), AS_OF
    ).details.to_dicts()
    assert (case["status"], case["asks"]) == ("review", True)
    assert case["doubts"][0].startswith("疑似已在低保、残疾人两项补贴：庄建国")
    assert len(case["doubts"]) == 1


def test_nothing_is_added_twice() -> None:
    rows = [PERSON, someone("disability_subsidy"), someone("dibao"), someone("tekun")]
    records = prepared(*rows)
    decisions = link(records, rules().matching).decisions
    once = with_rows_elsewhere(decisions, records)
    assert with_rows_elsewhere(once, records).equals(once)
    assert once.select("left_id", "right_id").is_unique().all()
