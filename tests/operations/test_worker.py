"""Workers in processes of their own: killed, stopped, several at a time."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from dongche.operations import presence, worker
from tests.operations.conftest import Instance, lines, wait_for

ENQUEUE = "from tests.operations.tasks import wait; wait.enqueue({!r})"
STATES = (
    "from django_tasks_db.models import DBTaskResult as T\n"
    "print(*T.objects.filter(task_path__endswith='.wait').values_list('status', flat=True))"
)


def test_a_task_whose_worker_was_killed_is_taken_up_again(instance: Instance, tmp_path: Path):
    instance.python(ENQUEUE.format(str(tmp_path)))
    first = instance.start("worker")
    wait_for(lambda: lines(tmp_path / "begun") == 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    instance.start("worker")
    wait_for(lambda: lines(tmp_path / "begun") == 2)
    (tmp_path / "go").touch()
    wait_for(lambda: instance.python(STATES) == "SUCCESSFUL")
    assert lines(tmp_path / "done") == 1
    assert "operations.task.taken_up" in (instance.folder / "log").read_text()


def test_a_worker_that_is_asked_to_stop_finishes_its_task(instance: Instance, tmp_path: Path):
    for _ in range(2):
        instance.python(ENQUEUE.format(str(tmp_path)))
    running = instance.start("worker")
    wait_for(lambda: lines(tmp_path / "begun") == 1)
    running.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(0.5)
    (tmp_path / "go").touch()
    assert running.wait(20) == 0
    assert sorted(instance.python(STATES).split()) == ["READY", "SUCCESSFUL"]
    assert lines(tmp_path / "done") == 1
    assert not list((instance.folder / "workers").glob("*.*"))


def test_two_workers_do_each_thing_once(instance: Instance, tmp_path: Path):
    (tmp_path / "go").touch()
    program = "from tests.operations.tasks import wait\nfor _ in range(12): wait.enqueue({!r})"
    instance.python(program.format(str(tmp_path)))
    both = [instance.start("worker", "--until-idle") for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert lines(tmp_path / "done") == 12
    daily = (
        "from django_tasks_db.models import DBTaskResult as T\n"
        "print(*T.objects.exclude(task_path__endswith='.wait').values_list('task_path', 'status'))"
    )
    done = instance.python(daily)
    assert done.count("FAILED") == 0
    assert done.count("keep_brief") <= 1


@pytest.mark.django_db
def test_what_is_killed_again_and_again_is_given_up(settings, tmp_path: Path):
    settings.DATA = tmp_path
    dead = f"{presence.folder_name()}.dead"
    rows = [
        DBTaskResult(
            task_path="a.b", backend_name="default", args_kwargs={}, status="RUNNING", worker_ids=workers
        )
        for workers in ([dead], [dead] * worker.MOST_TRIES, ["elsewhere.1"])
    ]
    for row in rows:
        row.save()
    assert worker.take_up() == 2
    states = {row.pk: row.status for row in DBTaskResult.objects.all()}
    assert [states[row.pk] for row in rows] == ["READY", "FAILED", "RUNNING"]
    assert "WorkerKilled" in DBTaskResult.objects.get(pk=rows[1].pk).exception_class_path
    assert worker.take_up() == 0


def test_a_living_worker_is_known_from_a_dead_one(settings, tmp_path: Path):
    settings.DATA = tmp_path
    with presence.present() as name:
        assert presence.is_alive(name)
        assert [one.worker for one in presence.living()] == [name]
        with presence.present():
            assert len(presence.living()) == 2
    assert not presence.is_alive(name)
    (tmp_path / "workers" / name).write_text("{}")  # as a killed process leaves it
    assert not presence.is_alive(name)
    assert presence.living() == []
    assert not (tmp_path / "workers" / name).exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_waited_for(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings.DATA = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
    monkeypatch.setattr(worker, "LOST_FOR", 0.0)
    told = iter([OperationalError("gone"), OperationalError("gone"), None])

    def take_up(mine: str = "") -> int:
        problem = next(told)
        if problem:
            raise problem
        return 0

    monkeypatch.setattr(worker, "take_up", take_up)
    worker._Worker("a.b", until_idle=True).run()
    assert next(told, "asked three times") == "asked three times"
