"""A rule file changed as text: what is added is put in, every other byte stays.

A round trip through a YAML library would break the long lines of headers anew and lose the hand
that wrote them. So the file is composed for the places of its nodes alone, and lines or words are
put in there. Line ends and a byte order mark are kept. Whether the whole still holds, the loaders
of the rules say afterwards. villages.csv gets a spelling in one line; the others stay, too.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence

import yaml

from loubao.rules.yaml_file import Trail

#: What YAML may take for something else than the text itself.
_PLAIN = re.compile(r"[A-Za-z_一-鿿][A-Za-z0-9_一-鿿（）()/、·.]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_STEP = "  "
#: Columns of villages.csv.
_TOWN_CODE, _TOWN_ALIASES, _CODE, _ALIASES = 0, 2, 3, 5


def added(text: str, trail: Trail, items: Iterable[str]) -> str:
    r"""Return a file with `items` at the end of the list at `trail`; a missing one is made.

    An item that is there already is not put in again. A single text becomes a list.

    >>> print(added("a: [甲, 乙]  # 两个\nb: {}\n", ("a",), ["丙", "乙", "1-2"]), end="")
    a: [甲, 乙, 丙, "1-2"]  # 两个
    b: {}
    >>> print(added("a:\n  - 甲\n  # 以后\nb: x\n", ("a",), ["乙"]), end="")
    a:
      - 甲
      - 乙
      # 以后
    b: x
    >>> print(added("f:\n  name: {required: true}\n", ("f", "name", "also"), ["对象"]), end="")
    f:
      name: {required: true, also: [对象]}
    >>> print(added("a: 甲\n", ("a",), ["乙"]), end="")
    a: [甲, 乙]
    """
    items = list(dict.fromkeys(items))
    node = _at(_root(text), trail)
    if node is None:
        return with_key(text, trail, flow(items))
    if isinstance(node, yaml.SequenceNode):
        there = {str(item.value) for item in node.value}
        new = [item for item in items if item not in there]
        return _into_list(text, node, new) if new else text
    if _is_blank(node):
        return _replaced(text, node, f"{' ' if _bare(text, node) else ''}{flow(items)}")
    before = text[node.start_mark.index : node.end_mark.index]
    new = [scalar(item) for item in items if item != node.value]
    return _replaced(text, node, f"[{', '.join([before, *new])}]") if new else text


def with_key(text: str, trail: Trail, value: str) -> str:
    r"""Return a file with a key added: `value` is YAML, several lines of it stand below the key.

    Mappings on the way that are not there are made.

    >>> print(with_key("a: {}\n", ("a", "b"), "1"), end="")
    a: {b: 1}
    >>> print(with_key("a:\n  b: 1  # 一\n\n# 完\n", ("a", "c"), "x: 2\ny: 3"), end="")
    a:
      b: 1  # 一
      c:
        x: 2
        y: 3
    <BLANKLINE>
    # 完
    >>> print(with_key("a: 1\n", ("f", "g", "h"), "[x]"), end="")
    a: 1
    f: {g: {h: [x]}}
    """
    root = _root(text)
    if root is None:
        return text + _entry(str(trail[0]), _nested(trail[1:], value), "", _line_end(text))
    depth = len(trail) - 1
    while (parent := _at(root, trail[:depth])) is None:
        depth -= 1
    if not isinstance(parent, yaml.MappingNode):
        raise ValueError(f"no mapping at {trail[:depth]}")
    key, value = str(trail[depth]), _nested(trail[depth + 1 :], value)
    if parent.flow_style:
        end = _end(parent.value[-1][1]) if parent.value else parent.start_mark.index + 1
        new = f"{', ' if parent.value else ''}{key}: {value}"
        return text[:end] + new + text[end:]
    first, last = parent.value[0][0], parent.value[-1][1]
    return _after_line(text, _end(last), _entry(key, value, " " * first.start_mark.column, "\n"))


def flow(items: Sequence[str]) -> str:
    """Return texts as a list in one line.

    >>> flow(["姓名", "1", "是：否", "yes"])
    '[姓名, "1", "是：否", "yes"]'
    """
    return f"[{', '.join(map(scalar, items))}]"


def flow_mapping(items: Mapping[str, str]) -> str:
    """Return a mapping in one line; its values are YAML already.

    >>> flow_mapping({"type": "text", "headers": flow(["社"])})
    '{type: text, headers: [社]}'
    """
    return f"{{{', '.join(f'{key}: {value}' for key, value in items.items())}}}"


def scalar(text: str) -> str:
    """Return a text as YAML, in quotation marks where it could be taken for something else.

    >>> scalar("姓名"), scalar("1-2")
    ('姓名', '"1-2"')
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


# --- where a node stands -------------------------------------------------------------------------


def _root(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _at(node: yaml.Node | None, trail: Trail) -> yaml.Node | None:
    for key in trail:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for name, value in node.value if name.value == key), None)
    return node


def _is_blank(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value and node.style is None


def _bare(text: str, node: yaml.Node) -> bool:
    """Whether nothing parts a blank value from the colon of its key."""
    return text[: node.start_mark.index].endswith(":")


def _end(node: yaml.Node) -> int:
    """Where what is written of a node ends; a block ends with its last entry."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        written = node.start_mark.buffer[:end] if node.start_mark.buffer else ""
        return len(written.rstrip()) if written else end
    return end


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


# --- what is put in ------------------------------------------------------------------------------


def _into_list(text: str, node: yaml.SequenceNode, items: Sequence[str]) -> str:
    if node.flow_style:
        end = _end(node.value[-1]) if node.value else node.start_mark.index + 1
        words = ", ".join(map(scalar, items))
        return text[:end] + (", " if node.value else "") + words + text[end:]
    # the mark of an item is behind its dash
    indent = " " * node.start_mark.column
    lines = "".join(f"{indent}- {scalar(item)}\n" for item in items)
    return _after_line(text, _end(node), lines)


def _replaced(text: str, node: yaml.Node, new: str) -> str:
    return text[: node.start_mark.index] + new + text[node.end_mark.index :]


def _after_line(text: str, index: int, lines: str) -> str:
    """Put `lines` behind the line in which `index` stands, with the line ends of the file."""
    end = text.find("\n", index)
    ending = _line_end(text)
    new = lines.replace("\n", ending)
    if end < 0:
        return text + ending + new
    return text[: end + 1] + new + text[end + 1 :]


def _entry(key: str, value: str, indent: str, ending: str) -> str:
    """An entry of a block mapping; a value of several lines stands below its key."""
    if "\n" not in value:
        return f"{indent}{key}: {value}{ending}"
    below = "".join(f"{indent}{_STEP}{line}{ending}" for line in value.splitlines())
    return f"{indent}{key}:{ending}{below}"


def _nested(trail: Trail, value: str) -> str:
    for key in reversed(trail):
        value = f"{{{key}: {value}}}"
    return value


# --- villages.csv ---------------------------------------------------------------------------------


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
                    lines[at] = _csv_line(row, line)
                return "".join(lines)
    raise KeyError(code)


def _csv_line(row: list[str], before: str) -> str:
    ending = before[len(before.rstrip("\r\n")) :]
    stream = io.StringIO()
    csv.writer(stream, lineterminator=ending).writerow(row)
    return stream.getvalue()
