"""Whether an ID number can be one: its check character, birth date and sex, or another document.

>>> from loubao.ingest.fields.resident_id.repair import compact
>>> def compacted(text):
...     return compact(pl.DataFrame({"at": [0], "text": [text]}))
>>> def status(text, read):
...     return read(compacted(text))["id_status"].item()

A number in the resident shape is tested for a spreadsheet's damage first, then for its date, then
its check. Fifteen digits with a whole year are 18 digits cut off.

>>> status("990101199003071000", validate), status("990101199013071000", validate)
('mangled', 'wrong_date')
>>> status("990101199003070112", validate), status("99-0101199003070111", validate)
('wrong_check_digit', 'repaired')
>>> status("990101900307012", validate), status("990101199003071", validate)
('lifted', 'wrong_length')

A blank, a word or a mark for nothing, and noughts are no number at all. (A row of stars is a mask.)

>>> [compacted(text).select(is_absent()).item() for text in ("无", "N/A", "——", "000", "*" * 18)]
[True, True, True, True, False]

Documents of other kinds: military papers, and six to fifteen letters and digits. Eight digits are a
permit of a Taiwan compatriot, unless they are a day.

>>> compacted("军字第1234567号").select(pl.col("whole").str.contains(MILITARY)).item()
True
>>> status("护照:e12345678", other_document), status("01234567", other_document)
('other_document', 'other_document')
>>> status("19900307", other_document), status("王丁四", other_document)
('wrong_length', 'wrong_length')
>>> status("9901011990030701A1", other_document)  # 18 characters, one of them misspelt
'wrong_check_digit'
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Final

import polars as pl

from loubao.core.frames import PROVEN_STATUSES
from loubao.ingest.fields.distinct import put
from loubao.ingest.fields.resident_id.damage import fifteen_digits, is_all_stars, keeps_fifteen
from loubao.ingest.fields.resident_id.repair import GLYPHS, REPAIRS, repairs

#: What each of the first 17 digits counts for in the check sum (GB 11643-1999, ISO 7064 MOD 11-2).
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_X: Final = 10  # what an X at the end counts for
_FIRST_DAY, _LAST_DAY = 18000101, 20991231

MILITARY: Final = r"^\p{Han}*字第?[0-9A-Za-z]+号?$"
_DOCUMENT: Final = r"^[0-9]{0,3}[A-Z][0-9A-Z]*$"
_ABSENT: Final = (
    *("", "无", "没有", "暂无", "不详", "未知", "不明", "未办", "未办理", "暂未办理", "待查", "空"),
    *("无证", "无身份证", "无证件", "无号码", "未上户", "未登记", "未填", "缺", "同上"),
    *("NA", "NAN", "NULL", "NONE", "NIL", "UNKNOWN", "NO"),
)


# --- what the digits of a resident number say ----------------------------------------------------


def check_digit(seventeen: pl.Expr) -> pl.Expr:
    """Check character (String, "0"-"9" or "X") of the first 17 digits; null for any other text.

    ISO 7064 MOD 11-2 with the weights of GB 11643-1999: the digits times their weights and the
    check (X is 10) add up to a multiple of 11 and 1.

    >>> texts = pl.Series(["99010119900307011", "99010119900307012", "990101900307011"])
    >>> texts.to_frame("n").select(check_digit(pl.col("n"))).to_series().to_list()
    ['1', 'X', None]
    """
    digits = pl.when(seventeen.str.contains("^[0-9]{17}$")).then(seventeen).cast(pl.UInt64)
    check = digits.map_batches(_check_values, return_dtype=pl.UInt8, is_elementwise=True)
    return pl.when(check == _X).then(pl.lit("X")).otherwise(check.cast(pl.String))


def _check_values(seventeen: pl.Series) -> pl.Series:
    """Check values (UInt8, 10 for X) of 17 digits (UInt64), the first alone and then by fours."""
    upper = (seventeen // 10**8).cast(pl.UInt32, strict=False)  # null where there are more digits
    lower = (seventeen % 10**8).cast(pl.UInt32)
    fours = (upper // 10**4 % 10**4, upper % 10**4, lower // 10**4, lower % 10**4)
    total = (upper // 10**8 * WEIGHTS[0] % 11).cast(pl.UInt8)
    for place, four in enumerate(fours):
        total += _shares(*WEIGHTS[4 * place + 1 : 4 * place + 5]).gather(four)
    return (12 - total % 11) % 11


@cache
def _shares(*weights: int) -> pl.Series:
    """What each number of as many digits as `weights` adds to the check sum, modulo 11 (UInt8).

    >>> _shares(7, 9, 10, 5)[9901]  # 9 * 7 + 9 * 9 + 0 * 10 + 1 * 5 = 149
    6
    """
    number = pl.int_range(10 ** len(weights), eager=True)
    digits = (number // 10**power % 10 for power in reversed(range(len(weights))))
    total = sum(digit * weight for digit, weight in zip(digits, weights, strict=True))
    return (total % 11).cast(pl.UInt8)


def birth_date(number: pl.Expr) -> pl.Expr:
    """Birth date (Date) in characters 7-14 of a number or pattern; null if hidden or no real day.

    A year outside 1800-2099 is no year of birth.

    >>> def born(number):
    ...     return str(pl.select(birth_date(pl.lit(number))).item())
    >>> born("99010119900307????"), born("990101199003??????"), born("990101199002300112")
    ('1990-03-07', 'None', 'None')
    """
    return _day(number.str.slice(6, 8).cast(pl.UInt32, strict=False))


def _day(yyyymmdd: pl.Expr) -> pl.Expr:
    """Day (Date) of eight digits (UInt32), looked up: half the time of parsing a text."""
    listed = pl.when(yyyymmdd.is_between(_FIRST_DAY, _LAST_DAY)).then(yyyymmdd - _FIRST_DAY)
    return pl.lit(_days()).gather(listed)


@cache
def _days() -> pl.Series:
    """Every day from 1800 to 2099 at its place, YYYYMMDD - 18000101; null where there is none."""
    day = pl.date_range(date(1800, 1, 1), date(2099, 12, 31), eager=True)
    place = day.dt.to_string("%Y%m%d").cast(pl.UInt32) - _FIRST_DAY
    blank = pl.Series("day", [None], dtype=pl.Date).new_from_index(0, place[-1] + 1)
    return blank.scatter(place, day)


def sex(number: pl.Expr) -> pl.Expr:
    """Sex (String, 男 or 女) by the 17th character of a number or pattern; null if hidden.

    >>> [pl.select(sex(pl.lit(f"990101????????01{digit}?"))).item() for digit in "12?"]
    ['男', '女', None]
    """
    return _sex(number.str.slice(16, 1).cast(pl.UInt8, strict=False))


def _sex(digit: pl.Expr) -> pl.Expr:
    return pl.lit(pl.Series(["女", "男"])).gather(digit % 2)  # an even digit, an odd one


def digits(numbers: pl.Series) -> pl.DataFrame:
    """What the characters of resident numbers (String) say; of a text of another shape, nothing.

    Columns: `first` UInt64, the first 17 digits; `damaged` Boolean, a spreadsheet has kept only 15
    digits; `holds` Boolean, the check character is right; `birth_date` Date; `sex` String.

    >>> digits(pl.Series(["990101199003070111"])).drop("birth_date").rows()
    [(99010119900307011, False, True, '男')]
    """
    whole = numbers.cast(pl.UInt64, strict=False)
    with_x = whole.is_null().arg_true()
    texts = numbers.gather(with_x)
    tens = texts.str.slice(0, 17).cast(pl.UInt64, strict=False)
    is_x = pl.select(pl.when(texts.str.slice(17) == "X").then(pl.lit(_X, pl.UInt8))).to_series()
    rows = pl.DataFrame(
        {
            "first": put(whole // 10, with_x, tens),
            "last": put((whole % 10).cast(pl.UInt8), with_x, is_x),
        }
    )
    first, last = pl.col("first"), pl.col("last")
    return rows.with_columns(check=_check_values(rows["first"])).select(
        "first",
        damaged=(last != _X) & keeps_fifteen(first.cast(pl.Int64) * 10 + last),
        holds=pl.col("check") == last,
        birth_date=_day((first // 1000 % 10**8).cast(pl.UInt32)),
        sex=_sex(first),
    )


# --- numbers in the resident shape ---------------------------------------------------------------


def plain_numbers(texts: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Read the numbers that need no repair and are not damaged, a column at a time.

    Returns the columns of `normalise`, and the places (UInt32, ascending) of all other texts, for
    which those columns mean nothing. Without a 0 at the front, so that a sign is none.

    >>> read, others = plain_numbers(pl.Series(["990101199003070111", "990101199003070116", "无"]))
    >>> read["id_status"].head(2).to_list(), others.to_list()
    (['valid', 'wrong_check_digit'], [2])
    """
    read = digits(texts)
    no_day, fails = read["birth_date"].is_null(), ~read["holds"]
    none = pl.repeat(None, texts.len(), dtype=pl.Int8, eager=True)
    valid, unrepaired = (pl.repeat(text, texts.len(), eager=True) for text in ("valid", ""))
    whole = (texts.str.len_bytes() == 18) & (read["first"] >= 10**16) & fails.is_not_null()
    status = put(valid, fails.arg_true(), "wrong_check_digit")
    numbers = pl.DataFrame(
        {
            "id_number": texts,
            "id_status": put(status, no_day.arg_true(), "wrong_date"),
            "id_repair": unrepaired,
            "id_pattern": put(texts, (no_day | fails).arg_true(), None),
            "birth_date": read["birth_date"],
            "sex": put(read["sex"], no_day.arg_true(), None),
            "disability_category": none,
            "disability_level": none,
        }
    )
    return numbers, (~(whole & ~read["damaged"])).fill_null(True).arg_true()


