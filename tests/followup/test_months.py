"""Month after month: what the ledger makes of people, told as stories of a few rows."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loubao.commands.match import post
from loubao.commands.progress import View, supervise
from loubao.core.events import Event, NewCase, Place, Posting, Sighting, Verdict
from loubao.core.faults import Usage
from loubao.followup.brought_forward import brought_forward, refuse_out_of_order
from loubao.followup.month import MonthCases, follow_up
from loubao.followup.people import people_of_month
from loubao.ledger import case_file as read
from loubao.ledger import editions, status
from loubao.ledger import postings as writing
from loubao.ledger.connection import writing as opened
from loubao.ledger.posted_months import posted_months
from loubao.ledger.status import standing
from loubao.linkage import link
from loubao.rules.folder import Rules
from tests.people import number
from tests.screening.test_cases import prepared, rules, someone

RULES = Path(__file__).parents[2] / "rules"
ZHUANG, LIN = "庄建国", "林秀英"
OF_LIN = number("19550101", 44)


def with_sample(people: int) -> Rules:
    """The rules, but for so many linked people a month to be checked."""
    shipped = rules()
    follow_up = shipped.screening.follow_up.model_copy(update={"sample": people})
    screening = shipped.screening.model_copy(update={"follow_up": follow_up})
    return dataclasses.replace(shipped, screening=screening)


#: What the steps of a story so far have come to: news of the last month, and the ledger.
_COME_TO: dict[tuple[Any, ...], tuple[dict[str, Any], bytes]] = {}


class Office:
    """A ledger and the months posted to it.

    A story that begins as another did goes on from where that was, as long as nobody but the office
    has had its ledger.
    """

    def __init__(self, ledger: Path, policy: Rules | None = None) -> None:
        self._ledger = ledger
        self._steps: tuple[Any, ...] | None = None if policy else ()
        self.policy = policy or rules()

    @property
    def ledger(self) -> Path:
        self._steps = None
        return self._ledger

    def month(
        self, month: str, *rows: dict[str, Any], late: str | None = None, day: int = 28
    ) -> dict[str, Any]:
        """Post a month of rows; return case number by name for those sent out, and all news."""
        if self._steps is None:
            return self._month(month, *rows, late=late, day=day)
        self._steps += ((month, repr(rows), late, day),)
        if self._steps in _COME_TO:
            news, ledger = _COME_TO[self._steps]
            self._ledger.write_bytes(ledger)
        else:
            news = self._month(month, *rows, late=late, day=day)
            _COME_TO[self._steps] = news, self._ledger.read_bytes()
        return {**news}

    def _month(
        self, month: str, *rows: dict[str, Any], late: str | None, day: int
    ) -> dict[str, Any]:
        as_of = date.fromisoformat(f"{month}-{day:02}")
        records = prepared(*rows)
        with opened(self._ledger) as held:
            refuse_out_of_order(posted_months(held), as_of, late)
            brought = brought_forward(held, as_of, self.policy)
            decisions = link(records, self.policy.matching).decisions
            people = people_of_month(records, decisions, brought, self.policy, as_of)
            last_lines = editions.last_shown(held, people.carried.values())
            done = follow_up(people, last_lines, brought, self.policy, as_of)
            assert done.posting is not None
            digest = f"{month}{rows}"
            post(held, dataclasses.replace(done.posting, digest=digest), brought)
        return self._told(done)

    def _told(self, done: MonthCases) -> dict[str, Any]:
        details = done.screened.details
        assert done.posting is not None
        return {
            "sheet": dict(details.select("name", "case_no").iter_rows()),
            "rows": details.height,
            "numbers": dict(details.select("id_number", "case_no").iter_rows()),
            "words": dict(details.select("case_no", "news").iter_rows()),
            "doubts": {
                number: doubts
                for frame in (details, done.office)
                for number, doubts in frame.select("case_no", "doubts").iter_rows()
            },
            "office": {row["name"]: row for row in done.office.iter_rows(named=True)},
            "news": done.dispositions,
            "editions": [(e.number, len(e.rows), dict(e.changes)) for e in done.posting.editions],
            "decisions": done.decisions,
            "excluded": done.screened.excluded,
            "cases": done.screened.cases,
            "clues": dict(details.select("case_no", "clues").iter_rows()),
            "lines": [row.shown for e in done.posting.editions for row in e.rows],
            "candidates": {
                row.case_id: row.candidate for e in done.posting.editions for row in e.rows
            },
        }

    def say(
        self, case_no: str, result: str, day: str, to: str | None = None, **answers: str
    ) -> None:
        """A village's answer, as `collect` posts it; `to`: the village of the town that it names,
        `answers`: column → cell.
        """
        with opened(self._ledger) as held:
            row = read.case_file(held).filter(pl.col("case_no") == case_no).row(0, named=True)
            kind = result if result in {"applied", "enrolled"} else "verified"
            detail = {"by": "sheet", "result": result, "lists": json.loads(row["lists"])}
            detail["answers"] = answers
            if to:
                (code,) = [v.code for v in self.policy.villages if v.village == to]
                detail["to"] = {"town": "洛阳镇", "village": to, "village_code": code}
            event = Event(row["case_id"], kind, day, detail, row["edition_id"])  # type: ignore[arg-type]
            self._post(held, events=(event,))

    def ask(self, case_no: str, day: str) -> None:
        """The office sends a case back to its village, as `collect` posts it."""
        with opened(self._ledger) as held:
            row = read.case_file(held).filter(pl.col("case_no") == case_no).row(0, named=True)
            here = {"town": row["town"], "village": row["village"]}
            detail = {"reason": "office", "from": here, "lists": json.loads(row["lists"])}
            self._post(held, events=(Event(row["case_id"], "reopened", day, detail),))

    def judge(self, case_no: str, other: str, same: bool, list_: str) -> None:
        """A village's word on the candidate of a case."""
        with opened(self._ledger) as held:
            cases = read.case_file(held)
            (case,) = cases.filter(pl.col("case_no") == case_no)["case_id"]
            said = Verdict(case, other, same, "2022-05-20", {"list": list_})
            self._post(held, verdicts=(said,))

    def merge(self, young: str, old: str) -> None:
        """A village's word that two cases are one person, as `collect` posts it."""
        with opened(self._ledger) as held:
            numbers = dict(held.execute("SELECT case_no, case_id FROM cases").fetchall())
            said = Verdict(numbers[young], f"case:{numbers[old]}", True, "2022-05-20", {})
            event = Event(numbers[young], "merged", "2022-05-20", {"into": numbers[old]})
            self._post(held, verdicts=(said,), events=(event,))

    def _post(self, held: Any, **what: Any) -> None:
        if self._steps is not None:
            self._steps += (repr(what),)
        month = posted_months(held)[-1]
        posted = Posting("return", month, f"{month}-28", "", {}, **what)
        writing.post(held, posted, "2022-01-01T00:00:00")

    def naming(self, month: str) -> dict[str, str]:
        """What the last run of a month made of each case."""
        with opened(self._ledger) as held:
            numbers = dict(held.execute("SELECT case_id, case_no FROM cases").fetchall())
            return {numbers[case]: news for case, news in read.dispositions(held, month).items()}

    def statuses(self) -> dict[str, str]:
        with opened(self._ledger) as held:
            return dict(read.case_file(held).select("case_no", "status").iter_rows())

    def tables(self) -> dict[str, int]:
        with opened(self._ledger) as held:
            return {
                table: held.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("posting", "cases", "event", "edition", "sighting", "sheet_row")
            }

    def audit(self) -> None:
        """Every standing is what its events come to."""
        with opened(self._ledger) as held:
            ids = held.execute("SELECT case_id, status FROM standing").fetchall()
            histories = writing.events_of(held, [case for case, _ in ids])
            for case, status in ids:
                assert standing(histories[case]).status == status


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "loubao.db")


