"""A name and a number wherever data can put them: none reaches a screen, JSON, a log, a report."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from loubao.core.faults import Usage
from loubao.workspace.settings import ledger_key
from tests.commands.office import (
    DIBAO,
    DIBAO_ROWS,
    Row,
    Run,
    csv_bytes,
    fill,
    loubao,
    month,
)
from tests.people import number

NAME = "蔡金丝"
NUMBER = number("19630307", 41, division="990101")
TELEPHONE = "13860001234"
#: Of each canary what must be nowhere.
CANARIES = (NAME, NUMBER, NUMBER[:12], NUMBER[-10:], TELEPHONE)
WORDS = (f"{NAME}　{TELEPHONE}", f"上浦村{NAME}{NUMBER}")


def workbook(**sheets: list[Row]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for name, rows in sheets.items():
        page = book.add_worksheet(name[:31])
        for i, row in enumerate(rows):
            page.write_row(i, 0, row)
    book.close()
    return stream.getvalue()


def headed(word: str) -> bytes:
    """The roll with one more column, of that header, and something in it."""
    return csv_bytes([(*row, word if at == 0 else "x") for at, row in enumerate(DIBAO_ROWS)])


def celled(word: str) -> bytes:
    """The roll with the word in each cell by turns, that of the amount apart."""
    rows = [list(DIBAO_ROWS[1]) for _ in DIBAO_ROWS[0][:-1]]
    for at, row in enumerate(rows):
        row[at] = word
    return csv_bytes([*DIBAO_ROWS, *rows])


#: Where the word stands → what lies in the folder then, beside the month as it should be.
PLACES: dict[str, Callable[[str], dict[str, bytes]]] = {
    "file": lambda word: {f"6月低保在册{word}.csv": csv_bytes(DIBAO_ROWS), DIBAO: b""},
    "file of no list": lambda word: {f"{word}.csv": csv_bytes([("甲", "乙"), ("1", "2")])},
    "file that is no table": lambda word: {f"{word}.xlsx": b"no workbook"},
    "file that is ignored": lambda word: {f"填表说明{word}.txt": b"x"},
    "folder": lambda word: {f"{word}/6月低保边缘.csv": csv_bytes([("甲",), ("1",)])},
    "sheet": lambda word: {
        "6月低保在册.xlsx": workbook(**{word: [*DIBAO_ROWS]}),
        DIBAO: b"",
    },
    "sheet of numbers without header": lambda word: {
        "6月低保在册.xlsx": workbook(在册=[*DIBAO_ROWS], **{word: [(NAME, NUMBER)]}),
        DIBAO: b"",
    },
    "header": lambda word: {DIBAO: headed(word)},
    "cells": lambda word: {DIBAO: celled(word)},
    "no header": lambda word: {DIBAO: csv_bytes([(word, NUMBER), (word, NUMBER)])},
    "row above the header": lambda word: {DIBAO: csv_bytes([(word, NUMBER), *DIBAO_ROWS])},
}


def said(root: Path, run: Run) -> Iterator[tuple[str, str]]:
    """Everything that leaves the office or is read by others, by what it is."""
    yield "screen", run.out + run.err
    for path in (root / "out").rglob("*"):
        if path.name in {"run.json", "report.html"}:
            yield path.name, path.read_text(encoding="utf-8")
        elif path.name == "issues.parquet":
            yield path.name, json.dumps(pl.read_parquet(path).rows(), ensure_ascii=False)
        elif path.name == "数据问题.xlsx":
            pages = openpyxl.load_workbook(path).worksheets
            rows = [row for page in pages for row in page.iter_rows(values_only=True)]
            yield path.name, json.dumps(rows, ensure_ascii=False, default=str)
    for path in root.glob("*.log"):
        yield "log", path.read_text(encoding="utf-8")


def leaks(root: Path, run: Run) -> list[tuple[str, str]]:
    """Return which canary is where."""
    texts = [(place, text) for place, text in said(root, run)]
    return [(place, word) for place, text in texts for word in CANARIES if word in text]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_a_month_leaks(place: str, word: str, tmp_path: Path) -> None:
    files = {**month(), **PLACES[place](word)}
    fill(tmp_path / "2022-06", {name: content for name, content in files.items() if content})
    for arguments in (
        ("check", "2022-06", "--json"),
        ("match", "2022-06", "--out", "out", "--log", "a.log", "--ledger", "a.db", "--yes"),
    ):
        run = loubao(*arguments, cwd=tmp_path)
        assert run.code in {0, 3}, run.err
        assert leaks(tmp_path, run) == []


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "left",
    [
        lambda word: ("左.csv", csv_bytes([(word, NUMBER), (word, NUMBER)])),
        lambda word: ("左.csv", csv_bytes([("姓名", word), (NAME, NUMBER)])),
        lambda word: (f"{word}.csv", csv_bytes([("姓名", "证号"), (NAME, NUMBER)])),
        lambda word: (f"{word}.csv", csv_bytes([("甲", "乙"), ("1", "2")])),
        lambda word: ("左.xlsx", workbook(**{word: [("姓名",), (NAME,)], "丙": [("x",)]})),
        lambda word: ("左.xlsx", workbook(丙=[("姓名",), (NAME,)], **{word: [("x",)]})),
        lambda word: (f"{word}.parquet", b"PAR1 no table"),
        lambda word: (f"{word}.xlsx", b"no workbook"),
    ],
)
def test_nothing_of_two_tables_leaks(
    left: Callable[[str], tuple[str, bytes]], word: str, tmp_path: Path
) -> None:
    name, content = left(word)
    roll = csv_bytes([("姓名", "证号"), (NAME, NUMBER)])
    fill(tmp_path, {name: content, "右.csv": roll})
    for arguments in (
        ("link", name, "右.csv", "--out", "out"),
        ("link", "右.csv", name, "--out", "out", "--json"),
        ("link", name, "右.csv", "--out", "out", "--columns", "name=没有"),
        ("link", f"没有/{name}", "右.csv"),
    ):
        run = loubao(*arguments, cwd=tmp_path)
        assert run.code in {0, 2, 3}, run.err
        assert leaks(tmp_path, run) == []


CODES = "\x1b]0;x\x07\x1b[31m\x9b2J\u202e"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_terminal_is_told_nothing(options: tuple[str, ...], tmp_path: Path) -> None:
    """Escape sequences in the names of a file, a sheet and a column, and in what was typed."""
    rows = [(*row, f"列{CODES}") for row in DIBAO_ROWS]
    files = {**month(), f"6月低保在册{CODES}.xlsx": workbook(**{"在册\x7f\u202e": rows})}
    del files[DIBAO]
    fill(tmp_path / "2022-06", files)
    for arguments in (("check", "2022-06"), ("check", f"没有{CODES}")):
        run = loubao(*arguments, *options, cwd=tmp_path)
        assert run.code == (0 if arguments[1] == "2022-06" else 2), run.err
        shown = (run.out + run.err).replace("\n", "")
        assert shown.isprintable(), [sign for sign in shown if not sign.isprintable()]


def test_two_numbers_that_look_alike_are_two_files(tmp_path: Path) -> None:
    """Each is found again: by what shows of its name, and by its digest."""
    numbers = [number(born, 41, division="990101") for born in ("19630307", "19730307")]
    alike = [f"{each[:14]}0419" for each in numbers]
    letters = {f"填表说明{each}.txt": each.encode() for each in alike}
    fill(tmp_path / "2022-06", {**month(), **letters})
    run = loubao("check", "2022-06", "--json", cwd=tmp_path)
    found = {each["file"]: each["sha256"] for each in run.report["inputs"] if each["ignored"]}
    assert found == {
        "填表说明990101********0419.txt": hashlib.sha256(alike[0].encode()).hexdigest(),
        "填表说明990101********0419-2.txt": hashlib.sha256(alike[1].encode()).hexdigest(),
    }


def test_no_image_of_the_memory_is_left(tmp_path: Path) -> None:
    watch = "import atexit, resource; atexit.register(print, 'core', resource.RLIMIT_CORE)"
    after = "; atexit.register(lambda: print(resource.getrlimit(resource.RLIMIT_CORE)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{watch}{after}; from loubao.cli import main; main()"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "(0, 0)" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="no modes")
@pytest.mark.parametrize(("mode", "code"), [(0o644, 2), (0o604, 2), (0o602, 2), (0o600, 0)])
def test_a_key_that_all_can_read_is_not_used(mode: int, code: int, tmp_path: Path) -> None:
    key = tmp_path / "密钥.txt"
    key.write_text("一二三", encoding="utf-8")
    key.chmod(mode)
    if code:
        with pytest.raises(Usage, match=r"密钥\.txt 谁都能读，不用它；请改权限：chmod 600"):
            ledger_key(key)
    else:
        assert ledger_key(key) == "一二三"


@pytest.mark.parametrize("word", WORDS)
def test_nothing_of_a_returned_sheet_leaks(word: str, tmp_path: Path) -> None:
    """In the name of a returned file, its folder and sheet, above the header, and beside it."""
    fill(tmp_path / "2022-06", month())
    ledger = ("--ledger", "a.db")
    assert loubao("match", "2022-06", "--out", "issued", *ledger, "--yes", cwd=tmp_path).code == 0
    issued = sorted((tmp_path / "issued" / "核查表").rglob("*.xlsx"))
    returned = tmp_path / "returned" / word
    returned.mkdir(parents=True)
    for path in issued:
        book = openpyxl.load_workbook(path)
        page = book.worksheets[0]
        page.protection.disable()
        page.title = word[:31]
        page.cell(1, 40, word)
        page.cell(4, 40, word)
        page.cell(5, 40, NUMBER)
        book.save(returned / f"{word}{path.stem}.xlsx")
    (returned / f"坏的{word}.xlsx").write_bytes(b"no workbook")
    (returned / f"别的{word}.csv").write_bytes(csv_bytes([(word, NUMBER), (word, NUMBER)]))
    for options in ((), ("--json",)):
        run = loubao("collect", "returned", "--out", "out", *ledger, *options, cwd=tmp_path)
        assert run.code == 0, run.err
        assert leaks(tmp_path, run) == []
    alone = loubao("collect", f"returned/{word}/没有", *ledger, cwd=tmp_path)
    assert alone.code == 2
    assert leaks(tmp_path, alone) == []


@pytest.mark.parametrize(
    "typed",
    [
        ("match", "{}"),
        ("match", "没有{}"),
        ("match", "2022-06", "--rules", "{}"),
        ("match", "2022-06", "--ledger", "{}"),
        ("match", "2022-06", "--password-file", "{}"),
        ("match", "2022-06", "--as-of", "{}"),
        ("adapt", "{}"),
        ("collect", "没有{}", "--ledger", "a.db"),
        ("archive", "{}", "--ledger", "a.db"),
        ("restore", "没有{}", "--ledger", "a.db"),
        ("undo", "--ledger", "没有{}"),
        ("progress", "--ledger", "{}"),
    ],
)
def test_nothing_that_was_typed_leaks(typed: tuple[str, ...], tmp_path: Path) -> None:
    """A path with a name and a number in it, which is wrong, where nobody sits at a terminal."""
    word = WORDS[1]
    fill(tmp_path / "2022-06", month())
    fill(tmp_path / word, {"有": b"x"})
    arguments = [each.format(word) for each in typed]
    for options in ((), ("--json",)):
        run = loubao(*arguments, *options, cwd=tmp_path)
        assert run.code in {2, 3}, run.err
        assert leaks(tmp_path, run) == []
