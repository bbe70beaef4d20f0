"""Faults of files: encodings, formulas, dates, names that deny their list, old copies."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
from pathlib import Path
from typing import Any

from exports import Fault, Month
from fault_layout import everyone
from faults import (
    ANY,
    SOURCES,
    covered_rows,
    done,
    end_cover,
    fault,
    people_in,
    some,
    table_of,
)
from tables import Book, Formula, Row, Table, write_csv
from words import WORDS


@fault(*ANY)
def encoding(month: Month, name: str) -> Fault:
    """Text in one of the encodings of an office, with some separator and line ending."""
    book = month.books[name]
    book.format = "csv"
    book.encoding = month.rng.choice(WORDS["encodings"])
    book.delimiter = month.rng.choice([",", ",", "\t", ";", "|"])
    book.ending = month.rng.choice(["\r\n", "\n", "\r"])
    book.quoting = month.rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    refuse = book.encoding in ("utf-16-le", "utf-16-be", "big5", "utf-32")
    return everyone(
        month, name, refuse=refuse, detail=f"{book.encoding} {book.delimiter!r} {book.ending!r}"
    )


@fault(*ANY)
def text_mangled(month: Month, name: str) -> Fault:
    """A text file edited by hand: one fault in the bytes."""
    book = month.books[name]
    book.format, way = "csv", month.rng.randrange(9)
    rows = month.rows(name)

    def write(path: Path, made: Book) -> None:
        write_csv(path, made)
        lines = path.read_bytes().decode("utf-8-sig").split("\r\n")
        middle = len(lines) // 2
        if way == 0:
            lines.insert(0, "sep=,")
        elif way == 1:
            lines[middle] = '"' + lines[middle]
        elif way == 2:
            lines = [f"{line},,," for line in lines]
        elif way == 3:
            lines[middle] += "\x00"
        elif way == 4:
            lines[middle:middle] = ["", "   ", ",,,,"]
        elif way == 5:
            lines[middle] = lines[middle].replace(",", "，")
        elif way == 6:
            lines = [line.replace(",", " , ") for line in lines]
        elif way == 7:
            lines[middle : middle + 2] = [lines[middle] + lines[middle + 1]]
        else:
            lines[middle] = lines[middle].replace(",", '","', 1)
        text = "\r\n".join(lines).encode()
        path.write_bytes(codecs.BOM_UTF8 + text)

    book.write = write
    middle = len(table_of(month, name).grid()) // 2
    near = [
        row for row in rows if row in table_of(month, name).rows[max(0, middle - 4) : middle + 4]
    ]
    return done(
        month,
        name,
        near,
        either=people_in(month, near) if way == 7 else [],
        refuse=True,
        detail=f"way {way}",
    )


@fault(*ANY)
def comma_moves_cells(month: Month, name: str) -> Fault:
    """A comma inside an unquoted cell moves the rest of the row to the right."""
    book = month.books[name]
    book.format = "csv"
    rows = some(month, month.rows(name), 3)
    columns = table_of(month, name).columns
    spot = month.rng.randrange(len(columns))
    for row in rows:
        raw = [row.cells.get(key) for key, _ in columns]
        row.raw = [*raw[:spot], month.rng.choice(["洛阳", "3组", "", "12"]), *raw[spot:]]
    return done(month, name, rows, detail=f"before column {spot}")


@fault(*ANY)
def formulas(month: Month, name: str) -> Fault:
    """A column of formulas: numbers of another sheet, with or without the value kept."""
    month.books[name].format = "xlsx"
    kept = month.rng.random() < 0.5
    keys = ["id_number", "name", "village", *(["self_paid"] if name == "medical" else [])]
    key = month.rng.choice(keys)
    rows = some(month, month.rows(name), 6)
    for number, row in enumerate(rows):
        value = row.cells[key]
        row.cells[key] = Formula(f"=VLOOKUP(A{number},Sheet9!A:B,2,0)", value if kept else None)
    lost = (
        []
        if kept or key not in ("id_number", "name") or name in SOURCES
        else people_in(month, rows)
    )
    return done(month, name, rows, either=lost, detail=f"{key} kept={kept}")


@fault(*ANY)
def error_cells(month: Month, name: str) -> Fault:
    """Cells that hold an error."""
    rows = some(month, month.rows(name))
    keys = [
        key
        for key, _ in table_of(month, name).columns
        if key
        in (
            "id_number",
            "village",
            "self_paid",
            "level",
            "household_category",
            "death_date",
            "certificate_date",
        )
    ]
    key = month.rng.choice(keys)
    if key == "death_date":
        for person in people_in(month, rows):
            person.gone.clear()
    for row in rows:
        row.cells[key] = month.rng.choice(
            ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "Err:502"]
        )
    return done(month, name, rows, detail=key)


@fault("disability", "death", "medical")
def days_of_1904(month: Month, name: str) -> Fault:
    """A workbook that counts its days from 1904, real dates in it."""
    month.books[name].format = month.rng.choice(["xlsx", "xls"])
    month.books[name].date1904 = True
    return everyone(month, name)


@fault("death")
def death_in_1904_text(month: Month, name: str) -> Fault:
    """Times of day beside the dates."""
    for row in some(month, month.rows(name)):
        day = row.cells["death_date"]
        row.cells["death_date"] = dt.datetime(day.year, day.month, day.day, 23, 59, 59)
    return everyone(month, name)


DENIED = WORDS["denied_files"]


@fault("dibao", "tekun")
def file_denies_its_list(month: Month, name: str) -> Fault:
    """A second file, whose name says that its people are not covered by the roll."""
    rows = some(month, covered_rows(month, name), 5)
    table = table_of(month, name)
    table.rows = [row for row in table.rows if row not in rows]
    end_cover(month, name, rows)
    word = month.rng.choice(DENIED[name])
    columns = [column for column in table.columns if column[0] != "amount"]
    others = (
        [Row(dict(row.cells)) for row in month.rng.sample(table.rows, 2)]
        if month.rng.random() < 0.2
        else []
    )
    book = Book(
        word, month.rng.choice(["xlsx", "csv", "xls"]), [Table(name, columns, [*rows, *others])]
    )
    month.extra.append(book)
    fault_made = done(
        month, name, rows, told=people_in(month, month.rows(name)), refuse=True, detail=word
    )
    fault_made.books.append(book)
    return fault_made


@fault("dibao", "tekun")
def roll_of_another_month(month: Month, name: str) -> Fault:
    """The roll of an earlier month beside this one's; some people are only on the earlier."""
    book = month.books[name]
    rows = some(month, covered_rows(month, name), 5)
    table = book.tables[0]
    old = [Row(dict(row.cells), row.people) for row in table.rows]
    table.rows = [row for row in table.rows if row not in rows]
    end_cover(month, name, rows)
    label = {"dibao": "低保", "tekun": "特困"}[name]
    before, now = month.rng.choice(WORDS["month_pairs"])
    book.name = now.format(label)
    extra = Book(
        before.format(label),
        month.rng.choice(["xlsx", "csv"]),
        [Table(name, list(table.columns), old)],
    )
    month.extra.append(extra)
    made = done(
        month,
        name,
        rows,
        told=people_in(month, old),
        refuse=True,
        detail=f"{extra.file} | {book.file}",
    )
    made.books.append(extra)
    return made


