"""Cells as villages type them: a text made plain, and the case numbers that it may be."""

from __future__ import annotations

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣"), "-")
_LETTERS = str.maketrans("OoQIl", "00011")
_BETWEEN = r"\s*[-/\\._·,:~、。]\s*"
#: town, year and running number of a case
_WHOLE_NUMBER = re.compile(
    rf"(?<![0-9])([0-9]{{3}})(?:{_BETWEEN}|\s+)(20[0-9]{{2}})(?:{_BETWEEN}|\s+)([0-9]{{1,5}})(?![0-9])"
    r"|^([0-9]{3})(20[0-9]{2})([0-9]{5})$"
)
#: the same with town or year left out, or both
_END_OF_NUMBER = re.compile(
    rf"^\W*(?:([0-9]{{3}}){_BETWEEN})?(?:(20[0-9]{{2}}){_BETWEEN})?([0-9]{{1,5}})(?:\W|号)*$"
)
_DIGITS = 5  # of a running number as it is printed
_UNSEEN = re.compile(r"[\s\u200b-\u200f\ufeff\u00ad]+")


def plain(text: str) -> str:
    r"""Return a text half-width and without white space and invisible characters.

    >>> plain("核查 结果\n（下拉）"), plain("７月５日"), plain("１０４－2022")
    ('核查结果(下拉)', '7月5日', '104-2022')
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def case_number(text: str) -> str:
    """Return a case number as it was issued, however it was typed; another text plain.

    Half-width, plain dashes, no blanks; other signs between its parts, none at all, words around
    it, the letter O for a nought, noughts left out before the running number.

    >>> texts = (" 104－2022—００012 ", "104/2022/12", "104 2022 12", "10420220OO12")
    >>> {case_number(text) for text in (*texts, "见104.2022.12")}
    {'104-2022-00012'}
    >>> case_number("2022/00012"), case_number("12"), case_number("新增 1"), case_number("2022.6.5")
    ('2022-00012', '12', '新增1', '2022.6.5')
    """
    bare = plain(text.translate(_DASHES)).translate(_DASHES)
    if re.fullmatch(r"[0-9OoQIl\W_]*[0-9][0-9OoQIl\W_]*", bare):
        bare = bare.translate(_LETTERS)
    spaced = " ".join(unicodedata.normalize("NFKC", text).split())
    whole = _WHOLE_NUMBER.fullmatch(bare) or _WHOLE_NUMBER.search(spaced)
    if whole:
        town, year, number = (part for part in whole.groups() if part is not None)
        return f"{town}-{year}-{int(number):05}"
    parts = end_of_number(bare)
    if parts is not None and len(bare) > len(parts[2]) >= _DIGITS:
        return "-".join(part for part in parts if part)
    return bare


def end_of_number(text: str) -> tuple[str, str, str] | None:
    """Return town code, year ("" where left out) and running number of the end of a case number.

    >>> [end_of_number(text) for text in ("12", "00012号", "2022-00012", "104-12")]
    [('', '', '12'), ('', '', '00012'), ('', '2022', '00012'), ('104', '', '12')]
    >>> end_of_number("新增1"), end_of_number("2022.6.5"), end_of_number("104-2022-00012")
    (None, None, None)
    """
    found = _END_OF_NUMBER.search(text)
    if found is None or (found[1] and found[2]):
        return None
    return found[1] or "", found[2] or "", found[3]
