from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.rules.screening import Slowest
from loubao.rules.wording import Wording
from loubao.supervision.tally import (
    Count,
    Figures,
    Terms,
    by_list,
    by_town,
    counts,
    ranking,
)

STATUSES = (
    *("unverified", "eligible", "ineligible", "applied", "enrolled"),
    *("difficult", "returned", "closed"),
)


@pytest.mark.parametrize(
    ("status", "returned", "late", "counted"),
    [
        ("unverified", False, False, "pending"),
        ("unverified", False, True, "overdue"),
        ("difficult", True, True, "returned pending difficult"),
        ("difficult", False, True, "overdue difficult"),  # answered last month, not this one
        ("returned", True, False, "returned pending sent_back"),
        ("eligible", True, True, "returned verified eligible entitled"),
        ("eligible", False, True, "returned verified eligible entitled"),
        ("ineligible", True, False, "returned verified ineligible"),
        ("applied", True, False, "returned verified applied entitled"),
        ("enrolled", False, True, "returned verified enrolled entitled"),  # a roll shows it
        ("closed", False, True, "closed"),
        ("closed", True, True, "returned closed"),
    ],
)
def test_what_a_lead_counts_in(status: str, returned: bool, late: bool, counted: str) -> None:
    (count,) = counts([("村", (status, returned, late), ["甲户"])]).values()
    expected = Figures(**dict.fromkeys(["issued", *counted.split()], 1))
    assert count == Count(expected, expected)


def test_a_household_counts_once_where_any_of_its_people_does() -> None:
    told = counts(
        [
            ("上浦村", ("eligible", True, False), ["甲户", "乙户", "甲户"]),
            ("上浦村", ("unverified", False, True), ["甲户", "丙户"]),
            ("后亭村", ("unverified", False, True), ["甲户"]),
        ]
    )
    people, homes = told["上浦村"].people, told["上浦村"].households
    assert (people.issued, people.verified, people.overdue) == (5, 3, 2)
    assert (homes.issued, homes.verified, homes.overdue) == (3, 2, 2)
    assert people.verified_rate == 0.6
    assert sum(told.values(), Count()).households.issued == 4


def test_shares_of_nobody() -> None:
    assert Figures().verified_rate is None
    assert Figures(issued=3, verified=0).verified_rate == 0
    assert Figures(ineligible=3).enrolled_rate is None
    assert Figures(entitled=4, enrolled=1).enrolled_rate == 0.25


def test_who_is_on_two_lists_counts_under_both() -> None:
    told = by_list(
        [
            ("上浦村", ("eligible", True, False), '["disability","medical"]', ["甲户"]),
            ("上浦村", ("unverified", False, False), '["medical"]', ["甲户", "乙户"]),
            ("后亭村", ("unverified", False, False), "[]", ["丁户"]),
        ]
    )
    assert {name: count.people.issued for name, count in told.items()} == {
        "disability": 1,
        "medical": 3,
    }
    assert told["medical"].households.issued == 2


leads = st.lists(
    st.tuples(
        st.tuples(st.sampled_from("甲乙"), st.sampled_from("上中下")),
        st.tuples(st.sampled_from(STATUSES), st.booleans(), st.booleans()),
        st.lists(st.sampled_from("一二三四"), min_size=1, max_size=4),
    ),
    max_size=20,
)


@given(leads)
def test_everything_adds_up(
    found: list[tuple[tuple[str, str], tuple[str, bool, bool], list[str]]],
) -> None:
    villages = counts(found)
    whole = sum(villages.values(), Count())
    assert sum(by_town(villages).values(), Count()) == whole
    assert whole.people.issued == sum(len(homes) for _, _, homes in found)
    assert whole.households.issued == len({(v, home) for v, _, homes in found for home in homes})
    people = whole.people
    assert people.issued == people.verified + people.pending + people.overdue + people.closed
    assert people.entitled == people.eligible + people.applied + people.enrolled
    assert people.verified == people.entitled + people.ineligible
    lists = by_list((v, kind, json.dumps(["x", "y"]), homes) for v, kind, homes in found)
    assert all(count == whole for count in lists.values())


def village(issued: int, verified: int, overdue: int = 0) -> Count:
    return Count(Figures(issued=issued, verified=verified, overdue=overdue))


PLACES = {
    ("甲镇", "一村"): village(10, 5, 1),
    ("甲镇", "二村"): village(10, 10),
    ("甲镇", "三村"): village(20, 10, 0),
    ("乙镇", "四村"): village(4, 0, 4),
    ("乙镇", "五村"): village(2, 1, 1),
    ("乙镇", "六村"): village(0, 0),
    ("乙镇", "七村"): village(5, 3, 2),
}


def test_ranking_by_share_then_by_overdue() -> None:
    assert [(each.rank, each.key[1]) for each in ranking(PLACES)] == [
        (1, "二村"),
        (2, "七村"),
        (3, "三村"),
        (4, "一村"),
        (4, "五村"),
        (6, "四村"),
    ]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (Slowest(people=5, verified_below=60, villages=10), ["一村", "三村"]),  # 60 % is not below
        (Slowest(people=5, verified_below=61, villages=10), ["一村", "三村", "七村"]),
        (Slowest(people=1, verified_below=60, villages=2), ["四村", "五村"]),
        (Slowest(people=50), []),
    ],
)
def test_slowest(rule: Slowest, named: list[str]) -> None:
    def terms(*unplaced: str) -> Terms:
        return Terms(Wording({"unplaced": unplaced}), rule, {}, {})

    assert [each.key[1] for each in terms().named(ranking(PLACES))] == named
    assert terms("一村", "三村", *named).named(ranking(PLACES)) == []
