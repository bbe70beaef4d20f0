"""Where a ledger can live: on a disk of this computer.

SQLite's write-ahead log needs memory that all readers and writers share, so a ledger on a network
share is damaged sooner or later (sqlite.org/wal.html, sqlite.org/useovernet.html).
"""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath

#: Where Linux tells of every disk and of what kind it is; elsewhere there is no such file.
_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "fuse.sshfs", "fuse.davfs", "davfs"}
)


def on_network(path: Path) -> bool:
    """Whether `path` (absolute, resolved) lies on a network share, as far as the system tells."""
    if PureWindowsPath(path).drive.startswith("\\\\"):
        return True
    try:
        told = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return False
    return kind_of_disk(path, told) in _NETWORK


def kind_of_disk(path: Path, mounts: str) -> str:
    r"""Return the kind of the disk that holds `path`, "" where unknown.

    `mounts`: lines of proc(5) mountinfo; the one deepest down holds the path, of equals the last.

    >>> kind_of_disk(Path("/srv/share/a.db"), "1 0 0:1 / / rw - ext4 x rw\n"
    ...     "2 1 0:2 / /srv/share rw shared:1 - cifs //office/share rw\n")
    'cifs'
    """
    found, depth = "", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        place, kind = before.split(" ")[4:5], after.split(" ")[0]
        if not place:
            continue
        folder = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place[0]))
        if path.is_relative_to(folder) and len(folder.parts) >= depth:
            found, depth = kind, len(folder.parts)
    return found
