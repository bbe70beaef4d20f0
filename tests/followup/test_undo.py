"""Undo: after each posting of every story it is taken back and posted again, to the same result."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loubao.commands.undo import undo, undoable
from loubao.core.faults import Usage
from loubao.ledger import case_file
from loubao.ledger.connection import reading, writing
from loubao.ledger.editions import all_editions
from loubao.ledger.integrity import audit
from loubao.ledger.merges import origins
from loubao.ledger.postings import holding
from tests.followup import test_months
from tests.followup.test_months import OF_LIN, Office, someone

_FRAMES = ("decisions", "excluded", "cases")
#: What no second run repeats: ids of what is posted, the text about the edition.
_NUMBERED = ("edition_id", "answer_posting", "answer_event")


class Undoing(Office):
    """An office that takes back everything it posts, and posts it again."""

    def month(self, *what: Any, **how: Any) -> dict[str, Any]:
        before, last = self.state(), self.last()
        first = super().month(*what, **how)
        if self.last() != last:
            after = self.state()
            self.take_back(before)
            again = super().month(*what, **how)
            for name in first:
                if name in _FRAMES:
                    assert again[name].equals(first[name]), name
                elif name not in ("editions", "candidates", "lines"):
                    assert again[name] == first[name], name
            assert [line["cells"] for line in again["lines"]] == [
                line["cells"] for line in first["lines"]
            ]
            assert self.state() == after
            first["editions"] = self.ranked(again["editions"])
        return first

    def ranked(self, editions: list[tuple[int, int, Any]]) -> list[tuple[int, int, Any]]:
        """The editions just issued, numbered as if none had been taken back."""
        with reading(self.ledger) as held:
            sheets = [each for each in all_editions(held).values() if not each.withdrawn]
        issued = [each for each in sheets if each.posting_id == self.last()]
        ranks = [
            sum((each.month, each.village) == (one.month, one.village) for each in sheets)
            for one in issued
        ]
        return [(rank, *rest) for rank, (_, *rest) in zip(ranks, editions, strict=True)]

    def _post(self, held: Any, **what: Any) -> None:
        held.execute("COMMIT") if held.in_transaction else None
        before = self.state()
        super()._post(held, **what)
        after = self.state()
        self.undone_by(held, before)
        super()._post(held, **what)
        assert self.state() == after

    def undone_by(self, held: Any, before: dict[str, Any]) -> None:
        from loubao.ledger.postings import post
        from loubao.ledger.undoing import taking_back

        post(held, taking_back(held, holding(held)[-1], "2022-12-31"), "2022-12-31T00:00:00")
        assert self.state() == before

    def take_back(self, before: dict[str, Any]) -> None:
        undo(self.ledger, None, self.last())
        assert self.state() == before

    def last(self) -> int:
        """The last posting that holds, 0 where there is none."""
        if not self.ledger.exists():
            return 0
        with reading(self.ledger) as held:
            return max((each.posting_id for each in holding(held)), default=0)

    def state(self) -> dict[str, Any]:
        """All that the months and returns to come read of the ledger, without ids of postings."""
        if not self.ledger.exists():
            return self.state_of(None)
        with reading(self.ledger) as held:
            assert audit(held) == []
            return self.state_of(held)

    def state_of(self, held: Any) -> dict[str, Any]:
        if held is None or not holding(held):
            return {}
        months = sorted({each.month for each in holding(held)})
        sightings = case_file.sightings(held).drop("sighting_id")
        exclusions = "SELECT month, file, row, qualifies, said_on, name_key FROM exclusion"
        return {
            "cases": case_file.case_file(held).drop(*_NUMBERED[:1], "answer_event").to_dicts(),
            "sightings": sightings.sort(pl.all()).to_dicts(),
            "verdicts": case_file.verdicts(held).drop("judgement_id").to_dicts(),
            "origins": origins(held)["origin"].to_list(),
            "naming": {month: case_file.dispositions(held, month) for month in months},
            "named": {month: sorted(case_file.named(held, month).iter_rows()) for month in months},
            "exclusions": sorted(held.execute(exclusions).fetchall(), key=str),
            "in_force": sorted(
                (each.month, each.town, each.village, each.digest)
                for each in all_editions(held).values()
                if not each.superseded
            ),
        }


#: Counts editions as they lie in the table, withdrawn ones too.
_COUNTING = {test_months.test_a_new_edition_is_not_overdue_when_it_goes_out}


#: One of each kind of posting and of each way back; the others are long.
_TOLD_EACH_TIME = {
    test_months.test_found_eligible_and_not_named_any_more,
    test_months.test_known_again_carried_and_covered,
    test_months.test_a_late_file_and_its_correction,
    test_months.test_a_judgement_outranks_every_tier,
    test_months.test_two_cases_turn_out_to_be_one_person,
    test_months.test_dead_since,
}


def stories() -> list[Any]:
    return [
        pytest.param(story, marks=[] if story in _TOLD_EACH_TIME else pytest.mark.long)
        for name, story in vars(test_months).items()
        if name.startswith("test_")
        and [*inspect.signature(story).parameters] == ["office"]
        and story not in _COUNTING
    ]


@pytest.mark.parametrize("story", stories(), ids=lambda story: str(story.__name__))
def test_every_posting_taken_back_and_posted_again(
    story: Callable[[Office], None], tmp_path: Path
) -> None:
    story(Undoing(tmp_path / "loubao.db"))


def test_a_month_under_a_wrong_date(tmp_path: Path) -> None:
    """The right date after it: the same people, the same numbers, and nothing of the wrong month."""
    office = Office(tmp_path / "loubao.db")
    rows = [someone("medical"), someone("disability", OF_LIN, name=test_months.LIN)]
    wrong = office.month("2022-05", *rows)
    undo(office.ledger, None, undoable(office.ledger, None).posting.posting_id)
    assert office.statuses() == {}
    right = office.month("2022-06", *rows)
    assert right["sheet"] == wrong["sheet"]
    assert right["news"] == {"new": 2}
    assert set(right["words"].values()) == {None}
    july = office.month("2022-07", *rows)
    assert all("6月" in words for words in july["words"].values())


def test_nobody_else_gets_the_number(tmp_path: Path) -> None:
    office = Office(tmp_path / "loubao.db")
    may = office.month("2022-05", someone("medical"))
    undo(office.ledger, None, 1)
    other = office.month("2022-05", someone("medical", OF_LIN, name=test_months.LIN))
    assert set(other["sheet"].values()).isdisjoint(may["sheet"].values())
    both = office.month("2022-06", someone("medical"))
    assert both["sheet"][test_months.ZHUANG] == may["sheet"][test_months.ZHUANG]
    office.audit()


def test_the_next_edition_goes_on_with_the_number(tmp_path: Path) -> None:
    office = Office(tmp_path / "loubao.db")
    office.month("2022-05", someone("medical"))
    undo(office.ledger, None, 1)
    assert office.month("2022-05", someone("medical"))["editions"] == [(2, 1, {})]


def test_later_postings_are_named(tmp_path: Path) -> None:
    office = Office(tmp_path / "loubao.db")
    with pytest.raises(Usage, match="没有台账"):
        undoable(office.ledger, None)
    office.month("2022-05", someone("medical"))
    office.say("104-2022-00001", "eligible", "2022-06-02")
    office.month("2022-06", someone("medical"))
    with pytest.raises(Usage, match=r"第1次登记.*不能撤回.*第3次登记.*第2次登记"):
        undo(office.ledger, None, 1)
    for number in (3, 2, 1):
        undo(office.ledger, None, number)
    with pytest.raises(Usage, match="没有可以撤回的登记"):
        undoable(office.ledger, None)
    with pytest.raises(Usage, match="没有第3次登记"):
        undoable(office.ledger, None, 3) if office.month("2022-05", someone("medical")) else None


def test_a_posting_is_taken_back_once(tmp_path: Path) -> None:
    office = Office(tmp_path / "loubao.db")
    office.month("2022-05", someone("medical"))
    undo(office.ledger, None, 1)
    with writing(office.ledger) as held, pytest.raises(Exception, match="never written over"):
        held.execute(
            "INSERT INTO posting VALUES (9, 'undo', '2022-05', '', '', '', '', NULL, '{}', '', 1)"
        )
