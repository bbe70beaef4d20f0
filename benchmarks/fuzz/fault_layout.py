"""Faults of layout: what stands above, below, between and beside the rows of a list."""

from __future__ import annotations

from typing import Any

from exports import COVERED_BY, Fault, Month, cells
from faults import ANY, ROLLS, SOURCES, done, end_cover, fault, people_in, some, table_of
from tables import Row, Table
from words import WORDS


def everyone(month: Month, name: str, **more: Any) -> Fault:
    """A fault of a whole list: any of its people may come out otherwise, if an issue says so."""
    return done(month, name, [], told=people_in(month, month.rows(name)), **more)


@fault(*ANY)
def title_of_another_month(month: Month, name: str) -> Fault:
    """Titles above the header, with another month, notes, the unit."""
    table = table_of(month, name)
    title = table_of(month, name).kind
    label = WORDS["titles"].get(title, "名单")
    when = month.rng.choice(WORDS["title_months"])
    unit: list[Any] = ["填报单位：XX镇（盖章）", None, "填表时间：2022年6月3日"]
    below: list[list[list[Any]]] = [[], [unit], [[]], [["附件2"], []]]
    table.above = [[f"{when}{label}"], *month.rng.choice(below)]
    return everyone(month, name, refuse="2022年6月" not in when, detail=str(table.above))


@fault(*ANY)
def footer_below(month: Month, name: str) -> Fault:
    """Totals with remarks, signatures, explanations below."""
    table = table_of(month, name)
    lines = WORDS["footers"]
    table.below = [[], *month.rng.sample(lines, month.rng.randint(1, 4))]
    return everyone(month, name, detail=str(table.below))


@fault(*ANY)
def subtotals_between(month: Month, name: str) -> Fault:
    """The rows sorted by village, with a subtotal or the village's name after or before each."""
    table = table_of(month, name)
    rows = sorted(month.rows(name), key=lambda row: str(row.cells["village"]))
    made: list[Row] = []
    style = month.rng.randrange(4)
    for place, row in enumerate(rows):
        first = place == 0 or rows[place - 1].cells["village"] != row.cells["village"]
        if first and place and style in (0, 3):
            made.append(
                Row(
                    raw=[
                        month.rng.choice(["小计", "小 计", "合计：", "本村小计"]),
                        None,
                        None,
                        f"{place}人",
                    ]
                )
            )
        if first and style in (1, 2):
            made.append(
                Row(
                    raw=[row.cells["village"]]
                    if style == 1
                    else [None, f"{row.cells['village']}（共{place + 3}人）"]
                )
            )
        made.append(row)
    table.rows = made
    return everyone(month, name, detail=f"style {style}")


