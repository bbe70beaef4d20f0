"""What the ledger brings forward into a month: all that is read there before the month is posted.

A month may be run again on better lists. The cases are then read as if its earlier runs had closed
and reopened nobody. Where this run decides otherwise, the events of the earlier runs are taken back
(`reconciled`). Only events from the office's data are taken back: closed, reopened, enrolled by a
roll. Answers of villages stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import Disposition, Edition, Event, Kind, State
from loubao.core.faults import Usage
from loubao.followup.case_words import months_after
from loubao.ledger import case_file
from loubao.ledger.case_file import CASE_FILE, SIGHTINGS, VERDICTS
from loubao.ledger.covered import COVERED, covered_before, covered_in
from loubao.ledger.editions import all_editions, lines_of
from loubao.ledger.exclusions import EXCLUSIONS, exclusions_before, exclusions_in
from loubao.ledger.merges import ORIGINS, lists_of_merged, origins
from loubao.ledger.numbering import last_numbers
from loubao.ledger.office_work import Work, work_among
from loubao.ledger.postings import events_of, holding
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import CLOSED, after, by_case, merged_into, standing, through_merges
from loubao.rules.folder import Rules

_REVISABLE: tuple[Kind, ...] = ("closed", "reopened", "enrolled")
_CLOSING: tuple[Kind, ...] = ("closed", "enrolled")
#: Columns of CASE_FILE that the events of a case decide.
_OF_STATE = (
    *("status", "issued_on", "edition_id", "answered_on", "answer_event"),
    *("closed_on", "reason"),
)


@dataclass(frozen=True)
class BroughtForward:
    """The ledger before a month is posted.

    month         the month, "2022-06"
    late          a later month is posted already: this one changes no case that is in the ledger
    day           latest day of reckoning of all postings: no sheet goes out before it
    cases         CASE_FILE of the leads, as if earlier runs of the month had not closed anybody
    checked       cases of linked people that were drawn to check the link
    sightings     SIGHTINGS
    of_month      the SIGHTINGS of the month's lists, as earlier runs of it read them
    void          SIGHTINGS of the people whose case a posting had opened that was taken back
    void_numbers  the numbers of these cases: nobody else has them
    merged        merged case → the case that it lives on in
    origins       ORIGINS
    named_merged  case → lists known of the cases merged into it (`lists_of_merged`)
    verdicts      VERDICTS
    exclusions    EXCLUSIONS of the months before
    excluding     how many rows of exclusion lists the last run of the month posted
    covered       COVERED of the months before that still count
    covering      how many such rows the last run of the month posted
    revised       events of earlier runs that `cases` leaves out
    dispositions  case → what the last run of the month decided for it
    kept          cases whose last run holds: answered from this month's sheet, or the month is late
    reported      case → what a village wrote of a person that it added (`case_file.reported`)
    in_force      (town, village) → the edition in force of the month, with its lines
    withdrawn     (town, village) → the highest number of the month's editions that were taken back
    work          case → what its answers mean for the office, of the open ones that have some
    samples       key of a pair → id and number of the case that an earlier run opened to check it,
                  and whether that run was taken back
    shown         closed case → the names on its sheets, that of the last one last
    aided         case found not eligible → the benefits that its last sheet showed
    numbers       (town code, year) → last case number given out
    next_case     id of the next case
    next_edition  id of the next edition
    counts        what the last posting of the month before counted
    digest        digest of the last posting of this month
    """

    month: str
    late: bool = False
    day: date | None = None
    cases: pl.DataFrame = field(default_factory=lambda: frames.empty(CASE_FILE))
    checked: frozenset[int] = frozenset()
    sightings: pl.DataFrame = field(default_factory=lambda: frames.empty(SIGHTINGS))
    of_month: pl.DataFrame = field(default_factory=lambda: frames.empty(SIGHTINGS))
    void: pl.DataFrame = field(default_factory=lambda: frames.empty(SIGHTINGS))
    void_numbers: Mapping[int, str] = field(default_factory=dict)
    merged: Mapping[int, int] = field(default_factory=dict)
    origins: pl.DataFrame = field(default_factory=lambda: frames.empty(ORIGINS))
    named_merged: Mapping[int, frozenset[str]] = field(default_factory=dict)
    verdicts: pl.DataFrame = field(default_factory=lambda: frames.empty(VERDICTS))
    exclusions: pl.DataFrame = field(default_factory=lambda: frames.empty(EXCLUSIONS))
    excluding: int = 0
    covered: pl.DataFrame = field(default_factory=lambda: frames.empty(COVERED))
    covering: int = 0
    revised: tuple[Event, ...] = ()
    dispositions: Mapping[int, Disposition] = field(default_factory=dict)
    kept: frozenset[int] = frozenset()
    reported: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    in_force: Mapping[tuple[str, str], Edition] = field(default_factory=dict)
    withdrawn: Mapping[tuple[str, str], int] = field(default_factory=dict)
    work: Mapping[int, Work] = field(default_factory=dict)
    samples: Mapping[str, tuple[int, str, bool]] = field(default_factory=dict)
    shown: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    aided: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[tuple[str, int], int] = field(default_factory=dict)
    next_case: int = 1
    next_edition: int = 1
    counts: Mapping[str, Any] = field(default_factory=dict)
    digest: str | None = None

    def with_merges(self, merges: Iterable[tuple[int, int]]) -> BroughtForward:
        """Return the same as it is read once `merges`, each `(case, into)`, are posted."""
        into = through_merges(dict(merges))
        if not into:
            return self

        def living(frame: pl.DataFrame) -> pl.DataFrame:
            return frame.with_columns(pl.col("case_id").replace(into))

        is_merged = pl.col("case_id").is_in(list(into))
        named = {case: set(lists) for case, lists in self.named_merged.items()}
        answered = self.cases.filter(is_merged).drop_nulls("answered_lists")
        for case, lists in answered.select("case_id", "answered_lists").iter_rows():
            named.setdefault(case, set()).update(json.loads(lists))
        for case, owner in into.items():
            if case in named:
                named.setdefault(owner, set()).update(named.pop(case))
        verdicts = living(self.verdicts).unique(
            ["case_id", "other"], keep="last", maintain_order=True
        )
        return replace(
            self,
            cases=self.cases.filter(~is_merged),
            sightings=living(self.sightings),
            of_month=living(self.of_month),
            verdicts=verdicts.sort("judgement_id"),
            merged=through_merges({**self.merged, **into}),
            named_merged={case: frozenset(lists) for case, lists in named.items()},
            reported={into.get(case, case): said for case, said in self.reported.items()},
            kept=self.kept - into.keys(),
            work={case: work for case, work in self.work.items() if case not in into},
        )


def brought_forward(connection: Connection, as_of: date, rules: Rules) -> BroughtForward:
    """Read what the ledger brings forward into the month of `as_of`."""
    month = f"{as_of:%Y-%m}"
    first_covered = months_after(as_of, -rules.screening.follow_up.covered_months)
    history = holding(connection)
    months = [posting for posting in history if posting.kind == "month"]
    late = any(posting.month > month for posting in months)
    dispositions = case_file.dispositions(connection, month)
    sheets = all_editions(connection)
    editions = [each for each in sheets.values() if each.month == month]
    in_force = _in_force(connection, editions)
    on_sheets = {row.case_id for edition in in_force.values() for row in edition.rows}
    answered = on_sheets if late else on_sheets & case_file.answered_since(connection, month)
    kept = frozenset(answered & dispositions.keys())
    cases, revised = _cases_before_runs(connection, month, late, kept)
    cases = shown_by_rolls(cases, case_file.last_covered(connection, month))
    sightings = case_file.sightings(connection)
    void, void_numbers = case_file.void_cases(connection)
    before = [posting for posting in months if posting.month < month]
    last_before = max(before, key=lambda posting: (posting.month, posting.posting_id), default=None)
    return BroughtForward(
        month=month,
        late=late,
        day=max((date.fromisoformat(posting.as_of) for posting in history), default=None),
        cases=cases.filter(pl.col("kind") == "lead"),
        checked=frozenset(cases.filter(pl.col("kind") == "sample")["case_id"]),
        sightings=sightings,
        of_month=_sightings_of_month(connection, month, sightings),
        void=void,
        void_numbers=void_numbers,
        merged=merged_into(connection),
        origins=origins(connection),
        named_merged=lists_of_merged(connection),
        verdicts=case_file.verdicts(connection),
        exclusions=exclusions_before(connection, month),
        excluding=exclusions_in(connection, month),
        covered=covered_before(connection, month, f"{first_covered:%Y-%m}"),
        covering=covered_in(connection, month),
        revised=revised,
        dispositions=dispositions,
        kept=kept,
        reported=case_file.reported(connection),
        in_force=in_force,
        withdrawn={(e.town, e.village): e.number for e in editions if e.withdrawn},
        work=_work(connection, cases, sheets, revised),
        samples=case_file.samples(connection, month),
        shown=case_file.names_shown(connection, cases.filter(pl.col("status").is_in(CLOSED))),
        aided=case_file.benefits_shown(connection, cases.filter(status="ineligible")),
        numbers=last_numbers(connection),
        next_case=case_file.last_id(connection, "cases") + 1,
        next_edition=case_file.last_id(connection, "edition") + 1,
        counts=last_before.counts if last_before else {},
        digest=next((run.digest for run in reversed(months) if run.month == month), None),
    )


def shown_by_rolls(cases: pl.DataFrame, covered: pl.DataFrame) -> pl.DataFrame:
    """Return CASE_FILE where those whom a village reported as enrolled are on a roll (`reason`) if
    one has shown them since: no months of grace are left, should it have them no more.

    `covered` has `case_id` and the last month `covered`.
    """
    shown = (
        (pl.col("status") == "enrolled")
        & pl.col("reason").is_null()
        & (pl.col("covered") >= pl.col("closed_on").str.head(7)).fill_null(False)
    )
    reason = pl.when(shown).then(pl.lit("roll")).otherwise("reason").alias("reason")
    with_months = cases.join(covered, on="case_id", how="left", maintain_order="left")
    return with_months.with_columns(reason).drop("covered")


def refuse_out_of_order(months: Sequence[str], as_of: date, late_reason: str | None) -> None:
    """Raise `Usage` for a month before the last of `months` (those posted) without a reason.

    >>> refuse_out_of_order(["2022-05", "2022-06"], date(2022, 6, 30), None)
    >>> refuse_out_of_order(["2022-05", "2022-06"], date(2022, 5, 31), "名单迟交")
    >>> refuse_out_of_order(["2022-05", "2022-06"], date(2022, 5, 31), None)
    Traceback (most recent call last):
    loubao.core.faults.Usage: 台账已登记到 2022-06，2022-05 是以前的月份；...
    """
    month = f"{as_of:%Y-%m}"
    if months and months[-1] > month and not late_reason:
        raise Usage(
            f"台账已登记到 {months[-1]}，{month} 是以前的月份；确要补登，请用 --late 写明原因"
        )


def _in_force(
    connection: Connection, editions: Iterable[Edition]
) -> dict[tuple[str, str], Edition]:
    newest = [edition for edition in editions if not edition.superseded]
    lines = lines_of(connection, (edition.edition_id for edition in newest))
    return {
        (each.town, each.village): replace(each, rows=tuple(lines.get(each.edition_id, ())))
        for each in newest
    }


def _work(
    connection: Connection,
    cases: pl.DataFrame,
    sheets: Mapping[int, Edition],
    revised: Iterable[Event],
) -> dict[int, Work]:
    """The office's work as it was before earlier runs of the month; `sheets`: all editions."""
    waiting = cases.filter(~pl.col("status").is_in(CLOSED))
    lines = waiting.select("case_id", "town", "village", "status").iter_rows()
    but = {event.event_id for event in revised}
    return work_among(connection, lines, sheets, but)


