"""Words and characters that names are read by: what hides a character, what is a note.

Fragments of regular expressions are good for both `re` and polars.
"""

from __future__ import annotations

# Character classes good for both `re` and polars. 〇 is left out: in a name it hides a character.
PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
HAN = "\u2e80-\u2fdf\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
H = f"[{HAN}{PRIVATE}]"
HIDDEN = "*×✕╳?\ufffd□■○◯〇某●"

PLACEHOLDER = (
    "无|空|缺|不[详祥明]|未[知填]|未填写|无姓?名|暂无|待(?:补充?|核实?|定)|没有|姓名|户主|"
    "null|none|nan|nil|na|n/a|n[.]a|ref|value|div/0|undefined"
)
# Seen before a footnote star, these say that a name begins there (the commonest surnames).
COMMON = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庄洪"
)

# Notes that are recognised even when glued to the name; no given name ends like this.
_KIN = (
    "[之的其]?(?:配偶|妻子|丈夫|父亲|母亲|儿子|女儿|儿媳|女婿|孙子|孙女|家属|遗孀|"
    "监护人|代理人|代领人?|代办人?)|"
    "之(?:[长次三四五幼]?[子女]|[妻夫父母媳婿孙])"
)
GLUED = (
    f"{_KIN}|户主|本人|已?(?:停发|停保|取消|退出|退保|终止)|"
    "已故|已?(?:死亡|去世|病故|亡故|逝世|迁出|注销|失踪|失联)|已亡|已婚|离异|"
    "(?:曾用名|曾用|原名|又名|别名|小名|现名)[^()]*"
)
# Notes that are recognised after a space or a dash and in brackets.
NOTE_WORDS = (
    f"{GLUED}|父子|母子|父女|母女|祖父|祖母|爷爷|奶奶|外公|外婆|兄弟|姐妹|哥哥|弟弟|姐姐|妹妹|"
    "[长次三四五幼][子女]|联系人|申请人|户口本|同名|重名|重复|新增|新生|外出[^()]*|务工|服刑[^()]*|"
    "戒毒[^()]*|在押|孤儿|单人保|整户保|"
    "(?:低保|五保|特困|残疾|重残|精神|智力|肢体|脱贫|监测|边缘)[^()]*"
)
NOTE = f"{NOTE_WORDS}|[男女大小老夫妻父母子兄弟姐妹代新增亡故死]"

#: Brackets of all kinds, and the two that stand for them.
BRACKETS = dict(zip("【】〔〕〖〗《》〈〉<>「」『』[]{}", "()" * 10, strict=True))
INVISIBLE = "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
SPACE = "[\\s\x00-\x1f\x7f-\x9f\u3164\uffa0]+"
# Latin letters that no decomposition brings to a plain one.
LETTERS = {"Đ": "D", "đ": "d", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "ı": "i"}
