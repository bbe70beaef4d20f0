"""loubao's reader beside others over a folder of spreadsheets: every difference, by kind.

    python benchmarks/files/compare.py FOLDER --work DIR [--peers PYTHON] [--libreoffice] [--show 3]

PYTHON has openpyxl, xlrd and odfpy. `--libreoffice` converts what is not xlsx to xlsx first, which
openpyxl then reads. What was read before stays in DIR. A difference that is meant has its reason in
`reasons.yaml`; exit code 1 where any has none, or a process died or took too long.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from read import COVERED, key

HERE = Path(__file__).parent
#: Which files which reader is for.
ENDINGS = {
    "openpyxl": r"\.(xlsx|xlsm|xltx|xltm)$",
    "xlrd": r"\.(xls|xlt|et)$",
    "odfpy": r"\.(ods|ots)$",
    "libreoffice": r"\.(xls|xlt|et|ods|fods|ots)$",
}
BATCH, MINUTES = 30, 5

Read = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """What two readers do not agree on: `kind` has a reason or not, `what` shows the two."""

    path: str
    peer: str
    kind: str
    what: str


def compared(path: str, peer: str, ours: Read, theirs: Read) -> Iterator[Difference]:
    """Yield the differences of one file; what the peer could not read says nothing."""
    if not theirs.get("sheets"):
        return
    sheets = {
        name: cells
        for name, cells in theirs["sheets"].items()
        if any(text != COVERED for text in cells.values())
    }
    if "sheets" not in ours:
        if sheets and "error" in ours:
            yield Difference(path, peer, "refused", ours["error"])
        return
    found = {folded(name): cells for name, cells in ours["sheets"].items()}
    told = {name.partition(": ")[2] for name in ours["sheets"] if name.startswith("not read: ")}
    for name, cells in sheets.items():
        mine = found.get(folded(name))
        if mine is None:
            kind = "sheet told as not read" if name in told else "sheet missing"
            yield Difference(path, peer, kind, f"{name}: {len(cells)} cells")
            continue
        yield from _cells(path, peer, name, mine, cells)
    for name in found.keys() - set(map(folded, theirs["sheets"])):
        if not name.startswith("not read:"):
            yield Difference(path, peer, "sheet beyond", name)


def folded(name: str) -> str:
    return name.strip().casefold()


def _cells(
    path: str, peer: str, name: str, mine: Mapping[str, str], cells: Mapping[str, str]
) -> Iterator[Difference]:
    for at in {**mine, **cells}:
        left, right = mine.get(at), cells.get(at)
        if right == COVERED:
            continue
        if left is None or right is None:
            kind = "cell missing" if left is None else "cell beyond"
            yield Difference(path, peer, kind, f"{name}!{at}: {left!r} {right!r}")
        elif not same(left, right):
            yield Difference(path, peer, _kind(left, right), f"{name}!{at}: {left!r} {right!r}")


def same(left: str, right: str) -> bool:
    """Whether two texts say the same: as numbers where both are, else but for spaces at the ends.

    >>> same("40000", "40000.0"), same("1e-7", "0.0000001"), same("2022-01-01", "44562")
    (True, True, False)
    """
    if left.strip() == right.strip():
        return True
    moments = [_moment(left), _moment(right)]
    if None not in moments:
        return abs(moments[0] - moments[1]) <= 1  # type: ignore[operator]
    a, b = _number(left), _number(right)
    return a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str) -> float | None:
    """Return a date and time in seconds, None for any other text."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        pass
    found = _CLOCK.fullmatch(text)
    return (
        None
        if found is None
        else sum(int(n) * s for n, s in zip(found.groups(), (3600, 60, 1), strict=True))
    )


_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)")


def _kind(left: str, right: str) -> str:
    return f"{_sort(left)} for {_sort(right)}"


def _sort(text: str) -> str:
    if _DATE.match(text):
        return "date"
    if _CLOCK.match(text):
        return "time"
    if text in ("TRUE", "FALSE"):
        return "truth"
    return "text" if _number(text) is None else "number"


# -- running the readers -----------------------------------------------------------------------


def _run(python: str, reader: str, out: Path, paths: list[str]) -> None:
    subprocess.run(
        [python, str(HERE / "read.py"), reader, str(out)],
        input="\n".join(paths) + "\n",
        text=True,
        check=True,
    )


