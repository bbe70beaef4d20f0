"""Consoles and folders as offices have them: cp936, the C locale, CRLF, Chinese and long paths."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loubao.cli.terminal import Terminal
from tests.commands.office import COMMAND, REPOSITORY, assert_private, environment, fill, month

#: a Windows user's folder, with what quoting and joining of paths might stumble over
USER = "用户 李 村干部/桌面/民政 (1) & 100%/五月、六月"

#: a console that has no Chinese at all, and Python kept from working around it
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def raw(*arguments: str, cwd: Path, env: dict[str, str]) -> tuple[int, bytes, bytes]:
    """Run the installed command in exactly that console; the bytes that it wrote."""
    variables = {
        key: value
        for key, value in environment().items()
        if not key.startswith(("LC_", "LANG", "PYTHON"))
    }
    done = subprocess.run(
        [str(COMMAND), *arguments],
        cwd=cwd,
        env={**variables, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def crlf(folder: Path) -> None:
    """Save the text files of a folder as Notepad does."""
    for path in folder.rglob("*"):
        if path.suffix in {".yaml", ".csv"}:
            text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
            path.write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))


def test_a_month_in_a_chinese_folder_on_a_cp936_console_with_crlf_rules(tmp_path: Path) -> None:
    desk = tmp_path / USER
    fill(desk / "2022-06", month())
    shutil.copytree(REPOSITORY / "rules", desk / "rules")
    crlf(desk)
    code, out, err = raw("match", "2022-06", cwd=desk, env={"PYTHONIOENCODING": "gbk"})
    said = out.decode("gbk")
    assert (code, err) == (0, b""), err.decode("gbk", "replace")
    assert "2022年6月" in said
    assert "?" not in said
    assert "\ufffd" not in said
    assert_private(said)
    assert list((desk / "out" / "2022-06" / "核查表").rglob("*.xlsx"))


@pytest.mark.parametrize(
    ("console", "encoding"),
    [
        ({"PYTHONIOENCODING": "cp936"}, "cp936"),
        ({"LC_ALL": "C"}, "utf-8"),  # Python takes C for UTF-8
    ],
)
def test_words_arrive_whole(tmp_path: Path, console: dict[str, str], encoding: str) -> None:
    code, out, err = raw("match", "六月", cwd=tmp_path, env=console)
    assert (code, out) == (2, b"")
    assert "错误：DATA 应为存放本月名单的文件夹：六月 不存在" in err.decode(encoding)


def test_a_locale_and_a_console_without_chinese(tmp_path: Path) -> None:
    """Files have their names as ever; what the console cannot show is a question mark."""
    shutil.copytree(REPOSITORY / "rules", tmp_path / "rules")
    fill(tmp_path / "2022-06", {**month(), "填表说明.docx": b"x"})
    arguments = ("match", "2022-06", "--ledger", "loubao.db")
    code, out, err = raw(*arguments, cwd=tmp_path, env={**ASCII, "PYTHONIOENCODING": "ascii"})
    assert (code, err) == (0, b"")
    assert b"2022" in out
    assert (tmp_path / "out/2022-06/核查表/洛阳镇/上浦村.xlsx").is_file()
    code, out, err = raw("progress", "--out", "通报", cwd=tmp_path, env=ASCII)
    assert (code, err) == (0, b"")
    assert "已写入 通报/进度.xlsx" in out.decode()
    assert (tmp_path / "通报/通报.docx").is_file()
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out", tmp_path / "通报")} == {
        0o700
    }


def test_bars_of_a_console_that_lacks_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, signs in (("utf-8", "█░"), ("cp936", "#."), ("ascii", "#.")):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        assert Terminal().signs("█░", "#.") == signs


def test_every_other_sign_of_the_screens_is_in_gbk() -> None:
    """A console of cp936 shows whole what the program says."""
    for module in sorted((REPOSITORY / "src/loubao/cli").glob("*.py")):
        words = module.read_text(encoding="utf-8").replace('_DONE_AND_NOT = ("█░", "#.")', "")
        assert words.encode("gbk", "replace").decode("gbk") == words, module.name


@pytest.mark.parametrize("options", [("standards",), ("standards", "--json"), ("--help",)])
def test_who_stops_reading_ends_nothing(tmp_path: Path, options: tuple[str, ...]) -> None:
    """`loubao … | head -1`: no error, no fault of the run."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [str(COMMAND), *options],
            cwd=tmp_path,
            env=environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX")
def test_a_very_long_path_is_a_message_or_works(tmp_path: Path) -> None:
    """As deep as the system opens a path at all, and a name that is longer than any may be."""
    desk = tmp_path
    while len(os.fsencode(desk)) < 3_300:
        desk = desk / ("很长的文件夹名字" * 9)
    fill(desk / "2022-06", month())
    code, _, err = raw("check", str(desk / "2022-06"), cwd=tmp_path, env={"LC_ALL": "C.UTF-8"})
    assert (code, err) == (0, b"")
    code, out, err = raw("check", "长" * 300, cwd=tmp_path, env={"LC_ALL": "C.UTF-8"})
    assert (code, out) == (2, b"")
    assert "路径太长" in err.decode()
