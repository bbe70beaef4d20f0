"""`progress`: the ledger → counts by place, a ranking, a workbook and the draft of a circular."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from loubao.casework import progress as counting
from loubao.casework.progress import Count, Ranked
from loubao.faults import Usage
from loubao.ledger.connection import Connection, reading
from loubao.ledger.supervision import (
    IssuedSheet,
    Kinds,
    issued_sheets,
    leads_ever,
    leads_of_month,
    posted_months,
)

if TYPE_CHECKING:
    from loubao.rules.follow_up import FollowUp
    from loubao.rules.supervision import Supervision

By: TypeAlias = Literal["town", "village", "list"]
Place: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Counts of the leads of one month, or of all: by village, and by list where that is asked."""

    villages: Mapping[Place, Count]
    lists: Mapping[str, Count]

    @property
    def total(self) -> Count:
        """The sum of the villages."""
        return counting.total(self.villages.values())


@dataclass(frozen=True, slots=True)
class Progress:
    """What the ledger says on a day."""

    month: str
    months: tuple[str, ...]
    #: the first and the last day by which this month's sheets are to be back
    due: tuple[str, ...]
    this_month: Scope
    campaign: Scope


def supervise(
    ledger: Path,
    key: str | None,
    rules: Path,
    by: By = "town",
    month: str | None = None,
    as_of: date | None = None,
    out: Path | None = None,
    quality: bool = False,
) -> dict[str, Any]:
    """Return the progress of a month (default: the last one posted) and of all months.

    With `out`, 进度.xlsx and 通报.docx are written there. Only numbers and names of places and
    lists are told. Raises a `Fault`; then nothing was written.
    """
    today = as_of or date.today()
    wide = by == "list" or out is not None
    with reading(ledger, key) as connection:
        with counted(connection, month, today, wide) as counts:
            # the ledger counts on another core while the rules and their models are loaded
            from loubao.rules.supervision import list_labels, load_follow_up, load_supervision

            words, policy = load_supervision(rules), load_follow_up(rules)
            known = counts()
        found = None
        if quality:
            from loubao.pipeline.judged import judge, told

            found = judge(connection, words.quality.least)
    labels = list_labels(rules) if wide or quality else {}
    report = _report(known, by, today, words, policy, labels)
    if found is not None:
        report["quality"] = told(found, words.quality, labels, rules)
    if out is not None:
        from loubao.pipeline.printing import print_progress

        report["out"] = print_progress(known, found, out, rules, words, policy, today, labels)
    return report


@contextmanager
def counted(
    connection: Connection, month: str | None, as_of: date, lists: bool
) -> Iterator[Callable[[], Progress]]:
    """Begin to count a month and all months, and give what waits for the counts.

    The connection is the thread's own until then. Raises `Usage` where the month was not posted.
    """
    months = posted_months(connection)
    if not months:
        raise Usage("台账里还没有下发过核查表；请先运行 loubao match 并用 --ledger 指明台账")
    chosen = month or months[-1]
    if chosen not in months:
        raise Usage(f"台账里没有 {chosen}；可用：{'、'.join(months)}")
    sheets = issued_sheets(connection)
    day = as_of.isoformat()
    due = sorted(
        {sheet.due_on for sheet in sheets.values() if sheet.month == chosen and sheet.in_force}
    )

    def count() -> tuple[Kinds, Kinds]:
        ever = leads_ever(connection, sheets, day, lists)
        return leads_of_month(connection, sheets, chosen, day), ever

    with ThreadPoolExecutor(1) as worker:
        begun = worker.submit(count)

        def progress() -> Progress:
            here, ever = (_scope(kinds, sheets, lists) for kinds in begun.result())
            return Progress(chosen, tuple(months), tuple(due), here, ever)

        yield progress


def _scope(kinds: Kinds, sheets: Mapping[int, IssuedSheet], lists: bool) -> Scope:
    """Counts of leads, each in the village of its last sheet."""
    places = {edition: (sheet.town, sheet.village) for edition, sheet in sheets.items()}
    villages = counting.counts(
        (places[edition], (status, returned, late), households)
        for (edition, status, returned, late, _), households in kinds.items()
    )
    by_list = counting.by_list(
        (places[edition], (status, returned, late), names, households)
        for (edition, status, returned, late, names), households in kinds.items()
        if lists
    )
    return Scope({place: villages[place] for place in sorted(villages)}, by_list)


def _report(
    known: Progress,
    by: By,
    as_of: date,
    words: Supervision,
    policy: FollowUp,
    labels: Mapping[str, str],
) -> dict[str, Any]:
    ranked = counting.ranking(known.this_month.villages)
    named = counting.slowest(ranked, policy.slowest, words.unplaced)
    return {
        "month": known.month,
        "months": list(known.months),
        "as_of": as_of.isoformat(),
        "due": list(known.due),
        "by": by,
        "this_month": _told(known.this_month, by, labels),
        "campaign": _told(known.campaign, by, labels),
        "slowest": [_ranked(each) for each in named],
        "out": [],
    }


def _told(scope: Scope, by: By, labels: Mapping[str, str]) -> dict[str, Any]:
    rows: list[dict[str, Any]]
    if by == "list":
        rows = [
            {"list": name, "title": labels.get(name, name), **_numbers(count)}
            for name, count in sorted(scope.lists.items())
        ]
    else:
        ranked = (
            counting.ranking(scope.villages)
            if by == "village"
            else counting.ranking(counting.by_town(scope.villages))
        )
        rows = [_ranked(each) for each in ranked]
    return {"total": _numbers(scope.total), "rows": rows}


def _ranked(each: Ranked) -> dict[str, Any]:
    place = dict(zip(("town", "village"), each.key, strict=False))
    return {"rank": each.rank, **place, **_numbers(each.count)}


def _numbers(count: Count) -> dict[str, Any]:
    return {
        unit: {
            **{name: value for name, value in asdict(figures).items() if name != "entitled"},
            "verified_rate": figures.verified_rate,
            "enrolled_rate": figures.enrolled_rate,
        }
        for unit, figures in (("people", count.people), ("households", count.households))
    }
