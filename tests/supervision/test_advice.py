from __future__ import annotations

import pytest

from loubao.rules import shipped_rules
from loubao.rules.matching import Tier, may_link, tier_wordings
from loubao.rules.sheets import load_printed
from loubao.supervision.advice import advice, advice_sentences
from loubao.supervision.estimates import Cell, share_of
from loubao.supervision.quality import Finding, Group

WORDS = load_printed(shipped_rules(), "supervision").quality


@pytest.mark.parametrize(
    ("group", "right", "decided", "code", "more", "said"),
    [
        # Wilson: 90 of 100 is 82.6–94.5 %
        ("links", 90, 100, "stricter", None, "可收紧"),
        ("links", 381, 381, "kept", None, "可照旧"),
        ("links", 380, 380, "open", 1, None),
        # 59 of 60 is 91.1–99.7 %; of n cases below 99 % where 1.96²·0.99·0.01/n < (1/150)²
        ("links", 59, 60, "open", 796, "再看看"),
        ("reviews", 400, 400, "looser", None, "可放宽"),
        ("reviews", 100, 100, "open", 281, "再看看"),
        ("reviews", 0, 200, "hardly", None, "可少列"),
        ("reviews", 0, 100, "open", 89, None),
        ("reviews", 30, 60, "between", None, None),
        ("links", 20, 25, "stricter", None, None),  # too few to be said
    ],
)
def test_from_when(
    group: Group, right: int, decided: int, code: str, more: int | None, said: str | None
) -> None:
    finding = Finding(group, "tier", "name_and_birth", share_of([Cell(right, decided)]))
    found = advice(finding, 0.99, 0.02, may_link=True)
    assert found.code == code
    assert found.more == more
    sentences = advice_sentences([found], WORDS, tier_wordings(shipped_rules()))
    assert [line.split("：")[0] for line in sentences] == ([said] if said else [])
    if more and said:
        assert f"约 {more} 例" in sentences[0]


def test_it_is_settled_when_so_many_more_have_come() -> None:
    before = advice(Finding("links", "tier", "a", share_of([Cell(59, 60)])), 0.99, 0.02, False)
    assert before.more is not None
    total = 60 + before.more
    for right, decided, code in (
        (total * 59 // 60, total, "stricter"),
        (-(-(total - 60) * 59 // 60), total - 60, "open"),
    ):
        share = share_of([Cell(right, decided)])
        assert advice(Finding("links", "tier", "a", share), 0.99, 0.02, False).code == code


def test_what_the_month_may_not_link_by_is_not_proposed() -> None:
    allowed = may_link(shipped_rules())
    assert allowed["same_number_same_name"]
    assert not allowed["name_and_birth"]
    finding = Finding("reviews", "tier", "name_and_birth", share_of([Cell(400, 400)]))
    found = advice(finding, 0.99, 0.02, allowed["name_and_birth"])
    assert found.code == "refused"
    (line,) = advice_sentences([found], WORDS, tier_wordings(shipped_rules()))
    assert "仍须核对" in line
    for name, may in allowed.items():
        when = {"id_number": ["same"], "name": ["same"]} if may else {"name": ["same"]}
        if may:
            Tier(name=name, decision="link", when=when, wording="…")
