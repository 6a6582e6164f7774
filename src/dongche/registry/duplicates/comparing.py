"""Two places side by side: every value with its source, what speaks for one place in words, what hangs on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from dongche.org.models import Unit
from dongche.registry import labels, provenance
from dongche.registry.actions.merging import CHOSEN, TOGETHER
from dongche.registry.duplicates import merging
from dongche.registry.imports.values import PERSONAL
from dongche.registry.models import DuplicatePair, Entity, Merge, Revision
from dongche.web.components import Mood
from dongche.web.fields import masked_name, masked_phone

# Field and level of `solvers.duplicates` → what it says, and whether it speaks for one place (good) or two (warn).
EVIDENCE: Final[Mapping[tuple[str, str], tuple[Any, Mood]]] = {
    ("code", "same"): (_("same credit code"), "good"),
    ("code", "one_off"): (_("credit codes differ in one character"), "good"),
    ("code", "other"): (_("different credit codes"), "warn"),
    ("name", "same"): (_("same name"), "good"),
    ("name", "same_core"): (_("same name but for place and legal form"), "good"),
    ("name", "sounds_alike"): (_("names sound alike"), "good"),
    ("name", "one_off"): (_("names differ in one character"), "good"),
    ("name", "alike"): (_("names are alike"), "good"),
    ("name", "other_branch"): (_("two branches of one name"), "warn"),
    ("name", "one_branch"): (_("one of them is a branch"), "warn"),
    ("name", "other"): (_("different names"), "warn"),
    ("address", "same"): (_("same address"), "good"),
    ("address", "same_doorway"): (_("same doorway"), "info"),
    ("address", "one_off"): (_("addresses differ in a character"), "good"),
    ("address", "other"): (_("different addresses"), "warn"),
    ("phone", "same"): (_("same phone"), "good"),
    ("phone", "shared"): (_("same phone, which several places give"), "info"),
    ("phone", "other"): (_("different phones"), "warn"),
    ("position", "here"): (_("less than 30 metres apart"), "info"),
    ("position", "near"): (_("less than 200 metres apart"), "info"),
    ("position", "other"): (_("far apart"), "warn"),
    ("grid", "same"): (_("same grid"), "info"),
    ("grid", "other"): (_("different grids"), "warn"),
}
_SINGLE: Final = {"lon": _("Position")}


@dataclass(frozen=True)
class Said:
    text: Any
    mood: Mood


@dataclass(frozen=True)
class Side:
    """What one of the two says about a field, and the version that brought it."""

    shown: str
    version: Revision | None
    is_empty: bool


@dataclass(frozen=True)
class Row:
    name: str
    label: str
    sides: Sequence[Side]
    differs: bool


@dataclass(frozen=True)
class Hanging:
    label: Any
    counts: Sequence[int]


def evidence(pair: DuplicatePair) -> list[Said]:
    """This function will say what speaks for one place and what against it. Empty: a pair no search has found.

    Shape: in the order of EVIDENCE: what is kept as JSON has no order of its own on PostgreSQL
    """
    return [Said(*said) for (field, level), said in EVIDENCE.items() if pair.evidence.get(field) == level]


def rows(places: Sequence[Entity], at: datetime) -> list[Row]:
    """This function will put the values of two places side by side, those that can be chosen.

    Shape: one row for each of `CHOSEN`; community with grid and longitude with latitude are one; three queries
    """
    ids = {pk for place in places for pk in (place.community_id, place.grid_id) if pk is not None}
    units = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))
    known = [{one.name: one for one in provenance.known_at(place, at)} for place in places]
    found = []
    for name in CHOSEN:
        together = TOGETHER.get(name, (name,))
        given = [[getattr(place, one) for one in together] for place in places]
        sides = [
            Side(
                _shown(name, values, units),
                known[side][name].version if name in known[side] else None,
                all(value in (None, "") for value in values),
            )
            for side, values in enumerate(given)
        ]
        found.append(Row(name, str(_SINGLE.get(name) or labels.label(name)), sides, given[0] != given[1]))
    return found


def _shown(name: str, values: Sequence[Any], units: Mapping[int, str]) -> str:
    if all(value in (None, "") for value in values):
        return "—"
    if name in PERSONAL:
        return masked_phone(values[0]) if name == "contact_phone" else masked_name(values[0])
    if name == "community_id":
        return " · ".join(units[value] for value in values if value is not None)
    if name == "lon":
        return ", ".join("—" if value is None else f"{value:.5f}" for value in values)
    return labels.value(name, values[0], units)


def hanging(places: Sequence[Entity]) -> list[Hanging]:
    """This function will count what hangs on each of some places."""
    return [Hanging(step.label, counts) for step, counts in merging.hanging(places)]


def likelier_survivor(places: Sequence[Entity], hung: Sequence[Hanging]) -> Entity:
    """This function will give the place on which more hangs; of two alike, the one that was known first."""
    totals = [sum(one.counts[side] for one in hung) for side in range(len(places))]
    return min(zip(places, totals, strict=True), key=lambda one: (-one[1], one[0].pk))[0]


def staying(merge: Merge) -> list[str]:
    """This function will say what has come to the survivor since a merge and would stay there."""
    seen = merging.Merging(merge.survivor, merge.merged, merge.pk, merge.at)
    counts = [(step, step.since(seen, merge.moved.get(step.name, {}))) for step in merging.steps()]
    told = [
        gettext("%(what)s: %(count)s") % {"what": step.label, "count": count}
        for step, count in counts
        if count
    ]
    later = Revision.objects.filter(entity=merge.survivor, known_at__gt=merge.at).order_by("pk")
    changed = dict.fromkeys(name for version in later for name in version.changes)
    if changed:
        names = pgettext("list", ", ").join(labels.label(name) for name in changed)
        told.append(gettext("Values changed since: %(names)s") % {"names": names})
    return told


def moved(merge: Merge) -> list[str]:
    """This function will say what a merge has moved."""
    reports = merge.moved.get("reports", {})
    told = [
        gettext("%(what)s: %(count)s")
        % {"what": step.label, "count": len(merge.moved.get(step.name, {}).get("given", ()))}
        for step in merging.steps()
        if merge.moved.get(step.name, {}).get("given")
    ]
    if reports.get("both"):
        told.append(
            gettext("For %(count)s days both had reported; the report that came later counts, both are kept.")
            % {"count": reports["both"]}
        )
    return told


def taken(merge: Merge) -> list[tuple[str, str, str]]:
    """This function will give what a merge changed of the survivor: label, before, after; personal values masked."""
    if merge.revision is None:
        return []
    changes = merge.revision.changes
    pairs = [pair for name, pair in changes.items() if name in ("community_id", "grid_id")]
    ids = {pk for pair in pairs for pk in pair if pk is not None}
    units = dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))
    return [
        (labels.label(name), _told(name, before, units), _told(name, after, units))
        for name, (before, after) in changes.items()
    ]


def _told(name: str, value: Any, units: Mapping[int, str]) -> str:
    return gettext("masked") if name in PERSONAL else labels.value(name, value, units)
