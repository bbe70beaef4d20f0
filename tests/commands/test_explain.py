"""`loubao explain`: a person for the clerk, a pair of rows, JSON without names, what is refused."""

from __future__ import annotations

import math
import os
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loubao.workspace.parquet_file import read_model
from tests.commands.office import (
    DIBAO,
    DIBAO_ROWS,
    MEDICAL,
    MEDICAL_ROWS,
    PEOPLE,
    Desk,
    assert_private,
    csv_bytes,
    dibao_row,
    fill,
    loubao,
    medical_row,
    month,
    xlsx,
)

SCREEN = {"COLUMNS": "80"}
NUMBER = PEOPLE["曾淑勉"]
SLIP = NUMBER[:15] + ("9" if NUMBER[15] != "9" else "8") + NUMBER[16:]


def wide(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A month in which 曾淑勉 stands on 低保 with one digit wrong; linked tables; nobody writes."""
    desk = Desk(tmp_path_factory.mktemp("explain"))
    slipped = tuple(SLIP if cell == NUMBER else cell for cell in dibao_row("曾淑勉"))
    files = month()
    files[DIBAO] = csv_bytes((*DIBAO_ROWS, slipped))
    fill(desk.data, files)
    (desk.root / "rules").symlink_to(Path(__file__).parents[2] / "rules")
    for command in (
        ("match", desk.data.name),
        ("link", "left.csv", "right.csv", "--out", "out/left-right"),
        ("link", "left.csv", "right.csv", "--out", "pairs.parquet"),
    ):
        if command[0] == "link" and not (desk.root / "left.csv").exists():
            header = ("姓名", "身份证号", "村")
            rows = [(name, number, "上浦村") for name, number in PEOPLE.items()]
            (desk.root / "left.csv").write_bytes(csv_bytes([header, *rows]))
            slips = [(n, SLIP if i == NUMBER else i, v) for n, i, v in rows]
            (desk.root / "right.csv").write_bytes(csv_bytes([header, *slips]))
        run = loubao(*command, "--quiet", cwd=desk.root)
        assert run.code == 0, run.err
    # the month's run is the newer one
    os.utime(desk.root / "out" / "2022-06" / "run.json")
    return desk


def case_of(office: Desk, name: str) -> str:
    data = office.root / "out" / "2022-06" / "data"
    (record,) = pl.read_parquet(data / "records.parquet").filter(
        (pl.col("name") == name) & (pl.col("role") == "source")
    )["record_id"]
    cases = pl.read_parquet(data / "cases.parquet")
    (number,) = cases.filter(pl.col("record_ids").list.contains(record))["case_no"]
    return str(number)


def test_a_clerk_reads_why_somebody_is_on_the_sheet(office: Desk) -> None:
    number = case_of(office, "曾淑勉")
    run = loubao("explain", number, cwd=office.root, env=SCREEN)
    assert run.code == 0, run.err
    assert max(map(wide, run.out.splitlines())) <= 80
    assert all(line == line.rstrip() for line in run.out.splitlines())
    assert "out/2022-06（out 里最近的一个）" in run.out
    assert f"{number}　曾淑勉　{NUMBER[:6]}********{NUMBER[-4:]}" in run.out
    assert "疑似已享受" in run.out
    assert re.search(r"1\. 低保：曾淑勉（尾号 [0-9X]{4}）", run.out)
    assert re.search(r"证号差一位 .*│█+ +\+[0-9.]+ +支持是同一人（", run.out)
    assert re.search(r"姓名相同 .*│█+ +\+[0-9.]+ +支持是同一人", run.out)
    assert re.search(r"^起点：任取两行 +█+│ +-[0-9.]+ ", run.out, re.MULTILINE)
    assert re.search(r"合计 +[+-][0-9.]+ +可能性 [0-9.]+%", run.out)
    assert "待核实" in run.out
    assert "特困" in run.out.split("没有相近的人：")[1].split("\n")[0]
    assert NUMBER not in run.out
    assert SLIP not in run.out
    short = loubao("explain", number.split("-")[1].lstrip("0"), cwd=office.root, env=SCREEN)
    assert short.out == run.out


def numbers_add_up(told: dict[str, Any]) -> None:
    total = math.fsum(step["weight"] for step in told["steps"])
    assert math.isclose(1 / (1 + 2**-total), told["match_probability"], abs_tol=1e-6)


def test_json_has_places_and_levels_only(office: Desk) -> None:
    run = loubao("explain", case_of(office, "曾淑勉"), "--json", cwd=office.root)
    assert run.code == 0, run.err
    assert_private(run.out, run.err)
    (candidate,) = run.report["candidates"]
    assert candidate["list"] == "dibao"
    assert candidate["place"] == {"file": DIBAO, "sheet": "", "row": 4, "member": 0}
    assert (candidate["counts_as"], candidate["decision"]) == ("full", "review")
    levels = {step["step"]: step["level"] for step in candidate["steps"]}
    assert (levels["id_number"], levels["name"]) == ("one_wrong_digit", "same")
    numbers_add_up(candidate)
    assert run.report["rows"][0]["file"] == MEDICAL
    assert run.report["changed_rules"] == []
    assert loubao("explain", "1", "--quiet", cwd=office.root).out == ""


@pytest.mark.parametrize("out", [None, "out/left-right", "pairs.parquet"])
def test_a_pair_of_a_link(office: Desk, out: str | None) -> None:
    """Row 2 is the first of the data."""
    row = str(2 + list(PEOPLE).index("曾淑勉"))
    arguments = ["explain", "--pair", row, row, *(["--out", out] if out else [])]
    run = loubao(*arguments, cwd=office.root, env=SCREEN)
    assert run.code == 0, run.err
    assert_private(run.out)
    assert max(map(wide, run.out.splitlines())) <= 80
    assert f"第{row}行" in run.out
    assert "证号差一位" in run.out
    told = loubao(*arguments, "--json", cwd=office.root).report
    numbers_add_up(told)
    assert told["left"]["row"] == int(row)
    assert told["left"]["file"] == ("" if out == "pairs.parquet" else "left.csv")


def test_the_model_lies_beside_the_decisions(office: Desk) -> None:
    """Levels only, and the same run gives the same bytes."""
    for path in ("out/2022-06/data/decisions.parquet", "out/left-right/links.parquet"):
        assert read_model(office.root / path) is not None
    assert (office.root / "pairs.parquet").read_bytes() == (
        office.root / "out/left-right/links.parquet"
    ).read_bytes()
    assert read_model(office.root / "out/2022-06/data/records.parquet") is None


REFUSED = [
    ((), "二者选一"),
    (("1", "--pair", "2", "2"), "二者选一"),
    (("99999",), "没有这个编号"),
    (("202205-00001",), "--out"),
    (("曾阿勉",), "没有这个姓名"),
    (("——",), "看不出"),
    (("350599199001010000",), "校验不对"),
    (("曾淑勉", "--village", "后亭", "--which", "2"), "--which 应在 1 至 1 之间"),
    (("曾淑勉", "--village", "东桥镇"), "都不在这个村"),
    (("1", "--out", "nowhere"), "不是 match 的输出"),
    (("1", "--out", "out/left-right"), "不是 match 的输出"),
    (("--pair", "2", "2", "--out", "out/2022-06"), "不是 link 的输出"),
    (("--pair", "2", "2", "--out", "left.csv"), "不是 link 的输出"),
    (("--pair", "2", "9999"), "RIGHT 第 9999 行不在结果里"),
    (("--pair", "2"), "--pair"),
    (("--pair", "a", "b"), "--pair"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_refused(office: Desk, arguments: tuple[str, ...], words: str) -> None:
    run = loubao("explain", *arguments, cwd=office.root)
    assert run.code == 2, run.out + run.err
    assert run.out == ""
    assert run.err.startswith("错误：")
    assert words in run.err
    assert_private(run.err)
    assert "曾阿勉" not in run.err


def test_no_output_yet(tmp_path: Path) -> None:
    run = loubao("explain", "1", cwd=tmp_path)
    assert run.code == 2
    assert "loubao match" in run.err


def test_an_output_of_an_earlier_version(office: Desk, tmp_path: Path) -> None:
    out = Path(shutil.copytree(office.root / "out" / "2022-06", tmp_path / "old"))
    decisions = out / "data" / "decisions.parquet"
    pl.read_parquet(decisions).write_parquet(decisions)
    run = loubao("explain", "1", "--out", out, cwd=tmp_path)
    assert run.code == 2
    assert "请重新运行 loubao match" in run.err


def test_rules_that_have_changed_are_said(office: Desk, tmp_path: Path) -> None:
    rules = Path(shutil.copytree(office.root / "rules", tmp_path / "rules"))
    with (rules / "matching.yaml").open("a", encoding="utf-8") as stream:
        stream.write("\n# 改过\n")
    out = office.root / "out" / "2022-06"
    run = loubao("explain", "1", "--out", out, cwd=tmp_path, env=SCREEN)
    assert run.code == 0, run.err
    assert "改过（matching.yaml）" in run.out


def test_the_month_says_what_its_links_may_cost(office: Desk) -> None:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(office.root / "out" / "2022-06" / "汇总.xlsx")
    cells = str(book.get_sheet_by_name("走访预估").to_python())
    assert "白走" in cells
    assert "漏掉" in cells
    assert "99.99%" in cells


def test_two_rows_of_one_person_make_one_candidate(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    slipped = tuple(SLIP if cell == NUMBER else cell for cell in dibao_row("曾淑勉"))
    files = month()
    again = medical_row(4, "曾淑勉", 52000, "后亭村")
    files[MEDICAL] = xlsx((*MEDICAL_ROWS[:-3], again))
    files[DIBAO] = csv_bytes((*DIBAO_ROWS, slipped))
    fill(desk.data, files)
    run = desk.match("--quiet")
    assert run.code == 0, run.err
    cases = desk.frame("cases")
    (case,) = cases.filter(pl.col("record_ids").list.len() == 2)["case_no"]
    report = loubao("explain", case, "--out", desk.out, "--json", cwd=tmp_path).report
    assert len(report["rows"]) == 2
    on_roll = [each for each in report["candidates"] if each["list"] == "dibao"]
    assert [(each["place"]["row"], each["also"]) for each in on_roll] == [(4, 1)]
    assert [each["counts_as"] for each in report["candidates"]] == ["full", "source"]
    shown = loubao("explain", case, "--out", desk.out, cwd=tmp_path, env=SCREEN).out
    assert "本人的另一条线索" in shown
