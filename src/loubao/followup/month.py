"""A month's cases: alone, or continued by the ledger.

With a ledger the month goes through these steps: its people are recognised (`people_of_month`), the
uncovered ones found (`screening.find`), dispositions decided, a sample of links drawn, the lines of
the sheets presented, and the posting for the ledger put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import CoveredRow, Posting, Sighting
from loubao.followup import covered_before
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.case_words import with_words
from loubao.followup.constraints import for_review, of_carried, with_verdicts
from loubao.followup.departures import DEPARTED, departed
from loubao.followup.dispositions import Decided, decided
from loubao.followup.earlier_exclusions import to_remember
from loubao.followup.last_printed import as_last_printed, as_reported
from loubao.followup.people import People
from loubao.followup.recognition import EARLIER_FROM, cases_frame
from loubao.followup.referrals import OFFICE, office_list, referred
from loubao.followup.revisions import Issue, Village, editions, issued_events, villages
from loubao.followup.sampling import Sample, candidates, sample
from loubao.followup.shared_numbers import one_person_a_number
from loubao.linkage import persons
from loubao.rules.folder import Rules
from loubao.screening.annotations import CASE_ROW
from loubao.screening.candidates import with_rows_elsewhere
from loubao.screening.cases import Found, Screened, find, present, screen


@dataclass(frozen=True)
class MonthCases:
    """A month's cases; with a ledger, continued from the months before.

    screened      the result of the screening, for the month's own people only
    decisions     DECISIONS on the month's records, after verdicts
    villages      the sheets
    issues        (town, village) → the edition as the sheet prints it
    posting       what the month adds to the ledger, without the documents
    dispositions  disposition → number of people
    office        OFFICE: what the office has to do itself; not on the sheets but for `on_sheet`
    departed      DEPARTED
    """

    screened: Screened
    decisions: pl.DataFrame
    villages: list[Village]
    issues: dict[tuple[str, str], Issue] = field(default_factory=dict)
    posting: Posting | None = None
    dispositions: dict[str, int] = field(default_factory=dict)
    office: pl.DataFrame = field(default_factory=lambda: frames.empty(OFFICE))
    departed: pl.DataFrame = field(default_factory=lambda: frames.empty(DEPARTED))

    @property
    def off_sheets(self) -> int:
        """How many cases are the office's and on no sheet."""
        return self.office.filter(~pl.col("on_sheet")).height

    def account(self) -> dict[str, Any] | None:
        """Return the part of run.json about the ledger; None without one."""
        if self.posting is None:
            return None
        issued = self.posting.editions
        return {
            "month": self.posting.month,
            "news": self.dispositions,
            "editions": len(issued),
            "superseding": sum(edition.number > 1 for edition in issued),
            "withdrawn": sum(not edition.rows for edition in issued),
        }


@dataclass(frozen=True)
class OnRegister:
    """What a register beside the month says of its people: RECORDS of it, DECISIONS on both.

    It takes no part in who is whom: it is laid beside the people when that is settled.
    """

    records: pl.DataFrame
    decisions: pl.DataFrame


def alone(
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
    as_of: date,
    register: OnRegister | None = None,
) -> MonthCases:
    """Return the month's cases without a ledger: no case of another month is used."""
    decisions = one_person_a_number(records, decisions, rules)
    decisions = with_rows_elsewhere(decisions, records)
    people = persons(records, decisions)
    if register:
        records = pl.concat([records, register.records], how="diagonal")
        decisions = pl.concat([decisions, register.decisions])
    screened = screen(records, decisions, people, rules, as_of)
    sheets = villages(screened.details, rules.sheets)
    unnumbered = Issue("", "", rules.screening.follow_up.due(as_of))
    issues = {(each.town, each.place): unnumbered for each in sheets}
    return MonthCases(screened, decisions, sheets, issues)


def with_register(people: People, register: OnRegister, brought: BroughtForward) -> People:
    """Return the people of a month with what a register says of them, after verdicts."""
    found, judged = register.records, brought.verdicts
    decisions = with_verdicts(register.decisions, judged, people.case_rows, found)
    return replace(
        people,
        records=pl.concat([people.records, found], how="diagonal"),
        decisions=pl.concat([people.decisions, decisions]),
    )


