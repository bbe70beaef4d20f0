from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from loubao.rules.folder import Rules
from tests.commands import office
from tests.round import Round, issue


@pytest.fixture(scope="session", autouse=True)
def _commands() -> Iterator[None]:
    yield
    if office.starter.cache_info().currsize:
        with office.starter() as process:
            assert process.stdin is not None
            process.stdin.close()


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> office.Desk:
    """A month that was matched; nobody writes here."""
    desk = office.Desk(tmp_path_factory.mktemp("good"))
    office.fill(desk.data, office.month())
    run = desk.match("--json", limits={})
    assert run.code == 0, run.err
    (desk.root / "report.json").write_text(run.out, encoding="utf-8")
    return desk


@pytest.fixture
def desk(good: office.Desk, tmp_path: Path) -> office.Desk:
    """A copy of the good month with its output, to be spoiled."""
    shutil.copytree(good.data, tmp_path / good.data.name)
    shutil.copytree(good.out, tmp_path / good.out.name)
    return office.Desk(tmp_path)


@pytest.fixture(scope="session")
def issued(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month that went out to two villages; nobody writes here."""
    root = tmp_path_factory.mktemp("issued")
    issue(root, rules)
    return root


@pytest.fixture
def returning(issued: Path, rules: Rules, tmp_path: Path) -> Round:
    """The desk to which the sheets of that month come back."""
    shutil.copytree(issued, tmp_path, dirs_exist_ok=True)
    return Round(tmp_path, rules)
