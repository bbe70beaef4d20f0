"""From a cell to a compact ID number, and what was changed on the way.

Each step is tried on every text; one that changes something is a repair of the name it has in
`_STEPS`. What the result is worth is not asked here.

>>> def after(step, text):
...     return pl.select(dict(_STEPS)[step](pl.lit(text))).item()

**label**: words before the number go, in Chinese with or without a sign, in Latin with a sign or
before fourteen digits.

>>> after("label", "身份证号:990101199003070111"), after("label", "NO.E12345678")
('990101199003070111', 'E12345678')
>>> after("label", "ID990101199003070111"), after("label", "ID12345678")
('990101199003070111', 'ID12345678')

**trailing_text**: a note, a mark or `.0` behind the number goes.

>>> after("trailing_text", "990101199003070111(户主)")
'990101199003070111'
>>> after("trailing_text", "99010119900307012X*"), after("trailing_text", "990101900307011.0")
('99010119900307012X', '990101900307011')

**prefix_g**: a pupil's number is the ID number behind a G; a passport G12345678 keeps it.

>>> after("prefix_g", "G990101199003070111"), after("prefix_g", "G12345678")
('990101199003070111', 'G12345678')

**separators**: dashes, dots, brackets and quotes.

>>> after("separators", "990101-19900307-0111"), after("separators", "(990101·1990.0307·0111)")
('990101199003070111', '990101199003070111')

**letter_x**: the multiplication sign, a Cyrillic or a Roman letter at the place of the X.

>>> [after("letter_x", "99010119900307012" + x) for x in "×ХⅩ"] == ["99010119900307012X"] * 3
True

**letter_o**, **letter_l**: letters for 0 and 1, among ten digits or more.

>>> after("letter_o", "99O1O1199〇0307o111"), after("letter_o", "EO1234567")
('990101199003070111', 'EO1234567')
>>> after("letter_l", "99010l|9900307O丨1I")
'99010119900307O111'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

PLAIN: Final = r"^[0-9]{17}[0-9X]$"
FIFTEEN: Final = r"^[0-9]{15}$"
CERTIFICATE: Final = r"^[0-9]{17}[0-9X][1-7][1-4](?:B[0-9]{0,2})?$"
RESIDENT: Final = rf"{PLAIN}|{FIFTEEN}|{CERTIFICATE}"

#: Digits alone, and an X at the end: no step below finds anything to do.
DIGITS: Final = r"^[0-9]{6,}X?$"

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
_LAST_X: Final = rf"^(.{{17}})[{_LIKE_X}]((?:[1-7][1-4](?:[Bb][0-9]{{0,2}})?)?)$"
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
    r"""All that a `valid` number may lose: white space, what no screen shows, a quote before it.

    >>> pl.select(without_unseen(pl.lit("'990101 19900307\u200b012x"))).item()
    '99010119900307012X'
    """
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


# In the order they are done; id_repair has its own order, that of the names below.
_STEPS: Final[tuple[tuple[str, Callable[[pl.Expr], pl.Expr]], ...]] = (
    ("label", lambda text: text.str.replace(_LABEL, "$1").str.replace(_LATIN_LABEL, "$1$2")),
    ("trailing_text", _strip_note),
    ("prefix_g", lambda text: text.str.replace(r"^[Gg]([0-9OoIl|〇○][^\p{Han}]{14,})$", "$1")),
    ("separators", lambda text: text.str.replace_all(SEPARATORS, "")),
    ("letter_x", lambda text: text.str.replace(_LAST_X, "${1}X${2}")),
    ("letter_o", _fix_glyphs(_LIKE_O)),
    ("letter_l", _fix_glyphs(_LIKE_L)),
)
REPAIRS: Final = (
    *("full_width", "label", "prefix_g", "letter_x", "letter_o", "letter_l"),
    *("separators", "trailing_text", "certificate", "fifteen_digits"),
)
GLYPHS: Final = ("letter_x", "letter_o", "letter_l")


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """Columns at, text → also one Boolean a repair and the text (String) after the steps.

    `whole`: tidy, nothing cut; `bare`: without label and note; `plain_body`: compact, the glyphs as
    they are; `body`: compact and repaired.

    >>> rows = compact(pl.DataFrame({"at": [0], "text": ["护照:e-1234567 (旧)"]}))
    >>> rows.select("whole", "bare", "body", "label", "separators").row(0)
    ('护照:e-1234567(旧)', 'E-1234567', 'E1234567', True, True)
    """
    text, body = pl.col("text"), pl.col("body")
    rows = rows.with_columns(text=without_unseen(text).str.replace_many(_WIDE_SIGN))
    texts = dict.fromkeys(("whole", "bare", "plain_body", "body"), text)
    rows = rows.with_columns(**texts, **dict.fromkeys(REPAIRS, False))
    digits = rows.select(text.str.contains(DIGITS).fill_null(True)).to_series()
    rows = pl.concat([rows.filter(digits), _repaired(rows.filter(~digits))])
    return rows.with_columns(
        certificate=body.str.contains(CERTIFICATE), fifteen_digits=body.str.contains(FIFTEEN)
    )


def _repaired(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows after all steps, each of which may change the body."""
    body = pl.col("body")
    rows = rows.with_columns(whole=pl.col("text").str.replace_many(_WIDE))
    rows = rows.with_columns(full_width=pl.col("whole") != pl.col("text"), body="whole")
    for name, step in _STEPS:
        if name == "trailing_text":
            # The label is off, the `.0` still on: what damage and masks are looked for in.
            rows = rows.with_columns(bare=body.str.replace(_NOTE, "$1"))
        if name == "letter_x":
            rows = rows.with_columns(plain_body=_upper(body))
        after = rows.select(step(body)).to_series()
        rows = rows.with_columns((after != body).alias(name), body=after)
    return rows.with_columns(_upper(pl.col("body", "whole", "bare")))


def _upper(text: pl.Expr) -> pl.Expr:
    """Capitals, of ASCII texts only: elsewhere they may become other letters.

    >>> pl.select(_upper(pl.lit(pl.Series(["e12", "eß1"])))).to_series().to_list()
    ['E12', 'eß1']
    """
    return pl.when(text.str.contains("^[ -~]*$")).then(text.str.to_uppercase()).otherwise(text)


def repairs() -> pl.Expr:
    """Names of the repairs whose columns are true, joined by commas.

    >>> pl.DataFrame(dict.fromkeys(REPAIRS, True)).select(repairs().str.slice(0, 24)).item()
    'full_width,label,prefix_'
    """
    names = [pl.when(pl.col(name)).then(pl.lit(name)) for name in REPAIRS]
    return pl.concat_str(names, separator=",", ignore_nulls=True)
