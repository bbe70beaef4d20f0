"""The measures of a month: how many people each list has, and which shares of them are usable.

A measure is of a list, and of each of its sheets where it has several; it is a count, a share (some
of `total`) or the median of a field. Nothing here names a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.plausibility.accounts import (
    joined_rows,
    of_sheets,
    part_name,
    unread_columns,
    unread_sheets,
)
from loubao.rules.folder import Rules
from loubao.rules.holding import Versions
from loubao.rules.lists import ListRule

#: `part`: "" for the whole list, else a sheet under a name that months share; `file` and `sheet`
#: are where it stands now. `value` is a count, the part of `total` that is a share, or a median.
MEASURES: frames.Schema = {
    **dict.fromkeys(("list", "part", "file", "sheet", "measure", "field"), pl.String),
    "value": pl.Float64,
    "total": pl.Float64,
}
_PART = ("list", "file", "sheet")
#: Columns of the records that a list may fill beside what it adds.
_CORE = ("birth_date_raw", "sex_raw", "village_raw", "head_name", "head_id", "household_no")
#: Shares of the rows that have one of these issues; of names the rest is counted.
_NAME_FAULTS, _MASKED = ("NAME_MISSING", "NAME_ODD"), "NAME_MASKED"
#: Issues that other measures count, or that say nothing of the row.
_COUNTED = (
    "ID_MISSING",
    "VILLAGE_MISSING",
    "VILLAGE_UNKNOWN",
    "VILLAGE_SEVERAL",
    "TOWN_UNKNOWN",
    "ROW_WITHOUT_PERSON",
)
_USABLE = pl.col("id_status").is_in((*frames.PROVEN_STATUSES, "other_document"))
_WRITTEN_PLACE = pl.any_horizontal(pl.col("town_raw", "village_raw").is_not_null())
_EPOCH = pl.date(1970, 1, 1)


@dataclass(frozen=True)
class MonthRead:
    """What the measures are of.

    records    RECORDS and what the lists add
    issues     ISSUES of reading
    inputs     the files, with the accounts of their sheets, as run.json has them
    decisions  DECISIONS; None where nothing was linked
    cases      number of people to verify; None where nothing was screened
    """

    records: pl.DataFrame
    issues: pl.DataFrame
    inputs: Sequence[Mapping[str, Any]]
    decisions: pl.DataFrame | None = None
    cases: int | None = None


def measures(month: MonthRead, rules: Rules) -> pl.DataFrame:
    """Return MEASURES."""
    lists, versions = rules.lists, rules.holding.versions
    rows = _with_links(_with_repeats(month.records), month.decisions)
    parts = [_people(rows), _shares(rows, lists), *_of_issues(rows, month)]
    parts += [of_sheets(month.inputs), _one_day(rows, lists), *_medians(rows, lists)]
    found = _named(_with_column(pl.concat(parts, how="diagonal")), versions)
    others = [
        _towns(rows),
        _names_agree(rows),
        _overlaps(rows),
        unread_columns(month.inputs, month.issues),
    ]
    whole = [unread_sheets(month.inputs, versions), _cases(month.cases)]
    together = pl.concat([found, *others, *whole], how="diagonal")
    return frames.conform(
        _blank(together).select(pl.col(name).cast(dtype) for name, dtype in MEASURES.items()),
        MEASURES,
    )


def _blank(found: pl.DataFrame) -> pl.DataFrame:
    texts = ("list", "part", "file", "sheet", "field")
    missing = [pl.lit("").alias(name) for name in texts if name not in found.columns]
    return found.with_columns(missing).with_columns(pl.col(texts).fill_null(""))


def _with_repeats(records: pl.DataFrame) -> pl.DataFrame:
    """Add `repeated`: the number and name stand in another sheet of the list, or twice in this."""
    key = ["list", "id_number", "name_key"]
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES)
    return records.with_columns(repeated=proven & (pl.len().over(key) > 1))


def _with_links(rows: pl.DataFrame, decisions: pl.DataFrame | None) -> pl.DataFrame:
    """Add `linked`: somebody on another list was linked to the row; null where nothing was.

    What somebody has said of a pair says nothing of how the files are read.
    """
    if decisions is None:
        return rows.with_columns(linked=pl.lit(None, pl.Boolean))
    by_rules = pl.col("tier").ne_missing(frames.VERDICT_TIER)
    links = decisions.filter((pl.col("decision") == "link") & by_rules)
    ids = pl.concat([links["left_id"], links["right_id"]]).unique()
    return rows.with_columns(linked=pl.col("record_id").is_in(ids.implode()))


def _people(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.group_by(_PART)
        .agg(value=pl.len().cast(pl.Float64))
        .with_columns(measure=pl.lit("people"))
    )


def _shares(rows: pl.DataFrame, lists: Mapping[str, ListRule]) -> pl.DataFrame:
    """The shares that are asked of every list, and of how many rows each of its fields is filled.

    `place` is of the rows with a town or a village, `linked` of those that qualify.
    """
    everybody = pl.col("list").is_not_null()
    asked: dict[tuple[str, str], tuple[pl.Expr, pl.Expr]] = {
        ("number", ""): (_USABLE, everybody),
        ("place", ""): (pl.col("village_code").is_not_null(), _WRITTEN_PLACE),
        ("qualifies", ""): (pl.col("qualifies"), everybody),
        ("repeated", ""): (pl.col("repeated"), everybody),
        ("linked", ""): (pl.col("linked"), pl.col("linked").is_not_null() & pl.col("qualifies")),
    }
    extras = [name for name in rows.columns if name not in frames.RECORDS and name[-4:] != "_raw"]
    for name in ("town_raw", *_CORE, *extras):
        if name not in ("linked", "repeated"):
            asked["filled", name] = (pl.col(name).is_not_null(), everybody)
    counted = rows.group_by(_PART).agg(
        pl.struct(value=(hit & of).sum(), total=of.sum()).alias(f"{measure} {field}")
        for (measure, field), (hit, of) in asked.items()
    )
    return (
        counted.unpivot(index=_PART, variable_name="asked", value_name="counts")
        .unnest("counts")
        .with_columns(
            measure=pl.col("asked").str.extract(r"^(\S+) "),
            field=pl.col("asked").str.extract(r" (\S*)$").str.strip_suffix("_raw"),
        )
        .filter((pl.col("measure") != "filled") | _has_field(lists), pl.col("total") > 0)
        .select(*_PART, "measure", "field", "value", "total")
        .cast({"value": pl.Float64, "total": pl.Float64})
    )


def _with_column(found: pl.DataFrame) -> pl.DataFrame:
    """Without the fields for which a sheet has no column."""
    layouts = (
        found.filter(pl.col("measure") == "layout")
        .select(*_PART, field=pl.col("field").str.split(" "))
        .explode("field")
        .unique()
    )
    filled = pl.col("measure") == "filled"
    there = found.filter(filled).join(layouts, on=[*_PART, "field"], how="semi")
    return pl.concat([found.filter(~filled), there])


def _has_field(lists: Mapping[str, ListRule]) -> pl.Expr:
    known = [f"{name} {field}" for name, rule in lists.items() for field in rule.fields]
    return pl.concat_str("list", pl.lit(" "), "field").is_in(known)


def _of_issues(rows: pl.DataFrame, month: MonthRead) -> tuple[pl.DataFrame, ...]:
    """The share of rows with a good name, of rows with a masked one, and of all rows read that with
    each kind of issue.
    """
    place = ["file", "sheet"]
    people = rows.group_by(_PART).agg(total=pl.col("row").n_unique())
    read = people.join(joined_rows(month.inputs), on=list(_PART), how="left").select(
        *_PART, total=pl.col("total") + pl.col("joined").fill_null(0)
    )
    of_rows = month.issues.filter(pl.col("row").is_not_null())
    faulty = of_rows.group_by(place).agg(
        faulty=pl.col("row").filter(pl.col("code").is_in(_NAME_FAULTS)).n_unique(),
        masked=pl.col("row").filter(pl.col("code") == _MASKED).n_unique(),
    )
    of_people = people.join(faulty, on=place, how="left").with_columns(
        pl.col("faulty", "masked").fill_null(0), field=pl.lit("")
    )
    names = of_people.select(
        *_PART,
        "total",
        "field",
        measure=pl.lit("name"),
        value=(pl.col("total") - pl.col("faulty")).clip(lower_bound=0),
    )
    masked = of_people.select(
        *_PART,
        "total",
        "field",
        measure=pl.lit("masked"),
        value=pl.min_horizontal("masked", "total"),
    )
    codes = (
        of_rows.filter(~pl.col("code").is_in((*_COUNTED, *_NAME_FAULTS, _MASKED)))
        .group_by(*place, field="code")
        .agg(value=pl.col("row").n_unique())
        .join(read, on=place)
        .with_columns(pl.min_horizontal("value", "total").alias("value"), measure=pl.lit("issue"))
    )
    columns = (*_PART, "measure", "field", "value", "total")
    numbers = pl.col("value", "total").cast(pl.Float64)
    return tuple(each.select(columns).with_columns(numbers) for each in (names, masked, codes))


def _one_day(rows: pl.DataFrame, lists: Mapping[str, ListRule]) -> pl.DataFrame:
    """The share of the commonest day among the days of each field."""
    days = [name for name, dtype in rows.schema.items() if dtype == pl.Date]
    counted = rows.group_by(_PART).agg(
        pl.struct(
            value=pl.col(name).drop_nulls().unique_counts().max().cast(pl.Float64),
            total=pl.col(name).count().cast(pl.Float64),
        ).alias(name)
        for name in days
    )
    long = counted.unpivot(index=_PART, variable_name="field", value_name="counts")
    return (
        long.unnest("counts")
        .filter(pl.col("total") > 0, _has_field(lists))
        .with_columns(measure=pl.lit("one_day"))
    )


def _medians(rows: pl.DataFrame, lists: Mapping[str, ListRule]) -> list[pl.DataFrame]:
    """The median of each number and each date (days since 1970) that a list has."""
    numeric = [
        name
        for name, dtype in rows.schema.items()
        if (dtype == pl.Date or dtype in (pl.Float64, pl.Int64)) and name != "birth_until"
    ]
    days = [
        ((pl.col(name) - _EPOCH).dt.total_days() if rows.schema[name] == pl.Date else pl.col(name))
        .cast(pl.Float64)
        .alias(name)
        for name in numeric
    ]
    values = rows.select(*_PART, *days)
    found = []
    for key in (list(_PART), ["list"]):
        counted = values.group_by(key).agg(
            pl.struct(value=pl.col(name).median(), total=pl.col(name).count()).alias(name)
            for name in numeric
        )
        if not numeric:
            continue
        long = counted.unpivot(index=key, variable_name="field", value_name="counts")
        found.append(
            long.unnest("counts")
            .filter(pl.col("total") > 0, _has_field(lists))
            .with_columns(measure=pl.lit("median"), whole=pl.lit(key == ["list"]))
            .cast({"total": pl.Float64})
        )
    return found


def _named(of_sheets: pl.DataFrame, versions: Versions) -> pl.DataFrame:
    """Add the measures of whole lists to those of their sheets; the only sheet is the list."""
    whole = "whole" in of_sheets.columns
    of_lists = of_sheets.filter(pl.col("whole").fill_null(False)) if whole else of_sheets.clear()
    rest = of_sheets.filter(~pl.col("whole").fill_null(False)) if whole else of_sheets
    sheets = rest.select(_PART).unique().with_columns(sheets=pl.len().over("list")).sort(_PART)
    only = sheets.filter(pl.col("sheets") == 1).drop("sheets")
    summed = (
        rest.filter(pl.col("measure") != "median")
        .group_by("list", "measure", "field")
        .agg(pl.col("value").sum(), total=pl.col("total").sum())
    )
    lists = (
        pl.concat([summed, of_lists.drop("file", "sheet", strict=False)], how="diagonal")
        .join(only, on="list", how="left")
        .with_columns(part=pl.lit(""))
    )
    several = rest.join(_parts(sheets.filter(pl.col("sheets") > 1), versions), on=list(_PART))
    return pl.concat([lists, several], how="diagonal").drop("whole", strict=False)


def _parts(sheets: pl.DataFrame, versions: Versions) -> pl.DataFrame:
    """The sheets with `part`: the name that months share, of one sheet of the list only."""
    found = sheets.select("file", "sheet").iter_rows()
    names = [part_name(file, sheet, versions) for file, sheet in found]
    whole = pl.concat_str("file", pl.lit(" "), "sheet")
    alike = pl.len().over("list", "part") > 1
    return (
        sheets.select(_PART)
        .with_columns(part=pl.Series(names, dtype=pl.String))
        .with_columns(part=pl.when(alike).then(whole).otherwise("part"))
    )


def _towns(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.filter(pl.col("town").is_not_null())
        .group_by("list", field="town")
        .agg(value=pl.len().cast(pl.Float64))
        .with_columns(measure=pl.lit("town"))
    )


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Each proven number of a list with its name, once."""
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES) & pl.col("name_key").is_not_null()
    return rows.filter(proven).select("list", "id_number", "name_key").unique()


