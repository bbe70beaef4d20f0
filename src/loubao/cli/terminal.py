"""The terminal as the screens write to it, and the tables that they show.

Imported only where something is drawn: rich takes longer to load than a command line to parse.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NoReturn

from rich import box
from rich.console import Console
from rich.table import Table

from loubao.cli.output import shown

#: Wider than any table: the width to ask how wide one would be.
_BOUNDLESS = 10_000


class Terminal(Console):
    """Takes text as it is: the name of a file may look like markup."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print texts and tables, texts as the terminal may have them."""
        super().print(*(_shown(each) for each in objects), **options)

    def fits(self, table: Table) -> bool:
        """Whether a table is as wide as its words need."""
        boundless = self.options.update_width(_BOUNDLESS)
        return self.measure(table, options=boundless).maximum <= self.width

    def show(self, table: Table) -> None:
        """Print a table; without its frame where that takes the room of its words."""
        if not self.fits(table):
            table.box, table.padding, table.pad_edge = box.SIMPLE_HEAD, (0, 1, 0, 0), False
        self.print(table)

    def signs(self, drawn: str, plain: str) -> str:
        """Return `drawn`, or `plain` where the encoding of the terminal lacks a sign of it."""
        try:
            drawn.encode(self.encoding)
        except UnicodeEncodeError:
            return plain
        return drawn

    def on_broken_pipe(self) -> NoReturn:
        """Leave the end to `main`: who stops reading (`| head`) has seen enough."""
        raise BrokenPipeError


def _shown(each: Any) -> Any:
    return shown(each, sys.stdout) if isinstance(each, str) else each


def table(
    title: str,
    heads: Sequence[str],
    rows: Iterable[Iterable[object]] = (),
    *,
    numbers: Collection[str] = (),
    whole: Collection[str] = (),
) -> Table:
    """Return a table with these rows below columns of these heads.

    Words fold where there is no room for them: cut short, they would say something else. Columns
    of `numbers` stand to the right; they and those of `whole` words keep to one line.
    """
    made = Table(title=title, title_justify="left")
    for head in heads:
        number = head in numbers
        made.add_column(
            head,
            justify="right" if number else "left",
            no_wrap=number or head in whole,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*(_shown(str(cell)) for cell in row))
    return made


def sections(title: str, rows: Iterable[Iterable[tuple[str, str]]]) -> Table:
    """Return a table of sections, each with lines of a label and words that fold."""
    made = Table(title=title, title_justify="left", show_header=False)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for section in rows:
        for label, words in section:
            made.add_row(label, _shown(words))
        made.add_section()
    return made
