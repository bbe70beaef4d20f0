"""Candidate pairs, compared: the two rows of each pair side by side, one level for each field.

What the levels mean is in `levels` and `name_levels`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.linkage import levels
from loubao.linkage.masked_names import shows_one
from loubao.linkage.name_levels import levels_of_names
from loubao.linkage.particular_levels import level_of_parts, levels_of_particulars
from loubao.rules.matching import (
    COMPATIBLE_NAMES,
    LEVELS,
    NUMBER_AGREES,
    NUMBER_EQUAL,
    SAME_NAMES,
    SHOWN_NAMES,
    UNLIKE_NAMES,
)

#: The fields compared, in the order of the evidence.
FIELDS = tuple(LEVELS)

#: What is compared of ID numbers.
_NUMBER = [
    *("id_number", "id_pattern", "proven", "lifted", "document", "partial", "fits", "shared"),
]
#: Fields that a number has in it, too → whether a row has them from there alone.
OF_NUMBER = {"birth_date": "birth_of_number", "sex": "sex_of_number"}
#: Sex by the 17th digit of a number: odd is male.
_ODD = {"男": 1, "女": 0}
#: Digits that differ between namesakes of a village: the running number and the check digit.
_LAST = range(14, 18)
#: Names that cannot be a slip of one another; one of which only the surname shows says nothing.
_CLASHING_NAMES = ("one_character", *UNLIKE_NAMES)
#: Names under one number that are compared with each other.
_MOST_NAMES = 100
#: Names that can be one, where another name under the number shows one character only.
_ONE_NAME = (*COMPATIBLE_NAMES, *SHOWN_NAMES, "both_masked")


def own_attributes(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is compared of LINKABLE rows, in their order.

    That is all but whether the number is `shared`, which depends on other rows: enough for u.

    >>> from loubao.core.frames import LINKABLE, empty
    >>> own_attributes(empty(LINKABLE)).columns[-5:]
    ['fits', 'proven', 'lifted', 'document', 'partial']
    """
    return rows.select(
        *("id_number", "id_pattern", "name", "name_key", "birth_date", "birth_until"),
        *("sex", "town", "head_key", "address", *OF_NUMBER.values(), *particulars_of(rows)),
        place=pl.coalesce("village_code", "village"),
        fits=_fits(),
        **_about_numbers(),
    )


def _fits() -> pl.Expr:
    """Whether nothing in the row says that its ID number is somebody else's.

    >>> from datetime import date
    >>> row = {"id_number": "990101196003051238", "id_status": "valid", "sex": "男"}
    >>> births = pl.DataFrame({"birth_date": [date(1960, 3, 5), date(1984, 7, 1), None]})
    >>> rows = births.with_columns(pl.lit(value).alias(name) for name, value in row.items())
    >>> rows.select(_fits()).to_series().to_list()
    [True, False, True]
    """
    number = pl.when(pl.col("id_status").is_in(frames.PROVEN_STATUSES)).then("id_number")
    of_number = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    odd = number.str.slice(16, 1).cast(pl.UInt8, strict=False) % 2
    other_sex = odd != pl.col("sex").replace_strict(_ODD, default=None, return_dtype=pl.UInt8)
    other_birth = of_number != pl.col("birth_date")
    return ~(other_birth.fill_null(value=False) | other_sex.fill_null(value=False))


def _about_numbers() -> dict[str, pl.Expr]:
    """What the status and the pattern of an ID number say of it."""
    status = pl.col("id_status")
    return {
        "proven": status.is_in(frames.PROVEN_STATUSES).fill_null(False),
        "lifted": (status == "lifted").fill_null(False),
        "document": (status == "other_document").fill_null(False),
        "partial": pl.col("id_pattern").str.contains("?", literal=True).fill_null(False),
    }


