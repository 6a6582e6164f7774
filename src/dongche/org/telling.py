"""Entries of the audit log in words: what a deed is called, what it was done to, and what changed.

Each room says how its own deeds, subjects and fields are called (`deeds.WORDS`, listed in settings.DEED_WORDS); what
nobody has words for is shown as it stands in the log. Names are looked up for a whole page at once, as far as the
reader may see them: where not, the number stands there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from dongche.org.audit import CHANGED, HIDDEN
from dongche.org.models import AuditEntry
from dongche.web.templatetags import web

Text = str | Promise
FEW, NOTHING = 6, "—"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
WAYS = {"web": _("page"), "api": _("program"), "cli": _("command"), "task": _("background task")}
SYSTEMS = {
    "system": _("System"),
    "terminal": _("Terminal"),
    "demonstration": _("Demonstration data"),
    "schedule": _("Daily work"),
}
_WORDS = {HIDDEN: _("not kept here"), CHANGED: _("changed")}


class Named(NamedTuple):
    """What a row is called, and its page."""

    name: str
    url: str = ""


Names = Callable[[Collection[Any], Any], Mapping[Any, Named]]


@dataclass(frozen=True)
class Subject:
    """A kind of row. `names` gives name and page of those that an actor may see, by id."""

    label: Text
    names: Names | None = None


@dataclass(frozen=True)
class Field:
    """A field in before and after; one without a label is not shown. `values`: words for its values or, in an object,
    for its names; `names`: what ids or codes in it are called."""

    label: Text
    values: Mapping[str, Text] = field(default_factory=dict)
    names: Names | None = None


@dataclass(frozen=True)
class Words:
    """How one room tells its deeds."""

    deeds: Mapping[str, Text] = field(default_factory=dict)
    subjects: Mapping[str, Subject] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A field in words. `was` is empty where it did not change or was empty before."""

    label: str
    before: str
    after: str

    @property
    def was(self) -> str:
        return "" if self.before in (self.after, NOTHING) else self.before

    @property
    def is_kept(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True)
class Told:
    """An entry, ready to be shown."""

    entry: AuditEntry
    by: str
    deed: str
    kind: str
    subject: Named
    changes: tuple[Change, ...]
    has_before: bool
    origin: str


@cache
def words() -> Words:
    """The words of all rooms; where two call a field differently, the first."""
    every = [*_rooms().values()]
    return Words(
        {name: text for room in every for name, text in room.deeds.items()},
        {name: subject for room in every for name, subject in room.subjects.items()},
        {name: known for room in reversed(every) for name, known in room.fields.items()},
    )


@cache
def _rooms() -> dict[str, Words]:
    return {path.split(".")[1]: import_string(path) for path in settings.DEED_WORDS}


def _field(entry: AuditEntry, name: str) -> Field:
    """A field as the room whose deed it was calls it, else as another one does."""
    room = _rooms().get(entry.action.split(".")[0])
    known = room and room.fields.get(name)
    return known or words().fields.get(name) or Field(name)


def tell(entries: Iterable[AuditEntry], actor: Any) -> list[Told]:
    """The entries in words: one query for each kind of row that is named in them, however many entries."""
    entries = list(entries)
    names = _Names(entries, actor)
    return [_told(entry, names) for entry in entries]


def deed_in_words(action: str) -> str:
    return str(words().deeds.get(action, action))


def subject_in_words(subject: str) -> str:
    known = words().subjects.get(subject)
    return subject if known is None else str(known.label)


def actor_in_words(label: str) -> str:
    """Who acts without an account: a place behind its code, or the system."""
    kind, colon, number = label.partition(":")
    if colon and kind == "place":
        return gettext("Place %(number)s") % {"number": number}
    return str(SYSTEMS.get(label, label))


def origin_in_words(origin: str) -> str:
    """ "web 192.0.2.7" → "page · 192.0.2.7" """
    way, _space, detail = origin.partition(" ")
    return " · ".join(str(part) for part in (WAYS.get(way, way), detail) if part)


