"""A task carries on the id of the request that asked for it."""

from __future__ import annotations

from dongche.kit import origin
from dongche.web.background import enqueue, task

seen: list[tuple[int, origin.Origin]] = []


def note(number: int) -> None:
    seen.append((number, origin.current()))


note.__module__ = "dongche.web.background"
note_task = task(note)


def test_a_task_carries_on_the_request_id():
    seen.clear()
    with origin.coming_from(origin.Origin("web", "192.0.2.9", "a" * 32)):
        note_task.func(1, request_id=origin.current().request_id)
        assert origin.current().way == "web"
    note_task.func(2)
    assert seen[0] == (1, origin.Origin("task", "web.note", "a" * 32))
    assert (seen[1][0], str(seen[1][1]), len(seen[1][1].request_id)) == (2, "task web.note", 32)


def test_enqueue_hands_the_id_over():
    class Kept:
        def enqueue(self, *arguments, **named):
            return arguments, named

    with origin.coming_from(origin.Origin("web", "192.0.2.9", "b" * 32)):
        assert enqueue(Kept(), 7, None) == ((7, None), {"request_id": "b" * 32})
