"""Spoilt sheets collected twice: nothing is opened or posted again; and whose their answers are."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loubao.rules.folder import Rules
from tests.people import number
from tests.round import Pen, Round, case_no, issue

#: Namesakes: 1 and 3 in one village, 2 and 5 in two; 4 and 6 have their names to themselves.
NAMESAKES = (
    ("苏晔铎", "19770720", 736, "上浦村"),
    ("纪锦妤", "19521012", 362, "上浦村"),
    ("苏晔铎", "19790824", 237, "上浦村"),
    ("骆添丁", "19440102", 57, "上浦村"),
    ("纪锦妤", "19900421", 931, "后亭村"),
    ("庄碧螺", "19901130", 82, "后亭村"),
)
HERE, THERE = (1, 2, 3, 4), (5, 6)
REMARK = "M{case}"
HIDDEN = ("case_no", "person_key", "edition")

Spoil = Callable[[Pen, dict[int, int]], None]


def blank(*columns: str, cases: tuple[int, ...] = HERE) -> Spoil:
    def spoil(pen: Pen, rows: dict[int, int]) -> None:
        for case, column in itertools.product(cases, columns):
            # a line of a shared cell says that nothing is there
            pen.put(rows[case], column, "—" if column in pen.line_in else None)

    return spoil


def without(*columns: str) -> Spoil:
    """The whole column gone, with what shares its cells."""

    def spoil(pen: Pen, rows: dict[int, int]) -> None:
        for column in columns:
            pen.page.cell(pen.header_row, pen.columns[column]).value = None
            for row in rows.values():
                pen.page.cell(row, pen.columns[column]).value = None

    return spoil


def hidden_gone(pen: Pen, rows: dict[int, int]) -> None:
    hidden = (*(pen.keys[key] for key in HIDDEN), *pen.copies.values())
    for row, column in itertools.product((pen.header_row, *rows.values()), hidden):
        pen.page.cell(row, column).value = None


def edition_gone(pen: Pen, rows: dict[int, int]) -> None:
    for row in rows.values():
        pen.page.cell(row, pen.keys["edition"]).value = None


def write(column: str, value: str, case: int = 1) -> Spoil:
    def spoil(pen: Pen, rows: dict[int, int]) -> None:
        pen.put(rows[case], column, value)

    return spoil


def add(**cells: str) -> Spoil:
    def spoil(pen: Pen, rows: dict[int, int]) -> None:
        pen.add(result="疑难", visited_on="7月9日", **cells)

    return spoil


SPOILS: dict[str, Spoil] = {
    "hidden gone": hidden_gone,
    "edition gone": edition_gone,
    "no case numbers": blank("case_no"),
    "no column of case numbers": without("case_no"),
    "no column of villages": without("village"),
    "no ID numbers": blank("id_number"),
    "no clues": without("clues"),
    "no age, address": without("age", "address"),
    "number of a namesake": write("case_no", case_no(3)),
    "number of a namesake elsewhere": write("case_no", case_no(5), case=2),
    "number of somebody else": write("case_no", case_no(6), case=4),
    "end of a number": write("case_no", "3", case=3),
    "no such number": write("case_no", "104-2022-00007"),
    "another name": write("name", "陈别人"),
    "a new namesake": add(name="苏晔铎"),
    "a new namesake with stars": add(name="苏晔铎", id_number="350599********9999"),
    "born on the same day": add(name="苏晔铎", id_number=number("19770720", 111)),
    "a wrong number": add(name="骆添丁", id_number="350599194401029999"),
    "another document": add(name="骆添丁", id_number="E12345678"),
    "twice": lambda pen, rows: [add(name="林新来")(pen, rows) for _ in range(2)] and None,
}


@pytest.fixture(scope="module")
def issued(rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("issued")
    issue(root, rules, NAMESAKES)
    return root


@pytest.fixture
def desk(issued: Path, rules: Rules, tmp_path: Path) -> Iterator[Round]:
    shutil.copytree(issued, tmp_path, dirs_exist_ok=True)
    yield Round(tmp_path, rules)


def spoilt(
    desk: Round, *spoils: Spoil, village: str = "上浦村", answered: tuple[int, ...] = HERE
) -> None:
    """A sheet filled in, each row with a remark of its own, then spoilt."""
    answers = {
        case: {"result": "疑难", "visited_on": "2022-07-05", "remark": REMARK.format(case=case)}
        for case in answered
    }
    pen = Pen(desk.filled(answers, village), desk.rules)
    rows = {case: pen.row(case) for case in (HERE if village == "上浦村" else THERE)}
    for spoil in spoils:
        spoil(pen, rows)
    pen.save()


def remarks(desk: Round) -> dict[int, list[str]]:
    """The remarks posted to the issued cases, in order."""
    found = {case: [e.detail.get("answers", {}) for e in desk.events(case)] for case in range(1, 7)}
    posted = {case: [a["remark"] for a in each if "remark" in a] for case, each in found.items()}
    return {case: each for case, each in posted.items() if each}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(names=st.lists(st.sampled_from(sorted(SPOILS)), unique=True, max_size=4))
def test_a_spoilt_sheet_is_posted_once_and_to_its_people(
    issued: Path, rules: Rules, tmp_path: Path, names: list[str]
) -> None:
    shutil.rmtree(tmp_path)
    desk = Round(tmp_path, rules)
    shutil.copytree(issued, tmp_path)
    spoilt(desk, *(SPOILS[name] for name in sorted(names, key=list(SPOILS).index)))
    desk.collect()
    for case, texts in remarks(desk).items():
        # words in a column without a header stand behind the remark
        said = {text.split("；")[0] for text in texts}
        assert said == {REMARK.format(case=case)}, "the answer of somebody else"
    before = desk.tables()
    again = desk.collect()
    assert not again["posted"]
    assert desk.tables() == before


NO_NUMBERS = (hidden_gone, blank("case_no", "id_number"))
LOST = [
    ((hidden_gone, without("case_no")), HERE),  # by age and address
    ((hidden_gone, without("case_no", "village")), HERE),
    ((hidden_gone, blank("case_no")), HERE),
    ((hidden_gone, blank("case_no"), write("phone", "13111111111")), HERE),
    (NO_NUMBERS, HERE),
    ((*NO_NUMBERS, write("phone", "13111111111")), (2, 3, 4)),
    ((*NO_NUMBERS, blank("phone"), without("address", "clues")), ()),
]


@pytest.mark.parametrize(("spoils", "found"), LOST)
def test_a_printed_line_without_keys_is_found_by_what_is_printed(
    desk: Round, spoils: tuple[Spoil, ...], found: tuple[int, ...]
) -> None:
    """The shown digits, or all else that it has, tell namesakes apart."""
    spoilt(desk, *spoils)
    report = desk.collect()
    assert remarks(desk) == {case: [REMARK.format(case=case)] for case in found}
    new = {NAMESAKES[case - 1][0] for case in HERE if case not in found}
    assert report["counts"]["new_people"] == len(new)
    assert desk.codes(report).get("PERSON_DOUBTFUL", 0) == len(new)


TYPED = [
    # 1 and 3 in one village, 2 and 5 in two
    (write("case_no", case_no(3)), "CASE_NAMESAKE"),
    (write("case_no", case_no(5), case=2), "CASE_NAMESAKE"),
    (write("case_no", case_no(6), case=4), "CASE_UNCONFIRMED"),
]


@pytest.mark.parametrize(
    "number_is", [blank("id_number"), blank("id_number", "phone"), hidden_gone]
)
@pytest.mark.parametrize(("typed", "code"), TYPED)
def test_a_case_number_mistyped_to_that_of_a_namesake(
    desk: Round, typed: Spoil, code: str, number_is: Spoil
) -> None:
    """The rest of the line is that of its own person: nothing goes to the namesake."""
    spoilt(desk, hidden_gone, number_is, typed)
    report = desk.collect()
    assert set(desk.codes(report)) - {"LOCKED_CHANGED"} == {code}  # numbers that were blanked
    posted = remarks(desk)
    assert len(posted) == len(HERE) - 1
    assert all(texts == [REMARK.format(case=case)] for case, texts in posted.items())


BARE = [
    (2, {}, {2}),  # the sheet is that of one village, the namesake of another
    (2, {"village": "后亭村"}, set()),
    (1, {}, set()),  # two of the village
    (1, {"sex": "女", "age": "45"}, {1}),
    (1, {"sex": "女", "age": "43"}, set()),
    (4, {}, {4}),  # nobody else bears the name
    (4, {"sex": "男", "age": "77", "village": "后亭村"}, {4}),  # corrected
    (6, {}, {6}),  # on the sheet of another village
    (6, {"sex": "女", "age": "50"}, set()),
]


@pytest.mark.parametrize(("case", "cells", "posted"), BARE)
def test_a_number_and_a_name(
    desk: Round, case: int, cells: dict[str, str], posted: set[int]
) -> None:
    """They are enough where nobody else bears the name, else something more must agree."""
    pen = Pen(desk.sheet(), desk.rules)
    add(case_no=case_no(case), name=NAMESAKES[case - 1][0], remark="M", **cells)(pen, {})
    pen.save()
    report = desk.collect()
    assert set(remarks(desk)) == posted
    held = {"CASE_NAMESAKE", "CASE_ELSEWHERE"} & set(desk.codes(report))
    assert len(held) == 1 - len(posted)
