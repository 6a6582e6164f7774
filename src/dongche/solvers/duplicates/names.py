"""What of a name and an address two records are compared by: the core without place and legal form, the branch, the
sound, the doorway. Plain text in, plain text out."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

from dongche.kit import chinese

_LEGAL: Final = re.compile(
    r"(?:股份有限公司|有限责任公司|集团有限公司|有限合伙企业|有限公司|责任公司|集团公司|合伙企业|个人独资企业"
    r"|个体工商户|总公司|公司|集团)$"
)
_BRACKETS: Final = re.compile(r"[(（【\[]([^()（）【】\[\]]*)[)）】\]]")
_UNIT: Final = r"(?:分公司|分店|分厂|分部|分行|分校|分院|支行|门店|营业部|营业厅|项目部|号店|店)"
_NUMBER: Final = r"[0-9一二三四五六七八九十百]+"
_BRANCH_IN_BRACKETS: Final = re.compile(rf"(?:第?{_NUMBER}|.*{_UNIT})")
_NUMBERED: Final = re.compile(
    rf"(?:第({_NUMBER})|({_NUMBER}))(?:分公司|分店|分厂|分部|分校|分院|号店|门店|店|部|厂)$"
)
_NAMED: Final = re.compile(
    r"(..[路街]|..)(?:分公司|分店|分厂|分部|分行|分校|分院|支行|门店|营业部|营业厅|项目部)$"
)
_FIGURES: Final = str.maketrans("一二三四五六七八九", "123456789")
# What people who speak the dialect, or type by sound, mix up: zh and z, sh and s, ch and c, -ng and -n, l and n.
_MIXED_UP: Final = (("zh", "z"), ("sh", "s"), ("ch", "c"), ("ing", "in"), ("eng", "en"), ("ang", "an"))
_DOORWAY: Final = re.compile(r"^(.*?(?:路|街|道|巷|里))(?:甲|乙|丙)?(\d+)号?")


class Parts(NamedTuple):
    """A name taken apart. `shape` and `sound` hold one ASCII character for each Chinese one, so that edits are counted
    in characters and not in the bytes of UTF-8; two that differ look the same once in ninety-four."""

    name: str
    core: str
    branch: str
    shape: str
    sound: str


def localities(names: Collection[str]) -> re.Pattern[str]:
    """This function will give the pattern of what names and addresses begin with and does not tell places apart.

    >>> near = localities(["山东省", "青岛市", "市北区"])
    >>> near.sub("", "青岛市市北区阜新路8号"), near.sub("", "青岛市北区阜新路8号")
    ('阜新路8号', '阜新路8号')
    """
    short = {re.sub(r"(?:省|市|区|县|街道)$", "", name) for name in names if len(name) > 1}
    # 青岛市北区 is 青岛 and 市北区, not 青岛市 and 北区.
    short |= {one + name for one in short for name in names if one and name.startswith("市")}
    every = "|".join(re.escape(one) for one in sorted(short, key=lambda one: (-len(one), one)) if one)
    return re.compile(rf"^(?:中国)?(?:(?:{every})(?:省|市|区|县|街道办事处|街道)?)+" if every else r"^中国")


def parts(name: str, near: re.Pattern[str]) -> Parts:
    """This function will take a name apart; `near` is what `localities` gives.

    Empty: a name that is nothing but a place and a legal form is its own core

    >>> near = localities(["青岛市"])
    >>> parts("青岛海之晨餐饮有限公司", near).core, parts("海之晨餐饮", near).core
    ('海之晨餐饮', '海之晨餐饮')
    >>> parts("海之晨餐饮（台东店）", near).branch, parts("海之晨餐饮第二分店", near).branch
    ('台东', '2')
    """
    text = chinese.normalise(name)
    branch = ""
    for inside in _BRACKETS.findall(text):
        word = chinese.key(inside)
        if _BRANCH_IN_BRACKETS.fullmatch(word):
            branch = _branch(word)
            text = _BRACKETS.sub("", text)
        elif near.sub("", word) == "":
            text = text.replace(inside, "")
    whole = chinese.key(text)
    core = whole
    if not branch:
        found = _NUMBERED.search(whole) or _NAMED.search(whole)
        if found and found.start() >= 2:
            branch, core = _branch(found[0]), whole[: found.start()]
    core = near.sub("", core) or core
    core = _LEGAL.sub("", core) or core
    return Parts(chinese.key(name), core, branch, _bytes(core), _bytes_of_sounds(core))


def _branch(word: str) -> str:
    """What tells a branch from its sisters: its number in figures, or the word in front of 分店."""
    plain = re.sub(rf"{_UNIT}$|部$|厂$", "", word).removeprefix("第") or word
    return plain.translate(_FIGURES) if re.fullmatch(_NUMBER, plain) else plain


def _bytes(text: str) -> str:
    return "".join(map(_byte, text))


@lru_cache(maxsize=65536)
def _byte(text: str) -> str:
    return chr(crc32(text.encode()) % 94 + 33)


def _bytes_of_sounds(text: str) -> str:
    return "".join(_byte(sound(character)) for character in text)


@lru_cache(maxsize=65536)
def sound(character: str) -> str:
    """This function will give the syllable that a character is read by most, without tone, alike ones made the same.

    >>> sound("晨") == sound("辰") == sound("程"), sound("餐")
    (True, 'can')
    """
    readings = PINYIN_DICT.get(ord(character), "")
    if not readings:
        return character
    syllable: str = to_normal(readings.split(",")[0])
    for mixed, plain in _MIXED_UP:
        syllable = syllable.replace(mixed, plain)
    return syllable


def address(text: str, near: re.Pattern[str]) -> tuple[str, str]:
    """This function will give what an address is compared by, and its doorway: street and number.

    Empty: no doorway where no number can be read

    >>> address("青岛市阜新路 8 号 2 楼", localities(["青岛市"]))
    ('阜新路8号2楼', '阜新路8')
    """
    whole = chinese.key(text)
    plain = near.sub("", whole) or whole
    found = _DOORWAY.match(plain)
    return plain, f"{found[1]}{found[2]}" if found else ""
