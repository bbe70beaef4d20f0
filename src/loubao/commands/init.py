"""`init`: a working folder for a new locality, with an empty ledger."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

from loubao.core.faults import Usage
from loubao.ledger.connection import writing
from loubao.rules import shipped_rules
from loubao.workspace.settings import LEDGER, shipped_sample

#: Two invented months, and the sheets that came back after the first.
SAMPLE = ("2022-05", "2022-06", "returned-2022-05")


def init(folder: Path, sample: bool = False) -> dict[str, Any]:
    """Make a working folder: a copy of the shipped rules, an empty ledger, a folder for the month.

    With `sample`, the sample months instead of the empty one. Raises `Usage` when there are rules
    or sample months already, or the folder cannot be written.
    """
    if (folder / "rules").exists():
        raise Usage(f"{folder} 里已有 rules，不覆盖；请换一个文件夹或先移走它")
    months: tuple[str, ...] = SAMPLE if sample else ()
    there = [name for name in months if (folder / name).exists()]
    if there:
        raise Usage(f"{folder} 里已有 {there[0]}，不覆盖；请换一个文件夹或先移走它")
    month = months[0] if sample else f"{date.today():%Y-%m}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / ".rules.partial"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(shipped_rules(), draft)
        draft.rename(folder / "rules")
        for name in months:
            shutil.copytree(shipped_sample() / name, folder / name)
        (folder / month).mkdir(exist_ok=True)
        with writing(folder / LEDGER):
            pass  # an empty ledger: from now on `match` posts to it
    except OSError:
        raise Usage(f"无法写入 {folder}，请检查权限或换一个文件夹") from None
    return {
        "folder": str(folder),
        "rules": str(folder / "rules"),
        "month": month,
        "sample": list(months),
        "ledger": str(folder / LEDGER),
    }
