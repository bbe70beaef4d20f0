"""The monthly job: read → tidy → link → screen → write. `check` stops after the tidying.

report.html of a run: what the rooms made, and what only the pipeline knows of the run.

A month's cases → the ledger: what lies behind the posting, and whether there is any.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import rapidfuzz

from loubao import __version__
from loubao.books.data_problems import issue_book
from loubao.books.standards_book import month_page
from loubao.books.summary import Changes, Month, summary_book
from loubao.books.village_sheet import book_path, village_books
from loubao.core import frames
from loubao.core.events import Document, Edition, Posting
from loubao.core.forms import Workbook
from loubao.followup.brought_forward import Before, before
from loubao.followup.following import Followed, Ledger, alone, follow, opened, refuse_out_of_order
from loubao.ledger import postings as writing
from loubao.ledger.connection import Connection
from loubao.ledger.editions import last_shown
from loubao.linkage import link
from loubao.linkage.model import Model
from loubao.report.html_page import Run, report_page
from loubao.rules import Rules
from loubao.screening.cases import Screened
from loubao.screening.expected_cost import Expected, expected
from loubao.workbook.writing import press, write_workbook
from loubao.workspace import run_counts
from loubao.workspace.earlier_outputs import model_metadata
from loubao.workspace.exports import Export, read_month
from loubao.workspace.output_folder import Draft, output_folder, replace_file, write_manifest
from loubao.workspace.settings import name_of, refuse_inside, refuse_missing, refuse_output
from loubao.workspace.stages import Progress, Timings, silent

#: Qualifying source rows from which a second process for writing is worth its start.
_MANY = 300


def check(
    data: Path,
    out: Path | None,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str] = (),
    progress: Progress = silent,
) -> dict[str, Any]:
    """Read and normalise only; return how every file and column was understood.

    With `out`, 数据问题.xlsx is written there. Raises a `Fault`.
    """
    refuse_missing(data)
    if out is not None:
        refuse_output(out)
        refuse_inside(data, out)
    timings = Timings()
    checked = read_month(data, rules, as_of, passwords, progress, timings)
    written = None
    if out is not None:
        book = issue_book(checked.issues, rules.sheets, as_of)
        written = replace_file(out / book.path, lambda target: write_workbook(book, target))
    return {
        "loubao": __version__,
        "as_of": as_of.isoformat(),
        "data": name_of(data),
        "inputs": run_counts.inputs(checked.exports, checked.accounts),
        "lists": run_counts.list_counts(checked.records, rules).to_dicts(),
        "problems": run_counts.problems(checked.issues, rules),
        "seconds": timings.seconds,
        "out": str(written) if written else None,
    }


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
    refuse_missing(data)
    refuse_inside(data, out)
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    timings = Timings()
    with opened(ledger) as connection, output_folder(out) as draft, ThreadPoolExecutor(1) as aside:
        if ledger:
            refuse_out_of_order(connection, as_of, ledger.late)
        knowing = aside.submit(before, connection, as_of) if ledger else None
        checked = read_month(data, rules, as_of, passwords, progress, timings)
        known = knowing.result() if knowing else None
        records = checked.records
        many = records.filter((pl.col("role") == "source") & pl.col("qualifies")).height > _MANY
        with press(helper=many) as print_books:
            with timings.stage("link"):
                progress("link", 0, 1)
                linked = link(records, rules.matching)
                progress("link", 1, 1)
            with timings.stage("screen"):
                shown = partial(last_shown, connection)
                month = (
                    follow(records, linked.decisions, known, shown, rules, as_of)
                    if known
                    else alone(records, linked.decisions, rules, as_of)
                )
                issues = frames.merge_issues([checked.issues, linked.issues])
            with timings.stage("write"):
                _write_frames(draft, records, linked.model, month, issues)
                counts = run_counts.list_counts(records, rules)
                screened = month.screened
                costs = expected(
                    screened.outcomes,
                    screened.chances,
                    rules.sheets.summary.expectation.thresholds,
                )
                books = _books(month, records, counts, costs, issues, rules, as_of)
                print_books(
                    [(book, draft.path(book.path)) for book in books],
                    lambda done: progress("write", done, len(books)),
                )
        told = run_counts.counts(records, month.decisions, month.screened, issues)
        manifest = {
            "loubao": __version__,
            "started": started,
            "as_of": as_of.isoformat(),
            "data": name_of(data),
            "inputs": run_counts.inputs(checked.exports, checked.accounts),
            "rules": rules.digests,
            "counts": told,
            "ledger": month.told(),
            "seconds": timings.seconds,
        }
        with timings.stage("report"):
            faults_then = known.faults() if known else None
            page = report(
                records,
                month.decisions,
                screened,
                issues,
                costs,
                linked.model,
                manifest,
                rules,
                _period(as_of),
                as_of,
                faults_then,
            )
            draft.path(rules.report.path).write_bytes(page)
        write_manifest(draft, manifest)
        if known and ledger:
            kept = told | run_counts.for_the_ledger(records, month.decisions, issues)
            posting = completed(month, data, checked.exports, rules, kept, ledger.late)
            sheets = sheet_documents(month, draft.path, rules)
            draft.finish = partial(post, connection, posting, sheets, known)
    return {
        **manifest,
        "out": str(out),
        "kept": str(draft.kept) if draft.kept else None,
        "lists": counts.to_dicts(),
        "towns": run_counts.towns(month.screened).to_dicts(),
        "problems": run_counts.problems(issues, rules),
    }


def _write_frames(
    draft: Draft,
    records: pl.DataFrame,
    model: Model,
    month: Followed,
    issues: pl.DataFrame,
) -> None:
    for name, frame in (
        ("records", records),
        ("decisions", month.decisions),
        ("cases", month.screened.cases),
        ("issues", issues),
    ):
        content = io.BytesIO()  # polars does not say why a disk refused
        frame.write_parquet(
            content, metadata=model_metadata(model) if name == "decisions" else None
        )
        draft.path(f"data/{name}.parquet").write_bytes(content.getvalue())


def _books(
    month: Followed,
    records: pl.DataFrame,
    counts: pl.DataFrame,
    costs: Expected | None,
    issues: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> list[Workbook]:
    screened = month.screened
    summed = Month(
        screened.details,
        screened.excluded,
        counts,
        run_counts.outcome_counts(screened, records),
        {name: rule.sheet_label for name, rule in rules.lists.items()},
        costs,
        Changes(month.news, month.departed) if month.posting else None,
        month_page(records, rules, as_of),
    )
    return [
        *village_books(month.villages, rules.sheets, as_of, month.issues),
        summary_book(summed, rules.sheets, as_of),
        issue_book(issues, rules.sheets, as_of),
    ]


def _period(as_of: date) -> str:
    return f"{as_of.year}年{as_of.month}月"


def report(
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    screened: Screened,
    issues: pl.DataFrame,
    expected: Expected | None,
    model: Model,
    manifest: Mapping[str, Any],
    rules: Rules,
    period: str,
    as_of: date,
    previous: pl.DataFrame | None = None,
) -> bytes:
    """Return the page; `manifest` is what run.json holds, `previous` see `report_page`."""
    software = (
        f"Python {platform.python_version()}，polars {pl.__version__}，"
        f"rapidfuzz {rapidfuzz.__version__}，{platform.system()}"
    )
    run = Run(
        version=manifest["loubao"],
        software=software,
        started=manifest["started"],
        inputs=manifest["inputs"],
        rules=manifest["rules"],
        seconds=manifest["seconds"],
        prior=model.prior,
        learnt=model.learnt,
    )
    page = report_page(
        records, decisions, screened, issues, expected, run, rules, period, as_of, previous
    )
    return page.encode("utf-8")


def completed(
    followed: Followed,
    data: Path,
    exports: Sequence[Export],
    rules: Rules,
    counts: Mapping[str, Any],
    late_reason: str | None,
) -> Posting:
    """Return the posting with its digest and the files behind it, but for the sheets."""
    inputs = [
        Document("input", e.file, e.sha256, e.bytes, place=str((data / e.file).resolve()))
        for e in exports
    ]
    texts = [
        Document("rule", name, digest, (rules.folder / name).stat().st_size)
        for name, digest in rules.digests.items()
    ]
    posting = followed.posting
    assert posting is not None
    told = [posting.month, posting.as_of, [(d.role, d.name, d.sha256) for d in (*inputs, *texts)]]
    return replace(
        posting,
        digest=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        counts=dict(counts),
        late_reason=late_reason,
        documents=(
            *inputs,
            *(replace(d, content=(rules.folder / d.name).read_bytes()) for d in texts),
        ),
    )


def sheet_documents(
    followed: Followed, path: Callable[[str], Path], rules: Rules
) -> tuple[Document, ...]:
    """Return the workbooks of the editions that are issued now, as they were written."""
    issued = followed.posting.editions if followed.posting else ()
    new = {(edition.town, edition.village): edition for edition in issued}
    documents = []
    for village in followed.villages:
        edition: Edition | None = new.get((village.town, village.place))
        if edition is not None:
            name = book_path(village, rules.sheets)
            content = path(name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            documents.append(
                Document("issued", f"第{edition.number}版/{name}", digest, len(content), content)
            )
    return tuple(documents)


def post(held: Connection, posting: Posting, sheets: tuple[Document, ...], ledger: Before) -> None:
    """Post the month and the sheets issued, unless the ledger knows all of it already."""
    told = {each.case_id: each.disposition for each in posting.naming or ()}
    nothing = not (posting.cases or posting.events or posting.editions or posting.sightings)
    if nothing and told == ledger.known.named and posting.digest == ledger.digest:
        return
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    whole = replace(posting, documents=(*posting.documents, *sheets))
    writing.post(held, whole, now)
