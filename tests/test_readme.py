"""The readme keeps its promises: two commands, every issue code, every rule file, cron."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from loubao.rules.folder import Rules
from tests.commands.office import PEOPLE, afresh, csv_bytes, fill, loubao, month

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


POWER_CUT = (
    ("用电户号", "用电户主", "身份证号", "乡镇", "村居", "用电地址", "欠费月数", "停电日期"),
    *(
        ("0595", name, PEOPLE[name], "洛阳镇", "上浦村", "上浦村1号", months, "2022-06-01")
        for name, months in (("曾淑勉", 4), ("何厝生", 2), ("庄碧螺", 3))
    ),
)


@pytest.mark.parametrize("name", READMES)
def test_a_list_is_added_by_the_blocks_of_the_readme(name: str, tmp_path: Path) -> None:
    run = afresh if name == READMES[0] else loubao
    power_cut, coverage = re.findall(r"^```yaml\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)
    rules = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    (rules / "lists" / "power_cut.yaml").write_text(power_cut, encoding="utf-8")
    screening = rules / "screening.yaml"
    before, head, after = screening.read_text(encoding="utf-8").partition("\ncoverage:\n")
    screening.write_text(before + head + coverage + after, encoding="utf-8")
    fill(tmp_path / "2022-06", {**month(), "欠费停电名单.csv": csv_bytes(POWER_CUT)})

    checked = run("check", "2022-06", cwd=tmp_path, env={"COLUMNS": "80"})
    assert checked.code == 0, checked.err
    assert "欠费停电家庭" in checked.out
    assert "姓名←用电户主" in checked.out
    assert "没有规则" not in checked.out
    assert "截至 2022年6月30日" in checked.out
    assert max(map(len, checked.out.splitlines())) <= 80
    assert not re.search("power_cut|months_unpaid|ignored|unknown", checked.out)

    matched = run("match", "2022-06", "--json", cwd=tmp_path)
    assert matched.code == 0, matched.err
    (counts,) = (row for row in matched.report["lists"] if row["list"] == "power_cut")
    assert (counts["records"], counts["qualifying"]) == (3, 2)
    cases = pl.read_parquet(tmp_path / "out" / "2022-06" / "data" / "cases.parquet")
    (case,) = cases.filter(pl.col("lists").list.contains("power_cut")).to_dicts()
    assert case["status"] == "uncovered"
    cells = [
        str(cell)
        for path in (tmp_path / "out" / "2022-06" / "核查表").rglob("*.xlsx")
        for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        for cell in row
    ]
    assert any("欠电费4个月，2022年6月1日停电" in cell for cell in cells), cells


@pytest.mark.parametrize("name", READMES)
def test_exit_codes_and_what_a_second_place_edits(name: str) -> None:
    said = text(name)
    codes = re.findall(r"^\| ([0-9]+)(?:[,、] ?[0-9]+)* \|", said, re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "4", "130"]
    header = (ROOT / "rules" / "villages.csv").read_text(encoding="utf-8").splitlines()[0]
    for word in (*header.split(","), "place_prefixes"):
        assert f"`{word}`" in said
