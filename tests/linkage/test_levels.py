"""Agreement levels: the ugly pairs of the field, each way round."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.linkage.blocking import PAIRS
from loubao.linkage.comparison import (
    FIELDS,
    compare,
    name_levels,
    own_attributes,
    random_levels,
    shared,
)
from loubao.rules.matching import LEVELS
from tests.linkage.crowd import digit, linkable
from tests.people import number

N = number("19600305", 123)
OTHER, TWIN = number("19721118", 331), number("19600305", 125)
SWAPPED = N[:14] + N[15] + N[14] + N[16:]
MISSING, DOUBLED = N[:8] + N[9:], N[:12] + N[11] + N[12:]
WRONG = digit(N, 15)
OLD = N[:6] + N[8:17]
MANGLED = repr(float(int(N[:15]) * 1000))
MASKED, TAIL_MASKED = N[:6] + "********" + N[14:], N[:14] + "****"

NUMBERS = [
    ("equal", N, N, "same"),
    ("spaces", N, f"{N[:6]} {N[6:14]} {N[14:]}", "same"),
    ("substitution", N, WRONG, "one_wrong_digit"),
    ("substitution in the division", N, digit(N, 3), "one_wrong_digit"),
    ("substitution in the year", N, digit(N, 9), "one_wrong_digit"),
    (
        "substitution of the check digit",
        N,
        N[:17] + ("1" if N[17] != "1" else "2"),
        "one_wrong_digit",
    ),
    ("swap", N, SWAPPED, "one_slip"),
    ("swap of the last two", N, N[:16] + N[17] + N[16], "one_slip"),
    ("insertion", N, DOUBLED, "one_slip"),
    ("insertion at the end", N, N + N[-1], "one_slip"),
    ("deletion", N, MISSING, "one_slip"),
    ("deletion at the front", N, N[1:], "one_slip"),
    ("two substitutions", N, digit(WRONG, 9), "near"),
    ("swap and substitution", N, digit(SWAPPED, 3), "near"),
    ("three substitutions", N, digit(digit(WRONG, 9), 3), "different"),
    ("two wrong in one way", WRONG, WRONG, "same_unverified"),
    ("two wrong in two ways", WRONG, SWAPPED, "near"),
    ("one more wrong than the other", WRONG, digit(WRONG, 9), "one_edit"),
    ("fifteen digits", N, OLD, "same"),
    ("fifteen digits twice", OLD, OLD, "same"),
    ("fifteen digits, one wrong", N, digit(OLD, 13), "one_edit"),
    ("fifteen digits, another day", N, digit(digit(OLD, 13), 3), "near"),
    ("fifteen digits, another's", OTHER, OLD, "contradicts"),
    ("mangled", N, MANGLED, "survivors"),
    ("mangled twice", MANGLED, MANGLED, "survivors"),
    ("mangled, one wrong", digit(N, 3), MANGLED, "unknown"),
    ("mangled, a twin", TWIN, MANGLED, "survivors"),
    ("mangled, another's", OTHER, MANGLED, "different"),
    ("masked birth date", N, MASKED, "fragment"),
    ("masked end", N, TAIL_MASKED, "survivors"),
    ("masked, a twin", TWIN, MASKED, "different"),
    ("masked, another's", OTHER, TAIL_MASKED, "different"),
    ("masked otherwise", MASKED, TAIL_MASKED, "unknown"),
    ("masked and mangled", TAIL_MASKED, MANGLED, "survivors"),
    ("all but the division masked", N, N[:6] + "*" * 12, "unknown"),
    ("all masked", N, "*" * 18, "unknown"),
    ("two people", N, OTHER, "contradicts"),
    ("twins", N, TWIN, "contradicts"),
    ("passport", "G12345678", "g12345678", "same_document"),
    ("passport, one off", "G12345678", "G12345679", "one_edit"),
    ("passport, two off", "G12345678", "G12345699", "near"),
    ("passport and number", "G12345678", N, "different"),
    ("a short document", "A1234", "A1234", "same_unverified"),
    ("none", None, N, "unknown"),
    ("none twice", None, None, "unknown"),
    ("blank", " ", N, "unknown"),
]


Row = dict[str, Any]


def comparable(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    return own_attributes(rows).with_columns(shared=shared(rows, pairs))


def levels(rows: Sequence[tuple[Row, Row]]) -> list[dict[str, str]]:
    """The levels of each two rows, which must be those of the rows turned round."""
    people = linkable([left for left, _ in rows] + [right for _, right in rows])
    count = len(rows)
    there, back = range(count), range(count, 2 * count)
    pairs = pl.DataFrame({"left": [*there, *back], "right": [*back, *there]}, schema=dict(PAIRS))
    compared = compare(pairs, comparable(people, pairs))
    told = {
        row[:2]: row[2:]
        for row in compared.select("left", "right", pl.col(FIELDS).cast(pl.String)).rows()
    }
    found = []
    for one, other in zip(there, back, strict=True):
        assert told.get((one, other)) == told.get((other, one))
        found.append(dict(zip(FIELDS, told.get((one, other), ()), strict=False)))
    return found


@cache
def number_levels() -> list[str]:
    name = {"name": "庄建国"}
    rows = [({**name, "id": left}, {**name, "id": right}) for _, left, right, _ in NUMBERS]
    return [told["id_number"] for told in levels(rows)]


@pytest.mark.parametrize("nth", range(len(NUMBERS)), ids=[case[0] for case in NUMBERS])
def test_id_number(nth: int) -> None:
    assert number_levels()[nth] == NUMBERS[nth][3]


#: What one row has from its number, the other row's number, and whether date and sex then agree.
FROM_NUMBER = [
    ({}, N, ("same", "same")),
    ({"birth_of_number": True}, N, ("unknown", "same")),
    ({"sex_of_number": True}, N, ("same", "unknown")),
    ({"birth_of_number": True, "sex_of_number": True}, N, ("unknown", "unknown")),
    # beside another number they say that it has them, too
    ({"birth_of_number": True, "sex_of_number": True}, WRONG, ("same", "same")),
    ({"birth_of_number": True, "sex_of_number": True}, None, ("same", "same")),
]


@pytest.mark.parametrize(("taken", "other", "expected"), FROM_NUMBER)
def test_what_a_number_gave_does_not_agree_beside_it(
    taken: Row, other: str | None, expected: tuple[str, str]
) -> None:
    row = {"name": "庄建国", "born": date(1960, 3, 5), "sex": "男"}
    [told] = levels([({**row, **taken, "id": N}, {**row, "id": other})])
    assert (told["birth_date"], told["sex"]) == expected


NAMES = [
    ("庄建国", "庄建国", "same"),
    ("庄 建国", "庄建国", "same"),
    ("莊建國", "庄建国", "variant"),
    ("阿卜杜拉·买买提", "阿卜杜拉买买提", "variant"),
    ("NGUYEN THI HOA", "nguyen thi hoa", "variant"),
    ("NGUYEN THI HOA", "HOA NGUYEN THI", "variant"),
    ("李小红", "李晓红", "reading"),
    ("张伟国", "张卫国", "reading"),
    ("单小峰", "善小峰", "reading"),
    ("曾明", "增明", "reading"),
    ("李小红", "李晓虹", "reading"),
    ("庄己明", "庄已明", "look_alike"),
    ("庄治国", "庄冶国", "look_alike"),
    ("压建国", "庄建国", "look_alike"),
    ("庄国建", "庄建国", "reordered"),
    ("建国庄", "庄建国", "reordered"),
    ("庄国", "国庄", "different"),
    ("庄*国", "庄建国", "masked"),
    ("庄建*", "庄建国", "subset"),  # a star at the end may be a mark beside the name
    ("庄＊国", "庄建国", "masked"),
    ("庄*国", "庄建民", "different"),
    ("张*国", "庄建国", "different"),
    ("庄**", "庄建国", "surname_only"),
    ("庄*", "庄建国", "surname_only"),
    ("庄某", "庄建国", "surname_only"),
    ("*国", "庄国", "one_shown"),
    ("庄某", "庄国", "one_shown"),
    ("**国", "庄建国", "different"),
    ("*国", "庄建国", "different"),
    ("李某", "庄建国", "different"),
    ("庄明某", "庄国", "different"),
    ("王建国", "庄建国", "given_name"),
    ("王建", "庄建", "different"),
    ("张伟民", "张伟国", "one_character"),
    ("李娜", "李四", "one_character"),
    ("张三", "张山", "one_character"),
    ("张三", "李三", "different"),
    ("庄国", "庄建国", "subset"),
    ("庄建", "庄建国", "subset"),
    ("庄", "庄建", "same_surname"),
    ("建国", "庄建国", "different"),
    ("欧阳国", "欧阳建国", "subset"),
    ("庄建国", "黄大山", "different"),
    ("石羡", "shi xian", "different"),
    ("庄建国", "ZHUANG JIANGUO", "different"),
    (None, "庄建国", "unknown"),
    (None, None, "unknown"),
]


@cache
def levels_of_names() -> list[str]:
    rows: list[tuple[Row, Row]] = []
    for nth, (left, right, _) in enumerate([*NAMES, *HIDDEN]):
        own = number("19600305", 1 + 2 * nth)  # so that every pair is kept
        rows.append(({"name": left, "id": own}, {"name": right, "id": own}))
    return [told["name"] for told in levels(rows)]


@pytest.mark.parametrize(
    "nth", range(len(NAMES)), ids=[f"{left} {right}" for left, right, _ in NAMES]
)
def test_name(nth: int) -> None:
    assert levels_of_names()[nth] == NAMES[nth][2]


HIDDEN = [
    ("庄*国", "庄*国", "masked"),
    ("庄**", "庄**", "both_masked"),
    ("张*", "张*", "both_masked"),
    ("张*", "张**", "both_masked"),
    ("张*", "*三", "both_masked"),
    ("张*", "李*", "different"),
]


@pytest.mark.parametrize("nth", range(len(HIDDEN)))
def test_what_is_hidden_on_both_sides_does_not_agree(nth: int) -> None:
    assert levels_of_names()[len(NAMES) + nth] == HIDDEN[nth][2]


DATES = [
    (date(1960, 3, 5), date(1960, 3, 5), "same"),
    (date(1960, 3, 5), date(1960, 3, 6), "near"),
    (date(1960, 3, 5), date(1960, 4, 5), "near"),
    (date(1960, 3, 5), date(1961, 3, 5), "near"),
    (date(1960, 3, 5), date(1960, 5, 3), "near"),
    (date(1960, 3, 5), date(1961, 3, 6), "different"),
    (date(1960, 3, 5), date(1961, 5, 3), "different"),
    (None, date(1960, 3, 5), "unknown"),
    (None, None, "unknown"),
]


def test_birth_date() -> None:
    name = {"name": "庄建国"}
    rows = [({**name, "born": left}, {**name, "born": right}) for left, right, _ in DATES]
    told = [
        (*case[:2], found["birth_date"]) for case, found in zip(DATES, levels(rows), strict=True)
    ]
    assert told == DATES


PLACES: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"village": "甲村"}, {"village": "甲村"}, "village", "same"),
    ({"village": "甲村"}, {"village": "乙村"}, "village", "town"),
    ({"village": "甲村"}, {"village": "甲村", "town": "东园镇"}, "village", "different"),
    ({"village": "甲村"}, {"village": "乙村", "town": "东园镇"}, "village", "different"),
    ({"village": "甲村"}, {"town": "洛阳镇"}, "village", "town"),
    ({"village": "甲村"}, {}, "village", "unknown"),
    ({}, {}, "village", "unknown"),
    ({"sex": "男"}, {"sex": "男"}, "sex", "same"),
    ({"sex": "男"}, {"sex": "女"}, "sex", "different"),
    ({"sex": "男"}, {}, "sex", "unknown"),
    ({"head": "庄大山"}, {"head": "莊大山"}, "household_head", "same"),
    ({"head": "庄大山"}, {"head": "庄小山"}, "household_head", "different"),
    ({"head": "庄大山"}, {}, "household_head", "unknown"),
    ({"address": "12 OAK ST"}, {"address": "12 OAK ST"}, "address", "same"),
    ({"address": "12 OAK ST"}, {"address": "12 OKA ST"}, "address", "similar"),
    ({"address": "12 OAK ST PERTH"}, {"address": "PERTH OAK 7"}, "address", "similar"),
    ({"address": "12 OAK ST"}, {"address": "9 ELM RD"}, "address", "different"),
    ({"address": "12 OAK ST"}, {}, "address", "unknown"),
]


def test_the_rest() -> None:
    name = {"name": "庄建国"}
    rows = [({**name, **left}, {**name, **right}) for left, right, _, _ in PLACES]
    told = [(*case[:3], found[case[2]]) for case, found in zip(PLACES, levels(rows), strict=True)]
    assert told == PLACES


def test_a_pair_with_neither_name_nor_number_in_common_is_dropped() -> None:
    mountain: Row = {"name": "黄大山", "id": OTHER}
    rows: list[tuple[Row, Row]] = [
        ({"name": "庄建国", "id": N}, mountain),
        ({"name": None, "id": N}, {**mountain, "id": None}),
    ]
    assert levels(rows) == [{}, {}]


def test_a_number_of_two_people_is_shared() -> None:
    rows = linkable([{"name": n, "id": N} for n in ("庄建国", "庄大山", "莊建國")])
    pairs = pl.DataFrame({"left": [0, 0], "right": [1, 2]}, schema=dict(PAIRS))
    compared = compare(pairs, comparable(rows, pairs))
    assert compared["id_number"].cast(pl.String).to_list() == ["same_shared"] * 2


CHARACTERS = st.text("庄建国健己已小晓红张章*·A ", max_size=4)
DIGITS = st.sampled_from(
    [
        N,
        OTHER,
        TWIN,
        WRONG,
        SWAPPED,
        MISSING,
        DOUBLED,
        OLD,
        MANGLED,
        MASKED,
        TAIL_MASKED,
        "G12345678",
        "9",
        None,
    ]
)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(CHARACTERS | st.none(), DIGITS), min_size=8, max_size=14))
def test_sides_may_be_turned(people: list[tuple[str | None, str | None]]) -> None:
    rows = linkable([{"name": name, "id": own} for name, own in people])
    every = [(i, j) for i in range(rows.height) for j in range(rows.height)]
    pairs = pl.DataFrame(every, schema=dict(PAIRS), orient="row")
    attributes = comparable(rows, pairs)
    names = name_levels(pairs, attributes).cast(pl.String).to_list()
    assert len(names) == pairs.height
    told = dict(zip(every, names, strict=True))
    numbers = {
        (i, j): n for i, j, n in compare(pairs, attributes)["left", "right", "id_number"].rows()
    }
    latin = [name is not None and "A" in name for name, _ in people]
    for i, j in every:
        if not (latin[i] and latin[j]):  # those are in test_latin.py
            assert told[i, j] == told[j, i]
            assert numbers.get((i, j)) == numbers.get((j, i))
    for i, name in enumerate(rows["name_key"]):
        if name is None or "?" not in name:
            assert told[i, i] == ("unknown" if name is None else "same")
    drawn = random_levels(pairs, attributes)
    assert drawn.columns == ["left", "right", *FIELDS]
    assert drawn.height == pairs.height


def test_no_pairs_have_no_levels() -> None:
    rows, none = linkable([{"name": "庄建国"}]), pl.DataFrame(schema=dict(PAIRS))
    compared = compare(none, comparable(rows, none))
    assert compared.is_empty()
    for field in FIELDS:
        assert compared.schema[field] == pl.Enum(LEVELS[field])
