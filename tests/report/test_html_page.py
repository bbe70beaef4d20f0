"""report.html of the sample: its figures are those of the frames, and it works in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from lxml import html

from loubao.ingest.issues import faults
from loubao.linkage import persons
from loubao.report import tables
from loubao.report.figures import OUTCOMES
from loubao.report.html_page import ReportedMonth
from loubao.rules.folder import Rules
from loubao.screening.cases import Screened, screen
from loubao.screening.expected_cost import expected
from loubao.workspace.parquet_file import read_model
from loubao.workspace.settings import reckoning_day
from tests.browser import PROGRAM, Browser, browser

SAMPLE = Path(__file__).parents[2] / "sample_data" / "2022-06"
STATUSES = ("uncovered", "review", "partial")
FRAMES = ("records", "decisions", "cases", "issues")
Sheet = dict[str, dict[str, str]]


class Month:
    """A month's output: its frames and its page."""

    def __init__(self, out: Path, rules: Rules) -> None:
        self.out, self.rules = out, rules
        self.path = out / "report.html"
        self.text = self.path.read_text(encoding="utf-8")
        self.page = html.fromstring(self.text)
        frames = {name: pl.read_parquet(out / "data" / f"{name}.parquet") for name in FRAMES}
        self.records, self.decisions = frames["records"], frames["decisions"]
        self.cases, self.issues = frames["cases"], frames["issues"]
        self.run: dict[str, Any] = json.loads((out / "run.json").read_text(encoding="utf-8"))
        (chosen,) = self.page.xpath("//script[@id='charts']")
        self.charts: dict[str, Any] = json.loads(chosen.text)

    @cache  # noqa: B019 — one month a module
    def screened(self) -> Screened:
        people = persons(self.records, self.decisions)
        day = reckoning_day(SAMPLE, None)
        return screen(self.records, self.decisions, people, self.rules, day)

    def one(self, figure: str) -> str:
        (found,) = self.page.xpath(f"//*[@data-figure='{figure}']")
        return str(found.text_content())

    def table(self, figure: str) -> list[list[str]]:
        """Rows of a table, foot included."""
        (found,) = self.page.xpath(f"//table[@data-figure='{figure}']")
        return [
            [cell.text_content() for cell in row] for row in found.xpath("./tbody/tr | ./tfoot/tr")
        ]


@pytest.fixture(scope="module")
def month(rules: Rules, sample_month: Callable[[str], Path]) -> Month:
    return Month(sample_month("2022-06"), rules)


def told(text: str, count: int) -> bool:
    """Whether a cell is the count, or rightly does not tell it."""
    if text == "<3":
        return 0 < count < 3
    return text == "※" or (text == f"{count:,}" and not 0 < count < 3)


def compare(rows: list[list[str]], frame: pl.DataFrame) -> None:
    """Every row of a guarded table against the counts, by name; totals too."""
    counts = {row[0]: list(row[1:]) for row in frame.iter_rows()}
    assert {row[0] for row in rows} == set(counts)
    for name, *cells in rows:
        for text, count in zip(cells, counts[name], strict=True):
            assert told(text, count), (name, text)


def with_total(frame: pl.DataFrame) -> pl.DataFrame:
    name, *numbers = frame.columns
    return pl.concat([frame, frame.select(pl.lit("合计").alias(name), pl.col(numbers).sum())])


def test_the_headline(month: Month) -> None:
    outcomes = month.screened().outcomes
    people = outcomes.group_by("person_key").agg(all=pl.col("outcome"))
    off = people.filter(~pl.col("all").list.eval(pl.element().is_in(STATUSES)).list.any())
    excluded = off.filter(pl.col("all").list.contains("excluded")).height
    expected_figures = {
        "named": people.height,
        "covered": off.height - excluded,
        "excluded": excluded,
        "visited": month.cases.height,
        "issues": month.issues.height,
    }
    assert {name: month.one(name) for name in expected_figures} == {
        name: f"{count:,}" for name, count in expected_figures.items()
    }
    assert f"{month.cases['household'].n_unique()} 户" in month.text


