"""The monthly job: read → normalise → link → screen → write."""

from __future__ import annotations

import hashlib
import io
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.books.data_problems import issue_book
from loubao.books.office_list import office_book
from loubao.books.standards_book import month_page
from loubao.books.summary import Changes, Month, summary_book
from loubao.books.village_sheet import book_paths, village_books
from loubao.core import frames
from loubao.core.events import Document, Posting
from loubao.core.forms import Workbook
from loubao.followup.brought_forward import BroughtForward, brought_forward, refuse_out_of_order
from loubao.followup.month import MonthCases, alone, follow_up
from loubao.followup.people import people_of_month
from loubao.ingest.issues import FAULTS, in_words
from loubao.ledger import postings
from loubao.ledger.connection import writing
from loubao.ledger.editions import last_shown
from loubao.ledger.posted_months import posted_months
from loubao.ledger.sqlite_file import Connection
from loubao.linkage import link
from loubao.linkage.model import Model
from loubao.plausibility import finding_words
from loubao.report.html_page import ReportedMonth, Run, report_page
from loubao.rules.folder import Rules
from loubao.screening import stated
from loubao.screening.coverage import ending
from loubao.screening.expected_cost import Expected, expected
from loubao.supervision.learning import labelled_before
from loubao.workbook.writing import press
from loubao.workspace import last_month, run_counts, settings
from loubao.workspace.finished_month import run_digest
from loubao.workspace.input_folder import Checked, read_month
from loubao.workspace.output_folder import Draft, output_folder, write_manifest
from loubao.workspace.parquet_file import model_metadata
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
class _Job:
    """What a run came to, before it is written.

    checked  RECORDS, ISSUES and files as read
    model    what agreement was worth
    month    the cases
    issues   ISSUES of reading and of the linkage
    brought  what the ledger brought forward; None without one
    held     the month held against the one before
    """

    data: Path
    rules: Rules
    as_of: date
    checked: Checked
    model: Model
    month: MonthCases
    issues: pl.DataFrame
    brought: BroughtForward | None
    held: last_month.Held

    @property
    def records(self) -> pl.DataFrame:
        return self.checked.records

    @cached_property
    def causes(self) -> pl.DataFrame:
        return self.checked.causes(self.issues, self.rules)

    @cached_property
    def costs(self) -> Expected | None:
        """What the links are expected to cost; None where a probability is not known."""
        screened, words = self.month.screened, self.rules.sheets.summary.expectation
        return expected(screened.outcomes, screened.chances, words.thresholds)

    @cached_property
    def paths(self) -> dict[tuple[str, str], str]:
        return book_paths(self.month.villages, self.rules.sheets, self.rules.output_paths)


def match(
    data: Path,
    out: Path,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str] = (),
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
    with ExitStack() as locks, output_folder(out) as draft, ThreadPoolExecutor(1) as aside:
        checked = read_month(data, rules, as_of, passwords, progress, timings)
        connection = None
        if ledger:  # from now on, until the output is in its place
            connection = locks.enter_context(writing(ledger.path, ledger.key))
            refuse_out_of_order(posted_months(connection), as_of, ledger.late)
        labelled = labelled_before(connection, f"{as_of:%Y-%m}", rules.matching.weights)
        reading = aside.submit(brought_forward, connection, as_of) if ledger else None
        sources = checked.records.filter((pl.col("role") == "source") & pl.col("qualifies"))
        with press(helper=sources.height > _MANY) as print_books:
            with timings.stage("link"):
                progress("link", 0, 1)
                linked = link(checked.records, rules.matching, labelled)
                progress("link", 1, 1)
            brought = reading.result() if reading else None
            with timings.stage("screen"):
                month = _month(connection, checked.records, linked.decisions, brought, rules, as_of)
                issues = _issues(checked, linked.issues, month, rules)
                held = _held(checked, month, brought, out, rules, as_of)
            with timings.stage("write"):
                job = _Job(data, rules, as_of, checked, linked.model, month, issues, brought, held)
                _write_frames(draft, job)
                lists = run_counts.list_counts(job.records, rules)
                files = [(book, draft.path(book.path)) for book in _books(job, lists)]
                print_books(files, lambda done: progress("write", done, len(files)))
        manifest = _manifest(job, started, timings)
        with timings.stage("report"):
            draft.path(rules.report.path).write_bytes(_report(job, manifest))
        write_manifest(draft, manifest)
        if brought and ledger:
            posting = _posting(job, manifest["counts"], draft.path, ledger.late)
            draft.finish = partial(post, connection, posting, brought)
    return {
        **manifest,
        "out": str(out),
        **draft.account(),
        "lists": lists.to_dicts(),
        "towns": run_counts.towns(month.screened).to_dicts(),
        **run_counts.problems_and_causes(job.causes, rules),
        "implausible": finding_words.table(held.findings, rules),
    }


def _issues(
    checked: Checked, of_linkage: pl.DataFrame, month: MonthCases, rules: Rules
) -> pl.DataFrame:
    """ISSUES of the month: of its cells, of the linkage, of what lists say of cover themselves."""
    of_lists = stated.issues(month.screened.contradictions, checked.headers(), rules)
    words = in_words(of_linkage, rules.sheets.details)
    return frames.merge_issues([checked.issues, words, of_lists])


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
    held = last_month.hold(checked, before, rules, as_of, month)
    last_month.refuse_implausible(held, rules)
    return held


