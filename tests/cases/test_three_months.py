"""Three months through the commands: deaths told month by month, names that a list masks, answers.

Of the people sent out nobody is dead, nobody has two open cases, and nobody waits for the office.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from openpyxl import load_workbook

from loubao.rules.folder import Rules
from tests.cases.small_month import Rows
from tests.cases.test_two_months import DEATHS, HERE, lines, matched
from tests.commands import office
from tests.people import number
from tests.round import Pen

#: Name → name as the lists of September and October write it.
MASKED = {
    **{"周涛": "周*", "周敏": "周*", "周静": "周*", "周文君": "周*君", "李海生": "李**"},
    **{
        "何静月": "何*月",
        "陈小强": "*小强",
        "吴添福": "吴某",
        "郑水源": "郑水源",
        "蔡阿榕": "蔡*榕",
    },
    **{"骆添丁": "骆添丁", "庄碧螺": "庄*螺", "柯三省": "柯*", "曾淑勉": "曾淑*", "林大海": "林*"},
}
NUMBERS = {name: number(f"19{50 + i}0305", 11 + 2 * i) for i, name in enumerate(MASKED)}
MONTHS = ("2022-08", "2022-09", "2022-10")
#: Who died in which month, as its list writes them; the next month's list does not repeat them.
DIED = {
    "2022-08": {"周涛": "周涛", "何静月": "何静月", "林大海": "林*"},
    "2022-09": {"周敏": "周*", "陈小强": "陈*强"},
    "2022-10": {"郑水源": "郑*源", "蔡阿榕": "蔡阿榕"},
}
#: Dead in August by a row that shows the surname alone: no link under a number, the sheet asks.
ASKED = "林大海"
FOUND = {"result": "已核查符合", "proposed_type": "低保"}
APPLIED = {"result": "已申请"}
REFUSED = {"result": "已核查不符合", "why_not": "收入超标"}
DIFFICULT = {"result": "疑难", "remark": "外出未回"}
#: What villages say of whom after each month's sheet.
SAID: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "2022-08": {"周静": FOUND, "李海生": APPLIED, "吴添福": REFUSED, "骆添丁": DIFFICULT},
    "2022-09": {"周文君": FOUND, "庄碧螺": APPLIED, "骆添丁": DIFFICULT},
}


def files(month: str) -> dict[str, Rows]:
    """The lists of a month: medical expenses of all, as the month writes names, and the deaths."""
    head = ("姓名", "身份证号", "个人自付金额", "乡镇", "村")
    names = {name: name if month == MONTHS[0] else masked for name, masked in MASKED.items()}
    paid = [(names[name], NUMBERS[name], "45000", *HERE) for name in MASKED]
    dead = [(written, NUMBERS[name], f"{month}-11") for name, written in DIED[month].items()]
    # the dead stay on a disability list, where nothing sets apart a patient's family
    disabled = [(names[name], f"{NUMBERS[name]}41", *HERE) for name in MASKED]
    return {
        "残疾人名单.csv": [
            ("姓名", "残疾人证号", "乡镇", "村", "残疾类别", "残疾等级", "发证日期"),
            *((*row, "肢体", "一级", "2022-01-01") for row in disabled),
        ],
        f"{int(month[5:])}月死亡.csv": [DEATHS, *dead],
        "医保.csv": [head, *(row for row in paid if row[1] not in ALL_DEAD)],
    }


ALL_DEAD = {NUMBERS[name] for dead in DIED.values() for name in dead}


def collected(folder: Path, month: str, names: Mapping[str, str], rules: Rules) -> None:
    """The village's sheet of a month comes back with what SAID has; `names`: name → case number."""
    back = folder / f"back-{month}" / "上浦村.xlsx"
    back.parent.mkdir()
    (sheet,) = (folder / "out" / month / "核查表").rglob("上浦村.xlsx")
    shutil.copy(sheet, back)
    pen = Pen(back, rules)
    rows = {
        str(pen.page.cell(row, pen.keys["case_no"]).value): row
        for row in range(pen.header_row + 1, pen.page.max_row + 1)
    }
    for name, answers in SAID[month].items():
        for key, value in {**answers, "visited_on": f"{month}-28"}.items():
            pen.put(rows[names[name]], key, value)
    pen.save()
    run = office.loubao(
        *("collect", back.parent, "--ledger", "l.db", "--out", folder / f"got-{month}"),
        *("--as-of", f"{month}-29", "--quiet"),
        cwd=folder,
    )
    assert run.code == 0, run.err + run.out


def test_three_months(rules: Rules, tmp_path: Path) -> None:
    cases: dict[str, str] = {}  # name → case number
    dead: set[str] = set()
    waiting: set[str] = set()
    for month in MONTHS:
        out = matched(tmp_path, month, files(month), "--yes")  # names are masked all at once
        on_sheet = set(lines_by_number(out))
        died = {name for each in MONTHS[: MONTHS.index(month) + 1] for name in DIED[each]}
        dead = {NUMBERS[name] for name in died}
        cases |= numbers_of_cases(tmp_path / "l.db")
        asked = {cases[ASKED]}
        assert asked <= on_sheet
        on_sheet -= asked
        living = {cases[n] for n in MASKED if n in cases and n not in died}
        assert on_sheet & {cases[n] for n in died if n in cases} == set(), "dead, sent out again"
        assert on_sheet & waiting == set(), "the office's, sent to a village"
        assert on_sheet <= living, "somebody who is nobody of the lists"
        assert open_twice(tmp_path / "l.db") == []
        if month in SAID:
            collected(tmp_path, month, cases, rules)
            answered = SAID[month].items()
            waiting |= {cases[name] for name, said in answered if said in (FOUND, APPLIED)}
    assert len(dead) == 7 and len(waiting) == 4
    # who is left: no answer, or a difficult one
    assert on_sheet == {cases[name] for name in ("骆添丁", "柯三省", "曾淑勉")}


def lines_by_number(out: Path) -> list[str]:
    """The case number of each line of all village sheets; `lines` has one a name."""
    named = lines(out)
    found: list[str] = []
    for path in sorted((out / "核查表").rglob("*.xlsx")):
        rows = [list(map(str, row)) for row in load_workbook(path)["核查表"].values]
        start = next(i for i, row in enumerate(rows) if "姓名" in row)
        place = rows[start].index("case_no")
        found += [row[place] for row in rows[start + 1 :] if row[place].count("-") == 2]
    assert set(named.values()) <= set(found) and len(found) == len(set(found))
    return found


def numbers_of_cases(ledger: Path) -> dict[str, str]:
    """Name → number of the case of the person's ID number."""
    owner = {number_: name for name, number_ in NUMBERS.items()}
    with sqlite3.connect(ledger) as connection:
        found = connection.execute(
            "SELECT DISTINCT id_number, case_no FROM sighting JOIN cases USING (case_id)"
            " JOIN standing USING (case_id) WHERE merged_into IS NULL AND id_number IS NOT NULL"
        ).fetchall()
    return {owner[number_]: case for number_, case in found if number_ in owner}


def open_twice(ledger: Path) -> list[str]:
    """The ID numbers of which two cases are open."""
    with sqlite3.connect(ledger) as connection:
        found = connection.execute(
            "SELECT id_number FROM sighting JOIN standing USING (case_id)"
            " WHERE status IN ('unverified', 'difficult', 'returned', 'eligible', 'applied')"
            " AND id_number IS NOT NULL GROUP BY id_number HAVING count(DISTINCT case_id) > 1"
        ).fetchall()
    return [number_ for (number_,) in found]
