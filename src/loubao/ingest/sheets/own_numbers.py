"""Whose a plain 身份证号 is that stands behind another person's name: what the rows say of it.

By the order of columns the number in 监护人 · 身份证号 · 儿童姓名 is the guardian's (header.py).
The rows may say that it is the row's own: it is filled in where the other person's name is not, or
agrees with the row's own sex or birth date.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.header import fits
from loubao.ingest.sheets.vocabulary import Vocabulary
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

#: So many rows at least must say a sex, and so many a birth date, and so large a share must agree.
_FEWEST_SEXES, _FEWEST_DATES, _MOST = 8, 3, 0.95
_RESIDENT = r"([0-9]{17})[0-9Xx]"
_SEX, _MONTH = "(男|女)", "^([0-9]{6})"


def settled_fits(sheet: Sheet, vocabularies: Sequence[Vocabulary], reading: Reading) -> list[Fit]:
    """Return the readings of a sheet's header by each list, numbers given to whom the rows say."""
    rules = {words.rule.name: words.rule for words in vocabularies}
    found = fits(sheet, vocabularies, reading)
    own = [_own_places(sheet, fit, rules[fit.list_name]) for fit in found]
    again = {places: fits(sheet, vocabularies, reading, places) for places in set(own) if places}
    return [
        next(each for each in again[places] if each.list_name == fit.list_name) if places else fit
        for fit, places in zip(found, own, strict=True)
    ]


def _own_places(sheet: Sheet, fit: Fit, rule: ListRule) -> frozenset[str]:
    """Return the place of a number that is the row's own by its rows.

    On a roll whose own number would be missing it is the row's own unless the rows deny it: beside
    another name than its owner's a number links nobody.
    """
    if "id_number" in fit.fields:
        return frozenset()
    body = sheet.cells.slice(fit.start + fit.depth)
    needed = rule.role == "roll" and rule.fields["id_number"].required
    places: set[str] = set()
    for number in (column for column in fit.columns if column.own == "id_number"):
        is_own = _is_own(body, fit, number)
        if is_own or (needed and is_own is None):
            places |= {column.place for column in fit.columns if column.beside == number.beside}
    return frozenset(places)


def _is_own(body: pl.DataFrame, fit: Fit, number: Column) -> bool | None:
    """Return whether the rows say that a number is their own person's; None where they do not."""
    names = fit.columns_of("name")
    if not names:
        return None
    alone = body.filter(pl.col(names[0].place).is_not_null() & pl.col(str(number.beside)).is_null())
    if alone.height:
        return alone[number.place].count() * 2 >= alone.height
    digits = pl.col(number.place).str.replace_all(r"\s", "").str.extract(_RESIDENT)
    odd = digits.str.slice(16, 1).cast(pl.UInt8, strict=False) % 2 == 1
    sex, month = pl.when(odd).then(pl.lit("男")).otherwise(pl.lit("女")), digits.str.slice(6, 6)
    by_date = _agrees(body, fit, "birth_date", _MONTH, month, _FEWEST_DATES)
    return _agrees(body, fit, "sex", _SEX, sex, _FEWEST_SEXES) if by_date is None else by_date


def _agrees(
    body: pl.DataFrame, fit: Fit, field: str, form: str, by_number: pl.Expr, fewest: int
) -> bool | None:
    """Return whether what a field says in `form` is nearly always what the numbers say."""
    columns = fit.columns_of(field) or [column for column in fit.columns if column.own == field]
    if not columns:
        return None
    said = pl.col(columns[0].place).str.replace_all(r"[^0-9男女]", "").str.extract(form)
    agree = body.select(same=said == by_number)["same"].drop_nulls()
    return bool(agree.sum() >= _MOST * agree.len()) if agree.len() >= fewest else None
