"""A month that is run again: what its earlier runs posted and no longer holds is taken back.

Only what the office's data comes to is revised: closed, reopened, enrolled by a roll. What villages
answered stays, and so does all that comes out as before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from loubao.core.events import Event, Kind, State
from loubao.ledger.status import CLOSED, after, standing

_REVISABLE: tuple[Kind, ...] = ("closed", "reopened", "enrolled")
#: Columns of CASE_FILE that a case's events decide.
_OF_STANDING = (
    *("status", "issued_on", "edition_id", "answered_on", "answer_event"),
    *("closed_on", "reason"),
)


def reconciled(wanted: Sequence[Event], posted: Sequence[Event], on: str) -> Iterable[Event]:
    """Yield what is to be posted, so that the month comes to `wanted` and to nothing else.

    What an earlier run posted already stays; what no longer holds is taken back. Who was reopened
    for one list and is now for two stays reopened.
    """
    before = _by_case(posted)
    now = _by_case(event for event in wanted if event.kind in _REVISABLE)
    same = {case for case, events in before.items() if _gist(events) == _gist(now.get(case, ()))}
    for case, events in before.items():
        if case not in same:
            for event in reversed(events):
                yield Event(case, "corrected", on, {"why": "month"}, corrects=event.event_id)
    yield from (e for e in wanted if e.kind not in _REVISABLE or e.case_id not in same)


def _by_case(events: Iterable[Event]) -> dict[int, list[Event]]:
    cases: dict[int, list[Event]] = {}
    for event in events:
        cases.setdefault(event.case_id, []).append(event)
    return cases


def _gist(events: Iterable[Event]) -> list[tuple[Any, ...]]:
    """What must be alike for events to come to the same."""
    kept = [event for event in events if event.kind in _REVISABLE]
    return [(e.kind, None if e.kind == "reopened" else e.detail) for e in kept]


def issued_in_vain(
    histories: Mapping[int, Sequence[Event]], revised: Iterable[Event]
) -> list[Event]:
    """Return the issues that cannot have been once the events `revised` are taken back.

    Who was sent out because the month reopened the case would otherwise be sent out while closed.
    """
    taken_back = {event.event_id for event in revised}
    vain: list[Event] = []
    for events in histories.values():
        corrected = {event.corrects for event in events} | taken_back
        state: State | None = None
        for event in events:
            if event.kind == "corrected" or event.event_id in corrected:
                continue
            if event.kind == "issued" and state is not None and state.status in CLOSED:
                vain.append(event)
            else:
                state = after(state, event)
    return vain


def without(
    cases: pl.DataFrame, posted: Iterable[Event], histories: Mapping[int, Sequence[Event]]
) -> pl.DataFrame:
    """Return `cases` (CASE_FILE) as they would be if the events `posted` had never been.

    `histories` are all events of the cases concerned.
    """
    taken_back = {event.event_id for event in posted}
    states = {
        case: standing(event for event in events if event.event_id not in taken_back)
        for case, events in histories.items()
    }
    if not states:
        return cases
    # which lists are new to somebody is asked of the answer that held before
    lists = {
        event.event_id: json.dumps(event.detail["lists"])
        for events in histories.values()
        for event in events
        if "lists" in event.detail
    }
    folded = pl.DataFrame(
        [
            {
                "case_id": case,
                **{name: getattr(state, name) for name in _OF_STANDING},
                "answered_lists": lists.get(state.answer_event or 0),
            }
            for case, state in states.items()
        ],
        schema={name: cases.schema[name] for name in ("case_id", *_OF_STANDING, "answered_lists")},
    )
    touched = cases.drop(folded.columns[1:]).join(folded, on="case_id").select(cases.columns)
    rest = cases.join(folded, on="case_id", how="anti")
    return pl.concat([rest, touched]).sort("case_id")
