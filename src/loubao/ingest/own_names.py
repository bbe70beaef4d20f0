"""Whose names a column of any table holds (`link`), where no rule knows its header.

A column of whatever 姓名 (优抚对象姓名) is that of the people where it is the only one that may be;
an agent's (经办人姓名), a relative's and a member's of a household is none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet
from loubao.core.masking import Discretion
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.people_signs import has_number
from loubao.ingest.sheets.vocabulary import LONGEST_HEADER, loose, numbered, plain
from loubao.rules.linking import LinkRules


class NamesUnclear(Exception):
    """Several columns may hold the people's own names, and no rule says which; their headers."""

    def __init__(self, headers: Sequence[str]) -> None:
        super().__init__()
        self.headers = tuple(headers)

    def fault(self, file: str, discretion: Discretion) -> UntrustedInput:
        """Return the fault of the table."""
        headers = "、".join(discretion.headers(self.headers))
        return UntrustedInput(
            f"{file}：{headers} 都可能是本人姓名，分不清是哪一列。"
            "请用 --columns 写明，例如 left.name=列名（左表）、right.name=列名（右表）"
        )


def own_header(fit: Fit, rules: LinkRules) -> tuple[str, str] | None:
    """Return the header of the people's own names where no rule knows one, and whose it says.

    A column of whatever 姓名 (优抚对象姓名): not an agent's or a relative's, and the only one, or
    the only one whose word `own_names` of linking.yaml ends. None where there is none. Raises
    `NamesUnclear` where several may be it, or the household's head and another column.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.linking import load_linking
    >>> from loubao.ingest.sheets.fit import Column
    >>> rules = load_linking(shipped_rules())
    >>> def own(*headers):
    ...     columns = (Column(str(at), header) for at, header in enumerate(headers))
    ...     return own_header(Fit("link", 0, 1, tuple(columns)), rules)
    >>> own("优抚对象姓名", "配偶姓名", "代表姓名"), own("店主姓名"), own("配偶姓名", "村")
    (('优抚对象姓名', '优抚对象'), ('店主姓名', '店主'), None)
    """
    if any(column.field == "name" and column.slot is None for column in fit.columns):
        return None
    others = [c.header for c in fit.columns if c.field is None and not c.ignored]
    heads = [column.header for column in fit.columns_of("head_name")]
    return _own_of(others, heads, fit.household, rules)


def _own_of(
    others: Iterable[str], heads: Sequence[str], household: bool, rules: LinkRules
) -> tuple[str, str] | None:
    label = loose(rules.table.fields["name"].label)
    relatives = {*map(plain, rules.reading.relation_words)}
    agents = {*map(plain, rules.linking.agents)}
    whose = {
        header: who
        for header in others
        if (who := _whose(header, label)) and who not in relatives and who not in agents
    }
    endings = tuple(map(plain, rules.linking.own_names))
    own = [header for header, who in whose.items() if endings and who.endswith(endings)]
    if len(own) == 1:
        return own[0], whose[own[0]]
    if household and not own:  # the head and the members are the people
        return None
    if len(own) > 1 or (whose and len(whose) + len(heads) > 1):
        raise NamesUnclear(own or [*heads, *whose])
    return next(iter(whose.items()), None)


def own_header_of_sheet(sheet: Sheet, rules: LinkRules) -> tuple[str, str] | None:
    """The same of a sheet in which no row is a header by the words of the rules."""
    for row in sheet.first(rules.reading.header_depth):
        cells = [cell for cell in row if cell is not None and len(cell) <= LONGEST_HEADER]
        if not has_number(cells) and len(cells) > 1:
            own = _own_of(cells, [], False, rules)
            if own is not None:
                return own
    return None


def _whose(header: str, label: str) -> str:
    """What a header says before 姓名, "" where it is none; a household's members are numbered.

    >>> _whose("优抚对象 姓名", "姓名"), _whose("成员1姓名", "姓名"), _whose("姓名", "姓名")
    ('优抚对象', '', '')
    """
    text = loose(header)
    return "" if numbered(text) or not text.endswith(label) else text.removesuffix(label)
