"""`loubao standards` through its real entry point."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from tests.commands.office import PEOPLE, Desk, assert_private, csv_bytes, fill, loubao

DIBAO = (
    (
        "乡镇",
        "行政村",
        "低保证号",
        "户主姓名",
        "姓名",
        "身份证号",
        "是否保障对象",
        "月补助金额",
        "低保标准",
    ),
    *(
        ("洛阳镇", "上浦村", "A1", "柯三省", name, PEOPLE[name], "是", amount, "900")
        for name, amount in (("柯三省", "900"), ("何厝生", "950"))
    ),
)
TEKUN = (
    ("姓名", "公民身份号码", "乡镇", "行政村", "供养方式", "护理等级", "供养金额", "照料护理费"),
    ("骆添丁", PEOPLE["骆添丁"], "洛阳镇", "后亭村", "分散", "半护理", "1170", "196"),
    ("庄碧螺", PEOPLE["庄碧螺"], "洛阳镇", "后亭村", "集中", "全自理", "1170", "196"),
)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this year's rolls and last year's."""
    root = tmp_path_factory.mktemp("standards")
    fill(root / "2022-06", {"低保.csv": csv_bytes(DIBAO), "特困.csv": csv_bytes(TEKUN)})
    older = (*DIBAO[:1], *((*row[:7], "800", "860") for row in DIBAO[1:]))
    fill(root / "2021-06", {"低保.csv": csv_bytes(older), "特困.csv": csv_bytes(TEKUN)})
    return root


def test_the_calculator(tmp_path: Path) -> None:
    run = loubao("standards", "--on", "2022-06-30", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    report = run.report
    assert report["minimum_wage"]["amount"] == "1960.00"
    assert report["permitted"] == {"least": "823.20", "average": "882.00", "most": "940.80"}
    amounts = {(line["key"], line["level"]): line["amounts"] for line in report["standards"]}
    assert amounts["tekun", None] == {"least": "1071.00", "average": "1147.00", "most": "1222.00"}
    assert report["check"] is None
    assert all(line["clause"] for line in report["standards"])


@pytest.mark.parametrize(
    ("options", "env", "key", "level", "column", "amount"),
    [
        (["--minimum-wage", "2030"], {}, "dibao", None, "average", "914.00"),
        ([], {"LOUBAO_MINIMUM_WAGE": "2030"}, "dibao", None, "average", "914.00"),
        (["--as-of", "2022-04-01"], {}, "dibao", None, "average", "882.00"),
        ([], {"LOUBAO_ON": "2022-03-31"}, "dibao", None, "average", "774.00"),
        ([], {"LOUBAO_AS_OF": "2022-03-31"}, "dibao", None, "average", "774.00"),
        (["--on", "2022-06-30", "--rounding", "十元"], {}, "dibao", None, "average", "890.00"),
        (["--on", "2022-06-30", "--standard", "900"], {}, "tekun", None, "given", "1170.00"),
        (
            ["--on", "2022-06-30", "--care-base", "with"],
            {},
            *("institution", "全自理", "average", "2015.00"),
        ),
        (["--district", "别处", "--minimum-wage", "1810"], {}, "care", "半护理", "most", "453.00"),
    ],
)
def test_options(
    options: list[str],
    env: dict[str, str],
    key: str,
    level: str | None,
    column: str,
    amount: str,
    tmp_path: Path,
) -> None:
    run = loubao("standards", "--json", *options, cwd=tmp_path, env=env)
    assert run.code == 0, run.err
    (line,) = [
        line for line in run.report["standards"] if (line["key"], line["level"]) == (key, level)
    ]
    assert line["amounts"][column] == amount


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--minimum-wage", "很多"], "--minimum-wage 应为元数"),
        (["--minimum-wage", "-5"], "--minimum-wage 应为元数"),
        (["--minimum-wage", "1960.005"], "--minimum-wage 应为元数"),
        (["--standard", "nan"], "--standard 应为元数"),
        (["--district", "别处"], "可用：泉州台商投资区"),
        (["--on", "2012-01-01"], "最低工资从 2020-01-01 起"),
        (["--rounding", "百元"], "没有取整“百元”，可用：元、十元、分"),
        (["--care-base", "maybe"], "--care-base 应为 with"),
        (["--check", "nowhere"], "nowhere 不存在"),
        (["--last-year", "2021-06"], "--last-year 要和 --check 一起用"),
        (["--on", "昨天"], "参数 --on 的值不对"),
    ],
)
def test_refusals(options: list[str], said: str, tmp_path: Path) -> None:
    run = loubao("standards", *options, cwd=tmp_path)
    assert run.code == 2
    assert said in run.err
    assert run.out == ""


