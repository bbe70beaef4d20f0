"""What a roll's own words say of its people: whether they are still covered.

Every column of a roll is looked through but those of names, numbers, sex and village, whatever it
is called: 备注, 说明, 变动情况, 保障状态, an amount that reads 停发. The words are those of
`rules/holding.yaml`. What is plainly over ends the cover of the row (`ended`); what may be over is
a doubt (`unsure`): the person stays on the sheet, and the cell is shown there. Whose name or number
is struck through has no cover either.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> def read(*cells, header="备注", roll="dibao"):
...     reader = Reader(rules.holding.remarks, rules.lists[roll].claim.words, date(2022, 8, 31))
...     said = [reader.read(header, cell) for cell in cells]
...     return [str(each and each.verdict) for each in said]
>>> read("2022年8月起停保", "已取消", "死亡停发", "拟取消", "下月停发")
['ended', 'ended', 'ended', 'unsure', 'unsure']

A word does not count that is denied, taken back, of something else or of somebody else.

>>> read("非停发", "8月起恢复，曾停保", "6月停发，7月恢复", "取消资格复核通过继续保障")
['None', 'None', 'None', 'None']
>>> read("退出脱贫", "父亲死亡", "护理补贴停发", "分类施保", "原户主死亡")
['None', 'None', 'None', 'None', 'None']

It does where something is over after all, or where it is not sure whose.

>>> read("7月恢复，8月停保", "停发待恢复", "因脱贫退出低保", "随儿子迁出", "死亡1人")
['unsure', 'unsure', 'ended', 'ended', 'unsure']
>>> read("户主死亡", "户主死亡变更户主")
['head', 'new_head']

The header is part of what is said.

>>> read("是", "否", header="是否停保"), read("否", "是", header="是否在保")
(['ended', 'None'], ['ended', 'None'])
>>> read("2022-06-30", "2022-09-30", "收入超标", header="停保时间")
['ended', 'None', 'unsure']
>>> read("2022-06-30", "2022年12月", "看情况", header="保障截止日期")  # the days: see `lasts`
['None', 'None', 'unsure']
>>> read("2022-06-30", "2022-12-31", header="复核截止日期")
['unsure', 'None']
>>> read("2022-06-30", header="身份证有效期")
['None']
>>> read("停？", "停。")
['unsure', 'ended']
>>> read("渐退期至2022年4月", "渐退期至2022年12月", "享受期2021.7-2022.6", "收入超标核减")
['unsure', 'None', 'unsure', 'ended']
>>> read("渐退期至2022年8月20日", "渐退期至2022.8.31", "低保待遇到22-8-1止")
['unsure', 'None', 'unsure']
>>> read("有效期到8月底", "有效期到6月底", "2022年6月到期", "残疾证2022年6月到期")
['None', 'unsure', 'unsure', 'None']
>>> read("有效期至明年3月", "享受到年底", "享受到2021年底", "有效期到月底")
['unsure', 'None', 'unsure', 'unsure']
>>> read("9月底到期", "有效期2022.9.30", "渐退期2021年9月起")
['None', 'None', 'None']
>>> read("已取消B类，改为A类", "取消分散供养补助后按低保发放", "核减50元")
['None', 'None', 'None']
>>> read("停(收入超标)", "（5月停）", "“停”", "(9月停)", "未停", "停后恢复", "（5月停）6月恢复")
['unsure', 'ended', 'ended', 'unsure', 'None', 'None', 'None']
>>> read("父（亡）母（残）", "（已亡）"), read("死亡", "退出", header="致困原因")
(['None', 'ended'], ['None', 'unsure'])
>>> read("已转特困"), read("低保转特困", roll="tekun")
(['unsure'], ['None'])

Until when cover lasts is read beside that, of the columns that say it and of remarks.

>>> reader = Reader(rules.holding.remarks, (), date(2022, 8, 31))
>>> def lasts(header, cell):
...     found = reader.lasts(header, cell)
...     return found and (str(found.until), found.months)
>>> lasts("有效期至", "2022-09-15"), lasts("救助期限", "一年"), lasts("享受截止时间", "2022年6月")
(('2022-09-15', None), ('None', 12), ('2022-06-30', None))
>>> lasts("备注", "渐退期至2022年9月20日"), lasts("停保时间", "2022-09-30"), lasts("备注", "正常")
(('2022-09-20', None), ('2022-09-30', None), None)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import polars as pl

from loubao.core.characters import folded
from loubao.ingest.fields import date as dates
from loubao.ingest.fields import period
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.holding import Remarks

#: What a cell says: cover is over; perhaps; nothing that anybody knows; the head of the household
#: is gone; and another is head.
Verdict: TypeAlias = Literal["ended", "unsure", "unread", "head", "new_head"]
_CLAUSE = re.compile("[,;。!\n]+")
_MONTH = re.compile(r"(?:(20[0-9]{2}|[0-9]{2})[年./-])?(1[0-2]|0?[1-9])(?:月|[./-](?![0-9]{3}))")
#: The day behind a month that ends before its sign.
_DAY = re.compile(r"月([0-9]{1,2})[日号]|[./-]([0-9]{1,2})(?![0-9])")
#: A month from which something goes on is no end.
_BEGINS = re.compile("月?(?:[0-9]{1,2}[日号])?(?:份)?(?:起|开始|以来)")
_YEAR_END = re.compile(r"(?:(20[0-9]{2}|[0-9]{2})年|[今本当]?年)[底末]?$")
#: Which year or month is meant depends on when it was written.
_RELATIVE = re.compile("[明次]年|(?<![0-9])月[底末]")
_SAYS = re.compile(r"[^\W0_]")  # a letter or a digit but 0
_DATE_HEADER = re.compile("(?:日期|时间|年月|月份|日)$")
_MARKS = "?!.,;:。，；、()*#~-—…"
#: Signs about a word that do not matter: brackets of all kinds are one kind, quotes are none.
SAME_SIGNS = {
    **dict.fromkeys("[{【〔〖", "("),
    **dict.fromkeys("]}】〕〗", ")"),
    **dict.fromkeys("“”‘’\"'「」『』《》〈〉", ""),
}
_SAME_SIGNS = str.maketrans(SAME_SIGNS)
_BRACKET, _WRAPPED = re.compile("[()]"), re.compile(r"\(([^()]*)\)")
_PLAINLY = 14  # characters beside the words and dates, up to which a remark is plain


class Said(NamedTuple):
    """What one cell says, and the word of the rules by which it says so."""

    verdict: Verdict
    word: str


class Lasting(NamedTuple):
    """Until when cover lasts by one cell: its last day, or months, or neither: without an end."""

    until: date | None
    months: int | None = None


def compact(text: str) -> str:
    """Return a text as it is read: half-width, simplified, without blanks; line ends stay.

    >>> compact("停 保（８月）"), compact("註銷"), compact("【停】“减少”")
    ('停保(8月)', '注销', '(停)减少')
    """
    lines = folded(unicodedata.normalize("NFKC", text).translate(_SAME_SIGNS)).splitlines()
    return "\n".join("".join(line.split()) for line in lines)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _last_day(text: str) -> date | None:
    """Return the last day that a date, a month or a year may be; None for another text."""
    day: date | None = dates.parse(pl.Series([text]))["until"][0]
    return day


class Reader:
    """Reads the cells of one roll; each distinct text once."""

    def __init__(self, remarks: Remarks, own: Sequence[str], as_of: date) -> None:
        """`own`: words for the roll itself (`claim.words`)."""
        self._remarks, self._own, self._as_of = remarks, frozenset(own), as_of
        self._over = _compiled(remarks.over)
        self._alone, self._whole = _compiled(remarks.alone), _compiled(remarks.alone_whole)
        self._ended = _compiled(remarks.pattern("<ended>"))
        self._gone = _compiled(remarks.pattern("<gone>"))
        self._harmless = [_compiled(remarks.pattern(each)) for each in remarks.harmless]
        self._head_gone = _compiled(remarks.pattern(remarks.head_gone))
        self._head_changed = _compiled(remarks.pattern(remarks.head_changed))
        self._resumed = _compiled(remarks.pattern(remarks.resumed))
        self._moved, self._unsure = _compiled(remarks.moved), _compiled(remarks.unsure)
        self._until, self._on = _compiled(remarks.until_headers), _compiled(remarks.still_yes)
        self._recheck = _compiled(remarks.recheck_headers)
        self._of_others = _compiled(remarks.until_of_others)
        self._lasts = _compiled(remarks.until)
        self._silent = _compiled("|".join(remarks.silent_headers) or r"\b\B")
        self._filler = _compiled(remarks.over + remarks.pattern("|<date>|<means>"))

    # -- a cell under its header -------------------------------------------------------------------

    def read(self, header: str, cell: str, *, end: bool = False) -> Said | None:
        """Return what a cell says against the cover of its row, None where it says nothing.

        `end`: the rules say that the column has the last day of cover, whatever its header.
        """
        head, text = self._without_harmless(plain(header)), compact(cell)
        if head in self._remarks.still_headers:
            if not text or text in self._remarks.no:
                return Said("ended", head) if text else None
            yes = text in self._remarks.yes or self._on.search(text)
            return self._of_text(text) or (None if yes else Said("unsure", head))
        if word := self._end_column(head, end):
            if self.lasts(header, cell, end=end) is not None or text in self._remarks.no:
                return None
            unread = Said("unsure", word) if _SAYS.search(text) else None
            return self._of_text(text) or unread
        until = self._recheck.search(head) and self._until.search(head)
        if until and (lasts := _last_day(text)) is not None:
            return None if lasts > self._as_of else Said("unsure", until[0])
        asked = self._over.search(head)
        if asked is not None:
            return self._under(head, asked[0], text)
        return self._of_text(text, silent=self._silent.search(head) is not None)

    def lasts(self, header: str, cell: str, *, end: bool = False) -> Lasting | None:
        """Return until when cover lasts by a cell, None where it does not say; `end` as in `read`.

        What a remark says of a day that is past is a doubt beside that (`read`).
        """
        head, text = self._without_harmless(plain(header)), compact(cell)
        if head in self._remarks.still_headers:
            return None
        if self._end_column(head, end):
            if text.strip(_MARKS) in self._remarks.open_ended:
                return Lasting(None)
            found = period.read(text, self._as_of, head)
            return found and Lasting(found.until, found.months)
        if self._over.search(head):
            day = _last_day(text) if _DATE_HEADER.search(head) else None
            return Lasting(day) if day is not None and day > self._as_of else None
        days = [day for day, _ in self._ends(self._without_harmless(text)) if day is not None]
        return Lasting(max(days)) if days else None

    def _end_column(self, head: str, end: bool) -> str | None:
        """The words by which a header asks for the last day of cover."""
        until = self._until.search(head)
        if until is None or self._recheck.search(head) or self._of_others.search(head):
            return head if end else None
        return until[0]

    def _under(self, head: str, word: str, text: str) -> Said | None:
        """What a cell says under a header such as 停保时间, 是否死亡, 注销原因."""
        dated = _DATE_HEADER.search(head)
        if not dated and text in self._remarks.yes:
            return Said("ended", word)
        if text in {*self._remarks.no, *self._remarks.open_ended} or not _SAYS.search(text):
            return None
        if dated and (until := _last_day(text)) is not None:
            return None if until > self._as_of else Said("ended", word)
        return self._of_text(text) or Said("unsure", word)

    # -- a text ------------------------------------------------------------------------------------

    def _of_text(self, text: str, *, silent: bool = False) -> Said | None:
        """What a text says by itself, in brackets too; a `silent` column not of who is gone."""
        text = wrapped[1] if (wrapped := _WRAPPED.fullmatch(text)) else text
        if (whole := self._whole.fullmatch(text.strip(_MARKS))) is not None:
            if silent and any(whole["word"] in word for word in self._remarks.gone):
                return None
            unsure = silent or "?" in text or self._is_future(whole[0], whole.start("word"))
            unsure = unsure or self._unsure.search(whole[0]) is not None
            return Said("unsure" if unsure else "ended", whole[0])
        said = self._of_clauses(text, silent=silent)
        if said is None and _BRACKET.search(text):
            apart = _BRACKET.sub(",", self._without_harmless(text))
            said = self._of_clauses(apart, silent=silent)
        return said

    def _of_clauses(self, text: str, *, silent: bool) -> Said | None:
        left = self._without_harmless(text)
        alone = [] if silent else [word[0] for word in self._alone.finditer(left)]
        if alone := [word for word in alone if not self._over.search(word)]:
            return Said("unsure", alone[0].strip(",;。，；"))
        if silent:
            left = self._gone.sub("", left)
        head = self._head_gone.search(left)
        left = self._head_gone.sub("", left)
        found = list(self._over.finditer(left))
        if found and not self._is_resumed(left, found):
            return Said(self._sure(left), found[-1][0])
        if head is not None and not found:
            changed = self._head_changed.search(left) is not None
            return Said("new_head" if changed else "head", head[0])
        return None if found else self._lasted(left)

    def _lasted(self, text: str) -> Said | None:
        """What a text says that names the day or the month until which cover lasts, that included;
        of several the last one counts, and none where the year of one is not sure.
        """
        found = self._ends(text)
        unsure = [word for day, word in found if day is None]
        days = [(day, word) for day, word in found if day is not None]
        if unsure:
            return Said("unsure", unsure[-1])
        if not days or max(days)[0] >= self._as_of:
            return None
        return Said("unsure", max(days)[1])

    def _ends(self, text: str) -> list[tuple[date | None, str]]:
        """Each last day that a text names, and the words for it; None where it is not sure."""
        found: list[tuple[date | None, str]] = []
        for hit in self._lasts.finditer(text):
            start = max((c.end() for c in _CLAUSE.finditer(text, 0, hit.start())), default=0)
            if self._of_others.search(text, start, hit.end()):
                continue
            months = [*_MONTH.finditer(f"{hit[0]}月")]
            if _RELATIVE.search(hit[0]):
                found.append((None, hit[0]))
            elif not months:
                year = _YEAR_END.search(hit[0])
                full = _full_year(year[1]) if year and year[1] else self._as_of.year
                found.append((date(full, 12, 31), hit[0]))
            elif not _BEGINS.match(text, hit.start() + months[-1].end() - 1):
                found.append((self._day_at(text, hit.start(), months[-1]), hit[0]))
        return found

    def _day_at(self, text: str, start: int, month: re.Match[str]) -> date | None:
        """The day of a month found behind `start`; without a year it is the nearest such day."""
        day = _DAY.match(text, start + month.end() - 1)
        written = int(day[1] or day[2]) if day else 0
        if month[1]:
            return period.day_of(_full_year(month[1]), int(month[2]), written)
        return period.nearest(
            f"{int(month[2])}月" + (f"{written}日" if written else ""), self._as_of
        )

    def _without_harmless(self, text: str) -> str:
        for pattern in self._harmless:
            text = pattern.sub("", text)
        return self._moved.sub(lambda to: "" if self._is_own(to[1]) else to[0], text)

    def _is_own(self, roll: str) -> bool:
        """Whether a word for a roll is one for this: 边缘 is 低保边缘, 低保 is not."""
        return any(word.endswith(roll) for word in self._own)

    def _is_resumed(self, text: str, found: Sequence[re.Match[str]]) -> bool:
        """Whether cover went on after the last of the words `found`: by months, else by order."""
        if any(self._gone.search(word[0]) for word in found):
            return False
        again = [r for r in self._resumed.finditer(text) if not self._is_future(text, r.start())]
        if not again:
            return False
        last, resumed = found[-1].start(), again[-1].start()
        ended_on, resumed_on = self._month_at(text, last), self._month_at(text, resumed)
        if ended_on is not None and resumed_on is not None and ended_on != resumed_on:
            return ended_on < resumed_on and all(
                (self._month_at(text, each.start()) or ended_on) < resumed_on for each in found
            )
        return last < resumed

    def _sure(self, text: str) -> Literal["ended", "unsure"]:
        """Whether the text says plainly that cover is over by the as-of day."""
        unsure = self._unsure.search(text) or self._resumed.search(text)
        moved = self._moved.search(text) and not self._ended.search(self._moved.sub("", text))
        future = any(self._is_future(text, each.start()) for each in self._over.finditer(text))
        rest = _CLAUSE.sub("", self._filler.sub("", text))
        return "unsure" if unsure or moved or future or len(rest) > _PLAINLY else "ended"

    def _is_future(self, text: str, at: int) -> bool:
        month = self._month_at(text, at)
        return month is not None and month > (self._as_of.year, self._as_of.month)

    def _month_at(self, text: str, at: int) -> tuple[int, int] | None:
        """The month written in the clause at a place: the last before it, else the first behind."""
        start = max((c.end() for c in _CLAUSE.finditer(text, 0, at)), default=0)
        behind = _CLAUSE.search(text, at)
        clause = (start, behind.start() if behind else len(text))
        months = list(_MONTH.finditer(text, *clause))
        before = [month for month in months if month.start() < at]
        month = before[-1] if before else months[0] if months else None
        if month is None:
            return None
        year = _full_year(month[1]) if month[1] else self._as_of.year
        return year, int(month[2])


def _full_year(written: str) -> int:
    return int(written) % 2000 + 2000


def revoked(cell: str, remarks: Remarks) -> Said | None:
    """Return what the cell of an exclusion list says against its row, None where nothing.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.holding import load_holding
    >>> remarks = load_holding(shipped_rules()).remarks
    >>> [revoked(cell, remarks) for cell in ("误报，本人健在", "2022年6月已迁回本村", "病故")]
    [Said(verdict='ended', word='误报'), Said(verdict='ended', word='迁回'), None]
    """
    found = _compiled(remarks.revoked).search(compact(cell))
    return Said("ended", found[0]) if found else None
