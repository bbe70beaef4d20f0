"""Damages a good month in one of many ways, at one of three strengths."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from counties.kit.books import write_grids
from counties.kit.cell_harms import CELLS
from counties.kit.file_harms import FILES, Scene
from counties.kit.grids import kind_of, read_grids


def chosen_files(folder: Path, strength: int, only: str) -> list[Path]:
    """One file of middling size, three, or all; or the one that was named. No draft alone."""
    tables = [p for p in sorted(folder.iterdir()) if p.is_file() and kind_of(p)]
    if only:
        return [folder / only]
    tables.sort(key=lambda path: (-path.stat().st_size, path.name))
    if strength == 3:
        return tables
    finals = [p for p in tables if not is_draft(p, tables)]  # nobody reads the others
    return finals[2:3] if strength == 1 else finals[0:6:2]


def is_draft(path: Path, tables: list[Path]) -> bool:
    """Whether another file is the final version of this one: 城镇低保4月（最终版）."""
    return any(other.stem.startswith(f"{path.stem}（") for other in tables)


def damage(good: Path, out: Path, kind: str, strength: int, only: str, seed: int) -> list[str]:
    """Copies the month and damages the copy; returns the files that were touched."""
    if out.exists():
        raise SystemExit(f"{out} is there already")
    shutil.copytree(good, out)
    rng = random.Random(f"{kind} {strength} {seed}")
    files = chosen_files(out, strength, only)
    touched = [path.name for path in files]
    if kind == "missing" and strength == 3:
        files, touched = files[3:], touched[3:]  # three lists are left
    scene = Scene(out, files, good, strength, rng)
    if kind in FILES:
        FILES[kind][2](scene)
        return touched
    harm = CELLS[kind][2]
    for path in files:
        form = kind_of(path)
        grids = {name: harm(grid, scene.share, rng) for name, grid in read_grids(path).items()}
        write_grids(path, form, grids)
    return touched


def kinds() -> dict[str, tuple[str, str]]:
    """Every kind with what it does and what is right: refuse (exit 3), tell, or read."""
    found = {name: (text, right) for name, (text, right, _) in CELLS.items()}
    return found | {name: (text, right) for name, (text, right, _) in FILES.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("good", type=Path, nargs="?", help="a month's folder")
    parser.add_argument("out", type=Path, nargs="?", help="the damaged copy, not yet there")
    parser.add_argument("--kind", choices=sorted(kinds()))
    parser.add_argument("--strength", type=int, choices=(1, 2, 3), default=1)
    parser.add_argument("--file", default="", help="only this file of the month")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="the kinds, and what is right for each")
    chosen = parser.parse_args()
    if chosen.list:
        for name, (text, right) in kinds().items():
            print(f"{name:20}{right:8}{text}")
        return
    if not (chosen.good and chosen.out and chosen.kind):
        parser.error("GOOD_MONTH, OUT and --kind are needed")
    touched = damage(
        chosen.good, chosen.out, chosen.kind, chosen.strength, chosen.file, chosen.seed
    )
    text, right = kinds()[chosen.kind]
    told = {"kind": chosen.kind, "strength": chosen.strength, "what": text, "right": right}
    print(json.dumps(told | {"files": touched}, ensure_ascii=False))


if __name__ == "__main__":
    main()
