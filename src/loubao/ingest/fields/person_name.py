r"""Names of people: what a person would write, and a key to match on.

`normalise` turns a column of raw names into five columns. The raw value stays with the caller.

>>> import polars as pl
>>> def read_name(raw):
...     return normalise(pl.Series([raw])).select("name", "name_key", "name_note").row(0)

- `name` keeps traditional and rare characters as written. Spaces inside a Chinese name, row
  numbers, footnote marks and trailing notes go; every kind of dot between parts becomes `·`.
- `name_note` keeps what was cut off, for it may say something (已故). Null when nothing was.

>>> read_name("3、张  三（户主）"), read_name("张三2")
(('张三', '张三', '户主'), ('张三', '张三', '2'))

- `name_key` folds variant and traditional characters to simplified ones and drops the dots.

>>> read_name("單小峯"), read_name("阿卜杜拉 • 買買提")
(('單小峯', '单小峰', None), ('阿卜杜拉·買買提', '阿卜杜拉买买提', None))

- In the key `?` stands for each character that is not certain: masked, lost, private-use, spelled
  by components that no table resolves, or written in pinyin. A private-use character that GBK had
  for one that Unicode had not yet is that one in the key.

>>> [read_name(raw)[1] for raw in ("李*红", "张某某", "王(马门)明", "王xian")]
['李?红', '张??', '王?明', '王?']
>>> read_name("王(石羡)明"), read_name("王⿰石羡明")
(('王(石羡)明', '王𥖄明', None), ('王⿰石羡明', '王𥖄明', None))
>>> [read_name(raw)[1] for raw in ("王\ue863", "王\ue123", "王&#30782;")]
['王䶮', '王?', '王砾']

- Latin names are upper-case, without accents.

>>> read_name("Nguyễn  Thị Hoa（外籍）")
('Nguyễn Thị Hoa', 'NGUYEN THI HOA', '外籍')

- `name_mask` is true when a character was hidden or lost (`*`, 某, ×, ○, `?` …).
- `name_kind` is `han`, `latin`, `mixed` (Han and Latin) or `other` (digits, two names at once …).

>>> raw = pl.Series(["张*三", "Nguyễn Hoa", "王xian", "张三/李四", "无", None])
>>> normalise(raw)["name_kind"].to_list(), normalise(raw)["name_mask"].to_list()
(['han', 'latin', 'mixed', 'other', None, None], [True, False, False, False, False, False])

What fits no rule stays as it is: nothing is invented.

>>> read_name("张三、李四"), read_name("户主"), read_name("——")
(('张三、李四', '张三、李四', None), (None, None, None), (None, None, None))

Most names are their own key, as can be seen at a glance (`is_clean`). Of the others each distinct
one is read once (`name_parts.read`), those of the commonest shapes a column at a time (`by_shape`):
one at a time, linking 100,000 names with 1,000,000 would take two fifths longer. The tests hold the
shapes to what `read` returns. How a key sounds: loubao.core.readings.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import polars as pl

from loubao.core.characters import compound_surnames, folding, simplified
from loubao.ingest.fields.distinct import put, read_once
from loubao.ingest.fields.name_parts import (
    GLUED,
    LETTERS,
    NOTE,
    NOTE_WORDS,
    PLACEHOLDER,
    read,
)
from loubao.ingest.fields.name_writing import BRACKETS, DOTS, HAN, HIDDEN, INVISIBLE, SPACE

#: Fewer names than these are read one at a time: to look for shapes takes as long for one.
_FEW: Final = 200
_SCHEMA: Final = pl.Schema(
    {
        "name": pl.String(),
        "name_key": pl.String(),
        "name_note": pl.String(),
        "name_mask": pl.Boolean(),
        "name_kind": pl.String(),
    }
)


def normalise(raw: pl.Series) -> pl.DataFrame:
    """Read a column of names; same height and order as `raw`.

    Returns name, name_key, name_note, name_kind (String) and name_mask (Boolean); see the module's
    docstring. A missing name or a placeholder is null in each of them, but name_note keeps what
    stood there beside and name_mask is false. No text is an error.
    """
    texts = raw.cast(pl.String).rechunk()
    names = pl.DataFrame({"name": texts, "name_key": texts}).with_columns(
        name_note=pl.lit(None, pl.String), name_mask=pl.lit(False), name_kind=pl.lit("han")
    )
    blank = texts.is_null()
    names = names.with_columns(put(names["name_kind"], blank.arg_true(), None))
    places = (~(is_clean(texts) | blank)).arg_true()
    if places.is_empty():
        return names
    rest = read_once(texts.gather(places).alias("raw").to_frame(), _read)
    return names.select(put(names[column], places, rest[column]) for column in _SCHEMA)


def surname(key: pl.Expr) -> pl.Expr:
    """Take the surname of a `name_key`: two characters if compound, the first word if Latin.

    >>> keys = pl.Series(["张三", "欧阳明", "欧阳", "NGUYEN THI HOA", "?三"])
    >>> pl.select(surname(pl.lit(keys))).to_series().to_list()
    ['张', '欧阳', '欧', 'NGUYEN', '?']
    """
    compound = key.str.slice(0, 2).is_in(list(compound_surnames())) & (key.str.len_chars() > 2)
    return (
        pl.when(key.str.contains(" ", literal=True))
        .then(key.str.extract(r"^(\S+)"))
        .when(compound)
        .then(key.str.slice(0, 2))
        .otherwise(key.str.slice(0, 1))
    )


def _read(texts: pl.DataFrame) -> pl.DataFrame:
    """Read names (raw) that are not clean, in order."""
    if texts.height < _FEW:
        return pl.DataFrame([read(name or "") for name in texts["raw"]], _SCHEMA, orient="row")
    shaped, others = by_shape(texts["raw"])
    one_by_one = pl.DataFrame([read(name or "") for name in others["raw"]], _SCHEMA, orient="row")
    every = pl.concat([shaped, one_by_one.select(others["at"], pl.all())])
    return every.sort("at").select(_SCHEMA.names())


# --- names of a common shape, a column at a time -------------------------------------------------

# A name that ends in one of these may end in a note (户主, 妻子, 已故), one that begins with one of
# those may be a note or a word for nothing (户主, 不详); with 用 or 名 it may be a former name.
_NOTE_ENDS: Final = "偶子夫亲儿媳婿女孙属孀人领办妻父母主发保消出止故亡世销踪联婚异"
_WORD_BEGINS: Final = "户已不未暂待没无空缺"
_INSIDE: Final = "某用名"

_HAN_NAME: Final = rf"^[{HAN}]{{2,6}}(?:·[{HAN}]{{2,6}})*$"
_NO_NAME: Final = f"^(?:户主|已故|(?:{PLACEHOLDER})$)|(?:{GLUED})$"
_SPACED: Final = rf"^[{HAN} {DOTS}]+$"
_LAST_NOTE: Final = f" (?:{NOTE_WORDS})$"
_NOTED: Final = rf"^([{HAN}]{{2,4}}) ?\(([^()]+)\)$"
_UNCLOSED: Final = rf"(\([{HAN}]{{1,3}})$"
_MARKED: Final = rf"^(?:\(?[0-9]{{1,6}}[ .、,:)\-]*)?([{HAN}]{{2,4}})([#*]| ?[0-9]+)?$"
_MASKED: Final = rf"^[{HAN}][{HAN}{HIDDEN}]{{1,3}}$"
_MARK_BEHIND: Final = rf"[{HAN}]{{2}}\*$"
_LETTER: Final = "A-Za-zÀ-ÖØ-öø-ɏ\u1e00-\u1eff"
_LATIN_NAME: Final = rf"^[{_LETTER}][{_LETTER} '’.,\-]*[{_LETTER}]$"


class _Shape(NamedTuple):
    """When a shape fits the columns `text` and `folded` (the same in simplified characters).

    And which name, key and note it gives then.
    """

    fits: pl.Expr
    name: pl.Expr
    key: pl.Expr
    note: pl.Expr | None = None
    mask: bool = False
    kind: str = "han"


def is_clean(texts: pl.Series) -> pl.Series:
    """Whether (Boolean, false for null) a text is a Chinese name that is its own match key.

    >>> is_clean(pl.Series(["张三", "張三", "张三 ", "户主", "王妻子", "张某", None])).to_list()
    [True, False, False, False, False, False, False]
    """
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

    The first has the columns of `normalise` and `at` (UInt32), which text it was, its rows in no
    order; the second has `at` and `raw`.

    >>> names, others = by_shape(pl.Series(["张 三", "3、张三*", "王xian"]))
    >>> names.select("at", "name", "name_note").sort("at").rows(), others.rows()
    ([(0, '张三', None), (1, '张三', '*')], [(2, '王xian')])
    """
    left = raw.alias("raw").to_frame().with_row_index("at").with_columns(text=_flat(pl.col("raw")))
    # simplified characters, one for one
    left = left.with_columns(folded=simplified(pl.col("text")))
    names = []
    for shape in (_spaced(), _masked(), _noted(), _latin(), _marked()):  # no name fits two
        left = left.with_columns(fits=shape.fits.fill_null(False))
        names.append(
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
    return pl.concat(names), left.select("at", "raw")


def _flat(raw: pl.Expr) -> pl.Expr:
    """NFKC, one kind of bracket, no invisible characters, single spaces, none at the ends."""
    seen = raw.str.replace_all(INVISIBLE, "").str.replace_all("˙", "·", literal=True)
    spaced = seen.str.normalize("NFKC").str.replace_many(BRACKETS).str.replace_all(SPACE, " ")
    return spaced.str.strip_chars(" ")


def _is_name(folded: pl.Expr) -> pl.Expr:
    """Whether a folded text is a Chinese name and nothing else."""
    whole = folded.str.contains(_HAN_NAME) & ~folded.str.contains("某", literal=True)
    return whole & ~folded.str.contains(_NO_NAME)


def _spaced() -> _Shape:
    """张 三, 单小峯, 阿卜杜拉 • 买买提: no spaces, one kind of dot."""
    text = pl.col("text")
    simple = text.str.contains(_SPACED) & ~pl.col("folded").str.contains(_LAST_NOTE)
    name, key = (
        pl.col(column).str.replace_all(" ", "", literal=True).str.replace_all(f"[{DOTS}]", "·")
        for column in ("text", "folded")
    )
    return _Shape(simple & _is_name(key), name, key.str.replace_all("·", "", literal=True))


def _noted() -> _Shape:
    """张三(户主), 张三(户主."""
    text, folded = (pl.col(c).str.replace(_UNCLOSED, "$1)") for c in ("text", "folded"))
    name, key = (seen.str.extract(_NOTED, 1) for seen in (text, folded))
    note, simple = (seen.str.extract(_NOTED, 2).str.strip_chars(" ") for seen in (text, folded))
    return _Shape(_is_name(key) & simple.str.contains(f"^(?:{NOTE})$"), name, key, note)


def _marked() -> _Shape:
    """12、张三, 张三2, 张三*: a row number, the second of a name, a footnote; not 欧阳*, a mask."""
    name, key = (pl.col(column).str.extract(_MARKED, 1) for column in ("text", "folded"))
    note = pl.col("text").str.extract(_MARKED, 2).str.strip_chars(" ")
    masked = key.is_in(list(compound_surnames())) & note.is_in(["#", "*"]).fill_null(False)
    return _Shape(_is_name(key) & ~masked, name, key, note)


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
