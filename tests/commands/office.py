"""A township office in a folder: a small month of exports, and the real command run on it."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from tests.people import number

Row = Sequence[object]

COMMAND = Path(sys.executable).with_name("loubao")
REPOSITORY = Path(__file__).resolve().parents[2]

MEDICAL = "2021年度个人自付医疗费用超4万元.xlsx"
DIBAO = "6月低保在册.csv"
TEKUN = "6月特困供养.csv"

#: name → ID number; all invented, on a division code that was never given out
PEOPLE = {
    "蔡阿榕": number("19600305", 11),
    "柯三省": number("19710809", 23),
    "曾淑勉": number("19850412", 46),
    "骆添丁": number("19440102", 57),
    "何厝生": number("19530616", 79),
    "庄碧螺": number("19901130", 82),
}

MEDICAL_HEADER = ("序号", "姓名", "身份证号码", "乡镇", "村（社区）", "个人自付费用（元）")
DIBAO_HEADER = ("乡镇", "行政村", "姓名", "身份证号", "是否保障对象", "月补助金额")
TEKUN_HEADER = ("姓名", "公民身份号码", "乡镇", "行政村", "供养方式")


def medical_row(place: int, name: str, paid: object, village: str = "上浦村") -> Row:
    return (place, name, PEOPLE.get(name, ""), "洛阳镇", village, paid)


def dibao_row(name: str) -> Row:
    return ("洛阳镇", "上浦村", name, PEOPLE.get(name, ""), "是", "560")


MEDICAL_ROWS: tuple[Row, ...] = (
    ("个人自付医疗费用超4万元人员名单",),
    MEDICAL_HEADER,
    medical_row(1, "蔡阿榕", 52000.5),
    medical_row(2, "柯三省", 68000),
    medical_row(3, "曾淑勉", 41000, "后亭村"),
    medical_row(4, "骆添丁", 40000),
    (),
    ("合计", "", "", "", "", 201000.5),
    ("制表人：", "", "", "", "", ""),
)
DIBAO_ROWS: tuple[Row, ...] = (DIBAO_HEADER, dibao_row("柯三省"), dibao_row("何厝生"))
TEKUN_ROWS: tuple[Row, ...] = (
    TEKUN_HEADER,
    ("骆添丁", PEOPLE["骆添丁"], "洛阳镇", "后亭村", "分散"),
    ("庄碧螺", PEOPLE["庄碧螺"], "洛阳镇", "后亭村", "集中"),
)


def xlsx(*sheets: Sequence[Row]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    for rows in sheets:
        page = book.add_worksheet()
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if isinstance(value, str):
                    if value:
                        page.write_string(i, j, value)
                else:
                    page.write_number(i, j, value)
    book.close()
    return stream.getvalue()


def csv_text(rows: Sequence[Row]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


def csv_bytes(rows: Sequence[Row], encoding: str = "utf-8-sig") -> bytes:
    return csv_text(rows).encode(encoding)


def month() -> dict[str, bytes]:
    """The least valid month: one source, the two rolls that must be there."""
    return {
        MEDICAL: xlsx(MEDICAL_ROWS),
        DIBAO: csv_bytes(DIBAO_ROWS),
        TEKUN: csv_bytes(TEKUN_ROWS),
    }


def fill(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@dataclass(frozen=True)
class Run:
    """What one run of the command gave; `megabytes` and `seconds` of CPU only of a fresh one."""

    code: int
    out: str
    err: str
    megabytes: float = 0.0
    seconds: float = 0.0

    @property
    def report(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        assert self.out.count("\n") == 1, "more than one line on standard output"
        report = json.loads(self.out)
        assert isinstance(report, dict)
        return report


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    ours = ("LOUBAO_", "POLARS_MAX_THREADS")  # the threads are those of the tests
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**kept, "PYTHONIOENCODING": "utf-8", "COLUMNS": "200", **(extra or {})}


# fork and exec from a small process: a child's peak memory counts that of whoever forked it
_LIMITED = """
import json, os, resource, sys
limits, measured, *command = sys.argv[1:]
child = os.fork()
if child == 0:
    for name, value in json.loads(limits).items():
        resource.setrlimit(getattr(resource, name), (value, value))
    os.execv(command[0], command)
