"""How right the links are expected to be, and what is to be linked for a precision that is asked.

Where the weights were learnt, a pair is one person with the probability p that it was given, so of
linked pairs Σ(1 - p) are expected to be wrong, and of the people who are not linked Σp of the best
candidates are missed:

    precision = 1 - Σ(1 - p) / n            recall = Σp of the linked / Σp of all best candidates

The interval is that of how many are wrong: a sum of independent events that are rare, about Poisson
(L. Le Cam, "An approximation theorem for the Poisson binomial distribution", Pacific J. Math. 10,
1960, 1181–1197). Its ends allow that the probabilities themselves are off, for fields depend on
each other in ways that no weight knows: at the lower end of precision the odds of every error are
`OFF` times what they seem, at the upper one a part. So far they were off at the most, of sets with
truth (`benchmarks/precision_intervals.py`: 110 of 112 intervals held the truth, 101 without).
`at_precision` links the best candidates from the highest p down for as long as the lower end holds
the precision that is asked. Nothing is said of people whom no key brings together with their row.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from loubao.core.intervals import Z, poisson

#: How far the odds of an error may be off, either way.
OFF = 4.0
#: Nobody is linked who is likelier somebody else, however sure the others are.
LEAST = 0.5
#: Best first: beyond a probability of one as a double has it, the weight tells; then what the rows
#: say (`comparison.content_of`), and of rows that are written alike the first.
BEST = (
    -pl.col("match_probability"),
    pl.col("rank"),
    -pl.col("match_weight"),
    pl.col("content"),
    pl.col("right"),
)


@dataclass(frozen=True)
class Expected:
    """What is expected of the links: of `links`, `wrong` are.

    `asked`: the precision that was asked for; None where nothing was. `threshold`: the least
    probability that was linked for it; None where none was, or the rules' tiers decided. `learnt`:
    whether the probabilities were; else there is nothing to expect, and `people` is 0. `people`:
    the people of the left table expected to be in the right one, among the candidates.
    `wrong_ends`, `missed_ends`: how many links are wrong, and people not linked, if the odds are
    `OFF` times lower or higher.
    """

    asked: float | None
    threshold: float | None
    learnt: bool
    links: int = 0
    wrong: float = 0.0
    people: float = 0.0
    wrong_ends: tuple[float, float] = (0.0, 0.0)
    missed_ends: tuple[float, float] = (0.0, 0.0)

    @property
    def precision(self) -> tuple[float, float, float] | None:
        """The share of the links that is right, and its interval (95 %, and odds that are off)."""
        if not self.learnt or not self.links:
            return None
        low, high = _reach(self.wrong_ends)
        return _ratio(self.wrong, self.links), _ratio(high, self.links), _ratio(low, self.links)

    @property
    def recall(self) -> tuple[float, float, float] | None:
        """The share of the people in both tables who are linked, and its interval."""
        if not self.learnt or not self.people:
            return None
        missed = max(self.people - (self.links - self.wrong), 0.0)
        (few, many), (less, more) = _reach(self.wrong_ends), _reach(self.missed_ends)
        ends = [
            max(self.links - wrong, 0.0) / max(self.links - wrong + left, 1e-9)
            for wrong, left in ((self.wrong, missed), (many, more), (few, less))
        ]
        return min(ends[0], 1.0), min(ends[1], 1.0), min(ends[2], 1.0)


def _reach(ends: tuple[float, float]) -> tuple[float, float]:
    return poisson(ends[0])[0], poisson(ends[1])[1]


def _errors(chances: pl.Series, off: float) -> pl.Series:
    """How likely each is an error, if the odds of that are `off` times what they seem.

    >>> [round(error, 3) for error in _errors(pl.Series([1.0, 0.8, 0.0]), 4.0)]
    [0.0, 0.5, 1.0]
    """
    odds = (1 - chances) * off
    return odds / (odds + chances)


def _ratio(wrong: float, links: int) -> float:
    return max(0.0, 1 - wrong / links)


def expected_of(ranked: pl.DataFrame, learnt: bool, asked: float | None = None) -> Expected:
    """Return what is expected of the links among `ranked`: left, decision, match_probability.

    >>> pairs = {"left": [0, 1, 1, 2], "decision": ["link", "link", "review", "review"]}
    >>> pairs = pl.DataFrame({**pairs, "match_probability": [1.0, 0.9, 0.1, 0.5]})
    >>> found = expected_of(pairs, True)
    >>> found.links, round(found.wrong, 3), found.people
    (2, 0.1, 2.4)
    >>> [round(figure, 2) for figure in (*found.precision, *found.recall)]
    [0.95, 0.0, 1.0, 0.79, 0.0, 1.0]
    >>> expected_of(pairs, False).precision is None
    True
    """
    links = ranked.filter(pl.col("decision") == "link")["match_probability"].sort(descending=True)
    if not learnt:
        return Expected(asked, None, False, links.len())
    best = ranked.group_by("left").agg(
        pl.col("match_probability").max(), linked=(pl.col("decision") == "link").any()
    )
    others = best.filter(~pl.col("linked"))["match_probability"].sort(descending=True)
    people = float(best["match_probability"].sort(descending=True).sum())
    threshold = float(links[-1]) if asked is not None and links.len() else None  # the least
    wrong, *wrong_ends = (float(_errors(links, off).sum()) for off in (1.0, 1 / OFF, OFF))
    missed_ends = [float((1 - _errors(others, off)).sum()) for off in (OFF, 1 / OFF)]
    ends = (wrong_ends[0], wrong_ends[1]), (missed_ends[0], missed_ends[1])
    return Expected(asked, threshold, True, links.len(), wrong, people, *ends)


def at_precision(ranked: pl.DataFrame, asked: float) -> pl.DataFrame:
    """Return `ranked` with the links that hold the precision, the rest is reviewed.

    They are as many as hold it if the odds of errors are `OFF` times what they seem.

    `ranked` has `left`, `right`, `rank`, `decision`, `id_number`, `match_weight`, `content`,
    `match_probability`. Of a left row the best candidate may be linked, if it is not less likely
    than not, and where both prove different numbers only by a tier that links them. Candidates of
    one probability are all linked or none.

    >>> pairs = {"left": [0, 1, 2, 3], "right": [0, 1, 2, 3], "rank": 0, "id_number": "unknown"}
    >>> pairs |= {"match_weight": 20.0, "content": 0}
    >>> chances = {"decision": "review", "match_probability": [0.999, 0.95, 0.95, 0.6]}
    >>> pairs = pl.DataFrame({**pairs, **chances})
    >>> [at_precision(pairs, asked)["decision"].to_list().count("link") for asked in (0.9, 0.3)]
    [1, 3]
    """
    free = (pl.col("id_number") != "contradicts") | (pl.col("decision") == "link")
    best = (
        ranked.filter(free & (pl.col("match_probability") >= LEAST))
        .sort("left", *BEST)
        .unique("left", keep="first", maintain_order=True)
    )
    chances = best["match_probability"].sort(descending=True)
    wrong, allowed = pl.col("error").cum_sum(), pl.int_range(1, pl.len() + 1) * (1 - asked)
    errors = pl.DataFrame({"p": chances, "error": _errors(chances, OFF)})
    held = errors.select("p", holds=wrong <= _mean_below(allowed))
    # of equal ones the last tells whether all of them hold
    threshold = held.unique("p", keep="last").filter("holds")["p"].min()
    linked = best.filter(pl.col("match_probability") >= (2.0 if threshold is None else threshold))
    pairs = linked.select("left", "right", linked=pl.lit(value=True))
    decided = pl.when("linked").then(pl.lit("link")).otherwise(pl.lit("review"))
    return (
        ranked.join(pairs, on=["left", "right"], how="left", maintain_order="left")
        .with_columns(pl.col("linked").fill_null(value=False))
        .with_columns(decision=decided)
        .drop("linked")
    )


def _mean_below(count: pl.Expr) -> pl.Expr:
    """The largest mean of which at most `count` come in 39 of 40 cases (Poisson, one end of 95 %).

    Half the quantile of chi-squared of 2·(count + 1) degrees of freedom, by the cube root: E. B.
    Wilson and M. M. Hilferty, "The distribution of chi-square", Proc. Natl. Acad. Sci. 17, 1931,
    684–688. For small counts it is a little less than exact (0.025, 0.242, 6.201).

    >>> counts = pl.DataFrame({"c": [0.9, 1.0, 11.0]})
    >>> [round(mean, 3) for mean in counts.select(_mean_below(pl.col("c"))).to_series()]
    [0.013, 0.225, 6.194]
    """
    whole = count.floor() + 1.0
    return whole * (1 - 1 / (9 * whole) - Z / (3 * whole.sqrt())) ** 3
