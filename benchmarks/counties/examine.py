"""Judges a run's frames by the truth: who is lost, falsely linked, visited in vain."""

from __future__ import annotations

import argparse
import csv
import json
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, str]


def plain(text: str | None) -> str:
    """Letters and digits only, half-width, upper case."""
    folded = unicodedata.normalize("NFKC", text or "").upper()
    return "".join(c for c in folded if c.isalnum())


def table(path: Path, month: str) -> list[Row]:
    """The lines of a truth file that tell of the month."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if not month or row["month"] == month]


def month_of(out: Path, truth: Path, files: set[str]) -> str:
    """The month whose name the folder bears, or whose files the run read most of."""
    named: dict[str, set[str]] = defaultdict(set)
    for row in table(truth / "files.csv", ""):
        named[row["month"]].add(row["file"])
    if out.name in named:
        return out.name
    return max(named, key=lambda month: (len(named[month] & files), month))


class Finder:
    """Which true person a record is."""

    def __init__(self, rows: list[Row]) -> None:
        self.places: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self.numbers: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            self.places[row["file"], row["row"]].append(row)
            if not row["fault"] and row["number"]:
                self.numbers[plain(row["number"])[:18]].add(row["person"])

    def person(self, record: dict[str, Any]) -> str:
        """By the place and what stands there; where rows have moved, by the number alone."""
        found = self.places.get((Path(record["file"]).name, str(record["row"])), [])
        found = [row for row in found if row["sheet"] == record["sheet"]] or found
        number, name = plain(record["id_number"]), plain(record["name"])
        same = [r for r in found if number and plain(r["number"])[:18] == number[:18]]
        both = [r for r in same if plain(r["name"]) == name]
        alike = both or same or [r for r in found if name and plain(r["name"]) == name]
        if alike:
            return alike[0]["person"]
        elsewhere = self.numbers.get(number[:18], set()) if len(number) <= 20 else set()
        if len(elsewhere) == 1:
            return next(iter(elsewhere))
        member = int(record["member"])
        return found[member]["person"] if member < len(found) else ""


class Examination:
    """One run against one month of truth."""

    def __init__(self, out: Path, truth: Path, month: str) -> None:
        data = out / "data"
        self.records = pl.read_parquet(data / "records.parquet")
        self.decisions = pl.read_parquet(data / "decisions.parquet")
        self.cases = pl.read_parquet(data / "cases.parquet")
        self.issues = pl.read_parquet(data / "issues.parquet")
        files = {Path(file).name for file in self.records["file"].unique()}
        self.month = month or month_of(out, truth, files)
        self.rows = table(truth / "rows.csv", self.month)
        self.people = {row["person"]: row for row in table(truth / "truth.csv", self.month)}
        finder = Finder(self.rows)
        columns = ["record_id", "file", "sheet", "row", "member", "name", "id_number"]
        self.owner = {
            record["record_id"]: finder.person(record)
            for record in self.records.select(columns).iter_rows(named=True)
        }

    def visited(self) -> list[set[str]]:
        """The true people of every case."""
        return [
            {self.owner.get(record, "") for record in records} - {""}
            for records in self.cases["record_ids"].to_list()
        ]

    def lost(self, seen: set[str]) -> list[Row]:
        """People who must be on a sheet and are in no case."""
        return [
            row
            for person, row in self.people.items()
            if row["expected"] == "must" and person not in seen
        ]

    def links(self) -> tuple[Counter[str], list[dict[str, Any]]]:
        """How many links are right, false or of unknown people; the false ones by tier."""
        count: Counter[str] = Counter()
        false: list[dict[str, Any]] = []
        for row in self.decisions.iter_rows(named=True):
            left, right = self.owner.get(row["left_id"], ""), self.owner.get(row["right_id"], "")
            kind = "right" if left == right else "false"
            if not left or not right:
                kind = "unknown"
            count[f"{row['decision']} {kind}"] += 1
            if kind == "false" and row["decision"] == "link":
                false.append(row)
        return count, false

    def lists(self) -> list[dict[str, Any]]:
        """Rows of each file: told, read as records, named in issues, neither."""
        tabs: dict[str, set[str]] = defaultdict(set)
        for row in self.rows:
            tabs[row["file"]].add(row["sheet"])

        def place(file: str, sheet: str, row: object) -> tuple[str, str, str]:
            name = Path(file).name
            return name, sheet if len(tabs[name]) > 1 else "", str(row)

        where = ("file", "sheet", "row")
        read = {place(*row) for row in self.records.select(where).iter_rows()}
        told = {place(*row) for row in self.issues.select(where).iter_rows()}
        files: dict[tuple[str, str], set[tuple[str, str, str]]] = defaultdict(set)
        for row in self.rows:
            files[row["file"], row["list"]].add(place(row["file"], row["sheet"], row["row"]))
        whole = {Path(f).name for f, r in self.issues.select("file", "row").iter_rows() if not r}
        found = []
        for (file, name), places in sorted(files.items()):
            out = places - read - told
            line = {"file": file, "list": name, "rows": len(places), "read": len(places & read)}
            line["in issues only"] = len((places & told) - read)
            line["unaccounted"] = len(out)
            line["file in issues"] = file in whole
            found.append(line)
        return found

    def lost_by_list(self, lost: list[Row]) -> dict[str, str]:
        """Lost of all who must be found, for each list."""
        total: Counter[str] = Counter()
        gone: Counter[str] = Counter()
        for row in self.people.values():
            if row["expected"] == "must":
                total.update(row["needs"].split(";"))
        for row in lost:
            gone.update(row["needs"].split(";"))
        return {name: f"{gone[name]} of {total[name]}" for name in sorted(total)}

    def summary(self) -> dict[str, Any]:
        """Everything, as one object."""
        cases = self.visited()
        seen = {person for people in cases for person in people}
        lost = self.lost(seen)
        count, false = self.links()
        whys: Counter[str] = Counter()
        for people in cases:
            rows = [self.people[person] for person in people if person in self.people]
            if rows and all(row["expected"] == "must_not" for row in rows):
                whys[rows[0]["why"]] += 1
        must = sum(row["expected"] == "must" for row in self.people.values())
        plain = [p for p, row in self.people.items() if row["why"] == "covered"]
        plain = [p for p in plain if self.people[p]["expected"] == "must_not"]
        lists = self.lists()
        return {
            "month": self.month,
            "cases": len(cases),
            "must be on a sheet": must,
            "lost": len(lost),
            "lost by why": dict(Counter(row["why"] for row in lost)),
            "lost by list": self.lost_by_list(lost),
            "lost people": [row["person"] for row in lost],
            "decisions": dict(sorted(count.items())),
            "false links": len(false),
            "false links by tier": dict(Counter(row["tier"] for row in false)),
            "false link pairs": [
                [self.owner[row["left_id"]], self.owner[row["right_id"]]] for row in false
            ],
            "needless cases by why": dict(whys),
            "plainly covered": len(plain),
            "plainly covered, visited": len(seen.intersection(plain)),
            "wasted visits": round(whys["covered"] / len(cases), 4) if cases else 0.0,
            "cases of unknown people": sum(not people for people in cases),
            "rows unaccounted for": sum(line["unaccounted"] for line in lists),
            "files": lists,
        }


def show(found: dict[str, Any]) -> None:
    """The summary as lines of text."""
    for key, value in found.items():
        if key == "files":
            continue
        text = value
        if isinstance(value, dict):
            text = ", ".join(f"{k}: {v}" for k, v in value.items()) or "none"
        elif isinstance(value, list):
            text = " ".join(str(v) for v in value[:20]) + (" …" if len(value) > 20 else "")
        print(f"{key:26} {text}")
    print(f"\n{'list':12}{'rows':>6}{'read':>6}{'issue':>6}{'lost':>6}  file")
    for line in found["files"]:
        counts = [line["rows"], line["read"], line["in issues only"], line["unaccounted"]]
        print(f"{line['list']:12}" + "".join(f"{n:6}" for n in counts) + f"  {line['file']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the output folder of a run")
    parser.add_argument("truth", type=Path, help="the folder truth/ beside the months")
    parser.add_argument("--month", default="", help="e.g. 2023-04, where the name does not tell")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = Examination(chosen.out, chosen.truth, chosen.month).summary()
    if chosen.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        show(found)


if __name__ == "__main__":
    main()
