"""report.html of a run: what the rooms made, and what only the pipeline knows of the run."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import rapidfuzz

from loubao.casework.expectation import Expected
from loubao.casework.report.html import Run, report_page
from loubao.casework.screening import Screened
from loubao.linkage import Model
from loubao.rules import Rules


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
