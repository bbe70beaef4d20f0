"""How long aid lasts: rows of rolls whose time is over, or will soon be.

A roll may say itself until when (有效期至), also as a span of which the last day counts; else the
policy reckons some months from the day on the roll (`validity` of screening.yaml). What is over
covers nobody; what ends soon is told. Where a roll must say it and does not, its rows go on to
cover as long as nothing says that the roll is of an earlier month; then they may cover, and the
people stay on the sheets. Each of these is an issue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from loubao.core.frames import IssueRow
from loubao.core.notation import filled
from loubao.ingest.fields import date as dates
from loubao.ingest.fields.typed import bad
from loubao.ingest.issues import Finding
from loubao.ingest.raw_cells import raw
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.sheet_month import month_of
from loubao.rules.aid_clocks import Clock
from loubao.rules.folder import Rules

#: What stands between the two days of a span.
_BETWEEN = re.compile(r"\s*(?:至|到|~|～|—+|–|-(?=20[0-9]{2}))\s*")


def last_days(texts: pl.Series) -> pl.Series:
    """Return the last day that each text allows of a day, a month, or a span of them.

    >>> days = last_days(pl.Series(["2022年7月", "2021.07-2022.06", "2021-07-20", "长期", None]))
    >>> [str(day) for day in days]
    ['2022-07-31', '2022-06-30', '2021-07-20', 'None', 'None']
    >>> [str(day) for day in last_days(pl.Series(["至2022年6月30日止", "2021-7-1至2022-6-30"]))]
    ['2022-06-30', '2022-06-30']
    """
    last = [None if text is None else _BETWEEN.split(text.strip())[-1] for text in texts]
    return dates.parse(pl.Series(last, dtype=pl.String))["until"]


def with_validity(
    rows: pl.DataFrame, parts: Sequence[Part], rules: Rules, as_of: date
) -> tuple[pl.DataFrame, list[Finding], list[IssueRow]]:
    """Add `cover_until` (Date), and take the rows whose time is over off their rolls.

    `rows` are those of `cover.against_cover`. Returns the findings of cells and the issues
    of whole sheets, too.
    """
    rows = rows.with_columns(cover_until=pl.lit(None, pl.Date))
    soon = as_of + timedelta(days=rules.screening.validity.warn_days)
    words = rules.sheets.details
    until = pl.col("cover_until")
    found: list[Finding] = []
    of_sheets: list[IssueRow] = []
    for name, clock in rules.screening.validity.rolls.items():
        if not (rows["list"] == name).any():
            continue
        rows = _ends(rows, name, clock, rules)
        here = (pl.col("list") == name) & pl.col("qualifies")
        unknown = here & until.is_null() & ~pl.col("lasting") & pl.lit(clock.needed)
        over, ending = here & (until < as_of), here & until.is_between(as_of, soon)
        over, ending = over.fill_null(False), ending.fill_null(False)
        without = rows.filter(unknown)["sheet_no"].unique()
        of_roll = rows.filter(pl.col("list") == name, pl.col("sheet_no").is_in(without.implode()))
        silent = _silent_sheets(of_roll, clock)
        stale = [n for n, part in enumerate(parts) if _is_stale(part, as_of)]
        doubted = unknown & pl.col("sheet_no").is_in(stale)
        no_date = pl.col("sheet_no").is_in(silent)
        marks = rows.select(
            **{"over": over, "ending": ending, "doubted": doubted},
            cell=unknown & ~no_date,
        )
        told = () if clock.once else (("over", "COVER_EXPIRED"), ("ending", "COVER_ENDS_SOON"))
        for kind, code in told:
            detail = _sentence(words[code], rows)
            found.append(Finding(rows, marks[kind], clock.shown, code, detail))
        code = "VALIDITY_UNKNOWN"
        found.append(Finding(rows, marks["cell"], clock.shown, code, words[code]))
        for number in silent:
            sheet = parts[number].claimed.sheet
            count = rows.filter(unknown & (pl.col("sheet_no") == number)).height
            detail = words.VALIDITY_UNKNOWN_SHEET.format(count=count)
            of_sheets.append((sheet.file, sheet.name, None, "", code, detail))
        reason = _sentence(words.COVER_EXPIRED_REASON, rows)
        doubt = pl.lit(words.VALIDITY_UNKNOWN_DOUBT)
        rows = rows.with_columns(
            cover_ended=pl.when(marks["over"]).then(reason).otherwise("cover_ended"),
            cover_doubt=pl.when(marks["doubted"]).then(doubt).otherwise("cover_doubt"),
            failed_condition=pl.when(marks["over"])
            .then(reason)
            .when(marks["doubted"])
            .then(doubt)
            .otherwise("failed_condition"),
            qualifies=pl.col("qualifies") & ~(marks["over"] | marks["doubted"]),
        )
    return rows.drop("lasting", strict=False), found, of_sheets


def _ends(rows: pl.DataFrame, name: str, clock: Clock, rules: Rules) -> pl.DataFrame:
    """Fill in `cover_until` of a roll, and `lasting`: the row says that it has no end."""
    here = pl.col("list") == name
    counted = pl.lit(None, pl.Date)
    if clock.start is not None:
        counted = pl.col(clock.start).dt.offset_by(f"{clock.months}mo")
    if clock.until is None or raw(clock.until) not in rows.columns:
        rows = rows.with_columns(cover_end=counted, lasting=pl.lit(False))
    else:
        cells = rows.select(text=pl.col(raw(clock.until)).str.strip_chars())["text"]
        days = last_days(cells)
        lasting = cells.is_in(list(rules.holding.remarks.open_ended)).fill_null(value=False)
        readable = here & pl.lit(days.is_not_null() | lasting)
        rows = rows.with_columns(
            pl.when(~readable).then(bad(clock.until)).otherwise(False).alias(bad(clock.until)),
            cover_end=pl.coalesce(pl.lit(days), counted),
            lasting=lasting,
        )
    ends = here & ~pl.col("lasting")
    return rows.with_columns(
        cover_until=pl.when(ends).then("cover_end").otherwise("cover_until")
    ).drop("cover_end")


def _silent_sheets(rows: pl.DataFrame, clock: Clock) -> list[int]:
    """The sheets of which no row has anything in a column of the clock."""
    columns = [raw(field) for field in (clock.until, clock.start) if field is not None]
    said = [pl.col(column).is_not_null().any() for column in columns if column in rows.columns]
    by_sheet = rows.group_by("sheet_no").agg(said=pl.any_horizontal(pl.lit(False), *said))
    return by_sheet.filter(~pl.col("said"))["sheet_no"].sort().to_list()


def _is_stale(part: Part, as_of: date) -> bool:
    """Whether the names of a sheet say that it is the roll of an earlier month."""
    month = month_of(part, as_of)
    return month is not None and month < (as_of.year, as_of.month)


def _sentence(template: str, rows: pl.DataFrame) -> pl.Expr:
    """The template with the day in its place; null where the row has none."""
    day = pl.col("cover_until").dt.to_string("%Y-%m-%d")
    return filled(template, lambda field, form: day)
