"""The intake beside the web server, as processes on a database: killed, starved, flooded, and counted afterwards."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.operations import clients
from tests.operations.conftest import (
    Instance,
    copied,
    fetch,
    free_port,
    on_postgres,
    start_serving,
    wait_for,
)
from tests.operations.test_database_restart import Server, scripts

PLACES = """
from tests.factories.registry import place
from dongche.org.models import Unit
grid = Unit.objects.filter(kind='grid').first() or Unit.objects.filter(kind='community').first()
grid.grid = grid
print(*[place(grid, from_on='2020-02-03').code for _ in range({count})])
"""
COUNT = 240
QUEUE = 300
# For how long the database is gone: short, so that everybody can run this; 30 shows what docs/intake.md says.
OUTAGE_SECONDS = float(os.environ.get("DONGCHE_TEST_OUTAGE_SECONDS", "2"))


@dataclass
class City:
    """An instance with its web server and its intake; on PostgreSQL it has a server of its own, which may be killed."""

    instance: Instance
    server: Server | None
    codes: list[str]
    web: int
    intake: int
    today: str

    def rows(self) -> dict[str, list[int]]:
        """The ids of all reports, by key."""
        told = self.instance.python(
            "import json; from dongche.reporting.models import Report as R\n"
            "print(json.dumps(list(R.objects.values_list('key', 'pk'))))"
        )
        found: dict[str, list[int]] = {}
        for key, pk in json.loads(told):
            found.setdefault(key, []).append(pk)
        return found

    def report(self, code: str, **changes: Any) -> dict[str, Any]:
        told = {
            "key": secrets.token_hex(8),
            "on": self.today,
            "state": "open",
            "staff_at_post": 5,
            "sure": True,
        }
        return told | {"code": code} | changes

    def is_sound(self) -> None:
        verdict = self.instance.dongche("audit", "verify")
        assert verdict.code == 0, verdict.out + verdict.err
        if not on_postgres():
            with sqlite3.connect(self.instance.folder / "dongche.sqlite3") as file:
                assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def send(port: int, body: Any, *, timeout: float = 40, **headers: str) -> tuple[int, dict[str, Any], int]:
    """Status, answer, and after how many seconds to come again; status 0 without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        said = {"Content-Type": "application/json", "Accept-Language": "en"}
        connection.request(
            "POST", "/intake/", text, said | {k.replace("_", "-"): v for k, v in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()), int(answer.headers.get("Retry-After", 0))
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}, 0
    finally:
        connection.close()


