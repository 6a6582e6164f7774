"""What the pages about duties share: their tabs, and the sub-district they speak of."""

from __future__ import annotations

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext

from dongche.desk.links import list_url
from dongche.org.models import Officer, Unit
from dongche.org.queries import Units, scope_of
from dongche.org.request import OfficerRequest
from dongche.web.components import Tab


def tabs(request: OfficerRequest) -> list[Tab]:
    """The pages about duties that the officer may open."""
    pages = (
        ("desk:rules", gettext("Line rules"), "org.read"),
        ("desk:rule-changes", gettext("Changes of rules"), "org.read"),
        ("desk:leaves", gettext("Who is away"), "org.read"),
        ("desk:hand-over", gettext("Hand over"), "org.people"),
    )
    found = [
        Tab(label, reverse(name), current=request.path == reverse(name))
        for name, label, permission in pages
        if request.user.has_duty(permission)
    ]
    contacts = list_url(focus="key_enterprise", contact="unnamed")
    return [*found, Tab(gettext("Key enterprises without a named leader"), contacts)]


def subdistrict(request: OfficerRequest) -> Unit:
    """The sub-district in ?subdistrict=, or the first one the officer serves in or looks down on; 404 without any."""
    served = Units.visible_to(request.user).in_service()
    code = request.GET.get("subdistrict", "")
    found = served.filter(code=code).first() if code else served.order_by("code").first()
    if found is None:
        raise Http404
    return found


def governs(officer: Officer, area: Unit) -> bool:
    """Whether the officer's headquarters decides for the sub-district: seeing it from above is not enough."""
    scope = scope_of(officer)
    return scope.everything or area.pk in scope.subdistricts
