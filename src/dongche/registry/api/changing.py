"""Values of a place as a program sends them, read by the rules of an import."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext

from dongche.org.models import Unit
from dongche.registry import entering
from dongche.registry.imports.places import Ground
from dongche.registry.models import Entity
from dongche.registry.sheets.columns import MONEY
from dongche.web.api import BadValue

# Fields that are read together, because what one says depends on the others.
TOGETHER: Final = (
    frozenset({"category", "nine_small_class", "focus"}),
    frozenset({"community", "grid"}),
    frozenset({"lon", "lat"}),
)
ALWAYS: Final = frozenset({"name", "category"})


def read(sent: dict[str, Any], *, subdistrict: Unit, on: date, place: Entity | None = None) -> dict[str, Any]:
    """This function will give the columns that the values fill; of a known place only those they are about.

    Shape:  `sent` holds the fields that were sent; None empties one
    Raises: BadValue – naming every field that cannot be read
    """
    ground = Ground.of(subdistrict, on)
    cells: dict[str, Any] = {} if place is None else _known(place, sent, ground)
    cells |= {name: _cell(value) for name, value in sent.items()}
    given = entering.read(cells, ground=ground, on=on)
    if isinstance(given, list):
        raise BadValue([{"field": one.field, "message": one.sentence(gettext)} for one in given])
    about = _about(sent)
    if (place is None or "community" in about) and given["community_id"] is None:
        text = gettext("Choose the community, or give longitude and latitude inside a grid.")
        raise BadValue([{"field": "community", "message": text}])
    if place is None:
        return given
    columns = {_column(name) for name in about}
    return {name: value for name, value in given.items() if name in columns}


def _about(sent: dict[str, Any]) -> set[str]:
    """The fields that were sent and those that depend on them."""
    about = set(sent)
    for group in TOGETHER:
        if group & about:
            about |= group
    return about


def _known(place: Entity, sent: dict[str, Any], ground: Ground) -> dict[str, Any]:
    """The values of the place that the sent ones must be read with."""
    about = _about(sent) | ALWAYS
    cells = entering.cells_of(place, {pk: code for code, pk in ground.ids.items()})
    kept = {name: value for name, value in cells.items() if name in about}
    if sent.get("grid"):
        kept["community"] = ""  # the grid says which
    elif "community" in sent:
        kept["grid"] = ""  # the old grid lies in the old community
    return kept


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else value


def _column(name: str) -> str:
    if name in MONEY:
        return f"{name}_fen"
    return f"{name}_id" if name in ("community", "grid") else name
