"""A screen that is closed or full: no trace, and the exit code says what was done."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.commands.office import COMMAND, assert_private, environment
from tests.ledger.invented import make

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full")

STREAMS = {
    "closed": ">&-",
    "all closed": ">&- 2>&-",
    "full": ">/dev/full",
    "all full": ">/dev/full 2>/dev/full",
    "nobody reads": "| true",
}
VERBS = {
    "backup": ("backup", "copy.db", "--ledger", "loubao.db"),
    "backup as JSON": ("backup", "copy.db", "--ledger", "loubao.db", "--json"),
    "progress": ("progress", "--ledger", "loubao.db"),
    "progress as JSON": ("progress", "--ledger", "loubao.db", "--json"),
    "help": ("--help",),
}


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_screen_that_takes_nothing(tmp_path: Path, verb: str, stream: str) -> None:
    """Where only the screen would have shown it, nothing was done; a copy is one all the same."""
    make(tmp_path / "loubao.db")
    words = " ".join((str(COMMAND), *VERBS[verb]))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words} {STREAMS[stream]}"],
        cwd=tmp_path,
        env={**environment(), "TMPDIR": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    full = "full" in stream and not verb.startswith("backup")
    assert done.returncode == (2 if full else 0), done.stderr
    assert_private(done.stderr)
    assert not list(tmp_path.glob("*.trace"))
    assert (tmp_path / "copy.db").exists() is verb.startswith("backup")
    if stream == "full":
        assert done.stderr.startswith("错误：" if full else "提示：结果显示不出来（磁盘已满）")
    assert (tmp_path / "loubao.db").stat().st_size  # not written to in the place of a screen
