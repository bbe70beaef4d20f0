"""Runs the months of the two counties, each with rules of its own, and judges what comes out.

    python benchmarks/counties/run.py WORK
    python benchmarks/counties/run.py WORK --county nan --seed 1 2 --scale 0.2 --anonymous

A county is made (`make.py`), its months are matched with one ledger, and `examine.py` judges each
against the truth. Exit code 1 where somebody is lost or falsely linked, too many are visited in
vain, or a row or file is misread without a word.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from counties.examine import Examination
from counties.kit.people import places_of

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parents[1] / "rules"
VARIANTS = ("anonymous", "shuffle", "misspell")
WASTED = 0.015
#: What the lists of the truth are called by the rules, where it is not the same.
LISTS = {
    "urban": "dibao",
    "edge": "dibao_edge",
    "rigid": "rigid_expense",
    "facto": "unattended",
    "moved": "moved_out",
    "temporary": "temporary_aid",
}
ENDINGS = {"村": ("村委会", "村民委员会", "村委", ""), "社区": ("社区居委会", "居委会", "居委", "")}
PROGRAM = "from loubao.cli import command; command()"


# --- the rules of a county ------------------------------------------------------------------------


def merged(shipped: Any, changes: Any) -> Any:
    """Return `shipped` with a county's changes: texts are added to lists, the rest replaced."""
    if isinstance(shipped, dict) and isinstance(changes, dict):
        return shipped | {key: merged(shipped.get(key), changes[key]) for key in changes}
    if isinstance(shipped, list) and all(isinstance(item, str) for item in shipped + changes):
        return [*changes, *shipped]
    return changes