def test_the_flow(month: Month) -> None:
    labels = {name: rule.sheet_label for name, rule in month.rules.lists.items()}
    counted = (
        month.screened()
        .outcomes.with_columns(pl.col("list").replace(labels))
        .group_by("list")
        .agg(
            *((pl.col("outcome") == outcome).sum().alias(outcome) for outcome in OUTCOMES),
            total=pl.len(),
        )
    )
    compare(month.table("flow"), with_total(counted))
    (series,) = month.charts["flow"]["series"]
    links = {(link["source"], link["target"]): link["value"] for link in series["links"]}
    cells = month.table("flow")
    for row, (_, *line) in enumerate(cells[:-1]):
        for outcome, text in zip(OUTCOMES, line, strict=False):
            drawn = {"<3": 2, "※": 3, "0": None}.get(text, text)
            found = links.get((f"list {row}", outcome))
            assert text == "※" or found == (None if drawn is None else int(drawn)), (row, outcome)


def places(month: Month, *place: str) -> pl.DataFrame:
    return (
        month.cases.with_columns(
            pl.col("town").fill_null("未识别乡镇"), pl.col("village").fill_null("未识别村居")
        )
        .group_by(place)
        .agg(
            villages=pl.struct("town", "village").n_unique(),
            people=pl.len(),
            households=pl.col("household").n_unique(),
            **{status: (pl.col("status") == status).sum() for status in STATUSES},
        )
    )


def test_the_towns(month: Month) -> None:
    towns = with_total(places(month, "town")).with_columns(
        households=pl.when(pl.col("town") == "合计")
        .then(month.cases["household"].n_unique())
        .otherwise("households")
    )
    rows = month.table("towns")
    assert [row[1] for row in rows] == [
        str(dict(towns.select("town", "villages").iter_rows())[row[0]]) for row in rows
    ]
    compare([[row[0], *row[2:]] for row in rows], towns.drop("villages"))
    drawn = month.charts["towns"]
    for series, column in zip(drawn["series"], (4, 5, 6), strict=False):
        for value, row in zip(series["data"], rows, strict=False):
            assert value == "-" or str(value) == row[column]


def test_the_villages(month: Month) -> None:
    rows = month.table("villages")
    counted = places(month, "town", "village")
    named = counted.select(pl.concat_str("town", pl.lit(" "), "village"), "people", *STATUSES)
    compare([[f"{town} {village}", *cells] for town, village, *cells in rows], named)
    shown = [int(row[2]) for row in rows if row[2].isdigit()]
    assert shown == sorted(shown, reverse=True)
    drawn = month.charts["villages"]
    by_name = {f"{row[0]} {row[1]}": row[2] for row in rows}
    assert [by_name[name] for name in drawn["yAxis"]["data"]] == [
        str(count) for count in drawn["series"][0]["data"]
    ]
    assert drawn["series"][0]["data"] == shown[: month.rules.report.places.top]


def test_the_overlap(month: Month) -> None:
    several = (
        month.screened()
        .outcomes.group_by("person_key")
        .agg(pl.col("list").unique().sort())
        .filter(pl.col("list").list.len() > 1)
    )
    counted = several.group_by("list").len()
    large = counted.filter(pl.col("len") >= 3)
    *rows, others = month.table("overlap")
    assert sorted(int(row[1]) for row in rows) == sorted(large["len"])
    assert int(others[1]) == several.height - large["len"].sum()
    assert f"有 {several.height} 人" in month.text
    assert month.charts["overlap"]["series"][0]["data"] == [int(row[1]) for row in rows]


