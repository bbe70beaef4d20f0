"""Read and normalise a month without linking it: how every file and column was understood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from loubao import __version__
from loubao.books.data_problems import issue_book
from loubao.plausibility import finding_words
from loubao.rules.folder import Rules
from loubao.workbook.writing import write_workbook
from loubao.workspace import last_month, run_counts, settings
from loubao.workspace.input_folder import read_month
from loubao.workspace.output_file import write_file
from loubao.workspace.stages import Progress, Timings, silent


def check(
    data: Path,
    out: Path | None,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str] = (),
    progress: Progress = silent,
    ledger: tuple[Path, str | None] | None = None,
) -> dict[str, Any]:
    """Read and normalise only; return how every file and column was understood.

    With `out`, 数据问题.xlsx is written there. The month before is that of the ledger (its file and
    key), if it can be read, or of the output that `match` would stand beside. Raises a `Fault`.
    """
    settings.refuse_missing(data)
    if out is not None:
        settings.refuse_output(out)
        settings.refuse_inside(data, out)
    timings = Timings()
    checked = read_month(data, rules, as_of, passwords, progress, timings)
    causes = checked.causes(checked.issues, rules)
    written = None
    if out is not None:
        book = issue_book(causes, rules.sheets, as_of, rules.labels)
        written = write_file(settings.path_in(out, book.path), partial(write_workbook, book), out)
    posted = last_month.posted(*ledger, as_of) if ledger else {}
    before = last_month.before(settings.default_out(data), rules, as_of, posted)
    held = last_month.hold(checked, before, rules, as_of)
    return {
        "loubao": __version__,
        "as_of": as_of.isoformat(),
        "data": rules.discretion.text(settings.name_of(data)),
        "inputs": run_counts.inputs(checked.exports, checked.accounts),
        "lists": run_counts.list_counts(checked.records, rules).to_dicts(),
        **run_counts.problems_and_causes(causes, rules),
        "plausibility": held.rows(),
        "implausible": finding_words.table(held.findings, rules),
        "seconds": timings.seconds,
        "out": str(written) if written else None,
    }
