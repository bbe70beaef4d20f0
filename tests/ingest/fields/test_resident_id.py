"""ID numbers. Every number here is on the unassigned division 350599: nobody's."""

from __future__ import annotations

import random
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.ingest.fields.resident_id import _read, normalise
from loubao.ingest.fields.resident_id.repair import DIGITS, _repaired, compact
from loubao.ingest.fields.resident_id.validity import birth_date, check_digit, plain_numbers, sex

GOOD = "35059919900307011X"
DAY = date(1990, 3, 7)
HEAD = "350599199003071???"
NUMBER_STATUSES = {"valid", "repaired", "lifted"}


def one(text: str | None) -> dict[str, object]:
    return normalise(pl.Series([text], dtype=pl.String)).row(0, named=True)


def with_check(seventeen: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, weights, strict=True))
    return seventeen + "10X98765432"[total % 11]


@st.composite
def genuine(draw: st.DrawFn) -> str:
    division = draw(st.sampled_from(["350599", "352521", "810000", "915699", "110101"]))
    day = draw(st.dates(date(1900, 1, 1), date(2022, 12, 31)))
    return with_check(f"{division}{day:%Y%m%d}{draw(st.integers(0, 999)):03}")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "35059919900307011x",
        " 35059919900307011X\t",
        "'35059919900307011X",
        "`35059919900307011X",
        "‘35059919900307011X",
        "350599 19900307 011x",
        "350599\u300019900307\u00a0011X",
        "\ufeff3505991990030\u200b7011X\u202c",
        "35059919900307011X\n",
        "\x0035059919900307011X",
    ],
)
def test_valid(text: str) -> None:
    assert list(one(text).values()) == [GOOD, "valid", "", GOOD, DAY, "男", None, None]


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        ("３５０５９９１９９００３０７０１１Ｘ", "full_width"),
        ("３５０５９９１９９００３０７０１１ｘ", "full_width"),
        ("35059919900307０11X", "full_width"),
        ("ID:35059919900307011X", "label"),
        ("ID35059919900307011X", "label"),
        ("No.35059919900307011X", "label"),
        ("身份证:35059919900307011X", "label"),
        ("身份证号码：35059919900307011X", "label"),
        ("公民身份号码 35059919900307011x", "label"),
        ("（身份证）35059919900307011X", "label"),
        ("张三35059919900307011X", "label"),
        ("G35059919900307011X", "prefix_g"),
        ("g35059919900307011x", "prefix_g"),
        ("35059919900307011×", "letter_x"),
        ("35059919900307011Х", "letter_x"),
        ("35059919900307011х", "letter_x"),
        ("35059919900307011Ⅹ", "letter_x"),
        ("35059919900307011χ", "letter_x"),
        ("35O59919900307011X", "letter_o"),
        ("35o5991990о3О7〇11X", "letter_o"),
        ("350599199○0307011X", "letter_o"),
        ("35059919900307Ol1X", "letter_o,letter_l"),
        ("350599l990030701IX", "letter_l"),
        ("350599|99003070丨1X", "letter_l"),
        ("350599-19900307-011X", "separators"),
        ("350599.19900307.011X", "separators"),
        ("350599/19900307/011X", "separators"),
        ("350599·19900307·011X", "separators"),
        ("350,599,199,003,070,11X", "separators"),
        ('"35059919900307011X"', "separators"),
        ("（35059919900307011X）", "separators"),
        ("35059919900307011X（户主）", "trailing_text"),
        ("35059919900307011X，已故", "trailing_text"),
        ("35059919900307011X 张三", "trailing_text"),
        ("35059919900307011X*", "trailing_text"),
        ("35059919900307011X***", "trailing_text"),
        ("35059919900307011X43", "certificate"),
        ("残疾证：35059919900307011x43B2", "label,certificate"),
        ("35059919900307011×43B1", "letter_x,certificate"),
    ],
)
def test_repaired(text: str, repair: str) -> None:
    row = one(text)
    assert (row["id_number"], row["id_status"], row["id_repair"]) == (GOOD, "repaired", repair)
    assert (row["id_pattern"], row["birth_date"], row["sex"]) == (GOOD, DAY, "男")


