"""The readme keeps its promises: two commands, every issue code, every rule file, cron."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from loubao.rules import Rules

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_quick_start_is_two_commands() -> None:
    found = subprocess.run(
        [sys.executable, ROOT / "tools" / "quick_start.py"],
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout.splitlines()
    assert len(found) == 2
    assert "loubao match sample_data/2022-06" in found[0]
    assert "pytest" in found[1]
    assert all(command in text("README.zh-CN.md") for command in found)


@pytest.mark.parametrize("name", READMES)
def test_every_issue_code_is_explained(name: str, rules: Rules) -> None:
    table = text(name).split("<!-- issue codes: begin -->")[1].split("<!-- issue codes: end -->")[0]
    assert re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE) == list(rules.sheets.issues)


def test_the_clerks_table_is_that_of_the_workbook(rules: Rules) -> None:
    for code, words in rules.sheets.issues.items():
        assert f"| `{code}` | {words.title} | {words.advice} |" in text("README.zh-CN.md")


@pytest.mark.parametrize("name", READMES)
def test_every_rule_file_is_named(name: str) -> None:
    for path in (ROOT / "rules").iterdir():
        assert f"`{path.name}{'/*.yaml' if path.is_dir() else ''}`" in text(name)


@pytest.mark.parametrize("name", READMES)
def test_pictures_and_links_exist(name: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", text(name)):
        assert (ROOT / target).exists(), target


def test_the_crontab_line_runs(tmp_path: Path) -> None:
    (line,) = re.findall(r"^```crontab\n(.*)\n```", text("README.md"), re.MULTILINE)
    assert line in text("README.zh-CN.md")
    schedule, command = re.match(r"((?:\S+ ){5})(.*)", line).groups()  # type: ignore[union-attr]
    assert schedule.split() == ["30", "6", "*", "*", "1"]
    office = tmp_path / "loubao"
    (office / ".venv" / "bin").mkdir(parents=True)
    program = office / ".venv" / "bin" / "loubao"
    program.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from loubao.cli import main; main()" "$@"\n'
    )
    program.chmod(0o700)
    month = subprocess.run(["date", "+%Y-%m"], capture_output=True, encoding="utf-8").stdout.strip()
    (office / month).symlink_to(ROOT / "sample_data" / "2022-06")
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C"}
    done = subprocess.run(["/bin/sh", "-c", command.replace(r"\%", "%")], env=environment)
    assert done.returncode == 0, (office / "match.err").read_text()
    assert (office / "match.log").read_text(encoding="utf-8").count("\n") == 1
    assert (office / "match.err").read_text() == ""
    assert (office / "out" / month / "run.json").is_file()
