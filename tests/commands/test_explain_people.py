"""`loubao explain` by name and by number: somebody for each reason, on a sheet and on none."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from loubao.commands.undo import undo
from loubao.followup.whereabouts import Whereabouts
from loubao.ledger.connection import reading
from loubao.rules.folder import Rules
from tests.commands.office import (
    DIBAO,
    DIBAO_HEADER,
    MEDICAL,
    MEDICAL_HEADER,
    TEKUN,
    TEKUN_ROWS,
    Desk,
    csv_bytes,
    fill,
    loubao,
    xlsx,
)
from tests.people import number
from tests.round import Pen, Round, case_no, issue

SCREEN = {"COLUMNS": "100"}
DISABILITY, DEATH = "重度残疾人名单.csv", "死亡名单.csv"
DISABILITY_HEADER = ("姓名", "残疾人证号", "残疾类别", "残疾等级", "发证日期", "乡镇", "村")
DEATH_HEADER = ("姓名", "身份证号", "乡镇", "村", "死亡日期")
PEOPLE = {
    "蔡阿榕": number("19600305", 11),
    "柯三省": number("19710809", 23),
    "骆添丁": number("19440102", 57),
    "何厝生": number("19530616", 79),
    "單小峯": number("19631112", 31),
    "吴拒山": number("19580707", 33),
    "黄接海": number("19670908", 35),
    "许符合": number("19620203", 37),
    "林今故": number("19490505", 39),
    "林早故": number("19480404", 41),
    "苏遮英": number("19751201", 42),
}
#: two people of one name: in 上浦村 and 后亭村
SAME = {"上浦村": number("19550101", 43), "后亭村": number("19770202", 44)}


def medical(*people: tuple[str, float]) -> bytes:
    rows = [(i, n, PEOPLE[n], "洛阳镇", "上浦村", paid) for i, (n, paid) in enumerate(people, 1)]
    same = [(90 + i, "陈同名", no, "洛阳镇", v, 60000) for i, (v, no) in enumerate(SAME.items())]
    return xlsx((MEDICAL_HEADER, *rows, *same))


def disability(*names: str) -> bytes:
    rows = [(n, PEOPLE[n] + "11", "视力", "一级", "2022-03-01", "洛阳镇", "上浦村") for n in names]
    return csv_bytes((DISABILITY_HEADER, *rows))


def death(name: str, on: str) -> bytes:
    return csv_bytes((DEATH_HEADER, (name, PEOPLE[name], "洛阳镇", "上浦村", on)))


def rolls(month: str) -> dict[str, bytes]:
    on_dibao = [("洛阳镇", "上浦村", n, PEOPLE[n], "是", "560") for n in ("柯三省", "何厝生")]
    on_dibao.append(("洛阳镇", "后亭村", "陈同名", SAME["后亭村"], "是", "560"))
    masked = PEOPLE["苏遮英"][:6] + "********" + PEOPLE["苏遮英"][-4:]
    on_dibao.append(("洛阳镇", "后亭村", "苏遮英", masked, "是", "560"))
    return {
        DIBAO.replace("6", month): csv_bytes((DIBAO_HEADER, *on_dibao)),
        TEKUN.replace("6", month): csv_bytes(TEKUN_ROWS),
    }


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, rules: Rules) -> Desk:
    """Two months with a ledger; of May's people one is refused, one found eligible."""
    desk = Desk(tmp_path_factory.mktemp("people"))
    may = [("吴拒山", 50000), ("黄接海", 50000), ("许符合", 50000)]
    june = [("蔡阿榕", 52000), ("柯三省", 68000), ("骆添丁", 40000), ("單小峯", 70000)]
    months = {
        "2022-05": {
            **{MEDICAL: medical(*may), DEATH: death("林早故", "2022-05-02"), **rolls("5")},
            DISABILITY: disability("骆添丁"),
        },
        "2022-06": {
            **{MEDICAL: medical(*june, may[0]), DEATH: death("林今故", "2022-06-02")},
            **rolls("6"),
            DISABILITY: disability("林今故", "林早故"),
        },
    }
    for name, files in months.items():
        fill(desk.root / name, files)
    (desk.root / "rules").symlink_to(Path(__file__).parents[2] / "rules")
    posted = ("--ledger", "loubao.db", "--yes", "--quiet")
    run = loubao("match", "2022-05", *posted, cwd=desk.root)
    assert run.code == 0, run.err
    answer(desk, rules, {"吴拒山": ("已核查不符合", "收入超标"), "许符合": ("已核查符合", "")})
    run = loubao("collect", "back", "--as-of", "2022-06-10", "--quiet", cwd=desk.root)
    assert run.code == 0, run.err
    run = loubao("match", "2022-06", *posted, cwd=desk.root)
    assert run.code == 0, run.err
    return desk