@pytest.mark.parametrize(
    ("text", "number", "category", "level"),
    [
        (GOOD + "11", GOOD, 1, 1),
        (GOOD + "74", GOOD, 7, 4),
        (GOOD + "62b10", GOOD, 6, 2),
        ("350599199003070111" + "53", "350599199003070111", 5, 3),  # check fails, kind is known
        (GOOD + "81", GOOD + "81", None, None),  # no such category
        (GOOD + "45", GOOD + "45", None, None),  # no such level
    ],
)
def test_certificate(text: str, number: str, category: int | None, level: int | None) -> None:
    row = one(text)
    assert row["id_number"] == number
    assert (row["disability_category"], row["disability_level"]) == (category, level)


@pytest.mark.parametrize(
    ("text", "number", "status", "born"),
    [
        ("350599900307011", GOOD, "lifted", DAY),
        ("350599 900307 011", GOOD, "lifted", DAY),
        ("350599900307011.0", GOOD, "lifted", DAY),
        ("G350599900307011", GOOD, "lifted", DAY),
        ("350599901307011", "350599901307011", "wrong_date", None),
        ("350599199003071", "350599199003071", "wrong_length", None),  # eighteen, cut off
        ("3505991990030701", "3505991990030701", "wrong_length", None),
        ("35059919900307011", "35059919900307011", "wrong_length", None),
        ("3505991990030701111", "3505991990030701111", "wrong_length", None),
        ("13800000000", "13800000000", "wrong_length", None),
        ("19900307", "19900307", "wrong_length", None),  # a birth date, no permit
        ("张三", "张三", "wrong_length", None),
        ("张**", "张**", "wrong_length", None),
        (GOOD + GOOD, GOOD + GOOD, "wrong_length", None),
        ("350599199003070111", "350599199003070111", "wrong_check_digit", DAY),
        ("350599-1990O307-0111", "350599199003070111", "wrong_check_digit", DAY),
        ("3505991990030701A1", "3505991990030701A1", "wrong_check_digit", DAY),
        ("35059919900A070111", "35059919900A070111", "wrong_check_digit", None),
        ("350599199003071234.0", "350599199003071234", "wrong_check_digit", DAY),
        ("350599199013070111", "350599199013070111", "wrong_date", None),
        ("350599199002300111", "350599199002300111", "wrong_date", None),
        (with_check("35059919910229011"), with_check("35059919910229011"), "wrong_date", None),
        (with_check("35059917991231011"), with_check("35059917991231011"), "wrong_date", None),
        (with_check("35059921000101011"), with_check("35059921000101011"), "wrong_date", None),
        ("000000000000000000", "000000000000000000", "wrong_date", None),
        ("111111111111111111", "111111111111111111", "wrong_date", None),
        ("E12345678", "E12345678", "other_document", None),
        ("护照：g12345678", "G12345678", "other_document", None),
        ("EA1234567", "EA1234567", "other_document", None),
        ("H12345678", "H12345678", "other_document", None),
        ("M1234567890", "M1234567890", "other_document", None),
        ("01234567", "01234567", "other_document", None),
        ("CHN350599900307", "CHN350599900307", "other_document", None),
        ("军字第1234567号", "军字第1234567号", "other_document", None),
        (None, None, "missing", None),
        *(
            (text, None, "missing", None)
            for text in ("", " ", "　", "无", "不详", "暂无", "/", "-")
        ),
        *(
            (text, None, "missing", None)
            for text in ("N/A", "null", "0", "——", "？", "***", "无身份证")
        ),
    ],
)
def test_status(text: str | None, number: str | None, status: str, born: date | None) -> None:
    row = one(text)
    assert (row["id_number"], row["id_status"], row["birth_date"]) == (number, status, born)
    assert row["id_pattern"] == (number if status == "lifted" else None)


