"""The engine: records → decisions, for the monthly job and for any two tables.

The right table of `link_tables` comes in slices, so the memory goes by the left table and a slice:
of a slice only the rows are kept that are in a candidate pair. A left row that agrees with a right
one in a proven number and the name is settled: it is looked for by no other key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import polars as pl

from loubao.core import frames
from loubao.linkage import decide, score, u_probability, verdicts
from loubao.linkage.blocking import PAIRS, LeftKeys, Oversized, candidate_pairs, oversized_issues
from loubao.linkage.blocking_atoms import compared_columns, hashed_atoms
from loubao.linkage.chosen_keys import Chosen, choose, chosen_pairs
from loubao.linkage.comparison import particulars_of
from loubao.linkage.expectation_maximisation import NO_LABELS
from loubao.linkage.expected_precision import Expected, expected_of
from loubao.linkage.model import Labelled, Model
from loubao.linkage.u_probability import UEstimate, sample
from loubao.linkage.verdicts import Stated
from loubao.rules.matching import Block, Matching

#: Right rows from which it pays to estimate u before it is certain that there is enough to learn.
_MANY = 100_000


@dataclass(frozen=True)
class Linked:
    """DECISIONS, ISSUES (what was not compared: values, no words), the weights that were used.

    Of two tables also their `rows` (LINKABLE): all left ones, and the right ones in a pair; the
    keys that were chosen for them; and how right the links are expected to be.
    """

    decisions: pl.DataFrame
    issues: pl.DataFrame
    model: Model
    rows: pl.DataFrame = field(default_factory=lambda: frames.empty(frames.LINKABLE))
    chosen: Chosen = field(default_factory=Chosen)
    expected: Expected | None = None


# -- the monthly job ------------------------------------------------------------------------------


def link(records: pl.DataFrame, matching: Matching, labelled: Labelled = NO_LABELS) -> Linked:
    """Link qualifying source rows with rolls, exclusions and each other.

    `records` are RECORDS; the weights are learnt from pairs that people decided (`labelled`), too.
    The left record of a pair is always a qualifying source row; a pair of
    two of them is there once, lower id first.
    """
    source = pl.col("role") == "source"
    rows = records.select(frames.linkable(records)).with_columns(
        position=_positions(0),
        left=records.select(source & pl.col("qualifies")).to_series(),
        right=records.select(~source | pl.col("qualifies")).to_series(),
    )
    return _link_rows(rows, matching, labelled)


def recognise(people: pl.DataFrame, records: pl.DataFrame, matching: Matching) -> Linked:
    """Link `people` of earlier months with a month's records, by the tiers of `link`.

    `people` are LINKABLE with ids of their own and are always the left record of a pair; `records`
    are RECORDS, of whose source rows only those count that qualify.
    """
    of_month = records.filter((pl.col("role") != "source") | pl.col("qualifies"))
    rows = pl.concat(
        [
            people.select(frames.linkable(people)).with_columns(left=True),
            of_month.select(frames.linkable(of_month)).with_columns(left=False),
        ]
    ).with_columns(position=_positions(0), right=~pl.col("left"))
    return _link_rows(rows, matching)


def link_beside(
    people: pl.DataFrame,
    records: pl.DataFrame,
    tables: score.Tables,
    matching: Matching,
    labelled: Labelled = NO_LABELS,
) -> Linked:
    """Link `people` with a table beside the month, by the tiers of `link`.

    `people` are LINKABLE and always the left record of a pair; `records` are RECORDS of the rows
    of the table that a `Sieve` has kept, `tables` what the weights depend on, of all of its rows.
    """
    rows = pl.concat(
        [
            people.select(frames.linkable(people)).with_columns(left=True),
            records.select(frames.linkable(records)).with_columns(left=False),
        ]
    ).with_columns(position=_positions(0), right=~pl.col("left"))
    return _link_rows(rows, matching, labelled, tables)


def _link_rows(
    rows: pl.DataFrame,
    matching: Matching,
    labelled: Labelled = NO_LABELS,
    tables: score.Tables | None = None,
) -> Linked:
    """Link the rows that are `left` with those that are `right`; LINKABLE with `position`.

    `tables`: what the weights depend on, where the rows are only a part of it.
    """
    left, right = rows.filter("left"), rows.filter("right")
    pairs, oversized = candidate_pairs(LeftKeys.of(left, matching.blocking), right)
    both_left = pl.col("right").is_in(left["position"].implode())
    pairs = pairs.filter((pl.col("left") < pl.col("right")) | ~both_left)
    tables = tables or score.Tables(
        sample(left), sample(right), left.height, right.height, left.height
    )
    if pairs.is_empty() and not particulars_of(rows):  # nothing to weigh
        nothing = frames.empty(frames.DECISIONS)
        return Linked(nothing, oversized_issues(oversized), score.unlearnt(tables, matching))
    weighed, model = score.weigh(pairs, rows, tables, matching, labelled)
    ranked = decide.without_settled_reviews(decide.rank(weighed, matching, "monthly"))
    return _linked(ranked, rows, oversized, model)


# -- any two tables -------------------------------------------------------------------------------


def link_tables(
    left: pl.DataFrame,
    right: Iterable[pl.DataFrame],
    matching: Matching,
    progress: Callable[[int], None] = lambda rows: None,
    expected: int | None = None,
    stated: Stated | None = None,
    precision: float | None = None,
) -> Linked:
    """Find the people of `left` in `right`: at most one link for a left row.

    Both are LINKABLE; `right` comes in slices, of which only rows in a candidate pair are kept.
    `progress` is called with the number of right rows that are done. The slice that completes the
    `expected` rows is the last: u is estimated while its pairs are looked for. `stated` is what
    people have said of pairs; the weights are learnt from it where the rules say so. `precision`:
    the links are those that are expected to hold it; where the weights could not be learnt, those
    of tiers that rest on a proven number.
    """
    stated = stated or Stated()
    with ThreadPoolExecutor(1) as aside:
        streaming = Streaming(left, matching, expected, stated.left_ids)
        for part in right:
            is_last = streaming.right_rows + part.height == expected
            streaming.add(part, aside if is_last else None)
            progress(streaming.right_rows)
        rows = streaming.rows()
        said = verdicts.placed(stated.pairs(), rows, left.height)
        learnt_from = said if matching.weights.learn == "verdicts" else None
        weighed, model = score.weigh(
            streaming.pairs(), rows, streaming.tables(), matching, said=learnt_from
        )
    ranked = verdicts.without_stated(decide.rank(weighed, matching, "pairs", model.learnt), said)
    ranked = decide.linked_at(ranked, precision, matching, model.learnt)
    found = expected_of(ranked, model.learnt, precision)
    ranked = decide.without_settled_reviews(ranked)
    linked = _linked(ranked, rows, streaming.oversized, model)
    decisions = verdicts.with_stated(linked.decisions, weighed, said)
    rows = rows.select(*frames.LINKABLE)
    chosen = streaming.chosen
    return replace(linked, decisions=decisions, rows=rows, chosen=chosen, expected=found)


class Streaming:
    """The left rows (LINKABLE), and their candidate pairs with the right slices so far.

    `asked`: the ids of those of which people have said something; they are looked for by every key.
    `expected`: right rows that there are in all, if that is known.
    """

    def __init__(
        self,
        left: pl.DataFrame,
        matching: Matching,
        expected: int | None = None,
        asked: pl.Series | None = None,
    ) -> None:
        self.left = left.with_columns(position=_positions(0))
        #: the particulars that are compared, and the keys chosen for them, from the first slice on
        self.columns: list[str] | None = None
        self.chosen = Chosen()
        by_number, others = by_number_and_others(matching)
        # made before the first slice is asked for, so while that is being made
        self._number_keys = LeftKeys.of(self.left, by_number)
        self._other_keys = LeftKeys.of(self.left, others)
        self._matching, self._expected = matching, expected
        self._settles = settles(matching)
        of_people = self.left["record_id"].is_in(asked if asked is not None else [])
        self._asked = self.left["position"].filter(of_people)
        self._unsettled = self.left["position"]
        self._kept = [self.left]
        self._by_number, self._by_others = ([pl.DataFrame(schema=dict(PAIRS))] for _ in range(2))
        self._left_sample = sample(left)
        self._right_samples: list[pl.DataFrame] = []
        self._estimate: Future[UEstimate] | None = None
        self.oversized: Oversized = []
        #: right rows so far
        self.right_rows = 0

    def add(self, part: pl.DataFrame, aside: Executor | None) -> None:
        """Look for the candidate pairs of a slice (LINKABLE).

        With the last one, u is estimated `aside` in the meantime.
        """
        if self.columns is None:
            self._choose(part)
        part = part.select(*frames.LINKABLE, *self.columns or ())
        self._right_samples.append(sample(part, self._expected))
        self._estimate = None
        if aside is not None and self.right_rows + part.height >= _MANY:
            self._estimate = aside.submit(
                u_probability.estimate, self._left_sample, self._right_sample()
            )
        start = sum(frame.height for frame in self._kept)
        part = part.with_columns(position=_positions(start))
        by_number, oversized = candidate_pairs(self._number_keys, part)
        self.oversized += oversized
        if self._settles:
            self._settle(by_number, part)
        by_others, oversized = candidate_pairs(self._other_keys, part)
        self.oversized += oversized
        if self.chosen.keys:
            atoms = hashed_atoms(part, self._key_columns)
            most = self._matching.chosen_keys.most
            more, oversized = chosen_pairs(self.chosen.keys, self._left_atoms, atoms, most)
            self.oversized += oversized
            by_others = pl.concat([by_others, more]).unique()
        by_others = _of_left(by_others, self._unsettled)
        found = pl.concat([by_number["right"], by_others["right"]]).unique().sort()
        # of the slice only these rows are kept, one behind another
        places = found.to_frame("right").with_columns(new=_positions(start))
        self._kept.append(part[found - start].with_columns(position=places["new"]))
        for pairs, all_pairs in ((by_number, self._by_number), (by_others, self._by_others)):
            all_pairs.append(pairs.join(places, on="right").select("left", right="new"))
        self.right_rows += part.height

    def _choose(self, part: pl.DataFrame) -> None:
        """See what both tables have beside the fields, and choose keys for it."""
        self.columns = compared_columns(self.left, part)
        self.left = self.left.select(*frames.LINKABLE, *self.columns, "position")
        self._kept = [self.left]
        self._left_sample = self._left_sample.select(*frames.LINKABLE, *self.columns)
        if not self.columns:
            return
        numbers = [side["id_number"].null_count() < side.height for side in (self.left, part)]
        self._key_columns = [*self.columns, *(["id_number"] if all(numbers) else [])]
        right = part.with_columns(position=_positions(0))
        rows = max(self._expected or 0, part.height)
        bounds = self._matching.chosen_keys
        self.chosen = choose(self.left, right, self._key_columns, rows, bounds)
        self._left_atoms = hashed_atoms(self.left, self._key_columns)

    def _settle(self, by_number: pl.DataFrame, part: pl.DataFrame) -> None:
        """Look no more for the left rows that agree with `part` in a proven number and the name."""
        settled = _same_number_and_name(by_number, self.left, part)
        if self._asked.len():
            settled = settled.filter(~settled.is_in(self._asked.implode()))
        self._unsettled = self._unsettled.filter(~self._unsettled.is_in(settled.implode()))
        if not self.right_rows:  # later slices settle too few to pay
            nowhere = pl.repeat(False, self.left.height, dtype=pl.Boolean, eager=True)
            self._other_keys = self._other_keys.only(nowhere.scatter(self._unsettled, values=True))

    def rows(self) -> pl.DataFrame:
        """Return LINKABLE with `position`: the left rows, then the right ones in a pair."""
        return pl.concat(self._kept, rechunk=True)

    def pairs(self) -> pl.DataFrame:
        """Return the PAIRS, in order."""
        by_others = _of_left(pl.concat(self._by_others), self._unsettled)
        return pl.concat([*self._by_number, by_others]).unique().sort("left", "right")

    def tables(self) -> score.Tables:
        """Return what weights depend on, all slices taken together."""
        return score.Tables(
            self._left_sample,
            self._right_sample(),
            self.left.height,
            self.right_rows,
            self._unsettled.len(),
            self._estimate,
        )

    def _right_sample(self) -> pl.DataFrame:
        # in one piece: sums are then made in one order, to the last bit
        samples = self._right_samples or [self._left_sample.clear()]
        return pl.concat(samples, rechunk=True)


def _of_left(pairs: pl.DataFrame, left: pl.Series) -> pl.DataFrame:
    """The pairs of some of the left rows."""
    return pairs.join(left.to_frame("left"), on="left", how="semi")


def by_number_and_others(matching: Matching) -> tuple[list[Block], list[Block]]:
    """Return the blocks of the number alone, which settle left rows, and the others."""
    of_number = [block for block in matching.blocking if block.on == ("id_number",)]
    return of_number, [block for block in matching.blocking if block.on != ("id_number",)]


def settles(matching: Matching) -> bool:
    """Return whether the first tier links every pair of one proven number and one name."""
    first = matching.tiers[0]
    numbers, names = (first.when.get(field, ()) for field in ("id_number", "name"))
    sure = {"same", "same_shared"} <= {*numbers} and {"same", "variant"} <= {*names}
    return first.decision == "link" and sure and len(first.when) == 2


def _same_number_and_name(
    pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame
) -> pl.Series:
    """The left rows of those pairs of one number that is proven on both sides, and one name.

    >>> left = pl.DataFrame({"name_key": ["庄建国", "庄?国"], "id_status": "valid"})
    >>> right = left.with_columns(position=pl.Series([2, 3]))
    >>> pairs = pl.DataFrame({"left": [0, 1], "right": [2, 3]})
    >>> _same_number_and_name(pairs, left, right).to_list()  # a hidden character may differ
    [0]
    """
    start = right["position"][0] if right.height else 0
    one = left["name_key", "id_status"][pairs["left"]].select(one=sure_name())
    other = right["name_key", "id_status"][pairs["right"] - start].select(other=sure_name())
    same = pl.col("one") == pl.col("other")
    return pl.concat([pairs, one, other], how="horizontal").filter(same)["left"].unique()


def sure_name() -> pl.Expr:
    """Return the name by which a row is settled with another of its number, or null.

    The number must be proven, and no character of the name hidden.
    """
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES)
    hidden = pl.col("name_key").str.contains("?", literal=True)
    return pl.when(proven & ~hidden).then("name_key")


# -- what both have in common ---------------------------------------------------------------------


def _positions(start: int) -> pl.Expr:
    """Number the rows from `start` on (UInt32)."""
    return pl.int_range(start, start + pl.len(), dtype=pl.UInt32)


def _linked(ranked: pl.DataFrame, rows: pl.DataFrame, oversized: Oversized, model: Model) -> Linked:
    issues = [oversized_issues(oversized)]
    if ranked.height and not model.learnt:
        issues.append(frames.issue_rows([("", "", None, "", "WEIGHTS_SHIPPED", "")]))
    return Linked(decide.decisions_of(ranked, rows), pl.concat(issues), model)
