"""Codes and names of grids that are new: the next number of their community."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from dongche.kit.chinese import parse_count

_DIGITS = "零一二三四五六七八九"
_ORDINAL = re.compile(r"\d+(?!.*\d)|[一二三四五六七八九十]+(?=号?网格)")


def next_codes(community: str, taken: Collection[str], count: int) -> list[str]:
    """This function will give codes that no grid has ever had: the community's with three digits more.

    >>> next_codes("370203026002", ["370203026002001", "370203026002004"], 2)
    ['370203026002005', '370203026002006']
    """
    ends = [code.removeprefix(community) for code in taken if code.startswith(community)]
    last = max((int(end) for end in ends if end.isdecimal()), default=0)
    return [f"{community}{last + step:03d}" for step in range(1, count + 1)]


def next_names(community: str, present: Sequence[str], count: int) -> list[str]:
    """This function will name new grids after the present one with the highest number.

    >>> next_names("南山社区", ["南山社区第一网格", "南山社区第二网格"], 1)
    ['南山社区第三网格']
    >>> next_names("North", ["North grid 2"], 1)
    ['North grid 3']
    >>> next_names("南山社区", [], 2)
    ['南山社区第1网格', '南山社区第2网格']
    """
    numbered = []
    for name in present:
        found = _ORDINAL.search(name)
        if found:
            numbered.append((int(parse_count(found[0])), name, found))
    if not numbered:
        return [f"{community}第{number}网格" for number in range(1, count + 1)]
    last, name, found = max(numbered, key=lambda each: each[:2])
    return [
        name[: found.start()] + _written(last + step, found[0]) + name[found.end() :]
        for step in range(1, count + 1)
    ]


def _written(number: int, like: str) -> str:
    """A number in figures or in Chinese words, as the example has it, with as many digits at least."""
    if like.isdecimal():
        return f"{number:0{len(like)}d}"
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    word = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return word + (_DIGITS[ones] if ones or not tens else "")
