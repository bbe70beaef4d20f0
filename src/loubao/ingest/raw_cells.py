"""Cells as they were found: the name of their columns, and which of them say nothing."""

from __future__ import annotations

import polars as pl

from loubao.core.characters import BLANK, UNSEEN

_NOTHING_SEEN = f"^[{BLANK}{UNSEEN}]+$"


def raw(field: str) -> str:
    """Return the name of the column that holds a field as found.

    >>> raw("id_number")
    'raw:id_number'
    """
    return f"raw:{field}"


def blank_as_null(cell: pl.Expr, placeholders: tuple[str, ...]) -> pl.Expr:
    r"""Return the cell stripped of outer white space, null where it means "nothing here".

    >>> cells = pl.DataFrame({"name": [" 张三 ", "无", "　", "\u200b", None]})
    >>> cells.select(blank_as_null(pl.col("name"), ("", "无", "/")))["name"].to_list()
    ['张三', None, None, None, None]
    """
    text = cell.str.strip_chars()
    nothing = text.is_in(list(placeholders)) | text.str.contains(_NOTHING_SEEN)
    return pl.when(~nothing).then(text)
