"""Names: a table of the ugly ones, and what holds for every name."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.tidy.name import _read, normalise, surname
from loubao.tidy.name_reading import read_aloud, variants


def one(raw: str | None) -> dict[str, object]:
    return normalise(pl.Series([raw], dtype=pl.String)).row(0, named=True)


UGLY = [
    # raw, name, key, note
    ("张三", "张三", "张三", None),
    ("张  三（户主）", "张三", "张三", "户主"),
    (" 张　三 ", "张三", "张三", None),
    ("张 三 丰", "张三丰", "张三丰", None),
    ("张\u200b三\ufeff", "张三", "张三", None),
    ("張三戶主", "張三", "张三", "戶主"),
    ("张三 户主", "张三", "张三", "户主"),
    ("张三-户主", "张三", "张三", "户主"),
    ("张三[户主]", "张三", "张三", "户主"),
    ("张三【已故】", "张三", "张三", "已故"),
    ("【已故】张三", "张三", "张三", "已故"),
    ("张三（户主", "张三", "张三", "户主"),
    ("张三已去世", "张三", "张三", "已去世"),
    ("张三【已故】(户主)", "张三", "张三", "已故；户主"),
    ("户主：张三", "张三", "张三", "户主"),
    ("姓名：张三", "张三", "张三", None),
    ("1、张三", "张三", "张三", None),
    ("(12)张三", "张三", "张三", None),
    ("张三2", "张三", "张三", "2"),
    ("张三②", "张三", "张三", "2"),
    ("张三A", "张三", "张三", "A"),
    ("张三(大)", "张三", "张三", "大"),
    ("张三*", "张三", "张三", "*"),
    ("*张三", "张三", "张三", "*"),
    ("张三＃", "张三", "张三", "#"),
    ("、张三，", "张三", "张三", None),
    ("李四（曾用名李五）", "李四", "李四", "曾用名李五"),
    ("李四曾用名李五", "李四", "李四", "曾用名李五"),
    ("李四(李五)", "李四", "李四", "李五"),
    ("张三（女，残疾）", "张三", "张三", "女，残疾".replace("，", ",")),
    ("李喆(zhe)", "李喆", "李喆", "zhe"),
    ("單小峯", "單小峯", "单小峰", None),
    ("崑崙", "崑崙", "昆仑", None),
    ("阿卜杜拉•买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉．买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉・買買提", "阿卜杜拉·買買提", "阿卜杜拉买买提", None),
    ("阿卜杜拉‧买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉 · 买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉－买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉●买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None),
    ("阿卜杜拉买买提", "阿卜杜拉买买提", "阿卜杜拉买买提", None),
    ("Nguyen  Thi Hoa", "Nguyen Thi Hoa", "NGUYEN THI HOA", None),
    ("Ｎｇｕｙｅｎ Thi Hoa（外籍）", "Nguyen Thi Hoa", "NGUYEN THI HOA", "外籍"),
    ("Đỗ Thị Hà", "Đỗ Thị Hà", "DO THI HA", None),
    ("王xian", "王xian", "王?", None),
    ("王(xian)明", "王(xian)明", "王?明", None),
    ("王（石羡）", "王(石羡)", "王𥖄", None),
    ("王(石羡)明（户主）", "王(石羡)明", "王𥖄明", "户主"),
    ("王(左石右羡)明", "王(左石右羡)明", "王𥖄明", None),
    ("王(马门)明", "王(马门)明", "王?明", None),
    ("张\ue123", "张\ue123", "张?", None),
    ("张三、李四", "张三、李四", "张三、李四", None),
    ("张三/李四", "张三/李四", "张三/李四", None),
    ("张(三)", "张(三)", "张(三)", None),
    ("12345", "12345", "12345", None),
    ("(户主)", None, None, "户主"),
]


@pytest.mark.parametrize(("raw", "name", "key", "note"), UGLY)
def test_ugly(raw: str, name: str | None, key: str | None, note: str | None) -> None:
    got = one(raw)
    assert (got["name"], got["name_key"], got["name_note"]) == (name, key, note)


@pytest.mark.parametrize(
    "raw",
    [None, "", "  ", "/", "-", "——", "无", "不详", "暂无", "NULL", "N/A", "#N/A", "()", "户主"],
)
def test_missing(raw: str | None) -> None:
    assert one(raw) == {
        "name": None,
        "name_key": None,
        "name_note": None,
        "name_mask": False,
        "name_kind": None,
        "readings": None,
    }


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("张*三", "张?三"),
        ("张＊三", "张?三"),
        ("张**", "张??"),
        ("张某", "张?"),
        ("张某某", "张??"),
        ("张×三", "张?三"),
        ("张X三", "张?三"),
        ("张xx", "张??"),
        ("张○三", "张?三"),
        ("李〇明", "李?明"),
        ("李?明", "李?明"),
        ("李�明", "李?明"),
        ("*小红", "?小红"),
        ("欧阳*", "欧阳?"),
    ],
)
def test_mask(raw: str, key: str) -> None:
    got = one(raw)
    assert (got["name_key"], got["name_mask"]) == (key, True)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("张三", "han"),
        ("张*三", "han"),
        ("张\ue123", "han"),
        ("Nguyen Thi Hoa", "latin"),
        ("王xian", "mixed"),
        ("张三 Zhang San", "mixed"),
        ("350599199001011234", "other"),
        ("张三/李四", "other"),
        ("Нина", "other"),
    ],
)
def test_kind(raw: str, kind: str) -> None:
    assert one(raw)["name_kind"] == kind


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("单红", "shan hong"),
        ("單紅", "shan hong"),
        ("曾红", "zeng hong"),
        ("区红", "ou hong"),
        ("仇红", "qiu hong"),
        ("解红", "xie hong"),
        ("查红", "zha hong"),
        ("朴红", "piao hong"),
        ("盖红", "ge hong"),
        ("翟红", "zhai hong"),
        ("乐红", "yue hong"),
        ("召红", "shao hong"),
        ("华红", "hua hong"),
        ("缪红", "miao hong"),
        ("折红", "she hong"),
        ("任红", "ren hong"),
        ("长孙红", "zhang sun hong"),
        ("长孙无忌", "zhang sun wu ji"),
        ("尉遲红", "yu chi hong"),
        ("万俟红", "mo qi hong"),
        ("令狐红", "ling hu hong"),
        ("欧阳红", "ou yang hong"),
        ("澹台红", "tan tai hong"),
        ("李乾", "li qian"),
        ("吕红", "lv hong"),
        ("王xian", "wang xian"),
        ("张*红", "zhang ? hong"),
        ("Nguyen Thi Hoa", "nguyen thi hoa"),
    ],
)
def test_first_reading(name: str, expected: str) -> None:
    readings = one(name)["readings"]
    assert isinstance(readings, list)
    assert readings[0] == expected


def test_readings_are_sets_that_meet() -> None:
    assert one("乐红")["readings"] == ["yue hong", "le hong"]
    assert set(one("李晓红")["readings"]) & set(one("李小红")["readings"])  # type: ignore[call-overload]
    assert "wang le" in one("王乐")["readings"]  # type: ignore[operator]
    assert "wang yue" in one("王乐")["readings"]  # type: ignore[operator]
    assert len(one("乐行重乐")["readings"]) == 8  # type: ignore[arg-type]
    assert one("12345")["readings"] is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("喆", "哲"),
        ("堃", "坤"),
        ("犇", "奔"),
        ("淼", "渺"),
        ("劼", "劫"),
        ("凃", "涂"),
        ("已", "己"),
    ],
)
def test_names_of_their_own_stay_apart(left: str, right: str) -> None:
    assert one("李" + left)["name_key"] != one("李" + right)["name_key"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("张三", "张"),
        ("欧阳明", "欧阳"),
        ("欧阳", "欧"),
        ("NGUYEN THI HOA", "NGUYEN"),
        ("?三", "?"),
        (None, None),
    ],
)
def test_surname(key: str | None, expected: str | None) -> None:
    frame = pl.DataFrame({"key": [key]}, schema={"key": pl.String})
    assert frame.select(surname(pl.col("key"))).item() == expected


def test_empty_column_and_dtypes() -> None:
    for empty in (pl.Series([], dtype=pl.String), pl.Series([None], dtype=pl.Null)):
        got = normalise(empty)
        assert got.height == len(empty)
        assert dict(got.schema) == {
            "name": pl.String,
            "name_key": pl.String,
            "name_note": pl.String,
            "name_mask": pl.Boolean,
            "name_kind": pl.String,
            "readings": pl.List(pl.String),
        }


# -- what holds for every name ------------------------------------------------------------------

ALPHABET = (
    "张王欧阳单單峯户主已故女大某买石羡\ue123𠮷 　·•．-—_()（）【】*#×X?○0１2AaéĐ、，:/\u200b"
)
texts = st.text(st.sampled_from(ALPHABET), max_size=9)
anything = st.text(max_size=8)
HAN = [c for pair in variants().rows() for c in pair if "\u4e00" <= c <= "\u9fff" and c != "某"]
han_names = st.text(st.sampled_from(HAN), min_size=2, max_size=4)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | texts | anything, max_size=4))
def test_height_and_order(raws: list[str | None]) -> None:
    got = normalise(pl.Series(raws, dtype=pl.String))
    assert got.rows() == [tuple(one(raw).values()) for raw in raws]


@settings(max_examples=20, deadline=None)
@given(st.lists(texts | anything, min_size=30, max_size=30))
def test_idempotent(raws: list[str]) -> None:
    first = normalise(pl.Series(raws))
    again = normalise(first["name"])
    assert again["name"].to_list() == first["name"].to_list()
    assert again["name_key"].to_list() == first["name_key"].to_list()
    assert again["name_mask"].to_list() == first["name_mask"].to_list()


@settings(max_examples=20, deadline=None)
@given(st.lists(han_names, min_size=30, max_size=30))
def test_key_is_its_own_key(raws: list[str]) -> None:
    key = normalise(pl.Series(raws))["name_key"]
    assert normalise(key)["name_key"].to_list() == key.to_list()


@settings(max_examples=20, deadline=None)
@given(st.lists(han_names, min_size=30, max_size=30))
def test_traditional_and_simplified_share_a_key(raws: list[str]) -> None:
    folding = dict(variants().iter_rows())
    simplified = ["".join(folding.get(c, c) for c in raw) for raw in raws]
    left, right = normalise(pl.Series(raws)), normalise(pl.Series(simplified))
    assert left["name_key"].to_list() == right["name_key"].to_list()


SPOILERS: list[Callable[[str], str]] = [
    lambda name: " ".join(name),
    lambda name: name[0] + "　" + name[1:],
    lambda name: f" {name}\t",
    lambda name: name + "（户主）",
    lambda name: name + "#",
    lambda name: "3、" + name,
    lambda name: name[:2] + "·" + name[2:],
    lambda name: name[:2] + "・" + name[2:],
]


@settings(max_examples=20, deadline=None)
@given(st.lists(han_names, min_size=20, max_size=20), st.sampled_from(SPOILERS))
def test_spaces_dots_and_marks_do_not_matter(raws: list[str], spoil: Callable[[str], str]) -> None:
    clean, spoilt = normalise(pl.Series(raws)), normalise(pl.Series([spoil(r) for r in raws]))
    assert spoilt["name_key"].to_list() == clean["name_key"].to_list()


@settings(max_examples=20, deadline=None)
@given(st.lists(han_names, min_size=20, max_size=20))
def test_one_at_a_time_agrees_with_a_column_at_a_time(raws: list[str]) -> None:
    column = normalise(pl.Series(raws))
    singly = [_read(raw) for raw in raws]
    assert column["name"].to_list() == [parts.name for parts in singly]
    assert column["name_key"].to_list() == [parts.key for parts in singly]
    rows = pl.DataFrame(
        [(None, parts.places, parts.kind) for parts in singly],
        schema=dict.fromkeys(("spoken", "places", "name_kind"), pl.String),
        orient="row",
    )
    aloud = read_aloud(rows.with_columns(pl.col("places").str.split("\t")))
    assert aloud.to_list() == column["readings"].to_list()
