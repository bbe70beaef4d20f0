"""Columns that no rule knows and two tables have in common: they are compared as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.vocabulary import loose
from loubao.rules.linking import LinkRules


def with_shared_columns(
    left: Sequence[Fit], right: Sequence[Fit], rules: LinkRules
) -> tuple[list[Fit], list[Fit]]:
    """Return the fits with the columns that no rule knows and both tables have, by their headers.

    `left`, `right`: one for each sheet. The columns are compared as they stand. Left out are the
    headers that `not_compared` of linking.yaml and `ignore_headers` of reading.yaml name, and one
    that stands twice in a sheet.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.ingest.columns import header_of_row
    >>> from loubao.rules.linking import load_linking
    >>> rules = load_linking(shipped_rules())
    >>> headers = (["name", "E-mail", "No.", "row"], ["name", "row", "email", "other"])
    >>> sides = [[header_of_row(each, {}, rules)] for each in headers]
    >>> [fit.particulars for (fit,) in with_shared_columns(*sides, rules)]
    [(('E-mail', '1'),), (('E-mail', '2'),)]
    """
    words = {*map(loose, (*rules.linking.not_compared, *rules.reading.ignore_headers))}
    sides = [[_free_columns(fit) for fit in fits] for fits in (left, right)]
    # a dot or a colon would make it a part of something
    dots = str.maketrans(".:", "  ")
    shown = {
        key: rules.discretion.header(column.header, int(column.place)).translate(dots)
        for free in reversed(sides[0])
        for key, column in free.items()
    }
    there = {key for free in sides[1] for key in free}
    every = dict.fromkeys(key for free in sides[0] for key in free)
    shared = [key for key in every if key in there and key and key not in words]
    one, other = (
        [
            replace(
                fit,
                particulars=(
                    *fit.particulars,
                    *((shown[key], free[key].place) for key in shared if key in free),
                ),
            )
            for fit, free in zip(fits, side, strict=True)
        ]
        for fits, side in zip((left, right), sides, strict=True)
    )
    return one, other


def _free_columns(fit: Fit) -> dict[str, Column]:
    """The columns that no rule knows, by their headers, each of which stands there once."""
    own: dict[str, list[Column]] = {}
    for column in fit.columns:
        own.setdefault(loose(column.header), []).append(column)
    return {
        key: columns[0]
        for key, columns in own.items()
        if len(columns) == 1 and columns[0].field is None and not columns[0].ignored
    }
