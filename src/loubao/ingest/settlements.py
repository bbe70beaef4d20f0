"""Lists with several rows a person that add up: the settlements of a year (`sum` of a list).

The condition of such a list is about the sum. A bill that is written twice counts once. Where it
cannot be told whether rows are several bills (the same amount again without date or number, a
yearly total among the bills), the person is kept: the condition is asked of both.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> def add(*bills):
...     cells = {"self_paid": [b[0] for b in bills], "settled_on_raw": [b[1] for b in bills]}
...     every = pl.DataFrame({**cells, **_OF_ONE}, schema_overrides={"settled_on_raw": pl.String})
...     rows = every.with_columns(row=pl.int_range(2, pl.len() + 2, dtype=pl.UInt32))
...     rows = rows.with_columns(row_text=pl.coalesce("settled_on_raw", pl.lit("")))
...     return _added(rows, rules.lists["medical"], rules.holding.sums.bills)[0]
>>> def seen(*bills):
...     return add(*bills).select("self_paid", "bills", "alt:self_paid").row(0)
>>> seen((15_000.0, "3月"), (15_000.0, "5月"), (15_000.0, "7月"))
(45000.0, 3, None)
>>> seen((15_000.0, "3月"), (15_000.0, "3月"), (15_000.0, "7月"))  # one of them written twice
(30000.0, 2, None)
>>> seen((30_000.0, None), (30_000.0, None))  # perhaps a copy
(60000.0, 2, 30000.0)
>>> seen((10_000.0, "3月"), (25_000.0, "5月"), (35_000.0, None))  # a yearly total, perhaps
(70000.0, 3, 35000.0)
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from loubao.core.frames import PROVEN_STATUSES
from loubao.ingest.fields.typed import alternative
from loubao.ingest.issues import Finding
from loubao.ingest.raw_cells import blank_as_null, raw
from loubao.ingest.second_readings import seconds_of
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.lists import BILL_FIELDS, ListRule
from loubao.rules.wording import Wording

ROW_TEXT = "row_text"
_CENT = 0.005
_LEAST_PARTS = 2  # bills that a yearly total is the sum of
_SEPARATOR = "\x1f"


def with_row_text(rows: pl.DataFrame, part: Part, rules: Rules) -> pl.DataFrame:
    """Add `row_text` (String) to the people of a sheet whose rows add up: all cells but the serial
    number, so that a row that stands there twice is seen.
    """
    fit = part.claimed.fit
    if fit is None or rules.lists[part.claimed.list_name].sum is None:
        return rows
    serial = set(rules.holding.sums.serial)
    numbered = {c.place for c in fit.columns if plain(c.header) in serial}
    cells = part.claimed.sheet.cells
    every = [pl.col(place) for place in cells.columns[1:] if place not in numbered]
    text = pl.concat_str([cell.fill_null("") for cell in every], separator=_SEPARATOR)
    texts = cells.select("row", text.alias(ROW_TEXT))
    return rows.join(texts, on="row", how="left", maintain_order="left")


def with_sums(
    rows: pl.DataFrame, lists: Mapping[str, ListRule], rules: Rules
) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the rows with the sum of each person in the column that a list adds up, and issues.

    `rows` are typed, with births. Adds `bills` (Int64: how many, null for one), and for the time
    of the conditions `alternative(field)`: what the sum may be instead.
    """
    rows = rows.with_columns(bills=pl.lit(None, pl.Int64))
    found: list[Finding] = []
    for name, rule in lists.items():
        if rule.sum is None or ROW_TEXT not in rows.columns:
            continue
        places = (rows["list"] == name).arg_true()
        here = rows.select(pl.all().gather(places)).with_columns(person=_person())
        several = here["person"].is_duplicated() & here["person"].is_not_null()
        if not several.any():
            continue
        people = here["person"].drop_nulls().n_unique()
        some = _with_bill_fields(here.filter(several), rules.reading.placeholders)
        share = some["person"].n_unique() / people
        added, marks = _added(some, rule, rules.holding.sums.bills, share)
        found += _findings(added, marks, rule.sum, rules.sheets.details)
        where = places.filter(several)
        for column in (rule.sum, "bills", alternative(rule.sum)):
            if column not in rows.columns:
                rows = rows.with_columns(pl.lit(None, added.schema[column]).alias(column))
            rows = rows.with_columns(rows[column].scatter(where, added[column]))
        for field, _, column in seconds_of(rows):
            if field == rule.sum:
                other = some.with_columns(pl.coalesce(column, field).alias(field))
                sums, _ = _added(other, rule, rules.holding.sums.bills, share)
                rows = rows.with_columns(rows[column].scatter(where, sums[field]))
    return rows, found


def without_alternatives(rows: pl.DataFrame, lists: Mapping[str, ListRule]) -> pl.DataFrame:
    """Return the rows without what a sum may be instead: the conditions have been asked."""
    summed = {alternative(rule.sum) for rule in lists.values() if rule.sum is not None}
    return rows.drop(summed & set(rows.columns))


def _person() -> pl.Expr:
    """Whose a row is: the number, with the name where it is shared or not proven; null: unknown."""
    number = pl.coalesce("id_number", "id_pattern")
    alone = pl.col("id_status").is_in(PROVEN_STATUSES) & ~pl.col("shared")
    named = pl.concat_str(number, "name_key", separator=_SEPARATOR)
    place = pl.coalesce("village_code", "village", pl.lit(""))
    without = pl.concat_str("name_key", place, separator=_SEPARATOR)
    return (
        pl.when(alone).then("id_number").when(number.is_not_null()).then(named).otherwise(without)
    )


