"""Lists that star their numbers, or write a faulty one: what was settled stays settled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from loubao.core.events import Event, Place
from loubao.ledger.connection import reading
from loubao.ledger.lookup import Excerpt
from loubao.ledger.merges import lists_of_merged
from loubao.returns.same_person import hand_over
from tests.followup.test_months import ZHUANG, Office, roll_key
from tests.screening.test_cases import N, someone

STARRED = f"{N[:6]}********{N[-4:]}"
DIVISION_ONLY = f"{N[:6]}************"
ONE_OFF = f"{N[:-4]}{(int(N[-4]) + 1) % 10}{N[-3:]}"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "loubao.db")


@pytest.mark.parametrize("written", [STARRED, ONE_OFF])
def test_refused_once_is_refused(office: Office, written: str) -> None:
    """The same list writes the row again to the letter: no news, and no second case."""
    number = office.month("2022-05", someone("medical", written))["sheet"][ZHUANG]
    office.say(number, "ineligible", "2022-05-20")
    for month in ("2022-06", "2022-07"):
        assert office.month(month, someone("medical", written))["news"] == {"spared": 1}
    again = office.month("2022-08", someone("medical", written), someone("disability", written))
    assert again["news"] == {"spared": 1, "new": 1}, "what a new list writes is sent out"
    office.audit()


UNSURE = {
    "the division is everybody's": (DIVISION_ONLY, {}),
    "no number": ("", {}),
    "another village": (STARRED, {"village": "后亭村"}),
    "another name": (STARRED, {"name": "庄建民"}),
}


@pytest.mark.parametrize("case", UNSURE)
def test_who_may_be_another_is_not_hidden(office: Office, case: str) -> None:
    written, more = UNSURE[case]
    first = STARRED if more else written
    number = office.month("2022-05", someone("medical", first))["sheet"][ZHUANG]
    office.say(number, "ineligible", "2022-05-20")
    june = office.month("2022-06", someone("medical", written, **more))
    assert june["news"] == {"new": 1}


def test_two_written_with_one_starred_number_are_both_sent_out(office: Office) -> None:
    number = office.month("2022-05", someone("medical", STARRED))["sheet"][ZHUANG]
    office.say(number, "ineligible", "2022-05-20")
    twice = [someone("medical", STARRED), someone("medical", STARRED, row=9)]
    assert office.month("2022-06", *twice)["news"] == {"new": 2}


@pytest.mark.parametrize("written", [STARRED, ONE_OFF, ""])
def test_a_verdict_on_a_roll_is_for_every_month(office: Office, written: str) -> None:
    rows = [someone("medical", written), someone("dibao")]
    may = office.month("2022-05", *rows)
    number = may["sheet"][ZHUANG]
    office.judge(number, roll_key(office, someone("dibao")), same=True, list_="dibao")
    for month in ("2022-06", "2022-07", "2022-08"):
        assert office.month(month, *rows)["news"] == {"covered": 1}, month


def test_a_list_that_stars_by_turns_is_one_person_by_one_verdict(office: Office) -> None:
    whole_first = [someone("medical"), someone("disability", STARRED)]
    starred_first = [someone("medical", STARRED), someone("disability")]
    assert office.month("2022-05", *whole_first)["news"] == {"new": 2}
    first, second = sorted(office.statuses())
    office.say(first, "eligible", "2022-05-20")
    office.merge(second, first)
    for month, rows in (
        ("2022-06", starred_first),
        ("2022-07", whole_first),
        ("2022-08", starred_first),
    ):
        done = office.month(month, *rows)
        assert done["news"] == {"office": 1}, month
        assert len(done["office"]) == 1
    office.audit()


def test_lists_of_a_merged_case_are_no_news(office: Office) -> None:
    rows = [someone("medical"), someone("disability", STARRED)]
    office.month("2022-05", *rows)
    first, second = sorted(office.statuses())
    for number in (first, second):
        office.say(number, "ineligible", "2022-05-20")
    office.merge(second, first)
    with reading(office.ledger) as held:
        (lists,) = lists_of_merged(held).values()
    assert len(lists) == 1
    assert office.month("2022-06", *rows)["news"] == {"spared": 1}
    back = office.month("2022-07", *rows, someone("monitored"))
    assert back["news"] == {"back": 1}


def test_a_dead_person_under_a_surname_is_asked_about_in_true_words(office: Office) -> None:
    dead = someone("death", death_date=date(2022, 5, 1))
    assert office.month("2022-05", someone("monitored"), dead)["sheet"] == {}
    june = office.month("2022-06", someone("monitored", name="庄**"))
    (doubts,) = june["doubts"].values()
    assert any("证号一致" in doubt for doubt in doubts)
    assert not any("另有他人" in doubt for doubt in doubts)


REFUSED = Event(
    1, "verified", "2022-05-20", {"result": "ineligible", "lists": ["medical"]}, event_id=3
)
MERGES = {
    "on the same list: refused it stays": (("medical",), ["merged"]),
    "on a list that had not named it": (("disability", "medical"), ["reopened", "merged"]),
}


@pytest.mark.parametrize("case", MERGES)
def test_a_merge_with_a_refused_case(case: str) -> None:
    lists, kinds = MERGES[case]
    opened = {n: (Event(n, "opened", "2022-05-01", event_id=n),) for n in (1, 2)}
    home = ("洛阳镇", "上浦村", "", "H1")
    places = {1: Place(1, *home, ("medical",)), 2: Place(2, *home, lists)}
    cases = Excerpt(events={**opened, 1: (*opened[1], REFUSED)}, places=places)
    events = hand_over({2: 1}, cases, date(2022, 6, 20))
    assert [event.kind for event in events] == kinds
