"""What villages say of pairs: one person only where nobody says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from loubao.rules.folder import Rules
from tests.returns.test_verification import Files, codes, no

YES, NO = {"same_person": "是"}, {"same_person": "否"}
#: Which case each case's line asks about: a pair that asks of each other, and two more.
ASKED = {1: 2, 2: 1, 3: 2, 4: 3}

# rounds of lines `(case, answer)`; merged then; lines told of a contradiction in the last round
SAID = [
    ("both yes", [[(1, YES), (2, YES)]], {2: 1}, 0),
    ("one is silent", [[(2, YES)]], {2: 1}, 0),
    ("yes and no", [[(1, YES), (2, NO)]], {}, 2),
    ("no and yes", [[(1, NO), (2, YES)]], {}, 2),
    ("copies of one line, and the other", [[(1, YES), (1, NO), (2, YES)]], {}, 3),
    ("no of before, yes of the other", [[(1, NO)], [(2, YES)]], {}, 1),
    ("no told again beside the yes", [[(1, NO)], [(1, NO), (2, YES)]], {}, 2),
    ("changed on its own line", [[(1, NO)], [(1, YES)]], {2: 1}, 0),
    ("changed on both", [[(1, NO), (2, NO)], [(1, YES), (2, YES)]], {2: 1}, 0),
    ("changed on one only", [[(1, NO), (2, NO)], [(1, YES)]], {}, 1),
    ("through a third", [[(1, YES), (3, YES)]], {2: 1, 3: 1}, 0),
    ("denied through a third", [[(1, NO), (2, YES), (3, YES)]], {}, 3),
    ("others are not concerned", [[(1, NO), (2, YES), (4, YES)]], {4: 3}, 2),
    ("merged before, denied now", [[(1, YES)], [(2, NO)]], {}, 0),
]


def asked(rules: Rules) -> Files:
    files = Files(rules, cases=max(ASKED))
    lines: dict[tuple[int, int], Any] = {
        (1, case): ({"cells": {}}, {"kind": "case", "other": f"case:{other}"})
        for case, other in ASKED.items()
    }
    files.change(rows=lines)
    return files


@pytest.mark.parametrize(
    ("rounds", "merged", "told"), [case[1:] for case in SAID], ids=[case[0] for case in SAID]
)
def test_one_person_where_nobody_says_otherwise(
    rules: Rules,
    rounds: list[list[tuple[int, dict[str, str]]]],
    merged: dict[int, int],
    told: int,
) -> None:
    files = asked(rules)
    for lines in rounds:
        done = files.collect(*lines)
    assert done.merged == merged
    clashes = [issue for issue in done.issues if issue[4] == "ANSWERS_CONFLICT"]
    assert len(clashes) == told
    again = files.collect(*lines)
    assert (again.events, again.verdicts) == ([], [])
    assert codes(again) == codes(done), "told as long as it is so"


def test_the_case_that_has_denied_it_is_named(rules: Rules) -> None:
    files = asked(rules)
    files.collect((1, NO))
    done = files.collect((2, YES))
    assert [issue[5] for issue in done.issues if no(1) in issue[5]]


@pytest.mark.parametrize("said", [YES, NO])
def test_an_answer_is_about_every_row_of_the_line(rules: Rules, said: dict[str, str]) -> None:
    """Three rolls have the person under one number: the line asks once, and all are answered."""
    files = Files(rules)
    line = {
        **{"kind": "roll", "other": "row:a", "list": "dibao", "tier": "likely", "evidence": {}},
        "also": [{"other": "row:b", "list": "tekun"}, {"other": "row:c", "list": "orphan"}],
    }
    files.change(rows={(1, 1): ({"cells": {}}, line)})
    done = files.collect((1, said))
    same = said is YES
    found = {v.other: (v.same, v.candidate["list"], v.candidate.get("of")) for v in done.verdicts}
    assert found == {
        "row:a": (same, "dibao", None),
        "row:b": (same, "tekun", "row:a"),
        "row:c": (same, "orphan", "row:a"),
    }
    assert not any("also" in verdict.candidate for verdict in done.verdicts)
    assert files.collect((1, said)).verdicts == []
    clash = Files(rules)
    clash.change(rows={(1, 1): ({"cells": {}}, line)})
    told = clash.collect((1, YES), (1, NO))
    assert (told.verdicts, codes(told).count("ANSWERS_CONFLICT")) == ([], 2)
