"""Initials of the pinyin of a name, by which people look for it: qdhd for 青岛海达.

pypinyin knows the readings; of its phrases only those matter in which a character begins otherwise than alone (银行,
not 行走). They are matched here with one look per such character, because an import has to do it for every name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import product
from typing import Final

from dongche.kit.chinese import key

LONGEST: Final = 12  # characters of a key
STARTS: Final = (0, 2, 3, 4)  # a name is also found without the place it begins with: 青岛, 青岛市, 山东青岛
MOST: Final = 4  # readings of one name
# Where no phrase decides, names of firms have these in either reading: 乐购 and 音乐, 商行 and 行者.
EITHER: Final = {
    "长": "c", "重": "c", "行": "h", "朝": "z", "调": "t", "乐": "y", "参": "s", "藏": "z", "传": "z",
    "曾": "z", "单": "s", "厦": "x", "盛": "c",
}  # fmt: skip
_INITIALS: Final = re.compile(r"[a-z][a-z0-9]+")


@cache
def _readings() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """The first letter of each character alone; and, by a character that changes, the phrases in which it does."""
    # Half a second, and only who indexes or marks a name needs it.
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    alone = {chr(code): _letter(said.split(",")[0]) for code, said in PINYIN_DICT.items()}
    phrases: dict[str, dict[str, str]] = {}
    for phrase, said in PHRASES_DICT.items():
        letters = "".join(_letter(syllable[0]) for syllable in said)
        if len(letters) == len(phrase) and letters != "".join(alone.get(one, "") for one in phrase):
            for character, letter in zip(phrase, letters, strict=True):
                if alone.get(character) != letter:
                    phrases.setdefault(character, {})[phrase] = letters
    return alone, phrases


def _letter(syllable: str) -> str:
    return unicodedata.normalize("NFD", syllable)[0]


def letters(name: str) -> list[str]:
    """This function will give the letters with which each character of `key(name)` may begin, the likeliest first.

    >>> letters("重庆银行A8")
    ['c', 'q', 'y', 'h', 'a', '8']
    >>> letters("乐行")
    ['ly', 'xh']
    """
    text = key(name)
    if text.isascii():
        return list(text)
    alone, phrases = _readings()
    found = [alone.get(character, character) for character in text]
    settled: set[int] = set()
    for at, character in enumerate(text):
        if character in phrases and at not in settled:
            _settle(text, at, phrases[character], found, settled)
    for at, character in enumerate(text):
        other = EITHER.get(character, "")
        if other and at not in settled and other != found[at]:
            found[at] += other
    return found


def _settle(text: str, at: int, phrases: dict[str, str], found: list[str], settled: set[int]) -> None:
    """Read a character as the longest phrase around it says."""
    for length in range(4, 1, -1):
        for start in range(max(0, at - length + 1), min(at, len(text) - length) + 1):
            said = phrases.get(text[start : start + length])
            if said is not None:
                found[start : start + length] = said
                settled.update(range(start, start + length))
                return


def keys(name: str) -> set[str]:
    """This function will give the texts that begin with what people type to find a name by its initials.

    Empty:  a name of fewer than two characters, or of Latin letters alone, has none: its own letters are searched

    >>> sorted(keys("青岛海达机械"))
    ['djx', 'hdjx', 'jx', 'qdhdjx']
    """
    if key(name).isascii():
        return set()
    found: set[str] = set()
    spoken = letters(name)
    for start in STARTS:
        rest = spoken[start : start + LONGEST]
        if len(rest) > 1:
            choices = product(*rest)
            found.update("".join(chosen) for chosen, _n in zip(choices, range(MOST), strict=False))
    return found


def is_initials(text: str) -> bool:
    """Whether a text may be initials that somebody typed.

    >>> is_initials("qdhd"), is_initials("青岛"), is_initials("370203")
    (True, False, False)
    """
    return _INITIALS.fullmatch(text) is not None


def span(name: str, text: str) -> tuple[int, int] | None:
    """This function will give where in a name stands what was typed, characters or initials: begin and end.

    >>> span("青岛（海达）机械", "hdj"), span("青岛（海达）机械", "岛海"), span("青岛海达", "海达")
    ((3, 7), (1, 4), (2, 4))
    >>> span("青岛海达", "xy") is None
    True
    """
    wanted = key(text)
    if not wanted:
        return None
    at = name.casefold().find(text.casefold())
    if at >= 0:
        return at, at + len(text)
    places = [at for at, character in enumerate(name) for _one in key(character)]
    folded = key(name)
    start = folded.find(wanted) if len(folded) == len(places) else -1
    if start < 0 and is_initials(wanted):
        spoken = letters(name)
        starts = range(len(spoken) - len(wanted) + 1) if len(spoken) == len(places) else ()
        start = next((n for n in starts if all(map(str.__contains__, spoken[n:], wanted))), -1)
    return None if start < 0 else (places[start], places[start + len(wanted) - 1] + 1)
