"""Which field is this header? A header seen in several files is one question.

A column that may be what a list lacks, by its cells and its header, is asked by itself. The others
of all lists, of which nobody's outcome hangs, are one question: to be passed over, but for those
that are picked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loubao.adaptation.column_kinds import Kinds, likeness
from loubao.adaptation.questions import IGNORE, NEW, Item, Option, Question
from loubao.adaptation.survey import Reading, Survey, is_open
from loubao.ingest.sheets.surroundings import PLACE_FIELDS
from loubao.ingest.sheets.vocabulary import numbered, plain, without_notes
from loubao.ingest.shown_cells import Sampled, samples
from loubao.rules.lists import FieldRule, ListRule, load_fields

#: How well a column must fit a field that its list lacks, to be asked by itself: what its cells
#: say and what its header says add up to 2 at the most. Less is enough where the list needs it.
_LIKE, _LIKE_NEEDED = 1.2, 0.6
#: How like a header of names a header is below which nothing but known words is shown.
_LIKE_NAMES = 0.6
MEMBER = "member."
_NEW_TYPES = {"text": "文字", "number": "数字", "date": "日期"}
_STATES = frozenset({"choice", "flag"})
_NEEDED_TOGETHER = frozenset({"name", "id_number", "birth_date", *PLACE_FIELDS})


@dataclass
class _Column:
    """A header that no rule knows, wherever it stands."""

    header: str
    #: the header as it may be shown, its key in answers: what looks like a name is starred
    shown: str
    readings: list[Reading] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    #: how many of a household's columns it stands for: 成员1姓名, 成员2姓名 …
    numbered: bool = False

    def rows(self) -> int:
        """How many cells below it are filled."""
        return sum(int(r.body[p].count()) for r, p in zip(self.readings, self.places, strict=True))

    @property
    def lists(self) -> list[str]:
        return sorted({reading.list_name for reading in self.readings})

    @property
    def files(self) -> list[str]:
        return sorted({reading.sheet.file for reading in self.readings})


@dataclass(frozen=True)
class _Guess:
    """The fields that a column may be, the likeliest first, and how likely that one is.

    `needed`: the list lacks it. `state`: the column may say whether a row counts, which the list
    has no other column for.
    """

    fields: tuple[str, ...]
    score: float
    needed: bool
    kinds: Kinds
    state: bool = False


def header_questions(seen: Survey) -> list[Question]:
    """Return a question for each header that may matter, and one for all the others."""
    dictionary = load_fields(seen.rules.folder / "fields.yaml")
    alone: list[Question] = []
    rest: list[tuple[_Column, _Guess]] = []
    for column in _columns(seen):
        guess = _guess(column, seen, dictionary)
        if guess.score >= (_LIKE_NEEDED if guess.needed else _LIKE):
            alone.append(_question(column, guess, seen, dictionary))
        else:
            rest.append((column, guess))
    return [*alone, *_of_rest(rest, seen, dictionary)]


def _columns(seen: Survey) -> list[_Column]:
    """The open columns of all sheets, by their headers without notes."""
    found: dict[str, _Column] = {}
    shown: set[str] = set()
    for reading in seen.readings:
        body, rule = reading.body, seen.rules.lists[reading.list_name]
        texts = {c.place: _short(c.header, seen) for c in reading.fit.columns}
        slots = [slot for text in texts.values() for slot, _ in numbered(text)]
        for column in reading.fit.columns:
            if not is_open(column, body):
                continue
            text = texts[column.place]
            many = [s for s, _ in numbered(text) if slots.count(s) > 1 and rule.household_rows]
            header = many[0] if many else text
            if header not in found:
                found[header] = _Column(header, _shown(header, int(column.place), seen, shown))
            here = found[header]
            here.readings.append(reading)
            here.places.append(column.place)
            here.numbered = bool(many)
    return list(found.values())


def _shown(header: str, place: int, seen: Survey, taken: set[str]) -> str:
    """The header as it may be shown, unlike all that are `taken`."""
    discretion = seen.rules.discretion
    shown = discretion.header(header, place)
    if shown != header:  # it looks like a person: enough is left to know the column by
        shown = f"{discretion.text(header)}（{shown.split('（')[0]}）"
    while shown in taken:
        shown += "·"
    taken.add(shown)
    return shown


def _short(header: str, seen: Survey) -> str:
    text = plain(header)
    return without_notes(text, seen.rules.reading.header_notes) or text


def deciding(rule: ListRule, seen: Survey) -> set[str]:
    """Return the fields of a list on which somebody's outcome hangs: what it needs, its
    conditions, what its cover asks, and who and where a person is.
    """
    screening = seen.rules.screening
    fields = {name for name, spec in rule.fields.items() if spec.required}
    fields |= {name for condition in rule.conditions for name in condition.fields}
    fields |= {rule.sum} if rule.sum else set()
    coverage = screening.coverage.get(rule.name)
    for part in coverage.partly_when if coverage else ():
        fields |= part.condition.fields
    for source in screening.coverage.values():
        for cover in (*source.covered_by, *source.partly_by):
            if cover.list == rule.name:
                fields |= {cover.field} if cover.field else set()
                fields |= cover.condition.fields if cover.condition else frozenset()
    exclusion = screening.exclusions.get(rule.name)
    fields |= {exclusion.date} if exclusion and exclusion.date else set()
    return (fields | _NEEDED_TOGETHER) & rule.fields.keys()


def _guess(column: _Column, seen: Survey, dictionary: Mapping[str, FieldRule]) -> _Guess:
    reading, place = max(
        zip(column.readings, column.places, strict=True), key=lambda each: each[0].body.height
    )
    rule = seen.rules.lists[reading.list_name]
    kinds = seen.kinds(reading, place)
    have = set(reading.fit.fields)
    fields = {**dictionary, **rule.fields}
    scores = {
        name: kinds.share(name, spec) + likeness(column.header, spec.headers)
        for name, spec in fields.items()
    }
    missing = set(reading.fit.missing)
    needed = {n for n in rule.fields if rule.fields[n].label in missing and rule.fields[n].required}
    needed |= {"village", "town"} - have if "address" in have else set(PLACE_FIELDS) - have
    ranked = sorted(
        fields,
        key=lambda n: (n in have, n not in rule.fields, -scores[n] - (n in needed) * 0.5, n),
    )
    lacking = [n for n in ranked if n in rule.fields and n not in have]
    best = max(lacking, key=lambda n: scores[n] + (n in needed) * 0.5, default=None)
    if best is None:
        return _Guess(tuple(ranked), 0.0, False, kinds)
    # a text understands nothing: its header alone must do
    own = rule.fields[best]
    score = scores[best] + (0.6 if own.type == "text" else 0.0)
    states = deciding(rule, seen) - have
    state = kinds.are_words() and any(rule.fields[n].type in _STATES for n in states)
    return _Guess(tuple(ranked), score, best in needed, kinds, state)


def _question(
    column: _Column, guess: _Guess, seen: Survey, dictionary: Mapping[str, FieldRule]
) -> Question:
    rows = column.rows()
    hangs = any(
        guess.needed or guess.fields[0] in deciding(seen.rules.lists[name], seen)
        for name in column.lists
    )
    where = "、".join(column.files[:3]) + ("等" if len(column.files) > 3 else "")
    titles = "、".join(seen.rules.lists[name].title for name in column.lists)
    return Question(
        key=f"header:{column.shown}",
        kind="header",
        text="这一列是什么？",
        people=rows if hangs else 0,
        rows=rows,
        items=(_item(column.shown, column, guess, seen, None),),
        options=_options(guess.fields, [column], guess.kinds.type(), seen, dictionary),
        note=f"{titles}：{where}",
        about={"lists": {column.shown: column.lists}, "header": {column.shown: column.header}},
    )


def _of_rest(
    rest: Sequence[tuple[_Column, _Guess]], seen: Survey, dictionary: Mapping[str, FieldRule]
) -> list[Question]:
    """Two questions: of columns that may say whether somebody is covered, and of the others."""
    states = [each for each in rest if each[1].state]
    others = [each for each in rest if not each[1].state]
    return [
        _of_several(key, text, some, seen, dictionary)
        for key, text, some in (
            ("headers:states", "这些列看不出谁有保障、谁该走访，都不读取？", states),
            ("headers", "这些列规则里没有，都不读取？", others),
        )
        if some
    ]


def _of_several(
    key: str,
    text: str,
    rest: Sequence[tuple[_Column, _Guess]],
    seen: Survey,
    dictionary: Mapping[str, FieldRule],
) -> Question:
    columns = [column for column, _ in rest]
    every = dict.fromkeys(name for _, guess in rest for name in guess.fields)
    rows = max(column.rows() for column in columns)
    return Question(
        key=key,
        kind="headers",
        text=text,
        people=rows if any(guess.state for _, guess in rest) else 0,
        rows=rows,
        items=tuple(_item(c.shown, c, guess, seen, IGNORE) for c, guess in rest),
        options=_options(tuple(every), columns, "text", seen, dictionary),
        about={
            "lists": {c.shown: c.lists for c in columns},
            "header": {c.shown: c.header for c in columns},
        },
    )


def _item(key: str, column: _Column, guess: _Guess, seen: Survey, proposed: str | None) -> Item:
    words = {
        w for spec in _specs(seen, column) for w in (*spec.values, *sum(spec.values.values(), ()))
    }
    words |= {n for v in seen.rules.villages for n in (*v.aliases, *v.town_aliases)}
    words |= set(seen.rules.reading.relation_words)
    cells = column.readings[0].body[column.places[0]]
    how = Sampled(words, seen.rules.discretion, _of_names(column, guess, seen))
    titles = "、".join(seen.rules.lists[name].sheet_label for name in column.lists)
    return Item(
        key,
        column.shown if proposed is None else f"{column.shown}（{titles}）",
        column.rows(),
        tuple(samples(cells, how)),
        proposed,
    )


def _of_names(column: _Column, guess: _Guess, seen: Survey) -> bool:
    """Whether a column holds names of people, by its header or by its cells."""
    every = {s for rule in seen.rules.lists.values() for s in _spelt(rule, "name")}
    if likeness(column.header, tuple(every)) >= _LIKE_NAMES:
        return True
    return guess.kinds.are_names() and not guess.kinds.are_words()


def _spelt(rule: ListRule, kind: str) -> Iterable[str]:
    return (h for spec in rule.fields.values() if spec.type == kind for h in spec.headers)


def _specs(seen: Survey, column: _Column) -> Iterable[FieldRule]:
    for name in column.lists:
        yield from seen.rules.lists[name].fields.values()


def _options(
    fields: Sequence[str],
    columns: Sequence[_Column],
    kind: str,
    seen: Survey,
    dictionary: Mapping[str, FieldRule],
) -> tuple[Option, ...]:
    """The fields, the likeliest first; a new one; not read."""
    lists = {name for column in columns for name in column.lists}
    labels: dict[str, str] = {}
    for name in fields:
        own = next(
            (seen.rules.lists[n].fields[name] for n in lists if name in seen.rules.lists[n].fields),
            None,
        )
        labels[name] = (own or dictionary[name]).label
    options = [Option(name, label) for name, label in labels.items()]
    if any(column.numbered for column in columns):
        parts = {"name": "成员姓名", "id_number": "成员证号", "relation": "成员与户主关系"}
        options = [*(Option(MEMBER + part, label) for part, label in parts.items()), *options]
    types = sorted(_NEW_TYPES, key=lambda each: each != kind)
    new = [Option(f"{NEW}:{each}", f"新的一项（{_NEW_TYPES[each]}）") for each in types]
    return (*options, *new, Option(IGNORE, "不读取"))