def follow_up(
    people: People,
    last_lines: Mapping[int, Mapping[str, Any]],
    brought: BroughtForward,
    rules: Rules,
    as_of: date,
) -> MonthCases:
    """Return the month's cases, continued by the ledger.

    `last_lines`: case → the newest sheet line, for the cases carried along.
    """
    # 1. who is not covered, where they are to be seen, and what the month decides
    brought = brought.with_merges(people.recognised.merges)
    found = find(people.records, people.decisions, people.persons, rules, as_of)
    found = referred(found, people, brought, rules)
    month = decided(found, people, brought, rules, as_of)
    checks = sample(found, people, month, brought, rules, as_of)

    # 2. what the sheets show
    earlier = _earlier_case_rows(people, brought, month.case_ids, month.on_sheets, rules)
    doubtful = for_review(people.earlier, people.records, people.case_rows, people.different)
    asked = pl.concat([people.decisions, doubtful, _decisions_of_carried(people, month, rules)])
    sent = _sent(month, checks, brought, rules)
    everybody = _with_drawn(found, checks)
    presented = present(everybody, sent, people.records, asked, rules, as_of, earlier)
    shown = as_last_printed(_asking(presented, month.asked), _lines_before(people, last_lines))
    case_ids = month.case_ids | checks.case_ids
    shown = as_reported(shown, case_ids, brought.reported, rules)

    # 3. the sheets and their editions, and what is the office's
    shown, office = _parted(shown, month, brought, rules, as_of)
    sheets = villages(_by_place(shown.details), rules.sheets)
    beside = candidates(found, people, month, brought, earlier, asked, rules) | checks.candidates
    day = max(as_of, brought.day or as_of)
    issued, issues = editions(sheets, case_ids, beside, brought, day, rules.screening.follow_up)
    of_month = (pl.col("left_id") < EARLIER_FROM) & (pl.col("right_id") < EARLIER_FROM)
    return MonthCases(
        screened=_of_month(shown, people.beside_lists, checks.case_ids),
        decisions=people.decisions.filter(of_month),
        villages=sheets,
        issues=issues,
        posting=Posting(
            kind="month",
            month=brought.month,
            as_of=as_of.isoformat(),
            digest="",
            counts={},
            cases=(*month.opened, *checks.opened),
            sightings=tuple(_new_sightings(people.rows, case_ids, brought.sightings)),
            editions=tuple(issued),
            events=(*month.events, *checks.events, *issued_events(issued, brought)),
            naming=month.naming,
            places=(*month.places, *checks.places),
            exclusions=tuple(to_remember(people.records, rules.screening.exclusions)),
            covered=tuple(_covered(found, people, case_ids, rules)),
        ),
        dispositions=dict(sorted(Counter(each.disposition for each in month.naming).items())),
        office=office,
        departed=departed(brought, month, found, rules),
    )


def _with_drawn(found: Found, checks: Sample) -> Found:
    """The same with the rows of the people drawn for a check."""
    drawn = found.rows.join(checks.cases.select("person_key"), on="person_key", how="semi")
    return replace(found, case_rows=pl.concat([found.case_rows, drawn], how="diagonal"))


