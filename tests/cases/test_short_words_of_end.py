"""Rolls that say in a short word that somebody is out, through the command: who is on a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from loubao.ingest.remarks import Reader
from loubao.rules.folder import Rules
from tests.cases.test_rows_that_hold import DISABLED, Month, tabs
from tests.commands.office import csv_bytes
from tests.people import number

OUT = ("停", "已停", "退", "已退", "亡", "已亡", "故", "减少", "核减", "退出", "5月停", "本月停", "2022.5停",
       "22年5月退", "8月份停", "五月停", "今年停", "上月已停", "8.12停", "2022年停")  # fmt: skip
AROUND = ("{}", "（{}）", "({})", "【{}】", "〔{}〕", "[{}]", "“{}”", "「{}」", "《{}》", "'{}'", "{}。", "*{}*",
          "{}（收入超标）", "{}【5月】", "低保（{}）", "A类[{}]")  # fmt: skip
IN = ("未停", "（未停）", "【非停保】", "停后恢复", "5月停6月恢复", "（5月停，6月恢复）", "5月停，6月恢复", "父（亡）母（残）",
      "父亲（已故）", "（护理补贴停发）", "“退出脱贫”", "退休", "（A类）", "停车", "（曾停保）", "无", "（）", "“”")  # fmt: skip
NOTES = (
    "（5月停）",
    "（本月停）",
    "（2022.5停）",
    "（退）",
    "[退]",
    "（已退）",
    "【8月停】",
    "(减少)",
    "（停，收入超标）",
)
FEW = (
    "（已停）",
    "“停”",
    "停（收入超标）",
    "（亡）",
    "（5月停）",
    "退出",
    "核减",
    "已死亡",
    "迁出",
)


@pytest.mark.parametrize(
    "header", ["备注", "享受情况", "变动情况", "审核意见", "本月情况", "致困原因"]
)
def test_a_word_says_it_in_any_brackets(rules: Rules, header: str) -> None:
    reader = Reader(rules.holding.remarks, rules.lists["dibao"].claim.words, date(2022, 8, 31))
    gone = ("亡", "故") if header == "致困原因" else ()
    cells = [around.format(word) for around in AROUND for word in OUT if not word.endswith(gone)]
    if header == "致困原因":
        cells = [word for word in OUT if not word.endswith(gone)]
    missed = [cell for cell in cells if reader.read(header, cell) is None]
    assert missed == []
    assert [cell for cell in IN if reader.read(header, cell) is not None] == []


def roll(cells: Sequence[str], header: str = "备注") -> tuple[bytes, bytes, set[str]]:
    """A roll on which the first is covered and each other one has a cell; those in need; names."""
    people = {f"张{'一二三四五六七八九十'[n]}平": number(f"19{60 + n}0305", 11) for n in range(10)}
    names = list(people)[: len(cells) + 1]
    rows = [("姓名", "身份证号", "乡镇", "村", header)]
    rows += [
        (name, people[name], "洛阳镇", "上浦村", cell)
        for name, cell in zip(names, ("", *cells), strict=True)
    ]
    kind = ("肢体", "一级", "洛阳镇", "上浦村", "2022-01-01")
    needy = [DISABLED, *((name, f"{people[name]}41", *kind) for name in names)]
    return csv_bytes(rows), csv_bytes(needy), set(names[1:])


@pytest.mark.parametrize("header", ["备注", "享受情况", "救助情况"])
def test_who_is_out_by_a_cell_is_on_a_sheet(tmp_path: Path, header: str) -> None:
    covered, needy, out = roll(FEW, header)
    month = Month(tmp_path, {"低保8月.csv": covered, "残疾人名单.csv": needy})
    assert (month.run.code, month.visited) == (0, out)


def test_who_is_out_by_a_note_beside_the_name_is_on_a_sheet(tmp_path: Path) -> None:
    covered, needy, out = roll([""] * len(NOTES))
    text = covered.decode("utf-8-sig")
    for name, note in zip(sorted(out, key=text.index), NOTES, strict=True):
        text = text.replace(name, f'"{name}{note}"')
    month = Month(tmp_path, {"低保8月.csv": text.encode("utf-8-sig"), "残疾人名单.csv": needy})
    assert (month.run.code, month.visited) == (0, out)
    assert not month.frame("issues")["detail"].str.contains("平").any()


@pytest.mark.parametrize("name", ["停", "5月停", "退", "（停）", "本月停", "减", "已停"])
def test_a_tab_of_people_who_are_out(tmp_path: Path, name: str) -> None:
    head = ("姓名", "身份证号", "乡镇", "村")
    people = {each: number(f"196{n}0305", 11) for n, each in enumerate(("张保", "李一"))}
    rows = {each: (each, people[each], "洛阳镇", "上浦村") for each in people}
    book = tabs(**{"在保": [head, rows["张保"]], name: [head, rows["李一"]]})
    kind = ("肢体", "一级", "洛阳镇", "上浦村", "2022-01-01")
    needy = csv_bytes([DISABLED, *((each, f"{people[each]}41", *kind) for each in people)])
    month = Month(tmp_path, {"低保8月.xlsx": book, "残疾人名单.csv": needy})
    assert (month.run.code, month.visited) == (0, {"李一"})
    assert "SHEET_SET_ASIDE" in month.codes


@pytest.mark.parametrize("line", ["本月减少人员", "停保：", "退出", "二、减少", "本月变动"])
def test_who_stands_below_such_a_line_is_on_a_sheet(tmp_path: Path, line: str) -> None:
    covered, needy, out = roll(["", "", ""])
    head, first, second, *others = covered.decode("utf-8-sig").splitlines()
    lines = [head, first, "洛阳镇上浦村", second, f"{line},,,,", *others]
    files = {"低保8月.csv": "\n".join(lines).encode("utf-8-sig"), "残疾人名单.csv": needy}
    month = Month(tmp_path, files)
    assert (month.run.code, month.visited) == (0, {each.split(",")[0] for each in others})
    assert len(month.visited) < len(out)
