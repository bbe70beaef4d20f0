"""Two months on one ledger, through the real command: who stays off the sheets, who stays a case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from openpyxl import load_workbook

from loubao.rules.folder import Rules
from tests.cases.small_month import ON_ROLL, Rows
from tests.commands import office
from tests.people import number
from tests.round import Pen

ROLL = ("姓名", "身份证号", "乡镇", "村")
HERE = ("洛阳镇", "上浦村")
LI1, LI2, LI3 = number("19610202", 3), number("19620303", 5), number("19630404", 7)
DISABLED: Rows = [
    ("姓名", "残疾人证号", "残疾类别", "残疾等级", "乡镇", "村", "发证日期"),
    *(
        (name, f"{id_}41", "肢体", "一级", *HERE, "2022-01-01")
        for name, id_ in (("李一", LI1), ("李二", LI2), ("李三", LI3))
    ),
]
DEATHS = ("姓名", "身份证号", "死亡时间")


def matched(folder: Path, month: str, files: Mapping[str, Rows], *options: str) -> Path:
    """Match a month on the ledger of `folder`, with more options; return its output folder."""
    rolls: dict[str, Rows] = {
        "低保.csv": [ROLL, ("张保", ON_ROLL["张保"], *HERE)],
        "特困.csv": [ROLL, ("赵特", ON_ROLL["赵特"], *HERE)],
    }
    content = {name: office.csv_bytes(rows) for name, rows in {**rolls, **files}.items()}
    office.fill(folder / month, content)
    out = folder / "out" / month
    run = office.loubao(
        *("match", folder / month, "--out", out, "--ledger", "l.db", "--quiet"),
        *options,
        cwd=folder,
    )
    assert run.code == 0, run.err
    return out


def lines(out: Path) -> dict[str, str]:
    """Name → case number of the lines of all village sheets."""
    found: dict[str, str] = {}
    for path in sorted((out / "核查表").rglob("*.xlsx")):
        rows = [list(map(str, row)) for row in load_workbook(path)["核查表"].values]
        start = next(i for i, row in enumerate(rows) if "姓名" in row)
        number_at = next(i for i, text in enumerate(rows[start]) if text == "case_no")
        name_at = rows[start].index("姓名")
        found |= {row[name_at]: row[number_at] for row in rows[start + 1 :]}
    return {name: case for name, case in found.items() if case.count("-") == 2}


def test_who_is_dead_stays_dead(tmp_path: Path) -> None:
    deaths: Rows = [DEATHS, ("李一", LI1, "2022-08-11")]
    august = matched(tmp_path, "2022-08", {"残疾人名单.csv": DISABLED, "8月死亡.csv": deaths})
    assert lines(august).keys() == {"李二", "李三"}
    deaths = [DEATHS, ("李二", LI2, "2022-09-11")]
    september = matched(tmp_path, "2022-09", {"残疾人名单.csv": DISABLED, "9月死亡.csv": deaths})
    assert lines(september).keys() == {"李三"}
    page = load_workbook(september / "汇总.xlsx")["已排除人员"]
    aside = {row[2]: row for row in page.values}
    assert aside["李一"][5] == "已死亡（2022年8月死亡名单）"
    assert aside["李一"][7] == "8月死亡.csv"
    assert aside["李二"][5] == "已死亡"


def test_a_name_masked_in_the_second_month(tmp_path: Path) -> None:
    header = ("姓名", "身份证号", "个人自付金额", "乡镇", "村")

    def paid(*people: tuple[str, str]) -> Mapping[str, Rows]:
        return {"医保个人自付.csv": [header, *((*each, "45000", *HERE) for each in people)]}

    before = lines(
        matched(tmp_path, "2022-08", paid(("周涛", LI1), ("何静月", LI2), ("周敏", LI3)))
    )
    after = lines(matched(tmp_path, "2022-09", paid(("周*", LI1), ("何*月", LI2), ("李*", LI3))))
    assert after["周*"] == before["周涛"]
    assert after["何*月"] == before["何静月"]
    assert after["李*"] == before["周敏"], "one number, one case: the sheet asks who it is"
    assert "周敏" not in after


def test_the_dead_whose_names_the_list_masks(tmp_path: Path) -> None:
    """The number is proven and what shows of the name agrees; two names under that of 李三."""
    masked: Rows = [
        DEATHS,
        ("李*", LI1, "2022-08-11"),
        ("*二", LI2, "2022-08-12"),
        ("李某", LI3, "2022-08-13"),
        ("李小三", LI3, "2022-08-13"),
    ]
    august = matched(tmp_path, "2022-08", {"残疾人名单.csv": DISABLED, "8月死亡.csv": masked})
    assert lines(august).keys() == {"李三"}
    september = matched(tmp_path, "2022-09", {"残疾人名单.csv": DISABLED})
    assert lines(september).keys() == {"李三"}


def test_a_refusal_for_cover_ends_with_the_cover(rules: Rules, tmp_path: Path) -> None:
    """Refused because she had 低保, as the sheet showed; in June she has it no more."""
    child = number("20160208", 8)
    children: Rows = [
        ("服刑人员姓名", "服刑人员身份证号", "人员状态", "子女姓名", "子女身份证号", "乡镇", "村"),
        ("叶大", number("19850101", 9), "服刑", "叶小", child, *HERE),
    ]
    roll: Rows = [ROLL, ("张保", ON_ROLL["张保"], *HERE)]
    files = {"残疾人名单.csv": DISABLED, "服刑人员未成年子女.csv": children}
    covered = {**files, "低保.csv": [*roll, ("叶小", child, *HERE)]}
    may = matched(tmp_path, "2022-05", covered)
    back = tmp_path / "back" / "上浦村.xlsx"
    back.parent.mkdir()
    (sheet,) = (may / "核查表").rglob("上浦村.xlsx")
    back.write_bytes(sheet.read_bytes())
    pen = Pen(back, rules)
    case = lines(may)["叶小"]
    (row,) = (
        row
        for row in range(pen.header_row + 1, pen.page.max_row + 1)
        if pen.page.cell(row, pen.keys["case_no"]).value == case
    )
    answer = {"result": "已核查不符合", "why_not": "已享受低保", "visited_on": "2022-06-02"}
    for key, value in answer.items():
        pen.put(row, key, value)
    pen.save()
    options = ("--ledger", "l.db", "--out", "got", "--as-of", "2022-06-03", "--quiet")
    assert office.loubao("collect", back.parent, *options, cwd=tmp_path).code == 0
    assert "叶小" not in lines(matched(tmp_path, "2022-06", covered))
    july = matched(tmp_path, "2022-07", files)
    assert lines(july)["叶小"] == case
    (sheet,) = (july / "核查表").rglob("上浦村.xlsx")
    texts = [str(cell) for row in load_workbook(sheet)["核查表"].values for cell in row]
    assert any("本月没有查到" in text for text in texts)
