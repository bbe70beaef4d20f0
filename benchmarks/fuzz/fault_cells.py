"""Faults of cells: the same thing written in another way, or a cell that says something else."""

from __future__ import annotations

import datetime as dt
from typing import Any

from exports import Fault, Month
from faults import ANY, ROLLS, SOURCES, covered_rows, done, fault, odd_cells, some, table_of
from tables import Row
from words import WORDS, say

from people import check_digit

CHINESE = "〇一二三四五六七八九"
FULL = str.maketrans("0123456789Xx-./", "０１２３４５６７８９ＸＸ－．／")
HIDDEN = ["\u200b", "\ufeff", "\u00a0", "\u3000", "\t", "\n", "\u202a", "\r\n"]


def in_words(number: int) -> str:
    """A number below a hundred in Chinese: 十一, 二十."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else f"{CHINESE[tens]}十")
    return head + (CHINESE[ones] if ones else "")


# ------------------------------------------------------------------ numbers


def odd_number(month: Month, value: str) -> Any:
    """The same resident number, as hands and programs write it."""
    value = str(value)
    return say(
        month.rng, "number_ways", v=value, a=value[:6], b=value[6:14], c=value[14:],
        hidden=month.rng.choice(HIDDEN), half=value[:10], rest=value[10:],
        low=value.lower(), full=value.translate(FULL), times=value.replace("X", "×"),
        wide=value.replace("X", "Ｘ"), star=value.replace("X", "*"),
        oh=value.replace("0", "O", 1), ell=value.replace("1", "l", 1),
    )  # fmt: skip


def damaged_number(month: Month, value: str) -> Any:
    """The number, no longer whole: whoever has it cannot be linked by it alone."""
    value = str(value)
    spot = month.rng.randint(2, 16)
    wrong = str((int(value[spot]) + month.rng.randint(1, 9)) % 10)
    head, digit, rest = value[:spot], value[spot], value[spot + 1 :]
    return say(
        month.rng, "damaged_ways", a=value[:6], c=value[14:], half=value[:10],
        float=float(value[:15] + "000"), sci=f"{int(value[:15]) / 1e14:.5f}E+17",
        zeros=value[:15] + "000", less4=value[:-4], less1=value[:-1], missing=head + rest,
        wrong=head + wrong + rest, turned=head[:-1] + digit + head[-1] + rest,
        doubled=head + digit + value[spot:],
    )  # fmt: skip


odd_cells("number_odd", ANY, "id_number", odd_number)
odd_cells("number_damaged", ANY, "id_number", damaged_number)


@fault(*SOURCES, *ROLLS)
def number_and_name_swapped(month: Month, name: str) -> Fault:
    """The name in the column of numbers, and the other way round."""
    rows = some(month, month.rows(name))
    for row in rows:
        row.cells["name"], row.cells["id_number"] = row.cells["id_number"], row.cells["name"]
    return done(month, name, rows)


@fault(*SOURCES, *ROLLS)
def number_in_the_village(month: Month, name: str) -> Fault:
    """The number stands one column further, the cell of the number is empty."""
    rows = some(month, month.rows(name), 2)
    for row in rows:
        row.cells["town"], row.cells["id_number"] = row.cells["id_number"], None
    return done(month, name, rows)


@fault(*SOURCES, *ROLLS)
def number_of_the_neighbour(month: Month, name: str) -> Fault | None:
    """A fill-down: the numbers of two or three rows are that of the row above."""
    rows = month.rows(name)
    start = month.rng.randrange(len(rows) - 3)
    hit = rows[start : start + month.rng.randint(2, 4)]
    for row in hit[1:]:
        row.cells["id_number"] = hit[0].cells["id_number"]
    return done(month, name, hit)


@fault(*SOURCES, *ROLLS)
def numbers_counted_up(month: Month, name: str) -> Fault | None:
    """A fill-down that counts: each number is the one above plus one."""
    rows = month.rows(name)
    start = month.rng.randrange(len(rows) - 4)
    hit = rows[start : start + 4]
    first = str(hit[0].cells["id_number"])
    for step, row in enumerate(hit[1:], 1):
        row.cells["id_number"] = first[:14] + f"{(int(first[14:17]) * 10 + step) % 10000:04d}"
    return done(month, name, hit)


@fault("dibao", "tekun")
def number_of_another_on_the_roll(month: Month, name: str) -> Fault | None:
    """Somebody else's row of the roll has the number of a person in need (name, village differ)."""
    needy = [p for p in month.crowd.people if month.needs(p)]
    others = [row for row in month.rows(name) if not month.person(row).qualifies]
    if not needy or not others:
        return None
    row = month.rng.choice(others)
    row.cells["id_number"] = month.rng.choice(needy).id_number
    return done(month, name, [row])


