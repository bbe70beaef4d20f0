"""`loubao adapt` in a county of a stranger's: asked, answered, stopped, killed, the next month."""

from __future__ import annotations

import itertools
import json
import os
import pty
import re
import select
import shutil
import signal
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from loubao.adaptation.given_answers import GivenAnswers
from loubao.commands.adapt import Adapting, adapting, answer_all, read_data
from loubao.rules.folder import load_rules
from loubao.workspace.rule_files import rule_texts
from tests.adaptation import strangers
from tests.commands.office import Run, csv_bytes, environment, fill, loubao
from tests.conftest import ROOT

MOST_QUESTIONS = 25
STEPS = 2_000  # of the disk, that answering all takes at the least
DAY = date(2023, 6, 30)
WOMEN = {"title": "困境妇女", "role": "source", "covered_by": ["dibao", "tekun"], "partly_by": []}
#: What the clerk of the county knows.
ANSWERS: dict[str, Any] = {
    f"file:{strangers.MEDICAL}": "medical",
    f"file:{strangers.WOMEN}": {"new": WOMEN},
    f"file:{strangers.NOTICE}": "ignore",
    "header:年内自理金额": "self_paid",
    "header:供养情形": "care_mode",
    "header:核发日": "certificate_date",
    "header:残别": "disability_category",
    "header:残级": "disability_level",
    "header:监测户种类": "household_category",
    "header:风险消除否": "risk_removed",
    "headers:sure": "yes",
    "header:享保标志": "protected",
    "headers": "yes",
    "conditions:local_1": {"column": "月收入", "over": 100},
    "value:monitored.household_category": {"三类户之边缘类": "边缘易致贫户"},
    "value:dibao.protected": {"保": "是", "不保": "否"},
    "place:柳河乡": "yes",
    "place:石湾镇": "yes",
    "place:elsewhere": "yes",
    "place:towns": "yes",
}


