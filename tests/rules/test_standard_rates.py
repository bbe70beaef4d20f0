"""`rules/standards.yaml`: what does not hold is named by file, line and key."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from loubao.core.faults import RuleFault
from loubao.rules.folder import Rules
from loubao.rules.standard_rates import in_force, load_standards

SHIPPED = Path(__file__).parents[2] / "rules"


def test_shipped_standards_hold(rules: Rules) -> None:
    shipped = load_standards(SHIPPED, rules.lists)
    assert shipped.ratios.dibao.most == Decimal(48)
    assert shipped.roundings["分"].unit == Decimal("0.01")
    assert "standards.yaml" in rules.digests
    levels = rules.lists["tekun"].fields["care_level"].values
    assert set(shipped.ratios.care) == set(levels)
    assert shipped.institution_mode in rules.lists["tekun"].fields["care_mode"].values


@pytest.mark.parametrize(
    ("day", "wage"),
    [
        (date(2019, 12, 31), None),
        (date(2020, 1, 1), 1720),
        (date(2022, 3, 31), 1720),
        (date(2022, 4, 1), 1960),
        (date(2023, 1, 1), 1960),
    ],
)
def test_what_is_in_force(day: date, wage: int | None, rules: Rules) -> None:
    shipped = load_standards(SHIPPED, rules.lists)
    found = in_force(shipped.districts[shipped.district].minimum_wage, day)
    assert (found.monthly if found else None) == wage


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("district: ${name}", "district: 厦门", "不在 districts 里"),
        ("rounding: 元\n", "rounding: 角\n", "rounding“角”不在 roundings 里"),
        ("least: 42,", "least: 46,", "应为 least ≤ average ≤ most"),
        ("way: half_up}\n  十元", "way: even}\n  十元", "way：应为"),
        ("list: tekun", "list: medical", "“medical”不是 roll 名单"),
        ("since <= as_of)\n  tekun", "began <= as_of)\n  tekun", "没有字段“began”"),
        ("paid: approved_on >= year_start", "paid: approved_on >=", "条件写法不对"),
        ("paid: approved_on >= year_start AND approved_on <= as_of", "paid: amount", "应为是或否"),
        ("    household:\n      title", "    house:\n      title", "findings 应为"),
        ('为 {most} 元"', '为 {name} 元"', "不能写 {name}"),
        ("key: row, header: 行", "key: name, header: 姓名", "没有“name”这一栏"),
    ],
)
def test_what_does_not_hold(old: str, new: str, said: str, rules: Rules, tmp_path: Path) -> None:
    shutil.copy(SHIPPED / "local.yaml", tmp_path)
    path = Path(shutil.copy(SHIPPED / "standards.yaml", tmp_path))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleFault, match=r"standards.yaml:[0-9]+:[0-9]+") as caught:
        load_standards(tmp_path, rules.lists)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("monthly: 1720", "monthly: -1", "monthly"),
        ("from: 2020-01-01", "from: 2023-01-01", "from 由早到晚"),
        ("checked: false", "checkd: false", "没有这个键"),
        ("cases: new, since: 2021-01-01", "cases: new", "要写 since"),
        ("within: [", "within: []  # [", "within：至少要有 1 项"),
    ],
)
def test_what_local_yaml_says_is_mended_there(
    old: str, new: str, said: str, rules: Rules, tmp_path: Path
) -> None:
    shutil.copy(SHIPPED / "standards.yaml", tmp_path)
    path = Path(shutil.copy(SHIPPED / "local.yaml", tmp_path))
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleFault, match=r"local.yaml:[0-9]+:[0-9]+") as caught:
        load_standards(tmp_path, rules.lists)
    assert said in caught.value.message


def test_a_name_that_local_yaml_lacks(rules: Rules, tmp_path: Path) -> None:
    shutil.copy(SHIPPED / "local.yaml", tmp_path)
    path = Path(shutil.copy(SHIPPED / "standards.yaml", tmp_path))
    text = path.read_text(encoding="utf-8").replace("${dibao}", "${diboa}")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleFault, match=r"standards.yaml:[0-9]+:[0-9]+ .*local.yaml 里没有 diboa"):
        load_standards(tmp_path, rules.lists)