def validate(rows: pl.DataFrame) -> pl.DataFrame:
    """Numbers in the resident shape, as `compact` leaves them → at, and columns of `normalise`."""
    body, status, fifteen = pl.col("body"), pl.col("id_status"), pl.col("fifteen_digits")
    seventeen = body.str.slice(0, 6) + pl.lit("19") + body.str.slice(6, 9)
    lifted = pl.when(fifteen).then(seventeen + check_digit(seventeen))
    tail = pl.when("certificate").then(body.str.slice(18, 2))
    rows = rows.select(
        *("at", "body", "fifteen_digits"),
        text=pl.coalesce(lifted, body.str.slice(0, 18)),
        id_repair=repairs(),
        disability_category=tail.str.slice(0, 1).cast(pl.Int8),
        disability_level=tail.str.slice(1, 1).cast(pl.Int8),
    )
    rows = pl.concat([rows, digits(rows["text"])], how="horizontal")
    # Of a damaged number only the 15 digits that were kept say anything.
    kept = pl.col("text").cast(pl.Int64, strict=False)
    rows = rows.with_columns(damaged=pl.col("damaged") & ~fifteen).with_columns(
        head=pl.when("damaged").then(fifteen_digits((kept + 500) // 1000))
    )
    rows = rows.with_columns(birth_date=birth_date(pl.coalesce("head", "text")))
    # Fifteen digits with a whole year are an 18-digit number cut off, rather than an old number.
    cut_short = fifteen & body.str.contains(r"^[0-9]{6}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])")
    rows = rows.with_columns(
        id_status=pl.when(pl.col("birth_date").is_null())
        .then(pl.when(cut_short).then(pl.lit("wrong_length")).otherwise(pl.lit("wrong_date")))
        .when("damaged")
        .then(pl.lit("mangled"))
        .when(~pl.col("holds"))
        .then(pl.lit("wrong_check_digit"))
        .when(fifteen)
        .then(pl.lit("lifted"))
        .when(pl.col("id_repair") != "")
        .then(pl.lit("repaired"))
        .otherwise(pl.lit("valid"))
    )
    proven, mangled = status.is_in(PROVEN_STATUSES), status == "mangled"
    not_lifted = fifteen & (status != "lifted")
    return rows.select(
        *("at", "id_status", "birth_date", "disability_category", "disability_level"),
        id_number=pl.when(not_lifted).then("body").when(~mangled).then("text"),
        id_repair=pl.when(mangled)
        .then(pl.lit(""))
        .when(not_lifted)
        .then(pl.col("id_repair").str.replace(",?fifteen_digits$", ""))
        .otherwise("id_repair"),
        id_pattern=pl.when(mangled).then(pl.col("head") + pl.lit("???")).when(proven).then("text"),
        sex=pl.when(proven | (status == "wrong_check_digit")).then("sex"),
    )


# --- what stands in the place of a resident number -----------------------------------------------


def is_absent() -> pl.Expr:
    """Whether it is a blank, a word or a mark for nothing, or noughts."""
    whole, body = pl.col("whole"), pl.col("plain_body")
    letters = whole.str.replace_all(r"[\p{P}\p{S}]+", "")
    nothing = letters.str.to_uppercase().is_in(_ABSENT) & ~is_all_stars(whole)
    return whole.is_null() | nothing | body.str.contains("^0{0,5}$") | (letters == "0")


def other_document(rows: pl.DataFrame) -> pl.DataFrame:
    """Documents of other kinds, and what is no number at all → at, and columns of `normalise`."""
    body = pl.col("plain_body")
    rows = rows.with_columns(digits=body.str.count_matches("[0-9]"))
    letters_and_digits = (
        body.str.contains(_DOCUMENT)
        & ~body.str.contains("XXX")
        & body.str.len_chars().is_between(6, 15)
        & (pl.col("digits") >= 4)
    )
    # A permit of a Taiwan compatriot has eight digits; eight digits that are a day are a birth
    # date in the wrong column, and would make one person of all who were born that day.
    a_day = birth_date(pl.lit("000000") + body).is_not_null()
    rows = rows.with_columns(
        document=letters_and_digits | (body.str.contains("^[0-9]{8}$") & ~a_day),
        misspelt=body.str.contains("^[0-9][0-9A-Z]{17}$") & (pl.col("digits") >= 15),
    )
    # A label or a note is only taken off where a number comes to light.
    number = pl.col("document") | pl.col("misspelt") | body.str.contains("^[0-9]+$")
    rows = rows.with_columns(number=number, **dict.fromkeys(GLYPHS, False))
    taken_off = [name for name in REPAIRS if name not in ("full_width", *GLYPHS)]
    return rows.with_columns(pl.col(taken_off) & pl.col("number")).select(
        "at",
        id_number=pl.when("number").then(body).otherwise("whole"),
        id_status=pl.when("document")
        .then(pl.lit("other_document"))
        .when("misspelt")
        .then(pl.lit("wrong_check_digit"))
        .otherwise(pl.lit("wrong_length")),
        id_repair=repairs(),
        birth_date=pl.when("misspelt").then(birth_date(body)),
        sex=pl.when("misspelt").then(sex(body)),
    )
