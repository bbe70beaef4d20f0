"""Each hostile file in a small month: `loubao check` in a process of its own, timed and weighed.

    python benchmarks/hostile/run.py [PATTERN]

Prints the exit code, seconds of the processor, megabytes at the peak and what was said of the file.
Exit code 1 where one took more than 10 s or 1 GB, ended with another code than 0, 2 or 3, or was
refused without its name.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from files import FILES, HEADER, PERSON

SECONDS, MEGABYTES, WAIT = 10.0, 1024.0, 120
ROLL = "姓名,身份证号,乡镇,村\n李四,990101194001010126,洛阳镇,上浦村\n"
_COMMAND = "from loubao.cli import command; command()"
# a process of its own starts the command: a child's peak counts that of whoever forked it
_MEASURED = """
import json, os, sys
child = os.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
with open("measured.json", "w") as stream:
    json.dump([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024], stream)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(name: str, content: bytes) -> tuple[int, float, float, str]:
    """Return exit code, seconds, megabytes and what was said, with the file in a month."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "2022-06"
        data.mkdir()
        for roll in ("低保", "特困"):
            (data / f"{roll}.csv").write_text(ROLL, encoding="utf-8")
        lines = (",".join(HEADER), ",".join(PERSON))
        (data / "医疗费用.csv").write_text("\n".join(lines), encoding="utf-8")
        (data / f"医疗费用_{name}").write_bytes(content)
        options = ("check", "2022-06", "--out", "out", "--quiet")
        starter = (sys.executable, "-I", "-S", "-c", _MEASURED)
        command = [*starter, sys.executable, "-c", _COMMAND, *options]
        try:
            run = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=WAIT, check=False
            )
        except subprocess.TimeoutExpired:
            return -1, WAIT, 0.0, ""
        path = Path(folder) / "measured.json"
        seconds, megabytes = json.loads(path.read_text()) if path.exists() else (0.0, 0.0)
        return run.returncode, seconds, megabytes, (run.stdout + run.stderr).strip()


def main(pattern: str) -> int:
    """Run the files whose names match; return the exit code."""
    failed = 0
    for name, make in FILES.items():
        if not re.search(pattern, name):
            continue
        code, seconds, megabytes, said = measured(name, make())
        named = code == 0 or name in said
        good = code in (0, 2, 3) and named and seconds <= SECONDS and megabytes <= MEGABYTES
        failed += not good
        mark = "" if good else "  <<<"
        print(f"{name:32} {code:3} {seconds:6.1f} s {megabytes:6.0f} MB{mark}", flush=True)
    print(f"{failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
