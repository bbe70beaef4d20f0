"""A large table beside a small one: of its rows only those are kept that may be one of the people.

A row that shares no blocking key with any of the people is in no candidate pair: leaving it out
changes no decision. What the weights depend on, how frequent names and dates are in the whole of
the table and how large it is, is taken from every row that came by (`tables`).
"""

from __future__ import annotations

import polars as pl

from loubao.linkage.blocking import LeftKeys, Oversized, candidate_pairs
from loubao.linkage.score import Tables
from loubao.linkage.u_probability import sample
from loubao.rules.matching import Matching


class Sieve:
    """The people that are looked for (LINKABLE), and what came by of the table so far.

    `expected`: rows that the table has: every so-manieth is sampled, however it is cut in slices.

    >>> from loubao.core import frames
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.yaml_file import load
    >>> matching = load(shipped_rules() / "matching.yaml", Matching)
    >>> people = frames.empty(frames.LINKABLE).clear(3).with_columns(
    ...     id_number=pl.Series(["990101196003050119", "990101196003051233", "990101197108090230"]),
    ...     id_status=pl.lit("valid"),
    ... )
    >>> sieve = Sieve(people.head(1), matching, expected=3)
    >>> sieve.kept(people.head(2)).to_list(), sieve.kept(people.tail(1)).to_list(), sieve.rows
    ([0], [], 3)
    """

    def __init__(self, people: pl.DataFrame, matching: Matching, expected: int) -> None:
        numbered = people.with_columns(position=pl.int_range(pl.len(), dtype=pl.UInt32))
        self._keys = LeftKeys.of(numbered, matching.blocking)
        self._people, self._sampled = people.height, sample(people)
        self._samples: list[pl.DataFrame] = []
        self._expected = expected
        #: keys some of whose values make more pairs than the rules allow
        self.oversized: Oversized = []
        #: rows that came by
        self.rows = 0

    def kept(self, part: pl.DataFrame) -> pl.Series:
        """Return the places (UInt32, in order) of the rows of a slice (LINKABLE) to keep."""
        placed = part.with_columns(position=pl.int_range(pl.len(), dtype=pl.UInt32))
        pairs, oversized = candidate_pairs(self._keys, placed)
        self.oversized += oversized
        self._samples.append(sample(part, self._expected))
        self.rows += part.height
        return pairs["right"].unique().sort()

    def tables(self) -> Tables:
        """Return what weights depend on, of the people and of the whole table."""
        # in one piece: sums are then made in one order, to the last bit
        right = pl.concat(self._samples or [self._sampled.clear()], rechunk=True)
        return Tables(self._sampled, right, self._people, self.rows, self._people)