def _lines_before(
    people: People, last_lines: Mapping[int, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """What was said before of the people whom no list of the month names."""
    carried = {p: last_lines[case] for p, case in people.carried.items() if case in last_lines}
    return {**people.lapsed, **carried}


def _covered(
    found: Found, people: People, case_ids: Collection[str], rules: Rules
) -> Iterator[CoveredRow]:
    """Whom the month's lists name and rolls cover, and who has no case."""
    if not rules.screening.follow_up.covered_months:
        return iter(())
    others, known = {*case_ids, *people.beside_lists}, (people.records, people.decisions)
    return covered_before.to_remember(found, known, others, rules)


def _asking(screened: Screened, people: Collection[str]) -> Screened:
    """The same where the lines of `people` ask if their person is another one."""
    asks = pl.col("asks") | pl.col("person_key").is_in(list(people))
    return replace(screened, details=screened.details.with_columns(asks=asks))


def _sent(month: Decided, checks: Sample, brought: BroughtForward, rules: Rules) -> pl.DataFrame:
    """The cases of the month and those drawn for a check, with `standing`: the status in words of
    a case that is on no sheet.
    """
    waiting = {p: c for p, c in month.waiting.items() if c not in month.on_sheets}
    of_office = brought.cases.filter(pl.col("case_id").is_in(list(waiting.values())))
    words = dict(with_words(of_office, rules).select("case_id", "words").iter_rows())
    off = {person: words[case] for person, case in waiting.items()}
    every = pl.concat([month.cases, checks.cases.select(month.cases.columns)])
    return every.with_columns(
        standing=pl.col("person_key").replace_strict(off, default=None, return_dtype=pl.String)
    )


def _decisions_of_carried(people: People, month: Decided, rules: Rules) -> pl.DataFrame:
    """DECISIONS of people carried along with those of cases that the month shows nowhere else."""
    rows = people.persons.join(cases_frame(dict(people.carried)), on="person_key")
    carried = people.records.join(
        rows.select("record_id", "case_id"), on="record_id", maintain_order="left"
    )
    of_month = people.recognised.case_of.join(month.cases, on="person_key", how="semi")
    return of_carried(
        carried, people.earlier, of_month.select("case_id"), people.different, rules.matching
    )


def _parted(
    screened: Screened, month: Decided, brought: BroughtForward, rules: Rules, as_of: date
) -> tuple[Screened, pl.DataFrame]:
    """The same with the details of those on the sheets alone, and OFFICE."""
    on_sheets = month.on_sheets
    sent_out = {person: case in on_sheets for person, case in month.case_ids.items()}
    office = office_list(
        screened.details, month.waiting, sent_out, brought, rules, as_of, month.of_office
    )
    off_sheets = office.filter(~pl.col("on_sheet"))
    details = screened.details.join(off_sheets, on="person_key", how="anti", maintain_order="left")
    return replace(screened, details=details), office


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
    screened: Screened, beside_lists: Collection[str], checks: Mapping[str, int]
) -> Screened:
    """The same for the month's own rows only, without people drawn for a check.

    Those `beside_lists` are on none of the month.
    """
    own = pl.element() < EARLIER_FROM
    named = ~pl.col("person_key").is_in(list(beside_lists))
    counts = ~pl.col("person_key").is_in(list(checks))
    return replace(
        screened,
        details=screened.details.filter(counts),
        cases=screened.cases.filter(counts).with_columns(
            pl.col("record_ids", "candidate_ids").list.eval(pl.element().filter(own))
        ),
        outcomes=screened.outcomes.filter(named),
        chances=screened.chances.filter(named),
    )


def _new_sightings(
    rows: pl.DataFrame, case_ids: Mapping[str, int], existing: pl.DataFrame
) -> list[Sighting]:
    """The sightings of the month's lists that the ledger does not have yet.

    `rows` are source RECORDS with `person_key`, `existing` SIGHTINGS.
    """
    columns = ["case_id", *frames.WRITTEN]
    written = (
        rows.join(cases_frame(dict(case_ids)), on="person_key", maintain_order="left")
        .select("case_id", *frames.linkable(rows))
        .select(columns)
        .unique(maintain_order=True)
    )
    fresh = written.join(existing, on=columns, how="anti", nulls_equal=True)
    texts = fresh.select("case_id", pl.col(*frames.WRITTEN).cast(pl.String))
    return [Sighting(row.pop("case_id"), row) for row in texts.iter_rows(named=True)]


def _earlier_case_rows(
    people: People,
    brought: BroughtForward,
    case_ids: Mapping[str, int],
    on_sheets: Collection[int],
    rules: Rules,
) -> pl.DataFrame:
    """CASE_ROW of all people of earlier months: as a person of this month or as a past case.

    `case_ids` are the cases of the month's people, `on_sheets` those that the month sends out.
    """
    cases = with_words(brought.cases, rules).select("case_id", "case_no", standing="words")
    return (
        people.earlier.rows.select("record_id", "case_id")
        .join(cases, on="case_id")
        .join(cases_frame(dict(case_ids)), on="case_id", how="left")
        .with_columns(
            standing=pl.when(~pl.col("case_id").is_in(list(on_sheets))).then("standing"),
            person_key=pl.coalesce(
                "person_key", pl.format("C{}", pl.col("case_id").cast(pl.String))
            ),
        )
        .select(*CASE_ROW)
    )
