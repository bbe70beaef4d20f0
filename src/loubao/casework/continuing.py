"""The month in the ledger: who is new, still open, back, spared, covered, gone.

`carried` names the people whom no list names now and who are screened all the same: nobody has
found out yet whether they are in need. `continued` says of everybody what the month makes of them,
gives out numbers, and lists the events. What it goes by:

    not known                     → new
    known and open                → open; named by no list: carried, or unnamed (found eligible)
    found not eligible            → spared within the window, unless a new list names the person
    said to be enrolled           → spared for as long as a roll may take to show it
    closed otherwise, named again → back
    on a roll in full             → covered (enrolled; by a late file of this month: covered before)
    set aside                     → excluded
    opened this month, not named  → withdrawn
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao import frames
from loubao.casework.recognition import KNOWN_FROM, Recognised
from loubao.casework.standing import CLOSED, UNSETTLED, after
from loubao.events import Event, Naming, NewCase, News, Place, State
from loubao.rules import Rules
from loubao.rules.follow_up import FollowUp

#: People who are known and not sent out.
DEPARTED: frames.Schema = dict.fromkeys(
    ("town", "village", "case_no", "name", "id_number", "news", "status", "opened"), pl.String
)
#: Digits of a town's code that stand in a case number, and what stands for no town.
_TOWN_DIGITS, _NO_TOWN = 3, "000"
#: On the sheets of the month.
SENT_OUT: tuple[News, ...] = ("new", "open", "carried", "back")


@dataclass(frozen=True)
class Known:
    """The ledger before the month is posted.

    `cases`: CASE_FILE, as it is without what earlier runs of the month closed and reopened, which
    is `posted`; `sightings`: SIGHTINGS; `numbers`: the last running number of each town and year;
    `late`: a later month is posted already.
    """

    month: str
    late: bool
    cases: pl.DataFrame
    sightings: pl.DataFrame
    posted: tuple[Event, ...]
    numbers: Mapping[tuple[str, int], int]
    next_case: int


@dataclass(frozen=True)
class Continued:
    """What the month makes of everybody.

    `cases`: those sent out, as `screening.present` wants them; `case_ids`: the case of each
    `person_key`; the rest is for the ledger.
    """

    cases: pl.DataFrame
    case_ids: dict[str, int]
    opened: tuple[NewCase, ...]
    events: tuple[Event, ...]
    naming: tuple[Naming, ...]
    places: tuple[Place, ...]
    #: the number that the next case gets that has no town
    next_case: NewCase


def carried(known: Known, recognised: Recognised, columns: frames.Schema) -> pl.DataFrame:
    """Return source rows of people whom no list names, with `person_key`, `case_id`.

    One row for each list that named them before; `columns` are those of the month's records, which
    the rows have as far as the ledger knows them. They are looked at like everybody else: a roll
    may cover them now, an exclusion set them aside.
    """
    merged = pl.Series([case for case, _ in recognised.merges], dtype=pl.Int64)
    waiting = known.cases.filter(
        pl.col("status").is_in([*UNSETTLED, "eligible", "applied"])
        & ~pl.col("case_id").is_in(merged.implode())
        & (pl.col("kind") == "lead")
        & ~_withdrawn(known)
    ).join(recognised.owners, on="case_id", how="anti")
    if known.late:
        waiting = waiting.clear()
    latest = (
        known.sightings.join(waiting.select("case_id"), on="case_id", how="semi")
        .sort("sighting_id")
        .unique(["case_id", "list"], keep="last", maintain_order=True)
    )
    given = {
        "record_id": (pl.col("sighting_id") + KNOWN_FROM).cast(pl.UInt64),
        "role": pl.lit("source"),
        "qualifies": pl.lit(True),
        "file": pl.lit(""),
        "sheet": pl.lit(""),
        "member": pl.lit(0, pl.UInt32),
    }
    written = [
        given[name].alias(name)
        if name in given
        else pl.col(name)
        if name in latest.columns
        else pl.lit(None, dtype).alias(name)
        for name, dtype in columns.items()
    ]
    return latest.select(
        *written,
        "case_id",
        person_key=pl.format("L{}", pl.col("case_id").cast(pl.String).str.zfill(6)),
    )


def continued(
    found: pl.DataFrame,
    outcomes: pl.DataFrame,
    rolls: Mapping[str, str],
    recognised: Recognised,
    carried_people: Mapping[str, int],
    homes: Mapping[str, str],
    known: Known,
    rules: Rules,
    as_of: dt.date,
) -> Continued:
    """Return what the month makes of everybody.

    `found` are the cases of `screening.find` in order, `outcomes` as it has them; `rolls` says on
    which roll each covered person is; `carried_people` are the cases of `carried` by person;
    `homes` has the ledger's name of households that it knows (`homes_before`).
    """
    month = _Month(found, outcomes, rolls, recognised, carried_people, homes, known, rules, as_of)
    return month.told()


class _Month:
    """The walk through everybody; the order of events is that of the sheets."""

    def __init__(
        self,
        found: pl.DataFrame,
        outcomes: pl.DataFrame,
        rolls: Mapping[str, str],
        recognised: Recognised,
        carried_people: Mapping[str, int],
        homes: Mapping[str, str],
        known: Known,
        rules: Rules,
        as_of: dt.date,
    ) -> None:
        self.found, self.rolls, self.known = found, rolls, known
        self.homes = homes
        self.rules, self.as_of, self.on = rules, as_of, as_of.isoformat()
        self.policy: FollowUp = rules.screening.follow_up
        self.carried = carried_people
        self.merges = recognised.merges
        self.case_ids = {**dict(recognised.owners.iter_rows()), **carried_people}
        met = known.cases.filter(pl.col("case_id").is_in(list(self.case_ids.values())))
        self.file = {row["case_id"]: row for row in met.iter_rows(named=True)}
        self.lists: dict[str, list[str]] = {}
        self.outcome: dict[str, set[str]] = {}
        for person, name, outcome in outcomes.select("person_key", "list", "outcome").iter_rows():
            self.lists.setdefault(person, []).append(name)
            self.outcome.setdefault(person, set()).add(outcome)
        self.opened: list[NewCase] = []
        self.events: list[Event] = []
        self.naming: dict[int, Naming] = {}
        self.numbers = dict(known.numbers)
        self.towns = {v.town: v.town_code[-_TOWN_DIGITS:] for v in rules.villages}

    def told(self) -> Continued:
        for case, into in self.merges:
            self._event(case, "merged", into=into)
        news: list[str | None] = []
        numbers: list[str | None] = []
        for row in self.found.iter_rows(named=True):
            sent, case_no, words = self._open(row)
            numbers.append(case_no if sent else None)
            news.append(words)
        on_sheet = set(self.found["person_key"])
        for person in self.outcome:
            if person not in on_sheet and person in self.case_ids:
                self._settled(person)
        for case in self.known.cases.filter(_withdrawn(self.known))["case_id"]:
            if case not in self.naming and case not in dict(self.merges) and not self.known.late:
                self._event(case, "closed", reason="withdrawn")
                self.naming[case] = Naming(case, (), "withdrawn")
        cases = self.found.with_columns(
            case_no=pl.Series(numbers, dtype=pl.String), news=pl.Series(news, dtype=pl.String)
        ).drop_nulls("case_no")
        return Continued(
            cases=cases,
            case_ids=self.case_ids,
            opened=tuple(self.opened),
            events=tuple(_reconciled(self.events, self.known.posted, self.on)),
            naming=tuple(self.naming[case] for case in sorted(self.naming)),
            places=tuple(self._places(cases)),
            next_case=self._number(None),
        )

    def _open(self, row: Mapping[str, Any]) -> tuple[bool, str | None, str | None]:
        """A person who is not covered: whether to send them out, the number, what to say."""
        person = row["person_key"]
        case = self.case_ids.get(person)
        if case is None:
            new = self._number(row["town"])
            self.case_ids[person] = new.case_id
            self.opened.append(new)
            self._event(new.case_id, "opened", lists=self.lists[person])
            self._name(person, new.case_id, "new")
            return True, new.case_no, None
        file = self.file[case]
        news, reason = self._news(person, file)
        self._name(person, case, news)
        if reason:
            new_lists = self._new_lists(person, file)
            self._event(case, "reopened", reason=reason, lists=new_lists or self.lists[person])
        return news in SENT_OUT, file["case_no"], self._words(person, file, news)

    def _news(self, person: str, file: Mapping[str, Any]) -> tuple[News, str | None]:
        """What the month makes of a known case that is not covered, and why it is reopened."""
        status = file["status"]
        if person in self.carried:
            return ("carried" if status in UNSETTLED else "unnamed"), None
        if status not in CLOSED:
            return ("new" if file["opened_month"] == self.known.month else "open"), None
        if status == "ineligible" and self._within(file, self.policy.refusal_months):
            return ("back", "new_list") if self._new_lists(person, file) else ("spared", None)
        if status == "ineligible":
            return "back", "window_over"
        if status == "enrolled" and file["reason"] != "roll":
            if self._within(file, self.policy.enrolled_months):
                return "spared", None
            return "back", "off_roll"
        back: News = "new" if file["opened_month"] == self.known.month else "back"
        return back, "off_roll" if status == "enrolled" else "named_again"

    def _settled(self, person: str) -> None:
        """A known person who is covered, or set aside."""
        case = self.case_ids[person]
        file = self.file[case]
        covered = "covered" in self.outcome[person]
        self._name(person, case, "covered" if covered else "excluded")
        if file["status"] in CLOSED:
            return
        if not covered:
            self._event(case, "closed", reason="excluded")
        elif file["opened_month"] == self.known.month and file["answered_on"] is None:
            self._event(case, "closed", reason="covered")
        else:
            self._event(
                case, "enrolled", by="roll", list=self.rolls.get(person), month=self.known.month
            )

    def _words(self, person: str, file: Mapping[str, Any], news: News) -> str | None:
        """What the sheet says of a case that is not new."""
        if news == "new" and file["status"] == "unverified":
            return None
        year, month = file["opened_month"].split("-")
        told = {
            "month": f"{year}年{int(month)}月",
            "status": self.policy.statuses[file["status"]],
        }
        words = self.policy.news
        if news == "back":
            named = self._new_lists(person, file) or self.lists[person]
            labels = [self.rules.lists[name].sheet_label for name in named]
            return words.back.format(**told, lists="、".join(labels))
        return (words.carried if news == "carried" else words.open).format(**told)

    def _within(self, file: Mapping[str, Any], months: int) -> bool:
        """Whether a case was closed less than some months before the day of reckoning."""
        closed = dt.date.fromisoformat(file["closed_on"])
        return self.as_of < _months_after(closed, months)

    def _new_lists(self, person: str, file: Mapping[str, Any]) -> list[str]:
        """The lists that name the person now and did not when the answer was given."""
        before = set(json.loads(file["answered_lists"] or file["lists"]))
        return [name for name in self.lists[person] if name not in before]

    def _number(self, town: str | None) -> NewCase:
        code = self.towns.get(town or "", _NO_TOWN)
        year = self.as_of.year
        number = self.numbers[code, year] = self.numbers.get((code, year), 0) + 1
        case_id = self.known.next_case + len(self.opened)
        return NewCase(case_id, f"{code}-{year}-{number:05}", code, year, number)

    def _name(self, person: str, case: int, news: News) -> None:
        lists = () if person in self.carried else tuple(sorted(self.lists[person]))
        self.naming[case] = Naming(case, lists, news)

    def _event(self, case: int, kind: Any, **detail: Any) -> None:
        self.events.append(Event(case, kind, self.on, detail))

    def _places(self, cases: pl.DataFrame) -> Iterable[Place]:
        """Where everybody who is sent out belongs, and every list that ever named anybody."""
        sent = {row["person_key"]: row for row in cases.iter_rows(named=True)}
        homes = self._homes(sent.values())
        unknown = self.rules.sheets.unknown
        for person in self.outcome:
            case = self.case_ids.get(person)
            if case is None:
                continue
            file = self.file.get(case)
            ever = set(json.loads(file["lists"])) if file else set()
            lists = tuple(sorted(ever | set(self.lists[person])))
            row = sent.get(person)
            if row is not None:
                yield Place(
                    case,
                    row["town"] or unknown.town,
                    row["village"] or unknown.village,
                    row["village_code"] or "",
                    homes[row["household"]],
                    lists,
                )
            elif file and lists != tuple(sorted(ever)):
                yield Place(
                    case,
                    *(file["town"], file["village"], file["village_code"], file["household"]),
                    lists,
                )

    def _homes(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """A name for each household of the month: the one it has, else its first case."""
        members: dict[str, list[int]] = {}
        for row in rows:
            members.setdefault(row["household"], []).append(self.case_ids[row["person_key"]])
        names: dict[str, str] = {}
        for household, cases in members.items():
            had = [self.file[case]["household"] for case in cases if case in self.file]
            known = [name for name in (*had, self.homes.get(household)) if name]
            names[household] = min(known, default=f"H{min(cases):07}")
        return names


def _reconciled(wanted: Sequence[Event], posted: Sequence[Event], on: str) -> Iterable[Event]:
    """What is to be posted, so that the month comes to `wanted` and to nothing else.

    What an earlier run posted already stays; what no longer holds is taken back. Who was reopened
    for one list and is now for two stays reopened.
    """
    revisable = ("closed", "reopened", "enrolled")

    def gist(events: Iterable[Event]) -> list[tuple[Any, ...]]:
        kept = [event for event in events if event.kind in revisable]
        return [(e.kind, None if e.kind == "reopened" else e.detail) for e in kept]

    before: dict[int, list[Event]] = {}
    for event in posted:
        before.setdefault(event.case_id, []).append(event)
    now: dict[int, list[Event]] = {}
    for event in wanted:
        if event.kind in revisable:
            now.setdefault(event.case_id, []).append(event)
    same = {case for case, events in before.items() if gist(events) == gist(now.get(case, ()))}
    for case, events in before.items():
        if case not in same:
            for event in reversed(events):
                yield Event(case, "corrected", on, {"why": "month"}, corrects=event.event_id)
    yield from (e for e in wanted if e.kind not in revisable or e.case_id not in same)


def issued_in_vain(
    histories: Mapping[int, Sequence[Event]], revised: Iterable[Event]
) -> list[Event]:
    """Return the issues that cannot have been once the events `revised` are taken back.

    Who was sent out because the month reopened the case would otherwise be sent out while closed.
    """
    taken_back = {event.event_id for event in revised}
    vain: list[Event] = []
    for events in histories.values():
        corrected = {event.corrects for event in events} | taken_back
        state: State | None = None
        for event in events:
            if event.kind == "corrected" or event.event_id in corrected:
                continue
            if event.kind == "issued" and state is not None and state.status in CLOSED:
                vain.append(event)
            else:
                state = after(state, event)
    return vain


def _withdrawn(known: Known) -> pl.Expr:
    """Cases that an earlier run of the month opened and nobody has looked at."""
    return (
        (pl.col("opened_month") == known.month)
        & (pl.col("opened_by") == "month")
        & (pl.col("status") == "unverified")
        & (pl.col("kind") == "lead")
        & (pl.lit(not known.late))
    )


def _months_after(day: dt.date, months: int) -> dt.date:
    """Return the day so many months later; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (dt.date(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def covering_rolls(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame, rules: Rules
) -> dict[str, str]:
    """Return the roll that each person is linked to and that counts, the first by name.

    `rows` are source RECORDS with their `person_key`.
    """
    counting = {
        cover.list for each in rules.screening.coverage.values() for cover in each.covered_by
    }
    on_roll = records.filter(
        (pl.col("role") == "roll") & pl.col("qualifies") & pl.col("list").is_in(sorted(counting))
    ).select(right_id="record_id", roll="list")
    linked = (
        decisions.filter(pl.col("decision") == "link")
        .join(on_roll, on="right_id")
        .join(rows.select("person_key", left_id="record_id"), on="left_id")
    )
    return dict(linked.group_by("person_key").agg(pl.col("roll").min()).iter_rows())


def sightings_of(
    rows: pl.DataFrame, case_ids: Mapping[str, int], known: pl.DataFrame
) -> list[tuple[int, dict[str, str | None]]]:
    """Return how the month's lists write each case's person, as far as that is new.

    `rows` are source RECORDS with `person_key`, `known` SIGHTINGS.
    """
    columns = [column for column in frames.LINKABLE if column != "record_id"]
    cases = pl.DataFrame(
        {"person_key": list(case_ids), "case_id": list(case_ids.values())},
        schema={"person_key": pl.String, "case_id": pl.Int64},
    )
    written = (
        rows.join(cases, on="person_key", maintain_order="left")
        .with_columns(
            pl.lit(None, dtype).alias(column)
            for column, dtype in frames.LINKABLE.items()
            if column not in rows.columns
        )
        .select("case_id", *columns)
        .unique(maintain_order=True)
    )
    fresh = written.join(
        known.select("case_id", *columns), on=["case_id", *columns], how="anti", nulls_equal=True
    )
    texts = fresh.select("case_id", pl.col(columns).cast(pl.String))
    return [(row.pop("case_id"), row) for row in texts.iter_rows(named=True)]


def statuses_in_words(cases: pl.DataFrame, policy: FollowUp) -> pl.DataFrame:
    """Return `case_id`, `case_no`, `standing`: what a sheet says of a case of before."""
    return cases.select(
        "case_id",
        "case_no",
        standing=pl.col("status").replace_strict(policy.statuses, return_dtype=pl.String),
    )


def departed(known: Known, naming: Sequence[Naming], policy: FollowUp) -> pl.DataFrame:
    """Return the known people whom the month does not send out: DEPARTED, in the order of places.

    What is told of them is what a list said last.
    """
    kept = [(each.case_id, each.news) for each in naming if each.news not in SENT_OUT]
    news = pl.DataFrame(kept, schema={"case_id": pl.Int64, "news": pl.String}, orient="row")
    cases = known.cases.join(news, on="case_id")
    last = known.sightings.unique("case_id", keep="last", maintain_order=True).select(
        "case_id", "name", id_number=pl.coalesce("id_number", "id_pattern")
    )
    return (
        cases.join(last, on="case_id", how="left")
        .with_columns(
            status=pl.col("status").replace_strict(policy.statuses, return_dtype=pl.String),
            opened=pl.col("opened_month"),
        )
        .select(*DEPARTED)
        .sort("town", "village", "case_no")
    )


def counted(naming: Sequence[Naming]) -> dict[str, int]:
    """Return how many people each kind of news is about."""
    counts: dict[str, int] = {}
    for each in naming:
        counts[each.news] = counts.get(each.news, 0) + 1
    return dict(sorted(counts.items()))
