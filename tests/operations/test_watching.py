"""Health, readiness and figures, and who may read them."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django_tasks_db.models import DBTaskResult
from prometheus_client.parser import text_string_to_metric_families

from dongche.kit import clock
from dongche.operations import counting, health, presence
from tests.factories.registry import place
from tests.operations.clients import report
from tests.operations.conftest import Instance, fetch, start_serving
from tests.town import Town

TOKEN = "a-token-for-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float | None:
    return samples(text).get((name, tuple(sorted(labels.items()))))


@pytest.mark.django_db
def test_alive_is_said_only_while_the_database_answers(client: Client, monkeypatch: pytest.MonkeyPatch):
    assert client.get("/healthz").content == b"ok\n"
    assert client.post("/healthz").status_code == 405

    def broken(*args: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", broken)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"database away\n")


@pytest.mark.django_db
def test_readiness_names_what_is_missing(
    client: Client, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings.DATA, settings.TASKS_IMMEDIATE = tmp_path, False
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "database": True,
        "migrated": True,
        "worker": False,
        "disk": True,
    }
    with presence.present():
        assert client.get("/readyz").json()["ready"] is True
    monkeypatch.setattr(health, "LEAST_FREE", shutil.disk_usage(tmp_path).total)
    assert client.get("/readyz").json()["disk"] is False


@pytest.mark.django_db
def test_figures_are_for_holders_of_the_token(client: Client, settings):
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
    assert client.get("/metrics", headers=BEARER).status_code == 200


@pytest.mark.django_db
def test_figures_say_what_happens_and_nothing_about_people(client: Client, settings, town: Town):
    settings.METRICS_TOKEN = TOKEN
    shop = place(town.grid_n1, name="机密面馆")
    client.get(f"/r/{shop.code}/")
    client.get("/desk/places/?q=机密面馆")
    client.get(f"/nowhere/{shop.code}")
    for number, status in enumerate(("READY", "FAILED", "FAILED")):
        DBTaskResult.objects.create(
            task_path="a.b", backend_name="default", args_kwargs={}, status=status, worker_ids=[str(number)]
        )
    text = client.get("/metrics", headers=BEARER).content.decode()
    route = {"route": "reporting:report", "method": "GET", "status": "200"}
    assert value(text, "dongche_request_seconds_count", **route) >= 1
    assert value(text, "dongche_database_queries_total", route="reporting:report") >= 1
    assert value(text, "dongche_database_seconds_total", route="reporting:report") > 0
    assert value(text, "dongche_tasks", state="failed") == 2
    assert value(text, "dongche_tasks", state="ready") == 1
    assert value(text, "dongche_task_waiting_seconds") >= 0
    assert value(text, "dongche_reports_today") == 0
    assert value(text, "dongche_build_info", version="0.1.0", database=connection.vendor) == 1
    assert not re.search(f"{shop.code}|机密|q=|127\\.0\\.0", text)


@pytest.mark.any_database
def test_two_server_processes_count_as_one(instance: Instance):
    made = "from tests.town import build\nfrom tests.factories.registry import place\nprint(place(build().grid_n1).code)"
    code = instance.python(made)
    port = start_serving(instance, DONGCHE_METRICS_TOKEN=TOKEN)
    answered = 40
    for number in range(answered):
        assert fetch(port, f"/r/{code}/")[0] == 200, number
    statuses = [report(port, code, staff_at_post=str(number + 1)) for number in range(3)]
    assert statuses == [302, 302, 302]
    for _ in range(5):  # whichever of the processes answers
        text = fetch(port, "/metrics", BEARER)[1]
        route = {"route": "reporting:report", "status": "200", "method": "GET"}
        assert value(text, "dongche_request_seconds_count", **route) == answered + 3
        assert value(text, "dongche_reports_today") == 3
        assert value(text, "dongche_workers") == 1
    place = counting.MEMORY if os.access(counting.MEMORY, os.W_OK) else instance.folder / "metrics"
    counters = list(place.glob(f"dongche-metrics-{instance.running[-1].pid}-*/counter_*.db"))
    assert len(counters) == 2, "both processes should have answered"
    status, said = fetch(port, "/readyz")
    assert (status, json.loads(said)["ready"]) == (200, True)


def test_real_time_is_not_that_of_the_demonstration():
    assert abs((clock.real() - clock.now()).total_seconds()) < 60
