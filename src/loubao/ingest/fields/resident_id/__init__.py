r"""Resident identity numbers as lists write them: compact, repair, status, birth date, sex.

A resident number (GB 11643-1999) is 18 characters: a division of six digits, the birth date
YYYYMMDD, a sequence of three (odd is male) and a check character (ISO 7064 MOD 11-2, 0-9 or X).
Residence permits of Hong Kong, Macau and Taiwan (81, 82, 83) and the new cards of foreign
permanent residents (first digit 9) are built alike. The division is where the number was first
issued: one that no table knows is never a fault (990101 is nowhere).

>>> import polars as pl
>>> def read(text):
...     row = normalise(pl.Series([text], dtype=pl.String)).row(0, named=True)
...     return row["id_status"], row["id_pattern"] or row["id_number"]
>>> def repairs(text):
...     return normalise(pl.Series([text]))["id_repair"].item()
>>> read("990101199003070111")
('valid', '990101199003070111')

**valid**: only white space, invisible characters and a leading apostrophe or backtick were
taken away, and x became X.

>>> read("'990101 19900307 012x")
('valid', '99010119900307012X')

**repaired**: more was changed, `id_repair` says what, and the check character then holds.

>>> read("身份证号：９９０１０１１９９００３０７０１２×（户主）")
('repaired', '99010119900307012X')
>>> repairs("身份证号：９９０１０１１９９００３０７０１２×（户主）")
'full_width,label,letter_x,trailing_text'
>>> repairs("G99O1O1-19900307-0l11"), repairs("99010119900307012X43B1")
('prefix_g,letter_o,letter_l,separators', 'certificate')

**lifted**: 15 digits (issued before 2000: two digits of the year, no check) with a real date.
The century is 19.

>>> read("990101900307012"), read("990101901307012")
(('lifted', '99010119900307012X'), ('wrong_date', '990101901307012'))

**mangled**: a spreadsheet kept the number as a double. Excel keeps 15 digits, and the double may
shift those too; about one such number in eleven passes the check by luck, so this is asked before
validity. The head is recovered as `(x + 500) // 1000`, and taken for damage where
`int(float(head * 1000)) == x`, or where x ends in 000. One genuine number in 600 looks like that.

>>> read("990101199003071000"), read("9.90101199003071E+17")
(('mangled', '990101199003071???'), ('mangled', '990101199003071???'))

A display such as 9.90101E+17 is rounded: a last digit that rounding may have changed is unknown.

>>> read("9.90101E+17"), read("9.901012E+17")
(('mangled', '990101????????????'), ('mangled', '990101????????????'))

A full number taken through a double and printed with all its digits (a multiple of 16 to 128
near the number) differs from a genuine one only by its check, or when it still has its exponent.

**masked**: characters are hidden. Six and four shown are enough, however many stars are between.

>>> read("990101********012X"), read("990101***012X"), read("99010119900307****")
... # doctest: +NORMALIZE_WHITESPACE
(('masked', '990101????????012X'), ('masked', '990101????????012X'),
 ('masked', '99010119900307????'))

**wrong_check_digit**, **wrong_date** (no such day, or a year outside 1800-2099; there is no clock
here, so a future day is not asked), **wrong_length** (whatever else is no number of a person: a
digit too many or too few, a telephone number, a bare birth date, a name in the wrong column).

>>> read("990101199003070112")[0], read("990101199002300110")[0]
('wrong_check_digit', 'wrong_date')
>>> [read(text)[0] for text in ("99010119900307011", "13800000000", "19900307", "王丁四")]
['wrong_length', 'wrong_length', 'wrong_length', 'wrong_length']

**other_document**: passports, permits to enter the mainland, the old cards of foreign residents,
military papers. Compared as text. **missing**: nothing, or a word or mark that says so.

>>> read("护照：e12345678"), read("H1234567890")
(('other_document', 'E12345678'), ('other_document', 'H1234567890'))
>>> [read(text)[0] for text in (None, "", "无", "——", "***", "0")] == ["missing"] * 6
True

The disability certificate is the number, the category (1 视力 2 听力 3 言语 4 肢体 5 智力 6 精神
7 多重), the level 1-4, and B1, B2 … when reissued.

>>> digits = pl.col("id_number", "disability_category", "disability_level")
>>> normalise(pl.Series(["99010119900307012X62B1"])).select(digits).row(0)
('99010119900307012X', 6, 2)

Numbers that need no repair, nearly all of a list, are read by arithmetic on whole columns
(`validity.plain_numbers`): without that, linking 100,000 rows with 1,000,000 would take a fifth
longer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import polars as pl

from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.fields.resident_id.damage import (
    as_stars,
    certain_digits,
    is_damaged,
    is_masked,
    shown_digits,
)
from loubao.ingest.fields.resident_id.repair import RESIDENT, compact
from loubao.ingest.fields.resident_id.validity import (
    MILITARY,
    birth_date,
    is_absent,
    other_document,
    plain_numbers,
    validate,
)

#: The trial regulations on resident identity cards: nobody had a number before.
FIRST_ISSUED: Final = date(1984, 4, 6)
_SCHEMA: Final = pl.Schema(
    {
        "id_number": pl.String(),
        "id_status": pl.String(),
        "id_repair": pl.String(),
        "id_pattern": pl.String(),
        "birth_date": pl.Date(),
        "sex": pl.String(),
        "disability_category": pl.Int8(),
        "disability_level": pl.Int8(),
    }
)


def normalise(raw: pl.Series) -> pl.DataFrame:
    """Read ID numbers. Same height and order as `raw` (String, nulls allowed).

    Columns:

    - `id_number` String: 18 characters for a resident number, as compacted also when its check or
      its date fails; compact text for anything else; null when missing, mangled or masked
    - `id_status` String: valid, repaired, lifted, mangled, masked, wrong_check_digit,
      wrong_length, wrong_date, other_document, missing
    - `id_repair` String: what was changed, in the order full_width, label, prefix_g, letter_x,
      letter_o, letter_l, separators, trailing_text, certificate, fifteen_digits; "" if nothing
    - `id_pattern` String: 18 characters, `?` where unknown; the number itself when valid,
      repaired or lifted; null when no digit is certain (so for the wrong_ ones too)
    - `birth_date` Date: when valid, repaired or lifted; when the check alone is wrong; when
      mangled and all eight digits are certain
    - `sex` String: 男 or 女; when valid, repaired, lifted or wrong_check_digit
    - `disability_category` Int8 1-7, `disability_level` Int8 1-4: from a certificate number

    Never raises on any text.
    """
    texts = raw.cast(pl.String).rechunk()
    read, places = plain_numbers(texts)
    if places.is_empty():
        return read
    others = texts.gather(places).alias("raw").to_frame()
    rest = read_once(others, lambda each: _read(each["raw"]))
    return read.select(put(column, places, rest[column.name]) for column in read)


def _read(texts: pl.Series) -> pl.DataFrame:
    """Read each text, in order, whatever it is: made compact, sorted by its kind, and validated."""
    rows = compact(texts.alias("text").to_frame().with_row_index("at"))
    rows = rows.with_columns(mask=as_stars(pl.col("bare"))).with_columns(kind=_kind())
    parts = [pl.DataFrame(schema={"at": pl.UInt32, **_SCHEMA})]
    for (kind,), part in rows.partition_by("kind", as_dict=True).items():
        parts.append(_READERS[str(kind)](part))
    read = pl.concat(parts, how="diagonal").sort("at").select(_SCHEMA.names())
    # A pattern without a digit says nothing.
    shown = pl.when(pl.col("id_pattern").str.contains("[0-9]")).then("id_pattern")
    return read.with_columns(pl.col("id_repair").fill_null(""), id_pattern=shown)


def _kind() -> pl.Expr:
    """What a compact text is, a key of `_READERS`; asked in this order."""
    return (
        pl.when(is_absent())
        .then(pl.lit("missing"))
        .when(is_damaged())
        .then(pl.lit("mangled"))
        .when(is_masked())
        .then(pl.lit("masked"))
        .when(pl.col("body").str.contains(RESIDENT))
        .then(pl.lit("resident"))
        .when(pl.col("whole").str.contains(MILITARY))
        .then(pl.lit("military"))
        .otherwise(pl.lit("other"))
    )


def _mangled(rows: pl.DataFrame) -> pl.DataFrame:
    rows = rows.select("at", id_status=pl.lit("mangled"), id_pattern=certain_digits())
    return rows.with_columns(birth_date=birth_date(pl.col("id_pattern")))


_READERS: Final[dict[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "missing": lambda rows: rows.select("at", id_status=pl.lit("missing")),
    "mangled": _mangled,
    "masked": lambda rows: rows.select("at", id_status=pl.lit("masked"), id_pattern=shown_digits()),
    "resident": validate,
    "military": lambda rows: rows.select(
        "at", id_number="whole", id_status=pl.lit("other_document")
    ),
    "other": other_document,
}
