"""What a run gives beside its files: progress, a screen or JSON, a log line, a trace of a defect.

Every command ends in the same steps: an `Audience` says who reads, `progress` shows how far the run
is, `deliver` gives its report to that reader. Nobody's name is in a log line or a trace.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from loubao import __version__

if TYPE_CHECKING:
    from loubao.workspace.stages import Progress

#: What a command reports of its run, as `--json` prints it.
Report: TypeAlias = dict[str, Any]

_STAGES = {
    "read": "读取名单",
    "tidy": "整理数据",
    "link": "比对名册",
    "register": "查全省名册",
    "write": "生成核查表",
    "counties": "各县比对",
}
#: Seconds after which a run is worth a progress bar, and the library that draws it its start.
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads the report of a run: a program (`--json`), nobody (`--quiet`), else a person."""

    quiet: bool
    json: bool

    @property
    def is_person(self) -> bool:
        """Whether a person reads: only then tables and progress bars are drawn.

        >>> Audience(quiet=False, json=False).is_person, Audience(quiet=True, json=False).is_person
        (True, False)
        """
        return not (self.quiet or self.json)

    def prepare_screen(self) -> None:
        """Load what draws tables in the background, while the command is at work."""
        if self.is_person:
            name = "loubao.cli.terminal"
            threading.Thread(target=import_module, args=(name,), daemon=True).start()

    def deliver(
        self, report: Report, show: Callable[[Report], None], written: bool = False
    ) -> None:
        """Give the report to who reads it: as one JSON object, by `show`, or not at all.

        Its `hints` always go to standard error. Where something was `written`, what the run did is
        done, and a report that cannot be put out is one more hint; else it is a fault.
        """
        for sentence in report.get("hints", ()):
            hint(sentence)
        try:
            if self.json:
                print_json(report)
            elif not self.quiet:
                show(report)
            sys.stdout.flush()
        except BrokenPipeError:
            raise  # who stops reading (`| head`) has seen enough
        except OSError as error:
            refused(error, written)

    def progress(self) -> AbstractContextManager[Progress]:
        """Give a command something to report its steps to; drawn on a terminal only."""
        from loubao.workspace.stages import silent

        shown = self.is_person and sys.stderr.isatty()
        return _late_bars() if shown else nullcontext(silent)


def refused(error: OSError, written: bool) -> None:
    """Say that standard output takes nothing; raise `Usage` where nothing else was `written`."""
    from loubao.core.disk import reason
    from loubao.core.faults import Usage

    close_to_output(sys.stdout)
    why, _, _ = (reason(error) or "标准输出写不进去").partition("，")
    words = f"结果显示不出来（{why}）"
    if not written:
        raise Usage(words) from None
    hint(f"{words}，但这次运行已经完成，不必再运行")


def close_to_output(stream: TextIO) -> None:
    """Let what is still to be written to a stream go nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def hint(sentence: str) -> None:
    """Write a hint to standard error, if that takes it."""
    complain(shown(f"提示：{sentence}", sys.stderr))


def complain(line: str) -> None:
    """Write a line to standard error; where that takes nothing, there is nobody to tell."""
    try:
        print(line, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        close_to_output(sys.stderr)


def print_json(report: Report) -> None:
    """Write `report` as the only thing on standard output, without anybody's number.

    Its sentences name nobody; paths are those that were typed, for the program that typed them.
    """
    import json

    said: Report = {}
    if "hints" in report:
        said["hints"] = [_without_typed_names(each) for each in report["hints"]]
    if "error" in report:
        said["error"] = _without_typed_names(report["error"])
    text = json.dumps(_without_numbers({**report, **said}), ensure_ascii=False)
    escaped = (sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
    sys.stdout.write((text if text.isprintable() else "".join(escaped)) + "\n")


def _without_numbers(value: Any) -> Any:
    """What a report holds, numbers of people in its texts starred: they stand in paths.

    >>> _without_numbers({"out": ["out/990101196003050119", 2]})
    {'out': ['out/990101********0119', 2]}
    """
    from loubao.core.masking import without_numbers

    if isinstance(value, Mapping):
        return {key: _without_numbers(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_numbers(each) for each in value]
    return without_numbers(value) if isinstance(value, str) else value


def shown(text: str, stream: TextIO) -> str:
    """Return a text as a stream may have it: no control codes; numbers on a terminal only, and so
    names in paths that were typed, where it is a message.
    """
    from loubao.core.masking import without_control, without_numbers

    text = without_control(text, kept="\n\t")
    if stream.isatty():
        return text
    return without_numbers(_without_typed_names(text) if stream is sys.stderr else text)


def _without_typed_names(text: str) -> str:
    """A message in which no path that was typed, or set by a variable, shows anybody's name."""
    from loubao.core.masking import Discretion

    typed = [*sys.argv[1:], *(os.environ[key] for key in os.environ if key.startswith("LOUBAO_"))]
    parts = {part for each in typed for part in Path(each).parts if part in text}
    for part in sorted(parts, key=len, reverse=True):
        if Discretion(frozenset()).text(part) != part:
            from loubao.workspace.settings import shown_path

            text = text.replace(part, shown_path(Path(part)))
    return text


