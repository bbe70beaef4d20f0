"""Agreement by named level, field by field: the only user of rapidfuzz.

Names have two to four characters and numbers eighteen with a check digit: a percentage says
nothing about either. Each field of a pair gets one level of `rules.matching.LEVELS`; a value that
is missing is `unknown`, neither agreement nor disagreement.

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
    masked           what shows agrees: the surname and a character of the given name at least
    given_name       another surname before the same given name of two characters or more
    one_character    another given-name character (brothers, father and son; or a slip)
    subset           a given-name character missing or too many
    surname_only     masked but for the surname
"""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import OSA

from loubao.rules.matching import SAME_NAMES

#: The fields compared, in the order of the evidence.
FIELDS = ("id_number", "name", "birth_date", "sex", "village", "household_head")

_PROVEN = ("valid", "repaired", "lifted")
#: Known digits that must meet before survivors say anything; fewer are the division code.
_SURVIVORS = 10
_WIDE_SURVIVORS = 12
#: Signs that a passport or permit has at least; shorter numbers may be anything.
_DOCUMENT = 8
#: Names that cannot be a slip of one another; one of which only the surname shows says nothing.
_CLASHING_NAMES = ("one_character", "different")


def shared_numbers(records: pl.DataFrame) -> pl.Series:
    """Return the numbers under which two people go (String, unique).

    On one list every other name tells of another person; between lists, where a slip of the pen is
    likelier, only a name with a character that cannot be a slip of the other.
    """
    bearers = (
        records.filter(pl.col("id_status").is_in(_PROVEN) & pl.col("name_key").is_not_null())
        .select("id_number", "list", "name", "name_key", "readings")
        .unique(["id_number", "list", "name_key"], maintain_order=True)
        .filter(pl.col("name_key").n_unique().over("id_number") > 1)
    )
    left, right = (
        bearers.rename(
            {column: side + column for column in bearers.columns if column != "id_number"}
        )
        for side in ("l_", "r_")
    )
    pairs = left.join(right, on="id_number").filter(pl.col("l_name_key") < pl.col("r_name_key"))
    levels = _with_name_edits(pairs).with_columns(level=_name_level())
    clash = levels.filter(
        pl.col("level").is_in(_CLASHING_NAMES)
        | ((pl.col("l_list") == pl.col("r_list")) & ~pl.col("level").is_in(SAME_NAMES))
    )
    return clash["id_number"].unique()


def comparable(records: pl.DataFrame) -> pl.DataFrame:
    """Return what `compare` looks at of RECORDS: one row a record."""
    return records.select(
        "record_id",
        "id_number",
        "id_pattern",
        "name",
        "name_key",
        "readings",
        "birth_date",
        "birth_until",
        "sex",
        "town",
        "head_key",
        place=pl.coalesce("village_code", "village"),
        proven=pl.col("id_status").is_in(_PROVEN),
        lifted=pl.col("id_status") == "lifted",
        document=pl.col("id_status") == "other_document",
        shared=pl.col("id_number").is_in(shared_numbers(records).implode()),
    )