def test_known_again_carried_and_covered(office: Office) -> None:
    may = office.month("2022-05", someone("medical"))
    assert may["news"] == {"new": 1}
    number_ = may["sheet"][ZHUANG]
    assert number_ == "104-2022-00001"
    june = office.month("2022-06", someone("monitored"))
    assert (june["news"], june["sheet"]) == ({"open": 1}, {ZHUANG: number_})
    assert "2022年5月" in june["words"][number_]
    july = office.month("2022-07", someone("medical", OF_LIN, name=LIN))
    assert july["news"] == {"new": 1, "carried": 1}
    assert july["sheet"][ZHUANG] == number_
    carried = july["cases"].filter(pl.col("case_no") == number_)
    assert carried["record_ids"].to_list() == [[]]
    assert july["doubts"][number_] == []
    august = office.month("2022-08", someone("dibao"))
    assert august["news"] == {"carried": 1, "covered": 1}
    assert office.statuses() == {number_: "enrolled", july["sheet"][LIN]: "unverified"}
    office.audit()


def test_refused_spared_and_back_by_a_new_list(office: Office) -> None:
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    office.say(number_, "ineligible", "2022-05-20")
    assert office.month("2022-06", someone("medical"))["news"] == {"spared": 1}
    back = office.month("2022-07", someone("medical"), someone("disability"))
    assert (back["news"], back["sheet"]) == ({"back": 1}, {ZHUANG: number_})
    assert "新增重度残疾" in back["words"][number_]
    again = office.month("2022-08", someone("medical"))
    assert again["news"] == {"open": 1}
    office.audit()


