"""What stands beside a name and says that the row is about somebody else, or no longer holds.

王丁四（之子） under the father's number is not the father: linking it would hide him or the son.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import lru_cache

import polars as pl

from loubao.ingest.conditions import age_on
from loubao.rules.reading import Reading

_BETWEEN = "；"  # as name.normalise joins several notes
_ADULT = 18
_LONG = 2  # words of so many characters count wherever they stand in a note
_OTHER_NAMES = re.compile("^(?:曾用|原名|又名|别名|小名|现名)")
_POSSESSIVE = "[之的其]"
_WOMEN = re.compile("[妻母妈媳姐妹奶婆]|女(?!婿)")
_MEN = re.compile("[夫父爸公爷婿兄弟哥]|(?<!妻)子")


def with_notes(rows: pl.DataFrame, reading: Reading, as_of: datetime.date) -> pl.DataFrame:
    """Add `relative`, `stopped`, `deceased` (Boolean) and take the key of relatives' names away.

    `relative`: by the note, the one named is perhaps not the row's own person. He is not where the
    note says whose (之子), that another acts for him, or names the other sex than the number: then
    `name_key` is null, so that nothing is linked by it. A bare word (配偶, 长子)
    leaves it open: the key is taken on rolls and exclusions, where a wrong link hides somebody.
    It is the named one's own beside a head of another name (a household's member), a minor's if
    it says child (子, 长子), and a woman's sex if it says 女.
    `stopped`: the note says that support has ended; `deceased`: that the one named has died.
    """
    notes = rows["name_note"].drop_nulls().unique().to_list()
    told = pl.DataFrame([_told(note, reading) for note in notes], _TOLD, orient="row")
    here = rows.select("name_note").join(told, on="name_note", how="left", maintain_order="left")
    said = here.select(pl.exclude("name_note", "of_sex").fill_null(False), "of_sex")
    sex = pl.coalesce("id_sex", "sex")
    minor = age_on(pl.coalesce("id_birth_date", "birth_until"), as_of) < _ADULT
    rows = pl.concat([rows, said.rename(lambda c: f"note:{c}")], how="horizontal")
    other_sex = (pl.col("note:of_sex") != sex).fill_null(False)
    # named beside a head of another name, and not under his number: it is what he is to the head
    beside_head = (pl.col("name_key") != pl.col("head_key")) & pl.col("id_number").ne_missing(
        pl.col("head_id")
    )
    own = beside_head.fill_null(False) | (pl.col("note:child") & minor.fill_null(False))
    own |= pl.col("note:female") & (sex == "女").fill_null(False)
    bare = pl.col("note:bare") | pl.col("note:child")
    certain = pl.col("note:sure") | (bare & other_sex)
    doubtful = bare & ~own
    without_key = certain | (doubtful & (pl.col("role") != "source"))
    return rows.with_columns(
        relative=certain | doubtful,
        stopped="note:stopped",
        deceased="note:deceased",
        name_key=pl.when(~without_key).then("name_key"),
    ).drop(pl.selectors.starts_with("note:"))


def about_others(notes: pl.Series, reading: Reading, *, doubtful: bool) -> pl.Series:
    """Mark the notes (String, nulls allowed) by which the one named is not the row's own person.

    With `doubtful` also a bare word for a relative (配偶), which leaves it open; 长子 or 女 is
    rather said of the one named.
    """
    marks = pl.Series("others", [False]).new_from_index(0, notes.len())
    if notes.null_count() == notes.len():
        return marks
    told = {note: _told(note, reading) for note in notes.drop_nulls().unique()}
    about = [note for note, (_, sure, bare, *_) in told.items() if sure or (doubtful and bare)]
    return notes.is_in(about).fill_null(False) if about else marks


_TOLD = {
    "name_note": pl.String,
    "sure": pl.Boolean,
    "bare": pl.Boolean,
    "child": pl.Boolean,
    "female": pl.Boolean,
    "of_sex": pl.String,
    "stopped": pl.Boolean,
    "deceased": pl.Boolean,
}


def _told(note: str, reading: Reading) -> tuple[str | bool | None, ...]:
    """Return what one note says, in the order of `_TOLD`; `female`: it says no more than 女."""
    relative, child = _said(reading.relative_notes), _said(reading.child_notes)
    agent, stopped = _said(reading.agent_notes), _said(reading.stopped_notes, affix="已")
    parts = [part for part in note.split(_BETWEEN) if not _OTHER_NAMES.match(part)]
    acting = [part for part in parts if agent(part)]
    children = [part for part in parts if child(part) and part not in acting]
    others = [part for part in parts if relative(part) and part not in (*acting, *children)]
    kin = [*children, *others]
    men, women = (any(map(words.search, kin)) for words in (_MEN, _WOMEN))
    return (
        note,
        bool(acting) or any(re.search(_POSSESSIVE, part) for part in kin),
        bool(others),
        bool(children) and not others,
        kin == ["女"],
        None if men == women else "男" if men else "女",
        any(map(stopped, parts)),
        any(part in reading.deceased_notes for part in parts),
    )


@lru_cache(maxsize=16)
def _said(words: tuple[str, ...], affix: str = "") -> Callable[[str], bool]:
    """Return whether a note is one of `words`, ends in one behind 之, or contains a long one."""
    every = sorted(words, key=len, reverse=True)
    if not every:
        return lambda _: False
    exact = "|".join(map(re.escape, every))
    long = "|".join(re.escape(word) for word in every if len(word) >= _LONG) or r"\b\B"
    before = f"(?:{_POSSESSIVE}|{affix})*" if affix else f"{_POSSESSIVE}*"
    pattern = re.compile(f"^{before}(?:{exact})$|{_POSSESSIVE}(?:{exact})$|(?:{long})")
    return lambda note: pattern.search(note) is not None