@fault(*ANY)
def file_twice(month: Month, name: str) -> Fault:
    """The same file under another name and in another format."""
    book = month.books[name]
    extra = Book(
        book.name + month.rng.choice(["（1）", " - 副本", "(2)", "_最终", "副本", "-1"]),
        month.rng.choice(["xlsx", "csv"]),
        [],
    )
    for table in book.tables:
        rows = [Row(dict(row.cells), row.people) for row in table.rows]
        extra.tables.append(Table(name, list(table.columns), rows))
    month.extra.append(extra)
    made = everyone(month, name, refuse=True)
    made.books.append(extra)
    return made


@fault(*ANY)
def name_without_meaning(month: Month, name: str) -> Fault:
    """The file has a name that says nothing, or the name of a neighbouring list."""
    book = month.books[name]
    book.name = month.rng.choice(WORDS["meaningless_files"])
    return everyone(month, name, refuse=True, detail=book.name)


@fault("medical", "disability", "monitored")
def name_of_a_roll(month: Month, name: str) -> Fault:
    """The file of a source list has a name that also names a roll."""
    book = month.books[name]
    words: dict[str, list[Any]] = WORDS["roll_like_files"]
    book.name = month.rng.choice(words[name])
    return everyone(month, name, refuse=True, detail=book.name)
