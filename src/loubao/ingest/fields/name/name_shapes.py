"""Names of known shape, a column at a time: a plain one, and the commonest ways to spoil it.

Each shape says when it is certain that `name_parts.read` would make the same of a name, and what
that is; the tests hold the two together. What fits no shape is left to `read`.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import polars as pl

from loubao.core.characters import compound_surnames, folding, variants
from loubao.ingest.fields.name.name_words import (
    BRACKETS,
    GLUED,
    HAN,
    HIDDEN,
    INVISIBLE,
    LETTERS,
    NOTE,
    NOTE_WORDS,
    PLACEHOLDER,
    SPACE,
)

# A name that ends in one of these may end in a note (户主, 妻子, 已故), one that begins with one of
# those may be a note or a word for nothing (户主, 不详); with 用 or 名 it may tell another name.
_NOTE_ENDS: Final = "偶子夫亲儿媳婿女孙属孀人领办妻父母主发保消出止故亡世销踪联婚异"
_WORD_BEGINS: Final = "户已不未暂待没无空缺"
_INSIDE: Final = "某用名"

_HAN_NAME: Final = rf"^[{HAN}]{{2,6}}(?:·[{HAN}]{{2,6}})*$"
_NO_NAME: Final = f"^(?:户主|已故|(?:{PLACEHOLDER})$)|(?:{GLUED})$"
_SPACED: Final = rf"^[{HAN} ·•・‧∙⋅▪]+$"
_LAST_NOTE: Final = f" (?:{NOTE_WORDS})$"
_NUMBERED: Final = rf"^\(?[0-9]{{1,6}}[ .、,:)\-]*([{HAN}]{{2,4}})$"
_NOTED: Final = rf"^([{HAN}]{{2,4}}) ?\(([^()]+)\)$"
_UNCLOSED: Final = rf"(\([{HAN}]{{1,3}})$"
_TOLD_APART: Final = rf"^([{HAN}]{{2,4}}) ?([0-9]+)$"
_MARKED: Final = rf"^([{HAN}]{{2,4}})([#*])$"
_MASKED: Final = rf"^[{HAN}][{HAN}{HIDDEN}]{{1,3}}$"
_MARK_BEHIND: Final = rf"[{HAN}]{{2}}\*$"
_LETTER: Final = "A-Za-zÀ-ÖØ-öø-ɏ\u1e00-\u1eff"
_LATIN_NAME: Final = rf"^[{_LETTER}][{_LETTER} '’.,\-]*[{_LETTER}]$"


class _Shape(NamedTuple):
    """When a shape fits, and what it makes of `text` and of `folded`, the same folded."""

    fits: pl.Expr
    name: pl.Expr
    key: pl.Expr
    note: pl.Expr | None = None
    mask: bool = False
    kind: str = "han"


def is_clean(texts: pl.Series) -> pl.Series:
    """Whether (Boolean, false for null) a text is a Chinese name that is its own match key."""
    return texts.str.contains(_clean()).fill_null(False)


@cache
def _clean() -> str:
    """Two to four common characters, none of which is folded into another or part of a note."""
    folded = "".join(char for char in map(chr, folding()) if "一" <= char <= "鿿")
    own = f"[一-鿿--[{folded}{_INSIDE}]]"
    first, last = (f"[{own}--[{chars}]]" for chars in (_WORD_BEGINS, _NOTE_ENDS))
    return f"^{first}{own}{{0,2}}{last}$"


def by_shape(raw: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read texts (String): those that fit a shape, and the others.

    The first has the columns of `name.normalise` and `at` (UInt32), which text it was, its rows in
    no order; the second has `at` and `raw`.
    """
    left = raw.alias("raw").to_frame().with_row_index("at").with_columns(text=_flat(pl.col("raw")))
    left = left.with_columns(folded=_folded(pl.col("text")))
    told = []
    for shape in _shapes():
        left = left.with_columns(fits=shape.fits.fill_null(False))
        told.append(
            left.filter("fits").select(
                "at",
                name=shape.name,
                name_key=shape.key,
                name_note=pl.lit(None, pl.String) if shape.note is None else shape.note,
                name_mask=pl.lit(shape.mask),
                name_kind=pl.lit(shape.kind),
            )
        )
        left = left.filter(~pl.col("fits"))
    return pl.concat(told), left.select("at", "raw")


