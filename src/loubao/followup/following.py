"""A month with a ledger: who is known from before, and what the month makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import Edition, Posting, Sighting
from loubao.core.faults import Usage
from loubao.followup.brought_forward import Before
from loubao.followup.dispositions import DEPARTED, counted, departed
from loubao.followup.editions import editions, issued_events
from loubao.followup.identification import KNOWN_FROM
from loubao.followup.known import Known, as_last_printed, sightings_of
from loubao.followup.recognising import Met, doubtful, earlier_rows, meet
from loubao.followup.sampling import Sample, candidates, drawn, sample, with_rows
from loubao.followup.transitions import Continued, continued, covering_rolls
from loubao.ledger import connection
from loubao.ledger.connection import Connection
from loubao.ledger.editions import posted_months
from loubao.linkage import persons
from loubao.rules import Rules
from loubao.screening.cases import Found, Screened, find, present, screen
from loubao.screening.households import homes_before
from loubao.screening.sheet_lines import Issue, Village, villages


@dataclass(frozen=True)
class Ledger:
    """Which ledger a month is posted to; `late` is the reason for a month that comes late."""

    path: Path
    key: str | None = None
    late: str | None = None


@dataclass(frozen=True)
class Followed:
    """A month's cases; with a ledger, as they go on from the months before.

    `decisions` are as people judged them; `posting` is what is new, but for the documents.
    """

    screened: Screened
    decisions: pl.DataFrame
    villages: list[Village]
    issues: dict[tuple[str, str], Issue] = field(default_factory=dict)
    posting: Posting | None = None
    news: dict[str, int] = field(default_factory=dict)
    departed: pl.DataFrame = field(default_factory=lambda: frames.empty(DEPARTED))

    def told(self) -> dict[str, Any] | None:
        """What run.json says of the ledger; None without one."""
        if self.posting is None:
            return None
        issued = self.posting.editions
        return {
            "month": self.posting.month,
            "news": self.news,
            "editions": len(issued),
            "superseding": sum(edition.number > 1 for edition in issued),
            "withdrawn": sum(not edition.rows for edition in issued),
        }


@contextmanager
def opened(ledger: Ledger | None) -> Iterator[Connection | None]:
    """Give a connection that holds the ledger, or nothing where there is none."""
    if ledger is None:
        yield None
        return
    with connection.writing(ledger.path, ledger.key) as held:
        yield held


def refuse_out_of_order(held: Connection, as_of: date, late_reason: str | None) -> None:
    """Raise `Usage` for a month before one that is posted, unless there is a reason."""
    month = f"{as_of:%Y-%m}"
    months = posted_months(held)
    if months and months[-1] > month and not late_reason:
        raise Usage(
            f"台账已登记到 {months[-1]}，{month} 是以前的月份；确要补登，请用 --late 写明原因"
        )


def alone(records: pl.DataFrame, decisions: pl.DataFrame, rules: Rules, as_of: date) -> Followed:
    """Return the month's cases where there is no ledger: every month begins anew."""
    screened = screen(records, decisions, persons(records, decisions), rules, as_of)
    return Followed(screened, decisions, villages(screened.details, rules.sheets))


def follow(
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    ledger: Before,
    last_shown: Callable[[Sequence[int]], Mapping[int, Mapping[str, Any]]],
    rules: Rules,
    as_of: date,
) -> Followed:
    """Return the month's cases as the ledger goes on with them.

    `records` and `decisions` are the month's; `last_shown` gives what the newest sheet line of some
    cases says.
    """
    met = meet(records, decisions, ledger, rules)
    known, judged = met.known, met.judged
    found = find(met.records, judged, met.everybody, rules, as_of)
    month = _continued(found, records, met, rules, as_of)
    checks = _sample(found, judged, records, month, ledger, rules, as_of)
    earlier = earlier_rows(known, met.known_rows, month.case_ids, rules)
    asked = pl.concat([judged, doubtful(met.decisions, met.known_rows, met.owned, met.apart)])
    sent = pl.concat([month.cases, checks.cases.select(month.cases.columns)])
    presented = present(
        with_rows(found, checks.cases), sent, met.records, asked, rules, as_of, earlier
    )
    shown = as_last_printed(presented, _last_lines(presented, met.carried, last_shown))
    places = villages(_by_place(shown.details), rules.sheets)
    case_ids = month.case_ids | checks.case_ids
    issued, issues = editions(
        places,
        case_ids,
        _candidates(found, month, earlier, asked, met) | checks.candidates,
        ledger.in_force,
        ledger.lines,
        ledger.next_edition,
        known,
        max(as_of, ledger.day or as_of),
        rules.screening.follow_up,
    )
    sighted = sightings_of(met.rows, case_ids, known.sightings)
    return Followed(
        screened=_of_month(shown, met.carried, checks.case_ids),
        decisions=judged.filter(pl.col("left_id").is_in(records["record_id"].implode())),
        villages=places,
        issues=issues,
        posting=_posting(known, as_of, month, checks, sighted, issued),
        news=counted(month.naming),
        departed=departed(known, month.naming, rules.screening.follow_up),
    )