def children(pid: int) -> list[int]:
    """The serving processes below one that `dongche` started: forked, or spawned beside a process that keeps count."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found if b"tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()]


@contextmanager
def city_in(instance: Instance, server: Server | None) -> Iterator[City]:
    codes = instance.python(PLACES.format(count=COUNT)).split()
    today = instance.python("from dongche.kit import clock; print(clock.today())")
    port = free_port()
    try:
        instance.start("intake", "--port", str(port), DONGCHE_INTAKE_QUEUE=str(QUEUE))
        web = start_serving(instance, "--no-worker")
        wait_for(lambda: fetch(port, "/healthz")[0] == 200, 60)
        yield City(instance, server, codes, web, port, today)
    finally:
        instance.stop()


@pytest.fixture(scope="module")
def city(founded: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    with ExitStack() as stack:
        if not on_postgres():
            instance = stack.enter_context(copied(founded, folder / "data"))
            yield stack.enter_context(city_in(instance, None))
            return
        home = Path(f"/tmp/dongche-pg-{secrets.token_hex(4)}")
        home.mkdir()
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        owner = scripts().unprivileged()
        if owner:
            os.chown(home, int(owner["user"]), int(owner["group"]))
        server = Server(home)
        server.start()
        stack.callback(server.stop)
        instance = Instance(folder / "data", {"DATABASE_URL": server.url})
        assert instance.dongche("init", "--subdistrict", "370203026", "--name", "阜新路街道").code == 0
        yield stack.enter_context(city_in(instance, server))


@dataclass
class Program(threading.Thread):
    """Reports through the intake and does not give up a report before it is acknowledged."""

    city: City
    codes: list[str]
    stopping: threading.Event
    acknowledged: dict[str, int] = field(default_factory=dict)
    again: int = 0
    left: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            code = self.codes[number % len(self.codes)]
            number += 1
            # More than any other test says of these places: what holds already would be confirmed and get no row.
            self.deliver(self.city.report(code, staff_at_post=number % 90 + 101))

    def deliver(self, report: dict[str, Any]) -> None:
        while True:
            status, told, _wait = send(self.city.intake, report)
            if status in (200, 201):
                self.acknowledged[report["key"]] = told["number"]
                self.again += status == 200
                return
            assert status in (0, 502, 503), (status, told)
            if self.stopping.is_set():
                self.left.append(report)
                return
            time.sleep(0.1)


class Phone(clients.Client):
    """Reports through the pages, and goes on when a page did not come."""

    def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            key = secrets.token_hex(8)
            with suppress(OSError, http.client.HTTPException, AssertionError):
                code = self.codes[number % len(self.codes)]
                # Never the same answers twice: while nobody answers numbers run on, and what holds already is confirmed
                # and gets no row of its own.
                if clients.report(self.port, code, key=key, staff_at_post=str(number % 90_000 + 1)) == 302:
                    self.acknowledged.append(key)
            number += 1
            self.stopping.wait(0.02)


def test_whatever_is_killed_what_was_acknowledged_is_there(city: City) -> None:
    stopping = threading.Event()
    programs = [Program(city, city.codes[n * 20 : n * 20 + 20], stopping) for n in range(3)]
    phones = [Phone(city.web, tuple(city.codes[60:90]), stopping)]
    everybody = (*programs, *phones)
    for one in everybody:
        one.start()

    def goes_on() -> None:
        """Everybody is acknowledged something again, whoever was killed."""
        before = [len(one.acknowledged) for one in everybody]
        wait_for(lambda: all(len(one.acknowledged) > n for one, n in zip(everybody, before, strict=True)), 60)

    goes_on()
    for process in city.instance.running[:2]:  # what is above them begins them again
        serving = children(process.pid)
        assert serving
        for pid in serving:
            os.kill(pid, signal.SIGKILL)
        goes_on()
        assert not set(serving) & set(children(process.pid))
    if city.server is not None:
        assert city.server.running
        os.killpg(city.server.running.pid, signal.SIGKILL)
        city.server.running.wait()
        city.server.start()
        goes_on()
    stopping.set()
    for one in everybody:
        one.join(60)
    stopping.clear()
    for one in programs:
        for report in one.left:
            one.deliver(report)
    rows = city.rows()
    for one in programs:
        assert {key: rows.get(key) for key in one.acknowledged} == {
            key: [number] for key, number in one.acknowledged.items()
        }
    assert [key for one in phones for key in one.acknowledged if len(rows.get(key, [])) != 1] == []
    city.is_sound()


def test_ten_thousand_from_one_code_do_no_harm(city: City) -> None:
    """50 bodies of 200 reports of one place, while others report as if nothing were."""
    code = city.codes[100]
    flood = [[city.report(code, staff_at_post=n % 90 + 1) for n in range(200)] for _ in range(50)]
    begun = time.monotonic()
    first = send(city.intake, flood[0])[1]["reports"]
    kept = {
        sent["key"]: told["number"]
        for sent, told in zip(flood[0], first, strict=True)
        if told["status"] == 201
    }
    assert [told["status"] for told in first] == [201] * 30 + [429] * 170
    for body in flood[1:]:
        status, _told, wait = send(city.intake, body)
        assert (status, 0 < wait <= 600) == (429, True)
    assert time.monotonic() - begun < 60
    other = send(city.intake, city.report(city.codes[101]))
    assert other[0] == 201
    assert [send(city.intake, flood[0][n])[1]["number"] for n in (0, 29)] == list(kept.values())[0:30:29]
    assert (
        send(city.intake, city.report(f" {code[:4]}-{code[4:].lower()}"))[0] == 429
    )  # the same code, typed otherwise
    rows = city.rows()
    assert {key: rows.get(key) for key in kept} == {key: [number] for key, number in kept.items()}
    assert sum(sent["key"] in rows for body in flood for sent in body) == 30


@contextmanager
def nothing_commits(city: City) -> Iterator[None]:
    """Somebody else holds what every commit needs."""
    if city.server is None:
        with sqlite3.connect(city.instance.folder / "dongche.sqlite3", isolation_level=None) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
            file.execute("ROLLBACK")
    else:
        with psycopg.connect(city.server.url) as held:
            held.execute("LOCK TABLE org_audithead")
            yield


def test_a_full_queue_says_so_and_nothing_that_was_taken_is_lost(city: City) -> None:
    codes, told = city.codes[110:], {}

    def sent(name: str, body: Any) -> threading.Thread:
        def run() -> None:
            told[name] = send(city.intake, body)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    with nothing_commits(city):
        threads = [sent("first", city.report(codes[0]))]
        time.sleep(0.3)  # the writer has it in hand
        threads.append(sent("list", [city.report(code) for code in codes[1:121]]))
        threads.append(sent("more", [city.report(code) for code in codes[:120]]))
        threads.append(sent("full", [city.report(code) for code in codes[:120]]))
        wait_for(lambda: len(told) == 1, 20)
        refused = next(iter(told.values()))
        assert (refused[0], refused[1]["code"], refused[2]) == (503, "reporting.intake_full", 5)
    for thread in threads:
        thread.join(40)
    assert sorted(status for status, _told, _wait in told.values()) == [200, 200, 201, 503]
    lists = [found["reports"] for status, found, _wait in told.values() if status == 200]
    assert {one["status"] for rows in lists for one in rows} <= {200, 201}


def test_what_is_no_report_is_told_so(city: City) -> None:
    port = city.intake
    assert send(port, b"x" * 300_000)[:2][0] == 413
    assert send(port, b"{}", Content_Type="text/plain")[1]["code"] == "reporting.not_json"
    assert send(port, b"nonsense")[1]["code"] == "reporting.body_refused"
    assert fetch(port, "/intake/")[0] == 405
    assert fetch(port, "/elsewhere")[0] == 404
    status, text = fetch(port, "/readyz")
    assert (status, json.loads(text)["ready"], json.loads(text)["waiting"]) == (200, True, 0)


@pytest.mark.postgres
def test_page_and_intake_outlive_their_database(city: City) -> None:
    """Under load, for a while: nobody is told that something is stored which is not, and nobody restarts anything."""
    assert city.server
    processes = [pid for process in city.instance.running[:2] for pid in children(process.pid)]
    stopping = threading.Event()
    programs = [Program(city, city.codes[120 + n * 20 : 140 + n * 20], stopping) for n in range(3)]
    phone = Phone(city.web, tuple(city.codes[180:210]), stopping)
    everybody = (*programs, phone)
    form, key = clients.Form.of(city.web, city.codes[90]), secrets.token_hex(8)
    for one in everybody:
        one.start()
    wait_for(lambda: all(one.acknowledged for one in everybody), 60)

    city.server.stop()
    until = time.monotonic() + OUTAGE_SECONDS
    told = [len(one.acknowledged) for one in everybody]
    status, answer, wait = send(city.intake, city.report(city.codes[91]))
    assert (status, answer["code"], wait) == (503, "web.database_away", 5)
    assert send(city.intake, [city.report(city.codes[92])])[::2] == (503, 5)
    assert fetch(city.intake, "/healthz")[0] == 503
    page = form.send(key=key, staff_at_post="4", note="请<尽快>")
    assert (page.status, page.headers["Retry-After"], "数据库暂时没有应答" in page.text) == (503, "5", True)
    time.sleep(max(0.0, until - time.monotonic()))
    # At most what had been on its way when it was stopped.
    assert all(len(one.acknowledged) <= n + 1 for one, n in zip(everybody, told, strict=True))

    city.server.start()
    begun = time.monotonic()
    told = [len(one.acknowledged) for one in everybody]
    wait_for(lambda: all(len(one.acknowledged) > n for one, n in zip(everybody, told, strict=True)), 60)
    print(f"gone for {OUTAGE_SECONDS} s; everybody goes on after {time.monotonic() - begun:.1f} s")
    # The page that told of it still holds the answers.
    assert [form.send_again(page).status for _ in range(2)] == [302, 302]
    stopping.set()
    for one in everybody:
        one.join(60)
    for one in programs:
        for report in one.left:
            one.deliver(report)
    rows = city.rows()
    acknowledged = {key: [number] for one in programs for key, number in one.acknowledged.items()}
    assert {key: rows.get(key) for key in acknowledged} == acknowledged
    assert [key for key in [*phone.acknowledged, key] if len(rows.get(key, [])) != 1] == []
    print(
        f"{len(acknowledged)} reports acknowledged by the intake, {len(phone.acknowledged)} by the page: all there once"
    )
    assert processes == [pid for process in city.instance.running[:2] for pid in children(process.pid)]
    city.is_sound()


def test_what_waits_is_stored_before_the_end(city: City) -> None:
    """The last of the tests of this city: its intake is told to stop while a report waits for a commit."""
    told: list[tuple[int, dict[str, Any], int]] = []
    report = city.report(city.codes[93])
    thread = threading.Thread(target=lambda: told.append(send(city.intake, report)))
    with nothing_commits(city):
        thread.start()
        time.sleep(0.3)
        city.instance.running[0].send_signal(signal.SIGTERM)
        time.sleep(0.3)
    thread.join(40)
    assert told
    assert told[0][0] == 201, told
    assert city.instance.running[0].wait(40) == 0
    assert city.rows()[report["key"]] == [told[0][1]["number"]]


# --- A full disk ------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own in memory, where this may be mounted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("no small disk may be mounted here: this needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


@pytest.mark.any_database
def test_a_full_disk_acknowledges_nothing_and_is_survived(founded: Instance, tmp_path: Path) -> None:
    """SQLite with its data folder on a disk of 96 MB."""
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(tmp_path / "disk", 96))
        instance = stack.enter_context(copied(founded, disk / "data"))
        survives(stack.enter_context(city_in(instance, None)), disk)


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_full_disk_of_postgresql_is_survived_as_well(django_db_setup: None, tmp_path: Path) -> None:
    """PostgreSQL with its tables on a disk of their own; the log of its writes is on another."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="dongche-pg-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        disk = stack.enter_context(small_disk(folder / "disk", 160))
        owner = scripts().unprivileged()
        for one in (folder, disk) if owner else ():
            os.chown(one, int(owner["user"]), int(owner["group"]))
        server = Server(disk, "--waldir", str(folder / "wal"))
        server.start()
        stack.callback(server.stop)
        instance = Instance(tmp_path / "data", {"DATABASE_URL": server.url})
        assert instance.dongche("init", "--subdistrict", "370203026", "--name", "阜新路街道").code == 0
        survives(stack.enter_context(city_in(instance, server)), disk)


