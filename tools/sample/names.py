"""Names as a coastal clan district has them.

A village has one or two clans; a clan gives the sons of a generation the same character, so
namesakes in one village are common. Wives come from elsewhere, a few from far away.
"""

from __future__ import annotations

from random import Random

from sample.characters import RARE
from sample.villages import Village

CLANS = "陈林黄张庄刘郭骆何曾王李吴许杨郑谢苏蔡"
SURNAMES = "陈林黄张王李吴庄刘郭骆何曾许杨郑谢苏蔡叶卢赖邱洪潘朱江周徐孙余施康柯连丘单仇区解查翟盖"
_WEIGHTS = [40, 36, 30, 28, 20, 20, 16, 16, 12, 12, 10, 10, 9] + [3] * (len(SURNAMES) - 13)
MUSLIM_CLANS = "郭丁马"  # 百崎 is a Hui township
COMPOUND = ("欧阳", "司徒", "上官")

_MEN = {
    1960: "水木土火金添福生成发财旺贵福来明清河海泉山林炳坤和顺义忠良文章德仁荣华庆安泰春秋松柏治",
    1985: "伟强军勇建国志明辉斌杰鹏飞龙荣庆文武华东海峰林平清泉福金良德荣胜利民生阳亮宏凯川健义宝",
    2030: "浩宇轩泽涵杰俊铭阳晨睿博文昊天佳鑫嘉诚恩乐子梓辰煜霖凯锋航源宸祺骏毅超逸扬安康语思远",
}
_WOMEN = {
    1960: "秀英玉珍桂花兰香凤治美金银宝珠莲梅春菊素丽清月娥红琼水麦笋查某招弟淑惠碧霞彩云琴",
    1985: "丽华美玲秀芳燕红霞敏静艳萍琴英梅兰珍云凤莉娟婷雪晓红虹小清青淑贞惠碧彩丹琼娜芬香",
    2030: "欣怡诗涵梓晗佳嘉雨萱思琪语彤可馨紫婷静雯婧妍恩乐心悦宁若曦芷晴睿瑶琳玥萌清淑雅",
}
_GENERATIONS = "建国志文德金福荣庆清明永成思泽嘉宗世维启"

MINORITY = {
    "男": ("阿卜杜拉·买买提", "买买提·吐尔逊", "艾力·玉素甫", "吐尔逊·艾买提"),
    "女": (
        "古丽娜尔·艾合买提",
        "阿依古丽·卡德尔",
        "努尔古丽·艾山",
        "热依汗·托合提",
        "迪丽努尔·阿不都",
        "帕提古丽·买买提",
    ),
}
LATIN = (
    "NGUYEN THI HOA",
    "TRAN THI LAN",
    "LE THI MAI",
    "PHAM THI THU",
    "HOANG THI NGA",
    "VO THI BE",
    "SITI AMINAH",
    "MARIA SANTOS",
    "SOK SREY MOM",
    "NGUYEN THI HONG",
    "DANG THI TUYET",
)


def clans_of(village: Village, rng: Random) -> tuple[str, ...]:
    """The surnames that most of a village share; a village named after its clan has that one."""
    if village.town == "百崎回族乡":
        return ("郭", "郭", "郭", rng.choice(MUSLIM_CLANS))
    named = tuple(char for char in village.name if char in CLANS)
    first = named[0] if named else rng.choice(CLANS[:14])
    return (first, first, first, rng.choice(CLANS))


def surname(rng: Random) -> str:
    """Any surname, by its frequency in the region; a compound one now and then."""
    if rng.random() < 0.004:
        return rng.choice(COMPOUND)
    return rng.choices(SURNAMES, _WEIGHTS)[0]


def generation_character(clan: str, year: int) -> str:
    """The character that the sons of this clan born about this year bear."""
    return _GENERATIONS[(sum(map(ord, clan)) + max(0, year - 1920) // 25) % len(_GENERATIONS)]


def given_name(sex: str, year: int, rng: Random, shared: str = "") -> str:
    """A given name of the time; ``shared`` is a generation character or a father's to begin with.

    >>> len(given_name("男", 1970, Random(1), shared="建"))
    2
    """
    pools = _MEN if sex == "男" else _WOMEN
    pool = next(chars for until, chars in pools.items() if year < until)
    last = rng.choice(tuple(RARE)) if year > 1980 and rng.random() < 0.006 else rng.choice(pool)
    if shared:
        return shared + last
    if rng.random() < 0.13:
        return last
    return rng.choice(pool) + last
