"""Columns that `link --keep` takes over into its output, by field or by header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from loubao.core.faults import Usage
from loubao.ingest.columns import SIDES, listed
from loubao.ingest.habits import text_of
from loubao.ingest.row_people import RowPeople
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.vocabulary import loose
from loubao.rules.linking import LINK_FIELDS, LinkRules

#: What a column is called in the output → the field, or the place of the column, that it has.
Kept: TypeAlias = Mapping[str, "Source"]


@dataclass(frozen=True)
class Source:
    """Where the texts of a kept column come from: a field of the person, or a column of the row."""

    field: str = ""
    place: str = ""


def kept_columns(
    asked: str | None, left: Sequence[Fit], right: Sequence[Fit], rules: LinkRules
) -> tuple[list[Kept], list[Kept]]:
    """Return for each sheet of either table the columns that `--keep` asks for.

    `asked`: fields (of fields.yaml, or by their labels) and headers, with commas between; `left.`
    or `right.` before one is of that table only. Raises `Usage` for what no sheet has.

    >>> from loubao.ingest.columns import header_of_row
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.linking import load_linking
    >>> rules = load_linking(shipped_rules())
    >>> one = [header_of_row(["姓名", "手机", "备注"], {}, rules)]
    >>> other = [header_of_row(["姓名", "电话"], {}, rules)]
    >>> left, right = kept_columns("姓名,phone,left.备注", one, other, rules)
    >>> left == [{"姓名": Source("name"), "phone": Source(place="1"), "备注": Source(place="2")}]
    True
    >>> right == [{"姓名": Source("name"), "phone": Source(place="1")}]
    True
    >>> kept_columns("星座", other, other, rules)
    Traceback (most recent call last):
    loubao.core.faults.Usage: --keep：没有列“星座”，LEFT 有：姓名、电话；RIGHT 有：姓名、电话
    """
    sides: dict[str, tuple[Sequence[Fit], list[dict[str, Source]]]] = {
        side: (fits, [{} for _ in fits]) for side, fits in zip(SIDES, (left, right), strict=True)
    }
    for item in filter(None, (part.strip() for part in (asked or "").split(","))):
        side, dot, name = item.partition(".")
        of_one = bool(dot) and side in SIDES and bool(name.strip())
        name = name.strip() if of_one else item
        found = False
        for each, (fits, kept) in sides.items():
            if of_one and each != side:
                continue
            for fit, columns in zip(fits, kept, strict=True):
                source = _source(name, fit, rules)
                if source is not None:
                    columns[name], found = source, True
        if not found:
            raise _missing(item, left, right, rules)
    if not asked:
        return [], []
    (_, one), (_, other) = sides.values()
    return [*one], [*other]


def _source(name: str, fit: Fit, rules: LinkRules) -> Source | None:
    """Where a sheet has what is asked for: a field that is compared, another one, a header."""
    field = name if name in rules.dictionary else _field(name, rules)
    if field in LINK_FIELDS and field in fit.fields:
        return Source(field)
    if field == "name" and fit.columns_of("head_name"):
        return Source("name")  # a household's head is a person of the row
    headers = {c.header: c.place for c in reversed(fit.columns)}
    near = {loose(header): place for header, place in headers.items()}
    place = headers.get(name) or near.get(loose(name))
    if place is None and field in rules.dictionary:
        known = map(loose, rules.dictionary[field].headers)
        place = next((near[header] for header in known if header in near), None)
    return None if place is None else Source(place=place)


def _field(name: str, rules: LinkRules) -> str:
    """The field that is called so, by its label or a header of it; "" for none."""
    for field, spec in rules.dictionary.items():
        if loose(name) in {loose(spec.label), *map(loose, spec.headers)}:
            return field
    return ""


def _missing(item: str, left: Sequence[Fit], right: Sequence[Fit], rules: LinkRules) -> Usage:
    there = ["；".join(_headers(fit, rules) for fit in fits) for fits in (left, right)]
    shown = rules.discretion.text(item)
    return Usage(f"--keep：没有列“{shown}”，LEFT 有：{there[0]}；RIGHT 有：{there[1]}")


def _headers(fit: Fit, rules: LinkRules) -> str:
    at = {int(column.place): column.header for column in fit.columns}
    return listed([at.get(place) for place in range(max(at, default=-1) + 1)], rules.discretion)


def kept_texts(rows: pl.DataFrame, people: RowPeople, kept: Kept) -> pl.DataFrame:
    """Return a String column for each kept one, a row a person of `people`.

    A field is the person's own, as found; of a column all people of a row have the row's text.
    """
    places = list(dict.fromkeys(each.place for each in kept.values() if each.place))
    of_rows = people.rows.select("row").join(
        rows.select("row", *places), on="row", how="left", maintain_order="left"
    )
    return pl.DataFrame(
        [
            (
                text_of(people.rows, people.fit, each.field) if each.field else of_rows[each.place]
            ).alias(name)
            for name, each in kept.items()
        ]
    )
