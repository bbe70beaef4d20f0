"""`loubao progress` against a tally that the test keeps by itself."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from loubao.commands.progress import View, supervise
from loubao.core.events import Edition, Event, NewCase, Place, Posting, SheetRow, Verdict
from loubao.ledger.connection import writing
from loubao.ledger.postings import post
from loubao.workbook.word_template import text_of
from tests.commands.office import REPOSITORY, assert_private, loubao, tree

RULES = REPOSITORY / "rules"
MONTHS = ("2022-04", "2022-05", "2022-06", "2022-07")
VILLAGES = (
    ("洛阳镇", "上浦村"),
    ("洛阳镇", "后亭村"),
    ("张坂镇", "下宫村"),
    ("未识别乡镇", "未识别村居"),
)
LISTS = ("children", "disability", "medical")
FOUND = {"eligible", "ineligible", "applied", "enrolled"}
OPEN = {"unverified", "difficult", "returned"}


@dataclass
class Sheet:
    month: str
    posting: int
    edition: int
    village: tuple[str, str]
    due: str
    in_force: bool = True


@dataclass
class Person:
    """All that the tally knows of a case."""

    home: str
    lists: tuple[str, ...]
    village: tuple[str, str]
    kind: str = "lead"
    status: str = "unverified"
    answer: int | None = None
    reopened: int = 0
    into: int | None = None
    #: the posting with which a village added the person, and answered; the month of its sheets then
    added: int = 0
    added_month: str = ""
    sheets: list[Sheet] = field(default_factory=list)


class Year:
    """Months of random work on a ledger, and the same in plain objects."""

    def __init__(self, ledger: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.people: dict[int, Person] = {}
        self.postings = self.editions = 0
        self.ledger = ledger
        self.in_force: dict[tuple[str, tuple[str, str]], list[Sheet]] = {}

    def run(self) -> None:
        with writing(self.ledger) as self.connection:
            for month in MONTHS:
                self.month(month)
                if self.chance.random() < 0.6:
                    self.answers(month)
                if self.chance.random() < 0.5:
                    self.month(month)  # late files
                self.answers(month)

    def month(self, month: str) -> None:
        self.postings += 1
        day = f"{month}-28"
        cases, events, places = [], [], []
        for _ in range(self.chance.randrange(5, 20)):
            case = len(self.people) + 1
            kind = "sample" if self.chance.random() < 0.1 else "lead"
            lists = tuple(sorted(self.chance.sample(LISTS, self.chance.randrange(1, 3))))
            village = self.chance.choice(VILLAGES)
            home = "" if self.chance.random() < 0.1 else f"户{self.chance.randrange(25)}"
            self.people[case] = Person(home, lists, village, kind)
            cases.append(NewCase(case, f"{case}", "104", 2022, case, kind))  # type: ignore[arg-type]
            events.append(Event(case, "opened", day, {"lists": list(lists)}))
            places.append(Place(case, *village, "", home, lists))
        for case, person in self.people.items():
            if person.status == "ineligible" and self.chance.random() < 0.3:
                events.append(Event(case, "reopened", day, {"reason": "new_list"}))
                person.status, person.answer, person.reopened = "unverified", None, self.postings
            elif person.status in OPEN | {"eligible"} and self.chance.random() < 0.05:
                events.append(Event(case, "closed", day, {"reason": "excluded"}))
                person.status = "closed"
            elif person.status in OPEN | {"eligible"} and self.chance.random() < 0.05:
                events.append(Event(case, "enrolled", day, {"by": "roll"}))
                person.status = "enrolled"
        editions = []
        for village in VILLAGES:
            if (month, village) in self.in_force and self.chance.random() < 0.3:
                continue  # nothing new: the sheet stays in force
            on_it = [
                case
                for case, person in self.people.items()
                if person.village == village
                and person.status in OPEN | {"eligible"}
                and self.chance.random() < 0.9
            ]
            self.editions += 1
            number = 1 + len(self.in_force.get((month, village), []))
            due = f"{month[:5]}{int(month[5:]) + 1:02}-13"
            for sheet in self.in_force.get((month, village), []):
                sheet.in_force = False
            issued = Sheet(month, self.postings, self.editions, village, due)
            self.in_force.setdefault((month, village), []).append(issued)
            for case in on_it:
                person = self.people[case]
                person.sheets.append(issued)
                events.append(Event(case, "issued", day, edition_id=self.editions))
            rows = tuple(SheetRow(case, {"cells": {}}) for case in on_it)
            editions.append(
                Edition(self.editions, month, *village, "", number, day, due, "", {}, rows)
            )
        self.post("month", month, cases, events, places, editions)

    def answers(self, month: str) -> None:
        self.postings += 1
        day = f"{month}-30"
        cases, events, places = [], [], []
        for case, person in self.people.items():
            asked = person.sheets and person.status in OPEN | {"eligible"}
            if asked and self.chance.random() < 0.5:
                self.answer(case, self.chance.choice(sorted(FOUND | OPEN - {"unverified"})))
                events.append(self.event(case, day))
        for _ in range(self.chance.randrange(4)):  # people the village found by itself
            case = len(self.people) + 1
            village = self.chance.choice(VILLAGES)
            before = [m for m, place in self.in_force if place == village]
            self.people[case] = Person(
                f"村{case}",
                ("village_report",),
                village,
                added=self.postings,
                added_month=max(before),
            )
            cases.append(NewCase(case, f"{case}", "104", 2022, case))
            events.append(Event(case, "opened", day, {"lists": ["village_report"]}))
            self.answer(case, "difficult")
            events.append(self.event(case, day))
            places.append(Place(case, *village, "", f"村{case}", ("village_report",)))
        live = [c for c, p in self.people.items() if p.into is None and p.kind == "lead"]
        older, younger = sorted(self.chance.sample(live, 2))
        if self.chance.random() < 0.8:
            events.append(Event(younger, "merged", day, {"into": older}))
            self.people[younger].into = older
            self.people[younger].status = "merged"
        self.post("return", month, cases, events, places, [])

    def answer(self, case: int, result: str) -> None:
        self.people[case].status, self.people[case].answer = result, self.postings

    def event(self, case: int, day: str) -> Event:
        status = self.people[case].status
        if status in {"applied", "enrolled"}:
            return Event(case, status, day, {"by": "sheet"})  # type: ignore[arg-type]
        return Event(case, "verified", day, {"result": status})

    def post(
        self,
        kind: Any,
        month: str,
        cases: list[NewCase],
        events: list[Event],
        places: list[Place],
        editions: list[Edition],
    ) -> None:
        posting = Posting(
            kind,
            month,
            f"{month}-28",
            "",
            {"links_by_tier": {"dibao": {"same": 10}}, "reviews_by_tier": {"dibao": {"near": 5}}},
            cases=tuple(cases),
            editions=tuple(editions),
            events=tuple(events),
            places=tuple(places),
        )
        assert post(self.connection, posting, f"{month}-28T08:00:00") == self.postings

    def tally(self, month: str | None, day: str, by: str) -> dict[tuple[str, ...], dict[str, Any]]:
        """Figures by place or list, and of all under (): reckoned the slow and plain way."""
        children: dict[int, list[Person]] = {}
        for case, person in self.people.items():
            while person.into is not None:
                case, person = person.into, self.people[person.into]
            children.setdefault(case, [])
        for case, person in self.people.items():
            root = case
            while self.people[root].into is not None:
                root = self.people[root].into  # type: ignore[assignment]
            children[root].append(person)
        counted: dict[tuple[str, ...], dict[str, Any]] = {}
        for case, family in children.items():
            lead = self.people[case]
            if lead.kind == "sample":
                continue
            sheets = sorted(
                (s for p in family for s in p.sheets if month in {None, s.month}),
                key=lambda s: s.edition,
            )
            answered = bool(sheets) and (lead.answer or 0) > sheets[0].posting
            added = bool(lead.added and lead.answer) and month in {None, lead.added_month}
            if sheets or not added:
                added = False
                if not answered and not any(sheet.in_force for sheet in sheets):
                    continue
            village = lead.village
            if not added:
                village = ([sheet for sheet in sheets if sheet.in_force] or sheets)[-1].village
            since = [s for s in sheets if month or s.posting >= lead.reopened]
            returned = added or (lead.answer is not None and lead.answer > since[0].posting)
            late = bool(since) and since[0].due < day
            status = lead.status
            told = {
                "issued": True,
                "returned": returned or status in FOUND,
                "verified": status in FOUND,
                "overdue": status in OPEN and not returned and late,
                "enrolled": status == "enrolled",
                "eligible": status == "eligible",
                "applied": status == "applied",
                "difficult": status == "difficult",
                "closed": status == "closed",
            }
            keys: Iterable[tuple[str, ...]] = [village[:1], village][by == "village" :][:1]
            if by == "list":
                keys = [(name,) for name in lead.lists]
            home = (village, lead.home or f"alone {case}")
            for key in [*keys, ()]:
                group = counted.setdefault(key, {"people": {}, "households": {}})
                for name, true in told.items():
                    group["people"].setdefault(name, 0)
                    group["people"][name] += true
                    group["households"].setdefault(name, set())
                    if true:
                        group["households"][name].add(home)
        return counted


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> list[Year]:
    made = [Year(tmp_path_factory.mktemp("year") / "loubao.db", seed) for seed in range(4)]
    for year in made:
        year.run()
    return made


@pytest.fixture(scope="module")
def year(years: list[Year]) -> Year:
    return years[0]


@pytest.mark.parametrize(
    ("by", "month", "day"),
    [
        ("town", "2022-04", "2022-05-20"),
        ("village", "2022-06", "2022-06-29"),
        ("village", "2022-07", "2022-08-20"),
        ("list", "2022-07", "2022-08-01"),
        ("list", "2022-05", "2022-06-20"),
    ],
)
def test_counts_are_those_of_the_tally(years: list[Year], by: Any, month: str, day: str) -> None:
    for year in years:
        report = supervise(year.ledger, None, RULES, View(by, month, date.fromisoformat(day)))
        for scope, told in ((month, report["this_month"]), (None, report["campaign"])):
            expected = year.tally(scope, day, by)
            rows = {
                tuple(row[k] for k in ("town", "village", "list") if k in row): row
                for row in told["rows"]
            }
            if scope is not None or by == "village":
                assert set(rows) == set(expected) - {()}
            for key, group in expected.items():
                found = rows[key] if key else told["total"]
                assert {n: found["people"][n] for n in group["people"]} == group["people"], key
                homes = {name: len(each) for name, each in group["households"].items()}
                assert {n: found["households"][n] for n in homes} == homes, key


def test_table_json_and_files(year: Year) -> None:
    root = year.ledger.parent
    shown = loubao("progress", "--rules", RULES, "--ledger", "loubao.db", cwd=root)
    assert (shown.code, shown.err) == (0, "")
    assert "核查率" in shown.out
    assert "洛阳镇" in shown.out
    assert {path.name for path in root.glob("[!.]*") if path.is_file()} == {"loubao.db"}
    arguments = ("--rules", RULES, "--ledger", "loubao.db", "--as-of", "2022-08-20")
    run = loubao(
        *("progress", *arguments, "--by", "village", "--out", "进度", "--quality", "--json"),
        cwd=root,
    )
    assert run.code == 0, run.err
    report = run.report
    assert_private(run.out, run.err)
    assert (report["month"], report["months"]) == ("2022-07", list(MONTHS))
    assert report["due"] == ["2022-08-13"]
    assert set(tree(root / "进度")) == {"进度.xlsx", "通报.docx"}
    assert {mode & 0o777 for mode, _ in tree(root / "进度").values()} == {0o600}
    book = load_workbook(root / "进度" / "进度.xlsx", data_only=True)
    assert book.sheetnames == ["本月", "累计", "排名", "按名单", "待办", "比对质量"]
    issued = report["this_month"]["total"]["people"]["issued"]
    assert [row[2].value for row in book["本月"].iter_rows() if row[0].value == "合计"] == [
        issued,
        issued,
    ]
    text = text_of((root / "进度" / "通报.docx").read_bytes())
    assert f"下发核查 {issued} 人" in text
    assert all(each["village"] in text for each in report["slowest"])
    said = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "困境儿童线索" in said
    for word in ("服刑", "戒毒"):
        assert not any(word in each for each in [*said, text])
    for path in (root / "进度").iterdir():
        path.unlink()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--month", "2021-01"), "可用：2022-04"),
        (("--month", "六月"), "2022-06"),
        (("--by", "county"), "--by"),
        (("--ledger", "gone.db"), "没有台账"),
        (("--out", "rules/supervision.yaml"), "不是文件夹"),
    ],
)
def test_refused(year: Year, arguments: tuple[str, ...], word: str) -> None:
    given = ("progress", "--rules", RULES, "--ledger", "loubao.db", *arguments)
    (year.ledger.parent / "rules").mkdir(exist_ok=True)
    (year.ledger.parent / "rules" / "supervision.yaml").touch()
    run = loubao(*given, cwd=year.ledger.parent)
    assert (run.code, run.out) == (2, "")
    assert word in run.err


def test_a_ledger_without_a_month(tmp_path: Path) -> None:
    with writing(tmp_path / "loubao.db"):
        pass
    run = loubao("progress", "--rules", RULES, "--ledger", "loubao.db", "--json", cwd=tmp_path)
    assert run.report["exit_code"] == 2
    assert "还没有下发" in run.err


def test_quality_from_answers(tmp_path: Path) -> None:
    with writing(tmp_path / "loubao.db") as connection:
        day = "2022-06-30"
        ids = range(1, 81)
        kinds = {i: "sample" if i <= 40 else "lead" for i in ids}
        candidate = {"kind": "roll", "other": "row:x", "list": "dibao", "tier": "name_and_birth"}
        month = Posting(
            "month",
            "2022-06",
            day,
            "",
            {"links_by_tier": {"dibao": {"a": 900}}, "reviews_by_tier": {"dibao": {"b": 100}}},
            cases=tuple(NewCase(i, f"{i}", "1", 2022, i, kinds[i]) for i in ids),  # type: ignore[arg-type]
            events=tuple(Event(i, "opened", day, {"lists": ["medical"]}) for i in ids),
        )
        # said wrongly at first: the newest word on a pair holds
        words = [*((i, i > 60) for i in ids), *((i, i <= 70) for i in ids)]
        back = Posting(
            "return",
            "2022-06",
            day,
            "x",
            {},
            verdicts=tuple(Verdict(i, "row:x", same, day, candidate) for i, same in words),
        )
        for posting in (month, back):
            post(connection, posting, f"{day}T08:00:00")
    report = supervise(tmp_path / "loubao.db", None, RULES, View(quality=True))["quality"]
    found = {(f["group"], f["by"]): (f["right"], f["judged"]) for f in report["findings"]}
    assert found[("links", "all")] == (40, 40)
    assert found[("reviews", "all")] == (30, 40)
    assert report["recall"][""]["value"] == pytest.approx(900 / 975)
    assert report["said"][0].startswith("核对过 80 例：抽查自动关联的 40，村里答复的 40")
    assert "92.3%" in report["said"][-1]
    assert report["drawn"] == {"sample": 40, "sheet": 40}
    assert report["unseen"] == {"b": 100}
    assert [each["code"] for each in report["advice"]] == ["open", "between"]
    run = loubao(
        *("progress", "--quality", "--rules", RULES, "--ledger", "loubao.db"), cwd=tmp_path
    )
    assert "姓名、出生日期相同" in run.out
    assert json.dumps(report, ensure_ascii=False).count("row:x") == 0


def test_template_mistakes_are_named(tmp_path: Path, year: Year) -> None:
    rules = tmp_path / "规则"
    rules.mkdir()
    for name in (
        "local.yaml",
        "screening.yaml",
        "supervision.yaml",
        "sheets.yaml",
        "matching.yaml",
    ):
        (rules / name).write_bytes((RULES / name).read_bytes())
    arguments = ("progress", "--rules", rules, "--ledger", year.ledger, "--out", "输出")
    run = loubao(*arguments, cwd=tmp_path)
    assert (run.code, "通报模板" in run.err) == (2, True)
    (rules / "通报模板.docx").write_bytes(b"x")
    run = loubao(*arguments, cwd=tmp_path)
    assert (run.code, "不是 Word" in run.err) == (2, True)
    text = (
        (rules / "supervision.yaml").read_text(encoding="utf-8").replace("{town}小计", "{县}小计")
    )
    (rules / "supervision.yaml").write_text(text, encoding="utf-8")
    run = loubao(*arguments, cwd=tmp_path)
    assert "supervision.yaml:6" in run.err
    assert not (tmp_path / "输出").exists()
