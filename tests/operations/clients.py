"""Enterprises that report through the real web server: each knows what was acknowledged to it."""

from __future__ import annotations

import html
import http.client
import re
import secrets
import threading
from dataclasses import dataclass, field
from email.message import Message
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
    return Form.of(port, code).send(**values).status


@dataclass
class Page:
    status: int
    text: str
    headers: Message


@dataclass
class Form:
    """What a browser without scripts holds of a form: its hidden fields and the cookies that go with them."""

    port: int
    address: str
    fields: list[tuple[str, str]]
    cookies: str

    @classmethod
    def of(cls, port: int, code: str) -> Form:
        page = ask(port, "GET", f"/r/{code}/")
        assert page.status == 200, (page.status, page.text[:500])
        morsels = SimpleCookie(page.headers.get("Set-Cookie", ""))
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in morsels.items())
        return cls(port, f"/r/{code}/", hidden(page.text), cookies)

    def send(self, **values: str) -> Page:
        """As it was opened, with what is filled in now."""
        given = {"state": "open", **values}
        fields = [one for one in self.fields if one[0] not in given] + list(given.items())
        return self.post(fields)

    def send_again(self, page: Page) -> Page:
        """By the button of a page that says that it could not be stored."""
        return self.post(hidden(page.text))

    def post(self, fields: list[tuple[str, str]]) -> Page:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookies}
        return ask(self.port, "POST", self.address, urlencode(fields), headers)


def hidden(text: str) -> list[tuple[str, str]]:
    found = [dict(ATTRIBUTE.findall(tag)) for tag in HIDDEN.findall(text)]
    return [(one["name"], html.unescape(one.get("value", ""))) for one in found]


def ask(
    port: int, method: str, address: str, body: str | None = None, headers: dict[str, str] | None = None
) -> Page:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, address, body, headers or {})
        answer = connection.getresponse()
        return Page(answer.status, answer.read().decode(), answer.headers)
    finally:
        connection.close()
