"""Working groups: the list, one group with its board, and what founds, fills and ends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dongche.desk import group_tasks, groups
from dongche.desk.views import forms as pages
from dongche.kit import clock
from dongche.org import actions
from dongche.org.models import GroupMember, GroupText, WorkingGroup
from dongche.org.queries import GroupMembers, GroupTexts, Rights, WorkingGroups, rights_in
from dongche.org.request import OfficerRequest
from dongche.web import downloads, paging, spreadsheets
from dongche.web.access import duty


def found_one(request: OfficerRequest, number: int) -> WorkingGroup:
    """The group that the officer sees; 404 for any other."""
    group = WorkingGroups.visible_to(request.user).select_related("unit").filter(pk=number).first()
    if group is None:
        raise Http404
    return group


def run_by(request: OfficerRequest, group: WorkingGroup) -> Rights:
    """What the officer may do in a group they run; the refusal that the actions give for any other."""
    rights = rights_in(request.user, group, clock.today())
    if not rights.runs:
        raise actions.GroupNotYours(what=group.name)
    return rights


@duty("org.read")
@require_safe
def listed(request: OfficerRequest) -> HttpResponse:
    """List the working groups of the day, with what is open and overdue in each."""
    on = clock.today()
    seen = WorkingGroups.visible_to(request.user)
    wants_ended = request.GET.get("ended") == "1"
    context = {
        "rows": groups.rows(seen if wants_ended else seen.in_force(on), request.user, on),
        "on": on,
        "wants_ended": wants_ended,
        "may_found": request.user.has_duty("org.groups"),
    }
    return render(request, "desk/groups.html", context)


@duty("org.read")
@require_safe
def group(request: OfficerRequest, number: int) -> HttpResponse:
    """Show a group: its board of tasks, who sits in it, its duties and standards."""
    found, on = found_one(request, number), clock.today()
    show = group_tasks.shown(request.GET.get("show", ""))
    sort = request.GET.get("sort", "due_on")
    sort = sort if sort.lstrip("-") in group_tasks.SORTS else "due_on"
    tabs, total = group_tasks.tabs(found, request.user, on, show)
    page = paging.page(
        group_tasks.filtered(found, request.user, on, show).select_related("owner"),
        sort,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        total=total,
    )
    whole = groups.whole(found, request.user, on)
    has_ended = found.until_on is not None and found.until_on <= on
    context = {
        "whole": whole,
        "keeps": request.GET.get("keep") == "1" and whole.rights.runs and not has_ended,
        "tabs": tabs,
        "show": show,
        "lines": group_tasks.lines(page.rows, on),
        "pager": page.pager,
        "columns": group_tasks.COLUMNS,
        "sort": sort,
        "on": on,
        "has_ended": has_ended,
        "can_audit": request.user.has_duty("org.audit"),
    }
    return render(request, "desk/group.html", context)


@duty("org.read")
@require_safe
def export(request: OfficerRequest, number: int) -> FileResponse:
    """Give the tasks of the board as an Excel file, all pages of it."""
    found, on = found_one(request, number), clock.today()
    tasks = group_tasks.filtered(found, request.user, on, group_tasks.shown(request.GET.get("show", "")))
    rows = group_tasks.export_rows(tasks, on)
    return downloads.sent(
        f"tasks-{found.pk}-{on:%Y%m%d}.xlsx",
        lambda file: spreadsheets.write_rows(file, group_tasks.export_headers(), rows, title=_("Tasks")),
    )


@duty("org.groups")
@require_http_methods(["GET", "HEAD", "POST"])
def found(request: OfficerRequest) -> HttpResponse:
    """Found a working group."""
    form = groups.GroupForm(pages.posted(request), actor=request.user, today=clock.today())
    new: list[WorkingGroup] = []

    def deed() -> None:
        new.append(actions.found_group(**form.cleaned_data, by=request.user, at=clock.now()))

    if pages.done(request, form, deed):
        return redirect("desk:group", number=new[0].pk)
    words = {
        "title": _("Found a working group"),
        "note": _("Then give it members, duties, standards and tasks."),
        "button": _("Found it"),
        "back": reverse("desk:groups"),
    }
    return pages.page(request, form, words)


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: OfficerRequest, number: int) -> HttpResponse:
    """Give a group another name or purpose."""
    found = found_one(request, number)
    run_by(request, found)
    form = groups.ChangeForm(pages.posted(request), initial={"name": found.name, "purpose": found.purpose})

    def deed() -> None:
        actions.change_group(group=found, **form.cleaned_data, by=request.user, at=clock.now())

    words = _words(found, _("Change name or purpose"), button=_("Save"))
    return pages.step(request, form, deed, words=words, told=_("Saved."))


@duty("org.groups")
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: OfficerRequest, number: int) -> HttpResponse:
    """End a group whose tasks are all finished."""
    found = found_one(request, number)
    form = groups.EndForm(pages.posted(request), initial={"until_on": clock.today() + timedelta(days=1)})

    def deed() -> None:
        actions.end_group(group=found, **form.cleaned_data, by=request.user, at=clock.now())

    note = _("Its seats, duties and standards end with it; what it did stays on record.")
    words = _words(found, _("End the group"), note=note, mood="danger")
    return pages.step(request, form, deed, words=words, told=_("The group is ended."))


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def seat(request: OfficerRequest, number: int) -> HttpResponse:
    """Give somebody a seat."""
    found = found_one(request, number)
    run_by(request, found)
    form = groups.SeatForm(pages.posted(request), group=found, actor=request.user, today=clock.today())

    def deed() -> None:
        actions.seat_member(group=found, **form.seat(), by=request.user, at=clock.now())

    note = _(
        "A seat of a post goes with the post: whoever holds it sits in the group, without anybody changing it here."
    )
    words = _words(found, _("Add a member"), note=note)
    return pages.step(request, form, deed, words=words, told=_("The member is added."))


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def end_seat(request: OfficerRequest, number: int) -> HttpResponse:
    """Take a seat away."""
    held = GroupMembers.visible_to(request.user).believed().select_related("group__unit", "officer", "unit")
    row: GroupMember | None = held.filter(pk=number).first()
    if row is None:
        raise Http404
    run_by(request, row.group)
    form = groups.EndForm(pages.posted(request), initial={"until_on": clock.today() + timedelta(days=1)})

    def deed() -> None:
        actions.end_seat(seat=row, **form.cleaned_data, by=request.user, at=clock.now())

    who = row.officer.name if row.officer else f"{row.get_role_display()} · {row.unit}"
    words = _words(row.group, _("End the seat"), note=f"{row.get_part_display()} · {who}", mood="danger")
    return pages.step(request, form, deed, words=words, told=_("The seat is ended."))


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: OfficerRequest, number: int) -> HttpResponse:
    """Lay down a duty or a standard."""
    found = found_one(request, number)
    run_by(request, found)
    form = groups.TextForm(pages.posted(request), today=clock.today(), kind=request.GET.get("kind", ""))

    def deed() -> None:
        actions.write_text(group=found, **form.cleaned_data, by=request.user, at=clock.now())

    words = _words(found, _("Lay down a duty or a standard"), button=_("Lay it down"))
    return pages.step(request, form, deed, words=words, told=_("It is laid down."))


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def reword(request: OfficerRequest, number: int) -> HttpResponse:
    """Put a duty or a standard into other words from a day on."""
    text = _text(request, number)
    form = groups.TextForm(pages.posted(request), today=clock.today(), replaces=text)

    def deed() -> None:
        told = {"kind": text.kind, "replaces": text, **form.cleaned_data}
        actions.write_text(group=text.group, **told, by=request.user, at=clock.now())

    words = _words(text.group, _("Put it into other words"), note=groups.words_of(text), button=_("Save"))
    return pages.step(request, form, deed, words=words, told=_("Saved."))


@duty("org.read")
@require_http_methods(["GET", "HEAD", "POST"])
def end_text(request: OfficerRequest, number: int) -> HttpResponse:
    """End a duty or a standard."""
    text = _text(request, number)
    form = groups.EndForm(pages.posted(request), initial={"until_on": clock.today() + timedelta(days=1)})

    def deed() -> None:
        actions.end_text(text=text, **form.cleaned_data, by=request.user, at=clock.now())

    note = f"{groups.words_of(text)}: {text.text}"
    words = _words(text.group, _("End it"), note=note, mood="danger")
    return pages.step(request, form, deed, words=words, told=_("It is ended."))


def _text(request: OfficerRequest, number: int) -> GroupText:
    held = GroupTexts.visible_to(request.user).in_force(clock.today()).select_related("group__unit")
    text = held.filter(pk=number).first()
    if text is None:
        raise Http404
    run_by(request, text.group)
    return text


def _words(
    group: WorkingGroup, title: str, *, button: str = "", note: str = "", mood: str = ""
) -> dict[str, Any]:
    back = f"{reverse('desk:group', args=[group.pk])}?keep=1#members"
    return {
        "title": title,
        "button": button or title,
        "note": note,
        "mood": mood or "primary",
        "back": back,
        "lead": group.name,
    }
