"""The kinds of imports. All go the same way (`registry.importing`); what differs between them stands here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dongche.registry.imports.kinds.base import Kind, Picked, Writer
from dongche.registry.imports.kinds.electricity import ElectricityKind
from dongche.registry.imports.kinds.places import PlacesKind
from dongche.registry.imports.kinds.roster import RosterKind
from dongche.registry.imports.kinds.tenants import TenantsKind
from dongche.registry.models import ImportBatch

__all__ = ["KINDS", "Kind", "Picked", "Writer", "kind_of"]

KINDS: Mapping[str, type[Kind]] = {
    ImportBatch.Kind.PLACES: PlacesKind,
    ImportBatch.Kind.ELECTRICITY: ElectricityKind,
    ImportBatch.Kind.TENANTS: TenantsKind,
    ImportBatch.Kind.ROSTER: RosterKind,
}


def kind_of(batch: ImportBatch, on: date) -> Kind:
    """This function will give the kind of an import, as of the day that counts as today."""
    return KINDS[batch.kind](batch, on)
