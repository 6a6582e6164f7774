"""QR cards: the code of a place as a picture, and a sheet of them for the printer."""

from __future__ import annotations

import io
from dataclasses import dataclass

import segno
from django.conf import settings
from django.urls import reverse

from dongche.registry.queries import Places

# Twelve cards a page; more pages than this at once are better printed by community or category.
MOST = 600


@dataclass(frozen=True)
class Card:
    number: str
    name: str
    where: str
    svg: str


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
    rows = places.select_related("community", "grid").order_by("community__code", "grid__code", "number")[
        : MOST + 1
    ]
    found = [
        Card(
            place.number,
            place.name,
            " · ".join(unit.name for unit in (place.community, place.grid) if unit is not None),
            _drawn(place.code).svg_data_uri(border=2),
        )
        for place in rows
    ]
    return found[:MOST], len(found) > MOST