@fault(*ANY)
def header_again(month: Month, name: str) -> Fault:
    """The header is printed again on each page, the title with it or not."""
    table = table_of(month, name)
    head = [text for _, text in table.columns]
    lines = [Row(raw=list(head))]
    if month.rng.random() < 0.4:
        lines.insert(0, Row(raw=["续表"]))
    for place in (len(table.rows) * 2 // 3, len(table.rows) // 3):
        table.rows[place:place] = [Row(raw=list(line.raw or [])) for line in lines]
    return everyone(month, name)


@fault(*ANY)
def stacked_with_other_columns(month: Month, name: str) -> Fault:
    """A second table below the first, with its own header whose columns stand in another order."""
    table = table_of(month, name)
    half = len(table.rows) // 2
    order = list(table.columns)
    month.rng.shuffle(order)
    below = [
        Row(raw=[row.cells.get(key) for key, _ in order], people=row.people)
        for row in table.rows[half:]
    ]
    gap = [Row(raw=[])] * month.rng.randint(0, 2)
    table.rows = [*table.rows[:half], *gap, Row(raw=[text for _, text in order]), *below]
    people = [person for row in below for person in people_in(month, [row])]
    return done(
        month, name, [], told=people, refuse=True, detail=" ".join(text for _, text in order)
    )


@fault(*ANY)
def stacked_without_header(month: Month, name: str) -> Fault:
    """Two columns change places in the middle of the list, without a word."""
    table = table_of(month, name)
    half = len(table.rows) // 2
    for row in table.rows[half:]:
        row.cells["town"], row.cells["village"] = row.cells["village"], row.cells["town"]
    return everyone(month, name, refuse=True)


@fault(*ANY)
def side_by_side(month: Month, name: str) -> Fault:
    """Two tables beside each other on one sheet, with or without an empty column between."""
    table = table_of(month, name)
    half = (len(table.rows) + 1) // 2
    gap: list[Any] = [None] * month.rng.randint(0, 1)
    head = [text for _, text in table.columns]
    rows = []
    for place in range(half):
        pair = table.rows[place : place + half + 1 : half][:2]
        raw: list[Any] = []
        for row in pair:
            raw += (gap if raw else []) + [row.cells.get(key) for key, _ in table.columns]
        rows.append(Row(raw=raw, people=tuple(key for row in pair for key in row.people)))
    told = people_in(month, table.rows)
    table.rows, table.header = rows, [[*head, *gap, *head]]
    return done(month, name, [], told=told, refuse=True)


@fault(*ANY)
def note_between(month: Month, name: str) -> Fault:
    """A line between the rows that is nobody."""
    table = table_of(month, name)
    lines = WORDS["notes_between"]
    line = month.rng.choice(lines)
    table.rows.insert(
        month.rng.randrange(2, len(table.rows)), Row(raw=[None] * month.rng.randint(0, 2) + [line])
    )
    return everyone(month, name, refuse=name in (*ROLLS, "death"), detail=line)


@fault(*ANY)
def example_row(month: Month, name: str) -> Fault:
    """The first row is the example of the form; the people below are as ever."""
    table = table_of(month, name)
    person = month.crowd.draw()
    row = Row(cells(person, name, month.rng, True))
    name_cell = month.rng.choice(
        ["例：张三", "示例：李四", "张三（示例）", "样例", "例", "填写示例"]
    )
    row.cells |= {"name": name_cell}
    if month.rng.random() < 0.5:
        row.cells["id_number"] = month.rng.choice(
            ["350521199001011234", "XXXXXXXXXXXXXXXXXX", "18位身份证号"]
        )
    table.rows.insert(0, row)
    told = people_in(month, table.rows)
    return done(month, name, [], told=told, detail=f"{row.cells['name']} {row.cells['id_number']}")


@fault(*ANY)
def hidden_rows(month: Month, name: str) -> Fault:
    """Some rows are hidden, as a filter leaves them (xlsx, xls)."""
    month.books[name].format = month.rng.choice(["xlsx", "xls"])
    for row in some(month, month.rows(name)):
        row.hidden = True
    table_of(month, name).filtered = True
    return everyone(month, name)


@fault(*ANY)
def hidden_columns(month: Month, name: str) -> Fault:
    """A column is hidden: the number, or the village."""
    month.books[name].format = month.rng.choice(["xlsx", "xls"])
    table = table_of(month, name)
    table.hidden_columns = [table.column(month.rng.choice(["id_number", "village"]))]
    return everyone(month, name)


@fault(*ANY)
def table_further_right(month: Month, name: str) -> Fault:
    """The table begins in column B or C, with empty columns between."""
    table = table_of(month, name)
    table.left = month.rng.randint(1, 3)
    for _ in range(month.rng.randint(0, 2)):
        table.columns.insert(month.rng.randint(1, len(table.columns)), ("empty", ""))
    return everyone(month, name)


HEADERS = WORDS["headers"]


@fault(*ANY)
def headers_otherwise(month: Month, name: str) -> Fault:
    """Headers in other words, some that no rule can know: read right, told or refused."""
    table = table_of(month, name)
    keys = [key for key, _ in table.columns if key in HEADERS]
    for key in month.rng.sample(keys, month.rng.randint(1, 2)):
        table.columns[table.column(key)] = (key, month.rng.choice(HEADERS[key]))
    return everyone(month, name, refuse=True, detail=" ".join(text for _, text in table.columns))


@fault(*ANY)
def header_missing(month: Month, name: str) -> Fault:
    """One column has no header."""
    table = table_of(month, name)
    place = month.rng.randrange(len(table.columns))
    key, text = table.columns[place]
    table.columns[place] = (key, "")
    return everyone(month, name, refuse=True, detail=text)


@fault(*ANY)
def header_two_lines(month: Month, name: str) -> Fault:
    """A header of two lines, the upper one merged over groups (or left unmerged)."""
    table = table_of(month, name)
    place = table.column("town")
    heads = [text for _, text in table.columns]
    upper: list[Any] = [*heads[:place], "户籍所在地", None, *heads[place + 2 :]]
    lower: list[Any] = [None] * place + heads[place : place + 2] + [None] * (len(heads) - place - 2)
    table.header = [upper, lower]
    if month.books[name].format == "xlsx" and month.rng.random() < 0.7:
        top = len(table.above)
        table.merges.append((top, place, top, place + 1))
    return everyone(month, name, refuse=True)


@fault("dibao", "tekun", "monitored")
def family_blocks(month: Month, name: str) -> Fault:
    """A household in several rows; its village stands in the first row only, merged or not."""
    table = table_of(month, name)
    rows = month.rows(name)
    start = len(table.above) + 1
    for place in range(0, len(rows) - 2, 3):
        block = rows[place : place + 3]
        for row in block[1:]:
            row.cells["town"], row.cells["village"] = None, None
        if month.books[name].format == "xlsx":
            head = month.crowd.people[block[0].people[0]]
            for one in (each for row in block[1:] for each in row.people):
                person = month.crowd.people[one]  # the merged cell says where they live
                person.town, person.village = head.town, head.village
            for key in ("town", "village"):
                left = table.column(key)
                table.merges.append((start + place, left, start + place + len(block) - 1, left))
    return everyone(month, name)


@fault(*ROLLS)
def old_tab(month: Month, name: str) -> Fault:
    """A tab of an earlier month, whose people are no longer on the roll of this one."""
    return gone_to_a_tab(month, name, WORDS["old_tabs"])


@fault(*ROLLS)
def tab_of_the_ended(month: Month, name: str) -> Fault:
    """A tab of those whose cover ended, hidden or not."""
    return gone_to_a_tab(month, name, WORDS["ended_tabs"])


def gone_to_a_tab(month: Month, name: str, words: list[str]) -> Fault:
    """Some people of a roll on another tab only: not covered."""
    from faults import covered_rows

    book = month.books[name]
    book.format = "xlsx" if book.format in ("csv", "html") else book.format
    table = book.tables[0]
    rows = some(month, covered_rows(month, name), 5)
    others = [row for row in table.rows if row not in rows]
    stay = others if month.rng.random() < 0.5 else []
    table.rows = others
    end_cover(month, name, rows)
    copies = [Row(dict(row.cells), row.people) for row in stay]
    tab = Table(
        name,
        list(table.columns),
        [*rows, *copies],
        sheet=month.rng.choice(words),
        hidden=month.rng.random() < 0.4,
    )
    table.sheet = month.rng.choice(["6月", "2022年6月", "Sheet1", "名册", "在册", "202206", "本月"])
    book.tables = [table, tab] if month.rng.random() < 0.7 else [tab, table]
    said = f"{tab.sheet} hidden={tab.hidden} beside {table.sheet} copies={bool(stay)}"
    return done(month, name, rows, told=people_in(month, others), refuse=True, detail=said)


@fault(*SOURCES)
def half_on_a_second_tab(month: Month, name: str) -> Fault:
    """The second half of a list stands on a second tab, hidden or not, perhaps without header."""
    book = month.books[name]
    book.format = "xlsx" if book.format in ("csv", "html") else book.format
    table = book.tables[0]
    half = len(table.rows) // 2
    word = month.rng.choice(WORDS["source_tabs"])
    tab = Table(
        name, list(table.columns), table.rows[half:], sheet=word, hidden=month.rng.random() < 0.5
    )
    if month.rng.random() < 0.3:
        tab.header = []
    told = people_in(month, tab.rows)
    table.rows = table.rows[:half]
    book.tables.append(tab)
    return done(
        month,
        name,
        [],
        told=told,
        refuse=True,
        detail=f"{word} hidden={tab.hidden} header={tab.header is None}",
    )


@fault("disability", "monitored")
def category_as_ticks(month: Month, name: str) -> Fault:
    """A column for each category, with a tick in one of them."""
    table = table_of(month, name)
    key = "household_category" if name == "monitored" else "level"
    values = (
        ["脱贫不稳定户", "边缘易致贫户", "脱贫户"]
        if name == "monitored"
        else ["一级", "二级", "三级", "四级"]
    )
    place = table.column(key)
    table.columns[place : place + 1] = [(value, value) for value in values]
    for row in month.rows(name):
        row.cells[str(row.cells[key])] = "√"
    assert name in COVERED_BY
    return everyone(month, name, refuse=True)
