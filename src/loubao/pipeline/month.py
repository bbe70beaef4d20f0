"""The monthly job: read → tidy → link → screen → write. `check` stops after the tidying."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__, frames
from loubao.casework.changes import changes_page
from loubao.casework.expectation import Expected, expected
from loubao.casework.issue_book import issue_book
from loubao.casework.sheets import village_books
from loubao.casework.summary import summary_book
from loubao.forms import Workbook
from loubao.ledger.reading import last_shown
from loubao.linkage import link
from loubao.linkage.weights import Model
from loubao.pipeline import tallies
from loubao.pipeline.brought_forward import before
from loubao.pipeline.following import (
    Followed,
    Ledger,
    alone,
    follow,
    opened,
    refuse_out_of_order,
)
from loubao.pipeline.model_file import model_metadata
from loubao.pipeline.posting import completed, post, sheet_documents
from loubao.pipeline.progress import Progress, Timings, silent
from loubao.pipeline.reading import read_month
from loubao.pipeline.report import report
from loubao.pipeline.settings import (
    name_of,
    refuse_inside,
    refuse_missing,
    refuse_output,
)
from loubao.pipeline.standards import summary_page
from loubao.rules.folder import Rules
from loubao.workbook.press import press
from loubao.workbook.writing import write_workbook
from loubao.workspace import Draft, output_folder, replace_file, write_manifest

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
        book = issue_book(checked.issues, rules.sheets, _period(as_of), as_of)
        written = replace_file(out / book.path, lambda target: write_workbook(book, target))
    return {
        "loubao": __version__,
        "as_of": as_of.isoformat(),
        "data": name_of(data),
        "inputs": tallies.inputs(checked.exports, checked.accounts),
        "lists": tallies.list_counts(checked.records, rules).to_dicts(),
        "problems": tallies.problems(checked.issues, rules),
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
                counts = tallies.list_counts(records, rules)
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
        told = tallies.counts(records, month.decisions, month.screened, issues)
        manifest = {
            "loubao": __version__,
            "started": started,
            "as_of": as_of.isoformat(),
            "data": name_of(data),
            "inputs": tallies.inputs(checked.exports, checked.accounts),
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
            kept = told | tallies.for_the_ledger(records, month.decisions, issues)
            posting = completed(month, data, checked.exports, rules, kept, ledger.late)
            sheets = sheet_documents(month, draft.path, rules)
            draft.finish = partial(post, connection, posting, sheets, known)
    return {
        **manifest,
        "out": str(out),
        "kept": str(draft.kept) if draft.kept else None,
        "lists": counts.to_dicts(),
        "towns": tallies.towns(month.screened).to_dicts(),
        "problems": tallies.problems(issues, rules),
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
    period = _period(as_of)
    screened = month.screened
    return [
        *village_books(month.villages, rules.sheets, period, as_of, month.issues),
        summary_book(
            screened.details,
            screened.excluded,
            counts,
            tallies.outcome_counts(screened, records),
            rules.sheets,
            period,
            as_of,
            labels={name: rule.sheet_label for name, rule in rules.lists.items()},
            expected=costs,
            standards=summary_page(records, rules, as_of, period),
            changes=changes_page(month.news, month.departed, rules.sheets, period)
            if month.posting
            else None,
        ),
        issue_book(issues, rules.sheets, period, as_of),
    ]


def _period(as_of: date) -> str:
    return f"{as_of.year}年{as_of.month}月"
