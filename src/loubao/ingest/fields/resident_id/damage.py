"""ID numbers of which digits are lost: mangled by a spreadsheet, or masked by stars.

Both give a pattern of 18 characters with `?` for each that is lost. The columns read here are those
of `repair.compact`, and `mask` of `as_stars`.

>>> from loubao.ingest.fields.resident_id.repair import compact
>>> def found(test, text):
...     rows = compact(pl.DataFrame({"at": [0], "text": [text]}))
...     return rows.with_columns(mask=as_stars(pl.col("bare"))).select(test()).item()

A spreadsheet has printed the number as a double when there is an exponent, a `.0` behind 18 digits
that a double holds, or a certificate's 20 digits of which 15 were kept. (18 digits alone are left
to `keeps_fifteen`.)

>>> found(is_damaged, "9.90101199003071E+17"), found(is_damaged, "990101199003071000.0")
(True, True)
>>> found(is_damaged, "99010119900307100000"), found(is_damaged, "9E000017")
(True, False)

Certain are the digits that neither rounding nor a double has touched: of 15 all, of fewer all but
the last; six are the division, which the digit after it never rounds up.

>>> found(certain_digits, "9.90101199003071E+17"), found(certain_digits, "9.90101E+17")
('990101199003071???', '990101????????????')
>>> found(certain_digits, "9.90101199E+17"), found(certain_digits, "9.9010119900307101E+17")
('99010119??????????', '99010119900307????')
>>> found(certain_digits, "9.90101900307E+14")
'990101????????????'

A number is masked when three characters in a run are hidden, or any in a full length; stars behind
a whole number are a mark.

>>> found(is_masked, "990101***0111"), found(is_masked, "99010119900307011*")
(True, True)
>>> found(is_masked, "990101*0111"), found(is_masked, "990101199003070111***")
(False, False)

Head and tail stay at their ends, however many stars are between; with 15 or 20 stars and digits
only what holds of an old number or a certificate too.

>>> found(shown_digits, "990101********0111"), found(shown_digits, "990101****0111")
('990101????????0111', '990101????????0111')
>>> found(shown_digits, "990101******011"), found(shown_digits, "990101********011143")
('99010119??????011?', '990101????????0111')
>>> found(shown_digits, "990101*****0111")
'990101????????????'
"""

from __future__ import annotations

from typing import Final

import polars as pl

from loubao.ingest.fields.resident_id.repair import MARK_AFTER, SEPARATORS

#: The fraction or the plus sign sets 3.5E+17 apart from a document number such as 3E000017.
SCIENTIFIC: Final = r"^([0-9])(?:[.,]([0-9]+)[Ee]\+?|[Ee]\+)0*(1[0-9])$"
_STARS: Final = r"[*#?•●■◆★☆◎…]"
_STAR_RUN: Final = r"[Xx×ХхΧ○◯]{3,}|[\p{Pd}_.·。~]{3,}"
_SOMETIMES_STAR: Final = r"[Xx×ХхΧ○◯\p{Pd}_.·。~]"


# --- what a spreadsheet left of a number ---------------------------------------------------------