def test_each_return_says_its_own_reason(office: Office) -> None:
    """A sheet speaks of a new list only where a list is new."""
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    office.say(number_, "ineligible", "2022-05-20")
    said = [office.month("2023-06", someone("medical"))["words"][number_]]
    office.say(number_, "enrolled", "2023-06-30")
    said.append(office.month("2023-09", someone("medical"))["words"][number_])
    office.month("2023-10", someone("medical"), someone("dibao"))
    said.append(office.month("2023-11", someone("medical"))["words"][number_])
    assert ["已满12个月" in said[0], "2个月了" in said[1], "低保名册" in said[2]] == [True] * 3
    assert not any("新名单" in words for words in said)
    office.audit()


def test_refused_and_back_when_the_window_is_over(office: Office) -> None:
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    office.say(number_, "ineligible", "2022-05-20")
    assert office.month("2023-05", someone("medical"), day=19)["news"] == {"spared": 1}
    assert office.month("2023-05", someone("medical"), day=20)["news"] == {"back": 1}
    assert office.month("2023-05", someone("medical"), day=19)["news"] == {"spared": 1}
    assert office.statuses() == {number_: "ineligible"}
    office.audit()


def test_a_refused_person_whom_no_list_names_is_left_alone(office: Office) -> None:
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    office.say(number_, "ineligible", "2022-05-20")
    assert office.month("2022-06", someone("medical", OF_LIN, name=LIN))["news"] == {"new": 1}


def test_said_to_be_enrolled_and_on_no_roll(office: Office) -> None:
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    office.say(number_, "enrolled", "2022-05-20")
    assert office.month("2022-06", someone("medical"))["news"] == {"spared": 1}
    assert office.month("2022-07", someone("medical"))["news"] == {"back": 1}


def test_off_the_roll_again(office: Office) -> None:
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    assert office.month("2022-06", someone("medical"), someone("dibao"))["news"] == {"covered": 1}
    july = office.month("2022-07", someone("medical"))
    assert (july["news"], july["sheet"]) == ({"back": 1}, {ZHUANG: number_})


def test_found_eligible_and_not_named_any_more(office: Office) -> None:
    number_ = office.month("2022-05", someone("medical"))["sheet"][ZHUANG]
    office.say(number_, "eligible", "2022-05-20")
    june = office.month("2022-06", someone("medical"))
    assert (june["news"], june["sheet"]) == ({"office": 1}, {})
    assert june["cases"]["case_no"].to_list() == [number_], "a case all the same"
    july = office.month("2022-07", someone("medical", OF_LIN, name=LIN))
    assert july["news"] == {"new": 1, "office": 1}
    item = july["office"][ZHUANG]
    assert (item["standing"], item["since"], item["days"]) == ("eligible", "2022-05-20", 69)
    office.say(number_, "applied", "2022-07-10")
    august = office.month("2022-08", someone("medical"))
    item = august["office"][ZHUANG]
    assert (item["standing"], item["since"]) == ("applied", "2022-05-20"), "one wait"
    last = office.month("2022-09", someone("medical"), someone("dibao"))
    assert (last["news"]["covered"], last["office"]) == (1, {})
    office.audit()


