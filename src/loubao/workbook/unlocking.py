"""Encrypted workbooks: opened with a password that was given, refused otherwise."""

from __future__ import annotations

import io
from collections.abc import Sequence

from loubao.faults import UntrustedInput

# What Excel uses when a workbook is only protected against changes: it opens without asking.
_SILENT_PASSWORD = "VelvetSweatshop"


def unlocked(content: bytes, file: str, passwords: Sequence[str], *, package: bool) -> bytes:
    """Return the decrypted bytes of an OLE container: the `package` inside, or BIFF again.

    Raises `UntrustedInput` when none of `passwords` opens it. No password enters a message.
    """
    import msoffcrypto

    for password in (_SILENT_PASSWORD, *passwords):
        opened = io.BytesIO()
        verify = {"verify_password": True} if package else {}
        try:
            office = msoffcrypto.OfficeFile(io.BytesIO(content))
            office.load_key(password=password, **verify)
        except Exception:  # a wrong password fails in many ways
            continue
        office.decrypt(opened)
        return opened.getvalue()
    raise locked(file, given=len(passwords))


def locked(file: str, given: int) -> UntrustedInput:
    """Return the refusal of an encrypted workbook after `given` passwords failed."""
    if given:
        return UntrustedInput(
            f"{file}：工作簿有打开密码，给出的 {given} 个密码都不对。"
            "请核对密码，或去掉密码另存后再试。"
        )
    return UntrustedInput(
        f"{file}：工作簿有打开密码。请去掉密码另存，或把密码写进 LOUBAO_PASSWORD 或密码文件后再试。"
    )
