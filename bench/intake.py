"""What taking a report costs: the form of the page, the intake, and a bare ASGI hello under the same server.

    python bench/intake.py [--seconds 6] [--connections 256] [--places 60000]         on SQLite
    python bench/intake.py --postgres [--workers 2]                                   on a PostgreSQL of its own

Everything on this machine's loopback and on a throw-away instance; PostgreSQL keeps fsync and synchronous_commit on.
The client is a process of its own with kept connections; every report is the first of its place and day until there
are no more places. Wall figures depend on what else the machine does, so look at the processor time per report, of the
server and of the database, and at the ratios, which are from one run.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

ROOT = Path(__file__).resolve().parent.parent
HELLO = """
async def application(scope, receive, send):
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"hello"})
"""
SERVE_HELLO = (
    "import sys; from granian import Granian; from granian.constants import Interfaces;"
    "Granian('hello:application', address='127.0.0.1', port=int(sys.argv[1]), interface=Interfaces.ASGI,"
    " workers=1, websockets=False, log_enabled=False).serve()"
)
PLACES = """
import os, sys
os.environ['DJANGO_SETTINGS_MODULE'] = 'dongche.config.settings'
import django; django.setup()
from dongche.kit import clock
from dongche.org.models import Unit
from dongche.registry.models import Entity
unit, now = Unit.objects.filter(kind='community').first(), clock.now()
Entity.objects.bulk_create(
    Entity(number=f'B-{n:06d}', name=f'示例商铺{n:06d}', subdistrict=unit.subdistrict, community=unit,
           category='street_shop', from_on='2020-02-03', fingerprint='', created_at=now, updated_at=now)
    for n in range(int(sys.argv[1])))
print(clock.today(), *Entity.objects.values_list('code', flat=True))
"""


# --- The client: python bench/intake.py client PORT KIND SECONDS CONNECTIONS < codes -------------------------


def body_of(kind: str, code: str, today: str, n: int) -> dict[str, Any]:
    told = {
        "key": secrets.token_hex(12), "on": today, "state": "open", "staff_at_post": n % 90 + 1, "staff_due": 90,
        "output_fen": "9800.50", "output_normal_fen": "12000", "abnormal_temperature": 0, "mask_days": 7,
        "difficulties": ["supplies"], "note": "缺口罩两百只",
    }  # fmt: skip
    return told | ({"code": code} if kind != "form" else {})


def request_of(kind: str, codes: list[str], today: str, n: int, csrf: str) -> bytes:
    if kind == "hello":
        path, text, form = "/", b"x" * 300, "text/plain"
    elif kind == "form":
        path, form = f"/r/{codes[0]}/", "application/x-www-form-urlencoded"
        text = urlencode(body_of(kind, "", today, n) | {"csrfmiddlewaretoken": csrf}, doseq=True).encode()
    else:
        rows = [body_of(kind, code, today, n) for code in codes]
        path, form = "/intake/", "application/json"
        text = json.dumps(rows if len(rows) > 1 else rows[0], ensure_ascii=False).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {form}\r\nContent-Length: {len(text)}\r\n"
        f"Cookie: csrftoken={csrf}\r\n\r\n"
    )
    return head.encode() + text


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    if length:
        return int(head[9:12]), await reader.readexactly(int(length))
    text = b""
    while b"chunked" in head and (size := int(await reader.readline(), 16)):
        text += (await reader.readexactly(size + 2))[:-2]
    if b"chunked" in head:
        await reader.readline()
    return int(head[9:12]), text


async def client(
    port: int, kind: str, seconds: float, connections: int, today: str, codes: list[str]
) -> None:
    each = 100 if kind == "list" else 1
    counts: dict[str, int] = {}
    number, until, csrf = 0, time.perf_counter() + seconds, ""
    if kind == "form":
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        _status, page = await ask(
            reader, writer, f"GET /r/{codes[0]}/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        )
        csrf = page.partition(b'csrfmiddlewaretoken" value="')[2][:64].decode()
        writer.close()

    async def run() -> None:
        nonlocal number
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        while time.perf_counter() < until:
            n, number = number, number + each
            chosen = [codes[(n + m) % len(codes)] for m in range(each)]
            status, text = await ask(
                reader, writer, request_of(kind, chosen, today, n // len(codes) + n, csrf)
            )
            name = str(status)
            if kind == "list" and status == 200:
                name = "201" if {one["status"] for one in json.loads(text)["reports"]} == {201} else "mixed"
            counts[name] = counts.get(name, 0) + each
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(run() for _ in range(connections)))
    print(json.dumps({"seconds": time.perf_counter() - begun, "counts": counts}))


# --- The run ---------------------------------------------------------------------------------------------------


def seconds_of(process: psutil.Process) -> float:
    """Processor seconds of a process and all below it, those that have ended included."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            used = one.cpu_times()
            total += used.user + used.system + used.children_user + used.children_system
        except psutil.NoSuchProcess:
            continue
    return total


