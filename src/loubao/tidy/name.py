"""Names of people: what a person would write, a key to match on, and how it sounds.

`normalise` turns a column of raw names into six columns. The raw value stays with the caller.

- `name` keeps traditional and rare characters as written. Spaces inside a Chinese name, row
  numbers, footnote marks and trailing notes go; every kind of dot between parts becomes `·`.
- `name_note` keeps what was cut off, for it may say something (已故). Null when nothing was.
- `name_key` folds variant and traditional characters to simplified ones, drops the dots, and puts
  `?` for each character that is not known: masked, lost, private-use, spelled by components that
  no table resolves, or written in pinyin. Latin names are upper-case, without accents.
- `name_mask` is true when a character was hidden or lost (`*`, 某, ×, ○, `?` …).
- `name_kind` is `han`, `latin`, `mixed` (Han and Latin) or `other` (digits, two names at once …).
- `readings` are toneless, at most eight, the likeliest first (see name_reading.py).

What has no known shape stays as it is: nothing is invented.

>>> import polars as pl
>>> seen = pl.Series(["张  三（户主）", "單小峯", "阿卜杜拉•买买提", "李*红", "王(石羡)", None])
>>> tidy = normalise(seen)
>>> tidy["name"].to_list()
['张三', '單小峯', '阿卜杜拉·买买提', '李*红', '王(石羡)', None]
>>> tidy["name_key"].to_list()
['张三', '单小峰', '阿卜杜拉买买提', '李?红', '王𥖄', None]
>>> tidy["name_note"].to_list()
['户主', None, None, None, None, None]
>>> tidy["readings"][1].to_list()
['shan xiao feng', 'dan xiao feng']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from loubao.tidy.name_reading import (
    compound_surnames,
    folding,
    read_aloud,
    sounds,
    spelled_by_components,
    syllables,
)

# Character classes good for both `re` and polars. 〇 is left out: in a name it hides a character.
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_HAN = "\u2e80-\u2fdf\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_H = f"[{_HAN}{_PRIVATE}]"
_HIDDEN = "*×✕╳?\ufffd□■○◯〇某●"

_PLACEHOLDER = (
    "无|空|缺|不[详祥明]|未[知填]|未填写|无姓?名|暂无|待(?:补充?|核实?|定)|没有|姓名|户主|"
    "null|none|nan|nil|na|n/a|n[.]a|ref|value|div/0|undefined"
)
# Seen before a footnote star, these say that a name begins there (the commonest surnames).
_COMMON = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庄洪"
)

# Notes that are recognised even when glued to the name; no given name ends like this.
_KIN = (
    "[之的其]?(?:配偶|妻子|丈夫|父亲|母亲|儿子|女儿|儿媳|女婿|孙子|孙女|家属|遗孀|"
    "监护人|代理人|代领人?|代办人?)|"
    "之(?:[长次三四五幼]?[子女]|[妻夫父母媳婿孙])"
)
_GLUED = (
    f"{_KIN}|户主|本人|已?(?:停发|停保|取消|退出|退保|终止)|"
    "已故|已?(?:死亡|去世|病故|亡故|逝世|迁出|注销|失踪|失联)|已亡|已婚|离异|"
    "(?:曾用名|曾用|原名|又名|别名|小名|现名)[^()]*"
)
# Notes that are recognised after a space or a dash and in brackets.
_NOTE = (
    f"{_GLUED}|父子|母子|父女|母女|祖父|祖母|爷爷|奶奶|外公|外婆|兄弟|姐妹|哥哥|弟弟|姐姐|妹妹|"
    "[长次三四五幼][子女]|联系人|申请人|户口本|同名|重名|重复|新增|新生|外出[^()]*|务工|服刑[^()]*|"
    "戒毒[^()]*|在押|孤儿|单人保|整户保|"
    "(?:低保|五保|特困|残疾|重残|精神|智力|肢体|脱贫|监测|边缘)[^()]*|"
    "[男女大小老夫妻父母子兄弟姐妹代新增亡故死]"
)

_BRACKETS = str.maketrans("【】〔〕〖〗《》〈〉<>「」『』[]{}", "()" * 10)
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u3164\uffa0]+")
_MARKS = "#☆★√✓✔△▲※◎◆◇*"
_EDGE = r"#☆★√✓✔△▲※◎◆◇\s、,，;:|~`'\"‘’“”^!&+=/\\·•・‧\-—–─_.。"
_LABEL = re.compile(r"姓名\s*:")

# Classes of 100,000 characters take long to compile: what turns on a character being Chinese at
# all is looked for in the shape of a text, where each of them is a 字 (`_shape`).
_CHINESE = re.compile(_H)
_UNKNOWN = re.compile(f"[{_PRIVATE}]")
_LEADING = re.compile(rf"[{_EDGE})]+|\(?[0-9]{{1,6}}[\s.、,:)\-]*(?=字)|\(\s*\)|\*(?=字字)")
_TRAILING = re.compile(rf"(?:[{_EDGE}(]+|\(\s*\)|(?<=字字)\*)$")
# Each pattern finds what to take out (`cut`) and what of it is worth keeping (`note`).
_CUTS_OF_SHAPE = (
    re.compile(r"(?<=[字)])(?P<cut>\s*(?P<note>[0-9][0-9\-]*[Xx]?))$"),
    re.compile(r"(?<=字字)(?P<cut>\s*(?P<note>[A-WYZa-wyz]))$"),
)
_CUTS_OF_WORDS = (
    re.compile(
        rf"(?<=[{_HAN}{_PRIVATE})*A-Za-z])"
        rf"(?P<cut>(?:\s+(?=\S\S)|\s*[\-—–─_/:,;、]\s*)(?P<note>(?:{_NOTE})[0-9A-Za-z]?))$"
    ),
    re.compile(rf"(?<={_H}{{2}})(?P<cut>(?P<note>{_GLUED}))$"),
    re.compile(rf"^(?P<cut>(?P<note>户主|已故)\s*:?\s*)(?={_H})"),
    re.compile(rf"^(?P<cut>\((?P<note>{_NOTE}|[0-9]+)\)\s*)"),
)
_BRACKETED = re.compile(r"(?<=.)(?P<cut>\s*\((?P<note>[^()]*)(?:\)\s*(?=字|\(|$)|$))")
_GAP = re.compile(rf"(?<=[字{_HIDDEN}·()]) (?=[字{_HIDDEN}·()])")
_DOT = re.compile(
    r"(?<=字) ?[·•.・‧∙⋅▪◦⦁｡] ?(?=字)"
    r"|(?<=字字) ?[●。\-—–─_] ?(?=字字字)|(?<=字字字) ?[●。\-—–─_] ?(?=字字)"
)
_LETTER_MASK = re.compile(r"(?<=字)[xX]{1,2}(?=字|$)|^[xX](?=字)|(?<=字)[oO](?=字)")
_PLACE = re.compile(rf"\((?P<spelt>[^()]+)\)|(?P<latin>[{_LATIN}]+)|(?P<char>.)", re.DOTALL)
_ONE_PLACE = re.compile(rf"字|[{_HIDDEN}]|\([^()]*\)|[{_LATIN}]+")
_COMPONENTS = re.compile(r"[左上外]?([^+])[+右下内里]?([^+]{1,2})$")
_LETTERS = str.maketrans({"Đ": "D", "đ": "d", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "ı": "i"})

_COLUMNS = ("name", "name_key", "name_note", "name_mask", "name_kind", "readings")


class _Parts(NamedTuple):
    """One distinct name, read; `places`, with tabs between, are what read_aloud reads."""

    name: str | None = None
    key: str | None = None
    note: str | None = None
    mask: bool = False
    kind: str | None = None
    places: str | None = None


def normalise(raw: pl.Series) -> pl.DataFrame:
    """Read a column of names; same height and order as `raw`, each distinct value read once.

    Returns name, name_key, name_note, name_kind (String), name_mask (Boolean) and readings
    (List[String]); see the module's docstring. A missing name or a placeholder is null in each of
    them, but name_note keeps what stood there beside and name_mask is false. No text is an error.
    """
    seen = raw.cast(pl.String).alias("raw").to_frame()
    distinct = seen.unique(maintain_order=True).drop_nulls()
    distinct = distinct.with_columns(_without_gaps(pl.col("raw")).alias("name"))
    # str.translate beats replace_many, which rebuilds its automaton of 5,500 patterns each call.
    simple = [name.translate(folding()) for name in distinct["name"].to_list()]
    distinct = distinct.with_columns(pl.Series("name_key", simple, dtype=pl.String))
    plain = pl.col("name_key").str.contains(rf"^[{_HAN}]{{2,6}}(?:·[{_HAN}]{{2,6}})*$") & ~pl.col(
        "name_key"
    ).str.contains(f"某|^(?:户主|已故|{_PLACEHOLDER}$)|(?:{_GLUED})$")
    distinct = distinct.with_columns(plain.alias("plain"))
    easy = distinct.filter("plain").select(
        "raw",
        "name",
        pl.col("name_key").str.replace_all("·", "", literal=True),
        pl.lit(None, pl.String).alias("name_note"),
        pl.lit(value=False).alias("name_mask"),
        pl.lit("han").alias("name_kind"),
        pl.lit(None, pl.String).alias("places"),
    )
    hard = distinct.filter(~pl.col("plain")).get_column("raw")
    read = zip(*map(_read, hard), strict=True) if len(hard) else [[]] * len(_Parts._fields)
    columns = zip(easy.columns[1:], read, strict=True)
    rest = [hard, *(pl.Series(name, list(v), easy.schema[name]) for name, v in columns)]
    # one text a row is far quicker to hand over than one list
    both = pl.concat([easy, pl.DataFrame(rest)]).with_columns(pl.col("places").str.split("\t"))
    undotted = pl.col("name").str.replace_all("·", "", literal=True)
    both = both.with_columns(
        read_aloud(both.select(undotted.alias("spoken"), "places", "name_kind")).alias("readings")
    )
    joined = seen.join(both, on="raw", how="left", maintain_order="left")
    return joined.select(_COLUMNS).with_columns(pl.col("name_mask").fill_null(value=False))


def surname(key: pl.Expr) -> pl.Expr:
    """Take the surname of a `name_key`: two characters if compound, the first word if Latin."""
    compound = key.str.slice(0, 2).is_in(compound_surnames()) & (key.str.len_chars() > 2)
    return (
        pl.when(key.str.contains(" ", literal=True))
        .then(key.str.extract(r"^(\S+)"))
        .when(compound)
        .then(key.str.slice(0, 2))
        .otherwise(key.str.slice(0, 1))
    )


# -- a column at a time: the many names that need no thought ------------------------------------


def _without_gaps(raw: pl.Expr) -> pl.Expr:
    """NFKC; where nothing but Han, spaces and dots is left, no spaces and one kind of dot.

    A space before a longer word stays, for that word may be a note.
    """
    flat = raw.str.normalize("NFKC")
    simple = flat.str.contains(rf"^[{_HAN}\s·•・‧∙⋅▪]+$") & ~flat.str.contains(r"\s\S\S+\s*$")
    bare = flat.str.replace_all(r"\s+", "").str.replace_all("[•・‧∙⋅▪]", "·")
    return pl.when(simple).then(bare).otherwise(flat)


# -- one name at a time: the few that do --------------------------------------------------------


def _read(raw: str) -> _Parts:
    r"""Read one raw name.

    >>> _read("12、张*三 已故")
    _Parts(name='张*三', key='张?三', note='已故', mask=True, kind='han', places='张\t?\t三')
    """
    name, note = _strip(raw)
    if not name or re.fullmatch(_PLACEHOLDER, _simple(name).lower()):
        return _Parts(note=note if re.search(r"\w", note or "") else None)
    if _is_latin(name):
        key = _latin_key(name)
        return _Parts(name, key, note, False, "latin", "\t".join(key.lower().split()))
    masked = _replaced(_LETTER_MASK, name, lambda found: "*" * len(found[0])).replace("·", "")
    places = _places(masked.replace(" ", ""))
    if places is not None:
        kind = "mixed" if any(map(str.islower, places)) else "han"
        hidden = any(char in _HIDDEN for char in masked)
        return _Parts(
            name, _simple("".join(map(_key_of, places))), note, hidden, kind, "\t".join(places)
        )
    both = _CHINESE.search(name) and re.search(f"[{_LATIN}]", name)
    key = _simple(_unaccented(name).upper())
    return _Parts(name, key, note, False, "mixed" if both else "other")


def _strip(raw: str) -> tuple[str, str | None]:
    """Cut marks, numbers and notes off until nothing more comes off: the name, the notes."""
    text, before = raw, None
    front: list[str] = []
    back: list[str] = []
    while text != before:
        before = text
        text = _edges(_flat(text), front, back)
        found = _note_in(_simple(text))
        if found is None:
            text = _replaced(_GAP, text, lambda _: "")
            text = _replaced(_DOT, text, lambda _: "·")
        else:
            at, to = found.span("cut")
            (front if at == 0 else back).append(text[slice(*found.span("note"))].strip())
            text = text[:at] + text[to:]
    return text, "；".join(note for note in [*front, *reversed(back)] if note) or None


def _flat(text: str) -> str:
    """NFKC, one kind of bracket, no invisible characters, single spaces."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text).replace("˙", "·"))
    return _SPACE.sub(" ", text.translate(_BRACKETS))


