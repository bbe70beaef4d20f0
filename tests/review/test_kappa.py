"""Cohen's kappa and its interval against values that were worked out by hand."""

from __future__ import annotations

import math

import pytest

from loubao.review.kappa import agreement


def test_three_kinds_of_answers_by_hand() -> None:
    """Rows: the first reader; columns: the second; 20 questions.

              same  different  unsure
    same         8          2       0     10
    different    1          6       1      8
    unsure       0          1       1      2
                 9          9       2     20

    Observed 15/20; by chance (10·9 + 8·9 + 2·2)/400 = 166/400; kappa (300 - 166)/(400 - 166).
    """
    table = {"same": (8, 2, 0), "different": (1, 6, 1), "unsure": (0, 1, 1)}
    pairs = [
        (one, other)
        for one, row in table.items()
        for other, count in zip(table, row, strict=True)
        for _ in range(count)
    ]
    found = agreement(pairs)
    assert found is not None
    assert (found.pairs, found.agreed) == (20, 15)
    assert found.kappa == pytest.approx(134 / 234)
    # Fleiss, Cohen and Everitt (1969), term by term, with po = 0.75 and pe = 0.415
    diagonal = (
        0.40 * (0.585 - (0.50 + 0.45) * 0.25) ** 2
        + 0.30 * (0.585 - (0.40 + 0.45) * 0.25) ** 2
        + 0.05 * (0.585 - (0.10 + 0.10) * 0.25) ** 2
    )
    beside = 0.25**2 * (
        0.10 * (0.45 + 0.40) ** 2  # same, different: column of same, row of different
        + 0.05 * (0.45 + 0.50) ** 2
        + 0.05 * (0.45 + 0.10) ** 2
        + 0.05 * (0.10 + 0.40) ** 2
    )
    last = (0.75 * 0.415 - 2 * 0.415 + 0.75) ** 2
    error = math.sqrt((diagonal + beside - last) / (20 * 0.585**4))
    assert error == pytest.approx(0.1598, abs=5e-5)
    # 15 of 20 has that standard error in 0.75·0.25 / (0.1598·0.585)² = 21.45 cases; Wilson there:
    # (0.75 + 1.96²/42.90 ± 1.96·sqrt(0.1875/21.45 + 1.96²/(4·21.45²))) / (1 + 1.96²/21.45)
    cases = 0.75 * 0.25 / (error * 0.585) ** 2
    assert cases == pytest.approx(21.45, abs=0.005)
    assert found.low == pytest.approx((0.5391 - 0.415) / 0.585, abs=2e-4)
    assert found.high == pytest.approx((0.8850 - 0.415) / 0.585, abs=2e-4)


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        ([("a", "a"), ("b", "b")], 1.0),
        ([("a", "b"), ("b", "a")], -1.0),
        ([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")], 0.0),
    ],
)
def test_ends(pairs: list[tuple[str, str]], kappa: float) -> None:
    found = agreement(pairs)
    assert found is not None
    assert found.kappa == pytest.approx(kappa)
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.kappa <= found.high <= 1


def test_readers_who_always_agree_may_yet_differ() -> None:
    found = agreement([("a", "a")] * 10 + [("b", "b")] * 10)
    assert found is not None
    # Wilson of 20 in 20 begins at 20/23.84; by chance 0.5
    assert found.low == pytest.approx((20 / 23.8415 - 0.5) / 0.5, abs=1e-4)
    assert (found.kappa, found.high) == (1, 1)


def test_where_there_is_none() -> None:
    assert agreement([]) is None
    assert agreement([("a", "a")]) is None
    all_one = agreement([("a", "a")] * 5)
    assert all_one is not None
    assert (all_one.agreed, all_one.kappa, all_one.low) == (5, None, None)
