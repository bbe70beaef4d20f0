"""Two tables with names in letters: who is found, who is kept apart, whatever the order of rows."""

from __future__ import annotations

from functools import cache
from random import Random

import polars as pl
import pytest

from loubao.core import frames
from loubao.core.frames import BIRTH, GIVEN, SURNAME
from loubao.linkage import Linked, link_tables
from loubao.linkage.blocking_atoms import compared_columns, hashed_atoms
from loubao.linkage.chosen_keys import Chosen, choose, chosen_pairs
from loubao.linkage.model import as_json, from_json
from loubao.linkage.particular_levels import date_level, text_level
from loubao.linkage.waterfall import steps
from loubao.rules.matching import ChosenKeys
from tests.linkage.crowd import MATCHING
from tests.linkage.latin_crowd import COLUMNS, Row, people, table, typed

PEOPLE, LOOKED_FOR = 1_500, 500


@cache
def sides() -> tuple[list[Row], list[Row]]:
    """The first people are looked for among all; a tenth of the cells is wrong or blank."""
    draw = Random(20221101)
    everybody = people(draw, PEOPLE)
    return [typed(draw, row, 0.1) for row in everybody[:LOOKED_FOR]], everybody


@cache
def linked(turned: bool = False, height: int = 10**6) -> Linked:
    left, right = (table(rows, side) for rows, side in zip(sides(), ("left", "right"), strict=True))
    if turned:
        left, right = left.reverse(), right.reverse()
    return link_tables(left, right.iter_slices(height), MATCHING, expected=PEOPLE)


def pairs(found: Linked, decision: str) -> set[tuple[int, int]]:
    rows = found.decisions.filter(decision=decision)
    return set(rows.select("left_id", "right_id").rows())


def test_people_are_found_and_relatives_are_not() -> None:
    links = pairs(linked(), "link")
    right = {(left, other) for left, other in links if left == other}
    assert len(right) > 0.9 * LOOKED_FOR
    assert links - right == set()
    shown = right | {pair for pair in pairs(linked(), "review") if pair[0] == pair[1]}
    assert len(shown) > 0.98 * LOOKED_FOR


def test_probabilities_can_be_believed() -> None:
    found = linked().decisions.with_columns(right=pl.col("left_id") == pl.col("right_id"))
    expected, right = found["match_probability"].sum(), found["right"].sum()
    assert expected == pytest.approx(right, rel=0.02)


def test_the_order_of_the_rows_says_nothing() -> None:
    one, other = linked(), linked(turned=True)
    assert one.chosen == other.chosen
    assert one.model == other.model
    assert one.decisions.sort("left_id", "right_id").equals(
        other.decisions.sort("left_id", "right_id")
    )


def test_two_runs_are_equal_to_the_bit() -> None:
    first = linked()
    linked.cache_clear()
    assert first.decisions.equals(linked().decisions)


def test_the_right_table_may_come_in_slices() -> None:
    links = pairs(linked(height=400), "link")
    assert len(links) > 0.9 * LOOKED_FOR
    assert {pair for pair in links if pair[0] != pair[1]} == set()


def test_a_pair_is_explained_by_what_weighs() -> None:
    found = linked()
    model = from_json(as_json(found.model))
    told = steps(found.decisions.head(20), model)
    names = set(told["step"].to_list())
    assert {*COLUMNS, "prior", "rarity", "rivals"} <= names
    assert not {"name", "birth_date", "village"} & names  # their parts weigh


