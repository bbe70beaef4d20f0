"""Agreement levels of particulars: parts of names in letters, dates as written, plain columns.

    same        equal
    near        one letter or digit replaced, missing, too many, or two neighbours swapped; equal
                but for where words end; day and month of a date swapped
    nickname    of given names: one is a nickname of the other
    part        one is the initial or the beginning of the other, or they share a word; a date of
                which one side has no day or no month, which agrees as far as it reaches
    similar     Jaro–Winkler similarity of 0.9 or more, or two edits in seven letters or more; of a
                date, two of year, month and day
    alike       Jaro–Winkler similarity of 0.8 or more; of a date, the year, or all but two digits
    swapped     given name and surname have changed places: the given name's level, and the surname
                then says no more
    different   none of these

What each level is worth is learnt for each column, so a level that says nothing of a column weighs
nothing there. Jaro–Winkler after Winkler (1990), "String Comparator Metrics …".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler

from loubao.core.characters import as_dict, table
from loubao.core.frames import BIRTH, GIVEN, MIDDLE, SURNAME
from loubao.linkage.levels import first_level

#: From agreement to disagreement.
PARTICULAR_LEVELS = (
    *("same", "near", "nickname", "part", "similar", "alike", "swapped", "different", "unknown"),
)
LEVEL = pl.Enum(PARTICULAR_LEVELS)
_CODE = {level: code for code, level in enumerate(PARTICULAR_LEVELS)}
_SIMILAR, _ALIKE = 0.9, 0.8
#: Letters of a text in which two edits are slips; and of one in which one is.
_LONG, _SHORT = 7, 3
_DATE, _YEAR = 8, 4


def levels_of_particulars(
    pairs: pl.DataFrame, rows: pl.DataFrame, columns: list[str]
) -> pl.DataFrame:
    """Return the level (LEVEL) of each column for each of the PAIRS of positions in `rows`.

    >>> names = {GIVEN: ["MARY", "MARRY", "SMITH"], SURNAME: ["SMITH", "SMYTHE", "MARY"]}
    >>> pairs = pl.DataFrame({"left": [0, 0], "right": [1, 2]})
    >>> levels_of_particulars(pairs, pl.DataFrame(names), [GIVEN, SURNAME]).rows()
    [('near', 'alike'), ('swapped', 'unknown')]
    """
    levels = {
        column: _levels(
            rows[column].gather(pairs["left"]),
            rows[column].gather(pairs["right"]),
            _LEVEL_OF.get(column, text_level),
        )
        for column in columns
    }
    if GIVEN in levels and SURNAME in levels:
        swapped = _swapped(pairs, rows, levels)
        for column, level in ((GIVEN, "swapped"), (SURNAME, "unknown")):
            levels[column] = levels[column].scatter(swapped, _CODE[level])
    return pl.DataFrame({c: codes.cat.to(LEVEL) for c, codes in levels.items()})


def _levels(left: pl.Series, right: pl.Series, level: Callable[[str, str], str]) -> pl.Series:
    """Codes (UInt8) of the levels of two columns; each two values are compared once."""
    sides = pl.DataFrame({"l": left, "r": right})
    plain = sides.select(
        pl.when(pl.any_horizontal(pl.col("l", "r").is_null()))
        .then(pl.lit(_CODE["unknown"], pl.UInt8))
        .when(pl.col("l") == pl.col("r"))
        .then(pl.lit(_CODE["same"], pl.UInt8))
        .alias("code")
    )["code"]
    places = plain.is_null().arg_true()
    unequal = sides[places].select(
        pl.min_horizontal("l", "r").alias("l"), pl.max_horizontal("l", "r").alias("r")
    )
    distinct = unequal.unique(maintain_order=True)
    codes = [_CODE[level(one, other)] for one, other in distinct.iter_rows()]
    found = unequal.join(
        distinct.with_columns(code=pl.Series(codes, dtype=pl.UInt8)),
        on=["l", "r"],
        how="left",
        maintain_order="left",
    )["code"]
    return plain.scatter(places, found)


def _swapped(pairs: pl.DataFrame, rows: pl.DataFrame, levels: dict[str, pl.Series]) -> pl.Series:
    """The places of the pairs whose given name and surname changed places, one letter forgiven."""
    apart = pl.DataFrame(levels).select(
        pl.all_horizontal(pl.col(GIVEN, SURNAME).is_between(_CODE["part"], _CODE["different"]))
    )
    places = apart.to_series().arg_true()
    crossed = [
        _levels(
            rows[one].gather(pairs["left"].gather(places)),
            rows[other].gather(pairs["right"].gather(places)),
            text_level,
        )
        for one, other in ((GIVEN, SURNAME), (SURNAME, GIVEN))
    ]
    one, other = crossed
    return places.filter(
        (one <= _CODE["near"]) & (other <= _CODE["near"]) & (one.cast(pl.Int8) + other <= 1)
    )


def level_of_parts(parts: pl.DataFrame) -> pl.Series:
    """Return the level of the name (Enum) that the levels of its parts make.

    `parts` has a column (LEVEL) for given name and surname, perhaps one for the middle names.

    >>> levels = {GIVEN: ["same", "same", "nickname", "near", "same", "different", "unknown"]}
    >>> levels[SURNAME] = ["same", "near", "same", "near", "different", "same", "unknown"]
    >>> level_of_parts(pl.DataFrame(levels, schema=dict.fromkeys(levels, LEVEL))).to_list()
    ['variant', 'one_character', 'masked', 'one_character', 'given_name', 'one_word', 'unknown']
    """
    given, surname = (pl.col(column).cast(pl.String) for column in (GIVEN, SURNAME))
    slip, same = ["near", "similar"], "same"
    middle = pl.col(MIDDLE).cast(pl.String) if MIDDLE in parts.columns else pl.lit("unknown")
    likely = (given.is_in([same, *slip])) & (surname.is_in([same, *slip]))
    return parts.select(
        first_level(
            "name",
            [
                ("unknown", (given == "unknown") & (surname == "unknown")),
                ("variant", given == "swapped"),
                ("subset", (given == same) & (surname == same) & (middle == "different")),
                ("variant", (given == same) & (surname == same)),
                ("masked", given.is_in(["part", "nickname"]) & (surname == same)),
                ("one_character", likely),
                ("variant", (given == "unknown") & (surname == same) & (middle == same)),
                ("one_word", surname == same),
                ("given_name", given == same),
            ],
        ).alias("name")
    )["name"]


def text_level(one: str, other: str) -> str:
    """Return the level of two unequal texts of upper-case words.

    >>> [text_level("ROBERT", name) for name in ("ROBRET", "ROB", "R", "ROGER", "MARY")]
    ['near', 'part', 'part', 'alike', 'different']
    >>> text_level("12 OAK ST", "12OAK ST"), text_level("DE LA CRUZ", "CRUZ")
    ('near', 'part')
    """
    length, longer = sorted((len(one), len(other)))
    words, others = one.split(" "), other.split(" ")
    if len(words) + len(others) > 2 and "".join(words) == "".join(others):
        return "near"
    if length >= _SHORT and longer - length <= 1 and OSA.distance(one, other, score_cutoff=1) <= 1:
        return "near"
    if one[:length] == other[:length] and (length == 1 or length >= _SHORT):
        return "part"
    if len(words) + len(others) > 2 and any(len(w) > 1 for w in {*words}.intersection(others)):
        return "part"
    likeness = JaroWinkler.similarity(one, other, score_cutoff=_ALIKE)
    if likeness >= _SIMILAR:
        return "similar"
    if length >= _LONG and longer - length <= 2 and OSA.distance(one, other, score_cutoff=2) <= 2:
        return "similar"
    return "alike" if likeness >= _ALIKE else "different"


def given_name_level(one: str, other: str) -> str:
    """Return the level of two unequal given names; the first of several is what may be short.

    >>> [given_name_level("ROBERT", name) for name in ("BOB", "BOBBY JOE", "ROBRET", "R", "MARY")]
    ['nickname', 'nickname', 'near', 'part', 'different']
    """
    first, second = one.partition(" ")[0], other.partition(" ")[0]
    if second in _nicknames().get(first, ()) or first in _nicknames().get(second, ()):
        return "nickname"
    return text_level(one, other)


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    """Given name → its nicknames."""
    return {
        name: frozenset(those.split("/")) for name, those in as_dict(table("nicknames")).items()
    }


def date_level(one: str, other: str) -> str:
    """Return the level of two unequal dates: digits of year, month and day as far as there are.

    >>> [date_level("19600305", day) for day in ("19600503", "19610305", "196003", "1960")]
    ['near', 'near', 'part', 'part']
    >>> [date_level("19600305", day) for day in ("19600917", "19480305", "19610306", "19481230")]
    ['alike', 'similar', 'alike', 'different']
    """
    length, longer = sorted((len(one), len(other)))
    if length < longer:
        if length >= _YEAR and one[:length] == other[:length]:
            return "part"
        near = longer - length == 1 and OSA.distance(one, other, score_cutoff=1) <= 1
        return "near" if near else "alike" if one[:_YEAR] == other[:_YEAR] else "different"
    if OSA.distance(one, other, score_cutoff=1) <= 1:
        return "near"
    if length < _DATE:
        return "alike" if one[:_YEAR] == other[:_YEAR] else "different"
    year, month, day = one[:4] == other[:4], one[4:6] == other[4:6], one[6:] == other[6:]
    if year and one[4:6] == other[6:] and one[6:] == other[4:6]:
        return "near"
    if year + month + day > 1:
        return "similar"
    two = OSA.distance(one, other, score_cutoff=2) <= 2
    return "alike" if year or two else "different"


#: Columns whose values are not compared as any text is.
_LEVEL_OF = {BIRTH: date_level, GIVEN: given_name_level}
