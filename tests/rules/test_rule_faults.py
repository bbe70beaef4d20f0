"""What is said of a rule that does not hold: in Chinese, whatever it breaks."""

from __future__ import annotations

import os
import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from loubao.core.faults import RuleFault
from loubao.rules import yaml_file


class _Way(StrEnum):
    UP = "up"
    DOWN = "down"


class _Rule(BaseModel):
    """One key for each kind of condition that rules are made of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_least: Annotated[int, Field(ge=2)] = 2
    more: Annotated[float, Field(gt=0)] = 1
    at_most: Annotated[float, Field(le=1)] = 1
    less: Annotated[float, Field(lt=1)] = 0
    even: Annotated[int, Field(multiple_of=2)] = 2
    cents: Annotated[Decimal, Field(decimal_places=2)] = Decimal(0)
    some: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("a",)
    short: Annotated[str, Field(min_length=1, max_length=2)] = "a"
    book: Annotated[str, Field(pattern=r"^[^/]+\.xlsx$")] = "a.xlsx"
    role: Literal["source", "roll"] = "roll"
    way: _Way = _Way.UP
    day: date = date(2022, 4, 1)
    switch: bool = True
    names: dict[str, str] = {}
    people: frozenset[str] = frozenset()
    own: str = ""
    odd: bytes | None = None

    @field_validator("own")
    @classmethod
    def _own(cls, value: str) -> str:
        if value:
            raise ValueError("不能写")
        return value


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("at_least", "-5", "应不小于 2"),
        ("at_least", "2.5", "应为整数"),
        ("at_least", "二", "应为整数"),
        ("more", "0", "应大于 0"),
        ("more", "很多", "应为数字"),
        ("at_most", "1.5", "应不大于 1"),
        ("less", "1", "应小于 1"),
        ("even", "3", "应为 2 的倍数"),
        ("cents", "1.005", "小数最多 2 位"),
        ("cents", "一元", "应为数字"),
        ("some", "[]", "至少要有 1 项"),
        ("some", "[a, b, c]", "最多 2 项"),
        ("some", "a", "应为列表"),
        ("short", '""', "至少 1 个字"),
        ("short", "abc", "最多 2 个字"),
        ("short", "[a]", "应为文字"),
        ("book", "a.docx", r"写法不对，应符合 ^[^/]+\.xlsx$"),
        ("role", "sauce", "应为 'source' 或 'roll'"),
        ("way", "left", "应为 'up' 或 'down'"),
        ("day", "昨天", "应为日期，如 2022-04-01"),
        ("switch", "也许", "应为 true 或 false"),
        ("names", "[a]", "应为“键: 值”"),
        ("people", "a", "应为列表"),
        ("own", "{n}", "应为文字"),
        ("own", "x", "不能写"),
        ("odd", "{}", "值不对，请对照自带的规则文件"),
        ("unheard", "1", "没有这个键，请检查拼写或删去"),
    ],
)
def test_what_was_expected(key: str, value: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rules" / "rule.yaml"
    path.parent.mkdir()
    path.write_text(f"# a rule\n{key}: {value}\n", encoding="utf-8")
    with pytest.raises(RuleFault) as fault:
        yaml_file.load(path, _Rule)
    where, _, expected = fault.value.message.partition("：")
    assert where.startswith("规则文件有误 rules/rule.yaml:2:1 ")
    assert expected == said


def _nested(opening: str, closing: str, times: int) -> str:
    return opening * times + closing * times


def _aliases(of: str) -> str:
    lines = [f"a0: &a0 {of}"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_aliases("[x, x]"), "rule.yaml:1:5  a1.0：规则里不用“&”“*”引用"),
        ("loop: &l [*l]", "rule.yaml:1:7  loop.0：规则里不用“&”“*”引用"),
        (f"a: {_nested('[', ']', 3_000)}", "YAML：一层套一层，太深了"),
        (f"a: {_nested('[', ']', 50)}", "一层套一层，太深了"),
        (f"a: {_nested('[', '', 200_000)}", "YAML：一层套一层，太深了"),
        ("\n".join(" " * n + f"k{n}:" for n in range(60)), "一层套一层，太深了"),
        (f"a: {'x' * 600_000}", "（整个文件）：文件超过 500 KB"),
        ("a: !!python/object/apply:os.system [id]", "a：规则里不用“!”开头的类型标记"),
        ("a: !number 1", "a：规则里不用“!”开头的类型标记"),
        ("? [a, b]\n: c", "键应为文字"),
        ("at_least: 99999999999999999999", "at_least：数字太大"),
        ("at_least: '99999999999999999999'", "at_least：数字太大"),
        ("more: 1e999", "more：数字太大"),
        ("cents: 1E-999999999", "cents：数字太大"),
    ],
)
def test_a_file_that_would_take_for_ever(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rules" / "rule.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleFault) as fault:
        yaml_file.load(path, _Rule)
    assert said in fault.value.message
    assert re.search(r"rules/rule.yaml:[0-9]+:[0-9]+  ", fault.value.message)


def test_a_rule_is_a_number_that_there_is(tmp_path: Path) -> None:
    class Rule(yaml_file.Rule):
        share: float

    path = tmp_path / "rule.yaml"
    for value in (".inf", "inf", "nan"):
        path.write_text(f"share: {value}\n", encoding="utf-8")
        with pytest.raises(RuleFault, match="share：应为数字"):
            yaml_file.load(path, Rule)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_is_no_rule_file(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    os.mkfifo(path)
    with pytest.raises(RuleFault, match=r"rule\.yaml 无法读取"):
        yaml_file.parse(path)