def test_ages_and_sexes(month: Month) -> None:
    details = month.screened().details
    starts = [*month.rules.report.ages["from"], 200]
    bands = pl.DataFrame({"age": list(range(200))}).with_columns(
        band=pl.col("age").map_elements(
            lambda age: max(i for i, start in enumerate(starts) if start <= age), pl.Int64
        ),
        age=pl.col("age").cast(pl.Int32),
    )
    joined = details.select("age", "sex").join(bands, on="age", how="left")
    rows = month.table("ages")
    order = {None: len(starts) - 1}
    counted = (
        joined.with_columns(pl.col("band").fill_null(order[None]))
        .group_by("band")
        .agg(
            men=(pl.col("sex") == "男").sum(),
            women=(pl.col("sex") == "女").sum(),
            none=pl.col("sex").is_null().sum(),
            all=pl.len(),
        )
    )
    found = {band: counts for band, *counts in counted.iter_rows()}
    for band, (_, *cells) in enumerate(rows[:-1]):
        for text, count in zip(cells, found.get(band, [0] * 4), strict=True):
            assert told(text, count), (band, text)
    assert rows[-1][-1] == str(month.cases.height)
    for side, series in enumerate(month.charts["ages"]["series"]):
        for bar, row in zip(series["data"], rows, strict=False):
            assert bar["label"]["formatter"] == row[side + 1]
            assert bar["value"] == (int(row[side + 1]) if row[side + 1].isdigit() else 0)


def test_data_quality(month: Month) -> None:
    words = month.rules.sheets.issues
    by_code = dict(month.issues.group_by("code").len().iter_rows())
    kinds = month.table("kinds")
    assert {title: int(count) for title, count in kinds} == {
        words[code].title: count for code, count in by_code.items()
    }
    assert month.charts["kinds"]["series"][0]["data"] == [
        int(row[1]) for row in kinds[: month.rules.report.quality.top]
    ]
    by_file = dict(month.issues.group_by("file").len().iter_rows())
    rows_of = dict(month.records.group_by("file").len().iter_rows())
    for file, _, records, count, rate, _ in month.table("files"):
        assert int(records.replace(",", "")) == rows_of.get(file, 0)
        assert int(count) == by_file.get(file, 0)
        assert rate == f"{100 * by_file.get(file, 0) / rows_of[file]:.1f}"


def test_weights_and_costs(month: Month) -> None:
    width = month.rules.report.weights.bin
    counted = {
        (low, by): pairs
        for low, by, pairs in month.decisions.drop_nulls("match_weight")
        .group_by((pl.col("match_weight") / width).floor() * width, "decision")
        .len()
        .iter_rows()
    }
    bins = {float(row[0].split(" — ")[0]): row[1:] for row in month.table("weights")}
    assert {
        (low, by): int(text)
        for low, cells in bins.items()
        for by, text in zip(("link", "review"), cells, strict=True)
        if text != "0"
    } == counted
    review, link = month.charts["weights"]["series"][:2]
    assert [str(n) for n in link["data"]] == [row[0] for row in bins.values()]
    assert [str(n) for n in review["data"]] == [row[1] for row in bins.values()]
    assert sum(int(row[2]) for row in month.table("tiers")) == month.decisions.height
    model = read_model(month.out / "data" / "decisions.parquet")
    assert model is not None
    assert f"50%（{-model.prior:.1f}）" in json.dumps(month.charts["weights"], ensure_ascii=False)
    screened, rules = month.screened(), month.rules
    thresholds = rules.sheets.summary.expectation.thresholds
    costs = expected(screened.outcomes, screened.chances, thresholds)
    assert costs is not None
    rows = month.table("costs")
    assert [row[1] for row in rows] == [str(saved) for saved in costs.table["saved"]]
    for row, wasted, missed in zip(rows, costs.table["wasted"], costs.table["missed"], strict=True):
        assert float(row[2]) == pytest.approx(wasted, abs=0.051)
        assert row[3] == "小于 0.1" or float(row[3]) == pytest.approx(missed, abs=0.051)


