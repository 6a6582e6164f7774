"""What is stored of a unit's place in the tree, and of its earlier versions."""

from __future__ import annotations

from datetime import datetime

from dongche.org.models import ANCESTORS, Unit, UnitRevision


def ancestors(parent: Unit | None) -> dict[str, int | None]:
    """This function will give the stored ancestors of a unit under `parent`: column → id."""
    if parent is None:
        return {}
    above = {f"{level}_id": getattr(parent, f"{level}_id") for level in ANCESTORS}
    if parent.kind in ANCESTORS:
        above[f"{parent.kind}_id"] = parent.pk
    return above


def revise_unit(unit: Unit, at: datetime) -> UnitRevision:
    """This function will keep the present values of a unit as what is believed of it from `at` on."""
    UnitRevision.objects.filter(unit=unit, superseded_at__isnull=True).update(superseded_at=at)
    return UnitRevision.objects.create(
        unit=unit,
        name=unit.name,
        party_organisation=unit.party_organisation,
        dedicated_to=unit.dedicated_to,
        parent_id=unit.parent_id,
        polygon=unit.polygon,
        from_on=unit.from_on,
        until_on=unit.until_on,
        known_at=at,
    )
