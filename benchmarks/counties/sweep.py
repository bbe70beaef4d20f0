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
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from counties.damage import damage, kinds

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


def match(data: Path, out: Path, ledger: Path, rules: Path, *more: str) -> Month:
    """Run `loubao match` and read what came of it."""
    run = subprocess.run(
        [
            *("loubao", "match", str(data), "--out", str(out)),
            *("--rules", str(rules), "--ledger", str(ledger), "--json", *more),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )
    try:
        report = json.loads(run.stdout)
    except ValueError:
        report = {"error": run.stderr[-2000:]}
    return Month(run.returncode, report, people(out) if run.returncode == 0 else frozenset())


def people(out: Path) -> frozenset[str]:
    """Who is on which sheet: the village, and the number where it is proven, else the name."""
    cases = pl.read_parquet(out / "data" / "cases.parquet").explode("record_ids")
    records = pl.read_parquet(out / "data" / "records.parquet")
    proven = pl.col("id_status").is_in(["valid", "repaired", "lifted"])
    rows = cases.select("case_no", record_id="record_ids").join(records, on="record_id")
    village = cases.select("case_no", "village_code").unique()
    rows = rows.drop("village_code").join(village, on="case_no")
    who = pl.when(proven).then("id_number").otherwise(pl.col("name").fill_null(""))
    keyed = rows.select("case_no", key=pl.concat_str(pl.col("village_code").fill_null(""), who))
    return frozenset(keyed.group_by("case_no").agg(pl.col("key").max())["key"])


def outcome(found: Month, good: Month) -> str:
    if found.code:
        return "stopped" if found.code in (2, 3) else f"exit {found.code}"
    if found.told - good.told:
        return "told"
    more = any(count > good.issues.get(code, 0) for code, count in found.issues.items())
    return "problems" if more else "silent"


def swept(folder: Path, month: str, rules: Path, work: Path, only: list[str]) -> Iterator[str]:
    """Yield a line for each kind and strength."""
    months = sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name < month)
    months = [name for name in months if name[:2] == "20"]
    ledger = work / "before.db"
    for name in months:
        run = match(folder / name, work / "before" / name, ledger, rules, "--yes")
        yield f"{name:20}good     {run.code}  {'; '.join(map(' '.join, sorted(run.told)))}"
        if run.code:
            raise SystemExit(f"{name}: {run.report.get('error')}")
    shutil.copy(ledger, work / "good.db")
    good = match(folder / month, work / "good" / month, work / "good.db", rules, "--yes")
    yield f"{month:20}good     {good.code}  {'; '.join(map(' '.join, sorted(good.told)))}"
    names = only or list(kinds())
    jobs = [(kind, strength) for kind in names for strength in (1, 2, 3)]

    def line(job: tuple[str, int]) -> str:
        kind, strength = job
        place = work / f"{kind}-{strength}"
        shutil.copytree(folder / month, place / "good" / month)
        before = months[-1] if months else month
        shutil.copytree(folder / before, place / "good" / before, dirs_exist_ok=True)
        damage(place / "good" / month, place / "data" / month, kind, strength, "", 1)
        shutil.copy(ledger, place / "ledger.db")
        args = (place / "data" / month, place / "out" / month, place / "ledger.db", rules)
        found = match(*args)
        forced = match(*args, "--yes") if found.told and found.code else found
        union = good.people | forced.people
        share = len(good.people ^ forced.people) / len(union) if forced.code == 0 else None
        changed = "refused" if share is None else f"{100 * share:6.1f}%"
        result = outcome(found, good)
        told = "; ".join(" ".join(each) for each in sorted(found.told - good.told))
        if found.code and not found.told:
            told = str(found.report.get("error", "")).replace("\n", " ")
        mark = "  <<<" if result in ("silent", "problems") and (share or 0) > SILENT_UNTIL else ""
        shutil.rmtree(place)
        return (
            f"{kind:20}{strength}  {kinds()[kind][1]:8}{changed:>9}  {result:9}{told[:150]}{mark}"
        )

    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(line, jobs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--month", required=True, help="the month to damage, e.g. 2023-04")
    parser.add_argument("--rules", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="a folder, not yet there")
    parser.add_argument("--kind", action="append", default=[], help="this kind only")
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True)
    for each in swept(chosen.folder, chosen.month, chosen.rules, chosen.work, chosen.kind):
        print(each, flush=True)


if __name__ == "__main__":
    main()
