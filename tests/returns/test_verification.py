"""Answers against the ledger: what is posted, what stays out, what it comes to."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.events import Edition, Event, Place
from loubao.ledger.lookup import Excerpt
from loubao.ledger.status import standing
from loubao.returns.answers import Reply, Window, read_answers
from loubao.returns.identification import identify
from loubao.returns.page import Line
from loubao.returns.terms import HIDDEN_CASE, HIDDEN_EDITION, Terms
from loubao.returns.verification import Verified, verify
from loubao.rules.folder import Rules, load_rules

TODAY = dt.date(2022, 7, 20)
WINDOW = Window(dt.date(2022, 5, 30), TODAY)
FIT = {"result": "已核查符合", "proposed_type": "低保", "visited_on": "2022-07-05"}
UNFIT = {"result": "已核查不符合", "why_not": "收入超标", "visited_on": "2022-07-05"}
DIFFICULT = {"result": "疑难", "visited_on": "2022-07-05"}
CODE = "350521104203"
ROLL = {"kind": "roll", "other": "row:1"}


@functools.cache
def _shipped() -> Rules:
    return load_rules(Path(__file__).parents[2] / "rules")


def sheet(number: int = 1, newest: int = 1, issued_on: str = "2022-06-30") -> Edition:
    """An edition of June; its id is its number."""
    place = ("洛阳镇", "上浦村", CODE)
    days = (issued_on, issued_on)
    return Edition(number, "2022-06", *place, number, *days, "0" * 64, {}, newest=newest)


def no(case: int) -> str:
    return f"104-2022-{case:05}"


class Files:
    """A ledger of a few cases, kept as an `Excerpt`; what is verified is posted into it."""

    def __init__(self, rules: Rules, cases: int = 3) -> None:
        self.rules = rules
        on = "2022-06-30"
        ids = range(1, cases + 1)
        self.last = 2 * cases
        self.excerpt = Excerpt(
            cases={no(i): i for i in ids},
            places={i: Place(i, "洛阳镇", "上浦村", CODE, f"H{i:07}", ("medical",)) for i in ids},
            events={
                i: (
                    Event(i, "opened", on, {"lists": ["medical"]}, event_id=2 * i - 1),
                    Event(i, "issued", on, {}, edition_id=1, event_id=2 * i),
                )
                for i in ids
            },
            sheets={1: sheet()},
            rows={(1, i): ({"cells": {"name": f"甲{i}"}}, ROLL) for i in ids},
        )

    def change(self, **fields: Any) -> None:
        self.excerpt = replace(self.excerpt, **fields)

    def collect(
        self,
        *lines: tuple[int, Mapping[str, str]],
        edition: int = 1,
        as_of: dt.date = TODAY,
    ) -> Verified:
        """Verify lines `(case, cells)` and post what is right."""
        replies = self.replies(lines, edition, as_of)
        done = verify(replies, self.excerpt, self.terms(as_of))
        events = dict(self.excerpt.events)
        for event in done.events:
            self.last += 1
            posted = replace(event, event_id=self.last)
            events[event.case_id] = (*events[event.case_id], posted)
        verdicts = dict(self.excerpt.verdicts)
        for j in done.verdicts:
            verdicts[j.case_id, j.other] = (
                *verdicts.get((j.case_id, j.other), ()),
                (j.same, j.on_date),
            )
        owners = {**self.excerpt.owners, **done.merged}
        self.change(events=events, verdicts=verdicts, owners=owners)
        return done

    def terms(self, as_of: dt.date) -> Terms:
        return Terms(self.rules, as_of)

    def replies(
        self, lines: Sequence[tuple[int, Mapping[str, str]]], edition: int, as_of: dt.date
    ) -> list[Reply]:
        headers = {c.key: c.header for c in self.rules.sheets.village.columns}
        read = []
        for at, (case, cells) in enumerate(lines, start=5):
            month = self.excerpt.sheets[edition].month
            keys = {HIDDEN_CASE: no(case), HIDDEN_EDITION: f"{month}/{edition}/00000000"}
            line = Line("表.xlsx", "核查表", at, {**cells, **keys}, headers)
            known = identify(line, self.excerpt, self.terms(as_of))
            assert not isinstance(known, tuple), known
            read.append(known)
        windows = [Window(WINDOW.first, as_of)] * len(read)
        answers = read_answers([known.line for known in read], windows, self.terms(as_of))
        return [Reply(known, answer) for known, answer in zip(read, answers, strict=True)]

    def status(self, case: int) -> str:
        return self.excerpt.state(case).status


@pytest.fixture
def files(rules: Rules) -> Files:
    return Files(rules)


def codes(done: Verified) -> list[str]:
    return sorted(issue[4] for issue in done.issues)


LINES = [
    ({"result": "已核查符合"}, ["ANSWER_NEEDED"], "out", "unverified"),
    ({"result": "已核查不符合"}, ["ANSWER_NEEDED"], "out", "unverified"),
    ({"result": "已纳入"}, ["ANSWER_NEEDED"], "out", "unverified"),
    ({"result": "已申请"}, [], "posted", "applied"),
    ({"result": "已纳入", "proposed_type": "特困"}, [], "posted", "enrolled"),
    ({"result": "退回"}, [], "posted", "returned"),
    ({"remark": "不在家"}, ["RESULT_MISSING"], "out", "unverified"),
    ({"result": "也许"}, ["ANSWER_NOT_CHOICE"], "out", "unverified"),
    ({"remark": "—"}, [], "untouched", "unverified"),
    ({**FIT, "household_size": "几口"}, ["ANSWER_AS_REMARK"], "posted", "eligible"),
    ({"same_person": "也许", **FIT}, ["ANSWER_AS_REMARK"], "posted", "eligible"),
    ({"same_person": "也许"}, ["ANSWER_NOT_CHOICE"], "out", "unverified"),
    ({**FIT, "proposed_type": "困难补助"}, ["ANSWER_AS_REMARK"], "posted", "eligible"),
    ({**UNFIT, "why_not": "不详"}, ["ANSWER_NEEDED"], "out", "unverified"),
    ({**UNFIT, "why_not": "已享受残疾人两项补贴"}, ["REASON_NO_COVER"], "out", "unverified"),
    (
        {**UNFIT, "why_not": "已纳入低保边缘家庭、临时救助"},
        ["REASON_NO_COVER"],
        "out",
        "unverified",
    ),
    ({**UNFIT, "visited_on": "月底"}, ["ANSWER_AS_REMARK"], "posted", "ineligible"),
    ({"same_person": "是"}, ["RESULT_MISSING"], "judged", "unverified"),
]


@pytest.mark.parametrize(("cells", "said", "outcome", "status"), LINES)
def test_a_line(
    files: Files, cells: dict[str, str], said: list[str], outcome: str, status: str
) -> None:
    done = files.collect((1, cells))
    assert (codes(done), done.outcomes, files.status(1)) == (said, [outcome], status)


def test_enrolled_says_by_whom_and_for_what(files: Files) -> None:
    done = files.collect((1, {"result": "已纳入", "proposed_type": "特困"}))
    detail = done.events[0].detail
    assert (done.events[0].kind, detail["by"], detail["type"]) == ("enrolled", "sheet", "特困")
    assert done.events[0].on_date == TODAY.isoformat()


def test_contradiction_within_a_run(files: Files) -> None:
    done = files.collect((1, FIT), (1, UNFIT), (2, FIT), (2, {**UNFIT, "why_not": ""}), (3, FIT))
    assert done.outcomes == ["out", "out", "out", "out", "posted"]
    assert codes(done) == ["ANSWERS_CONFLICT"] * 4 + ["ANSWER_NEEDED"]
    first = next(issue for issue in done.issues if issue[4] == "ANSWERS_CONFLICT")
    assert "表.xlsx“核查表”第6行" in first[5]


def test_doubles(files: Files) -> None:
    done = files.collect((1, FIT), (1, FIT), (1, {**FIT, "remark": "独居"}))
    assert done.outcomes == ["repeated", "repeated", "posted"]
    assert len(done.events) == 1


FURTHER = [
    # the second answer, its events, what then holds, what is said
    (FIT, [], "eligible", [], "unchanged"),
    ({**UNFIT, "visited_on": "7.9"}, ["verified"], "ineligible", [], "posted"),
    (UNFIT, ["corrected", "verified"], "ineligible", [], "posted"),
    ({**FIT, "remark": "独居"}, ["corrected", "verified"], "eligible", [], "posted"),
    ({**UNFIT, "visited_on": "7.1"}, [], "eligible", ["ANSWER_OLDER"], "out"),
    ({"result": "疑难"}, ["verified"], "difficult", [], "posted"),
    # the day cannot be read: the answer may be the earlier one
    (
        {"result": "疑难", "visited_on": "月底"},
        [],
        "eligible",
        ["ANSWER_AS_REMARK", "ORDER_UNKNOWN"],
        "out",
    ),
]


@pytest.mark.parametrize(("cells", "kinds", "status", "said", "outcome"), FURTHER)
def test_a_second_answer(
    files: Files,
    cells: dict[str, str],
    kinds: list[str],
    status: str,
    said: list[str],
    outcome: str,
) -> None:
    files.collect((1, FIT))
    done = files.collect((1, cells))
    assert [event.kind for event in done.events] == kinds
    assert (files.status(1), codes(done), done.outcomes) == (status, said, [outcome])


def test_a_day_that_cannot_be_read(files: Files) -> None:
    """It is the day of collecting; again collected it is the same; a later sheet is later."""
    odd = {**UNFIT, "visited_on": "7月上旬", "same_person": "否"}
    done = files.collect((1, odd), (1, {**UNFIT, "same_person": "否"}))
    assert done.outcomes == ["judged", "posted"]  # of two that agree the one with a day
    done = files.collect((2, odd), as_of=TODAY - dt.timedelta(1))
    assert done.events[0].on_date == "2022-07-19"
    done = files.collect((2, odd))
    assert (done.outcomes, done.events) == (["unchanged"], [])
    done = files.collect((2, {**odd, "same_person": "是"}))
    assert (codes(done), done.verdicts) == (["ANSWER_AS_REMARK", "ORDER_UNKNOWN"], [])
    july = replace(sheet(2, 2, "2022-07-31"), month="2022-07")
    rows = {**files.excerpt.rows, (2, 1): files.excerpt.rows[1, 1]}
    files.change(sheets={**files.excerpt.sheets, 2: july}, rows=rows)
    done = files.collect((1, {**FIT, "visited_on": "月底"}), edition=2, as_of=dt.date(2022, 8, 9))
    assert (done.outcomes, files.status(1)) == (["posted"], "eligible")


def test_what_was_taken_back_does_not_come_back(files: Files) -> None:
    """The old file lies in the folder still, or is collected again by mistake."""
    files.collect((1, FIT))
    files.collect((1, UNFIT))
    for lines in ([(1, FIT)], [(1, UNFIT)], [(1, FIT), (1, UNFIT)]):
        done = files.collect(*lines)
        assert set(done.outcomes) == {"unchanged"}
        assert done.events == []
    assert files.status(1) == "ineligible"


def test_a_correction_that_the_past_does_not_bear(files: Files) -> None:
    """Found not eligible, reopened, and then the first answer is mended: both stay."""
    files.collect((1, UNFIT))
    events = dict(files.excerpt.events)
    again = Event(1, "reopened", "2022-07-31", {"reason": "new_list"}, event_id=99)
    files.change(events={**events, 1: (*events[1], again)})
    done = files.collect((1, UNFIT))
    assert (done.outcomes, done.events) == (["unchanged"], [])
    done = files.collect((1, FIT))
    assert [event.kind for event in done.events] == ["verified"]
    assert files.status(1) == "eligible"


@pytest.mark.parametrize(
    ("before", "said", "status"),
    [(None, "EDITION_SUPERSEDED", "ineligible"), (FIT, "EDITION_SUPERSEDED", "ineligible")],
)
def test_superseded_edition(
    files: Files, before: dict[str, str] | None, said: str, status: str
) -> None:
    if before:
        files.collect((1, before))
    files.change(sheets={1: sheet(1, 2), 2: sheet(2, 2)})
    done = files.collect((1, {**UNFIT, "visited_on": "7.9"}))
    assert (codes(done), files.status(1)) == ([said], status)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        # of one line: that it is posted although the sheet is old, or that it is not posted
        ([{**UNFIT, "visited_on": "7.1"}], ["ANSWER_OLDER"]),
        ([{**UNFIT, "visited_on": "月底"}], ["ANSWER_AS_REMARK", "ORDER_UNKNOWN"]),
        # of two that agree, neither says that the other one is posted
        ([{**UNFIT, "visited_on": day} for day in ("7.1", "7.2")], ["ANSWER_OLDER"] * 2),
    ],
)
def test_one_line_is_not_told_two_things(
    files: Files, answers: list[dict[str, str]], said: list[str]
) -> None:
    """An old sheet with an answer that comes after another: not 照此登记 and 没有登记 of one."""
    files.collect((1, FIT))
    files.change(sheets={1: sheet(1, 2), 2: sheet(2, 2)})
    done = files.collect(*((1, each) for each in answers))
    assert (codes(done), files.status(1), done.events) == (said, "eligible", [])
    posted = [issue[5] for issue in done.issues if "照此登记" in issue[5]]
    assert not posted and set(done.outcomes) == {"out"}


def test_the_next_best_answer_is_taken_where_the_best_comes_too_late(files: Files) -> None:
    """The later visit stands on an old sheet of a closed case; the other on the newest sheet."""
    files.collect((1, UNFIT))
    newest = {**files.excerpt.rows, (2, 1): files.excerpt.rows[1, 1]}
    files.change(sheets={1: sheet(1, 2), 2: sheet(2, 2)}, rows=newest)
    old = files.replies([(1, {**FIT, "visited_on": "7.10"})], 1, TODAY)
    new = files.replies([(1, {**FIT, "visited_on": "7.9"})], 2, TODAY)
    done = verify([*old, *new], files.excerpt, files.terms(TODAY))
    assert (codes(done), done.outcomes) == (["EDITION_CLOSED"], ["out", "posted"])


def test_superseded_edition_of_a_closed_case(files: Files) -> None:
    files.collect((1, UNFIT))
    files.change(sheets={1: sheet(1, 2), 2: sheet(2, 2)})
    done = files.collect((1, {**FIT, "visited_on": "7.9"}))
    assert (codes(done), done.outcomes, files.status(1)) == (
        ["EDITION_CLOSED"],
        ["out"],
        "ineligible",
    )


def test_judgements(files: Files) -> None:
    done = files.collect((1, {**FIT, "same_person": "否"}), (2, {**UNFIT, "same_person": "是"}))
    assert [(j.case_id, j.other, j.same) for j in done.verdicts] == [
        (1, "row:1", False),
        (2, "row:1", True),
    ]
    again = files.collect((1, {**FIT, "same_person": "否"}))
    assert (again.verdicts, again.events, again.outcomes) == ([], [], ["unchanged"])
    later = {**FIT, "same_person": "是", "visited_on": "7.9"}
    assert [j.same for j in files.collect((1, later)).verdicts] == [True]
    done = files.collect((3, {**FIT, "same_person": "是"}), (3, {**FIT, "same_person": "否"}))
    assert done.verdicts == []
    assert codes(done).count("ANSWERS_CONFLICT") == 2


def test_no_candidate(files: Files) -> None:
    files.change(rows={(1, 1): ({"cells": {"name": "甲"}}, None)})
    done = files.collect((1, {**FIT, "same_person": "是"}))
    assert (codes(done), done.outcomes) == (["NO_CANDIDATE"], ["posted"])


def test_a_sample_needs_no_result(files: Files) -> None:
    files.change(samples=frozenset({1}))
    done = files.collect((1, {"same_person": "是"}))
    assert (codes(done), done.outcomes, len(done.verdicts)) == ([], ["judged"], 1)


MERGES = [
    # answers of the older and the younger before, in the run; what holds of the older then
    (None, None, {}, {"same_person": "是"}, "unverified"),
    (None, UNFIT, {}, {**UNFIT, "same_person": "是"}, "ineligible"),
    (FIT, {**UNFIT, "visited_on": "7.1"}, {}, {"same_person": "是"}, "eligible"),
    (FIT, {**UNFIT, "visited_on": "7.9"}, {}, {"same_person": "是"}, "ineligible"),
    (None, None, {}, {**FIT, "same_person": "是"}, "eligible"),
    (None, None, FIT, {**FIT, "same_person": "是"}, "eligible"),
    (None, None, FIT, {**UNFIT, "same_person": "是"}, "unverified"),
]


@pytest.mark.parametrize(("old", "young", "old_now", "young_now", "status"), MERGES)
def test_two_cases_are_one_person(
    files: Files,
    old: dict[str, str] | None,
    young: dict[str, str] | None,
    old_now: dict[str, str],
    young_now: dict[str, str],
    status: str,
) -> None:
    rows = dict(files.excerpt.rows)
    rows[1, 2] = ({"cells": {"name": "甲"}}, {"kind": "case", "other": "case:1"})
    files.change(rows=rows)
    for case, cells in ((1, old), (2, young)):
        if cells:
            files.collect((case, cells))
    lines = [(1, old_now), (2, young_now)]
    done = files.collect(*lines)
    assert done.merged == {2: 1}
    assert standing(files.excerpt.events[2]).merged_into == 1
    assert files.status(1) == status
    again = files.collect(*lines)
    assert (again.events, again.verdicts) == ([], [])


ANSWERS = st.sampled_from(
    [
        FIT,
        UNFIT,
        DIFFICULT,
        {"result": "已申请", "visited_on": "7.3"},
        {"result": "已纳入", "proposed_type": "低保", "visited_on": "7.10"},
        {"result": "退回"},
        {"result": "已核查符合"},
        {"remark": "不在家"},
        {"result": "好"},
        {**FIT, "same_person": "是"},
        {"same_person": "否"},
        {},
        {**FIT, "remark": "独居"},
        {**FIT, "remark": "有病人"},
        {"result": "退回", "remark": "在外地"},
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(1, 3), ANSWERS), max_size=6), max_size=4))
def test_any_rounds(rounds: list[list[tuple[int, dict[str, str]]]]) -> None:
    """Every line has an outcome, every history holds, and the same folder again posts nothing."""
    files = Files(_shipped())
    rows = dict(files.excerpt.rows)
    rows[1, 3] = ({"cells": {"name": "甲"}}, {"kind": "case", "other": "case:1"})
    files.change(rows=rows)
    for day, lines in enumerate(rounds):
        as_of = TODAY + dt.timedelta(days=day)
        done = files.collect(*lines, as_of=as_of)
        assert len(done.outcomes) == len(lines)
        for events in files.excerpt.events.values():
            standing(events)
        again = files.collect(*lines, as_of=as_of)
        assert again.events == []
        assert again.verdicts == []
        named = {issue[2] for issue in done.issues}
        assert all(
            place in named for place, out in enumerate(done.outcomes, start=5) if out == "out"
        )
