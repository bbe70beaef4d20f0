"""`link`: two tables of any kind → the people of LEFT who are in RIGHT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from loubao import __version__
from loubao.core import frames
from loubao.core.faults import Usage
from loubao.ingest.columns import SIDES, named_columns
from loubao.ingest.kept_columns import kept_columns
from loubao.ingest.shared_columns import with_shared_columns
from loubao.rules.linking import LinkRules, load_linking
from loubao.workspace.honoured_verdicts import Verdicts, carried_verdicts, write_questions
from loubao.workspace.link_counts import account, account_of_asked
from loubao.workspace.link_side import Side
from loubao.workspace.links_file import (
    beside,
    clusters_table,
    duplicates_table,
    is_table,
    links_table,
    write_links,
)
from loubao.workspace.output_file import write_file, write_files
from loubao.workspace.output_folder import output_folder, sha256, write_manifest
from loubao.workspace.parquet_file import Early
from loubao.workspace.settings import is_output
from loubao.workspace.stages import Progress, Timings, silent
from loubao.workspace.table_files import Opening, open_table
from loubao.workspace.verdict_file import NAME

if TYPE_CHECKING:
    from loubao.linkage import Linked, Model
    from loubao.linkage.same_people import SamePeople

LINKS = "links"


@dataclass(frozen=True)
class Sources:
    """The two files, and what is needed to read them.

    `columns` names columns (`left.name=…`); `early` has the first rows of those that are on their
    way; `verdicts` is a file of what people have said of pairs. `accept_all`: a sheet of people
    that nobody can read is passed over.
    """

    left: Path
    right: Path
    columns: str | None = None
    passwords: Sequence[str] = ()
    early: Early | None = None
    verdicts: Path | None = None
    accept_all: bool = False

    @property
    def paths(self) -> tuple[Path, Path]:
        """LEFT, RIGHT."""
        return self.left, self.right


@dataclass(frozen=True)
class Asked:
    """What is asked beside who of LEFT is in RIGHT.

    precision     what the links are to hold
    keep          columns that go over into the output
    dedupe_right  which rows of RIGHT are one person
    clusters      which rows of both are one person
    """

    precision: float | None = None
    keep: str | None = None
    dedupe_right: bool = False
    clusters: bool = False


def link(
    sources: Sources,
    out: Path,
    rules: Path,
    progress: Progress = silent,
    asked: Asked = Asked(),
) -> dict[str, Any]:
    """Link two tables, write the links to `out`, and return what run.json holds.

    `out` is one table where it ends in .parquet, .csv or .xlsx, else a folder. Raises a `Fault`;
    then `out` is what it was before.
    """
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    _refuse(sources.paths, out, rules, asked)
    with ThreadPoolExecutor(2) as hashing:  # OpenSSL lets go of the interpreter
        digests = [hashing.submit(sha256, path) for path in sources.paths]
        timings = Timings()
        verdicts = Verdicts.of(sources.verdicts)
        with timings.stage("rules"):
            link_rules = load_linking(rules)
        sides = _opened(sources, asked, link_rules, timings, progress)
        with nullcontext() if is_table(out) else output_folder(out, carried=NAME) as draft:
            linked, people = _linked(sides, verdicts, asked, timings, progress)
            linked = replace(
                linked, issues=pl.concat([linked.issues, verdicts.issues, people.issues])
            )
            tables = _tables(linked, people, sides)
            report = {
                "loubao": __version__,
                "started": started,
                **account(sides, digests, linked, timings),
                **account_of_asked(linked, people, asked.precision, asked.keep),
                "verdicts": verdicts.account() | {"unused": _unused(verdicts, out)},
            }
            with timings.stage("write"):
                if draft is None:
                    _write_tables(out, tables, link_rules, linked.model, bool(asked.keep))
                else:
                    for name, table in tables.items():
                        model = linked.model if name == LINKS else None
                        write_links({name: table}, draft.path(f"{name}.parquet"), ".parquet", model)
                    found = linked.decisions, linked.rows
                    write_questions(draft, *found, verdicts, linked.model)
            if draft is not None:
                write_manifest(draft, report)
    return {
        **report,
        "out": str(out),
        **(draft.account() if draft else {"kept": None}),
        "issue_titles": link_rules.linking.issues,
        "labels": link_rules.labels,
    }


def _opened(
    sources: Sources, asked: Asked, rules: LinkRules, timings: Timings, progress: Progress
) -> list[Side]:
    """Both tables, understood but not read."""
    with timings.stage("rules"):
        named = named_columns(sources.columns, rules.labels, rules.discretion)
    opening = Opening(sources.passwords, sources.early, sources.accept_all)
    sides = []
    with timings.stage("read"):
        progress("read", 0, 2)
        for side, path in zip(SIDES, sources.paths, strict=True):
            sides.append(Side(side, open_table(path, named[side], rules, opening), rules))
            progress("read", len(sides), 2)
    left, right = (side.table.fits for side in sides)
    kept = kept_columns(asked.keep, left, right, rules)
    fits = with_shared_columns(left, right, rules)
    for each, own, columns in zip(sides, fits, kept, strict=True):
        each.table, each.kept = each.table.with_fits(own), columns
    return sides


def _linked(
    sides: Sequence[Side],
    verdicts: Verdicts,
    asked: Asked,
    timings: Timings,
    progress: Progress,
) -> tuple[Linked, SamePeople]:
    """Everything between the tables and the disk."""
    left_side, right_side = sides
    matching = left_side.rules.matching
    total = right_side.table.rows
    progress("link", 0, total)
    waiting = Timings()
    wanted = asked.dedupe_right or asked.clusters
    rights: list[pl.DataFrame] = []
    with ThreadPoolExecutor(1) as reader:  # the next slice of RIGHT is made while one is linked
        right = _ahead(_looked(right_side, verdicts), reader, waiting)
        left = pl.concat([*_looked(left_side, verdicts)] or [frames.empty(frames.LINKABLE)])
        from loubao.core.readings import prepare  # loaded while RIGHT is being made
        from loubao.linkage import link_tables
        from loubao.linkage.same_people import SamePeople, same_people

        prepare()
        with timings.stage("link"):
            linked = link_tables(
                left,
                _remembered(right, rights) if wanted else right,
                matching,
                lambda rows: progress("link", rows, total),
                total,
                verdicts.on_tables(),
                asked.precision,
            )
    timings.seconds["link"] -= waiting.seconds.get("wait", 0.0)
    for side in sides:
        timings.seconds |= {f"{stage}_{side.side}": n for stage, n in side.timings.seconds.items()}
    people = SamePeople()
    if wanted:
        with timings.stage("same_people"):
            whole = pl.concat(rights or [frames.empty(frames.LINKABLE)])
            people = same_people(left, whole, linked, verdicts.stated, matching, asked.clusters)
    progress("link", total, total)
    return linked, people


def _remembered(
    frames_: Iterator[pl.DataFrame], kept: list[pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    """Yield frames, each of which is kept."""
    for frame in frames_:
        kept.append(frame)
        yield frame


def _tables(linked: Linked, people: SamePeople, sides: Sequence[Side]) -> dict[str, pl.DataFrame]:
    """What is written, by its name."""
    left, right = (side.places for side in sides)
    texts = [side.texts() for side in sides] if any(side.kept for side in sides) else []
    tables = {LINKS: links_table(linked.decisions, left, right, texts)}
    if people.duplicates is not None:
        of_right = texts[1] if texts else None
        tables["duplicates"] = duplicates_table(people.duplicates, right, of_right)
    if people.clusters is not None:
        tables["clusters"] = clusters_table(people.clusters, left, right, texts)
    return tables


def _write_tables(
    out: Path, tables: Mapping[str, pl.DataFrame], rules: LinkRules, model: Model, kept: bool
) -> None:
    """Write one file, and beside it those of other tables; a workbook has them all."""
    ending = out.suffix.lower()
    if ending == ".xlsx":
        from loubao.screening.links_in_words import in_words  # what only words take is dear

        words = rules.linking.words
        assert words is not None
        titles = {str(name): title for name, title in words.pages.items()}
        spoken = {titles[name]: in_words(each, rules, model) for name, each in tables.items()}
        pages = {LINKS: tables[LINKS], **spoken}
        write_file(out, lambda target: write_links(pages, target, ending))
        return
    written = dict(tables)
    if ending == ".csv" and kept:
        from loubao.screening.links_in_words import decided_in_words

        links, said = tables[LINKS], decided_in_words(tables[LINKS], rules, model)
        named = rules.linking.words.columns if rules.linking.words else {}
        words_of = said.drop("match_probability").rename(named, strict=False)
        written[LINKS] = links.with_columns(words_of)
    files = {out if name == LINKS else beside(out, name): name for name in written}
    write_files(
        out,
        {
            path: partial(_written, {name: written[name]}, ending, model if name == LINKS else None)
            for path, name in files.items()
        },
    )


def _written(
    pages: Mapping[str, pl.DataFrame], ending: str, model: Model | None, target: Path
) -> None:
    write_links(pages, target, ending, model)


def _looked(side: Side, verdicts: Verdicts) -> Iterator[pl.DataFrame]:
    """The frames of a table, in which the rows of verdicts are looked for."""
    for frame in side.frames():
        verdicts.look(frame, side.side)
        yield frame


def _unused(verdicts: Verdicts, out: Path) -> int:
    """How many verdicts lie in the output that were not given."""
    return 0 if is_table(out) else carried_verdicts(out, verdicts.file)


def _ahead(
    slices: Iterator[pl.DataFrame], reader: ThreadPoolExecutor, timings: Timings
) -> Iterator[pl.DataFrame]:
    """Return the slices, each made by `reader` before it is asked for; the first begins at once."""
    first = reader.submit(next, slices, None)

    def frames_to_come() -> Iterator[pl.DataFrame]:
        coming = first
        while True:
            with timings.stage("wait"):
                frame = coming.result()
            if frame is None:
                return
            coming = reader.submit(next, slices, None)
            yield frame

    return frames_to_come()


def _refuse(inputs: Sequence[Path], out: Path, rules: Path, asked: Asked) -> None:
    if asked.precision is not None and not 0 < asked.precision < 1:
        raise Usage("--precision 应在 0 和 1 之间，如 0.999")
    for path in inputs:
        if not path.is_file():
            there = "不是普通文件" if path.exists() else "不存在"
            kind = "是文件夹，不是表格" if path.is_dir() else there
            shown = load_linking(rules).discretion.text(str(path))
            raise Usage(f"{shown} {kind}；LEFT 和 RIGHT 应为 xlsx、xls、csv 或 parquet 文件")
    others = [beside(out, name) for name in ("duplicates", "clusters")] if is_table(out) else []
    for target in (out, *others):
        if target.exists() and any(target.samefile(path) for path in inputs):
            raise Usage(f"--out {out.name} 是输入的表格，请换一个")
    # the output of a match would be thrown away: LOUBAO_OUT may be meant for it
    if is_output(out) and not (out / f"{LINKS}.parquet").is_file():
        raise Usage(f"--out {out.name} 是另一个命令的输出，请换一个文件夹")
