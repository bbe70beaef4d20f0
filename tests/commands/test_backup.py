"""`loubao backup`, and keys as the command line takes them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from loubao.cli.output import log_line
from loubao.ledger.connection import reading
from loubao.ledger.integrity import audit
from tests.commands.office import REPOSITORY, environment, loubao
from tests.ledger.invented import make

KEY = "很长的 密钥"


def test_a_copy(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    make(tmp_path / "loubao.db")
    run = loubao("backup", "备份/loubao.db", cwd=tmp_path)  # the ledger beside the rules
    assert (run.code, run.err) == (0, "")
    assert "登记 2 次，事件 8 条" in run.out
    with reading(tmp_path / "备份" / "loubao.db") as copy:
        assert audit(copy) == []
    again = loubao("backup", "备份/loubao.db", "--ledger", "loubao.db", "--json", cwd=tmp_path)
    assert again.report["counts"]["events"] == 8
    assert loubao("backup", "备份/loubao.db", "--quiet", cwd=tmp_path).out == ""


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "FILE"),
        (("copy.db", "--ledger", "gone.db"), "没有台账"),
        (("loubao.db",), "自己"),
        (("notes.txt",), "不覆盖"),
        (("rules",), "文件夹"),
        (("rules/a/b/c.db", "--ledger", "notes.txt"), "不是台账"),
        (("copy.db", "--ledger-key-file", "gone.txt"), "密钥文件"),
    ],
)
def test_refused(tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "notes.txt").write_text("三户已走访", encoding="utf-8")
    make(tmp_path / "loubao.db")
    before = (tmp_path / "loubao.db").read_bytes()
    run = loubao("backup", *arguments, "--json", cwd=tmp_path)
    assert run.code == 2
    assert word in run.err
    assert json.loads(run.out)["exit_code"] == 2
    assert (tmp_path / "loubao.db").read_bytes() == before
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "三户已走访"


def test_keys(tmp_path: Path) -> None:
    pytest.importorskip("sqlcipher3")
    make(tmp_path / "loubao.db", KEY)
    (tmp_path / "wrong").write_text(f"{KEY}!\n", encoding="utf-8")
    (tmp_path / "wrong").chmod(0o600)
    given = ("backup", "copy.db", "--ledger", "loubao.db")
    for arguments, word in (
        (given, "--ledger-key-file"),
        ((*given, "--ledger-key-file", "wrong"), "密钥不对"),
    ):
        run = loubao(*arguments, cwd=tmp_path)
        assert (run.code, run.out) == (2, "")
        assert word in run.err
        assert KEY not in run.err
        assert len(run.err.splitlines()) == 1
    assert loubao(*given, cwd=tmp_path, env={"LOUBAO_LEDGER_KEY": KEY}).code == 0
    assert b"SQLite" not in (tmp_path / "copy.db").read_bytes()


PAGE = REPOSITORY / "docs" / "cron.md"


def test_the_lines_of_the_page_run(tmp_path: Path) -> None:
    """The copies that cron and systemd make, as docs/cron.md has them."""
    text = PAGE.read_text(encoding="utf-8")
    (cron,) = re.findall(r"^30 7 \* \* \* (.*)$", text, re.MULTILINE)
    (unit,) = re.findall(r"^ExecStartPost=/bin/sh -c '(.*)'$", text, re.MULTILINE)
    office = tmp_path / "loubao"
    (office / ".venv" / "bin").mkdir(parents=True)
    (office / "rules").mkdir()
    program = office / ".venv" / "bin" / "loubao"
    program.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from loubao.cli import main; main()" "$@"\n'
    )
    program.chmod(0o700)
    make(office / "loubao.db")
    for command in (cron.replace(r"\%", "%"), unit.replace("$$", "$").replace("%%", "%")):
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={**environment(), "HOME": str(tmp_path), "LANG": "C"},
            cwd=office,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (copy,) = (office / "backup").glob("[1-7].db")
    with reading(copy) as opened:
        assert audit(opened) == []


def test_the_log_of_the_page_is_that_of_the_program() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    counts = {"files": 13, "records": 4971, "cases": 286}
    first, second = (line.split(" ", 1)[1] for line in block.splitlines())
    assert first == log_line("match", 0, {"as_of": "2022-06-30", "counts": counts}, 2.4)
    assert second == log_line("collect", 4, {}, 0.4)
