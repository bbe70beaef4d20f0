"""Agreement levels: what the two sides of a pair have in common, field by field.

Names have two to four characters and numbers eighteen with a check digit: a percentage says
nothing about either. Each field gets one level of `rules.matching.LEVELS`; a value that is missing
is `unknown`, neither agreement nor disagreement. The functions that end in `_level` are expressions
over the columns `l_…` and `r_…` that `comparison.compare` lays side by side, and give the Enum of
their field. The levels of names are in `name_levels`.

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
    contradicts      both proven and not equal: two numbers, so two people
    different        not equal, and at least one of them proven wrong or incomplete, or not that of
                     whoever has the row's birth date and sex: a borrowed number

Birth date
    same, different
    month            one of them has no day; year and month are the same
    near             another day, month or year; day and month swapped; or only the year is there,
                     as 1 January may mean
    lunar            one may be the other by the lunar calendar, which runs some weeks behind

Village
    same, different
    town             another village of one town, or a town where there is no village

Sex, household head: same, different. Address: same, different, or
    similar          half of the words, or one or two letters differ
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from rapidfuzz.distance import OSA

from loubao.rules.matching import LEVELS

#: Digits that two numbers must both show before they say anything; fewer are the division code.
_FRAGMENT = 10
_WIDE_FRAGMENT = 12
_SURVIVORS = 14
#: Days that a date by the lunar calendar, written as if it were of the common one, is too early:
#: its year begins between 21 January and 20 February, and a leap month moves it back.
_LUNAR = (18, 52)
#: Signs that a passport or permit has at least; shorter numbers may be anything.
_DOCUMENT = 8
#: Every field's levels as a type: compared and counted as small integers.
ENUMS = {field: pl.Enum(levels) for field, levels in LEVELS.items()}


def first_level(
    field: str, levels: Sequence[tuple[str, pl.Expr]], otherwise: str = "different"
) -> pl.Expr:
    """Return the first level whose condition holds; null is no.

    >>> sexes = pl.DataFrame({"same": [True, False, None]})
    >>> sexes.select(first_level("sex", [("same", pl.col("same"))])).to_series().to_list()
    ['same', 'different', 'different']
    """
    code = {name: pl.lit(number, pl.UInt8) for number, name in enumerate(LEVELS[field])}
    chain = code[otherwise]
    for name, condition in reversed(levels):
        chain = pl.when(condition).then(code[name]).otherwise(chain)
    return chain.cat.to(ENUMS[field])


# -- edits between two texts ----------------------------------------------------------------------


def edit_distance(left: pl.Series, right: pl.Series, cutoff: int) -> pl.Series:
    """Return the optimal string alignment distance (UInt8); beyond `cutoff` it is `cutoff + 1`.

    Edits are a sign replaced, missing or too many, and two neighbours swapped.

    >>> left = pl.Series(["李小红", "李小红", "19600305", "19600305", "SMITH"])
    >>> right = pl.Series(["李晓红", "李红", "19600350", "1960035", "JONES"])
    >>> edit_distance(left, right, cutoff=2).to_list()
    [1, 1, 1, 1, 3]
    """
    return pl.Series(
        [
            OSA.distance(one, other, score_cutoff=cutoff)
            for one, other in zip(left.to_list(), right.to_list(), strict=True)
        ],
        dtype=pl.UInt8,
    )


def are_permuted(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return whether both sides have the same signs, in whatever order (Boolean).

    >>> are_permuted(pl.Series(["庄国建", "1203"]), pl.Series(["庄建国", "1204"])).to_list()
    [True, False]
    """
    return pl.Series(
        [
            sorted(one) == sorted(other)
            for one, other in zip(left.to_list(), right.to_list(), strict=True)
        ],
        dtype=pl.Boolean,
    )


# -- ID numbers -----------------------------------------------------------------------------------


