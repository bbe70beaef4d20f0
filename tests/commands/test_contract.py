"""What stays the same: the output folder, its frames, its counts, the options everywhere."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.commands.office import (
    DIBAO,
    DIBAO_ROWS,
    MEDICAL,
    MEDICAL_ROWS,
    REPOSITORY,
    TEKUN,
    TEKUN_ROWS,
    Desk,
    assert_private,
    assert_whole,
    fill,
    hidden,
    loubao,
    month,
    tree,
    visible,
)

FRAMES = ("records", "decisions", "cases", "issues")
LISTED = {
    "records": {
        "record_id": pl.UInt64,
        "list": pl.String,
        "role": pl.String,
        "file": pl.String,
        "sheet": pl.String,
        "row": pl.UInt32,
        "member": pl.UInt32,
        "name": pl.String,
        "id_number": pl.String,
        "id_status": pl.String,
        "birth_date": pl.Date,
        "sex": pl.String,
        "town": pl.String,
        "village": pl.String,
        "village_code": pl.String,
        "qualifies": pl.Boolean,
    },
    "decisions": {
        "left_id": pl.UInt64,
        "right_id": pl.UInt64,
        "decision": pl.String,
        "tier": pl.String,
        "match_weight": pl.Float64,
        "match_probability": pl.Float64,
    },
    "cases": {
        "case_no": pl.String,
        "person_key": pl.String,
        "record_ids": pl.List(pl.UInt64),
        "lists": pl.List(pl.String),
        "status": pl.String,
        "reason": pl.String,
        "town": pl.String,
        "village": pl.String,
        "village_code": pl.String,
        "household": pl.String,
        "candidate_ids": pl.List(pl.UInt64),
    },
    "issues": {
        "file": pl.String,
        "sheet": pl.String,
        "row": pl.UInt32,
        "column": pl.String,
        "code": pl.String,
        "detail": pl.String,
    },
}

# The folder


def test_every_file_is_where_the_contract_says(good: Desk) -> None:
    assert set(tree(good.out)) == {
        "核查表",
        "核查表/洛阳镇",
        "核查表/洛阳镇/上浦村.xlsx",
        "核查表/洛阳镇/后亭村.xlsx",
        "待办.xlsx",
        "汇总.xlsx",
        "数据问题.xlsx",
        "report.html",
        "data",
        *(f"data/{name}.parquet" for name in FRAMES),
        "run.json",
    }
    assert visible(good.root) == {"2022-06", "out", "report.json"}


def test_files_are_their_owners_alone(good: Desk) -> None:
    for path in [good.out, *good.out.rglob("*")]:
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path.name


def test_a_wide_umask_changes_nothing(desk: Desk) -> None:
    old = os.umask(0)
    try:
        desk.accepted(limits={})
    finally:
        os.umask(old)
    for path in [desk.out, *desk.out.rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path.name


def test_run_json_names_inputs_rules_version_counts_and_timings(good: Desk) -> None:
    run = json.loads((good.out / "run.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in run["inputs"]} == {MEDICAL, DIBAO, TEKUN}
    assert all(len(entry["sha256"]) == 64 for entry in run["inputs"])
    shipped = {
        path.relative_to(REPOSITORY / "rules").as_posix()
        for path in (REPOSITORY / "rules").rglob("*")
        if path.suffix in {".yaml", ".csv"}
    }
    assert set(run["rules"]) == shipped
    assert run["loubao"]
    assert run["as_of"] == "2022-06-30"
    assert {"read", "tidy", "link", "screen", "write"} <= set(run["seconds"])
    assert_whole(good.out)
    assert_private((good.out / "run.json").read_text(encoding="utf-8"))


# The frames


@pytest.mark.parametrize("name", FRAMES)
def test_frame_has_the_columns_of_the_contract(good: Desk, name: str) -> None:
    schema = good.frame(name).schema
    if name in {"cases", "issues"}:
        assert list(schema) == list(LISTED[name])
    for column, dtype in LISTED[name].items():
        assert schema[column] == dtype, column
    places = [list(schema).index(column) for column in LISTED[name]]
    assert places == sorted(places), "the order is another"


def test_evidence_has_one_level_per_compared_field(good: Desk) -> None:
    evidence = good.frame("decisions").schema["evidence"]
    assert isinstance(evidence, pl.Struct)
    assert {field.dtype for field in evidence.fields} == {pl.String()}
    assert {"id_number", "name", "birth_date", "sex", "village"} <= {
        f.name for f in evidence.fields
    }


def test_decisions_and_cases_point_at_records(good: Desk) -> None:
    records, decisions, cases = map(good.frame, FRAMES[:3])
    known = set(records["record_id"])
    assert records["record_id"].n_unique() == records.height
    assert set(decisions["left_id"]) | set(decisions["right_id"]) <= known
    assert set(cases["record_ids"].explode()) <= known
    assert set(decisions["decision"]) <= {"link", "review"}
    assert set(cases["status"]) <= {"uncovered", "review", "partial"}
    assert decisions["match_weight"].is_finite().all()
    assert decisions["match_probability"].is_between(0, 1).all()


def test_the_people_of_the_month(good: Desk) -> None:
    assert good.frame("cases").select("village", "status").sort("village").rows() == [
        ("上浦村", "uncovered"),
        ("后亭村", "uncovered"),
    ]
    assert good.frame("decisions").select("decision").rows() == [("link",)]


def test_issues_hold_no_personal_data(good: Desk) -> None:
    assert_private(*(str(row) for row in good.frame("issues").rows()))


# Every row is accounted for


ROWS = {MEDICAL: MEDICAL_ROWS, DIBAO: DIBAO_ROWS, TEKUN: TEKUN_ROWS}


def test_every_row_is_a_record_a_declared_skip_or_an_issue(good: Desk) -> None:
    run = json.loads((good.out / "run.json").read_text(encoding="utf-8"))
    records, issues = good.frame("records"), good.frame("issues")
    for entry in run["inputs"]:
        rows = ROWS[entry["file"]]
        filled = {i for i, row in enumerate(rows, start=1) if any(cell != "" for cell in row)}
        [sheet] = entry["sheets"]
        of_file = pl.col("file") == entry["file"]
        people = records.filter(of_file)["row"].to_list()
        skipped = [row for kind in sheet["skipped"].values() for row in kind]
        told = set(issues.filter(of_file & (pl.col("code") == "ROW_WITHOUT_PERSON"))["row"])
        assert Counter([*set(people), *skipped]) == Counter(filled - told | set(skipped) & told)
        assert set(people) | set(skipped) | told == filled
        counts = sheet["counts"]
        assert counts["rows"] == len(filled)
        assert counts["records"] == len(people)
        kinds = ("title", "header", "total", "footer", "without_person")
        assert sum(counts.get(kind, 0) for kind in kinds) + len(set(people)) == len(filled)


def test_counts_add_up(good: Desk) -> None:
    report = json.loads((good.root / "report.json").read_text(encoding="utf-8"))
    counts, records = report["counts"], good.frame("records")
    assert counts["records"] == records.height == sum(row["records"] for row in report["lists"])
    assert counts["files"] == len(report["inputs"]) == 3
    assert counts["qualifying"] == 3
    assert counts["cases"] == sum(counts[s] for s in ("uncovered", "review", "partial"))
    assert counts["cases"] == sum(town["people"] for town in report["towns"])
    assert counts["issues"] == sum(problem["count"] for problem in report["problems"])
    assert counts["links"] + counts["reviews"] == good.frame("decisions").height


def test_people_on_the_sheets_are_the_cases(good: Desk) -> None:
    shown = Counter[str]()
    for path in (good.out / "核查表").rglob("*.xlsx"):
        texts = {
            str(cell.value)
            for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()
            for cell in row
        }
        for name in good.frame("records")["name"]:
            shown[name] += name in texts
    assert {name for name, count in shown.items() if count} == {"蔡阿榕", "曾淑勉"}


# The same again


def _other_order(desk: Desk) -> None:
    """The same exports, made in another order, read by one thread."""
    files = dict(reversed(month().items()))
    for name in files:
        desk.remove(name)
    fill(desk.data, files)
    desk.accepted(env={"POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "7"}, limits={})


def test_two_runs_give_the_same_bytes(desk: Desk, good: Desk) -> None:
    before = tree(good.out)
    _other_order(desk)
    after = tree(desk.out)
    for name in [f"data/{name}.parquet" for name in FRAMES]:
        assert after[name] == before[name], name
    assert set(after) == set(before)
    for path in good.out.rglob("*.xlsx"):
        relative = path.relative_to(good.out)
        assert _cells(desk.out / relative) == _cells(path), relative


def _cells(path: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path)
    return {page.title: list(page.iter_rows(values_only=True)) for page in book.worksheets}


# Options that mean the same everywhere


def test_json_is_one_object_and_nothing_else(desk: Desk) -> None:
    run = desk.match("--json", "--quiet")
    assert run.code == 0
    assert run.report["counts"]["cases"] == 2
    assert run.err == ""
    assert_private(run.out)


def test_quiet_prints_nothing(desk: Desk) -> None:
    desk.put("填表说明.txt", b"")  # an issue is not an error
    run = desk.match("--quiet")
    assert (run.code, run.out, run.err) == (0, "", "")


def test_what_a_clerk_sees(desk: Desk) -> None:
    run = desk.match()
    assert run.code == 0
    assert run.err == ""
    for word in ("个人自付医疗费用超4万元人员", "最低生活保障对象", "洛阳镇", "out/核查表"):
        assert word in run.out
    assert_private(run.out)


def test_check_leaves_the_output_of_a_match_whole(desk: Desk) -> None:
    desk.accepted()
    before = tree(desk.out)
    told = loubao("check", "2022-06", "--out", "out", cwd=desk.root)
    assert told.code == 2
    meant_for_match = loubao("check", "2022-06", cwd=desk.root, env={"LOUBAO_OUT": "out"})
    assert meant_for_match.code == 0
    assert tree(desk.out) == before


def test_check_writes_nothing_unless_told(desk: Desk) -> None:
    before = tree(desk.root)
    run = loubao("check", "2022-06", cwd=desk.root)
    assert run.code == 0
    assert tree(desk.root) == before
    assert MEDICAL in run.out
    assert_private(run.out, run.err)
    run = loubao("check", "2022-06", "--json", "--quiet", "--out", "检查", cwd=desk.root)
    assert run.report["out"] == "检查/数据问题.xlsx"
    assert set(tree(desk.root / "检查")) == {"数据问题.xlsx"}
    assert stat.S_IMODE((desk.root / "检查" / "数据问题.xlsx").stat().st_mode) == 0o600
    assert_private(run.out, run.err)


def test_every_option_has_its_variable(good: Desk, tmp_path: Path) -> None:
    fill(tmp_path / "本月", month())
    made = loubao("init", "办公室", cwd=tmp_path)
    assert made.code == 0, made.err
    rules = tmp_path / "办公室" / "rules"
    text = (rules / "lists" / "medical.yaml").read_text(encoding="utf-8")
    changed = text.replace("self_paid > ${medical_over}", "self_paid > 60000")
    (rules / "lists" / "medical.yaml").write_text(changed, encoding="utf-8")
    (tmp_path / "密码.txt").write_text("x\n", encoding="utf-8")
    run = loubao(
        "match",
        "本月",
        cwd=tmp_path,
        env={
            "LOUBAO_RULES": str(rules),
            "LOUBAO_OUT": "结果",
            "LOUBAO_AS_OF": "2022-05-31",
            "LOUBAO_JSON": "1",
            "LOUBAO_YES": "1",
            "LOUBAO_PASSWORD_FILE": "密码.txt",
        },
    )
    assert run.code == 0, run.err
    assert run.report["as_of"] == "2022-05-31"
    assert run.report["counts"]["qualifying"] == 1
    assert run.report["out"] == "结果"
    assert_whole(tmp_path / "结果")
    run = loubao(
        "match", "本月", cwd=tmp_path, env={"LOUBAO_QUIET": "1", "LOUBAO_AS_OF": "2022-05-31"}
    )
    assert (run.code, run.out, run.err) == (0, "", "")
    assert_whole(tmp_path / "out" / "本月")  # the default


@pytest.mark.parametrize(
    ("folder", "day"),
    [("2022-06", "2022-06-30"), ("2022年6月", "2022-06-30"), ("2024年2月导出", "2024-02-29")],
)
def test_the_day_comes_from_the_name_of_the_folder(tmp_path: Path, folder: str, day: str) -> None:
    fill(tmp_path / folder, month())
    run = loubao("check", folder, "--json", cwd=tmp_path)
    assert run.report["as_of"] == day


def test_init_makes_a_folder_that_works_and_overwrites_none(desk: Desk) -> None:
    made = loubao("init", "新区", "--json", cwd=desk.root)
    assert made.code == 0
    assert tree(desk.root / "新区" / "rules").keys() == tree(REPOSITORY / "rules").keys()
    desk.refused(2, "rules", arguments=("init", "新区"))
    assert hidden(desk.root / "新区") == set()
