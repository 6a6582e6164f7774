"""Addresses as people write them: which street, which number; whether they are of another district."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from dongche.kit.chinese import normalise

_REGIONS: Final = re.compile(
    r"^(?:中国)?(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区))?(?:[\u4e00-\u9fff]{2,6}?市(?!场|政))?(?:([\u4e00-\u9fff]{2,5}?)(?:区|县)(?!域|间))?"
    r"(?:[\u4e00-\u9fff]{2,8}?街道(?:办事处)?)?"
)
_STREET: Final = re.compile(
    r"([\u4e00-\u9fff]{1,8}?(?:[一二三四五六七八九十东西南北中]*(?:大道|大街|支路|路|街|巷|胡同|里)))"
    r"(?:\s*(?:甲|乙|丙|丁)?\s*(\d{1,5})(?:[-—–之]\d+)*\s*(?:号|弄)?)?"
)
# Districts that have been merged into another: an old address is not of another place.
MERGED: Final = {"四方": "市北", "胶南": "黄岛", "即墨市": "即墨"}


class Address(NamedTuple):
    """A street with its number, 0 without one; and the district that is named, by its name of today."""

    district: str
    street: str
    number: int


def parse(text: str) -> Address | None:
    """This function will read street and number from an address.

    Empty:  None for a text without any street

    >>> parse("山东省青岛市四方区阜新路12号甲"), parse("阜新路 8-3 号2楼")
    (Address(district='市北', street='阜新路', number=12), Address(district='', street='阜新路', number=8))
    >>> parse("昌乐路文化市场"), parse("三楼")
    (Address(district='', street='昌乐路', number=0), None)
    """
    plain = normalise(text).replace(" ", "")
    regions = _REGIONS.match(plain)
    rest = plain[regions.end() :] if regions else plain
    found = list(_STREET.finditer(rest))
    if not found:
        return None
    street = next((one for one in found if one[2]), found[0])  # of 人民路四支路3号 the one with the number
    district = (regions[1] if regions else "") or ""
    return Address(MERGED.get(district, district), street[1], int(street[2] or 0))
