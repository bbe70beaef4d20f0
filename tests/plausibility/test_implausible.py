"""Measures of two months → findings: what is found, what is not, and what weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.plausibility.earlier import MonthMeasured, as_json, from_json
from loubao.plausibility.implausible import findings, with_kept
from loubao.plausibility.measures import MEASURES
from loubao.plausibility.rosters import Roster
from loubao.rules.folder import Rules, load_rules
from loubao.rules.plausible import Accepted, Plausibility

RULES = load_rules(Path(__file__).parents[2] / "rules")
Row = tuple[str, str, str, float, float | None]


def month(name: str, *rows: Row, rosters: Mapping[str, Roster] | None = None) -> MonthMeasured:
    """A month of measures of whole lists: list, measure, field, value, total."""
    full = [(each[0], "", "", "", *each[1:]) for each in rows]
    measures = pl.DataFrame(full, schema=dict(MEASURES), orient="row")
    return MonthMeasured(name, measures, rosters or {}, {})


def found(
    now: MonthMeasured, before: MonthMeasured | None = None, rules: Plausibility | None = None
) -> list[dict[str, Any]]:
    return findings(now, before, rules or RULES.plausibility, RULES.lists).to_dicts()


def people(name: str, number: float) -> Row:
    return (name, "people", "", number, None)


@pytest.mark.parametrize(
    ("name", "last", "now", "grave"),
    [
        ("dibao", 1000, 1000, None),
        ("dibao", 1000, 950, None),
        ("dibao", 1000, 830, False),
        ("dibao", 1000, 500, True),
        ("dibao", 1000, 2000, False),
        ("dibao", 1000, 4000, True),
        # chance: half of six is nothing, half of sixty is something
        ("dibao", 6, 3, None),
        ("dibao", 60, 20, True),
        ("children", 12, 22, None),
        # of the month alone, now many and now few
        ("death", 40, 18, None),
        ("death", 40, 2, False),
        # counted from January on
        ("medical", 900, 1790, None),
    ],
)
def test_numbers_of_people(name: str, last: int, now: int, grave: bool | None) -> None:
    rows = found(month("2022-02", people(name, now)), month("2022-01", people(name, last)))
    assert [row["grave"] for row in rows] == ([] if grave is None else [grave])


def test_a_yearly_list_begins_anew_in_january() -> None:
    before = month("2021-12", people("medical", 900))
    assert found(month("2022-01", people("medical", 70)), before) == []


@pytest.mark.parametrize(
    ("measure", "last", "now", "grave"),
    [
        ("number", (930, 1000), (925, 1000), None),
        ("number", (930, 1000), (850, 1000), False),
        ("number", (930, 1000), (600, 1000), True),
        ("number", (6, 6), (4, 6), None),
        ("number", (600, 1000), (930, 1000), None),  # better is no harm
        ("one_day", (20, 1000), (200, 1000), None),
        ("one_day", (20, 1000), (600, 1000), False),
        ("linked", (300, 1000), (280, 1000), None),
        ("linked", (300, 1000), (150, 1000), False),
        ("linked", (300, 1000), (30, 1000), True),
        ("linked", (300, 1000), (800, 1000), True),
        ("repeated", (10, 1000), (900, 1000), True),
    ],
)
def test_shares_beside_last_month(
    measure: str, last: tuple[int, int], now: tuple[int, int], grave: bool | None
) -> None:
    before = month("2022-05", people("medical", 1000), ("medical", measure, "", *last))
    after = month("2022-06", people("medical", 1000), ("medical", measure, "", *now))
    assert [row["grave"] for row in found(after, before)] == ([] if grave is None else [grave])


@pytest.mark.parametrize(
    ("measure", "field", "now", "grave"),
    [
        ("number", "", (930, 1000), None),
        ("number", "", (100, 1000), False),
        ("number", "", (1, 6), None),  # six rows are no proof
        ("name", "", (100, 1000), False),
        ("same_name", "", (50, 300), True),
        ("overlap", "dibao", (299, 300), True),
        ("overlap", "dibao", (200, 300), None),
        ("issue", "SEX_CONFLICT", (900, 1000), False),
        ("issue", "ID_REPAIRED", (900, 1000), None),  # understood all the same
        ("place", "", (0, 500), False),
        ("without_person", "", (700, 1000), True),
    ],
)
def test_shares_of_a_first_month(
    measure: str, field: str, now: tuple[int, int], grave: bool | None
) -> None:
    rows = found(month("2022-06", people("medical", 1000), ("medical", measure, field, *now)))
    assert [row["grave"] for row in rows] == ([] if grave is None else [grave])


def test_a_list_that_came_last_month_is_missing() -> None:
    before = month(
        "2022-05",
        people("children", 80),
        people("dibao", 900),
        people("death", 9),
        people("tekun", 3),
    )
    rows = found(month("2022-06", people("dibao", 900)), before)
    assert [(r["what"], r["list"], r["people"], r["grave"]) for r in rows] == [
        ("missing", "children", 80, True),
        ("missing", "tekun", 3, False),
    ]


def test_a_list_that_comes_every_third_month() -> None:
    policy = RULES.plausibility.model_copy(update={"every": {"children": 3}})
    march = month("2022-03", people("children", 80), people("dibao", 900))
    april = month("2022-04", people("dibao", 900))
    assert found(april, march, policy) == []
    kept = april.with_seldom(march, ["children"])
    june = month("2022-06", people("dibao", 900))
    assert [row["what"] for row in found(june, kept, policy)] == ["missing"]


def test_a_new_list_is_no_finding() -> None:
    before = month("2022-05", people("dibao", 900))
    now = month("2022-06", people("dibao", 900), people("children", 80))
    assert found(now, before) == []


def test_a_town_that_came_last_month_is_missing() -> None:
    towns = [("dibao", "town", town, 100.0, None) for town in ("东镇", "西镇", "南镇")]
    before = month("2022-05", people("dibao", 300), *towns)
    now = month("2022-06", people("dibao", 290), *towns[:2])
    now.measures.extend(month("", ("dibao", "town", "北镇", 90.0, None)).measures)
    assert {(row["what"], row["field"]) for row in found(now, before)} == {("town", "南镇")}


def test_last_months_copy() -> None:
    roster = {"dibao": Roster(3, 2400, {f"{n:012x}": "aabbcc" for n in range(300)})}
    rows = (people("dibao", 2400), ("dibao", "number", "", 2350.0, 2400.0))
    before = month("2022-05", *rows, rosters=roster)
    same = with_kept(month("2022-06", *rows), roster, before, ())
    assert [row["what"] for row in found(same, before)] == ["unchanged"]
    moved = month("2022-06", people("dibao", 2403), ("dibao", "number", "", 2351.0, 2403.0))
    assert found(with_kept(moved, roster, before, ()), before) == []


def test_a_short_list_may_stay_as_it_is() -> None:
    roster = {"tekun": Roster(0, 300, {f"{n:012x}": "aabbcc" for n in range(300)})}
    before = month("2022-05", people("tekun", 300), rosters=roster)
    same = with_kept(month("2022-06", people("tekun", 300)), roster, before, ())
    assert found(same, before) == []


def test_other_people_under_a_lists_name() -> None:
    last = Roster(0, 300, {f"{n:012x}": "aabbcc" for n in range(300)})
    now = Roster(0, 300, {f"{n:012x}": "aabbcc" for n in range(250, 550)})
    before = month("2022-05", people("dibao", 300), rosters={"dibao": last})
    held = with_kept(month("2022-06", people("dibao", 300)), {"dibao": now}, before, ())
    assert [(row["what"], row["grave"]) for row in found(held, before)] == [("kept", True)]


def test_names_that_moved_away_from_their_numbers() -> None:
    last = Roster(0, 300, {f"{n:012x}": "aabbcc" for n in range(300)})
    now = Roster(0, 300, {f"{n:012x}": "ddeeff" for n in range(300)})
    before = month("2022-05", people("dibao", 300), rosters={"dibao": last})
    held = with_kept(month("2022-06", people("dibao", 301)), {"dibao": now}, before, ())
    assert [(row["what"], row["grave"]) for row in found(held, before)] == [("paired", True)]


@pytest.mark.parametrize(("field", "last", "now"), [("amount", 500, 0.05), ("since", 18000, 2)])
def test_medians_of_one_layout(field: str, last: float, now: float) -> None:
    layout: Row = ("dibao", "layout", "amount name since", 1, 1)
    rows = (people("dibao", 300), layout)
    before = month("2022-05", *rows, ("dibao", "median", field, last, 300))
    after = month("2022-06", *rows, ("dibao", "median", field, now, 300))
    assert [row["what"] for row in found(after, before)] == ["median"]
    other = month("2022-06", rows[0], ("dibao", "median", field, now, 300))
    other.measures.extend(month("", ("dibao", "layout", "name", 1, 1)).measures)
    assert found(other, before) == []  # another layout counts other things


def test_a_sheet_that_is_new_is_not_held_against_the_whole_list() -> None:
    """Town and country have other amounts; whom a sheet has decides how many of them pass."""
    before = month(
        "2022-05",
        people("dibao", 900),
        ("dibao", "layout", "amount name", 1, 1),
        ("dibao", "median", "amount", 600, 900),
        ("dibao", "qualifies", "", 750, 900),
    )
    new = month(
        "2022-06",
        ("dibao", "layout", "amount name", 1, 1),
        ("dibao", "median", "amount", 1500, 90),
        ("dibao", "qualifies", "", 90, 90),
    )
    part = new.measures.with_columns(part=pl.lit("城镇低保 表一"))
    now = replace(before, month="2022-06", measures=pl.concat([before.measures, part]))
    assert found(now, before) == []


def test_of_a_roll_only_those_weigh_to_whom_somebody_is_linked() -> None:
    rows = (("dibao", "linked", "", 100.0, 1000.0),)
    before = month("2022-05", people("dibao", 1000), *rows)
    now = month("2022-06", people("dibao", 500), *rows)
    assert [row["people"] for row in found(now, before)] == [50]


def test_a_rule_accepts() -> None:
    before = month("2022-05", people("dibao", 1000))
    now = month("2022-06", people("dibao", 500))
    accept = (Accepted(what="people", list="dibao", month="2022-06"),)
    policy = RULES.plausibility.model_copy(update={"accept": accept})
    assert [row["accepted"] for row in found(now, before, policy)] == [True]
    assert [row["accepted"] for row in found(now, before)] == [False]


def test_worst_first() -> None:
    before = month("2022-05", *(people(n, 1000) for n in ("dibao", "tekun", "medical")))
    now = month("2022-06", people("dibao", 860), people("tekun", 700), people("medical", 500))
    assert [row["list"] for row in found(now, before)] == ["medical", "tekun", "dibao"]


_counts = st.integers(0, 5000)


@given(st.lists(st.tuples(_counts, _counts), min_size=1, max_size=4))
def test_a_month_that_is_as_the_last_is_plausible(shares: list[tuple[int, int]]) -> None:
    rows = [
        (name, "number", "", float(min(pair)), float(max(pair)))
        for name, pair in zip(("dibao", "tekun", "medical", "death"), shares, strict=False)
    ]
    lists = [people(row[0], row[4] or 0) for row in rows]
    assert found(month("2022-06", *lists, *rows), month("2022-05", *lists, *rows)) == []


def test_what_the_ledger_keeps_says_the_same() -> None:
    before = month(
        "2022-05",
        people("dibao", 1000),
        ("dibao", "number", "", 900.0, 1000.0),
        rosters={"dibao": Roster(1, 900, {"0a1b2c3d4e5f": "aabbcc"})},
    )
    again = from_json(as_json(before))
    assert again is not None
    now = month("2022-06", people("dibao", 400), ("dibao", "number", "", 100.0, 400.0))
    assert found(now, again) == found(now, before)
    assert again.rosters == before.rosters


def test_an_older_ledger_keeps_nothing() -> None:
    assert from_json({}.get("plausibility")) is None


def test_every_finding_has_its_words(rules: Rules) -> None:
    policy = rules.plausibility
    kinds = {*policy.shares, "people", "town", "cases", "missing", "linked", "median"}
    assert kinds | {"unchanged", "column", "sheet"} == set(policy.words.what)
