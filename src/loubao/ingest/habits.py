"""What a column as a whole tells of its cells, so that slices of one table are read alike."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from loubao.ingest.columns import Plan
from loubao.rules.linking import LinkRules

#: Day and month in either order before the year.
TWO_PARTS = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]((?:1[89]|20)[0-9]{2})$"
#: Cells at the head of a column that tell of what kind it is.
SAMPLE = 20_000
#: Shortest that a resident number can be after a digit or a few were lost.
_NEARLY_RESIDENT = 14


@dataclass(frozen=True)
class Habits:
    """What a column as a whole tells: numbers as text, how 03/05/2021 is to be read."""

    id_as_text: bool = False
    head_as_text: bool = False
    #: "month", "day": which of the two comes first; "" where the column does not show it
    first: str = ""


def habits(rows: pl.DataFrame, plan: Plan, rules: LinkRules) -> Habits:
    """Return what the first rows of a table tell of its columns."""
    share = rules.linking.resident_share
    return Habits(
        id_as_text=_as_text(text_of(rows.head(SAMPLE), plan, "id_number"), share),
        head_as_text=_as_text(text_of(rows.head(SAMPLE), plan, "head_id"), share),
        first=_first_part(text_of(rows, plan, "birth_date"), rules.linking.odd_dates),
    )


def text_of(rows: pl.DataFrame, plan: Plan, field: str) -> pl.Series:
    """The text of a field: its columns put together with a space, blanks left out."""
    places = plan.fields.get(field, ())
    if not places:
        return pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    if len(places) == 1:
        return rows[places[0]]
    parts = [pl.col(place).str.strip_chars() for place in places]
    filled = [pl.when(part != "").then(part) for part in parts]
    joined = pl.concat_str(filled, separator=" ", ignore_nulls=True)
    return rows.select(pl.when(joined != "").then(joined)).to_series()


def _as_text(numbers: pl.Series, share: float) -> bool:
    """Whether too few of the numbers look like resident numbers, whole, damaged or masked."""
    seen = numbers.drop_nulls()
    seen = seen.filter(seen.str.contains("[0-9A-Za-z]"))
    if seen.is_empty():
        return False
    shape = seen.str.replace_all(r"[^0-9A-Za-z*＊０-９]+", "")
    resident = (shape.str.len_chars() >= _NEARLY_RESIDENT) | seen.str.contains(
        r"[0-9][Ee]\+?1[0-9]"
    )
    return int(resident.sum()) < share * seen.len()


def _first_part(dates: pl.Series, odd: float) -> str:
    """Which part of 03/05/2021 is the month, by the dates of the column that leave no choice."""
    if not dates.head(SAMPLE).str.contains(TWO_PARTS).any():
        return ""
    text = pl.col("text").str.strip_chars()
    groups = text.str.extract_groups(TWO_PARTS).struct.unnest()
    parts = dates.drop_nulls().unique().to_frame("text").select(groups)
    one, two = (parts[part].cast(pl.Int32) for part in ("1", "2"))
    day_first = int(((one > 12) & (two <= 12)).sum())
    month_first = int(((two > 12) & (one <= 12)).sum())
    if max(day_first, month_first) == 0 or min(day_first, month_first) > odd * max(
        day_first, month_first
    ):
        return ""
    return "day" if day_first > month_first else "month"