@pytest.fixture
def county(tmp_path: Path) -> Path:
    return strangers.county(tmp_path)


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county that was adapted to; nobody writes here."""
    folder = strangers.county(tmp_path_factory.mktemp("home"))
    assert answered(folder, ANSWERS)["unused"] == []
    return folder


def opened(folder: Path, month: str = strangers.MONTH) -> Any:
    data = folder / month
    return adapting(data, folder / "rules", DAY, read_data(data, folder / "rules"))


def answered(folder: Path, answers: dict[str, Any], month: str = strangers.MONTH) -> dict[str, Any]:
    with opened(folder, month) as adapted:
        report: dict[str, Any] = adapted.report(*answer_all(adapted, answers))
    return report


def run(folder: Path, *arguments: str, **more: Any) -> Run:
    return loubao(*arguments, cwd=folder, **more)


def test_a_strangers_county_is_at_home_after_a_few_questions(county: Path) -> None:
    (county / "answers.yaml").write_text(yaml.safe_dump(ANSWERS, allow_unicode=True), "utf-8")
    assert run(county, "check", strangers.MONTH).code == 3
    given = run(county, "adapt", strangers.MONTH, "--answers", "answers.yaml", "--json")
    assert given.code == 0, given.err
    assert given.report["questions"] == []
    assert given.report["left"] == []
    assert len(given.report["answered"]) <= MOST_QUESTIONS
    checked = run(county, "check", strangers.MONTH, "--json")
    assert checked.code == 0, checked.err
    # one village of another county, and the letter
    assert {p["code"]: p["count"] for p in checked.report["problems"]} == {
        "FILE_IGNORED": 1,
        "VILLAGE_UNKNOWN": 1,
    }
    qualifying = {row["list"]: row["qualifying"] for row in checked.report["lists"]}
    assert qualifying == {
        "dibao": 32,  # 8 of 40 are 不保
        "disability": 12,
        "local_1": 12,
        "medical": 28,
        "monitored": 12,
        "tekun": 12,
    }
    assert run(county, "match", strangers.MONTH, "--json").code == 0


def test_what_was_not_asked_is_the_same_to_the_byte(county: Path, at_home: Path) -> None:
    before, after = rule_texts(county / "rules"), rule_texts(at_home / "rules")
    assert before.keys() - after.keys() == set()
    for path, text in before.items():
        lines, new = text.splitlines(keepends=True), after[path].splitlines(keepends=True)
        kept = iter(new)
        for line in lines:  # in order, each as it was or with words put in
            head, tail = line[: len(line) // 4], line.rstrip("]}\r\n")[-1:]
            assert any(line == each or (each.startswith(head) and tail in each) for each in kept)
        assert text.count("#") == after[path].count("#")
    assert [path for path in before if before[path] != after[path]] == [
        *("fields.yaml", "lists/dibao.yaml", "lists/disability.yaml", "lists/medical.yaml"),
        *("lists/monitored.yaml", "lists/tekun.yaml", "reading.yaml", "screening.yaml"),
        "villages.csv",
    ]


def test_stopped_at_any_question_nothing_is_asked_twice(county: Path, at_home: Path) -> None:
    asked: list[tuple[str, ...]] = []
    for stop in itertools.count(1):  # the first run stops after one question, the second after two
        with opened(county) as adapted:
            for _ in range(stop):
                for question in adapted.pending:
                    assert question.asked_of not in asked, question.key
                if adapted.pending:
                    question = adapted.pending[0]
                    asked.append(question.asked_of)
                    adapted.write(adapted.draft(question, ANSWERS[question.key]))
            if not adapted.pending:
                break
        load_rules(county / "rules")
    assert len(asked) <= MOST_QUESTIONS
    assert rule_texts(at_home / "rules") == rule_texts(county / "rules")


def test_the_next_month_asks_nothing_that_was_answered(county: Path, at_home: Path) -> None:
    shutil.rmtree(county / "rules")
    shutil.copytree(at_home / "rules", county / "rules")
    files = strangers.month(strangers.People(seed=14))
    renamed = {re.sub("6月", "7月", name).replace("06-30", "07-31"): c for name, c in files.items()}
    assert set(renamed) != set(files)
    fill(county / "2023-07", renamed)
    report = answered(county, {}, "2023-07")
    assert report["questions"] == []
    assert report["left"] == []


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_killed_at_any_step_of_the_disk_the_rules_load(
    tmp_path: Path, at_home: Path, share: float
) -> None:
    folder = strangers.county(tmp_path / "out")
    (folder / "answers.json").write_text(json.dumps(ANSWERS), "utf-8")
    command = ("adapt", strangers.MONTH, "--answers", "answers.json", "--json")
    rules = ("--rules", str(folder / "rules"))
    killed = run(folder, *command, *rules, kill_at=round(STEPS * share))
    assert killed.code == -9
    assert rule_texts(at_home / "rules") != rule_texts(folder / "rules")
    load_rules(folder / "rules")
    again = run(folder, *command, *rules)
    assert again.code == 0, again.err
    assert again.report["questions"] == []
    assert rule_texts(folder / "rules") == rule_texts(at_home / "rules")


def test_nobody_is_named_in_a_question(county: Path) -> None:
    asked = run(county, "adapt", strangers.MONTH, "--json")
    assert asked.code == 0
    people = strangers.People()
    strangers.month(people)
    for name, number in people.made:
        assert name not in asked.out
        assert number[:10] not in asked.out


def test_a_header_that_is_somebody_is_starred(county: Path) -> None:
    """It can be answered by what is shown of it; one with a number in it is not asked at all."""
    file = county / strangers.MONTH / strangers.TEKUN
    head, *lines = file.read_text(encoding="gb18030").splitlines()
    head += ",钱蕙颢,迁往地(钱蕙颢-12045927616),毛收入"
    lines = [f"{line},甲{i},乙{i},丙{i}" for i, line in enumerate(lines)]
    file.write_text("\n".join([head, *lines]), encoding="gb18030")
    answers = {key: value for key, value in ANSWERS.items() if key != "headers"}
    report = answered(county, answers)
    (asked,) = [q for q in report["questions"] if q["key"] == "headers"]
    keys = [item["key"] for item in asked["items"]]
    assert {"钱**（F列）", "毛*入（H列）"} <= {*keys}
    for text in (json.dumps(report, ensure_ascii=False), run(county, "adapt", strangers.MONTH).out):
        assert "钱蕙颢" not in text
        assert "12045927616" not in text
    report = answered(county, {"headers": "yes"})
    assert report["answered"] == ["headers"]
    assert "钱蕙颢" not in json.dumps(report, ensure_ascii=False)
    assert "钱蕙颢" in (county / "rules/lists/tekun.yaml").read_text(encoding="utf-8")
    assert not [q for q in answered(county, {})["questions"] if q["key"] == "headers"]


WRONG = [
    ({"header:残别": "no_such"}, "“no_such”不是可选的回答"),
    ({f"file:{strangers.WOMEN}": "new"}, "title"),
    ({f"file:{strangers.WOMEN}": {"new": {"title": "甲", "role": "king"}}}, "role"),
    ({f"file:{strangers.WOMEN}": {"new": {"title": "甲", "role": "source"}}}, "covered_by"),
    ({f"file:{strangers.WOMEN}": {"new": {**WOMEN, "covered_by": ["medical"]}}}, "medical"),
    ({f"file:{strangers.WOMEN}": {"new": {**WOMEN, "colour": "red"}}}, "colour"),
]


@pytest.mark.parametrize(("answers", "said"), WRONG)
def test_a_wrong_answer_changes_nothing(county: Path, answers: dict[str, Any], said: str) -> None:
    before = rule_texts(county / "rules")
    report = answered(county, answers)
    ((key, why),) = report["refused"].items()
    assert key in answers
    assert said in why
    assert key in [question["key"] for question in report["questions"]]
    assert rule_texts(county / "rules") == before


def test_the_rules_that_are_shipped_are_not_touched(county: Path) -> None:
    shutil.rmtree(county / "rules")
    refused = run(county, "adapt", strangers.MONTH)
    assert refused.code == 2
    assert "loubao init" in refused.err


def test_two_do_not_adapt_one_folder(county: Path) -> None:
    with opened(county):
        assert run(county, "adapt", strangers.MONTH).code == 4


def test_on_a_terminal(county: Path) -> None:
    """The first questions by their numbers, then stopped: what was answered is in the rules."""
    lines = talk(
        county,
        [
            ("是哪份名单", "=个人自付医疗费用"),
            ("回车=写入", ""),
            ("困境妇女帮扶名册", "m"),
            ("17  不是名单，不读取", "s"),
            ("不是名单，不读取", "1"),
            ("回车=写入", ""),
            ("这些列看得出是什么，对吗？", ""),
            ("回车=写入", "n"),
            ("这些列看得出是什么，对吗？", "q"),
        ],
    )
    assert "先到这里" in lines
    changed = {
        path
        for path, text in rule_texts(county / "rules").items()
        if text != rule_texts(strangers.REPOSITORY / "rules").get(path)
    }
    assert changed == {"lists/medical.yaml", "reading.yaml", "villages.csv"}
    assert "*月医药自理预警表.xlsx" in (county / "rules/lists/medical.yaml").read_text("utf-8")


def test_a_village_is_typed_on_a_terminal(county: Path) -> None:
    """Slips are picked out of one question by their numbers, and said by name or out of all."""
    slips = ["古沟村", "古坡村", "新沟村"]
    rows = [("姓名", "身份证号", "乡镇", "村"), ("赵大明", "", "柳河乡", "柳河村")]
    rows += [(f"钱小{n}", "", "石湾镇", slip) for n, slip in zip("一二三", slips, strict=True)]
    for old in (county / strangers.MONTH).iterdir():
        old.unlink()
    (county / strangers.MONTH / "农村低保2023年6月.csv").write_bytes(csv_bytes(rows, "utf-8"))
    lines = talk(
        county,
        [
            ("看不准是哪个村", "1 2 3"),
            ("写编号或村名", "没有此村"),  # no village: asked again
            ("写编号或村名", "古井村"),
            ("写编号或村名", "=石湾镇马家沟村"),
            ("写编号或村名", "s"),
            ("回车=写入", ""),  # what was put off is not asked again
        ],
    )
    assert "“没有此村”不是本地的村" in lines
    aliases = {
        line.split(",")[4]: line.rsplit(",", 1)[1]
        for line in (county / "rules/villages.csv").read_text("utf-8").splitlines()
        if "石湾镇" in line
    }
    written = [*aliases["古井村"].split("|"), *aliases["马家沟村"].split("|")]
    assert len(set(written) & set(slips)) == 2


def talk(folder: Path, turns: list[tuple[str, str]]) -> str:
    """Run adapt on a terminal: what is awaited, what is typed; `=` for the number of an option."""
    master, slave = pty.openpty()
    child = os.fork()
    if child == 0:
        os.setsid()
        for stream in (0, 1, 2):
            os.dup2(slave, stream)
        os.chdir(folder)
        program = "from loubao.cli import command; command()"
        arguments = [sys.executable, "-c", program, "adapt", strangers.MONTH]
        os.execve(sys.executable, arguments, environment({"PYTHONPATH": str(ROOT / "src")}))
    os.close(slave)
    said = ""
    end = time.monotonic() + 60
    for awaited, typed in turns:
        start = len(said)
        while awaited not in said[start:] or not said.endswith("："):  # a prompt
            assert time.monotonic() < end, said
            said += _heard(master)
        if typed.startswith("="):
            typed = re.findall(rf"([0-9]+)  {typed[1:]}", said[start:])[0]
        os.write(master, f"{typed}\n".encode())
    while chunk := _heard(master):
        said += chunk
        if said.endswith("："):  # asked on, and there is no answer
            os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said
    return said


def _heard(master: int) -> str:
    if not select.select([master], [], [], 30)[0]:
        return ""
    try:
        return os.read(master, 65_536).decode("utf-8", errors="replace")
    except OSError:  # the other end is closed
        return ""


def test_every_kind_of_question_is_asked(county: Path) -> None:
    kinds: set[str] = set()
    with opened(county) as adapted:
        _take_all(adapted, kinds)
    assert kinds == {
        "file",
        "columns",
        "header",
        "headers",
        "conditions",
        "value",
        "village",
        "town",
    }


def _take_all(adapted: Adapting, kinds: set[str]) -> None:
    while adapted.pending:
        question = adapted.pending[0]
        kinds.add(question.kind)
        adapted.write(adapted.draft(question, ANSWERS[question.key]))


def test_a_letter_is_asked_once_whatever_it_is_called_next_month(county: Path) -> None:
    with opened(county) as adapted:
        question = adapted.waiting(GivenAnswers({f"file:{strangers.NOTICE}": "ignore"}))
        assert question is not None
        adapted.write(adapted.draft(question, "ignore"))
    month = county / strangers.MONTH
    (month / strangers.NOTICE).rename(month / "关于进一步规范摸排工作的通知.docx")
    (month / "通知附件：低保名单.docx").write_bytes(b"no list is read in it")
    with opened(county) as adapted:
        names = [item.key for q in adapted.pending if q.kind == "file" for item in q.items]
    assert [name for name in names if name.endswith(".docx")] == ["通知附件：低保名单.docx"]


def test_what_is_passed_over_is_no_condition_and_totals_are_no_rows(county: Path) -> None:
    with opened(county) as adapted:
        while adapted.pending:
            question = adapted.pending[0]
            if question.kind == "conditions":
                break
            adapted.write(adapted.draft(question, ANSWERS[question.key]))
        labels = [option.key for option in question.options]
        assert "月收入" in labels
        assert "序号" not in labels
        assert question.people == 12
