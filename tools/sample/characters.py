"""Characters that are taken for one another: small tables, written for the invented names here.

They are on purpose not made with the libraries that the program's own tables are built with.
"""

from __future__ import annotations

# Each word is a set of characters of the same sound (toneless).
_SAME_SOUND = (
    "红宏洪虹鸿 晓小 伟卫炜 建健 明鸣铭 丽莉 英瑛 秀绣 珍真贞 志智 辉晖 清青 金锦今 玉育 福富"
    " 义艺毅 生胜 文雯 炳丙 添天 阳洋 龙隆 成城诚 平萍 云芸 香湘 琴勤 燕艳 强墙 彬斌 俊峻 杰洁"
    " 宇雨语 欣鑫新 佳嘉 涵晗 泽则 昊浩 水税 火伙 东冬 荣容 庆清 凤奉 兰岚 梅美 华花 国果 海孩"
    " 宝保 贵桂 财才 春纯 林琳 霞侠 芳方 婷庭 敏闽 静婧 思丝 怡宜 梓紫 轩萱 子梓 诗师"
    " 乐勒 木沐 源元 川穿 顺舜 治智 张章 庄装 郭国 何和 曾增 刘流 王汪 李里 吴武"
)
# Each word is a pair that the eye or an input by strokes confuses.
_SAME_LOOK = (
    "已己 治冶 末未 士土 日曰 晴睛 侯候 洪供 淑椒 凤风 思恩 祥详 天夭 干千 贝见 佳住 桂挂"
    " 珠株 朋明 清请 健建 泽译 阳阴 春舂 兰三 水永 木本 玉王 文丈 大太 良艮 华毕 国围"
    " 财材 海悔 金全 生主 龙尤 荣菜 英央 平乎 云去 东车 宝室 美羔 秀秃 伟纬 强弹 志忘"
    " 杰杂 宇字 梅悔 庆厌 林材 李季 张弛"
)
_TRADITIONAL = (
    "陈陳张張黄黃刘劉庄莊骆駱杨楊吴吳许許郑鄭谢謝苏蘇叶葉卢盧赖賴马馬红紅丽麗华華国國伟偉凤鳳兰蘭龙龍宝寶荣榮庆慶"
    "阳陽莲蓮云雲贵貴东東铭銘锋鋒强強琼瓊义義财財连連锦錦胜勝泽澤轩軒语語诗詩丝絲乐樂顺順诚誠丽麗丹丹艳艷静靜杰傑"
)

SOUNDS_LIKE: dict[str, str] = {}
for _word in _SAME_SOUND.split():
    for _char in _word:
        SOUNDS_LIKE.setdefault(_char, _word.replace(_char, ""))
LOOKS_LIKE: dict[str, str] = {}
for _word in _SAME_LOOK.split():
    LOOKS_LIKE.setdefault(_word[0], _word[1])
    LOOKS_LIKE.setdefault(_word[1], _word[0])
TRADITIONAL: dict[str, str] = {
    plain: full
    for plain, full in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)
    if plain != full
}

# Rare characters of given names: how a clerk without them writes the parts, and the sound.
RARE: dict[str, tuple[str, str]] = {
    "玥": ("王月", "yue"),
    "珺": ("王君", "jun"),
    "珅": ("王申", "shen"),
    "琎": ("王进", "jin"),
    "煊": ("火宣", "xuan"),
    "炘": ("火斤", "xin"),
    "翀": ("羽中", "chong"),
    "垚": ("土土土", "yao"),
    "堃": ("方方土", "kun"),
    "喆": ("吉吉", "zhe"),
    "䶮": ("龙天", "yan"),
}
# Where a rare character was lost on the way, a private-use one of GB18030 stands in its place.
PRIVATE_USE: dict[str, str] = {char: chr(0xE81A + n) for n, char in enumerate(RARE)}
