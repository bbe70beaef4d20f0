"""Build the wheel and the sdist, and try the wheel as somebody who has nothing else of loubao.

    python tools/check_build.py [DIST]

The wheel is built from the sdist, so that the sdist is whole too; what lies in it is checked; it is
installed with the locked versions into a bare environment, does a round on the sample it carries,
and is uninstalled. Needs the extra `package`. With DIST, the two files are kept there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: What a run cannot do without and no import would miss.
NEEDED = (
    "loubao/py.typed",
    "loubao/report/page/template.html",
    "loubao/report/page/charts.min.js",
    "loubao/report/page/chart_styles.json",
    "loubao/ledger/migrations/0001.sql",
    "loubao/tables/readings.tsv",
    "loubao/tables/divisions.parquet",
    "loubao/shipped/rules/lists/dibao.yaml",
    "loubao/shipped/rules/villages.csv",
    "loubao/shipped/rules/通报模板.docx",
    "loubao/shipped/sample/2022-05/",
    "loubao/shipped/sample/2022-06/",
    "loubao/shipped/sample/returned-2022-05/",
)
#: What a wheel of ours may hold: the package and its metadata.
ALLOWED = re.compile(r"loubao/|loubao-[0-9.]+\.dist-info/")
STRAY = re.compile(r"__pycache__|\.pyc$|\.db$|(^|/)\.|(^|/)(tests?|benchmarks|tools|truth|out)/")
MEGABYTE = 1_000_000
#: The wheel is 7 MB, of which 4 are the villages of the nation; more should not be in it.
LARGEST = 8 * MEGABYTE

#: A round on the sample, as `loubao init --sample` tells it, and what else needs shipped files.
ROUND = (
    ("match", "2022-05", "--quiet"),
    ("collect", "returned-2022-05", "--quiet"),
    ("match", "2022-06", "--quiet"),
    ("progress", "--out", "通报"),
    ("standards", "--check", "2022-06", "--out", "核查"),
    ("link", "2022-06/6月监测户名单.csv", "2022-06/6月低保在册.xlsx", "--out", "结果.xlsx"),
    ("backup", "备份.db"),
    ("archive", "归档"),
)
MADE = ("out/2022-06/report.html", "out/2022-06/汇总.xlsx", "通报/通报.docx", "核查", "结果.xlsx")


def main(arguments: Sequence[str]) -> int:
    """Check it; what is wrong is an error, or a line on standard error and exit code 1."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        dist = Path(arguments[0]) if arguments else place / "dist"
        _run(sys.executable, "-m", "build", "--outdir", dist, ROOT)
        (wheel,) = dist.glob("*.whl")
        (sdist,) = dist.glob("*.tar.gz")
        print(f"{sdist.name} {_megabytes(sdist)}, {wheel.name} {_megabytes(wheel)}")
        with zipfile.ZipFile(wheel) as content:
            problems = wrong(content.namelist())
        if wheel.stat().st_size > LARGEST:
            problems.append("the wheel is too large")
        problems += _tried(wheel, place)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def wrong(names: Iterable[str]) -> list[str]:
    """Return what a wheel with files of these names has too much, and what it lacks."""
    held = list(names)
    much = [name for name in held if not ALLOWED.match(name) or STRAY.search(name)]
    return [f"should not be in the wheel: {name}" for name in much] + [
        f"is not in the wheel: {need}"
        for need in NEEDED
        if not any(name.startswith(need) for name in held)
    ]


def _tried(wheel: Path, place: Path) -> list[str]:
    """Install the wheel, work with it, uninstall it; return what it left behind or did not make."""
    bare, home, spare, desk = (place / name for name in ("bare", "home", "spare", "desk"))
    for folder in (home, spare):
        folder.mkdir()
    python, loubao = _environment(bare)
    before = _files(bare)
    lock = ROOT / "requirements.lock"
    _run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)
    _run(python, "-m", "pip", "install", "--quiet", "--no-deps", wheel)
    _run(python, "-m", "pip", "check")
    variables = {
        **{key: value for key, value in os.environ.items() if not key.startswith("LOUBAO_")},
        **{"HOME": str(home), "TMPDIR": str(spare), "PYTHONDONTWRITEBYTECODE": "1"},
    }
    _timed(loubao, "--version", cwd=place, env=variables)
    _timed(loubao, "init", desk, "--sample", cwd=place, env=variables)
    for step in ROUND:
        _timed(loubao, *step, cwd=desk, env=variables)
    problems = [f"was not made: {name}" for name in MADE if not (desk / name).exists()]
    _run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "loubao")
    left = [path for path in _files(bare) - before if "loubao" in path.as_posix()]
    left += [path for folder in (home, spare) for path in folder.rglob("*")]
    return problems + [f"is left behind: {path}" for path in left]


def _environment(folder: Path) -> tuple[Path, Path]:
    """Make a bare environment; return its Python and where it will have `loubao`."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    suffix = ".exe" if os.name == "nt" else ""
    return programs / f"python{suffix}", programs / f"loubao{suffix}"


def _files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*")}


def _timed(*command: str | Path, cwd: Path, env: dict[str, str]) -> None:
    start = time.perf_counter()
    _run(*command, cwd=cwd, env=env)
    told = " ".join(str(word) for word in command[1:])
    print(f"{time.perf_counter() - start:6.2f} s  loubao {told}")


def _run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    """Run a command quietly; where it fails, say what it said and stop."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, check=False)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout + done.stderr)
        raise SystemExit(f"exit code {done.returncode}: {shutil.which(command[0])} {command[1:]}")


def _megabytes(file: Path) -> str:
    return f"{file.stat().st_size / MEGABYTE:.2f} MB"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
