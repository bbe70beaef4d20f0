"""`rules/holding.yaml`: which rows hold. What a roll's own words say of cover, the versions of a
roll, lists whose rows add up, and the sentences for all that.

In the patterns of `remarks`, `<ended>`, `<gone>`, `<kin>`, `<thing>`, `<allowance>`, `<means>`
stand for one of those words, `<date>` for a day, a month or a year.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, field_validator

from loubao.rules import shipped_rules
from loubao.rules.patterns import compile_all
from loubao.rules.wording import Part, Wording, with_wording
from loubao.rules.yaml_file import Rule, Texts, parse

FILE = "holding.yaml"
#: A day, a month or a year as a remark writes it.
DATE = (
    r"(?:(?:20)?[0-9]{2}[年./-])?[0-9]{1,2}(?:月份?|[./-])(?:[0-9]{1,2}[日号]?)?(?:起|份|开始)?"
    r"|20[0-9]{2}年?"
)
#: When something was, as it stands before a short word: 5月停, 本月停, 2022.5停, 现已停.
_WHEN = (
    rf"(?:{DATE}|(?:20)?[0-9]{{2}}[./-][0-9]{{1,2}}|[〇零一二三四五六七八九十]{{1,4}}[年月日]"
    "|[本上下当今去前次这该][年月季]|[0-9]{1,4}年|份|底|末|初|中旬|[上下]旬|已经|现|已|被|自|从|于|起)*"
)
#: Keys that folders of before do not have: then the shipped ones hold.
_LATER = (
    "cover_headers",
    "section_above",
    "section_on",
    "section_beside",
    "section_marks",
    "still_yes",
)
_ASKED = ("asked_headers", "asked_beside", "agreed", "refused", "bare_no", "no_kind")
_LATER_DOUBTS = (
    *(*_ASKED, "fillers", "paid_headers", "unpaid_marks", "blank"),
    *("elsewhere", "unread_share", "sums", "usual_of_gone"),
    *("gone_headers", "alive_headers"),
)
_WORDS = ("ended", "gone", "kin", "thing", "allowance", "means")
_ANY_OF, _WORD = re.compile(r"\[[^]]*\]"), re.compile("[\u4e00-\u9fff]{2,}")
_Share = Annotated[float, Field(ge=0, le=1)]


class Remarks(Rule):
    """Words by which a row of a roll says that cover has ended, and what else they may mean."""

    ended: Texts
    gone: Texts
    #: one group: the roll that the person has gone to
    moved: str
    #: texts that are the whole cell
    whole: Texts
    #: what is taken out of a text before it is read
    harmless: Texts
    kin: Texts
    thing: Texts
    allowance: Texts
    means: Texts
    head_gone: str
    head_changed: str
    head_relations: Texts
    resumed: str
    unsure: str
    silent_headers: Texts
    still_headers: Texts
    #: what an answer there has that is a yes, beside `yes`
    still_yes: str = ""
    #: words by which a header speaks of cover, beside those for the roll itself
    cover_headers: str = ""
    #: headers of columns that say until when cover lasts
    until_headers: str
    #: of these, the ones that speak of the day of a check
    recheck_headers: str = r"\b\B"
    #: words of papers and the like: what ends is not cover
    until_of_others: str = r"\b\B"
    #: what a row that stands alone says of the people below it
    section: str
    #: the same of the people above it
    section_above: str = ""
    #: what such a row says that explains a mark: of those who have it, or of all
    section_marks: str = ""
    #: what such a row says where cover begins or goes on
    section_on: str = ""
    #: what such a row is that says nothing of cover
    section_beside: str = ""
    #: what a remark says of the day or month until which cover lasts
    until: str
    #: what the row of an exclusion list says where it is a mistake, or taken back
    revoked: str
    yes: Texts
    no: Texts
    open_ended: Texts
    longest: Annotated[int, Field(ge=8)] = 60

    def pattern(self, text: str) -> str:
        """Return a pattern with the words in the place of their names.

        >>> from loubao.rules import shipped_rules
        >>> remarks = load_holding(shipped_rules()).remarks
        >>> bool(re.search(remarks.pattern("曾(?:<ended>)"), "曾停保"))
        True
        """
        for name in _WORDS:
            if f"<{name}>" in text:
                words = sorted(getattr(self, name), key=len, reverse=True)
                text = text.replace(f"<{name}>", "|".join(words))
        return text.replace("<date>", DATE)

    @property
    def over(self) -> str:
        """The pattern of everything that may end cover."""
        return "(?m)" + self.pattern(f"<ended>|<gone>|{self.moved}")

    @property
    def alone(self) -> str:
        """The pattern of a cell, or a clause of it, that is one of the words of `whole`."""
        words = "|".join(map(re.escape, self.whole))
        return f"(?m)(?:^|[,;。，；]){_WHEN}(?:{words})(?:$|[,;。，；?？!！])"

    @property
    def alone_whole(self) -> str:
        """The pattern of a text that is one of the words of `whole` and no more, `word`."""
        return f"{_WHEN}(?P<word>{'|'.join(map(re.escape, self.whole))})"

    def check(self) -> None:
        """Raise `ValueError` for a pattern that does not hold."""
        parts = (self.moved, self.head_gone, self.head_changed, self.resumed, self.unsure)
        of_headers = (
            self.cover_headers,
            self.until_headers,
            self.recheck_headers,
            self.until_of_others,
            self.section,
            self.section_above,
            self.section_on,
            self.section_marks,
            self.section_beside,
            self.until,
            *self.silent_headers,
        )
        compile_all(tuple(map(self.pattern, (*parts, *of_headers, *self.harmless))))
        if re.compile(self.moved).groups != 1:
            raise ValueError("moved 里要有一对圆括号，括住转去的待遇")
        try:  # whole columns are searched for these
            pl.select(pl.lit("").str.contains(f"{self.over}|{self.until}|{self.revoked}"))
        except pl.exceptions.PolarsError:
            words = "ended、gone、moved、until、revoked 写得不对，不能用前后断言，如 (?=…)"
            raise ValueError(words) from None


class Doubts(Rule):
    """What a row of a roll says that is neither an end of cover nor known to be harmless."""

    #: headers of remarks
    headers: str
    #: the longest remark that is weighed, in characters
    longest: Annotated[int, Field(ge=1)]
    #: signs of an end, of not yet, of a doubt
    signs: str
    #: what is taken out of a remark before
    harmless: Texts
    #: headers of columns that say which aid the row is of
    kind_headers: str
    #: names of aid beside those of the other rolls, which is no cover
    kinds: Texts
    no_kinds: Texts
    #: what stands before the name of a roll where a person is not on it
    denied: str
    #: what may stand before and behind a kind of aid that is a whole remark
    beside_kind: str
    behind_kind: str
    #: share of the people of a sheet of another kind, from which it is another list
    another_list: _Share
    #: fields of what is paid: nothing paid is a doubt
    paid_fields: Texts
    #: headers of the same that are no field; the group `month`: only those of the as-of month
    paid_headers: str = ""
    #: marks there that mean nothing is paid, and what an empty cell is called
    unpaid_marks: str = ""
    blank: str = ""
    #: sums with words beside them, as Rust has patterns
    sums: str = ""
    #: headers that no rule knows and that say nothing of cover, whatever stands there
    other_headers: str = r"\b\B"
    #: what a harmless remark of which the patterns above leave something over has
    usual_remarks: str = r"\b\B"
    #: the same in a list of the dead or of those who have moved away, beside `usual_remarks`
    usual_of_gone: str = ""
    #: headers there that ask if the person is gone, and if the person is not
    gone_headers: str = ""
    alive_headers: str = ""
    #: what stands before the name of another roll that the person is said to be on
    elsewhere: str = ""
    #: share of the rows of a table up to which remarks that nobody knows are a doubt
    unread_share: _Share | None = None
    #: headers that ask of state, approval, check; and words of those that ask of something else
    asked_headers: str = ""
    asked_beside: str = ""
    #: what an answer there has that is a yes, and what one has that is a no
    agreed: str = ""
    refused: str = ""
    #: short answers by themselves that are a no unless most rows say so; the same as header:cell
    bare_no: str = ""
    no_kind: str = ""
    #: marks in columns of remarks that fill empty cells unless few rows have them
    fillers: str = ""

    def check(self, remarks: Remarks) -> None:
        """Raise `ValueError` for a pattern that does not hold."""
        harmless = map(remarks.pattern, self.harmless)
        others = (self.headers, self.kind_headers, self.denied, self.beside_kind, self.behind_kind)
        usual = (self.usual_remarks, self.usual_of_gone, self.gone_headers, self.alive_headers)
        compile_all((self.signs, *harmless, *others, self.elsewhere, *usual))
        asked = (self.asked_headers, self.agreed, self.refused, self.bare_no, self.no_kind)
        compile_all(
            (
                *asked,
                self.fillers,
                self.unpaid_marks,
                self.sums,
                self.paid_headers,
                remarks.pattern(self.asked_beside),
            )
        )
        if self.paid_headers and "month" not in re.compile(self.paid_headers).groupindex:
            raise ValueError("paid_headers 里月份要写成 (?P<month>…)")


class Versions(Rule):
    """How several sheets of one roll are told apart."""

    #: share of the people of the larger sheet by which two sheets are the same roll
    alike: _Share
    final: Texts
    newer: Texts
    older: Texts
    copies: Texts
    unnamed: str
    #: words that one of a pair of exports has, the families and the persons of one roll
    families: Texts
    #: words of a sheet that has the people of all the others
    totals: Texts
    #: words of a name or a title by which its people are not covered yet
    not_yet: Texts
    #: words of a sheet's name by which its people are not covered
    ended_sheets: Texts
    #: role of a list → signs in a name by which it is not known whether its people are of it
    doubted: dict[Literal["source", "roll", "exclusion"], str] = {}
    #: what is taken out of a name before those are looked for
    plain: Texts = ()
    #: how a clause of a title ends that names the table, beside those with the words of the list
    titled: str = r"\b\B"
    #: months after which a roll whose name says its month is out of date
    oldest: Annotated[int, Field(ge=1, le=120)] = 6
    #: role → regular expression on a clause of a name or title whose month is not the list's own
    late: dict[str, str] = {
        "roll": "以来|以后|之后|起|执行|标准",
        "source": "以来|以后|之后|起|截[至止]",
    }

    @property
    def words(self) -> list[str]:
        """The words of two characters and more by which names of sheets are told: no names."""
        patterns = [*self.doubted.values(), *self.plain, *self.final, *self.newer, *self.older]
        patterns += [*self.copies, *self.not_yet, *self.ended_sheets]
        return [word for text in patterns for word in _WORD.findall(_ANY_OF.sub("|", text))]

    _compiles = field_validator(
        *("final", "newer", "older", "copies", "unnamed", "plain", "titled")
    )(compile_all)

    @field_validator("doubted", "late")
    @classmethod
    def _check_by_role(cls, signs: dict[str, str]) -> dict[str, str]:
        compile_all(tuple(signs.values()))
        return signs


class Sums(Rule):
    """How bills are told from a list of yearly figures."""

    #: share of the people of a list without dates or numbers of bills who have several rows
    bills: _Share
    #: headers of columns that number the rows
    serial: Texts


class Holding(Rule):
    """`rules/holding.yaml`."""

    remarks: Remarks
    #: a folder of before has none: then the shipped ones hold
    doubts: Doubts | None = None
    versions: Versions
    sums: Sums
    wording: Wording


def load_holding(folder: Path) -> Holding:
    """Return the checked `holding.yaml` of a rules folder, else the shipped one.

    Raises `RuleFault`.
    """
    own, shipped = folder / FILE, shipped_rules() / FILE
    file = parse(own if own.is_file() else shipped)
    later = ("", "other_row", "doubted", "stale")  # folders of before lack some
    words = dict.fromkeys(later, Part(as_shipped=True))
    holding = with_wording(file, {"wording": words}).validate(Holding)
    if file.path != shipped and own.read_bytes() != shipped.read_bytes():
        try:  # not asked of the shipped file each time: it takes a while
            holding.remarks.check()
        except ValueError as error:
            raise file.fault(("remarks",), str(error)) from None
        try:
            if holding.doubts is not None:
                holding.doubts.check(holding.remarks)
        except ValueError as error:
            raise file.fault(("doubts",), str(error)) from None
        lacking = [key for key in _LATER if not getattr(holding.remarks, key)]
        if holding.doubts is None:  # a folder of before
            words = parse(shipped).content["doubts"]
            holding = holding.model_copy(update={"doubts": Doubts.model_validate(words)})
        elif late := [key for key in _LATER_DOUBTS if getattr(holding.doubts, key) in ("", None)]:
            words = parse(shipped).content["doubts"]
            doubts = holding.doubts.model_copy(update={key: words[key] for key in late})
            holding = holding.model_copy(update={"doubts": doubts})
        if not holding.versions.doubted:
            words = parse(shipped).content["versions"]
            versions = holding.versions.model_copy(
                update={key: words[key] for key in ("doubted", "plain")}
            )
            holding = holding.model_copy(update={"versions": versions})
        if lacking:
            words = parse(shipped).content["remarks"]
            remarks = holding.remarks.model_copy(update={key: words[key] for key in lacking})
            return holding.model_copy(update={"remarks": remarks})
    return holding
