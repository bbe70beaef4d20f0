"""villages.csv changed as text: one more spelling in one line, every other line stays."""

from __future__ import annotations

import csv
import io

_TOWN_CODE, _TOWN_ALIASES, _CODE, _ALIASES = 0, 2, 3, 5


def with_alias(text: str, code: str, alias: str) -> str:
    r"""Return the table with another spelling of the village or town that has this code.

    A town's stands in the first line of the town. Raises `KeyError` for a code that is not there.

    >>> head = "town_code,town,town_aliases,code,village,aliases\n"
    >>> table = head + "350521104,洛阳镇,,350521104203,上浦村,上浦\r\n"
    >>> with_alias(table, "350521104203", "上铺村").splitlines()[1]
    '350521104,洛阳镇,,350521104203,上浦村,上浦|上铺村'
    >>> with_alias(table, "350521104", "洛阳").splitlines()[1]
    '350521104,洛阳镇,洛阳,350521104203,上浦村,上浦'
    """
    for key, column in ((_CODE, _ALIASES), (_TOWN_CODE, _TOWN_ALIASES)):
        lines = text.splitlines(keepends=True)
        for at, line in enumerate(lines[1:], start=1):
            row = next(csv.reader([line]), [])
            if len(row) > _ALIASES and row[key].strip() == code:
                names = [name for name in row[column].split("|") if name]
                if alias not in names:
                    row[column] = "|".join([*names, alias])
                    lines[at] = _written(row, line)
                return "".join(lines)
    raise KeyError(code)


def _written(row: list[str], before: str) -> str:
    ending = before[len(before.rstrip("\r\n")) :]
    stream = io.StringIO()
    csv.writer(stream, lineterminator=ending).writerow(row)
    return stream.getvalue()
