"""Figures of the running system for Prometheus. No label ever holds a person, a place, an address or a code.

Each server process counts for itself in files of PROMETHEUS_MULTIPROC_DIR, which `dongche serve` makes; whichever is
asked adds up all of them. What the database knows (tasks, reports) is asked from it when somebody looks.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric

from dongche.kit import clock
from dongche.operations import presence, program
from dongche.operations.backup import take
from dongche.operations.counting import FILES
from dongche.reporting.queries import Reports
from dongche.web.logs import route_of

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
AUDIT_CHECK = "dongche.org.tasks.verify_audit"
STATES = ("READY", "RUNNING", "FAILED", "SUCCESSFUL")

_here = CollectorRegistry()
REQUESTS = Histogram(
    "dongche_request_seconds",
    "Time to answer, by name of the route, method and status.",
    ("route", "method", "status"),
    buckets=BUCKETS,
    registry=_here,
)
DATABASE_SECONDS = Counter(
    "dongche_database_seconds", "Time spent waiting for the database.", ("route",), registry=_here
)
DATABASE_QUERIES = Counter(
    "dongche_database_queries", "Queries sent to the database.", ("route",), registry=_here
)


class _Stopwatch:
    """Adds up what one request waits for the database."""

    def __init__(self) -> None:
        self.seconds, self.queries = 0.0, 0

    def __call__(
        self, execute: Callable[..., Any], statement: Any, parameters: Any, many: bool, context: Any
    ) -> Any:
        begun = perf_counter()
        try:
            return execute(statement, parameters, many, context)
        finally:
            self.seconds += perf_counter() - begun
            self.queries += 1


class MeasuringMiddleware:
    """Times every request and its queries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        watch, begun = _Stopwatch(), perf_counter()
        with connection.execute_wrapper(watch):
            response = self.get_response(request)
        route = route_of(request)
        if route == "-" and request.path_info.startswith(settings.STATIC_URL):
            route = "static"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, str(response.status_code)).observe(perf_counter() - begun)
        DATABASE_SECONDS.labels(route).inc(watch.seconds)
        DATABASE_QUERIES.labels(route).inc(watch.queries)
        return response


def exposition() -> bytes:
    """Everything, in the text form of Prometheus."""
    registry = CollectorRegistry()
    if os.environ.get(FILES):
        multiprocess.MultiProcessCollector(registry)
    else:
        registry = _here
    return bytes(generate_latest(registry)) + bytes(generate_latest(_Known()))


class _Known:
    """What is true at the moment of asking, whichever process is asked."""

    def collect(self) -> Iterator[Metric]:
        about = GaugeMetricFamily(
            "dongche_build_info", "The program that runs.", labels=("version", "database")
        )
        about.add_metric((program.version(), connection.vendor), 1)
        yield about
        yield _one("dongche_workers", "Background workers alive on this data folder.", len(presence.living()))
        disk = shutil.disk_usage(settings.DATA)
        yield _one("dongche_disk_free_bytes", "Room left where the data folder is.", disk.free)
        backup = take.last()
        if backup is not None:
            yield _one("dongche_backup_age_seconds", "Since the last backup was taken.", _age(backup))
        with suppress(DatabaseError):
            yield from self._rows()

    def _rows(self) -> Iterator[Metric]:
        counted = dict(DBTaskResult.objects.order_by().values_list("status").annotate(count=Count("pk")))
        tasks = GaugeMetricFamily("dongche_tasks", "Background tasks by state.", labels=("state",))
        for state in STATES:
            tasks.add_metric((state.lower(),), counted.get(state, 0))
        yield tasks
        oldest = DBTaskResult.objects.ready().order_by().aggregate(at=Min("enqueued_at"))["at"]
        yield _one(
            "dongche_task_waiting_seconds",
            "How long the oldest task has waited.",
            _age(oldest) if oldest else 0,
        )
        yield from _audit()
        today = Reports.unscoped(reason="a count of rows for whoever watches the system").filter(
            on=clock.today()
        )
        yield _one(
            "dongche_reports_today",
            "Reports for the present day, corrections included.",
            today.count(),
        )


def _audit() -> Iterator[Metric]:
    """What the last daily check of the audit log found; nothing before there was one."""
    checked = DBTaskResult.objects.successful().filter(task_path=AUDIT_CHECK).order_by("-finished_at").first()
    if checked is None or not isinstance(checked.return_value, dict):
        return
    found = checked.return_value
    yield _one(
        "dongche_audit_holds",
        "1 when the last check found the audit log whole, 0 when broken.",
        found["holds"],
    )
    yield _one("dongche_audit_breaks", "Breaks of the audit log that were sealed off.", found["breaks"])
    yield _one(
        "dongche_audit_check_age_seconds", "Since the audit log was checked.", _age(checked.finished_at)
    )


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)


def _age(instant: datetime) -> float:
    return max((clock.real() - instant).total_seconds(), 0.0)