@pytest.mark.parametrize(
    ("text", "pattern", "born"),
    [
        ("3.50599199003071e+17", HEAD, DAY),
        ("3.50599199003071E+17", HEAD, DAY),
        ("身份证：３.50599199003071E+17", HEAD, DAY),
        ("350599199003071000", HEAD, DAY),
        ("350599199003070976", HEAD, DAY),  # as the double has it
        ("350599199003070976.0", HEAD, DAY),
        ("350599199003071000.0", HEAD, DAY),
        ("3.5059919900307e+17", "350599199003070???", DAY),  # the sequence starts with 0
        ("3.5059919901e+17", "3505991990????????", None),  # eleven digits, the last rounded
        ("3.5059919900307162e+17", HEAD, DAY),  # all of it through a double
        ("3.5059919900307101e+17", "35059919900307????", DAY),  # from …0999 or …1
        ("3.50599E+17", "350599????????????", None),
        ("3.505992E+17", "350599????????????", None),  # the last digit shown is rounded
        ("3.51E+17", "35????????????????", None),
        ("4E+17", None, None),
        ("3.50599199003071e+19", HEAD, DAY),  # a disability certificate
        ("35059919900307100000", HEAD, DAY),
        ("3.50599900307E+14", "350599????????????", None),  # one of 15 digits
    ],
)
def test_mangled(text: str, pattern: str | None, born: date | None) -> None:
    row = one(text)
    assert (row["id_number"], row["id_status"], row["id_repair"]) == (None, "mangled", "")
    assert (row["id_pattern"], row["birth_date"], row["sex"]) == (pattern, born, None)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("350599********011X", "350599????????011X"),
        ("350599********0111", "350599????????0111"),
        ("350599＊＊＊＊＊＊＊＊0111", "350599????????0111"),
        ("350599××××××××0111", "350599????????0111"),
        ("350599xxxxxxxx011x", "350599????????011X"),
        ("350599########0111", "350599????????0111"),
        ("350599••••••••0111", "350599????????0111"),
        ("350599●●●●●●●●0111", "350599????????0111"),
        ("350599????????0111", "350599????????0111"),
        ("350599-********-0111", "350599????????0111"),
        ("350599--------0111", "350599????????0111"),
        ("350599…0111", "350599????????0111"),
        ("350599****0111", "350599????????0111"),  # too few stars
        ("350599************0111", "350599????????0111"),  # too many
        ("350599******011X", "350599????????011X"),
        ("350599********011X（户主）", "350599????????011X"),
        ("身份证：350599********011X", "350599????????011X"),
        ("35059919900307****", "35059919900307????"),
        ("35059919900307011*", "35059919900307011?"),  # a star is no X
        ("350599********011143", "350599????????0111"),  # a certificate
        ("350599******011", "35059919??????011?"),  # of 15 digits
        ("350599*****0111", "350599????????????"),  # of 15 or of 18?
        ("350599**********0143", "350599????????????"),  # of 18 or a certificate?
        ("E1234****", None),
        ("******************", None),
    ],
)
def test_masked(text: str, pattern: str | None) -> None:
    row = one(text)
    assert (row["id_number"], row["id_status"], row["id_pattern"]) == (None, "masked", pattern)
    assert row["birth_date"] is None


def test_height_order_and_types() -> None:
    texts = ["无", GOOD, None, "3.50599E+17", GOOD, None, "E12345678", GOOD]
    rows = normalise(pl.Series(texts))
    assert rows["id_number"].to_list() == [None, GOOD, None, None, GOOD, None, "E12345678", GOOD]
    assert normalise(pl.Series([], dtype=pl.String)).schema == rows.schema
    assert rows.schema["disability_level"] == pl.Int8
    assert rows["id_status"].null_count() == rows["id_repair"].null_count() == 0


