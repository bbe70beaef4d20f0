"""In which order output reaches the disk, and what is refused before the ledger is posted."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loubao.core.faults import Fault
from loubao.workspace import output_file, output_folder
from loubao.workspace.output_file import held, write_files

pytestmark = pytest.mark.skipif(os.name != "posix", reason="what POSIX has to sync")

FILES = ("核查表/甲/乙.xlsx", "汇总.xlsx")


def write(target: Path, finish: Callable[[], object] | None = None) -> output_folder.Draft:
    with output_folder.output_folder(target) as draft:
        for name in FILES:
            draft.path(name).write_text(f"{finish}", encoding="utf-8")
        output_folder.write_manifest(draft, {})
        draft.finish = finish
    return draft


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done to the disk from now on: synced, moved, removed; and what a test adds."""
    done: list[str] = []

    def name(path: Path) -> str:
        return Path(os.path.relpath(path, tmp_path)).as_posix()

    def spied(module: Any, function: str, told: Callable[..., str]) -> None:
        real = getattr(module, function)

        def spy(*arguments: Any, **named: Any) -> Any:
            done.append(told(*arguments))
            return real(*arguments, **named)

        monkeypatch.setattr(module, function, spy)

    spied(os, "fsync", lambda fd: f"sync {name(Path(f'/proc/self/fd/{fd}').resolve())}")
    spied(shutil, "rmtree", lambda path: f"remove {name(path)}")
    spied(os, "rename", lambda one, other: f"move {name(one)} {name(other)}")
    spied(os, "replace", lambda one, other: f"move {name(one)} {name(other)}")
    spied(output_folder, "exchange", lambda one, other: f"move {name(one)} {name(other)}")
    spied(output_file, "exchange", lambda one, other: f"move {name(one)} {name(other)}")
    return done


def in_order(steps: list[str], *groups: set[str]) -> None:
    """Each of a group is done, and done after all of the groups before."""
    last = -1
    for group in groups:
        found = [[i for i, step in enumerate(steps) if step == each and i > last] for each in group]
        assert all(found), (group, steps)
        last = max(places[0] for places in found)


def test_synced_posted_moved_synced_removed(tmp_path: Path, steps: list[str]) -> None:
    write(tmp_path / "out")
    del steps[:]
    write(tmp_path / "out", lambda: steps.append("posted"))
    in_order(
        steps,
        {f"sync .out.partial/{name}" for name in (*FILES, "run.json")},
        {"sync .out.partial/核查表/甲", "sync .out.partial/核查表", "sync .out.partial", "sync ."},
        {"posted"},
        {"move .out.partial out"},
        {"sync ."},
        {"remove .out.partial"},
    )


def test_the_same_where_places_cannot_be_changed_in_one_step(
    tmp_path: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "out")
    monkeypatch.setattr(output_folder, "exchange", lambda *_: False)
    del steps[:]
    write(tmp_path / "out", lambda: steps.append("posted"))
    moved = [{"move out .out.old"}, {"move .out.partial out"}, {"sync ."}, {"remove .out.old"}]
    in_order(steps, {"posted"}, *moved)


def test_files_in_a_folder(tmp_path: Path, steps: list[str]) -> None:
    out = tmp_path / "new" / "out"
    files = {out / name: lambda draft: draft.write_bytes(b"x") for name in ("a", "b")}
    assert write_files(out, files, lambda: steps.append("posted")) == []
    in_order(
        steps,
        {"sync .", "sync new"},
        {"sync new/out/.a.partial", "sync new/out/.b.partial"},
        {"sync new/out"},
        {"posted"},
        {"move new/out/.a.partial new/out/a", "move new/out/.b.partial new/out/b"},
        {"sync new/out"},
    )
    assert sorted(path.name for path in out.iterdir()) == ["a", "b"]


# What keeps output from its place


@pytest.mark.parametrize("obstacle", ["a folder", "sticky", "mounted", "held"])
def test_refused_before_the_ledger(
    tmp_path: Path, obstacle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    target = out / "b.xlsx"
    code = 2
    if obstacle == "a folder":
        target.mkdir()
    elif obstacle == "sticky":
        out.chmod(0o1777)
        target.write_bytes(b"theirs")
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    elif obstacle == "mounted":
        target.write_bytes(b"theirs")
        monkeypatch.setattr(output_file, "is_mounted", lambda path: path == target)
    posted: list[str] = []
    files = {out / name: lambda draft: draft.write_bytes(b"x") for name in ("a.xlsx", "b.xlsx")}
    with pytest.raises(Fault) as caught:
        if obstacle == "held":
            code = 4
            with held(out):
                write_files(out, files, lambda: posted.append("posted"))
        else:
            write_files(out, files, lambda: posted.append("posted"))
    assert caught.value.exit_code == code
    assert "out" in caught.value.message
    assert posted == []
    assert {path.name for path in out.iterdir()} <= {"b.xlsx"}


@pytest.mark.parametrize("number", [errno.EIO, errno.EBUSY, errno.EROFS, errno.EXDEV])
def test_an_output_that_cannot_be_moved(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking before the posting: the earlier output over the draft, which is never done."""
    write(tmp_path / "out")
    real = Path.rename

    def refused(one: Path, other: Path) -> Path:
        if one.name == "out":
            raise OSError(number, os.strerror(number))
        return real(one, other)

    monkeypatch.setattr(Path, "rename", refused)
    posted: list[str] = []
    with pytest.raises(Fault) as caught:
        write(tmp_path / "out", lambda: posted.append("posted"))
    assert (caught.value.exit_code, posted) == (2, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.lock", "out"]


@pytest.mark.parametrize("there", [False, True])
def test_what_fails_after_the_posting_is_a_hint(
    tmp_path: Path, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 0 and what to do; the next run mends it."""
    out = tmp_path / "out"
    if there:
        write(out)
    earlier = (out / FILES[0]).read_bytes() if there else b""

    def fails(path: Path) -> None:
        raise OSError(errno.EIO, "input/output error")

    def finish() -> None:
        monkeypatch.setattr(output_folder, "sync", fails)

    draft = write(out, finish)
    (hint,) = draft.hints
    assert "台账已登记" in hint
    assert "磁盘读写出错" in hint
    if there:
        assert (out / FILES[0]).read_bytes() == earlier
    monkeypatch.undo()
    assert write(out, lambda: None).hints == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.lock", "out"]


def test_without_a_posting_it_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out")
    before = (tmp_path / "out" / "run.json").read_bytes()

    def fails(path: Path) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(output_folder, "sync", fails)
    with pytest.raises(Fault, match="磁盘读写出错"):
        write(tmp_path / "out")
    assert (tmp_path / "out" / "run.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.lock", "out"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_takes_its_place_is_not_called_off(tmp_path: Path, number: signal.Signals) -> None:
    write(tmp_path / "out", lambda: signal.raise_signal(number))
    assert (tmp_path / "out" / "run.json").exists()
