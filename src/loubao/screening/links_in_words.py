"""The tables of `link` in the clerk's words: what was decided, why, what two rows have in common.

The columns have the names that `words` of linking.yaml gives them; of kept ones those of LEFT stand
before those of RIGHT.
"""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

from loubao.core.frames import MARK
from loubao.linkage import Model
from loubao.rules.linking import LinkRules
from loubao.rules.matching import LEVELS
from loubao.screening.explanation import Explainer, level_words

_PLACES = ("row", "sheet", "member")
_DECIDED = ("decision", "tier", "match_probability", "evidence")
_UNKNOWN = "unknown"


def decided_in_words(links: pl.DataFrame, rules: LinkRules, model: Model) -> pl.DataFrame:
    """Return decision, tier (why), match_probability (in hundredths), evidence of a table of links.

    A probability is cut off, so that 100 is certain. What is unknown of a pair is not said.
    Raises `RuleFault`.
    """
    explain = rules.printed.explain
    explainer = Explainer(model, rules.matching, explain, "pairs")
    pairs = links.select("tier", "decision")
    tiers = {pair: explainer.wording(*pair) for pair in pairs.unique().rows()}
    said = []
    for field in links["evidence"].struct.fields:
        levels = links["evidence"].struct.field(field).cast(pl.String)
        name = field if field in LEVELS else f"{MARK}{field}"
        words = {
            level: level_words(name, level, rules.matching, explain)
            for level in levels.drop_nulls().unique()
            if level != _UNKNOWN
        }
        said.append(levels.replace_strict(words, default=None, return_dtype=pl.String))
    evidence = pl.concat_str(pl.all(), separator="、", ignore_nulls=True)
    assert rules.linking.words is not None
    return links.select(
        pl.col("decision").replace(rules.linking.words.decisions),
        pl.Series("tier", [tiers[pair] for pair in pairs.rows()], dtype=pl.String),
        (pl.col("match_probability") * 10_000).floor() / 100,
        pl.DataFrame(said).select(evidence).to_series().alias("evidence"),
    )


def in_words(table: pl.DataFrame, rules: LinkRules, model: Model) -> pl.DataFrame:
    """Return a table of `link` (links, duplicates, clusters) as the clerk reads it.

    The people of a row are counted from 1.
    """
    if "evidence" in table.columns:
        table = table.with_columns(decided_in_words(table, rules, model)).drop("match_weight")
    assert rules.linking.words is not None
    if "side" in table.columns:
        table = table.with_columns(pl.col("side").replace(rules.linking.words.sides))
    table = table.with_columns(cs.ends_with("member") + 1)
    places = [name for name in table.columns if name.rpartition("_")[2] in _PLACES]
    decided = [name for name in _DECIDED if name in table.columns]
    first = [name for name in ("cluster", "side") if name in table.columns]
    kept = [c for c in table.columns if c not in {*places, *decided, *first}]
    order = [*first, *_by_side(places), *_by_side(kept), *decided]
    return table.select(pl.col(name).alias(_called(name, rules)) for name in order)


def _by_side(names: list[str]) -> list[str]:
    """Columns of LEFT, then those of RIGHT (of a row, then of the other one)."""
    return sorted(names, key=lambda name: name.startswith(("right_", "other_")))


def _called(name: str, rules: LinkRules) -> str:
    """The name of a column: of `words`, or what was kept, with the word for its table."""
    words = rules.linking.words
    assert words is not None
    if name in words.columns:
        return words.columns[name]
    side, line, column = name.partition("_")
    whose = dict[str, str](words.sides.items()).get(side, "") if line else ""
    spec = rules.dictionary.get(column if whose else name)
    return f"{whose}{spec.label if spec else (column if whose else name)}"
