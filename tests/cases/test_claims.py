"""Small months whose files say two things, or nothing: through the real command."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tests.commands.office import REPOSITORY, Run, assert_private, loubao
from tests.people import number

Rows = Sequence[Sequence[str]]

LI, LI2, BAO, TE = (
    number("19610202", 3),
    number("19620303", 5),
    number("19600101", 1),
    number("19400101", 1),
)
SUN, SUN2 = number("20150101", 1), number("20150102", 1)
PLACE = ("乡镇", "村")
HERE = ("洛阳镇", "上浦村")
ROLL = ("姓名", "身份证号", *PLACE)
DISABLED: Rows = (
    ("姓名", "残疾人证号", "残疾类别", "残疾等级", *PLACE, "发证日期"),
    ("李二", LI2 + "41", "肢体", "一级", *HERE, "2022-01-01"),
)
PAID: Rows = (
    ("姓名", "证件号码", "医疗费用总额", "个人自付金额", "户籍地址"),
    ("李一", LI, "90000", "45000", "洛阳镇上浦村1组"),
)
GOOD: Mapping[str, Rows] = {
    "残疾人名单.csv": DISABLED,
    "低保8月.csv": (ROLL, ("张保", BAO, *HERE)),
    "特困8月.csv": (ROLL, ("赵特", TE, *HERE)),
}


def csv(rows: Rows) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode("utf-8-sig")


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for i, row in enumerate(rows):
                page.write_row(i, 0, row)
    return stream.getvalue()


def month(root: Path, files: Mapping[str, Rows | bytes], folder: str = "2022-08") -> Path:
    data = root / folder
    data.mkdir(parents=True)
    for name, rows in files.items():
        content = rows if isinstance(rows, bytes) else csv(rows)
        (data / name).write_bytes(content)
    return data


def match(root: Path, *options: str) -> Run:
    return loubao("match", "2022-08", "--out", "out", "--json", *options, cwd=root)


def lists(root: Path) -> dict[str, set[str]]:
    """The list of each person read."""
    records = pl.read_parquet(root / "out/data/records.parquet")
    return {
        str(name): set(part["list"].to_list()) for (name,), part in records.group_by("name_raw")
    }


def visited(root: Path) -> set[str]:
    cases = pl.read_parquet(root / "out/data/cases.parquet")
    records = pl.read_parquet(root / "out/data/records.parquet")
    ids = set(cases["record_ids"].explode())
    return set(records.filter(pl.col("record_id").is_in(list(ids)))["name_raw"])


def refused(run: Run, *words: str) -> None:
    assert run.code == 3, run.err
    assert_private(run.out + run.err)
    for word in words:
        assert word in run.err, (word, run.err)


# --- a source list that is named as a roll ---------------------------------------------------------

NAMED_AS_ROLLS = [
    ("因病支出型困难预警8月.csv", "刚性支出困难家庭成员"),
    ("低保医疗救助8月.csv", "最低生活保障对象"),
    ("低收入家庭高额支出.csv", "低保边缘家庭成员"),
]


@pytest.mark.parametrize(("file", "title"), NAMED_AS_ROLLS)
def test_a_source_named_as_a_roll_stops_the_run(tmp_path: Path, file: str, title: str) -> None:
    month(tmp_path, {**GOOD, file: PAID})
    run = match(tmp_path)
    refused(run, file, title, "个人自付金额", "个人自付医疗费用超4万元人员", "files:")
    assert not (tmp_path / "out").exists()


def test_it_is_settled_once_in_the_rules(tmp_path: Path) -> None:
    """The line that the message tells holds for the months to come."""
    shutil.copytree(REPOSITORY / "rules", tmp_path / "rules")
    rule = tmp_path / "rules/lists/medical.yaml"
    text = rule.read_text(encoding="utf-8")
    text = text.replace("claim:\n", 'claim:\n  files: ["因病支出型困难预警*月.csv"]\n', 1)
    rule.write_text(text, encoding="utf-8")
    month(tmp_path, {**GOOD, "因病支出型困难预警9月.csv": PAID})
    run = match(tmp_path)
    assert run.code == 0, run.err
    assert lists(tmp_path)["李一"] == {"medical"}
    assert visited(tmp_path) == {"李一", "李二"}


def test_two_lists_cannot_settle_one_file(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "rules", tmp_path / "rules")
    for name in ("medical", "rigid_expense"):
        rule = tmp_path / f"rules/lists/{name}.yaml"
        text = rule.read_text(encoding="utf-8").replace("claim:\n", "claim:\n  files: 因病*\n", 1)
        rule.write_text(text, encoding="utf-8")
    month(tmp_path, {**GOOD, "因病支出型困难预警8月.csv": PAID})
    refused(match(tmp_path), "因病支出型困难预警8月.csv", "claim.files", "只能写在一份里")


def test_a_name_with_both_words_is_what_its_columns_say(tmp_path: Path) -> None:
    month(tmp_path, {**GOOD, "低收入家庭重残人员.csv": DISABLED, "低保户大额医疗.csv": PAID})
    run = match(tmp_path)
    assert run.code == 0, run.err
    assert lists(tmp_path)["李二"] == {"disability"}
    assert visited(tmp_path) == {"李一", "李二"}


# --- several lists in one workbook -----------------------------------------------------------------


@pytest.mark.parametrize("file", ["儿童福利台账.xlsx", "孤儿和事实无人抚养儿童.xlsx", "孤儿.xlsx"])
def test_each_sheet_is_its_own_list(tmp_path: Path, file: str) -> None:
    sheets = {
        "孤儿": (ROLL, ("孙一", SUN, *HERE)),
        "事实无人抚养儿童": (ROLL, ("孙二", SUN2, *HERE)),
    }
    month(tmp_path, {**GOOD, file: xlsx(sheets)})
    run = match(tmp_path)
    assert run.code == 0, run.err
    assert lists(tmp_path) | {} == {
        "李二": {"disability"},
        "张保": {"dibao"},
        "赵特": {"tekun"},
        "孙一": {"orphan"},
        "孙二": {"unattended"},
    }


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (ROLL, ("钱三", SUN2, *HERE)),  # a header that fits, and nothing says of which list
        (("甲", "乙"), ("钱三", SUN2)),  # no header at all
    ],
)
def test_a_sheet_that_names_people_is_not_passed_over(
    tmp_path: Path, header: tuple[str, ...], row: tuple[str, ...]
) -> None:
    sheets = {"孤儿": (ROLL, ("孙一", SUN, *HERE)), "其他": (header, row)}
    month(tmp_path, {**GOOD, "儿童福利台账.xlsx": xlsx(sheets)})
    refused(match(tmp_path), "儿童福利台账.xlsx", "其他")


# --- all that is wrong with a folder, at once ------------------------------------------------------


def letter() -> bytes:
    """A notice as Word saves it; only its parts' names matter."""
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return stream.getvalue()


