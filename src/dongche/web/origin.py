"""Where a request comes from: the address of its client behind the proxies that are ours, and its id.

What a client writes into its own headers is worth nothing. `X-Forwarded-For` and `X-Request-ID` are believed only as
far as settings.PROXIES says that our own proxies wrote them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from dongche.kit.origin import Origin, coming_from, is_request_id, new_request_id

HEADER: Final = "X-Request-ID"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class OriginMiddleware:
    """Gives each request an id, keeps it and the client's address at hand, and says the id in the response.

    First of all middleware, so that whatever the others answer or log carries the id too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = _request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        with coming_from(Origin("web", client_address(request), request_id)):
            response = self.get_response(request)
        response.headers[HEADER] = request_id
        return response


def client_address(request: HttpRequest) -> str:
    """The address of the client, as far as our own proxies vouch for it.

    Shape: an IPv4 or IPv6 address in its shortest form; the nearest one that can be relied on when the header is
           missing or damaged
    Empty: the request came through a socket file and no proxy of ours said from whom
    """
    kept: str | None = getattr(request, "_client_address", None)
    if kept is None:
        kept = _client_address(request)
        request._client_address = kept  # type: ignore[attr-defined]
    return kept


def _client_address(request: HttpRequest) -> str:
    nearest = _address(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if isinstance(settings.PROXIES, int):
        # The last proxy is who speaks to us; each one wrote the address before it at the end of the header.
        hops = settings.PROXIES
        entries = [_address(entry) for entry in forwarded]
        return (entries[-hops] if 0 < hops <= len(entries) else "") or nearest
    for entry in reversed(forwarded):
        found = _address(entry)
        if not found or not _is_ours(nearest):
            break
        nearest = found
    return nearest


def is_from_proxy(request: HttpRequest) -> bool:
    """Whether one of our own proxies handed the request on, so that the headers it sets may be believed."""
    if isinstance(settings.PROXIES, int):
        return settings.PROXIES > 0
    return _is_ours(_address(request.META.get("REMOTE_ADDR", "")))


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "")
    return given if is_request_id(given) and is_from_proxy(request) else new_request_id()


def _is_ours(address: str) -> bool:
    return bool(address) and any(
        ipaddress.ip_address(address) in network for network in _networks(settings.PROXIES)
    )


@lru_cache(maxsize=4)
def _networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(proxy) for proxy in proxies)


def _address(text: str) -> str:
    """The address in a header's entry, without a port; empty when it is none.

    >>> (
    ...     _address(" 192.0.2.7:4711"),
    ...     _address("[2001:DB8::1]:80"),
    ...     _address("::ffff:192.0.2.7"),
    ...     _address("unknown"),
    ... )
    ('192.0.2.7', '2001:db8::1', '192.0.2.7', '')
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or ipaddress.IPv6Address(
            int(found)
        )  # without the name of a local interface
    return str(found)
