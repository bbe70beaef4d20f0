"""A month with a ledger: who is known from before, and what the month makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from loubao import frames
from loubao.casework import continuing, judgements, recognition
from loubao.casework.editions import editions, issued_events
from loubao.casework.homes import homes_before
from loubao.casework.remarks import doubles, first_candidates
from loubao.casework.report.quality import FAULTS
from loubao.casework.sampling import Sample, drawn, sample, with_rows
from loubao.casework.screening import DETAILS, Found, Screened, find, present, screen
from loubao.casework.sheets import Issue, Village, villages
from loubao.casework.standing import standing
from loubao.events import Event, Posting, Sighting
from loubao.faults import Usage
from loubao.ledger import connection, reading
from loubao.ledger.connection import Connection
from loubao.linkage import persons
from loubao.pipeline.recognising import (
    doubtful,
    earlier_rows,
    kept_apart,
    met_again,
    met_already,
    recognised,
    sampled_before,
)
from loubao.rules import Rules

_CLOSING = ("closed_on", "reason")


@dataclass(frozen=True)
class Ledger:
    """Which ledger a month is posted to; `late` is the reason for a month that comes late."""

    path: Path
    key: str | None = None
    late: str | None = None


@dataclass(frozen=True)
class Before:
    """The ledger before the month: who is known, and what the sheets are held against."""

    known: continuing.Known
    judged: pl.DataFrame
    in_force: pl.DataFrame
    lines: dict[int, dict[int, dict[str, Any]]]
    next_edition: int
    named: dict[int, str]
    counts: dict[str, Any]
    samples: dict[str, tuple[int, str]]
    digest: str | None

    def faults(self) -> pl.DataFrame | None:
        """Return the FAULTS of the month before, where there was one."""
        found = self.counts.get("faults")
        return None if found is None else pl.DataFrame(found, schema=dict(FAULTS))


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
    departed: pl.DataFrame = field(default_factory=lambda: frames.empty(continuing.DEPARTED))

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
    months = reading.months(held)
    if months and months[-1] > month and not late_reason:
        raise Usage(
            f"台账已登记到 {months[-1]}，{month} 是以前的月份；确要补登，请用 --late 写明原因"
        )


def before(held: Connection, as_of: date) -> Before:
    """Read what the ledger knows before the month of `as_of` is posted."""
    month = f"{as_of:%Y-%m}"
    months = reading.months(held)
    late = bool(months) and months[-1] > month
    revised = reading.month_events(held, month)
    histories = reading.events_of(held, {event.case_id for event in revised})
    posted = (*revised, *continuing.issued_in_vain(histories, revised))
    in_force = reading.editions(held, month)
    lines: dict[int, dict[int, dict[str, Any]]] = {}
    for edition, case, shown in reading.rows_of(held, in_force["edition_id"]):
        lines.setdefault(edition, {})[case] = shown
    return Before(
        known=continuing.Known(
            month=month,
            late=late,
            cases=_without(reading.case_file(held), posted, histories),
            sightings=reading.sightings(held),
            posted=posted,
            numbers=reading.last_numbers(held),
            next_case=reading.last_id(held, "cases") + 1,
        ),
        judged=reading.judgements(held),
        in_force=in_force,
        lines=lines,
        next_edition=reading.last_id(held, "edition") + 1,
        named=reading.naming(held, month),
        counts=reading.counts_before(held, month),
        samples=reading.samples(held, month),
        digest=reading.last_digest(held, month),
    )


def _without(
    cases: pl.DataFrame, posted: Sequence[Event], histories: Mapping[int, Sequence[Event]]
) -> pl.DataFrame:
    """CASE_FILE as it would be if the events `posted` had never been."""
    taken_back = {event.event_id for event in posted}
    states = {
        case: standing(event for event in events if event.event_id not in taken_back)
        for case, events in histories.items()
    }
    if not states:
        return cases
    columns = ("status", "issued_on", "edition_id", "answered_on", "answer_event", *_CLOSING)
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
                **{name: getattr(state, name) for name in columns},
                "answered_lists": lists.get(state.answer_event or 0),
            }
            for case, state in states.items()
        ],
        schema={name: reading.CASE_FILE[name] for name in ("case_id", *columns, "answered_lists")},
    )
    order = cases.columns
    touched = cases.drop(folded.columns[1:]).join(folded, on="case_id").select(order)
    rest = cases.join(folded, on="case_id", how="anti")
    return pl.concat([rest, touched]).sort("case_id")


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
    policy = rules.screening.follow_up
    everyone = ledger.known
    known = replace(everyone, cases=everyone.cases.filter(pl.col("kind") == "lead"))
    before_month = known.sightings.filter(pl.col("month").ne_missing(known.month))
    known_rows = recognition.known_rows(before_month)
    met = met_again(known_rows, records, rules)
    apart = judgements.judged_apart(ledger.judged)
    decisions = kept_apart(decisions, met, known_rows, apart)
    people = persons(records, decisions)
    rows = people.join(records, on="record_id", maintain_order="left")
    who = recognised(rows, met, known_rows, before_month, known.cases, apart, rules)
    who = met_already(who, rows, records, known, apart, rules)
    waiting = continuing.carried(known, who, dict(records.schema))
    everybody = pl.concat([people, waiting.select("record_id", "person_key")])
    with_waiting = pl.concat([records, waiting.drop("case_id", "person_key")])
    carried: dict[str, int] = dict(waiting.select("person_key", "case_id").iter_rows())
    theirs = _as_of_waiting(met, known_rows, waiting, records)
    owned = pl.concat(
        [
            people.join(who.owners, on="person_key").select("record_id", "case_id"),
            waiting.select("record_id", "case_id"),
            sampled_before(met, known_rows, people, everyone.cases),
        ]
    )
    judged = judgements.apply(pl.concat([decisions, theirs]), ledger.judged, owned, records)
    found = find(with_waiting, judged, everybody, rules, as_of)
    homes = homes_before(
        found.rows, found.cases, known.sightings, known.cases, rules.screening.house
    )
    month = continuing.continued(
        found.cases,
        found.outcomes,
        continuing.covering_rolls(found.rows, records, judged, rules),
        who,
        carried,
        homes,
        known,
        rules,
        as_of,
    )
    checks = _sample(found, judged, records, month, ledger, rules, as_of)
    earlier = earlier_rows(known, known_rows, month.case_ids, rules)
    asked = pl.concat([judged, doubtful(met, known_rows, owned, apart)])
    sent = pl.concat([month.cases, checks.cases.select(month.cases.columns)])
    shown = _as_printed(
        present(with_rows(found, checks.cases), sent, with_waiting, asked, rules, as_of, earlier),
        carried,
        last_shown,
    )
    candidates = _candidates(found, month, known, earlier, with_waiting, asked)
    places = villages(_by_place(shown.details), rules.sheets)
    case_ids = month.case_ids | checks.case_ids
    issued, issues = editions(
        places,
        case_ids,
        candidates | checks.candidates,
        ledger.in_force,
        ledger.lines,
        ledger.next_edition,
        known.month,
        as_of,
        policy,
    )
    sighted = continuing.sightings_of(rows, case_ids, known.sightings)
    news = continuing.counted(month.naming)
    return Followed(
        screened=_of_month(shown, carried, checks.case_ids),
        decisions=judged.filter(pl.col("left_id").is_in(records["record_id"].implode())),
        villages=places,
        issues=issues,
        posting=Posting(
            kind="month",
            month=known.month,
            as_of=as_of.isoformat(),
            digest="",
            counts={},
            cases=(*month.opened, *checks.opened),
            sightings=tuple(Sighting(case, values) for case, values in sighted),
            editions=tuple(issued),
            events=(*month.events, *checks.events, *issued_events(issued, as_of)),
            naming=month.naming,
            places=(*month.places, *checks.places),
        ),
        news=news,
        departed=continuing.departed(known, month.naming, policy),
    )


def _sample(
    found: Found,
    decisions: pl.DataFrame,
    records: pl.DataFrame,
    month: continuing.Continued,
    ledger: Before,
    rules: Rules,
    as_of: date,
) -> Sample:
    """The linked people whom the month's sheets ask to be checked."""
    count = 0 if ledger.known.late else rules.screening.follow_up.sample
    people = drawn(found, decisions, records, month.case_ids, ledger.known.month, count)
    on = as_of.isoformat()
    return sample(people, found, records, ledger.samples, month.next_case, rules, on)


