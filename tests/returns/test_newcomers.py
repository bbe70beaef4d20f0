"""People added by hand, and lines that have lost their keys: known, or a case of their own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from loubao.core.events import Event, Place
from loubao.ledger.lookup import Excerpt
from loubao.ledger.numbering import Numbering
from loubao.returns.likeness import case_of
from loubao.returns.newcomers import Person, added_people, newcomers
from loubao.returns.page import Line
from loubao.returns.terms import Terms
from loubao.rules.folder import Rules
from tests.people import number
from tests.returns.test_verification import no

TODAY = dt.date(2022, 7, 20)
HERE = {"town": "洛阳镇", "village": "上浦村", "village_code": "350521104203"}
ZHUANG = number("19600305", 11)
STARRED = f"{ZHUANG[:6]}????????{ZHUANG[-4:]}"
ON_FILE = {
    **HERE,
    **{"name_key": "庄建国", "birth_date": "1960-03-05", "list": "medical"},
    **{"id_number": ZHUANG, "id_status": "valid"},
}

BORN = {"birth_date": "1960-03-05"}
WRONG = f"{ZHUANG[:-2]}{(int(ZHUANG[-2]) + 1) % 10}{ZHUANG[-1]}"
OTHER = f"{ZHUANG[:11]}8{ZHUANG[12:]}"

LINES: list[tuple[dict[str, str | None], str]] = [
    ({"id_number": ZHUANG, "id_status": "valid"}, "known"),
    ({"id_number": ZHUANG, "id_status": "valid", "name_key": "林秀英"}, "doubtful"),
    ({"id_number": number("19600305", 13), "id_status": "valid"}, "new"),
    ({"birth_date": "1960-03-05"}, "known"),
    ({"id_pattern": STARRED, "id_status": "masked"}, "known"),
    ({"id_pattern": STARRED, "id_status": "masked", "name_key": "林秀英"}, "new"),
    ({"id_pattern": STARRED, "id_status": "masked", "village_code": "350521104204"}, "doubtful"),
    ({**BORN, "village_code": "350521104204"}, "doubtful"),
    ({"village_code": "350521104204"}, "new"),
    ({"id_pattern": STARRED[:-1] + "?", "id_status": "masked"}, "doubtful"),
    ({"id_pattern": ZHUANG[:10] + "?" * 8, "id_status": "masked"}, "doubtful"),
    ({}, "doubtful"),
    # another number was typed: one slip away, or not
    ({**BORN, "id_number": number("19600305", 13), "id_status": "valid"}, "doubtful"),
    ({**BORN, "id_number": WRONG, "id_status": "wrong_check_digit"}, "slip"),
    (
        {"birth_date": "1960-08-05", "id_number": OTHER, "id_status": "wrong_check_digit"},
        "doubtful",
    ),
    ({**BORN, "id_number": WRONG[:-2], "id_status": "wrong_length"}, "doubtful"),
    ({**BORN, "id_number": ZHUANG[:-1], "id_status": "wrong_length"}, "slip"),
    ({**BORN, "id_pattern": STARRED[:-4] + "9999", "id_status": "masked"}, "doubtful"),
    ({**BORN, "id_pattern": STARRED[:-4] + "????", "id_status": "masked"}, "known"),
    ({**BORN, "id_number": "E12345678", "id_status": "other_document"}, "doubtful"),
]


@pytest.mark.parametrize("printed", [True, False])
@pytest.mark.parametrize(("told", "expected"), LINES)
def test_who_a_line_is(rules: Rules, told: dict[str, Any], expected: str, printed: bool) -> None:
    """Whoever is known keeps the case; a line that was printed names nobody anew."""
    person = Person(("表.xlsx", "核查表", 5), {**HERE, "name_key": "庄建国", **told}, printed)
    excerpt = Excerpt(
        cases={no(1): 1},
        places={1: Place(1, *HERE.values(), "H0000001", ("medical",))},
        events={1: (Event(1, "opened", "2022-06-30", {"lists": ["medical"]}, event_id=1),)},
    )
    known = [{**ON_FILE, "case_id": 1}]
    numbering = Numbering(2, {}, rules.villages)
    terms = Terms(rules, TODAY)
    done = newcomers([person], known, excerpt, numbering, terms)
    same = expected in ("known", "slip")
    assert (done.cases[person.spot] == 1) == same
    assert len(done.sightings) == (0 if printed and same else 1)
    codes = {"doubtful": ["PERSON_DOUBTFUL"], "slip": ["PERSON_ADDED", "NUMBER_SLIP"]}
    assert [issue[4] for issue in done.issues] == codes.get(expected, ["PERSON_ADDED"])


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"id_number": ZHUANG, "id_status": "valid"}, 1),
        ({"id_pattern": STARRED, "id_status": "masked"}, 1),
        ({"id_number": number("19600305", 13), "id_status": "valid"}, None),
        ({"id_number": ZHUANG, "id_status": "valid", "village_code": "350521104204"}, None),
        ({"id_number": ZHUANG, "id_status": "valid", "name_key": "林秀英"}, None),
    ],
)
def test_a_starred_number_on_file(told: dict[str, Any], expected: int | None) -> None:
    file = {**HERE, "name_key": "庄建国", "id_pattern": STARRED, "id_status": "masked"}
    person = Person(("表.xlsx", "核查表", 5), {**HERE, "name_key": "庄建国", **told})
    seen = {"birth_date": None, "list": "medical", **file, "case_id": 1}
    assert case_of(person, [seen], "village_report").case_id == expected


@pytest.mark.parametrize(
    "name", ["女", "男", "儿子", "45", "性别", "核查人", "自付金额", "低保", "是"]
)
def test_no_name_opens_no_case(rules: Rules, name: str) -> None:
    """What columns that have shifted put below 姓名 is held back, and told."""
    line = Line("表.xlsx", "核查表", 5, {"name": name, "id_number": "45"}, {"name": "姓名"})
    people, issues = added_people([line], {}, Terms(rules, TODAY))
    assert not people
    assert {issue[4] for issue in issues} & {"NAME_ODD", "ROW_WITHOUT_PERSON"}


def test_whom_the_ledger_has_is_told_in_one_line_with_what_was_written(rules: Rules) -> None:
    who = {**HERE, "name_key": "庄建国", "id_number": ZHUANG, "id_status": "valid"}
    person = Person(("表.xlsx", "核查表", 6), who, written={"remark": "独居，多病"})
    enrolled = (Event(1, "opened", "2022-05-31"), Event(1, "enrolled", "2022-06-10"))
    excerpt = Excerpt(
        cases={no(1): 1},
        places={1: Place(1, *HERE.values(), "H0000001", ("medical",))},
        events={1: enrolled},
    )
    numbering = Numbering(2, {("104", 2022): 1}, rules.villages)
    terms = Terms(rules, TODAY)
    done = newcomers([person], [{**ON_FILE, "case_id": 1}], excerpt, numbering, terms)
    ((*_, code, said),) = done.issues
    assert code == "PERSON_ADDED"
    assert f"{no(1)} 号（已纳入）" in said
    assert "备注：独居，多病" in said
    assert person.spot in done.kept
