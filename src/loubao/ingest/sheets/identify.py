"""Which list a file is, by its words, else by headers that only one list has; and its tables.

Each file is claimed by exactly one list. Of the lists whose required headers are all there, the one
with the longest word in the file's name is taken; else in its folder's name; else in sheet names
and title rows; else the one whose signature headers are there. None or two: not trusted.

A sheet may hold several tables, one below another. The same header again is a skipped row
(rows.py). Another header begins another table: from there on the columns are what it says, or the
people below would be read by the wrong columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeAlias

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.sheets.header import Column, Fit, fit_within, fits
from loubao.ingest.sheets.rows import header_again, without_number
from loubao.ingest.sheets.vocabulary import Lexicon, Vocabulary, lexicon, plain, vocabulary
from loubao.rules.folder import Rules
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

_ADVICE = "请改文件名，写明是哪份名单，例如“6月低保在册.xlsx”"
_FEWEST_HEADERS = 2
_NAMES = frozenset({"name", "head_name"})
_NUMBERS = frozenset({"id_number", "head_id", "certificate_no"})

#: Each list by which a sheet can be read → how.
Fits: TypeAlias = Mapping[str, Fit]


@dataclass(frozen=True)
class Claimed:
    """One table of a sheet of a claimed file; `fit` is None for a sheet that is not read."""

    sheet: Sheet
    position: int  # among the sheets of its file, from 0
    list_name: str
    fit: Fit | None


def claim(sheets: Iterable[Sheet], rules: Rules) -> tuple[list[Claimed], list[str]]:
    """Return each table of each sheet with its list, and one message for each file without one.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> cells = {"row": [1, 2], "0": ["姓名", "张三"], "1": ["身份证号", "990101196003050119"]}
    >>> def lists(file: str, name: str = "") -> list[str]:
    ...     sheet = Sheet(file, name, pl.DataFrame(cells), 0, (), empty(ISSUES))
    ...     claimed, faults = claim([sheet], rules)
    ...     return [each.list_name for each in claimed] + faults
    >>> lists("6月低保在册.xlsx"), lists("低保边缘.csv"), lists("6月/特困/洛阳镇.xls")
    (['dibao'], ['dibao_edge'], ['tekun'])
    >>> lists("导出(3).xls", "孤儿")  # the file has no word of a list, the sheet has
    ['orphan']
    >>> lists("医疗费用.csv")
    ['医疗费用.csv：没有名单规则认领。最接近“个人自付医疗费用超4万元人员”，缺少表头：个人自付医疗费用']
    """
    words = {n: vocabulary(rule, rules.reading) for n, rule in sorted(rules.lists.items())}
    files: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        files[sheet.file].append(sheet)
    claimed: list[Claimed] = []
    faults: list[str] = []
    for file in sorted(files):
        outcome = _claim_file(file, files[file], words, rules)
        if isinstance(outcome, str):
            faults.append(f"{file}：{outcome}")
        else:
            claimed += outcome
    return claimed, faults


def _claim_file(
    file: str, sheets: Sequence[Sheet], words: Mapping[str, Vocabulary], rules: Rules
) -> list[Claimed] | str:
    """Return the tables of one file with their list, or why no list has it."""
    if all(sheet.cells.is_empty() for sheet in sheets):
        return "文件里没有内容，请重新导出"
    every = list(words.values())
    readings = [{fit.list_name: fit for fit in fits(s, every, rules.reading)} for s in sheets]
    complete = {n for reading in readings for n, fit in reading.items() if not fit.missing}
    name = plain(PurePosixPath(file).stem)
    candidates = [n for n in sorted(complete) if not _hit(rules.lists[n].claim.without, name)]
    winners = _winners(file, sheets, readings, candidates, rules)
    if len(winners) > 1:
        titles = "、".join(f"“{rules.lists[n].title}”" for n in winners)
        return f"分不清是{titles}中的哪一份。{_ADVICE}"
    if not winners:
        return _unclaimed(name, readings, candidates, rules)
    (winner,) = winners
    rule = rules.lists[winner]
    claimed: list[Claimed] = []
    for position, (sheet, reading) in enumerate(zip(sheets, readings, strict=True)):
        fit = reading.get(winner)
        # a sheet of a roll that is named 停保 is not of the roll
        barred = rule.role != "source" and _hit(rule.claim.without, plain(sheet.name))
        if fit is None or fit.missing or barred:
            claimed.append(Claimed(sheet, position, winner, None))
            continue
        cut = tables(sheet, fit, words[winner], rules.reading)
        claimed += [Claimed(table, position, winner, head) for table, head in cut]
    return claimed


def _winners(
    file: str,
    sheets: Sequence[Sheet],
    readings: Sequence[Fits],
    candidates: Sequence[str],
    rules: Rules,
) -> list[str]:
    """Return the candidates that may have the file: by its names, its titles, its headers."""
    path = PurePosixPath(file)
    for text in (path.stem, path.parent.name):
        named = _longest(plain(text), [rules.lists[n] for n in candidates])
        if named:
            return named
    titled: set[str] = set()
    for sheet, reading in zip(sheets, readings, strict=True):
        text = _title(sheet, reading.values())
        here = [rules.lists[n] for n in candidates if n in reading and not reading[n].missing]
        titled.update(_longest(text, [r for r in here if not _hit(r.claim.without, text)]))
    if titled:
        return sorted(titled)
    return [n for n in candidates if _signed(rules.lists[n], readings)]


def _title(sheet: Sheet, readings: Iterable[Fit]) -> str:
    """Return the sheet's name and everything above the header."""
    above = min((fit.start for fit in readings if not fit.missing), default=0)
    rows = sheet.cells.head(above).drop("row").rows()
    texts = [cell for row in rows for cell in dict.fromkeys(row) if cell is not None]
    return plain("|".join([sheet.name, *texts]))


