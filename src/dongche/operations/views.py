"""Addresses for machines that watch: alive, ready, figures."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.operations import health
from dongche.operations import metrics as figures
from dongche.web import problems
from dongche.web.access import public


class TokenNeeded(Problem):
    code = "operations.token_needed"
    status = 401
    message = N_(
        "This address is for the monitoring of this system and asks for its token (DONGCHE_METRICS_TOKEN)."
    )


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say "ok" when the database answers."""
    if not health.database_answers():
        return HttpResponse("database away\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")


@public
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether people may be sent here, and what is missing."""
    found = health.readiness()
    return JsonResponse({"ready": found.ready, **vars(found)}, status=200 if found.ready else 503)


@public
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures to whoever has the token; without a token in the settings there is nothing here."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        raise TokenNeeded
    return HttpResponse(figures.exposition(), content_type=CONTENT_TYPE_LATEST)


@public
@never_cache
@require_safe
def too_large(request: HttpRequest) -> HttpResponse:
    """Say for the proxy in front, which stops what is too large, what that means and what to do."""
    return problems.respond(request, problems.TooLarge())
