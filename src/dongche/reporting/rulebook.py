"""The rules that reports are held against: names, reasons and dated numbers, from the pack."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.web import campaign
from dongche.web.languages import in_language

# The numbers that each rule needs. What a rule does with them stands in `evidence`.
NUMBERS: Final[Mapping[str, frozenset[str]]] = {
    "open_without_power": frozenset({"percent"}),
    "closed_with_power": frozenset({"percent"}),
    "output_far_from_power": frozenset({"points"}),
    "copied": frozenset({"days"}),
    "identical": frozenset({"places", "minutes"}),
    "impossible": frozenset(),
    "jump": frozenset({"percent"}),
    "same_second": frozenset({"places"}),
    "night": frozenset({"from_hour", "to_hour"}),
    "round_numbers": frozenset({"places", "percent", "step"}),
    "seen_as_reported": frozenset({"days"}),
    "open_seen_closed": frozenset({"days"}),
    "closed_seen_open": frozenset({"days"}),
}
# Raise it whenever `evidence` judges the same numbers otherwise, so that what is kept is weighed again.
MEANING: Final = 1
KINDS: Final = ("source", "pattern", "support")
_DATED: Final = frozenset({"from_on", "until_on", "source"})


class RulebookUnreadable(Problem):
    code = "reporting.rulebook_unreadable"
    status = 500
    message = N_(
        "The file of evidence rules %(file)s cannot be used: at “%(key)s” stands %(given)s, expected is %(expected)s."
    )


@dataclass(frozen=True)
class Rule:
    """One rule as it holds in a period.

    Units: whole numbers of per cent, percentage points, places, days, minutes, hours, yuan
    """

    code: str
    kind: str
    names: Mapping[str, str]
    reasons: Mapping[str, str]
    from_on: date
    until_on: date | None
    numbers: Mapping[str, int]
    sources: Mapping[str, str]

    @property
    def source(self) -> str:
        return in_language(self.sources)

    @property
    def name(self) -> str:
        return in_language(self.names)

    def reason(self, data: Mapping[str, Any]) -> str:
        """This function will say why a place is to be asked, in the language of the page."""
        return in_language(self.reasons) % data


def digest(day: date) -> str:
    """This function will give a text that changes whenever the rules of a day do; their words may change without."""
    rules = [(one.code, one.kind, str(one.from_on), sorted(one.numbers.items())) for one in on(day).values()]
    return digest_of(repr((MEANING, rules)))


def digest_of(text: str) -> str:
    """This function will shorten a text to one that is another whenever it is: 16 letters.

    >>> len(digest_of("a"))
    16
    """
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def on(day: date) -> dict[str, Rule]:
    """This function will give the rules in force on a day, by their codes, in the order of the file."""
    held = (one for one in _load(campaign.current().metrics.parent / "evidence.yaml"))
    return {
        one.code: one for one in held if one.from_on <= day and (one.until_on is None or day < one.until_on)
    }


@lru_cache(maxsize=4)
def _load(file: Path) -> tuple[Rule, ...]:
    return read(file.name, file.read_text(encoding="utf-8"))


def read(file: str, text: str) -> tuple[Rule, ...]:
    """This function will read the rules and check them.

    Raises: RulebookUnreadable
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RulebookUnreadable(
            file=file, key="–", given=" ".join(str(error).split()), expected="YAML"
        ) from error
    if not isinstance(content, dict) or not set(content) <= set(NUMBERS):
        raise RulebookUnreadable(file=file, key="–", given=content, expected=", ".join(NUMBERS))
    return tuple(one for code, each in content.items() for one in _rule(file, code, each))


def _rule(file: str, code: str, given: Any) -> list[Rule]:
    def refuse(key: str, what: object, expected: str) -> RulebookUnreadable:
        return RulebookUnreadable(file=file, key=f"{code}.{key}", given=what, expected=expected)

    if not isinstance(given, dict) or set(given) != {"kind", "name", "reason", "versions"}:
        raise refuse("–", given, "kind, name, reason and versions")
    if given["kind"] not in KINDS:
        raise refuse("kind", given["kind"], " or ".join(KINDS))
    for key in ("name", "reason"):
        if not _is_text(given[key]):
            raise refuse(key, given[key], "a text each for en and zh-Hans")
    found: list[Rule] = []
    for each in sorted(given["versions"], key=lambda one: str(one.get("from_on"))):
        numbers = {name: value for name, value in each.items() if name not in _DATED}
        if set(numbers) != NUMBERS[code] or not all(
            type(value) is int and value >= 0 for value in numbers.values()
        ):
            raise refuse("versions", each, "whole numbers for " + (", ".join(sorted(NUMBERS[code])) or "–"))
        if not isinstance(each.get("from_on"), date) or not _is_text(each.get("source")):
            raise refuse("versions", each, "from_on, until_on, and source for en and zh-Hans")
        if found and (found[-1].until_on is None or each["from_on"] < found[-1].until_on):
            raise refuse("versions", each["from_on"], f"a day from {found[-1].until_on or '…'} on")
        texts = (given["name"], given["reason"])
        found.append(
            Rule(
                code,
                given["kind"],
                *texts,
                each["from_on"],
                each.get("until_on"),
                numbers,
                each["source"],
            )
        )
    return found


def _is_text(given: Any) -> bool:
    return isinstance(given, dict) and set(given) == {"en", "zh-Hans"}
