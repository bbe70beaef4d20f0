"""How match keys sound."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.characters import variants
from loubao.core.readings import CAP, _read_one, readings, sound, sounds, syllables


def heard(key: str | None) -> list[str] | None:
    read = readings(pl.Series([key], dtype=pl.String))[0]
    return None if read is None else read.to_list()


def sound_of(*keys: str | None) -> list[str | None]:
    frame = pl.DataFrame({"key": keys}, schema={"key": pl.String})
    return frame.select(sound(pl.col("key"))).to_series().to_list()


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("单红", "shan hong"),
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
        ("尉迟红", "yu chi hong"),
        ("万俟红", "mo qi hong"),
        ("令狐红", "ling hu hong"),
        ("欧阳红", "ou yang hong"),
        ("澹台红", "tan tai hong"),
        ("欧阳", "ou yang"),
        ("吕红", "lv hong"),
        ("張紅", "zhang hong"),  # no key, but read all the same
        ("张?红", "zhang ? hong"),
        ("红", "hong"),
        ("阿卜杜拉买买提", "a bu du la mai mai ti"),
        ("李𥖄", "li ?"),  # no table reads it
    ],
)
def test_first_reading(key: str, first: str) -> None:
    read = heard(key)
    assert read is not None
    assert read[0] == first


@pytest.mark.parametrize("key", [None, "", "NGUYEN THI HOA", "12345", "张三、李四", "张A"])
def test_no_reading(key: str | None) -> None:
    assert heard(key) is None


def test_all_readings_the_likeliest_first() -> None:
    assert heard("乐红") == ["yue hong", "le hong"]
    assert heard("王乐") is not None
    assert {"wang le", "wang yue"} <= set(heard("王乐") or ())
    assert len(heard("乐行重乐") or ()) == CAP
    assert set(heard("李晓红") or ()) & set(heard("李小红") or ())


def test_a_folded_character_keeps_its_own_sound() -> None:
    assert heard("李干") == ["li gan", "li qian"]  # 李乾 has this key
    assert heard("于红") == ["yu hong"]  # 於 also reads wu, but reads yu


def test_order_height_and_dtype() -> None:
    keys = ["张三", None, "NGUYEN", "尉迟恭", "张三"]
    read = readings(pl.Series(keys))
    assert read.dtype == pl.List(pl.String)
    assert [r is None for r in read.to_list()] == [False, True, True, False, False]
    for empty in (pl.Series([], dtype=pl.String), pl.Series([None], dtype=pl.Null)):
        assert readings(empty).dtype == pl.List(pl.String)
        assert len(readings(empty)) == len(empty)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("李小红", "李晓虹", True),
        ("张三", "章叁", True),
        ("张三", "张四", False),
        ("张?三", "章?叁", True),
        ("欧阳小红", "瓯洋晓虹", True),
        ("阿卜杜拉买买提", "阿布杜啦买卖提", True),
        ("王𥖄", "望𥖄", True),
    ],
)
def test_sound(left: str, right: str, same: bool) -> None:
    one, other = sound_of(left, right)
    assert (one == other) is same
    assert one is not None
    assert len(one) == len(left)


def test_sound_leaves_the_rest_alone() -> None:
    rest = ["NGUYEN THI", "???", "", None, "12", "🙂", "éè"]
    assert sound_of(*rest) == rest
    frame = pl.DataFrame({"key": pl.Series([], dtype=pl.String)})
    assert frame.select(sound(pl.col("key"))).schema == {"key": pl.String}


def test_sounds_of_a_character() -> None:
    assert set(sounds("单")) >= {"dan", "shan"}
    assert sounds("A") == ()
    assert {"shan", "lv"} <= syllables()


# -- what holds for every key ---------------------------------------------------------------------

HAN = [c for pair in variants().rows() for c in pair]
texts = st.text(st.sampled_from([*HAN, *"?欧阳尉迟单曾𠮷〇々🙂 Aé乐行重干"]), max_size=6)
keys = st.lists(st.none() | texts | st.text(max_size=5), max_size=20)


@settings(max_examples=40, deadline=None)
@given(keys)
def test_a_column_at_a_time_agrees_with_one_at_a_time(column: list[str | None]) -> None:
    read = readings(pl.Series(column, dtype=pl.String)).to_list()
    for key, got in zip(column, read, strict=True):
        assert got is None or got == _read_one(key or "")


@settings(max_examples=40, deadline=None)
@given(keys)
def test_sound_is_as_long_and_stands_alone(column: list[str | None]) -> None:
    out = sound_of(*column)
    assert [key and len(key) for key in column] == [text and len(text) for text in out]
    assert sound_of(*out) == out  # a stand-in stands for itself
    singly = ["".join(str(sound_of(char)[0]) for char in key or "") for key in column]
    assert [text or "" for text in out] == singly
