"""Closing a thing to do; where it stands for a task of a working group, the task moves with it."""

from __future__ import annotations

from datetime import datetime

from dongche.org.actions.group_tasks import CONFIRM, TASK, confirm_task, finish_task
from dongche.org.actions.work import WorkClosed, _shut
from dongche.org.audit import Actor, action
from dongche.org.models import GroupTask, WorkItem


@action("org.close_work")
def close_work(*, item: WorkItem, outcome: str, by: Actor, at: datetime) -> WorkItem:
    """Close a thing to do, saying how it ended. A task of a working group is reported as done, or confirmed, with it.

    Raises: WorkClosed, and what `finish_task` and `confirm_task` refuse
    """
    item = WorkItem.objects.get(pk=item.pk)
    if item.closed_at is not None:
        raise WorkClosed(closed_at=item.closed_at, outcome=item.outcome)
    if item.kind not in (TASK, CONFIRM):
        return _shut(item, outcome, by, at)
    task = GroupTask.objects.get(pk=item.data["task"])
    (finish_task if item.kind == TASK else confirm_task)(task=task, note=outcome, by=by, at=at)
    item.refresh_from_db()
    return item
