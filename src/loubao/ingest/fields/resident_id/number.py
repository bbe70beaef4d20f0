r"""Resident identity numbers as lists write them: compact, repair, status, birth date, sex.

A resident number (GB 11643-1999) is 18 characters: a division of six digits, the birth date
YYYYMMDD, a sequence of three (odd is male) and a check character (ISO 7064 MOD 11-2, 0-9 or X).
Residence permits of Hong Kong, Macau and Taiwan (81, 82, 83) and the new cards of foreign
permanent residents (first digit 9) are built alike. The division is where the number was first
issued: one that no table knows is never a fault.

>>> import polars as pl
>>> def read(*texts):
...     rows = normalise(pl.Series(texts, dtype=pl.String))
...     return rows.select("id_number", "id_status", "id_repair").rows()
>>> def pattern(*texts):
...     return normalise(pl.Series(texts)).select("id_pattern", "id_status").rows()

**valid**: only white space, invisible characters and a leading apostrophe or backtick were
taken away, and x became X.

>>> read("'35059919900307011x", None)
[('35059919900307011X', 'valid', ''), (None, 'missing', '')]

**repaired**: more was changed, `id_repair` says what, and the check character then holds.

>>> read("身份证号：３５０５９９１９９００３０７０１１×（户主）")[0][1:]
('repaired', 'full_width,label,letter_x,trailing_text')
>>> read("G35O599-19900307-011X", "35059919900307011X43B1")
... # doctest: +NORMALIZE_WHITESPACE
[('35059919900307011X', 'repaired', 'prefix_g,letter_o,separators'),
 ('35059919900307011X', 'repaired', 'certificate')]

**lifted**: 15 digits (issued before 2000: two digits of the year, no check) with a real date.
The century is 19.

>>> read("350599900307011")
[('35059919900307011X', 'lifted', 'fifteen_digits')]

**mangled**: a spreadsheet kept the number as a double. Excel keeps 15 digits, and the double may
shift those too; about one such number in eleven passes the check by luck, so this is asked before
validity. The head is recovered as `(x + 500) // 1000`, and taken for damage where
`int(float(head * 1000)) == x`, or where x ends in 000. One genuine number in 600 looks like that.
A display such as 3.50599E+17 is rounded: a last digit that rounding may have changed is unknown.

>>> pattern("3.50599199003071e+17", "350599199003070976", "3.50599E+17")
... # doctest: +NORMALIZE_WHITESPACE
[('350599199003071???', 'mangled'), ('350599199003071???', 'mangled'),
 ('350599????????????', 'mangled')]

A full number taken through a double and printed with all its digits (a multiple of 16 to 128
near the number) is told from a genuine one only by its check, or when it still has its exponent.

**masked**: characters are hidden. Six and four shown are enough, however many stars are between.

>>> pattern("350599********011X", "350599***011X")
[('350599????????011X', 'masked'), ('350599????????011X', 'masked')]

**wrong_check_digit**, **wrong_date** (no such day, or a year outside 1800-2099; there is no clock
here, so a future day is not asked), **wrong_length** (whatever else is no number of a person: a
digit too many or too few, a telephone number, a bare birth date, a name in the wrong column).

>>> [status for _, status, _ in read("350599199003070111", "1" * 18, "35059919900307011")]
['wrong_check_digit', 'wrong_date', 'wrong_length']

**other_document**: passports, permits to enter the mainland, the old cards of foreign residents,
military papers. Compared as text. **missing**: nothing, or a word or mark that says so.

>>> read("护照：e12345678", "H1234567890", "无", "——")  # doctest: +NORMALIZE_WHITESPACE
[('E12345678', 'other_document', 'label'), ('H1234567890', 'other_document', ''),
 (None, 'missing', ''), (None, 'missing', '')]

The disability certificate is the number, the category (1 视力 2 听力 3 言语 4 肢体 5 智力 6 精神
7 多重), the level 1-4, and B1, B2 … when reissued.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.fields.resident_id.damage import (
    SCIENTIFIC,
    as_stars,
    is_damaged,
    is_masked,
    known_digits,
    shown_digits,
)
from loubao.ingest.fields.resident_id.digits import (
    as_eighteen,
    birth_date,
    check_digit,
    judge,
    sex,
    untouched,
)
from loubao.ingest.fields.resident_id.other import is_absent, is_military, name_other
from loubao.ingest.fields.resident_id.plain import plain_numbers
from loubao.ingest.fields.resident_id.repair import (
    FIFTEEN,
    PLAIN,
    RESIDENT,
    UNREPAIRED,
    as_compact,
    compact,
    without_unseen,
)

__all__ = ["birth_date", "check_digit", "normalise", "sex"]

# Digits too many or too few; eight may be another document, twenty a certificate.
_NO_LENGTH: Final = r"^(?:[0-9]{6,7}|[0-9]{9,14}|[0-9]{16,17}|[0-9]{19}|[0-9]{21,})$"

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
      mangled and all eight digits are known
    - `sex` String: 男 or 女; when valid, repaired, lifted or wrong_check_digit
    - `disability_category` Int8 1-7, `disability_level` Int8 1-4: from a certificate number

    Never raises on any text.
    """
    texts = raw.cast(pl.String).rechunk()
    read, places = plain_numbers(texts)
    if places.len():
        others = texts.gather(places).alias("raw").to_frame()
        rest = read_once(others, lambda each: _read(each["raw"]))
        read = read.with_columns(put(read[name], places, rest[name]) for name in _SCHEMA)
    return read.select(_SCHEMA.names())


