"""Text put into rule files: what it says afterwards, and that nothing else is another byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from loubao.adaptation.rule_text import added, with_key
from loubao.adaptation.village_table import with_alias
from loubao.rules.yaml_file import Trail
from tests.conftest import ROOT

FILES = sorted((ROOT / "rules").rglob("*.yaml"))
WORDS = [
    "甲乙",
    "yes",
    "1",
    "a: b",
    "[x]",
    "含“引号”",
    "#注",
    "- 甲",
    "*",
    "it's",
    "村(社区)",
    " 空 ",
]


def lists_in(content: Any, trail: Trail = ()) -> list[Trail]:
    """The trail of every list of texts, and of every text, that mappings lead to."""
    if isinstance(content, dict):
        return [found for key in content for found in lists_in(content[key], (*trail, key))]
    if isinstance(content, list):
        return [trail] if all(isinstance(item, str) for item in content) else []
    return []


def mappings_in(content: Any, trail: Trail = ()) -> list[Trail]:
    if not isinstance(content, dict):
        return []
    below = [found for key in content for found in mappings_in(content[key], (*trail, key))]
    return [trail, *below] if content and all(isinstance(key, str) for key in content) else below


def at(content: Any, trail: Trail) -> Any:
    for key in trail:
        content = content[key]
    return content


def only_inserted(before: str, after: str) -> bool:
    """Whether `after` is `before` with one piece put in."""
    head = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), None)
    head = len(before) if head is None else head
    tail = len(before) - head
    return after.startswith(before[:head]) and (not tail or after.endswith(before[-tail:]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_words_are_put_into_every_list_of_every_file(path: Path, ending: str) -> None:
    text = path.read_text(encoding="utf-8").replace("\n", ending)
    content = yaml.load(text, Loader=yaml.BaseLoader)
    for trail in lists_in(content)[:40]:
        changed = added(text, trail, WORDS)
        expected = [*at(content, trail), *(w for w in WORDS if w not in at(content, trail))]
        assert at(yaml.load(changed, Loader=yaml.BaseLoader), trail) == expected, trail
        assert only_inserted(text, changed), trail
        assert changed.count("\r\n") == (changed.count("\n") if ending == "\r\n" else 0)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_key_is_put_into_every_mapping_of_every_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    content = yaml.load(text, Loader=yaml.BaseLoader)
    for trail in mappings_in(content)[:60]:
        changed = with_key(text, (*trail, "put_in"), "[甲, 乙]")
        new = yaml.load(changed, Loader=yaml.BaseLoader)
        assert at(new, trail).pop("put_in") == ["甲", "乙"], trail
        assert new == content, trail
        assert only_inserted(text, changed), trail


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), min_size=1))
def test_any_word_is_read_as_it_was_put_in(words: list[str]) -> None:
    for text in ("a: [x]\n", "a:\n  - x\n", "a: x\n", "a: []\n", "b: 1\n", ""):
        changed = yaml.load(added(text, ("a",), words), Loader=yaml.BaseLoader)["a"]
        start = ["x"] if "x" in text else []
        assert changed == [*start, *(w for w in dict.fromkeys(words) if w not in start)]


def test_an_alias_changes_one_line_of_the_villages() -> None:
    text = (ROOT / "rules" / "villages.csv").read_text(encoding="utf-8")
    changed = with_alias(text, "350521104203", "上铺行政村")
    assert only_inserted(text, changed)
    before, after = text.splitlines(), changed.splitlines()
    assert [(b, a) for b, a in zip(before, after, strict=True) if b != a] == [
        (before[2], before[2] + "上铺行政村")
    ]
