"""What serving costs: the overview and the page behind a QR code, on 1, 2 and 4 server processes, beside a bare hello.

    python bench/serving.py [--seconds 4] [--connections 8]

Everything on this machine's loopback, bounded in time and number. One client process asks over kept connections; wall
figures depend on what else the machine does, so the processor time per request and the ratio to hello are given too.
The hello is the least that Django answers under the same server: no middleware, no database, no template.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import psutil

ROOT = Path(__file__).resolve().parent.parent
MOST_REQUESTS = 4000
HELLO = """
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="x", MIDDLEWARE=[], LOGGING_CONFIG=None)
urlpatterns = [path("", lambda request: HttpResponse(b"hello"))]
application = get_wsgi_application()
"""
SERVE_HELLO = (
    "import sys; from granian import Granian; from granian.constants import Interfaces;"
    "Granian('hello:application', address='127.0.0.1', port=int(sys.argv[1]), interface=Interfaces.WSGI,"
    " workers=int(sys.argv[2]), blocking_threads=4, websockets=False, log_enabled=False).serve()"
)


def tree_seconds(process: subprocess.Popen[bytes]) -> float:
    """Processor seconds of a process and all below it."""
    root = psutil.Process(process.pid)
    total = 0.0
    for one in [root, *root.children(recursive=True)]:
        try:
            used = one.cpu_times()
            total += used.user + used.system
        except psutil.NoSuchProcess:
            continue
    return total


def ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> int:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def load(
    port: int, path: str, headers: dict[str, str], seconds: float, connections: int
) -> tuple[list[float], float]:
    """Ask for one page over several connections; gives the time of each answer, and of all together."""
    times: list[float] = []
    began = time.perf_counter()
    until = began + seconds

    def run() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < until and len(times) < MOST_REQUESTS:
            begun = time.perf_counter()
            status = ask(connection, path, headers)
            if status != 200:
                raise SystemExit(f"{path} answered {status}")
            times.append(time.perf_counter() - begun)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, time.perf_counter() - began


def wait(port: int, path: str) -> None:
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            if ask(connection, path, {}) == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise SystemExit("the server did not answer")


def sign_in(port: int, password: str) -> dict[str, str]:
    """The cookie of the duty officer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/sign-in/")
    page = connection.getresponse()
    text = page.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    cookies = SimpleCookie(page.headers["Set-Cookie"])
    csrf = cookies["csrftoken"].value
    assert token
    body = urlencode({"csrfmiddlewaretoken": token[1], "username": "duty", "password": password})
    headers = {"Cookie": f"csrftoken={csrf}", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in/", body, headers)
    answer = connection.getresponse()
    answer.read()
    found: SimpleCookie = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or []:
        found.load(line)
    connection.close()
    return {"Cookie": f"sessionid={found['sessionid'].value}"}


def show(
    name: str, workers: int, times: list[float], seconds: float, used: float, hello: float | None
) -> float:
    cost = used / len(times) * 1000
    p95 = statistics.quantiles(times, n=20)[-1] * 1000 if len(times) > 20 else max(times) * 1000
    ratio = f"{cost / hello:7.1f} ×" if hello else "      1 ×"
    print(
        f"{name:<10}{workers:>3}{len(times):>8}{len(times) / seconds:>9.0f}/s{p95:>9.0f} ms{cost:>9.2f} ms{ratio}"
    )
    return cost


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--port", type=int, default=8197)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        (Path(folder) / "hello.py").write_text(HELLO)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DONGCHE_", "DATABASE_"))}
        environment |= {"DONGCHE_DATA": str(data), "PYTHONPATH": folder}
        program = [sys.executable, "-m", "dongche.cli.main"]
        loaded = subprocess.run(
            [*program, "demo", "--no-serve", "--lang", "en"],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        password = re.search(r"password (\S+) as", loaded)
        code = re.search(r"(/r/\S+/)", loaded)
        assert password
        assert code
        print(f"{'page':<10}{'n':>3}{'answers':>8}{'rate':>11}{'p95':>12}{'cpu each':>12}{'to hello':>9}")
        hello = None
        for workers in (1, 2, 4):
            kinds = {"hello": [sys.executable, "-c", SERVE_HELLO, str(given.port), str(workers)]}
            kinds["dongche"] = [
                *program,
                "serve",
                "--port",
                str(given.port),
                "--workers",
                str(workers),
                "--no-worker",
            ]
            for kind, command in kinds.items():
                server = subprocess.Popen(
                    command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                try:
                    wait(given.port, "/" if kind == "hello" else "/healthz")
                    headers = sign_in(given.port, password[1]) if kind == "dongche" else {}
                    pages = {"report": code[1], "overview": "/desk/"} if kind == "dongche" else {"hello": "/"}
                    for name, path in pages.items():
                        # Every process has answered once before it is measured.
                        load(given.port, path, headers, 1.0, given.connections)
                        before = tree_seconds(server)
                        times, took = load(given.port, path, headers, given.seconds, given.connections)
                        used = tree_seconds(server) - before
                        cost = show(name, workers, times, took, used, hello if kind != "hello" else None)
                        hello = cost if kind == "hello" else hello
                finally:
                    server.terminate()
                    server.wait(30)


if __name__ == "__main__":
    main()
