"""Agreement by named level, field by field: the only user of rapidfuzz.

Distances, masks and surviving digits are counted once per distinct pair of values; what they mean
is said in `agreement`.
"""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import OSA

from loubao import frames
from loubao.linkage import agreement
from loubao.rules.matching import SAME_NAMES

#: The fields compared, in the order of the evidence.
FIELDS = ("id_number", "name", "birth_date", "sex", "village", "household_head")

#: Names that cannot be a slip of one another; one of which only the surname shows says nothing.
_CLASHING_NAMES = ("one_character", "different")


def shared_numbers(records: pl.DataFrame) -> pl.Series:
    """Return the numbers under which two people go (String, unique).

    On one list every other name tells of another person; between lists, where a slip of the pen is
    likelier, only a name with a character that cannot be a slip of the other.
    """
    bearers = (
        records.filter(
            pl.col("id_status").is_in(frames.PROVEN_STATUSES) & pl.col("name_key").is_not_null()
        )
        .select("id_number", "list", "name", "name_key", "readings")
        .unique(["id_number", "list", "name_key"], maintain_order=True)
        .filter(pl.col("name_key").n_unique().over("id_number") > 1)
    )
    left, right = (
        bearers.rename(
            {column: side + column for column in bearers.columns if column != "id_number"}
        )
        for side in ("l_", "r_")
    )
    pairs = left.join(right, on="id_number").filter(pl.col("l_name_key") < pl.col("r_name_key"))
    levels = _with_name_edits(pairs).with_columns(level=agreement.name_level())
    clash = levels.filter(
        pl.col("level").is_in(_CLASHING_NAMES)
        | ((pl.col("l_list") == pl.col("r_list")) & ~pl.col("level").is_in(SAME_NAMES))
    )
    return clash["id_number"].unique()


def comparable(records: pl.DataFrame) -> pl.DataFrame:
    """Return what `compare` looks at of RECORDS: one row a record."""
    return records.select(
        "record_id",
        "id_number",
        "id_pattern",
        "name",
        "name_key",
        "readings",
        "birth_date",
        "birth_until",
        "sex",
        "town",
        "head_key",
        place=pl.coalesce("village_code", "village"),
        proven=pl.col("id_status").is_in(frames.PROVEN_STATUSES),
        lifted=pl.col("id_status") == "lifted",
        document=pl.col("id_status") == "other_document",
        shared=pl.col("id_number").is_in(shared_numbers(records).implode()),
    )


def compare(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """Return `pairs` (`left_id`, `right_id`) with one String column of levels for each of FIELDS.

    `attributes` come from `comparable` and hold every id of the pairs.
    """
    sides = pairs.join(
        attributes.rename(lambda c: f"l_{c}"), left_on="left_id", right_on="l_record_id"
    ).join(attributes.rename(lambda c: f"r_{c}"), left_on="right_id", right_on="r_record_id")
    sides = _with_survivors(_with_name_edits(sides)).with_columns(
        id_edits=_edits(sides, _edited_number("l"), _edited_number("r"), 2),
        id_letters=agreement.same_letters("id_number"),
    )
    return sides.select(
        "left_id",
        "right_id",
        id_number=agreement.id_level(),
        name=agreement.name_level(),
        birth_date=agreement.birth_level(),
        sex=agreement.plain_level("sex"),
        village=agreement.village_level(),
        household_head=agreement.plain_level("head_key"),
    ).sort("left_id", "right_id")


def _with_name_edits(sides: pl.DataFrame) -> pl.DataFrame:
    """Add `name_edits` (UInt8), and `mask` (String): the level of names that hide a character."""
    keys = ["l_name_key", "r_name_key"]
    hidden = pl.any_horizontal(pl.col(key).str.contains("?", literal=True) for key in keys)
    masks = sides.filter(hidden).select(keys).unique().with_columns(mask=agreement.mask_level())
    return sides.with_columns(
        name_edits=_edits(sides, pl.col("l_name_key"), pl.col("r_name_key"), 2)
    ).join(masks, on=keys, how="left", maintain_order="left")


def _with_survivors(sides: pl.DataFrame) -> pl.DataFrame:
    """Add `known` and `clashes` (UInt32) for pairs with a number that is not whole, else null.

    `known`: places where both patterns show a digit; `clashes`: those where they differ.
    """
    patterns = ["l_id_pattern", "r_id_pattern"]
    partial = pl.any_horizontal(pl.col(name).str.contains("?", literal=True) for name in patterns)
    known, clashes = [], []
    for place in range(18):
        left, right = (pl.col(name).str.slice(place, 1) for name in patterns)
        both = (left != "?") & (right != "?")
        known.append(both)
        clashes.append(both & (left != right))
    counted = (
        sides.filter(partial)
        .select(patterns)
        .drop_nulls()
        .unique()
        .with_columns(known=pl.sum_horizontal(known), clashes=pl.sum_horizontal(clashes))
    )
    return sides.join(counted, on=patterns, how="left", maintain_order="left")


def _edited_number(side: str) -> pl.Expr:
    """The number to count edits in: the check digit of a lifted number is no news."""
    lifted = pl.col("l_lifted") | pl.col("r_lifted")
    number = pl.col(f"{side}_id_number")
    return pl.when(lifted).then(number.str.slice(0, 17)).otherwise(number)


def _edits(sides: pl.DataFrame, left: pl.Expr, right: pl.Expr, cutoff: int) -> pl.Series:
    """Return the optimal string alignment distance of each pair (UInt8; null: one is missing).

    Distinct unequal pairs only are measured; a distance beyond `cutoff` is `cutoff + 1`.
    """
    texts = sides.select(left=left, right=right)
    unequal = texts.filter(pl.col("left") != pl.col("right")).unique()
    distances = [
        OSA.distance(one, other, score_cutoff=cutoff)
        for one, other in zip(unequal["left"], unequal["right"], strict=True)
    ]
    measured = unequal.with_columns(edits=pl.Series(distances, dtype=pl.UInt8))
    return texts.join(measured, on=["left", "right"], how="left", maintain_order="left").select(
        pl.when(pl.col("left") == pl.col("right")).then(pl.lit(0, pl.UInt8)).otherwise("edits")
    )["literal"]
