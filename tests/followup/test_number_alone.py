"""A name masked, missing or spelt under the proven number of a case: the same case, or not."""

from __future__ import annotations

from typing import Any

import pytest

from loubao.followup.number_alone import is_spelt
from tests.followup.test_months import Office, office
from tests.people import number
from tests.screening.test_cases import N, someone

__all__ = ["office"]


def written(name: str | None, list_: str = "medical", **more: Any) -> dict[str, Any]:
    return someone(list_, name=name, **more)


SAME = [
    ("周涛", "周*"),
    ("周*", "周涛"),
    ("周涛", "*涛"),
    ("周小涛", "周**"),
    ("周小涛", "周*"),
    ("周小涛", "**涛"),
    ("何静月", "何*月"),
    ("何静月", "何＊月"),
    ("周*", "周某"),
    ("周涛", None),
    (None, "周涛"),
    ("王䶮", "王□"),
    ("郑彧", "郑yu"),
    ("郑彧", "ZHENG YU"),
    ("周小涛", "Xiaotao Zhou"),
    ("周涛", "周小涛"),
]
OTHER = [
    ("周涛", "李*"),
    ("周涛", "*敏"),
    ("周涛", "周敏"),
    ("何静月", "何*星"),
    ("周涛", "ZHOU MIN"),
    ("周涛", "周建敏"),
]


@pytest.mark.parametrize(("before", "now"), SAME)
@pytest.mark.parametrize("list_", ["medical", "disability"])
def test_one_person(office: Office, before: str | None, now: str | None, list_: str) -> None:
    """In the month after and in the one after that, whichever list writes it."""
    (case,) = office.month("2022-05", written(before))["sheet"].values()
    for month in ("2022-06", "2022-07"):
        told = office.month(month, written(now, list_))
        assert list(told["sheet"].values()) == [case]
        assert told["rows"] == 1
    office.audit()


@pytest.mark.parametrize(("before", "now"), OTHER)
def test_another_person_or_nobody_knows(office: Office, before: str, now: str) -> None:
    (case,) = office.month("2022-05", written(before))["sheet"].values()
    told = office.month("2022-06", written(now))
    assert told["rows"] == 2
    assert told["sheet"][now] != case


def test_two_people_with_one_number_are_not_merged(office: Office) -> None:
    """周涛 and 周敏 have one number: whose name 周* is, nobody can tell."""
    office.month("2022-05", written("周涛"), written("周敏"))
    told = office.month("2022-06", written("周*"))
    assert told["rows"] == 3
    assert len(office.statuses()) == 3


def test_two_people_of_the_month_are_not_one(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    told = office.month("2022-06", written("周涛"), written("周*"))
    assert told["sheet"]["周涛"] == case
    assert told["sheet"]["周*"] != case


def test_a_roll_that_has_another_under_the_number(office: Office) -> None:
    office.month("2022-05", written("周涛"))
    told = office.month("2022-06", written("周*"), written("周敏", "tekun"))
    assert told["rows"] == 2


def test_a_closed_case_is_not_found_by_so_little(office: Office) -> None:
    """It would keep off the sheets somebody of whom only the surname is known."""
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    told = office.month("2022-06", written("周*"))
    assert told["rows"] == 1
    (doubts,) = told["doubts"].values()
    assert any(case in doubt for doubt in doubts)


def test_an_unproven_number_is_not_enough(office: Office) -> None:
    wrong = N[:17] + ("0" if N[17] != "0" else "1")
    office.month("2022-05", someone("medical", wrong, name="周涛"))
    assert office.month("2022-06", someone("disability", wrong, name="周*"))["rows"] == 2


def test_another_number_is_another_person(office: Office) -> None:
    office.month("2022-05", written("周涛"))
    told = office.month("2022-06", someone("medical", number("19660606", 9), name="周*"))
    assert told["rows"] == 2


def test_a_month_run_again_gives_the_same(office: Office) -> None:
    office.month("2022-05", written("周涛"))
    office.month("2022-06", written("周*"))
    before = office.tables()
    office.month("2022-06", written("周*"))
    assert office.tables() == before


def test_a_month_run_again_with_masked_names(office: Office) -> None:
    (case,) = office.month("2022-05", written("周涛"))["sheet"].values()
    assert list(office.month("2022-05", written("周*"))["sheet"].values()) == [case]


@pytest.mark.parametrize("latin", ["", "Z", "123", "ZHOU"])
def test_letters_that_spell_no_name(latin: str) -> None:
    assert not is_spelt(latin, "周涛")
