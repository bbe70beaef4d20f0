"""Lines about known persons with their answers, and what they come to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from loubao.casework.answers import Answer
from loubao.casework.on_file import Identified, OnFile, answers_of
from loubao.casework.returned import IssueRow
from loubao.events import Event, Judgement

#: What became of a line. `added`: a person added by hand, without an answer; `out`: see the issues.
Outcome: TypeAlias = Literal[
    "untouched", "posted", "unchanged", "repeated", "judged", "added", "out"
]


@dataclass(frozen=True, slots=True)
class Reply:
    """A line about a known person with its answer; `blocked` lines are left out as they stand."""

    known: Identified
    answer: Answer
    blocked: bool = False

    @property
    def place(self) -> str:
        """Where it stands, as a clerk reads it."""
        line = self.known.line
        sheet = f"“{line.sheet}”" if line.sheet else ""
        return f"{line.file}{sheet}第{line.row}行"


@dataclass
class Verified:
    """What the replies come to; `outcomes` are in the order of the replies."""

    outcomes: list[Outcome]
    events: list[Event] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)
    #: younger case → the case it was merged into
    merged: dict[int, int] = field(default_factory=dict)
    #: the events by case
    of_case: dict[int, list[Event]] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        """Take an event to be posted."""
        self.events.append(event)
        self.of_case.setdefault(event.case_id, []).append(event)


def lives_in(case_id: int, on_file: OnFile, done: Verified) -> int:
    """The case in which a case lives on, after this run's merges too."""
    case_id = on_file.owner(case_id)
    while case_id in done.merged:
        case_id = done.merged[case_id]
    return case_id


def day_of(reply: Reply, as_of: dt.date) -> str:
    """The day of an answer: that of the visit, else of the collecting."""
    return (reply.answer.visited_on or as_of).isoformat()


def answer_in_force(on_file: OnFile, done: Verified, case_id: int) -> Event | None:
    """The answer that holds of a case, with what this run has added."""
    added = answers_of(tuple(done.of_case.get(case_id, ())))
    if added:
        return added[-1]
    state = on_file.state(case_id)
    return next((e for e in on_file.events[case_id] if e.event_id == state.answer_event), None)


def is_dated(event: Event) -> bool:
    """Whether the day of an answer is that of the visit."""
    return "visited_on" in event.detail.get("answers", {})
