"""Two lines of a text file that have become one: a line end was lost, by hand or on the way.

The last field of the first and the first one of the second are one field then. It is cut where the
parts are like what other records have there.
"""

from __future__ import annotations

from collections.abc import Sequence

from loubao.workbook.grid import Note

_FEWEST = 4  # records by which it is known what a column is like
_FILLED = 0.6  # of the fields of two lines


def parted_lines(
    records: Sequence[list[str]], header: int | None
) -> tuple[list[list[str]], list[Note]]:
    """Return the records, joined ones parted, and a note (ROW_JOINED) for each of those.

    The second half comes last, behind all others, so that every record keeps its number. `header`
    is the place of the header. What cannot be cut beyond doubt stays as it is.

    >>> rows = [["姓名", "号", "类"], *(["张三", "17", each] for each in "甲乙丙丁")]
    >>> found, notes = parted_lines([*rows, ["李四", "18", "甲王五", "19", "乙"]], 0)
    >>> found[5:], [(note.row, note.code) for note in notes]
    ([['李四', '18', '甲'], ['王五', '19', '乙']], [(6, 'ROW_JOINED')])
    """
    found = [*records]
    notes: list[Note] = []
    if header is None:
        return found, notes
    width = len(records[header])
    long = [i for i in range(header + 1, len(records)) if len(records[i]) == 2 * width - 1]
    if not long:
        return found, notes
    others = [record for record in records[header + 1 :] if len(record) == width and any(record)]
    if len(others) < _FEWEST:
        return found, notes
    columns = [{each for each in column if each} for column in zip(*others, strict=True)]
    blank = any(not record[-1] for record in others)
    for place in long:
        halves = _halves(records[place], width, columns, blank=blank)
        if halves is not None:
            found[place] = halves[0]
            found.append(halves[1])
            notes.append(Note(place + 1, None, "ROW_JOINED", {"row": len(found)}))
    return found, notes


def _halves(
    record: list[str], width: int, columns: Sequence[set[str]], *, blank: bool
) -> tuple[list[str], list[str]] | None:
    """The two records of one, where there is one way to part it; `blank`: the last may be empty."""
    if sum(map(bool, record)) < _FILLED * len(record):
        return None
    glued = record[width - 1]
    known = {end for end in range(1, len(glued)) if glued[:end] in columns[-1]}
    if blank:
        known.add(0)
    alike = {
        end
        for end in range(1, len(glued))
        if _kind(glued[:end]) != _kind(glued[end:]) and _is_like(glued[:end], columns[-1])
    }
    for ends in ({max(known)} if known else set(), known, alike):
        halves = [
            ([*record[: width - 1], glued[:end]], [glued[end:], *record[width:]]) for end in ends
        ]
        fitting = [each for each in halves if _fits(each[1], columns)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _fits(record: Sequence[str], columns: Sequence[set[str]]) -> bool:
    """Whether the first field of a record is like those of others, and the rest of their kinds."""
    if not record[0] or not _is_like(record[0], columns[0]):
        return False
    pairs = zip(record[1:], columns[1:], strict=True)
    return all(not field or _kind(field) in {_kind(o) for o in others} for field, others in pairs)


def _is_like(field: str, others: set[str]) -> bool:
    """Whether a field is one of others, or of the same kind and length.

    >>> _is_like("王五", {"张三", "欧阳修"}), _is_like("甲王五", {"甲", "乙"})
    (True, False)
    """
    return field in others or (_kind(field), len(field)) in {(_kind(o), len(o)) for o in others}


def _kind(field: str) -> str:
    """Digits, letters, or characters; of several kinds, all of them.

    >>> _kind("2021-02-09"), _kind("王五"), _kind("二级A")
    ('0', '字', 'a字')
    """
    kinds = {
        "0" if sign.isdigit() else "a" if sign.isascii() else "字"
        for sign in field
        if sign.isalnum()
    }
    return "".join(sorted(kinds))