def _with_bill_fields(rows: pl.DataFrame, blanks: tuple[str, ...]) -> pl.DataFrame:
    """Add the number and the date of each bill as found, null where there is none."""
    return rows.with_columns(
        (
            blank_as_null(pl.col(raw(field)), blanks)
            if raw(field) in rows.columns
            else pl.lit(None, pl.String)
        ).alias(f"{field}_raw")
        for field in BILL_FIELDS
    )


def _added(
    rows: pl.DataFrame, rule: ListRule, least: float, share: float = 1.0
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of people who have several, added up; and marks of each row (Boolean).

    Marks: `again` (a bill that is there already), `total` (its person may have a yearly total among
    the bills), `unclear` (it matters whether the rows add up).
    """
    field = str(rule.sum)
    number, day = pl.col("settlement_no_raw"), pl.col("settled_on_raw")
    bare = number.is_null() & day.is_null()
    marks = _twice(rows, field)
    rows = rows.with_columns(again=marks["again"], twin=marks["twin"], amount=field, bare=bare)
    yearly = bool(rows["bare"].all()) and share < least  # figures, some of them copied
    if yearly:
        nth = pl.int_range(pl.len()).over("person", "amount")
        rows = rows.with_columns(again=nth > 0, twin=False)
    once = pl.when(~pl.col("again")).then("amount")
    most, total = once.max().over("person"), once.sum().over("person")
    count = once.count().over("person").cast(pl.Int64)
    dated = (once.is_not_null() & ~pl.col("bare")).sum().over("person")
    is_sum = (count > _LEAST_PARTS) & ((total - most - most).abs() < _CENT)
    odd_one = (dated > 0) & (count - dated == 1)
    without_twins = pl.when(~pl.col("twin")).then(once).sum().over("person")
    rows = rows.with_columns(
        total=is_sum | odd_one,
        added=pl.when(count > 0).then(total),
        other=pl.when(is_sum | odd_one)
        .then(pl.min_horizontal(pl.max_horizontal(most, total - most), without_twins))
        .when(without_twins != total)
        .then(without_twins)
        .when(pl.lit(yearly) & (count > 1))
        .then(most),
        bills=pl.when(count > 1).then(count),
    )
    differs = _outcome(rows, rule, "added") != _outcome(rows, rule, "other")
    unclear = (differs & rows["other"].is_not_null()).fill_null(False)
    settled = pl.col("other").is_not_null() & ~pl.lit(unclear)
    added = rows.with_columns(
        pl.when(settled).then("amount" if yearly else "other").otherwise("added").alias(field),
        pl.when(~settled).then("bills").alias("bills"),
        pl.when(pl.lit(unclear)).then("other").alias(alternative(field)),
    )
    return added, added.select("again", "total", unclear=pl.lit(unclear))


def _outcome(rows: pl.DataFrame, rule: ListRule, value: str) -> pl.Series:
    """Whether the conditions on the sum hold, were it the column `value`."""
    field = str(rule.sum)
    asked = [c.expr.fill_null(True) for c in rule.conditions if c.fields == {field}]
    with_value = rows.with_columns(pl.col(value).alias(field))
    return with_value.select(holds=pl.all_horizontal(pl.lit(True), *asked))["holds"]


def _twice(rows: pl.DataFrame, field: str) -> pl.DataFrame:
    """Mark the bills that are there already (`again`), and those that may be (`twin`).

    A bill is the same by its number and amount, or by its date and the whole row; in another sheet,
    which may have other columns, by date and amount. Without number and date nobody can tell.
    """
    bill = ["person", field, "settlement_no_raw"]
    dated = [*bill, "settled_on_raw"]
    alike = [*dated, "sheet_no", ROW_TEXT]
    number = pl.col("settlement_no_raw").is_not_null()
    bare = ~number & pl.col("settled_on_raw").is_null()
    nth = pl.int_range(pl.len())
    by_number, by_row = nth.over(bill) > 0, nth.over(alike) > 0
    rows = rows.with_columns(copied=pl.when(number).then(by_number).otherwise(by_row))
    kept = pl.when(~pl.col("copied")).then(1).otherwise(0)
    # the second of a sheet is not the first of another sheet
    rows = rows.with_columns(occurrence=kept.cum_sum().over([*dated, "sheet_no"]))
    elsewhere = (nth.over([*dated, "occurrence", "copied"]) > 0) & ~pl.col("copied")
    elsewhere &= pl.col("sheet_no") != pl.col("sheet_no").first().over([*dated, "occurrence"])
    twice = pl.col("copied") | elsewhere
    return rows.select(again=twice & ~bare, twin=twice & bare)


def _findings(rows: pl.DataFrame, marks: pl.DataFrame, field: str, words: Wording) -> list[Finding]:
    """The bills that are there twice, and the people whose rows may not add up."""
    several = rows["bills"].is_not_null()
    first = pl.col("row").first().over("person", field)
    repeated = pl.format(words.BILL_REPEATED.replace("{row}", "{}"), first)
    unclear = marks["unclear"] | marks["total"]
    count = pl.len().over("person")
    detail = pl.format(
        words.BILLS_UNCLEAR.replace("{count}", "{}").replace("{sum}", "{}"),
        count,
        pl.col("added").round(2),
    )
    return [
        Finding(rows, marks["again"] & several, field, "BILL_REPEATED", repeated),
        Finding(rows, unclear, field, "BILLS_UNCLEAR", detail),
    ]


#: One person, for the examples above.
_OF_ONE = {"person": "P", "settlement_no_raw": None, "sheet_no": 0}
