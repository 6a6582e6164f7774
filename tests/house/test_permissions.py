"""Every address says who may call it, and no address asks for a duty that no post carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from dongche.org.roles import PERMISSION_WORDS, PERMISSIONS, ROLES
from dongche.web.access import PUBLIC, SIGNED_IN, duty, foreign_permission

KNOWN = {PUBLIC, SIGNED_IN}.union(*(role.permissions for role in ROLES.values()))


def addresses(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every address with the view behind it."""
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here, pattern.callback


def unguarded(patterns: Iterable[Any]) -> list[str]:
    """Addresses that are open to nobody, or to a duty nobody has. The few old addresses that Django's maintenance site
    keeps without a guard of its own are closed to everybody, which is right."""
    said = []
    for address, view in addresses(patterns):
        if address.startswith("admin/"):
            continue
        permission = getattr(view, "permission", None) or foreign_permission(view)
        if permission is None:
            said.append(f"/{address} declares no permission")
        elif permission not in KNOWN:
            said.append(f"/{address} asks for {permission}, which no role has")
    return said


def test_each_permission_has_words():
    assert set(PERMISSION_WORDS) == set(PERMISSIONS)
    assert all(str(words).strip() for words in PERMISSION_WORDS.values())


def page(request: Any) -> HttpResponse:
    return HttpResponse()


def test_every_address_has_a_permission_that_somebody_holds():
    broken = [path("open", page), path("typo", duty("registry.raed")(lambda request: page(request)))]
    assert unguarded(broken) == [
        "/open declares no permission",
        "/typo asks for registry.raed, which no role has",
    ]
    everything = get_resolver().url_patterns
    assert len(list(addresses(everything))) > 10
    assert unguarded(everything) == []


def test_navigation_leads_somewhere_with_known_permissions():
    assert [item.label for item in settings.NAVIGATION if item.permission not in KNOWN] == []
    assert all(reverse(item.url_name) for item in settings.NAVIGATION)


def test_the_permission_of_a_navigation_item_is_that_of_its_page():
    views = {"/" + address: view for address, view in addresses(get_resolver().url_patterns)}
    assert {
        item.url_name: (item.permission, views[reverse(item.url_name)].permission)
        for item in settings.NAVIGATION
        if views[reverse(item.url_name)].permission != item.permission
    } == {}
