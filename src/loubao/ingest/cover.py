"""Cover as a roll says it itself: which of its rows have ended, by remarks, notes and struck lines.

`with_said` reads the columns of one table (remarks.py), `against_cover` takes the rows that speak
against their own cover off the roll: who is linked to them stays on the sheet.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from loubao.core.characters import forms_of, simplified
from loubao.core.frames import PLACE, IssueRow, Sheet
from loubao.ingest.doubted_cover import (
    OF_WHOM,
    PLACES,
    Doubter,
    out_of_place,
    shown,
    with_unheaded,
)
from loubao.ingest.odd_values import OddValues, Unheard, with_notes
from loubao.ingest.raw_cells import raw
from loubao.ingest.remarks import SAME_SIGNS, Lasting, Reader, Said, revoked
from loubao.ingest.sections import Found
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.rows import Extract, people_rows
from loubao.ingest.sheets.vocabulary import plain
from loubao.ingest.shown_cells import Known, names_of
from loubao.rules.folder import Rules
from loubao.rules.holding import Remarks
from loubao.rules.lists import ListRule

#: What rows say against their own cover, a row each: `said` is one of `_SUREST`.
SAID = {
    "row": pl.UInt32,
    "slot": pl.UInt32,
    "said": pl.String,
    "said_header": pl.String,
    "said_cell": pl.String,
    "said_word": pl.String,
}
#: Until when the rows of a roll last, a row each: the last day, or months (reckoned from a day of
#: the row); neither: without an end. `lasts_field`: the field of the cell, null for other columns.
LASTING = {
    "row": pl.UInt32,
    "lasts": pl.Boolean,
    "lasts_until": pl.Date,
    "lasts_months": pl.Int64,
    "lasts_field": pl.String,
    "lasts_header": pl.String,
    "lasts_cell": pl.String,
}
_CODES = {"ended": "COVER_ENDED", "unsure": "COVER_UNSURE", "struck": "ROW_STRUCK"}
_SUREST = pl.Enum(["ended", "struck", "unsure", "unread"])


class Hearing(NamedTuple):
    """How the rows of a roll are read: words, the as-of day, fields of last days, doubts."""

    remarks: Remarks
    as_of: date
    ends: frozenset[str] = frozenset()
    doubter: Doubter | None = None
    odd: OddValues | None = None
    unheard: Sequence[Unheard] = ()


# --- the rows of a table --------------------------------------------------------------------------


def said_of_rows(
    cells: pl.DataFrame, fit: Fit, people: Extract, rule: ListRule, how: Hearing
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return SAID: what the rows of one table of a roll say against their own cover; and LASTING.

    Of an exclusion list, what they say against excluding anybody.

    `cells` are those of the sheet below the header. Of several cells of a row the surest counts;
    of several ends the earliest, and a day before a number of months.
    """
    nothing = pl.DataFrame(schema=SAID), pl.DataFrame(schema=LASTING)
    remarks = how.remarks
    if rule.role == "roll":
        fit = with_unheaded(fit, cells)
    speaking = _speaking(cells, fit, rule, how)
    if rule.role == "roll":
        speaking += out_of_place(cells, fit, rule, remarks)
    doubts = how.doubter.rows(cells, fit, people.rows) if how.doubter else []
    if how.odd:
        heard = how.doubter.places(fit) if how.doubter else ()
        doubts += how.odd.rare(cells, fit, heard) + how.odd.ticked(cells, fit, heard)
        pay = [c for c in fit.columns if how.doubter and how.doubter.is_paid(c)]
        doubts += how.odd.unclear_pay(cells, pay)
        doubts += how.odd.unread(how.unheard, cells.height)
    if not speaking and not doubts:  # nearly always: then no pattern is compiled
        return nothing
    reader = Reader(remarks, rule.claim.words, how.as_of) if rule.role == "roll" else None
    said: list[tuple[int, str, str, Said]] = []
    lasting: list[tuple[int, bool, date | None, int | None, str | None, str, str]] = []
    for column, texts in speaking:
        header, end = column.header, column.field in how.ends
        read: dict[str, Said | None] = {}
        lasts: dict[str, Lasting | None] = {}
        for text in texts["cell"].unique():
            read[text] = reader.read(header, text, end=end) if reader else revoked(text, remarks)
            lasts[text] = reader.lasts(header, text, end=end) if reader else None
        for row, text in texts.iter_rows():
            if (found := read[text]) is not None:
                said.append((row, header, text, found))
            if (last := lasts[text]) is not None:
                cell = shown(text, remarks)
                lasting.append((row, True, last.until, last.months, column.field, header, cell))
    for row, column, text, doubt in doubts:
        found = reader.read(column.header, text, end=column.field in how.ends) if reader else None
        said.append((row, column.header, text, found or doubt))
    ends = pl.DataFrame(lasting, LASTING, orient="row")
    ends = ends.sort("row", "lasts_until", "lasts_months", nulls_last=True, maintain_order=True)
    ends = ends.unique("row", keep="first", maintain_order=True)
    return (_of_members(said, people.rows, remarks) if said else nothing[0]), ends


