"""Two processes of the intake on one PostgreSQL: the same keys to both at once, and what each counts for itself."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests.operations.conftest import Instance, copied, fetch, free_port, on_postgres, wait_for
from tests.operations.test_intake import PLACES, City, children

COUNT = 90
Told = tuple[int, dict[str, Any]]


@dataclass
class Line:
    """A connection that stays open, so everything sent on it goes to the same process."""

    connection: http.client.HTTPConnection

    def send(self, body: Any) -> Told:
        said = {"Content-Type": "application/json", "Accept-Language": "en"}
        self.connection.request("POST", "/intake/", json.dumps(body).encode(), said)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def state(self) -> dict[str, Any]:
        self.connection.request("GET", "/readyz")
        found: dict[str, Any] = json.loads(self.connection.getresponse().read())
        return found


def process_behind(connection: http.client.HTTPConnection, processes: Sequence[int]) -> int | None:
    """Which of some processes holds the other end of a connection, by the kernel's tables."""
    ours, theirs = connection.sock.getsockname()[1], connection.sock.getpeername()[1]
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inode = next(
        row[9] for row in sockets if row[1].endswith(f":{theirs:04X}") and row[2].endswith(f":{ours:04X}")
    )
    for pid in processes:
        for held in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if os.readlink(held) == f"socket:[{inode}]":
                    return pid
    return None


@pytest.fixture(scope="module")
def both(
    founded: Instance, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[City, tuple[Line, Line]]]:
    """A city with an intake of two processes, and a line to each of them."""
    with ExitStack() as stack:
        instance = stack.enter_context(copied(founded, tmp_path_factory.mktemp("both") / "data"))
        codes = instance.python(PLACES.format(count=COUNT)).split()
        today = instance.python("from dongche.kit import clock; print(clock.today())")
        port = free_port()
        process = instance.start("intake", "--port", str(port), "--workers", "2")
        wait_for(lambda: fetch(port, "/healthz")[0] == 200, 60)
        wait_for(lambda: len(children(process.pid)) == 2, 60)
        found: dict[int, Line] = {}

        def is_held_by_another() -> bool:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
            stack.callback(connection.close)
            line = Line(connection)
            line.state()
            pid = process_behind(connection, children(process.pid))
            if pid is not None:
                found.setdefault(pid, line)
            return len(found) == 2

        wait_for(is_held_by_another, 60)
        first, second = found.values()
        yield City(instance, None, codes, 0, port, today), (first, second)


def at_once(lines: Sequence[Line], bodies: Sequence[Any]) -> list[Told]:
    """What each process answers to its body, sent at the same moment."""
    start = Barrier(len(lines))

    def sent(line: Line, body: Any) -> Told:
        start.wait(30)
        return line.send(body)

    with ThreadPoolExecutor(len(lines)) as threads:
        return list(threads.map(sent, lines, bodies))


@pytest.mark.postgres
def test_a_key_sent_to_both_at_once_is_one_report(both: tuple[City, tuple[Line, Line]]) -> None:
    city, lines = both
    numbers: dict[str, int] = {}
    for code in city.codes[:25]:
        one = city.report(code)
        told = at_once(lines, (one, one))
        assert sorted(status for status, _ in told) == [200, 201], told
        assert len({answer["number"] for _, answer in told}) == 1
        numbers[one["key"]] = told[0][1]["number"]
    # Long lists in opposite order: neither waits for ever for what the other one holds.
    many = [city.report(code) for code in city.codes[25:85]]
    there, back = at_once(lines, (many, many[::-1]))
    assert (there[0], back[0]) == (200, 200)
    pairs = list(zip(many, there[1]["reports"], back[1]["reports"][::-1], strict=True))
    assert {tuple(sorted((one["status"], other["status"]))) for _, one, other in pairs} == {(200, 201)}
    for sent, one, other in pairs:
        assert one["number"] == other["number"]
        numbers[sent["key"]] = one["number"]
    assert city.rows() == {key: [number] for key, number in numbers.items()}
    # Both have stored, and together each report once.
    stored = [line.state()["stored"] for line in lines]
    assert (sum(stored), min(stored) > 0) == (len(numbers), True), stored
    city.is_sound()


@pytest.mark.postgres
def test_each_process_counts_the_reports_of_a_code_for_itself(both: tuple[City, tuple[Line, Line]]) -> None:
    city, (first, second) = both
    code = city.codes[-1]
    many = [city.report(code, staff_at_post=n % 90 + 1) for n in range(31)]
    status, told = first.send(many)
    assert (status, [one["status"] for one in told["reports"]]) == (200, [201] * 30 + [429])
    assert second.send(many[30])[0] == 201
    # A retry is known to whoever acknowledged it, and found in the database by the other.
    assert [line.send(many[0])[0] for line in (first, second)] == [200, 200]


@pytest.mark.any_database
def test_more_than_one_process_is_refused_on_sqlite(founded: Instance, tmp_path: Path) -> None:
    instance = Instance(tmp_path / "data", {})
    assert instance.dongche("init", "--subdistrict", "370203026", "--name", "阜新路街道").code == 0
    answer = instance.dongche("intake", "--port", str(free_port()), "--workers", "2")
    assert (answer.code, answer.out) == (1, "")
    assert "--workers 2 needs PostgreSQL" in answer.err
    assert "cli.one_writer" in answer.err
    assert not on_postgres() or (instance.folder / "dongche.sqlite3").exists()
