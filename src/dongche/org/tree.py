"""What is stored of a unit: its place in the tree, and the pairs its name is found by."""

from __future__ import annotations

from collections.abc import Mapping

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.models import ANCESTORS, LEVELS, Unit, UnitGram, UnitKind
from dongche.org.names import pairs


class WrongParent(Problem):
    code = "org.wrong_parent"
    message = N_(
        "A unit of the kind %(kind)s cannot stand under %(parent)s, which is a %(given)s; expected is %(expected)s."
    )


# What each kind may stand under. A list of divisions need not have every level.
PARENTS: Mapping[str, tuple[str, ...]] = {
    UnitKind.PROVINCE: (),
    UnitKind.CITY: (UnitKind.PROVINCE,),
    UnitKind.DISTRICT: (UnitKind.CITY, UnitKind.PROVINCE),
    UnitKind.SUBDISTRICT: (UnitKind.DISTRICT, UnitKind.CITY),
    UnitKind.HEADQUARTERS: (UnitKind.SUBDISTRICT, UnitKind.DISTRICT, UnitKind.CITY, UnitKind.PROVINCE),
    UnitKind.DEPARTMENT: (UnitKind.HEADQUARTERS, UnitKind.SUBDISTRICT),
    UnitKind.COMMUNITY: (UnitKind.SUBDISTRICT,),
    UnitKind.GRID: (UnitKind.COMMUNITY,),
}


def ancestors(parent: Unit | None) -> dict[str, int | None]:
    """This function will give the stored ancestors of a unit under `parent`: column → id."""
    if parent is None:
        return {}
    above = {f"{level}_id": getattr(parent, f"{level}_id") for level in ANCESTORS}
    if parent.kind in ANCESTORS:
        above[f"{parent.kind}_id"] = parent.pk
    return above


def stand(units: Mapping[int, Unit]) -> None:
    """This function will give units the ancestors that follow from their parents; nothing is written.

    Shape: `units` by id; above those that stand under none of them, what is stored holds
    """

    def placed(unit: Unit, depth: int = 0) -> Unit:
        parent = units.get(unit.parent_id or 0)
        if parent is not None and depth < len(UnitKind):
            for column, pk in ancestors(placed(parent, depth + 1)).items():
                setattr(unit, column, pk)
        return unit

    for unit in units.values():
        placed(unit)


def refuse_parent(kind: str, parent: Unit | None) -> None:
    """Raises: WrongParent"""
    if parent is None and kind in LEVELS:
        return
    if parent is None or parent.kind not in PARENTS[kind]:
        raise WrongParent(
            kind=UnitKind(kind).label,
            parent=parent.name if parent else "—",
            given=UnitKind(parent.kind).label if parent else "—",
            expected=" / ".join(str(UnitKind(one).label) for one in PARENTS[kind]) or "—",
        )


def move_below(unit: Unit) -> int:
    """This function will store in all units below `unit` the ancestors that `unit` now has itself.

    Shape: one statement, however many lie below; gives their number
    """
    if unit.kind in ANCESTORS:
        below = Unit.objects.filter(**{f"{unit.kind}_id": unit.pk})
        levels = ANCESTORS[: ANCESTORS.index(unit.kind)]
    else:
        below, levels = Unit.objects.filter(parent=unit), ANCESTORS
    moved = {f"{level}_id": getattr(unit, f"{level}_id") for level in levels}
    return below.update(**moved) if moved else 0


def index_name(unit: Unit, before: str = "") -> None:
    """This function will make a unit found by its present name, and no longer by the one `before`."""
    old, new = pairs(before), pairs(unit.name)
    if old - new:
        UnitGram.objects.filter(unit=unit, gram__in=old - new).delete()
    UnitGram.objects.bulk_create(UnitGram(unit=unit, gram=gram) for gram in sorted(new - old))
