"""Cells as they were found: the name of their columns, and which of them say nothing."""

from __future__ import annotations

import polars as pl

from loubao.core.characters import OUTSIDE


def raw(field: str) -> str:
    """Return the name of the column that holds a field as found.

    >>> raw("id_number")
    'raw:id_number'
    """
    return f"raw:{field}"


def blank_as_null(cell: pl.Expr, placeholders: tuple[str, ...]) -> pl.Expr:
    r"""Return the cell without white space and unseen signs outside; null: "nothing here".

    >>> cells = pl.DataFrame({"name": [" 张三 ", "无", "　", "\u200b", "\x1f无", None]})
    >>> cells.select(blank_as_null(pl.col("name"), ("", "无", "/")))["name"].to_list()
    ['张三', None, None, None, None, None]
    """
    text = cell.str.strip_chars(OUTSIDE)
    return pl.when(~text.is_in(list(placeholders))).then(text)
