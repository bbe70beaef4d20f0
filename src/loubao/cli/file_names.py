"""Chinese file names, in whatever locale the program is started.

What loubao reads and writes has names in Chinese. In a locale without Chinese (`C` where Python is
kept from working around it, a Latin one) Python can neither write nor recognise them: then it is
started once more, in its UTF-8 mode, before anything is read.
"""

from __future__ import annotations

import os
import sys

_CHINESE = "漏保核查"


def writable(encoding: str) -> bool:
    """Whether file names in an encoding can be Chinese.

    >>> [writable(name) for name in ("utf-8", "gb18030", "gbk", "ascii", "iso8859-15")]
    [True, True, True, False, False]
    """
    try:
        _CHINESE.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def make_writable() -> None:
    """Start this process once more where Python cannot write Chinese file names; else nothing.

    Windows and macOS always can. A program without Python around it takes no options of Python;
    its starter chooses UTF-8 by itself in the C locale, whatever the environment says.
    """
    if sys.platform == "win32" or writable(sys.getfilesystemencoding()):
        return
    if sys.executable and not getattr(sys, "frozen", False) and "utf8" not in sys._xoptions:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
