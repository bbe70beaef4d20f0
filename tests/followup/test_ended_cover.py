"""A refusal for cover holds as long as a roll shows the person, in whatever way."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.followup.test_months import LIN, OF_LIN, Office, office
from tests.followup.test_number_alone import written
from tests.screening.test_cases import someone

__all__ = ["office"]
UNPROTECTED = written("周涛", "dibao", qualifies=False, protected=False)


@pytest.mark.parametrize(
    ("cover", "reason", "ends"),
    [
        (UNPROTECTED, "已享受低保", True),
        (UNPROTECTED, "收入超标", False),
        (written("周涛", "dibao_edge"), "已享受低保", False),
    ],
)
def test_a_refusal_ends_with_the_cover(
    office: Office, cover: dict[str, Any], reason: str, ends: bool
) -> None:
    (case,) = office.month("2022-05", written("周涛", "disability"), cover)["sheet"].values()
    office.say(case, "ineligible", "2022-05-30", why_not=reason)
    assert office.month("2022-06", written("周涛", "disability"), cover)["news"] == {"spared": 1}
    told = office.month("2022-07", written("周涛", "disability"))
    assert told["news"] == ({"back": 1} if ends else {"spared": 1})
    if ends:
        assert "以前在低保名册上，本月没有查到" in told["words"][case]


@pytest.mark.parametrize("result", ["eligible", "applied", "enrolled"])
@pytest.mark.parametrize("named", [True, False])
def test_a_roll_has_lost_who_was_verified(office: Office, result: str, named: bool) -> None:
    """At once, no months of grace: the roll had shown them; and also where no list names them."""
    (case,) = office.month("2022-05", someone("medical"))["sheet"].values()
    office.say(case, result, "2022-06-10")
    assert office.month("2022-06", someone("medical"), someone("dibao"))["news"] == {"covered": 1}
    other = someone("medical", OF_LIN, name=LIN)
    if not named:  # as long as a roll has them there is nothing to tell
        assert office.month("2022-07", other, someone("dibao"))["news"] == {"new": 1}
    for again in (False, True):
        told = office.month("2022-08", other, *([someone("medical")] if named else []))
        assert "再次列入，以前在" in told["words"][case]
        assert "本月没有查到" in told["words"][case]
        assert bool(told["editions"]) != again
    assert office.month("2022-09", other, someone("dibao"))["news"]["covered"] == 1
    office.audit()


def test_a_roll_has_lost_who_was_never_verified(office: Office) -> None:
    """A roll that has had somebody says as much of the need as a village."""
    (case,) = office.month("2022-05", someone("disability"))["sheet"].values()
    other = someone("medical", OF_LIN, name=LIN)
    assert office.month("2022-06", other, someone("dibao"))["news"]["covered"] == 1
    told = office.month("2022-07", other)
    assert "以前在低保名册上，本月没有查到" in told["words"][case]
    office.audit()


def test_a_roll_that_came_late_has_lost_somebody(office: Office) -> None:
    (case,) = office.month("2022-05", someone("disability"))["sheet"].values()
    other = someone("medical", OF_LIN, name=LIN)
    assert office.month("2022-05", someone("disability"), someone("dibao"))["sheet"] == {}
    told = office.month("2022-06", other)
    assert "以前在低保名册上，本月没有查到" in told["words"][case]
    office.audit()


def test_who_is_dead_is_not_brought_back_by_a_roll(office: Office) -> None:
    (case,) = office.month("2022-05", someone("disability"))["sheet"].values()
    other = someone("medical", OF_LIN, name=LIN)
    assert office.month("2022-06", other, someone("dibao"))["news"]["covered"] == 1
    died = someone("death", death_date=date(2022, 8, 3))
    for _ in range(2):
        assert case not in office.month("2022-08", other, died)["sheet"].values()
    office.audit()


def test_a_refusal_ends_with_the_cover_where_no_list_names_the_person(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛", "disability"), UNPROTECTED)["sheet"].values()
    office.say(case, "ineligible", "2022-05-30", why_not="已享受低保")
    other = someone("medical", OF_LIN, name=LIN)
    assert case not in office.month("2022-06", other, written("周涛", "dibao"))["sheet"].values()
    told = office.month("2022-07", other)
    assert "以前在低保名册上，本月没有查到" in told["words"][case]
    office.audit()


@pytest.mark.parametrize("shown", [True, False])
def test_a_report_of_enrolment_is_held_against_the_rolls(office: Office, shown: bool) -> None:
    """No list names the person any more: a roll that shows them once leaves no months of grace."""
    (case,) = office.month("2022-05", someone("medical"))["sheet"].values()
    office.say(case, "enrolled", "2022-06-10")
    other = someone("medical", OF_LIN, name=LIN)
    on_roll = [someone("dibao")] if shown else []
    for _ in range(2):
        assert case not in office.month("2022-06", other, *on_roll)["sheet"].values()
        office.audit()
    told = office.month("2022-07", other)
    assert (case in told["sheet"].values()) == shown
    if shown:
        assert "以前在低保名册上，本月没有查到" in told["words"][case]
    told = office.month("2022-08", other)
    assert case in told["sheet"].values()
    if not shown:
        assert "村里报已纳入，2个月了，名册上没有查到" in told["words"][case]
    office.audit()
