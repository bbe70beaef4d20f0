"""`progress`: the ledger → counts by place, a ranking, a workbook and the draft of a circular.

With `quality` also: how often the linkage was right, as the villages' answers have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from loubao.core.events import Edition
from loubao.core.faults import RuleFault, Usage
from loubao.ledger.connection import reading
from loubao.ledger.editions import all_editions, leads_added, leads_ever, leads_of_month
from loubao.ledger.office_work import office_cases
from loubao.ledger.posted_months import month_counts, posted_months
from loubao.ledger.sqlite_file import Connection
from loubao.supervision.tally import (
    Count,
    Progress,
    Ranked,
    Scope,
    Terms,
    Waiting,
    by_town,
    ranking,
    scope,
    waiting,
)
from loubao.workspace.output_file import write_files
from loubao.workspace.settings import path_in, refuse_output

# What needs frames or the models of the rules is imported where it is used: while the ledger
# counts on another core, or not at all.
if TYPE_CHECKING:
    from loubao.supervision.estimates import Estimate
    from loubao.supervision.quality import Quality

By: TypeAlias = Literal["town", "village", "list"]


@dataclass(frozen=True, slots=True)
class View:
    """What is asked of the ledger.

    `by`: what a line stands for; `month` (`YYYY-MM`; default: the last one posted); `as_of`: the
    day that tells what is overdue (default: today); `quality`: also that of the linkage.
    """

    by: By = "town"
    month: str | None = None
    as_of: date | None = None
    quality: bool = False


def supervise(
    ledger: Path, key: str | None, rules: Path, view: View | None = None, out: Path | None = None
) -> dict[str, Any]:
    """Return the progress of a month and of all months.

    With `out`, 进度.xlsx and 通报.docx are written there. Only numbers and names of places and
    lists are in it. Raises a `Fault`; then nothing was written.
    """
    view = view or View()
    today = view.as_of or date.today()
    wide = view.by == "list" or out is not None
    with reading(ledger, key) as connection:
        months = posted_months(connection)
        if not months:
            raise Usage("台账里还没有下发过核查表；请先运行 loubao match 并用 --ledger 指明台账")
        month = view.month or months[-1]
        if month not in months:
            raise Usage(f"台账里没有 {month}；可用：{'、'.join(months)}")
        with ThreadPoolExecutor(1) as worker:  # the rules are read while the ledger counts
            counting = worker.submit(_counted, connection, months, month, today, wide)
            terms = _terms(rules, wide or view.quality, view.quality)
        progress = counting.result()
        found = _quality(connection, terms) if view.quality else None
    report = _report(progress, view.by, today, terms)
    if found is not None:
        report["quality"] = _quality_report(found, terms)
    if out is not None:
        report["out"] = _print(progress, found, out, rules, terms, today)
    return report


def _counted(
    connection: Connection, months: Sequence[str], month: str, as_of: date, lists: bool
) -> Progress:
    """Count a month and all months; with `lists` also by the list that named each person."""
    sheets = all_editions(connection)
    day = as_of.isoformat()
    ever = leads_ever(connection, sheets, day, lists)
    here = leads_of_month(connection, sheets, month, day)
    villages = {edition: (sheet.town, sheet.village) for edition, sheet in sheets.items()}
    due = {each.due_on for each in sheets.values() if each.month == month and not each.superseded}
    return Progress(
        month=month,
        months=tuple(months),
        due=tuple(sorted(due)),
        this_month=scope(here, leads_added(connection, sheets, month), villages, lists),
        campaign=scope(ever, leads_added(connection, sheets), villages, lists),
        office=_office(connection, sheets, as_of),
    )


def _office(
    connection: Connection, sheets: Mapping[int, Edition], as_of: date
) -> dict[str, Waiting]:
    """The office's own work by town, in the order of the codes of their villages."""
    codes: dict[str, str] = {}
    for sheet in sheets.values():
        codes[sheet.town] = min(codes.get(sheet.town, "~"), sheet.village_code or "~")
    cases = [(case[1], case[3], work.since) for case, work in office_cases(connection, sheets)]
    return waiting(sorted(cases, key=lambda each: (codes.get(each[0], "~"), each[0])), as_of)


def _terms(rules: Path, lists: bool, tiers: bool) -> Terms:
    """Read what a rules folder says of supervision; names of lists and tiers where asked for."""
    from loubao.rules.matching import may_link, tier_wordings
    from loubao.rules.screening import load_follow_up
    from loubao.rules.sheets import list_labels, load_printed

    return Terms(
        load_printed(rules, "supervision"),
        load_follow_up(rules).slowest,
        list_labels(rules) if lists else {},
        tier_wordings(rules) if tiers else {},
        may_link(rules) if tiers else {},
    )


def _quality(connection: Connection, terms: Terms) -> Quality:
    from loubao.ledger.judgements import labels
    from loubao.supervision.quality import quality

    return quality(labels(connection), month_counts(connection), terms.words.quality.least)