def _read(texts: pl.Series) -> pl.DataFrame:
    """Read each text, in order, by the shortest way that its spelling allows."""
    text = pl.col("text")
    rows = texts.alias("text").to_frame().with_row_index("at")
    as_it_is = text.str.contains(UNREPAIRED) | text.str.contains(SCIENTIFIC)
    as_it_is = as_it_is.fill_null(True)  # nothing is written: nothing to repair
    done, undone = _parted(rows, as_it_is)
    seen, odd = _parted(undone.with_columns(without_unseen(text)), as_it_is)
    ready = pl.concat([done, seen])
    plain = text.str.contains(PLAIN).fill_null(False)
    whole = untouched(ready.filter(plain))
    ready = as_compact(ready.filter(~plain)).with_columns(mask="text", absent=text.is_null())
    if odd.height:
        odd = compact(odd).with_columns(mask=as_stars(pl.col("bare")))
        odd = odd.with_columns(absent=is_absent())
        ready = pl.concat([ready.select(odd.columns), odd])
    resident, finished = _sort_out(ready)
    judged = judge(pl.concat([whole, resident.select(whole.columns)]).lazy())
    names = ["at", *_SCHEMA.names()]
    parts = pl.collect_all([part.select(names) for part in (judged, *finished)])
    return pl.concat(parts).sort("at").select(_SCHEMA.names())


def _parted(rows: pl.DataFrame, test: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows for which `test` holds, and the others; it is asked once."""
    holds = rows.select(test).to_series()
    return rows.filter(holds), rows.filter(~holds)


# --- which kind of number is it ------------------------------------------------------------------


def _sort_out(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.LazyFrame]]:
    """Compacted rows → candidates for a resident number (at, text, repair …), finished others."""
    # What can be told at once of the many, before all that can be asked of the few.
    at_once = (
        pl.when(pl.col("text").is_null())
        .then(pl.lit("missing"))
        .when(pl.col("text").str.contains(SCIENTIFIC))
        .then(pl.lit("mangled"))
        .when(pl.col("text").str.contains(FIFTEEN))
        .then(pl.lit("resident"))
        .when(pl.col("text").str.contains(_NO_LENGTH))
        .then(pl.lit("wrong_length"))
    )
    kind = (
        pl.when("absent")
        .then(pl.lit("missing"))
        .when(is_damaged())
        .then(pl.lit("mangled"))
        .when(is_masked())
        .then(pl.lit("masked"))
        .when(pl.col("body").str.contains(RESIDENT))
        .then(pl.lit("resident"))
        .when(is_military())
        .then(pl.lit("military"))
        .otherwise(pl.lit("other"))
    )
    rows = rows.with_columns(kind=at_once)
    asked = rows.filter(pl.col("kind").is_null())
    if asked.height:
        asked = asked.lazy().with_columns(kind=kind).collect()
        rows = pl.concat([rows.drop_nulls("kind"), asked])
    by_kind = rows.partition_by("kind", as_dict=True)
    resident = by_kind.pop(("resident",), rows.clear())
    finished = [_finish(_describe(str(name), part.lazy())) for (name,), part in by_kind.items()]
    return as_eighteen(resident), finished


def _describe(kind: str, rows: pl.LazyFrame) -> pl.LazyFrame:
    status = pl.lit(kind).alias("id_status")
    match kind:
        case "mangled":
            known = rows.select("at", status, id_pattern=known_digits())
            return known.with_columns(birth_date=birth_date(pl.col("id_pattern")))
        case "masked":
            # as a rule one sign a digit
            whole = pl.col("mask").str.contains(r"^[0-9*]{17}[0-9*X]$")
            shown = pl.col("mask").str.replace_all("*", "?", literal=True)
            return pl.concat(
                [
                    rows.filter(whole).select("at", status, id_pattern=shown),
                    rows.filter(~whole).select("at", status, id_pattern=shown_digits()),
                ]
            )
        case "wrong_length":
            return rows.select("at", status, id_number="body")
        case "military":
            return rows.select("at", id_number="whole", id_status=pl.lit("other_document"))
        case "other":
            return name_other(rows)
        case _:
            return rows.select("at", status)


def _finish(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Give the columns that a kind has nothing to say about."""
    told = rows.collect_schema().names()
    silent = [
        pl.lit(None, dtype).alias(name) for name, dtype in _SCHEMA.items() if name not in told
    ]
    return rows.with_columns(silent).with_columns(
        pl.col("id_repair").fill_null(""),
        pl.when(pl.col("id_pattern").str.contains("[0-9]")).then(pl.col("id_pattern")),
    )
