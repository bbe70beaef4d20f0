from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _quick_keys() -> Iterator[None]:
    """Deriving a key is made slow on purpose; not in here."""
    _rounds(1_000)
    yield
    _rounds(256_000)


def _rounds(number: int) -> None:
    try:
        from sqlcipher3.dbapi2 import connect
    except ImportError:
        return
    connection = connect(":memory:")
    connection.execute(f"PRAGMA cipher_default_kdf_iter = {number}")
    connection.close()
