"""The policy has no exception for inline code; the import map's nonce exists only where one is shown."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.test import RequestFactory

from dongche.web import csp


def answer(view) -> HttpResponse:
    return csp.ContentSecurityPolicy(view)(RequestFactory().get("/"))


def test_the_policy_names_no_foreign_and_no_inline_source():
    sent = answer(lambda request: HttpResponse())["Content-Security-Policy"]
    assert "unsafe" not in sent
    assert "nonce" not in sent
    assert "http" not in sent
    assert sent.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "worker-src 'self' blob:" in sent
    assert "connect-src 'self'" in sent


def test_a_nonce_is_new_for_every_request():
    def view(request):
        return HttpResponse(f"{request.csp_nonce} {request.csp_nonce}")

    seen = set()
    for _ in range(2):
        response = answer(view)
        first, second = response.content.decode().split()
        assert first == second
        assert re.search(
            f"script-src 'self' 'nonce-{re.escape(first)}';", response["Content-Security-Policy"]
        )
        seen.add(first)
    assert len(seen) == 2


def test_a_view_may_set_its_own_policy():
    def view(request):
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    assert answer(view)["Content-Security-Policy"] == "default-src 'none'"


def test_the_other_headers_are_there():
    response = answer(lambda request: HttpResponse())
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "microphone=()" in response["Permissions-Policy"]
