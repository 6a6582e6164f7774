"""A client cannot choose its address or its request id; our own proxies can, and only as far as they are ours."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from dongche.config import environment
from dongche.kit import origin
from dongche.web.origin import OriginMiddleware, client_address

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def asked(peer: str = "192.0.2.9", **headers: str) -> HttpRequest:
    return RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        (0, "192.0.2.9", None, "192.0.2.9"),
        (0, "192.0.2.9", "198.51.100.1", "192.0.2.9"),
        (1, "127.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "127.0.0.1", "203.0.113.66, 198.51.100.1", "198.51.100.1"),
        (1, "", "198.51.100.1", "198.51.100.1"),
        (1, "127.0.0.1", "nonsense", "127.0.0.1"),
        (1, "127.0.0.1", None, "127.0.0.1"),
        (2, "10.0.0.2", "203.0.113.66, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "10.0.0.2", "10.0.0.1", "10.0.0.2"),
        (("127.0.0.1",), "127.0.0.1", "203.0.113.66, 198.51.100.1", "198.51.100.1"),
        (("127.0.0.1",), "192.0.2.9", "198.51.100.1", "192.0.2.9"),
        (("10.0.0.0/8",), "10.0.0.2", "203.0.113.66, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (("10.0.0.0/8",), "10.0.0.2", "10.0.0.3, 10.0.0.1", "10.0.0.3"),
        (("10.0.0.0/8",), "10.0.0.2", "198.51.100.1, junk, 10.0.0.1", "10.0.0.1"),
        (("::1", "fd00::/8"), "::1", "2001:DB8:0:0::7", "2001:db8::7"),
        (("127.0.0.1",), "::ffff:127.0.0.1", "198.51.100.1:52011", "198.51.100.1"),
        (("127.0.0.1",), "", "198.51.100.1", ""),
    ],
)
def test_the_address_is_the_last_one_that_our_proxies_vouch_for(settings, proxies, peer, forwarded, expected):
    settings.PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client_address(asked(peer, **headers)) == expected


@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [
        (0, TRACE, False),
        (1, TRACE, True),
        (("192.0.2.0/24",), TRACE, True),
        (("10.0.0.1",), TRACE, False),
        (1, "short", False),
        (1, "x" * 65, False),
        (1, 'evil" level=error', False),
    ],
)
def test_a_request_id_is_taken_from_our_proxies_only(settings, proxies, given, is_taken):
    settings.PROXIES = proxies
    response = OriginMiddleware(lambda request: HttpResponse(request.request_id))(
        asked(**{"X-Request-ID": given})
    )
    assert response["X-Request-ID"] == response.content.decode()
    assert (response["X-Request-ID"] == given) is is_taken
    assert origin.is_request_id(response["X-Request-ID"])


def test_the_origin_is_at_hand_during_the_request_and_gone_after_it():
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        other = threading.Thread(target=lambda: seen.append(origin.current()))
        other.start()
        other.join()
        seen.append(origin.current())
        raise LookupError

    with pytest.raises(LookupError):
        OriginMiddleware(view)(asked())
    assert seen[0] == origin.Origin()
    assert (str(seen[1]), len(seen[1].request_id)) == ("web 192.0.2.9", 32)
    assert origin.current() == origin.Origin()


def test_every_answer_says_its_id(client: Client, db: None):
    ids = {client.get(address)["X-Request-ID"] for address in ("/healthz", "/desk/", "/nowhere")}
    assert len(ids) == 3


@pytest.mark.parametrize("given", ["-1", "two", "10.0.0.1/8", "10.0.0.1,"])
def test_nonsense_for_proxies_stops_the_start(monkeypatch, given):
    monkeypatch.setenv("DONGCHE_PROXIES", given)
    with pytest.raises(ImproperlyConfigured, match="DONGCHE_PROXIES"):
        environment.proxies("DONGCHE_PROXIES")


def test_proxies_are_counted_or_named(monkeypatch):
    monkeypatch.delenv("DONGCHE_PROXIES", raising=False)
    assert environment.proxies("DONGCHE_PROXIES") == 0
    monkeypatch.setenv("DONGCHE_PROXIES", "2")
    assert environment.proxies("DONGCHE_PROXIES") == 2
    monkeypatch.setenv("DONGCHE_PROXIES", "127.0.0.1, fd00::/8")
    assert environment.proxies("DONGCHE_PROXIES") == ("127.0.0.1", "fd00::/8")
