"""Shapes of the ledger that all floors share: events, and what is posted in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from loubao.core.frames import IssueRow

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
    "void",  # the posting that opened the case was taken back
]
#: What a month decides for a case that it names, or that is open from before; the column `news` of
#: the ledger.
Disposition: TypeAlias = Literal[
    "new",  # opened this month
    "open",  # opened in an earlier month, still to be verified
    "carried",  # open, but on no list of this month: stays on the sheet until it is verified
    "back",  # reopened this month
    "spared",  # closed not long ago and on no new list, or a later month is posted: on no sheet
    "covered",  # on a roll now
    "excluded",  # set aside by an exclusion list
    "withdrawn",  # named by an earlier run of this month, and not by its corrected lists
    "office",  # found eligible, applied for, or returned to nobody: on the office's list, no sheet
    "unnamed",  # of earlier versions: found eligible and on no list of the month, on no sheet
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
    """Where a case stands after its events.

    `answered_on`, `answer_posting` and `answer_event` are those of the village's answer in force;
    `reason` is why the case was closed, or `roll` where a roll shows that it is enrolled.
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
    """A case to open; its id and number are given out before it is posted."""

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
class ExclusionRow:
    """A row of an exclusion list, where it stood and how the person is written (as `Sighting`).

    `said_on` is the day on the list (ISO text), None where it gives none.
    """

    file: str
    sheet: str
    row: int | None
    qualifies: bool
    said_on: str | None
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class CoveredRow:
    """A row of a source list whose person a `roll` covered, and how it is written (as `Sighting`).

    `clue` is what a sheet would have said of it; `group` is that of the village.
    """

    roll: str
    clue: str
    group: str | None
    phone: str | None
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A line of an edition: what it shows, and the likeliest candidate for the same person."""

    case_id: int
    shown: Mapping[str, Any]
    candidate: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """An issue of a village's sheet of a month; of several the one with the highest number holds.

    `digest` is of the lines as printed; `changes` counts the lines that are `added`, `removed` and
    `changed` since the edition before. What the ledger adds: `posting_id`, and in `newest` the
    number of the edition in force (0: none is), and whether its posting was taken back
    (`withdrawn`). Editions that are read without their lines have no `rows`.
    """

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
    rows: tuple[SheetRow, ...] = ()
    posting_id: int = 0
    newest: int = 0
    withdrawn: bool = False

    @property
    def key(self) -> str:
        """What every line of the printed sheet carries, so that its edition is found again.

        >>> Edition(12, "2022-06", "", "", "", 1, "", "", "9f2c01ab77", {}).key
        '2022-06/12/9f2c01ab'
        """
        return f"{self.month}/{self.edition_id}/{self.digest[:8]}"

    @property
    def superseded(self) -> bool:
        """Whether it is not in force: withdrawn, or a later one of the month has its place."""
        return self.withdrawn or self.number < self.newest


@dataclass(frozen=True, slots=True)
class Naming:
    """Which lists named a case in a month, and what the month decided for it."""

    case_id: int
    lists: tuple[str, ...]
    disposition: Disposition


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
class Verdict:
    """What a village or the desk said of a pair: whether the case's person is the `other`.

    `other` as in `ledger.status`; `candidate` is the pair as the sheet had it, see `SheetRow`.
    """

    case_id: int
    other: str
    same: bool
    on_date: str
    candidate: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a reader said of a candidate at the desk (`loubao review`), `at` an ISO time.

    `way`: `alone`; as one of two readers who do not see each other's answer (`blind`); or to end
    their disagreement (`settled`). `seen`: levels, weight and tier that the page showed.
    """

    case_id: int
    other: str
    reader: str
    choice: Literal["same", "different", "unsure"]
    way: Literal["alone", "blind", "settled"]
    at: str
    seen: Mapping[str, Any]
    posting_id: int = 0


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

    kind: Literal["month", "return", "undo", "review"]
    month: str
    as_of: str
    digest: str
    counts: Mapping[str, Any]
    late_reason: str | None = None
    cases: tuple[NewCase, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    editions: tuple[Edition, ...] = ()
    events: tuple[Event, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    reviewed: tuple[Reviewed, ...] = ()
    #: None: the month's naming stays as it is
    naming: tuple[Naming, ...] | None = None
    places: tuple[Place, ...] = ()
    #: None: what the exclusion lists of the month said stays as it is
    exclusions: tuple[ExclusionRow, ...] | None = None
    #: None: whom lists of the month named and rolls covered stays as it is
    covered: tuple[CoveredRow, ...] | None = None
    #: the posting that an `undo` takes back
    undoes: int | None = None
    documents: tuple[Document, ...] = ()
    #: what its output says of its rows; None: every run says it again
    issues: tuple[IssueRow, ...] | None = None

    @property
    def of_month(self) -> dict[str, tuple[object, ...]]:
        """What is written anew with the month: table → rows, without what stays as it is."""
        rows = {"naming": self.naming, "exclusion": self.exclusions, "covered": self.covered}
        return {table: each for table, each in rows.items() if each is not None}
