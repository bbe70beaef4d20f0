"""Lists that are printed in blocks side by side, through the command: who is on a sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases.test_rows_that_hold import Month, disabled, tabs
from tests.commands.office import csv_bytes, loubao
from tests.people import number

ID = {name: number(f"196{i}0305", 11) for i, name in enumerate(("张保", "李一", "李二", "李三"))}
BLOCK = ("序号", "姓名", "身份证号", "村")


def block(at: int, name: str) -> tuple[str, ...]:
    return str(at), name, ID[name], "上浦村"


@pytest.mark.parametrize("book", [False, True])
def test_a_roll_in_two_blocks_covers_everybody(tmp_path: Path, book: bool) -> None:
    rows = [
        ("2022年8月低保花名册", *[""] * 7),
        (*BLOCK, *BLOCK),
        (*block(1, "张保"), *block(2, "李一")),
        (*block(3, "李二"), *[""] * 4),
    ]
    roll = {"低保8月.xlsx": tabs(Sheet1=rows)} if book else {"低保8月.csv": csv_bytes(rows)}
    month = Month(tmp_path, {**roll, "残疾人名单.csv": disabled(*ID)})
    assert (month.run.code, month.visited) == (0, {"李三"})
    assert "COLUMN_TWICE" not in month.codes
    place = loubao("explain", "李一", "--out", "out", cwd=tmp_path)
    assert "第3行第2人" in place.out.replace(" ", "")


def test_a_source_list_in_three_blocks_leaves_out_nobody(tmp_path: Path) -> None:
    head = ("姓名", "残疾人证号", "残疾等级", "残疾类别", "村")
    people = [
        (name, f"{ID[name]}41", "一级", "肢体", "上浦村") for name in ("李一", "李二", "李三")
    ]
    rows = [head * 3, tuple(cell for person in people for cell in person)]
    roll = csv_bytes([BLOCK, block(1, "张保")])
    month = Month(tmp_path, {"低保8月.csv": roll, "洛阳镇残疾人名单.csv": csv_bytes(rows)})
    assert (month.run.code, month.visited) == (0, {"李一", "李二", "李三"})


def test_a_second_column_of_names_that_is_not_clear_stops(tmp_path: Path) -> None:
    rows = [(*BLOCK, "姓名"), (*block(1, "张保"), "李一")]
    month = Month(tmp_path, {"低保8月.csv": csv_bytes(rows), "残疾人名单.csv": disabled(*ID)})
    assert month.run.code == 3
    assert "第B、E列的表头都是“姓名”" in month.run.err
