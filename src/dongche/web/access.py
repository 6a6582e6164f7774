"""Who may call a view: declared beside it, enforced in one place.

`@duty("room.verb")` asks for a permission of the officer's roles, `@public` for nothing. A view that declares neither
is refused to everybody, and a house test finds it first. An address of the API has one view for all its methods, and
each method a duty of its own (`web.api`): `view.permissions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.web import problems

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed-in"
CHALLENGE = 'Bearer realm="dongche"'


class NotYourDuty(Problem):
    code = "web.not_your_duty"
    status = 403
    message = N_(
        "Your posts do not include the duty “%(permission)s”, which this page needs. Ask headquarters if they should."
    )


class NoToken(Problem):
    code = "web.no_token"
    status = 401
    message = N_(
        "This address answers programs that say for whom they ask. Send the header “Authorization: Bearer …” with a "
        "token that an officer issued under “My account”."
    )


def duty(permission: str) -> Callable[[View], View]:
    """Mark a view as open to officers whose roles hold `permission`."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to anyone, signed in or not."""
    return duty(PUBLIC)(view)


class PermissionMiddleware:
    """Enforces the permission that the view declares, before it runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        by_method: dict[str, str | None] | None = getattr(view, "permissions", None)
        if by_method is not None and request.method not in by_method:
            return HttpResponseNotAllowed(sorted(by_method))
        permission = (
            by_method[str(request.method)]
            if by_method is not None
            else getattr(view, "permission", None) or foreign_permission(view)
        )
        if permission == PUBLIC:
            return None
        if permission is None:
            raise PermissionDenied
        if not request.user.is_authenticated and by_method is not None:
            response = problems.respond(request, NoToken())
            response["WWW-Authenticate"] = CHALLENGE
            return response
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        if permission != SIGNED_IN and not request.user.has_duty(permission):
            return problems.respond(request, NotYourDuty(permission=permission))
        return None


def foreign_permission(view: Any) -> str | None:
    """Views we did not write: the maintenance site guards itself, static files and languages are for all."""
    module = getattr(view, "__module__", "") or ""
    if module.startswith("django.contrib.admin"):
        return PUBLIC
    if (module, getattr(view, "__name__", "")) in {
        ("django.views.i18n", "set_language"),
        ("django.contrib.staticfiles.views", "serve"),
        ("django.views.static", "serve"),
    }:
        return PUBLIC
    return None
