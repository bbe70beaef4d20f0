"""`loubao archive`: whole, private, verifiable; what was changed is named."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from loubao.core.events import Document, Posting
from loubao.ledger.connection import writing
from loubao.ledger.postings import post
from tests.commands.office import Run, assert_private, hidden, loubao, tree
from tests.ledger.invented import (
    RULE,
    TIME,
    answers,
    behind_its_back,
    document,
    make,
    month,
    placed,
    verified,
)

ROLL = "姓名,身份证号\n".encode()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of two months and their returns, and the archive of it; nobody writes here."""
    root = tmp_path_factory.mktemp("shelf")
    (root / "名单").mkdir()
    for name in ("低保.csv", "特困.csv"):
        (root / "名单" / name).write_bytes(ROLL + name.encode())
    june, july = root / "名单" / "低保.csv", root / "名单" / "特困.csv"
    with writing(root / "loubao.db") as ledger:
        post(ledger, placed(june, month()), TIME)
        post(ledger, answers(verified(1), verified(2, "ineligible")), TIME)
        again = answers(verified(3), name="上浦村（1）.xlsx")
        rule = document("rule", "screening.yaml", b"refusal_months: 6\n")
        post(ledger, placed_again(again, rule), TIME)
        post(ledger, placed(july, month(4, month="2022-07")), TIME)
    run = loubao("archive", "归档/2022", "--ledger", "loubao.db", "--json", cwd=root)
    assert run.code == 0, run.err
    (root / "report.json").write_text(run.out, encoding="utf-8")
    return root


def placed_again(posting: Posting, *documents: Document) -> Posting:
    return replace(posting, documents=(*posting.documents, *documents))


@pytest.fixture
def desk(shelf: Path, tmp_path: Path) -> Path:
    """A copy to be spoiled."""
    return Path(shutil.copytree(shelf, tmp_path / "desk"))


def archive(desk: Path, *arguments: str, folder: str = "归档/2022") -> Run:
    run = loubao("archive", folder, *arguments, cwd=desk)
    assert_private(run.out, run.err)
    return run


def verify(desk: Path, *arguments: str) -> Run:
    return archive(desk, "--verify", *arguments)


def cells(path: Path) -> list[list[list[object]]]:
    book = CalamineWorkbook.from_path(path)
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def test_what_is_bound_together(shelf: Path) -> None:
    folder = shelf / "归档" / "2022"
    files = {name for name, (_, digest) in tree(folder).items() if digest}
    assert files == {
        *("manifest.json", "目录.xlsx", "events.csv", "postings.csv"),
        *("名单/2022-06/低保.csv", "名单/2022-07/特困.csv"),
        *("规则/2022-06/screening.yaml", "规则/2022-06/第2次/screening.yaml"),
        "规则/2022-07/screening.yaml",
        *(
            "下发/2022-06/第1版/核查表/洛阳镇/上浦村.xlsx",
            "下发/2022-07/第1版/核查表/洛阳镇/上浦村.xlsx",
        ),
        *("回收/2022-06/上浦村.xlsx", "回收/2022-06/上浦村（1）.xlsx"),
    }
    assert {mode & 0o777 for mode, digest in tree(folder).values() if digest} == {0o600}
    assert {mode & 0o777 for mode, digest in tree(folder).values() if not digest} == {0o700}
    assert (folder / "规则/2022-06/screening.yaml").read_bytes() == RULE
    assert hidden(shelf / "归档") == set()


def test_the_manifest_and_the_report(shelf: Path) -> None:
    folder = shelf / "归档" / "2022"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    files = {name: digest for name, (_, digest) in tree(folder).items() if digest}
    seal = files.pop("manifest.json")
    assert manifest["files"] == files
    report = json.loads((shelf / "report.json").read_text(encoding="utf-8"))
    assert report["seal"] == seal
    assert report["counts"] == {"postings": 4, "events": 15, "kept": 11, "missing": 0, "changed": 0}
    assert report["months"] == ["2022-06", "2022-07"]


def test_the_index_names_every_file(shelf: Path) -> None:
    folder = shelf / "归档" / "2022"
    index, lacking, posted = cells(folder / "目录.xlsx")
    told = {row[3]: row for row in index if isinstance(row[0], float)}
    files = {name: digest for name, (_, digest) in tree(folder).items() if digest}
    assert set(told) == set(files) - {"manifest.json", "目录.xlsx"}
    for name, row in told.items():
        assert row[6] == files[str(name)]
        assert row[5] == (folder / str(name)).stat().st_size
        assert row[4] == "已归档"
    assert told["名单/2022-06/低保.csv"][7] == str(shelf / "名单" / "低保.csv")
    assert lacking[1][0] == "没有缺失的材料。"
    assert [row[:3] for row in posted[2:]] == [
        [1.0, "每月比对", "2022-06"],
        [2.0, "回收", "2022-06"],
        [3.0, "回收", "2022-06"],
        [4.0, "每月比对", "2022-07"],
    ]