def _month(
    connection: Connection | None,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    brought: BroughtForward | None,
    rules: Rules,
    as_of: date,
) -> MonthCases:
    """The cases of the month: alone, or as the ledger goes on with them."""
    if brought is None:
        return alone(records, decisions, rules, as_of)
    people = people_of_month(records, decisions, brought, rules)
    last_lines = last_shown(connection, people.carried.values())
    return follow_up(people, last_lines, brought, rules, as_of)


def _write_frames(draft: Draft, job: _Job) -> None:
    for name, frame in (
        ("records", job.records),
        ("decisions", job.month.decisions),
        ("cases", job.month.screened.cases),
        ("issues", job.issues),
    ):
        content = io.BytesIO()  # polars does not say why a disk refused
        metadata = model_metadata(job.model) if name == "decisions" else None
        frame.write_parquet(content, metadata=metadata)
        draft.path(f"data/{name}.parquet").write_bytes(content.getvalue())


def _books(job: _Job, lists: pl.DataFrame) -> list[Workbook]:
    """The workbooks of the month; `lists` are the counts of `run_counts.list_counts`."""
    month, rules, as_of = job.month, job.rules, job.as_of
    screened = month.screened
    summed = Month(
        screened.details,
        screened.excluded,
        lists,
        run_counts.outcome_counts(screened, job.records),
        rules.labels,
        job.costs,
        Changes(month.dispositions, month.departed) if month.posting else None,
        month_page(job.records, rules, as_of),
        month.off_sheets,
        ending(job.records, rules, as_of),
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


def _manifest(job: _Job, started: str, timings: Timings) -> dict[str, Any]:
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
            **run_counts.counts(job.records, month.decisions, month.screened, job.issues),
            "office": month.office.height,
        },
        "ledger": month.account(),
        "plausibility": {"yes": job.rules.accept_all, "findings": job.held.rows()},
        "seconds": timings.seconds,
    }


def report(
    month: ReportedMonth, model: Model, manifest: Mapping[str, Any], rules: Rules, as_of: date
) -> bytes:
    """Return report.html; `manifest` is what run.json holds."""
    software = (
        f"Python {platform.python_version()}，polars {pl.__version__}，"
        f"rapidfuzz {version('rapidfuzz')}，{platform.system()}"
    )
    run = Run(manifest, software, model.prior, model.learnt)
    return report_page(month, run, rules, as_of).encode("utf-8")


def _report(job: _Job, manifest: Mapping[str, Any]) -> bytes:
    before = job.brought.counts.get("faults") if job.brought else None
    previous = None if before is None else pl.DataFrame(before, schema=dict(FAULTS))
    cases = job.month
    month = ReportedMonth(
        job.records,
        cases.decisions,
        job.issues,
        cases.screened,
        job.costs,
        previous,
        job.held.findings,
    )
    return report(month, job.model, manifest, job.rules, job.as_of)


def _posting(
    job: _Job,
    counts: Mapping[str, Any],
    path: Callable[[str], Path],
    late_reason: str | None,
) -> Posting:
    """The posting of the month with its digest and the files behind it.

    `counts` are those of run.json; `path` gives where a file of the output folder is written.
    """
    inputs = [
        Document("input", e.file, e.sha256, e.bytes, place=str(e.path.resolve()))
        for e in job.checked.exports
    ]
    folder = job.rules.folder
    rules = [
        Document("rule", name, digest, (folder / name).stat().st_size)
        for name, digest in job.rules.digests.items()
    ]
    posting = job.month.posting
    assert posting is not None
    more = run_counts.for_the_ledger(job.records, job.month.decisions, job.issues)
    more |= job.held.for_the_ledger()
    return replace(
        posting,
        digest=run_digest(
            posting.as_of,
            {each.name: each.sha256 for each in inputs},
            {each.name: each.sha256 for each in rules},
        ),
        counts={**counts, **more},
        late_reason=late_reason,
        documents=(
            *inputs,
            *(replace(rule, content=(folder / rule.name).read_bytes()) for rule in rules),
            *_issued_documents(job, posting, path),
        ),
    )


def _issued_documents(
    job: _Job, posting: Posting, path: Callable[[str], Path]
) -> Iterator[Document]:
    """The workbooks of the editions that are issued now, as they were written."""
    issued = {(edition.town, edition.village): edition for edition in posting.editions}
    for village in job.month.villages:
        edition = issued.get((village.town, village.place))
        if edition is not None:
            name = job.paths[village.town, village.place]
            content = path(name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            yield Document("issued", f"第{edition.number}版/{name}", digest, len(content), content)


def post(connection: Connection, posting: Posting, brought: BroughtForward) -> None:
    """Post the month, unless the ledger has all of it already."""
    dispositions = {each.case_id: each.disposition for each in posting.naming or ()}
    nothing = not (posting.cases or posting.events or posting.editions or posting.sightings)
    nothing &= len(posting.exclusions or ()) == brought.excluding
    if nothing and dispositions == brought.dispositions and posting.digest == brought.digest:
        return
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    postings.post(connection, posting, now)