def _shape(text: str) -> str:
    """Put 字 for every Chinese character, one for one, so that positions hold.

    >>> _shape("张x三 (户主)")
    '字x字 (字字)'
    """
    return _CHINESE.sub("字", text)


def _replaced(pattern: re.Pattern[str], text: str, by: Callable[[re.Match[str]], str]) -> str:
    """Replace in `text` what `pattern` finds in its shape."""
    pieces, at = [], 0
    for found in pattern.finditer(_shape(text)):
        pieces += [text[at : found.start()], by(found)]
        at = found.end()
    return "".join([*pieces, text[at:]])


def _edges(text: str, front: list[str], back: list[str]) -> str:
    """Take punctuation, row numbers and footnote marks off both ends; marks are noted."""
    found = _LEADING.match(_shape(text)) or _LABEL.match(text)
    if found and not (found[0] == "*" and text[1] not in _COMMON):
        front.append("".join(c for c in found[0] if c in _MARKS))
        text = text[found.end() :]
    if (found := _TRAILING.search(_shape(text))) and _simple(text[:-1]) not in compound_surnames():
        back.append("".join(c for c in found[0] if c in _MARKS))
        text = text[: found.start()]
    return text


def _note_in(simple: str) -> re.Match[str] | None:
    """Find the next note to cut in a text already folded to simplified characters."""
    shape = _shape(simple)
    for cuts, text in ((_CUTS_OF_SHAPE, shape), (_CUTS_OF_WORDS, simple)):
        for cut in cuts:
            if found := cut.search(text):
                return found
    for found in reversed(list(_BRACKETED.finditer(shape))):
        inside = simple[slice(*found.span("note"))].strip()
        if _is_note(simple[: found.start()], inside, simple[found.end() :]):
            return found
    return None


