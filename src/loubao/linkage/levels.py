"""What the two sides of a pair have in common, field by field, as a named level.

Names have two to four characters and numbers eighteen with a check digit: a percentage says
nothing about either. Each field gets one level of `rules.matching.LEVELS`; a value that is missing
is `unknown`, neither agreement nor disagreement. All functions are expressions over the columns
`l_…` and `r_…` that `comparison.compare` lays side by side, and give the Enum of their field.

ID number
    same             equal, and the check digit holds on both sides
    same_shared      the same, but people of different names go under this number
    same_document    equal: a passport or permit, which has no check digit, of eight signs or more
    same_unverified  equal, but not proven (wrong check digit …)
    one_slip         two neighbours swapped, one digit missing or one too many: a number that
                     cannot be, one movement of the hand from the proven number on the other side
    one_wrong_digit  one digit replaced: the check digit proves one side and refutes the other
    one_edit         one slip or one digit replaced, with neither side proven
    survivors        a mangled or masked number that shows division and birth date at least, all
                     of which agrees with the other
    fragment         one that shows less, all of which agrees
    near             two typing errors, or one among the survivors
    contradicts      both proven and not equal: two numbers, so two people, or one borrowed number
    different        not equal, and at least one of them proven wrong or incomplete

Name
    same, variant    equal as written; equal but for traditional or rare forms, dots, word order
    reading          written with other characters that read the same
    look_alike       one character that looks like the other (己 已)
    reordered        the same characters in another order
    masked           what shows agrees, two characters at least; in Latin names an initial
    given_name       another surname before the same given name of two characters or more
    one_character    another given-name character (brothers, father and son; or a slip); in Latin
                     names one or two letters
    subset           a given-name character or a word missing or too many
    word_and_initial Latin names that have a word and the initial of another in common
    one_word         Latin names that have a word in common
    surname_only     masked but for the surname
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from loubao.rules.matching import LEVELS

#: Known digits that must meet before survivors say anything; fewer are the division code.
_FRAGMENT = 10
_WIDE_FRAGMENT = 12
_SURVIVORS = 14
#: Signs that a passport or permit has at least; shorter numbers may be anything.
_DOCUMENT = 8
#: Signs that stand in a name for one that was hidden on purpose.
_HIDING = "[*＊×✕╳?？�□■○◯〇某●]"
#: Every field's levels as a type: compared and counted as small integers.
ENUMS = {field: pl.Enum(levels) for field, levels in LEVELS.items()}


def first_of(
    field: str, levels: Sequence[tuple[str, pl.Expr]], otherwise: str = "different"
) -> pl.Expr:
    """The first level whose condition holds; null is no."""
    code = {name: pl.lit(number, pl.UInt8) for number, name in enumerate(LEVELS[field])}
    chain = code[otherwise]
    for name, condition in reversed(levels):
        chain = pl.when(condition).then(code[name]).otherwise(chain)
    return chain.cat.to(ENUMS[field])


def id_level() -> pl.Expr:
    """The level of the ID number, from `id_edits`, `id_moved`, `known` and `clashes` too."""
    number, other = pl.col("l_id_number"), pl.col("r_id_number")
    same = number == other
    proven = pl.col("l_proven") & pl.col("r_proven")
    lifted = pl.col("l_lifted") | pl.col("r_lifted")
    partial = pl.col("l_partial") | pl.col("r_partial")
    documents = pl.col("l_document") & pl.col("r_document")
    nothing = pl.col("l_id_pattern").is_null() | pl.col("r_id_pattern").is_null()
    one_proven = (pl.col("l_proven") != pl.col("r_proven")) & ~lifted
    same_length = number.str.len_bytes() == other.str.len_bytes()
    slip = pl.col("id_moved") | ~same_length
    known, clashes, edits = pl.col("known"), pl.col("clashes"), pl.col("id_edits")
    return first_of(
        "id_number",
        [
            ("same_shared", same & proven & (pl.col("l_shared") | pl.col("r_shared"))),
            ("same", same & proven),
            ("same_document", same & documents & (number.str.len_bytes() >= _DOCUMENT)),
            ("same_unverified", same),
            ("unknown", partial & nothing),
            ("survivors", partial & (clashes == 0) & (known >= _SURVIVORS)),
            ("fragment", partial & (clashes == 0) & (known >= _FRAGMENT)),
            ("unknown", partial & (clashes == 0)),
            ("near", partial & (clashes == 1) & (known >= _WIDE_FRAGMENT)),
            ("different", partial),
            ("unknown", number.is_null() | other.is_null()),
            ("contradicts", proven & ~lifted),
            ("one_slip", (edits == 1) & slip & one_proven),
            ("one_wrong_digit", (edits == 1) & one_proven),
            ("one_edit", edits == 1),
            ("near", edits == 2),
            ("contradicts", proven),
        ],
    )


def random_id_level() -> pl.Expr:
    """The level of two numbers that do not agree."""
    number, other = pl.col("l_id_number"), pl.col("r_id_number")
    return first_of(
        "id_number",
        [
            ("unknown", number.is_null() | other.is_null()),
            ("contradicts", pl.col("l_proven") & pl.col("r_proven")),
        ],
    )


def equal_name_level() -> pl.Expr:
    """The level of names whose keys are equal, of one that is missing; else `different`."""
    key, other = pl.col("l_name_key"), pl.col("r_name_key")
    # two names that hide the same character are not the same name for that; but one that no key
    # can show (a private sign, a spelling by parts) is, where it is written alike
    known = ~key.str.contains("?", literal=True)
    written = (pl.col("l_name") == pl.col("r_name")) & (
        known | ~pl.col("l_name").str.contains(_HIDING)
    )
    return first_of(
        "name",
        [
            ("unknown", key.is_null() | other.is_null()),
            ("same", written),
            ("variant", known & (key == other)),
        ],
    )


def name_level() -> pl.Expr:
    """The level of two Chinese keys `l` and `r` that are unequal or hide a character.

    From `edits` (UInt8), `mask` (String), `sounds`, `alike` and `moved` (Boolean) too.
    """
    key, other = pl.col("l"), pl.col("r")
    length, other_length = key.str.len_chars(), other.str.len_chars()
    edits, same_surname = pl.col("edits"), _first(key) == _first(other)
    one_replaced = (edits == 1) & (length == other_length)
    mask = pl.col("mask")
    return first_of(
        "name",
        [
            ("reading", pl.col("sounds")),
            ("masked", mask == "masked"),
            ("surname_only", mask == "surname_only"),
            ("different", mask.is_not_null()),
            ("look_alike", one_replaced & pl.col("alike")),
            ("reordered", pl.col("moved") & (length > 2)),
            ("one_character", one_replaced & same_surname),
            ("given_name", one_replaced & (length > 2) & (key.str.slice(1) == other.str.slice(1))),
            (
                "subset",
                (edits == 1) & (pl.min_horizontal(length, other_length) > 1) & same_surname,
            ),
        ],
    )


def _first(key: pl.Expr) -> pl.Expr:
    return key.str.slice(0, 1)


def mask_level() -> pl.Expr:
    """`masked` when all that shows of `l` and `r` agrees, a given-name character with it.

    A mask at the end may stand for several characters, and then only the surname shows.
    """
    key, other = pl.col("l"), pl.col("r")
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
    year, month, date = (
        getattr(until.dt, part)() == getattr(other_until.dt, part)()
        for part in ("year", "month", "day")
    )
    swapped = (
        year
        & (until.dt.month() == other_until.dt.day())
        & (until.dt.day() == other_until.dt.month())
    )
    vague = day.is_null() | other.is_null()
    return first_of(
        "birth_date",
        [
            ("unknown", until.is_null() | other_until.is_null()),
            ("same", day == other),
            ("month", vague & year & month),
            ("near", vague & year),
            ("near", (year & month) | (year & date) | (month & date) | swapped),
        ],
    )


def village_level() -> pl.Expr:
    """The level of the village, or of the town where a village is not known."""
    left, right = pl.col("l_place"), pl.col("r_place")
    same_town = pl.col("l_town") == pl.col("r_town")
    return first_of(
        "village",
        [
            # a name without a code may be that of a village in each town
            (
                "same",
                (left == right) & (pl.col("l_town") != pl.col("r_town")).not_().fill_null(True),
            ),
            ("town", same_town),
            ("unknown", left.is_null() | right.is_null()),
        ],
    )


def plain_level(field: str, column: str) -> pl.Expr:
    """`same` or `different` for a field that has no degrees."""
    left, right = pl.col(f"l_{column}"), pl.col(f"r_{column}")
    return first_of(field, [("unknown", left.is_null() | right.is_null()), ("same", left == right)])
