"""Rule files: YAML with positions, so that a fault is named by file, line and column.

libyaml's composer gives every node its place. Every scalar is a text; whether it is a number, a
date, or yes and no, the model of the file decides (so `NO` stays text). A key given twice is an
error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias, TypeVar, cast

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from loubao.core.faults import RuleFault
from loubao.core.masking import shown_key
from loubao.rules.local import FILE as LOCAL
from loubao.rules.local import Local, values

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[int, int]
Trail = tuple[str | int, ...]

if TYPE_CHECKING:
    from yaml import SafeLoader as _SafeLoader
else:  # that of C is not in every build
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Bounds that no rule file reaches; beyond them it would take for ever to read, or all memory.
_MOST_BYTES, _DEEPEST, _MOST_BRACKETS = 500_000, 40, 2_000
_DEEP = re.compile(rf"(?:[\[{{]\s*){{{_DEEPEST + 1}}}")
_TOO_DEEP = "一层套一层，太深了"
_TAGS = frozenset({"str", "seq", "map"})
#: A number that no rule needs: what is reckoned with it would fail, or take for ever.
_HUGE = re.compile(r"[-+]?[0-9_]{13,}(?:\.[0-9_]*)?|[-+]?[0-9_]*\.?[0-9_]*[eE][-+]?[0-9_]{2,}")
#: What was expected, by pydantic's type of the error; filled with what the model asks for.
EXPECTED = {
    "extra_forbidden": "没有这个键，请检查拼写或删去",
    "missing": "缺少这个键",
    "literal_error": "应为 {expected}",
    "enum": "应为 {expected}",
    **dict.fromkeys(("string_type", "invalid_key"), "应为文字"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "应为整数"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "应为数字"),
    **dict.fromkeys(("decimal_type", "decimal_parsing"), "应为数字"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "应为 true 或 false"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "应为列表"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "应为“键: 值”"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "应为日期，如 2022-04-01",
    ),
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "decimal_max_places": "小数最多 {decimal_places} 位",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "写法不对，应符合 {pattern}",
    # a condition of our own, in our own words
    "value_error": "{error}",
    "assertion_error": "{error}",
}
_OTHERWISE = "值不对，请对照自带的规则文件"
#: A value of local.yaml that is taken by name.
_REFERENCE = re.compile(r"\$\{([a-z_]+)\}")


class _Loader(_SafeLoader):
    """Leaves every scalar a text, which is also quicker than to look for its type."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        return "tag:yaml.org,2002:str"