@contextmanager
def _late_bars() -> Iterator[Progress]:
    """Give progress bars that are drawn once the run has taken `_PATIENCE` seconds."""
    reached: dict[str, tuple[int, int]] = {}
    lock = threading.Lock()
    drawn: list[Progress] = []

    def report(stage: str, done: int, total: int) -> None:
        with lock:
            reached[stage] = (done, total)
            if drawn:
                drawn[0](stage, done, total)

    with ExitStack() as stack:

        def draw() -> None:
            bars = _bars()
            with lock:
                drawn.append(stack.enter_context(bars))
                for stage, (done, total) in reached.items():
                    drawn[0](stage, done, total)

        timer = threading.Timer(_PATIENCE, draw)
        timer.daemon = True
        timer.start()
        try:
            yield report
        finally:
            timer.cancel()
            if timer.is_alive():
                timer.join()


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, Any] = {}

    def report(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(_STAGES[stage], total=total)
        bars.update(tasks[stage], completed=done, total=total)

    with bars:
        yield report


# -- the log ---------------------------------------------------------------------------------

_DAY = re.compile(r"([0-9]{4}-[0-9]{2})(-[0-9]{2})?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@contextmanager
def logged(file: Path | None, command: str) -> Iterator[dict[str, Any]]:
    """Give a dict to put the report in; a line is logged when the block ends, also with a fault.

    Without `file` nothing is logged. A log that cannot be written is a hint on standard error and
    does not change how the run ends: what it did is done.
    """
    report: dict[str, Any] = {}
    start = time.perf_counter()
    code = 0
    try:
        yield report
    except BaseException as error:
        code = exit_code(error)
        raise
    finally:
        if file is not None:
            try:
                append(file, command, code, report, time.perf_counter() - start)
            except OSError:
                hint(f"日志 {file.name} 写不进去，请检查权限和磁盘")


def exit_code(error: BaseException) -> int:
    """Return the exit code of the contract for an error that ends a run.

    >>> exit_code(KeyboardInterrupt()), exit_code(ValueError())
    (130, 1)
    >>> from loubao.core.interruption import CalledOff
    >>> exit_code(CalledOff(15)), exit_code(OSError(5, "input/output error"))
    (143, 2)
    """
    from loubao.core.disk import reason
    from loubao.core.faults import Fault

    if isinstance(error, Fault):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return 128 + getattr(error, "number", signal.SIGINT)
    return 2 if isinstance(error, OSError) and reason(error) else 1


def append(
    file: Path, command: str, exit_code: int, report: Mapping[str, Any], seconds: float
) -> None:
    """Add one line to `file`, at once and as a whole; a new file is its owner's only.

    Raises `OSError`.
    """
    from loubao.core.disk import sync

    now = datetime.now().astimezone().isoformat(timespec="seconds")
    line = f"{now} {log_line(command, exit_code, report, seconds)}\n".encode()
    new = not file.exists()
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "ab", buffering=0) as stream:
        while line:
            line = line[stream.write(line) :]
    sync(file)
    if new:
        sync(file.parent)


def log_line(command: str, exit_code: int, report: Mapping[str, Any], seconds: float) -> str:
    """Return the line without its time.

    Of the report only the month (`month`, else that of `as_of`) and the numbers among `counts` are
    in it, so that no text of the data can be.

    >>> report = {"as_of": "2022-06-30", "counts": {"cases": 12, "news": {"new": 3}}}
    >>> log_line("match", 0, report, 1.26)
    'match month=2022-06 exit=0 cases=12 news.new=3 seconds=1.3'
    >>> log_line("collect", 4, {}, 0)
    'collect month=- exit=4 seconds=0.0'
    """
    day = _DAY.fullmatch(str(report.get("month") or report.get("as_of") or ""))
    counts = report.get("counts")
    parts = [command, f"month={day[1] if day else '-'}", f"exit={exit_code}"]
    parts += _numbers(counts, "") if isinstance(counts, Mapping) else []
    return " ".join([*parts, f"seconds={seconds:.1f}"])


def _numbers(counts: Mapping[str, Any], before: str) -> Iterator[str]:
    """Yield `name=number` of what is counted, under names that the program gave.

    >>> list(_numbers({"rows": 9, "张三": 1, "ready": True, "news": {"new": 2}}, ""))
    ['rows=9', 'news.new=2']
    """
    for name, value in counts.items():
        if not _WORD.fullmatch(str(name)):
            continue
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{before}{name}.")
        elif isinstance(value, int) and not isinstance(value, bool):
            yield f"{before}{name}={value}"


# -- a defect --------------------------------------------------------------------------------


def write_trace(error: BaseException) -> Path | None:
    """Write where `error` came from to a private file; return its path, None on a full disk.

    The text of an exception may quote a cell, so it is left out: only the chain of types and the
    places in the code are written.
    """
    import platform
    import tempfile
    import traceback

    lines = [f"loubao {__version__}  Python {platform.python_version()}"]
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or cause.__context__
    name = f"loubao-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.trace"
    try:
        path = Path(tempfile.gettempdir()) / name
        path.touch(mode=0o600, exist_ok=False)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError:
        return None
    return path
