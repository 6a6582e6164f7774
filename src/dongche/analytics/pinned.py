"""A definition written down with a figure, so that the figure can be computed again when the pack has changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from dongche.analytics.definitions import Definition, Definitions

_DAYS, _TIMES = ("from_on", "until_on"), ("cut_off",)


def as_plain(definition: Definition) -> dict[str, Any]:
    """This function will give everything that a definition says, as JSON has it."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(definition):
        value = getattr(definition, field.name)
        if isinstance(value, date | time):
            value = value.isoformat()
        elif isinstance(value, Mapping):
            value = dict(value)
        found[field.name] = value
    return found


def from_plain(given: Mapping[str, Any]) -> Definition:
    """This function will read what `as_plain` gave; a field that a later version brought keeps its default.

    Raises: TypeError – it was written by a version that knows more, or something is missing
    """
    values = dict(given)
    for name in _DAYS:
        values[name] = None if values[name] is None else date.fromisoformat(values[name])
    for name in _TIMES:
        values[name] = None if values[name] is None else time.fromisoformat(values[name])
    return Definition(**values)


def definitions(given: Iterable[Mapping[str, Any]]) -> Definitions:
    """This function will read the definitions of a snapshot, in their order."""
    return Definitions(from_plain(one) for one in given)
