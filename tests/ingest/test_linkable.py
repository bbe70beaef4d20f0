"""Any table → what the linkage compares. All people are invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.frames import LINKABLE
from loubao.ingest.columns import header_of_row
from loubao.ingest.fields import person_name, resident_id
from loubao.ingest.habits import habits
from loubao.ingest.linkable import _names, linkable
from loubao.rules.linking import LinkRules
from tests.ingest.tables import table
from tests.people import number

MAN = number("19710809", 23)
WOMAN = number("19850412", 46)


def read(
    rules: LinkRules,
    columns: dict[str, Sequence[str | None]],
    named: dict[str, tuple[str, ...]] | None = None,
    side: str = "left",
) -> tuple[pl.DataFrame, dict[str, int]]:
    headers, rows = table(columns)
    fit = header_of_row(headers, named or {}, rules)
    return linkable(rows, fit, habits(rows, fit, rules), rules, side)


def test_absent_fields_say_nothing(link_rules: LinkRules) -> None:
    rows, counts = read(link_rules, {"姓名": ["张三", None]})
    assert dict(rows.schema) == {c: t() if isinstance(t, type) else t for c, t in LINKABLE.items()}
    assert rows["record_id"].to_list() == [2, 3]
    assert rows["list"].to_list() == ["left", "left"]
    assert rows["id_status"].to_list() == ["missing", "missing"]
    empty = set(LINKABLE) - {"record_id", "list", "name", "name_key", "id_status"}
    assert all(rows[column].null_count() == 2 for column in empty)
    assert counts == {"NAME_MISSING": 1, "NO_EVIDENCE": 1}


@pytest.mark.parametrize(
    ("born", "given_number", "expected"),
    [
        ("1990-01-31", MAN, date(1990, 1, 31)),  # the column's own is evidence of its own
        (None, MAN, date(1971, 8, 9)),
        ("不详", MAN, date(1971, 8, 9)),
        (None, MAN[:17] + ("0" if MAN[17] != "0" else "1"), None),  # not sound
        ("19900131", None, date(1990, 1, 31)),
    ],
)
def test_birth_date_of_the_column_first(
    link_rules: LinkRules, born: str | None, given_number: str | None, expected: date | None
) -> None:
    rows, _ = read(link_rules, {"姓名": ["张三"], "身份证号": [given_number], "出生日期": [born]})
    assert rows["birth_date"].to_list() == [expected]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (["03/05/2021", "03/25/2021"], [date(2021, 3, 5), date(2021, 3, 25)]),
        (["03/05/2021", "25/03/2021"], [date(2021, 5, 3), date(2021, 3, 25)]),
        (["03/05/2021", "04/06/2021"], [None, None]),
        (["03/05/2021", "25/03/2021", "03/25/2021"], [None, date(2021, 3, 25), date(2021, 3, 25)]),
        (["2021-03-05", None, "x"], [date(2021, 3, 5), None, None]),
    ],
)
def test_month_or_day_first(
    link_rules: LinkRules, seen: list[str | None], expected: list[date | None]
) -> None:
    rows, _ = read(link_rules, {"name": ["LI"] * len(seen), "dob": seen})
    assert rows["birth_date"].to_list() == expected


def test_a_year_and_month_is_kept_as_the_last_day(link_rules: LinkRules) -> None:
    rows, counts = read(link_rules, {"姓名": ["张三", "李四"], "出生年月": ["1990年4月", "某年"]})
    assert rows["birth_until"].to_list() == [date(1990, 4, 30), None]
    assert rows["birth_date"].to_list() == [None, None]
    assert counts["DATE_UNREADABLE"] == 1


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("M", "男"),
        ("female", "女"),
        ("Male", "男"),
        ("女", "女"),
        ("2", "女"),
        ("-", None),
        ("x", None),
    ],
)
def test_sex(link_rules: LinkRules, seen: str, expected: str | None) -> None:
    rows, counts = read(link_rules, {"name": ["LI"], "sex": [seen]})
    assert rows["sex"].to_list() == [expected]
    assert counts.get("SEX_UNKNOWN", 0) == (seen == "x")


def test_sex_of_a_sound_number_where_the_column_is_silent(link_rules: LinkRules) -> None:
    rows, _ = read(
        link_rules, {"姓名": ["甲乙", "丙丁"], "证件号码": [MAN, WOMAN], "性别": ["女", None]}
    )
    assert rows["sex"].to_list() == ["女", "女"]


def test_resident_numbers(link_rules: LinkRules) -> None:
    texts = [MAN, f"'{WOMAN}", "350599********0119", "3.50599199003071e+17", "无", "E12345678"]
    rows, counts = read(link_rules, {"身份证号码": texts})
    known = resident_id.normalise(pl.Series(texts))
    for column in ("id_number", "id_status", "id_pattern"):
        assert rows[column].to_list() == known[column].to_list()
    assert counts == {
        "ID_MASKED": 1,
        "ID_MANGLED": 1,
        "ID_MISSING": 1,
        "ID_OTHER_DOCUMENT": 1,
        "NO_EVIDENCE": 1,
    }


def test_numbers_that_are_no_resident_numbers_keep_their_errors(link_rules: LinkRules) -> None:
    texts = ["123-45-6789", "5395262", "539526", "e 1234567", "20010203", "—", None, "000000000"]
    rows, counts = read(link_rules, {"name": ["LI HUA"] * len(texts), "ssn": texts})
    assert rows["id_number"].to_list() == [
        *("123456789", "5395262", "539526", "E1234567", "20010203"),
        *(None, None, None),
    ]
    assert rows["id_status"].to_list() == ["other_document"] * 5 + ["missing"] * 3
    assert counts == {"ID_MISSING": 3}


def test_parts_are_put_together(link_rules: LinkRules) -> None:
    rows, counts = read(
        link_rules,
        {
            "surname": ["o'hara", "  ", None, "tran"],
            "given_name": [" mary-ann ", "li", None, "thi  hoa"],
            "ssn": ["1", "2", "3", "4"],
        },
    )
    assert rows["name_key"].to_list() == ["MARY ANN OHARA", "LI", None, "THI HOA TRAN"]
    assert counts == {"NAME_MISSING": 1}


@given(
    st.lists(
        st.one_of(
            st.text(st.sampled_from("abzAZ '-."), max_size=12),
            st.text(max_size=6),
            st.sampled_from(["张三（户主）", "nan", "N/A", "do thi hoa", "Đỗ Thị Hoà", None]),
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=10, deadline=None)
def test_latin_names_are_read_as_ever(texts: list[str | None]) -> None:
    seen = pl.Series(["mary smith", *texts], dtype=pl.String)
    known = person_name.normalise(seen)
    read = _names(seen)
    assert read["name_key"].to_list() == known["name_key"].to_list()
    assert read["name_mask"].to_list() == known["name_mask"].to_list()


@pytest.mark.parametrize(
    ("seen", "side", "key"),
    [
        ("王丁四（之子）", "left", None),
        ("王丁四（配偶）", "left", "王丁四"),
        ("王丁四（配偶）", "right", None),
        ("王丁四（长子）", "right", "王丁四"),
        ("王丁四（户主）", "right", "王丁四"),
    ],
)
def test_the_name_of_a_relative_is_not_used(
    link_rules: LinkRules, seen: str, side: str, key: str | None
) -> None:
    rows, counts = read(link_rules, {"姓名": [seen], "身份证号": [MAN]}, side=side)
    assert rows["name_key"].to_list() == [key]
    assert counts.get("NAME_OF_RELATIVE", 0) == (key is None)


def test_name_and_number_in_each_others_cell(link_rules: LinkRules) -> None:
    rows, counts = read(link_rules, {"姓名": [MAN, "李四"], "身份证号": ["张三", WOMAN]})
    assert rows["name"].to_list() == ["张三", "李四"]
    assert rows["id_number"].to_list() == [MAN, WOMAN]
    assert counts == {"NAME_ID_SWAPPED": 1}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"乡镇": "洛阳", "村": "上浦"}, ("洛阳镇", "上浦村", True)),
        ({"村": "洛阳镇上浦村"}, ("洛阳镇", "上浦村", True)),
        ({"住址": "惠安县洛阳镇上浦村12号"}, ("洛阳镇", "上浦村", True)),
        ({"乡镇": "泾湾 镇", "村": "溪联（村）"}, ("泾湾镇", "溪联村", False)),
        ({"乡镇": "无", "村": "—"}, (None, None, False)),
        ({"suburb": "sussex inlet", "村": None}, ("SUSSEXINLET", None, False)),
    ],
)
def test_places(
    link_rules: LinkRules,
    cells: dict[str, str | None],
    expected: tuple[str | None, str | None, bool],
) -> None:
    rows, _ = read(link_rules, {"姓名": ["张三"], **{h: [text] for h, text in cells.items()}})
    town, village, code = expected
    assert rows.select("town", "village").row(0) == (town, village)
    assert (rows["village_code"].null_count() == 0) is code


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("洛阳镇 上浦村，12号", "洛阳镇上浦村12号"),
        ("12, Main  St.", "12 MAIN ST"),
        ("Ｎｏ.5 厦门 路", "NO 5厦门路"),
        (" - ", None),
    ],
)
def test_addresses(link_rules: LinkRules, seen: str, expected: str | None) -> None:
    rows, _ = read(link_rules, {"姓名": ["张三"], "address": [seen]})
    assert rows["address"].to_list() == [expected]


def test_heads(link_rules: LinkRules) -> None:
    rows, _ = read(
        link_rules,
        {
            "姓名": ["张小三"],
            "户主姓名": ["張三"],
            "户主身份证号": [f" {MAN}"],
            "身份证号": [WOMAN],
        },
    )
    assert rows.select("head_key", "head_id").row(0) == ("张三", MAN)


@given(st.lists(st.tuples(*[st.one_of(st.none(), st.text(max_size=8))] * 6), max_size=12))
@settings(max_examples=10, deadline=None)
def test_no_cell_is_an_error_and_no_row_is_lost(
    link_rules: LinkRules, cells: list[tuple[str | None, ...]]
) -> None:
    headers = ("姓名", "身份证号", "出生日期", "性别", "村", "住址")
    columns = {header: [row[i] for row in cells] for i, header in enumerate(headers)}
    rows, counts = read(link_rules, columns)
    assert rows["record_id"].to_list() == list(range(2, 2 + len(cells)))
    nobody = rows.select("name_key", "id_number", "id_pattern").null_count
    assert counts.get("NO_EVIDENCE", 0) <= min(nobody().row(0), default=0)