def test_dead_since(office: Office) -> None:
    office.month("2022-05", someone("disability"))
    dead = someone("death", death_date=date(2022, 6, 1))
    assert office.month("2022-06", dead)["news"] == {"excluded": 1}
    assert list(office.statuses().values()) == ["closed"]


@pytest.mark.parametrize("more", [{}, {"birth": "1960-03-05"}])
def test_without_a_number_by_what_the_same_list_writes(
    office: Office, more: dict[str, str]
) -> None:
    row = someone("medical", "", **more)
    number_ = office.month("2022-05", row)["sheet"][ZHUANG]
    june = office.month("2022-06", row)
    assert (june["news"], june["sheet"]) == ({"open": 1}, {ZHUANG: number_})
    office.say(number_, "ineligible", "2022-06-20")
    july = office.month("2022-07", row)
    assert july["news"] == {"new": 1}, "a closed case hides nobody without proof"
    assert any(number_ in doubt for doubt in july["doubts"][july["sheet"][ZHUANG]])


def test_two_written_alike_are_not_told_apart(office: Office) -> None:
    twice = [someone("medical", ""), someone("monitored", "")]
    may = office.month("2022-05", *twice)
    assert may["news"] == {"new": 2}
    again = office.month("2022-05", *twice)
    assert again["news"] == {"new": 2}
    assert office.tables()["cases"] == 2
    assert office.month("2022-06", *twice)["news"] == {"open": 2}, "each list its own"


def test_the_same_month_again_changes_nothing(office: Office) -> None:
    rows = [someone("medical"), someone("disability", OF_LIN, name=LIN), someone("monitored", "")]
    office.month("2022-05", *rows)
    office.month("2022-06", *rows, someone("dibao"))
    tables = office.tables()
    assert office.month("2022-06", *rows, someone("dibao"))["editions"] == []
    assert office.tables() == tables


def test_a_late_file_and_its_correction(office: Office) -> None:
    rows = [someone("medical"), someone("medical", OF_LIN, name=LIN)]
    first = office.month("2022-05", *rows)
    assert first["editions"] == [(1, 2, {})]
    late = office.month("2022-05", *rows, someone("dibao"))
    assert late["news"] == {"new": 1, "covered": 1}
    assert late["editions"] == [(2, 1, {"added": 0, "removed": 1, "changed": 0})]
    assert office.statuses()[first["sheet"][ZHUANG]] == "closed"
    back = office.month("2022-05", *rows)
    assert (back["news"], back["sheet"]) == ({"new": 2}, first["sheet"])
    assert back["editions"][0][0] == 3
    office.audit()


def test_a_list_that_was_wrong(office: Office) -> None:
    first = office.month("2022-05", someone("medical"), someone("medical", OF_LIN, name=LIN))
    mended = office.month("2022-05", someone("medical"))
    assert mended["news"] == {"new": 1, "withdrawn": 1}
    assert office.statuses()[first["sheet"][LIN]] == "closed"
    june = office.month("2022-06", someone("medical", OF_LIN, name=LIN))
    assert june["news"] == {"back": 1, "carried": 1}
    office.audit()


def test_a_village_that_has_nobody_any_more(office: Office) -> None:
    office.month(
        "2022-05", someone("medical"), someone("medical", OF_LIN, name=LIN, village="后亭村")
    )
    mended = office.month("2022-05", someone("medical"))
    assert mended["editions"] == [(2, 0, {"added": 0, "removed": 1, "changed": 0})]


def test_months_in_order_or_with_a_reason(office: Office) -> None:
    office.month("2022-06", someone("medical"))
    with pytest.raises(Usage, match="2022-06"):
        office.month("2022-05", someone("medical"))
    late = office.month("2022-05", someone("medical"), someone("dibao", OF_LIN), late="迟到")
    assert late["news"] == {"spared": 1}
    assert late["editions"] == [], "who is seen to already is not sent out again"


