"""The monthly job: read → tidy → link → screen → write. `check` stops after the tidying."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__, frames
from loubao.casework.expectation import expected
from loubao.casework.issue_book import issue_book
from loubao.casework.screening import Screened, screen
from loubao.casework.sheets import village_books
from loubao.casework.summary import summary_book
from loubao.forms import Workbook
from loubao.linkage import Linked, link, persons
from loubao.pipeline import tallies
from loubao.pipeline.exports import Export, read_folder
from loubao.pipeline.model_file import model_metadata
from loubao.pipeline.progress import Progress, Timings, silent
from loubao.pipeline.settings import (
    name_of,
    refuse_inside,
    refuse_missing,
    refuse_output,
)
from loubao.rules.folder import Rules
from loubao.tidy.months import tidy
from loubao.tidy.parts import SheetAccount
from loubao.workbook.press import press
from loubao.workbook.writing import write_workbook
from loubao.workspace import Draft, output_folder, replace_file, write_manifest

#: Qualifying source rows from which a second process for writing is worth its start.
_MANY = 300


@dataclass(frozen=True)
class Checked:
    """DATA read and normalised: RECORDS, ISSUES, and an account of every sheet."""

    exports: list[Export]
    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: Sequence[SheetAccount]


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
    checked = _check(data, rules, as_of, passwords, progress, timings)
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
) -> dict[str, Any]:
    """Run the monthly job, write the output folder, and return what run.json holds.

    Raises a `Fault`; then the output folder is what it was before.
    """
    refuse_missing(data)
    refuse_inside(data, out)
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    timings = Timings()
    with output_folder(out) as draft:
        checked = _check(data, rules, as_of, passwords, progress, timings)
        records = checked.records
        many = records.filter((pl.col("role") == "source") & pl.col("qualifies")).height > _MANY
        with press(helper=many) as print_books:
            with timings.stage("link"):
                progress("link", 0, 1)
                linked = link(records, rules.matching)
                decisions = linked.decisions
                progress("link", 1, 1)
            with timings.stage("screen"):
                people = persons(records, decisions)
                screened = screen(records, decisions, people, rules, as_of)
                issues = frames.merge_issues([checked.issues, linked.issues])
            with timings.stage("write"):
                _write_frames(draft, records, linked, screened, issues)
                counts = tallies.list_counts(records, rules)
                books = _books(screened, records, counts, issues, rules, as_of)
                print_books(
                    [(book, draft.path(book.path)) for book in books],
                    lambda done: progress("write", done, len(books)),
                )
        manifest = {
            "loubao": __version__,
            "started": started,
            "as_of": as_of.isoformat(),
            "data": name_of(data),
            "inputs": tallies.inputs(checked.exports, checked.accounts),
            "rules": rules.digests,
            "counts": tallies.counts(records, decisions, screened, issues),
            "seconds": timings.seconds,
        }
        write_manifest(draft, manifest)
    return {
        **manifest,
        "out": str(out),
        "kept": str(draft.kept) if draft.kept else None,
        "lists": counts.to_dicts(),
        "towns": tallies.towns(screened).to_dicts(),
        "problems": tallies.problems(issues, rules),
    }


def _check(
    data: Path,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str],
    progress: Progress,
    timings: Timings,
) -> Checked:
    with timings.stage("read"):
        exports, sheets = read_folder(data, rules, passwords, progress)
    with timings.stage("tidy"):
        progress("tidy", 0, 1)
        tidied = tidy(sheets, rules, as_of)
        progress("tidy", 1, 1)
    aside = frames.issue_rows(
        (export.file, "", None, "", "FILE_IGNORED", "按 reading.yaml 的 ignore 未读取")
        for export in exports
        if export.ignored
    )
    issues = frames.merge_issues([tidied.issues, aside])
    return Checked(exports, tidied.records, issues, tidied.accounts)


def _write_frames(
    draft: Draft,
    records: pl.DataFrame,
    linked: Linked,
    screened: Screened,
    issues: pl.DataFrame,
) -> None:
    for name, frame in (
        ("records", records),
        ("decisions", linked.decisions),
        ("cases", screened.cases),
        ("issues", issues),
    ):
        content = io.BytesIO()  # polars does not say why a disk refused
        frame.write_parquet(
            content, metadata=model_metadata(linked.model) if name == "decisions" else None
        )
        draft.path(f"data/{name}.parquet").write_bytes(content.getvalue())


def _books(
    screened: Screened,
    records: pl.DataFrame,
    counts: pl.DataFrame,
    issues: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> list[Workbook]:
    period = _period(as_of)
    return [
        *village_books(screened.details, rules.sheets, period, as_of),
        summary_book(
            screened.details,
            screened.excluded,
            counts,
            tallies.outcome_counts(screened, records),
            rules.sheets,
            period,
            as_of,
            labels={name: rule.sheet_label for name, rule in rules.lists.items()},
            expected=expected(
                screened.outcomes, screened.chances, rules.sheets.summary.expectation.thresholds
            ),
        ),
        issue_book(issues, rules.sheets, period, as_of),
    ]


def _period(as_of: date) -> str:
    return f"{as_of.year}年{as_of.month}月"