def test_several_rows_of_one_person_are_no_rivals() -> None:
    draw = Random(7)
    everybody = people(draw, 400)
    left = [typed(draw, row, 0.05) for row in everybody]
    right = [typed(draw, row, 0.05) for row in everybody for _ in range(3)]
    rows = table(left, "left"), table(right, "right", 10_000)
    found = link_tables(rows[0], [rows[1]], MATCHING, expected=1_200)
    links = {(one - 2, (other - 10_000) // 3) for one, other in pairs(found, "link")}
    assert len(links) > 0.9 * len(left)
    assert {pair for pair in links if pair[0] != pair[1]} == set()


# -- keys -----------------------------------------------------------------------------------------


def chosen(bounds: ChosenKeys) -> Chosen:
    left, right = (table(rows, "x").with_row_index("position") for rows in sides())
    return choose(left, right, list(COLUMNS), right.height, bounds)


def test_keys_find_people_within_their_bound() -> None:
    found = chosen(ChosenKeys())
    left, right = (table(rows, "x").with_row_index("position") for rows in sides())
    made, too_large = chosen_pairs(
        found.keys, hashed_atoms(left, COLUMNS), hashed_atoms(right, COLUMNS), 10**6
    )
    assert len(made.filter(pl.col("left") == pl.col("right"))) >= 0.995 * LOOKED_FOR
    assert found.missed < 0.01
    assert too_large == []
    assert found.pairs <= 300_000
    tight = chosen(ChosenKeys(for_each_row=1, least=1, pairs=3_000))
    assert 0 < tight.pairs <= 3_000
    assert tight.missed >= found.missed


def test_a_large_value_is_left_out_and_counted() -> None:
    rows = pl.DataFrame({"position": range(4), "+town": ["A", "A", "A", "B"]})
    rows = rows.with_columns(pl.col("position").cast(pl.UInt32))
    hashed = hashed_atoms(rows, ["+town"])
    made, too_large = chosen_pairs([("+town",)], hashed, hashed, 4)
    assert made.rows() == [(3, 3)]
    assert [(each.on, each.most, count) for each, count in too_large] == [(("+town",), 4, 1)]


def test_what_repeats_other_columns_is_not_compared() -> None:
    rows = table(sides()[1], "x").with_columns(
        pl.concat_str(GIVEN, SURNAME, separator=" ").alias("+full_name"),
        pl.col(BIRTH).str.head(4).alias("+year"),
    )
    assert compared_columns(rows, rows) == list(COLUMNS)


# -- levels ---------------------------------------------------------------------------------------

TEXTS = [
    ("SMITH", "SMIHT", "near"),
    ("SMITH", "SMYTH", "near"),
    ("OHARA SMITH", "OHARASMITH", "near"),
    ("J", "JOHN", "part"),
    ("ROB", "ROBERT", "part"),
    ("CRUZ", "DE LA CRUZ", "part"),
    ("KATHERINE", "CATHARINE", "similar"),
    ("MARTHA", "MARHTAS", "similar"),
    ("ANNA", "OTTO", "different"),
    ("LI", "LU", "different"),
    ("ИВАНОВ", "ИВАНОВА", "near"),
]
DATES = [
    ("19600305", "19600503", "near"),
    ("19600305", "19600306", "near"),
    ("19600305", "1960305", "near"),
    ("19600305", "19601105", "similar"),
    ("19600305", "1960", "part"),
    ("19600305", "196003", "part"),
    ("19600305", "19601127", "alike"),
    ("19600305", "19710812", "different"),
]


@pytest.mark.parametrize(("one", "other", "level"), TEXTS)
def test_level_of_texts(one: str, other: str, level: str) -> None:
    assert {text_level(one, other), text_level(other, one)} == {level}


@pytest.mark.parametrize(("one", "other", "level"), DATES)
def test_level_of_dates(one: str, other: str, level: str) -> None:
    assert {date_level(one, other), date_level(other, one)} == {level}


def test_linkable_is_enough() -> None:
    """A table without anything beside LINKABLE is linked as before."""
    left, right = (table(rows, "x").select(*frames.LINKABLE) for rows in sides())
    assert link_tables(left, [right], MATCHING).chosen == Chosen()


def test_nobody_is_linked_by_name_alone_where_nothing_was_learnt() -> None:
    one = table([{**dict.fromkeys(COLUMNS), GIVEN: "ANN", SURNAME: "LEE"}], "left")
    found = link_tables(one, [one], MATCHING, expected=1)
    assert not found.model.learnt
    assert pairs(found, "link") == set()
    assert found.issues["code"].to_list() == ["WEIGHTS_SHIPPED"]