@fault("dibao", "tekun")
def twin_on_the_roll(month: Month, name: str) -> Fault | None:
    """The roll has the twin of a person in need: next sequence, one character of the name."""
    needy = [p for p in month.crowd.people if month.needs(p)]
    others = [row for row in month.rows(name) if not month.person(row).qualifies]
    if not needy or not others:
        return None
    row, person = month.rng.choice(others), month.rng.choice(needy)
    body = f"{int(person.id_number[:17]) + month.rng.choice((1, 2)):017d}"
    row.cells |= {"id_number": body + check_digit(body), "village": person.village}
    row.cells |= {"town": person.town, "name": person.name[:2] + "双"}
    if month.rng.random() < 0.4:
        row.cells["name"] = person.name
    return done(month, name, [row], told=[])


@fault("dibao", "tekun")
def namesake_on_the_roll(month: Month, name: str) -> Fault | None:
    """The roll has a namesake of a person in need, of the same village, with another number."""
    needy = [p for p in month.crowd.people if month.needs(p)]
    others = [row for row in month.rows(name) if not month.person(row).qualifies]
    if not needy or not others:
        return None
    row, person = month.rng.choice(others), month.rng.choice(needy)
    row.cells |= {"name": person.name, "village": person.village, "town": person.town}
    if month.rng.random() < 0.5:
        row.cells["id_number"] = person.id_number[:14] + month.person(row).id_number[14:]
    return done(month, name, [row], told=[])


# ------------------------------------------------------------------ names, places


def odd_name(month: Month, value: str) -> Any:
    """The same name, with what is written beside or inside it."""
    return say(month.rng, "name_ways", v=value, a=value[0], b=value[1:])


def odd_village(month: Month, value: str) -> Any:
    """The village, written otherwise or not at all."""
    return say(month.rng, "village_ways", v=value.removesuffix("村").removesuffix("社区"))


odd_cells("name_odd", SOURCES, "name", odd_name)
odd_cells("name_odd_on_roll", ROLLS, "name", odd_name)
odd_cells("village_odd", ANY, "village", odd_village)


def _said(row: Row) -> dict[str, Any]:
    """What a row says beside who the person is and where they live."""
    own = {"name", "id_number", "town", "village", "address", "phone", "birth_date", "sex"}
    own |= {"certificate_date", "relation", "remark"}
    said = {key: value for key, value in row.cells.items() if key not in own}
    if isinstance(said.get("self_paid"), int | float):
        said["self_paid"] = said["self_paid"] > 40_000
    return said


@fault(*SOURCES)
def two_people_in_one_cell(month: Month, name: str) -> Fault | None:
    """Two people of a source list in one row, names and numbers joined."""
    table = table_of(month, name)
    rows = month.rows(name)
    first = month.rng.choice(rows)
    # what the row says of the first, it says of both: a class, a level, an amount over the line
    alike = [row for row in rows if row is not first and _said(row) == _said(first)]
    if not alike:
        return None
    second = month.rng.choice(alike)
    joint = month.rng.choice(["、", "，", "\n", "/", " ", ";", " 和 "])
    for key in ("name", "id_number"):
        first.cells[key] = f"{first.cells[key]}{joint}{second.cells[key]}"
    first.people += second.people
    one, other = (month.crowd.people[key] for key in first.people)
    other.town, other.village = one.town, one.village
    table.rows.remove(second)
    return done(month, name, [first], refuse=True)


# ------------------------------------------------------------------ amounts


def odd_amount(month: Month, value: int) -> Any:
    """The same amount in yuan."""
    thousands = f"{value:,}"
    return say(
        month.rng, "amount_ways", v=value, wan=f"{value / 10000:.4f}".rstrip("0").rstrip("."),
        full=str(value).translate(FULL), sci=f"{value / 10000:.4f}", a=str(value)[:2],
        b=str(value)[2:], tens=value // 10000, ones=value % 10000,
        wide=thousands.replace(",", "，"), dots=thousands.replace(",", "."),
        ticks=thousands.replace(",", "'"),
    )  # fmt: skip


def no_amount(month: Month, value: int) -> Any:
    """No amount that could be read."""
    return month.rng.choice(WORDS["no_amounts"])


odd_cells("amount_odd", ("medical",), "self_paid", odd_amount)


@fault("medical")
def amount_unknown(month: Month, name: str) -> Fault:
    """The amount cannot be read: those over the line are to stay."""
    rows = [row for row in month.rows(name) if name in month.person(row).qualifies]
    rows = some(month, rows)
    for row in rows:
        row.cells["self_paid"] = no_amount(month, row.cells["self_paid"])
    zero = [month.person(row) for row in rows if row.cells["self_paid"] in ("0", "-")]
    said = " ".join(repr(row.cells["self_paid"]) for row in rows)
    return done(month, name, rows, either=zero, detail=said)


