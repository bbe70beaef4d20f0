"""What the options of the command line mean: folders, rules, ledger, passwords, the as-of day."""

from __future__ import annotations

import os
from calendar import monthrange
from datetime import date
from pathlib import Path

from loubao.core.faults import Usage
from loubao.core.notation import Written, months_in, years_in
from loubao.rules import shipped_rules
from loubao.rules.folder import load_rules
from loubao.workspace.output_folder import MANIFEST

LEDGER = "loubao.db"
_FIRST_YEAR, _LAST_YEAR = 1949, 2100
#: Modes by which others than owner and group may read a file, or change it.
_OTHERS = 0o006
_SHORTEST_MONTH = 6  # digits of a file's name that may be a year and a month


def name_of(data: Path) -> str:
    """Return the name of DATA as it was called, also for `.` and `..`.

    >>> name_of(Path("months/2022-06"))
    '2022-06'
    >>> name_of(Path(".")) == Path.cwd().name
    True
    """
    return data.name if data.name not in {"", ".."} else data.resolve().name


def default_out(data: Path) -> Path:
    """Return the output folder where `--out` is not given.

    >>> default_out(Path("months/2022-06")).as_posix()
    'out/2022-06'
    """
    return Path("out") / name_of(data)


def default_link_out(left: Path, right: Path) -> Path:
    """Return the output folder of `link` where `--out` is not given.

    >>> default_link_out(Path("名单.xls"), Path("data/在册.csv")).as_posix()
    'out/名单-在册'
    """
    return Path("out") / f"{left.stem}-{right.stem}"


def is_output(folder: Path) -> bool:
    """Whether `folder` is the output of a match, which is written only as a whole."""
    return (folder / MANIFEST).is_file()


def refuse_output(folder: Path) -> None:
    """Raise `Usage` when `folder` is the output of a match."""
    if is_output(folder):
        raise Usage(f"--out {folder.name} 是 match 的输出，请换一个文件夹")


def shown_path(path: Path) -> str:
    """Return a path as a message may have it: nobody's name or number.

    >>> shown_path(Path("months/庄碧螺")), shown_path(Path("洛阳镇/2022-06"))
    ('months/庄**', '洛阳镇/2022-06')
    """
    return load_rules(shipped_rules()).discretion.text(path.as_posix())


def refuse_missing(data: Path) -> None:
    """Raise `Usage` when DATA is no folder."""
    if not data.is_dir():
        raise Usage(f"DATA 应为存放本月名单的文件夹：{shown_path(data)} 不存在或不是文件夹")


def refuse_inside(data: Path, out: Path) -> None:
    """Raise `Usage` for an output that the next run would read as exports."""
    if out.resolve().is_relative_to(data.resolve()):
        raise Usage(
            f"输出文件夹 {shown_path(out)} 在 DATA 里面，下次会被当成名单读入；"
            "请用 --out 换一个文件夹"
        )


def path_in(out: Path, path: str) -> Path:
    """Return where a file that the rules name lies in `out`; raises `Usage` where a link leads out.

    >>> path_in(Path("out/2022-06"), "数据问题.xlsx").as_posix()
    'out/2022-06/数据问题.xlsx'
    """
    target = out / path
    if not target.parent.resolve().is_relative_to(out.resolve()):
        raise Usage(
            f"{out.name}/{Path(path).parent} 是通向别处的链接，请移走它，或用 --out 换一个文件夹"
        )
    return target


def rules_folder(given: Path | None) -> Path:
    """Return the rules folder given, else `./rules`, else the rules shipped with the package."""
    if given is not None:
        return given
    here = Path("rules")
    return here if here.is_dir() else shipped_rules()


