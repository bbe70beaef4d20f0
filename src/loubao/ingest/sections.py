"""Lines that stand alone in a roll above people: whether those below are still covered.

减少：, 二、停保人员, 以下人员已取消 hold down to the next line that says otherwise (新增, 在保). A
line of which nobody can tell leaves cover of those below unsure; places, groups, kinds of support
do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

import polars as pl

from loubao.ingest.doubted_cover import Doubter
from loubao.ingest.fields.name_parts import read
from loubao.ingest.remarks import Reader, compact
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.doubted_names import sign
from loubao.ingest.sheets.people_signs import has_number, looks_like_name
from loubao.ingest.sheets.surroundings import names_of
from loubao.ingest.shown_cells import is_name
from loubao.rules.folder import Rules

_LONGEST = 24  # characters of a line that is a subheading and no sentence
_NUMBERED = re.compile("^[(]?(?:第?[0-9一二三四五六七八九十]{1,3})[)、.,:：]+|[0-9]+(?:人|户|名)")
_SIGN = re.compile("[*＊★☆△▲○●◎□■◇◆#※]")
_LETTER = re.compile(r"[^\W\d_]")
_PARTED = re.compile(r"[^\W\d_][·.• ][^\W\d_]")  # a name in several words
_MASK = re.compile("[*＊○某]")
_FEW_ALONE = 3
_MOST_ALONE = 0.2  # share of the rows of people that may have one cell, for it to be a line
_BETWEEN = re.compile(r"[^\w.]+")
_DENIED = "(?<!无)(?<!没有)(?<!未)(?<!非)"

#: What a line says of cover; `beside`: that it is of a place, a group, a kind of support.
Kind: TypeAlias = Literal["over", "above", "marked", "unclear", "on", "beside", "passing"]


class Section(NamedTuple):
    """A line after which cover is over, or unsure: its row, its text, its word."""

    row: int
    text: str
    word: str


class Found(NamedTuple):
    """Each row of people with the line it stands under, and the line that holds at the end."""

    below: list[tuple[int, Section]]
    last: Section | None


def below_sections(part: Part, rules: Rules, as_of: date, before: Section | None) -> Found:
    """Return the rows of people below lines that end their cover.

    `before`: the line that held at the end of the table above, or of the block to the left.
    """
    people = [] if part.extract is None else part.extract.rows["row"].unique().sort().to_list()
    lines = dict(_lines(part))
    alone = lines.keys() & {*people}
    if len(alone) > max(_MOST_ALONE * len(people), _FEW_ALONE):  # rows of names alone, no lines
        lines = {row: text for row, text in lines.items() if row not in alone}
    if before is not None and lines.get(before.row) == before.text:
        before = None  # it stands in this block too
    if not lines and before is None:
        return Found([], None)
    standing = _Standing(before)
    meaning = _Meaning(part, rules, as_of)
    found: list[tuple[int, Section]] = []
    somebody = {*people}
    for row in sorted(somebody | lines.keys()):
        kind, word = meaning.of(row, lines[row]) if row in lines else ("passing", "")
        if row in somebody and kind in ("passing", "beside"):
            standing.people.append(row)
            if standing.section is not None:
                found.append((row, standing.section))
        elif kind == "marked":
            section = Section(row, lines[row], word)
            found += [(each, section) for each in _marked(part, lines[row], people)]
        elif kind == "above":
            found += [(each, Section(row, lines[row], word)) for each in standing.people]
        else:
            standing.passes(kind, Section(row, lines[row], word))
    return Found(found, standing.section)


def _marked(part: Part, line: str, people: Sequence[int]) -> list[int]:
    """Those of the rows of people with a sign that a line explains; all where nobody can tell."""
    signs = _SIGN.findall(line)
    has_one = [pl.exclude("row").str.contains_any(signs)] if signs else []
    cells = part.claimed.sheet.cells.filter(pl.col("row").is_in(list(people)))
    rows = cells.filter(pl.any_horizontal(*has_one))["row"].to_list() if signs else []
    return rows or list(people)


@dataclass
class _Standing:
    """The line that holds, while the rows are gone through from above.

    `people`: rows of people since the last line. `outer`: a place stands above the line that holds.
    `inner`: one stands right below it, and those that follow are within it, too.
    """

    section: Section | None
    outer: bool = False
    inner: bool = False

    def __post_init__(self) -> None:
        self.people: list[int] = []

    def passes(self, kind: Kind, line: Section) -> None:
        """Take the next line into account."""
        if kind == "passing":
            return
        if kind == "beside":
            self.inner |= self.section is not None and not self.people
            if self.outer and not self.inner:
                self.section = None
            self.outer |= self.section is None
        else:
            self.section = None if kind == "on" else line
            self.inner = False
        self.people = []


def _lines(part: Part) -> Iterator[tuple[int, str]]:
    """Yield row and text of the rows with one text, but for what stands above the header again."""
    sheet, fit = part.claimed.sheet, part.claimed.fit
    cells = pl.exclude("row")
    ends = sheet.cells.select("row", text=pl.min_horizontal(cells), last=pl.max_horizontal(cells))
    alone = ends.filter(pl.col("text") == pl.col("last"))
    start = sheet.cells["row"][fit.start] if fit is not None else 0
    titles: set[str] = set()
    for row, text, _ in alone.iter_rows():
        if row < start or text not in titles:
            yield row, text
        if row < start:
            titles.add(text)


class _Meaning:
    """What the lines of one table say."""

    def __init__(self, part: Part, rules: Rules, as_of: date) -> None:
        self._part, self._rules, self._remarks = part, rules, rules.holding.remarks
        fit, sheet = part.claimed.fit, part.claimed.sheet
        self._start = sheet.cells["row"][fit.start] if fit is not None else 0
        names = [int(c.place) for c in (fit.columns if fit else ()) if c.field in _NAMES]
        self._left = min(names, default=0)
        versions = rules.holding.versions
        self._over = re.compile(_DENIED + f"(?:{_any(versions.ended_sheets)})")
        self._not_yet = re.compile(_any(versions.not_yet))
        self._known = _known_words(rules, part.claimed.list_name)
        self._reader = Reader(self._remarks, (), as_of)
        rule = rules.lists[part.claimed.list_name]
        self._doubter = Doubter(rule, rules) if rules.holding.doubts is not None else None
        doubter, columns = self._doubter, fit.columns if fit else ()
        self._remarked = {c.place for c in columns if doubter and doubter.is_remark(c)}
        kinds = part.extract.kinds if part.extract is not None else {}
        self._kinds = {row: kind for kind, rows in kinds.items() for row in rows}

    def of(self, row: int, text: str) -> tuple[Kind, str]:
        """Return what the line of a row says, and by which word."""
        short = compact(text)
        if not _LETTER.search(short) or has_number([text]) or _is_person(text):
            return "passing", ""
        said = self._reader.read("", text)
        marks = self._remarks.section_marks
        if said is not None and marks and re.search(marks, text):
            return "marked", said.word
        if said is not None and re.search(self._remarks.section, text):
            return ("above" if self._is_above(short) else "over"), said.word
        bare = _NUMBERED.sub("", short)
        word = said.word if said is not None else self._word(bare)
        stands = self._stands(row, speaks=bool(word), numbered=bare != short)
        if row < self._start or len(short) > _LONGEST or not stands:
            return "passing", ""
        if word:
            return ("above" if self._is_above(short) else "over"), word
        if self._part.subheadings.get(row) or names_of(self._rules).is_place(text):
            return "beside", ""
        if self._doubter is not None and self._doubter.kind(bare):
            return "unclear", bare  # of another kind of aid
        denied = self._doubter is not None and self._doubter.remark(bare) is not None
        if re.search(self._remarks.section_on, bare):
            # below the end of those who are covered there is nobody who is, for sure
            return ("unclear", bare) if denied or self._is_above(short) else ("on", "")
        if re.search(self._remarks.section_beside, bare):
            return "beside", ""
        if not _LETTER.search(self._known.sub("", bare)):
            return ("unclear", bare) if denied else ("beside", "")
        if self._kinds.get(row) == "title":
            doubted = sign([bare], self._part.claimed.list_name, self._rules)
            return ("unclear", doubted) if doubted else ("on", "")
        if self._kinds.get(row, "") not in ("", "without_person") or self._is_above(short):
            return "passing", ""
        return "unclear", bare

    def _word(self, bare: str) -> str:
        """The word of an end that a short line has, "" for none."""
        alone = re.search(self._remarks.alone, _BETWEEN.sub(",", bare).strip(","))
        found = self._over.search(bare) or self._not_yet.search(bare) or alone
        return found[0].strip(",") if found else ""

    def _is_above(self, short: str) -> bool:
        return re.search(self._remarks.section_above, short) is not None

    def _stands(self, row: int, *, speaks: bool, numbered: bool) -> bool:
        """Whether the text of a row may be a line: it begins no farther right than the names do, it
        is numbered, or speaks of an end, and not where remarks are (one may go on in the next row).
        """
        cells = self._part.claimed.sheet.cells
        texts = cells.filter(pl.col("row") == row).drop("row")
        first = next(place for place in texts.columns if texts[place][0] is not None)
        if int(first) <= self._left or numbered:
            return True
        return speaks and first not in self._remarked


_NAMES = frozenset({"name", "head_name"})


def _is_person(text: str) -> bool:
    """Whether a text that stands alone is somebody's name, as far as can be told.

    >>> [_is_person(text) for text in ("张三", "佘小花（户主）", "欧阳*", "阿依古丽·买买提")]
    [True, True, True, True]
    >>> [_is_person(text) for text in ("外嫁", "收入超标", "边缘户", "赡养人")]
    [False, False, False, False]
    """
    if looks_like_name(text):
        return True
    found = read(text)
    name, bare = found.name or "", _BETWEEN.sub("", text)
    if found.note and bare.endswith(found.note) and not looks_like_name(name):
        return text != bare and is_name(name)  # 红色为停保 names nobody
    return is_name(_MASK.sub("某", name)) or _PARTED.search(name) is not None


def _any(words: Sequence[str]) -> str:
    return "|".join(map(re.escape, words)) or r"\b\B"


def _known_words(rules: Rules, list_name: str) -> re.Pattern[str]:
    """The words for lists, and for the kinds of support and people that a list has."""
    words = {word for rule in rules.lists.values() for word in rule.claim.words}
    for spec in rules.lists[list_name].fields.values():
        words |= {*spec.values, *(text for texts in spec.values.values() for text in texts)}
    return re.compile(_any(sorted(map(compact, words), key=len, reverse=True)))
