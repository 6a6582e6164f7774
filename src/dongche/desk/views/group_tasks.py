"""Tasks of working groups: one is given, shown with its history, worked on, and closed step by step."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dongche.desk import group_tasks
from dongche.desk.views import forms as pages
from dongche.desk.views.groups import found_one, run_by
from dongche.kit import clock
from dongche.org import actions
from dongche.org.models import GroupTask
from dongche.org.queries import GroupTasks, rights_in
from dongche.org.request import OfficerRequest
from dongche.web.access import duty


def _task(request: OfficerRequest, number: int) -> GroupTask:
    seen = GroupTasks.visible_to(request.user).select_related("group__unit", "owner", "standard")
    found = seen.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: OfficerRequest, number: int) -> HttpResponse:
    """Give a member of a group a task."""
    group, today = found_one(request, number), clock.today()
    rights = run_by(request, group)
    form = group_tasks.TaskForm(
        pages.posted(request), group=group, actor=request.user, rights=rights, today=today
    )

    def deed() -> None:
        actions.give_task(group=group, **form.cleaned_data, by=request.user, at=clock.now())

    words = {
        "title": _("Give a task"),
        "note": _(
            "It stands among the things to do of its owner, and rises to the leader when it is overdue."
        ),
        "button": _("Give the task"),
        "back": reverse("desk:group", args=[group.pk]),
        "lead": group.name,
    }
    return pages.step(request, form, deed, words=words, told=_("The task is given."))


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: OfficerRequest, number: int) -> HttpResponse:
    """Show a task with its history; what is posted is progress."""
    found, on = _task(request, number), clock.today()
    form = group_tasks.ProgressForm(pages.posted(request), initial={"percent": found.percent})

    def deed() -> None:
        actions.note_progress(task=found, **form.cleaned_data, by=request.user, at=clock.now())

    if pages.done(request, form, deed):
        return pages.on(request, reverse("desk:group-task", args=[number]), _("The progress is noted."))
    rights = rights_in(request.user, found.group, on)
    context = {
        "whole": group_tasks.whole(found, request.user, rights, on),
        "form": form,
        "on": on,
        "can_audit": request.user.has_duty("org.audit"),
    }
    return render(request, "desk/group_task.html", context, status=422 if form.errors else 200)


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: OfficerRequest, number: int, step: str) -> HttpResponse:
    """Report a task as done, confirm or return it, change it, withdraw it."""
    found, about = _task(request, number), group_tasks.STEPS.get(step)
    if about is None:
        raise Http404
    rights = rights_in(request.user, found.group, clock.today())
    form = about.form(pages.posted(request), found, rights)
    words = {
        "title": str(about.title),
        "note": str(about.note),
        "button": str(about.title),
        "mood": about.mood,
        "back": reverse("desk:group-task", args=[number]),
        "lead": f"{found.group.name} · {found.title}",
    }
    return pages.step(
        request,
        form,
        lambda: group_tasks.take(about, found, form, request.user),
        words=words,
        told=str(about.done),
    )