def test_the_audit(month: Path, tmp_path: Path) -> None:
    out = tmp_path / "核查"
    run = loubao(
        *("standards", "--check", "2022-06", "--last-year", "2021-06", "--json", "--out", out),
        cwd=month,
    )
    assert run.code == 0, run.err
    assert_private(run.out, run.err)
    check = run.report["check"]
    told = [(row["kind"], row["file"], row["row"], row["clause"]) for row in check["findings"]]
    assert told == [
        ("household", "低保.csv", 2, "二（三）"),
        ("care", "特困.csv", 2, "二（三）"),
        ("institution", "特困.csv", 3, "二（三）"),
        ("growth", "", None, "一"),  # 低保 860 → 900 is 4.6 %
        ("growth", "", None, "一"),  # 特困 as last year
    ]
    assert [(row["measure"], row["percent"]) for row in check["growth"]] == [
        ("dibao_standard", "4.6"),
        ("tekun_amount", "0.0"),
    ]
    assert "没有临时救助名册，未核查。" in check["notes"]
    assert run.report["on"] == "2022-06-30"
    book = CalamineWorkbook.from_path(out / "标准核查.xlsx")
    assert book.sheet_names == ["救助标准", "核查明细"]
    details = book.get_sheet_by_name("核查明细").to_python()
    assert len(details) == 3 + len(told)
    assert not {name for name in PEOPLE if name in str(details)}
    assert (out / "标准核查.xlsx").stat().st_mode & 0o777 == 0o600


def test_the_terminal(month: Path) -> None:
    run = loubao("standards", "--check", "2022-06", cwd=month)
    assert run.code == 0, run.err
    assert_private(run.out)
    for words in ("户保障金额偏高", "照料护理档次不符", "特困.csv", "最低工资尚未与公布的原文核对"):
        assert words in run.out
    assert loubao("standards", "--check", "2022-06", "--quiet", cwd=month).out == ""


def test_what_match_wrote_stays_whole(good: Desk, tmp_path: Path) -> None:
    run = loubao("standards", "--out", good.out, cwd=tmp_path)
    assert run.code == 2
    assert "是 match 的输出" in run.err
    run = loubao("standards", "--json", cwd=tmp_path, env={"LOUBAO_OUT": str(good.out)})
    assert run.code == 0
    assert run.report["out"] is None


def test_the_page_in_the_summary(good: Desk) -> None:
    book = CalamineWorkbook.from_path(good.out / "汇总.xlsx")
    page = book.get_sheet_by_name("救助标准").to_python()
    assert any("1960" in str(row[0]) for row in page)


def test_rules_without_the_file_do_without_the_page(desk: Desk, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "rules"
    folder = shutil.copytree(shipped, tmp_path / "own" / "rules")
    (folder / "standards.yaml").unlink()
    desk.accepted("--rules", folder)
    book = CalamineWorkbook.from_path(desk.out / "汇总.xlsx")
    assert "救助标准" not in book.sheet_names
    run = loubao("standards", "--rules", folder, cwd=tmp_path)
    assert run.code == 2
    assert "缺少规则文件 rules/standards.yaml" in run.err