def test_verbs() -> None:
    rows = pl.DataFrame({"n": [GOOD, "350599????????0121", "35059919900230011X", "1", None]})
    assert rows.select(birth_date(pl.col("n"))).to_series().to_list() == [DAY, *[None] * 4]
    assert rows.select(sex(pl.col("n"))).to_series().to_list() == ["男", "女", "男", None, None]
    seventeen = pl.Series(["35059919900307011", "+5059919900307011", "1", None])
    digits = pl.select(check_digit(pl.lit(seventeen))).to_series()
    assert digits.to_list() == ["X", None, None, None]


def test_check_digit_agrees_with_stdnum() -> None:
    ric = pytest.importorskip("stdnum.cn.ric")
    made = random.Random(11)
    seventeens = [f"{made.randrange(10**17):017}" for _ in range(500)]
    ours = pl.select(check_digit(pl.lit(pl.Series(seventeens)))).to_series().to_list()
    assert ours == [ric.calc_check_digit(text + "0") for text in seventeens]


@settings(max_examples=50, deadline=None)
@given(st.lists(genuine(), min_size=1, max_size=20))
def test_genuine_numbers_are_valid(numbers: list[str]) -> None:
    rows = normalise(pl.Series(numbers))
    looks_damaged = pl.Series(
        [
            n[-1] != "X"
            and (n.endswith("000") or int(float((int(n) + 500) // 1000 * 1000)) == int(n))
            for n in numbers
        ]
    )
    assert (rows["id_status"] == "valid").to_list() == (~looks_damaged).to_list()
    seen = rows.filter(~looks_damaged)
    assert seen["id_number"].to_list() == [
        n for n, damaged in zip(numbers, looks_damaged, strict=True) if not damaged
    ]
    assert seen["birth_date"].null_count() == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(genuine(), min_size=8, max_size=8))
def test_through_a_spreadsheet_is_never_a_number(numbers: list[str]) -> None:
    spellings: list[str] = []
    patterns: list[str] = []
    for number in numbers:
        head = int(number[:15])
        kept = float(head * 1000)
        spellings += [repr(kept), str(int(kept)), str(head * 1000), f"{int(kept)}.0"]
        spellings += [f"{kept:.5E}"]
        patterns += [f"{head}???"] * 4 + [number[:6] + "?" * 12]
    rows = normalise(pl.Series(spellings))
    assert rows["id_status"].to_list() == ["mangled"] * len(spellings)
    assert rows["id_pattern"].to_list() == patterns


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        genuine().filter(lambda number: not number.endswith("X")),
        min_size=8,
        max_size=8,
    )
)
def test_all_digits_through_a_double(numbers: list[str]) -> None:
    """With an exponent or a point zero it is seen. As a bare integer it cannot be: then only the
    check speaks, and what it lets pass (one in eleven) is never called repaired.
    """
    doubles = [float(number) for number in numbers]
    told = [text for double in doubles for text in (repr(double), f"{int(double)}.0")]
    assert normalise(pl.Series(told))["id_status"].to_list() == ["mangled"] * len(told)
    bare = [str(int(double)) for double in doubles]
    rows = normalise(pl.Series(bare))
    assert "repaired" not in rows["id_status"].to_list()
    for seen, text in zip(rows["id_number"], bare, strict=True):
        assert seen in {None, text}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(genuine(), st.integers(0, 17), st.sampled_from("0123456789X")),
        min_size=8,
        max_size=8,
    )
)
def test_one_wrong_character_is_never_valid(slips: list[tuple[str, int, str]]) -> None:
    wrong = [
        number[:place] + other + number[place + 1 :]
        for number, place, other in slips
        if number[place] != other
    ]
    rows = normalise(pl.Series(wrong, dtype=pl.String))
    assert not NUMBER_STATUSES & set(rows["id_status"])