def _by_place(details: pl.DataFrame) -> pl.DataFrame:
    """Each village's people next to each other, in the order in which the villages come."""
    place = ["town", "village"]
    return (
        details.with_row_index("_row")
        .with_columns(_first=pl.col("_row").min().over(place))
        .sort("_first", "_row")
        .drop("_row", "_first")
    )


def _as_of_waiting(
    met: pl.DataFrame, known_rows: pl.DataFrame, waiting: pl.DataFrame, records: pl.DataFrame
) -> pl.DataFrame:
    """DECISIONS of the carried people's rows with rolls and exclusions.

    What any way of writing a person meets counts for the first of the person's rows.
    """
    rows = waiting.group_by("case_id").agg(row=pl.col("record_id").min())
    others = records.filter(pl.col("role") != "source").select(right_id="record_id")
    return (
        met.join(known_rows.select("case_id", left_id="record_id"), on="left_id")
        .join(rows, on="case_id", maintain_order="left")
        .join(others, on="right_id", how="semi", maintain_order="left")
        .with_columns(left_id="row")
        .sort(pl.col("decision") == "link", descending=True, maintain_order=True)
        .unique(["left_id", "right_id"], keep="first", maintain_order=True)
        .select(*frames.DECISIONS)
    )


def _as_printed(
    screened: Screened,
    waiting: Mapping[str, int],
    last_shown: Callable[[Sequence[int]], Mapping[int, Mapping[str, Any]]],
) -> Screened:
    """What the last sheet said of carried people, where no list of the month tells it."""
    carried = [p for p in screened.details["person_key"].to_list() if p in waiting]
    if not carried:
        return screened
    shown = last_shown([waiting[person] for person in carried])
    told = ("clues", "address", "phone", "age")
    before = pl.DataFrame(
        [
            {"person_key": person, **{name: line.get(name) for name in told}}
            for person in carried
            if (line := shown.get(waiting[person])) is not None
        ],
        schema={"person_key": pl.String, **{name: DETAILS[name] for name in told}},
    )
    details = screened.details.join(
        before, on="person_key", how="left", suffix="_before", maintain_order="left"
    ).with_columns(
        pl.coalesce("clues_before", "clues").alias("clues"),
        *(pl.coalesce(name, f"{name}_before").alias(name) for name in told[1:]),
    )
    return replace(screened, details=frames.conform(details.select(*DETAILS), DETAILS))


