"""The pages in docs/ and the readmes: their commands run and say what is shown of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from loubao.cli.command_line import app
from loubao.ledger.connection import writing
from loubao.rules.folder import Rules
from tests.commands.office import environment, fill, month
from tests.pages import PAGES, ROOT, Walk, agree, left_alone, renewed, steps, text, walked

COMMANDS = "docs/commands.md"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """All commands of all pages, each once."""
    return walked(tmp_path_factory.mktemp("walk"), {page: list(steps(page)) for page in PAGES})


@pytest.mark.parametrize("page", PAGES)
def test_commands_run_and_say_what_is_shown(page: str, walk: Walk) -> None:
    for step in steps(page):
        code, said = walk.run(step)
        refused = any(line.startswith("错误：") for line in step.shown or ())
        assert (code != 0) == refused, (step.command, said)
        if step.shown is not None:
            assert agree(step.shown, said), (
                f"{page}: {step.command}\nnow says:\n"
                + "\n".join(renewed(step.shown, said) if len(said) > 60 else said)
                + "\nshown anew by: python -m tests.pages"
            )


@pytest.mark.parametrize("page", PAGES)
def test_what_is_not_run_is_no_command_of_ours(page: str) -> None:
    for block in left_alone(page):
        assert not re.search(r"^(\$ )?loubao ", block, re.MULTILINE)


def test_every_page_is_one_of_these_and_leads_somewhere() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert found == {page for page in PAGES if page.startswith("docs/")}
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(page)):
            assert ((ROOT / page).parent / target).exists(), (page, target)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readmes_lead_to_every_page(name: str) -> None:
    for page in PAGES[:12]:
        assert f"]({page})" in text(name), page


def test_every_picture_is_shown_somewhere() -> None:
    shown = "".join(map(text, PAGES))
    for path in (ROOT / "docs").glob("*.png"):
        assert path.name in shown


def test_every_command_and_option_is_described() -> None:
    program: Any = typer.main.get_command(app)
    sections = re.findall(r"^## ([a-z]+)\n(.*?)(?=^## |\Z)", text(COMMANDS), re.M | re.S)
    described = dict(sections)
    assert [name for name, _ in sections] == list(program.commands)
    for name, command in program.commands.items():
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option in described[name], (name, option)


def test_figures_of_the_benchmarks_are_those_measured() -> None:
    measured = text("benchmarks/RESULTS.md")
    for row in re.findall(r"^\| .*[0-9].* \|$", text("docs/benchmarks.md"), re.MULTILINE):
        for figure in re.findall(r"(?<=\| )[0-9][0-9.,]*(?= \|)", row):
            assert figure in measured, row


def test_every_code_is_told_from_others(rules: Rules) -> None:
    """A page speaks of no issue that there is not."""
    for page in PAGES:
        for code in re.findall(r"`([A-Z]+_[A-Z_]+)`", text(page)):
            assert code in rules.sheets.issues or code.startswith("LOUBAO_"), (page, code)


def test_lines_of_the_crontab_run(tmp_path: Path) -> None:
    """A month is matched, its sheets come back; test_backup tries the copies."""
    lines = re.findall(r"^```crontab\n(.*?)^```", text("docs/cron.md"), re.M | re.S)[0].splitlines()
    for name in ("README.md", "README.zh-CN.md"):
        (shown,) = re.findall(r"^```crontab\n(.*?)\n```", text(name), re.M | re.S)
        assert set(shown.splitlines()) <= {*lines}
    desk = tmp_path / "loubao"
    shutil.copytree(ROOT / "rules", desk / "rules")
    program = desk / ".venv" / "bin" / "loubao"
    program.parent.mkdir(parents=True)
    start = "from loubao.cli import main; main()"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{start}" "$@"\n')
    program.chmod(0o700)
    with writing(desk / "loubao.db"):
        pass
    now = subprocess.run(["date", "+%Y-%m"], capture_output=True, encoding="utf-8").stdout.strip()
    fill(desk / now, month())
    for line in lines[:2]:
        command = line.split(" ", 5)[5].replace(r"\%", "%")
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={**environment(), "HOME": str(tmp_path), "LANG": "C"},
            capture_output=True,
            encoding="utf-8",
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        if not (desk / "returned").exists():
            shutil.copytree(desk / "out" / now / "核查表", desk / "returned")
    matched, collected = (desk / "loubao.log").read_text(encoding="utf-8").splitlines()
    assert f"match month={now} exit=0" in matched
    assert f"collect month={now} exit=0" in collected


def test_a_page_is_renewed_as_far_as_it_showed() -> None:
    said = ("一", "二", "三", "四", "五")
    assert renewed(("a",), said) == said
    assert renewed(("a", "…", "b"), said) == ("一", "…", "五")
    assert renewed(("…", "三", "x", "…"), said) == ("…", "三", "四", "…")
    assert agree(("一", "…", "四", "五"), said)
    assert not agree(("一", "…", "四"), said)
    assert agree(("3 字节",), ("12 字节",))
