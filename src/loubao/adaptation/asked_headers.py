"""Which field is this header? A header seen in several files is one question.

A column that may be what a list lacks, by its cells and its header, is asked by itself; those whose
days, numbers or names are clearly one thing that the list lacks, and no other column of it, are one
question, each with what it would be. The others
of all lists, of which nobody's outcome hangs, are one question: to be passed over, but for those
that are picked out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from loubao.adaptation.column_kinds import Kinds, likeness
from loubao.adaptation.open_columns import OpenColumn, certain_columns, open_columns
from loubao.adaptation.questions import IGNORE, NEW, Item, Option, Question
from loubao.adaptation.survey import Survey
from loubao.ingest.sheets.surroundings import PLACE_FIELDS
from loubao.ingest.shown_cells import Sampled, samples
from loubao.rules.lists import FieldRule, ListRule, load_fields

#: How well a column must fit a field that its list lacks, to be asked by itself: what its cells
#: say and what its header says add up to 2 at the most. Less is enough where the list needs it.
_LIKE, _LIKE_NEEDED = 1.2, 0.6
#: How like words must be to those of a field to be proposed, words and header to be asked alone.
_LIKE_WORDS, _LIKE_STATE = 0.4, 0.6
_FEW_STATES = 3
#: By how much a number or a day must fit another field better not to be asked for one it may be.
_CLEARLY = 0.2
#: How like a header of names a header is below which nothing but known words is shown.
_LIKE_NAMES = 0.6
MEMBER = "member."
_NEW_TYPES = {"text": "文字", "number": "数字", "date": "日期"}
_STATES = frozenset({"choice", "flag"})
_FREE = frozenset({"text", "place"})
_MEASURED = frozenset({"number", "integer", "date"})
_NUMBERS = frozenset({"number", "integer"})
_CLEAR = _MEASURED | {"name"}
_NEEDED_TOGETHER = frozenset({"name", "id_number", "birth_date", *PLACE_FIELDS})


@dataclass(frozen=True)
class _Guess:
    """The fields that a column may be, the likeliest first, and which of them is proposed.

    `hangs`: the list lacks what the column may be, and somebody's outcome hangs on that: it is
    asked by itself. `clear`: it is one thing that the list lacks, and nothing else. `state`: it has
    a few words, of which some could say whether a row counts.
    """

    fields: tuple[str, ...]
    proposed: str | None
    hangs: bool
    kinds: Kinds
    state: bool = False
    clear: bool = False


def header_questions(seen: Survey) -> list[Question]:
    """Return one question for the certain columns, one for each that may matter, one for others."""
    dictionary = load_fields(seen.rules.folder / "fields.yaml")
    columns = open_columns(seen)
    certain = certain_columns(columns, seen)
    settled = _settled(columns, certain)
    sure: list[tuple[OpenColumn, _Guess]] = []
    hanging: list[tuple[OpenColumn, _Guess]] = []
    rest: list[tuple[OpenColumn, _Guess]] = []
    for column in columns:
        guess = _guess(column, settled, seen, dictionary)
        if column.header in certain:
            sure.append((column, replace(guess, proposed=certain[column.header])))
        elif guess.hangs:
            hanging.append((column, guess))
        else:
            rest.append((column, guess))
    clear = _clear(hanging)
    alone = [_question(*each, seen, dictionary) for each in hanging if each not in clear]
    return [
        *_of_known("headers:sure", "这些列看得出是什么，对吗？", sure, seen, dictionary),
        *_of_known("headers:clear", "这些列是不是箭头后面的？", clear, seen, dictionary),
        *alone,
        *_of_rest(rest, seen, dictionary),
    ]


def _clear(hanging: Sequence[tuple[OpenColumn, _Guess]]) -> list[tuple[OpenColumn, _Guess]]:
    """The columns that are clearly one thing, which no other column of the same list may be."""
    claims = Counter(
        (name, guess.proposed) for column, guess in hanging for name in {*column.lists}
    )
    clear = [
        (column, guess)
        for column, guess in hanging
        if guess.clear and all(claims[name, guess.proposed] == 1 for name in column.lists)
    ]
    return clear if len(clear) > 1 else []


def _settled(
    columns: Sequence[OpenColumn], certain: Mapping[str, str]
) -> dict[tuple[str, str], set[str]]:
    """(File, sheet) → the fields that its certain columns are."""
    found: dict[tuple[str, str], set[str]] = {}
    for column in columns:
        for reading in column.readings if column.header in certain else ():
            sheet = reading.sheet
            found.setdefault((sheet.file, sheet.name), set()).add(certain[column.header])
    return found


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


def _guess(
    column: OpenColumn,
    settled: Mapping[tuple[str, str], set[str]],
    seen: Survey,
    dictionary: Mapping[str, FieldRule],
) -> _Guess:
    reading, place = max(
        zip(column.readings, column.places, strict=True), key=lambda each: each[0].body.height
    )
    rule = seen.rules.lists[reading.list_name]
    kinds = seen.kinds(reading, place)
    have = set(reading.fit.fields) | settled.get((reading.sheet.file, reading.sheet.name), set())
    fields = {**dictionary, **rule.fields}
    scores = {name: _score(name, spec, column, kinds) for name, spec in fields.items()}
    missing = set(reading.fit.missing)
    needed = {n for n in rule.fields if rule.fields[n].label in missing and rule.fields[n].required}
    needed |= {"village", "town"} - have if "address" in have else set(PLACE_FIELDS) - have
    needed -= have
    ranked = sorted(
        fields,
        key=lambda n: (
            n in have or (n == "birth_date" and "id_number" in have),  # a number says it
            *(n not in rule.fields, -scores[n] - (n in needed) * 0.5, n),
        ),
    )
    best = ranked[0]
    if best not in rule.fields or best in have:
        return _Guess(tuple(ranked), None, False, kinds)
    lacking = deciding(rule, seen) - have - ({"birth_date"} if "id_number" in have else set())
    least = scores[best] - _CLEARLY
    may_be = {
        name
        for name in lacking
        if (rule.fields[name].type in _STATES or scores[name] >= least)
        and _may_be(name, rule.fields[name], scores[name], kinds)
    }
    # any column of free text may be a text that decides: 新址 is 迁往地 as well as 住址
    texts = {name for name in lacking if rule.fields[name].type == "text"} - _NEEDED_TOGETHER
    free = rule.fields[best].type in _FREE and not kinds.are_words()
    may_be |= texts if free else set()
    # a text understands nothing: its header alone must do
    score = scores[best] + (0.6 if rule.fields[best].type == "text" else 0.0)
    likely = score >= (_LIKE_NEEDED if best in needed else _LIKE)
    hangs = bool(may_be) or (likely and best in needed | lacking)
    state = kinds.are_words() and any(rule.fields[n].type in _STATES for n in lacking)
    of_words = rule.fields[best].type in _STATES and kinds.like_words(_words(rule.fields[best]))
    proposed = best if likely or (kinds.are_words() and of_words >= _LIKE_WORDS) else None
    if free and texts - {best}:
        proposed = None
    rivals = (n for n in lacking - {best} if rule.fields[n].type == rule.fields[best].type)
    # which of several sums is the one that is weighed is asked by itself
    weighed = {rule.sum, *(n for each in rule.conditions for n in each.fields)}
    clear = (
        proposed == best
        and rule.fields[best].type in _CLEAR
        and not (rule.fields[best].type in _NUMBERS and best in weighed)
        and all(scores[n] <= scores[best] - _CLEARLY for n in rivals)
    )
    return _Guess(tuple(ranked), proposed, hangs, kinds, state, clear)


def _score(name: str, spec: FieldRule, column: OpenColumn, kinds: Kinds) -> float:
    """How well a column fits a field by its cells and by its header, 2 at the most."""
    share = kinds.share(name, spec)
    if kinds.are_words():
        # 看不见、肢体类 are no names; 停了 comes near to 停发
        near = kinds.like_words(_words(spec)) if spec.type in _STATES else 0.0
        share = 0.0 if spec.type == "name" else max(share, near)
    return share + likeness(column.header, spec.headers)


def _words(spec: FieldRule) -> tuple[str, ...]:
    return (*spec.values, *sum(spec.values.values(), ()), *spec.yes, *spec.no)


def _may_be(name: str, spec: FieldRule, score: float, kinds: Kinds) -> bool:
    """Whether a column may be a field on which somebody's outcome hangs: by what its cells are.

    Two or three words may say it however they are written; of more they must come near.
    """
    if spec.type in _STATES:
        few = 1 < kinds.distinct() <= _FEW_STATES
        return kinds.are_words() and (few or score >= _LIKE_STATE)
    return spec.type in _MEASURED and kinds.share(name, spec) >= _LIKE_NEEDED


def _question(
    column: OpenColumn, guess: _Guess, seen: Survey, dictionary: Mapping[str, FieldRule]
) -> Question:
    rows = column.rows()
    where = "、".join(column.files[:3]) + ("等" if len(column.files) > 3 else "")
    titles = "、".join(seen.rules.lists[name].title for name in column.lists)
    return Question(
        key=f"header:{column.shown}",
        kind="header",
        text="这一列是什么？",
        people=rows,
        rows=rows,
        items=(_item(column.shown, column, guess, seen, guess.proposed),),
        options=_options(guess.fields, [column], guess.kinds.type(), seen, dictionary),
        note=f"{titles}：{where}",
        about={"lists": {column.shown: column.lists}, "header": {column.shown: column.header}},
    )


def _of_known(
    key: str,
    text: str,
    known: Sequence[tuple[OpenColumn, _Guess]],
    seen: Survey,
    dictionary: Mapping[str, FieldRule],
) -> list[Question]:
    """One question of the columns of which it is known what they would be; none without any."""
    if not known:
        return []
    asked = _of_several(key, text, known, seen, dictionary)
    return [replace(asked, kind="columns", people=asked.rows)]


def _of_rest(
    rest: Sequence[tuple[OpenColumn, _Guess]], seen: Survey, dictionary: Mapping[str, FieldRule]
) -> list[Question]:
    """Two questions: of columns that may say whether somebody is covered, and of the others."""
    states = [(c, replace(g, proposed=None)) for c, g in rest if g.state]
    others = [each for each in rest if not each[1].state]
    some_read = any(guess.proposed for _, guess in others)
    of_others = "这些列不影响谁该走访，照下面办？" if some_read else "这些列规则里没有，都不读取？"
    return [
        _of_several(key, text, some, seen, dictionary)
        for key, text, some in (
            ("headers:states", "这些列看不出谁有保障、谁该走访，都不读取？", states),
            ("headers", of_others, others),
        )
        if some
    ]


def _of_several(
    key: str,
    text: str,
    rest: Sequence[tuple[OpenColumn, _Guess]],
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
        items=tuple(_item(c.shown, c, g, seen, g.proposed or IGNORE, True) for c, g in rest),
        options=_options(tuple(every), columns, "text", seen, dictionary),
        about={
            "lists": {c.shown: c.lists for c in columns},
            "header": {c.shown: c.header for c in columns},
            "first": {
                c.shown: [
                    option.key
                    for option in _options(guess.fields, [c], guess.kinds.type(), seen, dictionary)
                ]
                for c, guess in rest
            },
        },
    )


def _item(
    key: str,
    column: OpenColumn,
    guess: _Guess,
    seen: Survey,
    proposed: str | None,
    several: bool = False,
) -> Item:
    words = {
        w for spec in _specs(seen, column) for w in (*spec.values, *sum(spec.values.values(), ()))
    }
    words |= {n for v in seen.rules.villages for n in (*v.aliases, *v.town_aliases)}
    words |= set(seen.rules.reading.relation_words)
    cells = column.readings[0].body[column.places[0]]
    words |= guess.kinds.places(cells.drop_nulls().unique())
    how = Sampled(words, seen.rules.discretion, _of_names(column, guess, seen))
    titles = "、".join(seen.rules.lists[name].sheet_label for name in column.lists)
    return Item(
        key,
        f"{column.shown}（{titles}）" if several else column.shown,
        column.rows(),
        tuple(samples(cells, how)),
        proposed,
    )


def _of_names(column: OpenColumn, guess: _Guess, seen: Survey) -> bool:
    """Whether a column holds names of people, by its header or by its cells."""
    every = {s for rule in seen.rules.lists.values() for s in _spelt(rule, "name")}
    if likeness(column.header, tuple(every)) >= _LIKE_NAMES:
        return True
    return guess.kinds.are_names() and not guess.kinds.are_words()


def _spelt(rule: ListRule, kind: str) -> Iterable[str]:
    return (h for spec in rule.fields.values() if spec.type == kind for h in spec.headers)


def _specs(seen: Survey, column: OpenColumn) -> Iterable[FieldRule]:
    for name in column.lists:
        yield from seen.rules.lists[name].fields.values()


def _options(
    fields: Sequence[str],
    columns: Sequence[OpenColumn],
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
