"""Damages a county's good month in every way at every strength, and tells what becomes of it.

    python benchmarks/counties/sweep.py FOLDER --month 2023-04 --rules RULES --work WORK

FOLDER is what `make.py` made. The months before are matched first, with a ledger; then the month,
good and damaged, each on a copy of that ledger. `changed` is the share of the people on the sheets
of the good month and of the damaged one who are on those of one of them only. Outcomes:

    stopped    exit 3, or 2: nothing was written
    told       exit 0, and the screen names something it does not name of the good month
    problems   exit 0, and only 数据问题.xlsx has more than the good month's
    silent     exit 0, and nothing is told
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from counties.damage import damage, kinds
from loubao.commands import match as month_job
from loubao.core.faults import Fault
from loubao.rules.folder import Rules, load_rules
from loubao.workspace import settings

SILENT_UNTIL = 0.01


@dataclass(frozen=True)
class Month:
    """A run of `match`: how it ended, what it reported, and who is on its sheets."""

    code: int
    report: dict[str, Any]
    people: frozenset[str]

    @property
    def told(self) -> set[tuple[str, str, str]]:
        """What was found implausible, by kind, list and field."""
        return {(f["what"], f["list"], f["field"]) for f in self._findings}

    @property
    def _findings(self) -> list[dict[str, Any]]:
        found = self.report.get("plausibility", [])
        return list(found["findings"] if isinstance(found, dict) else found)

    @property
    def issues(self) -> dict[str, int]:
        """How many problems of each code."""
        return {each["code"]: each["count"] for each in self.report.get("problems", [])}


def match(data: Path, out: Path, ledger: Path, policy: Rules, yes: bool = False) -> Month:
    """Match a month in this process, and read what came of it."""
    policy = replace(policy, accept_all=yes)
    day = settings.reckoning_day(data, None)
    try:
        report = month_job.match(data, out, policy, day, ledger=month_job.Ledger(ledger))
    except Fault as fault:
        return Month(fault.exit_code, {**fault.report, "error": fault.message}, frozenset())
    return Month(0, report, people(out))


def people(out: Path) -> frozenset[str]:
    """Who is on which sheet: the village, and the number where it is proven, else its key."""
    cases = pl.read_parquet(out / "data" / "cases.parquet").explode("record_ids")
    records = pl.read_parquet(out / "data" / "records.parquet")
    proven = pl.col("id_status").is_in(["valid", "repaired", "lifted"])
    rows = cases.select("case_no", record_id="record_ids").join(records, on="record_id")
    village = cases.select("case_no", "village_code").unique()
    rows = rows.drop("village_code").join(village, on="case_no")
    who = pl.when(proven).then("id_number").otherwise(pl.col("name_key").fill_null(""))
    keyed = rows.select("case_no", key=pl.concat_str(pl.col("village_code").fill_null(""), who))
    return frozenset(keyed.group_by("case_no").agg(pl.col("key").max())["key"])


def outcome(found: Month, good: Month) -> str:
    if found.code:
        return "stopped" if found.code in (2, 3) else f"exit {found.code}"
    if found.told - good.told:
        return "told"
    more = any(count > good.issues.get(code, 0) for code, count in found.issues.items())
    return "problems" if more else "silent"


@dataclass(frozen=True)
class Sweep:
    """A county's months, the one to damage, the rules, and a folder to work in."""

    folder: Path
    month: str
    policy: Rules
    work: Path

    @property
    def before(self) -> list[str]:
        """The months before, in order."""
        names = sorted(path.name for path in self.folder.iterdir() if path.is_dir())
        return [name for name in names if name[:1].isdigit() and name < self.month]

    def lines(self, only: list[str], strengths: list[int]) -> Iterator[str]:
        """Yield a line for each good month, then for each kind and strength."""
        ledger = self.work / "ledger.db"
        for name in self.before:
            run = match(self.folder / name, self.work / "out" / name, ledger, self.policy, True)
            yield good_line(name, run)
        copy = self.work / "good.db"
        shutil.copy(ledger, copy)
        good = match(self.folder / self.month, self.work / self.month, copy, self.policy, True)
        yield good_line(self.month, good)
        for kind in only or list(kinds()):
            for strength in strengths or [1, 2, 3]:
                yield self.line(kind, strength, good)

    def line(self, kind: str, strength: int, good: Month) -> str:
        """Damage the month and match it on a copy of the ledger; again with `--yes` if stopped."""
        place = self.work / "damaged"
        for name in (*self.before[-1:], self.month):  # the damage may look at the month before
            shutil.copytree(self.folder / name, place / "good" / name)
        data, out, ledger = place / "data" / self.month, place / "out", place / "ledger.db"
        try:
            damage(place / "good" / self.month, data, kind, strength, "", 1)
            shutil.copy(self.work / "ledger.db", ledger)
            found = match(data, out, ledger, self.policy)
            stopped = found.code and found.told
            forced = match(data, out, ledger, self.policy, True) if stopped else found
        finally:
            shutil.rmtree(place)
        return shown(kind, strength, (good, found, forced))


def good_line(name: str, run: Month) -> str:
    """Return what is told of a good month: nothing, it is hoped."""
    return f"{name:20}good     {run.code}  {'; '.join(map(' '.join, sorted(run.told)))}"


def shown(kind: str, strength: int, runs: tuple[Month, Month, Month]) -> str:
    """Return a line of the table; `runs`: of the good month, the damaged one, that with `--yes`."""
    good, found, forced = runs
    union = good.people | forced.people
    share = len(good.people ^ forced.people) / len(union) if forced.code == 0 else None
    changed = "refused" if share is None else f"{100 * share:.1f}%"
    result = outcome(found, good)
    told = "; ".join(" ".join(each) for each in sorted(found.told - good.told))
    if found.code and not found.told:
        told = str(found.report.get("error", "")).replace("\n", " ")
    unnamed = result in ("silent", "problems") and (share or 0) > SILENT_UNTIL
    right = kinds()[kind][1]
    return f"{kind:20}{strength}  {right:8}{changed:>8}  {result:9}{'<<< ' * unnamed}{told[:150]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--month", required=True, help="the month to damage, e.g. 2023-04")
    parser.add_argument("--rules", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="a folder, not yet there")
    parser.add_argument("--kind", action="append", default=[], help="this kind only")
    parser.add_argument("--strength", action="append", default=[], type=int)
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True)
    month_job._MANY = 10**9  # no second process for writing
    sweep = Sweep(chosen.folder, chosen.month, load_rules(chosen.rules), chosen.work)
    for each in sweep.lines(chosen.kind, chosen.strength):
        print(each, flush=True)


if __name__ == "__main__":
    main()
