"""Undoing: a posting that takes back another one. Nothing is deleted.

Each event of the posting is corrected, places and what was written anew with its month are as they
were before, and all else that it wrote no longer holds (the view `taken_back`). A case that it had
opened is void: its number stays that person's (`case_file.void_cases`). Only the last posting that
holds can be taken back, since each one rests on all before it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from loubao.core.events import Event, Place, Posting
from loubao.ledger.chain import PastPosting
from loubao.ledger.postings import PLACE, events_in, holding
from loubao.ledger.replaced import replaced_covered, replaced_exclusions, replaced_naming
from loubao.ledger.sqlite_file import Connection


def later_than(posting: PastPosting, holds: Sequence[PastPosting]) -> list[PastPosting]:
    """Return the postings of `holds` (oldest first) that build on one."""
    return [each for each in holds if each.posting_id > posting.posting_id]


def taking_back(connection: Connection, posting: PastPosting, on: str) -> Posting:
    """Return the posting that takes back the last one that holds, on a day (ISO)."""
    assert holding(connection)[-1] == posting
    number = posting.posting_id
    events = [
        Event(event.case_id, "corrected", on, {"why": "undo"}, corrects=event.event_id)
        for event in reversed(events_in(connection, number))
    ]
    of_month = posting.kind == "month"
    return Posting(
        kind="undo",
        month=posting.month,
        as_of=posting.as_of,
        digest=posting.digest,
        counts={"undone": number, "kind": posting.kind},
        events=tuple(events),
        naming=replaced_naming(connection, number) if of_month else None,
        exclusions=replaced_exclusions(connection, number) if of_month else None,
        covered=replaced_covered(connection, number) if of_month else None,
        places=tuple(_places_before(connection, number)),
        undoes=number,
    )


def _places_before(connection: Connection, posting_id: int) -> list[Place]:
    """Where the cases belonged that a posting placed elsewhere; not those that it placed first."""
    columns = ", ".join(f"b.{column}" for column in PLACE)
    found = connection.execute(
        f"SELECT n.case_id, max(b.posting_id), {columns} FROM place n JOIN place b USING (case_id)"
        " WHERE n.posting_id = ?1 AND b.posting_id < ?1 GROUP BY n.case_id",
        (posting_id,),
    )
    return [
        Place(case_id, town, village, code, household, tuple(json.loads(lists)))
        for case_id, _, town, village, code, household, lists in found
    ]
