"""Reasons that are no ground: aid that is on a roll and covers nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from loubao.returns.terms import Terms
from loubao.rules.folder import load_rules
from tests.conftest import ROOT

TERMS = Terms(load_rules(ROOT / "rules"), dt.date(2022, 6, 30))

NO_GROUND = {
    "已享受残疾人两项补贴": ("残疾人两项补贴",),
    "已在享受重度残疾护理补贴": ("残疾人两项补贴",),
    "低保边缘户": ("低保边缘",),
    "该户目前享受低保边缘待遇": ("低保边缘",),
    "低保边缘、临时救助": ("低保边缘", "临时救助"),
    "因病支出型困难家庭": ("刚性支出困难",),
    "已享受低保": (),
    "享受两项补贴，已享受低保": (),
    "低保边缘，收入超标": (),
    "有两项补贴，儿子有工资": (),
    "收入超标": (),
    "": (),
}


@pytest.mark.parametrize("reason", NO_GROUND)
def test_what_is_no_ground(reason: str) -> None:
    assert TERMS.no_ground(reason) == NO_GROUND[reason]


def test_a_roll_that_covers_somebody_is_a_ground() -> None:
    rules = load_rules(ROOT / "rules")
    edge = (
        rules.screening.coverage["disability"]
        .covered_by[0]
        .model_copy(update={"list": "dibao_edge"})
    )
    coverage = {
        name: source.model_copy(update={"covered_by": (*source.covered_by, edge)})
        for name, source in rules.screening.coverage.items()
    }
    screening = rules.screening.model_copy(update={"coverage": coverage})
    terms = replace(TERMS, rules=replace(rules, screening=screening))
    assert terms.no_ground("低保边缘户") == ()
    assert terms.no_ground("两项补贴") == ("残疾人两项补贴",)


def test_the_sheet_says_which_rolls_count() -> None:
    lines = " ".join(TERMS.rules.sheets.village.instructions.lines)
    assert "在享低保、孤儿保障、特困供养、事实无人抚养儿童保障的" in lines
    assert "只享受低保边缘、残疾人两项补贴、刚性支出困难、临时救助的" in lines
