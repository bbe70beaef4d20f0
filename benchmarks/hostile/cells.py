"""Cells as odd as they come, one in each field of each list: a month to be matched.

    python benchmarks/hostile/cells.py FOLDER

Each list gets one csv with all its columns; each row is one person with one odd cell. Everybody has
a number on the unassigned division 990101, but where the number is the odd cell.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from loubao.rules import shipped_rules
from loubao.rules.folder import Rules, load_rules

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

ODD = (
    *("990101196003050119", "6217001234567890123", "9" * 400, "9" * 32_000, "1" * 19 + ".5"),
    *("1e999", "-1e999", "1E+308", "inf", "-inf", "Infinity", "nan", "NaN", "0x1F", "1_000", "٣٤٥"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "92233720368547758.07"),
    *(
        "-0",
        "-1",
        "0.0000000001",
        "1/3",
        "５２０００",
        "52,000,",
        "¥-",
        "万",
        "99999999999万元",
        "²",
    ),
    *(
        "0000-00-00",
        "0001-01-01",
        "9999-12-31",
        "9999-12-31T16:00:00Z",
        "10000-01-01",
        "2022-02-30",
    ),
    *("9999-12-31T23:59:59.999Z", "0000-01-01T00:00:00Z", "80000", "99999", "2958466", "99.99.99"),
    *(
        "1900-02-29",
        "二〇二二年十三月",
        "99991231",
        "00000000",
        "31/31/2021",
        "2021-W01-1",
        "长期",
        "1e5",
    ),
    *(
        "\x00",
        "\x1b[31m",
        "\u202e张三",
        "\ufeff",
        "\u200b" * 50,
        "😀" * 50,
        "\U000f0000",
        "\ud7ff",
        "\uffff",
    ),
    *(
        "=1+1",
        "@SUM(A1)",
        "'",
        '"',
        "\\",
        "{0}",
        "{name}",
        "%s",
        "<b>",
        "&amp;",
        "[",
        "(",
        "*",
        "+",
        "?",
    ),
    *(
        "张" * 5_000,
        "（" * 300,
        "(" * 300,
        "、" * 300,
        "张三、" * 300,
        "a" * 40_000,
        "\t",
        "\n",
        "\r\n\r\n",
    ),
    *(
        "合计",
        "合计自付52000元",
        "共计住院3次",
        "小计：3",
        "制表人：张三",
        "备注：无",
        "姓名",
        "无",
        "TRUE",
        "NULL",
    ),
    *("2147483648", "4294967296", "256", "65536", "1.7976931348623157e308", "5e-324", "1" * 309),
)


def number(born: str, sequence: int) -> str:
    """Return a valid ID number of nobody."""
    body = f"990101{born}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def month(folder: Path, rules: Rules) -> None:
    """Write a csv for each list, each with every odd cell in every column."""
    folder.mkdir(parents=True, exist_ok=True)
    for at, (_, rule) in enumerate(sorted(rules.lists.items())):
        fields = [field for field, spec in rule.fields.items() if spec.headers]
        title = max(rule.claim.words, key=len)
        with (folder / f"{title}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([rule.fields[field].headers[0] for field in fields])
            count = 0
            for field in fields:
                for odd in ODD:
                    person = _person(at, count) | {field: odd}
                    writer.writerow([person.get(each, "") for each in fields])
                    count += 1


def _person(at: int, count: int) -> dict[str, str]:
    day = f"{1 + count // 900 % 12:02d}{1 + count // 10_800 % 28:02d}"
    year = 1930 + at * 4 + count // 302_400
    given = "一二三四五六七八九十"
    return {
        "name": "王李张刘陈杨赵黄周吴"[count % 10]
        + given[count // 10 % 10]
        + given[count // 100 % 10],
        "id_number": number(f"{year}{day}", count % 900 + 1),
        "town": "洛阳镇",
        "village": "上浦村",
        "self_paid": "52000",
        "protected": "是",
        "disability_category": "肢体",
        "disability_level": "一级",
        "certificate_date": "2021-05-01",
        "household_category": "脱贫不稳定户",
    }


if __name__ == "__main__":
    month(Path(sys.argv[1]), load_rules(shipped_rules()))
