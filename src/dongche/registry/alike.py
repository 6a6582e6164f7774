"""Places that may be the one that is being entered: by code, by phone, by a name and address that look alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext

from dongche.kit import chinese
from dongche.registry.models import Entity, NameGram
from dongche.registry.queries import Places
from dongche.web.fields import search_hash

# Of the pairs of characters of both names, the part that they share from which names count as alike.
ALIKE: Final = 0.6
SAME: Final = 0.999
LOOKED_AT: Final = 40


@dataclass(frozen=True)
class Alike:
    """A place that may be the same, and everything that speaks for it."""

    place: Entity
    reasons: Sequence[str]


def alike(
    given: Mapping[str, Any], *, subdistrict_id: int, actor: Any, besides: int = 0, most: int = 5
) -> list[Alike]:
    """This function will find known places that may be the one that the values describe, the likeliest first.

    Shape: at most `most`, of those the actor may see in the sub-district; three queries, however large the registry
    Empty: a name of which nothing is alike, and no code or phone, finds nothing
    """
    own = Places.visible_to(actor).filter(subdistrict=subdistrict_id).exclude(pk=besides)
    phone = search_hash(given["contact_phone"]) if given["contact_phone"] else ""
    code = given["credit_code"]
    found: dict[int, Entity] = {}
    if code:
        found |= {place.pk: place for place in own.filter(credit_code=code)[:most]}
    if phone:
        found |= {place.pk: place for place in own.filter(contact_phone_hash=phone)[:most]}
    grams = chinese.grams(given["name"])
    shared = dict(
        NameGram.objects.filter(gram__in=grams, entity__subdistrict=subdistrict_id)
        .values_list("entity")
        .annotate(count=Count("gram"))
        .filter(count__gte=max(1, int(len(grams) * ALIKE / 2)))
        .order_by("-count", "entity")[:LOOKED_AT]
    )
    found |= {place.pk: place for place in own.filter(pk__in=shared)}
    scored = []
    for place in found.values():
        likeness = _likeness(grams, chinese.grams(place.name))
        reasons = _reasons(place, given, code, phone, likeness)
        if reasons:
            scored.append((len(reasons) + likeness, place.pk, Alike(place, reasons)))
    return [one for _, _, one in sorted(scored, key=lambda row: (-row[0], row[1]))[:most]]


def _reasons(place: Entity, given: Mapping[str, Any], code: str, phone: str, likeness: float) -> list[str]:
    reasons = []
    if code and place.credit_code == code:
        reasons.append(gettext("same credit code"))
    if phone and place.contact_phone_hash == phone:
        reasons.append(gettext("same phone"))
    if likeness >= SAME:
        reasons.append(gettext("same name"))
    elif likeness >= ALIKE:
        reasons.append(gettext("name alike to %(percent)s %%") % {"percent": round(likeness * 100)})
    if reasons and given["address"] and chinese.key(place.address) == chinese.key(given["address"]):
        reasons.append(gettext("same address"))
    # Two places with codes that differ are two, however they are called: branches of a chain.
    apart = bool(code and place.credit_code and code != place.credit_code)
    return [] if apart and len(reasons) < 2 else reasons


def _likeness(ours: set[str], theirs: set[str]) -> float:
    """Dice's coefficient of two sets of pairs of characters: 0 to 1; 0 when both are empty."""
    return 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours or theirs else 0.0
