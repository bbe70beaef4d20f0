"""What people install: the lock, the wheel's list of files, the offline folder, the help."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from loubao import __version__
from loubao.cli.command_line import app
from loubao.commands.init import SAMPLE
from loubao.rules import shipped_rules
from loubao.workspace.settings import shipped_sample
from tests.commands.office import loubao, visible

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

sys.path.insert(0, str(ROOT / "tools"))
import check_build  # noqa: E402


def commands() -> list[tuple[str, Any]]:
    group: Any = typer.main.get_command(app)
    return list(group.commands.items())


def options() -> Iterator[tuple[str, Any]]:
    for name, command in commands():
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.metavar:
                yield f"{name} {parameter.opts[0]}", parameter


@pytest.mark.parametrize(("name", "command"), commands())
def test_every_command_has_an_example(name: str, command: Any) -> None:
    assert re.search(rf"如 loubao {name} \S", command.help)


@pytest.mark.parametrize(("name", "option"), list(options()))
def test_every_option_with_a_value_has_an_example(name: str, option: Any) -> None:
    assert any(re.search(rf"如 {spelling} \S", option.help) for spelling in option.opts)


def test_the_command_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "loubao", "--version"], capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout.split()[0]) == (0, "loubao")


def test_the_lock_holds_what_is_depended_on_and_names_no_host() -> None:
    wanted = {re.split(r"[<>=!~\[; ]", line)[0] for line in PROJECT["project"]["dependencies"]}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", LOCK, re.MULTILINE))
    assert wanted <= locked
    assert not re.search(r"https?:|--index|--find-links|file:|(^|\s)#(?!\s+via|   )", LOCK)
    for entry in re.split(r"\n(?=[a-z])", LOCK.strip()):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_wheel_carries_the_sample_that_init_copies() -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {
        "rules": "loubao/shipped/rules",
        **{f"sample_data/{name}": f"loubao/shipped/sample/{name}" for name in SAMPLE},
    }
    assert all((ROOT / source).is_dir() for source in included)
    assert shipped_rules() == ROOT / "rules"
    assert shipped_sample() == ROOT / "sample_data"


@pytest.mark.parametrize(
    "stray",
    [
        "loubao/tests/test_x.py",
        "loubao/cli/__pycache__/x.cpython-311.pyc",
        "loubao/shipped/sample/2022-05/.~lock.x.xlsx#",
        "loubao/loubao.db",
        "tools/offline.py",
        "benchmarks/match.py",
        "loubao/shipped/sample/truth/2022-05.csv",
    ],
)
def test_what_has_no_place_in_the_wheel_is_told(stray: str) -> None:
    whole = [need + ("x" if need.endswith("/") else "") for need in check_build.NEEDED]
    assert check_build.wrong([*whole, "loubao-0.1.0.dist-info/METADATA"]) == []
    assert check_build.wrong([*whole, stray]) == [f"should not be in the wheel: {stray}"]
    assert check_build.wrong(whole[1:]) == [f"is not in the wheel: {check_build.NEEDED[0]}"]


def test_what_is_needed_is_here() -> None:
    for need in check_build.NEEDED:
        path = need.replace("loubao/shipped/sample", "sample_data").replace(
            "loubao/shipped/rules", "rules"
        )
        assert (ROOT / path).exists() or (ROOT / "src" / path).exists(), need


def test_init_with_the_sample(tmp_path: Path) -> None:
    run = loubao("init", "练习", "--sample", cwd=tmp_path)
    assert run.code == 0, run.err
    told = [line.strip() for line in run.out.splitlines() if line.startswith("  ")]
    assert told == [
        "cd '练习'",
        "loubao match 2022-05",
        "loubao collect returned-2022-05 --as-of 2022-06-20",
        "loubao match 2022-06",
        "loubao progress --as-of 2022-06-30",
    ]
    assert visible(tmp_path / "练习") == {"rules", "loubao.db", *SAMPLE}
    again = loubao("init", ".", "--sample", cwd=tmp_path / "练习")
    assert (again.code, again.out) == (2, "")


def test_a_sample_month_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "2022-06").mkdir()
    run = loubao("init", ".", "--sample", cwd=tmp_path)
    assert run.code == 2
    assert "2022-06" in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["2022-06"]


def test_match_in_an_empty_folder_says_what_to_do_first(tmp_path: Path) -> None:
    run = loubao("match", cwd=tmp_path)
    assert run.code == 2
    assert "先运行 loubao init 漏保核查" in run.err
    assert "loubao match 2022-06" in run.err
    (tmp_path / "rules").mkdir()
    assert "缺少参数 DATA；用 loubao match --help" in loubao("match", cwd=tmp_path).err


def test_the_version_tells_what_matters_and_loads_none_of_it(tmp_path: Path) -> None:
    script = (
        "import sys; from loubao.cli import main\n"
        "sys.argv = ['loubao', '--version']\n"
        "try: main()\n"
        "finally: print(sorted({'polars', 'rapidfuzz', 'rich', 'sqlite3', 'xlsxwriter'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    first, *rest, rules, loaded = done.stdout.splitlines()
    assert first == f"loubao {__version__}"
    for word in ("Python 3.", "polars ", "rapidfuzz ", "pydantic ", "SQLite 3."):
        assert any(word in line for line in rest), word
    assert rules == "规则：自带规则"
    assert loaded == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_prints_a_script(tmp_path: Path, shell: str) -> None:
    run = loubao("completion", shell, cwd=tmp_path)
    assert (run.code, run.err) == (0, "")
    assert "_LOUBAO_COMPLETE" in run.out
    assert f"complete_{shell}" in run.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("loubao ma", ["match"]),
        ("loubao co", ["collect", "completion"]),
        ("loubao match --password", ["--password-file"]),
        ("loubao init --s", ["--sample"]),
        ("loubao completion z", ["zsh"]),
    ],
)
def test_a_shell_is_answered(tmp_path: Path, words: str, offered: list[str]) -> None:
    asked = {
        "_LOUBAO_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    run = loubao(cwd=tmp_path, env=asked)
    assert (run.code, run.out.split()) == (0, offered)
