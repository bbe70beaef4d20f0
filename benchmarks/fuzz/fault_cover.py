"""Faults of rolls: rows that say the cover has ended, and rows that only sound like it."""

from __future__ import annotations

import datetime as dt

from exports import Fault, Month
from faults import ROLLS, covered_rows, done, end_cover, fault, people_in, some, table_of
from tables import Row
from words import WORDS

ENDED = WORDS["ended"]
HARMLESS = WORDS["harmless"]


def said(rows: list[Row], key: str) -> str:
    """What stands in a column of the rows, for the report."""
    return " ".join(repr(row.cells[key]) for row in rows)


@fault(*ROLLS)
def remark_ends_cover(month: Month, name: str) -> Fault | None:
    """备注 says that the cover has ended."""
    rows = some(month, covered_rows(month, name))
    header = month.rng.choice(WORDS["remark_headers"])
    put_column(month, name, "remark", header)
    for row in rows:
        row.cells["remark"] = month.rng.choice(_of_others(ENDED, name))
    end_cover(month, name, rows)
    return done(month, name, rows, told=[], refuse=True, detail=f"{header}: {said(rows, 'remark')}")


@fault(*ROLLS)
def remark_harmless(month: Month, name: str) -> Fault | None:
    """备注 speaks of something else: who is covered stays covered, or is kept with the reason."""
    rows = some(month, covered_rows(month, name), 6)
    put_column(month, name, "remark", "备注")
    for row in rows:
        row.cells["remark"] = month.rng.choice(HARMLESS)
    return done(month, name, rows, detail=said(rows, "remark"))


def _of_others(words: list[str], name: str) -> list[str]:
    """The words but those by which somebody has gone to this very roll (已享受孤儿)."""
    own = {"tekun": "特困", "orphan": "孤儿", "unattended": "无人抚养"}.get(name)
    return [word for word in words if own is None or own not in word]


def put_column(month: Month, name: str, key: str, header: str) -> None:
    """The column of a list under this header, added before the last where there is none."""
    columns = table_of(month, name).columns
    for place, (have, _) in enumerate(columns):
        if have == key:
            columns[place] = (key, header)
            return
    columns.insert(len(columns) - month.rng.randint(0, 1), (key, header))


FLAGS = WORDS["flags"]


@fault(*ROLLS)
def column_says_no(month: Month, name: str) -> Fault | None:
    """A column of the roll says of a few that they are no longer covered."""
    rows = some(month, covered_rows(month, name))
    header, usual, ends = month.rng.choice(FLAGS)
    put_column(month, name, "flag", header)
    for row in month.rows(name):
        row.cells["flag"] = usual
    for row in rows:
        row.cells["flag"] = month.rng.choice(ends)
    end_cover(month, name, rows)
    told = people_in(month, month.rows(name))
    return done(month, name, rows, told=told, refuse=True, detail=f"{header}: {said(rows, 'flag')}")


@fault(*ROLLS)
def column_of_days_ended(month: Month, name: str) -> Fault | None:
    """A column that holds the day the cover ended, empty for the others."""
    rows = some(month, covered_rows(month, name))
    header = month.rng.choice(WORDS["ended_headers"])
    put_column(month, name, "flag", header)
    days = [
        dt.date(2022, 5, 1),
        "2022年4月",
        "202203",
        "2022.5",
        "5月",
        "2022-04-30",
        44652,
        "二〇二二年四月",
        "去年",
        "22.5",
    ]
    for row in rows:
        row.cells["flag"] = month.rng.choice(days)
    end_cover(month, name, rows)
    told = people_in(month, month.rows(name))
    return done(month, name, rows, told=told, refuse=True, detail=f"{header}: {said(rows, 'flag')}")


@fault(*ROLLS)
def column_of_months(month: Month, name: str) -> Fault | None:
    """A column a month of what was paid: nothing in June for a few."""
    table = table_of(month, name)
    rows = some(month, covered_rows(month, name))
    heads = month.rng.choice(
        [
            [f"{n}月" for n in range(1, 7)],
            [f"2022年{n}月" for n in range(1, 7)],
            [f"{n}月金额" for n in range(1, 7)],
            [f"2022{n:02}" for n in range(1, 7)],
            ["一月", "二月", "三月", "四月", "五月", "六月"],
            [f"{n}月份发放" for n in range(1, 7)],
        ]
    )
    for number, head in enumerate(heads):
        table.columns.append((f"m{number}", head))
        for row in month.rows(name):
            row.cells[f"m{number}"] = 500
    for row in rows:
        row.cells["m5"] = month.rng.choice([None, 0, "停", "0", "/", "停发", "-"])
        row.cells["m4"] = month.rng.choice([500, 0, None])
    end_cover(month, name, rows)
    told = people_in(month, month.rows(name))
    return done(month, name, rows, told=told, refuse=True, detail=f"{heads[5]}: {said(rows, 'm5')}")


