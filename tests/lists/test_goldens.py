from __future__ import annotations

from pathlib import Path

import pytest

from loubao.rules.folder import Rules
from tests.lists.golden import folders, outcome


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_export_comes_out_as_written_down(folder: Path, rules: Rules) -> None:
    for name, text in outcome(folder, rules).items():
        assert text == (folder / f"{name}.csv").read_text(encoding="utf-8"), name


def test_every_list_has_a_golden_folder(rules: Rules) -> None:
    assert {folder.name for folder in folders()} == set(rules.lists)