def _of_month(
    screened: Screened, waiting: Mapping[str, int], checks: Mapping[str, int]
) -> Screened:
    """The same, counting only what the month's own rows say, and nobody drawn for a check."""
    own = pl.element() < recognition.KNOWN_FROM
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


def _candidates(
    found: Found,
    month: continuing.Continued,
    known: continuing.Known,
    earlier: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
) -> dict[str, dict[str, Any]]:
    """The first candidate beside each person who is sent out."""
    sent = month.cases.select("person_key", "case_no")
    rows = found.rows.join(sent, on="person_key", maintain_order="left")
    first = first_candidates(rows, records, decisions)
    of_roll = {
        row["record_id"]: row
        for row in records.join(
            first.select(record_id="right_id"), on="record_id", how="semi"
        ).iter_rows(named=True)
    }
    candidates: dict[str, dict[str, Any]] = {}
    for pair in first.iter_rows(named=True):
        other = of_roll[pair["right_id"]]
        candidates[pair["person_key"]] = {
            "kind": "roll",
            "other": judgements.row_key(other),
            "list": other["list"],
            **_evidence(pair),
        }
    numbers = rows.select("record_id", "person_key", "case_no", standing=pl.lit(None, pl.String))
    ids = {c.case_no: c.case_id for c in month.opened} | dict(
        known.cases.select("case_no", "case_id").iter_rows()
    )
    cases = doubles(pl.concat([numbers, earlier]), decisions)
    for pair in cases.unique("person_key", keep="first", maintain_order=True).iter_rows(named=True):
        key = judgements.case_key(ids[pair["case_no"]])
        candidates.setdefault(
            pair["person_key"], {"kind": "case", "other": key, "list": None, **_evidence(pair)}
        )
    return candidates


def _evidence(pair: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tier": pair["tier"],
        "evidence": pair["evidence"],
        "probability": pair["match_probability"],
    }
