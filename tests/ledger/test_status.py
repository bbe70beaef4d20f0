"""What the events of a case come to: each transition, random lives, corrections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.events import Event, State
from loubao.ledger.status import (
    CLOSED,
    RESULTS,
    UNSETTLED,
    VERIFIED,
    IllegalTransition,
    after,
    standing,
)

DAY = "2022-06-30"


def event(kind: str, **more: Any) -> Event:
    return Event(1, kind, DAY, **more)  # type: ignore[arg-type]


def verified(result: str) -> Event:
    return event("verified", detail={"result": result})


OPENED = event("opened", detail={"lists": ["medical"]})
ISSUED = event("issued", edition_id=7)
APPLIED = event("applied", detail={"lists": []})
ENROLLED = event("enrolled", detail={"by": "sheet", "type": "低保"})
ON_ROLL = event("enrolled", detail={"by": "roll", "list": "dibao", "month": "2022-06"})
EXCLUDED = event("closed", detail={"reason": "excluded"})
REOPENED = event("reopened", detail={"reason": "new_list"})
MERGED = event("merged", detail={"into": 2})


def history(*events: Event) -> list[Event]:
    """The events with ids from 11 on."""
    return [replace(e, event_id=11 + i, posting_id=5) for i, e in enumerate(events)]


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((OPENED,), "unverified"),
        ((OPENED, ISSUED), "unverified"),
        ((OPENED, ISSUED, ISSUED), "unverified"),
        ((OPENED, verified("eligible")), "eligible"),
        ((OPENED, ISSUED, verified("eligible"), APPLIED), "applied"),
        ((OPENED, ISSUED, verified("eligible"), ISSUED), "eligible"),
        ((OPENED, ISSUED, verified("eligible"), APPLIED, ENROLLED), "enrolled"),
        ((OPENED, ISSUED, verified("ineligible")), "ineligible"),
        ((OPENED, ISSUED, verified("ineligible"), verified("eligible")), "eligible"),
        ((OPENED, ISSUED, verified("ineligible"), REOPENED), "unverified"),
        ((OPENED, ISSUED, verified("difficult"), ISSUED), "difficult"),
        ((OPENED, ISSUED, verified("returned"), EXCLUDED), "closed"),
        ((OPENED, EXCLUDED), "closed"),
        ((OPENED, EXCLUDED, verified("eligible")), "eligible"),
        ((OPENED, EXCLUDED, REOPENED, ISSUED), "unverified"),
        ((OPENED, ON_ROLL), "enrolled"),
        ((OPENED, ISSUED, ENROLLED, REOPENED), "unverified"),
        ((OPENED, ON_ROLL, verified("ineligible")), "enrolled"),  # on a roll is on a roll
        ((OPENED, ENROLLED, verified("ineligible")), "ineligible"),
        ((OPENED, ON_ROLL, REOPENED, verified("ineligible")), "ineligible"),
        ((OPENED, MERGED), "merged"),
        ((OPENED, EXCLUDED, MERGED), "merged"),
    ],
)
def test_transitions(events: tuple[Event, ...], status: str) -> None:
    assert standing(history(*events)).status == status


@pytest.mark.parametrize(
    "events",
    [
        (),
        (ISSUED,),
        (verified("eligible"),),
        (OPENED, OPENED),
        (OPENED, REOPENED),
        (OPENED, verified("eligible"), REOPENED),
        (OPENED, EXCLUDED, EXCLUDED),
        (OPENED, EXCLUDED, ISSUED),
        (OPENED, verified("ineligible"), ISSUED),
        (OPENED, verified("ineligible"), EXCLUDED),
        (OPENED, ON_ROLL, ISSUED),
        (OPENED, verified("unverified")),
        (OPENED, verified("closed")),
        (OPENED, MERGED, ISSUED),
        (OPENED, MERGED, verified("eligible")),
        (OPENED, MERGED, MERGED),
        (OPENED, MERGED, REOPENED),
    ],
)
def test_no_case_goes_this_way(events: tuple[Event, ...]) -> None:
    with pytest.raises(IllegalTransition):
        standing(history(*events))


def test_what_a_standing_remembers() -> None:
    state = standing(history(OPENED, ISSUED, verified("ineligible")))
    assert state == State("ineligible", DAY, DAY, 7, DAY, 5, 13, closed_on=DAY)
    assert standing(history(OPENED, ISSUED, verified("ineligible"), REOPENED)) == State(
        "unverified", opened_on=DAY
    )
    on_roll = standing(history(OPENED, ISSUED, ON_ROLL))
    assert (on_roll.closed_on, on_roll.reason, on_roll.answered_on) == (DAY, "roll", None)
    late = standing(history(OPENED, ISSUED, ON_ROLL, verified("ineligible")))
    assert (late.answered_on, late.answer_event, late.reason) == (DAY, 14, "roll")
    assert standing(history(OPENED, EXCLUDED)).reason == "excluded"
    assert standing(history(OPENED, MERGED)).merged_into == 2


def corrected(of: int) -> Event:
    return event("corrected", detail={"why": "填错"}, corrects=of)


def test_a_correction_takes_back_what_it_names() -> None:
    events = history(OPENED, ISSUED, verified("ineligible"), corrected(13), verified("eligible"))
    assert standing(events) == replace(
        standing(history(OPENED, ISSUED, verified("eligible"))), answer_event=15
    )


@pytest.mark.parametrize(
    "events",
    [
        (OPENED, corrected(99)),  # an event of another case
        (OPENED, corrected(11)),  # a case without a beginning
        (OPENED, EXCLUDED, REOPENED, corrected(12)),  # reopened though never closed
    ],
)
def test_corrections_that_no_case_bears(events: tuple[Event, ...]) -> None:
    with pytest.raises(IllegalTransition):
        standing(history(*events))


# Random lives

STEPS: tuple[Callable[[], Event], ...] = (
    *(lambda: ISSUED, lambda: APPLIED, lambda: ENROLLED, lambda: ON_ROLL, lambda: EXCLUDED),
    *(lambda: REOPENED, lambda: MERGED),
    *(lambda result=result: verified(result) for result in RESULTS),  # type: ignore[misc]
)


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """A legal history without corrections: of random events those that can follow."""
    events = [OPENED]
    state = after(None, OPENED)
    for wish in draw(st.lists(st.sampled_from(STEPS), max_size=12)):
        step = replace(wish(), on_date=f"2022-07-{len(events):02}")
        try:
            state = after(state, step)
        except IllegalTransition:
            continue
        events.append(step)
    return history(*events)


@settings(max_examples=150, deadline=None)
@given(lives())
def test_a_legal_life(events: list[Event]) -> None:
    state = standing(events)
    assert state.opened_on == DAY
    assert (state.closed_on is not None) == (state.status in CLOSED)
    assert (state.merged_into is not None) == (state.status == "merged")
    if state.status in VERIFIED and state.reason != "roll":
        assert state.answer_event is not None
    if state.status == "unverified":
        assert state.answer_event is None
    answer = next((e for e in events if e.event_id == state.answer_event), None)
    if answer is not None:
        assert (state.answered_on, state.answer_posting) == (answer.on_date, answer.posting_id)
    assert set(UNSETTLED).isdisjoint(CLOSED)


@settings(max_examples=150, deadline=None)
@given(lives(), st.data())
def test_a_correction_equals_a_life_without_the_event(
    events: list[Event], data: st.DataObject
) -> None:
    taken = data.draw(st.lists(st.sampled_from(events), max_size=3))
    ids = [each.event_id for each in events if each in taken]
    mended = [
        *events,
        *(replace(corrected(i), event_id=100 + n) for n, i in enumerate(ids)),
    ]
    without = [each for each in events if each not in taken]
    try:
        expected: State | None = standing(without)
    except IllegalTransition:
        expected = None
    if expected is None:
        with pytest.raises(IllegalTransition):
            standing(mended)
    else:
        assert standing(mended) == expected


@settings(max_examples=60, deadline=None)
@given(lives(), st.integers(0, 12))
def test_a_standing_grows_event_by_event(events: list[Event], at: int) -> None:
    state: State | None = None
    for each in events:
        state = after(state, each)
    assert state == standing(events)
    assert standing(events[: max(at, 1)]).opened_on == DAY
