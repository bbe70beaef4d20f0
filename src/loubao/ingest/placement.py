"""Where the people of all sheets live: by their rows, else by what stands around the table.

What is not of the row is told: one issue for each sheet whose people got a town or village from a
subheading, a title, or the name of the sheet, the file or a folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import polars as pl

from loubao.core.frames import IssueRow
from loubao.ingest.fields.place import AROUND, PLACES, locate
from loubao.ingest.gazetteer import Gazetteer, gazetteer, group_behind, group_in_column
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.surroundings import LEVELS, PLACE_FIELDS, Table, around
from loubao.rules.folder import Rules

_PLACES_NAMED = 3  # in one issue
_GROUP = "village_group"


def placed(rows: pl.DataFrame, parts: Sequence[Part], rules: Rules) -> pl.DataFrame:
    """Return `rows` with the official town, village and village_code of each, and what was wrong.

    `rows` have sheet_no (the place in `parts`), row, and town, village, address as text; these are
    replaced. Adds place_problem, place_from (levels joined by a comma; null: the row itself),
    conflict_around, and the group of the village (village_group).
    """
    names = gazetteer(rules.villages, rules.reading)
    rows = rows.join(
        _spots(parts, rules), on=["sheet_no", "row"], how="left", maintain_order="left"
    )
    found = locate(rows.select(*PLACES, *AROUND), names)
    groups = _groups(rows, _group_headers(parts), names, rules.reading.group_words)
    from_around = pl.when(found["place_around"]).then("place_from")
    return (
        rows.with_columns(place_from=from_around)
        .with_columns(*found.drop("place_around"), groups)
        .drop(AROUND)
    )


def _spots(parts: Sequence[Part], rules: Rules) -> pl.DataFrame:
    """sheet_no, row, around_town, around_village, place_from of all rows of all tables."""
    read = [(number, part) for number, part in enumerate(parts) if part.extract is not None]
    tables = (
        Table(part.claimed.sheet, part.claimed.fit, part.subheadings, part.extract.kinds)
        for _, part in read
        if part.extract is not None and part.claimed.fit is not None
    )
    frames = zip((number for number, _ in read), around(tables, rules), strict=True)
    return pl.concat(
        frame.with_columns(sheet_no=pl.lit(number, pl.UInt32)) for number, frame in frames
    )


# --- groups of a village -------------------------------------------------------------------------


def _groups(
    rows: pl.DataFrame, headers: pl.DataFrame, names: Gazetteer, words: Sequence[str]
) -> pl.Series:
    """The group of each row: of a column of its own, else behind the village's name.

    A number gets the word of its header, the short one: 3 under 村民小组 is 3组.
    """
    texts = rows.select("sheet_no", _GROUP, "village", "town")
    own = _read(texts[_GROUP], lambda text: group_in_column(text, names))
    behind = [
        _read(texts[column], lambda text: group_behind(text, names))
        for column in ("village", "town")
    ]
    short, long = (
        pl.col("header").str.extract(f"({'|'.join(map(re.escape, some)) or '^$'})")
        for some in ([word for word in words if len(word) == 1], words)
    )
    units = texts.join(headers, on="sheet_no", how="left", maintain_order="left").select(
        unit=pl.coalesce(short, long)
    )
    bare = own.str.contains("^第?[0-9一二三四五六七八九十]+$")
    with_unit = pl.select(pl.when(bare).then(own + units["unit"])).to_series()
    return pl.select(pl.coalesce(with_unit, own, *behind)).to_series().alias(_GROUP)


def _read(texts: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """Read each distinct text once."""
    values = {text: read(text) for text in texts.drop_nulls().unique()}
    return texts.replace_strict(
        list(values), list(values.values()), default=None, return_dtype=pl.String
    )


def _group_headers(parts: Sequence[Part]) -> pl.DataFrame:
    """sheet_no, header: what the column of groups is called."""
    headers = [
        (number, part.extract.headers[_GROUP, 0])
        for number, part in enumerate(parts)
        if part.extract is not None and (_GROUP, 0) in part.extract.headers
    ]
    return pl.DataFrame(headers, schema={"sheet_no": pl.UInt32, "header": pl.String}, orient="row")


# --- what is told of a sheet ---------------------------------------------------------------------


def issues_of_sheets(rows: pl.DataFrame, parts: Sequence[Part], rules: Rules) -> list[IssueRow]:
    """Return an issue for each sheet whose people are placed by what stands around, and for each
    of a source list that has no column for a place and people without a village.
    """
    words = rules.sheets.details
    place = pl.concat_str("town", pl.col("village").fill_null(""))
    sheets = rows.group_by("sheet_no").agg(
        count=pl.col("place_from").count(),
        levels=pl.col("place_from").drop_nulls().str.split(",").explode().unique(),
        places=place.filter(pl.col("place_from").is_not_null()).unique().sort(),
        villages=pl.col("village_code").filter(pl.col("place_from").is_not_null()).count(),
        missing=pl.col("village_code").is_null().sum(),
    )
    issues: list[IssueRow] = []
    for number, count, levels, places, villages, missing in sheets.sort("sheet_no").iter_rows():
        part = parts[number]
        sheet, fit = part.claimed.sheet, part.claimed.fit
        if count:
            named = "、".join(places[:_PLACES_NAMED])
            where = "、".join(words.around[level] for level in LEVELS if level in levels)
            sentence = words.PLACE_FROM_AROUND if villages else words.PLACE_FROM_AROUND_TOWN
            if len(places) > _PLACES_NAMED:
                named = words.around.more.format(places=named, count=len(places))
            detail = sentence.format(count=count, levels=where, places=named)
            issues.append((sheet.file, sheet.name, None, "", "PLACE_FROM_AROUND", detail))
        columns = set(PLACE_FIELDS) & set(fit.fields if fit is not None else ())
        if missing and not columns and rules.lists[part.claimed.list_name].role == "source":
            sentence = words.VILLAGE_MISSING_AROUND if count else words.VILLAGE_MISSING_COLUMN
            issues.append((sheet.file, sheet.name, None, "", "VILLAGE_MISSING", sentence))
    return issues
