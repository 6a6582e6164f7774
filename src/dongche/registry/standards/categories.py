"""The kinds of places and the three focuses, from the words people use for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from dongche.kit.chinese import Unreadable, key, parse_yes_no
from dongche.kit.messages import N_
from dongche.registry.standards import nine_small, tables

UNKNOWN = N_("“%(given)s” is no kind of place we know, or it may mean several. Write one of: %(expected)s.")
UNKNOWN_FOCUS = N_("“%(given)s” is no focus. Write one of 重点企业, 重点领域, 重点项目, or leave it empty.")

_BRACKETED = re.compile(r"(.+?)[(（【\[—-]+(.+?)[)）】\]]*")


@dataclass(frozen=True)
class Category:
    """A kind of place; what the word said beyond it, if anything."""

    code: str
    nine_small_class: str | None = None
    focus: str | None = None


@cache
def _words() -> dict[str, Category]:
    table = tables.load("categories")
    words = {key(w): Category(code) for code, row in table["categories"].items() for w in (code, *row)}
    words |= {key(word): Category(code, focus=focus) for word, (code, focus) in table["with_focus"].items()}
    return words


@lru_cache(maxsize=4096)
def read_category(text: str) -> Category:
    """This function will find the kind of place that a word means.

    Raises: Unreadable – unknown, or a word such as 农贸商超 that may mean several kinds

    >>> (
    ...     read_category("大型商超").code,
    ...     read_category("小餐饮"),
    ...     read_category("九小场所（小旅馆）").nine_small_class,
    ... )
    ('supermarket', Category(code='nine_small_venue', nine_small_class='catering', focus=None), 'lodging')
    """
    found = _words().get(key(text))
    if found is not None:
        return found
    venue = nine_small.class_of(text)
    if venue is not None:
        return Category("nine_small_venue", nine_small_class=venue)
    parts = _BRACKETED.fullmatch(text.strip())
    if parts and (outer := _words().get(key(parts[1]))) is not None:
        venue = nine_small.class_of(parts[2])
        if outer.code == "nine_small_venue" and venue is not None:
            return Category(outer.code, nine_small_class=venue)
        if outer.code != "nine_small_venue":
            return outer
    table = tables.load("categories")["categories"]
    expected = "、".join(row[0] for row in table.values())
    raise Unreadable("registry.category_unknown", UNKNOWN, given=text, expected=expected)


@cache
def _focuses() -> dict[str, str]:
    return {key(w): code for code, row in tables.load("categories")["focus"].items() for w in (code, *row)}


def read_focus(text: str, yes_means: str = "key_enterprise") -> str | None:
    """This function will find the focus that a word means; a plain yes is what the column's header says.

    Empty:  None for a plain no
    Raises: Unreadable – neither

    >>> read_focus("重点项目"), read_focus("是", "key_field"), read_focus("否")
    ('key_project', 'key_field', None)
    """
    found = _focuses().get(key(text))
    if found is not None:
        return found
    try:
        return yes_means if parse_yes_no(text) else None
    except Unreadable:
        raise Unreadable("registry.focus_unknown", UNKNOWN_FOCUS, given=text) from None