def _sightings_of_month(
    connection: Connection, month: str, sightings: pl.DataFrame
) -> pl.DataFrame:
    """Sightings that the lists of the month wrote first, and those that they wrote again."""
    named = case_file.named(connection, month).with_columns(named=pl.lit(True))
    written = sightings.join(named, on=["case_id", "list"], how="left", maintain_order="left")
    of_month = pl.col("month").eq_missing(month) | pl.col("named").fill_null(False)
    return written.filter(of_month).drop("named")


def _cases_before_runs(
    connection: Connection, month: str, late: bool, kept: frozenset[int]
) -> tuple[pl.DataFrame, tuple[Event, ...]]:
    """CASE_FILE without the events of earlier runs of the month, and these events.

    A late month takes no event back; no month takes back events of a case that is `kept`.
    """
    cases = case_file.case_file(connection)
    if late:
        return cases, ()
    posted = [e for e in case_file.month_events(connection, month) if e.case_id not in kept]
    histories = events_of(connection, {event.case_id for event in posted})
    revised = (*posted, *_issued_while_closed(histories, posted))
    return _without(cases, revised, histories), revised


def _issued_while_closed(
    histories: Mapping[int, Sequence[Event]], revised: Iterable[Event]
) -> list[Event]:
    """The events `issued` that would follow a closing once the events `revised` are taken back.

    Such a case was issued only because the month reopened it.
    """
    taken_back = {event.event_id for event in revised}
    issues: list[Event] = []
    for events in histories.values():
        corrected = {event.corrects for event in events} | taken_back
        state: State | None = None
        for event in events:
            if event.kind == "corrected" or event.event_id in corrected:
                continue
            if event.kind == "issued" and state is not None and state.status in CLOSED:
                issues.append(event)
            else:
                state = after(state, event)
    return issues


