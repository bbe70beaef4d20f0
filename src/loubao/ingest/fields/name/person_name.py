"""Names of people: what a person would write, and a key to match on.

`normalise` turns a column of raw names into five columns. The raw value stays with the caller.

- `name` keeps traditional and rare characters as written. Spaces inside a Chinese name, row
  numbers, footnote marks and trailing notes go; every kind of dot between parts becomes `·`.
- `name_note` keeps what was cut off, for it may say something (已故). Null when nothing was.
- `name_key` folds variant and traditional characters to simplified ones, drops the dots, and puts
  `?` for each character that is not known: masked, lost, private-use, spelled by components that
  no table resolves, or written in pinyin. Latin names are upper-case, without accents.
- `name_mask` is true when a character was hidden or lost (`*`, 某, ×, ○, `?` …).
- `name_kind` is `han`, `latin`, `mixed` (Han and Latin) or `other` (digits, two names at once …).

Most names are their own key, and are known at a glance (name_shapes.py); of the others each
distinct one is read once, by the shape it has or, the rest, one at a time (name_parts.py). How a
key sounds: loubao.characters.reading.

What has no known shape stays as it is: nothing is invented.

>>> import polars as pl
>>> seen = pl.Series(["张  三（户主）", "單小峯", "阿卜杜拉•买买提", "李*红", "王(石羡)", None])
>>> tidy = normalise(seen)
>>> tidy["name"].to_list()
['张三', '單小峯', '阿卜杜拉·买买提', '李*红', '王(石羡)', None]
>>> tidy["name_key"].to_list()
['张三', '单小峰', '阿卜杜拉买买提', '李?红', '王𥖄', None]
>>> tidy["name_note"].to_list()
['户主', None, None, None, None, None]
"""

from __future__ import annotations

from typing import Final

import polars as pl

from loubao.core.characters import compound_surnames
from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.fields.name.name_shapes import by_shape, is_clean

#: Fewer names than these are read one at a time: to look for shapes takes as long for one.
_FEW: Final = 200
_SCHEMA: Final = pl.Schema(
    {
        "name": pl.String(),
        "name_key": pl.String(),
        "name_note": pl.String(),
        "name_mask": pl.Boolean(),
        "name_kind": pl.String(),
    }
)


def normalise(raw: pl.Series) -> pl.DataFrame:
    """Read a column of names; same height and order as `raw`.

    Returns name, name_key, name_note, name_kind (String) and name_mask (Boolean); see the module's
    docstring. A missing name or a placeholder is null in each of them, but name_note keeps what
    stood there beside and name_mask is false. No text is an error.
    """
    texts = raw.cast(pl.String).rechunk()
    told = pl.DataFrame({"name": texts, "name_key": texts}).with_columns(
        name_note=pl.lit(None, pl.String), name_mask=pl.lit(False), name_kind=pl.lit("han")
    )
    blank = texts.is_null()
    told = told.with_columns(put(told["name_kind"], blank.arg_true(), None))
    places = (~(is_clean(texts) | blank)).arg_true()
    if places.is_empty():
        return told
    rest = read_once(texts.gather(places).alias("raw").to_frame(), _read)
    return told.select(put(told[column], places, rest[column]) for column in _SCHEMA)


def surname(key: pl.Expr) -> pl.Expr:
    """Take the surname of a `name_key`: two characters if compound, the first word if Latin."""
    compound = key.str.slice(0, 2).is_in(list(compound_surnames())) & (key.str.len_chars() > 2)
    return (
        pl.when(key.str.contains(" ", literal=True))
        .then(key.str.extract(r"^(\S+)"))
        .when(compound)
        .then(key.str.slice(0, 2))
        .otherwise(key.str.slice(0, 1))
    )


def _read(texts: pl.DataFrame) -> pl.DataFrame:
    """Read names (raw) that are not clean, in order."""
    from loubao.ingest.fields.name.name_parts import (
        read,  # its patterns take a while, and not all need them
    )

    if texts.height < _FEW:
        return pl.DataFrame([read(name or "") for name in texts["raw"]], _SCHEMA, orient="row")
    known, others = by_shape(texts["raw"])
    one_by_one = pl.DataFrame([read(name or "") for name in others["raw"]], _SCHEMA, orient="row")
    every = pl.concat([known, one_by_one.select(others["at"], pl.all())])
    return every.sort("at").select(_SCHEMA.names())
