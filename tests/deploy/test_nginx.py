"""The shipped configuration of nginx in front of the real server: what reaches people, and what is stopped before."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.house.source import ROOT
from tests.operations.conftest import (
    Instance,
    copied,
    fetch,
    founded,
    free_port,
    instance,
    start_serving,
    wait_for,
)
from tests.operations.test_intake import PLACES

__all__ = ["founded", "instance"]
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
HOST = "dongche.test"
MAX_MB = 2
QUEUE = 20
pytestmark = pytest.mark.any_database


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Proxy:
    """nginx with the shipped file, in which only the documented words and the two ports are replaced."""

    instance: Instance
    plain: int
    tls: int
    folder: Path
    trust: ssl.SSLContext

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, *, near: str = "", **headers: str
    ) -> Answer:
        """Ask nginx, from another address of this machine where one is given."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.tls, timeout=30, context=self.trust, source_address=(near, 0) if near else None
        )
        given = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    @property
    def log(self) -> str:
        return (self.folder / "access.log").read_text()


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))


def configured(folder: Path, upstream: int, plain: int, tls: int, intake: int = 0) -> str:
    text = (ROOT / "deploy" / "nginx.conf.sample").read_text(encoding="utf-8")
    for word, value in {
        "__HOST__": HOST,
        "__CERTIFICATE__": str(folder / "cert.pem"),
        "__CERTIFICATE_KEY__": str(folder / "key.pem"),
        "__CACHE__": str(folder / "cache"),
        "__MAX_MB__": str(MAX_MB + 1),
        "__UPSTREAM__": f"127.0.0.1:{upstream}",
        "__INTAKE__": f"127.0.0.1:{intake or upstream}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{tls} ssl",
        "/var/log/nginx/dongche.log": str(folder / "access.log"),
    }.items():
        assert word in text
        text = text.replace(word, value)
    assert "__" not in text
    return text


