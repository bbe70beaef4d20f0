"""What the desk has decided this month and the output of the match already honours.

A pair that was decided is no longer left for review. The desk shows it all the same, behind the
others, so that a decision can be changed by a later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import Reviewed
from loubao.ledger.judgements import Pair
from loubao.ledger.status import row_key, rows_asked
from loubao.review.people_asked import Option, Question
from loubao.rules.folder import Rules
from loubao.screening.candidates import Asked

#: Stands for the row of a person of whom there is none in the output; their case is added.
_NO_ROW = 1 << 48


@dataclass(frozen=True)
class DecidedPairs:
    """The pairs that the desk has decided this month.

    reviews   what readers said of them, oldest first
    asked     pair → the candidate as it was asked about
    cases     case → `case_no`, `town`, `village`, `lists`
    written   how lists wrote each case last: `case_id` and WRITTEN
    """

    reviews: Sequence[Reviewed]
    asked: Mapping[Pair, Asked]
    cases: Mapping[int, Mapping[str, Any]]
    written: pl.DataFrame

    def questions(
        self, now: Iterable[Question], records: pl.DataFrame, rules: Rules
    ) -> list[Question]:
        """Return these pairs as questions, but those that are asked about `now`.

        A candidate whose row is not among the month's `records` any more is left out.
        """
        still = {(each.case_id, other) for each in now for other in each.others}
        newest = {
            pair: each for each in self.reviews if (pair := (each.case_id, each.other)) not in still
        }
        found = {pair: each for pair, each in newest.items() if pair in self.asked}
        rows = self._rows_of([self.asked[pair] for pair in found], records)
        people = self._people(records)
        of_case: dict[int, list[Option]] = {}
        for (case, other), review in found.items():
            asked = self.asked[case, other]
            here = [rows[each] for each in rows_asked(asked) if each in rows]
            if other in rows and case in people:
                option = _option(asked, here, people[case], review, rules)
                of_case.setdefault(case, []).append(option)
        return [
            Question({**self.cases[case], "candidate_ids": ()}, case, tuple(options))
            for case, options in sorted(of_case.items())
        ]

    def _rows_of(
        self, asked: Sequence[Asked], records: pl.DataFrame
    ) -> dict[str, Mapping[str, Any]]:
        """The rows of candidates, by what verdicts call them."""
        lists = {name for each in asked for name in rows_asked(each).values()}
        others = records.filter((pl.col("role") != "source") & pl.col("list").is_in(list(lists)))
        wanted = {other for each in asked for other in rows_asked(each)}
        keyed = ((row_key(row), row) for row in others.iter_rows(named=True))
        return {key: row for key, row in keyed if key in wanted}

    def _people(self, records: pl.DataFrame) -> dict[int, Mapping[str, Any]]:
        """A row for each case, as its person was written last."""
        ids = pl.col("case_id").cast(pl.UInt64) + _NO_ROW
        rows = frames.source_rows(self.written, dict(records.schema), ids)
        return {row["case_id"]: row for row in rows.iter_rows(named=True)}


def _option(
    asked: Asked,
    rows: Sequence[Mapping[str, Any]],
    own: Mapping[str, Any],
    review: Reviewed,
    rules: Rules,
) -> Option:
    """A decided candidate; `rows`, its first one first."""
    words = rules.sheets.review
    labels = [rules.lists[row["list"]].sheet_label for row in rows]
    leaves = bool(review.seen.get("leaves"))
    pair = {
        "left_id": own["record_id"],
        "right_id": rows[0]["record_id"],
        "decision": "review",
        "tier": asked["tier"],
        "match_weight": None,
        "match_probability": asked["probability"],
        "evidence": asked["evidence"],
    }
    follows = words.covered if leaves else words.stays
    return Option(asked, tuple(dict.fromkeys(labels)), tuple(rows), own, pair, leaves, follows)


def asked_again(verdicts: Iterable[tuple[int, str, Mapping[str, Any]]]) -> dict[Pair, Asked]:
    """Return the candidates of verdicts (case, other, candidate), with all of their rows.

    >>> first = {"kind": "roll", "other": "row:1", "list": "dibao"}
    >>> second = {"kind": "roll", "other": "row:2", "list": "tekun", "of": "row:1"}
    >>> asked_again([(7, "row:1", first), (7, "row:2", second)])[7, "row:1"]["also"]
    [{'other': 'row:2', 'list': 'tekun'}]
    """
    given = list(verdicts)
    asked: dict[Pair, Asked] = {
        (case, other): dict(candidate) for case, other, candidate in given if "of" not in candidate
    }
    for case, other, list_, first in _further(given):
        also = asked[case, first].setdefault("also", [])
        row = {"other": other, "list": list_}
        if row not in also:
            also.append(row)
    return asked


def _further(
    verdicts: Iterable[tuple[int, str, Mapping[str, Any]]],
) -> Iterator[tuple[int, str, str, str]]:
    for case, other, candidate in verdicts:
        if "of" in candidate:
            yield case, other, candidate["list"], candidate["of"]