def write_rules(county: str, seed: int, folder: Path) -> None:
    """Write the rules of a county: those shipped, its changes, its villages."""
    shutil.copytree(SHIPPED, folder)
    changes = HERE / "rules" / county
    for path in sorted(changes.rglob("*.yaml")):
        target = folder / path.relative_to(changes)
        both = merged(*(yaml.safe_load(each.read_text("utf-8")) for each in (target, path)))
        target.write_text(yaml.safe_dump(both, allow_unicode=True, sort_keys=False), "utf-8")
    with (folder / "villages.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["town_code", "town", "town_aliases", "code", "village", "aliases"])
        for place in places_of(county, random.Random(f"{county} {seed}")):
            end = next(end for end in ENDINGS if place.village.endswith(end))
            aliases = [place.village.removesuffix(end) + other for other in ENDINGS[end]]
            row = (place.code[:9], place.town, "", place.code, place.village, "|".join(aliases))
            writer.writerow(row)


# --- a month --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """A month of a county: exit code, seconds, what was said; how it is judged, if it was read."""

    name: str
    code: int
    seconds: float
    said: str
    found: dict[str, Any]
    misread: list[str]

    @property
    def good(self) -> bool:
        """Whether the month is within the bars; one that was stopped is."""
        if self.code:
            return self.code == 3
        lost, false = self.found["lost"], self.found["false links"]
        return not (lost or false or self.misread) and self.found["wasted visits"] <= WASTED

    def cells(self) -> list[str]:
        """The cells of its row."""
        if self.code:
            return [self.name, str(self.code), *["–"] * 6, f"{self.seconds:.0f}"]
        keys = ("cases", "must be on a sheet", "lost", "false links")
        wasted = f"{self.found['wasted visits']:.2%}"
        counts = [str(self.found[key]) for key in keys]
        return [self.name, "0", *counts, wasted, str(len(self.misread)), f"{self.seconds:.0f}"]


def run(data: Path, out: Path, rules: Path, ledger: Path) -> Month:
    """Match a month as a user does, and judge it by the truth beside it."""
    words: list[str | Path] = [sys.executable, "-c", PROGRAM, "match", data, "--json"]
    words += ["--rules", rules, "--out", out, "--ledger", ledger]
    start = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        return Month(data.name, done.returncode, seconds, done.stderr.strip(), {}, [])
    judged = Examination(out, data.parent / "truth", data.name)
    misread = [*wrong_lists(judged), *wrong_rows(judged), *vanished(judged, out)]
    return Month(data.name, 0, seconds, "", judged.summary(), misread)


# --- what was misread without a word --------------------------------------------------------------


def wrong_lists(judged: Examination) -> Iterator[str]:
    """Yield the files that were read as another list than they are."""
    truth: dict[str, set[str]] = {}
    for row in judged.rows:
        truth.setdefault(row["file"], set()).add(LISTS.get(row["list"], row["list"]))
    for file, name in judged.records.select("file", "list").unique().sort("file", "list").rows():
        if name not in truth[Path(file).name]:
            yield f"{file}: read as {name}"


def wrong_rows(judged: Examination) -> Iterator[str]:
    """Yield the rows that cover and should not, or are left out and should not, unsaid.

    Of a list whose rows are added up (`bills`) no row alone tells anything.
    """
    said = set(judged.issues.select("file", "sheet", "row").rows())
    truth = {(r["file"], r["sheet"], r["row"], r["person"]): r for r in judged.rows}
    for record in judged.records.iter_rows(named=True):
        where = (Path(record["file"]).name, record["sheet"], record["row"])
        row = truth.get((where[0], where[1], str(where[2]), judged.owner[record["record_id"]]))
        if row is None or (record["file"], *where[1:]) in said or record["list"] == "medical":
            continue
        counts = row["qualifies"] == "yes" and row["counts"] == "yes"
        wrong = {"roll": not counts, "source": counts}.get(row["role"], False)
        if wrong and record["qualifies"] == (row["role"] == "roll"):
            yield f"{where[0]} {where[1]} {where[2]}: {'covers' if not counts else 'left out'}"


def vanished(judged: Examination, out: Path) -> Iterator[str]:
    """Yield the rows that are no record, no issue, and not counted as skipped in run.json."""
    inputs = json.loads((out / "run.json").read_text("utf-8"))["inputs"]
    known = {
        (Path(sheet["file"]).name, sheet["sheet"], str(row))
        for file in inputs
        for sheet in file["sheets"]
        for rows in sheet["skipped"].values()
        for row in rows
    }
    for frame in (judged.records, judged.issues):
        rows = frame.select("file", "sheet", "row").iter_rows()
        known |= {(Path(file).name, sheet, str(row)) for file, sheet, row in rows}
    several = {(r["file"], r["sheet"]) for r in judged.rows}
    for file, sheet, row in sorted({(r["file"], r["sheet"], r["row"]) for r in judged.rows}):
        alone = sum(name == file for name, _ in several) == 1
        if (file, sheet, row) not in known and not (alone and (file, "", row) in known):
            yield f"{file} {sheet} {row}: vanished"


# --- all of it ------------------------------------------------------------------------------------


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="a folder to work in, not yet there")
    parser.add_argument("--county", nargs="*", choices=("bei", "nan"), default=["bei", "nan"])
    parser.add_argument("--seed", nargs="*", type=int, default=[1])
    parser.add_argument("--scale", default="1")
    parser.add_argument("--months", default="3")
    for variant in VARIANTS:
        parser.add_argument(f"--{variant}", action="store_true", help="as of make.py")
    return parser.parse_args()


def months_of(county: str, seed: int, work: Path, chosen: argparse.Namespace) -> Iterator[Month]:
    """Make a county, and yield its months as they are matched."""
    variants = [f"--{name}" for name in VARIANTS if getattr(chosen, name)]
    made = [sys.executable, str(HERE / "make.py"), str(work / "data"), "--county", county]
    made += ["--seed", str(seed), "--scale", chosen.scale, "--months", chosen.months, *variants]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    write_rules(county, seed, work / "rules")
    for data in sorted((work / "data").glob("2023-*")):
        yield run(data, work / "out" / data.name, work / "rules", work / "loubao.db")


def main() -> None:
    chosen = options()
    heads = "county seed month exit cases must lost false wasted misread seconds"
    print("| " + " | ".join(heads.split()) + " |\n" + "|---" * len(heads.split()) + "|")
    remarks: list[str] = []
    good = True
    for county in chosen.county:
        for seed in chosen.seed:
            for month in months_of(county, seed, chosen.work / f"{county}-{seed}", chosen):
                print("| " + " | ".join([county, str(seed), *month.cells()]) + " |", flush=True)
                where = f"{county} {seed} {month.name}: "
                remarks += [where + line for line in month.said.splitlines() + month.misread]
                good &= month.good
    print("\n" + "\n".join(remarks))
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
