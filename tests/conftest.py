"""What several test folders share."""

from __future__ import annotations

from pathlib import Path

import pytest

from loubao.rules import Rules, load_rules


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The rules that are shipped."""
    return load_rules(Path(__file__).parents[1] / "rules")
