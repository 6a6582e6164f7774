"""Work after the response: a task knows which request asked for it, so that one id leads from the click to its end."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import django_tasks

from dongche.kit import origin


def task(function: Callable[..., Any]) -> Any:
    """Make a function a background task, to be handed over by `enqueue`. What it gives is kept with the task."""

    @functools.wraps(function)
    def run(*arguments: Any, request_id: str = "", **named: Any) -> Any:
        room = function.__module__.split(".")[1]
        came = origin.Origin("task", f"{room}.{function.__name__}", request_id or origin.new_request_id())
        with origin.coming_from(came):
            return function(*arguments, **named)

    return django_tasks.task()(run)


def enqueue(task: Any, *arguments: Any) -> Any:
    """Hand a task over to be run soon, with the id of the request that is being answered."""
    return task.enqueue(*arguments, request_id=origin.current().request_id)
