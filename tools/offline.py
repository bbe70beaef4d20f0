"""Gather what an office without internet installs from: one folder, to be carried on a stick.

    python tools/offline.py DIR [--python 3.11 --python 3.12 …]

DIR gets the wheels of requirements.lock for Windows and Linux (x86-64) and each Python version,
loubao's own wheel, requirements.txt with the hash of each file, and 安装说明.txt. Everything is
checked against the lock's hashes when it is downloaded, and again by pip when it is installed.

Markers are evaluated here and not by pip, which would take them for the machine it runs on.
Needs the extra `package`.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_CPYTHON = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
_GLIBC = (28, 27, 26, 24, 17, 12, 5)  # the newest a wheel may ask for: that of 2018


@dataclass(frozen=True)
class Pin:
    """One line of the lock: `name==version`, where it applies, the hashes of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def requirement(self) -> str:
        """`name==version` without its marker."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class Machine:
    """What wheels are for: how pip calls it, and what markers ask of it."""

    platforms: tuple[str, ...]
    markers: Mapping[str, str]


MACHINES = (
    Machine(
        ("win_amd64",),
        {
            **{"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
            "platform_machine": "AMD64",
        },
    ),
    Machine(
        (*(f"manylinux_2_{glibc}_x86_64" for glibc in _GLIBC), "manylinux2014_x86_64"),
        {
            **{"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
            "platform_machine": "x86_64",
        },
    ),
)

MANUAL = """\
漏保筛查 loubao {version}：不联网安装

需要：Windows 10 以上或 Linux（64 位），Python {pythons} 之一。
把整个文件夹复制到电脑上，在这个文件夹里打开命令行，依次运行两行：

Windows：
  py -m venv loubao-env
  loubao-env\\Scripts\\pip install --no-index -f wheels --require-hashes -r requirements.txt

Linux：
  python3 -m venv loubao-env
  loubao-env/bin/pip install --no-index -f wheels --require-hashes -r requirements.txt

装好以后先练一遍（示例人物都是虚构的）：
  Windows：loubao-env\\Scripts\\loubao init 漏保核查 --sample
  Linux：  loubao-env/bin/loubao init 漏保核查 --sample

每个文件在安装时都按 requirements.txt 里的 SHA-256 核对；
提示 hash 不符（DO NOT MATCH），说明文件损坏或被改过，请重新复制。
卸载：删除 loubao-env 文件夹。
"""


def main(arguments: Sequence[str]) -> int:
    """Gather the folder; a download that fails is an error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--python", action="append", metavar="X.Y", help="default: all supported")
    given = parser.parse_args(arguments)
    pythons = tuple(given.python or PYTHONS)
    wheels: Path = given.folder / "wheels"
    if wheels.exists():
        parser.error(f"{wheels} is there already")
    wheels.mkdir(parents=True)
    pins = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    for machine in MACHINES:
        for python in pythons:
            _download(
                [pin for pin in pins if applies(pin, machine, python)], machine, python, wheels
            )
    _pip("wheel", "--no-deps", "--wheel-dir", wheels, ROOT)
    files = sorted(wheels.iterdir())
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    required = requirements(pins, digests)
    (given.folder / "requirements.txt").write_text(required, encoding="ascii", newline="\n")
    (own,) = (file for file in files if file.name.startswith("loubao-"))
    manual = MANUAL.format(version=own.name.split("-")[1], pythons="、".join(pythons))
    # a byte order mark and CRLF, for the editors that come with Windows
    (given.folder / "安装说明.txt").write_text(manual, encoding="utf-8-sig", newline="\r\n")
    size = sum(file.stat().st_size for file in files) / 1_000_000
    print(f"{given.folder}: {len(files)} wheels, {size:.0f} MB, Python {', '.join(pythons)}")
    return 0


def read_lock(text: str) -> list[Pin]:
    """Return the pins of a requirements file with hashes."""
    pins = []
    for line in text.replace("\\\n", " ").splitlines():
        found = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)\s*(?:;\s*(.*?))?\s+--hash=", line)
        if found:
            hashes = tuple(re.findall(r"--hash=(\S+)", line))
            pins.append(Pin(found[1], found[2], found[3] or "", hashes))
    return pins


def applies(pin: Pin, machine: Machine, python: str) -> bool:
    """Whether `pin` is needed on that machine with that Python, `3.12`."""
    if not pin.marker:
        return True
    versions = {"python_version": python, "python_full_version": f"{python}.0"}
    return Marker(pin.marker).evaluate({**machine.markers, **_CPYTHON, **versions})


def requirements(pins: Iterable[Pin], digests: Mapping[str, str]) -> str:
    """Return the requirements file of the wheels in `digests` (SHA-256 by file name).

    Raises `ValueError` for a wheel that the lock does not name.
    """
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for file, digest in digests.items():
        project, number, _, _ = parse_wheel_filename(file)
        found[str(project), str(number)].append(f"--hash=sha256:{digest}")
    markers = {(str(canonicalize_name(pin.name)), pin.version): pin.marker for pin in pins}
    lines = []
    for (name, version), hashes in sorted(found.items()):
        if name != "loubao" and (name, version) not in markers:
            raise ValueError(f"not in the lock: {name} {version}")
        marker = markers.get((name, version))
        head = f"{name}=={version}" + (f" ; {marker}" if marker else "")
        lines.append(" \\\n    ".join([head, *sorted(hashes)]))
    return "\n".join(lines) + "\n"


def _download(pins: Iterable[Pin], machine: Machine, python: str, folder: Path) -> None:
    """Download the wheels of `pins` for a machine and Python, against the hashes of the lock."""
    with tempfile.TemporaryDirectory() as scratch:
        chosen = Path(scratch) / "chosen.txt"
        lines = [" ".join([p.requirement, *(f"--hash={h}" for h in p.hashes)]) for p in pins]
        chosen.write_text("\n".join(lines), encoding="ascii")
        _pip(
            *("download", "--no-deps", "--require-hashes", "--only-binary=:all:"),
            *(word for platform in machine.platforms for word in ("--platform", platform)),
            *("--implementation", "cp", "--python-version", python),
            *("--dest", folder, "-r", chosen),
        )


def _pip(verb: str, *arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", verb, "--quiet", *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