@given(
    st.lists(
        st.one_of(
            genuine(),
            st.text("0123456789Xx×*.-G 　Ol（）户号字第:ID０", max_size=24),
            st.text(max_size=24),
        ),
        max_size=20,
    )
)
@settings(max_examples=30, deadline=None)
def test_idempotent(texts: list[str]) -> None:
    once = normalise(pl.Series(texts, dtype=pl.String))
    assert once.height == len(texts)
    assert normalise(once["id_number"])["id_number"].to_list() == once["id_number"].to_list()


def test_few_genuine_numbers_are_called_mangled() -> None:
    made = random.Random(7)
    numbers = [
        with_check(
            f"350599{made.randint(1930, 2021)}{made.randint(1, 12):02}{made.randint(1, 28):02}"
            f"{made.randint(0, 999):03}"
        )
        for _ in range(100_000)
    ]
    statuses = normalise(pl.Series(numbers))["id_status"].value_counts(normalize=True)
    share = dict(statuses.iter_rows())
    assert set(share) == {"valid", "mangled"}
    assert share["mangled"] <= 0.002


# -- the quick ways say what the slow one says ------------------------------------------------------

NEAR = [GOOD, GOOD.lower(), " " + GOOD, "+" + GOOD[1:], "-" + GOOD[1:], "+" + GOOD, GOOD[:17] + "é"]
NEAR += [GOOD[:17] + "Y", GOOD[:16] + "é", "X" + GOOD[1:], GOOD[:16] + "XX", GOOD[:17], GOOD + "X"]
NEAR += [GOOD[:17] + digit for digit in "0123456789"]
NEAR += [with_check("03505919900307011"), with_check("35059900000307011"), "0" * 18, "9" * 18]
NEAR += ["350599199003071000", "350599199003070976", "350599199003071064", "350599199003071063"]
NEAR += [with_check(f"350599{day}011") for day in ("17991231", "18000101", "20991231", "21000101")]
NEAR += [with_check(f"350599{day}011") for day in ("19000229", "20000229", "19900007", "19900300")]
NEAR += [with_check(f"350599{day}011") for day in ("19901332", "19901231", "19909999", "19901232")]
SPOILERS = "0123456789xX*.+- eE,Oo户主（B４\u200b"


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    number = draw(genuine())
    for _ in range(draw(st.integers(0, 2))):
        at, length = draw(st.integers(0, 18)), draw(st.integers(0, 2))
        number = number[:at] + draw(st.sampled_from(["", *SPOILERS, "***"])) + number[at + length :]
    return number


def test_plain_numbers_by_table() -> None:
    column = pl.Series([*NEAR, None, "", "无", "张三"])
    read, rest = plain_numbers(column)
    assert normalise(column).equals(_read(column))
    plain = {text for at, text in enumerate(column) if at not in set(rest)}
    statuses = set(read["id_status"].filter(column.is_in(list(plain))))
    assert statuses == {"valid", "wrong_date", "wrong_check_digit"}
    assert GOOD in plain
    assert with_check("35059919000229011") in plain
    assert plain.isdisjoint({GOOD.lower(), "+" + GOOD[1:], "350599199003071000", "0" * 18, None})


@settings(max_examples=25, deadline=None)
@given(st.lists(spoilt() | st.text(max_size=20) | st.none(), min_size=30, max_size=30))
def test_plain_numbers_are_read_as_all_others_are(texts: list[str | None]) -> None:
    column = pl.Series(texts, dtype=pl.String)
    assert normalise(column).equals(_read(column))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.from_regex(DIGITS, fullmatch=True), min_size=20, max_size=20))
def test_digits_alone_need_no_repair(texts: list[str]) -> None:
    rows = compact(pl.DataFrame({"at": range(len(texts)), "text": texts}))
    steps = ["certificate", "fifteen_digits"]
    assert rows["text"].to_list() == texts
    assert _repaired(rows).drop(steps).equals(rows.drop(steps))
