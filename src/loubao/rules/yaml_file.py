"""YAML 1.2 with positions: so that a rule that does not hold is named by file, line and column.

libyaml's composer gives every node its place; scalars are resolved here by the core schema of
YAML 1.2 (so `NO` stays text and `043` is not thirty-five), and a key given twice is an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from loubao.core.faults import RuleFault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[int, int]
Places = dict[tuple[str | int, ...], Place]

_SafeLoader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
#: What is said of each kind of error, filled with what the model asks for.
_EXPECTED = {
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


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Leaves every scalar a text: `_scalar` tells what it is, by other rules than YAML 1.1's."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        return "tag:yaml.org,2002:str"


def fault(path: Path, place: Place, key: str, expected: str) -> RuleFault:
    """Return the fault that names file, line, column, key and what was expected."""
    where = f"{path.parent.name}/{path.name}:{place[0]}:{place[1]}"
    return RuleFault(f"规则文件有误 {where}  {key}：{expected}")


def parse(path: Path) -> tuple[Any, Places]:
    """Return the content of a YAML file and the (line, column) of each node, both from 1.

    Raises `RuleFault` when the file cannot be read or is not YAML, or a key is given twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RuleFault(
            f"缺少规则文件 {path.parent.name}/{path.name}，可从 rules/ 原样复制"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise RuleFault(
            f"规则文件 {path.parent.name}/{path.name} 无法读取，应为 UTF-8 文本"
        ) from None
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise fault(path, place, "YAML", "格式不对，请检查缩进、冒号后的空格和引号") from None
    except yaml.YAMLError:
        raise fault(path, (1, 1), "YAML", "含有 YAML 不允许的字符") from None
    places: Places = {}
    content = {} if root is None else _build(root, (), places, path)
    return content, places


def load(path: Path, model: type[Model]) -> Model:
    """Return the file as a frozen `model`; raises `RuleFault` at the first thing that is off."""
    content, places = parse(path)
    return validate(content, places, path, model)


def validate(content: Any, places: Places, path: Path, model: type[Model]) -> Model:
    """Return parsed `content` as a frozen `model`; raises `RuleFault` with its place."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise first_fault(error, path, places) from None


def place_of(places: Places, trail: tuple[str | int, ...]) -> Place:
    """Return the place of the deepest node on `trail` that stands in the file."""
    while trail and trail not in places:
        trail = trail[:-1]
    return places.get(trail, (1, 1))


def first_fault(
    error: ValidationError, path: Path, places: Places, below: tuple[str | int, ...] = ()
) -> RuleFault:
    """Return the fault to mend first: a key that is not known, else what stands first in the file.

    A misspelt key is also a missing one, but its own place is where it is mended. `below` is where
    the root of the error stands.
    """
    details = error.errors(include_url=False)
    detail = min(
        details,
        key=lambda e: (e["type"] != "extra_forbidden", place_of(places, (*below, *e["loc"]))),
    )
    trail = (*below, *detail["loc"])
    key = ".".join(str(part) for part in trail) or "（整个文件）"
    return fault(path, place_of(places, trail), key, _expected(detail))


def _expected(detail: ErrorDetails) -> str:
    """What was expected, in words; never those of the library."""
    asked = {name: str(each).removesuffix(".0") for name, each in detail.get("ctx", {}).items()}
    if "expected" in asked:
        asked["expected"] = asked["expected"].replace(" or ", " 或 ")
    return _EXPECTED.get(detail["type"], _OTHERWISE).format(**asked)


def _build(node: yaml.Node, trail: tuple[str | int, ...], places: Places, path: Path) -> Any:
    places[trail] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*trail, key)
            if key in mapping:
                mark = key_node.start_mark
                raise fault(path, (mark.line + 1, mark.column + 1), key, "同一个键写了两次")
            mapping[key] = _build(value_node, here, places, path)
            places[here] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*trail, i), places, path) for i, item in enumerate(node.value)]
    return _scalar(str(node.value), quoted=getattr(node, "style", None) is not None)


def _scalar(text: str, *, quoted: bool) -> Any:
    if quoted:  # quoted or block text is always text
        return text
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    if text in {"true", "True", "TRUE"}:
        return True
    if text in {"false", "False", "FALSE"}:
        return False
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
