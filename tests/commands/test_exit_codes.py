"""Wrong usage, rules that do not hold, a disk that says no, a run that is killed, two at once."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from loubao.core.events import Posting
from loubao.ledger.connection import writing
from loubao.ledger.postings import post
from tests.commands.office import (
    COMMAND,
    REPOSITORY,
    Desk,
    Run,
    assert_private,
    assert_whole,
    environment,
    hidden,
    loubao,
    tree,
    visible,
)

RULES = REPOSITORY / "rules"
RULE_FILES = sorted(path.relative_to(RULES).as_posix() for path in RULES.rglob("*.yaml"))

# Usage


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("match",), "DATA"),
        (("match", "2022-06", "--out", "out", "--strict"), "--strict"),
        (("match", "2022-06", "--out", "out", "--as-of", "2022-02-30"), "--as-of"),
        (("match", "2022-06", "--out", "out", "--as-of", "上月底"), "--as-of"),
        (("match", "2022-06", "--out", "out", "--as-of", "0001-01-01"), "--as-of"),
        (("match", "2022-06", "--out", "out", "--as-of", "9999-12-31"), "--as-of"),
        (("match", "2022-06", "--out"), "--out"),
        (("match", "2022-06", "--out", "out", "2022-07"), "--help"),
        (("merge", "2022-06"), "命令"),
        (("check",), "DATA"),
        (("init",), "DIR"),
        (("match", "2022-06", "--out", "out", "--rules", "rules-gone"), "rules-gone"),
        (("match", "2022-06", "--out", "out", "--password-file", "gone.txt"), "密码文件"),
    ],
)
def test_wrong_usage(desk: Desk, arguments: tuple[str, ...], word: str) -> None:
    desk.refused(2, word, arguments=arguments)


def test_no_arguments_shows_the_help(desk: Desk) -> None:
    run = loubao(cwd=desk.root)
    assert run.code == 2
    assert "match" in run.out + run.err
    assert "Traceback" not in run.out + run.err


# Rules


#: The commands that read what `match` has no need of.
READERS = {
    "linking.yaml": ("link", "names.csv", "names.csv", "--out", "links"),
    "returns.yaml": ("collect", "2022-06"),
    "supervision.yaml": ("progress",),
    "archive.yaml": ("archive", "bound"),
}


@pytest.mark.parametrize("file", RULE_FILES)
def test_unknown_key_in_a_rule_file(desk: Desk, file: str) -> None:
    rules = desk.root / "rules"
    shutil.copytree(RULES, rules)
    text = (rules / file).read_text(encoding="utf-8").rstrip("\n")
    if file == "fields.yaml":  # its first level are fields, named as one likes
        added = "\nnonsense: {type: text, label: 无, headers: [无], surplus_key: 1}\n"
    else:
        added = "\nsurplus_key: 1\n"
    (rules / file).write_text(text + added, encoding="utf-8")
    line, column = text.count("\n") + 2, added.index("surplus_key")
    place = f"{Path(rules.name, file).parent.name}/{Path(file).name}:{line}:{column}"
    if file == "linking.yaml":
        (desk.root / "names.csv").write_text("姓名\n庄建国\n", encoding="utf-8")
    if file in {"archive.yaml", "supervision.yaml"}:
        with writing(desk.root / "loubao.db") as ledger:
            post(ledger, Posting("month", "2022-06", "2022-06-30", "", {}), "")
    arguments = READERS.get(file, ("match", "2022-06", "--out", "out"))
    desk.refused(2, place, "surplus_key", arguments=arguments)


RULES_BROKEN = {
    "condition that names no field": (
        "lists/medical.yaml",
        "self_paid > ${medical_over}",
        "self_payed > 40000",
        ("lists/medical.yaml:", "self_payed", "self_paid"),
    ),
    "condition of two types": (
        "lists/medical.yaml",
        "self_paid > ${medical_over}",
        "self_paid > '4万'",
        ("lists/medical.yaml:", "类型"),
    ),
    "condition that is no condition": (
        "lists/medical.yaml",
        "self_paid > ${medical_over}",
        "self_paid > > 40000",
        ("lists/medical.yaml:", "条件"),
    ),
    "key of a key": (
        "lists/dibao.yaml",
        "  words: [低保,",
        "  wordz: [低保]\n  words: [低保,",
        ("lists/dibao.yaml:", "claim.wordz"),
    ),
    "no YAML": ("reading.yaml", "ignore:\n", "ignore: [\n", ("reading.yaml:", "格式")),
    "a list that is not there": (
        "screening.yaml",
        "covered_by: [dibao, tekun]",
        "covered_by: [dibaoo, tekun]",
        ("screening.yaml:", "dibaoo"),
    ),
    "villages without a column": (
        "villages.csv",
        "town_code,town,town_aliases",
        "town_code,town",
        ("villages.csv:1:1", "表头"),
    ),
    "village without a name": (
        "villages.csv",
        "350521104201,洛阳村,",
        "350521104201,,",
        ("villages.csv:2:", "村居"),
    ),
}


@pytest.mark.parametrize("case", RULES_BROKEN)
def test_rules_that_do_not_hold(desk: Desk, case: str) -> None:
    file, old, new, words = RULES_BROKEN[case]
    shutil.copytree(RULES, desk.root / "本地规则")
    path = desk.root / "本地规则" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    desk.refused(2, *words, arguments=("match", "2022-06", "--out", "out", "--rules", "本地规则"))


def test_a_list_of_open_cases_is_gone_from_the_rules(desk: Desk) -> None:
    """Then nobody can say why the case is there: not dropped in silence, and no trace."""
    rules = desk.root / "rules"
    shutil.copytree(RULES, rules)
    ledger = ("--ledger", "loubao.db", "--rules", "rules")
    assert desk.match(*ledger).code == 0
    (rules / "lists/medical.yaml").rename(rules / "lists/treatment.yaml")
    for path in (rules / "screening.yaml", rules / "plausibility.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("medical", "treatment"), encoding="utf-8")
    again = ("match", "2022-06", "--out", "out", *ledger)
    desk.refused(2, "没有办结", "lists/medical.yaml", arguments=again)


def test_villages_that_a_spreadsheet_spoiled(desk: Desk) -> None:
    """Saved by Excel: GB18030 is read, a code in exponent form is not."""
    shutil.copytree(RULES, desk.root / "rules")
    path = desk.root / "rules" / "villages.csv"
    text = path.read_text(encoding="utf-8")
    path.write_bytes(text.encode("gb18030"))
    desk.accepted()
    path.write_bytes(text.replace("350521104201", "3.50521E+11").encode("gb18030"))
    desk.refused(2, "villages.csv:2:4", "12 位", arguments=("match", "2022-06", "--out", "out"))


# The output folder


def test_output_folder_of_somebody_else(desk: Desk) -> None:
    (desk.root / "照片").mkdir()
    (desk.root / "照片" / "a.jpg").write_bytes(b"x")
    desk.refused(2, "照片", arguments=("match", "2022-06", "--out", "照片"))
    assert (desk.root / "照片" / "a.jpg").read_bytes() == b"x"


@pytest.mark.parametrize("command", ["match", "check"])
def test_output_inside_the_exports(desk: Desk, command: str) -> None:
    """The next run would take it for exports."""
    desk.refused(2, "DATA", arguments=(command, "2022-06", "--out", "2022-06/out"))
    assert not (desk.data / "out").exists()


def test_output_is_a_file(desk: Desk) -> None:
    (desk.root / "结果").write_text("x", encoding="utf-8")
    desk.refused(2, "结果", arguments=("match", "2022-06", "--out", "结果"))
    assert (desk.root / "结果").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("command", ["match", "check"])
@pytest.mark.parametrize("out", ["/dev/null/out", "/proc/loubao/out", "结果/out"])
def test_output_cannot_be_made(desk: Desk, command: str, out: str) -> None:
    (desk.root / "结果").write_text("x", encoding="utf-8")
    desk.refused(2, "换一个", arguments=(command, "2022-06", "--out", out))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_output_folder_read_only(desk: Desk) -> None:
    locked = desk.root / "locked"
    locked.mkdir(mode=0o500)
    desk.refused(2, "换一个", arguments=("match", "2022-06", "--out", locked / "out"))


def test_users_own_changes_are_kept_aside(desk: Desk) -> None:
    (desk.out / "笔记.txt").write_text("三户已走访", encoding="utf-8")
    run = desk.accepted()
    kept = desk.root / run.report["kept"]
    assert (kept / "笔记.txt").read_text(encoding="utf-8") == "三户已走访"
    assert not (desk.out / "笔记.txt").exists()
    assert visible(desk.root) == {"2022-06", "out", kept.name}


def test_nothing_is_kept_where_nothing_was_changed(desk: Desk) -> None:
    assert desk.accepted().report["kept"] is None
    assert visible(desk.root) == {"2022-06", "out"}


# Disk full


def _sizes(desk: Desk, pattern: str) -> list[int]:
    return sorted(path.stat().st_size for path in desk.out.rglob(pattern))


def test_disk_full_at_the_first_file(desk: Desk) -> None:
    desk.refused(2, "out", limits={"RLIMIT_FSIZE": _sizes(desk, "*.parquet")[0] // 2})


# the disk fills up after so many files
_FULL = """
import errno, os
left = FILES
real = os.open
def full(path, flags, *more, **named):
    global left
    if flags & os.O_CREAT and ".xlsx" in os.fsdecode(path):
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    return real(path, flags, *more, **named)
os.open = full
"""


def _full(desk: Desk, files: int, what: str = "", env: Mapping[str, str] | None = None) -> Run:
    """Match while the disk fills up, or `what` is raised instead."""
    first = _FULL.replace("FILES", str(files))
    if what:
        assert _FULL_ERROR in first
        first = first.replace(_FULL_ERROR, what)
    return loubao("match", "2022-06", "--out", "out", cwd=desk.root, env=env, first=first)


_FULL_ERROR = "OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)"


@pytest.mark.parametrize("files", [0, 2])
def test_no_space_left(desk: Desk, files: int) -> None:
    before = tree(desk.out)
    run = _full(desk, files)
    assert run.code == 2, run.err
    assert "磁盘已满" in run.err
    assert_private(run.out, run.err)
    assert tree(desk.out) == before
    assert hidden(desk.root) == set()


NAMED = "ValueError('蔡阿榕')"


def test_a_defect_is_told_without_data(desk: Desk) -> None:
    """Exit code 1: where the trace was written, and nothing of a person in either."""
    before = tree(desk.out)
    run = _full(desk, 0, NAMED, {"TMPDIR": str(desk.root)})
    assert run.code == 1
    traces = list(desk.root.glob("*.trace"))
    assert len(traces) == 1
    assert traces[0].name in run.err
    assert traces[0].stat().st_mode & 0o777 == 0o600
    text = traces[0].read_text(encoding="utf-8")
    assert "cli/__init__.py" in text
    assert "蔡阿榕" not in text + run.out + run.err
    assert "Traceback" not in run.out + run.err
    assert tree(desk.out) == before


# Two at once


def test_another_run_holds_the_output(desk: Desk) -> None:
    with FileLock(desk.root / ".out.lock"):
        desk.refused(4, "out")
    desk.accepted()


def test_two_runs_started_together(desk: Desk) -> None:
    command = [str(COMMAND), "match", "2022-06", "--out", "out", "--quiet"]
    runs = [
        subprocess.Popen(command, cwd=desk.root, env=environment(), stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    codes = sorted(run.wait(60) for run in runs)
    assert codes in ([0, 4], [0, 0])  # the second may have begun after the first had ended
    assert_whole(desk.out)
    assert visible(desk.root) == {"2022-06", "out"}
    assert hidden(desk.root) == set()
