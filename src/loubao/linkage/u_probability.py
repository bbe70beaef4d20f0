"""What two strangers have in common: studied on a sample of the rows, apart from any pair.

`study` may begin as soon as the rows are there, before it is known who meets whom.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from loubao.core import frames
from loubao.core.readings import sound
from loubao.linkage import term_frequencies
from loubao.linkage.comparison import FIELDS, name_levels, own_attributes, random_levels
from loubao.linkage.model import EQUAL, Model, Table
from loubao.linkage.model import LevelCounts as Strangers

#: Rows asked whether birth dates are the numbers'; misprints that a column of its own has.
_ASKED, _TYPED = 20_000, 0.001


@dataclass(frozen=True)
class Study:
    """What chance alone brings together, whatever the pairs are.

    `right`: the sampled right rows, each bearer of a name once, as `bearers_of` has them; `names`:
    how common their names are; `levels`: how often random pairs meet each level.
    """

    right: pl.DataFrame
    names: term_frequencies.Names
    levels: Strangers


def sample(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows to study chance on, evenly from the whole table or slice."""
    return rows.gather_every(max(1, rows.height // term_frequencies.ROWS))


def study(left: pl.DataFrame, right: pl.DataFrame) -> Study:
    """Study a `sample` of either side (LINKABLE)."""
    rows = own_attributes(pl.concat([left, right]))
    places = pl.int_range(rows.height, dtype=pl.UInt32, eager=True)
    sides = places.head(left.height), places.slice(left.height)
    bearers = bearers_of(right).unique("bearer", maintain_order=True)
    names = term_frequencies.Names.of(bearers)
    return Study(right=bearers, names=names, levels=_levels(rows, *sides, names))


def bearers_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `name_key`, `place` (String) and `bearer` (UInt64) of LINKABLE rows.

    Who is on several lists is one bearer of the name; so is who has nothing else to be known by.
    """
    known = pl.coalesce(
        "id_number", pl.col("birth_date").cast(pl.String), pl.col("record_id").cast(pl.String)
    )
    return rows.select(
        "name_key",
        place=pl.coalesce("village_code", "village"),
        bearer=pl.struct("name_key", known).hash(),
    )


def rarity(pairs: pl.DataFrame, rows: pl.DataFrame, studied: Study, model: Model) -> pl.Series:
    """What a name that agrees weighs more, or less, for being rare or common (Float64, log2).

    Two names agree by chance as often as this name is met, or one that sounds like it, not as names
    agree on the whole. Nothing is added where the number is the same. `pairs` are compared; they
    count `rows` (LINKABLE) from 0.
    """
    weight = pl.repeat(0.0, pairs.height, dtype=pl.Float64, eager=True)
    own = pairs.with_row_index().filter(~pl.col("id_number").is_in(list(EQUAL)))
    for alike in (["same", "variant"], ["reading"]):
        equal = own.filter(pl.col("name").is_in(alike))
        if equal.is_empty():
            continue
        names, sampled, met = studied.names, studied.right, bearers_of(rows[equal["right"]])
        if alike == ["reading"]:
            heard = sound(pl.col("name_key"))
            sampled, met = sampled.gather_every(3).with_columns(heard), met.with_columns(heard)
            names = term_frequencies.Names.of(sampled)
        met = met.with_columns(counted=pl.col("bearer").is_in(sampled["bearer"].implode()))
        frequency = names.frequency(met)
        here, anywhere = (
            (model.tables["u", "name", table][alike[0]] / frequency[column]).log(2.0)
            for table, column in (("village", "here"), ("anywhere", "anywhere"))
        )
        village = equal["village"].cast(pl.String) == "same"
        weight = weight.scatter(equal["index"], here.zip_with(village, anywhere))
    return weight


def births_from_numbers(rows: pl.DataFrame) -> bool:
    """Whether birth dates were taken from the numbers, or might as well have been.

    Asked of a `sample` of one side; no where no number is proven.
    """
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(value=False)
    rows = rows.gather_every(max(1, rows.height // _ASKED)).filter(proven)
    number = pl.col("id_number").str.slice(6, 8)
    own = number != pl.col("birth_date").dt.to_string("%Y%m%d")
    return not rows.is_empty() and rows.select(own.sum()).item() <= rows.height * _TYPED


def _levels(
    rows: pl.DataFrame, left: pl.Series, right: pl.Series, names: term_frequencies.Names
) -> Strangers:
    """How often each level is met among random pairs.

    Equal values are counted over all pairs of the sample, which random pairs seldom meet.
    """
    anywhere = random_levels(term_frequencies.random_pairs(left, right), rows)
    placed = rows.select("place").with_row_index("position")
    village = name_levels(term_frequencies.village_pairs(placed[left], placed[right]), rows)
    tables = {
        (field, "anywhere" if field == "name" else ""): _counts(anywhere[field]) for field in FIELDS
    }
    tables["sex", "namesakes"] = term_frequencies.namesakes(rows[right], "sex")
    tables["name", "village"] = _with_share(_counts(village), names.namesakes)
    for field, column in (("name", "name_key"), ("birth_date", "birth_date"), ("village", "place")):
        key = (field, "anywhere" if field == "name" else "")
        share = term_frequencies.same_share(rows[column].gather(left), rows[column].gather(right))
        tables[key] = _with_share(tables[key], share)
    return tables


def _counts(met: pl.Series) -> Table:
    counts = met.cast(pl.String).value_counts().sort(met.name).rows()
    return {level: float(count) for level, count in counts if level != "unknown"}


def _with_share(counts: Table, share: float | None) -> Table:
    """The counts with as many equal values as their true share demands."""
    if not counts or share is None or share >= 1:
        return counts
    others = sum(count for level, count in counts.items() if level != "same")
    return {**counts, "same": others * share / (1 - share)}
