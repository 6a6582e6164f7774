"""The intake as an ASGI application: reads whole requests, refuses what needs no database, waits for the writer.

Nothing here touches the database, so no connection is held while a slow client sends, and a flood of one code, of
nonsense or beyond the queue is answered from memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import Any, Final

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import trans_real

from dongche.kit.errors import Problem
from dongche.kit.identifiers import read_code
from dongche.kit.messages import N_
from dongche.kit.origin import Origin, is_request_id, new_request_id
from dongche.reporting.intake.brake import Brake
from dongche.reporting.intake.shapes import MOST_BYTES, BodyRefused, NotJson, Sent, decode
from dongche.reporting.intake.whose import Answer, Arrived
from dongche.reporting.intake.writer import Writer
from dongche.web.origin import client_address, is_from_proxy
from dongche.web.problems import DatabaseAway, NotFound, TooLarge, WrongMethod

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
PATH: Final = "/intake/"
# How long a sender is kept waiting for a commit. Whether it came about after all, the same key will tell.
PATIENCE: Final = 30.0
PROBE_SECONDS: Final = 3.0
_encode = msgspec.json.Encoder().encode


class StillWaiting(Problem):
    code = "reporting.intake_slow"
    status = 503
    message = N_(
        "The database has not answered for %(seconds)s seconds. Whether the report is stored is not known yet: send it "
        "again with the same key, and it is stored once."
    )


class _Request:
    """The reports of one body, and the answers as they come in."""

    __slots__ = ("answers", "done", "left", "sent")

    def __init__(self, sent: list[Sent | BodyRefused], done: asyncio.Future[None]) -> None:
        self.sent, self.done = sent, done
        self.answers: list[Answer | None] = [None] * len(sent)
        self.left = 0


class Intake:
    """The application; its writer begins and ends with the server's lifespan."""

    def __init__(self) -> None:
        self.brake = Brake()
        self.writer = Writer(settings.INTAKE_QUEUE, self._hand_over)
        self.loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            headers = dict(scope["headers"])
            request_id, language = "", "zh-hans"
            try:
                origin = _origin_of(scope, headers)
                request_id, language = origin.request_id, language_of(_text(headers, b"accept-language"))
                status, body, wait = await self._answer(scope, receive, headers, origin, language)
            except Problem as problem:
                answer = Answer.of(problem, language)
                status, body, wait = answer.status, _encode(answer.body), answer.wait
            await _respond(send, status, body, wait, request_id)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.loop = asyncio.get_running_loop()
                self.writer.start()
                await asyncio.to_thread(self.writer.is_warm.wait, PATIENCE)
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.writer.stop()
                await asyncio.to_thread(self.writer.join, PATIENCE)
                await asyncio.sleep(0)  # what was handed over last is answered
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(
        self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], origin: Origin, language: str
    ) -> tuple[int, bytes, int]:
        path, method = scope["path"], scope["method"]
        if path == PATH:
            if method != "POST":
                raise WrongMethod(method=method, allowed="POST")
            kind = _text(headers, b"content-type")
            if kind.partition(";")[0].strip().lower() != "application/json":
                raise NotJson(given=kind[:100])
            body = await _body(receive, headers)
            return await self._take(body, _text(headers, b"authorization"), origin, language)
        if path in ("/healthz", "/readyz"):
            if method not in ("GET", "HEAD"):
                raise WrongMethod(method=method, allowed="GET, HEAD")
            return await self._health(path)
        raise NotFound

    async def _take(self, body: bytes, header: str, origin: Origin, language: str) -> tuple[int, bytes, int]:
        sent, is_list = decode(body)
        assert self.loop is not None  # noqa: S101 – set when the server started
        request = _Request(sent, self.loop.create_future())
        offered: list[tuple[Any, Arrived]] = []
        for index, one in enumerate(sent):
            if isinstance(one, BodyRefused):
                request.answers[index] = Answer.of(one, language)
                continue
            try:
                code = read_code(one.code)
                known = self.brake.known(code, one.key) if code else None
                if known is not None:
                    request.answers[index] = known
                    continue
                if code:
                    self.brake.count(code)
            except Problem as problem:
                request.answers[index] = Answer.of(problem, language)
                continue
            offered.append(((request, index), Arrived(one, header, origin, language)))
        if offered:
            request.left = len(offered)
            try:
                self.writer.offer(offered)
            except Problem:
                for _ticket, arrived in offered:
                    self.brake.give_back(read_code(arrived.sent.code))
                raise
            try:
                async with asyncio.timeout(PATIENCE):
                    await request.done
            except TimeoutError:
                raise StillWaiting(seconds=int(PATIENCE)) from None
        found = [answer for answer in request.answers if answer is not None]
        if not is_list:
            answer = found[0]
            return answer.status, _encode(answer.body), answer.wait
        # A list is answered line by line; as a whole it failed only when not one line could be looked at.
        wait = max(answer.wait for answer in found)
        away = {answer.status for answer in found}
        status = away.pop() if len(away) == 1 and away <= {429, 503, 507} else 200
        return status, _encode({"reports": [{"status": one.status, **one.body} for one in found]}), wait

    def _hand_over(self, told: list[tuple[Any, Answer]]) -> None:
        """Called by the writer's thread: one wake-up of the loop for a whole batch."""
        assert self.loop is not None  # noqa: S101 – set when the server started
        self.loop.call_soon_threadsafe(self._deliver, told)

    def _deliver(self, told: list[tuple[Any, Answer]]) -> None:
        for (request, index), answer in told:
            request.answers[index] = answer
            request.left -= 1
            sent = request.sent[index]
            if isinstance(sent, Sent) and sent.code:
                self._count(read_code(sent.code), sent.key, answer)
            if not request.left and not request.done.done():
                request.done.set_result(None)

    def _count(self, code: str, key: str, answer: Answer) -> None:
        if answer.status in (200, 201):
            kept = answer._replace(status=200)
            self.brake.keep(code, key, kept, answer.name, is_new=answer.status == 201)
        elif answer.status >= 500:  # it is not the sender's fault that it has to come again
            self.brake.give_back(code)

    async def _health(self, path: str) -> tuple[int, bytes, int]:
        assert self.loop is not None  # noqa: S101 – set when the server started
        loop, told = self.loop, self.loop.create_future()

        def arrive(stands: bool) -> None:
            if not told.done():
                told.set_result(stands)

        def tell(stands: bool) -> None:
            loop.call_soon_threadsafe(arrive, stands)

        self.writer.probe(tell)
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                stands = await told
        except TimeoutError:
            stands = False
        if path == "/healthz":
            if not stands:
                raise DatabaseAway
            return 200, _encode({"database": True}), 0
        writer = self.writer
        ready = stands and not writer.is_stopping and writer.waiting < writer.most
        state = {
            "ready": ready, "database": stands, "waiting": writer.waiting, "most": writer.most,
            "taken": writer.taken, "stored": writer.stored, "batches": writer.batches,
        }  # fmt: skip
        return (200 if ready else 503), _encode(state), 0