def test_how_it_was_made(month: Month) -> None:
    inputs = {row[0]: row for row in month.table("inputs")}
    assert {row[-1] for row in inputs.values()} == {e["sha256"] for e in month.run["inputs"]}
    people = dict(month.records.group_by("file").len().iter_rows())
    for file, row in inputs.items():
        assert int(row[3].replace(",", "")) == people.get(file, 0)
    assert {tuple(row) for row in month.table("rules")} == set(month.run["rules"].items())
    proven = pl.col("id_status").is_in(["valid", "repaired", "lifted"])
    shares = month.records.group_by("list").agg(
        pl.len(),
        pl.col("qualifies").sum(),
        *(
            (100 * share.mean()).alias(name)
            for name, share in {
                "number": proven,
                "named": pl.col("name").is_not_null(),
                "born": pl.col("birth_date").is_not_null(),
                "placed": pl.col("village_code").is_not_null(),
            }.items()
        ),
    )
    labels = {month.rules.lists[name].sheet_label: numbers for name, *numbers in shares.iter_rows()}
    for name, *cells in month.table("completeness"):
        assert [float(cell.replace(",", "")) for cell in cells] == pytest.approx(
            labels.pop(name), abs=0.051
        )
    assert not labels
    assert month.one("started") == month.run["started"]
    links = month.decisions.filter(pl.col("decision") == "link").height
    assert month.one("pairs") == f"{links}／{month.decisions.height - links}"


def test_nobody_is_named(month: Month) -> None:
    words = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", month.text, flags=re.DOTALL)
    numbers = month.records["id_number"].drop_nulls()
    assert not [number for number in numbers if number in words]
    assert not re.search("[0-9]{15}[0-9xX*]{2,3}(?![0-9a-f])", re.sub("[0-9a-f]{64}", "", words))
    names = set(
        month.records["name"]
        .drop_nulls()
        .filter(month.records["name"].drop_nulls().str.len_chars() > 2)
    )
    assert not [name for name in names if name in words]


def test_size_and_self_containment(month: Month) -> None:
    assert month.path.stat().st_size < 1_500_000
    assert month.path.stat().st_mode & 0o777 == 0o600
    assert month.page.xpath("//*[@src]") == []
    assert [link.get("href") for link in month.page.xpath("//link")] == ["data:,"]
    assert all(a.get("href").startswith("#") for a in month.page.xpath("//a"))
    for drawing in month.page.xpath("//*[@role='img']"):
        assert drawing.get("aria-label")


def test_the_same_again_but_for_when_and_how_long(
    month: Month, tmp_path: Path, rules: Rules
) -> None:
    from loubao.report.html_page import report

    model = read_model(month.out / "data" / "decisions.parquet")
    assert model is not None
    screened = month.screened()
    thresholds = rules.sheets.summary.expectation.thresholds
    costs = expected(screened.outcomes, screened.chances, thresholds)
    again = report(
        ReportedMonth(month.records, month.decisions, month.issues, screened, costs),
        model,
        {**month.run, "started": "later", "seconds": {"link": 9.9}},
        rules,
        reckoning_day(SAMPLE, None),
    ).decode("utf-8")
    volatile = re.compile("<div data-volatile>.*?</div>")
    assert volatile.sub("", again) == volatile.sub("", month.text)


def test_trend_against_the_month_before(month: Month, rules: Rules) -> None:
    now = faults(month.issues, month.records)
    assert now["count"].sum() == month.issues.height
    before = now.with_columns(pl.col("count") + 1)
    trend = tables.trend(now, before, rules)
    assert trend is not None
    for _, count, was, change in trend.rows:
        assert change.text == f"{int(count.sort or 0) - int(was.sort or 0):+}"
    assert tables.trend(now, None, rules) is None
    assert len(tables.kinds(now, before, rules).heads) == 4


# In a browser