def test_all_faults_are_named_together(tmp_path: Path) -> None:
    files = {
        "残疾人名单.csv": DISABLED,
        "关于报送名单的通知.docx": letter(),
        "因病支出型困难预警8月.csv": PAID,
        "低保8月.csv": (ROLL, ("张保", BAO, *HERE)),
        "导出(3).csv": (ROLL, ("赵特", TE, *HERE)),
    }
    month(tmp_path, files)
    run = match(tmp_path)
    refused(
        run,
        "关于报送名单的通知.docx",
        "因病支出型困难预警8月.csv",
        "导出(3).csv",
        "缺少必需的名单：特困供养人员",
        "loubao adapt",
    )
    assert len(run.err.strip().splitlines()) == 5, run.err


def test_a_letter_about_a_list_is_not_that_list(tmp_path: Path) -> None:
    files = {"关于报送低保和残疾人名单的通知.docx": letter(), "特困8月.csv": GOOD["特困8月.csv"]}
    month(tmp_path, files)
    refused(match(tmp_path), "通知.docx", "缺少必需的名单：最低生活保障对象", "没有来源名单")


def test_a_list_that_cannot_be_read_is_not_missing_as_well(tmp_path: Path) -> None:
    month(tmp_path, {**GOOD, "低保8月.csv": b""})
    run = match(tmp_path)
    refused(run, "低保8月.csv")
    assert "缺少必需的名单" not in run.err


def test_only_the_letter_is_named_where_all_else_is_well(tmp_path: Path) -> None:
    month(tmp_path, {**GOOD, "通知.docx": letter()})
    run = match(tmp_path)
    refused(run, "通知.docx", "loubao adapt")
    assert len(run.err.strip().splitlines()) == 2, run.err


