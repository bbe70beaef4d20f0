"""Rule files that are put in place: they hold, or the folder is what it was."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

import pytest

from loubao.core.faults import RuleFault, Usage
from loubao.rules.folder import load_rules
from loubao.workspace import rule_files
from loubao.workspace.rule_files import recover, rule_texts, write_rules
from tests.commands.office import tree
from tests.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))


def test_one_file_is_changed_and_the_others_are_not_touched(folder: Path) -> None:
    before = tree(folder)
    text = rule_texts(folder)["reading.yaml"]
    rules = write_rules(
        folder, {"reading.yaml": text.replace("header_depth: 30", "header_depth: 9")}
    )
    assert rules.reading.header_depth == load_rules(folder).reading.header_depth == 9
    assert rules.folder == folder
    after = tree(folder)
    assert [path for path in before if before[path] != after[path]] == ["reading.yaml"]
    assert (
        stat.S_IMODE((folder / "reading.yaml").stat().st_mode) == before["reading.yaml"][0] & 0o777
    )
    assert sorted(path.name for path in folder.parent.iterdir()) == ["rules"]


@pytest.mark.parametrize("exchanges", [True, False])
def test_several_files_come_together(
    folder: Path, exchanges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchanges:
        monkeypatch.setattr(rule_files, "exchange", lambda one, other: False)
    texts = rule_texts(folder)
    source = texts["lists/village_report.yaml"]
    screening = texts["screening.yaml"].replace("coverage:\n", "coverage:\n  mine: {}\n", 1)
    changed = {"lists/mine.yaml": source, "screening.yaml": screening}
    assert "mine" in write_rules(folder, changed).lists
    assert rule_texts(folder) == texts | changed
    assert sorted(path.name for path in folder.parent.iterdir()) == ["rules"]


WRONG = {
    "not YAML": {"reading.yaml": "ignore: ["},
    "a list without cover": {"lists/mine.yaml": "title: 甲\nrole: source\n"},
    "the returns": {"returns.yaml": "results: {}\n"},
    "what was asked": {"asked.yaml": "place: [甲]\n"},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_what_does_not_hold_is_not_written(folder: Path, changed: dict[str, str]) -> None:
    before = tree(folder)
    with pytest.raises(RuleFault) as fault:
        write_rules(folder, changed)
    assert ".partial" not in fault.value.message
    assert tree(folder) == before
    assert sorted(path.name for path in folder.parent.iterdir()) == ["rules"]


def test_encoding_and_line_ends_stay(folder: Path) -> None:
    table = folder / "villages.csv"
    table.write_bytes(table.read_text("utf-8").replace("\n", "\r\n").encode("gb18030"))
    before = table.read_bytes()
    text = rule_texts(folder)["villages.csv"]
    write_rules(folder, {"villages.csv": text.replace("上浦\r\n", "上浦|上铺村\r\n", 1)})
    assert table.read_bytes() == before.replace(
        "上浦\r\n".encode("gb18030"), "上浦|上铺村\r\n".encode("gb18030"), 1
    )


def test_a_folder_left_out_of_place_is_put_back(folder: Path) -> None:
    before = tree(folder)
    folder.rename(folder.parent / ".rules.old")
    recover(folder)
    assert tree(folder) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    folder.parent.chmod(0o500)
    try:
        with pytest.raises(Usage, match="rules"):
            write_rules(folder, {"reading.yaml": rule_texts(folder)["reading.yaml"] + "\n"})
    finally:
        folder.parent.chmod(0o700)


def test_a_copy_that_cannot_take_its_place_leaves_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a system without a change of places, where a program holds the folder."""
    before, rename = tree(folder), Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self.name == ".rules.partial":
            raise OSError(errno.EBUSY, "held")
        return rename(self, target)

    monkeypatch.setattr(rule_files, "exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", refused)
    texts = rule_texts(folder)
    changed = {path: texts[path] + "\n" for path in ("reading.yaml", "fields.yaml")}
    with pytest.raises(Usage, match="占用"):
        write_rules(folder, changed)
    assert tree(folder) == before
    assert sorted(path.name for path in folder.parent.iterdir()) == ["rules"]
