"""The command line: parse, call the command, show its report, exit code. No decision is taken here.

Nothing of it is imported at the top: the process that helps to write workbooks starts here too, and
needs none of it. `loubao --help` answers at once: each command imports what it needs when it runs.

- `command_line`: the program with its commands
- `<name>_command`: a command, its options and its screen; `match_command` holds `check` too,
  `archive_command` `backup`
- `options`: what they share. `output`: progress, JSON, log line, trace. `terminal`: tables
- `help_pages`: help, wrong usage, `--version`, `loubao completion`

Here: the start and the end of the process, its exit codes, and Chinese file names in whatever
locale it is started.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from contextlib import suppress
from typing import NoReturn

from loubao.core.interruption import as_called_off, listen

#: How an environment variable switches an option on, as the parser of options has it.
_ON = {"1", "true", "t", "yes", "y", "on"}

#: What file names must be able to hold.
_CHINESE = "漏保核查"


def main() -> None:
    """Run the program and exit with a code of the contract."""
    gc.set_threshold(1_000_000)  # a run makes few cycles and ends soon
    _leave_no_core()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them takes 40 ms
    # polars is given back what it freed, large columns too, instead of new pages of the system
    os.environ.setdefault("_RJEM_MALLOC_CONF", f"oversize_threshold:0,narenas:{os.cpu_count()}")
    listen()
    sys.exit(_run(sys.argv[1:]))


def _leave_no_core() -> None:
    """Have no image of the memory written where the process is ended: everybody read is in it."""
    try:
        import resource
    except ImportError:  # Windows writes none unless told to
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def command() -> NoReturn:
    """Run `main` as the installed program; once all is written, it ends at once.

    Taking every frame and module apart before leaving would be a twentieth of a month's run.
    """
    allow_chinese_file_names()
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            pass
        except OSError:
            code = code or 2  # the last output could not be written
    os._exit(code)


def open_streams() -> None:
    """Open what the starter has closed of the standard streams to nowhere.

    Else the next file that is opened, a ledger perhaps, would get what is written to the screen.
    """
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest that is free
    for name, handle in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(handle, "w", encoding="utf-8", closefd=False))


def _run(arguments: list[str]) -> int:
    open_streams()
    for stream in (sys.stdout, sys.stderr):  # a cp936 or C console must not end a run
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        from loubao.cli import command_line

        return command_line.run(arguments)
    except SystemExit:
        raise
    except BrokenPipeError:
        return 0
    except BaseException as ended:  # a panic of a Rust extension is no Exception
        from loubao.cli import output

        error = as_called_off(ended)
        message, code = _explained(error)
        message = output.shown(message, sys.stderr)
        for line in message.splitlines():
            output.complain(f"错误：{line}")
        if "--json" in arguments or os.environ.get("LOUBAO_JSON", "").lower() in _ON:
            with suppress(OSError, ValueError):
                report = {"exit_code": code, "error": message, **getattr(error, "report", {})}
                output.print_json(report)
        return code


def _explained(error: BaseException) -> tuple[str, int]:
    """Return the message for an error that ended a run, and the exit code of the contract."""
    from loubao.cli import help_pages, output
    from loubao.core.disk import reason
    from loubao.core.faults import Fault

    code = output.exit_code(error)
    if isinstance(error, Fault):
        return error.message, code
    if isinstance(error, KeyboardInterrupt):
        return "已中断；没有写完的一概不留，可以再运行一次", code
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return "文件夹或文件的路径太长，请把文件夹移到短一些的路径下，再运行一次", 2
    if isinstance(error, OSError) and reason(error):
        return f"{error.filename or '读写文件'}：{reason(error)}", code
    if getattr(error, "exit_code", None) == 2:
        return help_pages.wrong_usage(error), 2
    trace = output.write_trace(error)
    where = f"详情已写入 {trace}，" if trace else "临时文件夹写不进去，没有留下详情；"
    return f"loubao 出错，不是您的操作问题。{where}请转交维护人员", code


def can_be_chinese(encoding: str) -> bool:
    """Whether file names in an encoding can be Chinese.

    >>> [can_be_chinese(name) for name in ("utf-8", "gb18030", "gbk", "ascii", "iso8859-15")]
    [True, True, True, False, False]
    """
    try:
        _CHINESE.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def allow_chinese_file_names() -> None:
    """Start this process once more, in UTF-8 mode, where Python cannot write Chinese file names.

    That is so in a locale without Chinese (`C` where Python is kept from working around it, a
    Latin one); Windows and macOS always can. A program without Python around it takes no options
    of Python; its starter chooses UTF-8 by itself in the C locale, whatever the environment is.
    """
    if sys.platform == "win32" or can_be_chinese(sys.getfilesystemencoding()):
        return
    if sys.executable and not getattr(sys, "frozen", False) and "utf8" not in sys._xoptions:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
