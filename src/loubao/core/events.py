"""Shapes of the ledger that all floors share: events, and what is posted in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "opened",
    "issued",
    "verified",
    "applied",
    "enrolled",
    "closed",
    "reopened",
    "merged",
    "corrected",
]
Status: TypeAlias = Literal[
    "unverified",
    "eligible",
    "ineligible",
    "applied",
    "enrolled",
    "difficult",
    "returned",
    "closed",
    "merged",
]
#: What a month made of a case that it named, or that was known before.
News: TypeAlias = Literal[
    "new",  # opened this month
    "open",  # known, and still to be seen to
    "carried",  # no list names it now, and nobody has found out yet: stays on the sheet
    "back",  # reopened this month
    # found not eligible not long ago, and no new list names it, or a later month has spoken since:
    "spared",  # not sent out
    "covered",  # on a roll now
    "excluded",  # set aside by an exclusion list
    "withdrawn",  # an earlier run of this month named it, the corrected lists do not
    "unnamed",  # no list names it now; found eligible before, so on no sheet
]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a case; ids grow with time, dates are ISO texts.

    Before it is posted its `event_id` and `posting_id` are 0.
    """

    case_id: int
    kind: Kind
    on_date: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    edition_id: int | None = None
    corrects: int | None = None
    event_id: int = 0
    posting_id: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands.

    `answered_on`, `answer_posting`, `answer_event` tell of the village's answer that holds;
    `reason` says why the case was closed, or that a roll shows it enrolled (`roll`).
    """

    status: Status
    opened_on: str
    issued_on: str | None = None
    edition_id: int | None = None
    answered_on: str | None = None
    answer_posting: int | None = None
    answer_event: int | None = None
    closed_on: str | None = None
    reason: str | None = None
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to open: its numbers are given out before it is posted."""

    case_id: int
    case_no: str
    town_code: str
    year: int
    number: int
    kind: Literal["lead", "sample"] = "lead"


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a person was written in a list (LINKABLE values but the record id; dates ISO texts)."""

    case_id: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line of an edition: what is shown, and the first candidate who may be the same person."""

    case_id: int
    shown: Mapping[str, Any]
    candidate: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """A village's sheet of a month; `changes` counts what is new against the one before."""

    edition_id: int
    month: str
    town: str
    village: str
    village_code: str
    number: int
    issued_on: str
    due_on: str
    digest: str
    changes: Mapping[str, int]
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """Which lists named a case in a month, and what the month made of it."""

    case_id: int
    lists: tuple[str, ...]
    news: News


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case belongs, whose household it is, and every list that ever named it."""

    case_id: int
    town: str
    village: str
    village_code: str
    household: str
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's word: is the case's person the `other` (see `casework.judgements`) or not."""

    case_id: int
    other: str
    same: bool
    on_date: str
    candidate: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A file behind a posting; `content` is kept of rules and of sheets issued and returned."""

    role: Literal["input", "rule", "issued", "returned"]
    name: str
    sha256: str
    size: int
    content: bytes | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """All that one run adds to the ledger."""

    kind: Literal["month", "return"]
    month: str
    as_of: str
    digest: str
    counts: Mapping[str, Any]
    late_reason: str | None = None
    cases: tuple[NewCase, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    editions: tuple[Edition, ...] = ()
    events: tuple[Event, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    #: None: the month's naming stays as it is
    naming: tuple[Naming, ...] | None = None
    places: tuple[Place, ...] = ()
    documents: tuple[Document, ...] = ()
