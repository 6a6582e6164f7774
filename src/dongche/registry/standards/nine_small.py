"""九小场所: which of the nine kinds of small venues a word means, and whether a venue is small enough."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from dongche.kit.chinese import Unreadable, key
from dongche.kit.messages import N_
from dongche.registry.standards import tables

UNKNOWN = N_("“%(given)s” is none of the nine kinds of small venues. Write one of: %(expected)s.")


@dataclass(frozen=True)
class Venue:
    """One of the nine kinds; `largest` holds the limits by indicator (area_m2, diners, beds, pupils)."""

    code: str
    zh: str
    en: str
    largest: dict[str, int]


@cache
def venues() -> dict[str, Venue]:
    """The nine kinds by code."""
    return {
        code: Venue(code, row["zh"], row["en"], row["max"])
        for code, row in tables.load("nine_small")["classes"].items()
    }


@cache
def _words() -> dict[str, str]:
    classes = tables.load("nine_small")["classes"]
    return {
        key(word): code
        for code, row in classes.items()
        for word in (code, row["zh"], row["en"], *row["aliases"])
    }


def class_of(text: str) -> str | None:
    """The code that a word means, or None.

    >>> class_of("小餐饮"), class_of("餐饮场所"), class_of("写字楼")
    ('catering', 'catering', None)
    """
    return _words().get(key(text))


def read_class(text: str) -> str:
    """The code that a word means.

    Raises: Unreadable – none of the nine
    """
    code = class_of(text)
    if code is None:
        expected = "、".join(venue.zh for venue in venues().values())
        raise Unreadable("registry.nine_small_unknown", UNKNOWN, given=text, expected=expected)
    return code


def is_small_enough(code: str, **figures: int | None) -> bool | None:
    """Whether a venue is within the limits of its kind; None when the figure the rule asks for is missing.

    >>> is_small_enough("shopping", area_m2=300), is_small_enough("shopping", area_m2=301)
    (True, False)
    >>> is_small_enough("shopping") is None, is_small_enough("production")
    (True, True)
    """
    inclusive = tables.load("nine_small")["inclusive"]
    limits = venues()[code].largest
    given = {name: figure for name in limits if (figure := figures.get(name)) is not None}
    if limits and not given:
        return None
    return all(
        figure <= limits[name] if inclusive else figure < limits[name] for name, figure in given.items()
    )
