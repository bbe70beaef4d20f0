"""From a cell to a compact ID number, and what was changed on the way.

A step is tried on every text, and each that changes something is a repair of the name it has in
`_STEPS`; id_number.py says what becomes of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

PLAIN: Final = r"^[0-9]{17}[0-9X]$"
FIFTEEN: Final = r"^[0-9]{15}$"
CERTIFICATE: Final = r"^[0-9]{17}[0-9X][1-7][1-4](?:B[0-9]{0,2})?$"
RESIDENT: Final = rf"{PLAIN}|{FIFTEEN}|{CERTIFICATE}"

#: Digits and stars in which no step below finds anything to do (stars behind a whole number are a
#: mark, and three X together may be stars).
UNREPAIRED: Final = r"^[0-9]{6}(?:[0-9]*X?|[0-9]{0,11}\*[0-9*]*X?)$"

# White space and what a screen does not show (variation selectors and Hangul fillers are letters
# or marks by category), then the marks that keep a spreadsheet from taking text for a number.
_UNSEEN: Final = r"[\s\p{Z}\p{Cc}\p{Cf}\x{FE00}-\x{FE0F}\x{115F}\x{1160}\x{3164}\x{2800}]+"
_QUOTE_BEFORE: Final = "^['`‘’＇｀]+"

# NFKC would also turn Ⅹ, ① and … into something else, and hide which repair was made.
_WIDE_SIGN: Final = {chr(c + 0xFEE0): chr(c) for c in range(0x21, 0x7F) if not chr(c).isalnum()}
_WIDE: Final = {chr(c + 0xFEE0): chr(c) for c in range(0x21, 0x7F) if chr(c).isalnum()} | {
    "ｘ": "X"
}

_LIKE_X: Final = "×✕✖╳⨯ХхΧχⅩⅹҲҳ"
_LIKE_O: Final = dict.fromkeys("OoОоΟο〇○◯", "0")
_LIKE_L: Final = dict.fromkeys("lIi|丨Ⅰⅰ│ӏІі", "1")

# A Chinese character, but not the two that stand for digits.
_HAN: Final = r"[\p{Han}--[〇丨]]"
_OPENING: Final = r"(\[{<【《〔"
_LABEL: Final = rf"^[^0-9]*{_HAN}[\p{{P}}\p{{S}}--[*#?○〇×●■|]]*([0-9A-Za-z*○〇|].*)$"
_LATIN_LABEL: Final = (
    r"^(?i:IDNO|IDCARD|ID|NO|SFZHM|SFZH|SFZ|CARD)"
    r"(?:[.:;=#/_-]+([0-9A-Za-z*].*)|([0-9OoIl|]{14}.*))$"
)
_NOTE: Final = (
    rf"^([[^\p{{Han}}{_OPENING}]〇丨]*[0-9A-Za-z*{_LIKE_X}○〇|丨])"
    rf"[,;:.、_/~-]*(?:[{_OPENING}]|{_HAN}).*$"
)
MARK_AFTER: Final = r"^([0-9]{17}[0-9X])[*#※√✓+]+$"
_POINT_ZERO: Final = r"^([0-9]{15}|[0-9]{18}|[0-9]{20})\.0+$"
SEPARATORS: Final = r"""[\p{Pd}\p{Ps}\p{Pe}._,;:/\\'"`‘’“”、，。·•・‧~^+−⁄∕]+"""


def without_unseen(text: pl.Expr) -> pl.Expr:
    """All that a `valid` number may lose."""
    seen = text.str.replace_all(_UNSEEN, "").str.replace(_QUOTE_BEFORE, "")
    return seen.str.replace_all("x", "X", literal=True)


def _strip_note(text: pl.Expr) -> pl.Expr:
    noted = text.str.replace(_NOTE, "$1").str.replace(MARK_AFTER, "$1")
    return noted.str.replace(_POINT_ZERO, "$1")


def _fix_glyphs(marks: dict[str, str]) -> Callable[[pl.Expr], pl.Expr]:
    """Only where most of it is digits: letters of a passport number stay."""

    def fix(text: pl.Expr) -> pl.Expr:
        number_like = text.str.count_matches("[0-9]") >= 10
        return pl.when(number_like).then(text.str.replace_many(marks)).otherwise(text)

    return fix


def _fix_last_x(text: pl.Expr) -> pl.Expr:
    last = rf"^(.{{17}})[{_LIKE_X}]((?:[1-7][1-4](?:[Bb][0-9]{{0,2}})?)?)$"
    return text.str.replace(last, "${1}X${2}")


# In the order they are done; id_repair has its own order, that of the names below.
_STEPS: Final[tuple[tuple[str, Callable[[pl.Expr], pl.Expr]], ...]] = (
    ("label", lambda text: text.str.replace(_LABEL, "$1").str.replace(_LATIN_LABEL, "$1$2")),
    ("trailing_text", _strip_note),
    ("prefix_g", lambda text: text.str.replace(r"^[Gg]([0-9OoIl|〇○][^\p{Han}]{14,})$", "$1")),
    ("separators", lambda text: text.str.replace_all(SEPARATORS, "")),
    ("letter_x", _fix_last_x),
    ("letter_o", _fix_glyphs(_LIKE_O)),
    ("letter_l", _fix_glyphs(_LIKE_L)),
)
REPAIRS: Final = (
    *("full_width", "label", "prefix_g", "letter_x", "letter_o", "letter_l"),
    *("separators", "trailing_text", "certificate", "fifteen_digits"),
)
GLYPHS: Final = ("letter_x", "letter_o", "letter_l")


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """at, text → also `whole` (tidy, nothing cut), `bare` (no label, no note), `plain_body`
    (compact, glyphs as they are), `body` (compact, repaired), and one Boolean a repair.
    """
    text = pl.col("text")
    rows = rows.with_columns(text=text.str.replace_many(_WIDE_SIGN))
    rows = rows.with_columns(whole=text.str.replace_many(_WIDE))
    rows = rows.with_columns(full_width=pl.col("whole") != text, body=pl.col("whole"))
    for name, step in _STEPS:
        if name == "trailing_text":
            # The label is off, the `.0` still on: what damage and masks are looked for in.
            rows = rows.with_columns(bare=pl.col("body").str.replace(_NOTE, "$1"))
        if name == "letter_x":
            rows = rows.with_columns(plain_body=_upper(pl.col("body")))
        before = pl.col("body").alias("before")
        rows = rows.with_columns(before, body=step(pl.col("body")))
        rows = rows.with_columns((pl.col("before") != pl.col("body")).alias(name))
    rows = rows.with_columns(_upper(pl.col("body", "whole", "bare")))
    return rows.with_columns(
        certificate=pl.col("body").str.contains(CERTIFICATE),
        fifteen_digits=pl.col("body").str.contains(FIFTEEN),
    )


def as_compact(rows: pl.DataFrame) -> pl.DataFrame:
    """at, text → the columns of `compact`, for texts that are UNREPAIRED."""
    text = pl.col("text")
    untouched = [pl.lit(False).alias(name) for name in REPAIRS]
    rows = rows.with_columns(whole="text", body="text", bare="text", plain_body="text")
    rows = rows.with_columns(untouched, before="text")
    return rows.with_columns(
        certificate=text.str.contains(CERTIFICATE), fifteen_digits=text.str.contains(FIFTEEN)
    )


def _upper(text: pl.Expr) -> pl.Expr:
    """Capitals, of ASCII texts only: elsewhere they may become other letters (ß, ı)."""
    return pl.when(text.str.contains("^[ -~]*$")).then(text.str.to_uppercase()).otherwise(text)


def repairs() -> pl.Expr:
    """Names of the repairs whose columns are true, joined by commas."""
    names = [pl.when(pl.col(name)).then(pl.lit(name)) for name in REPAIRS]
    return pl.concat_str(names, separator=",", ignore_nulls=True)
