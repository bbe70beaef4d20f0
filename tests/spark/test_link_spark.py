"""`link --engine spark` beside the engine of one machine: the same table, however it is cut.

On `local-cluster`: executors are processes of their own. Skipped where pyspark or Java is missing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from loubao.commands import link as linking
from loubao.commands import link_spark
from loubao.core.faults import UntrustedInput, Usage
from loubao.core.frames import BIRTH, GIVEN, SURNAME
from loubao.spark import cluster_people
from loubao.spark.cluster_session import session
from loubao.workspace import parquet_file
from tests.commands.office import COMMAND, REPOSITORY, assert_private, environment
from tests.linkage import latin_crowd
from tests.linkage.crowd import town

pytest.importorskip("pyspark", reason="pyspark is not installed: pip install 'loubao[spark]'")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java"),
    pytest.mark.filterwarnings("ignore"),
]
#: A name with signs that a URI or a pattern would take otherwise.
OUT = "结果 [甲] 100%"
MASTER = "local-cluster[2,1,1024]"
#: Short runs: what is compiled would not pay.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SHORT = {
    "spark.executor.memory": "512m",
    "spark.executor.defaultJavaOptions": JAVA,
    "spark.driver.defaultJavaOptions": JAVA,
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "3",
}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    with session(MASTER, SHORT) as started:
        yield started


@pytest.fixture
def link(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Link on Spark, in the session of all tests; returns the table and the report."""

    @contextmanager
    def ours(*_: object) -> Iterator[Any]:
        yield spark
        spark.catalog.clearCache()

    monkeypatch.setattr(link_spark, "session", ours)

    def on_spark(
        left: Path, right: Path, rules: Path = REPOSITORY / "rules", progress: Any = None
    ) -> tuple[pl.DataFrame, dict[str, Any]]:
        out = tmp_path / OUT
        sources = link_spark.ClusterSources(str(left), str(right))
        steps = (progress,) if progress else ()
        report = link_spark.link_on_spark(sources, str(out), rules, *steps)
        parts = sorted((out / "links.parquet").glob("*.parquet"))
        return pl.concat([pl.read_parquet(part, glob=False) for part in parts]), report

    return on_spark


def here(left: Path, right: Path, rules: Path = REPOSITORY / "rules") -> Any:
    """Link on this machine."""
    out = left.parent / "here"
    report = linking.link(linking.Sources(left, right), out, rules)
    return pl.read_parquet(out / "links.parquet"), report


def assert_same(one: Any, other: Any) -> None:
    """Cell by cell, and what the reports count."""
    (table, report), (expected, told) = one, other
    rows = ["left_row", "right_row"]
    assert expected.height > 0
    found, wanted = (
        each.with_columns(pl.col(rows).cast(pl.Int64)).sort(rows) for each in (table, expected)
    )
    assert found.equals(wanted)
    assert table["left_row"].is_sorted()
    for part in ("counts", "tiers", "issues", "model", "compared", "chosen_keys"):
        assert report[part] == told[part], part
    for side in ("left", "right"):
        for part in ("rows", "people", "problems", "skipped", "columns"):
            assert report["inputs"][side][part] == told["inputs"][side][part], part


# --- people ---------------------------------------------------------------------------------------


def raw(people: pl.DataFrame) -> pl.DataFrame:
    """People of the crowd as an export writes them."""
    shown = pl.col("id_pattern").str.replace_all("?", "*", literal=True)
    return people.select(
        pl.col("name").alias("姓名"),
        pl.coalesce("id_number", shown).alias("身份证号码"),
        pl.col("birth_date").alias("出生日期"),
        pl.col("sex").alias("性别"),
        pl.col("town").alias("乡镇"),
        pl.coalesce("village", "village_code").alias("村"),
    )


def written(folder: Path, left: pl.DataFrame, right: pl.DataFrame) -> tuple[Path, Path]:
    paths = folder / "名单 [左].parquet", folder / "100%在保.parquet"
    for path, table in zip(paths, (left, right), strict=True):
        table.write_parquet(path, row_group_size=300)
    return paths


