from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.supervision.quality import Recall, Share, quality, recall


@pytest.mark.parametrize(
    ("right", "judged", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_interval(right: int, judged: int, low: float, high: float) -> None:
    assert Share(right, judged).interval == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_holds_the_share(drawn: tuple[int, int]) -> None:
    right, judged = drawn
    low, high = Share(right, judged).interval
    assert 0 <= low <= right / judged <= high <= 1
    mirrored = Share(judged - right, judged).interval
    assert mirrored == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(
    ("linked", "reviewed", "links", "reviews", "why"),
    [
        ((0, 0), (30, 40), 900, 100, "no_sample"),
        ((40, 40), (0, 0), 900, 100, "no_reviews"),
        ((29, 29), (30, 40), 900, 100, "few"),
        ((40, 40), (3, 4), 900, 100, "few"),
        ((40, 40), (30, 40), 0, 0, "no_counts"),
        ((0, 40), (0, 40), 900, 100, "few"),  # nothing was right: no share of it
    ],
)
def test_no_recall_without_enough(
    linked: tuple[int, int], reviewed: tuple[int, int], links: int, reviews: int, why: str
) -> None:
    assert recall(Share(*linked), Share(*reviewed), links, reviews, 30).why == why


def test_recall_by_hand() -> None:
    found = recall(Share(40, 40), Share(30, 40), 900, 100, 30)
    assert found.value == pytest.approx(900 / 975)
    assert found.low < 900 / 975 < found.high
    assert recall(Share(40, 40), Share(0, 0), 900, 0, 30).value == 1


def judged(case: str, same: bool, **candidate: Any) -> tuple[str, dict[str, Any], bool]:
    return case, {"kind": "roll", "list": "dibao", "tier": "name_and_birth", **candidate}, same


def test_by_list_and_tier_and_case() -> None:
    found = quality(
        [
            *[judged("sample", True, tier="same_number")] * 40,
            *[judged("lead", True)] * 30,
            *[judged("lead", False)] * 10,
            judged("lead", True, list="tekun"),
            judged("lead", False, kind="case", list=None),
        ],
        [
            {"links_by_tier": {"dibao": {"same_number": 500, "judged_same": 7}}},
            {
                "links_by_tier": {"dibao": {"same_number": 400}, "tekun": {"same_number": 50}},
                "reviews_by_tier": {"dibao": {"name_and_birth": 60, "likely": 40}},
            },
            {"cases": 3},
        ],
        least=30,
    )
    shares = {(f.group, f.by, f.key): (f.share.right, f.share.decided) for f in found.findings}
    assert shares == {
        ("links", "all", ""): (40, 40),
        ("links", "list", "dibao"): (40, 40),
        ("links", "tier", "same_number"): (40, 40),
        ("reviews", "all", ""): (31, 41),
        ("reviews", "list", "dibao"): (30, 40),
        ("reviews", "list", "tekun"): (1, 1),
        ("reviews", "tier", "name_and_birth"): (31, 41),
        ("cases", "all", ""): (0, 1),
        ("cases", "tier", "name_and_birth"): (0, 1),
    }
    assert (found.links[""], found.links["dibao"], found.reviews[""]) == (950, 900, 100)
    assert found.recalls["dibao"].value == pytest.approx(900 / 975)
    assert found.recalls["tekun"] == Recall(why="no_sample")
