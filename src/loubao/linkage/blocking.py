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
    pairs = [pl.DataFrame(schema={"left_id": pl.UInt64, "right_id": pl.UInt64})]
    issues = []
    for block in blocking:
        found, too_large = _join(left, right, block)
        pairs.append(found)
        if too_large:
            detail = (
                f"分组键 {'+'.join(block.on)} 有 {too_large} 组超过 {block.most} 对，"
                "这些组没有按此键比对；可在 matching.yaml 增加更细的分组键"
            )
            issues.append(("", "", None, "", "BLOCK_TOO_LARGE", detail))
    both = pl.col("right_id").is_in(left["record_id"].implode())
    distinct = (
        pl.concat(pairs)
        .filter((pl.col("left_id") < pl.col("right_id")) | ~both)
        .unique()
        .sort("left_id", "right_id")
    )
    return distinct, frames.issue_rows(issues)


def _join(left: pl.DataFrame, right: pl.DataFrame, block: Block) -> tuple[pl.DataFrame, int]:
    left_keys, right_keys = _keyed(left, block, "left_id"), _keyed(right, block, "right_id")
    sizes = (
        left_keys.group_by("key")
        .agg(lefts=pl.len().cast(pl.UInt64))
        .join(right_keys.group_by("key").agg(rights=pl.len().cast(pl.UInt64)), on="key")
        .filter(pl.col("lefts") * pl.col("rights") > block.most)
    )
    if sizes.height:
        left_keys = left_keys.join(sizes, on="key", how="anti")
    found = left_keys.join(right_keys, on="key").select("left_id", "right_id").unique()
    return found, sizes.height


def _keyed(records: pl.DataFrame, block: Block, name: str) -> pl.DataFrame:
    """One row for each record and value of the key: `name` (UInt64), `key` (String)."""
    keyed = records.select(
        pl.col("record_id").alias(name), *(KEYS[key].alias(f"_{key}") for key in block.on)
    ).drop_nulls()
    for key in block.on:
        if keyed.schema[f"_{key}"] == pl.List(pl.String):
            keyed = keyed.explode(f"_{key}", empty_as_null=True)
    return keyed.drop_nulls().select(
        name, key=pl.concat_str(*(f"_{key}" for key in block.on), separator="\x1f")
    )