def levels_of_numbers(sides: pl.DataFrame) -> pl.Series:
    """Return the level (Enum) of each pair of ID numbers.

    `sides` has for `l_` and `r_`: `id_number`, `id_pattern` (String: `?` for a hidden
    digit), `proven`, `lifted` (from 15 digits to 18), `document`, `partial`, `shared`, `fits` (the
    row's birth date and sex are not others than the number's; Boolean).

    >>> number = "990101196003051238"
    >>> others = {
    ...     "equal": number,
    ...     "swapped": "990101196003051328",
    ...     "one digit": "990101196003051298",
    ...     "two digits": "990101196003071298",
    ...     "three digits": "990109196003071298",
    ...     "masked": "990101????????1238",
    ...     "damaged": "99010119600305????",
    ... }
    >>> partial = pl.col("r_id_pattern").str.contains("?", literal=True)
    >>> right = pl.DataFrame({"r_id_pattern": list(others.values())}).with_columns(
    ...     r_id_number=pl.when(~partial).then("r_id_pattern"),
    ...     r_proven=pl.col("r_id_pattern") == number,
    ...     r_partial=partial,
    ... )
    >>> flags = [f"{side}_{flag}" for flag in ("lifted", "document", "shared") for side in "lr"]
    >>> fit = [pl.lit(True).alias(f"{side}_fits") for side in "lr"]
    >>> sides = right.with_columns(
    ...     *(pl.lit(number).alias(column) for column in ("l_id_number", "l_id_pattern")),
    ...     *(pl.lit(False).alias(flag) for flag in [*flags, "l_partial"]),
    ...     *fit,
    ...     l_proven=True,
    ... )
    >>> dict(zip(others, levels_of_numbers(sides)))  # doctest: +NORMALIZE_WHITESPACE
    {'equal': 'same', 'swapped': 'one_slip', 'one digit': 'one_wrong_digit', 'two digits': 'near',
     'three digits': 'different', 'masked': 'fragment', 'damaged': 'survivors'}
    """
    lifted = pl.col("l_lifted") | pl.col("r_lifted")
    number = {
        # the check digit of a lifted number was computed: it says nothing
        side: pl.when(lifted)
        .then(pl.col(f"{side}_id_number").str.slice(0, 17))
        .otherwise(f"{side}_id_number")
        for side in "lr"
    }
    both_proven = (pl.col("l_proven") & pl.col("r_proven")) & ~lifted
    sides = sides.with_row_index("pair")
    unequal = sides.select("pair", **number, both_proven=both_proven).filter(
        (pl.col("l") != pl.col("r")) & ~pl.col("both_proven")
    )
    distance = edit_distance(unequal["l"], unequal["r"], 2)
    close = unequal.with_columns(id_edits=distance).filter(pl.col("id_edits") <= 2)
    edits = close.select("pair", "id_edits", id_moved=are_permuted(close["l"], close["r"]))
    return (
        _with_shown_digits(sides)
        .join(edits, on="pair", how="left", maintain_order="left")
        .select(_number_level().alias("level"))["level"]
    )


def _with_shown_digits(sides: pl.DataFrame) -> pl.DataFrame:
    """Add `shown` and `clashes` (UInt32) for pairs with a number that is not whole, else null.

    `shown`: places where both patterns show a digit; `clashes`: those where they differ.
    """
    partial = sides.filter(pl.col("l_partial") | pl.col("r_partial"))
    if partial.is_empty():
        nothing = pl.lit(None, pl.UInt32)
        return sides.with_columns(shown=nothing, clashes=nothing)
    patterns = ["l_id_pattern", "r_id_pattern"]
    shown, clashes = [], []
    for place in range(18):
        left, right = (pl.col(name).str.slice(place, 1) for name in patterns)
        both = (left != "?") & (right != "?")
        shown.append(both)
        clashes.append(both & (left != right))
    counted = partial.drop_nulls(patterns).select(
        "pair", shown=pl.sum_horizontal(shown), clashes=pl.sum_horizontal(clashes)
    )
    return sides.join(counted, on="pair", how="left", maintain_order="left")


def _number_level() -> pl.Expr:
    """The level of the ID number, from `id_edits`, `id_moved`, `shown` and `clashes` too."""
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
    shown, clashes, edits = pl.col("shown"), pl.col("clashes"), pl.col("id_edits")
    two_owners = proven & _both_fit()
    return first_level(
        "id_number",
        [
            ("same_shared", same & proven & (pl.col("l_shared") | pl.col("r_shared"))),
            ("same", same & proven),
            ("same_document", same & documents & (number.str.len_bytes() >= _DOCUMENT)),
            ("same_unverified", same),
            ("unknown", partial & nothing),
            ("survivors", partial & (clashes == 0) & (shown >= _SURVIVORS)),
            ("fragment", partial & (clashes == 0) & (shown >= _FRAGMENT)),
            ("unknown", partial & (clashes == 0)),
            ("near", partial & (clashes == 1) & (shown >= _WIDE_FRAGMENT)),
            ("different", partial),
            ("unknown", number.is_null() | other.is_null()),
            ("contradicts", two_owners & ~lifted),
            ("different", proven & ~lifted),
            ("one_slip", (edits == 1) & slip & one_proven),
            ("one_wrong_digit", (edits == 1) & one_proven),
            ("one_edit", edits == 1),
            ("near", edits == 2),
            ("contradicts", two_owners),
        ],
    )


def unequal_number_level() -> pl.Expr:
    """The level of two numbers that do not agree, as in random pairs.

    >>> sides = pl.DataFrame({"r_fits": [True, False]}).with_columns(
    ...     pl.lit("990101196003051238").alias("l_id_number"),
    ...     pl.lit("990101198407010017").alias("r_id_number"),
    ...     *(pl.lit(True).alias(flag) for flag in ("l_proven", "r_proven", "l_fits")),
    ... )
    >>> sides.select(unequal_number_level()).to_series().to_list()
    ['contradicts', 'different']
    """
    number, other = pl.col("l_id_number"), pl.col("r_id_number")
    return first_level(
        "id_number",
        [
            ("unknown", number.is_null() | other.is_null()),
            ("contradicts", pl.col("l_proven") & pl.col("r_proven") & _both_fit()),
        ],
    )