def _convert(paths: list[str], work: Path) -> dict[str, str]:
    """Convert files to xlsx by LibreOffice, many at once; return where each one is."""
    links, out = work / "links", work / "converted"
    for folder in (links, out):
        folder.mkdir(parents=True, exist_ok=True)
    made = {path: out / f"{key(Path(path))}.xlsx" for path in paths}
    waiting: list[str] = []
    for path, target in made.items():
        if not target.exists():
            link = links / f"{key(Path(path))}{Path(path).suffix.lower()}"
            link.unlink(missing_ok=True)
            link.symlink_to(Path(path).resolve())
            waiting.append(str(link))
    office = ["soffice", f"-env:UserInstallation=file://{work.resolve()}/profile", "--headless"]
    for at in range(0, len(waiting), BATCH):
        batch = waiting[at : at + BATCH]
        try:
            subprocess.run(
                [*office, "--convert-to", "xlsx", "--outdir", str(out), *batch],
                timeout=MINUTES * 60,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            print(f"LibreOffice gave up on a batch at {at}", file=sys.stderr)
    return {path: str(target) for path, target in made.items() if target.exists()}


def _results(folder: Path, paths: Mapping[str, str]) -> dict[str, Read]:
    found: dict[str, Read] = {}
    for path, read in paths.items():
        target = folder / f"{key(Path(read))}.json"
        if target.exists():
            found[path] = json.loads(target.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Read everything with everybody, compare, print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, required=True, metavar="DIR")
    parser.add_argument("--peers", metavar="PYTHON")
    parser.add_argument("--libreoffice", action="store_true")
    parser.add_argument("--show", type=int, default=3, metavar="N", help="examples of each kind")
    given = parser.parse_args()
    paths = sorted(str(path) for path in given.folder.rglob("*") if path.is_file())
    _run(sys.executable, "loubao", given.work / "loubao", paths)
    ours = _results(given.work / "loubao", {path: path for path in paths})
    differences: list[Difference] = []
    for peer, ending in ENDINGS.items():
        if not given.peers or (peer == "libreoffice" and not given.libreoffice):
            continue
        chosen = [path for path in paths if re.search(ending, path, re.IGNORECASE)]
        read = _convert(chosen, given.work) if peer == "libreoffice" else {p: p for p in chosen}
        _run(given.peers, peer, given.work / peer, list(read.values()))
        for path, theirs in _results(given.work / peer, read).items():
            if path in ours:
                differences += compared(path, peer, ours[path], theirs)
    return report(ours, differences, given.show)


def report(ours: Mapping[str, Read], differences: list[Difference], show: int) -> int:
    """Print the counts and what has no reason; return the exit code."""
    bad = {path: read for path, read in ours.items() if "died" in read or "slow" in read}
    print(f"{len(ours)} files: {sum('sheets' in r for r in ours.values())} read,", end=" ")
    print(f"{sum('error' in r for r in ours.values())} refused, {len(bad)} died or were slow")
    for path, read in bad.items():
        print(f"  {path}: {read}")
    refusals = Counter(read["error"].lstrip("：") for read in ours.values() if "error" in read)
    for message, count in refusals.most_common():
        print(f"  {count:5} {message}")
    reasons = yaml.safe_load((HERE / "reasons.yaml").read_text(encoding="utf-8"))
    by_kind: defaultdict[tuple[str, str], list[Difference]] = defaultdict(list)
    explained: Counter[str] = Counter()
    for each in differences:
        reason = next((r["reason"] for r in reasons if _explains(r, each)), None)
        if reason is None:
            by_kind[each.peer, each.kind].append(each)
        else:
            explained[reason] += 1
    print(f"{len(differences)} differences, {sum(explained.values())} of them with a reason:")
    for reason, count in explained.most_common():
        print(f"  {count:7} {reason}")
    for (peer, kind), some in sorted(by_kind.items()):
        files = dict.fromkeys(each.path for each in some)
        print(f"without a reason: {peer}, {kind}: {len(some)} in {len(files)} files")
        for path in list(files)[: show * 4]:
            for each in [each for each in some if each.path == path][:show]:
                print(f"    {Path(path).name}: {each.what[:160]}")
    return 1 if by_kind or bad else 0


def _explains(reason: Mapping[str, str], each: Difference) -> bool:
    return all(
        re.search(reason[part], getattr(each, part))
        for part in ("path", "peer", "kind", "what")
        if part in reason
    )


if __name__ == "__main__":
    sys.exit(main())
