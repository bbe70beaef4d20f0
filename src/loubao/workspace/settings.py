"""What the options of the command line mean: folders, rules, ledger, passwords, the as-of day."""

from __future__ import annotations

import os
import re
import unicodedata
from calendar import monthrange
from datetime import date
from pathlib import Path

from loubao.core.faults import Usage
from loubao.rules import shipped_rules
from loubao.workspace.output_folder import MANIFEST

LEDGER = "loubao.db"
_FIRST_YEAR, _LAST_YEAR = 1949, 2100
#: `2022-06`, `2022年6月`, `2022.06`, `202206`, `20220615`; not a part of a longer number.
_MONTH = re.compile(
    r"(?<![0-9])(20[0-9]{2})"
    r"(?:\s*[-年._]\s*(1[0-2]|0?[1-9])|(0[1-9]|1[0-2])(?:[0-3][0-9])?)(?![0-9])"
)


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


def refuse_missing(data: Path) -> None:
    """Raise `Usage` when DATA is no folder."""
    if not data.is_dir():
        raise Usage(f"DATA 应为存放本月名单的文件夹：{data} 不存在或不是文件夹")


def refuse_inside(data: Path, out: Path) -> None:
    """Raise `Usage` for an output that the next run would read as exports."""
    if out.resolve().is_relative_to(data.resolve()):
        raise Usage(f"输出文件夹 {out} 在 DATA 里面，下次会被当成名单读入；请用 --out 换一个文件夹")


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

    The one given, else the last day of the month in the name of DATA, else today. Raises `Usage`
    for a year that nobody can mean.

    >>> for name in ("2022-06", "2022年2月", "2022.6", "202206", "20220615", "名单 2022_06 终稿"):
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
    if given is not None:
        if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
            raise Usage(f"--as-of 应在 {_FIRST_YEAR} 年至 {_LAST_YEAR} 年之间")
        return given
    month = _MONTH.search(unicodedata.normalize("NFKC", name_of(data)))
    if month is None:
        return date.today()
    year, number = int(month[1]), int(month[2] or month[3])
    return date(year, number, monthrange(year, number)[1])


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
    if not lines or not lines[0]:
        raise Usage("台账密钥文件是空的，第一行应为密钥")
    return lines[0]


def _lines(file: Path, refusal: str) -> list[str]:
    """Return the lines of a text file; raises `Usage(refusal)` where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Usage(refusal) from None
