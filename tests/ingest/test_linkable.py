"""Any table → what the linkage compares. All people are invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.frames import LINKABLE, Sheet, issue_rows
from loubao.ingest.columns import WHO, Habits, HeaderMissing, habits, header_of_row, header_of_sheet
from loubao.ingest.fields import person_name, resident_id
from loubao.ingest.linkable import _names, linkable
from loubao.ingest.sheets.header import Fit
from loubao.ingest.sheets.vocabulary import loose
from loubao.rules.linking import LinkRules, load_linking
from tests.people import number

MAN = number("19710809", 23)
WOMAN = number("19850412", 46)
FEBRL = [
    *("given_name", "surname", "street_number", "address_1", "address_2"),
    *("suburb", "postcode", "state", "date_of_birth", "soc_sec_id"),
]


@pytest.fixture(scope="session")
def link_rules() -> LinkRules:
    return load_linking(Path(__file__).parents[2] / "rules")


def table(columns: dict[str, Sequence[str | None]]) -> tuple[list[str], pl.DataFrame]:
    headers = list(columns)
    cells = [pl.Series(str(i), v, pl.String) for i, v in enumerate(columns.values())]
    return headers, pl.DataFrame(cells).with_row_index("row", 2)


def read(
    rules: LinkRules,
    columns: dict[str, Sequence[str | None]],
    named: dict[str, tuple[str, ...]] | None = None,
    side: str = "left",
) -> tuple[pl.DataFrame, dict[str, int]]:
    headers, rows = table(columns)
    fit = header_of_row(headers, named or {}, rules)
    return linkable(rows, fit, habits(rows, fit, rules), rules, side)


def understood(fit: Fit) -> dict[str, tuple[str, ...]]:
    return {field: tuple(c.header for c in fit.columns_of(field)) for field in fit.fields}


# --- columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            ["姓名", "身份证号码", "性别", "出生日期", "乡镇", "村"],
            {
                "name": ("姓名",),
                "id_number": ("身份证号码",),
                "birth_date": ("出生日期",),
                "sex": ("性别",),
                "town": ("乡镇",),
                "village": ("村",),
            },
        ),
        (
            FEBRL,
            {
                "name": ("given_name", "surname"),
                "id_number": ("soc_sec_id",),
                "birth_date": ("date_of_birth",),
                "town": ("suburb",),
                "address": ("street_number", "address_1", "address_2", "postcode", "state"),
            },
        ),
        (
            ["ID", "First Name", "Middle_Initial", "LAST-NAME", "SSN", "Date of Birth", "Gender"],
            {
                "name": ("First Name", "Middle_Initial", "LAST-NAME"),
                "id_number": ("SSN",),
                "birth_date": ("Date of Birth",),
                "sex": ("Gender",),
            },
        ),
        (["full name", "surname"], {"name": ("full name",)}),
        (["姓名", "残疾人证号"], {"name": ("姓名",), "id_number": ("残疾人证号",)}),
        (["户主姓名", "户主身份证号"], {"name": ("户主姓名",), "id_number": ("户主身份证号",)}),
        (
            ["姓名", "户主姓名", "户主身份证号"],
            {"name": ("姓名",), "head_name": ("户主姓名",), "head_id": ("户主身份证号",)},
        ),
        # the number behind another person's name is that person's
        (["监护人", "身份证号", "姓名"], {"name": ("姓名",)}),
        (["身份证号（必填）"], {"id_number": ("身份证号（必填）",)}),
        (["星座", "电话"], {}),
        # as a monthly list calls its people
        (
            ["户主姓名", "保障对象姓名", "身份证号"],
            {"name": ("保障对象姓名",), "id_number": ("身份证号",), "head_name": ("户主姓名",)},
        ),
        (
            ["家长姓名", "家长身份证号", "子女姓名", "子女身份证号", "子女性别"],
            {"name": ("子女姓名",), "id_number": ("子女身份证号",), "sex": ("子女性别",)},
        ),
        (
            ["姓名", "身份证号", "患者姓名"],  # the table's own word is enough
            {"name": ("姓名",), "id_number": ("身份证号",)},
        ),
    ],
)
def test_columns_by_their_headers(
    link_rules: LinkRules, headers: list[str], expected: dict[str, tuple[str, ...]]
) -> None:
    fit = header_of_row(headers, {}, link_rules)
    assert understood(fit) == expected
    assert bool(WHO & set(fit.fields)) == bool({"name", "id_number"} & set(expected))
    used = [header for each in expected.values() for header in each]
    unused = [column.header for column in fit.columns if column.field is None]
    assert unused == [header for header in headers if header not in used]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"name": ("b",)}, {"name": ("b",)}),
        ({"name": ("c", "b")}, {"name": ("c", "b")}),
        ({"name": ("B",), "sex": ("姓名",)}, {"name": ("b",), "sex": ("姓名",)}),
        ({"birth_date": ("c",)}, {"name": ("姓名",), "birth_date": ("c",)}),
        ({"name": ()}, {}),
        ({"id_number": ("姓名",)}, {"id_number": ("姓名",)}),
    ],
)
def test_columns_by_name(
    link_rules: LinkRules, named: dict[str, tuple[str, ...]], expected: dict[str, tuple[str, ...]]
) -> None:
    assert understood(header_of_row(["姓名", "b", "c"], named, link_rules)) == expected


def test_a_header_that_is_not_there(link_rules: LinkRules) -> None:
    with pytest.raises(HeaderMissing) as missing:
        header_of_row(["姓名"], {"id_number": ("证",)}, link_rules)
    assert (missing.value.header, missing.value.seen) == ("证", ("姓名",))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Given_Name", "given name", True),
        ("soc.sec-id", "SocSecID", True),
        ("身份证 号码", "身份证号码", True),
        ("姓名", "名", False),
    ],
)
def test_headers_are_compared_loosely(one: str, other: str, same: bool) -> None:
    assert (loose(one) == loose(other)) is same


def sheet(rows: Sequence[Sequence[str | None]]) -> Sheet:
    width = max(map(len, rows))
    padded = [[*row, *[None] * (width - len(row))] for row in rows]
    cells = pl.DataFrame(padded, {str(i): pl.String for i in range(width)}, orient="row")
    return Sheet("a.xlsx", "", cells.with_row_index("row", 1), 0, (), issue_rows(()))


@pytest.mark.parametrize(
    ("rows", "named", "start", "depth", "fields"),
    [
        ([["名单"], ["姓名", "证件号码"], ["张三", MAN]], {}, 1, 1, {"name", "id_number"}),
        ([["Full Name", "DOB"], ["LI", "1990"]], {}, 0, 1, {"name", "birth_date"}),
        ([["Name"], ["LI"]], {}, 0, 1, {"name"}),
        ([["x", "y"], ["n", "i"], ["张三", MAN]], {"name": ("n",)}, 1, 1, {"name"}),
        (
            [
                ["乡镇", "村", "人员", "人员"],
                [None, None, "姓名", "证号"],
                ["洛阳", "上浦", "张三"],
            ],
            *({}, 0, 2, {"town", "village", "name"}),
        ),
    ],
)
def test_the_header_of_a_sheet(
    link_rules: LinkRules,
    rows: list[list[str | None]],
    named: dict[str, tuple[str, ...]],
    start: int,
    depth: int,
    fields: set[str],
) -> None:
    fit = header_of_sheet(sheet(rows), named, link_rules)
    assert fit is not None
    assert (fit.start, fit.depth, set(fit.fields)) == (start, depth, fields)


def test_a_sheet_without_a_header(link_rules: LinkRules) -> None:
    assert header_of_sheet(sheet([["张三", MAN], ["李四", WOMAN]]), {}, link_rules) is None


# --- cells ---------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("texts", "as_text"),
    [
        ([MAN] * 2 + ["5395262"] * 8, False),
        ([MAN] + ["5395262"] * 19, True),
        ([MAN[:17], "350599***", "x"], False),
        (["3.50599e+17"], False),
        ([None, "无"], False),
        (["123456789"], True),
    ],
)
def test_a_column_of_numbers_tells_its_kind(
    link_rules: LinkRules, texts: list[str | None], as_text: bool
) -> None:
    headers, rows = table({"证件号码": texts})
    fit = header_of_row(headers, {}, link_rules)
    assert habits(rows, fit, link_rules) == Habits(id_as_text=as_text)


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
