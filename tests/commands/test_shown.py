"""What a clerk reads on the screen: help, an understood month, a new working folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.commands.office import Desk, assert_private, csv_bytes, dibao_row, loubao

SCREEN = {"COLUMNS": "80"}


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ((), "用法：loubao [选项] 命令 …"),
        (("match",), "用法：loubao match [选项] DATA"),
        (("check",), "用法：loubao check [选项] DATA"),
        (("link",), "用法：loubao link [选项] LEFT RIGHT"),
        (("init",), "用法：loubao init [选项] DIR"),
    ],
)
def test_the_help_is_in_chinese(tmp_path: Path, command: tuple[str, ...], usage: str) -> None:
    run = loubao(*command, "--help", cwd=tmp_path, env=SCREEN)
    assert run.code == 0
    lines = run.out.splitlines()
    assert lines[0] == usage
    for line in lines[1:]:  # what an example goes on with may be a path alone
        assert line[:20].strip() == "" or re.search(r"[\u4e00-\u9fff]", line), line
    assert "选项：" in lines
    assert ("参数：" if command else "命令：") in lines
    said = re.sub("<DATA 的名字>|spark://主机:7077|table:库", "", run.out)
    assert not re.search("required|default|Options|<|:", said)


def test_check_speaks_of_titles_and_labels(desk: Desk) -> None:
    """Also of a column that no rule knows, in a file whose name looks like markup."""
    header = ("乡镇", "行政村", "姓名", "身份证号", "是否保障对象", "月补助金额", "星座", "序号")
    rows = [(*dibao_row(name), "白羊", "1") for name in ("柯三省", "何厝生")]
    desk.remove("6月低保在册.csv")
    desk.put("[bold]低保[x].csv", csv_bytes([header, *rows]))
    desk.put("填表说明.txt", b"x")
    run = loubao("check", "2022-06", cwd=desk.root, env=SCREEN)
    assert run.code == 0, run.err
    assert_private(run.out, run.err)
    assert "截至 2022年6月30日" in run.out
    assert re.search(r"\[bold\]低保\[x\]\.csv .* 最低生活保障对象 .* 2 ", run.out)
    assert re.search(r"填表说明\.txt .*（不读取）", run.out)
    assert "村（居）←行政村，姓名，身份证号" in run.out
    assert re.search(r"没有规则 │ 星座 ", run.out)
    assert re.search(r"│ 不读取 +│ 序号 ", run.out)
    assert not re.search("dibao|id_number|unknown|ignored", run.out)


def test_members_are_counted_and_their_columns_named(desk: Desk) -> None:
    header = (
        "乡镇",
        "行政村",
        "户主姓名",
        "户主身份证号",
        "供养方式",
        "家庭成员1姓名",
        "家庭成员1身份证号",
    )
    desk.put(
        "6月特困供养.csv",
        csv_bytes([header, ("洛阳镇", "上浦村", "柯阿甲", "", "分散", "柯阿乙", "")]),
    )
    run = loubao("check", "2022-06", cwd=desk.root, env={"COLUMNS": "200"})
    assert run.code == 0, run.err
    assert re.search(r"6月特困供养\.csv .* 2 ", run.out)
    assert "成员1姓名←家庭成员1姓名" in run.out


def test_match_tells_the_day(desk: Desk) -> None:
    run = loubao("match", "2022-06", "--as-of", "2022-05-31", cwd=desk.root, env=SCREEN)
    assert run.code == 0, run.err
    assert "2022年5月，年龄和期限截至 2022年5月31日" in run.out


def test_init_says_what_to_edit_and_its_commands_run(tmp_path: Path) -> None:
    run = loubao("init", "新 区", cwd=tmp_path, env=SCREEN)
    assert run.code == 0, run.err
    for word in ("泉州台商投资区", "--county 350521"):
        assert word in run.out
    commands = [shlex.split(line) for line in run.out.splitlines()[-4:]]
    assert commands[0] == ["cd", "新 区"]
    month = commands[1][2]
    assert commands[1:] == [["loubao", verb, month] for verb in ("adapt", "check", "match")]
    assert (tmp_path / "新 区" / month).is_dir()