_, status, usage = os.wait4(child, 0)
with open(measured, "w") as stream:
    json.dump([usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime], stream)
sys.exit(os.waitstatus_to_exitcode(status))
"""


#: What counts as a step of the disk: what Python reports of files made, renamed, removed at the
#: output. A run that is killed is killed before the step of some number.
STEPS = """
import os
def counts(event, arguments):
    if event == "ctypes.dlsym":
        return "renameat2" in arguments
    if event in ("os.remove", "os.rmdir"):
        return True
    if event in ("os.rename", "os.mkdir", "os.chmod", "open"):
        texts = [os.fsdecode(a) for a in arguments if isinstance(a, (str, bytes, os.PathLike))]
        return any("/out" in text or "/.out" in text for text in texts)
    return False
"""

# Most of a short run is importing. So one process imports once, and finishes the models of the
# rules, and then forks a process for each command: that one has its own folder, environment, streams
# and exit code, as from the shell. No frame is made before the fork: threads do not survive it.
_STARTER = (
    STEPS
    + """
import gc, importlib, json, os, pkgutil, signal, sys, time, traceback
orders, answers = os.dup(0), os.dup(1)
for stream, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY)):
    os.dup2(os.open(os.devnull, mode), stream)
import jinja2, loubao, pydantic
from loubao.cli import main
for module in pkgutil.walk_packages(loubao.__path__, "loubao."):
    importlib.import_module(module.name)
models = [pydantic.BaseModel]
for model in models:  # grows
    models += model.__subclasses__()
    if model.__module__.startswith("loubao."):
        model.model_rebuild()
gc.freeze()