def test_a_late_month_changes_nothing_that_is_known(office: Office) -> None:
    wu, third = number("19610203", 31), number("19620405", 57)
    of_may = [
        someone("medical"),
        someone("medical", OF_LIN, name=LIN, village="后亭村"),
        someone("medical", wu, name="吴阿水"),
    ]
    first = office.month("2022-05", *of_may)["sheet"]
    # in June one is on a roll, one is sent out again, and one is new
    new = someone("medical", third, name="许三省")
    office.month("2022-06", someone("dibao"), *of_may[1:], new)
    office.say(first["吴阿水"], "ineligible", "2022-06-29")
    before = office.statuses()
    assert sorted(before.values()) == ["enrolled", "ineligible", "unverified", "unverified"]
    # May comes again: nobody on a roll but her who is on June's sheet, and somebody unheard of
    fifth = someone("medical", number("19710809", 23), name="柯四海", village="后亭村")
    late = office.month(
        "2022-05", *of_may, new, fifth, someone("dibao", OF_LIN, name=LIN), late="迟到", day=31
    )
    after = office.statuses()
    assert {case: after[case] for case in before} == before
    assert late["news"] == {"covered": 1, "new": 3, "spared": 1}
    assert late["editions"] == [(2, 1, {"added": 1, "removed": 1, "changed": 0})]
    office.audit()
    assert office.month("2022-05", *of_may, new, fifth, late="迟到", day=31)["editions"] == []


def test_a_late_month_moves_nobody(office: Office) -> None:
    rows = [someone("medical"), someone("medical", OF_LIN, name=LIN)]
    office.month("2022-05", *rows)
    office.month("2022-06", someone("medical", village="后亭村"), rows[1])
    office.month("2022-05", *rows, someone("monitored", OF_LIN, name=LIN), late="迟到")
    with opened(office.ledger) as held:
        places = held.execute("SELECT village, lists FROM standing ORDER BY case_id").fetchall()
    assert places == [("后亭村", '["medical"]'), ("上浦村", '["medical","monitored"]')]


def test_who_answered_stays_where_the_month_is_run_again(office: Office) -> None:
    rows = [someone("medical"), someone("medical", OF_LIN, name=LIN)]
    sheet = office.month("2022-05", *rows)["sheet"]
    for result in ("eligible", "ineligible", "enrolled"):
        office.say(sheet[ZHUANG], result, "2022-05-30")
        again = office.month("2022-05", *rows)
        assert (again["news"], again["editions"]) == ({"new": 2}, [])
    more = someone("medical", number("19710809", 23), name="柯四海")
    again = office.month("2022-05", *rows, more)
    assert again["editions"] == [(2, 3, {"added": 1, "removed": 0, "changed": 1})]
    assert office.statuses()[sheet[ZHUANG]] == "enrolled"
    office.audit()
    # off the sheet by a corrected roll, and still counted
    office.month("2022-05", *rows[:1], more, someone("dibao", OF_LIN, name=LIN))
    report = supervise(office.ledger, None, RULES, View("town", "2022-05", date(2022, 6, 1)))
    assert report["this_month"]["total"]["people"]["issued"] == 2


def test_a_new_edition_is_not_overdue_when_it_goes_out(office: Office) -> None:
    office.month("2022-05", someone("medical"))
    office.month("2022-06", someone("medical"))
    more = someone("medical", OF_LIN, name=LIN)
    office.month("2022-05", someone("medical"), more, late="迟到")
    with opened(office.ledger) as held:
        issued = held.execute("SELECT issued_on FROM edition ORDER BY edition_id").fetchall()
    assert issued == [("2022-05-28",), ("2022-06-28",), ("2022-06-28",)]


def test_who_is_found_eligible_by_the_village_that_adds_them_is_the_offices(office: Office) -> None:
    office.month("2022-05", someone("medical"))
    with opened(office.ledger) as held:
        case = NewCase(2, "104-2022-00002", "104", 2022, 2)
        told = {"by": "sheet", "result": "eligible", "lists": ["village_report"]}
        events = (
            Event(2, "opened", "2022-05-30", {"lists": ["village_report"]}),
            Event(2, "verified", "2022-05-30", told),
        )
        place = Place(2, "洛阳镇", "上浦村", "", "H0000002", ("village_report",))
        written = {"list": "village_report", "name": LIN, "name_key": LIN}
        office._post(
            held,
            cases=(case,),
            events=events,
            places=(place,),
            sightings=(Sighting(2, written),),
        )
    rows = [someone("medical")]
    for _ in range(2):
        june = office.month("2022-06", *rows)
        assert june["office"][LIN]["case_no"] == "104-2022-00002"
        assert june["news"] == {"open": 1, "office": 1}
    assert LIN not in office.month("2022-07", *rows)["sheet"]
    office.audit()


