"""LEFT or RIGHT of `link` on its way to the linkage: its people in slices, counted and timed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from loubao.ingest.habits import SAMPLE, Habits, habits, in_letters, text_of
from loubao.ingest.kept_columns import Kept, kept_texts
from loubao.ingest.linkable import linkable
from loubao.ingest.row_people import row_people
from loubao.ingest.sheets.fit import Column, Fit
from loubao.rules.linking import LinkRules
from loubao.workspace.links_file import Places
from loubao.workspace.stages import Timings
from loubao.workspace.table_files import SLICE, Table, TableSheet


@dataclass
class Side:
    """One table: what was read of it so far.

    `side` is "left" or "right". `kept`: for each sheet the columns that go over into the output;
    `texts` (record_id, one String column each) has them, of every person read. `several`: a row
    names several people.
    """

    side: str
    table: Table
    rules: LinkRules
    kept: Sequence[Kept] = ()
    people: int = 0
    several: bool = False
    problems: Counter[str] = field(default_factory=Counter)
    timings: Timings = field(default_factory=Timings)
    _texts: list[pl.DataFrame] = field(default_factory=list)

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield LINKABLE with the particulars: of one sheet in slices, of several together."""
        if len(self.table.sheets) == 1:
            yield from self._of_sheet(0)
            return
        found = [frame for at in range(len(self.table.sheets)) for frame in self._of_sheet(at)]
        with self.timings.stage("tidy"):
            whole = pl.concat(found, how="diagonal")
            columns = dict.fromkeys(column for frame in found for column in frame.columns)
        yield from whole.select(*columns).iter_slices(SLICE)

    def _of_sheet(self, number: int) -> Iterator[pl.DataFrame]:
        sheet, read_as = self.table.sheets[number], None
        more = [each.place for each in self.kept[number].values()] if self.kept else []
        slices = sheet.slices(filter(None, more))
        while True:
            with self.timings.stage("read"):
                rows = next(slices, None)
            if rows is None:
                return
            with self.timings.stage("tidy"):
                read_as = read_as or self._habits(sheet.fit, rows)
                frame = self._linkable(number, rows, read_as)
            yield frame

    def _linkable(self, number: int, rows: pl.DataFrame, read_as: Habits) -> pl.DataFrame:
        sheet = self.table.sheets[number]
        people = row_people(rows, sheet.fit, self.rules, read_as.in_parts, sheet.ends)
        if sheet.block:  # the people of a row are counted on through tables side by side
            on = people.rows.with_columns(pl.col("member") + sheet.block)
            people = people._replace(rows=on)
        frame, odd = linkable(people.rows, people.fit, read_as, self.rules, self.side, number)
        odd["MEMBERS_UNPAIRED"] = people.unpaired
        self.several = self.several or bool((people.rows["member"] > 0).any())
        self.people += frame.height - odd.get("NO_EVIDENCE", 0)
        self.problems.update({code: count for code, count in odd.items() if count})
        if self.kept:
            texts = kept_texts(rows, people, self.kept[number])
            self._texts.append(texts.insert_column(0, frame["record_id"]))
        return frame

    def _habits(self, fit: Fit, rows: pl.DataFrame) -> Habits:
        """How a sheet is to be read; whether names stand in parts is one for the whole table."""
        found = habits(rows, fit, self.rules)
        if len(self.table.sheets) == 1:
            return found
        names = [
            text_of(each.head(SAMPLE), each.fit, "name").alias("name") for each in self.table.sheets
        ]
        return replace(found, in_parts=in_letters(pl.concat(names), self.rules.linking.other_names))

    def texts(self) -> pl.DataFrame:
        """Return record_id and the kept columns, named `left_…` or `right_…`."""
        if not self._texts:
            return pl.DataFrame(schema={"record_id": pl.UInt64})
        names = dict.fromkeys(name for frame in self._texts for name in frame.columns)
        whole = pl.concat(self._texts, how="diagonal").select(*names)
        return whole.rename(lambda name: name if name == "record_id" else f"{self.side}_{name}")

    @property
    def places(self) -> Places:
        """What tells its people apart in the output beside the row."""
        sheets = tuple(sheet.name for sheet in self.table.sheets)
        return Places(sheets if len({*sheets}) > 1 else (), self.several)

    def account(self, digest: str) -> dict[str, Any]:
        """Return what run.json says of the table: columns, rows, problems, nothing personal.

        What there is once is of the first sheet; `sheets` has each, where there are several.
        """
        table, discreet = self.table, self.rules.discretion.text
        first, *others = [self._account(sheet) for sheet in table.sheets]
        skipped: Counter[str] = Counter()
        for sheet in table.sheets:
            skipped.update(sheet.skipped)
        return {
            "file": discreet(table.file),
            "sha256": digest,
            **first,
            "sheets": [first, *others] if others else [],
            "other_sheets": list(table.other_sheets),
            "rows": table.rows,
            "skipped": dict(skipped),
            "people": self.people,
            "problems": dict(sorted(self.problems.items())),
        }

    def _account(self, sheet: TableSheet) -> dict[str, Any]:
        fit = sheet.fit
        own = [column for column in fit.columns if column.slot is None]
        fields = dict.fromkeys(column.field for column in own if column.field is not None)
        return {
            "sheet": sheet.name,
            "columns": {
                field: [self._shown(column) for column in fit.columns_of(field)] for field in fields
            },
            "member_columns": [self._shown(c) for c in fit.columns if c.slot is not None],
            "unused_columns": [
                self._shown(column) for column in fit.columns if column.place not in fit.places
            ],
            "rows": sheet.rows,
            "skipped": dict(sheet.skipped),
        }

    def _shown(self, column: Column) -> str:
        return self.rules.discretion.header(column.header, int(column.place))
