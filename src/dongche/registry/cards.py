"""QR cards: the code of a place as a picture, and a sheet of them for the printer."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import segno
from django.conf import settings
from django.urls import reverse

from dongche.registry.queries import Places

# Twelve cards a page; more pages than this at once are better printed by community or category.
MOST = 600
FILTERS = {
    "community": "community__code",
    "grid": "grid__code",
    "category": "category",
    "section": "section",
    "size": "size",
    "focus": "focus",
}
_EMPTY = {"none", "unknown"}


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


def filtered(places: Places, wanted: Mapping[str, str]) -> Places:
    """The places that a query string of the place list leaves."""
    if wanted.get("q"):
        places = places.named_like(wanted["q"])
    for name, column in FILTERS.items():
        value = wanted.get(name)
        if value:
            places = places.filter(**{column: "" if value in _EMPTY else value})
    return places


def sheet(places: Places) -> list[Card]:
    """Cards in the order in which they are handed out: by community, grid, number."""
    rows = places.select_related("community", "grid").order_by("community__code", "grid__code", "number")[
        :MOST
    ]
    return [
        Card(
            place.number,
            place.name,
            " · ".join(unit.name for unit in (place.community, place.grid) if unit is not None),
            _drawn(place.code).svg_data_uri(border=2),
        )
        for place in rows
    ]
