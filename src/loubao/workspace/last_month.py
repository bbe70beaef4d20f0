"""The month before, wherever it is kept, and this one held against it.

The ledger keeps what is needed; without it the output beside this one is asked, if it is of a month
shortly before and of the same villages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from loubao.core.faults import Fault, Implausible
from loubao.followup.month import MonthCases
from loubao.ledger.connection import reading
from loubao.ledger.posted_months import last_counts
from loubao.plausibility import finding_words
from loubao.plausibility.earlier import MonthMeasured, as_json, from_json
from loubao.plausibility.implausible import findings, months_between, with_kept
from loubao.plausibility.measures import MonthRead, measures
from loubao.plausibility.rosters import rosters, rosters_at
from loubao.rules.folder import Rules
from loubao.workspace.input_folder import Checked
from loubao.workspace.output_folder import MANIFEST, read_manifest
from loubao.workspace.run_counts import inputs


@dataclass(frozen=True)
class Held:
    """A month held against the one before: what is kept of it, and FINDINGS."""

    month: MonthMeasured
    findings: pl.DataFrame

    @property
    def grave(self) -> pl.DataFrame:
        """The findings that stop a run."""
        return self.findings.filter("grave", ~pl.col("accepted"))

    def rows(self) -> list[dict[str, Any]]:
        """Return the findings as run.json has them."""
        return self.findings.to_dicts()

    def for_the_ledger(self) -> dict[str, Any]:
        """Return what the ledger keeps of the month for the next one."""
        return {"plausibility": as_json(self.month)}


def hold(
    checked: Checked,
    before: MonthMeasured | None,
    rules: Rules,
    as_of: date,
    cases: MonthCases | None = None,
) -> Held:
    """Hold a month against the one before, or against absolute bounds where there is none.

    Without `cases` the month was read and not linked.
    """
    files = inputs(checked.exports, checked.accounts)
    month = MonthRead(checked.records, checked.issues, files)
    if cases is not None:
        people = cases.screened.cases.height
        month = replace(month, decisions=cases.decisions, cases=people)
    policy = rules.plausibility
    name = f"{as_of:%Y-%m}"
    if before is not None and months_between(before.month, name) > policy.within_months:
        before = None
    now = MonthMeasured(name, measures(month, rules), rosters(month.records), {})
    if before is not None:
        levels = {name: roster.level for name, roster in before.rosters.items()}
        sampled = rosters_at(month.records, levels)
        now = with_kept(now, sampled, before, policy.changing_lists)
    found = findings(now, before, policy, rules.lists)
    if rules.accept_all:
        found = found.with_columns(accepted=pl.lit(True))
    seldom = [name for name, months in policy.every.items() if months > 1]
    return Held(now.with_seldom(before, seldom), found)


def refuse_implausible(held: Held, rules: Rules) -> None:
    """Raise `Implausible` where a finding is grave, and neither `--yes` nor a rule accepts it."""
    grave = held.grave
    if grave.is_empty():
        return
    words = rules.plausibility.words
    shown = {"plausibility": held.rows(), "implausible": finding_words.table(held.findings, rules)}
    lines = [words.stopped, *finding_words.sentences(grave, rules)]
    raise Implausible("\n".join(lines), words.stopped, shown)


def before(out: Path, rules: Rules, as_of: date, counts: Mapping[str, Any]) -> MonthMeasured | None:
    """Return the month before: kept with the `counts` of its posting, or in an output by `out`."""
    return from_json(counts.get("plausibility")) or from_outputs(out, rules, as_of)


def posted(ledger: Path, key: str | None, as_of: date) -> dict[str, Any]:
    """Return the counts of the month before in a ledger; {} where it cannot be read."""
    try:
        with reading(ledger, key) as connection:
            return last_counts(connection, f"{as_of:%Y-%m}")
    except Fault:
        return {}


def from_outputs(out: Path, rules: Rules, as_of: date) -> MonthMeasured | None:
    """Return the latest month before `as_of` whose output stands beside `out`; None without one."""
    first = f"{as_of:%Y-%m}"
    found = []
    for path in sorted(out.absolute().parent.glob(f"*/{MANIFEST}")):
        if path.parent.name.startswith("."):
            continue
        manifest = read_manifest(path.parent)
        month = str(manifest.get("as_of", ""))[:7]
        if month and month < first and "inputs" in manifest:
            found.append((month, path.parent, manifest))
    found.sort(key=lambda each: each[0])
    if not found or months_between(found[-1][0], first) > rules.plausibility.within_months:
        return None
    try:
        return _of_output(*found[-1], rules)
    except (OSError, KeyError, pl.exceptions.PolarsError):
        return None  # of another release, or no longer whole: nothing to be held against


def _of_output(
    month: str, folder: Path, manifest: Mapping[str, Any], rules: Rules
) -> MonthMeasured | None:
    frames = {
        name: pl.read_parquet(folder / "data" / f"{name}.parquet", glob=False)
        for name in ("records", "issues", "decisions", "cases")
    }
    codes = frames["records"]["village_code"].drop_nulls()
    if not codes.is_in([village.code for village in rules.villages]).mean():
        return None  # another county's
    read = MonthRead(
        frames["records"],
        frames["issues"],
        manifest["inputs"],
        frames["decisions"],
        frames["cases"].height,
    )
    return MonthMeasured(month, measures(read, rules), rosters(read.records), {})