def number_level(person: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return the level of the ID numbers of two people: `id_number`, `id_status`, `id_pattern`.

    >>> proven = {"id_number": "990101199003070117", "id_status": "valid"}
    >>> typed = {"id_number": "990101199003070127", "id_status": "wrong_check_digit"}
    >>> starred = {"id_pattern": "990101????????0125", "id_status": "masked"}
    >>> [number_level(each, proven) for each in (typed, starred, {})]
    ['one_wrong_digit', 'different', 'unknown']
    """
    columns = ("id_number", "id_status", "id_pattern")
    rows = pl.DataFrame(
        {column: [person.get(column), other.get(column)] for column in columns},
        schema=dict.fromkeys(columns, pl.String),
    ).with_columns(shared=pl.lit(value=False), fits=pl.lit(value=True), **_about_numbers())
    whole = pl.when("proven").then("id_number")
    rows = rows.with_columns(id_pattern=pl.coalesce("id_pattern", whole))
    pair = pl.DataFrame({"left": [0], "right": [1]})
    return str(levels.levels_of_numbers(_beside(pair, rows, _NUMBER))[0])


def shows_end(pattern: str | None, number: str | None) -> bool:
    """Return whether a starred number shows the end of the other number and contradicts no digit
    of it.

    >>> shows_end("990101????????0117", "990101199003070117")
    True
    >>> shows_end("990101????????0117", "990101199003070125")
    False
    >>> shows_end("9901011990????????", "990101199003070117")
    False
    """
    if pattern is None or number is None or len(pattern) != len(number):
        return False
    shown = {i for i, digit in enumerate(pattern) if digit != "?"}
    return shown.issuperset(_LAST) and all(pattern[i] == number[i] for i in shown)


def is_one_number(
    number: str | None, pattern: str | None, other: str | None, other_pattern: str | None
) -> bool:
    """Return whether two numbers are one: each is whole (`number`) or starred (`pattern`).

    Of two that are starred both show the same.

    >>> starred, whole = "990101????????0117", "990101199003070117"
    >>> is_one_number(whole, None, None, starred), is_one_number(None, starred, None, starred)
    (True, True)
    >>> is_one_number(None, starred, "990101199003070125", None)
    False
    """
    if number is not None and other is not None:
        return number == other
    if pattern is not None and other_pattern is not None:
        return pattern == other_pattern and shows_end(pattern, other_pattern)
    return shows_end(pattern, other) or shows_end(other_pattern, number)


def shared(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """Return of each row whether people of different names go under its number (Boolean).

    Only numbers that both rows of one of the `pairs` have are looked at. On one list every other
    name is another person's, and a name of which one character shows may be two people's there.
    Between lists, where a slip of the pen is likelier, only a name with a character that cannot be
    a slip of the other, and only where a third name stands under the number: two that clash are
    seen in their own pair. Where a name shows one character, any two others that are not alike
    clash: it may be either.
    """
    hashes = rows.select(pl.col("id_number").hash())["id_number"]
    one, other = (hashes.gather(pairs[side]) for side in ("left", "right"))
    asked = one.filter(one == other).unique()
    if asked.is_empty():
        return pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True)
    named = names_under_numbers(rows.lazy().filter(pl.lit(hashes.is_in(asked.implode())))).collect()
    names = named.group_by("number").agg(
        names=pl.col("key").n_unique(), strict=pl.col("hidden").any()
    )
    several = names.filter((pl.col("names") > 1) | pl.col("strict"))
    if several.is_empty():
        return pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True)
    bearers = (
        named.join(several, on="number", maintain_order="left")
        .group_by("number", "list", "key", maintain_order=True)
        .agg(pl.exclude("number", "list", "key").first(), rows=pl.len())
    )
    return rows["id_number"].is_in(clashing(bearers).implode()).fill_null(value=False)


def names_under_numbers(rows: pl.LazyFrame, *beside: str) -> pl.LazyFrame:
    """Return the names of LINKABLE rows with a proven number, and columns `beside` them.

    `id_number`, `list`, `name`, `name_key` (String), hashes of number and key (`number`, `key`,
    UInt64), `hidden` (Boolean: one character shows).
    """
    return (
        rows.filter(pl.any_horizontal(pl.col("id_status") == s for s in frames.PROVEN_STATUSES))
        .filter(pl.col("name_key").is_not_null() & pl.col("id_number").is_not_null())
        .select(
            *("id_number", "list", "name", "name_key", *beside),
            number=pl.col("id_number").hash(),
            key=pl.col("name_key").hash(),
            hidden=shows_one(pl.col("name_key")),
        )
    )


def clashing(bearers: pl.DataFrame) -> pl.Series:
    """Return the ID numbers under which names of different people stand.

    `bearers`: `names_under_numbers`, each name once for each number and list, and how many `rows`
    have it; `names`: how many names there are under the number, `strict`: one of them is `hidden`.
    Of very many names the first are compared.
    """
    twice = bearers.filter(pl.col("hidden") & (pl.col("rows") > 1))
    few = bearers.filter(pl.col("names") > 1).sort("number", "list", "key")
    few = few.filter(pl.int_range(pl.len()).over("number") < _MOST_NAMES)
    few = few.drop("number", "key", "hidden", "rows")
    left, right = (
        few.rename({c: side + c for c in few.columns if c != "id_number"}) for side in ("l_", "r_")
    )
    both = left.join(right, on="id_number").filter(pl.col("l_name_key") < pl.col("r_name_key"))
    level = pl.col("level").cast(pl.String)
    same_list = pl.col("l_list") == pl.col("r_list")
    clash = both.with_columns(level=levels_of_names(both)).filter(
        (level.is_in(_CLASHING_NAMES) & (pl.col("l_names") > 2))
        | (same_list & ~level.is_in(SAME_NAMES))
        | (pl.col("l_strict") & ~level.is_in((*_ONE_NAME, "surname_only")))
    )
    return pl.concat([twice["id_number"], clash["id_number"]]).unique()


def compare(
    pairs: pl.DataFrame, attributes: pl.DataFrame, names: Future[pl.Series] | None = None
) -> pl.DataFrame:
    """Return the `pairs` (PAIRS) that have a name or a number in common, with their levels.

    One Enum of `levels.ENUMS` for each of FIELDS. `attributes` are `own_attributes` with `shared`;
    the pairs count their rows from 0. `names` are the `name_levels` that another thread finds.
    """
    numbers = levels.levels_of_numbers(_beside(pairs, attributes, _NUMBER))
    columns = particulars_of(attributes)
    if columns:
        return _with_particulars(pairs, attributes, columns, numbers)
    alike = pairs.with_columns(
        name=names.result() if names else name_levels(pairs, attributes), id_number=numbers
    ).filter(
        ~pl.col("name").is_in([*UNLIKE_NAMES, "unknown"]) | pl.col("id_number").is_in(NUMBER_AGREES)
    )
    return _with_other_levels(alike, attributes)


def name_levels(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.Series:
    """Return the levels of the name alone."""
    return levels_of_names(_beside(pairs, attributes, ["name", "name_key"]))


def random_levels(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """Return `pairs` (PAIRS) drawn at random with a level for each of FIELDS.

    Two numbers drawn at random do not agree, so they are not measured.
    """
    numbered = _beside(pairs, attributes, ["id_number", "proven", "fits"])
    number = numbered.select(levels.unequal_number_level().alias("level"))["level"]
    columns = particulars_of(attributes)
    if columns:
        return _with_particulars(pairs, attributes, columns, number)
    named = pairs.with_columns(name=name_levels(pairs, attributes), id_number=number)
    return _with_other_levels(named, attributes)


def content_of(rows: pl.DataFrame) -> pl.Series:
    """Return a number for what is written in each of LINKABLE (and particulars), UInt64.

    Rows that are written alike have one number, wherever they stand: candidates that nothing else
    tells apart are ordered by it.

    >>> rows = pl.DataFrame({"record_id": [2, 3, 4], "name": ["甲", "乙", "甲"]})
    >>> first, second, third = content_of(rows.select(frames.linkable(rows)))
    >>> first == third, first == second
    (True, False)
    """
    fields = [name for name in frames.WRITTEN if name in rows.columns]
    written = [*fields, *particulars_of(rows)]
    return rows.select(pl.struct(written).hash(seed=1)).to_series().alias("content")


def particulars_of(rows: pl.DataFrame) -> list[str]:
    """Return the columns that are compared as they stand.

    >>> particulars_of(pl.DataFrame(schema=["name", "+surname", "+email"]))
    ['+surname', '+email']
    """
    return [column for column in rows.columns if column.startswith(frames.MARK)]


def evidence_of(column: str) -> str:
    """Return what a particular is called in the evidence, where FIELDS have their names already.

    >>> evidence_of("+surname"), evidence_of("+birth_date")
    ('surname', 'birth_date_as_written')
    """
    name = column.removeprefix(frames.MARK)
    return f"{name}_as_written" if name in FIELDS else name


def evidence(particulars: Iterable[str]) -> pl.Expr:
    """Return the levels of compared pairs as one struct: FIELDS, then those of the particulars."""
    return pl.struct(
        *(pl.col(field).cast(pl.String) for field in FIELDS),
        *(pl.col(column).cast(pl.String).alias(evidence_of(column)) for column in particulars),
    ).alias("evidence")


def decisions_schema(particulars: Iterable[str]) -> frames.Schema:
    """Return DECISIONS, whose evidence has the particulars, too."""
    names = (*FIELDS, *map(evidence_of, particulars))
    return {**frames.DECISIONS, "evidence": pl.Struct(dict.fromkeys(names, pl.String))}


def _with_particulars(
    pairs: pl.DataFrame, attributes: pl.DataFrame, columns: list[str], numbers: pl.Series
) -> pl.DataFrame:
    """All of the pairs with the levels of FIELDS and of the particulars.

    Where names stand in parts, the level of the whole name follows from theirs.
    """
    found = levels_of_particulars(pairs, attributes, columns)
    in_parts = {frames.GIVEN, frames.SURNAME} <= {*columns}
    name = level_of_parts(found) if in_parts else name_levels(pairs, attributes)
    named = pairs.with_columns(name=name, id_number=numbers)
    if any(column.startswith(f"{frames.MARK}address") for column in columns):
        attributes = attributes.with_columns(address=pl.lit(None, pl.String))  # compared there
    return pl.concat([_with_other_levels(named, attributes), found], how="horizontal")


def _with_other_levels(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """The pairs with the levels of the fields beside name and number."""
    columns = ["birth_date", "birth_until", "sex", "town", "place", "head_key", "address"]
    sides = _beside(pairs, attributes, [*columns, *OF_NUMBER.values()])
    found = pairs.with_columns(
        sides.select(
            birth_date=levels.birth_level(),
            sex=levels.plain_level("sex", "sex"),
            village=levels.village_level(),
            household_head=levels.plain_level("household_head", "head_key"),
        ),
        address=levels.levels_of_addresses(sides),
    )
    repeated = {
        field: unless_of_number(field, sides[f"l_{flag}"] | sides[f"r_{flag}"])
        for field, flag in OF_NUMBER.items()
    }
    return found.with_columns(**repeated).select("left", "right", *FIELDS)


def unless_of_number(field: str, taken: pl.Series | None = None) -> pl.Expr:
    """The level of a field that numbers have in them, too; unknown where equal numbers alone make
    it the same.

    `taken` (Boolean): whether either row has it from its number; every pair without.
    """
    same = pl.col("id_number").is_in(NUMBER_EQUAL) & (pl.col(field) == "same")
    if taken is not None:
        same &= pl.lit(taken.fill_null(value=False))
    return pl.when(same).then(pl.lit("unknown", dtype=levels.ENUMS[field])).otherwise(field)


def _beside(pairs: pl.DataFrame, attributes: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The columns of both rows of each pair, as `l_…` and `r_…`.

    >>> names = pl.DataFrame({"name": ["李小红", "李晓红", "张三"]})
    >>> _beside(pl.DataFrame({"left": [0, 0], "right": [1, 2]}), names, ["name"]).rows()
    [('李小红', '李晓红'), ('李小红', '张三')]
    """
    rows = attributes[columns]
    left, right = (
        rows[pairs[side]].rename({column: f"{side[0]}_{column}" for column in columns})
        for side in ("left", "right")
    )
    return left.hstack(right)
