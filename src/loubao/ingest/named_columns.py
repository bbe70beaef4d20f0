"""What `--columns` means: `姓名=given_name+surname,id_number=soc_sec_id,left.birth_date=dob`.

A field is called as in fields.yaml, or by its label there. Headers joined by "+" are put together
with a space. `left.` and `right.` name a field of one table only; without, of both. Nothing behind
"=" means that the field is not to be used.
"""

from __future__ import annotations

from collections.abc import Mapping

from loubao.core.faults import Usage

SIDES = ("left", "right")
#: Headers shown of a table that has many.
_MOST_SHOWN = 40


def named_columns(
    text: str | None, labels: Mapping[str, str]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return side → field → headers; raises `Usage` saying which fields there are.

    `labels`: every field that can be named → its label.

    >>> named_columns("name=a+b,right.证号=c", {"name": "姓名", "id_number": "证号"})["right"]
    {'name': ('a', 'b'), 'id_number': ('c',)}
    """
    by_side: dict[str, dict[str, tuple[str, ...]]] = {side: {} for side in SIDES}
    fields = {label: field for field, label in labels.items()} | {field: field for field in labels}
    for item in filter(None, (part.strip() for part in (text or "").split(","))):
        key, equals, headers = item.partition("=")
        side, dot, name = key.strip().partition(".")
        sides = [side] if dot and side in SIDES else list(SIDES)
        name = name.strip() if len(sides) == 1 else key.strip()
        if not equals:
            raise Usage(f"--columns 的“{item}”少了“=”，写法如 name=姓名列,id_number=证号列")
        if name not in fields:
            known = "、".join(f"{field}（{label}）" for field, label in labels.items())
            raise Usage(f"--columns 没有字段“{name}”，可用：{known}")
        texts = tuple(part.strip() for part in headers.split("+") if part.strip())
        for each in sides:
            by_side[each].setdefault(fields[name], texts)
            if len(sides) == 1:
                by_side[each][fields[name]] = texts
    return by_side


def header_missing(file: str, header: str, seen: tuple[str, ...]) -> Usage:
    """Return the fault of a header named that the table does not have."""
    return Usage(
        f"--columns：{file} 没有列“{header}”，有：{listed(seen)}。"
        "只有一张表才有的列，请写 left. 或 right. 加字段名"
    )


def listed(headers: tuple[str, ...]) -> str:
    """The headers of a table, not more than a screen of them."""
    more = f" 等 {len(headers)} 列" if len(headers) > _MOST_SHOWN else ""
    return "、".join(headers[:_MOST_SHOWN]) + more
