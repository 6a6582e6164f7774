"""Between knowing who asks and letting them in: a password that must be changed, a second factor that is required.

Runs before the permissions are looked at and covers the maintenance site too, which guards itself otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext

from dongche.org.access import factors, sessions
from dongche.web.access import PUBLIC, foreign_permission

View = TypeVar("View", bound=Callable[..., Any])
PASSWORD, FACTOR = "password", "factor"


def open_without(*missing: str) -> Callable[[View], View]:
    """Mark a view as open to officers who still have to change their password or to enrol a second factor."""

    def mark(view: View) -> View:
        view.open_without = frozenset(missing)  # type: ignore[attr-defined]
        return view

    return mark


class AccessMiddleware:
    """Sends an officer who lacks something to the page where it can be mended, whatever they asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if _is_for_all(view) or not request.user.is_authenticated:
            return None
        sessions.notice(request)
        allowed: frozenset[str] = getattr(view, "open_without", frozenset())
        if request.session.get(sessions.MUST_CHANGE) and PASSWORD not in allowed:
            return _away(request, "access:password", gettext("Choose a password of your own first."))
        if (
            settings.MFA_POLICY != "optional"
            and not request.session.get(sessions.STRONG)
            and FACTOR not in allowed
            and factors.is_required(request.user)
        ):
            text = gettext("Your duties need a second factor: add an authenticator app or a passkey first.")
            return _away(request, "access:account", text)
        return None


def _is_for_all(view: Any) -> bool:
    if hasattr(view, "permissions"):
        return True  # of the API, whose tokens were looked at when they came in
    permission = getattr(view, "permission", None)
    if permission is not None:
        return bool(permission == PUBLIC)
    is_admin = (getattr(view, "__module__", "") or "").startswith("django.contrib.admin")
    return foreign_permission(view) == PUBLIC and not is_admin


def _away(request: HttpRequest, name: str, text: str) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        # fetch() would follow a redirect silently and put the page into the middle of the old one.
        response = HttpResponse(status=204)
        response["HX-Redirect"] = resolve_url(name)
        return response
    messages.warning(request, text)
    return redirect(name)
