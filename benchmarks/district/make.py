"""Make the exports of an invented district, with the truth beside them.

    python make.py FOLDER [--seed 1] [--scale 1] [--month 2022-06]

FOLDER/2022-06/ receives eleven files; FOLDER/2022-06-truth/ receives
truth.csv   file, sheet, row, member, person, list, role, faults, qualifies ("" for no condition)
people.csv  person, name, id, village_code, living, moved, covered, uncovered_on, covered_on,
            named_by
rows.csv    file, sheet, row, kind: every row that is not blank
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from random import Random

from invented import exports, lists, people, villages, writers
from invented.lists import Mentions
from invented.model import Export, Person
from invented.villages import Village

HERE = Path(__file__).parent


def _save(path: Path, header: str, rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(header.split())
        writer.writerows(rows)


def _truth(folder: Path, files: list[Export]) -> int:
    truth: list[list[object]] = []
    rows: list[list[object]] = []
    for export in files:
        for sheet in export.sheets:
            for n, row in enumerate(sheet.rows, start=1):
                if row.kind != "blank":
                    rows.append([export.file, sheet.name, n, row.kind])
                for named in row.named:
                    verdict = "" if named.qualifies is None else str(named.qualifies).lower()
                    faults = ";".join(named.faults)
                    truth.append([export.file, sheet.name, n, named.member, named.person.code,
                                  export.kind, export.role, faults, verdict])  # fmt: skip
    _save(folder / "truth.csv", "file sheet row member person list role faults qualifies", truth)
    _save(folder / "rows.csv", "file sheet row kind", rows)
    return len(truth)


def _people(folder: Path, found: Mentions, places: list[Village]) -> None:
    named_by: dict[str, list[str]] = {}
    by_code: dict[str, Person] = {}
    for name, entries in found.lists.items():
        for entry in entries:
            by_code[entry.person.code] = entry.person
            if name not in named_by.setdefault(entry.person.code, []):
                named_by[entry.person.code].append(name)
    covered = found.covered()
    rows: list[list[object]] = []
    for code, p in sorted(by_code.items()):
        verdicts = covered.get(code, {})
        held = [name for name, hit in verdicts.items() if hit]
        open_on = [name for name, hit in verdicts.items() if not hit]
        rows.append([code, p.name, p.id_number, "/".join(places[p.village].codes),
                     str(p.living).lower(), str(p.moved).lower(),
                     str(bool(held) and not open_on).lower(), ";".join(open_on), ";".join(held),
                     ";".join(named_by[code])])  # fmt: skip
    header = "person name id village_code living moved covered uncovered_on covered_on named_by"
    _save(folder / "people.csv", header, rows)


def make(folder: Path, seed: int, scale: int, month: str) -> int:
    """Write the district; the number of person mentions."""
    places = villages.load(HERE / "villages_history.csv")
    homes = people.district(Random(f"people {seed}"), len(places), scale)
    last = ("moved", "moved", "temporary", "subsidy")[seed % 4]
    found = lists.mentions(Random(f"lists {seed}"), homes, scale, last)
    files = exports.exports(Random(f"exports {seed}"), found, places, seed % 2 == 1)
    data, truth = folder / month, folder / f"{month}-truth"
    for place in (data, truth):
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            raise SystemExit(f"{place} is not empty: {old.name}")
    for export in files:
        writers.write(data, export)
    _people(truth, found, places)
    return _truth(truth, files)


def main() -> None:
    """Read the command line and make the district."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--month", default="2022-06")
    args = parser.parse_args()
    count = make(args.folder, args.seed, args.scale, args.month)
    print(f"{count} person rows")


if __name__ == "__main__":
    main()
