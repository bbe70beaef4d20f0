"""Which list a file is: by its words, else by headers that only one list has.

Each file is claimed by exactly one list. Of the lists whose required headers are all there, the one
with the longest word in the file's name is taken; else in its folders' names; else in sheet names
and title rows; else the one whose signature headers are there. None or two: not trusted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from loubao.core.frames import Sheet
from loubao.ingest.sheets.header import Fit, fits
from loubao.ingest.sheets.stacked import tables
from loubao.ingest.sheets.vocabulary import Vocabulary, plain, vocabulary
from loubao.rules import ListRule, Rules

_ADVICE = "请改文件名，写明是哪份名单，例如“6月低保在册.xlsx”"


@dataclass(frozen=True)
class Claimed:
    """One table of a sheet of a claimed file; `fit` is None for a sheet that is not read."""

    sheet: Sheet
    position: int  # among the sheets of its file, from 0
    list_name: str
    fit: Fit | None


def claim(sheets: Iterable[Sheet], rules: Rules) -> tuple[list[Claimed], list[str]]:
    """Return each table of each sheet with its list, and one message for each file without one."""
    words = [vocabulary(rule, rules.reading) for _, rule in sorted(rules.lists.items())]
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
    file: str, sheets: Sequence[Sheet], words: Sequence[Vocabulary], rules: Rules
) -> list[Claimed] | str:
    if all(sheet.cells.is_empty() for sheet in sheets):
        return "文件里没有内容，请重新导出"
    readings = [{fit.list_name: fit for fit in fits(s, words, rules.reading)} for s in sheets]
    fitting = sorted({n for r in readings for n, fit in r.items() if not fit.missing})
    name = plain(PurePosixPath(file).stem)
    candidates = [n for n in fitting if not _hit(rules.lists[n].claim.without, name)]
    winners = _winners(file, sheets, readings, candidates, rules)
    if len(winners) > 1:
        titles = "、".join(f"“{rules.lists[n].title}”" for n in winners)
        return f"分不清是{titles}中的哪一份。{_ADVICE}"
    if not winners:
        return _unclaimed(name, readings, candidates, rules)
    winner = winners[0]
    (vocabulary_,) = [each for each in words if each.rule.name == winner]
    claimed: list[Claimed] = []
    for position, (sheet, found) in enumerate(zip(sheets, readings, strict=True)):
        fit = _accepted(sheet, found.get(winner), rules.lists[winner])
        if fit is None:
            claimed.append(Claimed(sheet, position, winner, None))
            continue
        cut = tables(sheet, fit, vocabulary_, rules.reading)
        claimed += [Claimed(table, position, winner, head) for table, head in cut]
    return claimed


def _accepted(sheet: Sheet, fit: Fit | None, rule: ListRule) -> Fit | None:
    """A sheet of a roll that calls itself 停保 or the like is not part of the roll."""
    if fit is None or fit.missing:
        return None
    if rule.role != "source" and _hit(rule.claim.without, plain(sheet.name)):
        return None
    return fit


def _winners(
    file: str,
    sheets: Sequence[Sheet],
    readings: Sequence[dict[str, Fit]],
    candidates: Sequence[str],
    rules: Rules,
) -> list[str]:
    path = PurePosixPath(file)
    for text in (path.stem, path.parent.name):
        named = _longest(plain(text), [rules.lists[n] for n in candidates])
        if named:
            return named
    titled: set[str] = set()
    for sheet, found in zip(sheets, readings, strict=True):
        here = [rules.lists[n] for n in candidates if n in found and not found[n].missing]
        text = _title(sheet, found.values())
        here = [rule for rule in here if not _hit(rule.claim.without, text)]
        titled.update(_longest(text, here))
    if titled:
        return sorted(titled)
    return [n for n in candidates if _signed(rules.lists[n], readings)]


def _title(sheet: Sheet, found: Iterable[Fit]) -> str:
    """The sheet's name and everything above the header."""
    above = min((fit.start for fit in found if not fit.missing), default=0)
    texts = [
        cell
        for row in sheet.cells.head(above).drop("row").rows()
        for cell in dict.fromkeys(row)
        if cell is not None
    ]
    return plain("|".join([sheet.name, *texts]))


def _longest(text: str, lists: Iterable[ListRule]) -> list[str]:
    """The lists that share the longest word in `text`."""
    lengths = {rule.name: _hit(rule.claim.words, text) for rule in lists}
    best = max(lengths.values(), default=0)
    return sorted(name for name, length in lengths.items() if length == best > 0)


def _hit(words: Iterable[str], text: str) -> int:
    """Length of the longest of `words` that stands in `text`; 0 for none."""
    return max((len(word) for word in map(plain, words) if word in text), default=0)


def _signed(rule: ListRule, readings: Sequence[dict[str, Fit]]) -> bool:
    for found in readings:
        fit = found.get(rule.name)
        if fit is None or fit.missing:
            continue
        fields = {column.field for column in fit.columns}
        if any(set(way) <= fields for way in rule.claim.signature):
            return True
    return False


def _unclaimed(
    name: str, readings: Sequence[dict[str, Fit]], candidates: Sequence[str], rules: Rules
) -> str:
    every = [fit for found in readings for fit in found.values()]
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
