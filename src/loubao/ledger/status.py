"""The status of a case after its events, and the verdicts of villages on pairs.

A case goes through these, and no other way:

    opened → issued* → verified: eligible | ineligible | difficult | returned
                     → applied → enrolled
    closed     by the office's data: set aside by an exclusion, named in error, already covered
    reopened   named by a new list, the window of a refusal is over, no longer on the roll …;
               an open case too, where the office asks the village once more (`ASKED`)
    merged     one person with another case, in which it lives on
    corrected  takes back the event that it names, as if it had not been posted
    void       no event holds: the posting that opened the case was taken back

Answers (verified, applied, enrolled) may follow each other in any order as long as the case is not
merged: the latest holds.

A verdict is a village's decision on a pair, the same person or not; it outranks every tier. It is
about a case and an `other`: a row of a roll or exclusion as it is written (`row_key`), another
case (`case_key`), or another name that lists write under the case's own number (`name_other`). It
does not hold for a row that is written otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from loubao.core import frames
from loubao.core.events import Event, State, Status
from loubao.ledger.sqlite_file import Connection

#: The question is settled: the share of verified cases counts these.
VERIFIED: tuple[Status, ...] = ("eligible", "ineligible", "applied", "enrolled")
#: The results that a village may answer.
RESULTS: tuple[Status, ...] = (*VERIFIED, "difficult", "returned")
#: Nothing more is to be done unless the case is reopened.
CLOSED: tuple[Status, ...] = ("ineligible", "enrolled", "closed", "merged")
#: The question is open: the person stays on the sheets, named by a list or not.
UNSETTLED: tuple[Status, ...] = ("unverified", "difficult", "returned")
#: Why a case is reopened that the office sends back to a village.
ASKED = "office"
_ANSWERS = ("verified", "applied", "enrolled")
#: The tier of a pair that a verdict links.
VERDICT_TIER = frames.VERDICT_TIER
#: Where a case stands of which no event holds.
VOID = State("void", opened_on="")
CASE = "case:"
ROW = "row:"
NAME = "name:"


class IllegalTransition(ValueError):
    """Events that cannot follow each other: a defect of loubao, never the clerk's fault."""


def standing(events: Iterable[Event], before: State | None = None) -> State:
    """Return the state of one case after its events, given in order.

    With `before`, the state after earlier events, `events` are those since; none of them may
    correct an earlier one. Raises `IllegalTransition`.

    >>> opened = Event(7, "opened", "2022-05-31", event_id=1)
    >>> refused = Event(7, "verified", "2022-06-20", {"result": "ineligible"}, event_id=2)
    >>> taken_back = Event(7, "corrected", "2022-06-30", corrects=2, event_id=3)
    >>> standing([opened]).status, standing([opened, refused]).status
    ('unverified', 'ineligible')
    >>> standing([opened, refused, taken_back]) == standing([opened])
    True
    >>> standing([refused], before=standing([opened])) == standing([opened, refused])
    True
    """
    history = list(events)
    taken_back = {event.corrects for event in history if event.corrects is not None}
    if not taken_back <= {event.event_id for event in history}:
        raise IllegalTransition("a correction names an event of another case")
    state = before
    for event in history:
        if event.kind != "corrected" and event.event_id not in taken_back:
            state = after(state, event)
    if state is None:
        raise IllegalTransition("a case without a beginning")
    return state


def after(state: State | None, event: Event) -> State:
    """Return the state of a case after one more event (no correction).

    Raises `IllegalTransition` for an event that cannot follow, such as an issue of a closed case.

    >>> opened = after(None, Event(7, "opened", "2022-05-31"))
    >>> closed = after(opened, Event(7, "closed", "2022-06-30", {"reason": "excluded"}))
    >>> closed.status, closed.closed_on, closed.reason
    ('closed', '2022-06-30', 'excluded')
    >>> after(closed, Event(7, "issued", "2022-07-01", edition_id=3))
    Traceback (most recent call last):
    loubao.ledger.status.IllegalTransition: issued while closed
    >>> after(closed, Event(7, "reopened", "2022-07-31")).status
    'unverified'
    """
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
        if state.status not in CLOSED and event.detail.get("reason") != ASKED:
            raise IllegalTransition(f"reopened while {state.status}")
        return State("unverified", opened_on=state.opened_on)
    return replace(
        state, status="merged", closed_on=event.on_date, merged_into=event.detail["into"]
    )


