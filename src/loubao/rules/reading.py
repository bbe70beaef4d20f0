"""`rules/reading.yaml`: the words by which titles, totals, footers and blanks are told."""

from __future__ import annotations

import re
from typing import Annotated, TypeVar

from pydantic import Field, field_validator

from loubao.rules.rule import Rule, Texts

Patterns = TypeVar("Patterns", tuple[str, ...], dict[str, float])


class Reading(Rule):
    """Words and bounds for reading any export."""

    #: file names that are set aside (`*` and `?` as in a shell)
    ignore: Texts = ()
    #: regular expressions on one of the first cells of a row without an ID number
    totals: Texts
    #: regular expressions on the first filled cell of a row without an ID number
    footers: Texts
    #: regular expressions on a row that says one thing only, below the header
    titles: Texts = ()
    #: cells that mean "nothing here"
    placeholders: Texts
    #: parts of a header that say nothing about the field, such as a unit in brackets
    header_notes: Texts = ()
    #: regular expression on a header → what the numbers below are to be multiplied by
    header_units: dict[str, float] = {}
    #: columns that no list needs
    ignore_headers: Texts = ()
    #: regular expressions on what may stand before the town in an address
    place_prefixes: Texts = ()
    #: notes behind a name that speak of a death
    deceased_notes: Texts = ()
    #: notes behind a name by which the row may be about a relative of the one named
    relative_notes: Texts = ()
    #: such notes that may as well say of the one named whose child, or which child, he is
    child_notes: Texts = ()
    #: notes behind a name by which the one named acts for another
    agent_notes: Texts = ()
    #: notes behind a name by which somebody is no longer on a roll
    stopped_notes: Texts = ()
    #: how far down a header row is looked for
    header_depth: Annotated[int, Field(ge=1, le=100)] = 30

    @field_validator(
        "totals", "footers", "titles", "header_notes", "header_units", "place_prefixes"
    )
    @classmethod
    def _compiles(cls, patterns: Patterns) -> Patterns:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error:
                raise ValueError(f"正则表达式“{pattern}”写得不对") from None
        return patterns