def run(order):
    seen = 0
    def step(event, arguments):
        nonlocal seen
        if counts(event, arguments):
            seen += 1
            if seen == order["kill_at"]:
                os.kill(os.getpid(), signal.SIGKILL)
    if order["kill_at"] is not None:
        sys.addaudithook(step)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    for stream, path in ((1, order["out"]), (2, order["err"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    sys.argv = order["argv"]
    try:
        exec(order["first"], {})
        main()
    except SystemExit as end:
        return end.code
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        if order["kill_at"] == 0:
            print(seen)

for line in os.fdopen(orders, encoding="utf-8"):
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        code = run(order)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)
    if order["kill_after"] is not None:
        time.sleep(order["kill_after"])
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(answers, f"{code}\\n".encode())
"""
)


@functools.cache
def starter() -> subprocess.Popen[str]:
    """The process that starts commands; `conftest` ends it."""
    return subprocess.Popen(
        [sys.executable, "-c", _STARTER],
        env=environment({"POLARS_MAX_THREADS": os.environ["POLARS_MAX_THREADS"]}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def loubao(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    kill_at: int | None = None,
    kill_after: float | None = None,
    first: str = "",
) -> Run:
    """Run the command in a process that was forked from one that has imported it.

    `kill_at`: end it before that step of the disk; 0 prints how many steps there are.
    `kill_after`: end it after so many seconds. `first`: Python to run in that process before.
    """
    streams = {name: cwd / f".{name}" for name in ("out", "err")}
    order = {
        "argv": ["loubao", *map(str, arguments)],
        "cwd": str(cwd),
        "kill_at": kill_at,
        "kill_after": kill_after,
        "first": first,
        "env": environment(env),
        **{name: str(path) for name, path in streams.items()},
    }
    process = starter()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    code = int(process.stdout.readline())
    said = {name: path.read_text(encoding="utf-8") for name, path in streams.items()}
    for path in streams.values():
        path.unlink()
    return Run(code, said["out"], said["err"])


def afresh(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    limits: Mapping[str, int] | None = None,
) -> Run:
    """Run the installed command; `limits` by the names of the resource module."""
    measured = cwd / ".measured.json"
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-c", _LIMITED, json.dumps(limits or {})),
            *(str(measured), str(COMMAND), *map(str, arguments)),
        ],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    megabytes, seconds = json.loads(measured.read_text())
    measured.unlink()
    return Run(done.returncode, done.stdout, done.stderr, megabytes, seconds)


def assert_private(*texts: str) -> None:
    """No name, no ID number nor a long piece of one, no trace."""
    said = "\n".join(texts)
    for name, number_ in PEOPLE.items():
        assert name not in said, "a name is shown"
        assert number_[:12] not in said, "an ID number is shown"
        assert number_[-10:] not in said, "an ID number is shown"
    assert "Traceback" not in said
    assert 'File "' not in said


def tree(folder: Path) -> dict[str, tuple[int, str]]:
    """Mode and digest of everything in `folder`, by relative path."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def hidden(folder: Path) -> set[str]:
    """Names that a run left behind, the lock aside."""
    names = {path.name for path in folder.iterdir() if path.name.startswith(".")}
    return {name for name in names if not name.endswith(".lock")}


def assert_whole(out: Path) -> None:
    """The output is complete: run.json and every file it lists, nothing else."""
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    files = {name: digest for name, (_, digest) in tree(out).items() if digest}
    files.pop("run.json")
    assert files == manifest["outputs"]


@dataclass(frozen=True)
class Desk:
    """A folder to work in: this month's exports in `data`, an earlier output in `out`."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "2022-06"

    @property
    def out(self) -> Path:
        return self.root / "out"

    def put(self, name: str, content: bytes) -> None:
        (self.data / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self.data / name).unlink()

    def rename(self, name: str, to: str) -> None:
        (self.data / name).rename(self.data / to)

    def match(
        self,
        *options: str | Path,
        env: Mapping[str, str] | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> Run:
        """Match this month; with `limits` by the installed command."""
        arguments = ("match", self.data.name, "--out", self.out.name, *options)
        if limits is None:
            return loubao(*arguments, cwd=self.root, env=env)
        return afresh(*arguments, cwd=self.root, env=env, limits=limits)

    def refused(
        self,
        code: int,
        *words: str,
        arguments: Sequence[str | Path] | None = None,
        env: Mapping[str, str] | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> Run:
        """Run, and check all that holds of every run that ends with another code than 0."""
        before, seen = tree(self.out), visible(self.root)
        if arguments is None:
            run = self.match(env=env, limits=limits)
        else:
            run = loubao(*arguments, cwd=self.root, env=env)
        said = run.out + run.err
        assert run.code == code, said
        if "--json" in (arguments or ()):
            assert run.report["exit_code"] == code
        else:
            assert run.out == ""
        assert_private(said)
        lines = run.err.splitlines()
        assert lines
        assert all(re.match(r"错误：.*[\u4e00-\u9fff]", line) for line in lines), run.err
        for word in words:
            assert word in run.err, (word, run.err)
        assert tree(self.out) == before, "the earlier output was touched"
        assert visible(self.root) == seen
        assert hidden(self.root) == set()
        return run

    def accepted(
        self,
        *options: str | Path,
        env: Mapping[str, str] | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> Run:
        """Run with `--json`, and check all that holds of every run that ends well."""
        run = self.match("--json", *options, env=env, limits=limits)
        assert run.code == 0, run.err
        assert_private(run.out, run.err)
        assert_whole(self.out)
        assert hidden(self.root) == set()
        return run

    def frame(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.out / "data" / f"{name}.parquet")

    def people(self, file: str | None = None) -> list[tuple[str, int, str, str]]:
        """List, row, name and number of every record, of one file or all."""
        records = self.frame("records")
        if file is not None:
            records = records.filter(pl.col("file") == file)
        return records.select("list", "row", "name", "id_number").rows()

    def issues(self, code: str) -> list[tuple[str, int | None, str]]:
        """File, row and column of every issue of one code."""
        return self.frame("issues").filter(code=code).select("file", "row", "column").rows()