def _answered(state: State, event: Event) -> State:
    """After an answer of a village, or after a roll was found to cover the person.

    A person on a roll stays enrolled, also when a village answers otherwise later.
    """
    status: Status = "applied" if event.kind == "applied" else "enrolled"
    if event.kind == "verified":
        status = event.detail["result"]
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


def merged_into(connection: Connection) -> dict[int, int]:
    """Return the case that each merged case lives on in, through several merges too."""
    found = connection.execute(
        "SELECT case_id, merged_into FROM standing WHERE merged_into IS NOT NULL"
    )
    return through_merges(dict(found.fetchall()))


def through_merges(into: Mapping[int, int]) -> dict[int, int]:
    """Return the last case of each chain of merges.

    >>> through_merges({9: 5, 5: 2, 7: 2})
    {9: 2, 5: 2, 7: 2}
    """
    last: dict[int, int] = {}
    for case_id, next_case in into.items():
        while next_case in into:
            next_case = into[next_case]
        last[case_id] = next_case
    return last


def by_case(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Return the events of each case, in their order."""
    cases: dict[int, list[Event]] = {}
    for event in events:
        cases.setdefault(event.case_id, []).append(event)
    return cases


def answers_of(events: Iterable[Event]) -> list[Event]:
    """Return the answers of a village, in order; an enrolment found on a roll is no answer.

    >>> by_roll = Event(1, "enrolled", "2022-07-31", {"by": "roll"})
    >>> case = [Event(1, "opened", "2022-06-30"), Event(1, "applied", "2022-07-05"), by_roll]
    >>> [event.kind for event in answers_of(case)]
    ['applied']
    """
    return [e for e in events if e.kind in _ANSWERS and e.detail.get("by") != "roll"]


def case_key(case_id: int) -> str:
    """Return the name that verdicts use for another case.

    >>> case_key(12)
    'case:12'
    """
    return f"{CASE}{case_id}"


def other_case(other: str) -> int | None:
    """Return the case that `other` of a verdict names, None for a row of a roll or exclusion.

    >>> other_case(case_key(12)), other_case("row:9f2c01ab77")
    (12, None)
    """
    return int(other.removeprefix(CASE)) if other.startswith(CASE) else None


def row_key(row: Mapping[str, Any]) -> str:
    """Return the name that verdicts use for a row of RECORDS: a digest of its writing.

    >>> row = {"list": "dibao", "name_key": "庄建国", "id_number": None, "id_pattern": None,
    ...     "birth_date": None, "village_code": "350521104203"}
    >>> row_key(row)[:12], row_key(row) == row_key({**row, "village_code": None})
    ('row:27225704', False)
    """
    number = row["id_number"] or row["id_pattern"]
    written = [row["list"], row["name_key"], number, row["birth_date"], row["village_code"]]
    text = "\x1f".join("" if value is None else str(value) for value in written)
    return ROW + hashlib.sha256(text.encode()).hexdigest()[:32]


def name_other(id_number: str, name_key: str | None) -> str:
    """Return the name that verdicts use for a name under a proven number: a digest of both.

    >>> name_other("990101199001011234", "周敏")[:13]
    'name:97ba3a74'
    """
    text = f"{id_number}\x1f{name_key or ''}"
    return NAME + hashlib.sha256(text.encode()).hexdigest()[:32]


def rows_asked(candidate: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the rows (or the case) that the answer on a candidate is about: name → list.

    >>> asked = {"other": "row:1", "list": "dibao", "also": [{"other": "row:2", "list": "tekun"}]}
    >>> rows_asked(asked)
    {'row:1': 'dibao', 'row:2': 'tekun'}
    """
    also = {each["other"]: each["list"] for each in candidate.get("also", ())}
    return {candidate["other"]: candidate.get("list"), **also}


def asked_of_row(candidate: Mapping[str, Any], other: str) -> dict[str, Any]:
    """Return a candidate for the verdict on one of its rows; `of` names the first of them.

    >>> asked = {"other": "row:1", "list": "dibao", "also": [{"other": "row:2", "list": "tekun"}]}
    >>> asked_of_row(asked, "row:1"), asked_of_row(asked, "row:2")
    ({'other': 'row:1', 'list': 'dibao'}, {'other': 'row:2', 'list': 'tekun', 'of': 'row:1'})
    """
    of_row = {name: value for name, value in candidate.items() if name != "also"}
    if other != candidate["other"]:
        of_row |= {"of": candidate["other"], "other": other, "list": rows_asked(candidate)[other]}
    return of_row
