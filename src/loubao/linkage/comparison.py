"""Agreement by named level, field by field.

Surviving digits and edits are counted for the pairs that need them; what they mean is said in
`agreement`.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from loubao.core import frames
from loubao.linkage import levels
from loubao.linkage.name_levels import edits, levels_of_names, moved
from loubao.rules.matching import LEVELS, SAME_NAMES

#: The fields compared, in the order of the evidence.
FIELDS = tuple(LEVELS)
#: Levels of a number that make a pair worth keeping whatever the names are.
NUMBER_AGREES = LEVELS["id_number"][: LEVELS["id_number"].index("near") + 1]

#: Names that cannot be a slip of one another; one of which only the surname shows says nothing.
_CLASHING_NAMES = ("one_character", "different")


def shared_numbers(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """Return the numbers under which two people go (String, unique), of those that `pairs` share.

    On one list every other name tells of another person. Between lists, where a slip of the pen is
    likelier, only a name with a character that cannot be a slip of the other, and only where a
    third name stands under the number: two that clash are told by their own pair.
    """
    number, key = pl.col("id_number").hash(), pl.col("name_key").hash()
    hashes = rows.select(number)["id_number"]
    one, other = (hashes.gather(pairs[side]) for side in ("left", "right"))
    asked = one.filter(one == other).unique()
    named = (
        rows.lazy()
        .filter(number.is_in(asked.implode()))
        .filter(pl.any_horizontal(pl.col("id_status") == s for s in frames.PROVEN_STATUSES))
        .select("id_number", "list", "name", "name_key", number=number, key=key)
        .drop_nulls("name_key")
        .collect()
    )
    names = named.group_by("number").agg(names=pl.col("key").n_unique())
    several = names.filter(pl.col("names") > 1)
    if several.is_empty():
        return rows["id_number"].head(0)
    bearers = (
        named.join(several, on="number", maintain_order="left")
        .unique(["number", "list", "key"], keep="first", maintain_order=True)
        .drop("number", "key")
    )
    left, right = (
        bearers.rename(
            {column: side + column for column in bearers.columns if column != "id_number"}
        )
        for side in ("l_", "r_")
    )
    pairs = left.join(right, on="id_number").filter(pl.col("l_name_key") < pl.col("r_name_key"))
    level = pl.col("level").cast(pl.String)
    clash = pairs.with_columns(level=levels_of_names(pairs)).filter(
        (level.is_in(_CLASHING_NAMES) & (pl.col("l_names") > 2))
        | ((pl.col("l_list") == pl.col("r_list")) & ~level.is_in(SAME_NAMES))
    )
    return clash["id_number"].unique()


def comparable(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return what `compare` looks at of LINKABLE rows, in their order, to compare `pairs`."""
    return own_attributes(rows).with_columns(shared=shared(rows, pairs))


