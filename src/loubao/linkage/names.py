"""The level of two names: equal, alike in sound or shape, masked, a slip apart.

What the levels mean is said in `agreement`. Pairs of names that are met twice are few among
candidates: to find them costs more than to measure them again.
"""

from __future__ import annotations

import polars as pl

from loubao.characters.reading import readings, sound
from loubao.linkage import agreement
from loubao.linkage.distance import edits, moved
from loubao.linkage.latin import latin_level
from loubao.linkage.lookalike import pairs as look_alikes
from loubao.linkage.spelling import SPELT, spelt_alike

_LATIN = r"^[A-Z ]+$"


def levels_of_names(sides: pl.DataFrame) -> pl.Series:
    """Return the level (Enum) of each pair, from `l_name`, `l_name_key` and the same of `r_`."""
    named = sides.select(
        "l_name",
        "r_name",
        agreement.equal_name_level().alias("level"),
        l="l_name_key",
        r="r_name_key",
    ).with_row_index("pair")
    odd = named.filter(pl.col("level") == "different")
    latin = odd.select(
        (pl.col("l").str.contains(_LATIN) & pl.col("r").str.contains(_LATIN)).alias("latin")
    )["latin"]
    chinese, foreign = odd.filter(~latin), odd.filter(latin)
    level = named["level"].to_physical()
    if chinese.height:
        found = _edited(chinese).select(agreement.name_level().alias("level"))["level"]
        level = level.scatter(chinese["pair"], found.to_physical())
    if foreign.height:
        found = latin_level(foreign["l"], foreign["r"])
        level = level.scatter(foreign["pair"], found.to_physical())
    return level.cat.to(agreement.ENUMS["name"])


def _edited(odd: pl.DataFrame) -> pl.DataFrame:
    """Add `edits`, `mask`, `sounds`, `alike` and `moved` to unequal keys `l` and `r`."""
    odd = odd.with_row_index("odd").with_columns(edits=edits(odd["l"], odd["r"], 2))
    hidden = pl.any_horizontal(pl.col(side).str.contains("?", literal=True) for side in "lr")
    masked = odd.filter(hidden)
    masks = masked.select("odd", mask=agreement.mask_level())
    close = odd.filter((pl.col("edits") <= 2) & ~hidden)
    two = close.filter(pl.col("edits") == 2)
    # of two characters that differ, each is read as it is oftenest
    same = sound(pl.col("l")) == sound(pl.col("r"))
    spelt = masked.filter(pl.any_horizontal(pl.col("l_name", "r_name").str.contains(SPELT)))
    sounds = pl.concat(
        [
            _heard(close.filter(pl.col("edits") == 1)),
            two.filter(same)["odd"],
            spelt.filter(spelt_alike(spelt["l_name"], spelt["r_name"]))["odd"],
        ]
    )
    alike = _alike(close.filter(pl.col("edits") == 1))
    permuted = _permuted(close)
    return odd.join(masks, on="odd", how="left", maintain_order="left").with_columns(
        sounds=pl.col("odd").is_in(sounds.implode()),
        alike=pl.col("odd").is_in(alike.implode()),
        moved=pl.col("odd").is_in(permuted.implode()),
    )


def _heard(odd: pl.DataFrame) -> pl.Series:
    """Which of the pairs of names have a reading in common."""
    if odd.is_empty():
        return odd["odd"]
    names = pl.concat([odd["l"], odd["r"]]).unique()
    aloud = pl.DataFrame({"name": names, "readings": readings(names)})
    both = odd.join(aloud, left_on="l", right_on="name").join(
        aloud, left_on="r", right_on="name", suffix="_r"
    )
    common = pl.col("readings").list.set_intersection("readings_r").list.len() > 0
    return both.filter(common)["odd"]


def _permuted(odd: pl.DataFrame) -> pl.Series:
    """Which of the pairs of names have the same characters in another order."""
    left, right = pl.col("l"), pl.col("r")
    others = [(left.str.slice(i, 1) != right.str.slice(i, 1)).cast(pl.UInt8) for i in range(6)]
    few = odd.filter(
        (left.str.len_bytes() == right.str.len_bytes()) & (pl.sum_horizontal(others) > 1)
    )
    return few.filter(moved(few["l"], few["r"]))["odd"]


def _alike(odd: pl.DataFrame) -> pl.Series:
    """Which of the pairs of names one character apart look alike."""
    if odd.is_empty():
        return odd["odd"]
    places = [
        odd.filter(pl.col("l").str.len_chars() == pl.col("r").str.len_chars())
        .select("odd", one=pl.col("l").str.slice(i, 1), other=pl.col("r").str.slice(i, 1))
        .filter(pl.col("one") != pl.col("other"))
        for i in range(6)
    ]
    return pl.concat(places).join(look_alikes(), on=["one", "other"], how="semi")["odd"].unique()
