"""What may be shown of a text that is no cell: the name of a file or a sheet, a header, a line.

A person's number or telephone number keeps its first and last digits. What looks like a person's
name keeps the surname, in letters the first of them; words that the rules know are no names,
whatever they look like. A header that looks like either is shown by its place and shape alone.
Control characters, which a terminal would obey, are shown as question marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

#: A digest of a file, whose digits in a row mean nothing; a person's number: 14 digits or more,
#: with a space or a stroke between some, not the time of an export (2022…); a telephone number,
#: not the time behind a date: 20220630-130528-14538.
_NUMBER = re.compile(
    r"(?P<digest>\b[0-9a-f]{64}\b)"
    r"|(?<!\d)(?!20\d\d[-_.]?[01]\d[-_.]?[0-3]\d)\d(?:[\s._·-]?\d){13,19}[xXｘＸ]?(?!\d)"
    r"|(?P<telephone>(?<!\d)(?<!20\d{6}[-_ T])1[3-9]\d(?:[\s-]?\d){8}(?!\d))"
)
_HAN = re.compile("[\u3007\u3400-\u9fff\U00020000-\U0003ffff]+")
#: Names of two parts with a dot between them.
_DOTTED = re.compile(rf"{_HAN.pattern}(?:[·•・‧∙⋅．]{_HAN.pattern})+")
_LETTER = "A-Za-zÀ-ɏḀ-ỿ"
#: Words of letters in a row, each with a capital: Nguyen Thi Hoa.
_LATIN = re.compile(
    rf"(?<![0-9{_LETTER}])[A-ZÀ-ÞĐ][{_LETTER}]*(?:[ ._'-]+[A-ZÀ-ÞĐ][{_LETTER}]*)+(?![0-9{_LETTER}])"
)
_WORD = re.compile(f"[{_LETTER}]+")
_FEWEST_LETTERS = 5
_QUOTED = re.compile("“([^”]*)”")
#: Kinds of characters that are no text: of control, of format, broken ones, ends of lines.
_NO_TEXT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHORTEST, _LONGEST = 2, 4
#: What is counted or dated: nothing of it is a name.
_COUNTED = re.compile(r"(?<=[0-9])(?:年度?|月份?|[日号人户条份批次期组版]|季度?)")
#: What stands behind the name of a place.
_PLACES = frozenset("乡镇村街社县区市旗州省")


def without_control(text: str, kept: str = "") -> str:
    r"""Return a text with a question mark for each character of control but the `kept` ones.

    >>> without_control("\x1b[31m红\x9b\u202e.xlsx"), without_control("一\n二", kept="\n")
    ('?[31m红??.xlsx', '一\n二')
    """
    if text.isprintable():
        return text
    return "".join(
        "?" if unicodedata.category(sign) in _NO_TEXT and sign not in kept else sign
        for sign in text
    )


def without_numbers(text: str) -> str:
    """Return a text with the middle of each person's number and telephone number starred.

    >>> without_numbers("990101196003050119.xlsx"), without_numbers("低保9901011960030501 1X")
    ('990101********0119.xlsx', '低保990101********011X')
    >>> without_numbers("电话13800001111"), without_numbers("导出20220630-093000123")
    ('电话138****1111', '导出20220630-093000123')
    >>> without_numbers("loubao-20220630-130528-14538.trace")
    'loubao-20220630-130528-14538.trace'
    >>> digest = "56af13800001111b" * 4  # of a file
    >>> without_numbers(digest) == digest
    True
    """
    return _NUMBER.sub(_starred, text)


def _starred(found: re.Match[str]) -> str:
    number = found[0]
    if found["digest"]:
        return number
    first, stars = (3, 4) if found["telephone"] else (6, 8)
    signs = [sign for sign in number if sign.isalnum()]
    return f"{''.join(signs[:first])}{'*' * stars}{''.join(signs[-4:])}"


def has_number(text: str) -> bool:
    """Whether a text holds a number that `without_numbers` would star."""
    return without_numbers(text) != text


def shape(text: str, column: int) -> str:
    """Return the place and the shape of a header in the column of that number, from 0.

    >>> shape("庄建国", 2), shape("990101196003050119", 27)
    ('C列（3个字）', 'AB列（18位号码）')
    """
    from loubao.core.frames import column_letters

    digits = sum(sign.isdigit() for sign in text)
    kind = f"{digits}位号码" if has_number(text) else f"{len(text)}个字"
    return f"{column_letters(column)}列（{kind}）"


#: What the program itself calls things by: one word in letters.
_WORD_OF_RULES = re.compile(r"[A-Za-z]+(?:_[A-Za-z]+)*")


def shown_key(trail: str) -> str:
    """Return the keys of a rule file as a message may have them; who looks like a person by length.

    >>> shown_key("fields.姓名.also"), shown_key("wording.庄建国"), shown_key("990101196003050119")
    ('fields.姓名.also', 'wording.（3个字）', '（18个字）')
    >>> shown_key("issues.ROW_LONG.titel"), shown_key("lists.SMITH JOHN")
    ('issues.ROW_LONG.titel', 'lists.（10个字）')
    """
    hide = Discretion(frozenset()).header

    def shown(part: str) -> bool:
        return bool(_WORD_OF_RULES.fullmatch(part)) or hide(part, 0) == part

    return ".".join(part if shown(part) else f"（{len(part)}个字）" for part in trail.split("."))


@dataclass(frozen=True)
class Discretion:
    """What may be shown, where these `words` are no names."""

    words: frozenset[str]

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.words | _signs()[1]))

    def text(self, text: str) -> str:
        """Return the name of a file or sheet as it may be shown anywhere.

        >>> shown = Discretion(frozenset({"低保", "上浦村"})).text
        >>> shown("上浦村庄建国低保.xlsx"), shown("6月低保在册.xls"), shown("阿依·买买提")
        ('上浦村庄**低保.xlsx', '6月低保在册.xls', '阿*****')
        """
        text = _LATIN.sub(self._without_latin, without_control(without_numbers(text)))
        for start, end in reversed(list(self._names(text))):
            length = 2 if text[start : start + 2] in _signs()[2] else 1
            text = text[: start + length] + "*" * (end - start - length) + text[end:]
        return text

    def _without_latin(self, found: re.Match[str]) -> str:
        """Words of letters, of each row of two or more unknown ones the first letter alone.

        >>> shown = Discretion(frozenset({"Sheet", "Microsoft Excel"})).text
        >>> shown("低保 NGUYEN THI HOA.csv"), shown("Nguyen_Van A 低保.csv")
        ('低保 N***** *** ***.csv', 'N*****_*** * 低保.csv')
        >>> shown("New Microsoft Excel.xlsx"), shown("DIBAO Sheet.csv"), shown("Copy of export.csv")
        ('New Microsoft Excel.xlsx', 'DIBAO Sheet.csv', 'Copy of export.csv')
        """
        text = found[0]
        rows: list[list[re.Match[str]]] = [[]]
        for word in _WORD.finditer(text):
            if word[0].lower() in self._latin_words:
                rows.append([])
            else:
                rows[-1].append(word)
        for row in rows:
            if len(row) < _SHORTEST or sum(len(word[0]) for word in row) < _FEWEST_LETTERS:
                continue
            start, end = row[0].start() + 1, row[-1].end()
            text = text[:start] + _WORD.sub(lambda w: "*" * len(w[0]), text[start:end]) + text[end:]
        return text

    @cached_property
    def _latin_words(self) -> frozenset[str]:
        return frozenset(w.lower() for text in self.words for w in _WORD.findall(text))

    def quoted(self, message: str) -> str:
        """Return a message in which what stands in quotation marks is as `text` shows it.

        >>> Discretion(frozenset()).quoted("低保.xls：工作表“庄建国”太大")
        '低保.xls：工作表“庄**”太大'
        """
        return _QUOTED.sub(lambda hit: f"“{self.text(hit[1])}”", message)

    def header(self, text: str, column: int, known: bool = False) -> str:
        """Return a header as it may be shown anywhere; of a `known` one only numbers are hidden.

        >>> header = Discretion(frozenset({"姓名", "Date"})).header
        >>> header("姓名", 0), header("林小红", 3)
        ('姓名', 'D列（3个字）')
        >>> header("Nguyen Thi Hoa", 0), header("Issue Date", 1)
        ('A列（14个字）', 'Issue Date')
        """
        if has_number(text) or (not known and self._names_somebody(text)):
            return shape(text, column)
        return without_control(text, kept="\n\t")

    def _names_somebody(self, text: str) -> bool:
        """Whether something in a text looks like a person's name, in characters or in letters."""
        if next(self._names(text), None) is not None:
            return True
        return any(self._without_latin(found) != found[0] for found in _LATIN.finditer(text))

    def headers(self, row: Sequence[str | None]) -> list[str]:
        """Return the texts of a row that should be a header; a row with a number is a person's.

        >>> Discretion(frozenset()).headers(["村名", None, "990101196003050119"])
        ['A列（2个字）', 'C列（18位号码）']
        """
        texts = [(at, text) for at, text in enumerate(row) if text]
        if any(has_number(text) for _, text in texts):
            return [shape(text, at) for at, text in texts]
        return [self.header(text, at) for at, text in texts]

    def labels(self, names: Iterable[str]) -> dict[str, str]:
        """Return for each path what it is called: as `text`, no two alike.

        >>> names = [f"990101{year}03050119.xls" for year in (1960, 1970)]
        >>> [*Discretion(frozenset()).labels(names).values()]
        ['990101********0119.xls', '990101********0119-2.xls']
        """
        shown = {name: self.text(name) for name in names}
        taken = {name for name, text in shown.items() if name == text}
        for name, text in shown.items():
            path, number, free = PurePosixPath(text), 1, text
            while free in taken and name != free:
                number += 1
                free = path.with_name(f"{path.stem}-{number}{path.suffix}").as_posix()
            taken.add(free)
            shown[name] = free
        return shown

    def _names(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where what looks like a person's name begins and ends in a text.

        >>> text = "龙桥乡林小红6月庄建国"
        >>> [text[start:end] for start, end in Discretion(frozenset())._names(text)]
        ['林小红', '庄建国']
        >>> [*Discretion(frozenset())._names("时在时不在，经常外出，死活不肯，林病")]
        [(16, 18)]
        """
        for dotted in _DOTTED.finditer(text):
            yield dotted.span()
        for pattern in (_DOTTED, _COUNTED):
            text = pattern.sub(lambda hit: " " * len(hit[0]), text)
        for run in _HAN.finditer(text):
            start = at = run.start()
            alone = len(run[0]) < _LONGEST or run[0][:2] in _signs()[2]
            while at < run.end():
                known = self._known(text, at, run.end(), alone)
                if known:
                    if _is_name(text[start:at]) and text[at] not in _PLACES:
                        yield start, at
                    start = at = at + known
                else:
                    at += 1
            if _is_name(text[start : run.end()]):
                yield start, run.end()

    def _known(self, text: str, at: int, end: int, alone: bool) -> int:
        """The length of the longest word that begins there; 0 without one.

        `alone`: the characters are too few for a sentence, and may be a name as a whole.
        """
        never, spoken = _signs()[1], _sentence()
        for length in range(min(self._longest, end - at), 0, -1):
            word = text[at : at + length]
            if word in never or (length > 1 and word in self.words):
                return length
            if word in spoken and (length > 1 or not alone):
                return length
        return 0


def _sentence() -> frozenset[str]:
    from loubao.core.characters import sentence_signs

    return sentence_signs()


def _is_name(text: str) -> bool:
    """Whether Chinese characters by themselves look like a person's name.

    >>> [_is_name(name) for name in ("庄建国", "李娜", "欧阳娜娜", "在册", "建国", "方圆十里地")]
    [True, True, True, False, False, False]
    """
    surnames, _, compound, of_three = _signs()
    if not _SHORTEST <= len(text) <= _LONGEST:
        return False
    if text[:2] in compound:
        return len(text) > 2
    return len(text) < _LONGEST and (
        text[0] in surnames or (text[0] in of_three and len(text) == _LONGEST - 1)
    )


def _signs() -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """Surnames, what is in no name, compound surnames, surnames before two characters."""
    from loubao.core.characters import name_signs

    return name_signs()
