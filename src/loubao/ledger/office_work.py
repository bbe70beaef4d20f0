"""The office's own work: cases that are no village's any more, and whom else a village named.

A case is the office's while it is on no roll and
- a village found the person eligible, or has applied: the office is to enrol;
- the village that it would go to has returned it (退回), and the answer names nobody else.

An answer that names another village or town refers the case there (`to` in its detail). The office
may send a case back (`reopened`, `status.ASKED`), to the village (`from`) or to another one (`to`).
A village that has returned a case gets it again only so.

Plain tuples, no frames: `progress` counts with it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from loubao.core.events import Edition, Event
from loubao.ledger.postings import events_of
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import ASKED, UNSETTLED, answers_of

#: The results that leave a case to the office.
ENROLLING = ("eligible", "applied")
RETURNED = "returned"
#: Town and village as a sheet names them.
Spot: TypeAlias = tuple[str, str]
#: Case, town, village, status.
OpenCase: TypeAlias = tuple[int, str, str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """What the events of a case mean for the office.

    result       of the newest answer; "" before the first, and once the case was reopened
    since        the day (ISO) since when the answers say so; `eligible` and `applied` are one
    answers      the filled-in cells of the newest answer, by key of the column
    proposed     the newest kind of aid that an answer proposed; "" for none
    returned_by  the villages that returned it, the last one last
    to           where it was referred: `town`, `village` as a sheet names them, `village_code`
                 ("": unknown); None: nowhere
    asked        the office has sent it back, and nobody has answered since
    """

    result: str = ""
    since: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    proposed: str = ""
    returned_by: tuple[Spot, ...] = ()
    to: Mapping[str, str] | None = None
    asked: bool = False

    def is_offices(self, status: str, home: Spot) -> bool:
        """Return whether a case with this status is the office's; `home` is where lists place it.

        >>> Work().is_offices("eligible", ("洛阳镇", "上浦村"))
        True
        >>> returned = Work(returned_by=(("洛阳镇", "上浦村"),))
        >>> returned.is_offices("returned", ("洛阳镇", "上浦村"))
        True
        >>> returned.is_offices("returned", ("洛阳镇", "后亭村"))
        False
        """
        return status in ENROLLING or self.is_homeless(home)

    def is_homeless(self, home: Spot) -> bool:
        """Return whether the village at `home` has returned the case, and nobody else is named."""
        return home in self.returned_by and self.to is None


def work_of(events: Iterable[Event], sheets: Mapping[int, Spot], home: Spot) -> Work:
    """Return what the events of a case mean for the office, given in order.

    `sheets`: edition → the village that it went to; `home` stands for it where there was no sheet.

    >>> def answer(number, result, on, sheet, **detail):
    ...     return Event(7, "verified", on, {"result": result, **detail}, sheet, event_id=number)
    >>> sheets = {1: ("洛阳镇", "上浦村"), 2: ("洛阳镇", "后亭村")}
    >>> there = {"town": "洛阳镇", "village": "后亭村", "village_code": "350521104204"}
    >>> events = [answer(1, "returned", "2022-06-20", 1, to=there)]
    >>> work_of(events, sheets, ("", "")).to["village"]
    '后亭村'

    Two villages that name each other are not asked again:

    >>> back = {"town": "洛阳镇", "village": "上浦村", "village_code": "350521104203"}
    >>> events.append(answer(2, "returned", "2022-07-20", 2, to=back))
    >>> work = work_of(events, sheets, ("", ""))
    >>> work.to, work.since, work.is_homeless(("洛阳镇", "上浦村"))
    (None, '2022-07-20', True)
    """
    history = list(events)
    taken_back = {event.corrects for event in history}
    work = Work()
    for event in history:
        if event.event_id in taken_back:
            continue
        if event.kind == "reopened":
            work = _reopened(work, event, home)
        elif answers_of([event]):
            work = _answered(work, event, sheets.get(event.edition_id or 0, home))
    return work


def _reopened(work: Work, event: Event, home: Spot) -> Work:
    """After a case is reopened by a month, or sent back by the office."""
    if event.detail.get("reason") != ASKED:
        return Work()
    before = replace(work, result="", since="")
    here = event.detail.get("from")
    home = _spot(here) if here else home
    to = event.detail.get("to")
    if to is None:
        return replace(before, returned_by=_without(work.returned_by, home), to=None, asked=True)
    others = _without((*_without(work.returned_by, home), home), _spot(to))
    return replace(before, returned_by=others, to=to, asked=True)


def _answered(work: Work, event: Event, spot: Spot) -> Work:
    result = event.detail.get("result", event.kind)
    answers = event.detail.get("answers", {})
    others = _without(work.returned_by, spot)
    proposed = answers.get("proposed_type", work.proposed)
    if result == RETURNED:
        to = event.detail.get("to")
        if to is not None and _spot(to) in (*others, spot):
            to = None  # they have returned it already
        return Work(result, event.on_date, answers, proposed, (*others, spot), to)
    goes_on = work.result in ENROLLING and result in ENROLLING
    since = work.since if goes_on else event.on_date
    return Work(result, since, answers, proposed, others, work.to)


def _without(spots: tuple[Spot, ...], spot: Spot) -> tuple[Spot, ...]:
    return tuple(each for each in spots if each != spot)


def _spot(place: Mapping[str, str]) -> Spot:
    return place["town"], place["village"]


def work_among(
    connection: Connection,
    cases: Iterable[OpenCase],
    sheets: Mapping[int, Edition],
    but: Collection[int] = (),
) -> dict[int, Work]:
    """Return the work of those of some open cases that are to be enrolled, or ever were returned.

    `sheets` are all editions that were issued; events with the ids `but` do not count.
    """
    homes = {case_id: (status, (town, village)) for case_id, town, village, status in cases}
    enrolling = {case_id for case_id, (status, _) in homes.items() if status in ENROLLING}
    returned = connection.execute(
        f"""
        SELECT DISTINCT case_id FROM event WHERE case_id IN (SELECT value FROM json_each(?)) AND (
            kind = 'verified' AND json_extract(detail, '$.result') = '{RETURNED}'
            OR kind = 'reopened' AND json_extract(detail, '$.reason') = '{ASKED}'
        )
        """,
        (json.dumps(sorted(homes.keys() - enrolling)),),
    )
    wanted = {*enrolling, *(case_id for (case_id,) in returned)}
    spots = {edition: (sheet.town, sheet.village) for edition, sheet in sheets.items()}
    return {
        case_id: work_of((e for e in events if e.event_id not in but), spots, homes[case_id][1])
        for case_id, events in events_of(connection, wanted).items()
    }


def office_cases(
    connection: Connection, sheets: Mapping[int, Edition]
) -> list[tuple[OpenCase, Work]]:
    """Return the leads that are the office's, in the order of the cases.

    `sheets` are all editions that were issued.
    """
    statuses = ", ".join(f"'{status}'" for status in (*UNSETTLED, *ENROLLING))
    cases = connection.execute(
        "SELECT s.case_id, s.town, s.village, s.status FROM standing s JOIN cases c USING (case_id)"
        f" WHERE c.kind = 'lead' AND s.status IN ({statuses}) ORDER BY s.case_id"
    ).fetchall()
    work = work_among(connection, cases, sheets)
    return [
        (case, work[case[0]])
        for case in cases
        if case[0] in work and work[case[0]].is_offices(case[3], (case[1], case[2]))
    ]
