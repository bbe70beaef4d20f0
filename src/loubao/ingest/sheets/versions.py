"""Several sheets of one roll: tabs of months, copies, drafts. Which of them holds this month.

A roll says who is covered now: a sheet of another month, or a draft of the same, must not cover
anybody. Sheets compete whose names are the same but for months, dates and words of a version, and
those with nearly the same people. Of the competing ones the sheet of the as-of month holds, then
the one whose name says that it is the final or the newer one; of equal ones the first. The others
are set aside and named. What cannot be told is a fault that names all of them.

Sheets of different towns, of town and country, of additions have other names and other people: all
of them hold. So do all sheets of source lists, of exclusions, and of a roll that only counts for
some months after a date of its own (临时救助): those add up.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import combinations
from pathlib import PurePosixPath

import polars as pl

from loubao.core.components import components
from loubao.core.frames import Sheet
from loubao.ingest.raw_cells import raw
from loubao.ingest.sheets.account import Part, SheetAccount
from loubao.ingest.sheets.doubted_names import ended_word
from loubao.ingest.sheets.sheet_month import (
    Month,
    dates_in,
    latest_in,
    month_in,
    title_of,
)
from loubao.ingest.sheets.vocabulary import flat
from loubao.rules.folder import Rules
from loubao.rules.holding import Versions
from loubao.rules.wording import Wording

_NUMBER = re.compile(r"[vV版]([0-9]{1,2})|第([0-9]{1,2})(?:版|稿)")
_COUNTS = re.compile(r"[0-9]+(?:人|户|条)")
_MARKS = re.compile(r"[\s\-_—–.()（）\[\]【】“”\"'、+~/，,]+")
_MANY = 10  # people from which on months that have nobody in common are additions, not rolls


@dataclass(frozen=True)
class Copy:
    """One sheet of a roll, as it competes with others.

    `parts`: numbers of its tables among the parts; `people`: their numbers or names as found;
    `rest`: its names without months and versions; `month`: the one it is of; `rank`: the word,
    number and day of its version.
    """

    sheet: Sheet
    parts: tuple[int, ...]
    people: frozenset[str]
    rest: str
    month: Month | None
    rank: tuple[int, int, int]
    household: bool

    @property
    def rows(self) -> int:
        """How many rows the sheet has, titles included."""
        return self.sheet.cells.height


def holding(parts: Sequence[Part], rules: Rules, as_of: date) -> tuple[list[Part], list[str]]:
    """Return the parts, those that do not hold as not read, and why it cannot be told.

    An account of a sheet set aside has all its rows as `skipped_sheet`, and an issue.
    """
    rolls: dict[str, dict[tuple[str, int], list[int]]] = defaultdict(lambda: defaultdict(list))
    passing = adding_up(rules)
    for number, part in enumerate(parts):
        name = part.claimed.list_name
        if part.extract is not None and rules.lists[name].role == "roll" and name not in passing:
            rolls[name][part.claimed.sheet.file, part.claimed.position].append(number)
    aside: dict[int, str] = {}
    faults: list[str] = []
    for name, sheets in sorted(rolls.items()):
        title = rules.lists[name].title
        # who is on a sheet is asked only where there is another one
        several = len(sheets) > 1
        copies = [_copy(parts, numbers, rules, as_of, several) for numbers in sheets.values()]
        outcome = _Contest(copies, title, rules, as_of).outcome()
        aside |= {number: why for copy, why in outcome.aside for number in copy.parts}
        faults += outcome.faults
        if not rules.screening.validity.clock(name).needed:  # else its rows end by themselves
            left = [parts[numbers[0]] for numbers in sheets.values() if numbers[0] not in aside]
            faults += _stale(left, title, rules, as_of)
    return [_set_aside(p, aside[n]) if n in aside else p for n, p in enumerate(parts)], faults


def _stale(parts: Iterable[Part], title: str, rules: Rules, as_of: date) -> list[str]:
    """Why sheets of a roll whose names say a month long past are not that of now."""
    oldest, words = rules.holding.versions.oldest, rules.holding.wording
    found: dict[Month, list[str]] = defaultdict(list)
    for part in parts:
        sheet = part.claimed.sheet
        path = PurePosixPath(sheet.file)
        names = [*map(flat, (sheet.name, path.stem, *path.parts[-2::-1])), title_of(part)]
        month = latest_in(names, as_of)
        if month and (as_of.year - month[0]) * 12 + as_of.month - month[1] > oldest:
            found[month].append(f"{sheet.file}“{sheet.name}”" if sheet.name else sheet.file)
    now = f"{as_of.year}年{as_of.month}月"
    return [
        words.stale.format(list=title, year=y, month=m, sheets="、".join(sheets), now=now)
        for (y, m), sheets in sorted(found.items())
    ]


def adding_up(rules: Rules) -> set[str]:
    """Return the rolls whose rows count for some months after their own date, and so add up."""
    return {
        cover.list
        for coverage in rules.screening.coverage.values()
        for cover in (*coverage.covered_by, *coverage.partly_by)
        if cover.within_months is not None
    }


def _set_aside(part: Part, why: str) -> Part:
    sheet, claimed = part.claimed.sheet, replace(part.claimed, fit=None, barred=True)
    height = sheet.cells.height
    counts = {"rows": height, "blank": sheet.blank_rows, "skipped_sheet": height}
    skipped = {"skipped_sheet": tuple(sheet.cells["row"].to_list())}
    account = SheetAccount(sheet.file, sheet.name, claimed.list_name, (), (), counts, skipped)
    issue = (sheet.file, sheet.name, None, "", "SHEET_SET_ASIDE", why)
    return Part(claimed, None, account, [issue])


# --- what a name says -----------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(patterns) or r"\b\B", re.IGNORECASE)


def _rank(text: str, rules: Versions) -> tuple[int, int]:
    """The word and the number of a version: 终稿 before none before 初稿; v3 before v2."""
    word = next(
        (
            value
            for value, words in ((-1, rules.older), (2, rules.final), (1, rules.newer))
            if _any(words).search(text)
        ),
        0,
    )
    numbers = [int(one or two) for one, two in _NUMBER.findall(text)]
    return word, max(numbers, default=0)


def lasting_name(text: str, rules: Versions) -> str:
    """Return a name without months, versions, counts and marks: the same in every month."""
    text = dates_in(flat(text))[1]
    for words in (rules.copies, rules.final, rules.newer, rules.older):
        text = _any(words).sub("", text)
    return _MARKS.sub("", _COUNTS.sub("", _NUMBER.sub("", text)))


def _copy(
    parts: Sequence[Part], numbers: Sequence[int], rules: Rules, as_of: date, with_people: bool
) -> Copy:
    first = parts[numbers[0]]
    sheet, fit, versions = first.claimed.sheet, first.claimed.fit, rules.holding.versions
    path = PurePosixPath(sheet.file)
    own = flat(sheet.name).strip()
    unnamed = _any((versions.unnamed,)).fullmatch(own) is not None
    own = "" if unnamed and not dates_in(own)[0] else own
    texts = [own, *map(flat, (path.stem, *path.parts[-2::-1]))]
    month, day = month_in([*texts, title_of(first)], as_of)
    everybody: set[str] = set()
    for number in numbers if with_people else ():
        extract = parts[number].extract
        everybody.update(_people(extract.rows) if extract else ())
    return Copy(
        sheet,
        tuple(numbers),
        frozenset(everybody),
        "|".join(lasting_name(text, versions) for text in texts),
        month,
        (*_rank(" ".join(texts), versions), day),
        bool(fit and fit.household),
    )


def _people(rows: pl.DataFrame) -> list[str]:
    """What people are compared by between sheets: the number as found, else the name."""
    found = [pl.col(raw(f)) for f in ("id_number", "name") if raw(f) in rows.columns]
    who = pl.coalesce(*found).str.replace_all(r"[\s'`]", "").str.to_uppercase()
    return rows.select(who=who).to_series().drop_nulls().unique().to_list()


# --- which holds ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """The copies that do not hold, each with the sentence of its issue, and faults."""

    aside: list[tuple[Copy, str]]
    faults: list[str]


class _Contest:
    """The sheets of one roll against each other."""

    def __init__(self, copies: Sequence[Copy], title: str, rules: Rules, as_of: date) -> None:
        self._copies, self._title = copies, title
        self._rules, self._words = rules.holding.versions, rules.holding.wording
        self._details, self._holding = rules.sheets.details, rules.holding
        self._places = {flat(n) for v in rules.villages for n in (v.town, v.village)}
        self._as_of = (as_of.year, as_of.month)
        self._aside: dict[int, str] = {}
        self._faults: list[str] = []

    def outcome(self) -> _Outcome:
        """Set aside what does not hold."""
        for copy in self._copies:
            if word := ended_word(copy.sheet.name, self._holding):
                self._put(copy, "ENDED", word=word)
        pairs = [
            (id(one), id(other))
            for one, other in combinations(self._left(self._copies), 2)
            if self._compete(one, other)
        ]
        groups: dict[object, list[Copy]] = defaultdict(list)
        group_of = components(pairs)
        for copy in self._left(self._copies):
            if id(copy) in group_of:
                groups[group_of[id(copy)]].append(copy)
        for group in groups.values():
            if self._of_the_month(group):
                self._final(self._left(group))
                self._same_or_not(self._left(group))
        for copy in self._left(self._copies):
            others = [each for each in self._left(self._copies) if each.rank[0] >= 0]
            if copy.rank[0] < 0 and others and id(copy) not in group_of:  # 旧 beside 在册
                self._fault("which_version", [others[0], copy])
        every = [(copy, self._aside[id(copy)]) for copy in self._copies if id(copy) in self._aside]
        return _Outcome(every, list(dict.fromkeys(self._faults)))

    def _compete(self, one: Copy, other: Copy) -> bool:
        if one.rest == other.rest and (one.month, one.rank) != (other.month, other.rank):
            return True
        if one.rest != other.rest and (one.household != other.household or self._pair(one, other)):
            return False
        return self._alike(one, other)

    def _alike(self, one: Copy, other: Copy) -> bool:
        """Whether two sheets have nearly the same people."""
        most = max(len(one.people), len(other.people))
        return len(one.people & other.people) >= self._rules.alike * most > 0

    def _pair(self, one: Copy, other: Copy) -> bool:
        """Whether one is the families and the other the persons of the same export."""
        first, second = ([w for w in self._rules.families if w in c.rest] for c in (one, other))
        return bool(first) != bool(second)

    def _of_the_month(self, group: Sequence[Copy]) -> bool:
        """Set the sheets of other months aside; False where there is none of the month."""
        months = {copy.month for copy in group if copy.month is not None}
        if len(months) < 2:
            return True
        now = [copy for copy in group if copy.month == self._as_of]
        month = self._as_of[1]
        if not now:
            self._fault("no_month", group, month=month)
            return False
        for copy in group:
            if copy.month is None or copy in now:
                continue
            if any(self._far_apart(copy, each) for each in now):
                self._fault("which_months", [*now, copy], month=month)
                return False
            self._put(copy, "MONTH", now[0], month=copy.month[1])
        return True

    def _far_apart(self, one: Copy, other: Copy) -> bool:
        """Whether two months can hardly be two states of one roll."""
        few, many = sorted((len(one.people), len(other.people)))
        strangers = len(one.people & other.people) * _MANY < few
        return (few >= _MANY and strangers) or (many >= 2 * _MANY and few * 2 < many)

    def _final(self, group: Sequence[Copy]) -> None:
        """Set drafts aside where another is the final one."""
        best = max((copy.rank for copy in group), default=(0, 0, 0))
        finals = [copy for copy in group if copy.rank == best]
        for copy in group:
            if copy in finals:
                continue
            if any(self._alike(copy, each) for each in finals):
                self._put(copy, "VERSION", finals[0])
            elif copy.rest in {each.rest for each in finals}:
                self._fault("which_version", [*finals, copy])

    def _same_or_not(self, group: Sequence[Copy]) -> None:
        """Of sheets without any difference in name, keep the first; fault where people differ."""
        for one, other in combinations(group, 2):
            if id(one) in self._aside or id(other) in self._aside:
                continue
            if one.people == other.people:
                if one.rest == other.rest:
                    self._put(other, "SAME", one)
            elif self._alike(one, other) and not self._part_of(one, other):
                self._fault("which_version", [one, other])

    def _part_of(self, one: Copy, other: Copy) -> bool:
        """Whether one is a place's part of the other, by their names: 总表 and 洛阳镇."""
        if one.rest == other.rest or not (one.people <= other.people or other.people <= one.people):
            return False
        first, second = ({p for p in self._places if p in c.rest} for c in (one, other))
        return first != second or any(w in c.rest for w in self._rules.totals for c in (one, other))

    # -- what is said of it ------------------------------------------------------------------------

    def _left(self, copies: Iterable[Copy]) -> list[Copy]:
        return [copy for copy in copies if id(copy) not in self._aside]

    def _put(self, copy: Copy, key: str, used: Copy | None = None, **fills: object) -> None:
        name = self._named(used, used.sheet.file == copy.sheet.file) if used else ""
        text: str = self._details[f"SHEET_SET_ASIDE_{key}"]
        self._aside.setdefault(id(copy), text.format(used=name, rows=copy.rows, **fills))

    def _fault(self, key: str, copies: Sequence[Copy], **fills: object) -> None:
        one_file = len({copy.sheet.file for copy in copies}) == 1
        names = "、".join(self._named(copy, one_file) for copy in copies)
        where = f"{copies[0].sheet.file}：" if one_file else ""
        text: str = self._words[key]
        self._faults.append(where + text.format(list=self._title, sheets=names, **fills))

    def _named(self, copy: Copy, same_file: bool) -> str:
        return sheet_name(copy.sheet, same_file, self._words)


def sheet_name(sheet: Sheet, same_file: bool, words: Wording) -> str:
    """Return what a sheet is called in a sentence; without its file where that is said already."""
    key = "sheet" if same_file and sheet.name else "file_and_sheet" if sheet.name else "file"
    text: str = words[key]
    return text.format(file=sheet.file, sheet=sheet.name)