def _longest(text: str, lists: Iterable[ListRule]) -> list[str]:
    """Return the lists that share the longest word in `text`."""
    lengths = {rule.name: _hit(rule.claim.words, text) for rule in lists}
    best = max(lengths.values(), default=0)
    return sorted(name for name, length in lengths.items() if length == best > 0)


def _hit(words: Iterable[str], text: str) -> int:
    """Return the length of the longest of `words` that stands in `text`; 0 for none.

    >>> _hit(("低保", "低保边缘"), "6月低保边缘家庭"), _hit(("停保",), "6月低保在册")
    (4, 0)
    """
    return max((len(word) for word in map(plain, words) if word in text), default=0)


def _signed(rule: ListRule, readings: Sequence[Fits]) -> bool:
    """Return whether a sheet has the headers by which alone a file is this list."""
    complete = [r[rule.name] for r in readings if rule.name in r and not r[rule.name].missing]
    return any(set(way) <= set(fit.fields) for fit in complete for way in rule.claim.signature)


def _unclaimed(name: str, readings: Sequence[Fits], candidates: Sequence[str], rules: Rules) -> str:
    """Return why no list has a file, with the list that comes nearest."""
    every = [fit for reading in readings for fit in reading.values()]
    if not every:
        return "没有找到表头，请检查表格是否有“姓名”“身份证号”这样的表头行"
    for rule in rules.lists.values():
        barred = [word for word in rule.claim.without if plain(word) in name]
        if barred and _hit(rule.claim.words, name):
            return (
                f"文件名里有“{barred[0]}”，不作“{rule.title}”读取。不用的文件请移出文件夹，"
                "或写入规则 reading.yaml 的 ignore"
            )
    nearest = max(
        every,
        key=lambda fit: (
            _hit(rules.lists[fit.list_name].claim.words, name),
            -len(fit.missing),
            fit.found,
            fit.list_name,
        ),
    )
    title = rules.lists[nearest.list_name].title
    if nearest.missing:
        return f"没有名单规则认领。最接近“{title}”，缺少表头：{'、'.join(nearest.missing)}"
    titles = "、".join(f"“{rules.lists[n].title}”" for n in candidates)
    return f"只有姓名、证号这类表头，看不出是哪份名单（可能是{titles}）。{_ADVICE}"


# --- tables of a sheet ---------------------------------------------------------------------------


