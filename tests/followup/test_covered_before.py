"""Whom a list named and a roll covered is asked for once the roll has them no more."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.followup.test_months import LIN, OF_LIN, Office, office
from tests.screening.test_cases import someone

__all__ = ["office"]
NAMED = someone("disability", disability_level="一级")
OTHER = someone("medical", OF_LIN, name=LIN)
#: The roll is given, and has somebody else.
ROLL = someone("dibao", OF_LIN, name=LIN)


def named_then(office: Office, *now: dict[str, Any], month: str = "2022-08") -> dict[str, Any]:
    """May names somebody whom a roll covers; what a later month makes of it."""
    assert office.month("2022-05", NAMED, someone("dibao"))["sheet"] == {}
    return office.month(month, *now)


def test_a_new_case_says_who_named_the_person_and_which_roll_had_them(office: Office) -> None:
    for again in (False, True):
        told = (
            named_then(office, OTHER, ROLL) if not again else office.month("2022-08", OTHER, ROLL)
        )
        ((name, case),) = told["sheet"].items()
        (clue,) = told["clues"][case]
        assert "一级" in clue
        assert "2022年5月名单，当时在低保名册上；2022年8月没有查到" in clue
        assert told["news"] == {"new": 1}
        assert bool(told["editions"]) != again
    # no row of the month is theirs
    assert told["cases"].select("record_ids").item().to_list() == []
    office.audit()
    carried = office.month("2022-09", OTHER, ROLL)
    assert carried["sheet"] == {name: case}
    assert carried["clues"][case] == [clue]
    assert carried["news"] == {"carried": 1}
    assert office.month("2022-10", OTHER, ROLL, someone("dibao"))["news"] == {"covered": 1}
    office.audit()


@pytest.mark.parametrize(
    ("why", "now"),
    [
        ("the roll has them", (someone("dibao"),)),
        (
            "the roll spells them otherwise, and so does a list that does not qualify",
            (someone("dibao", name="庄健国"), someone("monitored", name="庄健国", qualifies=False)),
        ),
        ("another roll covers", (ROLL, someone("tekun"))),
        ("no such roll was given", ()),
        ("dead", (ROLL, someone("death", death_date=date(2022, 8, 3)))),
    ],
)
def test_nobody_else_is_asked_for(
    office: Office, why: str, now: tuple[dict[str, Any], ...]
) -> None:
    assert named_then(office, OTHER, *now)["sheet"].get(NAMED["name"]) is None, why
    office.audit()


def test_a_list_that_names_them_again_is_the_reason(office: Office) -> None:
    told = named_then(office, NAMED, ROLL)
    (case,) = told["sheet"].values()
    assert "当时在" not in told["clues"][case][0]
    assert office.month("2022-09", ROLL)["sheet"] == told["sheet"]
    office.audit()


@pytest.mark.parametrize(("month", "people"), [("2023-05", 1), ("2023-06", 0)])
def test_a_mention_grows_old(office: Office, month: str, people: int) -> None:
    assert len(named_then(office, OTHER, ROLL, month=month)["sheet"]) == people


def test_two_lists_and_two_months_are_one_person(office: Office) -> None:
    masked = {**NAMED, "name": NAMED["name"][0] + "*" * (len(NAMED["name"]) - 1)}
    office.month("2022-05", NAMED, someone("medical"), someone("dibao"))
    office.month("2022-06", masked, someone("dibao"))
    told = office.month("2022-07", OTHER, ROLL)
    (case,) = told["sheet"].values()
    assert len(told["clues"][case]) > 1
    office.audit()


def test_an_earlier_run_of_the_month_asked_and_this_one_does_not(office: Office) -> None:
    told = named_then(office, OTHER, ROLL)
    assert len(told["sheet"]) == 1
    again = office.month("2022-08", OTHER, ROLL, someone("dibao"))
    assert again["sheet"] == {}
    office.audit()


def test_a_month_that_was_not_known_names_nobody_to_later_ones(office: Office) -> None:
    office.month("2022-06", OTHER, ROLL)
    assert office.month("2022-05", NAMED, someone("dibao"), late="补")["sheet"] == {}
    (case,) = office.month("2022-07", OTHER, ROLL)["sheet"].values()
    assert case
    assert office.month("2022-06", OTHER, ROLL, late="补", day=29)["sheet"] == {}
    office.audit()
