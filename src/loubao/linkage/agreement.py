"""What the two sides of a pair have in common, field by field, as a named level.

Names have two to four characters and numbers eighteen with a check digit: a percentage says
nothing about either. Each field gets one level of `rules.matching.LEVELS`; a value that is missing
is `unknown`, neither agreement nor disagreement. All functions are expressions over the columns
`l_…` and `r_…` that `comparison.compare` lays side by side.

ID number
    same             equal, and the check digit holds on both sides
    same_shared      the same, but people of different names go under this number
    same_document    equal: a passport or permit, which has no check digit, of eight signs or more
    same_unverified  equal, but not proven (wrong check digit …)
    one_slip         two neighbours swapped, one digit missing or one too many: a number that
                     cannot be, one movement of the hand from the proven number on the other side
    one_edit         one digit substituted; or one slip with neither side proven
    survivors        all digits that are known on both sides of a mangled or masked number agree
    near             two typing errors, or one among the survivors
    contradicts      both proven and not equal: two numbers, so two people, or one borrowed number
    different        not equal, and at least one of them proven wrong or incomplete

Name
    same, variant    equal as written; equal but for traditional or rare forms, dots, word order
    reading          written with other characters that read the same
    reordered        the same characters in another order
    masked           what shows agrees, two characters at least, the surname among them
    given_name       another surname before the same given name of two characters or more
    one_character    another given-name character (brothers, father and son; or a slip)
    subset           a given-name character missing or too many
    surname_only     masked but for the surname
"""

from __future__ import annotations

import polars as pl

#: Known digits that must meet before survivors say anything; fewer are the division code.
_SURVIVORS = 10
_WIDE_SURVIVORS = 12
#: Signs that a passport or permit has at least; shorter numbers may be anything.
_DOCUMENT = 8


def id_level() -> pl.Expr:
    """The level of the ID number, from `id_edits`, `id_letters`, `known` and `clashes` too."""
    number, other = pl.col("l_id_number"), pl.col("r_id_number")
    proven = pl.col("l_proven") & pl.col("r_proven")
    lifted = pl.col("l_lifted") | pl.col("r_lifted")
    partial = pl.col("l_id_pattern").str.contains("?", literal=True).fill_null(False) | pl.col(
        "r_id_pattern"
    ).str.contains("?", literal=True).fill_null(False)
    documents = pl.col("l_document") & pl.col("r_document")
    no_pattern = pl.col("l_id_pattern").is_null() | pl.col("r_id_pattern").is_null()
    one_proven = pl.col("l_proven") != pl.col("r_proven")
    slip = pl.col("id_letters") | (number.str.len_chars() != other.str.len_chars())
    known, clashes, edits = pl.col("known"), pl.col("clashes"), pl.col("id_edits")
    return (
        pl.when((number == other) & proven & (pl.col("l_shared") | pl.col("r_shared")))
        .then(pl.lit("same_shared"))
        .when((number == other) & proven)
        .then(pl.lit("same"))
        .when((number == other) & documents & (number.str.len_chars() >= _DOCUMENT))
        .then(pl.lit("same_document"))
        .when(number == other)
        .then(pl.lit("same_unverified"))
        .when(partial & no_pattern)
        .then(pl.lit("unknown"))
        .when(partial & (clashes == 0) & (known >= _SURVIVORS))
        .then(pl.lit("survivors"))
        .when(partial & (clashes == 0))
        .then(pl.lit("unknown"))
        .when(partial & (clashes == 1) & (known >= _WIDE_SURVIVORS))
        .then(pl.lit("near"))
        .when(partial)
        .then(pl.lit("different"))
        .when(number.is_null() | other.is_null())
        .then(pl.lit("unknown"))
        .when(proven & ~lifted)
        .then(pl.lit("contradicts"))
        .when((edits == 1) & slip & one_proven & ~lifted)
        .then(pl.lit("one_slip"))
        .when(edits == 1)
        .then(pl.lit("one_edit"))
        .when(edits == 2)
        .then(pl.lit("near"))
        .when(proven)
        .then(pl.lit("contradicts"))
        .otherwise(pl.lit("different"))
    )


