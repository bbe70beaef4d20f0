"""The monthly job: read → normalise → link → screen → write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.books.data_problems import issue_book
from loubao.books.office_list import office_book
from loubao.books.standards_book import month_page
from loubao.books.summary import Changes, Month, summary_book
from loubao.books.village_sheet import village_books
from loubao.core import frames
from loubao.core.events import Posting
from loubao.core.faults import Usage
from loubao.core.forms import Workbook
from loubao.followup.brought_forward import BroughtForward, brought_forward, refuse_out_of_order
from loubao.followup.month import MonthCases, alone, follow_up, with_register
from loubao.followup.people import people_of_month
from loubao.ingest.issues import FAULTS, in_words
from loubao.ledger import postings
from loubao.ledger.connection import writing
from loubao.ledger.editions import last_shown
from loubao.ledger.posted_months import posted_months
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import CLOSED
from loubao.linkage import Linked, link
from loubao.linkage.model import Labelled
from loubao.plausibility import finding_words
from loubao.report.html_page import ReportedMonth, report
from loubao.rules.folder import Rules
from loubao.screening import stated, unheard_remarks
from loubao.screening.coverage import ending
from loubao.supervision.learning import labelled_before
from loubao.workbook.writing import press
from loubao.workspace import last_month, run_counts, settings
from loubao.workspace.input_folder import Checked, read_month
from loubao.workspace.matched_month import MatchedMonth, among, posting_of
from loubao.workspace.output_folder import Draft, output_folder, write_manifest
from loubao.workspace.register import Beside, look_up
from loubao.workspace.register_files import Register, open_register
from loubao.workspace.stages import Progress, Timings, silent

#: Qualifying source rows from which a second process for writing is worth its start.
_MANY = 300


@dataclass(frozen=True)
class Ledger:
    """The ledger that a month is posted to; `late` is the reason for a month that comes late."""

    path: Path
    key: str | None = None
    late: str | None = None


@dataclass(frozen=True)
class Given:
    """What may come with DATA: passwords of its files, a register of the province beside it."""

    passwords: Sequence[str] = ()
    register: Path | None = None


def match(
    data: Path,
    out: Path,
    rules: Rules,
    as_of: date,
    given: Given = Given(),
    progress: Progress = silent,
    ledger: Ledger | None = None,
) -> dict[str, Any]:
    """Run the monthly job, write the output folder, and return what run.json holds.

    With a ledger the cases go on from the months before, and are posted there when all is written.
    Raises a `Fault`; then the output folder and the ledger are what they were before.
    """
    settings.refuse_missing(data)
    settings.refuse_inside(data, out)
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    timings = Timings()
    register = open_register(given.register, rules, progress) if given.register else None
    with ExitStack() as locks, output_folder(out) as draft, ThreadPoolExecutor(1) as aside:
        checked = read_month(data, rules, as_of, given.passwords, progress, timings)
        connection = None
        if ledger:  # from now on, until the output is in its place
            connection = locks.enter_context(writing(ledger.path, ledger.key))
            refuse_out_of_order(posted_months(connection), as_of, ledger.late)
        labelled = labelled_before(connection, f"{as_of:%Y-%m}", rules.matching.weights)
        reading = aside.submit(brought_forward, connection, as_of, rules) if ledger else None
        with press(helper=_qualifying(checked.records).height > _MANY) as print_books:
            with timings.stage("link"):
                linked = _linked(checked.records, rules, labelled, progress)
            brought = reading.result() if reading else None
            of_month = checked.records, linked.decisions
            with timings.stage("screen"):
                month, beside = _month(connection, of_month, brought, register, rules, as_of)
                issues = _issues(checked, linked, beside, month, rules)
                held = _held(checked, month, brought, out, rules, as_of)
            timings.aside("screen", "register", beside.seconds if beside else 0.0)
            of_run = data, rules, as_of, checked, beside, linked.model
            job = MatchedMonth(*of_run, month, issues, brought, held)
            with timings.stage("write"):
                _write_frames(draft, job)
                lists = run_counts.list_counts(checked.records, rules)
                files = [(book, draft.path(book.path)) for book in _books(job, lists)]
                print_books(files, lambda done: progress("write", done, len(files)))
        manifest = _manifest(job, started, timings)
        with timings.stage("report"):
            draft.path(rules.report.path).write_bytes(_report(job, manifest))
        write_manifest(draft, manifest)
        if brought and ledger:
            posting = posting_of(job, manifest["counts"], draft.path, ledger.late)
            draft.finish = partial(post, connection, posting, brought)
    return {
        **manifest,
        "out": str(out),
        **_account(draft, issues),
        "lists": lists.to_dicts(),
        "towns": run_counts.towns(month.screened).to_dicts(),
        **run_counts.problems_and_causes(job.causes, rules),
        "implausible": finding_words.table(held.findings, rules),
    }


def _linked(records: pl.DataFrame, rules: Rules, labelled: Labelled, progress: Progress) -> Linked:
    progress("link", 0, 1)
    linked = link(records, rules.matching, labelled)
    progress("link", 1, 1)
    return linked


def _month(
    connection: Connection | None,
    of_month: tuple[pl.DataFrame, pl.DataFrame],
    brought: BroughtForward | None,
    register: Register | None,
    rules: Rules,
    as_of: date,
) -> tuple[MonthCases, Beside | None]:
    """The cases of the month, alone or as the ledger goes on with them; what the register says.

    `of_month`: RECORDS and DECISIONS. The register is asked when they have said who is whom.
    """
    records, decisions = of_month
    if brought:
        _refuse_lost_lists(brought, rules)
    people = people_of_month(records, decisions, brought, rules, as_of) if brought else None
    beside = None
    if register:
        everybody = _qualifying(people.records if people else records)
        sought = everybody.select(frames.linkable(everybody))
        beside = look_up(register, sought, records.height + 1, rules, as_of)
    found = beside.found if beside else None
    if not (people and brought):
        return alone(records, decisions, rules, as_of, found), beside
    if found:
        people = with_register(people, found, brought)
    last_lines = last_shown(connection, people.carried.values())
    return follow_up(people, last_lines, brought, rules, as_of), beside


def _refuse_lost_lists(brought: BroughtForward, rules: Rules) -> None:
    """Raise `Usage` where an open case came of a list that the rules do not have any more."""
    waiting = brought.cases.filter(~pl.col("status").is_in(CLOSED)).select("case_id")
    known = pl.col("list").is_in(rules.of_role("source"))
    lost = brought.sightings.filter(~known).join(waiting, on="case_id", how="semi")
    if lost.height:
        files = "、".join(f"lists/{name}.yaml" for name in sorted(lost["list"].unique()))
        people = lost["case_id"].n_unique()
        raise Usage(
            f"台账里还有 {people} 人没有办结，是规则里已经没有的名单点到的，"
            f"请把 {files} 放回规则文件夹；这份名单不再来的，放着也不妨碍"
        )


def _qualifying(records: pl.DataFrame) -> pl.DataFrame:
    return records.filter((pl.col("role") == "source") & pl.col("qualifies"))


def _issues(
    checked: Checked,
    linked: Linked,
    beside: Beside | None,
    month: MonthCases,
    rules: Rules,
) -> pl.DataFrame:
    """ISSUES of the month: of its cells, of the linkage, of what lists say of cover themselves."""
    of_lists = stated.issues(month.screened.contradictions, checked.headers(), rules)
    words = in_words(linked.issues, rules.sheets.details)
    unheard = unheard_remarks.issues(checked.records, linked.decisions, rules.sheets.details)
    of_register = [beside.issues] if beside else []
    return frames.merge_issues([checked.issues, words, of_lists, unheard, *of_register])


def _account(draft: Draft, issues: pl.DataFrame) -> dict[str, Any]:
    """What a report says of the output; its hints name each list whose count `--yes` has passed."""
    odd = issues.filter(code="LIST_COUNT_ODD").select("file", "detail")
    passed = [f"{file}：{detail}，照 --yes 继续" for file, detail in odd.iter_rows()]
    return {**draft.account(), "hints": [*passed, *draft.hints]}


def _held(
    checked: Checked,
    month: MonthCases,
    brought: BroughtForward | None,
    out: Path,
    rules: Rules,
    as_of: date,
) -> last_month.Held:
    """The month held against the one before; raises `Implausible`."""
    before = last_month.before(out, rules, as_of, brought.counts if brought else {})
    month = replace(month, decisions=among(month.decisions, checked.records))
    held = last_month.hold(checked, before, rules, as_of, month)
    last_month.refuse_implausible(held, rules)
    return held


def _write_frames(draft: Draft, job: MatchedMonth) -> None:
    for name, frame in (
        ("records", job.records),
        ("decisions", job.month.decisions),
        ("cases", job.month.screened.cases),
        ("issues", job.issues),
    ):
        metadata = job.models if name == "decisions" else None
        content = frames.as_parquet(frame, metadata)
        draft.path(f"data/{name}.parquet").write_bytes(content)


def _books(job: MatchedMonth, lists: pl.DataFrame) -> list[Workbook]:
    """The workbooks of the month; `lists` are the counts of `run_counts.list_counts`."""
    month, rules, as_of = job.month, job.rules, job.as_of
    screened = month.screened
    summed = Month(
        screened.details,
        screened.excluded,
        lists,
        run_counts.outcome_counts(screened, job.checked.records),
        rules.labels,
        job.costs,
        Changes(month.dispositions, month.departed) if month.posting else None,
        month_page(job.checked.records, rules, as_of),
        month.off_sheets,
        ending(job.checked.records, rules, as_of),
    )
    return [
        *village_books(month.villages, rules.sheets, as_of, month.issues, job.paths),
        summary_book(summed, rules.sheets, as_of),
        office_book(
            month.office,
            rules.sheets,
            rules.screening.follow_up.statuses,
            as_of,
            known=month.posting is not None,
        ),
        issue_book(job.causes, rules.sheets, as_of, rules.labels),
    ]


def _manifest(job: MatchedMonth, started: str, timings: Timings) -> dict[str, Any]:
    """What run.json holds."""
    month = job.month
    return {
        "loubao": __version__,
        "started": started,
        "as_of": job.as_of.isoformat(),
        "data": job.rules.discretion.text(settings.name_of(job.data)),
        "inputs": run_counts.inputs(job.checked.exports, job.checked.accounts),
        "rules": job.rules.digests,
        "counts": {
            **run_counts.counts(job.checked.records, job.own_decisions, month.screened, job.issues),
            "office": month.office.height,
        },
        "register": job.beside.account if job.beside else None,
        "ledger": month.account(),
        "plausibility": {"yes": job.rules.accept_all, "findings": job.held.rows()},
        "seconds": timings.seconds,
    }


def _report(job: MatchedMonth, manifest: Mapping[str, Any]) -> bytes:
    before = job.brought.counts.get("faults") if job.brought else None
    previous = None if before is None else pl.DataFrame(before, schema=dict(FAULTS))
    cases = job.month
    month = ReportedMonth(
        job.checked.records,
        job.own_decisions,
        job.issues,
        cases.screened,
        job.costs,
        previous,
        job.held.findings,
    )
    return report(month, job.model, manifest, job.rules, job.as_of)


def post(connection: Connection, posting: Posting, brought: BroughtForward) -> None:
    """Post the month, unless the ledger has all of it already."""
    dispositions = {each.case_id: each.disposition for each in posting.naming or ()}
    nothing = not (posting.cases or posting.events or posting.editions or posting.sightings)
    nothing &= len(posting.exclusions or ()) == brought.excluding
    nothing &= len(posting.covered or ()) == brought.covering
    if nothing and dispositions == brought.dispositions and posting.digest == brought.digest:
        return
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    postings.post(connection, posting, now)
