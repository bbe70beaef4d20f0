"""What the events of a case come to: its standing, folded one event at a time.

A case goes through these, and no other way:

    opened → issued* → verified: eligible | ineligible | difficult | returned
                     → applied → enrolled
    closed     by the office's data: set aside by an exclusion, named in error, already covered
    reopened   named by a new list, the window of a refusal is over, no longer on the roll …
    merged     one person after all: the case lives on in another
    corrected  takes back the event that it names, as if that had never been

Answers (verified, applied, enrolled) may follow each other in any order as long as the case is not
merged: what a village says later holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from loubao.core.events import Event, Kind, State, Status

#: What a village may say of a case.
RESULTS: tuple[Status, ...] = (
    *("eligible", "ineligible", "applied", "enrolled"),
    *("difficult", "returned"),
)
#: Found out for good: what the share of cases verified counts.
VERIFIED: tuple[Status, ...] = ("eligible", "ineligible", "applied", "enrolled")
#: Nothing more is to be done unless the case is reopened.
CLOSED: tuple[Status, ...] = ("ineligible", "enrolled", "closed", "merged")
#: Nobody has found out yet: the person stays on the sheets, named by a list or not.
UNSETTLED: tuple[Status, ...] = ("unverified", "difficult", "returned")
_ANSWERS = ("verified", "applied", "enrolled")


class IllegalTransition(ValueError):
    """Events that no case can go through: a defect, never the clerk's fault."""


def standing(events: Iterable[Event], before: State | None = None) -> State:
    """Return the standing of one case from its events in order.

    With `before`, the standing that earlier events came to, `events` are those since; none of them
    may correct an earlier one. Raises `IllegalTransition`.
    """
    history = list(events)
    taken_back = {event.corrects for event in history if event.corrects is not None}
    known = {event.event_id for event in history}
    if not taken_back <= known:
        raise IllegalTransition("a correction names an event of another case")
    state = before
    for event in history:
        if event.kind != "corrected" and event.event_id not in taken_back:
            state = after(state, event)
    if state is None:
        raise IllegalTransition("a case without a beginning")
    return state


def after(state: State | None, event: Event) -> State:
    """Return the standing after one more event (no correction); raises `IllegalTransition`."""
    if (state is None) != (event.kind == "opened"):
        raise IllegalTransition(f"{event.kind} at the beginning or in the middle")
    if state is None:
        return State("unverified", opened_on=event.on_date)
    if state.status == "merged":
        raise IllegalTransition(f"{event.kind} after merged")
    if event.kind == "issued":
        if state.status in CLOSED:
            raise IllegalTransition(f"issued while {state.status}")
        return replace(state, issued_on=event.on_date, edition_id=event.edition_id)
    if event.kind in _ANSWERS:
        return _answered(state, event)
    if event.kind == "closed":
        if state.status in CLOSED:
            raise IllegalTransition(f"closed while {state.status}")
        reason = event.detail.get("reason")
        return replace(state, status="closed", closed_on=event.on_date, reason=reason)
    if event.kind == "reopened":
        if state.status not in CLOSED:
            raise IllegalTransition(f"reopened while {state.status}")
        return State("unverified", opened_on=state.opened_on)
    return replace(
        state, status="merged", closed_on=event.on_date, merged_into=event.detail["into"]
    )


def _answered(state: State, event: Event) -> State:
    """After an answer of a village, or after a roll was found to cover the person.

    Who is on a roll stays enrolled, whatever an answer that comes late says.
    """
    status: Status = event.detail["result"] if event.kind == "verified" else _of_kind(event.kind)
    if status not in RESULTS:
        raise IllegalTransition(f"verified as {status}")
    if event.detail.get("by") == "roll":
        return replace(state, status="enrolled", closed_on=event.on_date, reason="roll")
    answered = replace(
        state,
        answered_on=event.on_date,
        answer_posting=event.posting_id,
        answer_event=event.event_id,
    )
    if state.status == "enrolled" and state.reason == "roll":
        return answered
    closed_on = event.on_date if status in CLOSED else None
    return replace(answered, status=status, closed_on=closed_on, reason=None)


def _of_kind(kind: Kind) -> Status:
    return "applied" if kind == "applied" else "enrolled"
