"""What a list says of cover, against what the rolls say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.people import number
from tests.screening.test_cases import N, rules, screened, someone

OTHER = number("19620305", 22)


def said(value: str | None, field: str = "stated_dibao") -> dict[str, Any]:
    return someone("monitored", household_category="边缘易致贫户", **{field: value})


@pytest.mark.parametrize(
    ("rows", "code", "on_sheet"),
    [
        ([said("低保")], "STATED_COVERED", True),
        ([said("未享受")], None, True),
        ([said(None)], None, True),
        ([said("未享受"), someone("dibao")], "STATED_UNCOVERED", False),
        ([said("低保"), someone("dibao")], None, False),
        (
            [said("低保"), someone("dibao", qualifies=False, aid_status="停保")],
            "STATED_COVERED",
            True,
        ),
        # in part is on the roll, too
        ([said("低保边缘"), someone("dibao_edge")], None, True),
        ([said("低保"), someone("dibao_edge")], "STATED_COVERED", True),
        # another roll covers, and the statement is told all the same
        ([said("特困", "stated_tekun"), someone("dibao")], "STATED_COVERED", False),
        ([said("未享受", "stated_tekun"), someone("dibao")], None, False),
        ([said("低保或特困", "stated_aid"), someone("tekun")], None, False),
        ([said("未享受", "stated_aid"), someone("tekun")], "STATED_UNCOVERED", False),
        # a candidate proves nothing
        ([said("未享受"), someone("dibao", OTHER)], None, True),
        ([said("低保"), someone("dibao", OTHER)], "STATED_COVERED", True),
    ],
)
def test_statement(rows: list[dict[str, Any]], code: str | None, on_sheet: bool) -> None:
    outcome = screened(*rows)
    assert outcome.contradictions["code"].to_list() == ([code] if code else [])
    assert outcome.cases.height == on_sheet
    if on_sheet:
        assert outcome.details["stated"].list.len().to_list() == [bool(code)]


def test_a_person_on_two_lists_is_held_by_what_each_says() -> None:
    both = (said("未享受"), {**someone("medical"), "stated_dibao": "低保"}, someone("dibao", N))
    assert screened(*both).contradictions["code"].to_list() == ["STATED_UNCOVERED"]


def test_every_statement_of_the_rules_is_one_of_the_field() -> None:
    for stated in rules().screening.stated:
        values = {v for rule in rules().lists.values() for v in _values(rule, stated.field)}
        assert {*stated.claims, *stated.denies} == values


def _values(rule: Any, field: str) -> list[str]:
    return list(rule.fields[field].values) if field in rule.fields else []
