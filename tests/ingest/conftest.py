"""Fixtures of the tests that read tables of any kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from loubao.rules.linking import LinkRules, load_linking


@pytest.fixture(scope="session")
def link_rules() -> LinkRules:
    return load_linking(Path(__file__).parents[2] / "rules")