def test_two_cases_turn_out_to_be_one_person(office: Office) -> None:
    may = office.month("2022-05", someone("medical", ""), someone("disability"))
    assert may["news"] == {"new": 2}
    first, second = sorted(case for case in office.statuses())
    june = office.month("2022-06", someone("medical"), someone("disability"))
    assert june["rows"] == 1 or june["news"].get("carried") == 1
    office.audit()
    assert first in office.statuses() or second in office.statuses()


def roll_key(office: Office, row: dict[str, Any]) -> str:
    (record,) = prepared(row).iter_rows(named=True)
    return status.row_key(record)


def test_a_judgement_outranks_every_tier(office: Office) -> None:
    doubtful = someone("dibao", number("19600305", 124))
    may = office.month("2022-05", someone("medical"), doubtful)
    number_ = may["sheet"][ZHUANG]
    assert may["doubts"][number_]
    key = roll_key(office, doubtful)
    (candidate,) = may["candidates"].values()
    assert candidate["other"] == key
    office.judge(number_, key, same=False, list_="dibao")
    june = office.month("2022-06", someone("medical"), doubtful)
    assert june["doubts"][number_] == []
    office.judge(number_, key, same=True, list_="dibao")
    july = office.month("2022-07", someone("medical"), doubtful)
    assert july["news"] == {"covered": 1}
    assert july["decisions"]["tier"].to_list() == [status.VERDICT_TIER]


def test_a_judgement_parts_what_the_engine_linked(office: Office) -> None:
    office.month("2022-05", someone("medical"))
    office.judge("104-2022-00001", roll_key(office, someone("dibao")), same=False, list_="dibao")
    june = office.month("2022-06", someone("medical"), someone("dibao"))
    assert june["news"] == {"open": 1}


def test_links_are_checked_and_taken_back(tmp_path: Path) -> None:
    office = Office(tmp_path / "loubao.db", with_sample(1))
    rows = [someone("medical"), someone("dibao"), someone("medical", OF_LIN, name=LIN)]
    may = office.month("2022-05", *rows)
    assert (may["news"], may["sheet"], may["cases"].height) == (
        {"new": 1},
        {LIN: may["sheet"][LIN]},
        1,
    )
    drawn = {line["name"]: line["case_no"] for line in may["lines"]}
    assert set(drawn) == {LIN, ZHUANG}
    tables = office.tables()
    assert office.month("2022-05", *rows)["editions"] == []
    assert office.tables() == tables
    office.judge(drawn[ZHUANG], roll_key(office, someone("dibao")), same=False, list_="dibao")
    june = office.month("2022-06", *rows)
    assert june["news"] == {"new": 1, "open": 1}, "whom a wrong link hid is on the sheet"
    assert ZHUANG in june["sheet"]
    office.audit()


def test_a_late_month_still_asks_whom_it_asked_and_nobody_else(tmp_path: Path) -> None:
    office = Office(tmp_path / "loubao.db", with_sample(1))
    rows = [someone("medical"), someone("dibao"), someone("medical", OF_LIN, name=LIN)]
    may = office.month("2022-05", *rows)
    office.month("2022-06", *rows)
    tables = office.tables()
    assert office.month("2022-05", *rows, late="迟到")["editions"] == []
    assert office.tables() == tables
    wu = number("19610203", 31)
    linked = [someone(name, wu, name="吴阿水") for name in ("medical", "dibao")]
    more = someone("medical", number("19710809", 23), name="柯四海")
    late = office.month("2022-05", *rows, *linked, more, late="迟到")
    assert {line["name"] for line in may["lines"]} == {ZHUANG, LIN}
    assert {line["name"] for line in late["lines"]} == {ZHUANG, LIN, "柯四海"}
    office.audit()


def test_numbers_run_by_town_and_year(office: Office) -> None:
    office.month(
        "2022-12",
        someone("medical"),
        someone("medical", OF_LIN, name=LIN, town="东园镇", village="上林社区"),
    )
    january = office.month("2023-01", someone("medical", number("19700707", 31), name="许大山"))
    assert sorted(office.statuses()) == ["104-2022-00001", "104-2023-00001", "105-2022-00001"]
    assert january["news"]["carried"] == 2