def _is_note(head: str, inside: str, tail: str) -> bool:
    """Is what stands in brackets after `head` a note, and not part of the name itself?"""
    if not inside or re.fullmatch(_NOTE, inside):
        return True
    if syllable := _syllable(inside):
        return syllable in sounds(head[-1])  # a gloss: 喆(zhe)
    alone = len(_ONE_PLACE.findall(_shape(head))) < 2
    if _spelt(inside):
        return not tail and not alone and _component(inside) == "?"
    return not tail and not (alone and len(inside) < 4)


def _places(name: str) -> list[str] | None:
    """Split a Chinese name into characters, `?` and pinyin syllables; null if that cannot be."""
    places = []
    for found in _PLACE.finditer(name):
        if found["spelt"]:
            place = _syllable(found["spelt"]) or _component(_simple(found["spelt"]))
        elif found["latin"]:
            place = _syllable(found["latin"])
        elif found["char"] in _HIDDEN:
            place = "?"
        else:
            place = found["char"] if _CHINESE.match(found["char"]) else None
        if place is None:
            return None
        places.append(place)
    return places


def _component(inside: str) -> str | None:
    """Return the character spelled by its components, `?` if no table has it, null if no spelling.

    >>> _component("石羡"), _component("左石右羡"), _component("石+羡"), _component("明")
    ('𥖄', '𥖄', '𥖄', None)
    """
    found = _spelt(inside)
    table = spelled_by_components()
    if inside in table or not found:
        return table.get(inside)
    return table.get(found[1] + found[2], "?")


