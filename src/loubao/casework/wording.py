"""Sentences from rows: `月补助{amount}元[，{since}起]` as a polars expression.

`{field}` stands for the row's value, `{field:%Y年}` for a date in that form. A part in square
brackets vanishes when one of its values is missing; outside them a missing value reads as the given
word for "not known".
"""

from __future__ import annotations

import re

import polars as pl

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FIELD = re.compile(r"\{(\w+)(?::([^{}]+))?\}")


def phrase(template: str, schema: pl.Schema, unknown: str) -> pl.Expr:
    """Return a String expression that words a row of `schema`.

    >>> frame = pl.DataFrame({"amount": [650.0, 650.5, None], "since": ["4月", None, None]})
    >>> words = phrase("月补助{amount}元[，{since}起]", frame.schema, "不详")
    >>> frame.select(words).to_series().to_list()
    ['月补助650元，4月起', '月补助650.50元', '月补助不详元']
    """
    parts: list[pl.Expr] = []
    position = 0
    for optional in _OPTIONAL.finditer(template):
        parts.append(_filled(template[position : optional.start()], schema, unknown))
        parts.append(_filled(optional.group(1), schema).fill_null(""))
        position = optional.end()
    parts.append(_filled(template[position:], schema, unknown))
    return pl.concat_str(parts)


def _filled(text: str, schema: pl.Schema, unknown: str | None = None) -> pl.Expr:
    pieces: list[pl.Expr] = []
    position = 0
    for field in _FIELD.finditer(text):
        pieces.append(pl.lit(text[position : field.start()]))
        value = _spoken(field[1], field[2] or "%Y-%m-%d", schema)
        pieces.append(value if unknown is None else value.fill_null(unknown))
        position = field.end()
    return pl.concat_str(*pieces, pl.lit(text[position:]))


def _spoken(field: str, form: str, schema: pl.Schema) -> pl.Expr:
    value = pl.col(field)
    dtype = schema[field]
    if dtype.is_float():
        cents = value.round(2)
        whole = cents == cents.floor()
        units = cents.floor().cast(pl.Int64).cast(pl.String)
        pennies = ((cents - cents.floor()) * 100).round(0).cast(pl.Int64).cast(pl.String)
        return pl.when(whole).then(units).otherwise(units + "." + pennies.str.zfill(2))
    if dtype == pl.Date:
        return value.dt.to_string(form)
    return value.cast(pl.String)
