"""Makes an invented county's months of exports, and the truth beside them."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from counties.kit.bei import Bei
from counties.kit.books import Book, Cell, write_book
from counties.kit.lives import Lives, month_names
from counties.kit.nan import Nan
from counties.kit.people import settle
from counties.kit.truth import write_truth

HOUSEHOLDS = 4_200  # at scale 1: enough for some 8,000 rows a month


def shuffle(books: list[Book], rng: random.Random) -> None:
    """The columns of every sheet in another order; not where a row's first column is a total's."""
    for book in books:
        for tab in book.tabs:
            width = len(tab.header)
            order = rng.sample(range(width), width)
            tab.header = [tab.header[i] for i in order]
            for line in tab.lines:
                cells: list[Cell] = line.cells + [""] * (width - len(line.cells))
                line.cells = [cells[i] for i in order]


def misspell(books: list[Book], rng: random.Random) -> None:
    """One column of numbers, in one source file, under a header with a wrong character."""
    sources = [book for book in books if book.role == "source"]
    book = rng.choice(sources)
    for tab in book.tabs:
        for i, header in enumerate(tab.header):
            if all(part in header for part in ("证", "号")) or header == "公民身份号码":
                tab.header[i] = header.replace("证", "正").replace("份", "分")
                print(f"misspelt: {book.name}, {tab.header[i]}")
                break


def anonymous(books: list[Book], rng: random.Random) -> None:
    """Names that tell nothing: 1.xls, 2.csv …"""
    for i, book in enumerate(rng.sample(books, len(books))):
        book.name = f"{i + 1}.{book.name.rsplit('.', 1)[-1]}"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--county", choices=("bei", "nan"), required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--months", type=int, default=3, choices=range(1, 11))
    parser.add_argument("--first", default="2023-03", help="the first month, of 2023")
    parser.add_argument("--no-letter", action="store_true", help="leave the .docx out")
    parser.add_argument("--anonymous", action="store_true")
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--misspell", action="store_true")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    rng = random.Random(f"{chosen.county} {chosen.seed}")
    months = month_names(chosen.first, chosen.months)
    county = settle(chosen.county, rng, round(HOUSEHOLDS * chosen.scale))
    Lives(county, rng, months, chosen.scale).run()
    writer = (
        Bei(county, chosen.seed) if chosen.county == "bei" else Nan(county, chosen.seed, months)
    )
    told: dict[str, list[Book]] = {}
    for month in months:
        books = writer.books(month)
        if chosen.no_letter:
            books = [book for book in books if book.kind != "docx"]
        if chosen.shuffle:
            shuffle(books, rng)
        if chosen.misspell:
            misspell(books, rng)
        if chosen.anonymous:
            anonymous(books, rng)
        folder = chosen.folder / month
        folder.mkdir(parents=True, exist_ok=True)
        for book in books:
            write_book(folder, book)
        told[month] = books
        rows = sum(len(tab.lines) for book in books for tab in book.tabs)
        print(f"{month}: {len(books)} files, {rows} rows")
    write_truth(chosen.folder / "truth", county, told)


if __name__ == "__main__":
    main()
