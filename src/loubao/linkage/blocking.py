"""Candidate pairs: one join per blocking key, so that only plausible pairs are compared.

Python defines what a key is made of (`KEYS`, the literals of `rules.matching.BlockingKey`); the
rules say which keys, or which of them together, make a pair.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from loubao import frames
from loubao.rules.matching import Block, BlockingKey

_PATTERN = pl.col("id_pattern")
_NUMBER = pl.col("id_number")
_KEY = pl.col("name_key")

#: Parts of a number that one typing error leaves whole: it spares either the first twelve
#: characters (division, year and month of birth) or the last six (day, sequence, check digit).
_FRONT, _BACK = 12, 6


def _name_parts() -> pl.Expr:
    """The name without each of its characters in turn: names one character apart share one."""
    length = _KEY.str.len_chars()
    parts = [
        pl.when(length > i).then(_KEY.str.slice(0, i) + _KEY.str.slice(i + 1)) for i in range(6)
    ]
    return (
        pl.when(length.is_between(2, 6))
        .then(pl.concat_list(*parts, _KEY.str.replace_all("?", "", literal=True)))
        .list.drop_nulls()
        .list.unique()
    )


#: A String or List[String] expression over the records for each blocking key; null makes no pair.
KEYS: dict[BlockingKey, pl.Expr] = {
    "id_number": _NUMBER,
    "id_head": pl.when(~_PATTERN.str.slice(0, 15).str.contains("?", literal=True)).then(
        _PATTERN.str.slice(0, 15)
    ),
    "id_ends": pl.when(
        ~(_PATTERN.str.slice(0, 6) + _PATTERN.str.slice(14)).str.contains("?", literal=True)
    ).then(_PATTERN.str.slice(0, 6) + _PATTERN.str.slice(14)),
    "id_front": pl.when(_NUMBER.str.len_chars() >= 15).then(_NUMBER.str.slice(0, _FRONT)),
    "id_back": pl.when(_NUMBER.str.len_chars() >= 15).then(_NUMBER.str.tail(_BACK)),
    "birth_date": pl.col("birth_date").dt.to_string("%Y%m%d"),
    "name_key": pl.when(~_KEY.str.contains("?", literal=True)).then(_KEY),
    "name_part": _name_parts(),
    "name_sorted": pl.when(_KEY.str.contains(" ", literal=True)).then(
        _KEY.str.split(" ").list.sort().list.join(" ")
    ),
    "reading": pl.col("readings"),
    "sex": pl.col("sex"),
    "town": pl.col("town"),
    "village_code": pl.coalesce("village_code", "village"),
    "head_key": pl.col("head_key"),
    "own_or_head_id": pl.concat_list("id_number", "head_id").list.drop_nulls().list.unique(),
}


def candidate_pairs(
    left: pl.DataFrame, right: pl.DataFrame, blocking: Sequence[Block]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the distinct pairs that agree on at least one blocking key.

    `left` and `right` are RECORDS; the pairs have `left_id`, `right_id` (UInt64), never a record
    with itself, and a pair of two `left` records only once (lower id first). The second frame
    holds ISSUES: one BLOCK_TOO_LARGE for each key some of whose blocks were left out.
    """
    lefts = _keyed(left, blocking, "left_id").collect()
    wanted = lefts.lazy().select("key").unique()
    rights = _keyed(right, blocking, "right_id").join(wanted, on="key", how="semi").collect()
    most = pl.col("block").replace_strict(
        dict(enumerate(block.most for block in blocking)), return_dtype=pl.UInt64
    )
    too_large = (
        lefts.group_by("key", "block")
        .agg(lefts=pl.len().cast(pl.UInt64))
        .join(rights.group_by("key").agg(rights=pl.len().cast(pl.UInt64)), on="key")
        .filter(pl.col("lefts") * pl.col("rights") > most)
    )
    both = pl.col("right_id").is_in(left["record_id"].implode())
    if too_large.height:
        lefts = lefts.join(too_large, on="key", how="anti")
    pairs = (
        lefts.lazy()
        .join(rights.lazy(), on="key")
        .filter(~(pl.col("settled") & pl.col("settled_right")))
        .select("left_id", "right_id")
        .unique()
        .filter((pl.col("left_id") < pl.col("right_id")) | ~both)
        .sort("left_id", "right_id")
        .collect()
    )
    return pairs, _said(too_large, blocking)


def _keyed(records: pl.DataFrame, blocking: Sequence[Block], name: str) -> pl.LazyFrame:
    """One row for each record, block and value of its key: `name`, `block` (UInt8), `key` (UInt64).

    `settled`: the number is proven, and the block is for pairs of which one is not. The key is a
    hash: two values that fall together make a pair more to compare, never one less.
    """
    used = sorted({key for block in blocking for key in block.on})
    # the check digit of a lifted number was computed: it may still be one digit off
    firm = [status for status in frames.PROVEN_STATUSES if status != "lifted"]
    proven = pl.col("id_status").is_in(firm).alias("_proven")
    keys = records.select("record_id", proven, *(KEYS[key].alias(key) for key in used))
    parts = []
    for number, block in enumerate(blocking):
        settled = (pl.col("_proven") & block.unproven).alias("settled")
        part = keys.lazy().select(pl.col("record_id").alias(name), settled, *block.on).drop_nulls()
        for key in block.on:
            if keys.schema[key] == pl.List(pl.String):
                part = part.explode(key, empty_as_null=True).drop_nulls()
        numbered = pl.lit(number, pl.UInt8).alias("block")
        key_hash = pl.struct(numbered, *block.on).hash().alias("key")
        parts.append(part.select(name, "settled", numbered, key_hash))
    return pl.concat(parts)


def _said(too_large: pl.DataFrame, blocking: Sequence[Block]) -> pl.DataFrame:
    counted = too_large.group_by("block").agg(groups=pl.len()).sort("block")
    rows = []
    for number, groups in counted.rows():
        block = blocking[number]
        detail = (
            f"分组键 {'+'.join(block.on)} 有 {groups} 组超过 {block.most} 对，"
            "这些组没有按此键比对；可在 matching.yaml 增加更细的分组键"
        )
        rows.append(("", "", None, "", "BLOCK_TOO_LARGE", detail))
    return frames.issue_rows(rows)