def _spelt(inside: str) -> re.Match[str] | None:
    """Match a spelling by components: Chinese characters, at most one + between."""
    return _COMPONENTS.match(inside) if set(_shape(inside)) <= {"字", "+"} else None


def _syllable(text: str) -> str | None:
    """Return the toneless syllable that `text` is, if it is one of two letters or more."""
    plain = _unaccented(text.replace("ü", "v")).lower()
    return plain if len(plain) > 1 and plain in syllables() else None


def _key_of(place: str) -> str:
    return "?" if place.islower() or _UNKNOWN.match(place) else place


def _simple(text: str) -> str:
    """Fold to simplified characters, one for one, so that positions hold."""
    return text.translate(folding())


def _is_latin(name: str) -> bool:
    letters = [c for c in name if c.isalpha()]
    rest = "".join(c for c in name if not c.isalpha())
    return (
        len(letters) > 1
        and all("LATIN" in unicodedata.name(c, "") for c in letters)
        and all(c in " '’.,-·" or unicodedata.combining(c) for c in rest)
    )


def _unaccented(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _latin_key(name: str) -> str:
    """Upper-case words without accents, apostrophes or punctuation.

    >>> _latin_key("Đỗ Thị O'Hà-Mai")
    'DO THI OHA MAI'
    """
    return re.sub(r"\W+", " ", re.sub(r"['’ʼ]", "", _unaccented(name).upper())).strip()
