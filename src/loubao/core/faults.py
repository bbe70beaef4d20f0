"""What ends a run other than success: one exception per exit code of the contract.

A fault's message is Simplified Chinese, says what to do next, and never holds a name or an ID
number. Anything that is not a `Fault` is a defect of loubao itself (exit code 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal


class Fault(Exception):
    """A run that ends early for a reason the person at the keyboard can mend."""

    exit_code: int = 1
    #: what `--json` has beside the message
    report: Mapping[str, Any] = {}

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Usage(Fault):
    """Wrong command line, or an output place that cannot be written (exit code 2)."""

    exit_code = 2


class WrongAnswers(Usage):
    """Answers that are none of what may be answered; all others are written, as `report` says."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        refused = report["refused"]
        super().__init__("\n".join(f"--answers 的“{key}”：{why}" for key, why in refused.items()))
        self.report = report


class RuleFault(Fault):
    """A rule file that does not hold: `file:line:column`, key, what was expected (exit code 2)."""

    exit_code = 2


class UntrustedInput(Fault):
    """Input that cannot be trusted as a whole: unreadable, unclaimed, missing (exit code 3)."""

    exit_code = 3


class NoTable(UntrustedInput):
    """A file of another kind than tables: `what` it is, and what may be in it.

    scan    a filled-in page as a picture or a document: it is to be typed in
    packed  further files: they are to be unpacked
    other   anything else
    """

    def __init__(self, message: str, what: str, holds: Literal["scan", "packed", "other"]) -> None:
        super().__init__(message)
        self.what = what
        self.holds = holds


class Implausible(UntrustedInput):
    """A month that is not what a month can be; `short` leaves what is wrong to the `report`."""

    def __init__(self, message: str, short: str, report: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.short = short
        self.report = report


class Busy(Fault):
    """Another run holds the output folder (exit code 4)."""

    exit_code = 4
