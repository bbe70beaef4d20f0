"""The truth beside the exports: people by month, rows of files, files, villages."""

from __future__ import annotations

import csv
from pathlib import Path

from counties.kit.books import Book
from counties.kit.faults import is_dirty
from counties.kit.lives import LIMIT, PROTECTING, judged, last_day, needs
from counties.kit.people import County, Person, words

ROWS = words("month file sheet row member list role counts person name number fault qualifies")
PEOPLE = words(
    "month person name number sex birth town village household needs covers died death_told moved "
    "clean expected why"
)
FILES = words("month file format list role rows")


def rows_of(month: str, books: list[Book]) -> list[dict[str, str]]:
    """Every mention of a person: where it stands and how it is written."""
    found = []
    for book in books:
        for tab in book.tabs:
            text = book.kind in ("gbk", "utf8")
            for i, line in enumerate(tab.lines):
                for k, mention in enumerate(line.people):
                    stale = book.stale or tab.stale
                    values = (
                        month,
                        book.name,
                        "" if text else tab.name,
                        str(tab.first + i),
                        str(k),
                        mention.list_name or tab.list_name or book.list_name,
                        book.role,
                        "no" if stale else "yes",
                        str(mention.person),
                        mention.name,
                        mention.number,
                        mention.fault,
                        "yes" if mention.qualifies else "no",
                    )
                    found.append(dict(zip(ROWS, values, strict=True)))
    return found


def clean_people(rows: list[dict[str, str]]) -> set[int]:
    """People all of whose source and exclusion rows, and one roll row if any, are plain."""
    spoilt: set[int] = set()
    good: set[int] = set()
    rolled: set[int] = set()
    for row in rows:
        person, dirty = int(row["person"]), is_dirty(row["fault"])
        if row["role"] == "roll":
            if row["list"] not in PROTECTING:
                continue
            rolled.add(person)
            if not dirty and row["counts"] == "yes" and row["qualifies"] == "yes":
                good.add(person)
        elif dirty:
            spoilt.add(person)
    return {int(row["person"]) for row in rows} - spoilt - (rolled - good)


def torn_bills(books: list[Book]) -> set[int]:
    """People whose bills without heavy faults no longer add up to more than the limit."""
    sums: dict[int, float] = {}
    for book in books:
        if book.list_name == "medical":
            for line in (line for tab in book.tabs for line in tab.lines):
                for mention in line.people:
                    add = 0.0 if is_dirty(mention.fault) else mention.amount
                    sums[mention.person] = sums.get(mention.person, 0.0) + add
    return {person for person, total in sums.items() if total <= LIMIT}


def person_row(person: Person, month: str, clean: bool, torn: bool) -> dict[str, str]:
    """A line of truth.csv."""
    expected, why = judged(person, month, not clean)
    lists = needs(person, month)
    if expected == "must" and lists == ["medical"] and torn:
        expected, why = "either", "bills told apart by faults"
    covers = ";".join(f"{c.roll}:{c.since}..{c.until}" for c in person.covers)
    end = last_day(month)
    values = (
        month,
        str(person.pid),
        person.name,
        person.number,
        person.sex,
        str(person.birth),
        person.place.town,
        person.place.village,
        str(person.household),
        ";".join(lists),
        covers,
        str(person.died) if person.died and person.died <= end else "",
        "yes" if person.death_told else "",
        str(person.moved) if person.moved and person.moved <= end else "",
        "yes" if clean else "no",
        expected,
        why,
    )
    return dict(zip(PEOPLE, values, strict=True))


def write_csv(path: Path, header: list[str], rows: list[dict[str, str]]) -> None:
    """UTF-8 with header."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header)
        writer.writeheader()
        writer.writerows(rows)


def write_truth(folder: Path, county: County, months: dict[str, list[Book]]) -> None:
    """truth.csv, rows.csv, files.csv, villages.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str]] = []
    people: list[dict[str, str]] = []
    files: list[dict[str, str]] = []
    for month, books in months.items():
        told = rows_of(month, books)
        rows += told
        clean, named = clean_people(told), {int(row["person"]) for row in told}
        sources = {int(row["person"]) for row in told if row["role"] == "source"}
        torn = torn_bills(books)  # nan tells sums: there a faulty row is still one whole sum
        for person in county.people:
            if person.pid in named:
                split = county.key == "bei" and person.pid in torn
                line = person_row(person, month, person.pid in clean, split)
                if person.pid not in sources:
                    line["expected"], line["why"] = "must_not", "on no source list"
                people.append(line)
        for book in books:
            count = sum(len(tab.lines) for tab in book.tabs)
            values = (month, book.name, book.kind, book.list_name, book.role, str(count))
            files.append(dict(zip(FILES, values, strict=True)))
    write_csv(folder / "truth.csv", PEOPLE, people)
    write_csv(folder / "rows.csv", ROWS, rows)
    write_csv(folder / "files.csv", FILES, files)
    places = [{"code": p.code, "town": p.town, "village": p.village} for p in county.places]
    write_csv(folder / "villages.csv", ["code", "town", "village"], places)
