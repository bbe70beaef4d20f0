"""Chinese names by generation, as coastal Fujian has them; all people invented."""

from __future__ import annotations

from random import Random

SURNAMES = {
    "陈": 110, "林": 90, "黄": 70, "张": 60, "王": 55, "吴": 50, "李": 48, "郑": 40, "庄": 40,
    "刘": 35, "郭": 35, "苏": 32, "蔡": 32, "曾": 30, "杨": 28, "骆": 25, "何": 24, "许": 22,
    "谢": 18, "杜": 16, "叶": 16, "邱": 15, "康": 14, "赖": 10, "朱": 10, "周": 10, "余": 9,
    "卢": 9, "江": 9, "洪": 9, "汪": 8, "孙": 8, "柯": 8, "潘": 7, "颜": 6, "萧": 5, "肖": 5,
    "单": 3, "仇": 2, "解": 2, "曲": 2, "冼": 1, "欧阳": 3, "上官": 2, "司徒": 1,
}  # fmt: skip

_OLD_MEN = "金水木火土来发财福生根旺清文德荣明辉国建志炳坤添祥庆宝树松海山江龙虎成兴"
_OLD_WOMEN = "秀美丽玉治乌珠兰英琴芹珍真淑惠梅凤香桂花莲云芸霞银钗妹姝招治金锦"
_MEN = "志伟炜强明鸣铭国建军君勇文辉晖华骅峰锋鹏杰斌彬龙东阳鸿宏泽毅坚滨晓小"
_WOMEN = "丽莉美梅红虹燕雁芳方芬娟婷静婧雅萍平琼晓小玲云霞艳娇清青卿惠雪春兰娜珊姗"
_BOYS = "宇雨轩浩皓泽则梓子俊骏睿锐佳嘉家毅晨辰鑫欣凯楷宸炎恒恩承诚翔铭昊"
_GIRLS = "涵晗欣馨怡宜雨语梓子萱佳嘉可诗思彤桐妍颜瑶琪淇心语静雯悦玥婷希曦"

_COMMON = {
    ("old", 1): ["金水", "水木", "文龙", "国强", "建国", "清水", "金土", "炳坤", "木火", "添财"],
    ("old", 2): ["秀英", "美玉", "玉治", "乌治", "秀琴", "秀芹", "丽珍", "丽真", "玉兰", "淑珍"],
    ("mid", 1): ["志强", "建华", "伟强", "国辉", "志伟", "志炜", "明辉", "建军", "文斌", "文彬"],
    ("mid", 2): ["丽红", "丽虹", "晓红", "小红", "美丽", "秀丽", "丽萍", "丽平", "小燕", "晓燕"],
    ("kid", 1): ["宇轩", "雨轩", "浩宇", "皓宇", "子涵", "梓涵", "俊杰", "嘉豪", "家豪", "泽宇"],
    ("kid", 2): ["欣怡", "心怡", "梓涵", "子涵", "雨萱", "语萱", "佳怡", "嘉怡", "诗涵", "思涵"],
}
_POOLS = {
    ("old", 1): _OLD_MEN, ("old", 2): _OLD_WOMEN, ("mid", 1): _MEN,
    ("mid", 2): _WOMEN, ("kid", 1): _BOYS, ("kid", 2): _GIRLS,
}  # fmt: skip

RARE = {"喆": "吉吉", "堃": "方方土", "䶮": "龙天", "垚": "三土", "翀": "羽中", "鋆": "均金",
        "㛃": "女洁", "玥": "王月", "翾": "羽", "㙦": "土", "彧": "或"}  # fmt: skip
PINYIN = {"喆": "zhe", "堃": "kun", "䶮": "yan", "垚": "yao", "翀": "chong", "鋆": "yun",
          "㛃": "jie", "玥": "yue", "翾": "xuan", "㙦": "xie", "彧": "yu"}  # fmt: skip

_MINORITY_FIRST = ["阿依古丽", "古丽娜尔", "吐尔逊", "买买提", "迪丽热巴", "艾合买提", "扎西"]
_MINORITY_LAST = ["艾力", "买买提", "阿不都", "吐尔地", "热合曼", "卡德尔", "多吉"]
_LATIN_FAMILY = ["NGUYEN", "TRAN", "LE", "PHAM", "SANTOS", "REYES", "SITI", "HTUN"]
_LATIN_GIVEN = ["THI HOA", "THI LAN", "THI MAI", "VAN NAM", "MARIA", "JOY ANN", "NURHAYATI"]


def generation(year: int) -> str:
    """Which generation's fashion a birth year follows."""
    return "old" if year < 1968 else "mid" if year < 2000 else "kid"


def given_name(rng: Random, year: int, sex: int, shared: str = "") -> str:
    """One or two characters; `shared` is a generation or father's character to begin with."""
    key = (generation(year), sex)
    pool = _POOLS[key]
    if shared:
        return shared + rng.choice(pool)
    roll = rng.random()
    if roll < 0.17:
        return rng.choice(_COMMON[key])
    if roll < 0.19:
        return rng.choice([rng.choice(list(RARE)), rng.choice(pool) + rng.choice(list(RARE))])
    if roll < (0.38 if key[0] == "kid" else 0.27):
        return rng.choice(pool)
    return rng.choice(pool) + rng.choice(pool)


def surname(rng: Random, clans: tuple[str, ...] = ()) -> str:
    """A surname by frequency, or mostly one of the village's clans."""
    if clans and rng.random() < 0.75:
        return rng.choices(clans, weights=[4, 2, 1][: len(clans)])[0]
    return rng.choices(list(SURNAMES), weights=list(SURNAMES.values()))[0]


def split(name: str) -> tuple[str, str]:
    """Surname and given name; a name that is not Chinese is all given name."""
    if "·" in name or name.isascii():
        return "", name
    cut = 2 if name[:2] in SURNAMES else 1
    return name[:cut], name[cut:]


def minority_name(rng: Random) -> str:
    """A dotted name."""
    return f"{rng.choice(_MINORITY_FIRST)}·{rng.choice(_MINORITY_LAST)}"


def latin_name(rng: Random) -> str:
    """A foreign spouse's name as the passport prints it."""
    return f"{rng.choice(_LATIN_FAMILY)} {rng.choice(_LATIN_GIVEN)}"