def in_letters(count: int) -> list[pl.DataFrame]:
    """People with names in letters, some of whom are in both tables, some of them twice."""
    draw = Random(7)
    people = latin_crowd.people(draw, count)
    right = [
        latin_crowd.typed(draw, row, 0.06) for row in [*people[: count * 2 // 3], *people[:40]]
    ]
    names = {GIVEN: "given_name", SURNAME: "surname", BIRTH: "dob"}
    return [
        pl.DataFrame(rows, schema=dict.fromkeys(latin_crowd.COLUMNS, pl.String)).rename(
            lambda column: names.get(column, column.removeprefix("+"))
        )
        for rows in (people[count // 4 :], right)
    ]


def stricter(folder: Path) -> Path:
    """Rules each of whose keys may make one pair."""
    rules = shutil.copytree(REPOSITORY / "rules", folder / "rules")
    matching = rules / "matching.yaml"
    text = matching.read_text(encoding="utf-8")
    text, count = re.subn(r"^(  - \{on: \[[^]]*\][^}]*)\}", r"\1, most: 1}", text, flags=re.M)
    assert count > 10
    matching.write_text(text, encoding="utf-8")
    return rules


# --- equal ----------------------------------------------------------------------------------------


def test_a_town_in_slices_with_keys_that_are_too_large(
    link: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_people, "SLICE", 700)
    monkeypatch.setattr(parquet_file.ParquetFile.slices, "__defaults__", (700,))
    # under some numbers several people of the right table stand
    others = raw(town().left.head(40)).with_columns(pl.col("姓名").str.replace("[建国志强]", "梅"))
    borrowed = [others, others.head(20).with_columns(姓名=pl.lit("庄?英")), others.tail(30)]
    left, right = written(tmp_path, raw(town().left), pl.concat([raw(town().right), *borrowed]))
    rules = stricter(tmp_path)
    expected = here(left, right, rules)
    assert len(expected[1]["issues"]) > 5
    assert any("id_number" in issue["detail"] for issue in expected[1]["issues"])
    folder = tmp_path / "parts"  # the same rows in several files
    folder.mkdir()
    table = pl.read_parquet(right)
    for number, part in enumerate(table.iter_slices(1100)):
        part.write_parquet(folder / f"part-{number:05}.parquet")
    assert_same(link(left, folder, rules), expected)


def test_names_in_letters_by_chosen_keys(link: Any, tmp_path: Path) -> None:
    left, right = written(tmp_path, *in_letters(900))
    expected = here(left, right)
    assert expected[1]["chosen_keys"]["keys"]
    assert_same(link(left, right), expected)


def test_a_csv_without_birth_dates_while_an_executor_dies(
    link: Any, spark: Any, tmp_path: Path
) -> None:
    sides = []
    for side, table in (("left", town().left), ("right", town().right)):
        text = raw(table).drop("出生日期").write_csv()
        path = tmp_path / f"{side}.csv"
        path.write_bytes(f"{text}合计,,,{table.height}人,\n".encode("gb18030"))
        sides.append(path)
    killed = []

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "link" and done == 2 and not killed:
            killed.append(executors(spark)[0])
            os.kill(killed[0], signal.SIGKILL)

    assert_same(link(*sides, progress=progress), here(*sides))
    assert killed


def executors(spark: Any) -> list[int]:
    """The processes that are executors of this session."""
    own = spark.sparkContext.applicationId.encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--executor-id" in words and own in words:
            found.append(int(path.parent.name))
    return sorted(found)


# --- nothing shows, nothing stays -----------------------------------------------------------------


def test_the_command_keeps_to_itself(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    left, right = written(tmp_path, raw(town().left.head(60)), raw(town().right.head(150)))
    options = [word for key, value in SHORT.items() for word in ("--conf", f"{key}={value}")]
    argv = ["link", left, right, "--engine", "spark", "--master", "local[1]", *options]
    out = tmp_path / "out"
    run = subprocess.run(
        [COMMAND, *argv, "--out", out.as_uri(), "--json"],
        cwd=tmp_path,
        env=environment({"TMPDIR": str(scratch)}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["counts"]["left"] == 60
    assert_private(run.stdout, run.stderr, (out / "run.json").read_text(encoding="utf-8"))
    assert run.stderr == ""
    assert list(scratch.iterdir()) == []
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {path.name for path in tmp_path.iterdir()} == {
        *("scratch", left.name, right.name, "out")
    }


def test_what_cannot_be_read_is_named_and_changes_nothing(link: Any, tmp_path: Path) -> None:
    left, right = written(tmp_path, raw(town().left.head(9)), raw(town().right.head(9)))
    ragged = tmp_path / "ragged.csv"
    ragged.write_text(
        "姓名,身份证号码\n庄碧螺,990101196003051238\n林清江,990101,x\n", encoding="utf-8"
    )
    damaged = tmp_path / "damaged.parquet"
    content = bytearray(right.read_bytes())
    content[4:200] = bytes(196)
    damaged.write_bytes(content)
    cases: list[tuple[Path, type[Exception], str]] = [
        (tmp_path / "nothing.parquet", Usage, "nothing.parquet 不存在"),
        (ragged, UntrustedInput, "ragged.csv 有 1 行的格数与表头不一致"),
        (damaged, UntrustedInput, "已损坏"),
    ]
    for path, kind, told in cases:
        with pytest.raises(kind, match=told) as fault:
            link(left, path)
        assert "林清江" not in str(fault.value)
        assert not (tmp_path / OUT).exists()
