"""QR cards: the code of a place as a picture, and a sheet of them for the printer."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

import segno
from django.conf import settings
from django.urls import reverse

from dongche.registry.models import Entity
from dongche.registry.queries import Places

# Twelve cards a page; of more pages than this a file is written, in parts of as many.
MOST = 600


@dataclass(frozen=True)
class Card:
    number: str
    name: str
    where: str
    drawing: str

    @property
    def svg(self) -> str:
        """The code as the address of a picture."""
        return "data:image/svg+xml;base64," + b64encode(self.drawing.encode()).decode()


def address(code: str) -> str:
    """The address that a scan of the code opens."""
    return f"{settings.PUBLIC_URL}{reverse('reporting:report', args=[code])}"


def svg(code: str) -> bytes:
    """The QR code as an SVG document; a quarter of it may be dirty or torn (level Q)."""
    file = io.BytesIO()
    _drawn(code).save(file, kind="svg", border=2)
    return file.getvalue()


def _drawn(code: str) -> segno.QRCode:
    return segno.make(address(code), error="q", micro=False)


def sheet(places: Places) -> tuple[list[Card], bool]:
    """The first MOST cards as they are handed out (by community, grid, number), and whether there are more."""
    found = [_card(place) for place in _in_order(places)[: MOST + 1]]
    return found[:MOST], len(found) > MOST


def parts(places: Places) -> Iterator[list[Card]]:
    """All cards as they are handed out, MOST at a time: the ids are read at once, the places part by part."""
    ids = list(_in_order(places).values_list("pk", flat=True))
    for first in range(0, len(ids), MOST):
        some = ids[first : first + MOST]
        found = places.select_related("community", "grid").in_bulk(some)
        yield [_card(found[pk]) for pk in some if pk in found]


def _in_order(places: Places) -> Places:
    return places.select_related("community", "grid").order_by("community__code", "grid__code", "number")


def _card(place: Entity) -> Card:
    units = (place.community, place.grid)
    where = " · ".join(unit.name for unit in units if unit is not None)
    return Card(place.number, place.name, where, svg(place.code).decode())
