"""Agreement levels of names: equal, alike in sound or shape, masked, a slip apart.

    same, variant    equal as written; equal but for traditional or rare forms, dots, word order
    reading          written with other characters that read the same (李小红, 李晓红), or partly
                     as they sound (郑yu for 郑彧)
    look_alike       one character that looks like the other (己 已)
    reordered        the same characters in another order
    masked           what shows agrees, two characters at least; in Latin names an initial
    given_name       another surname before the same given name of two characters or more
    one_character    another given-name character (brothers, father and son; or a slip); in Latin
                     names one or two letters
    subset           a given-name character or a word missing or too many
    word_and_initial Latin names that have a word and the initial of another in common
    one_word         Latin names that have a word in common
    surname_only     masked on one side but for the surname (周**)
    one_shown        two characters, one of them masked on one side (周*, *涛)
    both_masked      masked on both, and one character at the most shows on both
    same_surname     Chinese names that have nothing but the surname in common: relatives, or a
                     former name

The same two names are seldom compared twice among candidate pairs: to find equal pairs would cost
more than to compare them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import polars as pl
from rapidfuzz.distance import OSA

from loubao.core.characters import look_alikes
from loubao.core.readings import PARTLY_SPELT, are_spelt_alike, readings, sound
from loubao.linkage.levels import ENUMS, are_permuted, edit_distance, first_level
from loubao.linkage.masked_names import MASKED, PLACES, mask_level

#: Signs that stand in a name for one that was hidden on purpose.
_HIDING = "[*＊×✕╳?？�□■○◯〇某●]"
_LATIN = r"^[A-Z ]+$"
#: Characters whose meaning is the maker's of a font; a key has what GBK meant by them.
_PRIVATE = "[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"


def levels_of_names(sides: pl.DataFrame) -> pl.Series:
    """Return the level (Enum) of each pair of names.

    `sides` has `l_name` (String, as written), `l_name_key` (its match key, with `?` for a hidden
    character) and the same of `r_`.

    >>> pairs = [
    ...     ("李小红", "李晓红"),
    ...     ("庄己明", "庄已明"),
    ...     ("庄国建", "庄建国"),
    ...     ("庄?国", "庄建国"),
    ...     ("庄??", "庄建国"),
    ...     ("?国", "庄国"),
    ...     ("张伟民", "张伟国"),
    ...     ("王建国", "庄建国"),
    ...     ("庄国", "庄建国"),
    ...     ("张三", "李三"),
    ...     ("张三", "张小红"),
    ...     ("JON SMITH", "JOHN SMITH"),
    ... ]
    >>> keys = pl.DataFrame(pairs, schema=["l_name_key", "r_name_key"], orient="row")
    >>> levels = levels_of_names(keys.with_columns(l_name="l_name_key", r_name="r_name_key"))
    >>> for (left, right), level in zip(pairs, levels):
    ...     print(f"{left} {right}: {level}")
    李小红 李晓红: reading
    庄己明 庄已明: look_alike
    庄国建 庄建国: reordered
    庄?国 庄建国: masked
    庄?? 庄建国: surname_only
    ?国 庄国: one_shown
    张伟民 张伟国: one_character
    王建国 庄建国: given_name
    庄国 庄建国: subset
    张三 李三: different
    张三 张小红: same_surname
    JON SMITH JOHN SMITH: one_character
    """
    named = sides.select(
        "l_name", "r_name", _equal_level().alias("level"), l="l_name_key", r="r_name_key"
    ).with_row_index("pair")
    unequal = named.filter(pl.col("level") == "different")
    latin = unequal.select(
        (pl.col("l").str.contains(_LATIN) & pl.col("r").str.contains(_LATIN)).alias("latin")
    )["latin"]
    chinese, foreign = unequal.filter(~latin), unequal.filter(latin)
    level = named["level"].to_physical()
    if chinese.height:
        found = _with_likeness(_without_private(chinese)).select(_chinese_level().alias("level"))[
            "level"
        ]
        level = level.scatter(chinese["pair"], found.to_physical())
    if foreign.height:
        found = latin_level(foreign["l"], foreign["r"])
        level = level.scatter(foreign["pair"], found.to_physical())
    return level.cat.to(ENUMS["name"])


@cache
def _equal_level() -> pl.Expr:
    """The level of names whose keys are equal, of one that is missing; else `different`.

    >>> sides = pl.DataFrame(
    ...     {"l_name": ["庄建国", "莊建國", "庄*国"], "l_name_key": ["庄建国", "庄建国", "庄?国"]}
    ... ).with_columns(r_name=pl.Series(["庄建国", "庄建国", "庄*国"]), r_name_key="l_name_key")
    >>> sides.select(_equal_level()).to_series().to_list()
    ['same', 'variant', 'different']
    """
    key, other = pl.col("l_name_key"), pl.col("r_name_key")
    # two names that hide the same character are not the same name for that; but one that no key
    # can show (a private sign, a spelling by parts) is, where it is written alike
    whole = ~key.str.contains("?", literal=True)
    written = (pl.col("l_name") == pl.col("r_name")) & (
        whole | ~pl.col("l_name").str.contains(_HIDING)
    )
    return first_level(
        "name",
        [
            ("unknown", key.is_null() | other.is_null()),
            ("same", written),
            ("variant", whole & (key == other)),
        ],
    )


# -- Chinese names --------------------------------------------------------------------------------


def _without_private(unequal: pl.DataFrame) -> pl.DataFrame:
    r"""Put `?` in the keys `l` and `r` for a private-use character of `l_name` and `r_name`.

    What GBK meant by it has not made the names equal, so another font may have drawn it.

    >>> pair = {"l_name": "王\ue863明", "r_name": "王洋明", "l": "王䶮明", "r": "王洋明"}
    >>> _without_private(pl.DataFrame(pair)).select("l", "r").row(0)
    ('王?明', '王洋明')
    """
    for name, key in (("l_name", "l"), ("r_name", "r")):
        # all names as one text: to search each of millions would take ten times as long
        if unequal.select(pl.col(name).str.join("").str.contains(_PRIVATE)).item():
            private = unequal[name].str.contains(_PRIVATE).fill_null(value=False)
            shown = list(map(_shown, *unequal.filter(private).select(name, key)))
            unequal = unequal.with_columns(unequal[key].scatter(private.arg_true(), shown))
    return unequal


def _shown(name: str, key: str) -> str:
    r"""The key with `?` for private-use characters, where it has a character for each of the name.

    >>> _shown("阿\ue863·明", "阿䶮明"), _shown("王(石羡)\ue863", "王𥖄䶮")
    ('阿?明', '王𥖄䶮')
    """
    written = name.replace("·", "")
    if len(written) != len(key):
        return key
    return "".join("?" if re.match(_PRIVATE, w) else k for w, k in zip(written, key, strict=True))


def _with_likeness(unequal: pl.DataFrame) -> pl.DataFrame:
    """Add what two keys `l` and `r` that are unequal or hide a character have in common.

    `edits` (UInt8), `mask` (String: see `mask_level`; null where nothing is hidden), `sounds`
    (they have a reading in common), `alike` (look-alikes), `permuted` (Boolean).
    """
    edits = edit_distance(unequal["l"], unequal["r"], 2)
    unequal = unequal.with_row_index("nth").with_columns(edits=edits)
    hidden = pl.any_horizontal(pl.col(side).str.contains("?", literal=True) for side in "lr")
    masked = unequal.filter(hidden)
    masks = masked.select("nth", mask_level(masked).alias("mask"))
    close = unequal.filter((pl.col("edits") <= 2) & ~hidden)
    one_edit, two_edits = close.filter(pl.col("edits") == 1), close.filter(pl.col("edits") == 2)
    # of two characters that differ, each is read as it is oftenest
    same_sound = sound(pl.col("l")) == sound(pl.col("r"))
    spelt = masked.filter(pl.any_horizontal(pl.col("l_name", "r_name").str.contains(PARTLY_SPELT)))
    homophones = pl.concat(
        [
            _homophones(one_edit),
            two_edits.filter(same_sound)["nth"],
            spelt.filter(are_spelt_alike(spelt["l_name"], spelt["r_name"]))["nth"],
        ]
    )
    likeness = {
        "sounds": homophones,
        "alike": _look_alikes(one_edit),
        "permuted": _permutations(close),
    }
    return unequal.join(masks, on="nth", how="left", maintain_order="left").with_columns(
        pl.col("nth").is_in(found.implode()).alias(name) for name, found in likeness.items()
    )


@cache
def _chinese_level() -> pl.Expr:
    """The level of two keys `l` and `r` from what `_with_likeness` adds."""
    key, other = pl.col("l"), pl.col("r")
    length, other_length = key.str.len_chars(), other.str.len_chars()
    edits, same_surname = pl.col("edits"), _surname(key) == _surname(other)
    one_replaced = (edits == 1) & (length == other_length)
    shorter, mask = pl.min_horizontal(length, other_length), pl.col("mask")
    same_given_name = key.str.slice(1) == other.str.slice(1)
    return first_level(
        "name",
        [
            ("reading", pl.col("sounds")),
            *((level, mask == level) for level in MASKED),
            ("different", mask.is_not_null()),
            ("look_alike", one_replaced & pl.col("alike")),
            ("reordered", pl.col("permuted") & (length > 2)),
            ("one_character", one_replaced & same_surname),
            ("given_name", one_replaced & (length > 2) & same_given_name),
            ("subset", (edits == 1) & (shorter > 1) & same_surname),
            ("same_surname", same_surname),
        ],
    )


def _surname(key: pl.Expr) -> pl.Expr:
    return key.str.slice(0, 1)


def _homophones(pairs: pl.DataFrame) -> pl.Series:
    """Which (`nth`) of the pairs of keys `l` and `r` have a reading in common.

    >>> left, right = ["单小峰", "王晓乐", "李红"], ["善小峰", "王晓悦", "李明"]
    >>> _homophones(pl.DataFrame({"nth": [0, 1, 2], "l": left, "r": right})).sort().to_list()
    [0, 1]
    """
    if pairs.is_empty():
        return pairs["nth"]
    names = pl.concat([pairs["l"], pairs["r"]]).unique()
    aloud = pl.DataFrame({"name": names, "readings": readings(names)})
    both = pairs.join(aloud, left_on="l", right_on="name").join(
        aloud, left_on="r", right_on="name", suffix="_r"
    )
    common = pl.col("readings").list.set_intersection("readings_r").list.len() > 0
    return both.filter(common)["nth"]


def _permutations(pairs: pl.DataFrame) -> pl.Series:
    """Which (`nth`) of the pairs have the same characters in another order."""
    left, right = pl.col("l"), pl.col("r")
    unlike = [(left.str.slice(i, 1) != right.str.slice(i, 1)).cast(pl.UInt8) for i in range(PLACES)]
    few = pairs.filter(
        (left.str.len_bytes() == right.str.len_bytes()) & (pl.sum_horizontal(unlike) > 1)
    )
    return few.filter(are_permuted(few["l"], few["r"]))["nth"]


def _look_alikes(pairs: pl.DataFrame) -> pl.Series:
    """Which (`nth`) of the pairs of keys one character apart look alike."""
    if pairs.is_empty():
        return pairs["nth"]
    same_length = pairs.filter(pl.col("l").str.len_chars() == pl.col("r").str.len_chars())
    unlike = [
        same_length.select(
            "nth", one=pl.col("l").str.slice(i, 1), other=pl.col("r").str.slice(i, 1)
        ).filter(pl.col("one") != pl.col("other"))
        for i in range(PLACES)
    ]
    return pl.concat(unlike).join(look_alikes(), on=["one", "other"], how="semi")["nth"].unique()


# -- Latin names ----------------------------------------------------------------------------------

#: Letters that a word has at least in which a typing error is not another word, and that a
#: name cut short keeps; letters of one in which two errors are.
_SHORT, _LONG = 3, 7


def latin_level(left: pl.Series, right: pl.Series) -> pl.Series:
    """Return the level (Enum of the name) of each two unequal keys of upper-case words."""
    return pl.Series(
        [
            _latin_level(one.split(" "), other.split(" "))
            for one, other in zip(left.to_list(), right.to_list(), strict=True)
        ],
        dtype=ENUMS["name"],
    )


def _latin_level(left: list[str], right: list[str]) -> str:
    """Take words away in pairs: equal ones, then initials, then typing errors.

    The first word is taken for a given name, the last for the surname: people of one family share
    the latter.

    >>> _latin_level(["NGUYEN", "THI", "HOA"], ["HOA", "NGUYEN", "THI"])
    'variant'
    >>> _latin_level(["JOHN", "Q", "SMITH"], ["JOHN", "QUINCY", "SMITH"])
    'masked'
    >>> _latin_level(["JOHN", "Q", "SMITH"], ["JOHN", "PAUL", "SMITH"])
    'subset'
    >>> _latin_level(["JON", "SMITH"], ["JOHN", "SMIHT"])
    'one_character'
    >>> _latin_level(["MARY", "SMITH"], ["MARY", "JONES"])
    'given_name'
    >>> _latin_level(["MARY", "SMITH"], ["LUCY", "SMITH"])
    'one_word'
    >>> _latin_level(["PEGGY", "J", "SMITH"], ["MARGARET", "JOAN", "SMITH"])
    'word_and_initial'
    """
    one, other = list(left), list(right)
    # the commonest answers first: to ask every word of every other takes ten times as long
    equal = [] if set(left).isdisjoint(right) else _paired(one, other, str.__eq__)
    if (not one and not other) or "".join(left) == "".join(right):
        return "variant"
    lone = any(len(word) == 1 for word in (*one, *other))
    initials = _paired(one, other, _is_initial) if lone else []
    typed = _paired(one, other, _is_mistyped)
    words = [word for word in equal + typed if len(word) > 1]
    if not words:
        return "different"
    if len(words) > 1 or (not one and not other):
        if typed:
            return "one_character"
        return "masked" if initials and not one and not other else "subset"
    if len(equal) + len(initials) > 1 and min(len(one), len(other)) == 0:
        return "subset"
    first = left[0] == right[0] or _is_mistyped(left[0], right[0])
    if first and min(len(left), len(right)) > 1:
        return "given_name"
    same_letter = bool(one and other) and one[0][0] == other[0][0]
    return "word_and_initial" if initials or same_letter else "one_word"


def _paired(one: list[str], other: list[str], agree: Callable[[str, str], bool]) -> list[str]:
    """Take away the words of both lists that agree, each once; return those of the first."""
    found = []
    for word in list(one):
        partner = next((w for w in other if agree(word, w)), None)
        if partner is not None:
            one.remove(word)
            other.remove(partner)
            found.append(word)
    return found


def _is_initial(one: str, other: str) -> bool:
    return min(len(one), len(other)) == 1 and one[0] == other[0]


def _is_mistyped(one: str, other: str) -> bool:
    """A typing error, or a name cut short.

    >>> _is_mistyped("ROB", "ROBERT"), _is_mistyped("SMITH", "SMIHT"), _is_mistyped("LI", "LU")
    (True, True, False)
    """
    length, longer = sorted((len(one), len(other)))
    if length < _SHORT:
        return one == other
    if one[:length] == other[:length]:
        return True
    allowed = 1 if length < _LONG else 2
    return longer - length <= allowed and OSA.distance(one, other, score_cutoff=allowed) <= allowed