def _names_agree(rows: pl.DataFrame) -> pl.DataFrame:
    """Of the numbers that other lists have too, the share that has the same name there.

    A masked name says nothing of that.
    """
    lists = pl.col("list").n_unique()
    return (
        _numbered(rows)
        .filter(~pl.col("name_key").str.contains("?", literal=True))
        .with_columns(lists=lists.over("id_number"), same=lists.over("id_number", "name_key"))
        .filter(pl.col("lists") > 1)
        .group_by("list")
        .agg(value=(pl.col("same") > 1).sum(), total=pl.len())
        .cast({"value": pl.Float64, "total": pl.Float64})
        .with_columns(measure=pl.lit("same_name"))
    )


def _overlaps(rows: pl.DataFrame) -> pl.DataFrame:
    """For each list and each other (`field`), how many of its numbers the other has too."""
    numbers = _numbered(rows).select("list", "id_number").unique()
    totals = numbers.group_by("list").agg(total=pl.len())
    return (
        numbers.join(numbers.rename({"list": "field"}), on="id_number")
        .filter(pl.col("list") != pl.col("field"))
        .group_by("list", "field")
        .agg(value=pl.len())
        .join(totals, on="list")
        .cast({"value": pl.Float64, "total": pl.Float64})
        .with_columns(measure=pl.lit("overlap"))
    )


def _cases(cases: int | None) -> pl.DataFrame:
    found = [] if cases is None else [("", "cases", float(cases))]
    schema = {"list": pl.String, "measure": pl.String, "value": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")
