"""A month run again, and the months after: the same people keep the cases that they have."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle
from typing import Any

import pytest

from tests.followup.test_months import LIN, OF_LIN, ZHUANG, Office, office
from tests.screening.test_cases import someone

__all__ = ["office"]

NOWHERE = {"village": None, "town": None}
#: Rows of which little or nothing tells who somebody is.
ROWS: list[dict[str, Any]] = [
    someone("medical", name=None),
    someone("medical", "", name="何秋生", **NOWHERE),
    someone("medical", OF_LIN[:17] + "0", name=LIN),
    someone("medical", ""),
    someone("medical", ""),
    someone("medical", "", name="骆阿土", address="一组"),
    someone("medical", "", name="骆阿土", address="二组"),
    someone("disability", "", name="曾丽华"),
    someone("monitored", "", name="曾丽华"),
]


@pytest.mark.parametrize("results", [("ineligible",), ("enrolled", "returned", "ineligible")])
def test_the_very_same_rows_are_the_very_same_cases(office: Office, results: Iterable[str]) -> None:
    """Whatever villages have answered since; in the month that opened a case and in a later one."""
    answers = cycle(results)
    waiting = {"carried", "office"}  # no list need name them
    for month in ("2022-05", "2022-06"):
        office.month(month, *ROWS)
        named, numbers = office.naming(month), office.statuses().keys()
        for number in sorted(named):
            office.say(number, next(answers), f"{month}-28")
        office.month(month, *ROWS)
        again = office.naming(month)
        assert office.statuses().keys() == numbers
        assert {number for number, news in named.items() if news not in waiting} <= again.keys()
        assert "withdrawn" not in again.values()
    office.audit()


def test_rows_added_late_leave_the_others_their_cases(office: Office) -> None:
    """Who is closed is found by the row that is there again, not by what is like it."""
    rows = [someone("medical", ""), someone("medical", "", name=LIN)]
    may = office.month("2022-05", *rows)["sheet"]
    office.say(may[ZHUANG], "ineligible", "2022-05-28")
    more = [someone("monitored", ""), someone("medical", "", name=LIN, village="下曾村")]
    again = office.month("2022-05", *rows, *more)
    assert again["news"] == {"new": 4}
    assert may[ZHUANG] in again["words"], "who answered is on the new edition too"
    assert again["sheet"][ZHUANG] != may[ZHUANG], "written by another list: nobody knows yet"


MASKED = someone("children", "", name="庄*国")
#: Rows of one person who is two cases.
PAIRS = [
    [someone("medical"), MASKED],
    [someone("medical", ""), MASKED],
    [someone("medical", ""), someone("medical", "")],
]


@pytest.mark.parametrize("result", [None, "ineligible"])
@pytest.mark.parametrize("rows", PAIRS)
def test_one_person_by_the_word_of_a_village_stays_one(
    office: Office, rows: list[dict[str, Any]], result: str | None
) -> None:
    """No case anew and no question anew, in the month itself and in the next; but who is closed
    without a number is seen to once more, as one person.
    """
    may = office.month("2022-05", *rows)
    old, young = sorted(office.naming("2022-05"))
    assert may["news"] == {"new": 2}
    office.merge(young, old)
    if result:
        office.say(old, result, "2022-05-28")
    for month in ("2022-05", "2022-06"):
        again = office.month(month, *rows)
        assert sum(again["news"].values()) == 1
        assert not any(
            "疑似同一人" in doubt for doubts in again["doubts"].values() for doubt in doubts
        )
    office.audit()


def test_nobody_is_one_person_by_what_was_never_judged(office: Office) -> None:
    """Another writing, and one more of those written alike, are somebody new."""
    rows = [someone("medical", ""), someone("medical", "")]
    office.month("2022-05", *rows)
    old, young = sorted(office.naming("2022-05"))
    office.merge(young, old)
    assert office.month("2022-06", *rows, rows[0])["rows"] == 4
    assert office.month("2022-07", *rows, someone("medical", "", village="下曾村"))["rows"] > 1
