"""What the links are expected to cost: a case by hand, and what holds of any."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.books.summary import outlook_page
from loubao.layout.paper import Printing
from loubao.rules.folder import Rules
from loubao.screening.coverage import CHANCES
from loubao.screening.expected_cost import Expected, expected, people_text

_ON, _OFF = ("uncovered", "review", "partial"), ("covered", "excluded")


def printing(rules: Rules) -> Printing:
    return Printing(rules.sheets.fonts, date(2022, 6, 30), "2022年6月")


def outcomes(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["person_key", "list", "outcome"], orient="row")


def chances(*rows: tuple[str, str, int, float | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(CHANCES), orient="row")


HAND_OUTCOMES = outcomes(
    ("nobody", "medical", "uncovered"),
    ("one", "medical", "review"),
    ("two", "medical", "review"),
    ("half", "medical", "review"),
    ("half", "disability", "uncovered"),
    ("eased", "medical", "review"),
    ("eased", "disability", "covered"),
    ("linked", "medical", "covered"),
    ("both", "medical", "covered"),
    ("both", "disability", "excluded"),
)
HAND_CHANCES = chances(
    ("one", "medical", 1, 0.9),
    ("two", "medical", 2, 0.5),
    ("two", "medical", 3, 0.6),
    ("half", "medical", 4, 0.99),
    ("eased", "medical", 5, 0.8),
    ("eased", "disability", 6, 0.999),
    ("linked", "medical", 7, 0.98),
    ("both", "medical", 8, 0.97),
    ("both", "disability", 9, 0.95),
)


def test_a_case_by_hand() -> None:
    found = expected(HAND_OUTCOMES, HAND_CHANCES, (0.9, 0.5))
    assert found is not None
    assert (found.visited, found.linked) == (5, 2)
    two = 1 - 0.5 * 0.4
    missed = 0.02 + 0.05
    rows = [
        (None, 0, 0.9 + two + 0.8, missed),
        (0.5, 3, 0.0, missed + 0.1 + (1 - two) + 0.2),
        (0.9, 1, two + 0.8, missed + 0.1),
    ]
    for row, by_hand in zip(found.table.iter_rows(), rows, strict=True):
        assert row == pytest.approx(by_hand)


def test_an_older_output_has_no_probabilities() -> None:
    assert expected(HAND_OUTCOMES, chances(("one", "medical", 1, None)), (0.5,)) is None


def test_nobody_at_all() -> None:
    found = expected(HAND_OUTCOMES.head(0), HAND_CHANCES.head(0), (0.5,))
    assert found is not None
    assert found.table.rows() == [(None, 0, 0.0, 0.0), (0.5, 0, 0.0, 0.0)]


_PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 5), st.sampled_from(["medical", "disability"]), st.integers(0, 3)),
    st.floats(0.0, 1.0),
    max_size=20,
)
_LISTS = st.dictionaries(
    st.tuples(st.integers(0, 5), st.sampled_from(["medical", "disability"])),
    st.sampled_from([*_ON, *_OFF]),
    min_size=1,
)


@settings(max_examples=50)
@given(_LISTS, _PAIRS, st.lists(st.floats(0.01, 1.0), min_size=1, max_size=5))
def test_lower_thresholds_save_visits_and_miss_people(
    named: dict[tuple[int, str], str],
    pairs: dict[tuple[int, str, int], float],
    thresholds: list[float],
) -> None:
    found = expected(
        outcomes(*((f"P{i}", name, outcome) for (i, name), outcome in named.items())),
        chances(*((f"P{i}", name, row, p) for (i, name, row), p in pairs.items())),
        thresholds,
    )
    assert found is not None
    now, *others = found.table.iter_rows(named=True)
    assert now["threshold"] is None
    assert [row["threshold"] for row in others] == sorted(thresholds)
    for low, high in pairwise([*others, now]):
        assert low["saved"] >= high["saved"]
        assert low["missed"] >= high["missed"] - 1e-9
        assert low["wasted"] <= high["wasted"] + 1e-9
    for row in (now, *others):
        assert 0 <= row["wasted"] <= found.visited - row["saved"] + 1e-9
        assert -1e-9 <= row["missed"] <= found.linked + row["saved"] + 1e-9
        # who is not visited any more was a visit not needed, or is missed
        gone = row["missed"] - now["missed"] + now["wasted"] - row["wasted"]
        assert gone == pytest.approx(row["saved"])


def test_the_page(rules: Rules) -> None:
    found = expected(HAND_OUTCOMES, HAND_CHANCES, (0.5, 0.9, 0.9999))
    assert found is not None
    words = rules.sheets.summary.expectation
    page = outlook_page(found, rules.sheets, printing(rules))
    said = [row.values[0] for row in page.rows]
    assert said[1] == words.wasted.format(people=5, wasted="2.5")
    assert said[2] == words.missed.format(people=2, missed="0.1")
    table = [row.values for row in page.rows if len(row.values) == 4]
    assert [row[0] for row in table[1:]] == [words.current, "50%", "90%", "99.99%"]
    assert table[2] == (words.at_least.format(percent="50"), 3, 0.0, 0.57)
    # a heading row of its own, never a nought that hides somebody
    little = pl.DataFrame(
        [(None, 0, 0.0, 0.004)], schema=["threshold", "saved", "wasted", "missed"], orient="row"
    )
    page = outlook_page(Expected(1, 1, little), rules.sheets, printing(rules))
    assert page.rows[-len(words.notes) - 1].values == (words.current, 0, 0.0, words.small)
    assert words.small in str(page.rows[2].values[0])


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (0.0, "0"),
        (0.0499, "小于 0.1"),
        (0.05, "0.1"),
        (1.0, "1.0"),
        (99.94, "99.9"),
        (1234.5, "1234"),
    ],
)
def test_figures(people: float, said: str) -> None:
    assert people_text(people, "小于 0.1") == said