@contextmanager
def postgres() -> Iterator[tuple[str, psutil.Process]]:
    spec = importlib.util.spec_from_file_location("postgres_script", ROOT / "scripts" / "postgres.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.FAST = ("shared_buffers=256MB", "max_connections=50", "wal_sync_method=fdatasync")
    binaries = script.find()
    with script.server(binaries) as url:
        mine = [one for one in psutil.Process().children() if one.name().startswith("postgres")]
        yield url, mine[0]


def measure(
    name: str, command: list[str], environment: dict[str, str], given: argparse.Namespace, kind: str, fed: str,
    database: psutil.Process | None, hello: float | None,
) -> float:  # fmt: skip
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(given.port, "/" if kind == "hello" else "/healthz")
        connections = {"list": 16, "form": 16}.get(kind, given.connections)
        run = [sys.executable, __file__, "client", str(given.port), kind]
        # The last places warm it up, and the first ones are measured.
        warming = " ".join([fed.split()[0], *reversed(fed.split()[1:])])
        subprocess.run([*run, "1", "4"], input=warming, text=True, check=True, capture_output=True)
        tree = psutil.Process(server.pid)
        before, stored = seconds_of(tree), seconds_of(database) if database else 0.0
        done = subprocess.run(
            [*run, str(given.seconds), str(connections)],
            input=fed,
            text=True,
            check=True,
            capture_output=True,
        )
        used = seconds_of(tree) - before
        in_database = seconds_of(database) - stored if database else 0.0
    finally:
        server.terminate()
        server.wait(60)
    told = json.loads(done.stdout)
    count = sum(told["counts"].values())
    cost = (used + in_database) / count * 1e6
    ratio = f"{cost / hello:8.1f} ×" if hello else "       1 ×"
    others = {status: n for status, n in told["counts"].items() if status not in ("200", "201", "302")}
    print(
        f"{name:<24}{count:>8}{count / told['seconds']:>9.0f}/s{used / count * 1e6:>9.0f} µs"
        f"{in_database / count * 1e6:>9.0f} µs{ratio}  {others or ''}", flush=True,
    )  # fmt: skip
    return cost


def wait(port: int, path: str) -> None:
    import http.client

    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise SystemExit("the server did not answer")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--places", type=int, default=60_000)
    parser.add_argument("--port", type=int, default=8139)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument(
        "--workers", type=int, default=1, help="of the intake; more than one needs PostgreSQL"
    )
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        (Path(folder) / "hello.py").write_text(HELLO)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DONGCHE_", "DATABASE_"))}
        environment |= {"DONGCHE_DATA": str(Path(folder) / "data"), "PYTHONPATH": folder}
        database = None
        if given.postgres:
            environment["DATABASE_URL"], database = stack.enter_context(postgres())
        program = [sys.executable, "-m", "dongche.cli.main"]
        init = [*program, "init", "--subdistrict", "370203026", "--name", "阜新路街道"]
        subprocess.run(init, env=environment, check=True, capture_output=True)
        made = [sys.executable, "-c", PLACES, str(given.places)]
        fed = subprocess.run(made, env=environment, check=True, capture_output=True, text=True).stdout
        today, *codes = fed.split()
        few, most = len(codes) // 20, len(codes) * 2 // 5
        parts = {
            "form": codes[:few], "single": codes[few:most], "list": codes[most:], "hello": codes[:1]
        }  # fmt: skip
        print(f"{'':<24}{'reports':>8}{'rate':>11}{'server':>12}{'database':>12}{'to hello':>10}")
        port, workers, hello = str(given.port), str(given.workers), None
        for kind, name, command in (
            ("hello", "ASGI hello", [sys.executable, "-c", SERVE_HELLO, port]),
            (
                "form",
                "form of the page",
                [*program, "serve", "--port", port, "--workers", "1", "--no-worker"],
            ),
            ("single", "intake, one a body", [*program, "intake", "--port", port, "--workers", workers]),
            ("list", "intake, 100 a body", [*program, "intake", "--port", port, "--workers", workers]),
        ):
            told = " ".join([today, *parts[kind]])
            cost = measure(name, command, environment, given, kind, told, database, hello)
            hello = hello or cost


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        _port, _kind, _seconds, _connections = sys.argv[2:6]
        _today, *_codes = sys.stdin.read().split()
        asyncio.run(client(int(_port), _kind, float(_seconds), int(_connections), _today, _codes))
    else:
        main()
