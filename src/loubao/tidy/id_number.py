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

from loubao.frames import PROVEN_STATUSES
from loubao.tidy.id_damage import (
    as_stars,
    fifteen_digits,
    is_all_stars,
    is_damaged,
    is_masked,
    keeps_fifteen,
    known_digits,
    shown_digits,
)
from loubao.tidy.id_repair import (
    GLYPHS,
    PLAIN,
    REPAIRS,
    RESIDENT,
    compact,
    repairs,
    without_unseen,
)

__all__ = ["birth_date", "check_digit", "normalise", "sex"]

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
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_MILITARY: Final = r"^\p{Han}*字第?[0-9A-Za-z]+号?$"
_DOCUMENT: Final = r"^[0-9]{0,3}[A-Z][0-9A-Z]*$"
_ABSENT: Final = (
    *("", "无", "没有", "暂无", "不详", "未知", "不明", "未办", "未办理", "暂未办理", "待查", "空"),
    *("无证", "无身份证", "无证件", "无号码", "未上户", "未登记", "未填", "缺", "同上"),
    *("NA", "NAN", "NULL", "NONE", "NIL", "UNKNOWN", "NO"),
)


def check_digit(seventeen: pl.Expr) -> pl.Expr:
    """Check character (String, "0"-"9" or "X") of the first 17 digits; null for any other text.

    ISO 7064 MOD 11-2 with the weights of GB 11643-1999.

    >>> pl.select(check_digit(pl.lit("35059919900307011"))).item()
    'X'
    """
    return seventeen.map_batches(_check_digits, return_dtype=pl.String, is_elementwise=True)


