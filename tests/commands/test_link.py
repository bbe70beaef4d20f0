"""`loubao link`: two tables of any kind, from files to a table of links. Everybody is invented.

What has to do with files, columns and faults is tried on the command with a linkage that only
joins numbers; the command itself is run a few times with the real one.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.commands import link as linking
from loubao.core import frames
from loubao.core.faults import Fault, UntrustedInput, Usage
from loubao.ingest.columns import named_columns
from loubao.linkage import Linked, Model
from loubao.rules.linking import load_linking
from loubao.workbook import read_sheets as reading
from loubao.workspace import links_file, parquet_file, table_files
from loubao.workspace.link_side import Side
from tests.commands.office import (
    PEOPLE,
    REPOSITORY,
    assert_private,
    assert_whole,
    csv_bytes,
    loubao,
    xlsx,
)
from tests.people import number

RULES = REPOSITORY / "rules"
NAMES = list(PEOPLE)
HEADER = ("姓名", "身份证号码", "性别", "村")
Link = Callable[..., dict[str, Any]]


def rows(names: Iterable[str]) -> list[tuple[str, ...]]:
    return [(name, PEOPLE[name], "", "上浦村") for name in names]


def parquet(path: Path, columns: dict[str, Any]) -> Path:
    pl.DataFrame(columns).write_parquet(path)
    return path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def people_parquet(path: Path, names: Sequence[str]) -> Path:
    return parquet(path, {"姓名": names, "身份证号码": [PEOPLE[name] for name in names]})


def by_number(
    left: pl.DataFrame,
    right: Iterable[pl.DataFrame],
    matching: object,
    progress: Callable[[int], None] = lambda rows: None,
    expected: int | None = None,
    stated: object = None,
    precision: object = None,
) -> Any:
    """A linkage that links equal numbers and looks at equal names."""
    frames.conform(left, frames.LINKABLE, extra=True)
    found = []
    names = pl.DataFrame(schema=dict(frames.DECISIONS)).select(pl.col("evidence").struct.unnest())
    levels = dict.fromkeys(names.columns, pl.lit(None, pl.String))
    for part in right:
        frames.conform(part, frames.LINKABLE, extra=True)
        for key, decision, probability in (
            ("id_number", "link", 0.99),
            ("name_key", "review", 0.5),
        ):
            met = (
                left.select("record_id", key)
                .drop_nulls()
                .join(part.select(key, right_id="record_id"), on=key)
            )
            found.append(
                met.select(
                    pl.col("record_id").alias("left_id"),
                    "right_id",
                    decision=pl.lit(decision),
                    tier=pl.lit("same_number_same_name" if decision == "link" else "name_only"),
                    match_weight=pl.lit(1.0),
                    match_probability=pl.lit(probability),
                    evidence=pl.struct(**levels | {"id_number": pl.lit("same")}),
                )
            )
        progress(part.height)
    decisions = pl.concat(found).unique(["left_id", "right_id"], keep="first", maintain_order=True)
    return Linked(
        decisions=decisions,
        issues=frames.issue_rows([("", "", None, "", "WEIGHTS_SHIPPED", "")]),
        model=Model({("m", "name", ""): {"same": 0.9}}, found=1.0, pairs=4.0, learnt=False),
    )


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Link:
    """`link` with the shipped rules into tmp_path/out, by the linkage above."""
    monkeypatch.setattr("loubao.linkage.link_tables", by_number)

    def run(left: Path, right: Path, out: str = "out", **more: Any) -> dict[str, Any]:
        return linking.link(linking.Sources(left, right, **more), tmp_path / out, RULES)

    return run


def pairs(table: Path) -> list[tuple[int, int]]:
    return pl.read_parquet(table).select("left_row", "right_row").rows()


# --- the files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["xlsx", "csv", "gb.csv", "html.xls", "parquet"])
def test_rows_are_those_of_the_file(link: Link, tmp_path: Path, ending: str) -> None:
    """Titles and totals are set aside; rows are counted as the spreadsheet shows them.

    The files' names have signs that might be taken for a pattern.
    """
    right = people_parquet(tmp_path / "在保 [2]*.parquet", NAMES[:4])
    table = [("在册名单",), HEADER, *rows(NAMES[2:5]), ("合计", "", "3人", "")]
    first = 3
    path = tmp_path / f"名单 [1]{{甲}}?.{ending}"
    if ending == "xlsx":
        path.write_bytes(xlsx(table))
    elif ending == "html.xls":
        cells = ["<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in table]
        path.write_text(f"<html><table>{''.join(cells)}</table></html>", encoding="utf-8")
    elif ending == "parquet":
        people_parquet(path, NAMES[2:5])
        first = 2
    else:
        path.write_bytes(csv_bytes(table, "gb18030" if ending == "gb.csv" else "utf-8-sig"))
    report = link(path, right)
    assert pairs(tmp_path / "out" / "links.parquet") == [(first, 4), (first + 1, 5)]
    side = report["inputs"]["left"]
    assert side["people"] == 3
    assert side["rows"] == side["people"] + sum(side["skipped"].values())
    assert report["counts"] == {
        **{"left": 3, "right": 4, "linked": 2, "review": 0, "nobody": 1, "rows": 2, "issues": 1}
    }


def test_every_sheet_with_people_is_read_by_its_own_header(link: Link, tmp_path: Path) -> None:
    note = [("填表说明",), ("请如实填写",)]
    other = [("证件号", "优抚对象姓名", "经办人姓名")]
    other += [(PEOPLE[name], name, "赵经办") for name in NAMES[2:4]]
    left = written(tmp_path / "l.xlsx", xlsx(note, [HEADER, *rows(NAMES[:2])], other))
    report = link(left, people_parquet(tmp_path / "r.parquet", NAMES))
    side = report["inputs"]["left"]
    assert (side["people"], side["rows"], side["other_sheets"]) == (4, 6, ["Sheet1"])
    assert [each["columns"]["name"] for each in side["sheets"]] == [["姓名"], ["优抚对象姓名"]]
    links = pl.read_parquet(tmp_path / "out" / "links.parquet")
    assert links.columns[7:] == ["left_sheet"]
    found = links.select("left_sheet", "left_row", "right_row").rows()
    assert found == [("Sheet2", 2, 2), ("Sheet2", 3, 3), ("Sheet3", 2, 4), ("Sheet3", 3, 5)]


def test_a_sheet_of_people_without_a_header_is_not_passed_over(link: Link, tmp_path: Path) -> None:
    left = written(tmp_path / "l.xlsx", xlsx([HEADER, *rows(NAMES[:2])], rows(NAMES[2:4])))
    right = people_parquet(tmp_path / "r.parquet", NAMES)
    with pytest.raises(UntrustedInput, match="工作表“Sheet2”里有人，但认不出表头"):
        link(left, right)
    side = link(left, right, accept_all=True)["inputs"]["left"]
    assert (side["people"], side["other_sheets"]) == (2, ["Sheet2"])


HOUSEHOLD = ("户主姓名", "户主身份证号", "家庭成员1姓名", "家庭成员1身份证号", "家庭成员2姓名")


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (
            [HOUSEHOLD, (NAMES[0], PEOPLE[NAMES[0]], NAMES[1], PEOPLE[NAMES[1]], "")],
            [(2, 0, 2), (2, 1, 3)],
        ),
        (
            [HEADER[:2], (f"{NAMES[1]}、{NAMES[2]}", f"{PEOPLE[NAMES[1]]}、{PEOPLE[NAMES[2]]}")],
            [(2, 0, 3), (2, 1, 4)],
        ),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_people_of_a_row(
    link: Link, tmp_path: Path, table: list[tuple[str, ...]], found: list[Any], ending: str
) -> None:
    left = tmp_path / f"l.{ending}"
    if ending == "csv":
        left.write_bytes(csv_bytes(table))
    else:
        columns = {h: [cell or None] for h, cell in zip(*table, strict=True)}
        pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).write_parquet(left)
    side = link(left, people_parquet(tmp_path / "r.parquet", NAMES))["inputs"]["left"]
    assert side["people"] == 2
    links = pl.read_parquet(tmp_path / "out" / "links.parquet")
    assert links.select("left_row", "left_member", "right_row").rows() == found


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_no_row_vanishes(data: st.DataObject) -> None:
    """Of sheets of households and of people: each row is people, nobody, or skipped by its kind."""
    somebody = st.sampled_from(["", *NAMES, "、".join(NAMES[:2])])
    sheets = []
    for _ in range(data.draw(st.integers(1, 3))):
        header = data.draw(st.sampled_from([HOUSEHOLD, HEADER]))
        body = data.draw(st.lists(st.tuples(*[somebody] * len(header)), max_size=4))
        sheets.append([header, (NAMES[0], PEOPLE[NAMES[0]], *[""] * (len(header) - 2)), *body])
    rules = load_linking(RULES)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "l.xlsx", xlsx(*sheets))
        side = Side("left", table_files.open_table(path, {}, rules, table_files.Opening()), rules)
    ids = pl.concat(side.frames()).select(frames.sheet_of("record_id"), frames.row_of("record_id"))
    for at, (sheet, rows_) in enumerate(zip(side.table.sheets, sheets, strict=True)):
        filled = [row for row, cells in enumerate(rows_, 1) if any(cells)]
        seen = set(ids.filter(sheet=at)["row"])
        assert seen <= set(filled)
        assert len(seen) + sum(sheet.skipped.values()) == sheet.rows == len(filled)


ONE, TWO = ((name, PEOPLE[name]) for name in NAMES[:2])


@pytest.mark.parametrize(
    ("sheet", "people"),
    [
        (
            [["姓名", "身份证号码"], ONE, ["村", "姓名", "身份证号码"], ["上浦村", *TWO]],
            [(2, 0), (4, 0)],
        ),
        (
            [["姓名", "身份证号码"], ONE, ["身份证号码", "姓名"], TWO[::-1]],
            [(2, 0), (4, 0)],
        ),
        ([["姓名", "身份证号码"], ONE, ["姓名", "身份证号码"], TWO], [(2, 0), (4, 0)]),
        ([["姓名", "身份证号码", "", "姓名", "身份证号码"], [*ONE, "", *TWO]], [(2, 0), (2, 1)]),
        ([["姓名", "身份证号码", "姓名", "村"], [*ONE, TWO[0], "上浦村"]], None),
        ([["姓名", "身份证号码", "监护人姓名"], [*ONE, TWO[0]]], [(2, 0)]),
    ],
    ids=["below", "below, turned", "the same again", "beside", "unclear", "a guardian"],
)
def test_tables_that_share_a_sheet(
    tmp_path: Path, sheet: list[Sequence[str]], people: list[tuple[int, int]] | None
) -> None:
    path, rules = written(tmp_path / "l.xlsx", xlsx(sheet)), load_linking(RULES)
    if people is None:
        with pytest.raises(UntrustedInput, match=r"第A、C列.*--columns"):
            table_files.open_table(path, {}, rules, table_files.Opening())
        opened = table_files.open_table(path, {"name": ("姓名",)}, rules, table_files.Opening())
        assert len(opened.sheets) == 1, "who says which column it is, is believed"
        return
    side = Side("left", table_files.open_table(path, {}, rules, table_files.Opening()), rules)
    found = pl.concat(side.frames())
    ids = found.select(frames.row_of("record_id"), frames.member_of("record_id"))
    assert ids.rows() == people
    numbers = [ONE[1], TWO[1]][: len(people)]
    assert found["id_number"].to_list() == numbers


def test_values_of_a_parquet_file_are_read_as_texts(tmp_path: Path) -> None:
    values = {
        "i": ([1, None], ["1", None]),
        "f": ([40000.0, 1.5], ["40000", "1.5"]),
        "damaged": ([3.50599199003071e17, None], ["3.50599199003071e+17", None]),
        "day": ([date(1990, 1, 31), None], ["1990-01-31", None]),
        "time": (
            [datetime(1990, 1, 31), datetime(1990, 1, 31, 8, 30)],
            ["1990-01-31", "1990-01-31 08:30:00"],
        ),
        "b": ([True, None], ["TRUE", None]),
        "nothing": ([None, None], [None, None]),
    }
    for column, (seen, expected) in values.items():
        assert parquet_file.texts(pl.Series(column, seen)).to_list() == expected
    categories = pl.Series(["a", None], dtype=pl.Categorical)
    assert parquet_file.texts(categories).to_list() == ["a", None]


@given(
    st.lists(
        st.one_of(st.none(), st.floats(), st.integers(-(10**17), 10**17).map(float)), max_size=8
    )
)
@settings(max_examples=25, deadline=None)
def test_numbers_are_written_as_the_reader_writes_them(values: list[float | None]) -> None:
    from loubao.workbook.cell_text import text_of

    series = pl.Series(values, dtype=pl.Float64)
    assert parquet_file.texts(series).to_list() == [text_of(value) for value in values]


def test_slices_are_linked_like_the_whole(
    link: Link, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = people_parquet(tmp_path / "l.parquet", NAMES)
    right = people_parquet(tmp_path / "r.parquet", [*NAMES[::-1], NAMES[0]])
    link(left, right, "whole.parquet")
    for module in (table_files, parquet_file):
        monkeypatch.setattr(module, "SLICE", 2)
    link(left, right, "slices.parquet")
    link(left, right, "early.parquet", early=parquet_file.begin([left, right]))
    assert (tmp_path / "whole.parquet").read_bytes() == (tmp_path / "early.parquet").read_bytes()
    assert (tmp_path / "whole.parquet").read_bytes() == (tmp_path / "slices.parquet").read_bytes()


CLEAN = [HEADER, *[(f"张{i}", number("19900101", i), "男", "a,b") for i in range(1, 60)]]


@pytest.mark.parametrize(
    ("spoil", "quick"),
    [
        (lambda text: text, True),
        (lambda text: text.replace(",", "\t").replace('"a\tb"', "ab"), True),
        (lambda text: text.replace("\r\n", "\n"), True),
        (lambda text: text.replace("张7,", "张7,,"), False),  # a field too many
        (lambda text: text.replace("张7", '"张7'), False),  # a quote that never closes
        (lambda text: text.replace("张7", '"张\n7"'), False),  # a line end within a cell
        (lambda text: "名单\n" + text, False),
        (lambda text: text.replace("张7,", '="张7",'), False),
    ],
)
def test_a_large_text_is_read_as_a_small_one(
    monkeypatch: pytest.MonkeyPatch, spoil: Callable[[str], str], quick: bool
) -> None:
    content = spoil(csv_bytes(CLEAN).decode("utf-8-sig")).encode()
    monkeypatch.setattr(reading, "LARGE", 10)
    sheet = reading.read_large_text(content, "a.csv")
    assert (sheet is not None) is quick
    if sheet is not None:
        (careful,) = reading.read_sheets(content, "a.csv")
        assert sheet.cells.equals(careful.cells)


def test_many_rows_without_a_number_are_told_apart(link: Link, tmp_path: Path) -> None:
    """Rows without an ID number are looked at by columns: the few that are nobody still are."""
    people = [(f"张{i}", "上浦村") for i in range(2_500)]
    table = [
        ("姓名", "村"),
        *people[:1000],
        ("姓名", "村"),
        ("合计", "2500人"),
        ("", "上浦村"),
        *people[1000:],
    ]
    left = written(tmp_path / "l.csv", csv_bytes([*table, ("制表人：某某", "")]))
    side = link(left, people_parquet(tmp_path / "r.parquet", NAMES))["inputs"]["left"]
    assert side["people"] == 2_500
    assert side["skipped"] == {"header": 2, "total": 1, "without_person": 1, "footer": 1}


# --- the columns ---------------------------------------------------------------------------------


def test_columns_are_named(link: Link, tmp_path: Path) -> None:
    left = parquet(tmp_path / "l.parquet", {"a": ["LI"], "b": ["HUA"], "证": ["5395262"]})
    right = parquet(tmp_path / "r.parquet", {"n": ["li  hua"], "k": ["539-5262"], "born": ["1990"]})
    columns = "left.name=a+b,right.姓名=n,left.id_number=证, right.id_number = k ,left.sex="
    report = link(left, right, columns=columns)
    assert report["inputs"]["left"]["columns"] == {"name": ["a", "b"], "id_number": ["证"]}
    assert report["inputs"]["right"]["columns"] == {
        **{"name": ["n"], "id_number": ["k"], "birth_date": ["born"]}
    }
    assert pairs(tmp_path / "out" / "links.parquet") == [(2, 2)]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("name=a", "l.parquet 没有列“a”，有：姓名、身份证号码"),
        ("right.name=a", "r.parquet 没有列“a”"),
        ("height=a", "没有字段“height”，可用：name（姓名）"),
        ("name", "少了“=”"),
    ],
)
def test_columns_that_cannot_be(link: Link, tmp_path: Path, columns: str, said: str) -> None:
    left, right = (people_parquet(tmp_path / f"{side}.parquet", NAMES) for side in "lr")
    with pytest.raises(Usage, match=said):
        link(left, right, columns=columns)
    assert not (tmp_path / "out").exists()


def test_one_side_is_told_apart_from_both() -> None:
    named = named_columns("name=a,left.name=b,id=c", {"name": "姓名", "id": "证号"})
    assert named == {
        "left": {"name": ("b",), "id": ("c",)},
        "right": {"name": ("a",), "id": ("c",)},
    }


# --- what cannot be linked -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "fault", "said"),
    [
        (
            "l.csv",
            csv_bytes([("星座", "电话"), ("白羊", "1")]),
            UntrustedInput,
            "看到的列：星座、电话",
        ),
        ("l.csv", b"", UntrustedInput, "空文件"),
        ("l.parquet", b"PAR1 and so on", UntrustedInput, "已损坏"),
        ("l.xlsx", b"%PDF-1.4", UntrustedInput, "PDF"),
        ("nowhere/l.csv", None, Usage, "不存在"),
    ],
)
def test_tables_that_cannot_be_trusted(
    link: Link,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    fault: type[Fault],
    said: str,
) -> None:
    right = people_parquet(tmp_path / "r.parquet", NAMES)
    if content is not None:
        written(tmp_path / name, content)
    for order in (1, -1):
        with pytest.raises(fault, match=said):
            link(*[tmp_path / name, right][::order])
    assert not (tmp_path / "out").exists()


def test_a_column_of_lists_is_no_text(link: Link, tmp_path: Path) -> None:
    left = parquet(tmp_path / "l.parquet", {"姓名": [["张三"]]})
    with pytest.raises(UntrustedInput, match="列“姓名”不是文字"):
        link(left, people_parquet(tmp_path / "r.parquet", NAMES))


# --- the output ----------------------------------------------------------------------------------

LINKS = pl.DataFrame(
    {
        "left_id": [3, 2, 2, 2, 2],
        "right_id": [9, 8, 7, 6, 5],
        "decision": ["link", "review", "review", "link", "review"],
        "tier": ["a", "b", "b", "a", "b"],
        "match_weight": [9.5, 1.0, 1.0, 0.5, 2.0],
        "match_probability": [0.99, 0.5, 0.5, 0.3, 0.75],
        "evidence": [
            {"id_number": "same", "name": level}
            for level in ("variant", None, "same", "same", "same")
        ],
    },
    schema_overrides={"left_id": pl.UInt64, "right_id": pl.UInt64},
)


def test_links_come_first_and_the_best_candidates() -> None:
    table = links_file.links_table(LINKS)
    assert table.columns == [
        *("left_row", "right_row", "decision", "tier"),
        *("match_weight", "match_probability", "evidence"),
    ]
    assert table.select("left_row", "right_row").rows() == [(2, 6), (2, 5), (2, 7), (2, 8), (3, 9)]
    assert table.schema["left_row"] == pl.UInt32


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".xlsx"])
def test_the_table_in_each_format(tmp_path: Path, ending: str) -> None:
    table = links_file.links_table(LINKS)
    path = tmp_path / f"a{ending}"
    links_file.write_links({"links": table}, path, ending)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if ending == ".parquet":
        assert pl.read_parquet(path).equals(table)
        return
    (sheet,) = reading.read_sheets(path.read_bytes(), path.name)
    read = sheet.cells.drop("row").rows()
    assert list(read[0]) == table.columns
    assert read[-1] == ("3", "9", "link", "a", "9.5", "0.99", "id_number=same; name=variant")
    assert read[-2][-1] == "id_number=same"


@pytest.mark.parametrize("out", ["out", "a.parquet", "a.csv", "a.XLSX"])
def test_two_runs_give_the_same_bytes(link: Link, tmp_path: Path, out: str) -> None:
    left = people_parquet(tmp_path / "l.parquet", NAMES)
    right = people_parquet(tmp_path / "r.parquet", NAMES[::-1])
    target = tmp_path / out
    contents = []
    for _ in range(2):
        link(left, right, out)
        contents.append((target / "links.parquet" if out == "out" else target).read_bytes())
    assert contents[0] == contents[1]
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]


def test_the_manifest(link: Link, tmp_path: Path) -> None:
    left = written(
        tmp_path / "l.csv", csv_bytes([HEADER, *rows(NAMES[:2]), ("", "", "女", "上浦村")])
    )
    link(left, people_parquet(tmp_path / "r.parquet", NAMES))
    out = tmp_path / "out"
    assert_whole(out)
    text = (out / "run.json").read_text(encoding="utf-8")
    assert_private(text)
    assert os.fspath(tmp_path) not in text
    manifest = json.loads(text)
    assert set(manifest) == {
        *(
            "loubao",
            "started",
            "inputs",
            "rules",
            "counts",
            "tiers",
            "compared",
            "chosen_keys",
            "issues",
            "model",
            "seconds",
            "verdicts",
            "expected",
            "keep",
            "same_people",
        ),
        "outputs",
    }
    assert set(manifest["rules"]) >= {"matching.yaml", "fields.yaml", "linking.yaml"}
    assert manifest["model"]["tables"]
    (issue,) = manifest["issues"]
    assert issue["detail"].startswith("可供学习的行太少"), "the sentence of sheets.yaml"
    assert len(manifest["inputs"]["right"]["sha256"]) == 64


def test_rows_with_neither_name_nor_number_are_counted(link: Link, tmp_path: Path) -> None:
    left = parquet(tmp_path / "l.parquet", {"姓名": [NAMES[0], None], "身份证号码": [None, "无"]})
    report = link(left, people_parquet(tmp_path / "r.parquet", NAMES))
    assert report["inputs"]["left"]["problems"] == {
        "ID_MISSING": 2,
        "NAME_MISSING": 1,
        "NO_EVIDENCE": 1,
    }
    assert report["inputs"]["left"]["people"] == 1
    assert report["counts"]["left"] == 1


def test_the_output_of_something_else_stays(link: Link, tmp_path: Path) -> None:
    left, right = (people_parquet(tmp_path / f"{side}.parquet", NAMES) for side in "lr")
    with pytest.raises(Usage, match="输入的表格"):
        link(left, right, "l.parquet")
    (tmp_path / "month").mkdir()
    (tmp_path / "month" / "run.json").write_text("{}")
    with pytest.raises(Usage, match="另一个命令的输出"):
        link(left, right, "month")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x").touch()
    with pytest.raises(Usage, match="别的文件"):
        link(left, right, "folder")


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("link")
    written(folder / "名单.xlsx", xlsx([("疑似名单",), HEADER, *rows(NAMES[:4])]))
    written(folder / "在册.csv", csv_bytes([HEADER, *rows(NAMES[2:])]))
    return folder


def test_the_command(desk: Path) -> None:
    run = loubao("link", "名单.xlsx", "在册.csv", "--rules", RULES, cwd=desk)
    assert run.code == 0, run.err
    assert_private(run.out, run.err)
    assert "LEFT 4 人，RIGHT 4 人：关联 2 人" in run.out
    assert "姓名←姓名，身份证号←身份证号码" in run.out
    assert pairs(desk / "out" / "名单-在册" / "links.parquet") == [(5, 2), (6, 3)]
    assert_whole(desk / "out" / "名单-在册")


def test_the_command_for_a_program(desk: Path) -> None:
    options = ("--rules", RULES, "--out", "a.csv", "--json")
    run = loubao("link", "名单.xlsx", "在册.csv", *options, cwd=desk)
    assert run.code == 0, run.err
    assert run.report["counts"]["linked"] == 2
    assert (desk / "a.csv").read_text().count("link,") == 2
    quiet = loubao("link", "名单.xlsx", "在册.csv", *options[:-1], "--quiet", cwd=desk)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("名单.xlsx",), 2, "缺少参数 RIGHT"),
        (("名单.xlsx", "没有.csv"), 2, "没有.csv 不存在"),
        (("名单.xlsx", "在册.csv", "--columns", "name=x"), 2, "没有列“x”，有：姓名"),
        (("名单.xlsx", "在册.csv", "--columns", "name=,id_number="), 3, "认不出姓名列和证号列"),
        (("名单.xlsx", "在册.csv", "--out", "名单.xlsx"), 2, "是输入的表格"),
    ],
)
def test_exit_codes(desk: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    run = loubao("link", *arguments, "--rules", RULES, cwd=desk)
    assert (run.code, run.out) == (code, "")
    assert said in run.err
    assert_private(run.err)


def test_the_help(desk: Path) -> None:
    run = loubao("link", "--help", cwd=desk, env={"COLUMNS": "80"})
    assert run.out.splitlines()[0] == "用法：loubao link [选项] LEFT RIGHT"
    for word in ("--columns", "loubao link 名单.xls 在册.csv --out 结果.xlsx"):
        assert word in run.out


# --- what is asked besides ------------------------------------------------------------------------


def test_kept_columns_words_duplicates_and_clusters(tmp_path: Path) -> None:
    """By the real linkage, on the command: a workbook for the clerk, csv files for a program."""
    people = [(*row, f"1390000000{at}") for at, row in enumerate(rows(NAMES[:4]))]
    header = (*HEADER[:3], "村", "手机")
    written(tmp_path / "l.xlsx", xlsx([header, *people[:2]], [header, people[2]]))
    again = [header, *people[1:], people[1]]
    written(tmp_path / "r.csv", csv_bytes(again))
    asked = ("l.xlsx", "r.csv", "--rules", RULES, "--keep", "姓名,right.phone")
    asked += ("--dedupe-right", "--clusters")
    run = loubao("link", *asked, "--out", "a.xlsx", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    assert run.report["keep"] == ["姓名", "right.phone"]
    assert run.report["same_people"] == {
        "duplicates": {"rows": 1, "linked": 1, "review": 0},
        "clusters": {"people": 4, "several_rows": 2, "rows": 5, "torn": 0},
    }
    assert {"RIGHT 里的行与前面某一行是同一人，见 duplicates": 1}.items() <= {
        issue["detail"]: issue["count"] for issue in run.report["issues"]
    }.items()
    assert_private(json.dumps(run.report))
    sheets = reading.read_sheets((tmp_path / "a.xlsx").read_bytes(), "a.xlsx")
    assert [sheet.name for sheet in sheets] == [
        "links",
        "比对结果",
        "RIGHT里重复的人",
        "同一人的各行",
    ]
    codes, words = (sheet.cells.drop("row").rows() for sheet in sheets[:2])
    assert codes[0][:7] == tuple(links_file.links_table(LINKS).columns)
    assert codes[0][7:] == ("left_sheet", "left_姓名", "right_姓名", "right_phone")
    assert words[0][:6] == (
        "LEFT行",
        "LEFT工作表",
        "RIGHT行",
        "LEFT姓名",
        "RIGHT姓名",
        "RIGHT联系电话",
    )
    assert words[1][3:7] == (NAMES[1], NAMES[1], "13900000001", "关联")
    assert words[1][-1].startswith("证号一致、姓名相同")

    run = loubao("link", *asked, "--out", "a.csv", cwd=tmp_path)
    assert run.code == 0, run.err
    assert "两张表共 4 人，其中 2 人有几行" in run.out
    assert_private(run.out)
    links, twice, clusters = (
        pl.read_csv(tmp_path / name) for name in ("a.csv", "a.duplicates.csv", "a.clusters.csv")
    )
    assert links.columns[-3:] == ["判断", "依据", "比对情况"]
    assert twice.select("row", "other_row").rows() == [(2, 5)]
    assert clusters.group_by("cluster").len().sort("cluster")["len"].to_list() == [1, 3, 2, 1]
    assert clusters.height == 3 + 4, "no row of either table vanishes"


def test_a_precision_that_nothing_was_learnt_for(desk: Path) -> None:
    options = ("--rules", RULES, "--out", "p.parquet", "--precision", "0.999")
    run = loubao("link", "名单.xlsx", "在册.csv", *options, cwd=desk)
    assert run.code == 0, run.err
    assert "准确率 0.999：可供学习的行太少，说不出" in "".join(run.out.split("\n"))
    assert pl.read_parquet(desk / "p.parquet").filter(decision="link").height == 2
    refused = loubao("link", "名单.xlsx", "在册.csv", *options[:-1], "1.5", cwd=desk)
    assert (refused.code, "0 和 1 之间" in refused.err) == (2, True)


def test_a_column_to_keep_that_is_not_there(desk: Path) -> None:
    run = loubao("link", "名单.xlsx", "在册.csv", "--rules", RULES, "--keep", "星座", cwd=desk)
    assert (run.code, "--keep：没有列“星座”，LEFT 有：姓名" in run.err) == (2, True)
