"""How long aid lasts: rows of rolls whose time is over, or will soon be.

A row of any roll may say itself until when, in a column of the last day or in a remark (`LASTING`
of cover.py), also as a length reckoned from the day on the row; else the policy reckons some months
from that day (`validity` of screening.yaml). What is over covers nobody; what ends soon is told. A
length without a day to reckon it from is a doubt: the person stays on the sheet. Where a roll must
say its end and does not, its rows go on to cover as long as nothing says that the roll is of an
earlier month; then they may cover, and the people stay on the sheets. Each of these is an issue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from loubao.core.frames import PLACE, IssueRow
from loubao.core.notation import filled
from loubao.ingest.cover import LASTING
from loubao.ingest.fields import date as dates
from loubao.ingest.fields.typed import bad
from loubao.ingest.issues import Finding
from loubao.ingest.raw_cells import raw
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.sheet_month import month_of
from loubao.rules.aid_clocks import Clock
from loubao.rules.folder import Rules

#: Fields with the day from which a length of a row is reckoned, the first that it has.
_STARTS = ("since", "approved_on")
_YEAR_ALONE = r"^\s*[0-9]{4}年?(?:\.0+)?\s*$"
_LASTS, _STATED = pl.col("lasts").fill_null(False), pl.col("stated")


def with_validity(
    rows: pl.DataFrame, parts: Sequence[Part], rules: Rules, as_of: date
) -> tuple[pl.DataFrame, list[Finding], list[IssueRow]]:
    """Add `cover_until` (Date), and take the rows whose time is over off their rolls.

    `rows` are those of `cover.against_cover`. Returns the findings of cells and the issues
    of whole sheets and of columns that are no field, too.
    """
    missing = [pl.lit(None, dtype).alias(c) for c, dtype in LASTING.items() if c not in rows]
    rows = rows.with_columns(*missing, cover_until=pl.lit(None, pl.Date), stated=pl.lit(False))
    validity = rules.screening.validity
    found: list[Finding] = []
    of_sheets: list[IssueRow] = []
    for name in rules.of_role("roll"):
        here = rows["list"] == name
        if not (here & (rows["lasts"].fill_null(False) | (name in validity.rolls))).any():
            continue
        rows = _ends(rows, name, validity.clock(name), validity.ends(name))
        rows, findings, issues = _of_roll(rows, name, parts, (rules, as_of))
        found += findings
        of_sheets += issues
    once = [name for name, clock in validity.rolls.items() if clock.once]
    # given once and not renewed: the end that the policy reckons is no news
    news = ~pl.col("list").is_in(once) | _STATED
    rows = rows.with_columns(cover_until=pl.when(news).then("cover_until"))
    return rows.drop(*[*LASTING][1:], "stated"), found, of_sheets


def _of_roll(
    rows: pl.DataFrame, name: str, parts: Sequence[Part], how: tuple[Rules, date]
) -> tuple[pl.DataFrame, list[Finding], list[IssueRow]]:
    """Judge the rows of one roll by `cover_until`; as `with_validity`. `how`: rules, as-of day."""
    rules, as_of = how
    clock, words = rules.screening.validity.clock(name), rules.sheets.details
    soon = as_of + timedelta(days=rules.screening.validity.warn_days)
    until, here = pl.col("cover_until"), (pl.col("list") == name) & pl.col("qualifies")
    endless = _LASTS & pl.col("lasts_until").is_null() & pl.col("lasts_months").is_null()
    unknown = here & until.is_null() & ~endless
    stale = [n for n, part in enumerate(parts) if _is_stale(part, as_of)]
    without = rows.filter(unknown & pl.lit(clock.needed))["sheet_no"].unique()
    of_roll = rows.filter(pl.col("list") == name, pl.col("sheet_no").is_in(without.implode()))
    silent = _silent_sheets(of_roll, clock)
    of_sheet = pl.col("sheet_no")
    marks = rows.select(
        over=(here & (until < as_of)).fill_null(False),
        ending=(here & until.is_between(as_of, soon)).fill_null(False),
        doubted=unknown & pl.lit(clock.needed) & of_sheet.is_in(stale),
        cell=unknown & pl.lit(clock.needed) & ~of_sheet.is_in(silent),
        unclear=unknown & _LASTS & pl.lit(not clock.needed),
    )
    code = "VALIDITY_UNKNOWN"
    found = [Finding(rows, marks["cell"], clock.shown, code, words[code])]
    issues: list[IssueRow] = []
    for kind, code in (("over", "COVER_EXPIRED"), ("ending", "COVER_ENDS_SOON")):
        detail = _sentence(words[code])
        issues += _of_columns(rows.filter(marks[kind] & rows["stated"]), code, detail)
        if not clock.once:
            reckoned = marks[kind] & ~rows["stated"]
            found.append(Finding(rows, reckoned, clock.shown, code, detail))
    unsure = filled(words.COVER_UNSURE, lambda field, form: pl.col("lasts_cell"))
    issues += _of_columns(rows.filter(marks["unclear"]), "COVER_UNSURE", unsure)
    for number in silent:
        sheet = parts[number].claimed.sheet
        count = rows.filter(unknown & (of_sheet == number)).height
        detail_of_sheet = words.VALIDITY_UNKNOWN_SHEET.format(count=count)
        issues.append((sheet.file, sheet.name, None, "", "VALIDITY_UNKNOWN", detail_of_sheet))
    return _judged(rows, marks, rules), found, issues


def _judged(rows: pl.DataFrame, marks: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Take the rows that are marked off their roll."""
    words, quoted = rules.sheets.details, rules.holding.wording.quoted
    reason = _sentence(words.COVER_EXPIRED_REASON)
    quote = filled(quoted, lambda field, form: pl.col(f"lasts_{field}"))
    stale = pl.lit(words.VALIDITY_UNKNOWN_DOUBT)
    over, doubted, unclear = (pl.lit(marks[m]) for m in ("over", "doubted", "unclear"))
    doubt = pl.when(doubted).then(stale).when(unclear).then(quote)
    return rows.with_columns(
        cover_ended=pl.when(over).then(reason).otherwise("cover_ended"),
        cover_doubt=doubt.otherwise("cover_doubt"),
        failed_condition=pl.when(over)
        .then(reason)
        .when(doubted)
        .then(stale)
        .when(unclear)
        .then(quote)
        .otherwise("failed_condition"),
        qualifies=pl.col("qualifies") & ~(over | doubted | unclear),
    )


