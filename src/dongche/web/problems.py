"""One place where a problem becomes what the person sees: a page, a fragment for htmx, or JSON.

Never a traceback. The sentence is translated here; its code is shown small, so that it can be quoted on the phone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from dongche.kit.errors import Problem
from dongche.kit.messages import N_

MESSAGE_AREA = "#dc-messages"
# What a moment, or somebody who makes room, puts right.
PASSING: Final = frozenset({503, 507})
View = TypeVar("View", bound=Callable[..., Any])


class BadRequest(Problem):
    code = "web.bad_request"
    status = 400
    message = N_("The request could not be understood. Go back, reload the page and try again.")


class Forbidden(Problem):
    code = "web.forbidden"
    status = 403
    message = N_(
        "This page is not open to you. If your duties need it, ask headquarters to add it to your post."
    )


class NotFound(Problem):
    code = "web.not_found"
    status = 404
    message = N_(
        "There is nothing at this address. Check it for a typing error, or start again from the first page."
    )


class WrongMethod(Problem):
    code = "web.wrong_method"
    status = 405
    message = N_(
        "This address does not accept “%(method)s”; it accepts %(allowed)s. Start again from the page before."
    )


class TooLarge(Problem):
    code = "web.too_large"
    status = 413
    message = N_("What was sent is larger than this page accepts. Send less at a time.")


class SessionChanged(Problem):
    code = "web.session_changed"
    status = 403
    message = N_(
        "For your safety nothing was saved: this page was opened in another session, or too long ago. "
        "Reload the page and send it again."
    )


class Unexpected(Problem):
    code = "web.unexpected"
    status = 500
    message = N_(
        "Something went wrong on our side; nothing of what you sent was saved. The fault has been noted. "
        "Try again in a few minutes."
    )


class DatabaseAway(Problem):
    code = "web.database_away"
    status = 503
    message = N_(
        "The database does not answer just now; nothing of what you sent was saved. Try again in a minute."
    )


class DiskFull(Problem):
    code = "web.disk_full"
    status = 507
    message = N_(
        "There is no room left where the database is, so nothing of what you sent was saved. Tell whoever looks after "
        "the server; keep what you wrote and send it again later."
    )


def is_disk_full(error: BaseException | None) -> bool:
    """Whether a database refused to write because its disk is full: SQLite says so in words, PostgreSQL by its code."""
    while error is not None:
        if (
            getattr(error, "sqlstate", None) == "53100"
            or getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
        ):
            return True
        error = error.__cause__
    return False


HEADINGS = {
    400: N_("This request was not understood"),
    403: N_("Not open to you"),
    404: N_("Nothing here"),
    405: N_("Not this way"),
    409: N_("Somebody was quicker"),
    410: N_("No longer in use"),
    413: N_("Too large"),
    422: N_("This could not be done"),
    429: N_("A little slower, please"),
    500: N_("A fault on our side"),
    503: N_("Back in a moment"),
    507: N_("No room left"),
}


# Where the status alone would say it badly.
HEADINGS_BY_CODE = {SessionChanged.code: N_("Please send it once more")}


def sentence(problem: Problem) -> str:
    """The problem's sentence in the reader's language."""
    text = gettext(problem.message)
    return text % problem.details if problem.details else text


def heading(status: int) -> str:
    return gettext(HEADINGS.get(status, HEADINGS[500] if status >= 500 else HEADINGS[422]))


def wants_json(request: HttpRequest) -> bool:
    """Programs get JSON: everything under /api/, and whoever accepts JSON but not HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)