class _Names:
    """The names of all rows that some entries speak of."""

    def __init__(self, entries: list[AuditEntry], actor: Any) -> None:
        wanted: dict[Names, set[Any]] = defaultdict(set)
        for entry in entries:
            subject = words().subjects.get(entry.subject)
            if subject is not None and subject.names is not None and entry.subject_id is not None:
                wanted[subject.names].add(entry.subject_id)
            if entry.by_id is not None and (officers := words().subjects["officer"].names):
                wanted[officers].add(entry.by_id)
            for told in (entry.before, entry.after):
                for name, value in _each(told or {}):
                    known = _field(entry, name)
                    if known.names is not None:
                        wanted[known.names].update(_ids(value))
        self._found = {names: names(ids, actor) for names, ids in wanted.items() if ids}

    def of(self, names: Names | None, value: Any) -> Named | None:
        return None if names is None else self._found.get(names, {}).get(value)


def _each(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields that are told, and those inside of them."""
    for name, value in told.items():
        yield name, value
        if isinstance(value, dict):
            yield from _each(value)


def _ids(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from (one for one in value[:FEW] if isinstance(one, int | str))
    elif isinstance(value, int | str):
        yield value


def _told(entry: AuditEntry, names: _Names) -> Told:
    subject = words().subjects.get(entry.subject)
    named = names.of(subject.names if subject else None, entry.subject_id)
    number = "" if entry.subject_id is None else f"#{entry.subject_id}"
    officer = names.of(words().subjects["officer"].names, entry.by_id)
    before, after = entry.before or {}, entry.after or {}
    if entry.after is not None:
        after = {**before, **after}  # what is not mentioned again stayed as it was
    return Told(
        entry=entry,
        by=officer.name if officer else actor_in_words(entry.by_label),
        deed=deed_in_words(entry.action),
        kind=subject_in_words(entry.subject),
        subject=named or Named(number),
        changes=tuple(
            Change(
                str(_field(entry, name).label),
                _value(entry, name, before.get(name), names),
                _value(entry, name, after.get(name), names),
            )
            for name in {**before, **after}
            if _field(entry, name).label
        ),
        has_before=entry.before is not None,
        origin=origin_in_words(entry.origin),
    )


def _value(entry: AuditEntry, name: str, value: Any, names: _Names) -> str:
    known = _field(entry, name)
    if isinstance(value, str) and "." in value:
        # A kind of work is called by the room that it names, whoever opened it.
        room = _rooms().get(value.partition(".")[0])
        known = (room and room.fields.get(name)) or known
    if isinstance(value, dict):
        parts = [
            gettext("%(name)s: %(value)s")
            % {
                "name": known.values.get(key) or _field(entry, key).label,
                "value": _value(entry, key, inner, names),
            }
            for key, inner in value.items()
            if inner not in (None, "", 0, [], {}) and (key in known.values or _field(entry, key).label)
        ]
        return _several(parts)
    if isinstance(value, list):
        return _several([_value(entry, name, one, names) for one in value[:FEW]], len(value))
    return web.yuan(value) if name.endswith("_fen") and value is not None else _single(known, value, names)


def _several(parts: list[str], count: int = 0) -> str:
    shown = pgettext("list", ", ").join(parts[:FEW])
    count = max(count, len(parts))
    if count > FEW:
        return gettext("%(first)s and %(count)s more") % {"first": shown, "count": count - FEW}
    return shown or NOTHING


def _single(known: Field, value: Any, names: _Names) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    found = names.of(known.names, value) if isinstance(value, int | str) else None
    if found is not None:
        return found.name
    if isinstance(value, str):
        parts = value.split("+")
        if all(part in known.values for part in parts):
            return " + ".join(str(known.values[part]) for part in parts)
        if value in _WORDS:
            return str(_WORDS[value])
        return _time(value)
    if isinstance(value, int):
        return f"#{value}" if known.names else f"{value:,}"
    return _several([str(one) for one in value]) if isinstance(value, list | dict) else str(value)


def _time(text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return web.day(date.fromisoformat(text), "year")
        if _INSTANT.fullmatch(text):
            return web.moment(datetime.fromisoformat(text), "long")
    except ValueError:
        pass
    return text
