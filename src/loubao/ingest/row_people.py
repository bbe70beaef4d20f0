"""The people of the rows of any table (`link`): one row a person, where a row names several, too.

A household may stand in one row, its members in columns (家庭成员1姓名 …) or in a cell: that is
read as the months' lists are (sheets/rows.py). What a row says beside name, number, sex and birth
date is of its household; of a column that no rule knows it is said of the first person only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from loubao.ingest.habits import text_of
from loubao.ingest.raw_cells import raw
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.rows import persons_of
from loubao.ingest.sheets.unpacking import may_be_packed
from loubao.rules.linking import LinkRules

_HEADS = ("head_name", "head_id")


class RowPeople(NamedTuple):
    """The people of rows: `row` and `member` (UInt32, from 0), String columns by place; their fit.

    `unpaired`: how many rows do not tell whose a number is.
    """

    rows: pl.DataFrame
    fit: Fit
    unpaired: int = 0


def row_people(
    rows: pl.DataFrame, fit: Fit, rules: LinkRules, in_parts: bool, ends: Sequence[int] = ()
) -> RowPeople:
    """Return the people of `rows` (`row`, String columns by the places of `fit`).

    `in_parts`: names are in letters, in which a comma parts surname and given name. `ends`: numbers
    of rows behind which no household goes on. A row that names nobody stays, with nobody.

    >>> from loubao.ingest.columns import header_of_row
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.linking import load_linking
    >>> rules = load_linking(shipped_rules())
    >>> def people(headers, *rows):
    ...     fit = header_of_row(headers, {}, rules)
    ...     cells = {str(at): list(cells) for at, cells in enumerate(zip(*rows))}
    ...     frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    ...     found = row_people(frame.with_row_index("row", 2), fit, rules, False)
    ...     names = text_of(found.rows, found.fit, "name").alias("name")
    ...     return found.rows.select("row", "member", names).rows()
    >>> people(["户主姓名", "家庭成员1姓名", "家庭成员2姓名"], ["张三", "李四", None])
    [(2, 0, '张三'), (2, 1, '李四')]
    >>> people(["姓名", "身份证号"], ["张三、李四", None], ["王五", None])
    [(2, 0, '张三'), (2, 1, '李四'), (3, 0, '王五')]
    """
    several = fit.household or (not in_parts and _may_name_several(rows, fit, rules))
    if not several:
        return RowPeople(rows.with_columns(member=pl.lit(0, pl.UInt32)), fit)
    cells, single = _single_columns(rows, fit)
    of_rows, theirs = _own_people(single)
    persons, unpaired = persons_of(cells, ends, of_rows, rules.table, rules.reading)
    fields = [field for field in rules.table.fields if raw(field) in persons.columns]
    width = 1 + max(map(int, cells.columns[1:]), default=-1)
    places = {field: str(width + at) for at, field in enumerate(fields)}
    found = persons.select("row", "member", **{places[f]: pl.col(raw(f)) for f in fields})
    known = {c.field: c.header for c in reversed(single.columns) if c.field is not None}
    columns = tuple(Column(place, known.get(f, ""), f) for f, place in places.items()) + theirs
    beside = [place for _, place in fit.particulars]
    kept = cells.select("row", *dict.fromkeys([*beside, *(column.place for column in theirs)]))
    every = kept.select("row").join(found, on="row", how="left", maintain_order="left_right")
    every = every.with_columns(pl.col("member").fill_null(0)).join(
        kept, on="row", how="left", maintain_order="left"
    )
    first = pl.col("member") == 0
    every = every.with_columns(pl.when(first).then(place).alias(place) for place in set(beside))
    return RowPeople(every, replace(fit, columns=columns, household=False), len(unpaired))


def _may_name_several(rows: pl.DataFrame, fit: Fit, rules: LinkRules) -> bool:
    names = text_of(rows, fit, "name").alias("name")
    texts = pl.DataFrame([names, text_of(rows, fit, "id_number").alias("number")])
    return bool(texts.select(may_be_packed(rules.reading).any()).item())


def _single_columns(rows: pl.DataFrame, fit: Fit) -> tuple[pl.DataFrame, Fit]:
    """Put the columns of each field together, where it has several."""
    columns = list(fit.columns)
    width = 1 + max(map(int, rows.columns[1:]), default=-1)
    for field in fit.fields:
        parts = fit.columns_of(field)
        if len(parts) > 1:
            place, width = str(width), width + 1
            rows = rows.with_columns(text_of(rows, fit, field).alias(place))
            columns = [c for c in columns if c not in parts]
            columns.append(Column(place, parts[0].header, field))
    return rows, replace(fit, columns=tuple(columns))


def _own_people(fit: Fit) -> tuple[Fit, tuple[Column, ...]]:
    """`fit` in which the person of a row is its own, and the columns of the head beside it.

    A household's row is its head's, unless a column of it has the name of somebody else.
    """
    if not fit.household or not fit.columns_of("name"):
        return fit, ()
    heads = tuple(c for c in fit.columns if c.field in _HEADS and c.slot is None)
    rest = tuple(c for c in fit.columns if c not in heads)
    return replace(fit, columns=rest), heads
