"""The daily table: what is due when, and once a day only."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection
from django.utils.module_loading import import_string
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from dongche.cli.schedule import TABLE
from dongche.kit.clock import BEIJING
from dongche.operations import schedule
from dongche.operations.schedule import Daily
from tests.house.source import ROOT

ONCE = "tests.operations.tasks.once"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def test_what_is_due_follows_the_time_of_day_in_beijing():
    table = (
        Daily("18:00", ONCE, "late"),
        Daily("06:30", ONCE, "early"),
        Daily("00:00", ONCE, "never", only_if=lambda: False),
    )
    for moment, expected in (
        ("2020-03-20T06:29:59", []),
        ("2020-03-20T06:30:00", ["early"]),
        ("2020-03-20T23:59:59", ["early", "late"]),
        ("2020-03-21T00:00:00", []),
    ):
        assert [line.about for line in schedule.due(table, at(moment))] == expected


def test_every_line_of_the_table_names_a_task_that_takes_a_day():
    for line in TABLE:
        task = import_string(line.path)
        assert isinstance(task, Task), line.path
        assert task.module_path == line.path
        assert list(task.func.__annotations__) == ["on", "return"], line.path
        assert line.time
        assert line.about
    assert len({line.path for line in TABLE}) == len(TABLE)


@pytest.mark.django_db
def test_a_day_is_begun_once_and_every_day_anew():
    table = (Daily("06:00", ONCE, "test"),)
    assert schedule.enqueue_due(table, at("2020-03-20T06:00")) == [ONCE]
    assert schedule.enqueue_due(table, at("2020-03-20T23:00")) == []
    DBTaskResult.objects.update(status="SUCCESSFUL")
    assert schedule.enqueue_due(table, at("2020-03-20T23:30")) == []
    assert schedule.enqueue_due(table, at("2020-03-21T05:00")) == []
    assert schedule.enqueue_due(table, at("2020-03-21T09:00")) == [ONCE]
    days = DBTaskResult.objects.order_by("enqueued_at").values_list("args_kwargs", flat=True)
    assert [day["args"] for day in days] == [["2020-03-20"], ["2020-03-21"]]


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_the_same_moment_begin_it_once():
    table = tuple(Daily("06:00", path, "test") for path in (ONCE, "dongche.operations.tasks.sweep"))

    def look(_: int) -> list[str]:
        try:
            return schedule.enqueue_due(table, at("2020-03-20T12:00"))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        begun = [path for found in pool.map(look, range(16)) for path in found]
    assert sorted(begun) == sorted(line.path for line in table)
    assert DBTaskResult.objects.count() == 2


@pytest.mark.django_db
def test_the_work_of_the_table_can_be_done_twice(town, settings, tmp_path):
    settings.BACKUP_DIR, settings.BACKUP_KEEP = str(tmp_path), 1
    for line in TABLE:
        for _ in range(2):
            import_string(line.path).call("2020-03-20")
    assert len(list(tmp_path.iterdir())) == 1


def test_the_table_is_documented():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| (\d\d:\d\d) \| `([\w.]+)` \|", page, flags=re.M)
    assert written == [(line.at, line.path.removeprefix("dongche.")) for line in TABLE]
    assert sorted(written) == written