def keeps_fifteen(x: pl.Expr, lost: int = 1_000, dtype: type[pl.DataType] = pl.Int64) -> pl.Expr:
    """Whether 18 digits are 15 digits and 000, as they stand or as a double holds them.

    A double has 53 bits: at this size it counts in steps of 64 or 128. `lost` is 10 to the number
    of digits behind the first 15, `dtype` an integer that holds all of them. Null for a larger one.

    >>> numbers = [990101199003071000, int(float(990101199003071000)), 990101199003070111]
    >>> pl.select(keeps_fifteen(pl.lit(pl.Series(numbers)))).to_series().to_list()
    [True, True, False]
    """
    kept = (x + lost // 2) // lost * lost
    return (kept.cast(pl.Float64).cast(dtype, strict=False) == x) | (x % lost == 0)


def fifteen_digits(head: pl.Expr) -> pl.Expr:
    """Text of 15 digits of an integer.

    >>> pl.select(fifteen_digits(pl.lit(10101199003071))).item()
    '010101199003071'
    """
    return head.cast(pl.String).str.zfill(15)


def is_damaged() -> pl.Expr:
    """Whether a spreadsheet has printed the number as a double."""
    bare, x = pl.col("bare"), _as_printed()
    exact = (x.cast(pl.Float64).cast(pl.Int64) == x) | (x % 1000 == 0)
    return (
        bare.str.contains(SCIENTIFIC)
        | exact.fill_null(False)
        | keeps_fifteen(_as_twenty(), 100_000, pl.Int128).fill_null(False)
    )


def _as_printed() -> pl.Expr:
    """The integer in 18 digits with `.0`, else null."""
    return pl.col("bare").str.extract(r"^([0-9]{18})\.0+$").cast(pl.Int64)


def _as_twenty() -> pl.Expr:
    """The integer in the 20 digits of a disability certificate, else null."""
    return pl.col("body").str.extract(r"^([0-9]{20})$").cast(pl.Int128)


def certain_digits() -> pl.Expr:
    """Pattern of a damaged number: the digits that neither rounding nor a double has touched."""
    bare, x = pl.col("bare"), _as_printed()
    shown = bare.str.extract(SCIENTIFIC, 1) + bare.str.extract(SCIENTIFIC, 2).fill_null("")
    power = bare.str.extract(SCIENTIFIC, 3)
    count = shown.str.len_chars()
    # The digit after the division is a 1 or a 2, so six digits are not rounded up. Thirteen to
    # fifteen are the shortest spelling of a double that kept fifteen: what is missing are zeros.
    # Other displays are rounded in their last digit, and in the one before a 0.
    of_18 = (
        pl.when(count == 6)
        .then(shown)
        .when(count.is_between(13, 15))
        .then(shown.str.pad_end(15, "0"))
        .when(count > 15)
        .then(_before_carry(shown))
        .otherwise(shown.str.replace("[1-9]0*$", ""))
    )
    printed = (
        pl.when(keeps_fifteen(x))
        .then(fifteen_digits((x + 500) // 1000))
        .otherwise(_before_carry(bare))
    )
    certain = (
        pl.when(power.is_in(["17", "19"]))
        .then(of_18)
        .when(power == "14")  # a 15-digit number: the same division
        .then(shown.str.replace("[1-9]0*$", "").str.slice(0, 6))
        .when(power.is_null() & x.is_not_null())
        .then(printed)
        .when(power.is_null())
        .then(fifteen_digits((_as_twenty() + 50_000) // 100_000))
    )
    return certain.str.pad_end(18, "?")


def _before_carry(digits: pl.Expr) -> pl.Expr:
    """The leading digits that stay the same when the sixteenth is off by one.

    >>> texts = pl.Series(["9901011990030711", "9901011990030719", "9901011990030700"])
    >>> pl.select(_before_carry(pl.lit(texts))).to_series().to_list()
    ['990101199003071', '99010119900307', '990101199003']
    """
    firm = "[1-8]"
    return (
        pl.when(digits.str.slice(15, 1).str.contains(firm))
        .then(digits.str.slice(0, 15))
        .when(digits.str.slice(14, 1).str.contains(firm))
        .then(digits.str.slice(0, 14))
        .otherwise(digits.str.slice(0, 12))
    )


# --- masked numbers ------------------------------------------------------------------------------


def as_stars(text: pl.Expr) -> pl.Expr:
    """Every sign that hides a digit as one `*`; separators go. A last X after a digit stays.

    >>> texts = pl.Series(["990101●●●●012X", "990101xxxxxxxx012X", "990101-***-012X", "990101…"])
    >>> pl.select(as_stars(pl.lit(texts))).to_series().to_list()
    ['990101****012X', '990101********012X', '990101***012X', '990101***']
    """
    stars = text.str.replace_all("…", "***").str.replace_all(_STARS, "*")
    runs = stars.str.replace("([0-9])X$", "${1}Z").str.replace_all(_SOMETIMES_STAR, "*")
    return (
        pl.when(stars.str.contains(_STAR_RUN))
        .then(runs.str.replace("Z$", "X"))
        .otherwise(stars.str.replace_all(SEPARATORS, ""))
    )


def is_all_stars(text: pl.Expr) -> pl.Expr:
    """Whether a text is ten or more signs that hide a digit, and nothing else.

    >>> pl.select(is_all_stars(pl.lit(pl.Series(["*" * 18, "***"])))).to_series().to_list()
    [True, False]
    """
    return text.str.contains(rf"^(?:{_STARS}|{_SOMETIMES_STAR}){{10,}}$")


def is_masked() -> pl.Expr:
    """Whether characters of the number are hidden: three in a run, or any in a full length."""
    mask = pl.col("mask")
    run = mask.str.contains(r"^[0-9A-Z*]*\*{3}[0-9A-Z*]*$")
    few = mask.str.contains(r"^[0-9]*\*[0-9*]*X?$") & mask.str.len_chars().is_in([15, 18, 20])
    return (run | few) & ~pl.col("bare").str.contains(MARK_AFTER)


def shown_digits() -> pl.Expr:
    """Pattern of a masked number: 18, 15 or 20 places, or the head and tail around one run."""
    mask, places = pl.col("mask"), pl.col("mask").str.len_chars()
    one_run = mask.str.contains(r"^[0-9]*\*+[0-9]*X?$")
    head = mask.str.extract(r"^([0-9]*)\*").str.slice(0, 17)
    tail = mask.str.extract(r"\*([0-9]*X?)$")
    shown = tail.str.len_chars()
    around = head.str.pad_end(18, "*").str.slice(0, 18 - shown) + tail
    fits = one_run & (head.str.len_chars() + shown < 18)
    # Six and four in 15 places may be a 15-digit number or one with too few stars; in 20 places
    # a certificate or one with too many. The end is then not taken for either.
    unclear_15 = (places == 15) & ~tail.str.contains("X$")
    unclear_20 = (places == 20) & tail.str.contains("[1-7][1-4]$")
    old = one_run & (head.str.len_chars() == 6) & (shown == 3) & ~tail.str.contains("X$")
    lifted = mask.str.slice(0, 6) + pl.lit("19") + mask.str.slice(6, 9) + pl.lit("*")
    pattern = (
        pl.when(~mask.str.contains(r"^[0-9*]+X?$"))
        .then(pl.lit(None, pl.String))
        .when(places == 18)
        .then(mask)
        .when((places == 15) & old)
        .then(lifted)
        .when((places == 20) & (shown > 4))
        .then(mask.str.slice(0, 18))
        .when(fits & ~unclear_15 & ~unclear_20)
        .then(around)
        .when(places == 15)
        .then(head.str.slice(0, 6))
        .otherwise(head)
    )
    return pattern.str.pad_end(18, "*").str.replace_all("*", "?", literal=True)