def answer(desk: Desk, rules: Rules, answers: dict[str, tuple[str, str]]) -> None:
    """Fill in the sheet of a village by the names on it."""
    back = desk.root / "back" / "上浦村.xlsx"
    back.parent.mkdir()
    shutil.copy(desk.root / "out/2022-05/核查表/洛阳镇/上浦村.xlsx", back)
    pen = Pen(back, rules)
    for row in range(pen.header_row + 1, pen.page.max_row + 1):
        said = answers.get(str(pen.page.cell(row, pen.columns["name"]).value))
        if said:
            given = {"result": said[0], "why_not": said[1], "visited_on": "2022-06-09"}
            given["proposed_type"] = "" if said[1] else "低保"
            for key, value in given.items():
                pen.page.cell(row, pen.columns[key]).value = value or None
    pen.save()


FOUND = [
    ("蔡阿榕", ("为什么在核查表上：", "未查到待遇")),
    ("柯三省", ("不在核查表上", "已享受，不用走访：低保（6月低保在册.csv 第2行）", "依据：")),
    ("骆添丁", ("不符合名单条件：个人自付医疗费用未超过40000元", "这一行：个人自付医疗费用 40000")),
    ("何厝生", ("没有来源名单点到此人", "所在名单：低保（6月低保在册.csv 第3行）")),
    ("林今故", ("已剔除：已死亡（2022年6月2日）", f"{DEATH} 第2行")),
    ("林早故", ("不在核查表上", f"以前的剔除名单：2022年5月死亡（{DEATH} 第2行），2022年5月2日")),
    ("吴拒山", ("已核查不符合，2022年6月9日，不符合原因：收入超标，2023年6月9日以前不再下发",)),
    ("许符合", ("不在核查表上", "已核查符合，2022年6月9日，下一步由乡镇办理")),
    ("黄接海", ("为什么在核查表上：", "本月名单上没有此人")),
]


@pytest.mark.parametrize("by", ["name", "number"])
@pytest.mark.parametrize(("name", "words"), FOUND, ids=[name for name, _ in FOUND])
def test_somebody_for_each_reason(office: Desk, name: str, words: tuple[str, ...], by: str) -> None:
    run = loubao("explain", name if by == "name" else PEOPLE[name], cwd=office.root, env=SCREEN)
    assert run.code == 0, run.err
    said = "".join(run.out.split("\n"))
    for word in words:
        assert word in said, (word, run.out)
    assert PEOPLE[name] not in run.out
    assert run.err == ""


def without_ends(text: str) -> str:
    return text[:6] + text[8:17]


SPELLINGS = [
    "单小峰",
    " 單　小 峯（户主）",
    PEOPLE["單小峯"].translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    f"证号：{PEOPLE['單小峯'][:6]} {PEOPLE['單小峯'][6:]}",
    without_ends(PEOPLE["單小峯"]),
]


@pytest.mark.parametrize("text", SPELLINGS, ids=range(len(SPELLINGS)))
def test_read_as_a_cell_of_a_list_is(office: Desk, text: str) -> None:
    run = loubao("explain", text, cwd=office.root, env=SCREEN)
    assert run.code == 0, run.err
    assert "單小峯" in run.out
    assert "为什么在核查表上" in run.out


