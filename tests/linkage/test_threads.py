"""The same decisions to the last bit, however many threads polars has and whatever is done first."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from loubao.linkage import link_tables
from loubao.linkage.term_frequencies import NameFrequencies, bearers_of
from tests.linkage import crowd

ROOT = Path(__file__).parents[2]
PRINT = "from tests.linkage.test_threads import print_digest; print_digest()"


def print_digest() -> None:
    """Print the digest of what is decided of a town, bit by bit."""
    town = crowd.town()
    linked = link_tables(town.left, [town.right], crowd.MATCHING)
    assert linked.model.learnt
    rows = repr(linked.decisions.sort("left_id", "right_id").rows())
    print(hashlib.sha256(rows.encode()).hexdigest())


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_decide_no_sum(threads: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_digest()
    here = capsys.readouterr().out
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-c", PRINT], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert done.stdout.decode() == here


def test_name_frequencies_do_not_depend_on_the_order_of_rows() -> None:
    bearers = bearers_of(crowd.town().right)
    excess = NameFrequencies.of(bearers).excess
    for seed in range(3):
        shuffled = NameFrequencies.of(bearers.sample(fraction=1, shuffle=True, seed=seed))
        assert_frame_equal(shuffled.excess, excess, check_exact=True)