def test_every_event_is_there(shelf: Path) -> None:
    path = shelf / "归档" / "2022" / "events.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        events = list(csv.DictReader(stream))
    assert [int(event["event_id"]) for event in events] == list(range(1, 16))
    assert events[0]["case_no"] == "104-2022-00001"
    assert json.loads(events[7]["detail"]) == {"result": "ineligible", "lists": ["medical"]}


def test_it_holds_with_and_without_the_ledger(desk: Path) -> None:
    report = verify(desk, "--ledger", "loubao.db", "--json").report
    assert (report["files"], report["ledger"]) == (12, "loubao.db")
    with writing(desk / "loubao.db") as ledger:  # the ledger went on
        post(ledger, answers(verified(4)), TIME)
    assert "一致" in verify(desk, "--ledger", "loubao.db").out
    (desk / "loubao.db").unlink()
    run = verify(desk)
    assert (run.code, run.err) == (0, "")
    assert "没有台账可以对照" in run.out
    (desk / "归档" / "2022" / "Thumbs.db").touch()
    assert verify(desk, "--quiet") == Run(0, "", "")


def changed(folder: Path, name: str) -> None:
    longer(folder / name)


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def rewritten(folder: Path, name: str, old: str, new: str) -> None:
    """Change a file, and its digest in the manifest too."""
    path, manifest = folder / name, folder / "manifest.json"
    content = path.read_bytes().decode()
    assert old in content
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(content.replace(old, new, 1).encode())
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace(before, after), encoding="utf-8"
    )


