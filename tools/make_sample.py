#!/usr/bin/env python3
"""Write sample_data/: two months of exports of an invented district, and the truth about them.

    python tools/make_sample.py [--people 20000] [--seed 67] [--out sample_data]

See ``sample/__init__.py`` for the way through the package.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from random import Random

from sample.casting import build_namings
from sample.circumstances import MONTHS, Naming
from sample.district import District, build_district
from sample.exportfile import ExportFile
from sample.june import JUNE
from sample.layouts import Page, pages
from sample.lists import Entry, entry
from sample.may import MAY
from sample.spoiling import decks, spoil
from sample.truth import SOURCES, expected, qualifies, roll_word
from sample.writing import WRITERS, document

FILES = {"2022-05": MAY, "2022-06": JUNE}
READ_ME = "填表说明：各乡镇于每月5日前报送名单，证件号码须为文本格式。"
TRUTH = ("file", "sheet", "row", "member", "list", "person", "faults", "qualifies")
OTHERS = ("file", "sheet", "row", "kind")
PEOPLE = (
    "person",
    "name",
    "id_number",
    "village_code",
    "covered_by",
    "deceased",
    "moved",
    "expected",
)


def printed(file: ExportFile, namings: Iterable[Naming], rng: Random) -> list[Naming]:
    """The namings that the file shows, in its order; a child with two parents named shows twice.

    Household rows leave out who is not protected. One source row in eighty is there twice.
    """
    chosen: list[Naming] = []
    for naming in namings:
        if naming.listed != file.listed or naming.person.village.town not in file.towns:
            continue
        if file.members and naming.facts.get("protected") is False:
            continue
        chosen.append(naming)
        if naming.facts.get("other") not in (None, naming.facts.get("parent")):
            facts = naming.facts | {"parent": naming.facts["other"]}
            chosen.append(Naming(naming.person, naming.listed, naming.months, facts))
        elif naming.listed in SOURCES and rng.random() < 0.012:
            chosen.append(naming)
    return sorted(chosen, key=lambda n: (n.person.village.code, n.person.household))


def truth_rows(file: ExportFile, page: Page, month: str) -> Iterable[tuple[object, ...]]:
    """One row for each person in the page, as in TRUTH; the second time is ``repeated``."""
    seen = set[str]()
    sheet = page.name if file.format in ("xlsx", "xls", "et", "ods") else ""
    for number, row in enumerate(page.rows, start=1):
        for member, person in enumerate(row.entries):
            naming = person.naming
            passes = str(qualifies(naming, month)).lower() if naming.listed in SOURCES else ""
            faults = _visible(person, member) + ("repeated",) * (naming.person.code in seen)
            seen.add(naming.person.code)
            yield (
                file.name,
                sheet,
                number,
                member,
                naming.listed,
                naming.person.code,
                ";".join(faults),
                passes,
            )


def other_rows(file: ExportFile, page: Page) -> Iterable[tuple[object, ...]]:
    """One row for each title, header, total and footer, as in OTHERS."""
    sheet = page.name if file.format in ("xlsx", "xls", "et", "ods") else ""
    for number, row in enumerate(page.rows, start=1):
        if row.kind not in ("person", "blank"):
            yield file.name, sheet, number, row.kind


def _visible(person: Entry, member: int) -> tuple[str, ...]:
    """The faults that the row shows: a further member of a household has no village column."""
    return tuple(f for f in person.faults if not (member and f.startswith("village")))


def people_rows(shown: Sequence[Naming], month: str) -> Iterable[tuple[object, ...]]:
    """One row for each person that any file of the month names, as in PEOPLE."""
    on_dibao = {naming.person.code for naming in shown if roll_word(naming) == "dibao"}
    by_code = sorted(shown, key=lambda naming: naming.person.code)
    for code, group in groupby(by_code, key=lambda naming: naming.person.code):
        namings = tuple(group)
        person, listed = namings[0].person, {naming.listed for naming in namings}
        rolls, outcome = expected(namings, on_dibao, month)
        yield (
            code,
            person.name,
            person.number,
            person.village.code,
            ";".join(rolls),
            str("death" in listed).lower(),
            str("moved_out" in listed).lower(),
            outcome,
        )


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a csv file with the line ends of Unix."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out.getvalue().encode())


def write_month(
    out: Path, month: str, district: District, namings: list[Naming], seed: int
) -> None:
    """All files of one month and the three tables of truth about them."""
    current = [naming for naming in namings if month in naming.months]
    dealt = {role: decks(role, Random(f"{seed} {month} {role}")) for role in ("source", "roll")}
    truth: list[tuple[object, ...]] = []
    others: list[tuple[object, ...]] = []
    shown: list[Naming] = []
    (out / month).mkdir(parents=True, exist_ok=True)
    for file in FILES[month]:
        rng = Random(f"{seed} {month} {file.name}")
        chosen = printed(file, current, rng)
        entries = [entry(naming, district, file, month, rng) for naming in chosen]
        role = "source" if file.listed in SOURCES else "roll"
        sheets = pages(file, spoil(entries, district, file, dealt[role], rng))
        (out / month / file.name).write_bytes(WRITERS[file.format](sheets, file))
        for page in sheets:
            truth += truth_rows(file, page, month)
            others += other_rows(file, page)
            shown += [person.naming for row in page.rows for person in row.entries]
    write_table(out / "truth" / f"{month}.csv", TRUTH, truth)
    write_table(out / "truth" / f"other-rows-{month}.csv", OTHERS, others)
    write_table(out / "truth" / f"people-{month}.csv", PEOPLE, people_rows(shown, month))


def main() -> None:
    """Parse, build, write."""
    parser = argparse.ArgumentParser(description="Write sample_data/ with its truth.")
    parser.add_argument("--people", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=67)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parent.parent / "sample_data"
    )
    options = parser.parse_args()
    district = build_district(options.people, Random(f"{options.seed} district"))
    namings = build_namings(district, Random(f"{options.seed} namings"))
    for month in MONTHS:
        write_month(options.out, month, district, namings, options.seed)
    (options.out / MONTHS[0] / "填表说明.txt").write_bytes(READ_ME.encode())
    (options.out / MONTHS[1] / "填表说明.docx").write_bytes(document(READ_ME))


if __name__ == "__main__":
    main()
