"""Lay rows out on sheets: titles, headers of one or two rows, totals, footers, blank rows."""

from __future__ import annotations

from random import Random

from invented import fields
from invented.fields import Office
from invented.layouts import COLUMNS, MEMBER_PAIRS, Column
from invented.lists import Entry
from invented.model import Cell, Named, Row, Sheet

_BLOCK = ("基本信息", "人员基本信息", "对象信息")


def headers(rng: Random, kind: str) -> list[tuple[str, str]]:
    """The columns one file has, as (key, header)."""
    chosen: list[Column] = [c for c in COLUMNS[kind] if rng.random() < c.keep]
    return [(c.key, rng.choice(c.headers)) for c in chosen]


def _dressed(rng: Random, header: str, dress: int) -> str:
    """A header as typed: spread, broken over two lines, or with stray space."""
    if dress % 5 == 1 and len(header) == 2:
        return f"{header[0]}  {header[1]}"
    if dress % 5 == 2 and len(header) > 4 and "（" not in header and "(" not in header:
        return header[:3] + "\n" + header[3:]
    if dress % 5 == 3 and rng.random() < 0.3:
        return header + " "
    return header


def _header_rows(
    rng: Random, sheet: Sheet, columns: list[tuple[str, str]], two_rows: bool, dress: int
) -> list[Row]:
    texts: list[Cell] = [_dressed(rng, h, dress) for _, h in columns]
    keys = [k for k, _ in columns]
    if not two_rows or "name" not in keys:
        return [Row("header", texts)]
    first = keys.index("name")
    last = min(len(keys) - 1, first + rng.choice([1, 2]))
    upper, lower = list(texts), [None] * len(texts)
    top = len(sheet.rows)
    bottom: list[Cell] = list(lower)
    for k in range(len(keys)):
        if first <= k <= last:
            bottom[k] = texts[k]
            upper[k] = rng.choice(_BLOCK) if k == first else None
        else:
            sheet.merges.append((top, k, top + 1, k))
    sheet.merges.append((top, first, top, last))
    return [Row("header", upper), Row("header", bottom)]


def _title_rows(rng: Random, sheet: Sheet, title: str, width: int, count: int) -> None:
    texts = [title, "填报单位：民生保障局        2022年6月", "（内部资料  注意保密）"]
    for text in texts[:count]:
        sheet.merges.append((len(sheet.rows), 0, len(sheet.rows), max(1, width - 1)))
        sheet.rows.append(Row("title", [text] + [None] * (width - 1)))


def _total(label: str, columns: list[tuple[str, str]], block: list[Row]) -> Row:
    cells: list[Cell] = [None] * len(columns)
    cells[0] = label
    for k, (key, _) in enumerate(columns):
        if key in ("paid", "amount", "spent") and k > 0:
            sums = [r.cells[k] for r in block]
            cells[k] = round(sum(v for v in sums if isinstance(v, int | float)), 2) or None
    if len(columns) > 1 and cells[1] is None:
        cells[1] = f"{len(block)}人"
    return Row("total", cells)


def person_rows(
    office: Office, kind: str, columns: list[tuple[str, str]], entries: list[Entry]
) -> list[Row]:
    """One row a person."""
    rows = []
    for k, entry in enumerate(entries):
        neighbour = entries[k - 1] if k else entries[-1]
        row, named = fields.cells(office, kind, k + 1, entry, neighbour)
        hidden = office.rng.random() < 0.002
        rows.append(Row("person", [row.get(key) for key, _ in columns], [named], hidden))
    return rows


def household_rows(
    office: Office, columns: list[tuple[str, str]], entries: list[Entry]
) -> list[Row]:
    """One row a household: the head, then members in pairs of columns."""
    homes: dict[int, list[Entry]] = {}
    for entry in entries:
        homes.setdefault(entry.group, []).append(entry)
    widest = max(len(h) for h in homes.values()) + office.rng.choice([0, 2])
    for k in range(1, widest):
        columns += [(f"member{k}", h.format(k)) for h in MEMBER_PAIRS]
    rows = []
    for k, members in enumerate(homes.values()):
        head, *rest = members
        row, named = fields.cells(office, "tekun", k + 1, head, entries[-1 - k])
        row |= {"head": row["name"], "head_id": row["id"], "size": len(members)}
        cells: list[Cell] = [row.get(key) for key, _ in columns if not key.startswith("member")]
        people: list[Named] = [named]
        for n, entry in enumerate(rest):
            name, number, faults = fields.identity(office, entry, head)
            cells += [name, number]
            people.append(Named(entry.person, n + 1, faults))
        cells += [None] * (len(columns) - len(cells))
        rows.append(Row("person", cells, people))
    return rows


def laid_out(
    rng: Random, name: str, title: str, columns: list[tuple[str, str]], body: list[Row], style: int
) -> Sheet:
    """A sheet of `body` with what surrounds it; `style` is the file's habit."""
    sheet = Sheet(name, [])
    width = len(columns)
    _title_rows(rng, sheet, title, width, rng.choice([0, 1, 1, 2, 3]))
    if sheet.rows and rng.random() < 0.2:
        sheet.rows.append(Row("blank", [None] * width))
    sheet.rows += _header_rows(rng, sheet, columns, style % 4 == 1, style // 4)
    repeated = style % 7 == 3 and style % 4 != 1
    block: list[Row] = []
    every = rng.randrange(120, 400)
    for k, row in enumerate(body):
        if k and k % every == 0:
            if style % 3 == 0:
                sheet.rows.append(_total("小计", columns, block))
            if repeated:
                sheet.rows.append(Row("header", [h for _, h in columns]))
            elif rng.random() < 0.5:
                sheet.rows.append(Row("blank", [None] * width))
            block = []
        sheet.rows.append(row)
        block.append(row)
    if style % 2 == 0 or style % 3 == 0:
        sheet.rows.append(_total(rng.choice(["合计", "总计", "合  计"]), columns, body))
    if rng.random() < 0.6:
        if rng.random() < 0.5:
            sheet.rows.append(Row("blank", [None] * width))
        text = rng.choice(["制表人：某某        制表时间：2022年6月20日",
                           "审核人：        制表人：某某",
                           "制表人：某某  联系电话：10000000000  制表时间：2022.6.21"])  # fmt: skip
        sheet.rows.append(Row("footer", [text] + [None] * (width - 1)))
    return sheet
