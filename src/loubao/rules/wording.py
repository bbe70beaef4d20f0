"""Wording as data: what is printed is read from YAML and held against the file that is shipped.

The shipped file of the same name says which keys there are, whether a text, a list or a mapping
stands at each, and which `{placeholders}` the program fills in there. What the shipped file alone
cannot show (a number and its range, a set of names, a placeholder that its own text does not use)
is a `Part` of a small table beside the reader of the file. Policy, with arithmetic and cross
checks, is not wording: it is a `Rule`, which may hold wording in some of its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from loubao.rules import shipped_rules
from loubao.rules.yaml_file import (
    EXPECTED,
    RuleError,
    RuleFile,
    Trail,
    parse,
)


@dataclass(frozen=True, eq=False)
class Wording(Mapping[str, Any]):
    """A mapping of wording: texts, numbers, tuples and further mappings, by name or by key.

    >>> words = Wording({"title": "{town}小计", "items": Wording({"dibao": "低保标准"})})
    >>> words.title.format(town="洛阳镇")
    '洛阳镇小计'
    >>> words["items"].dibao  # `items`, `keys`, `values` and `get` are those of a mapping
    '低保标准'
    >>> words.replaced(title="合计").title
    '合计'
    """

    _parts: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._parts:
            raise AttributeError(name)
        part = self.__dict__[name] = self._parts[name]  # found without asking the next time
        return part

    def __getitem__(self, key: str) -> Any:
        return self._parts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def replaced(self, **parts: Any) -> Wording:
        """Return the same wording with some parts replaced."""
        return Wording({**self._parts, **parts})


@dataclass(frozen=True)
class Part:
    """What the shipped file alone does not show of the value at a key."""

    #: placeholders that the program fills in beside those of the shipped text
    fills: tuple[str, ...] = ()
    #: a type as pydantic knows it: it alone checks the value and all below it
    kind: Any = None
    #: raises `ValueError` for a value, read and frozen, that does not hold
    check: Callable[[Any], None] | None = None
    #: the keys of the mapping are data: each value is written as the first shipped one
    open: bool = False
    #: keys that may be missing, with what stands for them; None: nothing does
    optional: Mapping[str, Any] = field(default_factory=dict)
    #: the key may be missing, and any key below it: the shipped value stands for it
    as_shipped: bool = False

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """The validator of `kind`."""
        return TypeAdapter(self.kind)


#: Dotted key → part; `*` stands for the keys of an open mapping and for the items of a list, and
#: `*.last`, `*.above.last` and `*.above.*` for a key wherever it stands. The most exact one counts.
Parts: TypeAlias = Mapping[str, Part]
_PLAIN = Part()


def check_placeholders(text: str, names: tuple[str, ...]) -> None:
    """Raise `ValueError` where the braces of `text` name something else than `names`.

    >>> check_placeholders("{town}小计", ("town",))
    >>> check_placeholders("{city}小计", ("town",))
    Traceback (most recent call last):
    ValueError: 不能写 {city}，可用：{town}
    >>> check_placeholders("{town小计", ("town",))
    Traceback (most recent call last):
    ValueError: 花括号没有成对
    """
    try:
        found = [part for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        raise ValueError("花括号没有成对") from None
    for _, name, spec, conversion in found:
        if name not in names or spec or conversion:
            allowed = "、".join(f"{{{each}}}" for each in names) or "（无）"
            raise ValueError(f"不能写 {{{name}}}，可用：{allowed}")


def placeholders(text: str) -> tuple[str, ...]:
    """Return the placeholders of a text, each once, in order.

    >>> placeholders("{town}{village}核查表（{town}）")
    ('town', 'village')
    """
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(text) if name))


def load_wording(path: Path, parts: Parts) -> Wording:
    """Return a file of wording, compared with the shipped one; raises `RuleFault`."""
    file = parse(path)
    return _compared(file, _shipped(file), (), parts)


def with_wording(file: RuleFile, wording: Mapping[str, Parts]) -> RuleFile:
    """Return a file of rules with the wording at the dotted keys of `wording` compared and frozen.

    A key that is missing is left to the model of the file. Raises `RuleFault`.
    """
    shipped = _shipped(file)
    for key, parts in wording.items():
        trail = tuple(key.split("."))
        if file.at(trail) is not None:
            words = _compared(file, shipped, trail, parts)
            file = replace(file, content=_put(file.content, trail, words))
    return file


def _shipped(file: RuleFile) -> RuleFile:
    """The shipped file of the same name; `file` itself where the two are equal."""
    shipped = shipped_rules() / file.path.name
    if not shipped.is_file() or shipped.read_bytes() == file.path.read_bytes():
        return file
    return parse(shipped)


def _put(content: Any, trail: Trail, value: Any) -> Any:
    if not trail:
        return value
    return {**content, trail[0]: _put(content[trail[0]], trail[1:], value)}


def _compared(file: RuleFile, shipped: RuleFile, trail: Trail, parts: Parts) -> Wording:
    comparison = _Comparison(file, parts, len(trail))
    words = comparison.read(file.at(trail), shipped.at(trail), trail, trail)
    if comparison.errors:
        first = min(comparison.errors, key=RuleError.order)
        raise file.fault(first.trail, first.expected)
    return words if isinstance(words, Wording) else Wording({})


class _Comparison:
    """One file of wording beside the shipped one; `errors` collects what does not hold."""

    def __init__(self, file: RuleFile, parts: Parts, depth: int) -> None:
        self._file, self._parts, self._depth = file, parts, depth
        self.errors: list[RuleError] = []

    def read(self, value: Any, shipped: Any, trail: Trail, pattern: Trail) -> Any:
        """Return `value` frozen; `pattern` is its trail with `*` where the keys are data."""
        part = self._part(pattern)
        before = len(self.errors)
        try:
            if part.kind is not None:
                value = part.adapter.validate_python(value)
            elif expected := _kind_expected(value, shipped):
                self._refuse(trail, expected)
            elif isinstance(shipped, dict):
                value = self._mapping(value, shipped, trail, pattern)
            elif isinstance(shipped, list):
                value = self._items(value, shipped, trail, pattern)
            if len(self.errors) == before:
                self._check(value, shipped, part)
        except ValidationError as error:
            self.errors.append(self._file.first_error(error, trail))
        except ValueError as error:
            self._refuse(trail, str(error))
        return value

    @staticmethod
    def _check(value: Any, shipped: Any, part: Part) -> None:
        names = (*placeholders(shipped), *part.fills) if isinstance(shipped, str) else ()
        if names:  # else the program fills in nothing, and braces are braces
            check_placeholders(value, names)
        if part.check is not None:
            part.check(value)

    def _items(self, value: Any, shipped: list[Any], trail: Trail, pattern: Trail) -> Any:
        items = [value] if isinstance(value, str) else value
        below = (*pattern, "*")
        return tuple(
            self.read(item, shipped[0], (*trail, number), below)
            for number, item in enumerate(items)
        )

    def _mapping(
        self, value: dict[str, Any], shipped: dict[str, Any], trail: Trail, pattern: Trail
    ) -> Wording:
        part = self._part(pattern)
        defaults = {key: given for key, given in part.optional.items() if given is not None}
        shapes = {**defaults, **shipped}
        if part.open:
            shapes = dict.fromkeys(value, next(iter(shipped.values())))
        for key in value:
            if key not in shapes:
                self._refuse((*trail, key), EXPECTED["extra_forbidden"], key_exists=False)
        for key, shape in shapes.items():
            if key not in value and self._as_shipped((*pattern, key)):
                defaults[key] = self.read(shape, shape, (*trail, key), (*pattern, key))
            elif key not in value and key not in part.optional:
                remedy = "" if "*" in pattern else _remedy(key, shape)  # else of another key
                self._refuse((*trail, key), EXPECTED["missing"] + remedy)
        read = {
            key: self.read(
                value[key], shapes[key], (*trail, key), (*pattern, "*" if part.open else key)
            )
            for key in value
            if key in shapes
        }
        return Wording({**defaults, **read})

    def _part(self, pattern: Trail) -> Part:
        """The part of the first key of the table that fits, from the whole key to its end."""
        names = [str(name) for name in pattern[self._depth :]]
        *_, above, last = ("", "", *names)
        for key in (".".join(names), f"*.{above}.{last}", f"*.{above}.*", f"*.{last}"):
            if key in self._parts:
                return self._parts[key]
        return _PLAIN

    def _as_shipped(self, pattern: Trail) -> bool:
        lengths = range(self._depth + 1, len(pattern) + 1)
        return any(self._part(pattern[:length]).as_shipped for length in lengths)

    def _refuse(self, trail: Trail, expected: str, key_exists: bool = True) -> None:
        self.errors.append(RuleError(key_exists, self._file.place(trail), trail, expected))


def _kind_expected(value: Any, shipped: Any) -> str | None:
    """What was expected where `value` is of another kind than the shipped one; a text alone may
    stand for a list of texts.

    >>> _kind_expected(["人"], "人"), _kind_expected("人", ["人", "口"]), _kind_expected("人", {})
    ('应为文字', None, '应为“键: 值”')
    """
    if isinstance(shipped, dict):
        return None if isinstance(value, dict) else EXPECTED["dict_type"]
    if isinstance(shipped, list):
        alone = isinstance(value, str) and isinstance(shipped[0], str)
        return None if alone or isinstance(value, list) else EXPECTED["list_type"]
    return None if isinstance(value, str) else EXPECTED["string_type"]


def _remedy(key: str, shipped: Any) -> str:
    """How a key that is missing is written.

    >>> _remedy("total", "合计")
    '，自带的规则写作 total: 合计'
    """
    if isinstance(shipped, dict | list):
        return "，可用 loubao init 另建一份规则，从中抄来"
    return f"，自带的规则写作 {key}: {shipped}"
