"""People whom a village adds to its sheet by hand: months later they are cases like all others.

Through the files themselves: lists → sheet → the sheet filled in → ledger → next month's sheet.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from loubao.commands.collect import Collection, collect
from loubao.commands.match import Ledger, match
from loubao.commands.progress import View, supervise
from loubao.ledger.connection import reading
from loubao.ledger.postings import events_of
from loubao.rules.folder import Rules
from loubao.workbook.word_template import text_of
from tests.commands import office
from tests.people import number
from tests.round import Pen

SHEET = "核查表/洛阳镇/上浦村.xlsx"
LIN = {
    **{"name": "林新来", "id_number": number("19770701", 13), "phone": "13612340000"},
    **{"address": "上浦村9号", "remark": "摔伤卧床，无人照料", "proposed_type": "低保"},
    **{"visitor": "陈主任", "visitor_phone": "13700000000"},
}
SHUI = {"name": "黄阿水", "phone": "0595-22223333", "remark": "独居老人", "household_size": "独居"}
DONE = {
    **{"name": "吴添福", "id_number": number("19550505", 17), "phone": "13612349999"},
    **{"result": "疑难", "remark": "户口在外县", "visited_on": "7月8日"},
}
COLLECTED = dt.date(2022, 7, 20)


class Township:
    """A ledger, a folder a month, and what villages send back."""

    def __init__(self, root: Path, rules: Rules) -> None:
        self.root, self.rules = root, replace(rules, accept_all=True)
        self.ledger = root / "loubao.db"

    def match(self, month: str, files: dict[str, bytes]) -> dict[str, Any]:
        office.fill(self.root / month, files)
        day = dt.date.fromisoformat(f"{month}-28")
        out = self.root / "out" / month
        return match(self.root / month, out, self.rules, day, ledger=Ledger(self.ledger))

    def add(self, month: str, *people: dict[str, str]) -> None:
        back = self.root / "back" / "上浦村.xlsx"
        back.parent.mkdir(exist_ok=True)
        shutil.copy(self.root / "out" / month / SHEET, back)
        pen = Pen(back, self.rules)
        for person in people:
            pen.add(**person)
        pen.save()

    def collect(self) -> dict[str, Any]:
        where = Collection(self.root / "back", self.root / "returned", self.ledger)
        return collect(where, self.rules, COLLECTED)

    def sheet(self, month: str) -> dict[str, dict[str, str]]:
        """The lines of the village's sheet of a month: name → key → cell."""
        return {line["name"]: line for line in self.lines(month)}

    def lines(self, month: str) -> list[dict[str, str]]:
        """All lines of that sheet: key → cell."""
        pen = Pen(self.root / "out" / month / SHEET, self.rules)
        rows = range(pen.header_row + 1, pen.page.max_row + 1)
        lines = [
            {key: str(pen.page.cell(row, at).value or "") for key, at in pen.columns.items()}
            for row in rows
        ]
        return [line for line in lines if line["name"]]


def files(month: int, *more: office.Row, covered: tuple[office.Row, ...] = ()) -> dict[str, bytes]:
    """A month's lists, with `more` rows of medical expenses and people on the roll."""
    return {
        office.MEDICAL: office.xlsx((*office.MEDICAL_ROWS[:6], *more)),
        f"{month}月低保在册.csv": office.csv_bytes((*office.DIBAO_ROWS, *covered)),
        f"{month}月特困供养.csv": office.csv_bytes(office.TEKUN_ROWS),
    }


