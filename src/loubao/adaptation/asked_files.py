"""Which list is this file? Asked of files that no rule claims, that look alike in one question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from loubao.adaptation.column_kinds import likeness
from loubao.adaptation.questions import IGNORE, NEW, Item, Option, Question
from loubao.adaptation.survey import Reading, Survey, header_row, matches, people_in
from loubao.core.frames import Sheet
from loubao.ingest.sheets.claim_faults import doubted_by, pattern_of
from loubao.ingest.sheets.claim_words import longest_word, settled
from loubao.ingest.sheets.evidence import required_of
from loubao.ingest.sheets.people_signs import has_number
from loubao.ingest.sheets.vocabulary import plain
from loubao.ingest.shown_cells import Known

#: Endings of files that may be a list, could they be read.
_TABLES = frozenset({".xls", ".xlsx", ".xlsm", ".xlsb", ".et", ".ods", ".csv", ".xml"})
#: Endings of letters: in none of these is a list read.
_LETTERS = frozenset({".doc", ".docx", ".wps", ".pdf", ".ofd", ".jpg", ".jpeg", ".png"})
_HEADERS_SHOWN = 8
_ROLES = ("source", "roll", "exclusion")


@dataclass(frozen=True)
class _Unclaimed:
    """Sheets of one file with one header; `key` is the file, `file#sheet` for one of several."""

    key: str
    file: str
    sheets: tuple[Sheet, ...]
    people: int
    header: tuple[str, ...]


def file_questions(seen: Survey) -> list[Question]:
    """Return a question for the unclaimed files of each header, and one for those without people.

    A file whose list is settled, and of which only headers are asked, is left out.
    """
    waiting = {reading.sheet.file for reading in seen.readings if not reading.whole}
    alike: dict[tuple[str, ...], list[_Unclaimed]] = {}
    nobody: list[Item] = []
    questions: list[Question] = []
    for file, why in seen.unclaimed.items():
        parts = _parts(seen, file)
        doubted = _doubt_of(seen, file)
        if doubted is not None:
            questions += _of_doubted(seen, parts, *doubted)
        elif not any(part.people for part in parts):
            nobody.append(Item(file, file, proposed=IGNORE))
        elif file not in waiting and not any(settled(p.sheets[0], seen.rules.lists) for p in parts):
            for part in parts:
                if part.people:
                    alike.setdefault((*part.header, why), []).append(part)
    questions += [_of_files(seen, parts) for parts in alike.values()]
    for file, why in seen.refused.items():
        item = Item(file, file, proposed=IGNORE)
        if PurePosixPath(file).suffix.lower() in _TABLES:
            questions.append(_of_no_list(seen, [Item(file, file)], why.removeprefix(f"{file}：")))
        else:
            nobody.append(item)
    if nobody:
        questions.append(_of_no_list(seen, nobody, ""))
    return questions


def _doubt_of(seen: Survey, file: str) -> tuple[str, str] | None:
    """The word that leaves in doubt whether a file's people are of its list, and the list."""
    wording, lists = seen.rules.holding.wording, seen.rules.lists
    why = re.sub("^工作表“[^”]*”", "", seen.unclaimed[file])
    doubt = doubted_by(why, (wording.doubted, wording.not_yet))
    names = [name for name, rule in lists.items() if doubt and rule.title == doubt[1]]
    return (doubt[0], names[0]) if doubt and names else None


def _of_doubted(
    seen: Survey, parts: Sequence[_Unclaimed], word: str, name: str
) -> Iterator[Question]:
    """The question whether the people of a doubted file are of its list; first: not read.

    None of a workbook of several sheets: an answer would be one for all of them.
    """
    if len(parts) == 1 and len(parts[0].sheets) == 1:
        (part,) = parts
        title = seen.rules.lists[name].title
        yield Question(
            key=f"file:{part.key}",
            kind="file",
            text=f"有“{word}”字样，上面的人现在都在“{title}”里吗？",
            people=part.people,
            rows=part.people,
            items=(Item(part.key, part.key, part.people),),
            options=(
                Option(IGNORE, "不都在，不读取"),
                Option(name, "都在，以后这样的名称都算"),
            ),
            about={"patterns": {part.key: _pattern(seen, part, parts)}},
        )


def _parts(seen: Survey, file: str) -> list[_Unclaimed]:
    """The sheets of a file, those of one header together."""
    by_header: dict[tuple[str, ...], list[Sheet]] = {}
    for sheet in seen.files[file]:
        if not sheet.cells.is_empty():
            by_header.setdefault(_header(seen, sheet), []).append(sheet)
    parts = []
    peopled = {
        header
        for header, some in by_header.items()
        if any(people_in(each, seen.rules) for each in some)
    }
    for header, sheets in by_header.items():
        people = sum(people_in(sheet, seen.rules) for sheet in sheets)
        whole = len(peopled) < 2 or header not in peopled
        parts.append(
            _Unclaimed(file if whole else _key(sheets[0]), file, tuple(sheets), people, header)
        )
    return parts


