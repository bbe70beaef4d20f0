"""What a row of a roll says in columns and remarks that no rule knows, and may end its cover.

Where a column that no rule reads says one thing in nearly all rows, or nothing, and something else
in few (发放结果: 发放失败), those few may not be covered: a doubt, until the office has said by
`adapt` what the column is. A remark of which no word is known is no doubt, for most are harmless;
it is told where the row keeps somebody off the sheets (screening/unheard_remarks.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import polars as pl

from loubao.core.frames import column_letters
from loubao.ingest.remarks import Said, compact
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.holding import Holding

_FEWEST: Final = 5  # rows of a sheet of which something can be rare
_NEARLY_ALL: Final = 0.75
_RARE: Final = 0.05
_MOST: Final = 0.5
_LONG_NUMBER: Final = re.compile(r"^[0-9\s-]{9,}$")
_WRITTEN: Final = re.compile(r"[^\W\d_]")


class OddValues:
    """Finds the rare values and the unknown remarks of the tables of one roll."""

    def __init__(self, holding: Holding) -> None:
        remarks, doubts = holding.remarks, holding.doubts
        assert doubts is not None  # load_holding fills it in
        self._headers = re.compile(doubts.headers)
        self._beside = re.compile(f"{remarks.pattern(doubts.asked_beside)}|{doubts.other_headers}")
        self._yes, self._no = re.compile(doubts.agreed), re.compile(doubts.refused)
        self._usual = re.compile(doubts.usual_remarks)
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
            few = counted.filter(pl.col("rows") <= max(_RARE * cells.height, 1))["text"]
            odd = {text for text in few if text != usual and self._is_odd(text, usual)}
            found += [
                (row, column, text, Said("unsure", compact(text)))
                for row, text in texts.iter_rows()
                if text in odd
            ]
        return found

    def _unread(self, cells: pl.DataFrame, fit: Fit) -> list[Column]:
        return [
            column
            for column in fit.columns
            if column.field is None and not column.ignored and column.place in cells.columns
        ]

    def _is_odd(self, text: str, usual: str) -> bool:
        """Whether a text is another than the usual one, and no blank, mark or number of a card."""
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

    def with_unheard(self, rows: pl.DataFrame, cells: pl.DataFrame, fit: Fit) -> pl.DataFrame:
        """Add `cover_unread` (String): the header of a remark that says nothing known."""
        headers = self._unheard(cells, fit)
        header = pl.col("row").replace_strict(headers, default=None, return_dtype=pl.String)
        return rows.with_columns(cover_unread=header if headers else pl.lit(None, pl.String))

    def _unheard(self, cells: pl.DataFrame, fit: Fit) -> dict[int, str]:
        """Row → header of each remark of which nothing is known."""
        found: dict[int, str] = {}
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
            found |= {row: column.header for row, text in texts.iter_rows() if text in unknown}
        return found

    def _unknown(self, text: str) -> bool:
        left = self._left(compact(text))
        if self._agreed(left):
            return False
        return _WRITTEN.search(left) is not None and self._usual.search(left) is None

    def _left(self, text: str) -> str:
        for pattern in self._harmless:
            text = pattern.sub(",", text)
        return text