def _print(
    progress: Progress,
    quality: Quality | None,
    out: Path,
    rules: Path,
    terms: Terms,
    as_of: date,
) -> list[str]:
    """Write 进度.xlsx and 通报.docx into `out` and return their paths; raises a `Fault`."""
    from loubao.books.circular import circular
    from loubao.books.progress_book import progress_book
    from loubao.core.notation import month_text
    from loubao.layout.paper import Printing
    from loubao.rules.sheets import load_printed
    from loubao.workbook.writing import workbook_bytes

    refuse_output(out)
    fonts = load_printed(rules, "sheets").fonts
    printing = Printing(fonts, as_of, month_text(progress.month))
    book = progress_book(progress, quality, terms, printing)
    letter = circular(progress, terms, as_of)
    words = terms.words.circular
    document = _filled(rules / words.template, letter.values, letter.tables)
    files = {
        path_in(out, name): partial(Path.write_bytes, data=content)
        for name, content in ((book.path, workbook_bytes(book)), (words.path, document))
    }
    write_files(out, files)
    return [str(path) for path in files]


def _filled(template: Path, values: Mapping[str, str], tables: Mapping[str, Any]) -> bytes:
    """Return the Word document that a template becomes; raises `RuleFault`."""
    from loubao.workbook.word_template import UnfitTemplate, fill

    name = f"{template.parent.name}/{template.name}"
    try:
        return fill(template.read_bytes(), values, tables)
    except OSError:
        raise RuleFault(
            f"缺少通报模板 {name}，可从自带规则复制，"
            "或在 supervision.yaml 的 circular.template 改名"
        ) from None
    except UnfitTemplate as error:
        reason = f"里的 {{{error.name}}} 不认识" if error.name else "不是 Word 文档（docx）"
        raise RuleFault(f"通报模板 {name} {reason}，请改好模板") from None


def _report(progress: Progress, by: By, as_of: date, terms: Terms) -> dict[str, Any]:
    named = terms.named(ranking(progress.this_month.villages))
    return {
        "month": progress.month,
        "months": list(progress.months),
        "as_of": as_of.isoformat(),
        "due": list(progress.due),
        "by": by,
        "this_month": _scope_report(progress.this_month, by, terms.labels),
        "campaign": _scope_report(progress.campaign, by, terms.labels),
        "office": {
            "total": _waiting(progress.office_total),
            "rows": [{"town": town, **_waiting(each)} for town, each in progress.office.items()],
        },
        "slowest": [_ranked(each) for each in named],
        "out": [],
    }


def _waiting(each: Waiting) -> dict[str, int]:
    return {"people": each.people, **asdict(each)}


def _scope_report(scope: Scope, by: By, labels: Mapping[str, str]) -> dict[str, Any]:
    if by == "list":
        rows = [
            {"list": name, "title": labels.get(name, name), **_numbers(count)}
            for name, count in sorted(scope.lists.items())
        ]
    elif by == "village":
        rows = [_ranked(each) for each in ranking(scope.villages)]
    else:
        rows = [_ranked(each) for each in ranking(by_town(scope.villages))]
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


def _quality_report(found: Quality, terms: Terms) -> dict[str, Any]:
    """The quality for a program, with the words that a person reads beside the numbers."""
    from loubao.supervision.advice import advice_of, advice_sentences
    from loubao.supervision.quality import drawn_sentences, recall_sentences

    words = terms.words.quality
    titles = {"all": {"": words.overall}, "list": terms.labels, "tier": terms.tiers}
    given = advice_of(found, terms)
    return {
        "findings": [
            {
                "group": each.group,
                "group_title": getattr(words.group, each.group),
                "by": each.by,
                "key": each.key,
                "title": titles[each.by].get(each.key, each.key),
                "pairs": each.pairs,
                **_share(each.share, words.least),
            }
            for each in found.findings
        ],
        "bands": [
            {"start": b.start, "end": b.end, "said": b.said, **_share(b.share, words.least)}
            for b in found.bands
        ],
        "recall": {
            name: {"value": each.value, "low": each.low, "high": each.high}
            if each.value is not None
            else {"value": None, "why": each.why}
            for name, each in found.recalls.items()
        },
        "links": dict(found.links),
        "reviews": dict(found.reviews),
        "unseen": dict(found.unseen),
        "drawn": dict(found.drawn),
        "least": words.least,
        "targets": dict(words.targets),
        "advice": [
            {"group": each.group, "tier": each.tier, "code": each.code, "more": each.more}
            for each in given
        ],
        "said": [
            *drawn_sentences(found, words, terms.tiers),
            *recall_sentences(found, words, terms.labels),
        ],
        "advised": advice_sentences(given, words, terms.tiers),
        "notes": list(words.notes),
    }


def _share(share: Estimate, least: int) -> dict[str, Any]:
    return {
        "judged": share.decided,
        "right": share.right,
        "precision": share.value,
        "low": share.low,
        "high": share.high,
        "effective": share.effective,
        "enough": share.decided >= least,
    }
