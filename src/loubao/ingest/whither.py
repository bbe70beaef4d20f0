"""Whither somebody on an exclusion list has gone: who is still here is excluded by no list.

A list of those who moved away has a column of the place they went to (迁往地), a text that a
condition of the list reads. The condition knows the names of the area; here a village or a town of
`villages.csv` is one too, in every spelling that is read elsewhere, and the county alone. A name
that is nearly one of them, and a cell that says nothing where most say something, are in doubt:
that row excludes nobody either, and is told.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> def gone(*cells):
...     rows = pl.DataFrame({"moved_to": cells, "raw:moved_to": cells})
...     asked = whither(rows, rules.lists["moved_out"], rules)["moved_to"]
...     return [(here, unsure) for here, unsure in asked.iter_rows()]
>>> gone("厦门市集美区", "上浦村委会", "洛陽 鎮", "惠安", "张版镇")
[(False, False), (True, False), (True, False), (True, False), (False, True)]
>>> gone("厦门市", "厦门市", None), gone("厦门市", None, None)[1]
([(False, False), (False, False), (False, True)], (False, False))
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from loubao.core.characters import folded
from loubao.ingest.fields.place import PLACES, locate
from loubao.ingest.gazetteer import Gazetteer, flat, gazetteer
from loubao.ingest.nearest_names import nearest_places
from loubao.rules.folder import Rules
from loubao.rules.lists import ListRule

#: How near a name comes that only sounds like an official one (nearest_names.py).
_NEAR: Final = 0.9
#: Share of rows that may say nothing where the others do.
_FEW: Final = 0.5
_COUNTY: Final = "县区旗"


def whither(rows: pl.DataFrame, rule: ListRule, rules: Rules) -> Mapping[str, pl.DataFrame]:
    """Return, for each field of a list that says whither, `here` and `unsure` (Boolean) of rows.

    `rows`: those of one exclusion list, typed.
    """
    alone = {next(iter(c.fields)) for c in rule.conditions if len(c.fields) == 1}
    fields = sorted(f for f in alone if f in rule.fields and rule.fields[f].type == "text")
    names = gazetteer(rules.villages, rules.reading)
    return {field: _read(rows[field], names, rules) for field in fields if field in rows.columns}


def _read(cells: pl.Series, names: Gazetteer, rules: Rules) -> pl.DataFrame:
    distinct = cells.drop_nulls().unique().sort()
    here = _known(distinct, names)
    county = pl.Series([_is_county(text, names) for text in distinct], dtype=pl.Boolean)
    here |= county
    unsure = pl.Series(
        [not known and _nearly(text, rules) for text, known in zip(distinct, here, strict=True)],
        dtype=pl.Boolean,
    )
    answers = pl.DataFrame({"cell": distinct, "here": here, "unsure": unsure})
    found = (
        cells.alias("cell").to_frame().join(answers, on="cell", how="left", maintain_order="left")
    )
    silent = cells.is_null() & (cells.null_count() < _FEW * cells.len())
    return found.select(pl.col("here").fill_null(False), unsure=pl.col("unsure").fill_null(silent))


def _known(texts: pl.Series, names: Gazetteer) -> pl.Series:
    """Whether each text names a village or a town that the rules have."""
    known = pl.repeat(False, texts.len(), dtype=pl.Boolean, eager=True)
    for column in PLACES:
        nowhere = [pl.lit(None, pl.String).alias(other) for other in PLACES if other != column]
        places = texts.alias(column).to_frame().with_columns(nowhere)
        found = locate(places, names)
        known |= found["village"].is_not_null() | found["town"].is_not_null()
    return known


def _is_county(text: str, names: Gazetteer) -> bool:
    """Whether a text is the county alone, perhaps behind province and city."""
    bare = folded(flat(text))
    called = [bare] if bare[-1:] in _COUNTY else [bare + ending for ending in _COUNTY]
    return any(re.fullmatch(names.ahead, name) for name in called)


def _nearly(text: str, rules: Rules) -> bool:
    """Whether a text is a name of a place here but for a slip."""
    found = nearest_places(text, rules, None, 1)
    return bool(found) and found[0].score >= _NEAR
