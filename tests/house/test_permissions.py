"""Every address says who may call it, and no address asks for a duty that no post carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from dongche.org.models import Officer
from dongche.org.roles import PERMISSION_WORDS, PERMISSIONS, ROLES
from dongche.web.access import PUBLIC, SIGNED_IN, PermissionMiddleware, duty, foreign_permission
from dongche.web.api import Router, build

KNOWN = {PUBLIC, SIGNED_IN}.union(*(role.permissions for role in ROLES.values()))


def addresses(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every address with the view behind it."""
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here, pattern.callback


def declared(patterns: Iterable[Any]) -> Iterator[tuple[str, str | None]]:
    """Every address with the permission that it declares; one of the API for each of its methods."""
    for address, view in addresses(patterns):
        by_method = getattr(view, "permissions", None)
        if by_method is None:
            yield f"/{address}", getattr(view, "permission", None) or foreign_permission(view)
        else:
            yield from ((f"{method} /{address}", permission) for method, permission in by_method.items())


def unguarded(patterns: Iterable[Any]) -> list[str]:
    """Addresses that are open to nobody, or to a duty nobody has. The few old addresses that Django's maintenance site
    keeps without a guard of its own are closed to everybody, which is right."""
    said = []
    for address, permission in declared(patterns):
        if address.startswith("/admin/"):
            continue
        if permission is None:
            said.append(f"{address} declares no permission")
        elif permission not in KNOWN:
            said.append(f"{address} asks for {permission}, which no role has")
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


def test_every_operation_of_the_api_declares_a_duty_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NINJA_SKIP_REGISTRY", "1")
    router = Router("made up")
    router.get("/open")(page)
    router.post("/typo")(duty("registry.raed")(lambda request: page(request)))
    router.get("/fine")(duty("registry.read")(lambda request: page(request)))
    assert unguarded(build({"x": router}, version="0")) == [
        "GET /x/open declares no permission",
        "POST /x/typo asks for registry.raed, which no role has",
    ]
    asked = [address for address, _permission in declared(get_resolver().url_patterns) if " /api/" in address]
    assert len(set(asked)) > 12


def test_an_operation_without_a_duty_is_refused_to_everybody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NINJA_SKIP_REGISTRY", "1")
    router = Router("made up")
    router.get("/open")(lambda request: page(request))
    view = next(view for address, view in addresses(build({"x": router}, version="0")) if address == "x/open")
    request = RequestFactory().get("/api/v1/x/open")
    request.user = Officer(is_superuser=True)
    with pytest.raises(PermissionDenied):
        PermissionMiddleware(page).process_view(request, view, (), {})


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