@contextmanager
def proxying(instance: Instance, folder: Path, upstream: int, intake: int = 0) -> Iterator[Proxy]:
    if not Path(NGINX).exists():
        pytest.fail("nginx is not installed (Debian: apt-get install nginx-light)")
    folder.mkdir()
    folder.parent.chmod(0o755)
    certificate(folder)
    plain, tls = free_port(), free_port()
    (folder / "dongche.conf").write_text(configured(folder, upstream, plain, tls, intake), encoding="utf-8")
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"user root;\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\n{places}include {folder}/dongche.conf;\n}}\n"
    )
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    trust = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    trust.check_hostname = False  # the name is that of the configuration, the address that of this machine
    made = Proxy(instance, plain, tls, folder, trust)

    def answers() -> bool:
        try:
            return made.ask("/healthz").status > 0
        except OSError:
            return False

    try:
        wait_for(answers)
        yield made
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture(scope="module")
def proxy(founded: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx in front of an instance that is served, and of its intake."""
    folder = tmp_path_factory.mktemp("served")
    with copied(founded, folder / "instance") as instance:
        settings = {
            "DONGCHE_HOSTS": f"{HOST},127.0.0.1",
            "DONGCHE_HTTPS": "1",
            "DONGCHE_PROXIES": "127.0.0.1",
            "DONGCHE_IMPORT_MAX_MB": str(MAX_MB),
            "DONGCHE_LOG_LEVEL": "INFO",
            "DONGCHE_LOG_FORMAT": "json",
        }
        intake = free_port()
        instance.start("intake", "--port", str(intake), DONGCHE_INTAKE_QUEUE=str(QUEUE), **settings)
        upstream = start_serving(instance, **settings)
        wait_for(lambda: fetch(intake, "/healthz")[0] == 200, 60)
        with proxying(instance, folder / "nginx", upstream, intake) as made:
            yield made


def test_the_shipped_configuration_serves_and_guards(proxy: Proxy):
    # Plain HTTP leads to TLS.
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=10)
    connection.request("GET", "/sign-in/?next=/desk/", headers={"Host": HOST})
    moved = connection.getresponse()
    assert (moved.status, moved.headers["Location"]) == (301, f"https://{HOST}/sign-in/?next=/desk/")
    connection.close()

    # Pages: safe headers, our request id, no word about the server's version, compressed.
    page = proxy.ask("/sign-in/", Accept_Encoding="gzip", X_Request_ID="forged-by-client-1234")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"]
    assert page.headers["Server"] == "nginx"
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Secure" in page.headers["Set-Cookie"]
    request_id = page.headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    wait_for(lambda: request_id in proxy.log)

    # Static files: for ever, compressed once, from nginx's own store afterwards.
    text = gzip.decompress(page.body).decode()
    address = re.search(r'href="(/static/web/theme\.[0-9a-f]{12}\.css)"', text)
    assert address, text[:2000]
    for coding in ("br", "gzip"):
        for _ in range(2):
            styles = proxy.ask(address[1], Accept_Encoding=coding)
            assert styles.status == 200
            assert styles.headers["Content-Encoding"] == coding
            assert "immutable" in styles.headers["Cache-Control"]
    assert proxy.ask(address[1]).text.startswith(("/*", ":root", "@"))
    assert [file for file in (proxy.folder / "cache").rglob("*") if file.is_file()]

    # What is too large is told in our words, whoever stops it.
    for size in (MAX_MB * 1024 * 1024 + 2 * 1024 * 1024, 30 * 1024 * 1024):
        refused = proxy.ask("/registry/import/", "POST", b"x" * size, Content_Type="text/plain")
        assert refused.status == 413, size
        assert "web.too_large" in refused.text
        assert "nginx" not in refused.text

    # The figures are not for the outside.
    assert proxy.ask("/metrics", Authorization="Bearer x").status == 404
    assert proxy.ask("/nowhere", X_Forwarded_For="203.0.113.9").status == 404

    # The address of the client is the one that nginx saw, not one that the client wrote.
    program = (
        "from django.test import RequestFactory\nfrom dongche.web.origin import client_address\n"
        "r = RequestFactory().get('/', REMOTE_ADDR='127.0.0.1', HTTP_X_FORWARDED_FOR='192.0.2.7')\n"
        "print(client_address(r))"
    )
    proxy.instance.environment["DONGCHE_PROXIES"] = "127.0.0.1"
    assert proxy.instance.python(program) == "192.0.2.7"

    lines = [
        json.loads(line)
        for line in (proxy.instance.folder / "log").read_text().splitlines()
        if line[:1] == "{"
    ]
    refused = [line for line in lines if line.get("event") == "web.request.refused"]
    assert refused
    assert all(len(line["request"]) == 32 and line["way"] == "web" for line in refused), refused
    assert "theme" not in proxy.log
    assert "next=" not in proxy.log


def test_reports_as_json_pass_to_the_intake_and_its_answers_pass_back(proxy: Proxy):
    (code,) = proxy.instance.python(PLACES.format(count=1)).split()
    today = proxy.instance.python("from dongche.kit import clock; print(clock.today())")
    json_said = {"Content_Type": "application/json", "Accept_Language": "en"}

    def send(body: object, **more: str) -> Answer:
        return proxy.ask("/intake/", "POST", json.dumps(body).encode(), **json_said, **more)

    def report(number: int) -> dict[str, object]:
        told = {"code": code, "on": today, "state": "open", "staff_at_post": number, "sure": True}
        return {"key": f"through-nginx-{number}", **told}

    # It is stored, with the address that nginx saw and its request id, whatever the sender writes.
    stored = send(
        report(1), near="127.0.0.7", X_Forwarded_For="203.0.113.9", X_Request_ID="forged-by-client-1234"
    )
    assert stored.status == 201
    number = json.loads(stored.text)["number"]
    request_id = stored.headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    entry = proxy.instance.python(
        "from dongche.org.models import AuditEntry as A\n"
        f"one = A.objects.get(request_id='{request_id}')\nprint(one.origin, one.after['report'])"
    )
    assert ("127.0.0.7" in entry, "203.0.113.9" in entry, entry.split()[-1]) == (True, False, str(number))
    assert json.loads(send(report(1)).text)["number"] == number

    # What is too large is told by whoever meets it first.
    assert json.loads(send("x" * 300_000).text)["code"] == "web.too_large"
    assert send("x" * (MAX_MB + 2) * 1024 * 1024).status == 413

    # A queue that is full, and a sender that is braked, hear when to come again.
    full = send([report(n) for n in range(2, QUEUE + 3)])
    assert (full.status, full.headers["Retry-After"]) == (503, "5")
    assert json.loads(full.text)["code"] == "reporting.intake_full"
    for first in (40, 60):
        braked = send([report(n) for n in range(first, first + 18)])
    assert {one["status"] for one in json.loads(braked.text)["reports"]} == {201, 429}
    braked = send(report(80))
    assert (braked.status, 0 < int(braked.headers["Retry-After"]) <= 600) == (429, True)

    # Its health is told on its own port only.
    for path in ("/healthz", "/readyz"):
        assert "most" not in proxy.ask(path).text
    for path in ("/intake/healthz", "/intake/readyz", "/intake"):
        assert proxy.ask(path).status in (301, 404)

    # One that is away is a calm 503 as well.
    process = proxy.instance.running[0]
    process.send_signal(signal.SIGTERM)
    process.wait(40)
    away = send(report(81))
    assert (away.status, away.headers["Retry-After"]) == (503, "10")


def test_slow_senders_hold_no_place_in_the_program(proxy: Proxy):
    held = []
    for _ in range(60):
        raw = socket.create_connection(("127.0.0.1", proxy.tls), timeout=10)
        slow = proxy.trust.wrap_socket(raw, server_hostname=HOST)
        slow.sendall(
            f"POST /registry/import/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\nusername=".encode()
        )
        held.append(slow)
    begun = time.monotonic()
    assert [proxy.ask("/sign-in/").status for _ in range(5)] == [200] * 5
    assert time.monotonic() - begun < 20
    for slow in held:
        slow.close()


def test_a_program_that_is_away_is_told_calmly(instance: Instance, tmp_path: Path):
    with proxying(instance, tmp_path / "nginx", upstream=free_port()) as proxy:
        answer = proxy.ask("/sign-in/")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "10"
    assert "请稍候" in answer.text
    assert "nginx" not in answer.text
