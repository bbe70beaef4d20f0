"""A filled-in workbook of `review --export` → the answers for each person, and what is odd in it.

Lines are found by the headers and their keys, never by place. What cannot be trusted as a whole
(another ledger, month or reader, keys or printed cells that were changed) is refused as a whole; an
odd answer is named, and the person's other answers wait with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loubao.core.faults import UntrustedInput
from loubao.core.frames import IssueRow, Sheet
from loubao.review.cards import Choice
from loubao.review.sheet_lines import Key, bare, key_of
from loubao.rules.wording import Wording

_KEY = "key"
_NAMED = 10  # rows that a refusal names


@dataclass(frozen=True, slots=True)
class Answered:
    """A line as it came back: where it stood, its key, its choice (None: blank), its remark."""

    file: str
    sheet: str
    row: int
    key: Key
    choice: Choice | None
    remark: str = ""

    def issue(self, column: str, code: str, detail: str) -> IssueRow:
        """Return an issue of a cell of this line."""
        return self.file, self.sheet, self.row, column, code, detail


@dataclass
class ReturnedBook:
    """What came back: case number → the lines of that person; `key`: of the first line."""

    key: Key
    people: dict[str, list[Answered]] = field(default_factory=dict)
    issues: list[IssueRow] = field(default_factory=list)


def returned_book(sheets: Iterable[Sheet], file: str, words: Wording) -> ReturnedBook:
    """Return what a workbook holds; `words` are `review.book` of sheets.yaml.

    Raises `UntrustedInput` where it is none, or where a key or a printed cell was changed.
    """
    lines: list[tuple[Sheet, int, Mapping[str, str]]] = []
    for sheet in sheets:
        lines += [(sheet, row, texts) for row, texts in _lines(sheet, words)]
    if not lines:
        raise UntrustedInput(words.no_book.format(file=file))
    keys = [_key(texts) for _, _, texts in lines]
    changed = [
        f"{sheet.name} {row}"
        for key, (sheet, row, _) in zip(keys, lines, strict=True)
        if key is None
    ]
    if changed:
        more = "…" if len(changed) > _NAMED else ""
        rows = "、".join(changed[:_NAMED]) + more
        raise UntrustedInput(words.changed_keys.format(file=file, count=len(changed), rows=rows))
    of_lines = [key for key in keys if key is not None]
    book = ReturnedBook(of_lines[0])
    for key, (sheet, row, texts) in zip(of_lines, lines, strict=True):
        if _about(key) != _about(book.key):
            raise UntrustedInput(words.other_origin.format(file=file, scope=key.scope))
        _take(book, Answered(sheet.file, sheet.name, row, key, None), texts, words)
    for answered in book.people.values():
        book.issues += _conflicts(answered, words)
    return book


def odd_cases(book: ReturnedBook) -> set[str]:
    """Return the people of whom something is odd: nothing of theirs is posted."""
    rows = {(file, sheet, row) for file, sheet, row, *_ in book.issues}
    return {
        case
        for case, lines in book.people.items()
        if any((each.file, each.sheet, each.row) in rows for each in lines)
    }


def _lines(sheet: Sheet, words: Wording) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the header: cells by the key of their column; rows without any are left out.

    A row whose answer was taken away stays, one that has only a number or nothing does not.
    """
    headers = {bare(column.header): column.key for column in words.columns} | {_KEY: _KEY}
    places: dict[int, str] = {}
    for row, *cells in sheet.cells.iter_rows():
        found = {
            place: headers[name]
            for place, cell in enumerate(cells)
            if (name := bare(cell or "")) in headers
        }
        if len({*found.values()} & {_KEY, "answer", "who"}) == 3:
            places = found
        elif places:
            texts = {key: str(cells[place]) for place, key in places.items() if cells[place]}
            if texts.keys() - {"number"}:
                yield row, texts


def _key(texts: Mapping[str, str]) -> Key | None:
    """The key of a line, None where it is not the one that was written with it."""
    key = key_of(texts.get(_KEY, ""))
    return key if key is not None and key.of_line(texts) == key else None


def _about(key: Key) -> tuple[Any, ...]:
    return key.scope, key.origin, key.reader, key.blind


def _take(book: ReturnedBook, line: Answered, texts: Mapping[str, str], words: Wording) -> None:
    """Put a line where it belongs; what is no choice is an issue."""
    headers = {column.key: column.header for column in words.columns}
    answer, remark = bare(texts.get("answer", "")), " ".join(texts.get("remark", "").split())
    choices: dict[str, Choice] = {bare(text): name for name, text in words.answers.items()}
    choice = choices.get(answer)
    if answer and choice is None:
        detail = words.not_choice.format(choices="、".join(words.answers.values()))
        book.issues.append(line.issue(headers["answer"], "ANSWER_NOT_CHOICE", detail))
    elif remark and choice is None:
        book.issues.append(line.issue(headers["answer"], "ANSWER_NEEDED", words.no_answer))
    answered = Answered(line.file, line.sheet, line.row, line.key, choice, remark)
    book.people.setdefault(line.key.case_no, []).append(answered)


def _conflicts(lines: Sequence[Answered], words: Wording) -> Iterator[IssueRow]:
    """Issues of the lines of one person that cannot both be meant."""
    said: dict[str, set[Choice]] = {}
    for each in lines:
        if each.choice is not None:
            said.setdefault(each.key.other, set()).add(each.choice)
    same = [other for other, choices in said.items() if "same" in choices]
    header = next(column.header for column in words.columns if column.key == "answer")
    detail = words.two.format(**words.answers)
    for each in lines:
        several = len(said.get(each.key.other, ())) > 1
        if each.choice is not None and (several or (len(same) > 1 and each.key.other in same)):
            yield each.issue(header, "ANSWERS_CONFLICT", detail)
