"""What a row of a roll says in columns and remarks that no rule knows, and may end its cover.

Or may mean, in an exclusion list, that the person is not gone.

Where a column that no rule reads says one thing in nearly all rows, or nothing, and something else
in few (发放结果: 发放失败), those few may not be covered: a doubt, until the office has said by
`adapt` what the column is. So is a remark of which no word is known, where few rows have one; where
many do, most are harmless, and the rows still count. Either is told of a row to which somebody is
linked (screening/unheard_remarks.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, TypeAlias

import polars as pl

from loubao.core.frames import column_letters
from loubao.ingest.doubted_cover import Doubter, shown
from loubao.ingest.fields import amount
from loubao.ingest.remarks import Reader, Said, Verdict, compact
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.holding import Holding

_FEWEST: Final = 5  # rows of a sheet of which something can be rare
_NEARLY_ALL: Final = 0.75
_RARE: Final = 0.05
_PAIR: Final = 0.1  # of a short list so many may be two
_MOST: Final = 0.5
#: An answer of yes that may be a count.
_COUNTS: Final = frozenset("1")
_LONG_NUMBER: Final = re.compile(r"^[0-9\s-]{9,}$")
#: A day of a column of the last days on which something was so: an earlier one may be the end.
_WRITTEN_DAY: Final = re.compile(r"^(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$")
_LAST: Final = re.compile("^(?:最后|末次|最近|上次|截[至止])")
_DAY: Final = re.compile(r"[0-9]*[年月日号](?:起|[底末]?止?|初)")
_WRITTEN: Final = re.compile(r"[^\W\d_]")
#: Columns of what notes say → those of what rows say (cover.py).
_NOTED: Final = {f"note:{c}": c for c in ("said", "said_header", "said_cell", "said_word")}

#: A remark that nobody knows: its row, column and text.
Unheard: TypeAlias = tuple[int, Column, str]


class OddValues:
    """Finds the rare values and the unknown remarks of the tables of one roll.

    `excludes`: of an exclusion list, which says of its people why they are gone.
    """

    def __init__(self, holding: Holding, *, excludes: bool = False) -> None:
        remarks, doubts = holding.remarks, holding.doubts
        assert doubts is not None  # load_holding fills it in
        self._headers = re.compile(doubts.headers)
        self._beside = re.compile(f"{remarks.pattern(doubts.asked_beside)}|{doubts.other_headers}")
        self._yes, self._no = re.compile(doubts.agreed), re.compile(doubts.refused)
        # what says until when cover lasts, or something else does, is read elsewhere
        usual = f"{doubts.usual_remarks}|{remarks.until_of_others}"
        self._usual = re.compile(f"{usual}|{doubts.usual_of_gone}" if excludes else usual)
        self._is_yes, self._is_no = frozenset(remarks.yes), frozenset(remarks.no)
        #: headers → the answers below them that speak against the list
        self._against = [(re.compile(doubts.signs), self._is_yes - _COUNTS)]
        if excludes:
            self._against = [
                (re.compile(doubts.alive_headers), self._is_yes),
                (re.compile(doubts.gone_headers), self._is_no),
            ]
        self._unread_is: Verdict = "unsure" if excludes else "unread"
        self._until = re.compile(remarks.until)
        self._sums = doubts.sums
        self._unread_share = doubts.unread_share or 0.0
        patterns = (*remarks.harmless, *doubts.harmless)
        self._harmless = [re.compile(remarks.pattern(each)) for each in patterns]

    def rare(
        self, cells: pl.DataFrame, fit: Fit, read: Collection[str] = ()
    ) -> list[tuple[int, Column, str, Said]]:
        """Return row, column, cell and doubt of each rare value; `cells` are those of people.

        Columns at the places `read` are read otherwise.
        """
        found: list[tuple[int, Column, str, Said]] = []
        if cells.height < _FEWEST:
            return found
        for column in self._unread(cells, fit):
            head = plain(column.header)
            if column.place in read or self._headers.search(head) or self._beside.search(head):
                continue
            texts = cells.select("row", text=pl.col(column.place).fill_null("").str.strip_chars())
            counted = texts["text"].value_counts(name="rows").sort("rows", "text", descending=True)
            usual, times = counted.row(0)
            if times < _NEARLY_ALL * cells.height:
                continue
            most = max(_RARE * cells.height, min(_PAIR * cells.height, 2), 1)
            few = counted.filter(pl.col("rows") <= most)["text"]
            days = _LAST.search(head) is not None
            odd = {text for text in few if text != usual and self._is_odd(text, usual, days)}
            found += [
                (row, column, text, Said("unsure", compact(text)))
                for row, text in texts.iter_rows()
                if text in odd
            ]
        return found

    def ticked(
        self, cells: pl.DataFrame, fit: Fit, read: Collection[str] = ()
    ) -> list[tuple[int, Column, str, Said]]:
        """Return row, column, cell and doubt of the answers that speak against the list (封存: √),
        where fewer than half of the rows give one, and nobody answers but by yes or no.
        """
        found: list[tuple[int, Column, str, Said]] = []
        for column in self._unread(cells, fit):
            head = plain(column.header)
            if column.place in read or self._beside.search(head):
                continue
            left = self._left(head)
            against = [answers for asked, answers in self._against if asked.search(left)]
            texts = cells.select("row", text=column.place).drop_nulls().rows()
            if not against or {t for _, t in texts} - self._is_yes - self._is_no:
                continue
            said = [(row, text) for row, text in texts if text in against[0]]
            if len(said) < _MOST * cells.height:
                found += [(row, column, text, Said("unsure", compact(text))) for row, text in said]
        return found

    def _unread(self, cells: pl.DataFrame, fit: Fit) -> list[Column]:
        return [
            column
            for column in fit.columns
            if column.field is None and not column.ignored and column.place in cells.columns
        ]

    def _is_odd(self, text: str, usual: str, days: bool) -> bool:
        """Whether a text is another than the usual one, and no blank, mark or number of a card.

        `days`: so is a day, unless it is a later one than the usual.
        """
        if days and _WRITTEN_DAY.match(text):
            return not _WRITTEN_DAY.match(usual) or text < usual
        if not text or _LONG_NUMBER.match(text):
            return False
        said, most = compact(text), compact(usual)
        if not most:
            return bool(said) and not self._is_nothing(said)
        return said != most and not (self._agreed(said) and self._agreed(most))

    def _agreed(self, text: str) -> bool:
        return self._yes.search(text) is not None and self._no.search(text) is None

    def _is_nothing(self, text: str) -> bool:
        return not any(sign.isalnum() or sign == "√" for sign in self._left(text))

    def unclear_pay(
        self, cells: pl.DataFrame, columns: Sequence[Column]
    ) -> list[tuple[int, Column, str, Said]]:
        """Return row, column, cell and doubt of what is no sum (600→0) where most are sums."""
        found: list[tuple[int, Column, str, Said]] = []
        for column in columns:
            if column.slot is not None or column.place not in cells.columns:
                continue
            texts = cells.select("row", text=column.place).drop_nulls()
            sums = amount.number(texts["text"])["readable"].fill_null(True)
            sums |= texts["text"].str.contains(self._sums)
            if sums.sum() < _NEARLY_ALL * texts.height:
                continue
            found += [
                (row, column, text, Said("unsure", compact(text)))
                for row, text in texts.filter(~sums).iter_rows()
            ]
        return found

    def unread(self, found: Sequence[Unheard], rows: int) -> list[tuple[int, Column, str, Said]]:
        """Return row, column, cell and doubt of remarks that nobody knows; none where many of the
        `rows` of a table have one.
        """
        if len({row for row, *_ in found}) > max(self._unread_share * rows, _FEWEST):
            return []
        verdict = self._unread_is
        return [(row, column, text, Said(verdict, compact(text))) for row, column, text in found]

    def note(self, note: str) -> Said | None:
        """Return the doubt of a note beside a name that is one character that nobody knows."""
        text = compact(note)
        return Said("unread", text) if len(text) == 1 and self._unknown(text) else None

    def unheard(self, cells: pl.DataFrame, fit: Fit) -> list[Unheard]:
        """Return row, column and text of each remark of which nothing is known."""
        found: list[Unheard] = []
        for column in fit.columns:
            head = plain(column.header)
            if column.slot is not None or column.place not in cells.columns:
                continue
            if not self._headers.search(head) and head != column_letters(int(column.place)):
                continue
            texts = cells.select("row", text=column.place).drop_nulls()
            counted = texts["text"].value_counts(name="rows")
            most = max(_MOST * cells.height, 2)
            unknown = {t for t, times in counted.iter_rows() if times < most and self._unknown(t)}
            found += [(row, column, text) for row, text in texts.iter_rows() if text in unknown]
        return found

    def _unknown(self, text: str) -> bool:
        said = compact(text)
        left = self._left(said)
        if left != said:
            left = _DAY.sub("", left)  # since when something known is so
        if self._agreed(left) or self._until.search(said):
            return False
        return _WRITTEN.search(left) is not None and self._usual.search(left) is None

    def _left(self, text: str) -> str:
        for pattern in self._harmless:
            text = pattern.sub(",", text)
        return text


def with_notes(rows: pl.DataFrame, rules: Rules, as_of: date) -> pl.DataFrame:
    """Add what notes beside the names of rolls say to `said` and its columns, where they are blank.

    A single character that nobody knows (冻) is a doubt; longer notes are mostly other names.
    """
    mine = (pl.col("role") == "roll") & pl.col("said").is_null()
    mine &= ~(pl.col("stopped") | pl.col("deceased"))
    notes = rows.filter(mine).select("list", "name_note").drop_nulls().unique()
    if notes.is_empty():  # nearly always: then no pattern is compiled
        return rows
    remarks, odd = rules.holding.remarks, OddValues(rules.holding)
    heard: list[tuple[str, ...]] = []
    for name, note in notes.iter_rows():
        rule = rules.lists[name]
        said = Reader(remarks, rule.claim.words, as_of).read("", note)
        said = said or Doubter(rule, rules).remark(note) or odd.note(note)
        if said is not None and said.verdict in ("ended", "unsure", "unread"):
            label = rule.fields["name"].label
            heard.append((name, note, said.verdict, label, shown(note, remarks), said.word))
    if not heard:
        return rows
    columns = {"list": pl.String, "name_note": pl.String, **dict.fromkeys(_NOTED, pl.String)}
    table = pl.DataFrame(heard, columns, orient="row")
    rows = rows.join(table, on=["list", "name_note"], how="left", maintain_order="left")
    unread = mine & (pl.col("note:said") == "unread")
    return rows.with_columns(
        *(pl.when(mine).then(new).otherwise(old).alias(old) for new, old in _NOTED.items()),
        cover_unread=pl.when(unread).then("note:said_header").otherwise("cover_unread"),
    ).drop(*_NOTED)
