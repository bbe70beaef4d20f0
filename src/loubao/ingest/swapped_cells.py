"""Rows in which name and number stand in each other's cell, and rows that only look like it.

A row that begins some cells too far left or right may have a number under the name and a word
under the number too; but then its number is not the person's.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> def swapped(**cells):
...     columns = {raw(field): [cell] for field, cell in cells.items()}
...     rows = pl.DataFrame(columns, dict.fromkeys(columns, pl.String))
...     return unswap(rows, rules.lists, rules.reading.placeholders)[1].item()
>>> number, other = "990101199003070111", "990101196003050119"
>>> swapped(name=number, id_number="张三", parent_name="张四", parent_id=other)
True
>>> swapped(name=number, id_number="羁押", parent_name=None, parent_id=None)
False
>>> swapped(name=number, id_number="张三", parent_id="张四", birth_date=None)
False
>>> swapped(name=number, id_number=None, guardian=other), swapped(name=number, id_number=None)
(False, True)
>>> swapped(name=number, id_number="张三", head_name=number, head_id="张三")
True
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from loubao.ingest.raw_cells import raw
from loubao.rules.lists import ListRule

_NUMBER_LIKE = r"^[^0-9]{0,3}[0-9]{14,19}[0-9xX]?$"
#: no more than characters, and none of a date written in them
_WORDS_ONLY = r"^[\p{Han}--[年月日岁〇]]{2,}$"
_NAME_LIKE = r"^[\p{Han}·•．.‧・ ]{2,15}$"


def unswap(
    rows: pl.DataFrame,
    lists: Mapping[str, ListRule] | None = None,
    placeholders: Collection[str] = (),
) -> tuple[pl.DataFrame, pl.Series]:
    """Return `rows` with name and number exchanged where each stands in the other's cell.

    The second part marks the exchanged rows. Also done where the number's cell is blank. With
    `lists`, not where the row has other cells in wrong columns: then it is shifted, and the number
    may be anybody's.
    """
    name, number = pl.col(raw("name")), pl.col(raw("id_number"))
    swapped = rows.select(
        (
            name.str.normalize("NFKC").str.replace_all(r"[\s'\-]", "").str.contains(_NUMBER_LIKE)
            & (number.str.strip_chars().str.contains(_NAME_LIKE) | number.is_null())
        )
        .fill_null(False)
        .alias("swapped")
    ).to_series()
    if swapped.any() and lists:
        swapped &= ~rows.select(_shifted(rows.columns, lists, placeholders)).to_series()
    if not swapped.any():
        return rows, swapped
    exchanged = rows.with_columns(
        pl.when(swapped).then(number).otherwise(name).alias(raw("name")),
        pl.when(swapped).then(name).otherwise(number).alias(raw("id_number")),
    )
    return exchanged, swapped


def _shifted(
    columns: Collection[str], lists: Mapping[str, ListRule], placeholders: Collection[str]
) -> pl.Expr:
    """Whether a row has, beside name and number, what belongs in another column.

    A name where a number or a date should be, a running number where an ID number should be, an ID
    number where a name, a place or a choice should be; a choice in the place of the number.
    """
    fields = {field: spec for rule in lists.values() for field, spec in rule.fields.items()}
    words = {w for spec in fields.values() for ws in spec.values.values() for w in ws}
    signs = [_compact(raw("id_number")).is_in(sorted(words))]
    for field, spec in fields.items():
        if raw(field) not in columns or field in ("name", "id_number"):
            continue
        cell = _compact(raw(field))
        # the head of a household is written in the same two cells
        own = (_compact(raw("name")), _compact(raw("id_number")))
        other = pl.all_horizontal(cell.ne_missing(each) for each in own)
        if spec.type in ("id_number", "date"):
            wrong = cell.str.contains(_WORDS_ONLY) & ~cell.is_in(sorted(placeholders))
            if spec.type == "id_number":
                wrong |= cell.str.contains("^[1-9][0-9]{0,3}$")
            signs.append(wrong & other)
        elif spec.type in ("name", "place", "choice", "sex", "flag"):
            signs.append(cell.str.contains(_NUMBER_LIKE) & other)
    return pl.any_horizontal(sign.fill_null(False) for sign in signs).alias("shifted")


def _compact(column: str) -> pl.Expr:
    return pl.col(column).str.normalize("NFKC").str.replace_all(r"[\s'\-]", "")
