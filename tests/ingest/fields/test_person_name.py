"""Names: a table of the ugly ones, and what holds for every name."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.characters import variants
from loubao.ingest.fields.name_parts import GLUED, HIDDEN, NOTE, Parts, read
from loubao.ingest.fields.person_name import by_shape, is_clean, normalise, surname


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
    ("王\ue863", "王\ue863", "王䶮", None),  # private use of GBK, and since GB 18030-2000
    ("张\ue81e", "张\ue81e", "张\u9fb4", None),
    ("王&#30782;（户主）", "王砾", "王砾", "户主"),
    ("李&#x4DAE;文", "李䶮文", "李䶮文", None),
    ("阿依&amp;#183;古丽", "阿依·古丽", "阿依古丽", None),
    ("王⿰石羡明", "王⿰石羡明", "王𥖄明", None),
    ("王明⿰石羡", "王明⿰石羡", "王明𥖄", None),
    ("王明（⿰石羡）", "王明(⿰石羡)", "王明𥖄", None),
    ("王\ue7e8石羡", "王\ue7e8石羡", "王𥖄", None),
    ("苏明⿱艹⿰马门（户主）", "苏明⿱艹⿰马门", "苏明?", "户主"),  # no table knows it: not dropped
    ("王⿰石", "王⿰石", "王?", None),
    ("葛\U000e0100兰生", "葛兰生", "葛兰生", None),
    ("张\x1f三\x07", "张三", "张三", None),
    *(
        (f"阿卜杜拉{dot}买买提", "阿卜杜拉·买买提", "阿卜杜拉买买提", None)
        for dot in "·•．.・‧･∙⋅ᐧㆍ⸱⸰⸳᛫˙ꞏ་▪"
    ),
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
        }


# -- what holds for every name ------------------------------------------------------------------

ALPHABET = "张王欧阳单單峯户主已故女大某买石羡\ue123\ue863⿰⿲氵𠮷 　·ㆍ•．-—_()（）【】*#×X?○0１2AaéĐ、，:/\u200b\U000e0100"
texts = st.text(st.sampled_from(ALPHABET), max_size=9)
anything = st.text(max_size=8)
HAN = [c for pair in variants().rows() for c in pair if "\u4e00" <= c <= "\u9fff" and c != "某"]
han_names = st.text(st.sampled_from(HAN), min_size=2, max_size=4)


@settings(max_examples=20, deadline=None)
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


# -- the quick ways make of a name what the slow one makes of it --------------------------------

WORDS = [
    "户主",
    "已故",
    "妻子",
    "之子",
    "本人",
    "曾用",
    "原名",
    "不详",
    "没有",
    "姓名",
    "待定",
    "未知",
]
WORDS += [
    "欧阳",
    "尉迟",
    "小名",
    "停发",
    "逝世",
    "null",
    "NA",
    "O'",
    "&#30782;",
    "&#38;#183;",
    "Nguyễn",
    "Đỗ",
    "Thị",
    "n.a",
    "ß",
]
PIECES = [*ALPHABET, *HIDDEN, *"子女发世用名李三四五户已无空缺々㐀🙂ǆ\u0300'’,-=", *WORDS]
pieces = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
bracketed = st.tuples(
    han_names, st.sampled_from(["(户主)", "（ 妻 ）", "【已故】", "(李五)", "()", "(曾用名)"])
)
numbered = st.tuples(st.sampled_from(["1", "(2)", "3、", "12. ", "1234567"]), han_names)
marked = st.tuples(st.text("李三欧阳尉遲单單", min_size=1, max_size=4), st.sampled_from("#*×●"))
latin = st.text("abZÉđØłıſß '’.,-=1é\u0301ĳﬁ", max_size=8)


def slowly(raws: list[str]) -> list[Parts]:
    return [read(raw) for raw in raws]


MANY = [f"{number}、张三" for number in range(300)]  # enough for shapes to be looked for


def quickly(raws: list[str]) -> list[Parts]:
    got = normalise(pl.Series([*raws, *MANY], dtype=pl.String)).head(len(raws))
    columns = ("name", "name_key", "name_note", "name_mask", "name_kind")
    return [Parts(*row) for row in got.select(columns).rows()]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        pieces | texts | anything | latin | st.one_of(bracketed, numbered, marked).map("".join),
        min_size=30,
        max_size=30,
    )
)
def test_shapes_agree_with_one_at_a_time(raws: list[str]) -> None:
    assert quickly(raws) == slowly(raws)


@pytest.mark.parametrize("raw", [case[0] for case in UGLY])
def test_a_table_of_shapes_agrees_with_one_at_a_time(raw: str) -> None:
    assert quickly([raw, raw + " ", "3、" + raw]) == slowly([raw, raw + " ", "3、" + raw])


@settings(max_examples=20, deadline=None)
@given(st.lists(han_names, min_size=20, max_size=20))
def test_han_names_agree_with_one_at_a_time(raws: list[str]) -> None:
    assert quickly(raws) == slowly(raws)


def words_of(pattern: str) -> list[str]:
    """Return the fixed words of an alternation, as far as they are written out."""
    return [word for word in re.split(r"[|():?\[\]^*]+", pattern) if len(word) > 1]


def test_no_clean_name_may_be_a_note() -> None:
    raws = [head + word for word in words_of(GLUED + "|" + NOTE) for head in ("", "张", "张三")]
    raws += [word + "三" for word in words_of(GLUED)]
    clean = pl.Series(raws).filter(is_clean(pl.Series(raws))).to_list()
    assert len(clean) > 10
    assert slowly(clean) == [Parts(raw, raw, None, False, "han") for raw in clean]


@pytest.mark.parametrize(
    "raw",
    [
        "张 三",
        "张 三丰",
        "阿卜杜拉 • 买买提",
        "张三（户主",
        "张三2",
        "單小峯",
        "阿卜杜拉•买买提",
        "张三（户主）",
        "12、张三",
        "张三*",
        "张*三",
        "Đỗ Thị Hà",
        "张某某",
    ],
)
def test_common_shapes_are_not_read_one_by_one(raw: str) -> None:
    assert not is_clean(pl.Series([raw])).item()
    assert by_shape(pl.Series([raw]))[1].is_empty()
