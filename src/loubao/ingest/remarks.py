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
>>> read("已转特困"), read("低保转特困", roll="tekun")
(['unsure'], ['None'])
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import polars as pl

from loubao.core.frames import PLACE, IssueRow, Sheet
from loubao.ingest.fields import date as dates
from loubao.ingest.raw_cells import raw
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.header import Column, Fit
from loubao.ingest.sheets.rows import Extract, people_rows
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.holding import Remarks
from loubao.rules.lists import ListRule

#: What a cell says: cover is over; perhaps; the head of the household is gone; and another is head.
Verdict: TypeAlias = Literal["ended", "unsure", "head", "new_head"]
#: What rows say against their own cover, a row each: `said` is `ended`, `unsure`, `struck`.
SAID = {
    "row": pl.UInt32,
    "slot": pl.UInt32,
    "said": pl.String,
    "said_header": pl.String,
    "said_cell": pl.String,
    "said_word": pl.String,
}
_CODES = {"ended": "COVER_ENDED", "unsure": "COVER_UNSURE", "struck": "ROW_STRUCK"}
_OF_WHOM = frozenset({"name", "id_number", "sex"})
_PLACES = frozenset({"town", "village"})
_CLAUSE = re.compile("[,;。!\n]+")
_MONTH = re.compile(r"(?:(20[0-9]{2}|[0-9]{2})[年./-])?(1[0-2]|0?[1-9])(?:月|[./-](?![0-9]{3}))")
_LONG_NUMBER = re.compile(r"[0-9][0-9*]{6,}([0-9Xx*]{4})")
_SAYS = re.compile(r"[^\W0_]")  # a letter or a digit but 0
_DATE_HEADER = re.compile("(?:日期|时间|年月|月份|日)$")
_PLAINLY = 14  # characters beside the words and dates, up to which a remark is plain


class Said(NamedTuple):
    """What one cell says, and the word of the rules by which it says so."""

    verdict: Verdict
    word: str


def compact(text: str) -> str:
    """Return a text as it is read: half-width, without blanks; line ends stay.

    >>> compact("停 保（８月）")
    '停保(8月)'
    """
    lines = unicodedata.normalize("NFKC", text).splitlines()
    return "\n".join("".join(line.split()) for line in lines)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


class Reader:
    """Reads the cells of one roll; each distinct text once."""

    def __init__(self, remarks: Remarks, own: Sequence[str], as_of: date) -> None:
        """`own`: words for the roll itself (`claim.words`)."""
        self._remarks, self._own, self._as_of = remarks, frozenset(own), as_of
        self._over = _compiled(remarks.over)
        self._alone = _compiled(remarks.alone)
        self._ended = _compiled(remarks.pattern("<ended>"))
        self._gone = _compiled(remarks.pattern("<gone>"))
        self._harmless = [_compiled(remarks.pattern(each)) for each in remarks.harmless]
        self._head_gone = _compiled(remarks.pattern(remarks.head_gone))
        self._head_changed = _compiled(remarks.pattern(remarks.head_changed))
        self._resumed = _compiled(remarks.pattern(remarks.resumed))
        self._moved, self._unsure = _compiled(remarks.moved), _compiled(remarks.unsure)
        self._silent = _compiled("|".join(remarks.silent_headers) or r"\b\B")
        self._filler = _compiled(remarks.over + remarks.pattern("|<date>|<means>"))

    # -- a cell under its header -------------------------------------------------------------------

    def read(self, header: str, cell: str) -> Said | None:
        """Return what a cell says against the cover of its row, None where it says nothing."""
        head, text = self._without_harmless(plain(header)), compact(cell)
        if head in self._remarks.still_headers:
            return Said("ended", head) if text in self._remarks.no else self._of_text(text)
        asked = self._over.search(head)
        if asked is not None:
            return self._under(head, asked[0], text)
        return self._of_text(text, silent=self._silent.search(head) is not None)

    def _under(self, head: str, word: str, text: str) -> Said | None:
        """What a cell says under a header such as 停保时间, 是否死亡, 注销原因."""
        dated = _DATE_HEADER.search(head)
        if not dated and text in self._remarks.yes:
            return Said("ended", word)
        if text in {*self._remarks.no, *self._remarks.open_ended} or not _SAYS.search(text):
            return None
        until = dates.parse(pl.Series([text]))["until"][0] if dated else None
        if until is not None:
            return None if until > self._as_of else Said("ended", word)
        return self._of_text(text) or Said("unsure", word)

    # -- a text ------------------------------------------------------------------------------------

    def _of_text(self, text: str, *, silent: bool = False) -> Said | None:
        """What a text says by itself; a `silent` column does not say who is gone."""
        if text in self._remarks.whole:
            return None if silent else Said("ended", text)
        if not silent and (alone := self._alone.search(text)):
            return Said("unsure", alone[0].strip(",;。，；"))
        left = self._without_harmless(text)
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
        return None

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
        year = int(month[1]) if month[1] else self._as_of.year
        return (year if year > 100 else 2000 + year, int(month[2]))