def _without(
    cases: pl.DataFrame, revised: Iterable[Event], histories: Mapping[int, Sequence[Event]]
) -> pl.DataFrame:
    """CASE_FILE as if the events `revised` had not been posted.

    `histories` are all events of the cases concerned.
    """
    if not histories:
        return cases
    taken_back = {event.event_id for event in revised}
    # lists are new to a case by the answer that was in force before
    details = {e.event_id: e.detail for events in histories.values() for e in events}
    rows = []
    for case, events in histories.items():
        left = [event for event in events if event.event_id not in taken_back]
        state = standing(left)
        answer = details.get(state.answer_event or 0, {})
        corrected = {event.corrects for event in left}
        closing = [e for e in left if e.kind in _CLOSING and e.event_id not in corrected]
        rows.append(
            {
                "case_id": case,
                **{name: getattr(state, name) for name in _OF_STATE},
                "answered_lists": json.dumps(answer["lists"]) if "lists" in answer else None,
                "answers": json.dumps(answer["answers"]) if "answers" in answer else None,
                "closing": json.dumps(closing[-1].detail) if state.closed_on and closing else None,
            }
        )
    columns = ("case_id", *_OF_STATE, "answered_lists", "answers", "closing")
    folded = pl.DataFrame(rows, schema={name: CASE_FILE[name] for name in columns})
    touched = cases.drop(columns[1:]).join(folded, on="case_id").select(cases.columns)
    rest = cases.join(folded, on="case_id", how="anti")
    return pl.concat([rest, touched]).sort("case_id")


