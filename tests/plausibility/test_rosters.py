"""The sample of a list: the same people are sampled in every month, and found again."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from loubao.plausibility.rosters import kept, rosters, rosters_at
from tests.people import number


def records(people: dict[str, str], name: str = "dibao") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "list": [name] * len(people),
            "id_number": list(people),
            "id_status": ["valid"] * len(people),
            "name_key": list(people.values()),
        },
        schema=dict.fromkeys(("list", "id_number", "id_status", "name_key"), pl.String),
    )


def crowd(first: int, last: int) -> dict[str, str]:
    return {
        number(f"19{50 + n // 900 % 50}0{1 + n // 100 % 9}15", n % 999): f"人{n}"
        for n in range(first, last)
    }


def test_a_long_list_is_sampled_and_shares_are_near() -> None:
    before = rosters(records(crowd(0, 4000)))["dibao"]
    assert before.level > 0
    assert 120 < len(before.people) < 400
    everybody = list(crowd(0, 4000).items())
    now = records(dict(everybody[1000:]))
    still, same, of, new = kept(before, rosters_at(now, {"dibao": before.level})["dibao"])
    assert abs(still / of - 0.75) < 0.1
    assert (same, new) == (still, 0)


@given(st.sets(st.integers(0, 998), max_size=60), st.sets(st.integers(0, 998), max_size=60))
def test_a_short_list_is_kept_whole(before: set[int], now: set[int]) -> None:
    def people(numbers: set[int]) -> pl.DataFrame:
        return records({number("19600101", n): "某某" for n in numbers})

    last, later = rosters(people(before)), rosters_at(people(now), {"dibao": 0})
    if before:
        still, _, of, new = kept(last["dibao"], later["dibao"])
        assert (still, of, new) == (len(before & now), len(before), len(now - before))


def test_no_number_and_no_name_is_kept() -> None:
    who = crowd(0, 20)
    roster = rosters(records(who))["dibao"]
    kept_text = " ".join([*roster.people, *roster.people.values()])
    assert not any(each in kept_text for each in (*who, *who.values()))
