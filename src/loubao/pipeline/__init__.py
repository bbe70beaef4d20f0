"""The order of the verbs, and the only place where the rooms meet the disk.

    read → tidy → link → screen → write

`match` does all of it, `check` stops after the tidying, `init` makes a working folder. They take
and return plain values; what a person sees of a run is the command line's affair.

    settings.py   what the options mean
    exports.py    the files of DATA
    progress.py   where a run is, and how long it took
    tallies.py    the counts it is told by
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__, frames
from loubao.casework.issue_book import issue_book
from loubao.casework.screening import Screened, screen
from loubao.casework.sheets import village_books
from loubao.casework.summary import summary_book
from loubao.faults import Usage
from loubao.forms import Workbook
from loubao.linkage import link, persons
from loubao.pipeline import tallies
from loubao.pipeline.exports import Export, read_folder
from loubao.pipeline.progress import Progress, Timings, silent
from loubao.pipeline.settings import (
    name_of,
    refuse_inside,
    refuse_missing,
    refuse_output,
    shipped_rules,
)
from loubao.rules import Rules
from loubao.tidy import SheetAccount, tidy
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


def init(folder: Path) -> dict[str, Any]:
    """Make a working folder with a copy of the shipped rules and a folder for this month.

    Raises `Usage` when there are rules already, or the folder cannot be written.
    """
    if (folder / "rules").exists():
        raise Usage(f"{folder} 里已有 rules，不覆盖；请换一个文件夹或先移走它")
    month = f"{date.today():%Y-%m}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / ".rules.partial"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(shipped_rules(), draft)
        draft.rename(folder / "rules")
        (folder / month).mkdir(exist_ok=True)
    except OSError:
        raise Usage(f"无法写入 {folder}，请检查权限或换一个文件夹") from None
    return {"folder": str(folder), "rules": str(folder / "rules"), "month": month}


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
                decisions, link_issues = link(records, rules.matching)
                progress("link", 1, 1)
            with timings.stage("screen"):
                people = persons(records, decisions)
                screened = screen(records, decisions, people, rules, as_of)
                issues = frames.merge_issues([checked.issues, link_issues])
            with timings.stage("write"):
                _write_frames(draft, records, decisions, screened, issues)
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
    decisions: pl.DataFrame,
    screened: Screened,
    issues: pl.DataFrame,
) -> None:
    for name, frame in (
        ("records", records),
        ("decisions", decisions),
        ("cases", screened.cases),
        ("issues", issues),
    ):
        content = io.BytesIO()  # polars does not say why a disk refused
        frame.write_parquet(content)
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
        ),
        issue_book(issues, rules.sheets, period, as_of),
    ]


def _period(as_of: date) -> str:
    return f"{as_of.year}年{as_of.month}月"