class Rule(BaseModel):
    """Base of every rule: frozen, and a key that no field has is an error.

    Deferred: only the rule that a whole file is gets a validator of its own, not each of its parts.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
        defer_build=True,
        arbitrary_types_allowed=True,  # wording, which `wording` has compared already
    )


def texts(value: Any) -> Any:
    """Return a single text as a tuple of one, all else as it is.

    >>> texts("姓名"), texts(["姓名", "名字"])
    (('姓名',), ['姓名', '名字'])
    """
    return (value,) if isinstance(value, str) else value


#: Texts; a single one stands for a list of one.
Texts: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(texts)]


def refuse_missing(folder: Path) -> None:
    """Raise `RuleFault` when there is no such folder."""
    if not folder.is_dir():
        raise RuleFault(f"规则文件夹 {folder} 不存在，可用 loubao init 新建")


def digests(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of rule files, by their paths relative to `folder`."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
    }


def fault(path: Path, place: Place, key: str, expected: str) -> RuleFault:
    """Return the fault that names file, line, column, key and what was expected."""
    where = f"{path.parent.name}/{path.name}:{place[0]}:{place[1]}"
    return RuleFault(f"规则文件有误 {where}  {shown_key(key)}：{expected}")


@dataclass(frozen=True)
class RuleFile:
    """A YAML file as it is written, and where each of its nodes stands."""

    path: Path
    #: mappings, lists and texts
    content: Any
    #: trail of keys and list numbers → (line, column), both from 1
    places: Mapping[Trail, Place]
    #: the same of what stands in another file, local.yaml
    elsewhere: Mapping[Trail, tuple[Path, Place]] = field(default_factory=dict)

    def at(self, trail: Trail) -> Any:
        """Return the content at a trail of keys; None where there is none."""
        content = self.content
        for key in trail:
            content = content.get(key) if isinstance(content, dict) else None
        return content

    def place(self, trail: Trail) -> Place:
        """Return the place of the deepest node on `trail` that stands in the file.

        >>> file = RuleFile(Path("fields.yaml"), {"sex": {}}, {("sex",): (7, 1)})
        >>> file.place(("sex", "label"))
        (7, 1)
        """
        while trail and trail not in self.places:
            trail = trail[:-1]
        return self.places.get(trail, (1, 1))

    def fault(self, trail: Trail, expected: str) -> RuleFault:
        """Return the fault that names file, line, column, key and what was expected."""
        key = ".".join(map(str, trail)) or "（整个文件）"
        for end in range(len(trail), 0, -1):
            if trail[:end] in self.elsewhere:
                return fault(*self.elsewhere[trail[:end]], key, expected)
        return fault(self.path, self.place(trail), key, expected)

    def first_error(self, error: ValidationError, below: Trail = ()) -> RuleError:
        """Return what is to be mended first; `below` is where the root of the error stands.

        A key that there is not, else what stands first: a misspelt key is also a missing one, but
        its own place is where it is mended.
        """
        errors = [
            RuleError(
                key_exists=detail["type"] != "extra_forbidden",
                place=self.place((*below, *detail["loc"])),
                trail=(*below, *detail["loc"]),
                expected=_expected(detail),
            )
            for detail in error.errors(include_url=False)
        ]
        return min(errors, key=RuleError.order)

    def validate(self, model: type[Model], below: Trail = ()) -> Model:
        """Return the content at `below` as a frozen `model`; raises `RuleFault` with its place."""
        try:
            return model.model_validate(self.at(below))
        except ValidationError as error:
            first = self.first_error(error, below)
            raise self.fault(first.trail, first.expected) from None


class RuleError(NamedTuple):
    """One thing in a file that does not hold."""

    #: false: the key itself is one that there is not
    key_exists: bool
    place: Place
    trail: Trail
    expected: str

    def order(self) -> tuple[bool, Place]:
        """Return what errors are sorted by: the first is to be mended first."""
        return self.key_exists, self.place


def parse(path: Path) -> RuleFile:
    """Return what a YAML file says.

    What it takes of local.yaml (`${name}`) is put in. Raises `RuleFault` when the file cannot be
    read or is not YAML, a key is given twice, or local.yaml does not hold.
    """
    text = _text_of(path)
    if text.count("[") + text.count("{") > _MOST_BRACKETS:
        _refuse_deep(text, path)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise fault(path, place, "YAML", "格式不对，请检查缩进、冒号后的空格和引号") from None
    except yaml.YAMLError:
        raise fault(path, (1, 1), "YAML", "含有 YAML 不允许的字符") from None
    built = _Built(path)
    content = {} if root is None else built.value(root, ())
    if path.name != LOCAL and _REFERENCE.search(text):
        filling = _Filling(path, built.places)
        return RuleFile(path, filling.filled(content, ()), built.places, filling.elsewhere)
    return RuleFile(path, content, built.places)


def _text_of(path: Path) -> str:
    """The text of a rule file; raises `RuleFault`."""
    where = f"{path.parent.name}/{path.name}"
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            raise RuleFault(f"规则文件 {where} 无法读取，应为 UTF-8 文本")
        if path.stat().st_size > _MOST_BYTES:
            expected = f"文件超过 {_MOST_BYTES // 1000} KB，不像是规则"
            raise fault(path, (1, 1), "（整个文件）", expected)
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RuleFault(f"缺少规则文件 {where}，可从 rules/ 原样复制") from None
    except (OSError, UnicodeDecodeError):
        raise RuleFault(f"规则文件 {where} 无法读取，应为 UTF-8 文本") from None


def _refuse_deep(text: str, path: Path) -> None:
    """Refuse what is nested so deep that it cannot be composed; other faults are found later."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                mark = cast(yaml.Mark, event.start_mark)
                raise fault(path, (mark.line + 1, mark.column + 1), "YAML", _TOO_DEEP)
    except yaml.YAMLError:  # some builds of libyaml read no further than a depth of their own
        if found := _DEEP.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise fault(path, (line, 1), "YAML", _TOO_DEEP) from None


