"""`loubao adapt --answers`: every answer is taken, wherever its question stands; nothing is hidden."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.adaptation import strangers
from tests.adaptation.test_adapt import ANSWERS
from tests.commands.office import Run, csv_bytes, loubao

OTHERS = {key: answer for key, answer in ANSWERS.items() if not key.startswith("place:")}
#: Each shares a character with villages of its town, and is clearly none of them.
UNCLEAR = [f"{first}{last}村" for first in "古新" for last in "坡沟东西南北"]
DIBAO = "农村低保2023年6月.csv"


@pytest.fixture
def county(tmp_path: Path) -> Path:
    return strangers.county(tmp_path)


def adapt(county: Path, answers: dict[str, Any]) -> Run:
    (county / "answers.json").write_text(json.dumps(answers), "utf-8")
    return loubao("adapt", strangers.MONTH, "--answers", "answers.json", "--json", cwd=county)


def with_places(county: Path, places: list[tuple[str, str]]) -> None:
    """A list of the month whose people live in these places: town, what the village is called."""
    people = strangers.People(seed=3)
    rows = [(*people.one(), town, village) for town, village in places]
    table = [("姓名", "身份证号", "乡镇", "村"), *rows]
    (county / strangers.MONTH / DIBAO).write_bytes(csv_bytes(table, "utf-8"))
    (county / strangers.MONTH / strangers.DIBAO).unlink()


def asked(report: dict[str, Any]) -> list[str]:
    return [question["key"] for question in report["questions"]]


def villages(county: Path) -> dict[str, list[str]]:
    text = (county / "rules/villages.csv").read_text("utf-8")
    return {row["code"]: row["aliases"].split("|") for row in csv.DictReader(io.StringIO(text))}


def test_no_place_is_left_unasked_in_silence(county: Path) -> None:
    with_places(county, [("石湾镇", village) for village in UNCLEAR])
    assert adapt(county, OTHERS | {"place:elsewhere": "yes", "place:all": "yes"}).code == 0
    total = 0
    for _ in range(9):
        report = adapt(county, {}).report
        single = [q["key"] for q in report["questions"] if q["key"].startswith("place:石湾镇/")]
        later = [line for line in report["left"] if "个地名没有问" in line]
        if not single:
            break
        assert len(single) <= 8
        report = adapt(county, dict.fromkeys(single, "elsewhere")).report
        total += len(single)
        left = [key for key in asked(report) if key.startswith("place:石湾镇/")]
        waiting = int(later[0].split()[1]) if later else 0
        assert len(left) == min(waiting, 8)  # what was not asked is asked next, in the same run
    assert total == len(UNCLEAR)
    assert not later


def test_what_is_put_off_is_still_to_be_asked(county: Path) -> None:
    report = adapt(county, {f"file:{strangers.WOMEN}": "later"}).report
    assert f"file:{strangers.WOMEN}" in asked(report)


PLACES = [
    ("469901202204", "469901202204"),  # a code
    ("河湾村", "469901202204"),
    ("柳河乡河湾村", "469901202204"),
    ("古井村", "469901202203"),  # of two the one of the town
    ("石湾镇古井村", "469901101202"),
    ("上坡村", "469901101200"),  # of another town
]


@pytest.mark.parametrize(("said", "code"), PLACES)
def test_any_village_is_an_answer(county: Path, said: str, code: str) -> None:
    """A village was once called otherwise than anything that is near."""
    with_places(county, [("柳河乡", "红旗公社大队村"), ("柳河乡", "河湾村")])
    given = adapt(county, OTHERS | {"place:elsewhere": {"柳河乡/红旗公社大队村": said}})
    assert given.code == 0, given.err
    assert "红旗公社大队村" in villages(county)[code]
    assert not [key for key in asked(given.report) if "红旗公社" in key]


REFUSED = [
    ("没有此村", "不是本地的村", "柳河乡柳河村"),
    ("石湾镇", "不是本地的村", "柳河乡柳河村"),
]


@pytest.mark.parametrize(("said", "why", "such_as"), REFUSED)
def test_no_village_refuses_only_its_question(
    county: Path, said: str, why: str, such_as: str
) -> None:
    with_places(county, [("柳河乡", "红旗公社大队村")])
    wrong = {"place:elsewhere": {"柳河乡/红旗公社大队村": said}}
    given = adapt(county, wrong | OTHERS)
    assert given.code == 2
    assert why in given.report["refused"]["place:elsewhere"]
    assert such_as in given.report["refused"]["place:elsewhere"]
    assert "place:elsewhere" in given.err
    assert "place:elsewhere" in asked(given.report)
    # all others are taken
    assert not [key for key in asked(given.report) if key.startswith(("header", "file", "value"))]


def test_a_column_is_answered_wherever_it_stands(county: Path) -> None:
    """籍贯 is asked with others, 供养情形 alone; the file says it the other way round."""
    columns = {
        **{"header:籍贯": "ignore", "header:工号": "ignore", "header:人员名称": "name"},
        **{"header:社保号码": "id_number", "header:供养人": "name", "header:镇别": "town"},
    }
    several = {"headers:states": {"供养情形": "care_mode", "享保标志": "protected", "*": "ignore"}}
    moved = {"header:供养情形", "header:享保标志", "headers", "headers:sure"}
    answers = {key: answer for key, answer in ANSWERS.items() if key not in moved}
    given = adapt(county, answers | columns | several)
    assert given.code == 0, given.err
    assert given.report["unused"] == []
    assert given.report["questions"] == []
    rules = county / "rules/lists"
    assert "享保标志" in (rules / "dibao.yaml").read_text("utf-8")
    assert "供养情形" in (rules / "tekun.yaml").read_text("utf-8")
