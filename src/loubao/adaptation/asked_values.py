"""What does this word of a column mean? And of a new list: which of its rows count?"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from loubao.adaptation.asked_headers import deciding
from loubao.adaptation.questions import LEAVE, Item, Option, Question
from loubao.adaptation.survey import Survey
from loubao.ingest.raw_cells import blank_as_null
from loubao.ingest.sheets.vocabulary import plain
from loubao.ingest.shown_cells import Known, names_of
from loubao.rules.lists import FieldRule, ListRule
from loubao.rules.yaml_file import parse

#: Words of one column that are asked in one run; those in more rows come first.
_MOST = 8
#: Keys of a yes or no.
YES, NO = "yes:", "no:"
#: How a list begins that was made here: only of these the conditions are asked.
OWN = "local_"
#: The fields of nearly every list: of these no list says who counts.
OF_A_PERSON = (
    *("name", "id_number", "sex", "birth_date", "town", "village", "village_group", "address"),
    *("phone", "head_name", "head_id", "household_no", "relation"),
)


def value_questions(seen: Survey) -> list[Question]:
    """Return a question for each column of choices with words that none of its values spells."""
    questions = []
    for rule, name, spec in _choices(seen):
        counted = _unknown(seen, rule, name, spec)
        items = tuple(Item(text, text, count) for text, count in counted[:_MOST])
        if items:
            rows = sum(item.rows for item in items)
            questions.append(_question(seen, rule, name, items, rows))
    return questions


def _choices(seen: Survey) -> Iterator[tuple[ListRule, str, FieldRule]]:
    for rule in seen.rules.lists.values():
        for name, spec in rule.fields.items():
            if spec.type in {"choice", "flag"} and not spec.open:
                yield rule, name, spec


def _unknown(seen: Survey, rule: ListRule, name: str, spec: FieldRule) -> list[tuple[str, int]]:
    """The words of a column that are none of its values, the commonest first."""
    raw = f"{name}_raw"
    if seen.records is None or raw not in seen.records.columns:
        return []
    words = {*spec.values, *sum(spec.values.values(), ()), *spec.yes, *spec.no}
    marks = tuple(mark for mark in seen.rules.reading.placeholders if mark not in words)
    texts = (
        seen.records.filter((pl.col("list") == rule.name) & pl.col(name).is_null())
        .select(text=blank_as_null(pl.col(raw), marks))
        .drop_nulls()
    )
    left = set(seen.asked.values.get(f"{rule.name}.{name}", ()))
    known = Known.of(names_of(seen.records), seen.rules)
    counted = texts.group_by("text").len().sort(["len", "text"], descending=[True, False])
    return [
        (text, count)
        for text, count in counted.iter_rows()
        if text not in left and not known.names_somebody(text, count)
    ]


def _question(
    seen: Survey, rule: ListRule, name: str, items: tuple[Item, ...], rows: int
) -> Question:
    spec = rule.fields[name]
    if spec.type == "flag":
        options = [Option(YES, "是"), Option(NO, "否")]
    else:
        options = [Option(value, value) for value in spec.values]
    return Question(
        key=f"value:{rule.name}.{name}",
        kind="value",
        text=f"“{spec.label}”里的这些写法是什么意思？",
        people=rows if name in deciding(rule, seen) else 0,
        rows=rows,
        items=items,
        options=(*options, Option(LEAVE, "都不是：不认，照不清楚处理")),
        note=rule.title,
        about={"list": rule.name, "field": name},
        offered=10,
    )


def condition_questions(seen: Survey) -> list[Question]:
    """Return a question for each list made here whose conditions were not asked yet.

    Its options are the columns of the list's largest sheet, of which a condition may be.
    """
    questions = []
    for name, rule in sorted(seen.rules.lists.items()):
        readings = [reading for reading in seen.readings if reading.list_name == name]
        path = seen.rules.folder / "lists" / f"{name}.yaml"
        if not name.startswith(OWN) or not readings or parse(path).at(("conditions",)) is not None:
            continue
        reading = max(readings, key=lambda each: each.rows)
        serial = (*seen.rules.reading.household_numbers, *seen.rules.holding.sums.serial)
        passed = {*map(plain, rule.ignore), *map(plain, serial)}
        asked = [
            c
            for c in reading.fit.columns
            if c.field not in OF_A_PERSON and plain(c.header) not in passed
        ]
        columns = {c.header: c.field for c in asked}
        people = sum(each.rows for each in readings)
        questions.append(
            Question(
                key=f"conditions:{name}",
                kind="conditions",
                text="每一行都算，还是只算其中一些？",
                people=people,
                rows=people,
                items=(Item(name, rule.title, people),),
                options=(Option("all", "每一行都算"), *(Option(h, f"看“{h}”") for h in columns)),
                about={
                    "list": name,
                    "columns": columns,
                    "types": {
                        column.header: seen.kinds(reading, column.place).type() for column in asked
                    },
                },
                offered=99,
            )
        )
    return questions