def read_local(folder: Path) -> tuple[dict[str, Any], RuleFile]:
    """Return what other files of a rules folder may name, and local.yaml; raises `RuleFault`."""
    file = parse(folder / LOCAL)
    return values(file.validate(Local), file.content), file


def load(path: Path, model: type[Model]) -> Model:
    """Return the file as a frozen `model`; raises `RuleFault` at the first thing that is off."""
    return parse(path).validate(model)


def _expected(detail: ErrorDetails) -> str:
    """What was expected, in words; never those of the library."""
    asked = {name: str(each).removesuffix(".0") for name, each in detail.get("ctx", {}).items()}
    if "expected" in asked:
        asked["expected"] = asked["expected"].replace(" or ", " 或 ")
    return EXPECTED.get(detail["type"], _OTHERWISE).format(**asked)


class _Built:
    """The content of the nodes of a file, and where each of them stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[Trail, Place] = {}
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, trail: Trail) -> Any:
        """Return what a node says; `trail` is where it stands."""
        place = self.places[trail] = (node.start_mark.line + 1, node.start_mark.column + 1)
        key = ".".join(map(str, trail[-3:]))
        if len(trail) > _DEEPEST:
            raise fault(self.path, place, key, _TOO_DEEP)
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag[18:] not in _TAGS:
            raise fault(self.path, place, key, "规则里不用“!”开头的类型标记，请删去")
        if isinstance(node, yaml.ScalarNode):
            text = str(node.value)
            if len(text) > 3 and _HUGE.fullmatch(text):
                raise fault(self.path, place, key, "数字太大")
            return text
        if id(node) in self._seen:  # an alias of an alias of … would never end
            raise fault(self.path, place, key, "规则里不用“&”“*”引用，请照样写出来")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, trail)
        return [self.value(item, (*trail, i)) for i, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, trail: Trail) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            mark = key_node.start_mark
            place, here = (mark.line + 1, mark.column + 1), (*trail, key)
            if not isinstance(key_node, yaml.ScalarNode):
                raise fault(self.path, place, ".".join(map(str, trail)), "键应为文字")
            if key in mapping:
                raise fault(self.path, place, key, "同一个键写了两次")
            mapping[key] = self.value(value_node, here)
            self.places[here] = place
        return mapping


class _Filling:
    """Puts the values of local.yaml where a rule file names them."""

    def __init__(self, path: Path, places: dict[Trail, Place]) -> None:
        folder = path.parent
        root = folder if (folder / LOCAL).is_file() else folder.parent
        self._values, self._local = read_local(root)
        self._file = RuleFile(path, None, places)
        self._places = places
        self.elsewhere: dict[Trail, tuple[Path, Place]] = {}

    def filled(self, content: Any, trail: Trail) -> Any:
        """Return `content` with values instead of names; a name alone may stand for a list."""
        if isinstance(content, dict):
            return {
                self._key(key, trail): self.filled(value, (*trail, self._key(key, trail)))
                for key, value in content.items()
            }
        if isinstance(content, list):
            return [self.filled(each, (*trail, i)) for i, each in enumerate(content)]
        alone = _REFERENCE.fullmatch(content)
        if alone is None:
            return _REFERENCE.sub(lambda found: str(self._value(found[1], trail)), content)
        for place, at in self._local.places.items():
            if place[:1] == (alone[1],):
                self.elsewhere[(*trail, *place[1:])] = (self._local.path, at)
        return self._value(alone[1], trail)

    def _key(self, key: str, trail: Trail) -> str:
        """A key filled; what is below it keeps its place."""
        filled = _REFERENCE.sub(lambda found: str(self._value(found[1], (*trail, key))), key)
        if filled != key:
            depth = len(trail)
            for place, at in list(self._places.items()):
                if place[: depth + 1] == (*trail, key):
                    self._places[(*trail, filled, *place[depth + 1 :])] = at
        return filled

    def _value(self, name: str, trail: Trail) -> Any:
        if name not in self._values:
            raise self._file.fault(trail, f"{LOCAL} 里没有 {name}，请检查拼写")
        return self._values[name]
