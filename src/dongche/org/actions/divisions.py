"""Bringing the list of divisions into the tree, a province at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from dongche.kit.identifiers import full_place
from dongche.org.audit import Actor, action, record
from dongche.org.divisions import FILES, Division, read
from dongche.org.models import ANCESTORS, Unit, UnitGram, UnitKind, UnitRevision
from dongche.org.names import pairs
from dongche.web import bulk

_UNIT = ("id", "code", "kind", "name", "party_organisation", "dedicated_to", "parent", *ANCESTORS, "from_on")
_REVISION = (
    "unit",
    "name",
    "party_organisation",
    "dedicated_to",
    "parent",
    "from_on",
    "until_on",
    "known_at",
)
_GRAM = ("gram", "unit")


class Loaded(NamedTuple):
    """How many divisions of a province came in, got another name, and were as they are."""

    added: int
    renamed: int
    unchanged: int


class _Known(NamedTuple):
    """A unit that is there: what a loader needs of it."""

    pk: int
    name: str
    ancestors: Mapping[str, int | None]
    is_served: bool


@action("org.load_divisions")
def load_divisions(*, province: Division, from_on: date, by: Actor, at: datetime) -> Loaded:
    """Add the divisions of a province that are not there yet and take over the names that the list has now.

    What belongs to a sub-district in service, and what has ended, stays as it is: there the units are kept by people.
    Shape:  a few statements of many rows; nothing is read beyond the province
    Raises: ListMissing, ListDamaged
    """
    known = _known(province.code)
    added = renamed = unchanged = 0
    for kind in FILES:
        new: list[tuple[Division, _Known | None]] = []
        changed: list[tuple[int, str, str]] = []
        for one in read(kind, province.code):
            parent = known.get(full_place(one.parents[-1])) if one.parents else None
            here = known.get(full_place(one.code))
            if here is None and not (parent is not None and parent.is_served):
                new.append((one, parent))
            elif here is None or here.is_served or here.name == one.name:
                unchanged += 1
            else:
                changed.append((here.pk, here.name, one.name))
        known |= _insert(new, from_on, at)
        _rename(changed, at)
        added, renamed = added + len(new), renamed + len(changed)
    record(
        "divisions", None, by=by, at=at,
        before={"province": province.code, "units": len(known) - added},
        after={"added": added, "renamed": renamed, "unchanged": unchanged},
    )  # fmt: skip
    return Loaded(added, renamed, unchanged)


def _known(province: str) -> dict[str, _Known]:
    """The units of the list's kinds in a province, by their codes."""
    served = set(
        Unit.objects.filter(kind=UnitKind.HEADQUARTERS).values_list("subdistrict", flat=True)
    )  # the few in service
    columns = [f"{level}_id" for level in ANCESTORS]
    units = Unit.objects.filter(code__gte=province, code__lt=province + "Z").filter(kind__in=FILES)
    found: dict[str, _Known] = {}
    for pk, code, kind, name, until_on, *line in units.values_list(
        "pk", "code", "kind", "name", "until_on", *columns
    ).iterator(chunk_size=5000):
        above = dict(zip(columns, line, strict=True))
        if kind in ANCESTORS:
            above[f"{kind}_id"] = pk
        is_served = until_on is not None or above["subdistrict_id"] in served
        found[code] = _Known(pk, name, above, is_served)
    return found


def _insert(new: list[tuple[Division, _Known | None]], from_on: date, at: datetime) -> dict[str, _Known]:
    """Write new divisions with their first versions and the pairs they are found by."""
    if not new:
        return {}
    made: dict[str, _Known] = {}
    rows: list[tuple[Any, ...]] = []
    for pk, (one, parent) in zip(bulk.next_ids(Unit, len(new)), new, strict=True):
        code = full_place(one.code)
        above = dict(parent.ancestors) if parent else {f"{level}_id": None for level in ANCESTORS}
        line = tuple(above.values())
        rows.append((pk, code, one.kind, one.name, "", "", parent and parent.pk, *line, from_on))
        made[code] = _Known(pk, one.name, above | {f"{one.kind}_id": pk}, is_served=False)
    bulk.insert(Unit, _UNIT, rows)
    versions = ((row[0], row[3], "", "", row[6], from_on, None, at) for row in rows)
    bulk.insert(UnitRevision, _REVISION, versions)
    bulk.insert(UnitGram, _GRAM, _pairs((row[0], row[3]) for row in rows))
    return made


def _rename(changed: list[tuple[int, str, str]], at: datetime) -> None:
    """Take over other names: (id, before, after)."""
    if not changed:
        return
    bulk.update(Unit, ("name",), [(after, pk) for pk, _, after in changed])
    bulk.remove(UnitGram, _GRAM, _pairs((pk, before) for pk, before, _ in changed))
    bulk.insert(UnitGram, _GRAM, _pairs((pk, after) for pk, _, after in changed))
    names = {pk: after for pk, _, after in changed}
    for start in range(0, len(changed), 500):
        ids = [pk for pk, _, _ in changed[start : start + 500]]
        held = UnitRevision.objects.filter(unit__in=ids, superseded_at__isnull=True)
        rows = list(held.values_list("pk", *_REVISION[:-1], "polygon"))
        # A list says what a unit is called and not since when: the name is corrected for all of its days.
        held.filter(pk__in=[row[0] for row in rows]).update(superseded_at=at)
        bulk.insert(
            UnitRevision,
            (*_REVISION, "polygon"),
            [(row[1], names[row[1]], *row[3:-1], at, row[-1]) for row in rows],
        )


def _pairs(named: Iterator[tuple[int, str]]) -> Iterator[tuple[str, int]]:
    return ((gram, pk) for pk, name in named for gram in pairs(name))
