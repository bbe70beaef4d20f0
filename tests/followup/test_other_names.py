"""Two names under one proven number: one case and a question, until somebody has answered."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from loubao.core.events import Verdict
from loubao.core.frames import WRITTEN
from loubao.ledger import lookup
from loubao.ledger.connection import writing as opened
from loubao.ledger.numbering import numbering
from loubao.returns.newcomers import Newcomers
from loubao.returns.parted_names import cases_with, part, parted
from loubao.returns.returned_lines import Checked
from loubao.returns.terms import Terms
from loubao.returns.verification import Verified
from tests.followup.test_months import Office, office
from tests.followup.test_number_alone import written

__all__ = ["office"]
ONE, OTHER = written("周涛"), written("周敏", "disability")


def asked(told: dict[str, Any], case: str) -> bool:
    """Whether the line of a case asks about the other name, and which box answers it."""
    (candidate,) = (c for c in told["candidates"].values() if c)
    return "又写作“周敏”" in told["words"][case] and candidate["kind"] == "name"


def test_two_lists_of_a_month_are_one_case_that_asks(office: Office) -> None:
    told = office.month("2022-05", ONE, OTHER)
    ((name, case),) = told["sheet"].items()
    assert (name, asked(told, case)) == ("周涛", True)
    assert told["cases"]["lists"].to_list() == [["disability", "medical"]]
    assert office.month("2022-05", ONE, OTHER)["editions"] == []
    again = office.month("2022-06", ONE, OTHER, written("周*", "monitored"))
    assert list(again["sheet"].values()) == [case]
    assert asked(again, case)
    office.audit()


@pytest.mark.parametrize(
    "rows",
    [
        (ONE, written("周敏")),  # one list tells of two people
        (ONE, written("周敏", "disability", village="后亭村")),
        (ONE, OTHER, written("周涛", "dibao")),
        (ONE, OTHER, written("周涛", "moved_out", moved_on=date(2022, 5, 3))),
    ],
)
def test_who_may_be_two_people_is_not_hidden(office: Office, rows: tuple[Any, ...]) -> None:
    assert "周敏" in office.month("2022-05", *rows)["sheet"]


def test_what_takes_the_one_name_off_leaves_the_other(office: Office) -> None:
    """A roll, or an exclusion of an earlier month, names one of the two, named by lists or not."""
    (case,) = office.month("2022-05", ONE, OTHER)["sheet"].values()
    told = office.month("2022-06", written("周涛", "dibao"))
    assert told["sheet"] == {"周涛": case}
    assert any("疑似已在低保：周涛" in doubt for doubt in told["doubts"][case])
    assert "另一人请写在表末" in told["words"][case], "the box asks about the roll"
    told = office.month("2022-07", ONE, OTHER, written("周涛", "dibao"))
    assert "周敏" in told["sheet"]


def test_a_refusal_without_an_answer_is_of_one_name_only(office: Office) -> None:
    (case,) = office.month("2022-05", ONE, OTHER)["sheet"].values()
    office.say(case, "ineligible", "2022-05-30")
    told = office.month("2022-06", ONE, OTHER)
    assert (told["news"], list(told["sheet"].values())) == ({"back": 1}, [case])
    assert asked(told, case)


def test_one_person_by_the_answer(office: Office) -> None:
    """A refusal holds for both, a roll of either name covers, and a third writing joins."""
    told = office.month("2022-05", ONE, OTHER)
    (case,) = told["sheet"].values()
    (candidate,) = told["candidates"].values()
    office.judge(case, candidate["other"], True, "")
    office.say(case, "ineligible", "2022-05-30")
    for rows in ((ONE, OTHER), (written("周*"), OTHER), (OTHER,)):
        told = office.month("2022-06", *rows)
        assert (told["news"], told["sheet"]) == ({"spared": 1}, {})
    told = office.month("2022-07", ONE, OTHER, written("周*", "monitored"))
    assert list(told["sheet"].values()) == [case]
    assert "写作" not in told["words"][case]
    office.audit()


def said_to_be_two(office: Office, case_no: str, other: str) -> None:
    """A village's word that the other name is another person, as `collect` posts it."""
    with opened(office.ledger) as held:
        (case,) = held.execute("SELECT case_id FROM cases WHERE case_no = ?", (case_no,)).fetchone()
        excerpt = lookup.excerpt(held, [], [case])
        said = Verified(verdicts=[Verdict(case, other, False, "2022-05-20", {"kind": "name"})])
        checked = Checked(Newcomers(excerpt), said, {}, [], frozenset())
        rows = lookup.writings(held, cases_with(parted(checked), excerpt), WRITTEN)
        terms = Terms(office.policy, date(2022, 5, 30))
        part(checked, rows, numbering(held, office.policy.villages), terms)
        added = checked.added
        places = [added.excerpt.places[new.case_id] for new in added.opened]
        opening = {"cases": added.opened, "sightings": added.sightings, "events": added.events}
        posting = {key: tuple(each) for key, each in opening.items()}
        office._post(held, verdicts=tuple(said.verdicts), places=tuple(places), **posting)


def test_two_people_by_the_answer(office: Office) -> None:
    """The other name has a case of its own from then on, named by a list or not."""
    told = office.month("2022-05", ONE, OTHER)
    (case,) = told["sheet"].values()
    (candidate,) = told["candidates"].values()
    said_to_be_two(office, case, candidate["other"])
    office.say(case, "ineligible", "2022-05-30")
    told = office.month("2022-06", ONE)
    assert told["news"] == {"carried": 1, "spared": 1}
    other = told["sheet"]["周敏"]
    assert other != case
    for rows in ((ONE, OTHER), (OTHER,), (ONE, OTHER)):
        assert office.month("2022-07", *rows)["sheet"] == {"周敏": other}
    told = office.month("2022-08", ONE, OTHER, written("周涛", "dibao"))
    assert told["sheet"] == {"周敏": other}
    assert office.month("2022-09", ONE, OTHER, written("周敏", "dibao"))["news"]["covered"] == 1
    office.audit()


def test_a_third_writing_after_a_merge_joins(office: Office) -> None:
    both = (ONE, written("周敏"))
    first = office.month("2022-05", *both)["sheet"]
    office.merge(first["周敏"], first["周涛"])
    for third in ("周*", "周**", "周某", "**敏"):
        told = office.month("2022-06", *both, written(third, "monitored"))
        assert list(told["sheet"].values()) == [first["周涛"]], third


@pytest.mark.parametrize("name", ["周涛", "周*", "周某"])
def test_a_row_in_two_files_of_a_list_is_one_person(office: Office, name: str) -> None:
    rows = (written(name), written(name, file="medical（1）.xlsx"))
    (case,) = office.month("2022-05", *rows)["sheet"].values()
    for _ in range(2):
        told = office.month("2022-06", *rows, written("周涛", "monitored"))
        assert (list(told["sheet"].values()), told["rows"]) == ([case], 1)


def test_who_was_one_person_is_one_when_a_roll_has_the_whole_name(office: Office) -> None:
    """The masked writing has been the case's before: no new number, month after month."""
    rows = (written("周涛"), written("周*", "monitored"))
    (case,) = office.month("2022-05", *rows)["sheet"].values()
    for month in ("2022-06", "2022-07"):
        for _ in range(2):
            told = office.month(month, *rows, written("周涛", "dibao"))
            assert (told["news"], told["sheet"]) == ({"covered": 1}, {})
    assert list(office.month("2022-08", *rows)["sheet"].values()) == [case]
    office.audit()
