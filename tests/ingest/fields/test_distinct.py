"""Equal rows are read once, whichever they are."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.ingest.fields import distinct
from loubao.ingest.fields.distinct import put, read_once

TEXT = st.one_of(st.none(), st.sampled_from(["", "a", "b", "ab", "洛阳", "洛阳镇"]))


def both(texts: pl.DataFrame) -> pl.DataFrame:
    return texts.select(pl.format("{}|{}", pl.col("a").fill_null("-"), pl.col("b").fill_null("-")))


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=40))
def test_as_if_every_row_were_read(pairs: list[tuple[str | None, str | None]]) -> None:
    texts = pl.DataFrame(pairs, {"a": pl.String, "b": pl.String}, orient="row")
    seen: list[pl.DataFrame] = []

    def read(some: pl.DataFrame) -> pl.DataFrame:
        seen.append(some)
        return both(some)

    assert read_once(texts, read).equals(both(texts))
    assert seen[0].height <= texts.height


def test_rows_that_meet_at_a_place_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_FEWEST_PLACES", 2)
    monkeypatch.setattr(distinct, "_MOST_PLACES", 2)
    texts = pl.DataFrame({"a": [str(i % 50) for i in range(500)], "b": [None] * 500})
    texts = texts.cast(pl.String)
    assert read_once(texts, both).equals(both(texts))


def test_few_rows_are_read() -> None:
    texts = pl.DataFrame({"a": ["x", "y"] * 500})
    heights: list[int] = []

    def read(some: pl.DataFrame) -> pl.DataFrame:
        heights.append(some.height)
        return some

    assert read_once(texts, read).equals(texts)
    assert heights == [2]


def test_put() -> None:
    column = pl.Series("c", ["a", "b", "c"])
    assert put(column, pl.Series([1], dtype=pl.UInt32), None).to_list() == ["a", None, "c"]
    assert put(column, pl.Series([], dtype=pl.UInt32), "x").to_list() == ["a", "b", "c"]
    assert column.to_list() == ["a", "b", "c"]