def compare(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """Return `pairs` (`left_id`, `right_id`) with one String column of levels for each of FIELDS.

    `attributes` come from `comparable` and hold every id of the pairs.
    """
    sides = pairs.join(
        attributes.rename(lambda c: f"l_{c}"), left_on="left_id", right_on="l_record_id"
    ).join(attributes.rename(lambda c: f"r_{c}"), left_on="right_id", right_on="r_record_id")
    sides = _with_survivors(_with_name_edits(sides)).with_columns(
        id_edits=_edits(sides, _edited_number("l"), _edited_number("r"), 2),
        id_letters=_same_letters("id_number"),
    )
    return sides.select(
        "left_id",
        "right_id",
        id_number=_id_level(),
        name=_name_level(),
        birth_date=_birth_level(),
        sex=_plain_level("sex"),
        village=_village_level(),
        household_head=_plain_level("head_key"),
    ).sort("left_id", "right_id")


def _with_name_edits(sides: pl.DataFrame) -> pl.DataFrame:
    """Add `name_edits` (UInt8), and `mask` (String): the level of names that hide a character."""
    keys = ["l_name_key", "r_name_key"]
    hidden = pl.any_horizontal(pl.col(key).str.contains("?", literal=True) for key in keys)
    masks = sides.filter(hidden).select(keys).unique().with_columns(mask=_mask_level())
    return sides.with_columns(
        name_edits=_edits(sides, pl.col("l_name_key"), pl.col("r_name_key"), 2)
    ).join(masks, on=keys, how="left", maintain_order="left")


def _with_survivors(sides: pl.DataFrame) -> pl.DataFrame:
    """Add `known` and `clashes` (UInt32) for pairs with a number that is not whole, else null.

    `known`: places where both patterns show a digit; `clashes`: those where they differ.
    """
    patterns = ["l_id_pattern", "r_id_pattern"]
    partial = pl.any_horizontal(pl.col(name).str.contains("?", literal=True) for name in patterns)
    known, clashes = [], []
    for place in range(18):
        left, right = (pl.col(name).str.slice(place, 1) for name in patterns)
        both = (left != "?") & (right != "?")
        known.append(both)
        clashes.append(both & (left != right))
    counted = (
        sides.filter(partial)
        .select(patterns)
        .drop_nulls()
        .unique()
        .with_columns(known=pl.sum_horizontal(known), clashes=pl.sum_horizontal(clashes))
    )
    return sides.join(counted, on=patterns, how="left", maintain_order="left")


def _edited_number(side: str) -> pl.Expr:
    """The number to count edits in: the check digit of a lifted number is no news."""
    lifted = pl.col("l_lifted") | pl.col("r_lifted")
    number = pl.col(f"{side}_id_number")
    return pl.when(lifted).then(number.str.slice(0, 17)).otherwise(number)


def _edits(sides: pl.DataFrame, left: pl.Expr, right: pl.Expr, cutoff: int) -> pl.Series:
    """Return the optimal string alignment distance of each pair (UInt8; null: one is missing).

    Distinct unequal pairs only are measured; a distance beyond `cutoff` is `cutoff + 1`.
    """
    texts = sides.select(left=left, right=right)
    unequal = texts.filter(pl.col("left") != pl.col("right")).unique()
    distances = [
        OSA.distance(one, other, score_cutoff=cutoff)
        for one, other in zip(unequal["left"], unequal["right"], strict=True)
    ]
    measured = unequal.with_columns(edits=pl.Series(distances, dtype=pl.UInt8))
    return texts.join(measured, on=["left", "right"], how="left", maintain_order="left").select(
        pl.when(pl.col("left") == pl.col("right")).then(pl.lit(0, pl.UInt8)).otherwise("edits")
    )["literal"]


def _id_level() -> pl.Expr:
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


def _name_level() -> pl.Expr:
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
        .when(_same_letters("name_key") & ~latin & (length > 2))
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


def _same_letters(field: str) -> pl.Expr:
    """Whether both sides have the same characters, in whatever order."""
    left, right = (pl.col(f"{side}_{field}").str.split("").list.sort() for side in "lr")
    return left == right


def _first(key: pl.Expr) -> pl.Expr:
    return key.str.slice(0, 1)


def _mask_level() -> pl.Expr:
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


def _birth_level() -> pl.Expr:
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


def _village_level() -> pl.Expr:
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


def _plain_level(field: str) -> pl.Expr:
    left, right = pl.col(f"l_{field}"), pl.col(f"r_{field}")
    return (
        pl.when(left.is_null() | right.is_null())
        .then(pl.lit("unknown"))
        .when(left == right)
        .then(pl.lit("same"))
        .otherwise(pl.lit("different"))
    )