@fault(*ROLLS)
def section_of_the_ended(month: Month, name: str) -> Fault | None:
    """The ended stand last, under a line that says so."""
    table = table_of(month, name)
    rows = some(month, covered_rows(month, name))
    line = month.rng.choice(WORDS["section_lines"])
    table.rows = [row for row in table.rows if row not in rows]
    places: list[object] = [None] * month.rng.choice((0, 0, 1, 2))
    table.rows += [Row(raw=[*places, line]), *rows]
    end_cover(month, name, rows)
    return done(month, name, rows, told=[], refuse=True, detail=line)


@fault(*ROLLS)
def row_struck(month: Month, name: str) -> Fault | None:
    """The row is crossed out (xlsx)."""
    month.books[name].format = "xlsx"
    rows = some(month, covered_rows(month, name))
    for row in rows:
        row.struck = True
    end_cover(month, name, rows)
    return done(month, name, rows, told=[], refuse=True)


@fault(*ROLLS)
def name_says_ended(month: Month, name: str) -> Fault | None:
    """A note beside the name on the roll says it."""
    rows = some(month, covered_rows(month, name))
    notes = _of_others(WORDS["name_notes"], name)
    for row in rows:
        row.cells["name"] += month.rng.choice(notes)
    end_cover(month, name, rows)
    return done(month, name, rows, told=[], refuse=True, detail=said(rows, "name"))


@fault("dibao", "tekun")
def amount_is_nothing(month: Month, name: str) -> Fault | None:
    """The amount of June is nothing: not paid any more."""
    rows = some(month, covered_rows(month, name))
    put_column(
        month,
        name,
        "amount",
        month.rng.choice(["月保障金额", "发放金额", "补助金额（元）", "实发金额", "6月发放金额"]),
    )
    for row in month.rows(name):
        row.cells["amount"] = 600
    for row in rows:
        row.cells["amount"] = month.rng.choice(
            [0, "0", "0.00", "停发", "-", "停", "0元", -600, "未发"]
        )
    end_cover(month, name, rows)
    return done(month, name, rows, told=[], refuse=True, detail=said(rows, "amount"))


@fault("dibao", "tekun")
def same_person_ended_below(month: Month, name: str) -> Fault | None:
    """The person stands twice: once as ever, further below with the end of the cover."""
    table = table_of(month, name)
    rows = some(month, covered_rows(month, name), 2)
    put_column(month, name, "remark", "备注")
    for row in rows:
        twin = Row(dict(row.cells), row.people)
        twin.cells["remark"] = month.rng.choice(["停保", "死亡停发", "2022年6月退出"])
        table.rows.append(twin)
    end_cover(month, name, rows)
    return done(month, name, rows, told=[], refuse=True)


@fault("death")
def death_denied(month: Month, name: str) -> Fault | None:
    """The list of the dead says of a few that it is an error: they are to stay."""
    rows = [row for row in month.rows(name) if month.person(row).qualifies]
    rows = some(month, rows, 3)
    for row in rows:
        row.cells["remark"] = month.rng.choice(WORDS["death_denials"])
        month.person(row).gone.clear()
    return done(month, name, rows, told=[], refuse=True, detail=said(rows, "remark"))


@fault("death")
def death_flag_no(month: Month, name: str) -> Fault | None:
    """A column of the list says that a few are alive."""
    rows = some(month, [row for row in month.rows(name) if month.person(row).qualifies], 3)
    header, usual, ends = month.rng.choice(WORDS["death_flags"])
    put_column(month, name, "flag", header)
    for row in month.rows(name):
        row.cells["flag"] = usual
    for row in rows:
        row.cells["flag"] = month.rng.choice(ends)
        month.person(row).gone.clear()
    told = people_in(month, month.rows(name))
    return done(month, name, rows, told=told, refuse=True, detail=f"{header}: {said(rows, 'flag')}")


@fault("death")
def death_day_missing(month: Month, name: str) -> Fault | None:
    """No day, one in the future or none that is a day: not excluded by it."""
    rows = some(month, [row for row in month.rows(name) if month.person(row).qualifies], 3)
    for row in rows:
        row.cells["death_date"] = month.rng.choice(
            [None, "不详", dt.date(2023, 3, 1), "健在", "#N/A", "误报", 0, "1900-01-00"]
        )
        month.person(row).gone.clear()
    return done(month, name, rows, told=[], refuse=True, detail=said(rows, "death_date"))
