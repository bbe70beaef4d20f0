"""Dates, amounts, levels and the like, as clerks write them."""

from __future__ import annotations

from datetime import date
from random import Random

from invented.model import Cell

_CATEGORY = ["", "视力", "听力", "言语", "肢体", "智力", "精神", "多重"]
_LEVEL = ["", "一", "二", "三", "四"]
_KINDS = {
    "unstable": ["脱贫不稳定户", "脱贫不稳定户", "脱贫不稳定人口"],
    "marginal": ["边缘易致贫户", "边缘易致贫户", "边缘易致贫人口"],
    "sudden": ["突发严重困难户", "突发严重困难户", "突发严重困难户 "],
}
_HAN = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))


def _han_number(n: int) -> str:
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _HAN[str(tens)] + "十"
    return head + (_HAN[str(ones)] if ones else "")


def day(rng: Random, value: date, style: int) -> Cell:
    """A date; a file has a style and one cell in twelve strays from it."""
    style = rng.randrange(12) if rng.random() < 0.08 else style % 8
    y, m, d = value.year, value.month, value.day
    forms: list[Cell] = [
        value,
        f"{y}-{m:02d}-{d:02d}",
        f"{y}年{m}月{d}日",
        f"{y}.{m}.{d}",
        f"{y}/{m}/{d}",
        f"{y}{m:02d}{d:02d}",
        (value - date(1899, 12, 30)).days,  # an Excel serial whose format was lost
        f"{y}-{m:02d}-{d:02d} 00:00:00",
        f"{y}年{m:02d}月{d:02d}日",
        "".join(_HAN[c] for c in str(y)) + f"年{_han_number(m)}月{_han_number(d)}日",
        f"{y}-{m}-{d} ",
        f"{y}．{m}．{d}",
    ]
    return forms[style]


def month(rng: Random, value: date, style: int) -> Cell:
    """A month."""
    y, m = value.year, value.month
    return [f"{y}-{m:02d}", f"{y}年{m}月", f"{y}{m:02d}", f"{y}.{m:02d}", f"{y}/{m}"][style % 5]


def amount(rng: Random, value: float, style: int) -> Cell:
    """Money in yuan."""
    if rng.random() < 0.06:
        if value > 41000 and rng.random() < 0.3:
            return f"{value / 10000:.2f}万元"
        return rng.choice([
            f"{value:,.2f}元", f"¥{value:,.2f}", f"￥{value:.2f}", f" {value:.2f} ",
            f"{value:.2f}元",
            "".join(chr(ord(c) + 0xFEE0) for c in f"{value:.2f}"),
        ])  # fmt: skip
    forms: list[Cell] = [value, f"{value:.2f}", f"{value:,.2f}", f"{value:.15g}"]
    return forms[style % 4]


def category(rng: Random, value: int, style: int) -> Cell:
    """A category of disability."""
    name = _CATEGORY[value]
    if rng.random() < 0.03:
        return rng.choice([str(value), name + " ", f"{value}{name}", f"{name}残疾"])
    return name + ("残疾" if style % 2 else "")


def level(rng: Random, value: int, style: int) -> Cell:
    """A level of disability."""
    style = rng.randrange(6) if rng.random() < 0.05 else style % 4
    han = _LEVEL[value]
    wide = chr(ord("０") + value)
    forms: list[Cell] = [f"{han}级", f"{value}级", value, han, f"{wide}级", f"{han} 级"]
    return forms[style]


def monitored_kind(rng: Random, value: str) -> Cell:
    """A household category; none means an ordinary household lifted out of poverty."""
    return rng.choice(_KINDS[value]) if value else None


def sex(value: int, style: int) -> Cell:
    """Male or female."""
    return [("男", "女"), ("男", "女"), ("男性", "女性"), ("1", "2")][style % 4][value - 1]


def phone(rng: Random) -> Cell:
    """A telephone number on a prefix that is not assigned."""
    return f"100{rng.randrange(10**8):08d}" if rng.random() < 0.8 else None
