"""Names and numbers of invented people in every place of every file, looked for where none may be.

Each scene makes files with canaries (a name, a number that nobody else has), runs commands over
them, on paths of error too, and searches the output for them: the screen, the log, run.json, the
issues, 数据问题.xlsx and report.html. People belong on the village sheets, in the other parquet
frames, in the books that docs/privacy.md names, and in the ledger; `explain` alone may show one on
the screen.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import canary_scenes
import polars as pl
from canary_scenes import Scene
from trial import RULES
from warm import cold

from people import Crowd

# files that may hold people: docs/privacy.md
PEOPLED = (
    "汇总.xlsx",
    "待办.xlsx",
    "回收问题.xlsx",
    "疑难.xlsx",
    "records.parquet",
    "decisions.parquet",
    "cases.parquet",
    "links.parquet",
    "duplicates.parquet",
    "clusters.parquet",
    "verdicts.parquet",
    "loubao.db",
)


class Cage:
    """Canaries, and where each was put."""

    def __init__(self, seed: int) -> None:
        self.crowd = Crowd(random.Random(seed))
        self.marks: dict[str, str] = {}

    def bird(self, place: str) -> tuple[str, str]:
        """A name and a number put in a place."""
        person = self.crowd.draw()
        self.marks[person.name] = f"name in {place}"
        self.marks[person.id_number] = f"number in {place}"
        return person.name, person.id_number

    def found(self, text: str) -> list[str]:
        """The canaries in a text, with where they came from."""
        return [f"{self.marks[mark]} ({mark})" for mark in self.marks if mark in text]


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """The text of every output file where no person may be."""
    for path in sorted(folder.rglob("*")):
        part = path.relative_to(folder).as_posix()
        yield "name of " + part, part if "核查表" not in part else ""
        if (
            not path.is_file()
            or path.name in PEOPLED
            or "核查表" in part
            or part.startswith("review/")
        ):
            continue
        if path.suffix == ".parquet":
            yield (
                part,
                json.dumps(pl.read_parquet(path).to_dicts(), ensure_ascii=False, default=str),
            )
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as parts:
                yield (
                    part,
                    "\n".join(
                        parts.read(name).decode("utf-8", "replace") for name in parts.namelist()
                    ),
                )
        else:
            yield part, path.read_bytes().decode("utf-8", "replace")


def look(scene: Scene, base: Path, cage: Cage) -> list[str]:
    """Run the commands of a scene; what was found where it should not be."""
    found = []
    for number, (command, *rest) in enumerate(scene.commands):
        for flags in (("--json",), ("--quiet",), ()):
            out = base / f"out{number}{''.join(flags)}"
            log = base / f"log{number}{''.join(flags)}.txt"
            arguments = [command, *rest, *flags]
            if command in ("match", "collect", "link", "check") and "--out" not in rest:
                arguments += ["--out", out]
            if command in ("match", "collect"):
                arguments += ["--log", log]
            if "--rules" not in rest:
                arguments += ["--rules", scene.rules or RULES]
            if command in ("match", "collect", "progress", "undo"):
                arguments += ["--ledger", base / "loubao.db"]
            result = cold(*arguments, cwd=base)
            shown = " ".join(str(part) for part in (command, *flags)) + f" exit {result.returncode}"
            if result.returncode == 1 or "Traceback" in result.stderr:
                found.append(f"{scene.name}: {shown}: crash {result.stderr[-300:]}")
            screens = [("stderr", result.stderr), ("stdout", result.stdout)]
            if command == "explain" and "--json" not in flags:
                screens = []
            if "--json" in flags:
                found += unreadable(scene.name, shown, result.stdout)
            if log.exists():
                screens.append(("log", log.read_text(encoding="utf-8")))
            if out.is_dir():
                screens += texts(out)
            for where, text in screens:
                found += [
                    f"{scene.name}: {shown}: {where} holds the {bird}" for bird in cage.found(text)
                ]
    return found


def unreadable(name: str, shown: str, text: str) -> list[str]:
    """Whether --json wrote anything but one object."""
    try:
        json.loads(text)
    except ValueError:
        return [f"{name}: {shown}: stdout is not one JSON object: {text[:100]!r}"]
    return []


def trial(keep: Path | None) -> int:
    """All scenes; a line a finding, a table, 1 if there was any."""
    found: dict[str, list[str]] = {}
    for number, make in enumerate(canary_scenes.SCENES):
        with tempfile.TemporaryDirectory() as made:
            base, cage = Path(made), Cage(number)
            for scene in make(base, cage):
                found[scene.name] = look(scene, base, cage)
                for line in found[scene.name]:
                    print(line, flush=True)
                if found[scene.name] and keep:
                    shutil.copytree(base, keep / f"canary-{scene.name}", dirs_exist_ok=True)
    print("\n| scene | findings |\n| --- | --- |")
    for name, lines in found.items():
        print(f"| {name} | {len(lines) or ''} |")
    return int(any(found.values()))
