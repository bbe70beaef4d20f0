"""The files of a register (`match --register`): a roll of the whole province, in parquet.

It is a file or a folder of files, as a data bureau exports it, Spark writes it or `loubao link`
leaves it. A value that a folder's name holds (县=晋江市) is a column. What is not whole is refused
before the month is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import polars as pl

from loubao.core import frames
from loubao.core.disk import reason
from loubao.core.faults import UntrustedInput, Usage
from loubao.core.frames import Sheet
from loubao.core.masking import Discretion
from loubao.ingest.sheets.account import Part, part_of, shown
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.identify import Claimed
from loubao.ingest.sheets.own_numbers import settled_fits
from loubao.ingest.sheets.vocabulary import vocabulary
from loubao.rules import REGISTER
from loubao.rules.folder import Rules
from loubao.workspace.output_folder import MANIFEST, sha256
from loubao.workspace.parquet_file import ParquetFile, is_parquet, open_parquet
from loubao.workspace.stages import Progress, silent

#: Rows that are handed over at a time.
SLICE = 1_000_000
#: Rows by which a header is understood.
_SEEN = 200
#: A folder that Spark is writing, or has not finished, has this; and one that is done has that.
_UNFINISHED, _DONE = "_temporary", "_SUCCESS"
_PARTITION = re.compile(r"([^=]+)=(.*)")
_NULL = "__HIVE_DEFAULT_PARTITION__"
#: What `link` leaves in its folder, and how the columns of RIGHT that it kept are called there.
_LINKS, _RIGHT_ROW, _RIGHT = "links.parquet", "right_row", "right_"


@dataclass(frozen=True)
class RegisterFile:
    """One file: what it is called, how its columns were understood, its SHA-256 on its way.

    `constants`: place → value of the columns that stand in the names of its folders.
    """

    file: str
    parquet: ParquetFile
    fit: Fit
    headers: tuple[str, ...]
    constants: Mapping[str, str | None]
    sha256: Future[str]
    stamp: tuple[int, int]

    def slices(self) -> Iterator[pl.DataFrame]:
        """Yield `row` (UInt32) and String columns by place; raises `UntrustedInput`."""
        stored = [place for place in self.fit.places if place not in self.constants]
        constants = {p: pl.lit(v, pl.String) for p, v in self.constants.items()}
        for part in self.parquet.slices(stored, SLICE):
            yield part.with_columns(**constants)

    def refuse_changed(self) -> None:
        """Raise `UntrustedInput` where somebody wrote the file after it was opened."""
        if not self.parquet.path.exists() or _stamp(self.parquet.path) != self.stamp:
            raise UntrustedInput(f"{self.file}：读的时候被改动了，请等它写完后再运行")

    def no_rows(self) -> pl.DataFrame:
        """Return a slice without rows."""
        return pl.DataFrame(schema={"row": pl.UInt32} | dict.fromkeys(self.fit.places, pl.String))

    def unread(self, discretion: Discretion) -> list[str]:
        """Return the headers, as they may be shown, of columns of which no rule says anything."""
        return [shown(c, discretion) for c in self.fit.columns if not (c.field or c.ignored)]

    def part(self, rows: pl.DataFrame, rules: Rules) -> Part:
        """Return some rows as the part of a month that any sheet is, the header above them."""
        cells = rows.select("row", pl.col(self.fit.places).replace("", None))
        head = {place: self.headers[int(place)] for place in self.fit.places}
        header = pl.DataFrame({"row": [1], **head}, schema=cells.schema)
        sheet = _sheet(self.file, pl.concat([header, cells]))
        read = replace(self.fit, columns=tuple(c for c in self.fit.columns if c.field is not None))
        return part_of(Claimed(sheet, 0, REGISTER, read), rules)


@dataclass(frozen=True)
class Register:
    """A register that was opened, not read; `progress` is told of the rows that are."""

    files: tuple[RegisterFile, ...]
    progress: Progress

    @property
    def rows(self) -> int:
        """How many rows there are in all files."""
        return sum(each.parquet.rows for each in self.files)


def open_register(path: Path, rules: Rules, progress: Progress = silent) -> Register:
    """Return a register, its columns understood by the list `register` of the rules.

    Raises `Usage` where there is nothing, or the rules have no such list; `UntrustedInput` where
    it is not whole, a file is no parquet or is damaged, or a column that the list needs is missing.
    """
    if REGISTER not in rules.lists:
        folder = rules.folder.name
        raise Usage(
            f"规则文件夹 {folder} 里没有 lists/{REGISTER}.yaml，不能用 --register；"
            "请用 loubao init 另建一个文件夹，从那里复制这个文件"
        )
    label = rules.discretion.text(path.name)
    if not path.exists():
        raise Usage(f"--register {label} 不存在，请检查路径")
    paths = _parquet_below(path, rules) if path.is_dir() else {path: path.name}
    called = rules.discretion.labels(paths.values())
    hashing = ThreadPoolExecutor(1)  # OpenSSL lets go of the interpreter
    try:
        files = tuple(_opened(p, n, called[n], rules, hashing) for p, n in paths.items())
    finally:
        hashing.shutdown(wait=False)
    register = Register(files, progress)
    bounds = rules.lists[REGISTER].rows
    if not bounds.least <= register.rows <= bounds.most:
        raise UntrustedInput(
            f"{label}：全省名册有 {register.rows} 行，应在 {bounds.least} 到 {bounds.most} "
            f"之间，请核对文件，或改规则 lists/{REGISTER}.yaml 的 rows"
        )
    return register


def _parquet_below(folder: Path, rules: Rules) -> dict[Path, str]:
    """Return the files of a folder with their paths in it; raises `UntrustedInput`.

    What begins with a dot or a stroke below the line is the writer's own, as Spark has it.
    """
    label = rules.discretion.text(folder.name)
    below = sorted(folder.rglob("*"))
    paths = {path: path.relative_to(folder).as_posix() for path in below if path.is_file()}
    own = {path for path, name in paths.items() if re.search(r"(^|/)[._]", name)}
    data = {path: name for path, name in paths.items() if path not in own and name != MANIFEST}
    from_spark = any(PurePosixPath(name).name.startswith("part-") for name in data.values())
    done = (folder / _DONE).is_file() or (folder / MANIFEST).is_file()
    if any(path.name == _UNFINISHED for path in below) or (from_spark and not done):
        raise UntrustedInput(
            f"{label}：还没有写完（没有 {_DONE}，或有 {_UNFINISHED}），请等写完后再运行；"
            f"确已写完的，请在里面放一个名为 {_DONE} 的空文件"
        )
    links = {path: name for path, name in data.items() if name == _LINKS}
    if links and done:
        return links
    if not data:
        raise UntrustedInput(f"{label}：文件夹里没有 parquet 文件，请检查路径")
    return data


def _opened(
    path: Path, name: str, file: str, rules: Rules, hashing: ThreadPoolExecutor
) -> RegisterFile:
    """Open one file, `name` in the register and `file` in messages; raises `UntrustedInput`."""
    try:
        stamp = _stamp(path)
        parquet = is_parquet(path)
    except OSError as error:
        why = reason(error) or "打不开，请检查权限"
        raise UntrustedInput(f"{file}：{why}") from None
    if not parquet:
        raise UntrustedInput(f"{file}：不是 parquet 文件，全省名册只读 parquet，请另存或移走")
    table = open_parquet(path, {}, rules.discretion)
    stored = list(table.schema)
    folders = [_PARTITION.fullmatch(part) for part in PurePosixPath(name).parts[:-1]]
    named = [(unquote(hit[1]), unquote(hit[2])) for hit in folders if hit]
    named = [(header, value) for header, value in named if header not in stored]
    headers = (*_headers(stored, rules), *(header for header, _ in named))
    values = (None if value == _NULL else value for _, value in named)
    constants = {str(at): value for at, value in enumerate(values, len(stored))}
    fit = _understood(file, table, headers, constants, rules)
    digest = hashing.submit(sha256, path)
    return RegisterFile(file, table, fit, headers, constants, digest, stamp)


def _headers(stored: Sequence[str], rules: Rules) -> list[str]:
    """The headers of a file: in the result of a link, right_姓名 and right_name are 姓名."""
    if _RIGHT_ROW not in stored:
        return list(stored)
    fields = rules.lists[REGISTER].fields
    bare = [h if h == _RIGHT_ROW else h.removeprefix(_RIGHT) for h in stored]
    return [
        fields[name].headers[0] if name in fields and name != header else name
        for name, header in zip(bare, stored, strict=True)
    ]


def _stamp(path: Path) -> tuple[int, int]:
    """The size and the time of change of a file."""
    told = path.stat()
    return told.st_size, told.st_mtime_ns


def _understood(
    file: str,
    table: ParquetFile,
    headers: Sequence[str],
    constants: Mapping[str, str | None],
    rules: Rules,
) -> Fit:
    """Return which column is which field of the list; raises `UntrustedInput`."""
    rule = rules.lists[REGISTER]
    places = [str(place) for place in range(len(headers))]
    first = table.first(_SEEN).with_columns(
        **{place: pl.lit(value, pl.String) for place, value in constants.items()}
    )
    header = dict(zip(places, headers, strict=True))
    cells = pl.concat(
        [pl.DataFrame({"row": [1], **header}, schema=first.select("row", *places).schema), first]
    )
    sheet = _sheet(file, cells)
    found = settled_fits(sheet, [vocabulary(rule, rules.reading)], rules.reading)
    fits = [fit for fit in found if fit.start == 0 and fit.depth == 1]
    missing = fits[0].missing if fits else [f.label for f in rule.fields.values() if f.required]
    if missing:
        seen = "、".join(rules.discretion.header(h, at) for at, h in enumerate(headers))
        raise UntrustedInput(
            f"{file}：缺少表头：{'、'.join(missing)}。看到的列：{seen}。"
            f"请改列名，或在规则 lists/{REGISTER}.yaml 的 headers 里加上；"
            "比对结果要带上姓名、证号的列（loubao link --keep）"
        )
    for column in fits[0].columns:
        if column.field is not None and column.place not in constants:
            table.column(column.place)  # refused before anything is read
    return fits[0]


def _sheet(file: str, cells: pl.DataFrame) -> Sheet:
    return Sheet(file, "", cells, 0, (), frames.empty(frames.ISSUES))