def name_level() -> pl.Expr:
    """The level of the name, from `name_edits` and `mask` too."""
    name, other = pl.col("l_name"), pl.col("r_name")
    key, other_key = pl.col("l_name_key"), pl.col("r_name_key")
    length, other_length = key.str.len_chars(), other_key.str.len_chars()
    masked = pl.col("mask").is_not_null()
    latin = key.str.contains(r"^[A-Z ]+$") & other_key.str.contains(r"^[A-Z ]+$")
    words, other_words = (k.str.split(" ").list.sort() for k in (key, other_key))
    edits = pl.col("name_edits")
    same_surname = _first(key) == _first(other_key)
    one_replaced = (edits == 1) & (length == other_length)
    reading = (
        pl.col("l_readings").list.set_intersection(pl.col("r_readings")).list.len() > 0
    ).fill_null(False)
    return (
        pl.when(key.is_null() | other_key.is_null())
        .then(pl.lit("unknown"))
        .when((name == other) & ~masked)
        .then(pl.lit("same"))
        .when(((key == other_key) & ~masked) | (latin & (words == other_words)))
        .then(pl.lit("variant"))
        .when(reading)
        .then(pl.lit("reading"))
        .when(masked)
        .then("mask")
        .when(same_letters("name_key") & ~latin & (length > 2))
        .then(pl.lit("reordered"))
        .when(latin & (edits <= 2) & (length >= 8))
        .then(pl.lit("one_character"))
        .when(one_replaced & same_surname)
        .then(pl.lit("one_character"))
        .when(one_replaced & (length > 2) & (key.str.slice(1) == other_key.str.slice(1)))
        .then(pl.lit("given_name"))
        .when((edits == 1) & (pl.min_horizontal(length, other_length) > 1) & same_surname)
        .then(pl.lit("subset"))
        .otherwise(pl.lit("different"))
    )


def same_letters(field: str) -> pl.Expr:
    """Whether both sides have the same characters, in whatever order."""
    left, right = (pl.col(f"{side}_{field}").str.split("").list.sort() for side in "lr")
    return left == right


def _first(key: pl.Expr) -> pl.Expr:
    return key.str.slice(0, 1)


def mask_level() -> pl.Expr:
    """`masked` when all that shows agrees, a given-name character with it; a mask at the end may
    stand for several characters, and then only the surname shows.
    """
    key, other = pl.col("l_name_key"), pl.col("r_name_key")
    agree, shown = [], []
    for place in range(6):
        left, right = key.str.slice(place, 1), other.str.slice(place, 1)
        agree.append((left == right) | (left == "?") | (right == "?"))
        shown.append((left == right) & (left != "?") & (left != ""))
    same_length = key.str.len_chars() == other.str.len_chars()
    surname = _first(key) == _first(other)
    trailing = key.str.ends_with("?") | other.str.ends_with("?")
    return (
        pl.when(same_length & pl.all_horizontal(agree) & (pl.sum_horizontal(shown) > 1))
        .then(pl.lit("masked"))
        .when(surname & ((same_length & pl.all_horizontal(agree)) | (trailing & ~same_length)))
        .then(pl.lit("surname_only"))
        .otherwise(pl.lit("different"))
    )


def birth_level() -> pl.Expr:
    """The level of the birth date; `near`: another day, month or year, or day and month swapped."""
    day, other = pl.col("l_birth_date"), pl.col("r_birth_date")
    until, other_until = pl.col("l_birth_until"), pl.col("r_birth_until")
    parts = [
        (getattr(until.dt, part)() == getattr(other_until.dt, part)()).cast(pl.Int8)
        for part in ("year", "month", "day")
    ]
    swapped = (
        (until.dt.year() == other_until.dt.year())
        & (until.dt.month() == other_until.dt.day())
        & (until.dt.day() == other_until.dt.month())
    )
    same_month = (parts[0] + parts[1]) == 2
    return (
        pl.when(until.is_null() | other_until.is_null())
        .then(pl.lit("unknown"))
        .when(day == other)
        .then(pl.lit("same"))
        .when((day.is_null() | other.is_null()) & same_month)
        .then(pl.lit("month"))
        .when((day.is_null() | other.is_null()) & (parts[0] == 1))
        .then(pl.lit("near"))
        .when((pl.sum_horizontal(parts) == 2) | swapped)
        .then(pl.lit("near"))
        .otherwise(pl.lit("different"))
    )


def village_level() -> pl.Expr:
    """The level of the village, or of the town where a village is not known."""
    same_town = pl.col("l_town") == pl.col("r_town")
    return (
        pl.when(pl.col("l_place") == pl.col("r_place"))
        .then(pl.lit("same"))
        .when(pl.col("l_place").is_null() | pl.col("r_place").is_null())
        .then(pl.when(same_town).then(pl.lit("town")).otherwise(pl.lit("unknown")))
        .when(same_town)
        .then(pl.lit("town"))
        .otherwise(pl.lit("different"))
    )


def plain_level(field: str) -> pl.Expr:
    """`same` or `different` for a field that has no degrees."""
    left, right = pl.col(f"l_{field}"), pl.col(f"r_{field}")
    return (
        pl.when(left.is_null() | right.is_null())
        .then(pl.lit("unknown"))
        .when(left == right)
        .then(pl.lit("same"))
        .otherwise(pl.lit("different"))
    )