def _both_fit() -> pl.Expr:
    """Whether either number may be that of whoever the row is about."""
    return pl.col("l_fits") & pl.col("r_fits")


# -- the other fields -----------------------------------------------------------------------------


def birth_level() -> pl.Expr:
    """The level of the birth date, from `birth_date` and `birth_until` (Date).

    `birth_date` is null where there is no day; `birth_until` is the last day of month or year then.

    >>> from datetime import date
    >>> whole = date(1960, 3, 5)
    >>> others = [whole, date(1961, 3, 5), date(1960, 5, 3), date(1961, 5, 3), None]
    >>> others.append(date(1960, 2, 9))  # the ninth day of the second month, by the moon
    >>> sides = pl.DataFrame({"r_birth_date": others}).with_columns(
    ...     l_birth_date=whole, l_birth_until=whole, r_birth_until="r_birth_date"
    ... )
    >>> sides.select(birth_level()).to_series().to_list()
    ['same', 'near', 'near', 'different', 'unknown', 'lunar']
    >>> march = sides.head(1).with_columns(  # 1960-03, without a day
    ...     r_birth_date=pl.lit(None, pl.Date), r_birth_until=date(1960, 3, 31)
    ... )
    >>> march.select(birth_level()).item()
    'month'
    """
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
    first_of_year = _is_first_of_year(day) | _is_first_of_year(other)
    return first_level(
        "birth_date",
        [
            ("unknown", until.is_null() | other_until.is_null()),
            ("same", day == other),
            ("month", vague & year & month),
            ("near", (vague | first_of_year) & year),
            ("near", (year & month) | (year & date) | (month & date) | swapped),
            ("lunar", (day - other).dt.total_days().abs().is_between(*_LUNAR)),
        ],
    )


def _is_first_of_year(day: pl.Expr) -> pl.Expr:
    """Whether a day is 1 January, which often stands for a year alone."""
    return ((day.dt.month() == 1) & (day.dt.day() == 1)).fill_null(value=False)


def village_level() -> pl.Expr:
    """The level of the village, from `place` (its code or name) and `town` (String).

    >>> sides = pl.DataFrame(
    ...     {"r_place": ["万安", "洛安", None], "r_town": ["洛阳镇", "洛阳镇", None]}
    ... ).with_columns(l_place=pl.lit("万安"), l_town=pl.lit("洛阳镇"))
    >>> sides.select(village_level()).to_series().to_list()
    ['same', 'town', 'unknown']
    """
    left, right = pl.col("l_place"), pl.col("r_place")
    same_town = pl.col("l_town") == pl.col("r_town")
    # a name without a code may be that of a village in each town
    two_towns = (pl.col("l_town") != pl.col("r_town")).fill_null(value=False)
    return first_level(
        "village",
        [
            ("same", (left == right) & ~two_towns),
            ("town", same_town),
            ("unknown", left.is_null() | right.is_null()),
        ],
    )


def plain_level(field: str, column: str) -> pl.Expr:
    """`same` or `different` for a field that has no degrees.

    >>> sides = pl.DataFrame({"l_sex": ["男", "男", None], "r_sex": ["男", "女", "女"]})
    >>> sides.select(plain_level("sex", "sex")).to_series().to_list()
    ['same', 'different', 'unknown']
    """
    left, right = pl.col(f"l_{column}"), pl.col(f"r_{column}")
    missing = left.is_null() | right.is_null()
    return first_level(field, [("unknown", missing), ("same", left == right)])


def levels_of_addresses(sides: pl.DataFrame) -> pl.Series:
    """Return the level (Enum) of each pair of addresses, from `l_address` and `r_address`.

    >>> sides = pl.DataFrame(
    ...     {"l_address": "12 OAK ST", "r_address": ["12 OKA ST", "OAK ST 7 PERTH", "9 ELM RD"]}
    ... )
    >>> levels_of_addresses(sides).to_list()
    ['similar', 'similar', 'different']
    """
    plain = sides.select(
        plain_level("address", "address").alias("level"), l="l_address", r="r_address"
    )
    unequal = plain.filter(pl.col("level") == "different").select("l", "r").unique()
    words = [pl.col(side).str.split(" ").list.unique() for side in "lr"]
    common = words[0].list.set_intersection(words[1]).list.len()
    fewest = pl.min_horizontal(words[0].list.len(), words[1].list.len())
    few_edits = edit_distance(unequal["l"], unequal["r"], 2) <= 2
    similar = unequal.select("l", "r", similar=few_edits | ((fewest > 1) & (common * 2 >= fewest)))
    level = pl.when("similar").then(pl.lit("similar", dtype=ENUMS["address"])).otherwise("level")
    return plain.join(similar, on=["l", "r"], how="left", maintain_order="left").select(
        level.alias("level")
    )["level"]
