"""Returned cases go where the answer names, else to the office; nobody falls between them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.followup.test_months import LIN, OF_LIN, ZHUANG, Office, office
from tests.people import number
from tests.screening.test_cases import someone

__all__ = ["office"]

OTHER = "后亭村"


def places(told: dict[str, Any]) -> dict[str, str]:
    """Name → village of those on a sheet."""
    return {line["name"]: line["village"] for line in told["lines"]}


def test_a_returned_case_goes_to_the_village_that_the_answer_names(office: Office) -> None:
    rows = [someone("medical"), someone("medical", OF_LIN, name=LIN)]
    number_ = office.month("2022-05", *rows)["sheet"][ZHUANG]
    office.say(number_, "returned", "2022-05-20", to=OTHER)
    june = office.month("2022-06", *rows)
    assert places(june)[ZHUANG] == OTHER
    assert "上浦村退回" in june["words"][number_]
    assert june["office"] == {}
    assert office.month("2022-06", *rows)["editions"] == [], "the same again"
    office.say(number_, "difficult", "2022-06-20")
    july = office.month("2022-07", *rows)
    assert places(july)[ZHUANG] == OTHER, "the list is not asked again"
    office.say(number_, "returned", "2022-07-20", to="上浦村")
    august = office.month("2022-08", *rows)
    assert ZHUANG not in august["sheet"], "two that name each other"
    assert august["office"][ZHUANG]["standing"] == "returned"
    elsewhere = office.month("2022-09", someone("medical", village="下曾村"), rows[1])
    assert places(elsewhere)[ZHUANG] == "下曾村", "the list names a third one"
    office.audit()


def test_a_returned_case_that_nobody_is_named_for_is_the_offices(office: Office) -> None:
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    office.say(number_, "returned", "2022-05-20")
    for month in ("2022-06", "2022-07"):  # named by a list or not
        told = office.month(
            month, someone("medical") if month == "2022-06" else someone("dibao_edge", OF_LIN)
        )
        assert (told["sheet"], [*told["office"]]) == ({}, [ZHUANG])
    office.ask(number_, "2022-07-30")
    asked = office.month("2022-08", someone("medical"))
    assert (asked["sheet"], asked["office"]) == ({ZHUANG: number_}, {})
    assert "乡镇请再核查" in asked["words"][number_]
    office.say(number_, "eligible", "2022-08-20")
    assert [*office.month("2022-09", someone("medical"))["office"]] == [ZHUANG]
    office.audit()


def test_who_answered_this_month_is_on_the_sheet_and_on_the_list(office: Office) -> None:
    first = office.month("2022-05", someone("medical"))
    office.say(first["sheet"][ZHUANG], "eligible", "2022-05-29")
    again = office.month("2022-05", someone("medical"))
    assert (again["editions"], again["sheet"]) == ([], first["sheet"])
    assert again["office"][ZHUANG]["on_sheet"]


def test_the_village_that_is_named_goes_before_the_place_of_another_list(office: Office) -> None:
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    office.say(number_, "returned", "2022-05-20", to=OTHER)
    june = office.month("2022-06", someone("medical", village="下曾村"))
    assert places(june)[ZHUANG] == OTHER
    office.say(number_, "returned", "2022-06-20")
    july = office.month("2022-07", someone("medical", village="下曾村"))
    assert places(july)[ZHUANG] == "下曾村", "nobody else is named: it has not been asked"


@pytest.mark.parametrize("seed", range(4))
def test_nobody_in_need_is_on_no_sheet_and_on_no_list_of_the_office(
    office: Office, seed: int
) -> None:
    """Whatever is answered over months: who is open is on a sheet, or the office's, or both."""
    chance = random.Random(seed)
    villages = ("上浦村", OTHER, "下曾村")
    names = ("庄建国", "林秀英", "吴阿水", "许三省", "柯四海", "骆阿土")
    people = [(name, number(f"196{i}0203", 31 + 2 * i)) for i, name in enumerate(names)]
    answers = ("eligible", "applied", "difficult", "ineligible", "enrolled", "returned", None)
    for at in range(6):
        month = f"2022-{5 + at:02}"
        rows = [
            someone(
                chance.choice(("medical", "monitored")), id_number, name=name, village=villages[0]
            )
            for name, id_number in people
            if at == 0 or chance.random() < 0.7
        ]
        told = office.month(month, *rows, someone("dibao_edge", OF_LIN, name="曾丽华"))
        statuses = office.statuses()
        sheet, listed = {*told["words"]}, {row["case_no"] for row in told["office"].values()}
        closed = ("ineligible", "enrolled", "closed")
        waiting = {case for case, status in statuses.items() if status not in closed}
        assert waiting == sheet | listed
        assert not sheet & listed
        enrolling = {case for case, status in statuses.items() if status in ("eligible", "applied")}
        assert enrolling <= listed
        assert {*told["cases"]["case_no"]} == sheet | listed
        for case in sorted(sheet | listed):
            result = chance.choice(answers)
            if result is None or (case in listed and chance.random() < 0.4):
                continue
            if case in listed and chance.random() < 0.3:
                office.ask(case, f"{month}-29")
            else:
                named = chance.choice((None, *villages)) if result == "returned" else None
                office.say(case, result, f"{month}-29", to=named)
    office.audit()
