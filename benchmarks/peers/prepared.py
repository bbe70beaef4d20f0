"""The two files of a benchmark, read and cleaned as an expert would before giving them to a peer.

A peer is not to lose for want of cleaning: ID numbers are made half-width, upper case and free of
what is no part of them, 15 digits are made 18, names lose spaces, notes and marks and become
simplified, and each name has its reading. What a number in a spreadsheet cell lost stays lost.

`read(path)` returns one row a person: `row` (u32, as a spreadsheet counts, the header is row 1) and
String columns. Population: name, surname, reading, id_number, id_head (first 14 characters of a
number that has them), birth (the column), born (that, else the birth date inside the ID number),
sex, town, village; columns that the file lacks are lacking here. Other sets: their own columns.
"""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import polars as pl

FIRST_ROW = 2

_RENAMED = {
    "姓名": "name",
    "身份证号码": "id_number",
    "性别": "sex",
    "出生日期": "birth",
    "乡镇": "town",
    "村": "village",
}
_WIDE = {wide: plain for plain, wide in enumerate("０１２３４５６７８９")}
_MEANT = {"X": "ＸｘxХх×✕Ⅹⅹ", "0": "ＯOoｏ", "1": "lIｌＩ", "*": "＊"}
_SIGNS = {
    **{wide: str(digit) for wide, digit in _WIDE.items()},
    **{found: meant for meant, several in _MEANT.items() for found in several},
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NOTE = r"[（(\[【].*"
_MARKS = r"[\s\p{Zs}\p{Cf}•．.・‧·'`]"
#: What pairs must have in common to be compared, by the kind of set: any one of these.
BLOCKS: dict[str, list[list[str]]] = {
    "population": [
        ["id_number"],
        ["id_head"],
        ["reading", "born"],
        ["reading", "village"],
        ["born", "village"],
        ["born", "surname"],
    ],
    "febrl4": [
        ["soc_sec_id"],
        ["date_of_birth"],
        ["given_name", "surname"],
        ["postcode", "surname"],
        ["postcode", "given_name"],
        ["address_1"],
    ],
    "pseudopeople": [
        ["ssn"],
        ["first_name", "last_name"],
        ["last_name", "middle_initial"],
        ["first_name", "middle_initial"],
    ],
    "historical": [
        ["surname", "dob"],
        ["first_name", "dob"],
        ["postcode_fake", "first_name"],
        ["postcode_fake", "surname"],
        ["dob", "birth_place"],
        ["first_name", "surname"],
    ],
    "rldata": [
        ["fname_c1", "lname_c1"],
        ["by", "bm", "bd"],
        ["fname_c1", "by", "bm"],
        ["lname_c1", "by", "bm"],
        ["fname_c1", "bm", "bd"],
        ["lname_c1", "bm", "bd"],
    ],
}


def _check_digit(head: pl.Expr) -> pl.Expr:
    """The 18th character of 17 digits (ISO 7064 MOD 11-2)."""
    digits = [head.str.slice(place, 1).cast(pl.Int32) * w for place, w in enumerate(_WEIGHTS)]
    rest = reduce(lambda a, b: a + b, digits) % 11
    return rest.replace_strict(dict(enumerate("10X98765432")), return_dtype=pl.String)


def _id_number(text: pl.Expr) -> pl.Expr:
    """Text as found → digits, X and *; a number in exponent form written out."""
    exponent = text.str.contains(r"^[0-9.]+[eE]\+?17$")
    number = pl.when(exponent).then(text).cast(pl.Float64, strict=False).cast(pl.Int64)
    plain = text.str.replace_many(_SIGNS).str.replace_all(r"[^0-9X*]", "")
    return pl.when(exponent).then(number.cast(pl.String)).otherwise(plain).replace("", None)


def _lengthened(number: pl.Expr) -> pl.Expr:
    """A number of 15 digits as one of 18."""
    head = pl.concat_str(number.str.slice(0, 6), pl.lit("19"), number.str.slice(6, 9))
    old = number.str.contains(r"^[0-9]{15}$")
    head = pl.when(old).then(head)
    return pl.when(old).then(pl.concat_str(head, _check_digit(head))).otherwise(number)


def _names(found: pl.Series) -> pl.DataFrame:
    """Table of (raw, name, reading), cleaned once for each distinct value."""
    from opencc import OpenCC
    from pypinyin import lazy_pinyin

    raw = found.drop_nulls().unique().alias("raw").to_frame()
    cut = pl.col("raw").str.replace_all(_NOTE, "").str.replace_all(_MARKS, "")
    cleaned = raw.with_columns(cut.replace("", None).alias("name"))
    simplified = OpenCC("t2s").convert("\n".join(cleaned["name"].fill_null("").to_list()))
    cleaned = cleaned.with_columns(pl.Series("name", simplified.split("\n")).replace("", None))
    signs = cleaned["name"].str.split("").explode().drop_nulls().unique()
    han = [sign for sign in signs.to_list() if sign >= "\u3400"]
    read_as = [lazy_pinyin(sign)[0] + " " for sign in han]
    reading = pl.col("name").str.replace_many(han, read_as).str.to_lowercase()
    return cleaned.with_columns(reading.alias("reading"))


def _population(table: pl.DataFrame) -> pl.DataFrame:
    present = {old: new for old, new in _RENAMED.items() if old in table.columns}
    people = table.select("row", *[pl.col(old).alias(new) for old, new in present.items()])
    people = people.rename({"name": "raw"})
    people = people.join(_names(people["raw"]), on="raw", how="left", maintain_order="left")
    people = people.drop("raw").with_columns(
        pl.col("name").str.slice(0, 1).alias("surname"),
    )
    born = pl.col("birth") if "birth" in people.columns else pl.lit(None, dtype=pl.String)
    if "id_number" in people.columns:
        people = people.with_columns(_id_number(pl.col("id_number")))
        people = people.with_columns(_lengthened(pl.col("id_number")))
        whole = pl.col("id_number").str.contains(r"^[0-9]{14}")
        day = pl.col("id_number").str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
        born = pl.coalesce(born, pl.when(whole).then(day.dt.to_string("%Y-%m-%d")))
        people = people.with_columns(
            pl.when(whole).then(pl.col("id_number").str.slice(0, 14)).alias("id_head")
        )
    return people.with_columns(born.alias("born"))


def read(path: Path) -> pl.DataFrame:
    """Read one side of a benchmark; the columns are told at the head of this module."""
    table = pl.read_parquet(path).with_row_index("row", offset=FIRST_ROW)
    if "姓名" in table.columns:
        return _population(table)
    text = pl.col(pl.String).str.strip_chars().str.to_lowercase()
    return table.with_columns(text.replace("", None))


_TELLING = {"reading": "population", "postcode_fake": "historical", "fname_c1": "rldata"}


def kind_of(people: pl.DataFrame) -> str:
    """Which set this is, by its columns: a name of `splink_models.MODELS`."""
    for column, kind in _TELLING.items():
        if column in people.columns:
            return kind
    if "soc_sec_id" in people.columns:
        return "febrl4"
    return "pseudopeople" if "ssn" in people.columns else "general"


def write(pairs: pl.DataFrame, out: Path) -> None:
    """Write left_row, right_row (u32) and score (f64), best first for each left row."""
    pairs.select(
        pl.col("left_row", "right_row").cast(pl.UInt32), pl.col("score").cast(pl.Float64)
    ).sort("left_row", -pl.col("score"), "right_row").write_parquet(out)
