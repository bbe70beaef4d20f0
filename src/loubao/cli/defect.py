"""The trace of a defect, without the data it met: types, files, lines and functions only."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from datetime import datetime
from pathlib import Path

from loubao import __version__


def write_trace(error: BaseException) -> Path | None:
    """Write where `error` came from to a private file; return its path, None on a full disk.

    The text of an exception may quote a cell, so it is left out: only the chain of types and the
    places in the code are written.
    """
    lines = [f"loubao {__version__}  Python {platform.python_version()}"]
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or cause.__context__
    name = f"loubao-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.trace"
    try:
        path = Path(tempfile.gettempdir()) / name
        path.touch(mode=0o600, exist_ok=False)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError:
        return None
    return path
