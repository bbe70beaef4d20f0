"""Which file is the ledger, and with which key it opens."""

from __future__ import annotations

import os
from pathlib import Path

from loubao.faults import Usage
from loubao.pipeline.settings import shipped_rules

LEDGER = "loubao.db"


def default_ledger(rules: Path) -> Path:
    """Return `loubao.db` beside the rules; here, where the rules are those of the package."""
    if rules.resolve() == shipped_rules().resolve():
        return Path(LEDGER)
    return rules.parent / LEDGER


def ledger_of_month(given: Path | None, rules: Path) -> Path | None:
    """Return the ledger that a month is posted to: the one given, else the default if it is there.

    A month can be matched without a ledger: it is begun by `--ledger` or by `loubao init`.
    """
    if given is not None:
        return given
    default = default_ledger(rules)
    return default if default.is_file() else None


def ledger_key(file: Path | None) -> str | None:
    """Return the key of an encrypted ledger: LOUBAO_LEDGER_KEY, else the first line of the file."""
    if os.environ.get("LOUBAO_LEDGER_KEY"):
        return os.environ["LOUBAO_LEDGER_KEY"]
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Usage("台账密钥文件打不开，应为 UTF-8 文本，第一行是密钥") from None
    if not lines or not lines[0]:
        raise Usage("台账密钥文件是空的，第一行应为密钥")
    return lines[0]
