from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.core.intervals import wilson
from loubao.ledger.judgements import Label
from loubao.supervision.estimates import Cell, Estimate, share_of
from loubao.supervision.quality import Recall, quality, recall

LINKS, REVIEWS = share_of([Cell(40, 40)]), share_of([Cell(30, 40)])


def plain(right: int, decided: int) -> Estimate:
    return share_of([Cell(right, decided)])


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
    share = right / judged if judged else 0.0
    assert wilson(share, judged) == pytest.approx((low, high), abs=6e-5)
    # verdicts that all stand for equally many pairs are those of a simple random sample
    found = share_of([Cell(right, judged, 10 * judged)])
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)
    assert found.effective == pytest.approx(judged)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_holds_the_share(drawn: tuple[int, int]) -> None:
    right, judged = drawn
    low, high = wilson(right / judged, judged)
    assert 0 <= low <= right / judged <= high <= 1
    mirrored = wilson((judged - right) / judged, judged)
    assert mirrored == pytest.approx((1 - high, 1 - low))


CELLS = st.lists(
    st.integers(0, 40).flatmap(
        lambda n: st.builds(Cell, st.integers(0, n), st.just(n), st.integers(0, 5000))
    ),
    max_size=6,
)


@given(CELLS)
def test_estimates_hold_their_share(cells: list[Cell]) -> None:
    found = share_of(cells)
    assert share_of(cells[::-1]) == found  # to the last bit
    if found.value is None:
        assert (found.low, found.high, found.decided) == (0, 1, 0)
    else:
        assert 0 <= found.low <= found.value + 1e-12
        assert found.value - 1e-12 <= found.high <= 1
        assert found.effective > 0


def test_a_stratified_share_by_hand() -> None:
    """Three cells of 500, 300 and 200 pairs.

    P = 0.5·45/50 + 0.3·12/20 + 0.2·1/10 = 0.45 + 0.18 + 0.02 = 0.65
    q = (45 + 1.3)/52, (12 + 1.3)/22, (1 + 1.3)/12  =  0.890385, 0.604545, 0.191667
    V = 0.25·0.890385·0.109615/50 + 0.09·0.604545·0.395455/20 + 0.04·0.191667·0.808333/10
      = 0.000487996 + 0.001075817 + 0.000619722 = 0.002183535
    n = 0.65·0.35/V = 104.189; Wilson for 0.65 in 104.189 cases
    """
    found = share_of([Cell(45, 50, 500), Cell(12, 20, 300), Cell(1, 10, 200)])
    assert (found.right, found.decided) == (58, 80)
    assert found.value == pytest.approx(0.65)
    assert found.effective == pytest.approx(104.189, abs=5e-4)
    # (0.65 + 0.0184351 ± 1.959964·sqrt(0.2275/104.189 + 3.841459/(4·104.189²))) / 1.0368701
    assert (found.low, found.high) == pytest.approx((0.55457, 0.73477), abs=2e-5)