def _check_digits(seventeen: pl.Series) -> pl.Series:
    """`check_digit` of a column: 17 expressions over one parsed number, not over 17 parsed ones."""
    text, n = pl.col("text"), pl.col("n")
    total = pl.sum_horizontal(
        [n // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(_WEIGHTS)],
        ignore_nulls=False,
    )
    check = (12 - total % 11) % 11
    rows = seventeen.alias("text").to_frame()
    whole = pl.when(text.str.contains(r"^[0-9]{17}$")).then(text)
    return (
        rows.select(n=whole.cast(pl.Int64))
        .select(check=check)
        .select(
            pl.when(pl.col("check") == 10)
            .then(pl.lit("X"))
            .otherwise(pl.col("check").cast(pl.String))
        )
        .to_series()
    )


def birth_date(number: pl.Expr) -> pl.Expr:
    """Birth date (Date) in characters 7-14 of a number or pattern; null if hidden or no real day.

    >>> pl.select(birth_date(pl.lit("35059919900307????"))).item()
    datetime.date(1990, 3, 7)
    """
    day = number.str.slice(6, 8)
    real = day.str.contains(r"^(?:1[89]|20)[0-9]{6}$")
    return pl.when(real).then(day.str.to_date("%Y%m%d", strict=False))


def sex(number: pl.Expr) -> pl.Expr:
    """Sex (String, 男 or 女) by the 17th character of a number or pattern; null if hidden.

    >>> pl.select(sex(pl.lit("350599????????011?"))).item()
    '男'
    """
    seventeenth = number.str.slice(16, 1)
    return (
        pl.when(seventeenth.str.contains("[13579]"))
        .then(pl.lit("男"))
        .when(seventeenth.str.contains("[02468]"))
        .then(pl.lit("女"))
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
    texts = raw.cast(pl.String).alias("raw")
    distinct = texts.unique()
    if 2 * distinct.len() > texts.len():  # a join costs more than to read some values twice
        return _read(texts)
    table = _read(distinct).with_columns(distinct)
    joined = texts.to_frame().join(
        table, on="raw", how="left", maintain_order="left", nulls_equal=True
    )
    return joined.select(_SCHEMA.names())


def _read(texts: pl.Series) -> pl.DataFrame:
    """Read each text, in order: the clean ones at once, the few others step by step."""
    rows = texts.alias("text").to_frame().with_row_index("at")
    plain = pl.col("text").str.contains(PLAIN).fill_null(False)
    clean = rows.filter(plain)
    if clean.height == rows.height:
        return _judge(_untouched(clean)).select(_SCHEMA.names())
    odd = rows.filter(~plain).with_columns(without_unseen(pl.col("text")))
    untouched = _untouched(pl.concat([clean, odd.filter(plain)]))
    resident, rest = _sort_out(compact(odd.filter(~plain)))
    parts = [_judge(pl.concat([untouched, resident.select(untouched.columns)])), *rest]
    whole = pl.concat([part.select("at", *_SCHEMA.names()) for part in parts])
    return whole.sort("at").select(_SCHEMA.names())


def _untouched(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers that need no repair, with the columns of `_as_eighteen`."""
    kind = pl.lit(None, pl.Int8)
    return rows.with_columns(
        body=pl.col("text"),
        repair=pl.lit(""),
        fifteen=pl.lit(False),
        disability_category=kind,
        disability_level=kind,
    )


# --- which kind of number is it ------------------------------------------------------------------


def _sort_out(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Compacted rows → candidates for a resident number (at, text, repair …), finished others."""
    rows = rows.with_columns(mask=as_stars(pl.col("bare")))
    kind = (
        pl.when(_is_absent())
        .then(pl.lit("missing"))
        .when(is_damaged())
        .then(pl.lit("mangled"))
        .when(is_masked())
        .then(pl.lit("masked"))
        .when(pl.col("body").str.contains(RESIDENT))
        .then(pl.lit("resident"))
        .when(pl.col("whole").str.contains(_MILITARY))
        .then(pl.lit("military"))
        .otherwise(pl.lit("other"))
    )
    by_kind = rows.lazy().with_columns(kind=kind).collect().partition_by("kind", as_dict=True)
    resident = by_kind.pop(("resident",), rows.clear())
    finished = [_finish(_describe(str(name), part)) for (name,), part in by_kind.items()]
    return _as_eighteen(resident), finished


def _describe(kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    match kind:
        case "mangled":
            return (
                rows.lazy()
                .select("at", id_status=pl.lit(kind), id_pattern=known_digits())
                .with_columns(birth_date=birth_date(pl.col("id_pattern")))
                .collect()
            )
        case "masked":
            shown = shown_digits()
            return rows.lazy().select("at", id_status=pl.lit(kind), id_pattern=shown).collect()
        case "military":
            return rows.select("at", id_number="whole", id_status=pl.lit("other_document"))
        case "other":
            return _name_other(rows)
        case _:
            return rows.select("at", id_status=pl.lit(kind))


def _finish(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the columns that a kind has nothing to say about."""
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in _SCHEMA.items()
        if name not in rows.columns
    ]
    return rows.with_columns(missing).with_columns(
        pl.col("id_repair").fill_null(""),
        pl.when(pl.col("id_pattern").str.contains("[0-9]")).then(pl.col("id_pattern")),
    )


def _is_absent() -> pl.Expr:
    whole, body = pl.col("whole"), pl.col("plain_body")
    letters = whole.str.replace_all(r"[\p{P}\p{S}]+", "")
    nothing = letters.str.to_uppercase().is_in(_ABSENT) & ~is_all_stars(whole)
    return whole.is_null() | nothing | body.str.contains("^0{0,5}$") | (letters == "0")


def _name_other(rows: pl.DataFrame) -> pl.DataFrame:
    """Documents of other kinds, and what is no number at all."""
    body = pl.col("plain_body")
    digits = body.str.count_matches("[0-9]")
    letters_and_digits = (
        body.str.contains(_DOCUMENT)
        & ~body.str.contains("XXX")
        & body.str.len_chars().is_between(6, 15)
        & (digits >= 4)
    )
    # A permit of a Taiwan compatriot has eight digits; eight digits that are a day are a birth
    # date in the wrong column, and would make one person of all who were born that day.
    a_day = birth_date(pl.lit("000000") + body).is_not_null()
    document = letters_and_digits | (body.str.contains("^[0-9]{8}$") & ~a_day)
    misspelt = body.str.contains("^[0-9][0-9A-Z]{17}$") & (digits >= 15)
    # A label or a note is only taken off where a number comes to light.
    found = document | misspelt | body.str.contains("^[0-9]+$")
    undone = [name for name in REPAIRS if name != "full_width"]
    done = {name: pl.lit(False) if name in GLYPHS else pl.col(name) & found for name in undone}
    return (
        rows.lazy()
        .with_columns(**done)
        .select(
            "at",
            id_number=pl.when(found).then(body).otherwise("whole"),
            id_status=pl.when(document)
            .then(pl.lit("other_document"))
            .when(misspelt)
            .then(pl.lit("wrong_check_digit"))
            .otherwise(pl.lit("wrong_length")),
            id_repair=repairs(),
            birth_date=pl.when(misspelt).then(birth_date(body)),
            sex=pl.when(misspelt).then(sex(body)),
        )
        .collect()
    )


# --- numbers in the resident shape ---------------------------------------------------------------


def _as_eighteen(rows: pl.DataFrame) -> pl.DataFrame:
    """Resident shapes → at, text (18 characters), body, repair, fifteen, disability_*."""
    body = pl.col("body")
    seventeen = body.str.slice(0, 6) + pl.lit("19") + body.str.slice(6, 9)
    tail = pl.when("certificate").then(body.str.slice(18, 2))
    return rows.select(
        "at",
        "body",
        text=pl.when("fifteen_digits")
        .then(seventeen + check_digit(seventeen))
        .otherwise(body.str.slice(0, 18)),
        repair=repairs(),
        fifteen=pl.col("fifteen_digits"),
        disability_category=tail.str.slice(0, 1).cast(pl.Int8),
        disability_level=tail.str.slice(1, 1).cast(pl.Int8),
    )


def _judge(rows: pl.DataFrame) -> pl.DataFrame:
    """Damage first, then the date, then the check (`text` holds the resident shape)."""
    text, status = pl.col("text"), pl.col("id_status")
    fifteen = pl.col("fifteen")
    # The first six of an 18-digit number's birth date: cut off, rather than issued with 15.
    cut_short = pl.col("body").str.contains(r"^[0-9]{6}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])")
    return (
        rows.lazy()
        .with_columns(x=text.cast(pl.Int64, strict=False))
        .with_columns(head=(pl.col("x") + 500) // 1000)
        .with_columns(damaged=(keeps_fifteen(pl.col("x")) & ~fifteen).fill_null(False))
        .with_columns(head=fifteen_digits(pl.col("head")))
        .with_columns(day=birth_date(pl.when("damaged").then("head").otherwise("text")))
        .with_columns(
            id_status=pl.when(pl.col("day").is_null() & fifteen & cut_short)
            .then(pl.lit("wrong_length"))
            .when(pl.col("day").is_null())
            .then(pl.lit("wrong_date"))
            .when("damaged")
            .then(pl.lit("mangled"))
            .when(text.str.slice(17, 1) != check_digit(text.str.slice(0, 17)))
            .then(pl.lit("wrong_check_digit"))
            .when(fifteen)
            .then(pl.lit("lifted"))
            .when(pl.col("repair") != "")
            .then(pl.lit("repaired"))
            .otherwise(pl.lit("valid"))
        )
        .with_columns(
            id_number=pl.when(fifteen & status.str.starts_with("wrong"))
            .then("body")
            .when(status != "mangled")
            .then("text"),
            id_repair=pl.when(status == "mangled")
            .then(pl.lit(""))
            .when(fifteen & (status != "lifted"))
            .then(pl.col("repair").str.replace(",?fifteen_digits$", ""))
            .otherwise("repair"),
            id_pattern=pl.when(status == "mangled")
            .then(pl.col("head") + pl.lit("???"))
            .when(status.is_in(PROVEN_STATUSES))
            .then("text"),
            birth_date=pl.col("day"),
            sex=pl.when(status.is_in([*PROVEN_STATUSES, "wrong_check_digit"])).then(sex(text)),
        )
        .collect()
    )