def _continued(
    found: Found, records: pl.DataFrame, met: Met, rules: Rules, as_of: date
) -> Continued:
    """What the month makes of everybody; `records` are the month's own."""
    known = met.known
    return continued(
        found.cases,
        found.outcomes,
        covering_rolls(found.rows, records, met.judged, rules),
        met.who,
        met.carried,
        homes_before(found.rows, found.cases, known.sightings, known.cases, rules.screening.house),
        known,
        rules,
        as_of,
    )


def _sample(
    found: Found,
    decisions: pl.DataFrame,
    records: pl.DataFrame,
    month: Continued,
    ledger: Before,
    rules: Rules,
    as_of: date,
) -> Sample:
    """The linked people whom the month's sheets ask to be checked.

    A late month draws nobody anew, and keeps those whom its sheets ask about.
    """
    late = ledger.known.late
    count = found.rows.height if late else rules.screening.follow_up.sample
    people = drawn(found, decisions, records, month.case_ids, ledger.known.month, count)
    if late:
        people = people.filter(pl.col("key").is_in(list(ledger.samples)))
    on = as_of.isoformat()
    return sample(people, found, records, ledger.samples, month.numbering, rules, on)


def _candidates(
    found: Found, month: Continued, earlier: pl.DataFrame, asked: pl.DataFrame, met: Met
) -> dict[str, dict[str, Any]]:
    """The first candidate beside each person who is sent out."""
    sent = month.cases.select("person_key", "case_no")
    rows = found.rows.join(sent, on="person_key", maintain_order="left")
    numbers = {new.case_no: new.case_id for new in month.opened} | dict(
        met.known.cases.select("case_no", "case_id").iter_rows()
    )
    return candidates(rows, numbers, earlier, met.records, asked)


def _last_lines(
    screened: Screened,
    carried_people: Mapping[str, int],
    last_shown: Callable[[Sequence[int]], Mapping[int, Mapping[str, Any]]],
) -> dict[str, Mapping[str, Any]]:
    """The newest sheet lines of the carried people who are on the sheets."""
    on_sheets = [p for p in screened.details["person_key"].to_list() if p in carried_people]
    if not on_sheets:
        return {}
    shown = last_shown([carried_people[person] for person in on_sheets])
    lines = {person: shown.get(carried_people[person]) for person in on_sheets}
    return {person: line for person, line in lines.items() if line is not None}


def _by_place(details: pl.DataFrame) -> pl.DataFrame:
    """Each village's people next to each other, in the order in which the villages come."""
    place = ["town", "village"]
    return (
        details.with_row_index("_row")
        .with_columns(_first=pl.col("_row").min().over(place))
        .sort("_first", "_row")
        .drop("_row", "_first")
    )


def _of_month(
    screened: Screened, waiting: Mapping[str, int], checks: Mapping[str, int]
) -> Screened:
    """The same, counting only what the month's own rows say, and nobody drawn for a check."""
    own = pl.element() < KNOWN_FROM
    named = ~pl.col("person_key").is_in(list(waiting))
    counts = ~pl.col("person_key").is_in(list(checks))
    return replace(
        screened,
        details=screened.details.filter(counts),
        cases=screened.cases.filter(counts).with_columns(
            pl.col("record_ids").list.eval(pl.element().filter(own))
        ),
        outcomes=screened.outcomes.filter(named),
        chances=screened.chances.filter(named),
    )


def _posting(
    known: Known,
    as_of: date,
    made: Continued,
    checks: Sample,
    sighted: Sequence[tuple[int, dict[str, str | None]]],
    issued: Sequence[Edition],
) -> Posting:
    """What of the month is new to the ledger, but for digest, counts and documents."""
    return Posting(
        kind="month",
        month=known.month,
        as_of=as_of.isoformat(),
        digest="",
        counts={},
        cases=(*made.opened, *checks.opened),
        sightings=tuple(Sighting(case, values) for case, values in sighted),
        editions=tuple(issued),
        events=(*made.events, *checks.events, *issued_events(issued, known)),
        naming=made.naming,
        places=(*made.places, *checks.places),
    )
