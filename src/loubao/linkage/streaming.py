"""A right table that comes in slices → the rows of it that meet a left one, and the pairs.

Only what meets somebody is kept, so the memory goes by the left table and a slice. A left row that
meets its own number and name is settled: it is looked for by no other key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future

import polars as pl

from loubao.core import frames
from loubao.linkage import blocking
from loubao.linkage.score import Drawn
from loubao.linkage.u_probability import Study, sample, study
from loubao.rules.matching import Block, Matching

#: Right rows from which it pays to study chance before it is known that there is enough to learn.
_MANY = 100_000


class Meeting:
    """The left rows (LINKABLE) and whom of the right ones they have met so far."""

    def __init__(self, left: pl.DataFrame, matching: Matching) -> None:
        self.left = left.select(*frames.LINKABLE).with_columns(position=positions(0))
        self._number = [block for block in matching.blocking if block.on == ("id_number",)]
        self._other = [block for block in matching.blocking if block.on != ("id_number",)]
        # made before the first slice is asked for, so while that is being made
        self._by_number = blocking.lefts(self.left, self._number)
        self._by_other = blocking.lefts(self.left, self._other)
        self._settles = _settles(matching)
        self._unsettled = self.left["position"]
        self._kept = [self.left]
        self._same, self._near = ([pl.DataFrame(schema=dict(blocking.PAIRS))] for _ in range(2))
        self._left_sample = sample(left.select(*frames.LINKABLE))
        self._samples = [frames.empty(frames.LINKABLE)]
        self._studying: Future[Study] | None = None
        #: what `blocking.meet` left out, beside the blocks it was of
        self.oversized: list[tuple[list[Block], pl.DataFrame]] = []
        #: right rows so far
        self.seen = 0

    def meet_all(
        self,
        right: Iterable[pl.DataFrame],
        aside: Executor,
        progress: Callable[[int], None],
        expected: int | None,
    ) -> None:
        """Meet every slice (LINKABLE); chance is studied `aside` while the last one is met.

        Which one that is tells the number of right rows that are `expected`; where it does not,
        chance is studied later.
        """
        for part in right:
            self._samples.append(sample(part.select(*frames.LINKABLE)))
            self._studying = None
            if self.seen + part.height == expected and expected >= _MANY:
                self._studying = aside.submit(study, self._left_sample, self._sample())
            self._meet(part)
            progress(self.seen)

    def _meet(self, part: pl.DataFrame) -> None:
        start = sum(frame.height for frame in self._kept)
        part = part.select(*frames.LINKABLE).with_columns(position=positions(start))
        same, large = blocking.meet(self._by_number, part)
        self.oversized.append((self._number, large))
        if self._settles:
            sure = _sure(same, self.left, part)
            self._unsettled = self._unsettled.filter(~self._unsettled.is_in(sure.implode()))
            if not self.seen:  # later slices settle too few to pay
                wanted = _at(self._unsettled, self.left.height)
                self._by_other = blocking.some_of(self._by_other, wanted)
        near, large = blocking.meet(self._by_other, part)
        self.oversized.append((self._other, large))
        near = _of(near, self._unsettled)
        met = pl.concat([same["right"], near["right"]]).unique().sort()
        # of the slice only these rows are kept, one behind another
        places = met.to_frame("right").with_columns(new=positions(start))
        self._kept.append(part[met - start].with_columns(position=places["new"]))
        for pairs, found in ((same, self._same), (near, self._near)):
            found.append(pairs.join(places, on="right").select("left", right="new"))
        self.seen += part.height

    def rows(self) -> pl.DataFrame:
        """Return LINKABLE with `position`: the left rows, then the right ones that met any."""
        return pl.concat(self._kept, rechunk=True)

    def pairs(self) -> pl.DataFrame:
        """Return the PAIRS, in order."""
        near = _of(pl.concat(self._near), self._unsettled)
        return pl.concat([*self._same, near]).unique().sort("left", "right")

    def _sample(self) -> pl.DataFrame:
        # in one piece: sums are then made in one order, to the last bit
        return pl.concat(self._samples, rechunk=True)

    def drawn(self) -> Drawn:
        """Return what chance is studied on."""
        return Drawn(
            self._left_sample,
            self._sample(),
            self.left.height,
            self.seen,
            self._unsettled.len(),
            self._studying,
        )


def positions(start: int) -> pl.Expr:
    """Number the rows from `start` on (UInt32)."""
    return pl.int_range(start, start + pl.len(), dtype=pl.UInt32)


def _of(pairs: pl.DataFrame, left: pl.Series) -> pl.DataFrame:
    """The pairs of some of the left rows."""
    return pairs.join(left.to_frame("left"), on="left", how="semi")


def _at(places: pl.Series, height: int) -> pl.Series:
    """Which of the rows are at one of the places (Boolean)."""
    nowhere = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    return nowhere.scatter(places, values=True)


def _settles(matching: Matching) -> bool:
    """Whether the first tier links every pair of one proven number and one name."""
    first = matching.tiers[0]
    numbers, names = (first.when.get(field, ()) for field in ("id_number", "name"))
    sure = {"same", "same_shared"} <= {*numbers} and {"same", "variant"} <= {*names}
    return first.decision == "link" and sure and len(first.when) == 2


def _sure(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """The left rows of pairs with one proven number and one name: nothing more is looked for."""
    start = right["position"][0] if right.height else 0
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES)
    one = left["name_key", "id_status"][pairs["left"]].select("name_key", proven=proven)
    other = right["name_key", "id_status"][pairs["right"] - start].select(
        key="name_key", too=proven
    )
    same = (pl.col("name_key") == pl.col("key")) & pl.col("proven") & pl.col("too")
    hidden = pl.col("name_key").str.contains("?", literal=True)
    sure = pl.concat([pairs, one, other], how="horizontal").filter(same & ~hidden)
    return sure["left"].unique()
