"""Which columns adapt asks together, which alone, and what it proposes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.adaptation import strangers
from tests.adaptation.test_answers_file import adapt


@pytest.fixture
def county(tmp_path: Path) -> Path:
    return strangers.county(tmp_path)


def asked(county: Path, answers: dict[str, Any]) -> dict[str, Any]:
    report = adapt(county, answers).report
    return {question["key"]: question for question in report["questions"]}


def rewritten(county: Path, change: Any) -> None:
    """The roll of the 特困 with other columns."""
    file = county / strangers.MONTH / strangers.TEKUN
    lines = file.read_text(encoding="gb18030").splitlines()
    file.write_text("\n".join(change(lines)), encoding="gb18030")


def with_states(lines: list[str]) -> list[str]:
    """发没发 says who is on the roll, 住房 nothing."""
    head, *rows = lines
    states = [f"{'停了' if at % 3 else '发着'},{'砖瓦土木'[at % 4]}房" for at in range(len(rows))]
    return [f"{head},发没发,住房", *(f"{r},{s}" for r, s in zip(rows, states, strict=True))]


def test_what_may_decide_cover_is_asked_alone_and_proposed(county: Path) -> None:
    rewritten(county, with_states)
    questions = asked(county, {f"file:{strangers.MEDICAL}": "medical"})
    alone = {
        key.removeprefix("header:"): question["items"][0]["proposed"]
        for key, question in questions.items()
        if question["kind"] == "header"
    }
    assert (
        alone.items()
        >= {
            "发没发": None,  # its words are near to none: nothing is taken by Enter
            "享保标志": "protected",
            "风险消除否": "risk_removed",
            "监测户种类": "household_category",
            "年内自理金额": "self_paid",
            "核发日": "certificate_date",
        }.items()
    )
    assert "aid_status" in list(questions["header:发没发"]["options"])[:3]
    together = [i["key"] for q in questions.values() if q["kind"] == "headers" for i in q["items"]]
    assert "住房" in together


def test_taking_all_that_is_proposed_reads_what_decides(county: Path) -> None:
    rewritten(county, with_states)
    new = {f"file:{strangers.WOMEN}": "ignore", f"file:{strangers.MEDICAL}": "medical"}
    for _ in range(3):  # what is proposed of all that is asked
        questions = asked(county, new)
        new = {key: "yes" for key in questions if key.startswith("header")}
    rules = county / "rules/lists"
    for name, header in (("dibao", "享保标志"), ("monitored", "风险消除否")):
        text = (rules / f"{name}.yaml").read_text("utf-8")
        (line,) = [each for each in text.splitlines() if header in each]
        assert not line.startswith("ignore"), line
    assert "发没发" not in (rules / "tekun.yaml").read_text("utf-8")
    assert "header:发没发" in asked(county, {})


def test_certain_columns_are_one_question(county: Path) -> None:
    def change(lines: list[str]) -> list[str]:
        head, *rows = lines
        head = "行次," + head.replace("村别", "归属村居")
        return [head, *(f"{at},{row}" for at, row in enumerate(rows, start=1))]

    rewritten(county, change)
    questions = asked(county, {})
    sure = {item["key"]: item for item in questions["headers:sure"]["items"]}
    assert {key: item["proposed"] for key, item in sure.items()}.items() >= {
        "社保号码": "id_number",
        "供养人": "name",
        "归属村居": "village",
        "镇别": "town",
    }.items()
    assert not [text for text in sure["归属村居"]["samples"] if "*" in text]
    assert [text for text in sure["供养人"]["samples"] if "*" not in text] == []
    every = [item["key"] for question in questions.values() for item in question["items"]]
    assert "行次" not in every


def test_two_columns_of_names_are_not_certain(county: Path) -> None:
    def change(lines: list[str]) -> list[str]:
        head, *rows = lines
        second = [rows[at - 1].split(",")[0] for at in range(len(rows))]
        return [f"{head},照看人", *(f"{r},{s}" for r, s in zip(rows, second, strict=True))]

    rewritten(county, change)
    questions = asked(county, {})
    sure = [item["key"] for item in questions["headers:sure"]["items"]]
    assert "供养人" not in sure
    assert "照看人" not in sure
    assert questions["header:供养人"]["items"][0]["proposed"] == "name"