def shipped_sample() -> Path:
    """Return the folder of the sample months that come with loubao, installed or in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "shipped" / "sample"
    return installed if installed.is_dir() else package.parents[1] / "sample_data"


def read_passwords(file: Path | None) -> list[str]:
    """Return the passwords to try: LOUBAO_PASSWORD, then the lines of the file."""
    passwords = [os.environ["LOUBAO_PASSWORD"]] if os.environ.get("LOUBAO_PASSWORD") else []
    if file is not None:
        lines = _lines(file, "密码文件打不开，应为 UTF-8 文本，一行一个密码")
        passwords += [line for line in lines if line]
    return passwords


def reckoning_day(data: Path, given: date | None) -> date:
    """Return the as-of day, from which ages and windows are reckoned.

    The one given, else the last day of the month that `written_month` finds. Raises `Usage` where
    it finds none, and for a year that nobody can mean. It is never taken from a clock.

    >>> for name in ("2022-06", "2022年2月", "22年6月份", "202206", "20220615", "名单 2022_06"):
    ...     print(reckoning_day(Path(name), None))
    2022-06-30
    2022-02-28
    2022-06-30
    2022-06-30
    2022-06-30
    2022-06-30
    >>> reckoning_day(Path("2022-06"), date(2022, 7, 15))
    datetime.date(2022, 7, 15)
    """
    if given is None:
        year, month = written_month(data)
        return date(year, month, monthrange(year, month)[1])
    if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
        raise Usage(f"--as-of 应在 {_FIRST_YEAR} 年至 {_LAST_YEAR} 年之间")
    return given


def written_month(data: Path) -> tuple[int, int]:
    """Return the year and month of DATA as its name says them.

    A month that is not there is the one its parent folder says, else the one all its files say. A
    year that is not there is that of the folder above the month and of the files of that month.
    Raises `Usage` where nothing is said, or several months or years are.
    """
    place = Path.cwd() / data.parent / name_of(data)
    name, parent, above = place.name, place.parent.name, place.parent.parent.name
    unsaid = f"看不出“{name}”是哪年哪月的名单"
    yearless = f"“{name}”没有写是哪一年，上级文件夹和文件名里也没有"
    if months_in(name):
        months = {month for _, month in months_in(name)}
        month = _only(months, f"文件夹“{name}”写了不止一个月", unsaid)
        years = _years_of(name, month)
        if not years:
            refuse_missing(data)
            years = _years_of(parent, month) | _years_of_files(data, month)
        return _only(years, f"“{name}”的年份说法不一", yearless), month
    refuse_missing(data)
    files = frozenset[Written]().union(*map(months_in, _file_names(data)))
    if not months_in(parent):
        month = _only({month for _, month in files}, "文件名写了不止一个月", unsaid)
        years = _years_of(parent, month) | _years_of_files(data, month)
        return _only(years, "文件夹和文件名的年份说法不一", yearless), month
    # a parent folder may be named for something else: its files must not say otherwise
    months = {month for _, month in months_in(parent)} | {month for year, month in files if year}
    month = _only(months, f"上级文件夹“{parent}”和文件名写了不止一个月", unsaid)
    years = (_years_of(parent, month) or _years_of(above, month)) | _years_of_files(data, month)
    return _only(years, f"上级文件夹“{parent}”和文件名的年份说法不一", yearless), month


def _years_of(name: str, month: int) -> set[int]:
    """Return the years that a name says of a month; those of other months are not its.

    >>> _years_of("2022年8月（2021年度）", 8), _years_of("2022年度", 8), _years_of("2022-12", 1)
    ({2022}, {2022}, set())
    """
    said = months_in(name)
    years = {year for year, number in said if year is not None and number == month}
    others = {number for _, number in said} - {month}
    return years or (set() if others else set(years_in(name)))


def _years_of_files(data: Path, month: int) -> set[int]:
    """Return the years that files write beside that month; 2021年度 is no year of a month."""
    said = frozenset[Written]().union(*map(months_in, _file_names(data)))
    return {year for year, number in said if year is not None and number == month}


def _file_names(data: Path) -> set[str]:
    """Return the names of the files below DATA without their endings; plain numbers are no month.

    >>> _file_names(Path("no such folder"))
    set()
    """
    names = {name for _, _, names in os.walk(data) for name in names if name[0] not in ".~"}
    stems = {Path(name).stem for name in names}
    return {stem for stem in stems if not (stem.isdecimal() and len(stem) < _SHORTEST_MONTH)}


def _only(said: set[int], several: str, nothing: str) -> int:
    """Return the only value; raises `Usage` with what to do where there is none or several."""
    if len(said) == 1:
        return next(iter(said))
    why = f"{several}（{'、'.join(map(str, sorted(said)))}）" if said else nothing
    raise Usage(
        f"{why}，请用 --as-of 写明日期，例如 --as-of 2022-06-30；或把文件夹改名，例如 2022-06"
    )


def default_ledger(rules: Path) -> Path:
    """Return `loubao.db` beside the rules; here, where the rules are those of the package."""
    if rules.resolve() == shipped_rules().resolve():
        return Path(LEDGER)
    return rules.parent / LEDGER


def ledger_of_month(given: Path | None, rules: Path) -> Path | None:
    """Return the ledger that a month is posted to: the one given, else the default if it is there.

    A month can be matched without a ledger: it is begun by `--ledger` or by `loubao init`.
    """
    if given is not None:
        return given
    default = default_ledger(rules)
    return default if default.is_file() else None


def ledger_key(file: Path | None) -> str | None:
    """Return the key of an encrypted ledger: LOUBAO_LEDGER_KEY, else the first line of the file."""
    if os.environ.get("LOUBAO_LEDGER_KEY"):
        return os.environ["LOUBAO_LEDGER_KEY"]
    if file is None:
        return None
    lines = _lines(file, "台账密钥文件打不开，应为 UTF-8 文本，第一行是密钥")
    if os.name != "nt" and file.stat().st_mode & _OTHERS:
        raise Usage(f"台账密钥文件 {file.name} 谁都能读，不用它；请改权限：chmod 600 {file.name}")
    if not lines or not lines[0]:
        raise Usage("台账密钥文件是空的，第一行应为密钥")
    return lines[0]


def _lines(file: Path, refusal: str) -> list[str]:
    """Return the lines of a text file; raises `Usage(refusal)` where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Usage(refusal) from None
