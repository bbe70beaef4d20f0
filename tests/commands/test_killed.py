"""Killed at any moment: what is seen is an earlier output or a new one, and the next run works."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.office import (
    COMMAND,
    DIBAO,
    MEDICAL,
    MEDICAL_HEADER,
    STEPS,
    Desk,
    Run,
    assert_whole,
    environment,
    loubao,
    tree,
    visible,
    xlsx,
)


def _stepped(desk: Desk, at: int) -> Run:
    arguments = ("match", "2022-06", "--out", "out", "--quiet")
    return loubao(*arguments, cwd=desk.root, kill_at=at)


def test_killed_at_any_step(desk: Desk) -> None:
    """Each run finds what the killed one before it left; whoever looks sees a whole output."""
    run = _stepped(desk, 0)
    assert run.code == 0, run.err
    steps = int(run.out)
    dice = random.Random(20220630)
    moments = sorted({*dice.sample(range(1, steps - 8), 4), *range(steps - 8, steps + 1, 2)})
    before = tree(desk.out)
    for moment in moments:
        run = _stepped(desk, moment)
        assert run.code in (-signal.SIGKILL, 0)  # after a kill there may be fewer steps
        assert visible(desk.root) == {"2022-06", "out"}
        now = tree(desk.out)
        if now != before:
            assert_whole(desk.out)
        before = now
    desk.accepted()
    assert visible(desk.root) == {"2022-06", "out"}


def test_killed_at_any_time(desk: Desk) -> None:
    command = ("match", "2022-06", "--out", "out", "--quiet")
    start = time.perf_counter()
    assert loubao(*command, cwd=desk.root).code == 0
    whole = time.perf_counter() - start
    dice = random.Random(20220630)
    before = tree(desk.out)
    for _ in range(5):
        run = loubao(*command, cwd=desk.root, kill_after=dice.uniform(0.2, 1.0) * whole)
        assert run.code in (-signal.SIGKILL, 0)
        assert visible(desk.root) == {"2022-06", "out"}
        now = tree(desk.out)
        if now != before:
            assert_whole(desk.out)
        before = now
    desk.accepted()


def test_killed_while_two_processes_write(desk: Desk) -> None:
    """A month so large that a second process writes: it ends with the first."""
    people = [(i, "周" + chr(0x5000 + i), "", "洛阳镇", "上浦村", 50000 + i) for i in range(1, 320)]
    desk.put(MEDICAL, xlsx([MEDICAL_HEADER, *people]))
    before = tree(desk.out)
    command = [str(COMMAND), "match", "2022-06", "--out", "out", "--quiet"]
    run = subprocess.Popen(command, cwd=desk.root, env=environment())
    helpers: list[int] = []
    while run.poll() is None and not (desk.root / ".out.partial" / "data").exists():
        time.sleep(0.002)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    if children.exists():
        helpers = [int(child) for child in children.read_text().split()]
    run.kill()
    assert run.wait() == -signal.SIGKILL
    assert tree(desk.out) == before
    assert visible(desk.root) == {"2022-06", "out"}
    for _ in range(200):
        if not any(Path(f"/proc/{helper}").exists() for helper in helpers):
            break
        time.sleep(0.05)
    else:
        pytest.fail("the second process lives on")
    assert desk.accepted().report["counts"]["cases"] == 319


# The same for the output folder alone, at every step there is, from one small process: copy the
# earlier output, run and be killed in a child, look, then run again.
_EVERY_STEP = """
import json, os, shutil, signal, sys
from pathlib import Path
import loubao.workspace.output_folder
from loubao.workspace.output_folder import output_folder, write_manifest

def write():
    with output_folder(Path("out")) as draft:
        for name in ("核查表/甲/乙.xlsx", "汇总.xlsx"):
            draft.path(name).write_text("new")
        write_manifest(draft, {})

def killed(at):
    def step(event, arguments):
        nonlocal seen
        if counts(event, arguments):
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)
    child = os.fork()
    if child == 0:
        seen = 0
        sys.addaudithook(step)
        write()
        os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL

home, at, found = Path.cwd(), 0, []
if sys.argv[1] == "two steps":
    loubao.workspace.output_folder.exchange = lambda *_: False
while True:
    at += 1
    place = home / f"at{at}"
    shutil.copytree(home / "first", place)
    os.chdir(place)
    if not killed(at):
        break
    after = sorted(os.listdir("."))
    note = Path("out/笔记.txt").is_file()
    whole = Path("out/run.json").is_file()
    write()
    notes = len(list(Path().glob("out*/笔记.txt")))
    found.append([at, after, note, whole, sorted(os.listdir(".")), notes])
print(json.dumps(found))
"""


@pytest.mark.parametrize("way", ["exchange", "two steps"])
def test_what_a_person_changed_survives_a_kill_at_every_step(desk: Desk, way: str) -> None:
    """The note somebody left in an earlier output is never lost, whenever the run is killed."""
    (desk.out / "笔记.txt").write_text("三户已走访", encoding="utf-8")
    home = desk.root / "home"
    (home / "first").mkdir(parents=True)
    desk.out.rename(home / "first" / "out")
    done = subprocess.run(
        [sys.executable, "-c", STEPS + _EVERY_STEP, way],
        cwd=home,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    found = json.loads(done.stdout)
    assert len(found) > 15
    for at, after, note, whole, then, notes in found:
        seen = [name for name in after if not name.startswith(".")]
        if way == "exchange":
            assert whole, at
            assert "out" in seen, at
        assert note or whole or way == "two steps", at
        assert [name for name in then if name.startswith(".")] == [".out.lock"], at
        assert notes == 1, f"the note is lost, killed at step {at}"


def test_what_a_killed_run_left_is_cleared(desk: Desk) -> None:
    leftover = desk.root / ".out.partial"
    (leftover / "data").mkdir(parents=True)
    (leftover / "data" / "records.parquet").write_bytes(b"half")
    desk.put(DIBAO, b"")
    desk.refused(3, DIBAO)
