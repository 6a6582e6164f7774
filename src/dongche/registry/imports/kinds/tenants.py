"""The firms in office buildings and markets (楼宇商户): places like others, in the building that the row names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from dongche.kit.chinese import key
from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.registry.imports import bulk, values
from dongche.registry.imports.kinds.base import Picked
from dongche.registry.imports.kinds.places import PlacesKind
from dongche.registry.imports.matching import MOST_ASKED, Decision, Row
from dongche.registry.imports.store import Folder
from dongche.registry.imports.values import Values
from dongche.registry.imports.writing import Writer
from dongche.registry.labels import COLUMNS
from dongche.registry.models import PRESENT, Category, Entity
from dongche.registry.readers import Ask, Faults, RowFault, as_text, present
from dongche.registry.sheets import FIELDS, Vocabulary

TENANTS: Final = Vocabulary(
    "headers.yaml tenants.yaml", (*FIELDS, "building", "room"), "name", needs=(("name",), ("building",))
)
HOLDING: Final = (Category.OFFICE_BUILDING, Category.FARM_PRODUCE_MARKET, Category.ELECTROMECHANICAL_MARKET)
CHUNK: Final = 500

NO_BUILDING = N_("It is not said in which building this firm is. Write its name or number.")
UNKNOWN_BUILDING = N_(
    "There is no office building or market “%(given)s” in the registry. Say which one is meant, or bring it in first."
)


class Building(NamedTuple):
    """A building or market that firms may be in."""

    pk: int
    number: str
    name: str
    credit_code: str
    address: str
    community: int | None
    grid: int | None


class TenantsKind(PlacesKind):
    vocabulary = TENANTS
    columns = {"building": _("Building"), "room": _("Room or stall"), **COLUMNS}

    @cached_property
    def buildings(self) -> Mapping[str, list[Building]]:
        """Every building by what a row may call it: name, number, credit code."""
        found: dict[str, list[Building]] = {}
        places = Entity.objects.filter(PRESENT, subdistrict=self.batch.subdistrict_id, category__in=HOLDING)
        columns = ("pk", "number", "name", "credit_code", "address", "community_id", "grid_id")
        for row in places.order_by("number").values_list(*columns):
            building = Building(*row)
            for word in {key(building.name), key(building.number), key(building.credit_code)} - {""}:
                found.setdefault(word, []).append(building)
        return found

    def read(self, rows: Picked, hints: Mapping[str, str]) -> Mapping[int, Values | list[RowFault]]:
        inside: dict[int, Building] = {}
        refused: dict[int, Faults] = {}
        asked = []
        for number, cells in rows:
            faults = Faults()
            building = self._building(cells.get("building"), faults)
            if building is None:
                refused[number] = faults
            else:
                inside[number] = building
            asked.append((number, cells if building is None else self._within(cells, building)))
        found = dict(super().read(asked, hints))
        for number, building in inside.items():
            given = found[number]
            if not isinstance(given, list):
                found[number] = {**given, "building_id": building.pk, "building": building.number}
        for number, faults in refused.items():
            also = found[number]
            found[number] = [*faults, *(also if isinstance(also, list) else ())]
        return found

    def _building(self, value: Any, faults: Faults) -> Building | None:
        given = present("building", value, faults)
        if given is None:
            if not faults:
                faults.add("building", "registry.building_missing", NO_BUILDING)
            return None
        said = as_text(given)
        answer = self.answers.get("building", {}).get(key(said))
        found = self.buildings.get(key(answer or said), [])
        if len(found) == 1:
            return found[0]
        every = {one.number: one for some in self.buildings.values() for one in some}
        words = tuple((one.number, f"{one.name} {one.number}") for one in found or every.values())
        ask = Ask(key(said), said[:60], words) if 0 < len(words) <= MOST_ASKED * 3 else None
        details = {"given": said[:60]}
        faults.append(RowFault("registry.building_unknown", "building", UNKNOWN_BUILDING, details, ask))
        return None

    def _within(self, cells: Mapping[str, Any], building: Building) -> Mapping[str, Any]:
        """The cells with what a firm has from its building where the row does not say it."""
        given = dict(cells)
        blank = (None, "")
        if given.get("community") in blank and given.get("grid") in blank:
            given["community"] = self.codes.get(building.community or 0, "")
            given["grid"] = self.codes.get(building.grid or 0, "")
        if given.get("address") in blank:
            room = present("room", given.get("room"), Faults())
            given["address"] = f"{building.address}{'' if room is None else as_text(room)}"
        if all(given.get(name) in blank for name in ("category", "nine_small_class")):
            given["category"] = str(Category.ENTERPRISE.value)
        return given

    def decide(self, rows: Iterable[Row | Decision]) -> Iterator[Decision]:
        remaining = iter(super().decide(rows))
        while chunk := list(islice(remaining, CHUNK)):
            ids = [one.place for one in chunk if one.place is not None]
            columns = ("pk", "until_on", "building", "building__number", *values.IMPORTED, *values.DERIVED)
            known = {found["pk"]: found for found in Entity.objects.filter(pk__in=ids).values(*columns)}
            for one in chunk:
                yield self._moved(one, known)

    def _moved(self, decision: Decision, known: Mapping[int, dict[str, Any]]) -> Decision:
        """The decision, changed when the firm is in another building than is known."""
        given = decision.row.values
        if decision.place is None or decision.kind not in ("changed", "unchanged"):
            return decision
        before = known[decision.place]
        if before["building"] == given["building_id"]:
            return decision
        pair = [before["building__number"] or "", given["building"]]
        changes = {**(decision.changes or {}), "building": pair}
        return Decision("changed", decision.row, decision.place, decision.number, before, changes)

    def entry(self, decision: Decision) -> dict[str, Any]:
        entry = super().entry(decision)
        moved = (decision.changes or {}).get("building")
        if moved:
            entry["changes"] = {**entry.get("changes", {}), "building": moved}
        return entry

    def writer(self, folder: Folder, *, by: Actor, at: datetime) -> Writer:
        return TenantsWriter(self.batch, by=by, at=at)


class TenantsWriter(Writer):
    """Writes firms as places, and in which building each is."""

    def _flush(self) -> None:
        self.inside: list[tuple[int, int]] = []
        super()._flush()
        bulk.update(Entity, ("building_id",), self.inside)

    def _place(self, pk: int, decision: Decision) -> dict[str, Any]:
        self.inside.append((decision.row.values["building_id"], pk))
        return super()._place(pk, decision)

    def _change(self, decisions: Sequence[Decision]) -> None:
        for one in decisions:
            if one.known is not None:
                self.inside.append((one.row.values["building_id"], one.known["pk"]))
        super()._change(decisions)
