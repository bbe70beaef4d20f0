"""One name at a time: marks, numbers and notes off its ends, then character by character.

For the few names whose shape `person_name` does not know; what a name becomes is specified there.

>>> read("12、张*三 已故")
Parts(name='张*三', key='张?三', note='已故', mask=True, kind='han')
>>> read("王(石羡)明（户主）")  # a rare character spelled by its components
Parts(name='王(石羡)明', key='王𥖄明', note='户主', mask=False, kind='han')
>>> read("王xian"), read("Đỗ Thị Hà")
... # doctest: +NORMALIZE_WHITESPACE
(Parts(name='王xian', key='王?', note=None, mask=False, kind='mixed'),
 Parts(name='Đỗ Thị Hà', key='DO THI HA', note=None, mask=False, kind='latin'))
>>> read("张三、李四")
Parts(name='张三、李四', key='张三、李四', note=None, mask=False, kind='other')
>>> read("户主"), read("不详")
... # doctest: +NORMALIZE_WHITESPACE
(Parts(name=None, key=None, note=None, mask=False, kind=None),
 Parts(name=None, key=None, note=None, mask=False, kind=None))
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from loubao.core.characters import (
    compound_surnames,
    folded,
    radical_forms,
    spelled_by_components,
    standard_characters,
)
from loubao.core.readings import sounds, syllables
from loubao.ingest.fields.name_writing import (
    DOTS,
    HAN,
    HIDDEN,
    PRIVATE,
    H,
    described,
    is_describing,
    plain,
)

LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"

PLACEHOLDER = (
    "无|空|缺|不[详祥明]|未[知填]|未填写|无姓?名|暂无|待(?:补充?|核实?|定)|没有|姓名|户主|"
    "null|none|nan|nil|na|n/a|n[.]a|ref|value|div/0|undefined"
)
# Seen before a footnote star, these say that a name begins there (the commonest surnames).
COMMON = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庄洪"
)

# Notes that are recognised even when glued to the name; no given name ends like this.
_KIN = (
    "[之的其]?(?:配偶|妻子|丈夫|父亲|母亲|儿子|女儿|儿媳|女婿|孙子|孙女|家属|遗孀|"
    "监护人|代理人|代领人?|代办人?)|"
    "之(?:[长次三四五幼]?[子女]|[妻夫父母媳婿孙])"
)
GLUED = (
    f"{_KIN}|户主|本人|已?(?:停发|停保|取消|退出|退保|终止)|"
    "已故|已?(?:死亡|去世|病故|亡故|逝世|迁出|注销|失踪|失联)|已亡|已婚|离异|"
    "(?:曾用名|曾用|原名|又名|别名|小名|现名)[^()]*"
)
# Notes that are recognised after a space or a dash and in brackets.
NOTE_WORDS = (
    f"{GLUED}|父子|母子|父女|母女|祖父|祖母|爷爷|奶奶|外公|外婆|兄弟|姐妹|哥哥|弟弟|姐姐|妹妹|"
    "[长次三四五幼][子女]|联系人|申请人|户口本|同名|重名|重复|新增|新生|外出[^()]*|务工|服刑[^()]*|"
    "戒毒[^()]*|在押|孤儿|单人保|整户保|"
    "(?:低保|五保|特困|残疾|重残|精神|智力|肢体|脱贫|监测|边缘)[^()]*"
)
NOTE = f"{NOTE_WORDS}|[男女大小老夫妻父母子兄弟姐妹代新增亡故死]"

# Latin letters that no decomposition brings to a plain one.
LETTERS = {"Đ": "D", "đ": "d", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "ı": "i"}

_PLAIN_LETTER = str.maketrans(LETTERS)
_MARKS = "#☆★√✓✔△▲※◎◆◇*"
_EDGE = rf"#☆★√✓✔△▲※◎◆◇\s、,，;:|~`'\"‘’“”^!&+=/\\{DOTS}\-—–─_.。"
_LABEL = re.compile(r"姓名\s*:")

# Classes of 100,000 characters take long to compile and to search: what turns on a character being
# Chinese at all is looked for in the shape of a text, where each of them is a 字 (`_shape`), and
# the patterns that have such a class are compiled at their first use.
_LEADING = re.compile(rf"[{_EDGE})]+|\(?[0-9]{{1,6}}[\s.、,:)\-]*(?=字)|\(\s*\)|\*(?=字字)")
_TRAILING = re.compile(rf"(?:[{_EDGE}(]+|\(\s*\)|(?<=字字)\*)$")
# Each pattern finds what to take out (`cut`) and what of it is worth keeping (`note`).
_CUTS_OF_SHAPE = (
    r"(?<=[字)])(?P<cut>\s*(?P<note>[0-9][0-9\-]*[Xx]?))$",
    r"(?<=字字)(?P<cut>\s*(?P<note>[A-WYZa-wyz]))$",
)
_CUTS_OF_WORDS = (
    rf"(?<=[{HAN}{PRIVATE})*A-Za-z])"
    rf"(?P<cut>(?:\s+(?=\S\S)|\s*[\-—–─_/:,;、]\s*)(?P<note>(?:{NOTE})[0-9A-Za-z]?))$",
    rf"(?<={H}{{2}})(?P<cut>(?P<note>{GLUED}))$",
    rf"^(?P<cut>(?P<note>户主|已故)\s*:?\s*)(?={H})",
    rf"^(?P<cut>\((?P<note>{NOTE}|[0-9]+)\)\s*)",
)
_BRACKETED = re.compile(r"(?<=.)(?P<cut>\s*\((?P<note>[^()]*)(?:\)\s*(?=字|\(|$)|$))")
_GAP = re.compile(rf"(?<=[字{HIDDEN}·()]) (?=[字{HIDDEN}·()])")
_DOT = re.compile(
    rf"(?<=字) ?[.{DOTS}] ?(?=字)"
    r"|(?<=字字) ?[●。\-—–─_] ?(?=字字字)|(?<=字字字) ?[●。\-—–─_] ?(?=字字)"
)
_LETTER_MASK = re.compile(r"(?<=字)[xX]{1,2}(?=字|$)|^[xX](?=字)|(?<=字)[oO](?=字)")
_PLACE = re.compile(rf"\((?P<spelt>[^()]+)\)|(?P<latin>[{LATIN}]+)|(?P<char>.)", re.DOTALL)
_ONE_PLACE = re.compile(rf"字|[{HIDDEN}]|\([^()]*\)|[{LATIN}]+")
_COMPONENTS = re.compile(r"[左上外]?([^+])[+右下内里]?([^+]{1,2})$")


class Parts(NamedTuple):
    """One distinct name, read."""

    name: str | None = None
    key: str | None = None
    note: str | None = None
    mask: bool = False
    kind: str | None = None


def read(raw: str) -> Parts:
    """Read one raw name; no text is an error."""
    name, note = _strip(raw)
    if not name or re.fullmatch(PLACEHOLDER, folded(name).lower()):
        return Parts(note=note if re.search(r"\w", note or "") else None)
    if _is_latin(name):
        return Parts(name, _latin_key(name), note, False, "latin")
    masked = _replaced(_LETTER_MASK, name, lambda found: "*" * len(found[0])).replace("·", "")
    standard = masked.replace(" ", "").translate(standard_characters())
    places = _places(described(standard, _component))
    if places is not None:
        kind = "mixed" if any(map(str.islower, places)) else "han"
        hidden = any(char in HIDDEN for char in masked)
        return Parts(name, folded("".join(map(_key_of, places))), note, hidden, kind)
    both = re.search(H, name) and re.search(f"[{LATIN}]", name)
    key = folded(_unaccented(name).upper())
    return Parts(name, key, note, False, "mixed" if both else "other")


def _strip(raw: str) -> tuple[str, str | None]:
    """Cut marks, numbers and notes off until nothing more comes off: the name, the notes.

    The notes stand in the order of the text.

    >>> _strip("1、【已故】张 三（户主）"), _strip("阿卜杜拉 • 买买提")
    (('张三', '已故；户主'), ('阿卜杜拉·买买提', None))
    """
    text, before = raw, None
    front: list[str] = []
    back: list[str] = []
    while text != before:
        before = text
        text = _edges(plain(text), front, back)
        found = _note_in(folded(text))
        if found is None:
            text = _replaced(_GAP, text, lambda _: "")
            text = _replaced(_DOT, text, lambda _: "·")
        else:
            at, to = found.span("cut")
            (front if at == 0 else back).append(text[slice(*found.span("note"))].strip())
            text = text[:at] + text[to:]
    return text, "；".join(note for note in [*front, *reversed(back)] if note) or None


def _shape(text: str) -> str:
    """Put 字 for every Chinese character, one for one, so that positions hold.

    >>> _shape("张x三 (户主)")
    '字x字 (字字)'
    """
    return re.sub(H, "字", text)


def _replaced(pattern: re.Pattern[str], text: str, by: Callable[[re.Match[str]], str]) -> str:
    """Replace in `text` what `pattern` finds in its shape.

    >>> _replaced(_LETTER_MASK, "张x三", lambda found: "*" * len(found[0]))
    '张*三'
    """
    pieces, at = [], 0
    for found in pattern.finditer(_shape(text)):
        pieces += [text[at : found.start()], by(found)]
        at = found.end()
    return "".join([*pieces, text[at:]])


def _edges(text: str, front: list[str], back: list[str]) -> str:
    """Take punctuation, row numbers and footnote marks off both ends; marks are noted.

    A star hides a character where no surname follows it, or where a compound surname is before it.

    >>> front, back = [], []
    >>> _edges("3、张三,", front, back), _edges("*张三#", front, back)
    ('张三', '张三')
    >>> front, back
    (['', '*'], ['', '#'])
    >>> _edges("*小红", [], []), _edges("欧阳*", [], []), _edges("张三*", [], [])
    ('*小红', '欧阳*', '张三')
    """
    found = _LEADING.match(_shape(text)) or _LABEL.match(text)
    if found and not (found[0] == "*" and text[1] not in COMMON):
        front.append("".join(c for c in found[0] if c in _MARKS))
        text = text[found.end() :]
    if (found := _TRAILING.search(_shape(text))) and folded(text[:-1]) not in compound_surnames():
        back.append("".join(c for c in found[0] if c in _MARKS))
        text = text[: found.start()]
    return text


def _note_in(simple: str) -> re.Match[str] | None:
    """Find the next note to cut in a text already folded to simplified characters.

    >>> [_note_in(text)["note"] for text in ("张三户主", "张三 已故", "张三-妻子", "张三2")]
    ['户主', '已故', '妻子', '2']
    >>> _note_in("张三字") is None
    True
    """
    shape = _shape(simple)
    for cuts, text in ((_CUTS_OF_SHAPE, shape), (_CUTS_OF_WORDS, simple)):
        for cut in cuts:
            if found := re.search(cut, text):
                return found
    for found in reversed(list(_BRACKETED.finditer(shape))):
        inside = simple[slice(*found.span("note"))].strip()
        if _is_note(simple[: found.start()], inside, simple[found.end() :]):
            return found
    return None


def _is_note(head: str, inside: str, tail: str) -> bool:
    """Is what stands in brackets after `head` a note, and not part of the name itself?

    >>> _is_note("张三", "户主", ""), _is_note("李喆", "zhe", ""), _is_note("李四", "曾用李五", "")
    (True, True, True)
    >>> _is_note("王", "石羡", "明"), _is_note("王", "xian", "明"), _is_note("张", "三", "")
    (False, False, False)
    >>> _is_note("王𥖄", "⿰石羡", ""), _is_note("王", "⿰石羡", ""), _is_note("王明", "⿰石门", "")
    (True, False, False)
    """
    if not inside or re.fullmatch(NOTE, inside):
        return True
    if is_describing(inside):  # of the character before, or of one in its place
        return described(inside, _component) == head[-1]
    if syllable := _syllable(inside):
        return syllable in sounds(head[-1])  # a gloss: 喆(zhe)
    alone = len(_ONE_PLACE.findall(_shape(head))) < 2
    if _spelt(inside):
        return not tail and not alone and _component(inside) == "?"
    return not tail and not (alone and len(inside) < 4)


def _places(name: str) -> list[str] | None:
    """Split a Chinese name into characters, `?` and pinyin syllables; None if that cannot be.

    >>> _places("王(石羡)明"), _places("王xian"), _places("张*三"), _places("张三/李四")
    (['王', '𥖄', '明'], ['王', 'xian'], ['张', '?', '三'], None)
    """
    places = []
    for found in _PLACE.finditer(name):
        if found["spelt"]:
            place = _syllable(found["spelt"]) or _component(folded(found["spelt"]))
        elif found["latin"]:
            place = _syllable(found["latin"])
        elif found["char"] in HIDDEN:
            place = "?"
        else:
            place = found["char"] if re.match(H, found["char"]) else None
        if place is None:
            return None
        places.append(place)
    return places


def _component(inside: str) -> str | None:
    """Return the character spelled by its components, `?` if no table has it, None if no spelling.

    >>> _component("石羡"), _component("左石右羡"), _component("石+羡")
    ('𥖄', '𥖄', '𥖄')
    >>> _component("马门"), _component("明")
    ('?', None)
    """
    inside = inside.translate(radical_forms())
    found, char = _spelt(inside), spelled_by_components(inside)
    if char is not None or not found:
        return char
    return spelled_by_components(found[1] + found[2]) or "?"


def _spelt(inside: str) -> re.Match[str] | None:
    """Match a spelling by components: Chinese characters, at most one + between."""
    return _COMPONENTS.match(inside) if set(_shape(inside)) <= {"字", "+"} else None


def _syllable(text: str) -> str | None:
    """Return the toneless syllable that `text` is, if it is one of two letters or more.

    >>> _syllable("Xiàn"), _syllable("lü"), _syllable("a"), _syllable("smith")
    ('xian', 'lv', None, None)
    """
    plain = _unaccented(text.replace("ü", "v")).lower()
    return plain if len(plain) > 1 and plain in syllables() else None


def _key_of(place: str) -> str:
    """`?` for pinyin and for a character of private use that no standard knows."""
    return "?" if place.islower() or re.match(f"[{PRIVATE}]", place) else place


def _is_latin(name: str) -> bool:
    """Whether it is two Latin letters or more, and nothing but what stands between such.

    >>> _is_latin("O'Brien, Đỗ"), _is_latin("A"), _is_latin("张San"), _is_latin("Нина")
    (True, False, False, False)
    """
    letters = [c for c in name if c.isalpha()]
    rest = "".join(c for c in name if not c.isalpha())
    return (
        len(letters) > 1
        and all("LATIN" in unicodedata.name(c, "") for c in letters)
        and all(c in " '’.,-·" or unicodedata.combining(c) for c in rest)
    )


def _unaccented(text: str) -> str:
    """Letters without their accents.

    >>> _unaccented("Nguyễn Đức")
    'Nguyen Duc'
    """
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN_LETTER))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _latin_key(name: str) -> str:
    """Upper-case words without accents, apostrophes or punctuation.

    >>> _latin_key("Đỗ Thị O'Hà-Mai")
    'DO THI OHA MAI'
    """
    return re.sub(r"\W+", " ", re.sub(r"['’ʼ]", "", _unaccented(name).upper())).strip()
