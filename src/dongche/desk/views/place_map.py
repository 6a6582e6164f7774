from __future__ import annotations

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dongche.desk import listing, place_map
from dongche.desk.filters import PlaceFilter
from dongche.desk.views.days import asked_day
from dongche.kit import clock
from dongche.org.request import OfficerRequest
from dongche.registry.queries import Places
from dongche.web.access import duty


@duty("registry.read")
@require_safe
def shown(request: OfficerRequest) -> HttpResponse:
    """Show the places that the filters leave on a map; the list says the same."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    places = form.places()
    query = form.query()
    context = {
        "form": form,
        "chips": form.chips(),
        "on": form.chosen_day,
        "total": form.total(),
        "unlocated": place_map.unlocated(places),
        "query": query,
        "data": {
            "points": f"{reverse('desk:places-points')}?{query}",
            "card": reverse("desk:place-card", args=["NUMBER"]),
            "borders": place_map.ground(request.user),
            "tiles": place_map.tiles(),
        },
    }
    return render(request, "desk/place_map.html", context)


@duty("registry.read")
@require_safe
def points(request: OfficerRequest) -> JsonResponse:
    """Give the map its points."""
    form = PlaceFilter(request.GET, officer=request.user, today=clock.today())
    box = place_map.Box.read(request.GET.get("box", ""))
    return JsonResponse(
        place_map.points(form.places(), form.chosen_day, box), json_dumps_params={"separators": (",", ":")}
    )


@duty("registry.read")
@require_safe
def card(request: OfficerRequest, number: str) -> HttpResponse:
    """Give the card of one place: what it is, who answers for it, what it said on the day."""
    found = (
        Places.visible_to(request.user).filter(number=number).defer("contact_name", "contact_phone").first()
    )
    if found is None:
        raise Http404
    on = asked_day(request)
    (row,) = listing.rows([found], on, request.user)
    return render(request, "desk/place_card.html", {"row": row, "on": on})