def tables(sheet: Sheet, fit: Fit, words: Vocabulary, reading: Reading) -> list[tuple[Sheet, Fit]]:
    """Cut `sheet`, whose first header is `fit`, into its tables; nearly always there is one.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> words = vocabulary(rules.lists["dibao"], rules.reading)
    >>> cells = {
    ...     "row": [1, 2, 4, 5],
    ...     "0": ["姓名", "张三", "村居", "上浦村"],
    ...     "1": ["身份证号", "990101196003050119", "姓名", "李四"],
    ...     "2": [None, None, "身份证号", "990101196003050135"],
    ... }
    >>> sheet = Sheet("低保.xls", "", pl.DataFrame(cells), 0, (), empty(ISSUES))
    >>> (first,) = fits(sheet, [words], rules.reading)
    >>> cut = tables(sheet, first, words, rules.reading)
    >>> [(table.cells["row"].to_list(), fit.fields) for table, fit in cut]
    [([1, 2], ('name', 'id_number')), ([4, 5], ('village', 'name', 'id_number'))]
    """
    heads = [fit, *_later_headers(sheet, fit, words, lexicon([words], reading))]
    starts = [0, *(head.start for head in heads[1:])]
    ends = [*starts[1:], sheet.cells.height]
    return [
        (_cut(sheet, start, end), replace(head, start=head.start - start))
        for start, end, head in zip(starts, ends, heads, strict=True)
    ]


def _later_headers(sheet: Sheet, fit: Fit, words: Vocabulary, every: Lexicon) -> list[Fit]:
    """Return the headers below the first that are another one than the header before.

    Looked for in the rows without a number, in those with two header texts at least, together with
    the row above and the row below: a header may have two rows.
    """
    below = sheet.cells.with_row_index("position").slice(fit.start + fit.depth)
    quiet = {p: cells for p, _, *cells in without_number(below, fit, words.rule).iter_rows()}
    texts = {cell for cells in quiet.values() for cell in cells if cell is not None}
    headers = {text for text in texts if every.has(text)}
    found: list[Fit] = []
    before = fit
    for position, cells in quiet.items():
        end = before.start + before.depth
        if position < end or sum(cell in headers for cell in cells) < _FEWEST_HEADERS:
            continue
        first = position - 1 if position - 1 >= end and position - 1 in quiet else position
        last = position + 1 if position + 1 in quiet else position
        window = [quiet[p] for p in range(first, last + 1)]
        head = fit_within(window, sheet.cells.columns[1:], words, every)
        if head is None or not _is_header(head):
            continue
        head = replace(head, start=first + head.start)
        if head.start <= position and not _same(sheet, before, head):
            found.append(head)
            before = head
    return found


def _is_header(fit: Fit) -> bool:
    """Return whether people can be read by it.

    Most of its cells are headers; all of them, if it has no number and a required field is missing.
    """
    fields = set(fit.fields)
    headers = sum(c.field is not None or c.ignored for c in fit.columns)
    if not fit.missing or (fields & _NAMES and fields & _NUMBERS):
        return headers * 2 > len(fit.columns)
    return bool(fields & _NAMES) and headers == len(fit.columns) > _FEWEST_HEADERS


def _same(sheet: Sheet, before: Fit, again: Fit) -> bool:
    """Return whether a header is the one before, once more; cells of it may be blank."""
    meanings = {c.place: _meaning(c) for c in before.columns}
    if any(meanings.get(c.place) != _meaning(c) for c in again.columns):
        return False
    is_header = header_again(sheet, before)
    rows = sheet.cells.slice(again.start, again.depth).drop("row").iter_rows()
    return all(is_header(cells) for cells in rows)


def _meaning(column: Column) -> tuple[str, int | None, float] | None:
    return None if column.field is None else (column.field, column.slot, column.factor)


def _cut(sheet: Sheet, start: int, end: int) -> Sheet:
    """Return the rows from position `start` to before `end`; issues of no row go with the first."""
    if start == 0 and end == sheet.cells.height:
        return sheet
    low = 0 if start == 0 else sheet.cells["row"][start]
    high = sheet.cells["row"][end] if end < sheet.cells.height else 2**32
    return replace(
        sheet,
        cells=sheet.cells.slice(start, end - start),
        blank_rows=sheet.blank_rows if start == 0 else 0,
        hidden_rows=tuple(row for row in sheet.hidden_rows if low <= row < high),
        issues=sheet.issues.filter(pl.col("row").fill_null(0).is_between(low, high, "left")),
    )
