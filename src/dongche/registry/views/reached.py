"""The place of an address, for officers who reach it by a post in the sub-district itself."""

from __future__ import annotations

from django.http import Http404

from dongche.org.request import OfficerRequest
from dongche.registry.models import Entity
from dongche.registry.queries import Places


def place_at_hand(request: OfficerRequest, number: str) -> Entity:
    """The place of a number; 404 for one that the officer sees from above alone, or not at all."""
    places = Places.visible_to(request.user).at_hand(request.user)
    place = places.select_related("subdistrict").filter(number=number).first()
    if place is None:
        raise Http404
    return place