# --- the rows of a table --------------------------------------------------------------------------


def said_of_rows(
    cells: pl.DataFrame, fit: Fit, people: Extract, rule: ListRule, how: tuple[Remarks, date]
) -> pl.DataFrame:
    """Return SAID: what the rows of one table of a roll say against their own cover.

    `cells` are those of the sheet below the header; `how`: the words, and the as-of day. Of several
    cells of a row the surest counts.
    """
    remarks, as_of = how
    speaking = _speaking(cells, fit, rule, remarks)
    if not speaking:  # nearly always: then no pattern is compiled
        return pl.DataFrame(schema=SAID)
    reader = Reader(remarks, rule.claim.words, as_of)
    said: list[tuple[int, str, str, Said]] = []
    for column, texts in speaking:
        read = {text: reader.read(column.header, text) for text in texts["cell"].unique()}
        for row, text in texts.iter_rows():
            if (found := read[text]) is not None:
                said.append((row, column.header, text, found))
    return _of_members(said, people.rows, remarks) if said else pl.DataFrame(schema=SAID)


def _speaking(
    cells: pl.DataFrame, fit: Fit, rule: ListRule, remarks: Remarks
) -> list[tuple[Column, pl.DataFrame]]:
    """Each column that says something, and its cells that do: `row`, `cell`.

    Where the header itself speaks of an end of cover, or of its going on, all its cells do.
    """
    asked = {field for condition in rule.conditions for field in condition.fields}
    decide = {fit.columns_of(field)[0].place for field in asked if fit.columns_of(field)}
    read = [c for c in fit.columns if c.place in cells.columns and _is_read(c, rule, decide)]
    columns = list({c.place: c for c in read}.values())
    if not columns or cells.is_empty():
        return []
    words = f"{remarks.over}|{remarks.alone}"
    every = [_closed(pl.col(column.place)) for column in columns]
    speak = cells.select(
        cell.str.join("\n").str.contains(words).fill_null(False) for cell in every
    ).row(0)
    headers = pl.Series([plain(column.header) for column in columns])
    ask = headers.str.contains(remarks.over) | headers.is_in(list(remarks.still_headers))
    found: list[tuple[Column, pl.DataFrame]] = []
    for column, speaks, asks in zip(columns, speak, ask, strict=True):
        if speaks or asks:
            here = cells.select("row", cell=column.place).drop_nulls("cell")
            said = pl.lit(asks) | _closed(pl.col("cell")).str.contains(words)
            found.append((column, here.filter(said)))
    return found


def _closed(cell: pl.Expr) -> pl.Expr:
    return cell.str.replace_all(r"[ \t　]", "")


def _is_read(column: Column, rule: ListRule, decide: Collection[str]) -> bool:
    """Whether the texts of a column are read: not names, numbers, places.

    Nor the choices at the places `decide`: a condition of the list asks of them already.
    """
    spec = rule.fields.get(column.field or "")
    if spec is None or column.slot is not None:
        return column.field is None
    asked = column.place in decide and spec.type in {"choice", "flag"}
    return spec.type not in _OF_WHOM and column.field not in _PLACES and not asked


def _of_members(
    said: Sequence[tuple[int, str, str, Said]], people: pl.DataFrame, remarks: Remarks
) -> pl.DataFrame:
    """SAID for each person of the rows: a household's head that is gone is the head alone."""
    spoken = pl.DataFrame(
        [(row, s.verdict, header, _shown(cell, remarks), s.word) for row, header, cell, s in said],
        {"row": pl.UInt32, "verdict": pl.String, **{c: SAID[c] for c in [*SAID][3:]}},
        orient="row",
    )
    rows = people.join(spoken, on="row").with_columns(head=_is_head(people.columns, remarks))
    verdict, head = pl.col("verdict"), pl.col("head")
    several = pl.col("row_people").fill_null(1) > 1
    one_of_them = pl.col("said_word").str.contains(remarks.pattern("^(?:<gone>)$")) & several
    says = (
        pl.when((verdict == "ended") & one_of_them)
        .then(pl.lit("unsure"))
        .when(verdict.is_in(["ended", "unsure"]))
        .then(verdict)
        .when((verdict == "head") & head)
        .then(pl.lit("ended"))
        .when((verdict == "head") & head.is_null() | (verdict == "new_head") & head)
        .then(pl.lit("unsure"))
    )
    return (
        rows.with_columns(said=says)
        .drop_nulls("said")
        .sort("row", "slot", "said", maintain_order=True)
        .unique(["row", "slot"], keep="first", maintain_order=True)
        .select(list(SAID))
    )


def _shown(cell: str, remarks: Remarks) -> str:
    """A cell as a sheet shows it: short, long numbers by their last places.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.holding import load_holding
    >>> _shown("代领人990101196003050119  拟停", load_holding(shipped_rules()).remarks)
    '代领人…0119 拟停'
    """
    text = _LONG_NUMBER.sub(r"…\1", " ".join(cell.split()))
    return text if len(text) <= remarks.longest else text[: remarks.longest - 1] + "…"


