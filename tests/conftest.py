"""What several test folders share."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from loubao.commands.match import match
from loubao.rules.folder import Rules, load_rules
from loubao.workspace.settings import reckoning_day

settings.register_profile("untimed", deadline=None)  # time is measured in benchmarks/ alone
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]
#: Files that take longest; whoever is free takes the next one, so they come first.
LONGEST = (
    *("tests/year", "tests/test_docs.py", "tests/commands/test_killed.py", "tests/followup"),
    *("tests/commands/test_bad_input.py", "tests/commands/test_exit_codes.py", "tests/commands"),
    *("tests/test_", "tests/"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.nodeid))  # stable: a file stays together


def _turn(nodeid: str) -> int:
    return next((at for at, path in enumerate(LONGEST) if nodeid.startswith(path)), len(LONGEST))


def pytest_collection_finish() -> None:
    """Tests need not be looked through for garbage; the program itself collects as seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The rules that are shipped."""
    return load_rules(ROOT / "rules")


@pytest.fixture(scope="session")
def sample_month(
    rules: Rules, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str], Path]:
    """Give the output of a month of the sample, matched once in the whole session; to be read."""
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":  # the folder that all workers have theirs in
        shared = shared.parent

    def matched(month: str) -> Path:
        out = shared / "sample" / month
        out.parent.mkdir(exist_ok=True)
        with FileLock(shared / f"{month}.lock"):
            if not out.exists():
                data = ROOT / "sample_data" / month
                match(data, out, rules, reckoning_day(data, None))
        return out

    return matched
