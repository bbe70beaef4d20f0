"""The character tables, read on first use and kept; their sources: `loubao/tables/README.md`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def table(name: str) -> pl.DataFrame:
    """Return the table `name` (all String), as it is shipped. Raises `OSError` if there is none."""
    source = (files("loubao") / "tables" / f"{name}.tsv").read_bytes()
    return pl.read_csv(
        source, separator="\t", comment_prefix="#", quote_char=None, infer_schema=False
    )


def variants() -> pl.DataFrame:
    """Return the folding table: `char` → `folded`."""
    return table("variants")


@cache
def folding() -> dict[int, str]:
    """Return the folding table as `str.translate` wants it."""
    return str.maketrans(as_dict(variants()))


@cache
def spelled_by_components() -> dict[str, str]:
    """Return the table of component spellings: "石羡" → 𥖄."""
    return as_dict(table("components"))


@cache
def compound_surnames() -> frozenset[str]:
    """Return the surnames of two characters, in simplified characters."""
    return frozenset(name for name in table("surname_readings")["surname"] if len(name) == 2)


def as_dict(pairs: pl.DataFrame) -> dict[str, str]:
    """Return a table of two columns as a dict."""
    return dict(zip(*(column.to_list() for column in pairs), strict=True))