def test_all_right_by_hand() -> None:
    """All right in cells of 900 and 100 pairs, 10 and 40 decided: n = 1/(0.81/10 + 0.01/40)."""
    found = share_of([Cell(10, 10, 900), Cell(40, 40, 100)])
    assert found.value == 1.0
    assert found.effective == pytest.approx(12.3077, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((12.3077 / (12.3077 + 3.841459), 1.0), abs=1e-5)


@pytest.mark.parametrize(
    ("linked", "reviewed", "links", "reviews", "why"),
    [
        ((0, 0), (30, 40), 900, 100, "no_sample"),
        ((40, 40), (0, 0), 900, 100, "no_reviews"),
        ((29, 29), (30, 40), 900, 100, "few"),
        ((40, 40), (3, 4), 900, 100, "few"),
        ((40, 40), (30, 40), 0, 0, "no_counts"),
        ((0, 40), (0, 40), 900, 100, "few"),  # nothing was right: no share of it
        ((0, 40), (30, 40), 900, 100, "few"),
    ],
)
def test_no_recall_without_enough(
    linked: tuple[int, int], reviewed: tuple[int, int], links: int, reviews: int, why: str
) -> None:
    assert recall(plain(*linked), plain(*reviewed), links, reviews, 30).why == why


def test_recall_by_hand() -> None:
    """900 links right of 900, 75 of 100 reviews: 900/975, and the ratio 75 : 900 with its ends.

    Wilson: 40 of 40 (0.912378, 1), 30 of 40 (0.598061, 0.858136); the sums (821.14, 900) and
    (59.806, 85.814); ab = 67500, ab² = 4556250000
    low   (67500 - sqrt(ab² - 59.806·900·(150 - 59.806)·(1800 - 900))) / (900·900) = 0.066451
    high  (67500 + sqrt(ab² - 85.814·821.14·(150 - 85.814)·(1800 - 821.14))) / (821.14·978.86)
          = 0.098107
    """
    found = recall(LINKS, REVIEWS, 900, 100, 30)
    assert found.value == pytest.approx(900 / 975)
    assert found.low == pytest.approx(1 / 1.098107, abs=2e-5)
    assert found.high == pytest.approx(1 / 1.066451, abs=2e-5)
    assert recall(LINKS, Estimate(), 900, 0, 30).value == 1


def judged(drawn: Any, same: bool, month: str = "2022-06", **candidate: Any) -> Label:
    return Label(
        drawn,
        month,
        {"kind": "roll", "list": "dibao", "tier": "name_and_birth", **candidate},
        same,
    )


def test_by_list_and_tier_and_case() -> None:
    found = quality(
        [
            *[judged("sample", True, tier="same_number")] * 40,
            *[judged("sheet", True)] * 30,
            *[judged("desk", False)] * 10,
            judged("sheet", True, list="tekun"),
            judged("sheet", False, kind="case", list=None),
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
    # of the tier `likely` nobody has decided a pair: it is in no figure, and named
    assert found.unseen == {"likely": 40}
    assert found.recalls["dibao"].value == pytest.approx(900 / (900 + 60 * 0.75))
    assert found.recalls["tekun"] == Recall(why="no_sample")
    assert found.drawn == {"desk": 10, "sample": 40, "sheet": 32}


def test_reviews_weigh_by_tier_and_probability() -> None:
    """The desk takes the likely ones first: 60 of 80 decided are right, of all pairs fewer.

    Of 100 likely pairs 60 are decided, 54 right; of 300 unlikely ones 20, 6 right:
    (100·0.9 + 300·0.3)/400.
    """
    likely, unlikely = {"probability": 0.9}, {"probability": 0.1}
    labels = [
        *[judged("desk", True, **likely)] * 54,
        *[judged("desk", False, **likely)] * 6,
        *[judged("desk", True, **unlikely)] * 6,
        *[judged("sheet", False, **unlikely)] * 14,
    ]
    counts = {
        "reviews_by_tier": {"dibao": {"name_and_birth": 400}},
        "reviews_by_band": {"dibao": {"name_and_birth": [300, 0, 0, 100, 0, 0]}},
    }
    found = quality(labels, [counts], least=30)
    (whole, *_) = found.findings
    assert whole.share.value == pytest.approx(0.45)
    assert (whole.share.right, whole.share.decided, whole.pairs) == (60, 80, 400)
    assert [(b.start, b.end, round(b.said, 9), b.share.value) for b in found.bands] == [
        (0.0, 0.2, 0.1, pytest.approx(0.3)),
        (0.8, 0.95, 0.9, pytest.approx(0.9)),
    ]
    random.Random(7).shuffle(labels)
    assert quality(labels, [counts], least=30) == found  # to the last bit


def test_months_of_few_and_of_many_links() -> None:
    """20 people are drawn a month: of 100 links all were right, of 900 one in ten was wrong."""
    labels = [
        *[judged("sample", True, "2022-05", tier="a")] * 20,
        *[judged("sample", True, "2022-06", tier="a")] * 18,
        *[judged("sample", False, "2022-06", tier="a")] * 2,
    ]
    counts = [
        {"month": month, "links_by_tier": {"dibao": {"a": pairs}}}
        for month, pairs in (("2022-05", 100), ("2022-06", 900))
    ]
    (whole, *_) = quality(labels, counts, least=30).findings
    assert whole.share.value == pytest.approx(0.1 + 0.9 * 0.9)


def test_months_before_the_bands_were_counted() -> None:
    labels = [*[judged("sheet", True, probability=0.9)] * 3, judged("sheet", False)]
    counts = {"reviews_by_tier": {"dibao": {"name_and_birth": 400}}}
    (whole, *_) = quality(labels, [counts], least=30).findings
    assert whole.share.value == pytest.approx(0.75)
