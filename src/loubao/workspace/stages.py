"""The stages of a run: progress while it works, and the seconds that each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Called at each step: the stage, how much is done, how much there is.
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass
class Timings:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of the block to stage `name`.

        >>> timings = Timings()
        >>> with timings.stage("read"):
        ...     pass
        >>> list(timings.seconds)
        ['read']
        """
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[name] = round(self.seconds.get(name, 0.0) + spent, 4)

    def aside(self, name: str, part: str, seconds: float) -> None:
        """Count some of the seconds of stage `name` as those of a stage of their own.

        >>> timings = Timings({"screen": 3.5})
        >>> timings.aside("screen", "register", 2.0)
        >>> timings.seconds
        {'screen': 1.5, 'register': 2.0}
        """
        if seconds:
            self.seconds[name] = round(self.seconds[name] - seconds, 4)
            self.seconds[part] = round(seconds, 4)