def reconciled(wanted: Sequence[Event], posted: Sequence[Event], on: str) -> Iterator[Event]:
    """Yield the events to be posted, so that the events of the month are those `wanted`, no others.

    `posted` are the events of earlier runs that may be taken back. The events of a case stay where
    this run decides the same for it; else they are corrected. A case reopened for one list stays
    reopened where it now would be for two.

    >>> closed = Event(7, "closed", "2022-06-30", {"reason": "excluded"}, event_id=41)
    >>> [event.kind for event in reconciled([closed], [closed], "2022-06-30")]
    []
    >>> [(event.kind, event.corrects) for event in reconciled([], [closed], "2022-06-30")]
    [('corrected', 41)]
    """
    before = by_case(posted)
    now = by_case(event for event in wanted if event.kind in _REVISABLE)
    same = {
        case for case, events in before.items() if _decided(events) == _decided(now.get(case, ()))
    }
    for case, events in before.items():
        if case not in same:
            for event in reversed(events):
                yield Event(case, "corrected", on, {"why": "month"}, corrects=event.event_id)
    yield from (e for e in wanted if e.kind not in _REVISABLE or e.case_id not in same)


def _decided(events: Iterable[Event]) -> list[tuple[Kind, object]]:
    """The values that are equal where two lists of events decide the same."""
    kept = [event for event in events if event.kind in _REVISABLE]
    return [(e.kind, None if e.kind == "reopened" else e.detail) for e in kept]
