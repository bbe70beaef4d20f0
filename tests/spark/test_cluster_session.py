"""What is said where Spark cannot be had, and how settings are written; needs no Spark."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loubao.core.faults import Usage
from loubao.spark.cluster_session import session
from tests.commands.office import Run, loubao

CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no pyspark": ({"pyspark": None}, "/usr/bin", "pip install 'loubao[spark]'"),
    "an older pyspark": (
        {"pyspark": SimpleNamespace(__version__="3.5.1")},
        "/usr/bin",
        "pyspark 3.5.1 不能用，需要 4.x",
    ),
    "no Java": ({"pyspark": SimpleNamespace(__version__="4.1.0")}, "", "openjdk-17-jre-headless"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_missing_is_named(
    case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    modules, path, told = CASES[case]
    for name, module in {"pyarrow": SimpleNamespace(), **modules}.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("PATH", path or str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(Usage) as fault, session("local[1]", {}):
        pass
    assert told in fault.value.message


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--engine", "spark", "--conf", "spark.executor.memory"], "KEY=VALUE"),
        (["--engine", "dask"], "--engine 应为 polars 或 spark"),
        (["--master", "yarn"], "要与 --engine spark 同用"),
        (["--engine", "spark", "--verdicts", "a.parquet"], "--verdicts"),
        (["--engine", "spark", "--out", "结果.xlsx"], "应为文件夹"),
    ],
)
def test_options_that_do_not_go_together(options: list[str], told: str, tmp_path: Path) -> None:
    done: Run = loubao("link", "甲.parquet", "乙.parquet", *options, cwd=tmp_path)
    assert done.code == 2
    assert told in done.err