def _ends(rows: pl.DataFrame, name: str, clock: Clock, ends: Sequence[str]) -> pl.DataFrame:
    """Fill in `cover_until` of a roll, and `stated`: the row says it itself.

    A length beside a field of the clock is reckoned from the clock's own day.
    """
    here = pl.col("list") == name
    own = [clock.start] if clock.start else []
    since = _earliest_of(rows, [field for field in _STARTS if field in rows.columns])
    from_own = _earliest_of(rows, own)
    of_clock = pl.col("lasts_field").is_in([clock.until or ""]) & pl.lit(bool(own))
    months = pl.col("lasts_months")
    length = pl.when(of_clock).then(_after(from_own, months)).otherwise(_after(since, months))
    counted = _after(from_own, pl.lit(clock.months, pl.Int64))
    said = pl.coalesce("lasts_until", length)
    endless = _LASTS & pl.col("lasts_until").is_null() & months.is_null()
    until = pl.when(~endless).then(pl.coalesce(said, counted))
    understood = [
        pl.when(here & _LASTS & (pl.col("lasts_field") == field).fill_null(False))
        .then(False)
        .otherwise(bad(field))
        .alias(bad(field))
        for field in ends
        if bad(field) in rows.columns
    ]
    return rows.with_columns(
        *understood,
        cover_until=pl.when(here).then(until).otherwise("cover_until"),
        stated=pl.when(here).then(said.is_not_null()).otherwise("stated"),
    )


def _earliest_of(rows: pl.DataFrame, fields: Sequence[str]) -> tuple[pl.Expr, pl.Expr]:
    """The day of the first of the fields that has one, and whether only its month is written."""
    month_alone = [pl.lit(False)]
    for field in fields:
        if raw(field) in rows.columns:
            texts = rows[raw(field)]
            days = dates.parse(texts)
            alone = days["date"].is_null() & ~texts.str.contains(_YEAR_ALONE).fill_null(False)
            month_alone.insert(-1, pl.when(pl.col(field).is_not_null()).then(pl.lit(alone)))
    days_of = [pl.col(field) for field in fields]
    return pl.coalesce(*days_of, pl.lit(None, pl.Date)), pl.coalesce(*month_alone)


def _after(start: tuple[pl.Expr, pl.Expr], months: pl.Expr) -> pl.Expr:
    """The day so many months after a day; after a month, the last day of the months with it."""
    day, month_alone = start
    by = months.cast(pl.String) + pl.lit("mo")
    of_months = day.dt.month_start().dt.offset_by(by) - pl.duration(days=1)
    return pl.when(month_alone).then(of_months).otherwise(day.dt.offset_by(by))


def _silent_sheets(rows: pl.DataFrame, clock: Clock) -> list[int]:
    """The sheets of which no row has anything about its end, or in a column of the clock."""
    columns = [raw(field) for field in (clock.until, clock.start) if field is not None]
    said = [pl.col(column).is_not_null().any() for column in columns if column in rows.columns]
    by_sheet = rows.group_by("sheet_no").agg(said=pl.any_horizontal(_LASTS.any(), *said))
    return by_sheet.filter(~pl.col("said"))["sheet_no"].sort().to_list()


def _is_stale(part: Part, as_of: date) -> bool:
    """Whether the names of a sheet say that it is the roll of an earlier month."""
    month = month_of(part, as_of)
    return month is not None and month < (as_of.year, as_of.month)


def _of_columns(rows: pl.DataFrame, code: str, detail: pl.Expr) -> list[IssueRow]:
    """An issue for each row, in the column that says its end."""
    issues = rows.select(*PLACE, "lasts_header", code=pl.lit(code), detail=detail)
    return issues.unique(maintain_order=True).rows()


def _sentence(template: str) -> pl.Expr:
    """The template with the day in its place; null where the row has none."""
    day = pl.col("cover_until").dt.to_string("%Y-%m-%d")
    return filled(template, lambda field, form: day)