def forged(folder: Path, name: str, how: Callable[[Path], object]) -> None:
    """Do something to a file, and write its digest, or that it is not there, in the manifest."""
    manifest = folder / "manifest.json"
    known = json.loads(manifest.read_text(encoding="utf-8"))
    how(folder / name)
    del known["files"][name]
    if (folder / name).exists():
        known["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    manifest.write_text(json.dumps(known), encoding="utf-8")


SPOILT = {
    "changed": (lambda f: changed(f, "名单/2022-06/低保.csv"), "名单/2022-06/低保.csv 内容已改动"),
    "gone": (lambda f: (f / "目录.xlsx").unlink(), "目录.xlsx 缺失"),
    "added": (lambda f: (f / "名单" / "新.csv").touch(), "名单/新.csv 是归档后加入的"),
    "no events": (lambda f: (f / "events.csv").unlink(), "events.csv 缺失"),
    "event forged": (
        lambda f: rewritten(f, "events.csv", "ineligible", "eligible"),
        "events.csv 与第2次登记的校验链不符",
    ),
    "posting forged": (
        lambda f: rewritten(f, "postings.csv", "digest 4", "digest 5"),
        "postings.csv 与第4次登记的校验链不符",
    ),
    "count forged": (
        lambda f: rewritten(f, "postings.csv", '""cases"": 3', '""cases"": 4'),
        "台账",
    ),
    "case number forged": (
        lambda f: rewritten(f, "events.csv", "104-2022-00001", "104-2022-00009"),
        "events.csv 第1次登记的事件与台账 loubao.db 不同",
    ),
    "return forged": (
        lambda f: forged(f, "回收/2022-06/上浦村.xlsx", longer),
        "共 2 处\n错误：回收/2022-06/上浦村.xlsx 与台账 loubao.db 记的不同",
    ),
    "input forged": (
        lambda f: forged(f, "名单/2022-07/特困.csv", longer),
        "共 2 处\n错误：名单/2022-07/特困.csv 与台账 loubao.db 记的不同",
    ),
    "return left out": (
        lambda f: forged(f, "回收/2022-06/上浦村.xlsx", Path.unlink),
        "缺少台账 loubao.db 里 2022-06 的 上浦村.xlsx",
    ),
    "not a number": (lambda f: rewritten(f, "events.csv", "\r\n2,", "\r\n二,"), "读不懂"),
    "another month": (
        lambda f: rewritten(f, "manifest.json", '"2022-07"\n', '"2022-08"\n'),
        "月份",
    ),
    "manifest": (lambda f: (f / "manifest.json").write_text("{}"), "无法核对"),
}


@pytest.mark.parametrize(("spoil", "said"), SPOILT.values(), ids=SPOILT.keys())
def test_what_differs_is_named(desk: Path, spoil: Callable[[Path], object], said: str) -> None:
    spoil(desk / "归档" / "2022")
    run = verify(desk, "--ledger", "loubao.db")
    assert (run.code, run.out) == (3, "")
    assert said in run.err
    assert all(line.startswith("错误：") for line in run.err.splitlines())


def test_another_ledger(desk: Path) -> None:
    make(desk / "other.db")
    run = verify(desk, "--ledger", "other.db")
    assert run.code == 3
    assert "other.db 的第1次登记与归档不同" in run.err  # rules, versions and times are bound


def test_a_ledger_that_was_tampered_with(desk: Path) -> None:
    with closing(sqlite3.connect(desk / "loubao.db")) as ledger, ledger, behind_its_back(ledger):
        ledger.execute("UPDATE event SET on_date = '2022-06-01' WHERE posting_id = 2")
    run = verify(desk, "--ledger", "loubao.db")
    assert run.code == 3
    assert "loubao.db 不完整：第2次登记之后，台账的事件被改动过" in run.err
    assert "events.csv 第2次登记的事件与台账 loubao.db 不同" in run.err


def test_inputs_that_are_gone_or_changed_are_told(desk: Path) -> None:
    (desk / "名单" / "低保.csv").unlink()
    ledger = desk / "away.db"
    with writing(ledger) as opened:
        post(opened, month(), TIME)
        roll = desk / "名单" / "特困.csv"
        post(opened, placed(roll, month(4, month="2022-07")), TIME)
    changed(desk, "名单/特困.csv")
    run = archive(desk, "--ledger", "away.db", folder="归档/新")
    assert run.code == 0, run.err
    assert "缺失 1 份、已改动 1 份" in run.out
    _, lacking, _ = cells(desk / "归档" / "新" / "目录.xlsx")
    assert [(row[1], row[3]) for row in lacking[2:]] == [("2022-06", "缺失"), ("2022-07", "已改动")]
    assert archive(desk, "--verify", "--ledger", "away.db", folder="归档/新").code == 0


def test_some_months_only(desk: Path) -> None:
    run = archive(desk, "--from", "2022-07", "--ledger", "loubao.db", "--json", folder="七月")
    assert run.report["months"] == ["2022-07"]
    assert run.report["counts"]["events"] == 6
    assert not (desk / "七月" / "名单" / "2022-06").exists()
    assert archive(desk, "--verify", "--ledger", "loubao.db", folder="七月").code == 0
    run = archive(desk, "--to", "2022-05", "--ledger", "loubao.db", folder="五月")
    assert (run.code, (desk / "五月").exists()) == (2, False)
    run = archive(desk, "--to", "2022-13", "--ledger", "loubao.db", folder="五月")
    assert (run.code, "YYYY-MM" in run.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("归档/2022", "--ledger", "loubao.db"), 2, "已有文件"),
        (("名单", "--ledger", "loubao.db"), 2, "已有文件"),
        (("名单/低保.csv", "--ledger", "loubao.db"), 2, "不是文件夹"),
        (("新", "--ledger", "gone.db"), 2, "没有台账"),
        (("新", "--ledger", "名单/低保.csv"), 2, "不是台账"),
        (("名单", "--verify"), 2, "不是归档文件夹"),
        (("新", "--verify"), 2, "不是归档文件夹"),
        (("归档/2022", "--verify", "--ledger", "gone.db"), 2, "没有台账"),
        ((), 2, "DIR"),
    ],
)
def test_refused(shelf: Path, arguments: tuple[str, ...], code: int, word: str) -> None:
    before = tree(shelf)
    run = loubao("archive", *arguments, cwd=shelf)
    assert (run.code, run.out) == (code, "")
    assert word in run.err
    assert tree(shelf) == before


def test_an_empty_folder_will_do(desk: Path) -> None:
    (desk / "空").mkdir()
    assert archive(desk, "--ledger", "loubao.db", folder="空").code == 0
    assert {path.name for path in desk.iterdir() if "空" in path.name} == {"空", ".空.lock"}


def test_a_ledger_that_is_not_whole_is_not_archived(desk: Path) -> None:
    with writing(desk / "loubao.db") as ledger:
        ledger.execute("UPDATE standing SET status = 'enrolled' WHERE case_id = 1")
    run = archive(desk, "--ledger", "loubao.db", folder="新")
    assert (run.code, "1 个个案的现状与事件不符" in run.err) == (3, True)
    assert not (desk / "新").exists()