# --- the month -------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["2022.8", "2022年08月名单", "202208", "22年8月", "2022/8月"])
def test_the_month_is_the_folders(tmp_path: Path, folder: str) -> None:
    month(tmp_path, GOOD, folder)
    run = loubao("match", folder, "--out", "out", "--json", cwd=tmp_path)
    assert (run.code, run.report["as_of"]) == (0, "2022-08-31"), run.err


def test_a_year_that_nobody_says_is_asked_for(tmp_path: Path) -> None:
    month(tmp_path, GOOD, "8月")
    run = loubao("match", "8月", "--out", "out", cwd=tmp_path)
    assert run.code == 2
    assert "--as-of" in run.err
    assert not (tmp_path / "out").exists()
    run = loubao("match", "8月", "--out", "out", "--json", "--as-of", "2022-08-31", cwd=tmp_path)
    assert (run.code, run.report["as_of"]) == (0, "2022-08-31"), run.err


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("低保清退人员", "退"),
        ("无低保人员", "无"),
        ("疑似死亡人员", "疑似"),
        ("2019低保", "2019年"),
    ],
)
def test_a_name_that_denies_its_list_stops_the_run(tmp_path: Path, name: str, word: str) -> None:
    """Beside the good rolls: who is on it would be taken off the sheets."""
    rows: Rows = (ROLL, ("李一", LI, *HERE))
    run = loubao("match", month(tmp_path, {**GOOD, f"{name}.csv": rows}), cwd=tmp_path)
    assert run.code == 3, run.err
    assert f"{name}.csv" in run.err
    assert word in run.err
    assert not (tmp_path / "out").exists()


def test_a_title_that_denies_its_list_stops_the_run(tmp_path: Path) -> None:
    rows: Rows = (("低保比对异常人员名单",), ROLL, ("李一", LI, *HERE))
    run = loubao("match", month(tmp_path, {**GOOD, "低保甲村.csv": rows}), cwd=tmp_path)
    assert run.code == 3, run.err
    assert "比对" in run.err


def test_a_nought_in_a_column_of_choices_is_no_blank(tmp_path: Path) -> None:
    """Of a column of ones and noughts: whether 李一 is on the roll is not known."""
    roll: Rows = ((*ROLL, "在保状态"), ("张保", BAO, *HERE, "在保"), ("李一", LI, *HERE, "0"))
    files = {**GOOD, "低保8月.csv": roll, "医保个人自付.csv": PAID}
    run = loubao("match", month(tmp_path, files), "--out", "out", cwd=tmp_path)
    assert run.code == 0, run.err
    issues = pl.read_parquet(tmp_path / "out" / "data" / "issues.parquet")
    assert "VALUE_UNKNOWN" in issues.filter(file="低保8月.csv")["code"].to_list()
    cases = pl.read_parquet(tmp_path / "out" / "data" / "cases.parquet")
    assert cases.filter(pl.col("lists").list.contains("medical")).height == 1


def test_a_comma_within_a_cell_takes_nobody_off(tmp_path: Path) -> None:
    """李一's address has one, so that what stands under 个人自付金额 is no amount of his."""
    head = ("姓名", "证件号码", *PLACE, "住址", "次数", "个人自付金额")
    low = [(f"王{n}", number("19610101", 21 + 2 * k)) for k, n in enumerate("甲乙丙丁戊己")]
    paid: Rows = (
        head,
        ("李一", LI, *HERE, "1组", "5号", "3", "45000"),
        *((name, card, *HERE, "2组", "1", "4000") for name, card in low),
    )
    files = {**GOOD, "医保个人自付.csv": paid}
    run = loubao("match", month(tmp_path, files), "--out", "out", cwd=tmp_path)
    assert run.code == 0, run.err
    cases = pl.read_parquet(tmp_path / "out" / "data" / "cases.parquet")
    assert cases.filter(pl.col("lists").list.contains("medical")).height == 1
    issues = pl.read_parquet(tmp_path / "out" / "data" / "issues.parquet")
    assert {"ROW_LONG", "CONDITION_UNKNOWN"} <= set(issues.filter(row=2)["code"])