def _speaking(
    cells: pl.DataFrame, fit: Fit, rule: ListRule, how: Hearing
) -> list[tuple[Column, pl.DataFrame]]:
    """Each column that says something, and its cells that do: `row`, `cell`.

    Where the header itself speaks of an end of cover, or of its going on, all its cells do.
    """
    remarks = how.remarks
    asked = {field for condition in rule.conditions for field in condition.fields}
    decide = {fit.columns_of(field)[0].place for field in asked if fit.columns_of(field)}
    read = [c for c in fit.columns if c.place in cells.columns and _is_read(c, rule, decide)]
    columns = list({c.place: c for c in read}.values())
    if not columns or cells.is_empty():
        return []
    words = remarks.revoked
    if rule.role == "roll":
        words = f"{remarks.over}|{remarks.alone}|{remarks.until}"
    forms = forms_of(words)
    every = [_closed(pl.col(column.place)).str.join("\n") for column in columns]
    speak = cells.select(_contains(texts.str.replace_many(forms), words) for texts in every).row(0)
    headers = pl.Series([plain(column.header) for column in columns])
    ask = headers.str.contains(f"{remarks.over}|{remarks.until_headers}")
    ask |= headers.is_in(list(remarks.still_headers))
    ask |= pl.Series([column.field in how.ends for column in columns])
    ask &= rule.role == "roll"
    found: list[tuple[Column, pl.DataFrame]] = []
    for column, speaks, asks in zip(columns, speak, ask, strict=True):
        if speaks or asks:
            here = cells.select("row", cell=column.place).drop_nulls("cell")
            cell = _closed(pl.col("cell")).str.replace_many(forms)
            said = pl.lit(asks) | _contains(cell, words)
            found.append((column, here.filter(said)))
    return found


def _closed(cell: pl.Expr) -> pl.Expr:
    closed = cell.str.normalize("NFKC").str.replace_all(r"[ \t]", "")
    return closed.str.replace_many(list(SAME_SIGNS), list(SAME_SIGNS.values()))


def _contains(texts: pl.Expr, words: str) -> pl.Expr:
    """Whether texts have one of the words, those in brackets as those between commas."""
    apart = texts.str.replace_all(r"[()]", ",")
    return (texts.str.contains(words) | apart.str.contains(words)).fill_null(False)


def _is_read(column: Column, rule: ListRule, decide: Collection[str]) -> bool:
    """Whether the texts of a column are read: not names, numbers, places.

    Nor the choices at the places `decide`: a condition of the list asks of them already.
    """
    spec = rule.fields.get(column.field or "")
    if spec is None or column.slot is not None:
        return column.field is None
    asked = column.place in decide and spec.type in {"choice", "flag"}
    return spec.type not in OF_WHOM and column.field not in PLACES and not asked


