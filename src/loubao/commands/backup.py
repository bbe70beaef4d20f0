"""`backup` and `restore`: a consistent copy of the ledger, and one put back in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loubao.ledger import copying, restoring
from loubao.workspace.settings import default_ledger, ledger_key, rules_folder


def backup(
    file: Path, ledger: Path | None, key_file: Path | None, rules: Path | None
) -> dict[str, Any]:
    """Copy the ledger given, else the one beside the rules, to `file`; return what was copied.

    Raises a `Fault`; then `file` is what it was before.
    """
    ledger = ledger or default_ledger(rules_folder(rules))
    counts = copying.backup(ledger, file, ledger_key(key_file))
    return {"ledger": str(ledger), "file": str(file), "counts": counts}


def restore(
    file: Path, ledger: Path | None, key_file: Path | None, rules: Path | None, other: bool
) -> dict[str, Any]:
    """Put the copy `file` in the place of the ledger given, else of the one beside the rules.

    Only with `other` where it is a copy of another ledger. Returns what is in it and where the
    ledger before is kept. Raises a `Fault`; then everything is as it was.
    """
    ledger = ledger or default_ledger(rules_folder(rules))
    found = restoring.restore(file, ledger, ledger_key(key_file), other)
    counts = {name: found[name] for name in ("postings", "events")}
    about = {"before": found["before"], "kept": found["kept"], "counts": counts}
    return {"ledger": str(ledger), "file": str(file), **about}
