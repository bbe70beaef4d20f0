"""A folder of rules that an earlier version made loads, and says the same with the shipped words."""

from __future__ import annotations

import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from loubao.rules.folder import load_rules
from loubao.rules.yaml_file import parse
from tests.conftest import ROOT

#: file → the keys that it did not have
LATER = {
    "sheets.yaml": (
        *("explain.elsewhere", "explain.columns", "explain.particulars"),
        *("review.back", "review.link", "review.book"),
        *("issues.REASON_NO_COVER", "issues.ID_OF_ADULT", "issues.REVIEW_SINCE"),
    ),
    "holding.yaml": ("doubts", "wording.other_row"),
    "returns.yaml": ("no_ground", "said.no_ground"),
}


def _without(content: Any, trail: str) -> None:
    *parents, last = trail.split(".")
    for key in parents:
        content = content[key]
    del content[last]


@pytest.mark.parametrize("name", LATER)
def test_what_came_later_is_as_shipped(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", folder)
    content = deepcopy(parse(folder / name).content)
    for trail in LATER[name]:
        _without(content, trail)
    (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    rules, shipped = load_rules(folder), load_rules(ROOT / "rules")
    assert rules.sheets.explain.columns == shipped.sheets.explain.columns
    assert rules.sheets.review.book.page == shipped.sheets.review.book.page
    assert rules.holding.wording.other_row == shipped.holding.wording.other_row
    assert rules.returns.said.no_ground == shipped.returns.said.no_ground
