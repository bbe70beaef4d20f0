"""u-probabilities: how often each agreement level is found between records of two people.

They are estimated on pairs drawn at random from a sample of the rows, apart from any candidate
pair: `estimate` may begin as soon as the rows are there. The sample and the pairs are chosen by
what stands in the rows, so the same rows in any order give the same figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from loubao.core import frames
from loubao.linkage.comparison import (
    FIELDS,
    name_levels,
    own_attributes,
    particulars_of,
    random_levels,
)
from loubao.linkage.model import LevelCounts, Table
from loubao.linkage.term_frequencies import NameFrequencies, bearers_of
from loubao.linkage.value_frequencies import ValueCounts, count_values

#: Pairs drawn at random, and as many of two rows of one village.
PAIRS = 15_000
#: So many times more are drawn where columns are compared as they stand: levels are rare there.
_OF_PARTICULARS = 4
#: Rows of either side that are sampled.
ROWS = 80_000
#: Columns by which rows are drawn and put in order.
_TELLING = (
    *("name", "name_key", "id_number", "id_pattern", "birth_date", "birth_until", "sex"),
    *("town", "village", "village_code", "address", "head_key"),
)
#: Rows asked whether birth dates are the numbers'; misprints that a column of its own has.
_ASKED, _MISPRINTS = 20_000, 0.001


@dataclass(frozen=True)
class UEstimate:
    """What random pairs have in common.

    `levels`: how many random pairs have each level; `names`: how frequent the names are that the
    sampled right rows bear, each bearer once; `values`: how frequent those of each particular are.
    """

    levels: LevelCounts
    names: NameFrequencies
    values: ValueCounts


def one_in(rows: int) -> int:
    """Return which share of so many rows is sampled: one in so many."""
    return max(1, rows // ROWS)


def sample(rows: pl.DataFrame, of: int | None = None) -> pl.DataFrame:
    """Return a sample of LINKABLE rows, and particulars, drawn by what stands in each row.

    `rows` may be a slice of a table of `of` rows: the slices' samples are that of the table, and in
    whatever order its rows stand, the same rows are drawn.
    """
    return _one_of(rows, one_in(rows.height if of is None else of))


def _one_of(rows: pl.DataFrame, every: int) -> pl.DataFrame:
    """One in `every` rows, by their contents.

    >>> rows = pl.DataFrame({"name_key": [f"{n}" for n in range(300)]})
    >>> drawn = _one_of(rows, 3)["name_key"]
    >>> drawn.len() in range(80, 120), set(_one_of(rows.reverse(), 3)["name_key"]) == {*drawn}
    (True, True)
    """
    return rows if every == 1 else rows.filter(_contents(rows).hash_rows() % every == 0)


def _contents(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns that tell rows from each other."""
    return rows.select(*(c for c in _TELLING if c in rows.columns), *particulars_of(rows))


def estimate(left: pl.DataFrame, right: pl.DataFrame) -> UEstimate:
    """Estimate u from a `sample` of either side (LINKABLE, and particulars)."""
    left, right = (_in_one_order(side) for side in (left, right))
    rows = own_attributes(pl.concat([left, right]))
    places = pl.int_range(rows.height, dtype=pl.UInt32, eager=True)
    names = NameFrequencies.of(bearers_of(right).unique("bearer", maintain_order=True))
    lefts, rights = places.head(left.height), places.slice(left.height)
    levels = _level_counts(rows, lefts, rights, names.namesakes)
    return UEstimate(levels, names, count_values(right))


