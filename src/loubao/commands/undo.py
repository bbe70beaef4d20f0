"""`undo`: takes back the last posting of the ledger, by events of correction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from loubao.core.faults import Usage
from loubao.ledger.chain import PastPosting
from loubao.ledger.connection import reading, writing
from loubao.ledger.postings import events_in, holding, post
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.undoing import later_than, taking_back

#: What a message calls a posting that can be taken back.
KINDS = {"month": "比对", "return": "回收", "review": "核对"}
_NAMED = 5  # later postings that a refusal names


@dataclass(frozen=True, slots=True)
class Undoable:
    """A posting that can be taken back, and what goes with it.

    `cases`: opened by it, their numbers become void; `editions`: sheets that it issued; `answers`:
    those of villages; `reviews`: decisions at the desk.
    """

    posting: PastPosting
    events: int
    cases: int
    editions: int
    answers: int
    reviews: int = 0

    @property
    def title(self) -> str:
        """Which posting it is, in words."""
        return title(self.posting)


def title(posting: PastPosting) -> str:
    """Return which posting it is, in words.

    >>> made = ("2022-06", "2022-06-30", "2022-07-02T09:00:00+08:00", "1.0", "", None, {}, "")
    >>> title(PastPosting(3, "month", *made))
    '第3次登记（2022-06 的比对，登记于 2022-07-02）'
    """
    kind, day = KINDS[posting.kind], posting.posted_at[:10]
    return f"第{posting.posting_id}次登记（{posting.month} 的{kind}，登记于 {day}）"


def undoable(ledger: Path, key: str | None, number: int | None = None) -> Undoable:
    """Return the posting to take back: the last one that holds, or the one of a number.

    Raises `Usage` where there is none, or where later ones build on it.
    """
    if not ledger.is_file():
        raise Usage(f"没有台账 {ledger.name}；请用 --ledger 指明台账文件")
    with reading(ledger, key) as connection:
        return _undoable(connection, ledger.name, number)


def undo(ledger: Path, key: str | None, number: int) -> dict[str, Any]:
    """Take back the posting of a number; return what was taken back, and what is the last one now.

    Raises a `Fault`, also where another run has posted since; then the ledger is what it was.
    """
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    with writing(ledger, key) as connection:
        found = _undoable(connection, ledger.name, number)
        post(connection, taking_back(connection, found.posting, date.today().isoformat()), now)
        left = holding(connection)
    return {
        "ledger": str(ledger),
        "undone": _about(found.posting),
        "month": found.posting.month,
        "counts": {
            "events": found.events,
            "cases": found.cases,
            "editions": found.editions,
            "answers": found.answers,
            "reviews": found.reviews,
        },
        "last": _about(left[-1]) if left else None,
        "title": found.title,
    }


def _undoable(connection: Connection, name: str, number: int | None) -> Undoable:
    holds = holding(connection)
    if not holds:
        raise Usage(f"台账 {name} 里没有可以撤回的登记")
    chosen = {each.posting_id: each for each in holds}.get(number or holds[-1].posting_id)
    if chosen is None:
        raise Usage(f"台账 {name} 里没有第{number}次登记，或者它已经撤回")
    later = later_than(chosen, holds)
    if later:
        names = "、".join(title(each) for each in reversed(later[-_NAMED:]))
        more = f" 等 {len(later)} 次" if len(later) > _NAMED else ""
        raise Usage(f"{title(chosen)}不能撤回，后面的登记以它为准：{names}{more}；请从最后一次撤起")
    events = events_in(connection, chosen.posting_id)
    kinds = Counter(event.kind for event in events)
    issued = {event.edition_id for event in events if event.kind == "issued"}
    answers = sum("answers" in event.detail for event in events)
    reviews = int(chosen.kind == "review")
    return Undoable(chosen, len(events), kinds["opened"], len(issued), answers, reviews)


def _about(posting: PastPosting) -> dict[str, Any]:
    names = ("posting_id", "kind", "month", "as_of", "posted_at")
    return {name: getattr(posting, name) for name in names}