@fault("medical")
def amounts_in_ten_thousands(month: Month, name: str) -> Fault:
    """All amounts in 万元, which the header, the title or a line below says."""
    table = table_of(month, name)
    for row in month.rows(name):
        row.cells["self_paid"] = round(row.cells["self_paid"] / 10000, 4)
    place, header = table.column("self_paid"), "个人自付费用"
    way = month.rng.randrange(8)
    heads = WORDS["unit_heads"]
    notes = WORDS["unit_notes"]
    if way < 4:
        header += month.rng.choice(heads)
    elif way < 7:
        table.above = [["医疗费用人员名单"], [None, None, None, month.rng.choice(notes)]]
    else:
        table.below = [[month.rng.choice(notes)]]
    table.columns[place] = ("self_paid", header)
    people = [month.person(row) for row in month.rows(name)]
    said = f"{header!r} {table.above} {table.below}"
    return done(month, name, [], told=people, refuse=True, detail=said)


@fault("medical")
def amounts_in_thousands(month: Month, name: str) -> Fault:
    """All amounts in a rare unit that the header names."""
    table = table_of(month, name)
    unit, size = month.rng.choice(WORDS["rare_units"])
    for row in month.rows(name):
        row.cells["self_paid"] = round(row.cells["self_paid"] / size, 4)
    header = f"个人自付费用（{unit}）"
    table.columns[table.column("self_paid")] = ("self_paid", header)
    people = [month.person(row) for row in month.rows(name)]
    return done(month, name, [], told=people, refuse=True, detail=header)


@fault("medical")
def amount_columns_two(month: Month, name: str) -> Fault:
    """Two columns of the amount; the one with the whole year is over the line, the other not."""
    table = table_of(month, name)
    first, second = month.rng.choice(WORDS["two_amounts"])
    place = table.column("self_paid")
    table.columns[place : place + 1] = [("part", first), ("self_paid", second)]
    for row in month.rows(name):
        row.cells["part"] = row.cells["self_paid"] // 3
    people = [month.person(row) for row in month.rows(name)]
    return done(month, name, [], told=people, refuse=True, detail=f"{first}/{second}")


# ------------------------------------------------------------------ dates, choices


def odd_date(month: Month, value: dt.date) -> Any:
    """The same day, or its month, as people write it."""
    y, m, d = value.year, value.month, value.day
    return say(
        month.rng, "date_ways", y=y, m=m, d=d, yy=y - 2000, cm=in_words(m), cd=in_words(d),
        cy="".join(CHINESE[int(c)] for c in str(y)), digits=int(f"{y}{m:02}{d:02}"),
        serial=(value - dt.date(1899, 12, 30)).days, noon=dt.datetime(y, m, d, 13, 30),
    )  # fmt: skip


def odd_level(month: Month, value: str) -> Any:
    """The same level."""
    number = "一二三四".index(value[0]) + 1
    how = "重度" if number < 3 else "轻度"
    roman, big = "ⅠⅡⅢⅣ"[number - 1], "壹贰叁肆"[number - 1]
    return say(
        month.rng, "level_ways", v=value, n=number, roman=roman, big=big, how=how, a=value[0]
    )


def odd_category(month: Month, value: str) -> Any:
    """A category of monitored households, with something beside it."""
    if value == "脱贫户":
        return month.rng.choice(WORDS["category_not"])
    slip = value.replace("易致", "易至").replace("脱贫", "脱 贫")
    people = value.replace("户", "人口")
    return say(month.rng, "category_ways", v=value, less=value[:-1], slip=slip, people=people)


odd_cells("certificate_date_odd", ("disability",), "certificate_date", odd_date)
odd_cells("death_date_odd", ("death",), "death_date", odd_date)
odd_cells("level_odd", ("disability",), "level", odd_level)
odd_cells("category_odd", ("monitored",), "household_category", odd_category)


@fault("disability")
def category_in_two(month: Month, name: str) -> Fault:
    """Several disabilities in a cell, one of which qualifies by its level."""
    rows = some(month, [row for row in month.rows(name) if name not in month.person(row).qualifies])
    for row in rows:
        row.cells["level"] = "三级"
        row.cells["category"] = month.rng.choice(WORDS["two_categories"])
        month.person(row).qualifies.add(name)
    return done(month, name, rows)


@fault(*SOURCES)
def long_cell(month: Month, name: str) -> Fault:
    """A page of text in a cell that is none of the program's business, or in the name's note."""
    rows = some(month, month.rows(name), 2)
    text = "该户因病致困，" * month.rng.choice((60, 5000))
    for row in rows:
        row.cells["village"] = f"{row.cells['village']}{text}"[:32000]
    return done(month, name, rows)


@fault("dibao", "tekun")
def roll_row_of_the_head(month: Month, name: str) -> Fault | None:
    """The roll has the person's number under the name of the head of the household: a doubt."""
    rows = some(month, covered_rows(month, name), 2)
    for row in rows:
        row.cells["name"] = month.crowd.name()
    return done(month, name, rows, either=[month.person(row) for row in rows]) if rows else None