def _is_head(columns: Sequence[str], remarks: Remarks) -> pl.Expr:
    """Whether a person is the household's head; null where the row does not say."""
    head = pl.when(pl.col("slot") > 0).then(False).when(pl.col("row_people") > 1).then(True)
    if raw("relation") in columns:
        relation = _closed(pl.col(raw("relation")))
        known = relation.is_not_null() & (relation != "")
        head = head.when(known).then(relation.is_in(list(remarks.head_relations)))
    if raw("head_name") in columns:
        name, other = (_closed(pl.col(raw(field))) for field in ("name", "head_name"))
        head = head.when(other.is_not_null()).then(name == other)
    return head.otherwise(None)


# --- all rows of a month --------------------------------------------------------------------------


def with_said(rows: pl.DataFrame, part: Part, rules: Rules, as_of: date) -> pl.DataFrame:
    """Add SAID to the people of one table of a roll; nothing is added where nothing is said."""
    sheet, fit, people = part.claimed.sheet, part.claimed.fit, part.extract
    rule = rules.lists[part.claimed.list_name]
    if fit is None or people is None:
        return rows
    said = _struck_out(sheet, fit, people)
    if rule.role == "roll":
        cells = people_rows(sheet, fit, people.kinds)
        words = said_of_rows(cells, fit, people, rule, (rules.holding.remarks, as_of))
        said = pl.concat([said, words.join(said, on=["row", "slot"], how="anti")])
    if said.is_empty():
        return rows
    return rows.join(said, on=["row", "slot"], how="left", maintain_order="left")


def _struck_out(sheet: Sheet, fit: Fit, people: Extract) -> pl.DataFrame:
    """SAID of the people whose name or number is struck through; `said` is `struck`."""
    slots: dict[int, set[int]] = {}
    own = {"name", "id_number"} | ({"head_name", "head_id"} if fit.household else set())
    for column in fit.columns if sheet.struck else ():
        if column.field in own:
            slot = 0 if column.slot is None else column.slot + 1
            slots.setdefault(int(column.place), set()).add(slot)
    places = {(row, slot) for row, place in sheet.struck for slot in slots.get(place, ())}
    struck = pl.DataFrame(sorted(places), {"row": pl.UInt32, "slot": pl.UInt32}, orient="row")
    nothing = [pl.lit("").alias(column) for column in [*SAID][3:]]
    here = struck.join(people.rows.select("row", "slot"), on=["row", "slot"], how="semi")
    return here.with_columns(pl.lit("struck").alias("said"), *nothing)


def against_cover(rows: pl.DataFrame, rules: Rules) -> tuple[pl.DataFrame, list[IssueRow]]:
    """Take what rows of rolls say of their own cover into account; `rows` are typed and judged.

    Adds `cover_ended`, `cover_doubt` (String: what says so); where either is there, the row does
    not qualify. A source list's people stay. Reads SAID and the notes beside a name (`stopped`,
    `deceased`).
    The second part are the issues of the cells.
    """
    quoted, words = rules.holding.wording.quoted, rules.sheets.details
    missing = [pl.lit(None, SAID[c]).alias(c) for c in [*SAID][2:] if c not in rows.columns]
    rows = rows.with_columns(missing)
    note = (pl.col("stopped") | pl.col("deceased")) & (pl.col("role") == "roll")
    heard = rows.filter(pl.col("said").is_not_null())
    said = heard.select("said_header", "said_cell").unique()
    quotes = [quoted.format(header=h, cell=c) for h, c in said.iter_rows()]
    by_cell = said.with_columns(quote=pl.Series(quotes, dtype=pl.String))
    rows = rows.join(by_cell, on=["said_header", "said_cell"], how="left", maintain_order="left")
    ended = pl.when(pl.col("said") == "ended").then("quote")
    struck = (pl.col("said") == "struck") & (pl.col("role") != "source")
    rows = rows.with_columns(
        cover_ended=ended.when(struck)
        .then(pl.lit(words.ROW_STRUCK_REASON))
        .when(note)
        .then(pl.lit(words.STOPPED_NOTE_REASON)),
        cover_doubt=pl.when(pl.col("said") == "unsure").then("quote"),
    )
    against = pl.coalesce("cover_ended", "cover_doubt")
    first = pl.when(pl.col("qualifies") & against.is_not_null()).then(against)
    return rows.with_columns(
        qualifies=pl.col("qualifies") & against.is_null(),
        failed_condition=first.otherwise("failed_condition"),
    ).drop(*[*SAID][2:], "quote"), [
        (file, sheet, row, header, _CODES[said], words[_CODES[said]].format(word=word))
        for file, sheet, row, header, said, word in heard.select(
            *PLACE, "said_header", "said", "said_word"
        )
        .unique()
        .iter_rows()
    ]
