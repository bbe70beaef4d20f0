"""Regular expressions of the rules: they compile, and none can take for ever on a cell.

Python tries every way to read a text. Where a repetition lies in a repetition (`(a+)+`), or repeats
ways that begin alike (`(a|ab)*`), the ways double with each character; where many repetitions of
anything follow each other (`.*.*.*.*`), they are multiplied by the length each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, TypeVar

#: What `re` itself parses with: Python gives no public name, and no types, for it.
parser: Any = import_module("re._parser")

#: Repetitions up to so many times cost little in each other.
_FEW = 4
#: Unbounded repetitions of anything (`.*`) that a pattern may have.
_MOST_OF_ANYTHING = 3
_LONGEST = 2_000

_Patterns = TypeVar("_Patterns", str, tuple[str, ...], dict[str, float])


def compile_all(patterns: _Patterns) -> _Patterns:
    r"""Return regular expressions as they are given; raises `ValueError` for one that is wrong.

    >>> compile_all(("^合计", "^第[0-9+页"))
    Traceback (most recent call last):
    ValueError: 正则表达式“^第[0-9+页”写得不对
    >>> repeated = ("(合计?)+", "([0-9]+[、,]?)+$", "(甲|甲乙)*$", ".*甲.*乙.*丙.*丁", r"(甲+)\1+")
    >>> for pattern in repeated:
    ...     try:
    ...         compile_all(pattern)
    ...     except ValueError as error:
    ...         print(error)
    '(合计?)+'
    正则表达式“([0-9]+[、,]?)+$”在有的文字上永远算不完：重复里不能再套重复
    正则表达式“(甲|甲乙)*$”在有的文字上永远算不完：重复的几种写法开头不能一样
    正则表达式“.*甲.*乙.*丙.*丁”在有的文字上永远算不完：“.*”最多写 3 次
    正则表达式“(甲+)\1+”在有的文字上永远算不完：重复里不能引用前面的括号
    """
    for pattern in (patterns,) if isinstance(patterns, str) else patterns:
        shown = pattern if len(pattern) <= 60 else f"{pattern[:60]}…"
        try:
            re.compile(pattern)
            parsed = parser.parse(pattern)
        except (re.error, OverflowError, RecursionError):
            raise ValueError(f"正则表达式“{shown}”写得不对") from None
        why = "太长" if len(pattern) > _LONGEST else _explosive(parsed)
        if why:
            raise ValueError(f"正则表达式“{shown}”在有的文字上永远算不完：{why}")
    return patterns


def _explosive(parsed: Any) -> str:
    """Return why a parsed pattern may take for ever; "" where it does not."""
    of_anything = 0
    for code, argument in _all(parsed):
        if code not in (parser.MAX_REPEAT, parser.MIN_REPEAT) or argument[1] <= _FEW:
            continue
        inside = list(_all(argument[2]))
        if any(c in (parser.MAX_REPEAT, parser.MIN_REPEAT) and a[1] > _FEW for c, a in inside):
            return "重复里不能再套重复"
        if any(c is parser.GROUPREF for c, _ in inside):
            return "重复里不能引用前面的括号"
        if any(c is parser.BRANCH and _begin_alike(a[1]) for c, a in inside):
            return "重复的几种写法开头不能一样"
        of_anything += len(inside) == 1 and inside[0][0] is parser.ANY
    return f"“.*”最多写 {_MOST_OF_ANYTHING} 次" if of_anything > _MOST_OF_ANYTHING else ""


def _begin_alike(ways: Any) -> bool:
    """Whether two ways of an alternative begin with one sign, or with what is not one sign."""
    firsts = [way[0] if len(way) else None for way in ways]
    signs = [first[1] for first in firsts if first is not None and first[0] is parser.LITERAL]
    return len(set(signs)) < len(ways)


def _all(parsed: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every part of a parsed pattern, and the parts of its parts."""
    for code, argument in parsed:
        yield code, argument
        for part in _parts(argument):
            yield from _all(part)


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from _parts(each)