def _shapes() -> tuple[_Shape, ...]:
    """Every shape, in no particular order: no name fits two."""
    return (_spaced(), _masked(), _noted(), _latin(), _marked(), _told_apart(), _numbered())


def _flat(raw: pl.Expr) -> pl.Expr:
    """NFKC, one kind of bracket, no invisible characters, single spaces, none at the ends."""
    seen = raw.str.replace_all(INVISIBLE, "").str.replace_all("˙", "·", literal=True)
    spaced = seen.str.normalize("NFKC").str.replace_many(BRACKETS).str.replace_all(SPACE, " ")
    return spaced.str.strip_chars(" ")


def _folded(text: pl.Expr) -> pl.Expr:
    """Simplified characters, one for one."""
    table = variants()
    return text.str.replace_many(table["char"].to_list(), table["folded"].to_list())


def _is_name(folded: pl.Expr) -> pl.Expr:
    """Whether a folded text is a Chinese name and nothing else."""
    whole = folded.str.contains(_HAN_NAME) & ~folded.str.contains("某", literal=True)
    return whole & ~folded.str.contains(_NO_NAME)


def _spaced() -> _Shape:
    """张 三, 单小峯, 阿卜杜拉 • 买买提: no spaces, one kind of dot."""
    text = pl.col("text")
    simple = text.str.contains(_SPACED) & ~pl.col("folded").str.contains(_LAST_NOTE)
    name, key = (
        pl.col(column).str.replace_all(" ", "", literal=True).str.replace_all("[•・‧∙⋅▪]", "·")
        for column in ("text", "folded")
    )
    return _Shape(simple & _is_name(key), name, key.str.replace_all("·", "", literal=True))


def _noted() -> _Shape:
    """张三(户主), 张三(户主."""
    text, folded = (pl.col(c).str.replace(_UNCLOSED, "$1)") for c in ("text", "folded"))
    name, key = (seen.str.extract(_NOTED, 1) for seen in (text, folded))
    note, known = (seen.str.extract(_NOTED, 2).str.strip_chars(" ") for seen in (text, folded))
    return _Shape(_is_name(key) & known.str.contains(f"^(?:{NOTE})$"), name, key, note)


def _numbered() -> _Shape:
    """12、张三."""
    name, key = (pl.col(column).str.extract(_NUMBERED, 1) for column in ("text", "folded"))
    return _Shape(_is_name(key), name, key)


def _told_apart() -> _Shape:
    """张三2: the second of that name."""
    name, key = (pl.col(column).str.extract(_TOLD_APART, 1) for column in ("text", "folded"))
    return _Shape(_is_name(key), name, key, pl.col("text").str.extract(_TOLD_APART, 2))


def _marked() -> _Shape:
    """张三*: a footnote; but 欧阳* hides a character."""
    name, key = (pl.col(column).str.extract(_MARKED, 1) for column in ("text", "folded"))
    whole = _is_name(key) & ~key.is_in(list(compound_surnames()))
    return _Shape(whole, name, key, pl.col("text").str.extract(_MARKED, 2))


def _masked() -> _Shape:
    """张*三, 张某某."""
    text, folded = pl.col("text"), pl.col("folded")
    hidden = text.str.contains(_MASKED) & text.str.contains(f"[{HIDDEN}]")
    whole = ~folded.str.contains(_NO_NAME) & ~text.str.contains(_MARK_BEHIND)
    return _Shape(hidden & whole, text, folded.str.replace_all(f"[{HIDDEN}]", "?"), mask=True)


def _latin() -> _Shape:
    """Nguyễn Thị Hoa."""
    text = pl.col("text")
    word = text.str.to_lowercase().str.contains(f"^(?:{PLACEHOLDER})$")
    plain = text.str.replace_many(LETTERS).str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    key = plain.str.normalize("NFC").str.to_uppercase().str.replace_all("['’]", "")
    key = key.str.replace_all(r"[^\p{L}]+", " ").str.strip_chars(" ")
    return _Shape(text.str.contains(_LATIN_NAME) & ~word, text, key, kind="latin")
