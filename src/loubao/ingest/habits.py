"""How the cells of any table's columns are to be read, as each column shows as a whole.

So slices of one table are read alike: whether its numbers are those of residents, and which part of
03/05/2021 is the month.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from loubao.ingest.fields import date
from loubao.ingest.sheets.fit import Fit
from loubao.rules.linking import LinkRules

#: Day and month in either order before the year.
TWO_PARTS = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]((?:1[89]|20)[0-9]{2})$"
#: Cells at the head of a column that show of what kind it is.
SAMPLE = 20_000
_NOT_IN_LETTERS = r"[\p{Han}*＊×○〇]"
#: Shortest that a resident number can be after a digit or a few were lost.
_NEARLY_RESIDENT = 14


@dataclass(frozen=True)
class Habits:
    """How the cells of a table are to be read, as its columns show.

    `id_as_text`, `head_as_text`: the numbers (of the head) are no resident numbers. `first`: which
    part of 03/05/2021 comes first, "month" or "day"; "" where the column does not show it.
    `in_parts`: the names are in letters, so that given name and surname are compared apart.
    """

    id_as_text: bool = False
    head_as_text: bool = False
    first: str = ""
    in_parts: bool = False


def habits(rows: pl.DataFrame, fit: Fit, rules: LinkRules) -> Habits:
    """Return how a table is to be read, as the first of its rows show."""
    share = rules.linking.resident_share
    return Habits(
        id_as_text=_as_text(text_of(rows.head(SAMPLE), fit, "id_number"), share),
        head_as_text=_as_text(text_of(rows.head(SAMPLE), fit, "head_id"), share),
        first=_first_part(text_of(rows, fit, "birth_date"), rules.linking.odd_dates),
        in_parts=in_letters(text_of(rows.head(SAMPLE), fit, "name"), rules.linking.other_names),
    )


def text_of(rows: pl.DataFrame, fit: Fit, field: str) -> pl.Series:
    """Return the text of a field: its columns put together with a space, blanks left out.

    Year, month and day are put together with a stroke.

    >>> from loubao.ingest.sheets.fit import Column
    >>> seen = (Column("0", "given_name", "name"), Column("1", "surname", "name", rank=1))
    >>> rows = pl.DataFrame({"0": ["Mary ", " "], "1": ["Smith", "Li"]})
    >>> text_of(rows, Fit("link", 0, 1, seen), "name").to_list()
    ['Mary Smith', 'Li']
    """
    places = [column.place for column in fit.columns_of(field)]
    if not places:
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    if len(places) == 1:
        return rows[places[0]]
    parts = [pl.col(place).str.strip_chars() for place in places]
    filled = [pl.when(part != "").then(part) for part in parts]
    between = "-" if field == "birth_date" else " "
    joined = pl.concat_str(filled, separator=between, ignore_nulls=True)
    return rows.select(pl.when(joined != "").then(joined)).to_series()


def in_letters(names: pl.Series, others: float) -> bool:
    """Return whether at most a share of `others` of the names has a Chinese character or a mask.

    >>> in_letters(pl.Series(["Ann Lee", "Пётр Ильич", None]), 0.1)
    True
    >>> in_letters(pl.Series(["张三", "Ann Lee"]), 0.1), in_letters(pl.Series([""]), 0.1)
    (False, False)
    """
    seen = names.drop_nulls()
    letters = seen.str.contains(r"\p{L}{2}") & ~seen.str.contains(_NOT_IN_LETTERS)
    return bool(seen.len()) and int((~letters).sum()) <= others * seen.len()


def _as_text(numbers: pl.Series, share: float) -> bool:
    """Return whether fewer than `share` of the numbers look like resident numbers.

    Whole, damaged and masked ones look like it.

    >>> _as_text(pl.Series(["123-45-6789", "E1234567", "—"]), 0.1)
    True
    >>> _as_text(pl.Series(["990101********0119", "9.90101196003051e+17"]), 0.1)
    False
    """
    seen = numbers.drop_nulls()
    seen = seen.filter(seen.str.contains("[0-9A-Za-z]"))
    if seen.is_empty():
        return False
    shape = seen.str.replace_all(r"[^0-9A-Za-z*＊０-９]+", "")
    as_float = seen.str.contains(r"[0-9][Ee]\+?1[0-9]")
    resident = (shape.str.len_chars() >= _NEARLY_RESIDENT) | as_float
    return int(resident.sum()) < share * seen.len()


def _first_part(dates: pl.Series, odd: float) -> str:
    """Return which part of 03/05/2021 is first, by the dates of the column that leave no choice.

    `odd`: the share of such dates that may contradict the others.

    >>> _first_part(pl.Series(["03/05/2021", "25/12/2021"]), 0.01)
    'day'
    >>> _first_part(pl.Series(["03/05/2021", "12.25.2021"]), 0.01)
    'month'
    >>> _first_part(pl.Series(["03/05/2021", "04/06/2021"]), 0.01)
    ''
    """
    if not dates.head(SAMPLE).str.contains(TWO_PARTS).any():
        return ""
    text = pl.col("text").str.strip_chars()
    groups = text.str.extract_groups(TWO_PARTS).struct.unnest()
    parts = dates.drop_nulls().unique().to_frame("text").select(groups)
    one, two = (parts[part].cast(pl.Int32) for part in ("1", "2"))
    day_first = int(((one > 12) & (two <= 12)).sum())
    month_first = int(((two > 12) & (one <= 12)).sum())
    more, fewer = max(day_first, month_first), min(day_first, month_first)
    if more == 0 or fewer > odd * more:
        return ""
    return "day" if day_first > month_first else "month"


def read_dates(texts: pl.Series, first: str) -> pl.DataFrame:
    """Return date, until (Date), readable (Boolean) of a table's own column of dates.

    >>> dates = pl.Series(["03/05/2021", "1990年4月"])
    >>> [read_dates(dates, first)["until"][0] for first in ("day", "month", "")]
    [datetime.date(2021, 5, 3), datetime.date(2021, 3, 5), None]
    """
    if first:  # 03/05/2021 is written with the year first; other spellings stay
        order = "${3}-${1}-${2}" if first == "month" else "${3}-${2}-${1}"
        texts = texts.str.strip_chars().str.replace(TWO_PARTS, order)
    return date.parse(texts)
