"""How lists write people, and which writings are alike, letter for letter.

A writing is one text of what a row says of a person beside what the list is about: the list, the
name, the birth date, the place, the head of the household and the number.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from loubao.core import frames

#: What must be written alike for the same row of the same list, beside the number.
ROW_OF_LIST = ("list", "name_key", "birth_date", "town", "village_code", "head_key")
#: Any of these adds to the name of a person.
_PARTICULARS = ("id_number", "id_pattern", "birth_date", "village_code")
#: Digits of the division at the front of a number; how many of the others make it a person's.
_DIVISION, _DIGITS_SHOWN = 6, 4
_BETWEEN = "\x1f"


def written(rows: pl.DataFrame) -> pl.DataFrame:
    r"""Return the rows that hold more of a person than the name, with their `writing`.

    >>> row = {"list": "medical", "name_key": "庄建国", "birth_date": None, "town": "洛阳镇",
    ...     "village_code": None, "head_key": None, "id_number": None, "id_pattern": None}
    >>> by_village = {**row, "village_code": "350521104203"}
    >>> written(pl.DataFrame([row, by_village]))["writing"].str.split("\x1f").to_list()
    [['medical', '庄建国', '', '洛阳镇', '350521104203', '', '']]
    """
    says_more = pl.any_horizontal(pl.col(column).is_not_null() for column in _PARTICULARS)
    return with_writing(rows.filter(pl.col("name_key").is_not_null() & says_more), ROW_OF_LIST)


def shows_number() -> pl.Expr:
    """Return whether a row shows so much of a number that the number is hardly another's.

    That is behind the division, which all of a village share.

    >>> starred = ["350599********4568", "350599************", "35059919850313****", "4568", None]
    >>> rows = pl.DataFrame({"id_number": None, "id_pattern": starred})
    >>> rows.select(shown=shows_number())["shown"].to_list()
    [True, False, True, False, False]
    """
    digits = pl.coalesce("id_number", "id_pattern").cast(pl.String).str.slice(_DIVISION)
    return (digits.str.count_matches("[0-9X]") >= _DIGITS_SHOWN).fill_null(value=False)


def of_one(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the writings of `rows` (see `written`) that only one case or person (`key`) has."""
    return rows.group_by("writing").agg(count=pl.col(key).n_unique()).filter(pl.col("count") == 1)


def numbered_alike(rows: pl.DataFrame, *key: str) -> pl.DataFrame:
    """Return `writing`, `key`, each once, with its `place` among the `of` that are written alike.

    >>> rows = pl.DataFrame({"writing": ["a", "a", "b"], "case_id": [9, 4, 5]})
    >>> numbered_alike(rows, "case_id").rows()
    [('a', 4, 0, 2), ('a', 9, 1, 2), ('b', 5, 0, 1)]
    """
    return (
        rows.select("writing", *key)
        .unique()
        .sort("writing", *key)
        .with_columns(place=pl.int_range(pl.len()).over("writing"), of=pl.len().over("writing"))
    )


def with_writing(rows: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """The rows with the columns and the number as one text (`writing`)."""
    parts = [
        (pl.col(column) if column in rows.columns else pl.lit(None)).cast(pl.String).fill_null("")
        for column in columns
    ]
    number = pl.coalesce("id_number", "id_pattern").fill_null("")
    return rows.with_columns(writing=pl.concat_str([*parts, number], separator=_BETWEEN))


def all_writings(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """All rows of each case or person as one `writing`."""
    every = pl.col("writing").unique().sort().str.join(_BETWEEN * 2)
    return with_writing(rows, frames.WRITTEN).group_by(key).agg(writing=every)


def in_order(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """`person_key`, `case_id` of equal writings, paired in their order.

    None is paired where there are more or fewer of them than before.
    """
    people, cases = numbered_alike(now, "person_key"), numbered_alike(before, "case_id")
    pairs = people.join(cases, on=["writing", "place", "of"])
    return each_once(pairs.select("person_key", "case_id"))


def each_once(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with each case and each person once, the first."""
    return (
        pairs.sort("case_id", "person_key")
        .unique("case_id", keep="first", maintain_order=True)
        .unique("person_key", keep="first", maintain_order=True)
    )