@pytest.fixture(scope="module")
def town(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Township:
    """June, three people added by hand, and July."""
    made = Township(tmp_path_factory.mktemp("township"), rules)
    made.match("2022-06", files(6))
    made.add("2022-06", LIN, SHUI, DONE)
    report = made.collect()
    counts = report["counts"]
    assert (counts["new_people"], counts["added"], counts["posted"], counts["out"]) == (3, 2, 1, 0)
    codes = {row["code"] for row in report["problems"]}
    assert codes == {"PERSON_ADDED", "ID_MISSING"}
    made.match("2022-07", files(7))
    return made


def test_every_word_is_in_the_ledger(town: Township) -> None:
    with reading(town.ledger) as connection:
        found = connection.execute("SELECT case_id, name, address FROM sighting").fetchall()
        cases = {name: (case, address) for case, name, address in found}
        histories = events_of(connection, [case for case, _ in cases.values()])
    for person in (LIN, SHUI, DONE):
        case, address = cases[person["name"]]
        written = histories[case][0].detail["written"]
        kept = {**written, "name": person["name"], "address": address}
        told = person.keys() - {"id_number"}
        assert {key: kept[key] for key in told} == {key: person[key] for key in told}


def test_collected_again_nothing_is_new(town: Township) -> None:
    report = town.collect()
    assert not report["posted"]
    assert (report["counts"]["added"], report["counts"]["out"]) == (2, 0)
    assert {row["code"] for row in report["problems"]} == {"ID_MISSING"}


def test_difficult_people_have_their_telephone(town: Township) -> None:
    town.collect()
    page = openpyxl.load_workbook(town.root / "returned" / "疑难.xlsx").worksheets[0]
    assert [DONE["phone"] in [cell.value for cell in row] for row in page.iter_rows()].count(True)


def test_the_next_sheet_says_what_the_village_wrote(town: Township) -> None:
    sheet = town.sheet("2022-07")
    for person in (LIN, SHUI, DONE):
        line = sheet[person["name"]]
        assert line["case_no"].startswith("104-2022-")
        assert line["sources"] == "村级上报"
        assert person["phone"] in line["phone"]  # the number shares the cell
        assert line["clues"].count("村（社区）上报") == 1
        assert person["remark"] in "".join(line["clues"].split())
    clue = "".join(sheet["林新来"]["clues"].split())
    assert "拟纳入类型：低保；核查人：陈主任" in clue
    assert LIN["address"] in sheet["林新来"]["address"] or "9号" in sheet["林新来"]["address"]


def test_the_month_again_is_the_same_edition(town: Township) -> None:
    again = town.match("2022-07", files(7))
    assert again["ledger"]["editions"] == 0


def test_a_list_names_them_and_a_roll_covers_them(town: Township) -> None:
    """One person stays one case; whoever is on a roll now is on no sheet."""
    before = town.sheet("2022-07")
    named = (9, "林新来", LIN["id_number"], "洛阳镇", "上浦村", 90000)
    roll = ("洛阳镇", "上浦村", "吴添福", DONE["id_number"], "是", "560")
    august = town.match("2022-08", files(8, named, covered=(roll,)))
    assert "new" not in august["ledger"]["news"]
    sheet = town.sheet("2022-08")
    assert "吴添福" not in sheet
    for name in ("林新来", "黄阿水"):
        assert sheet[name]["case_no"] == before[name]["case_no"]
        assert sheet[name]["phone"].split()[:2] == before[name]["phone"].split()[:2]
    clues = "".join(sheet["林新来"]["clues"].split())
    assert "90000" in clues and LIN["remark"] in clues
    assert sheet["黄阿水"]["clues"] == before["黄阿水"]["clues"]


def starred(number_: str) -> str:
    return f"{number_[:6]}********{number_[14:]}"


def test_who_is_added_without_a_whole_number_and_comes_on_a_list(
    rules: Rules, tmp_path: Path
) -> None:
    """One case where a number says so, else a question on both lines; asked until answered."""
    town = Township(tmp_path, rules)
    town.match("2022-06", files(6))
    numbers = {
        name: number("19600305", 31 + 2 * i) for i, name in enumerate(("郑一", "郑二", "郑三"))
    }
    bare, star, whole = numbers
    town.add(
        "2022-06",
        {"name": bare, "remark": "困难"},
        {"name": star, "id_number": starred(numbers[star]), "remark": "困难"},
        {"name": whole, "id_number": numbers[whole], "remark": "困难"},
    )
    town.collect()
    town.match("2022-07", files(7))
    before = town.sheet("2022-07")
    town.add("2022-07", {"name": bare, "id_number": numbers[bare], "remark": "又来"})
    town.collect()
    town.match("2022-08", files(8))
    lines = town.lines("2022-08")
    assert [
        ("同一人" in line["doubts"], line["name"]) for line in lines if line["name"] in numbers
    ] == [
        (True, bare),
        (False, star),
        (False, whole),
        (True, bare),
    ]
    named = [
        (9, bare, numbers[bare], "洛阳镇", "上浦村", 90000),
        (10, star, numbers[star], "洛阳镇", "上浦村", 90000),
        (11, whole, starred(numbers[whole]), "洛阳镇", "上浦村", 90000),
    ]
    september = town.match("2022-09", files(9, *named))
    assert "new" not in september["ledger"]["news"]
    after = town.lines("2022-09")
    assert [line["case_no"] for line in after if line["name"] in (star, whole)] == [
        before[star]["case_no"],
        before[whole]["case_no"],
    ]
    assert ["同一人" in line["doubts"] for line in after if line["name"] == bare] == [True, True]


# --- counted --------------------------------------------------------------------------------------

FOUND = {
    **{"name": "苏可嘉", "id_number": number("19680808", 19), "visited_on": "7月9日"},
    **{"result": "已核查符合", "proposed_type": "低保"},
}
REFUSED = {
    **{"name": "邱有田", "id_number": number("19590909", 21), "visited_on": "7月9日"},
    **{"result": "已核查不符合", "why_not": "收入超标"},
}


def progress(made: Township, month: str) -> dict[str, Any]:
    out = made.root / "progress"
    view = View(by="village", month=month, as_of=COLLECTED)
    return supervise(made.ledger, None, office.REPOSITORY / "rules", view, out)


def people(report: dict[str, Any], scope: str, village: str = "") -> dict[str, int]:
    rows = report[scope]["rows"]
    found = report[scope]["total"]
    if village:
        found = next(row for row in rows if row["village"] == village)
    names = ("issued", "returned", "verified", "eligible", "ineligible", "difficult", "pending")
    return {name: found["people"][name] for name in names}


def test_whom_a_village_adds_and_finds_eligible_is_counted(rules: Rules, tmp_path: Path) -> None:
    """In the month, in all months, by village and list, in the circular; as the office has them."""
    made = Township(tmp_path, rules)
    made.match("2022-06", files(6))
    before = progress(made, "2022-06")
    made.add("2022-06", FOUND, REFUSED, DONE, SHUI)  # of 黄阿水 the village says no result yet
    made.collect()
    made.collect()  # the same again counts nobody twice
    after = progress(made, "2022-06")
    more = {"issued": 3, "returned": 3, "verified": 2, "eligible": 1, "ineligible": 1}
    more |= {"difficult": 1, "pending": 1}
    for scope in ("this_month", "campaign"):
        for village in ("", "上浦村"):
            was, now = people(before, scope, village), people(after, scope, village)
            assert {key: now[key] - was[key] for key in now} == more, (scope, village)
        rows = [row["people"] for row in after[scope]["rows"]]
        total = after[scope]["total"]["people"]
        assert all(sum(row[key] for row in rows) == total[key] for key in more)
    assert after["office"]["total"]["eligible"] == after["campaign"]["total"]["people"]["eligible"]
    text = text_of((tmp_path / "progress" / "通报.docx").read_bytes())
    assert f"已核查 {people(after, 'this_month')['verified']} 人" in text

    made.match("2022-07", files(7))  # 吴添福 and 黄阿水 are on its sheet
    ever, july = (people(progress(made, "2022-07"), scope) for scope in ("campaign", "this_month"))
    assert ever["verified"] == people(after, "campaign")["verified"]
    assert ever["issued"] == people(after, "campaign")["issued"] + 1, "黄阿水 went out"
    assert july["eligible"] == 0
    assert people(progress(made, "2022-06"), "this_month")["eligible"] == 1
