"""Which list a sheet is, by its names and by its columns.

Each sheet is claimed by one list. Its names come first: the longest word of a list in the file's
name, else in its folder's; where the sheet's own name or its title row says another list, the more
exact one, or the one that the columns tell. Where no name says anything, the columns that only one
list has do (evidence.py). Where names and columns disagree, and where both or none could be meant,
nothing is read: what to rename, or to settle in the rules once (`claim.files`), is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from loubao.core.frames import Sheet
from loubao.ingest.sheets.claim_faults import (
    ambiguous,
    below,
    beside,
    disagreement,
    misspelt,
    titles,
    unclaimed,
)
from loubao.ingest.sheets.claim_words import (
    Said,
    barred,
    longest_word,
    passed_over,
    said,
    settled,
    title_of,
)
from loubao.ingest.sheets.column_blocks import blocks
from loubao.ingest.sheets.doubted_names import ended_word, sign, title_sign
from loubao.ingest.sheets.evidence import Evidence, Fits, Named, disputed, evidence
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.own_numbers import settled_fits
from loubao.ingest.sheets.people_signs import names_people
from loubao.ingest.sheets.stacked_tables import tables
from loubao.ingest.sheets.vocabulary import Vocabulary, plain, vocabulary
from loubao.rules.folder import Rules


@dataclass(frozen=True)
class Claimed:
    """One table of a sheet of a claimed file; `fit` is None for a sheet that is not read.

    `barred`: its own name says that it is not of the list (停保), or another sheet holds for it.
    """

    sheet: Sheet
    position: int  # among the sheets of its file, from 0
    list_name: str
    fit: Fit | None
    barred: bool = False
    block: int = 0  # of tables side by side: its number from the left


@dataclass(frozen=True)
class _Seen:
    """A sheet with all that says which list it is.

    `file`, `folder`, `own`: what the names of its file, its folder and itself say, `title` what
    stands above the header. `ruled_out`: the lists that the file's name says it is not.
    """

    sheet: Sheet
    found: Evidence
    readings: Fits
    file: Said
    folder: Said
    own: Said
    title: Said
    ruled_out: frozenset[str]

    @property
    def texts(self) -> tuple[str, ...]:
        """All its names, plain."""
        return tuple(each.text for each in (self.own, self.title, self.file, self.folder))

    def first_of(self, words: Iterable[str]) -> str:
        """Return the first of `words` that stands in one of its names; "" for none."""
        return next((w for w in words if any(plain(w) in text for text in self.texts)), "")

    def doubt_of(self, name: str) -> str:
        """Return what in its names leaves in doubt that its people are of a list; "" for nothing.

        A sheet of a workbook whose own name says that cover is over is set aside later.
        """
        rules = self.found.rules
        own = () if ended_word(self.sheet.name, rules.holding) else (self.own.text,)
        found = sign((self.file.text, self.folder.text, *own), name, rules)
        return found or title_sign((self.title.text,), name, rules)

    @property
    def names(self) -> Named:
        """What all names say beside the list that they make it."""
        lists = self.found.rules.lists
        hinted = {n for n, rule in lists.items() if self.first_of(rule.claim.words)}
        out = {n for n in lists if barred(n, lists, self.own.text)} | self.ruled_out
        return Named(frozenset(hinted), frozenset(out))


@dataclass(frozen=True)
class _Choice:
    """The list of a sheet; or why there is none; or neither: its file may tell.

    `by_itself`: its own name told the list, which says nothing of the sheets beside it.
    """

    list_name: str | None = None
    fault: str = ""
    barred: bool = False
    by_itself: bool = False


def claim(sheets: Iterable[Sheet], rules: Rules) -> tuple[list[Claimed], list[str]]:
    """Return each table of each sheet with its list, and a message for each that has none.

    >>> import polars as pl
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
    >>> lists("导出(3).xls", "孤儿"), lists("儿童台账.xls", "事实无人抚养")
    (['orphan'], ['unattended'])
    >>> lists("医疗费用.csv")
    ['医疗费用.csv：没有名单规则认领。最接近“个人自付医疗费用超4万元人员”，缺少表头：个人自付医疗费用']
    """
    rules = rules.of_exports
    words = {n: vocabulary(rule, rules.reading) for n, rule in sorted(rules.lists.items())}
    files: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in sheets:
        files[sheet.file].append(sheet)
    claimed: list[Claimed] = []
    faults: list[str] = []
    for file in sorted(files):
        whole, why = _claim_file(file, files[file], words, rules)
        claimed += whole
        faults += [f"{file}：{reason}" for reason in dict.fromkeys(why)]
    return claimed, faults


def _claim_file(
    file: str, sheets: Sequence[Sheet], words: Mapping[str, Vocabulary], rules: Rules
) -> tuple[list[Claimed], list[str]]:
    """Return the tables of one file, each with its list; or why they cannot be told."""
    if all(sheet.cells.is_empty() for sheet in sheets):
        return [], ["文件里没有内容，请重新导出"]
    seen = _seen(file, sheets, list(words.values()), rules)
    several = len({each.own.lists for each in seen if each.own.lists}) > 1
    choices = [_choice(each, several, len(seen) > 1) for each in seen]
    choices = [_followed(each, at, seen, choices) for at, each in enumerate(choices)]
    faults = [choice.fault for choice in choices if choice.fault]
    names = [choice.list_name for choice in choices if choice.list_name and not choice.barred]
    if faults:
        return [], faults
    if all(choice == _Choice(barred=True) for choice in choices):
        return [], ["每张工作表都写明不读取，请把整个文件写进规则 reading.yaml 的 ignore"]
    if not names:
        fits = [fit for each in seen for fit in each.readings.values()]
        may = {n for each in seen for n in each.found.fits if n not in each.ruled_out}
        return [], [unclaimed(seen[0].file.text, fits, may, rules.lists)]
    claimed: list[Claimed] = []
    for position, (each, choice) in enumerate(zip(seen, choices, strict=True)):
        name = choice.list_name or names[0]
        fit = None if choice.list_name is None or choice.barred else each.found.fits.get(name)
        if fit is None:
            claimed.append(Claimed(each.sheet, position, name, None, choice.barred))
            continue
        cut, other = tables(each.sheet, fit, words, rules.reading)
        if other is not None:
            faults.append(below(each.sheet.name, *other, name, rules.lists))
        for table, head in cut:
            found, unclear = blocks(table, head, list(words.values()), rules.reading)
            if unclear is not None:
                faults.append(beside(each.sheet.name, *unclear))
            claimed += [Claimed(t, position, name, fit, block=n) for t, fit, n in found]
    return ([], faults) if faults else (claimed, [])


def _seen(
    file: str, sheets: Sequence[Sheet], every: Sequence[Vocabulary], rules: Rules
) -> list[_Seen]:
    """Return the sheets of a file with what its names, theirs and their columns say."""
    path, lists = PurePosixPath(file), rules.lists
    stem = plain(path.stem)
    claimed_words = {plain(w) for r in lists.values() for w in r.claim.words if plain(w) in stem}
    against = {plain(w) for rule in lists.values() for w in rule.claim.without}
    lifted = frozenset(w for w in against if any(w in word for word in claimed_words))
    seen: list[_Seen] = []
    for sheet in sheets:
        readings = {fit.list_name: fit for fit in settled_fits(sheet, every, rules.reading)}
        own = said(plain(sheet.name), lists)
        # 低保 is ruled out by 特困 in the file's name, but not for a sheet of it that is named 低保
        out = {n for n in lists if longest_word(lists[n].claim.without, stem)}
        out -= {n for n in own.lists if longest_word(lists[n].claim.without, stem) in lifted}
        allowed = {name: rule for name, rule in lists.items() if name not in out}
        seen.append(
            _Seen(
                sheet=sheet,
                found=evidence(sheet, readings, rules),
                readings=readings,
                file=said(stem, lists),
                folder=said(plain(path.parent.name), allowed),
                own=said(plain(sheet.name), allowed),
                title=said(title_of(sheet, readings.values()), allowed),
                ruled_out=frozenset(out),
            )
        )
    return seen


# --- the list of a sheet -------------------------------------------------------------------------


def _choice(seen: _Seen, several: bool, one_of_many: bool) -> _Choice:
    """Return the list of a sheet.

    `several`: the sheets of its workbook are named as different lists; `one_of_many`: there are
    other sheets.
    """
    lists = seen.found.rules.lists
    where = f"工作表“{seen.sheet.name}”" if one_of_many else ""
    if passed_over(seen.sheet.file, seen.sheet.name, seen.found.rules.reading.ignore):
        return _Choice(barred=True)
    by_rule = settled(seen.sheet, lists)
    if by_rule:
        return _by_rule(by_rule, seen, where)
    if not seen.found.fits:
        return _Choice()
    told = frozenset(seen.found.best()) - seen.ruled_out
    named = _named(seen, told, several)
    if not named:
        named = told.union(*(seen.found.rivals(name) for name in told)) - seen.ruled_out
    elif len(named) > 1:
        named = named & told if len(named & told) == 1 else named
    if len(named) == 1:
        return _undoubted(_checked(next(iter(named)), seen, told, where), seen, where)
    if not named:
        found = seen.found.misspelt()
        return _Choice(fault=where + misspelt(found, lists) if found else "")
    out = [n for n in seen.file.lists if barred(n, lists, seen.own.text)] if one_of_many else ()
    return _Choice(out[0], barred=True) if out else _Choice(fault=where + ambiguous(named, lists))


def _by_rule(names: Sequence[str], seen: _Seen, where: str) -> _Choice:
    """Return the list that the rules say a sheet is."""
    lists = seen.found.rules.lists
    if len(names) > 1:
        fault = f"规则里 claim.files 写在{titles(names, lists)}几份名单里，只能写在一份里"
        return _Choice(fault=where + fault)
    (name,) = names
    if name in seen.found.fits or not names_people(seen.sheet):
        return _Choice(name, by_itself=True)
    fit = seen.readings.get(name)
    missing = f"，缺少表头：{'、'.join(fit.missing)}" if fit else "，但没有找到它的表头"
    return _Choice(fault=f"{where}规则里 claim.files 写明是“{lists[name].title}”{missing}")


def _named(seen: _Seen, told: frozenset[str], several: bool) -> frozenset[str]:
    """Return the lists that the names of a sheet say; two where its file and itself disagree."""
    lists = seen.found.rules.lists
    outer = seen.file if seen.file.lists else seen.folder
    inner = seen.own if seen.own.lists else seen.title
    if not outer.lists or not inner.lists:
        return outer.lists or inner.lists
    both = outer.lists & inner.lists
    if both or outer.word in inner.word or inner.word in outer.word:
        return both or max((outer, inner), key=lambda each: len(each.word)).lists
    either = outer.lists | inner.lists
    if len(either & told) == 1:
        return either & told
    alike = len({lists[name].role for name in either}) == 1
    mentioned = any(longest_word(lists[n].claim.words, outer.text) for n in inner.lists)
    if alike and (mentioned or (several and inner is seen.own)):
        return inner.lists
    if inner is seen.title:
        again = [n for n in outer.lists if longest_word(lists[n].claim.words, inner.text)]
        return frozenset(again) or either
    return either


def _checked(name: str, seen: _Seen, told: frozenset[str], where: str) -> _Choice:
    """Return the named list where the sheet has its headers, and its columns do not deny it."""
    found, names, lists = seen.found, seen.names, seen.found.rules.lists
    by_itself = name in seen.own.lists
    if lists[name].role != "source" and barred(name, lists, seen.own.text):
        return _Choice(name, barred=True)
    holding = found.rules.holding
    if lists[name].role == "roll" and (word := seen.first_of(holding.versions.not_yet)):
        fault: str = holding.wording.not_yet.format(word=word, list=lists[name].title)
        early = bool(where) and plain(word) in seen.own.text
        return _Choice(name, barred=True) if early else _Choice(fault=where + fault)
    also = told & names.hinted - names.barred
    if name not in found.fits:
        if len(also) == 1:
            return _Choice(next(iter(also)), by_itself=by_itself)
        if len(told) != 1 or told & names.barred:
            return _Choice()
        (other,) = told
        columns = list(found.headed[other])
        return _Choice(fault=where + disagreement(seen.sheet.file, name, other, columns, lists))
    against = disputed(found, name, names)
    if against is not None:
        other, columns = against
        if also == {other} and name not in found.own and not disputed(found, other, names):
            return _Choice(other)
        return _Choice(fault=where + disagreement(seen.sheet.file, name, other, columns, lists))
    if (nearly := found.misspelt()) and (lists[name].role != "source" or name not in names.hinted):
        return _Choice(fault=where + misspelt(nearly, lists))
    return _Choice(name, by_itself=by_itself)


def _undoubted(choice: _Choice, seen: _Seen, where: str) -> _Choice:
    """The choice; a fault where a name leaves in doubt that its people are of the list."""
    name = choice.list_name
    word = seen.doubt_of(name) if name and not choice.barred else ""
    if not word or name is None:
        return choice
    rules = seen.found.rules
    fault: str = rules.holding.wording.doubted.format(word=word, list=rules.lists[name].title)
    return _Choice(fault=where + fault)


def _followed(
    choice: _Choice, at: int, seen: Sequence[_Seen], choices: Sequence[_Choice]
) -> _Choice:
    """Return the choice of a sheet of which nothing tells the list: that of the sheets like it."""
    each = seen[at]
    if choice != _Choice() or not each.found.fits:
        return choice
    like = {
        other.list_name
        for there, other in zip(seen, choices, strict=True)
        if other.list_name
        and not other.barred
        and not other.by_itself
        and other.list_name in each.found.fits
        and set(each.found.fits[other.list_name].fields)
        == set(there.found.fits[other.list_name].fields)
    }
    if len(like) == 1:
        return _Choice(next(iter(like)))
    if not any(other.list_name or other.fault for other in choices) or not names_people(each.sheet):
        return choice
    return _Choice(
        fault=f"工作表“{each.sheet.name}”看不出是哪份名单，请改工作表名，或删去这张工作表"
    )