@pytest.fixture(scope="module")
def opened(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no chromium here")
    with browser(tmp_path_factory.mktemp("profile")) as page:
        page.open(month.path)
        yield page


VILLAGES = "[...document.querySelectorAll('table.sortable tbody tr:not([hidden])')]"


def column(page: Browser, number: int) -> list[str]:
    found: list[str] = page.ask(f"{VILLAGES}.map(row => row.cells[{number}].textContent)")
    return found


def test_charts_are_drawn(opened: Browser, month: Month) -> None:
    drawn = opened.ask("[...document.querySelectorAll('.chart[data-drawn] svg')].length")
    assert drawn == len(month.charts) == 7
    text = opened.ask("document.querySelector('#chart-towns svg').textContent")
    assert "张坂镇" in text
    assert opened.ask("document.documentElement.scrollWidth <= window.innerWidth")


def test_sorting(opened: Browser) -> None:
    people = "document.querySelectorAll('table.sortable thead button')[2].click()"
    names = "document.querySelectorAll('table.sortable thead button')[1].click()"
    key = {"<3": 0.5, "※": 0.5}
    opened.ask(people)
    falling = [key.get(text) or float(text) for text in column(opened, 2)]
    assert falling == sorted(falling, reverse=True)
    opened.ask(people)
    rising = [key.get(text) or float(text) for text in column(opened, 2)]
    assert rising == sorted(falling)
    assert opened.ask(
        "[...document.querySelectorAll('table.sortable th[aria-sort]')].map(h => h.ariaSort)"
    ) == ["ascending"]
    opened.ask(names)
    assert column(opened, 1) == opened.ask(
        f"{VILLAGES}.map(row => row.cells[1].textContent).sort((a, b) => a.localeCompare(b, 'zh-CN'))"
    )


def test_filtering(opened: Browser) -> None:
    whole = column(opened, 1)
    opened.ask("village.value = '社区', village.dispatchEvent(new Event('input'))")
    assert column(opened, 1) == [name for name in whole if "社区" in name]
    opened.ask("town.value = '洛阳镇', town.dispatchEvent(new Event('change'))")
    assert set(column(opened, 0)) <= {"洛阳镇"}
    assert opened.ask("found.textContent") == f"共 {len(column(opened, 0))} 个村居"
    opened.ask("village.value = town.value = '', village.dispatchEvent(new Event('input'))")
    assert column(opened, 1) == whole


def test_nothing_is_asked_for_and_nothing_complains(opened: Browser, month: Month) -> None:
    pdf = opened.call("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert len(pdf) > 100_000
    assert opened.ask("document.querySelectorAll('details[open]').length") == 0
    outside = [url for url in opened.requests if not url.startswith("data:")]
    assert outside == [month.path.as_uri()]
    assert opened.complaints == []


def page_of(month: Month, outcomes: pl.DataFrame) -> bytes:
    """The page of a month with nobody to visit."""
    from loubao.report.html_page import report

    model = read_model(month.out / "data" / "decisions.parquet")
    assert model is not None
    full = month.screened()
    screened = Screened(
        cases=full.cases.clear(),
        details=full.details.clear(),
        excluded=full.excluded.clear(),
        outcomes=outcomes,
        chances=full.chances.clear(),
    )
    records, decisions = month.records.clear(), month.decisions.clear()
    nobody = ReportedMonth(records, decisions, month.issues.clear(), screened)
    day = reckoning_day(SAMPLE, None)
    return report(nobody, model, {**month.run, "inputs": []}, month.rules, day)


def test_one_person_on_two_lists_is_not_drawn(month: Month) -> None:
    outcomes = month.screened().outcomes
    several = outcomes.filter(pl.len().over("person_key") > 1)
    page = page_of(month, several.filter(pl.col("person_key") == several["person_key"][0]))
    text = page.decode("utf-8")
    assert 'id="chart-overlap"' not in text
    assert "其他组合（每种不到 3 人）" in text


def test_a_month_without_anybody(opened: Browser, month: Month, tmp_path: Path) -> None:
    page = page_of(month, month.screened().outcomes.clear())
    (tmp_path / "report.html").write_bytes(page)
    opened.open(tmp_path / "report.html")
    assert opened.ask("document.querySelectorAll('.chart:not([data-drawn])').length") == 0
    assert "没有人同时在两份以上来源名单上" in page.decode("utf-8")
    assert opened.complaints == []
