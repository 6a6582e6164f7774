"""Enterprises that report through the real web server: each knows what was acknowledged to it."""

from __future__ import annotations

import http.client
import re
import secrets
import threading
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


@dataclass
class Client(threading.Thread):
    """Reports for its places in turn until told to stop."""

    port: int
    codes: tuple[str, ...]
    stopping: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            code = self.codes[number % len(self.codes)]
            key = secrets.token_hex(8)
            status = report(self.port, code, key=key, staff_at_post=str(number % 90 + 1))
            (self.acknowledged if status == 302 else self.refused).append(
                key if status == 302 else str(status)
            )
            number += 1
            self.stopping.wait(0.02)


def report(port: int, code: str, **values: str) -> int:
    """Open the page of a place and send its form; gives the status of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", f"/r/{code}/")
        page = connection.getresponse()
        text = page.read().decode()
        assert page.status == 200, (page.status, text[:500])
        cookies = SimpleCookie(page.headers.get("Set-Cookie", ""))
        hidden = {}
        for tag in HIDDEN.findall(text):
            found = dict(ATTRIBUTE.findall(tag))
            hidden[found["name"]] = found.get("value", "")
        body = urlencode({**hidden, "state": "open", **values})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()),
        }
        connection.request("POST", f"/r/{code}/", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
