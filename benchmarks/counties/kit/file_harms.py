"""Damage to whole files: missing, exchanged, cut, renamed, with hidden columns."""

from __future__ import annotations

import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from counties.kit.books import Grid, shown, write_grids
from counties.kit.grids import header_at, kind_of, read_grids

SHARES = {1: 0.3, 2: 0.6, 3: 1.0}


@dataclass
class Scene:
    """A copy of a month, the files to hurt, the month it was copied from."""

    folder: Path
    files: list[Path]
    good: Path
    strength: int
    rng: random.Random

    @property
    def share(self) -> float:
        """The part of rows or bytes."""
        return SHARES[self.strength]


def missing(scene: Scene) -> None:
    """The files are not there."""
    for path in scene.files:
        path.unlink()


def zero(scene: Scene) -> None:
    """The files hold nothing."""
    for path in scene.files:
        path.write_bytes(b"")


def copies(scene: Scene) -> None:
    """Each file stands there again as （1）."""
    for path in scene.files:
        shutil.copy(path, path.with_name(f"{path.stem}（1）{path.suffix}"))


def last_month(scene: Scene) -> None:
    """Under this month's names stand last month's tables."""
    months = sorted(
        p for p in scene.good.parent.iterdir() if p.is_dir() and p.name < scene.good.name
    )
    if not months or not months[-1].name[:4].isdigit():
        raise SystemExit("last-month needs the month before beside the good one")
    old = sorted(p for p in months[-1].iterdir())
    for path in scene.files:
        base = bare(path.name)
        found = [p for p in old if bare(p.name) == base]
        if found:
            shutil.copy(found[0], path)


def bare(name: str) -> str:
    """A file's name without digits."""
    return "".join(c for c in name if not c.isdigit())


def wrong_names(scene: Scene) -> None:
    """Lists under each other's names; endings keep to the bytes."""
    files = scene.files
    if len(files) < 2:
        every = [p for p in sorted(scene.folder.iterdir()) if p not in files and kind_of(p)]
        files = [*files, *scene.rng.sample(every, 1)]
    held = []
    for i, path in enumerate(files):
        place = scene.folder / f"hold{i}"
        path.rename(place)
        held.append((place, path))
    for (place, own), (_, other) in zip(held, held[1:] + held[:1], strict=True):
        place.rename(scene.folder / (other.stem + own.suffix))


def rewritten(scene: Scene, how: Callable[[dict[str, Grid]], dict[str, Grid]]) -> None:
    """Each file read, changed, written in its format."""
    for path in scene.files:
        kind = kind_of(path)
        write_grids(path, kind, how(read_grids(path)))


def tabs_renamed(scene: Scene) -> None:
    """Sheet1, Sheet2 …"""
    rewritten(scene, lambda grids: {f"Sheet{i + 1}": g for i, g in enumerate(grids.values())})


def tabs_reversed(scene: Scene) -> None:
    """The last sheet first, behind an empty one where the format has sheets."""
    for path in scene.files:
        kind, grids = kind_of(path), read_grids(path)
        if kind in ("xlsx", "xls", "ods"):
            grids = {"说明": [["填表说明：请勿修改"]], **dict(reversed(list(grids.items())))}
            write_grids(path, kind, grids)


def wrong_encoding(scene: Scene) -> None:
    """Text files with bytes knocked out; other formats with a byte in a hundred wrong."""
    for path in scene.files:
        data = bytearray(path.read_bytes())
        text = kind_of(path) in ("gbk", "utf8", "html")
        every = round((400 if text else 4000) / scene.share)
        for i in range(scene.rng.randrange(50), len(data), every):
            data[i] = scene.rng.randrange(128, 256)
        path.write_bytes(bytes(data))


def truncated(scene: Scene) -> None:
    """The files end too early."""
    for path in scene.files:
        data = path.read_bytes()
        path.write_bytes(data[: round(len(data) * (1 - scene.share * 0.8))])


def hidden_status(scene: Scene) -> None:
    """A hidden column of states far to the right: part of the people are 停保."""
    for path in scene.files:
        kind, grids = kind_of(path), read_grids(path)
        hidden: dict[str, set[int]] = {}
        for name, grid in grids.items():
            at = header_at(grid)
            width = len(grid[at]) + 2
            for i, row in enumerate(grid[at:]):
                state = "停保" if scene.rng.random() < scene.share * 0.5 else "正常"
                row += [""] * (width - len(row)) + ["状态" if i == 0 else state]
            hidden[name] = {width}
        write_grids(path, kind, grids, hidden)


def wrong_ending(scene: Scene) -> None:
    """The ending does not tell the format; it should not matter."""
    for path in scene.files:
        path.rename(path.with_suffix({".xlsx": ".xls", ".xls": ".xlsx"}.get(path.suffix, ".xls")))


def junk(scene: Scene) -> None:
    """Lock files and thumbnails of the desk's programs."""
    (scene.folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 508)
    (scene.folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    for path in scene.files:
        path.with_name("~$" + path.name).write_bytes(b"\x05admin" + b" " * 159)


def nested(scene: Scene) -> None:
    """Files in a folder within the folder."""
    inner = scene.folder / "新建文件夹"
    inner.mkdir()
    for path in scene.files:
        path.rename(inner / path.name)


def packed(scene: Scene) -> None:
    """Files in a zip, as they came by mail."""
    with zipfile.ZipFile(scene.folder / "名单.zip", "w") as archive:
        for path in scene.files:
            archive.write(path, path.name)
            path.unlink()


def pasted(scene: Scene) -> None:
    """Another list's rows, with their header, below the last row."""
    every = [p for p in sorted(scene.folder.iterdir()) if kind_of(p)]
    for path in scene.files:
        other = scene.rng.choice([p for p in every if p != path])
        more = next(iter(read_grids(other).values()))
        kind, grids = kind_of(path), read_grids(path)
        first = next(iter(grids))
        rows = more[header_at(more) :]
        grids[first] = grids[first] + rows[: 1 + round(len(rows) * scene.share)]
        write_grids(path, kind, grids)


def as_text(scene: Scene) -> None:
    """Saved as text with tabs between, in UTF-16, under the old name."""
    for path in scene.files:
        grid = next(iter(read_grids(path).values()))
        text = "\r\n".join("\t".join(shown(c).replace("\n", " ") for c in row) for row in grid)
        path.write_bytes(text.encode("utf-16"))


FILES: dict[str, tuple[str, str, Callable[[Scene], None]]] = {
    "missing": ("a list is not there", "refuse", missing),
    "zero": ("a file of no bytes", "refuse", zero),
    "copies": ("the same file twice", "tell", copies),
    "last-month": ("last month's table", "refuse", last_month),
    "wrong-name": ("a list under another's name", "refuse", wrong_names),
    "tabs-renamed": ("sheets renamed", "tell", tabs_renamed),
    "tabs-reversed": ("sheets in another order, an empty one first", "read", tabs_reversed),
    "bytes": ("wrong bytes within", "refuse", wrong_encoding),
    "truncated": ("the file ends too early", "refuse", truncated),
    "hidden-status": ("a hidden column of states", "tell", hidden_status),
    "wrong-ending": ("the ending does not tell the format", "read", wrong_ending),
    "junk": ("lock files and thumbnails", "read", junk),
    "nested": ("files in a folder within", "tell", nested),
    "zip": ("files in a zip", "refuse", packed),
    "pasted": ("another list below the last row", "tell", pasted),
    "utf-16": ("text with tabs in UTF-16 under the old name", "tell", as_text),
}
