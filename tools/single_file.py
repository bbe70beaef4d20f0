"""Build loubao as a program that needs no Python: one file, or one folder that starts sooner.

    python tools/single_file.py [--folder] [--out DIR]

PyInstaller works in an environment of its own that holds loubao's wheel and the locked versions and
nothing else, so that nothing else gets in. It builds for the system it runs on: run it on Windows
for loubao.exe. The file goes to DIR (default: dist/).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: freeze_support: the helper that writes half of the workbooks is this program once more.
ENTRY = """\
from multiprocessing import freeze_support

if __name__ == "__main__":
    freeze_support()
    from loubao.cli import command

    command()
"""
#: What --version tells of.
METADATA = ("polars", "rapidfuzz", "pydantic", "lxml", "xlsxwriter")


def main(arguments: Sequence[str]) -> int:
    """Build it, try it on the sample, tell its size and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", action="store_true", help="a folder, not one file")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        program = _built(Path(scratch), given.out.resolve(), given.folder)
        size = sum(file.stat().st_size for file in _parts(program, given.folder)) / 1_000_000
        print(f"{program}: {size:.0f} MB")
        desk = Path(scratch) / "desk"
        for words in (
            ("--version",),
            ("--help",),
            ("--help",),
            ("init", str(desk), "--sample"),
            ("match", "2022-06", "--quiet"),
            ("progress",),
        ):
            start = time.perf_counter()
            cwd = desk if desk.exists() else Path(scratch)
            subprocess.run([program, *words], cwd=cwd, check=True, stdout=subprocess.DEVNULL)
            print(f"{time.perf_counter() - start:6.2f} s  {' '.join(words)}")
    return 0


def _built(place: Path, out: Path, folder: bool) -> Path:
    """Build in `place`; return the program in `out`."""
    venv.create(place / "env", with_pip=True)
    programs = place / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    pip = (python, "-m", "pip", "install", "--quiet")
    _run(*pip, "--require-hashes", "-r", ROOT / "requirements.lock")
    _run(*pip, "--no-deps", ROOT)
    _run(*pip, "pyinstaller>=6.11")
    (place / "entry").mkdir()
    entry = place / "entry" / "main.py"
    entry.write_text(ENTRY, encoding="utf-8")
    _run(
        *(python, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"),
        *("--onedir" if folder else "--onefile", "--console", "--name", "loubao"),
        *("--collect-submodules", "loubao", "--collect-data", "loubao"),
        *("--collect-all", "polars", "--collect-all", "_polars_runtime_32"),
        *(word for name in METADATA for word in ("--copy-metadata", name)),
        *("--distpath", out, "--workpath", place / "work", "--specpath", place, entry),
    )
    name = "loubao.exe" if os.name == "nt" else "loubao"
    return out / "loubao" / name if folder else out / name


def _parts(program: Path, folder: bool) -> list[Path]:
    within = program.parent.rglob("*") if folder else [program]
    return [path for path in within if path.is_file() and not path.is_symlink()]


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
