"""The tasks of a working group as the desk shows them: the board, its Excel list, one task, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk.groups import words_of
from dongche.kit import clock
from dongche.org import actions
from dongche.org.models import GroupTask, GroupText, Officer, TaskEntry, WorkingGroup
from dongche.org.queries import GroupTasks, GroupTexts, Rights, TaskEntries, helpers_of, seated
from dongche.web.components import Column, Tab

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SORTS = ("due_on", "title", "percent")
COLUMNS = (
    Column(_("Task"), "title"),
    Column(_("Task owner")),
    Column(_("Due on"), "due_on"),
    Column(_("Progress"), "percent"),
    Column(_("State")),
)
MOODS = {"open": "info", "returned": "warn", "done": "soon", "confirmed": "good", "withdrawn": "none"}
SHOWS = ("mine", "open", "overdue", "waiting", "done", "all")
CHUNK = 500
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_WORDS = forms.Textarea(attrs={"rows": 3})


@dataclass(frozen=True)
class Line:
    """A task on the board."""

    task: GroupTask
    helpers: Sequence[Officer]
    mood: str
    late: int


def shown(asked: str) -> str:
    return asked if asked in SHOWS else "open"


def filtered(group: WorkingGroup, actor: Any, on: date, show: str) -> GroupTasks:
    """The tasks of a group that one of SHOWS leaves."""
    tasks = GroupTasks.visible_to(actor).filter(group=group)
    match show:
        case "mine":
            return tasks.of(actor).filter(state__in=GroupTask.UNFINISHED)
        case "open":
            return tasks.undone()
        case "overdue":
            return tasks.overdue(on)
        case "waiting":
            return tasks.filter(state="done")
        case "done":
            return tasks.finished()
    return tasks


def tabs(group: WorkingGroup, actor: Any, on: date, show: str) -> tuple[list[Tab], int]:
    """The choices of the board with their counts, and the count of the one that is shown: two queries."""
    undone, done = Q(state__in=GroupTask.UNDONE), Q(state__in=("done", "confirmed"))
    counts = (
        GroupTasks.visible_to(actor)
        .filter(group=group)
        .aggregate(
            open=Count("pk", filter=undone),
            overdue=Count("pk", filter=undone & Q(due_on__lt=on)),
            waiting=Count("pk", filter=Q(state="done")),
            done=Count("pk", filter=done),
            all=Count("pk"),
        )
    )
    counts["mine"] = filtered(group, actor, on, "mine").count()
    labels = {
        "mine": gettext("Mine"),
        "open": gettext("Being worked on"),
        "overdue": gettext("Overdue"),
        "waiting": gettext("To be confirmed"),
        "done": gettext("Done"),
        "all": gettext("All"),
    }
    found = [Tab(labels[name], f"?show={name}#tasks", name == show, counts[name]) for name in SHOWS]
    return found, counts[show]


def lines(tasks: Iterable[GroupTask], on: date) -> list[Line]:
    """The tasks with those who help: one query, however many."""
    tasks = list(tasks)
    helpers = helpers_of([task.pk for task in tasks])
    return [
        Line(
            task,
            helpers[task.pk],
            MOODS[task.state],
            (on - task.due_on).days if task.is_undone and task.due_on < on else 0,
        )
        for task in tasks
    ]


def export_headers() -> list[str]:
    return [
        gettext("Task"), gettext("Why"), gettext("Standard it serves"), gettext("Measure"), gettext("Task owner"),
        gettext("Helpers"), gettext("Due on"), gettext("Per cent done"), gettext("State"), gettext("Days late"),
        gettext("Given"), gettext("Reported as done"), gettext("Closed"),
    ]  # fmt: skip


def export_rows(tasks: GroupTasks, on: date) -> Iterator[list[Any]]:
    """The rows of the Excel list, in chunks: what the board shows, all pages of it."""
    last = 0
    while chunk := list(tasks.filter(pk__gt=last).select_related("owner", "standard").order_by("pk")[:CHUNK]):
        last = chunk[-1].pk
        for line in lines(chunk, on):
            task = line.task
            yield [
                task.title,
                task.why,
                task.standard.text if task.standard else "",
                task.measure,
                task.owner.name if task.owner else "",
                "、".join(helper.name for helper in line.helpers),
                task.due_on,
                task.percent,
                str(task.get_state_display()),
                line.late or None,
                task.opened_at,
                task.done_at,
                task.closed_at,
            ]


@dataclass(frozen=True)
class Whole:
    """One task with its history, the newest line first, and what the reader may do next."""

    line: Line
    entries: Sequence[TaskEntry]
    steps: Sequence[tuple[str, Step]]
    may_note: bool


def whole(task: GroupTask, actor: Any, rights: Rights, on: date) -> Whole:
    """Everything the page of a task shows: two queries more than the task."""
    (line,) = lines([task], on)
    entries = TaskEntries.visible_to(actor).filter(task=task).select_related("by").order_by("-pk")
    helpers = [helper.pk for helper in line.helpers]
    steps = [(name, step) for name, step in STEPS.items() if step.offered(rights, task)]
    may_note = task.is_undone and rights.works(task, helpers)
    return Whole(line, list(entries), steps, may_note)


class _Members(forms.Form):
    """Fields that choose among the members of the group: the owner of a task and who helps."""

    owner = forms.ChoiceField(label=_("Task owner"))
    helpers = forms.MultipleChoiceField(
        label=_("Helpers"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, *, rights: Rights, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.members = {officer.username: officer for officer in seated(rights.seats).values()}
        choices = [(name, officer.name) for name, officer in self.members.items()]
        cast(forms.ChoiceField, self.fields["owner"]).choices = [("", "—"), *choices]
        cast(forms.MultipleChoiceField, self.fields["helpers"]).choices = choices

    def clean_owner(self) -> Officer:
        return self.members[self.cleaned_data["owner"]]

    def clean_helpers(self) -> list[Officer]:
        return [self.members[name] for name in self.cleaned_data["helpers"]]


class TaskForm(_Members):
    """A new task."""

    title = forms.CharField(label=_("Task"), max_length=80)
    why = forms.CharField(label=_("Why"), max_length=300, required=False, widget=_WORDS)
    standard = forms.ChoiceField(label=_("Standard it serves"), required=False)
    measure = forms.CharField(label=_("Measure"), max_length=300, required=False, widget=_WORDS)
    due_on = forms.DateField(label=_("Due on"), widget=_DAY)
    field_order = ("title", "why", "standard", "measure", "owner", "helpers", "due_on")

    def __init__(
        self, data: Any, *, group: WorkingGroup, actor: Officer, rights: Rights, today: date
    ) -> None:
        super().__init__(data, rights=rights, initial={})
        held = GroupTexts.visible_to(actor).in_force(today).filter(group=group, kind="standard")
        self.standards = {str(text.pk): text for text in held.order_by("number")}
        choices = [(pk, f"{words_of(text)} · {text.text[:60]}") for pk, text in self.standards.items()]
        cast(forms.ChoiceField, self.fields["standard"]).choices = [("", "—"), *choices]

    def clean_standard(self) -> GroupText | None:
        return self.standards.get(self.cleaned_data["standard"])


class ProgressForm(forms.Form):
    """What was done, and how far the task is."""

    percent = forms.IntegerField(label=_("Per cent done"), min_value=0, max_value=100)
    note = forms.CharField(label=_("What was done"), max_length=400, widget=_WORDS)


class NoteForm(forms.Form):
    """What is said with a step."""

    note = forms.CharField(label=_("What was done"), max_length=400, widget=_WORDS)


class WordForm(forms.Form):
    """A word with a confirmation."""

    note = forms.CharField(label=_("Remark"), max_length=400, required=False, widget=_WORDS)


class ReturnForm(forms.Form):
    """What is missing, and until when."""

    note = forms.CharField(label=_("What is missing"), max_length=400, widget=_WORDS)
    due_on = forms.DateField(
        label=_("Due on"), required=False, widget=_DAY, help_text=_("Left empty, the day stays as it is.")
    )


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=_WORDS)


class TaskChangeForm(_Members):
    """Another owner, other helpers, another day."""

    due_on = forms.DateField(label=_("Due on"), widget=_DAY)
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=_WORDS)

    def __init__(self, data: Any, *, task: GroupTask, rights: Rights) -> None:
        initial = {
            "owner": task.owner.username if task.owner else "",
            "helpers": [helper.username for helper in task.helpers.all()],
            "due_on": task.due_on,
        }
        super().__init__(data, rights=rights, initial=initial)


@dataclass(frozen=True)
class Step:
    """Something that can be done with a task: whether it is offered, its form and its action."""

    title: StrOrPromise
    note: StrOrPromise
    done: StrOrPromise
    icon: str
    offered: Callable[[Rights, GroupTask], bool]
    form: Callable[[Any, GroupTask, Rights], forms.Form]
    action: Callable[..., Any]
    mood: str = "primary"
    is_main: bool = False


def _undone_of_owner(rights: Rights, task: GroupTask) -> bool:
    return task.is_undone and rights.owns(task)


def _to_confirm(rights: Rights, task: GroupTask) -> bool:
    return task.state == GroupTask.State.DONE and rights.confirms(task)


def _undone_of_group(rights: Rights, task: GroupTask) -> bool:
    return task.is_undone and rights.runs


def _unfinished_of_group(rights: Rights, task: GroupTask) -> bool:
    return task.state in GroupTask.UNFINISHED and rights.runs


STEPS: dict[str, Step] = {
    "finish": Step(
        _("Report as done"),
        _("The leader of the group is told, and confirms it or returns it."),
        _("Reported as done; the leader is told."),
        "check",
        _undone_of_owner,
        lambda data, task, rights: NoteForm(data),
        actions.finish_task,
        is_main=True,
    ),
    "confirm": Step(
        _("Confirm"),
        _("With it the task is closed."),
        _("Confirmed; the task is closed."),
        "check",
        _to_confirm,
        lambda data, task, rights: WordForm(data),
        actions.confirm_task,
        is_main=True,
    ),
    "return": Step(
        _("Return it"),
        _("The task goes back to its owner with what is missing."),
        _("Returned to its owner."),
        "arrow-down",
        _to_confirm,
        lambda data, task, rights: ReturnForm(data),
        actions.return_task,
        "danger",
    ),
    "change": Step(
        _("Change the task"),
        _("Another owner, other helpers or another day; the history keeps why."),
        _("The task is changed."),
        "edit",
        _undone_of_group,
        lambda data, task, rights: TaskChangeForm(data, task=task, rights=rights),
        actions.change_task,
    ),
    "withdraw": Step(
        _("Withdraw the task"),
        _("It need not be done any more; its history stays."),
        _("The task is withdrawn."),
        "x",
        _unfinished_of_group,
        lambda data, task, rights: WhyForm(data),
        actions.withdraw_task,
        "danger",
    ),
}


def take(step: Step, task: GroupTask, form: forms.Form, by: Officer) -> None:
    """This function will do one step with what its form was given."""
    step.action(task=task, **form.cleaned_data, by=by, at=clock.now())