def test_several_people_of_one_name(office: Desk) -> None:
    every = loubao("explain", "陈同名", cwd=office.root, env=SCREEN).out
    assert "可能是 2 人" in every
    first, second = every.split("\n2. ")
    assert "1955年生　洛阳镇上浦村" in first
    assert "在核查表上，编号" in first
    assert "1977年生　洛阳镇后亭村" in second
    assert "已享受，不用走访：低保" in second
    by_place = loubao("explain", "陈同名", "--village", "後亭", cwd=office.root, env=SCREEN).out
    by_order = loubao("explain", "陈同名", "--which", "2", cwd=office.root, env=SCREEN).out
    assert by_place == by_order
    assert "已享受，不用走访" in by_place
    assert SAME["后亭村"] not in every + by_place


def test_a_masked_number_may_be_somebody_else(office: Desk) -> None:
    run = loubao("explain", PEOPLE["苏遮英"], cwd=office.root, env=SCREEN)
    assert run.code == 0, run.err
    assert "只露出一部分" in run.out


def test_json_has_no_person(office: Desk) -> None:
    for text in [*PEOPLE, *PEOPLE.values(), "陈同名"]:
        run = loubao("explain", text, "--json", cwd=office.root)
        assert run.code == 0, run.err
        for name, no in (*PEOPLE.items(), ("陈同名", SAME["上浦村"]), ("收入超标", "68000")):
            assert name not in run.out
            assert no not in run.out
    told = loubao("explain", "柯三省", "--json", cwd=office.root).report["whereabouts"]
    (finding,) = told["findings"]
    assert (finding["code"], finding["list"], finding["by"]["list"]) == (
        "covered",
        "medical",
        "dibao",
    )
    assert finding["by"]["tier"]


def test_without_a_ledger(office: Desk, tmp_path: Path) -> None:
    """What only the ledger knows is not said, but that it was not asked is."""
    shutil.copytree(office.root / "out", tmp_path / "out")
    out = ("--out", "out/2022-06")
    refused = loubao("explain", "吴拒山", *out, cwd=tmp_path, env=SCREEN)
    assert "不下发是按台账" in refused.out
    assert "--ledger" in refused.out
    nobody = loubao("explain", "许符合", *out, cwd=tmp_path)
    assert nobody.code == 2
    assert "没有查台账" in nobody.err
    assert "许符合" not in nobody.err


def test_nobody_names_what_was_looked_through(office: Desk) -> None:
    run = loubao("explain", "蔡阿容", cwd=office.root)
    assert run.code == 2
    assert run.out == ""
    for word in (
        "out/2022-06 读入的 5 个文件、",
        "台账里也没有",
        "姓名相近",
        f"{MEDICAL} “Sheet1”第2行",
    ):
        assert word in run.err, run.err
    assert "蔡阿" not in run.err


def test_a_case_that_is_on_no_sheet_of_the_month(office: Desk) -> None:
    book = openpyxl.load_workbook(office.root / "back" / "上浦村.xlsx").worksheets[0]
    rows = [[str(cell or "") for cell in row] for row in book.values]
    row = next(row for row in rows if "吴拒山" in row)
    case = next(cell for cell in row if cell.startswith("104-2022-"))
    run = loubao("explain", case, cwd=office.root, env=SCREEN)
    assert run.code == 0, run.err
    assert "不再下发" in "".join(run.out.split("\n"))


def test_merged_and_taken_back(tmp_path: Path, rules: Rules) -> None:
    issue(tmp_path, rules)
    desk = Round(tmp_path, rules)
    desk.filled({4: {"same_person": "是"}})
    assert desk.collect()["counts"]["merged"] == 1
    with reading(desk.ledger) as connection:
        accounts = Whereabouts(connection, "2022-06", rules).accounts(range(1, 5))
    told = {each["case_no"]: each for each in accounts}
    (merged,) = [each for each in accounts if each["status"] == "merged"]
    assert merged["into"] in told
    assert told[case_no(1)]["sheet"]["month"] == "2022-06"
    for posting in (2, 1):
        undo(desk.ledger, None, posting)
    with reading(desk.ledger) as connection:
        accounts = Whereabouts(connection, "2022-06", rules).accounts(range(1, 5))
    assert {each["status"] for each in accounts} == {"void"}