def _of_members(
    said: Sequence[tuple[int, str, str, Said]], people: pl.DataFrame, remarks: Remarks
) -> pl.DataFrame:
    """SAID for each person of the rows: a household's head that is gone is the head alone."""
    spoken = pl.DataFrame(
        [(row, s.verdict, header, shown(cell, remarks), s.word) for row, header, cell, s in said],
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
        .when(verdict.is_in(["ended", "unsure", "unread"]))
        .then(verdict)
        .when((verdict == "head") & head)
        .then(pl.lit("ended"))
        .when((verdict == "head") & head.is_null() | (verdict == "new_head") & head)
        .then(pl.lit("unsure"))
    )
    return (
        rows.with_columns(said=says)
        .drop_nulls("said")
        .sort("row", "slot", pl.col("said").cast(_SUREST), maintain_order=True)
        .unique(["row", "slot"], keep="first", maintain_order=True)
        .select(list(SAID))
    )


def _is_head(columns: Sequence[str], remarks: Remarks) -> pl.Expr:
    """Whether a person is the household's head; null where the row does not say."""
    head = pl.when(pl.col("slot") > 0).then(False).when(pl.col("row_people") > 1).then(True)
    if raw("relation") in columns:
        relation = simplified(_closed(pl.col(raw("relation"))))
        known = relation.is_not_null() & (relation != "")
        head = head.when(known).then(relation.is_in(list(remarks.head_relations)))
    if raw("head_name") in columns:
        name, other = (simplified(_closed(pl.col(raw(f)))) for f in ("name", "head_name"))
        head = head.when(other.is_not_null()).then(name == other)
    return head.otherwise(None)


# --- all rows of a month --------------------------------------------------------------------------


def with_said(
    rows: pl.DataFrame, part: Part, rules: Rules, as_of: date, below: Found | None = None
) -> pl.DataFrame:
    """Add SAID and LASTING to the people of one table of a roll; nothing where nothing is said.

    `below`: its people below lines that end their cover.
    """
    sheet, fit, people = part.claimed.sheet, part.claimed.fit, part.extract
    rule = rules.lists[part.claimed.list_name]
    if fit is None or people is None:
        return rows
    said = [_struck_out(sheet, fit, people)] if sheet.struck else []
    if rule.role != "source":
        cells = people_rows(sheet, fit, people.kinds)
        ends = frozenset(rules.screening.validity.ends(rule.name))
        doubter = Doubter(rule, rules, as_of.month) if rule.role == "roll" else None
        odd = OddValues(rules.holding, excludes=rule.role == "exclusion")
        unheard = odd.unheard(cells, with_unheaded(fit, cells))
        how = Hearing(rules.holding.remarks, as_of, ends, doubter, odd, unheard)
        spoken, lasting = said_of_rows(cells, fit, people, rule, how)
        said.append(spoken)
        if headers := {row: column.header for row, column, _ in unheard}:
            rows = rows.with_columns(cover_unread=_by_row(headers))
        if not lasting.is_empty():
            rows = rows.join(lasting, on="row", how="left", maintain_order="left")
    if below is not None:
        said.append(_below_sections(below, people, rules.holding.remarks))
    heard = [each for each in said if not each.is_empty()]
    if not heard:
        return rows
    first, *others = heard
    for more in others:
        first = pl.concat([first, more.join(first, on=["row", "slot"], how="anti")])
    return rows.join(first, on=["row", "slot"], how="left", maintain_order="left")


def _below_sections(found: Found, people: Extract, remarks: Remarks) -> pl.DataFrame:
    """SAID of the people below lines that end their cover: `unsure`, with the line."""
    if not found.below:
        return pl.DataFrame(schema=SAID)
    lines = {row: (shown(line.text, remarks), line.word) for row, line in found.below}
    # several people in one cell share its slot
    rows = people.rows.select("row", "slot").unique(maintain_order=True)
    rows = rows.filter(pl.col("row").is_in(list(lines)))
    return rows.with_columns(
        said=pl.lit("unsure"),
        said_header=pl.lit(""),
        said_cell=_by_row({row: cell for row, (cell, _) in lines.items()}),
        said_word=_by_row({row: word for row, (_, word) in lines.items()}),
    ).select(list(SAID))


def _by_row(texts: Mapping[int, str]) -> pl.Expr:
    return pl.col("row").replace_strict(texts, default=None, return_dtype=pl.String)


