"""Security headers of every response; the content security policy has no exception for inline code.

The one inline script is the import map of `web/base.html`, which browsers cannot load from a file: it carries a nonce
that is made when a template asks for `csp_nonce`, so pages without it have none.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
PERMISSIONS = ", ".join(
    (
        "camera=(self)",
        "geolocation=(self)",
        *(
            f"{name}=()"
            for name in ("accelerometer", "autoplay", "gyroscope", "microphone", "payment", "usb")
        ),
    )
)


def tile_host(url: str) -> str:
    """Where the tiles of maps come from: scheme and host, nothing else of the address.

    >>> tile_host("https://t.city.example/{z}/{x}/{y}.png?key=1"), tile_host("")
    ('https://t.city.example', '')
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def policy(nonce: str | None) -> str:
    """The header's text.

    >>> policy("abc").split("; ")[1]
    "script-src 'self' 'nonce-abc'"
    """
    parts = dict(POLICY)
    if host := tile_host(settings.MAP_TILE_URL):
        for name in ("img-src", "connect-src"):
            parts[name] += f" {host}"
    if nonce:
        parts["script-src"] += f" 'nonce-{nonce}'"
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class Nonce:
    """A number used once, made when it is first written into a page."""

    value: str | None = None

    def __str__(self) -> str:
        if self.value is None:
            self.value = secrets.token_urlsafe(16)
        return self.value


class ContentSecurityPolicy:
    """Adds the headers, unless a view has set a stricter or another one itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = Nonce()
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy(nonce.value))
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response