def shared(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """Return of each row whether its number is one of `shared_numbers` (Boolean)."""
    numbers = shared_numbers(rows, pairs)
    return rows["id_number"].is_in(numbers.implode()).fill_null(value=False)


def own_attributes(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what `comparable` does but `shared`, which other rows tell: enough for chance."""
    return rows.select(
        "id_number",
        "id_pattern",
        "name",
        "name_key",
        "birth_date",
        "birth_until",
        "sex",
        "town",
        "head_key",
        "address",
        place=pl.coalesce("village_code", "village"),
        proven=pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(False),
        lifted=(pl.col("id_status") == "lifted").fill_null(False),
        document=(pl.col("id_status") == "other_document").fill_null(False),
        partial=pl.col("id_pattern").str.contains("?", literal=True).fill_null(False),
    )


def compare(
    pairs: pl.DataFrame,
    attributes: pl.DataFrame,
    naming: Callable[[], pl.Series] | None = None,
) -> pl.DataFrame:
    """Return the `pairs` (PAIRS) that have a name or a number in common, with their levels.

    One Enum of `agreement.ENUMS` for each of FIELDS. `attributes` come from `comparable`; the pairs
    count its rows from 0. `naming` gives their `name_levels` where these are found out elsewhere.
    """
    numbers = _number_levels(pairs, attributes)
    names = naming() if naming else name_levels(pairs, attributes)
    met = pairs.with_columns(name=names, id_number=numbers).filter(
        ~pl.col("name").is_in(["different", "unknown"]) | pl.col("id_number").is_in(NUMBER_AGREES)
    )
    return _with_the_rest(met, attributes)


def name_levels(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.Series:
    """Return the levels of the name alone."""
    return levels_of_names(_beside(pairs, attributes, ["name", "name_key"]))


def random_levels(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """Return `pairs` (PAIRS) drawn at random with a level for each of FIELDS.

    Two numbers drawn at random do not agree, so they are not measured.
    """
    numbered = _beside(pairs, attributes, ["id_number", "proven"])
    number = numbered.select(levels.random_id_level().alias("level"))["level"]
    named = pairs.with_columns(name=name_levels(pairs, attributes), id_number=number)
    return _with_the_rest(named, attributes)


def _number_levels(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.Series:
    columns = ["id_number", "id_pattern", "proven", "lifted", "document", "partial", "shared"]
    return _numbers(_beside(pairs, attributes, columns))


def _with_the_rest(pairs: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    sides = _beside(
        pairs,
        attributes,
        ["birth_date", "birth_until", "sex", "town", "place", "head_key", "address"],
    )
    return pairs.with_columns(
        sides.select(
            birth_date=levels.birth_level(),
            sex=levels.plain_level("sex", "sex"),
            village=levels.village_level(),
            household_head=levels.plain_level("household_head", "head_key"),
        ),
        address=_addresses(sides),
    ).select("left", "right", *FIELDS)


def _beside(pairs: pl.DataFrame, attributes: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The columns of both rows of each pair, as `l_…` and `r_…`."""
    return pl.DataFrame(
        [
            attributes[column].gather(pairs[side]).alias(f"{side[0]}_{column}")
            for side in ("left", "right")
            for column in columns
        ]
    )


def _numbers(sides: pl.DataFrame) -> pl.Series:
    """The level of the number of each pair."""
    lifted = pl.col("l_lifted") | pl.col("r_lifted")
    number = {
        # the check digit of a lifted number is no news
        side: pl.when(lifted)
        .then(pl.col(f"{side}_id_number").str.slice(0, 17))
        .otherwise(f"{side}_id_number")
        for side in "lr"
    }
    settled = (pl.col("l_proven") & pl.col("r_proven")) & ~lifted
    sides = sides.with_row_index("pair")
    odd = sides.select("pair", **number, settled=settled).filter(
        (pl.col("l") != pl.col("r")) & ~pl.col("settled")
    )
    odd = odd.with_columns(id_edits=edits(odd["l"], odd["r"], 2)).filter(pl.col("id_edits") <= 2)
    odd = odd.select("pair", "id_edits", id_moved=moved(odd["l"], odd["r"]))
    return (
        _with_survivors(sides)
        .join(odd, on="pair", how="left", maintain_order="left")
        .select(levels.id_level().alias("level"))["level"]
    )


def _with_survivors(sides: pl.DataFrame) -> pl.DataFrame:
    """Add `known` and `clashes` (UInt32) for pairs with a number that is not whole, else null.

    `known`: places where both patterns show a digit; `clashes`: those where they differ.
    """
    patterns = ["l_id_pattern", "r_id_pattern"]
    known, clashes = [], []
    for place in range(18):
        left, right = (pl.col(name).str.slice(place, 1) for name in patterns)
        both = (left != "?") & (right != "?")
        known.append(both)
        clashes.append(both & (left != right))
    counted = (
        sides.filter(pl.col("l_partial") | pl.col("r_partial"))
        .drop_nulls(patterns)
        .select("pair", known=pl.sum_horizontal(known), clashes=pl.sum_horizontal(clashes))
    )
    return sides.join(counted, on="pair", how="left", maintain_order="left")


def _addresses(sides: pl.DataFrame) -> pl.Series:
    """The level of the address; `similar`: half of the words, or one or two letters differ."""
    plain = sides.select(
        levels.plain_level("address", "address").alias("level"), l="l_address", r="r_address"
    )
    odd = plain.filter(pl.col("level") == "different").select("l", "r").unique()
    words = [pl.col(side).str.split(" ").list.unique() for side in "lr"]
    common = words[0].list.set_intersection(words[1]).list.len()
    fewest = pl.min_horizontal(words[0].list.len(), words[1].list.len())
    odd = odd.with_columns(edits=edits(odd["l"], odd["r"], 2)).select(
        "l",
        "r",
        similar=(pl.col("edits") <= 2) | ((fewest > 1) & (common * 2 >= fewest)),
    )
    similar = pl.lit("similar", dtype=levels.ENUMS["address"])
    return plain.join(odd, on=["l", "r"], how="left", maintain_order="left").select(
        pl.when("similar").then(similar).otherwise("level").alias("level")
    )["level"]
