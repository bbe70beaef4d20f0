"""What an exclusion list said in one month, in the months after that do not repeat it."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from loubao.ledger.connection import writing as opened
from loubao.ledger.postings import events_of
from tests.followup.test_months import LIN, OF_LIN, ZHUANG, Office, office
from tests.screening.test_cases import N, rules, someone

__all__ = ["office"]

HERE = someone("disability")
ELSE = someone("disability", OF_LIN, name=LIN)
DEAD = someone("death", death_date=date(2022, 5, 1))
MOVED = someone("moved_out", moved_on=date(2022, 5, 1))


def names(told: dict[str, Any]) -> set[str]:
    return set(told["sheet"])


def set_aside(told: dict[str, Any]) -> list[tuple[str, str]]:
    return told["excluded"].select("name", "reason").rows()


@pytest.mark.parametrize("row", [DEAD, MOVED], ids=["death", "moved_out"])
def test_a_person_without_a_case_stays_set_aside(office: Office, row: dict[str, Any]) -> None:
    assert names(office.month("2022-05", HERE, ELSE, row)) == {LIN}
    for month in ("2022-06", "2022-07"):
        told = office.month(month, HERE, ELSE)
        assert names(told) == {LIN}
        ((name, reason),) = set_aside(told)
        assert name == ZHUANG
        assert "2022年5月" in reason, "whose list, and which month"
    office.audit()


def test_a_person_whom_no_list_named_then(office: Office) -> None:
    office.month("2022-05", ELSE, DEAD)
    assert names(office.month("2022-06", HERE, ELSE)) == {LIN}


def test_a_person_with_a_case_stays_closed(office: Office) -> None:
    (number,) = office.month("2022-05", HERE)["sheet"].values()
    assert names(office.month("2022-06", HERE, DEAD)) == set()
    for month in ("2022-07", "2022-08"):
        assert names(office.month(month, HERE)) == set()
        assert office.naming(month) == {number: "excluded"}
        assert office.statuses() == {number: "closed"}
    office.audit()


def test_a_case_closed_by_a_list_that_came_late_says_which(office: Office) -> None:
    office.month("2022-05", ELSE)
    office.month("2022-06", HERE, ELSE)
    office.month("2022-05", ELSE, DEAD, late="死亡名单迟到")
    assert names(office.month("2022-07", ELSE)) == {LIN}, "carried along, and found dead"
    with opened(office.ledger) as held:
        closed = [e for e in events_of(held, [2])[2] if e.kind == "closed"]
    assert [e.detail for e in closed] == [
        {"reason": "excluded", "because": "已死亡（2022年5月死亡名单）"}
    ]
    office.audit()


def test_the_same_files_again_give_the_same(office: Office) -> None:
    office.month("2022-05", HERE, ELSE, DEAD)
    office.month("2022-06", HERE, ELSE)
    before = office.tables()
    assert names(office.month("2022-06", HERE, ELSE)) == {LIN}
    assert office.tables() == before


def test_a_corrected_list_takes_back_what_it_said(office: Office) -> None:
    office.month("2022-05", HERE, ELSE, DEAD)
    office.month("2022-05", HERE, ELSE)
    assert names(office.month("2022-06", HERE, ELSE)) == {ZHUANG, LIN}


def test_moving_away_holds_for_as_long_as_the_rule_says(office: Office) -> None:
    office.month("2022-05", HERE, ELSE, MOVED)
    assert names(office.month("2023-05", HERE, ELSE)) == {LIN}
    assert names(office.month("2023-06", HERE, ELSE)) == {ZHUANG, LIN}


def test_death_holds_for_ever(office: Office) -> None:
    office.month("2022-05", HERE, ELSE, DEAD)
    assert names(office.month("2027-06", HERE, ELSE)) == {LIN}


def test_a_list_of_the_offices_own_holds_for_its_month_alone(office: Office) -> None:
    shipped = rules()
    rule = shipped.screening.exclusions["death"].model_copy(update={"holds_months": 0})
    exclusions = {**shipped.screening.exclusions, "death": rule}
    screening = shipped.screening.model_copy(update={"exclusions": exclusions})
    office.policy = dataclasses.replace(shipped, screening=screening)
    office.month("2022-05", HERE, DEAD)
    assert names(office.month("2022-06", HERE)) == {ZHUANG}


NOT_HIM = [
    ("a digit off", someone("death", N[:15] + "9" + N[16:], death_date=date(2022, 5, 1))),
    ("no number", someone("death", "", death_date=date(2022, 5, 1))),
    ("another name", {**DEAD, "name": "李四"}),
    ("no day", someone("death")),
    ("does not qualify", someone("moved_out", moved_on=date(2022, 5, 1), qualifies=False)),
    ("its day has not come", someone("death", death_date=date(2022, 7, 1))),
]


@pytest.mark.parametrize("row", [row for _, row in NOT_HIM], ids=[name for name, _ in NOT_HIM])
def test_what_did_not_set_aside_then_does_not_now(office: Office, row: dict[str, Any]) -> None:
    """A false exclusion hides a person."""
    assert names(office.month("2022-05", HERE, row)) == {ZHUANG}
    assert names(office.month("2022-06", HERE)) == {ZHUANG}


def test_a_doubt_of_an_earlier_list_is_still_told(office: Office) -> None:
    office.month("2022-05", HERE, NOT_HIM[0][1])
    (doubts,) = office.month("2022-06", HERE)["doubts"].values()
    assert any("2022年5月死亡" in doubt for doubt in doubts)


def test_a_day_that_has_come_since(office: Office) -> None:
    office.month("2022-05", HERE, someone("death", death_date=date(2022, 6, 3)))
    assert names(office.month("2022-06", HERE)) == set()


def test_a_newer_row_of_the_list_takes_the_place_of_an_older_one(office: Office) -> None:
    office.month("2022-05", HERE, MOVED)
    back = someone("moved_out", moved_on=date(2022, 6, 1), qualifies=False)
    assert names(office.month("2022-06", HERE, back)) == {ZHUANG}
    assert names(office.month("2022-07", HERE)) == {ZHUANG}


def test_a_newer_row_without_a_day_takes_nothing_back(office: Office) -> None:
    office.month("2022-05", HERE, ELSE, DEAD)
    assert names(office.month("2022-06", HERE, ELSE, someone("death"))) == {LIN}
    assert names(office.month("2022-07", HERE, ELSE)) == {LIN}


def test_a_list_that_repeats_its_rows_speaks_for_itself(office: Office) -> None:
    office.month("2022-05", HERE, DEAD)
    told = office.month("2022-06", HERE, DEAD)
    assert set_aside(told) == [(ZHUANG, "已死亡")]


def test_somebody_seen_since_is_not_dead(office: Office) -> None:
    (number,) = office.month("2022-05", HERE)["sheet"].values()
    office.month("2022-05", HERE, DEAD)
    office.say(number, "eligible", "2022-06-10")
    (doubts,) = office.month("2022-06", HERE)["doubts"].values()
    assert any("2022年5月死亡" in doubt for doubt in doubts)


def test_a_village_says_who_is_on_the_list(office: Office) -> None:
    """The word of a village on a candidate holds in months whose list does not have the row."""
    from loubao.ledger.status import row_key
    from tests.people import records

    off = NOT_HIM[0][1]
    (number,) = office.month("2022-05", HERE, off)["sheet"].values()
    key = row_key(records([off]).row(0, named=True))
    office.judge(number, key, True, "death")
    assert names(office.month("2022-06", HERE)) == set()


GONE = [{"alive": "否"}, {"why_not": "已死亡"}, {"why_not": "本人病故。"}]


@pytest.mark.parametrize("answers", GONE, ids=str)
def test_a_village_says_that_a_person_has_died(office: Office, answers: dict[str, str]) -> None:
    """It lasts as a list of deaths does: no window, and no list of living people takes it back."""
    (number,) = office.month("2022-05", HERE)["sheet"].values()
    office.say(number, "ineligible", "2022-05-20", **answers)
    for month, row in (("2022-06", HERE), ("2022-07", someone("monitored")), ("2024-01", HERE)):
        told = office.month(month, row)
        assert (told["rows"], told["news"]) == (0, {"excluded": 1})
        assert office.month(month, row)["editions"] == []
    patient = office.month("2024-02", someone("medical"))
    assert patient["news"] == {"back": 1}, "the family of a patient may be in need"
    office.audit()


@pytest.mark.parametrize("answers", [{"alive": "是"}, {"why_not": "父亲已死亡，收入超标"}, {}])
def test_a_refusal_of_the_living_holds_for_its_window(
    office: Office, answers: dict[str, str]
) -> None:
    (number,) = office.month("2022-05", HERE)["sheet"].values()
    office.say(number, "ineligible", "2022-05-20", **answers)
    assert office.month("2022-06", HERE)["news"] == {"spared": 1}
    assert office.month("2022-07", someone("monitored"))["news"] == {"back": 1}


ALIVE = [(DEAD, {"alive": "是"}, True), (DEAD, {"resident": "是"}, False)]
ALIVE += [(MOVED, {"resident": "是"}, True), (MOVED, {"alive": "是"}, False)]


@pytest.mark.parametrize(("row", "answers", "here"), ALIVE)
def test_a_later_answer_against_a_list(
    office: Office, row: dict[str, Any], answers: dict[str, str], here: bool
) -> None:
    """Of any result; an answer to something else does not count."""
    (number,) = office.month("2022-05", HERE)["sheet"].values()
    office.month("2022-05", HERE, row)
    office.say(number, "difficult", "2022-06-10", **answers)
    assert names(office.month("2022-06", HERE)) == ({ZHUANG} if here else set())


def test_the_sheet_says_what_is_against_an_exclusion(office: Office) -> None:
    back = someone("moved_out", moved_on=date(2022, 6, 1), qualifies=False)
    (number,) = office.month("2022-04", HERE)["sheet"].values()
    office.month("2022-05", HERE, MOVED)
    told = office.month("2022-06", HERE, back)
    assert told["news"] == {"back": 1}
    assert "户籍已迁出" in told["words"][number]
    assert "本月户籍迁出名单写的是" in told["words"][number]
    assert "新名单" not in told["words"][number]


def test_an_exclusion_whose_time_is_over_is_told_as_that(office: Office) -> None:
    (number,) = office.month("2022-04", HERE)["sheet"].values()
    office.month("2022-05", HERE, MOVED)
    words = office.month("2023-06", HERE)["words"][number]
    assert "户籍已迁出" in words
    assert "已过期限" in words


def test_a_patients_family_is_still_flagged(office: Office) -> None:
    patient = someone("medical")
    office.month("2022-05", patient, DEAD)
    (doubts,) = office.month("2022-06", patient)["doubts"].values()
    assert any("死亡" in doubt and "2022年5月" in doubt for doubt in doubts)