def _key(sheet: Sheet) -> str:
    return f"{sheet.file}#{sheet.name}"


def _header(seen: Survey, sheet: Sheet) -> tuple[str, ...]:
    fits = seen.fits(sheet).values()
    best = max(fits, key=lambda fit: (fit.found, -fit.start), default=None)
    if best is not None:
        return tuple(column.header for column in best.columns)
    row = sheet.cells.row(header_row(sheet, seen.rules.reading.header_depth))[1:]
    return () if has_number(row) else tuple(cell for cell in row if cell is not None)


def _of_files(seen: Survey, parts: Sequence[_Unclaimed]) -> Question:
    first = parts[0]
    lists = seen.rules.lists
    known = Known.of((), seen.rules)  # what was taken for a header may be a row of people
    header = "、".join(known.shown(" ".join(t.split())) for t in first.header[:_HEADERS_SHOWN])
    items = tuple(
        Item(part.key, part.key, part.people, (header,) if at == 0 and header else ())
        for at, part in enumerate(parts)
    )
    options = [Option(name, lists[name].title) for name in _ranked(seen, first)]
    people = sum(part.people for part in parts)
    return Question(
        key=f"file:{first.key}",
        kind="file",
        text="是哪份名单？",
        people=people,
        rows=people,
        items=items,
        options=(*options, Option(NEW, "一份新的名单"), Option(IGNORE, "不是名单，不读取")),
        note=re.split("[（。]", seen.unclaimed[first.file])[0],
        about={"patterns": {part.key: _pattern(seen, part, parts) for part in parts}},
    )


def _of_no_list(seen: Survey, items: Sequence[Item], why: str) -> Question:
    """The question of files in which nobody was found, or that cannot be read."""
    alike = [item.key for item in items]
    return Question(
        key=f"file:{items[0].key}",
        kind="file",
        text="不是名单，不读取？" if not why else "读不出来，不是名单就不读取？",
        people=0,
        rows=0,
        items=tuple(items),
        options=(Option(IGNORE, "不是名单，不读取"),),
        note=why,
        about={"patterns": {item.key: _of_name(seen, item.key, alike) for item in items}},
    )


def _ranked(seen: Survey, part: _Unclaimed) -> list[str]:
    """All lists, the likeliest first: by words in the names, by the columns that are there."""
    lists, fits = seen.rules.lists, seen.fits(part.sheets[0])
    told = seen.told(part.sheets[0])
    text = plain(part.key)

    def rank(name: str) -> tuple[float, ...]:
        fit = fits.get(name)
        word = len(longest_word(lists[name].claim.words, text))
        missing = len(fit.missing) if fit else 9
        return -word, name not in told, missing, -_like_what_it_needs(seen, part.sheets[0], name)

    # of equal ones a source list: taken for a roll or an exclusion it would hide its people
    return sorted(lists, key=lambda name: (rank(name), _ROLES.index(lists[name].role), name))


def _like_what_it_needs(seen: Survey, sheet: Sheet, name: str) -> float:
    """How well the best column of a sheet would be what a list needs, on the average."""
    rule = seen.rules.lists[name]
    reading = Reading(name, sheet, seen.fit_as(sheet, name), False)
    columns = [(c.header, seen.kinds(reading, c.place)) for c in reading.fit.columns]
    best = [
        max((kinds.share(f, spec) + likeness(h, spec.headers) for h, kinds in columns), default=0)
        for f, spec in ((field, rule.fields[field]) for field in required_of(rule))
    ]
    return sum(best) / len(best) if best else 0.0


def _pattern(seen: Survey, part: _Unclaimed, alike: Iterable[_Unclaimed]) -> str:
    pattern = _of_name(seen, part.file, [other.file for other in alike])
    if part.key == part.file:
        return pattern
    name = part.sheets[0].name.replace("[", "[[]")
    wide, own = re.sub("[0-9]+", "*", name), {sheet.name for sheet in part.sheets}
    others = {sheet.name for sheet in seen.files.get(part.file, ())} - own
    return f"{pattern}#{name if any(fnmatch(each, wide) for each in others) else wide}"


def _of_name(seen: Survey, file: str, alike: Sequence[str]) -> str:
    """A pattern for the file of every month; its very name where that would take in others."""
    others = [each for each in (*seen.files, *seen.refused) if each not in alike]
    for pattern in (_of_letters(seen, file), pattern_of(file)):
        if pattern and not any(matches(other, [pattern]) for other in others):
            return pattern
    return PurePosixPath(file).name


def _of_letters(seen: Survey, file: str) -> str | None:
    """A pattern for letters of its kind (通知) in a format that no list has; None for another file.

    A letter is called otherwise every month; what may be a list is never passed over by a word.
    """
    path = PurePosixPath(file)
    words = [w for w in seen.rules.reading.letter_words if path.stem.endswith(w)]
    if not words or path.suffix.lower() not in _LETTERS:
        return None
    return f"*{max(words, key=len)}{path.suffix}"
