"""`progress --quality`: what villages answered on candidates and samples → precision and recall.

What supervision prints: the workbook of progress, the draft of the circular.

`progress`: the ledger → counts by place, a ranking, a workbook and the draft of a circular.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from loubao.books.circular import circular
from loubao.books.progress_book import Table, progress_book
from loubao.books.quality_page import quality_page, recall_lines
from loubao.core.events import Edition
from loubao.core.faults import RuleFault, Usage
from loubao.layout import paper
from loubao.ledger.connection import Connection, reading
from loubao.ledger.editions import (
    Kinds,
    all_editions,
    leads_ever,
    leads_of_month,
    month_counts,
    posted_months,
)
from loubao.ledger.verdicts import judged
from loubao.rules.matching import tier_wordings
from loubao.rules.screening import FollowUp
from loubao.rules.sheets import load_printed
from loubao.rules.wording import Wording
from loubao.supervision import tally as counting
from loubao.supervision.quality import Quality, Share, quality
from loubao.supervision.tally import Count, Ranked
from loubao.workbook.word_template import UnfitTemplate, fill
from loubao.workbook.writing import workbook_bytes
from loubao.workspace.output_folder import replace_file
from loubao.workspace.settings import refuse_output


def judge(connection: Connection, least: int) -> Quality:
    """Return the quality of linkage as the whole ledger has it."""
    return quality(judged(connection), month_counts(connection), least)


def told(found: Quality, words: Wording, labels: Mapping[str, str], rules: Path) -> dict[str, Any]:
    """Return the quality for a program, with the words that a person reads beside the numbers."""
    tiers = tier_wordings(rules)
    titles = {"all": {"": words.overall}, "list": labels, "tier": tiers}
    return {
        "findings": [
            {
                "group": each.group,
                "group_title": getattr(words.group, each.group),
                "by": each.by,
                "key": each.key,
                "title": titles[each.by].get(each.key, each.key),
                **_share(each.share),
                "enough": each.share.judged >= words.least,
            }
            for each in found.findings
        ],
        "recall": {
            name: {"value": each.value, "low": each.low, "high": each.high}
            if each.value is not None
            else {"value": None, "why": each.why}
            for name, each in found.recalls.items()
        },
        "links": dict(found.links),
        "reviews": dict(found.reviews),
        "least": words.least,
        "said": recall_lines(found, words, labels),
        "notes": list(words.notes),
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {
        "judged": share.judged,
        "right": share.right,
        "precision": share.value,
        "low": low,
        "high": high,
    }


def print_progress(
    known: Progress,
    quality: Quality | None,
    out: Path,
    rules: Path,
    words: Wording,
    policy: FollowUp,
    as_of: date,
    labels: Mapping[str, str],
) -> list[str]:
    """Write 进度.xlsx and 通报.docx into `out` and return their paths; raises a `Fault`."""
    refuse_output(out)
    fonts = load_printed(rules, "sheets").fonts
    period = paper.month(known.month)
    due = "至".join(paper.day(date.fromisoformat(day)) for day in known.due) or words.blank
    ranked = counting.ranking(known.this_month.villages)
    named = counting.slowest(ranked, policy.slowest, words.unplaced)
    pages = []
    if quality is not None:
        tiers = tier_wordings(rules)
        pages.append(quality_page(quality, words, labels, tiers, fonts, period))
    book = progress_book(
        _table(known.this_month, labels),
        _table(known.campaign, labels),
        ranked,
        named,
        words,
        policy.slowest,
        fonts,
        known.months,
        period,
        due,
        as_of,
        pages,
    )
    letter = circular(
        known.this_month.total,
        known.campaign.total,
        counting.ranking(counting.by_town(known.this_month.villages)),
        named,
        words,
        period,
        paper.day(date.fromisoformat(known.due[-1])) if known.due else words.blank,
        as_of,
        {
            "people": str(policy.slowest.people),
            "verified_below": f"{policy.slowest.verified_below:g}",
        },
    )
    template = rules / words.circular.template
    try:
        document = fill(template.read_bytes(), letter.values, letter.tables)
    except OSError:
        raise RuleFault(
            f"缺少通报模板 {rules.name}/{template.name}，可从自带规则复制，"
            "或在 supervision.yaml 的 circular.template 改名"
        ) from None
    except UnfitTemplate as error:
        reason = f"里的 {{{error.name}}} 不认识" if error.name else "不是 Word 文档（docx）"
        raise RuleFault(f"通报模板 {rules.name}/{template.name} {reason}，请改好模板") from None
    files = {book.path: workbook_bytes(book), words.circular.path: document}
    return [str(_replace(out / name, content)) for name, content in files.items()]


def _table(scope: Scope, labels: Mapping[str, str]) -> Table:
    named = {labels.get(name, name): count for name, count in sorted(scope.lists.items())}
    return Table(scope.villages, named)


def _replace(target: Path, content: bytes) -> Path:
    """Put a file in its place, whole and readable by its owner only; raises `Usage`."""

    def write(partial: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as stream:
            stream.write(content)

    return replace_file(target, write)


if TYPE_CHECKING:
    from loubao.rules.screening import FollowUp
    from loubao.rules.wording import Wording

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
            from loubao.rules.lists import list_labels
            from loubao.rules.screening import load_follow_up

            words, policy = load_printed(rules, "supervision"), load_follow_up(rules)
            known = counts()
        found = None
        if quality:
            found = judge(connection, words.quality.least)
    labels = list_labels(rules) if wide or quality else {}
    report = _report(known, by, today, words, policy, labels)
    if found is not None:
        report["quality"] = told(found, words.quality, labels, rules)
    if out is not None:
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
    sheets = all_editions(connection)
    day = as_of.isoformat()
    due = sorted(
        {
            sheet.due_on
            for sheet in sheets.values()
            if sheet.month == chosen and not sheet.superseded
        }
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


def _scope(kinds: Kinds, sheets: Mapping[int, Edition], lists: bool) -> Scope:
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
    words: Wording,
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
