"""What a clerk is told of a file or sheet that no list can have: why, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from loubao.ingest.sheets.claim_words import longest_word
from loubao.ingest.sheets.fit import Column, Fit
from loubao.rules.lists import ListRule

_RENAME = "请改文件名，写明是哪份名单，例如“6月低保在册.xlsx”"
#: What to do about all of them at once.
ADAPT = "认不出的文件、表头，可运行 loubao adapt 逐项选定，选过的以后都认"
_ANSWER = "运行 loubao adapt 选它是哪一项；确实用不着的，选不读取"
_FEWEST_OWN = 2
_NUMERALS = "[〇零一二三四五六七八九十]+"
#: What is another one every month.
_COUNTED = f"[0-9]+|{_NUMERALS}(?=[年月日季期次批号])|(?<=[(（]){_NUMERALS}(?=[)）])"


def titles(names: Iterable[str], lists: Mapping[str, ListRule]) -> str:
    """Return the titles of lists in quotation marks."""
    return "、".join(f"“{lists[name].title}”" for name in sorted(names))


def pattern_of(file: str) -> str:
    """Return the pattern by which the rules can name a file of every month.

    >>> pattern_of("8月/困难预警2022年8月.csv"), pattern_of("1.xls"), pattern_of("[新]低保.xls")
    ('困难预警*年*月.csv', '1.xls', '?新?低保.xls')
    >>> pattern_of("六月困难预警（二）.csv")
    '*月困难预警（*）.csv'
    """
    name = re.sub(r"[\[\]*]", "?", PurePosixPath(file).name)
    pattern = re.sub(_COUNTED, "*", name)
    own = re.sub(r"[*?\W]|[年月日份号]", "", PurePosixPath(pattern).stem)
    return pattern if len(own) >= _FEWEST_OWN else name


def ambiguous(names: Iterable[str], lists: Mapping[str, ListRule]) -> str:
    """Return that a sheet may be any of several lists."""
    return f"分不清是{titles(names, lists)}中的哪一份。{_RENAME}"


def disagreement(
    file: str,
    name: str,
    other: str,
    columns: Sequence[Column],
    lists: Mapping[str, ListRule],
) -> str:
    """Return both readings of a sheet: the list by its names, and the one by its columns."""
    headers = "、".join(f"“{column.header}”" for column in columns)
    return (
        f"按名称是“{lists[name].title}”，按列（{headers}）是“{lists[other].title}”，"
        "两种读法不一致，没有读取。请核对后改文件名；或在规则里写定，以后不再问："
        f"lists/{name}.yaml 或 lists/{other}.yaml（哪份对写哪份）的 claim 下加一行 "
        f'files: ["{pattern_of(file)}"]'
    )


def misspelt(nearly: tuple[str, str, str], lists: Mapping[str, ListRule]) -> str:
    """Return that a header nearly is the one that another list needs (list, header, label)."""
    other, header, label = nearly
    return (
        f"表头“{header}”像是“{lists[other].title}”的“{label}”写错了一个字，没有读取。"
        f"请改正表头；确实是另一列的，写入名单规则的 ignore"
    )


def nearly_header(header: str, title: str, label: str) -> str:
    """Return that a header nearly is one by which a list says who counts."""
    return (
        f"表头“{header}”像是“{label}”写得不同，没有读取；不读，“{title}”里谁算、谁不算就会弄错。"
        f"请改正表头，或{_ANSWER}"
    )


def header_of_cover(header: str, title: str) -> str:
    """Return that a column of yes and no may say who is covered."""
    return (
        f"表头“{header}”规则里没有，有人写着“否”：可能不在“{title}”里享受，也可能是另一回事。"
        f"请改成规则里的表头，或{_ANSWER}"
    )


def another_list(header: str, word: str, title: str) -> str:
    """Return that most people of a sheet are of another kind of aid than its list."""
    return (
        f"“{header}”一列多数写的是“{word}”，不是“{title}”，没有读取。"
        f"请把这些人另存为一个文件、文件名写明是哪份名册；确实是“{title}”的，请改正这一列"
    )


def below(
    sheet: str, row: int, others: Iterable[str], name: str, lists: Mapping[str, ListRule]
) -> str:
    """Return that from a row on a sheet is another list; `others`: those that it may be."""
    where = f"工作表“{sheet}”" if sheet else ""
    other = "或".join(f"“{lists[each].title}”" for each in sorted(others))
    return (
        f"{where}上面是“{lists[name].title}”，第{row}行起是{other}的表头，没有读取。"
        "请把两份名单分开，各放一张工作表或一个文件"
    )


def beside(sheet: str, header: str, letters: Sequence[str]) -> str:
    """Return both readings of two columns of names that hold different people."""
    where = f"工作表“{sheet}”" if sheet else ""
    columns = "、".join(letters)
    return (
        f"{where}第{columns}列的表头都是“{header}”，写的不是同一个人，没有读取：可能是左右并排的几栏名单，"
        "也可能是户主、监护人等别人的姓名。是并排名单的，请把右边的移到左边的下面，只留一行表头；"
        "是别人的，请把表头写全，如“监护人姓名”"
    )


def unclaimed(
    text: str,
    readings: Sequence[Fit],
    candidates: Iterable[str],
    lists: Mapping[str, ListRule],
) -> str:
    """Return why no list has a file, with the list that comes nearest.

    `text`: its name, plain. `readings`: every list that has headers in it. `candidates`: those
    that have all of theirs.
    """
    if not readings:
        return "没有找到表头，请检查表格是否有“姓名”“身份证号”这样的表头行"
    for rule in lists.values():
        word = longest_word(rule.claim.without, text)
        if word and longest_word(rule.claim.words, text):
            return (
                f"文件名里有“{word}”，不作“{rule.title}”读取。不用的文件请移出文件夹，"
                "或写入规则 reading.yaml 的 ignore"
            )
    nearest = max(
        readings,
        key=lambda fit: (
            len(longest_word(lists[fit.list_name].claim.words, text)),
            -len(fit.missing),
            fit.found,
            fit.list_name,
        ),
    )
    if nearest.missing:
        title, missing = lists[nearest.list_name].title, "、".join(nearest.missing)
        return f"没有名单规则认领。最接近“{title}”，缺少表头：{missing}"
    may = f"可能是{titles(candidates, lists)}"
    return f"只有姓名、证号这类表头，看不出是哪份名单（{may}）。{_RENAME}"


def doubted_by(message: str, sentences: Iterable[str]) -> tuple[str, str] | None:
    """Return the word that leaves a file in doubt and the title of its list; None for another why.

    `sentences`: those of holding.yaml with {word} and {list}.

    >>> sentence = "名称里有“{word}”，不知道是不是“{list}”"
    >>> doubted_by("名称里有“退”，不知道是不是“低保”", [sentence])
    ('退', '低保')
    >>> doubted_by("缺少表头", [sentence])
    """
    for sentence in sentences:
        pattern = re.escape(sentence)
        for name in ("word", "list"):
            first, *others = pattern.split(re.escape("{" + name + "}"))
            pattern = f"{first}(?P<{name}>.+?){f'(?P={name})'.join(others)}" if others else first
        found = re.fullmatch(pattern, message)
        if found and {"word", "list"} <= found.groupdict().keys():
            return found["word"], found["list"]
    return None
