"""`backup`: a consistent copy of the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loubao.ledger import copying
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