def respond(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The response that shows `problem` to whoever sent `request`."""
    text = sentence(problem)
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse(
            {**problem.as_json(), "message": text},
            status=problem.status,
            json_dumps_params={"ensure_ascii": False},
        )
    else:
        context = {
            "heading": gettext(HEADINGS_BY_CODE[problem.code])
            if problem.code in HEADINGS_BY_CODE
            else heading(problem.status),
            "again": request.get_full_path() if problem.code == SessionChanged.code else "",
            "text": text,
            "code": problem.code,
            "home": _home(request),
        }
        if request.headers.get("HX-Request") == "true":
            body = render_to_string("web/problem_fragment.html", context, request=request)
            response = HttpResponse(body, status=problem.status)
            # The message area takes it, whatever the request aimed at: a refused action must not wipe out a list.
            response["HX-Retarget"] = MESSAGE_AREA
            response["HX-Reswap"] = "innerHTML show:top"
            response["HX-Reselect"] = ".dc-alert"
            response["HX-Push-Url"] = "false"
        else:
            response = HttpResponse(
                render_to_string("web/problem.html", context, request=request), status=problem.status
            )
        response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Accept", "HX-Request"))
    return response


class ProblemMiddleware:
    """Catches problems raised by views, and gives a face to bare refusals of the framework."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and not getattr(response, "content", b"-"):
            allowed = response.headers.get("Allow", "")
            shown = respond(request, WrongMethod(method=request.method, allowed=allowed))
            shown["Allow"] = allowed
            return shown
        if (
            response.status_code == 302
            and request.headers.get("HX-Request") == "true"
            and _leads_to_sign_in(response)
        ):
            # fetch() would follow it silently and put the sign-in page into the middle of the old page.
            away = HttpResponse(status=204)
            away["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
            return away
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Problem):
            return respond(request, exception)
        if isinstance(exception, _TOO_LARGE):
            return respond(request, TooLarge())
        return None


_TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, TooLarge() if isinstance(exception, _TOO_LARGE) else BadRequest())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return respond(request, NotFound())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return respond(request, SessionChanged())


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: it asks neither the database nor the session, which may be what is broken."""
    # Django calls this while it handles the exception.
    error = sys.exc_info()[1]
    is_away = isinstance(error, OperationalError | InterfaceError)
    problem: Problem = DatabaseAway() if is_away else Unexpected()
    if is_disk_full(error):
        problem = DiskFull()
    response = _last_resort(request, problem)
    if is_away:
        response["Retry-After"] = "5"
    return response


def keeps_answers(view: View) -> View:
    """Mark a view whose form may be sent any number of times: the page that says it could not be stored holds the
    answers, and sends them again."""
    view.keeps_answers = True  # type: ignore[attr-defined]
    return view


def _kept(request: HttpRequest, problem: Problem) -> list[tuple[str, str]]:
    """What was typed into a form that may be sent again, with its token against forgery; names may repeat."""
    view = request.resolver_match.func if request.resolver_match else None
    if request.method != "POST" or problem.status not in PASSING or not getattr(view, "keeps_answers", False):
        return []
    return [(name, str(value)) for name, values in request.POST.lists() for value in values]


def _last_resort(request: HttpRequest, problem: Problem) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({**problem.as_json(), "message": sentence(problem)}, status=problem.status)
    context: dict[str, Any] = {
        "heading": heading(problem.status),
        "text": sentence(problem),
        "code": problem.code,
        "home": "/",
        "kept": _kept(request, problem),
        "here": request.get_full_path(),
    }
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(render_to_string("web/problem_fragment.html", context), status=problem.status)
        response["HX-Retarget"] = MESSAGE_AREA
        response["HX-Reswap"] = "innerHTML show:top"
        response["HX-Reselect"] = ".dc-alert"
        return response
    response = HttpResponse(render_to_string("web/problem.html", context), status=problem.status)
    response["Cache-Control"] = "no-store"
    return response


def _leads_to_sign_in(response: HttpResponseBase) -> bool:
    return response.headers.get("Location", "").split("?")[0] == resolve_url(settings.LOGIN_URL)


def _home(request: HttpRequest) -> str:
    """Where "start again" leads: the desk for officers; nobody else has a first page here."""
    user = getattr(request, "user", None)
    return resolve_url(settings.LOGIN_REDIRECT_URL) if user is not None and user.is_authenticated else ""