def _in_one_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in an order that is theirs, so that the same pairs are drawn of them.

    >>> people = pl.DataFrame({"record_id": [2, 3], "+surname": ["LEE", "POE"]})
    >>> turned = people.reverse().with_columns(record_id=pl.Series([2, 3]))
    >>> _in_one_order(people)["+surname"].equals(_in_one_order(turned)["+surname"])
    True
    """
    return rows[_contents(rows).hash_rows().arg_sort()]


def _level_counts(
    rows: pl.DataFrame, left: pl.Series, right: pl.Series, namesakes_here: float | None
) -> LevelCounts:
    """How many random pairs have each level.

    `left` and `right` are positions in `rows` (UInt32). Equal values are counted over all pairs of
    the sample, since few random pairs have them.
    """
    particulars = particulars_of(rows)
    drawn = PAIRS * _OF_PARTICULARS if particulars else PAIRS
    anywhere = random_levels(random_pairs(left, right, drawn), rows)
    placed = rows.select("place").with_row_index("position")
    village = name_levels(village_pairs(placed[left], placed[right]), rows)
    tables = {
        (field, "anywhere" if field == "name" else ""): _counted(anywhere[field])
        for field in FIELDS
    }
    tables["sex", "namesakes"] = namesakes(rows[right], "sex")
    tables["name", "village"] = _with_share(_counted(village), namesakes_here)
    for field, column in (("name", "name_key"), ("birth_date", "birth_date"), ("village", "place")):
        key = (field, "anywhere" if field == "name" else "")
        share = same_share(rows[column].gather(left), rows[column].gather(right))
        tables[key] = _with_share(tables[key], share)
    return tables | _of_particulars(rows, left, right, anywhere.select(particulars))


def _of_particulars(
    rows: pl.DataFrame, left: pl.Series, right: pl.Series, random: pl.DataFrame
) -> dict[tuple[str, str], Table]:
    """How many random pairs have each level of each particular; equal and swapped exactly."""
    tables = {}
    for column in random.columns:
        share = same_share(rows[column].gather(left), rows[column].gather(right))
        tables[column, ""] = _with_share(_counted(random[column]), share)
    if {frames.GIVEN, frames.SURNAME} <= {*random.columns}:
        both = rows.select(
            one=pl.concat_str(frames.GIVEN, frames.SURNAME, separator="|"),
            other=pl.concat_str(frames.SURNAME, frames.GIVEN, separator="|"),
        )
        swapped = same_share(both["one"].gather(left), both["other"].gather(right))
        tables[frames.GIVEN, ""] = _with_share(tables[frames.GIVEN, ""], swapped, "swapped")
    return tables


def random_pairs(left: pl.Series, right: pl.Series, most: int = PAIRS) -> pl.DataFrame:
    """Return PAIRS of positions (UInt32), each row about equally often, no two alike.

    A stride through left × right that shares no factor with it: deterministic and even.

    >>> left, right = pl.Series([0, 1], dtype=pl.UInt32), pl.Series([2, 3, 4], dtype=pl.UInt32)
    >>> random_pairs(left, right).rows()  # all six, since there are fewer than `most`
    [(0, 2), (1, 4), (1, 3), (1, 2), (0, 4), (0, 3)]
    """
    pairs = left.len() * right.len()
    if pairs == 0:
        return pl.DataFrame(schema={"left": pl.UInt32, "right": pl.UInt32})
    drawn = min(most, pairs)
    # the golden ratio keeps neighbours in either table apart
    stride = int(pairs * 0.6180339887498949) | 1
    while math.gcd(stride, pairs) > 1:
        stride += 2
    places = (pl.int_range(0, drawn, dtype=pl.UInt64, eager=True) * stride) % pairs
    return pl.DataFrame(
        {"left": left.gather(places // right.len()), "right": right.gather(places % right.len())}
    ).unique(maintain_order=True)


def village_pairs(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return PAIRS of two rows of one village; both frames have `position` and `place`.

    >>> left = pl.DataFrame({"position": [0, 1], "place": ["万安", "洛安"]})
    >>> right = pl.DataFrame({"position": [2, 3], "place": ["万安", None]})
    >>> village_pairs(left, right).rows()
    [(0, 2)]
    """
    left = left.drop_nulls("place")
    left = left.gather_every(max(1, left.height // (PAIRS // 2)))
    rights = (
        right.join(left.select("place").unique(), on="place", how="semi")
        .group_by("place", maintain_order=True)
        .agg("position")
    )
    of_village = left.join(
        rights, on="place", how="inner", maintain_order="left", suffix="_right"
    ).with_row_index("draw")
    rights_here = pl.col("position_right")
    drawn = [
        of_village.select(
            left="position",
            right=rights_here.list.get(
                (pl.col("draw") * 31 + turn * 7919) % rights_here.list.len()
            ),
        )
        for turn in range(2)
    ]
    return pl.concat(drawn).unique(maintain_order=True)


def same_share(left: pl.Series, right: pl.Series) -> float | None:
    """Return the share of all pairs whose values are equal, counted exactly; null is no value.

    >>> same_share(pl.Series(["a", "a", "b", None]), pl.Series(["a", "c"]))  # 2 of 3 × 2
    0.3333333333333333
    """
    counts = [
        side.drop_nulls().rename("value").value_counts(name=name)
        for side, name in ((left, "l"), (right, "r"))
    ]
    rows = [int(c.select(pl.last().sum()).item() or 0) for c in counts]
    if not all(rows):
        return None
    both = counts[0].join(counts[1], on="value")
    same = both.select((pl.col("l").cast(pl.UInt64) * pl.col("r")).sum()).item()
    return int(same or 0) / (rows[0] * rows[1])


def namesakes(sample: pl.DataFrame, field: str) -> Table:
    """Return how many pairs of two rows of one `name_key` have the `field` the same, or not.

    >>> people = {"name_key": ["李娜", "李娜", "李娜", "王伟"], "sex": ["女", "女", "男", "男"]}
    >>> namesakes(pl.DataFrame(people), "sex")  # each pair both ways
    {'different': 4.0, 'same': 2.0}
    """
    whole = sample.drop_nulls(["name_key", field])
    whole = whole.select(key=pl.col("name_key").hash(), value=field)
    n = pl.len().cast(pl.UInt64)
    pairs, same = (
        int(whole.group_by(by).agg(n=n).select((pl.col("n") * (pl.col("n") - 1)).sum()).item())
        for by in (["key"], ["key", "value"])
    )
    return {"different": float(pairs - same), "same": float(same)}


def _counted(levels: pl.Series) -> Table:
    """How often each level occurs, `unknown` left out.

    >>> _counted(pl.Series("sex", ["same", "different", "same", "unknown"]))
    {'different': 1.0, 'same': 2.0}
    """
    counts = levels.cast(pl.String).value_counts().sort(levels.name).rows()
    return {level: float(count) for level, count in counts if level != "unknown"}


def _with_share(counts: Table, share: float | None, level: str = "same") -> Table:
    """The counts with as many pairs of a level as its true share demands.

    >>> _with_share({"different": 900.0, "same": 7.0}, 0.1)
    {'different': 900.0, 'same': 100.0}
    """
    if not counts or share is None or share >= 1:
        return counts
    others = sum(count for each, count in counts.items() if each != level)
    return {**counts, level: others * share / (1 - share)}


def births_from_numbers(rows: pl.DataFrame) -> bool:
    """Whether birth dates were taken from the numbers, or might as well have been.

    Asked of a `sample` of one side; no where no number is proven.

    >>> from datetime import date
    >>> row = {"id_number": ["990101196003051238"], "id_status": ["valid"]}
    >>> births_from_numbers(pl.DataFrame({**row, "birth_date": [date(1960, 3, 5)]}))
    True
    >>> births_from_numbers(pl.DataFrame({**row, "birth_date": [date(1960, 3, 15)]}))
    False
    """
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(value=False)
    rows = _one_of(rows, max(1, rows.height // _ASKED)).filter(proven)
    number = pl.col("id_number").str.slice(6, 8)
    own = number != pl.col("birth_date").dt.to_string("%Y%m%d")
    return not rows.is_empty() and rows.select(own.sum()).item() <= rows.height * _MISPRINTS