def survives(city: City, disk: Path) -> None:
    """Reports by both ways until the disk is full, while it is, and when there is room again."""
    kept: dict[str, list[int]] = {}
    by_phone: list[str] = []
    full: list[tuple[clients.Form, clients.Page, str]] = []

    def report() -> int:
        sent = city.report(city.codes[len(kept) % 200], note="长" * 200)
        status, told, wait = send(city.intake, sent)
        if status == 201:
            kept[sent["key"]] = [told["number"]]
        else:
            assert (status, told["code"], wait) == (507, "web.disk_full", 5)
        return status

    def phone() -> int:
        key = secrets.token_hex(8)
        form = clients.Form.of(city.web, city.codes[210 + len(by_phone) % 30])
        page = form.send(key=key, staff_at_post="3", note="长" * 200)
        if page.status == 302:
            by_phone.append(key)
        else:
            full.append((form, page, key))
        return page.status

    assert (report(), phone()) == (201, 302)
    # What fits into the pages that are there already is stored; the first that needs one more is not.
    with (disk / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"\0" * 4096)
    found: dict[str, set[int]] = {"intake": set(), "page": set()}

    def are_refused() -> bool:
        found["intake"].add(report())
        found["page"].add(phone())
        return all(507 in statuses for statuses in found.values())

    wait_for(are_refused, 180)
    assert found["intake"] | found["page"] <= {201, 302, 507}
    form, page, key = full[-1]
    assert "数据库所在磁盘空间已满" in page.text
    assert "web.disk_full" in page.text
    answers = {("key", key), ("staff_at_post", "3"), ("note", "长" * 200)}
    assert answers <= set(clients.hidden(page.text))
    # Nothing of it is stored, and reading goes on.
    rows = city.rows()
    assert key not in rows
    assert (fetch(city.intake, "/healthz")[0], fetch(city.web, "/healthz")[0]) == (200, 200)
    assert fetch(city.web, f"/r/{city.codes[210]}/{rows[by_phone[0]][0]}/")[0] == 200
    (disk / "ballast").unlink()
    assert [form.send_again(page).status for _ in range(2)] == [302, 302]
    by_phone.append(key)
    assert (report(), phone()) == (201, 302)
    rows = city.rows()
    assert {key: rows.get(key) for key in kept} == kept
    assert {key: len(rows.get(key, [])) for key in by_phone} == dict.fromkeys(by_phone, 1)
    assert len(rows) == len(kept) + len(by_phone)
    city.is_sound()
