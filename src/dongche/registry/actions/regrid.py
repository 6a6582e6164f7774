"""Places change their grid because the ground was drawn anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.registry.imports import bulk
from dongche.registry.models import Dimensions, Entity, Revision, Source

_BATCH = 1000
_KEPT = tuple(field.attname for field in Dimensions._meta.fields)


@action("registry.regrid_places")
def regrid_places(
    *, unit: Unit, targets: Mapping[int, tuple[int | None, int | None]], by: Actor, at: datetime
) -> int:
    """Put places into other grids, as the ground of `unit` is drawn now; each keeps its version from before.

    Shape: place → grid or none, and community; a fixed number of statements for each thousand; gives how many changed
    """
    bulk.lock()
    ids = sorted(targets)
    left: Counter[int] = Counter()
    given: Counter[int] = Counter()
    for first in range(0, len(ids), _BATCH):
        found = Entity.objects.filter(pk__in=ids[first : first + _BATCH]).order_by("pk")
        places = list(found.defer("contact_name", "contact_phone"))
        versions = []
        for place in places:
            before = (place.grid_id, place.community_id)
            place.grid_id, place.community_id = targets[place.pk]
            place.updated_at = at
            left[before[0] or 0] += 1
            given[place.grid_id or 0] += 1
            changes = {"grid_id": [before[0], place.grid_id], "community_id": [before[1], place.community_id]}
            versions.append(
                Revision(
                    entity=place,
                    known_at=at,
                    source=Source.ENTERED,
                    by_id=by.officer_id,
                    changes={name: pair for name, pair in changes.items() if pair[0] != pair[1]},
                    **{name: getattr(place, name) for name in _KEPT},
                )
            )
        chunk = [place.pk for place in places]
        Revision.objects.filter(entity__in=chunk, superseded_at__isnull=True).update(superseded_at=at)
        Entity.objects.bulk_update(places, ["grid", "community", "updated_at"])
        Revision.objects.bulk_create(versions)
    record(
        "unit",
        unit.pk,
        by=by,
        at=at,
        before={"places_by_grid": _by_code(left)},
        after={"places_by_grid": _by_code(given)},
        within=unit,
    )
    return sum(given.values())


def _by_code(counts: Counter[int]) -> dict[str, int]:
    """How many places each grid had or has, by its code; those in no grid under a dash."""
    codes = dict(Unit.objects.filter(pk__in=counts).values_list("pk", "code"))
    return {codes.get(pk, "—"): number for pk, number in sorted(counts.items())}
