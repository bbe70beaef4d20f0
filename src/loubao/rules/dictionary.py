"""What every way of reading a rules folder begins with: that it is there, and `fields.yaml`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from loubao.core.faults import RuleFault
from loubao.rules import yaml_file
from loubao.rules.lists import FieldRule


def refuse_missing(folder: Path) -> None:
    """Raise `RuleFault` when there is no such folder."""
    if not folder.is_dir():
        raise RuleFault(f"规则文件夹 {folder} 不存在，可用 loubao init 新建")


def load_fields(path: Path) -> dict[str, FieldRule]:
    """Return the dictionary of fields that the lists share; raises `RuleFault`."""
    content, places = yaml_file.parse(path)
    try:
        return TypeAdapter(dict[str, FieldRule]).validate_python(content)
    except ValidationError as error:
        raise yaml_file.first_fault(error, path, places) from None


def digests(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of rule files, by their paths relative to `folder`."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
    }