def _struck_out(sheet: Sheet, fit: Fit, people: Extract) -> pl.DataFrame:
    """SAID of the people whose name or number is struck through; `said` is `struck`."""
    slots: dict[int, set[int]] = {}
    own = {"name", "id_number"} | ({"head_name", "head_id"} if fit.household else set())
    for column in fit.columns:
        if column.field in own:
            slot = 0 if column.slot is None else column.slot + 1
            slots.setdefault(int(column.place), set()).add(slot)
    places = {(row, slot) for row, place in sheet.struck for slot in slots.get(place, ())}
    struck = pl.DataFrame(sorted(places), {"row": pl.UInt32, "slot": pl.UInt32}, orient="row")
    nothing = [pl.lit("").alias(column) for column in [*SAID][3:]]
    here = struck.join(people.rows.select("row", "slot"), on=["row", "slot"], how="semi")
    return here.with_columns(pl.lit("struck").alias("said"), *nothing)


def against_cover(
    rows: pl.DataFrame, rules: Rules, as_of: date
) -> tuple[pl.DataFrame, list[IssueRow]]:
    """Take what rows of rolls say of their own cover into account; `rows` are typed and judged.

    Adds `cover_ended`, `cover_doubt` (String: what says so); where either is there, the row does
    not qualify. A source list's people stay. Reads SAID and the notes beside a name (`stopped`,
    `deceased`). The second part are the issues of the cells, with no name in them.
    """
    wording, words = rules.holding.wording, rules.sheets.details
    missing = [pl.lit(None, SAID[c]).alias(c) for c in [*SAID][2:] if c not in rows.columns]
    rows = with_notes(rows.with_columns(missing), rules, as_of)
    note = (pl.col("stopped") | pl.col("deceased")) & (pl.col("role") == "roll")
    heard = rows.filter(pl.col("said").is_not_null())
    known = Known.of(names_of(rows) if heard.height else (), rules)  # a doubt may be a whole cell
    said = heard.select("said_header", "said_cell").unique()
    quotes = [
        (wording.quoted if h else wording.below).format(header=h, cell=c)
        for h, c in said.iter_rows()
    ]
    by_cell = said.with_columns(quote=pl.Series(quotes, dtype=pl.String))
    rows = rows.join(by_cell, on=["said_header", "said_cell"], how="left", maintain_order="left")
    ended = pl.when(pl.col("said") == "ended").then("quote")
    struck = (pl.col("said") == "struck") & (pl.col("role") != "source")
    rows = rows.with_columns(
        cover_ended=ended.when(struck)
        .then(pl.lit(words.ROW_STRUCK_REASON))
        .when(note)
        .then(pl.lit(words.STOPPED_NOTE_REASON)),
        cover_doubt=pl.when(pl.col("said").is_in(["unsure", "unread"])).then("quote"),
        cover_unread=pl.when(
            ~pl.col("said").is_in(["ended", "struck", "unsure"]).fill_null(False)
        ).then("cover_unread"),
    )
    against = pl.coalesce("cover_ended", "cover_doubt")
    first = pl.when(pl.col("qualifies") & against.is_not_null()).then(against)
    return rows.with_columns(
        qualifies=pl.col("qualifies") & against.is_null(),
        failed_condition=first.otherwise("failed_condition"),
    ).drop(*[*SAID][2:], "quote"), [
        (file, sheet, row, header, code, words[code + of_role].format(word=known.shown(word)))
        for file, sheet, row, header, word, code, of_role in heard.filter(
            pl.col("said") != "unread"  # told of those to whom somebody is linked
        )
        .select(*PLACE, "said_header", "said_word", code=_code(), of_role=_of_exclusions())
        .unique()
        .iter_rows()
    ]


def _of_exclusions() -> pl.Expr:
    """What the sentence of a doubt in an exclusion list is called beside its code."""
    unsure = (pl.col("role") == "exclusion") & (pl.col("said") == "unsure")
    return pl.when(unsure).then(pl.lit("_EXCLUSION")).otherwise(pl.lit(""))


def _code() -> pl.Expr:
    revoked = (pl.col("role") == "exclusion") & (pl.col("said") == "ended")
    return (
        pl.when(revoked)
        .then(pl.lit("EXCLUSION_REVOKED"))
        .otherwise(pl.col("said").replace_strict(_CODES))
    )