async def _body(receive: Receive, headers: dict[bytes, bytes]) -> bytes:
    """The whole body.

    Raises: TooLarge
    """
    said = _text(headers, b"content-length")
    if said.isdecimal() and int(said[:12]) > MOST_BYTES:
        raise TooLarge
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > MOST_BYTES:
                raise TooLarge
        body = b"".join(parts)
    if len(body) > MOST_BYTES:
        raise TooLarge
    return body


async def _respond(send: Send, status: int, body: bytes, wait: int, request_id: str) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id.encode()),
    ]
    if wait:
        headers.append((b"retry-after", str(wait).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="dongche"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _origin_of(scope: Scope, headers: dict[bytes, bytes]) -> Origin:
    client = scope.get("client")
    address, is_ours = _address(client[0] if client else "", _text(headers, b"x-forwarded-for"))
    given = _text(headers, b"x-request-id")
    return Origin("api", address, given if is_ours and is_request_id(given) else new_request_id())


@lru_cache(maxsize=8192)
def _address(nearest: str, forwarded: str) -> tuple[str, bool]:
    """The client's address as the web server would find it, and whether a proxy of ours speaks to us."""
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": nearest, "HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(request), is_from_proxy(request)


@lru_cache(maxsize=1024)
def language_of(header: str) -> str:
    """The language to answer in: the first that is asked for and that we speak, else ours."""
    for wanted, _quality in trans_real.parse_accept_lang_header(header):
        try:
            return translation.get_supported_language_variant(wanted)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)
