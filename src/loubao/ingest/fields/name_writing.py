r"""What stands for what in a written name: references, invisible signs, brackets, dots, parts.

`plain` puts one sign for all that mean the same; which character a description by its parts means
is asked last, so that a name stays as it was written.

>>> plain("王&#30782;　［户主］")
'王砾 (户主)'
>>> plain("葛\U000e0100兰\u200b生")  # a variation selector, and a space of no width
'葛兰生'
>>> described("王⿰石羡明", {"石羡": "𥖄"}.get)
'王𥖄明'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from loubao.core.characters import BLANK, UNSEEN

# Classes of characters and fragments of patterns, good for both `re` and polars. 〇 is left out of
# HAN: in a name it hides a character.
PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
HAN = "\u2e80-\u2fdf\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
#: What says how the parts of a character stand that no font has: ⿰石羡.
DESCRIBING = "\u2ff0-\u2fff\u31ef"
H = f"[{HAN}{PRIVATE}{DESCRIBING}]"
HIDDEN = "*×✕╳?\ufffd□■○◯〇某●"

#: Brackets of all kinds, and the two that stand for them.
BRACKETS = dict(zip("【】〔〕〖〗《》〈〉<>「」『』[]{}", "()" * 10, strict=True))
INVISIBLE = f"[{UNSEEN}]"
SPACE = f"[{BLANK}]+"
#: The dots that are written between the parts of a name, as NFKC leaves them.
DOTS = (
    "·•・‧∙⋅▪◦⦁"
    "\u02d1\u0f0b\u119e\u1427\u16eb\u2218\u25ab\u26ab\u2b1d\u2b24\u2b29\u2e30\u2e31\u2e33\u2e3c"
    "\u2e41\ua4f8\ua78f\U00010101"
)

_REFERENCE = re.compile(
    r"&(?:amp;)*(?:#(?:([0-9]{1,7})|[xX]([0-9a-fA-F]{1,6}))|(nbsp|middot|bull));"
)
_NAMED: Final = {"nbsp": " ", "middot": "·", "bull": "•"}
_ONE_BRACKET = str.maketrans(BRACKETS)
#: How many parts each of DESCRIBING is followed by.
_PARTS: Final = dict.fromkeys(map(chr, range(0x2FF0, 0x2FFE)), 2) | {
    "⿲": 3, "⿳": 3, "\u2ffe": 1, "\u2fff": 1, "\u31ef": 2
}  # fmt: skip


def plain(text: str) -> str:
    r"""NFKC, one kind of bracket, no invisible characters, single spaces.

    >>> plain("张　三［户主］"), plain("张 \u200b 三【２】")
    ('张 三(户主)', '张 三(2)')
    """
    seen = re.sub(INVISIBLE, "", without_references(text)).replace("˙", "·")
    return re.sub(SPACE, " ", unicodedata.normalize("NFKC", seen).translate(_ONE_BRACKET))


def without_references(text: str) -> str:
    """Put the characters for the numbers that a web form in GBK wrote for those it has not.

    A number that is cut off is left as it is.

    >>> without_references("王&#30782;"), without_references("李&amp;#x4DAE;文")
    ('王砾', '李䶮文')
    >>> without_references("王&#55360;&#56331;"), without_references("王&#307")
    ('王𠀋', '王&#307')
    """
    if "&" not in text:
        return text
    units = _REFERENCE.sub(_referred, text)
    # scripts number the two halves of a rare character
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _referred(found: re.Match[str]) -> str:
    decimal, hexadecimal, named = found.groups()
    if named:
        return _NAMED[named]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def is_describing(text: str) -> bool:
    """Whether some character of a text is described by its parts.

    >>> is_describing("⿰石羡"), is_describing("石羡")
    (True, False)
    """
    return not _PARTS.keys().isdisjoint(text)


def described(text: str, meant: Callable[[str], str | None]) -> str:
    """Put for each description what its parts mean by `meant`, `?` where that knows of none.

    >>> [described(text, {"石羡": "𥖄"}.get) for text in ("苏明(⿱艹鲜)", "王⿰石", "王(⿰石羡)明")]
    ['苏明?', '王?', '王𥖄明']
    >>> described("王⿰氵⿱艹覃文", {"氵艹覃": "藫"}.get)
    '王藫文'
    """
    if not is_describing(text):
        return text
    pieces: list[str] = []
    at = 0
    while at < len(text):
        end, parts = _description(text, at)
        if not parts:
            end, piece = at + 1, text[at]
        else:
            piece = meant(parts) or "?"
            if pieces and pieces[-1] == "(" and text[end : end + 1] == ")":
                pieces.pop()
                end += 1
        pieces.append(piece)
        at = end
    return "".join(pieces)


def _description(text: str, at: int) -> tuple[int, str]:
    """Where the description at `at` ends, and its parts; "" where there is none.

    One that is not complete has `?` for what is missing.

    >>> _description("王⿰石羡明", 1), _description("王⿰石", 1), _description("王明", 1)
    ((4, '石羡'), (3, '石?'), (1, ''))
    """
    wanted, parts = int(text[at] in _PARTS), ""
    while wanted and at < len(text) and re.match(f"{H}|[{HIDDEN}]", text[at]):
        wanted += _PARTS.get(text[at], 0) - 1
        parts += "" if text[at] in _PARTS else text[at]
        at += 1
    return at, parts + "?" * min(wanted, 1)
