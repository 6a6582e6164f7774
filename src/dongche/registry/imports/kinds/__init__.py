"""The kinds of imports. All go the same way (`registry.importing`); what differs between them stands here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property

from django.conf import settings
from django.utils.module_loading import import_string

from dongche.registry.imports.kinds.base import Kind, Picked, Writer
from dongche.registry.imports.kinds.electricity import ElectricityKind
from dongche.registry.imports.kinds.places import PlacesKind
from dongche.registry.imports.kinds.roster import RosterKind
from dongche.registry.imports.kinds.tenants import TenantsKind
from dongche.registry.models import ImportBatch

__all__ = ["KINDS", "Kind", "Picked", "Writer", "kind_of"]

_OWN: Mapping[str, type[Kind]] = {
    ImportBatch.Kind.PLACES: PlacesKind,
    ImportBatch.Kind.ELECTRICITY: ElectricityKind,
    ImportBatch.Kind.TENANTS: TenantsKind,
    ImportBatch.Kind.ROSTER: RosterKind,
}


class _Kinds(Mapping[str, type[Kind]]):
    """The kinds of this room, and those that rooms above name in settings.IMPORT_KINDS: found when first asked for."""

    @cached_property
    def _every(self) -> Mapping[str, type[Kind]]:
        return {**_OWN, **{kind: import_string(path) for kind, path in settings.IMPORT_KINDS.items()}}

    def __getitem__(self, kind: str) -> type[Kind]:
        return self._every[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._every)

    def __len__(self) -> int:
        return len(self._every)


KINDS: Mapping[str, type[Kind]] = _Kinds()


def kind_of(batch: ImportBatch, on: date) -> Kind:
    """This function will give the kind of an import, as of the day that counts as today."""
    return KINDS[batch.kind](batch, on)
