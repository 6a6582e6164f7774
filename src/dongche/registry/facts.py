"""What the register publishes for analysis: every version of every place, and the exclusions."""

from __future__ import annotations

import pyarrow as pa
from django.db.models import Count, Max

from dongche.analytics.facts import SCHEMAS
from dongche.registry.models import Exclusion, Revision
from dongche.web import arrow

_OWN = {
    "subdistrict": "subdistrict.code",
    "community": "community.code",
    "grid": "grid.code",
    "industry": "revision.section",
}
_ENTITIES = (
    "registry_revision revision JOIN registry_entity entity ON entity.id = revision.entity_id"
    " JOIN org_unit subdistrict ON subdistrict.id = entity.subdistrict_id"
    " LEFT JOIN org_unit community ON community.id = revision.community_id"
    " LEFT JOIN org_unit grid ON grid.id = revision.grid_id"
)


def entities() -> pa.Table:
    """This function will read every version of every place.

    Shape: analytics.facts.SCHEMAS["entities"]
    """
    schema = SCHEMAS["entities"]
    return arrow.select(schema, [_OWN.get(name, f"revision.{name}") for name in schema.names], _ENTITIES)


def exclusions() -> pa.Table:
    """This function will read every exclusion, past and superseded ones too.

    Shape: analytics.facts.SCHEMAS["exclusions"]
    """
    schema = SCHEMAS["exclusions"]
    return arrow.select(
        schema, [f"exclusion.{name}" for name in schema.names], "registry_exclusion exclusion"
    )


def version() -> str:
    """This function will give a text that changes whenever a version of a place or an exclusion does.

    Rows are only ever added, or told when they were superseded: counts and latest times see both.
    """
    parts: list[object] = []
    for model in (Revision, Exclusion):
        found = model.objects.aggregate(
            Max("pk"), Max("known_at"), Max("superseded_at"), Count("superseded_at")
        )
        parts.extend(found[name] for name in sorted(found))
    return "|".join(map(str, parts))
