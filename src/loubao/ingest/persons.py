"""What several cells of a row say together: whose it is, birth, sex, age.

A note beside a name may say that the row is about somebody else, or no longer holds: 王丁四（之子）
under the father's number is not the father, and linking it would hide him or the son.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> def marks(note):
...     read = read_note(note, rules.reading)._asdict()
...     return ", ".join(mark for mark, value in read.items() if value is True)

It is another's name when the note says whose (之子), or that somebody acts for the person; a bare
word for a relative leaves it open.

>>> marks("之子"), marks("的女儿"), marks("监护人李六"), marks("儿子代领")
('another, child', 'another, child', 'another', 'another')
>>> marks("配偶"), marks("长子"), marks("女"), read_note("配偶；妻", rules.reading).of_sex
('relative', 'child', 'child, female', '女')

Support may have ended, the person may have died; several notes are read each by itself. A former
name and words that are no note of the rules say nothing.

>>> marks("已停发"), marks("已故；妻"), marks("曾用名王父子"), marks("户主")
('stopped', 'relative, deceased', '', '')
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import polars as pl

from loubao.core.frames import PROVEN_STATUSES
from loubao.ingest.fields.typed import alternative
from loubao.rules.reading import Reading

_BETWEEN = "；"  # as person_name.normalise joins several notes
_ADULT = 18
_LONG = 2  # words of so many characters count wherever they stand in a note
_OTHER_NAMES = re.compile("^(?:曾用|原名|又名|别名|小名|现名)")
_POSSESSIVE = "[之的其]"
_WOMEN = re.compile("[妻母妈媳姐妹奶婆]|女(?!婿)")
_MEN = re.compile("[夫父爸公爷婿兄弟哥]|(?<!妻)子")


# --- whose name --------------------------------------------------------------------


class Note(NamedTuple):
    """What a note beside a name says of the one named."""

    #: that it is certainly another than the row's own person
    another: bool
    #: a bare word for a relative, which leaves it open whose the row is
    relative: bool
    #: a bare word for a child, which may as well be which child the one named is
    child: bool
    #: no more than 女: a daughter, or a woman's sex
    female: bool
    #: 男 or 女, where the words for relatives are of one sex
    of_sex: str | None
    #: that support has ended
    stopped: bool
    #: that the one named has died
    deceased: bool


_NOTE_TABLE = {
    "name_note": pl.String,
    **dict.fromkeys(Note._fields, pl.Boolean),
    "of_sex": pl.String,
}


def with_notes(rows: pl.DataFrame, reading: Reading, as_of: date) -> pl.DataFrame:
    """Add `relative`, `stopped`, `deceased` (Boolean) and take the key of relatives' names away.

    `relative`: by the note, the one named is perhaps not the row's own person. It is not where the
    note says so for certain, or names the other sex than the number: then `name_key` is null, so
    that nothing is linked by it. A bare word (配偶, 长子) leaves it open: the key is taken on rolls
    and exclusions, where a wrong link hides somebody. The name is the row's own beside a head of
    another name (a household's member), a minor's if the note says child (子, 长子), and a woman's
    if it says 女. `stopped`: the note says that support has ended; `deceased`: that the one named
    has died.
    """
    notes = rows["name_note"].drop_nulls().unique()
    table = pl.DataFrame(
        [(note, *read_note(note, reading)) for note in notes], _NOTE_TABLE, orient="row"
    )
    here = rows.select("name_note").join(table, on="name_note", how="left", maintain_order="left")
    here = here.select(pl.exclude("name_note", "of_sex").fill_null(False), "of_sex")
    rows = pl.concat([rows, here.rename(lambda column: f"note:{column}")], how="horizontal")
    sex = pl.coalesce("id_sex", "sex")
    minor = age_on(pl.coalesce("id_birth_date", "birth_until"), as_of) < _ADULT
    other_sex = (pl.col("note:of_sex") != sex).fill_null(False)
    # named beside a head of another name, and not under the head's number: a relative of the head
    beside_head = (pl.col("name_key") != pl.col("head_key")) & pl.col("id_number").ne_missing(
        pl.col("head_id")
    )
    own = beside_head.fill_null(False) | (pl.col("note:child") & minor.fill_null(False))
    own |= pl.col("note:female") & (sex == "女").fill_null(False)
    bare = pl.col("note:relative") | pl.col("note:child")
    certain = pl.col("note:another") | (bare & other_sex)
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
    rather about the one named.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> notes, rules = pl.Series(["之子", "配偶", "长子", None]), load_rules(shipped_rules())
    >>> about_others(notes, rules.reading, doubtful=True).to_list()
    [True, True, False, False]
    >>> about_others(notes, rules.reading, doubtful=False).to_list()
    [True, False, False, False]
    """
    read = {note: read_note(note, reading) for note in notes.drop_nulls().unique()}
    about = [note for note, n in read.items() if n.another or (doubtful and n.relative)]
    if not about:
        return pl.repeat(False, notes.len(), eager=True)
    return notes.is_in(about).fill_null(False)


def read_note(note: str, reading: Reading) -> Note:
    """Read one note, several of them joined by ；."""
    is_relative, is_child = _one_of(reading.relative_notes), _one_of(reading.child_notes)
    is_agent, is_stopped = _one_of(reading.agent_notes), _one_of(reading.stopped_notes, affix="已")
    parts = [part for part in note.split(_BETWEEN) if not _OTHER_NAMES.match(part)]
    agents = [part for part in parts if is_agent(part)]
    children = [part for part in parts if is_child(part) and part not in agents]
    others = [part for part in parts if is_relative(part) and part not in (*agents, *children)]
    kin = [*children, *others]
    men, women = (any(map(words.search, kin)) for words in (_MEN, _WOMEN))
    return Note(
        another=bool(agents) or any(re.search(_POSSESSIVE, part) for part in kin),
        relative=bool(others),
        child=bool(children) and not others,
        female=kin == ["女"],
        of_sex=None if men == women else "男" if men else "女",
        stopped=any(map(is_stopped, parts)),
        deceased=any(part in reading.deceased_notes for part in parts),
    )


@lru_cache(maxsize=16)
def _one_of(words: tuple[str, ...], affix: str = "") -> Callable[[str], bool]:
    """Return the test whether a note is one of `words`, ends in one behind 之, or has a long one.

    >>> is_relative = _one_of(("妻", "配偶"))
    >>> [is_relative(note) for note in ("妻", "之妻", "王五的妻", "其配偶代", "妻弟")]
    [True, True, True, True, False]
    """
    every = sorted(words, key=len, reverse=True)
    if not every:
        return lambda _: False
    exact = "|".join(map(re.escape, every))
    long = "|".join(re.escape(word) for word in every if len(word) >= _LONG) or r"\b\B"
    before = f"(?:{_POSSESSIVE}|{affix})*" if affix else f"{_POSSESSIVE}*"
    pattern = re.compile(f"^{before}(?:{exact})$|{_POSSESSIVE}(?:{exact})$|(?:{long})")
    return lambda note: pattern.search(note) is not None


# --- birth date, sex, age ------------------------------------------------------------------------


def age_on(birth: pl.Expr, as_of: date) -> pl.Expr:
    """Full years (Int32) from `birth` to `as_of`; who is born on 29 February is older on 1 March.

    >>> births = pl.Series([date(2004, 5, 31), date(2004, 6, 1), date(2004, 2, 29), None])
    >>> pl.select(age_on(pl.lit(births), date(2022, 5, 31))).to_series().to_list()
    [18, 17, 18, None]
    >>> pl.select(age_on(pl.lit(births), date(2022, 2, 28))).to_series().to_list()
    [17, 17, 17, None]
    """
    before_birthday = (birth.dt.month() > as_of.month) | (
        (birth.dt.month() == as_of.month) & (birth.dt.day() > as_of.day)
    )
    return (as_of.year - birth.dt.year() - before_birthday.cast(pl.Int32)).cast(pl.Int32)


def with_births(rows: pl.DataFrame, as_of: date, of_minors: Collection[str] = ()) -> pl.DataFrame:
    """Add what number and columns together say of a person.

    birth_date, birth_until (the latest day possible) and sex come from a number that is sound and
    the person's own, else from the columns. `of_other` is head or parent where the number is
    theirs (a name that differs under one number), adult where it is that of an adult on one of the
    lists `of_minors` and the row has no birth date that agrees: a guardian's, rather. Who is 18 may
    have grown up on the list. `shared` where two names of a list have one number. age_low and
    age_high differ where number and column contradict each other, and are null where neither is
    certain, as beside a relative's name (`relative`); age is
    reckoned from birth_until.
    """
    number = pl.col("id_number")
    other_name = (pl.col("name_key") != pl.col("head_key")).fill_null(False)
    sound = pl.col("id_status").is_in(PROVEN_STATUSES)
    grown = pl.col("list").is_in(list(of_minors)) & (sound | (pl.col("id_status") == "mangled"))
    grown &= pl.col("birth_until").is_null() & (age_on(pl.col("id_birth_date"), as_of) > _ADULT)
    rows = rows.with_columns(
        column_birth="birth_date",
        column_until="birth_until",
        column_sex="sex",
        of_other=pl.when((number == pl.col("parent_id")).fill_null(False))
        .then(pl.lit("parent"))
        .when((number == pl.col("head_id")).fill_null(False) & other_name)
        .then(pl.lit("head"))
        .when(grown)
        .then(pl.lit("adult")),
        shared=_shared(rows),
    )
    own = pl.col("of_other").is_null() & (sound | (pl.col("id_status") == "mangled"))
    typo = pl.col("of_other").is_null() & (pl.col("id_status") == "wrong_check_digit")
    from_own = pl.when(own).then("id_birth_date")
    from_typo = pl.when(typo).then("id_birth_date")
    certain = pl.when(own & ~pl.col("shared") & ~pl.col("relative")).then("id_birth_date")
    rows = rows.with_columns(
        birth_date=pl.coalesce(from_own, "column_birth", from_typo),
        birth_until=pl.coalesce(from_own, "column_until", from_typo),
        sex=pl.coalesce(pl.when(own).then("id_sex"), "column_sex", pl.when(typo).then("id_sex")),
        latest=pl.max_horizontal(certain, "column_until"),
        earliest=pl.min_horizontal(certain, "column_until"),
        birth_conflict=own & _contradicts(),
        sex_conflict=own & (pl.col("id_sex") != pl.col("column_sex")),
    )
    # what a certificate says under a number that two names share may be another person's
    others = [c for c in rows.columns if c.startswith(alternative(""))]
    rows = rows.with_columns(pl.when(~pl.col("shared")).then(c).alias(c) for c in others)
    return rows.with_columns(
        age=age_on(pl.col("birth_until"), as_of),
        age_low=age_on(pl.col("latest"), as_of),
        age_high=age_on(pl.col("earliest"), as_of),
        as_of=pl.lit(as_of),
    ).drop("latest", "earliest")


def _may_be_one(names: Sequence[str]) -> bool:
    """Return whether names, some with hidden characters, may all be one.

    >>> _may_be_one(["童**", "童平诚"]), _may_be_one(["李*", "周涛"]), _may_be_one(["李红", "李虹"])
    (True, False, False)
    """
    return all(
        len(one) == len(other)
        and all(a == b or "*" in (a, b) for a, b in zip(one, other, strict=True))
        for one, other in combinations(names, 2)
    )


def _shared(rows: pl.DataFrame) -> pl.Series:
    """Mark the rows whose sound number stands under two different names in their list.

    A name with hidden characters is not another one if the shown ones agree.
    """
    proven = (
        rows.select("list", "id_number", "name_key", "id_status")
        .with_row_index("place")
        .filter(pl.col("id_status").is_in(PROVEN_STATUSES) & pl.col("name_key").is_not_null())
    )
    twice = proven.filter(proven.select("list", "id_number").is_duplicated())
    several = twice.group_by("list", "id_number").agg(names=pl.col("name_key").unique())
    several = several.filter(pl.col("names").list.len() > 1)
    differ = [not _may_be_one(names) for names in several["names"].to_list()]
    unlike = several.filter(pl.Series(differ, dtype=pl.Boolean))
    shared = twice.join(unlike, on=["list", "id_number"], how="semi")
    marks = pl.repeat(False, rows.height, eager=True)
    return marks.scatter(shared["place"], True)


def _contradicts() -> pl.Expr:
    """The column's birth date is not that of the number; a month or year is compared as such."""
    number, day, until = pl.col("id_birth_date"), pl.col("column_birth"), pl.col("column_until")
    year_only = (until.dt.month() == 12) & (until.dt.day() == 31)
    same_month = number.dt.month_end() == until
    same_year = year_only & (number.dt.year() == until.dt.year())
    return pl.when(day.is_not_null()).then(day != number).otherwise(~(same_month | same_year))
