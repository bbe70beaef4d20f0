"""The laws of the house that a program can hold: names of modules, sizes, numbers of parameters."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1] / "src" / "loubao"
MODULES = sorted(ROOT.rglob("*.py"))
MOST_MODULES = 388
MOST_LINES = 380
MOST_LINES_OF_A_FUNCTION = 60
MOST_PARAMETERS = 7
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared"}


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def test_no_two_modules_share_a_name() -> None:
    names = Counter(path.name for path in MODULES if path.name != "__init__.py")
    assert [name for name, times in names.items() if times > 1] == []


def test_no_module_is_a_grab_bag() -> None:
    parts = {part for path in MODULES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert parts & GRAB_BAGS == set()


def test_there_are_few_modules_and_none_is_long() -> None:
    assert len(MODULES) <= MOST_MODULES
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert [path for path, count in lines.items() if count > MOST_LINES] == []


def test_polars_writes_no_file_itself() -> None:
    """It would say of a disk that refuses only that it could not write."""
    writing = [
        path.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and (node.attr == "write_parquet" or node.attr.startswith("sink_"))
    ]
    assert writing == ["frames.py"]


def test_every_module_says_what_it_is() -> None:
    silent = [p for p in MODULES if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert silent == []


def test_a_function_fits_on_a_screen() -> None:
    long = [
        where
        for where, node in functions()
        if (node.end_lineno or node.lineno) - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_a_function_has_few_parameters() -> None:
    many = []
    for where, node in functions():
        if where.startswith("cli/"):  # each option of a command is a parameter there
            continue
        given = node.args
        count = len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)
        if count + bool(given.vararg) + bool(given.kwarg) > MOST_PARAMETERS:
            many.append(where)
    assert many == []
