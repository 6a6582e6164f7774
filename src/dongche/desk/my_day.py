"""My day: what an officer has to do today, by the posts they hold or act in (S17–S20, S48)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dongche.desk import groups
from dongche.desk.links import list_url
from dongche.desk.proof import gap_url
from dongche.org import actions
from dongche.org.models import GroupTask, Leave, Officer, Post, WorkItem
from dongche.org.queries import GroupTasks, Leaves, WorkItems, scope_of
from dongche.org.roles import ROLES, PostRole
from dongche.org.tasks import AUDIT_BROKEN
from dongche.org.words import WORK_WORDS, gap_in_words
from dongche.registry.actions.assigning import NOT_CARRIED_OUT
from dongche.registry.actions.coverage import GAP
from dongche.registry.models import Entity
from dongche.registry.queries import PlaceDuties, Places
from dongche.registry.retaining import ERASURE_DUE
from dongche.registry.roster.labels import DATA_CLASSES
from dongche.reporting import figures
from dongche.reporting import queries as reporting
from dongche.reporting.actions import DOUBTED, SILENT
from dongche.reporting.checking import TAKEN

FIRST = 12
# What the things to do of working groups say.
TASK_WORDS = {
    actions.TASK: _("Task: %(task)s"),
    actions.CONFIRM: _("To confirm: %(task)s"),
    actions.OVERDUE: _("Overdue in your group: %(task)s"),
}
# What the day is broken down by, for the highest of one's posts.
BY_POST = (
    (PostRole.SUPERIOR_OFFICER, "subdistrict"),
    (PostRole.HEADQUARTERS, "line"),
    (PostRole.ADMINISTRATOR, "line"),
    (PostRole.DIVISION_LEADER, "community"),
    (PostRole.DEPARTMENT_HEAD, "community"),
    (PostRole.DEPARTMENT_OFFICER, "community"),
    (PostRole.COMMUNITY_SECRETARY, "grid"),
    (PostRole.COMMITTEE_MEMBER, "grid"),
    (PostRole.COMMUNITY_OFFICER, "grid"),
)


@dataclass(frozen=True)
class Held:
    """A post of the day; `instead_of` whom one acts for."""

    post: Post
    duty: str
    instead_of: Officer | None


@dataclass(frozen=True)
class Todo:
    text: str
    note: str
    url: str
    is_late: bool
    item: WorkItem


@dataclass(frozen=True)
class Share:
    """One row of the breakdown. Rates in per cent, None when nothing is expected there."""

    label: str
    places: int
    resumed: Decimal | None
    reported: Decimal | None
    missing: int
    url: str
    missing_url: str


@dataclass(frozen=True)
class Ask:
    """A place that has not reported."""

    place: Entity
    url: str
    report_url: str


@dataclass(frozen=True)
class MyDay:
    held: Sequence[Held]
    work: Sequence[Todo]
    places: int
    missing: int
    resumed: Decimal | None
    shares: Sequence[Share]
    by: str
    asks: Sequence[Ask]
    named: Sequence[Ask]
    firms: Sequence[Ask]
    away: Sequence[Leave]
    groups: Sequence[groups.Row]


def build(actor: Officer, on: date) -> MyDay:
    """This function will gather an officer's day.

    Shape: a fixed number of queries beside those of the figures
    Empty: an officer without a post has an empty day, and the page says whom to ask
    """
    held = [
        Held(post, str(ROLES[post.role].duty), None if officer == actor else officer)
        for officer in (actor, *actor.represented_on(on))
        for post in officer.posts_on(on)
    ]
    roles = {one.post.role for one in held}
    by = next((dimension for role, dimension in BY_POST if role in roles), "")
    now = {
        (figure.metric, tuple(figure.scope.values())): figure
        for figure in figures.measure(
            actor, days=(on,), by=((), (by,)) if by else ((),), metrics=("resumption_rate", "reporting_rate")
        )
    }
    total, told = now.get(("resumption_rate", ())), now.get(("reporting_rate", ()))
    expected, reported = _parts(told)
    missing = reporting.not_reported(Places.counted_for(actor, on), on).order_by("number")
    named = reporting.not_reported(Places.visible_to(actor).named_to(actor), on).order_by("number")
    may_record = actor.has_duty("reporting.record")
    return MyDay(
        held=held,
        work=_work(actor, on),
        places=expected,
        missing=expected - reported,
        resumed=total.value if total else None,
        shares=_shares(now, by),
        by=by,
        asks=[_ask(place, may_record) for place in missing[:FIRST]],
        named=[_ask(place, may_record) for place in named[:FIRST]],
        firms=_firms(actor, on, may_record),
        away=list(
            Leaves.visible_to(actor)
            .in_force(on)
            .exclude(officer=actor)
            .select_related("officer", "substitute")
            .order_by("officer__username")[:FIRST]
        ),
        groups=groups.own(actor, on),
    )


def _parts(figure: Any) -> tuple[int, int]:
    if figure is None:
        return 0, 0
    return int(figure.denominator or 0), int(figure.numerator or 0)


def _work(actor: Officer, on: date) -> list[Todo]:
    items = WorkItems.visible_to(actor).open().filter(officer__in=scope_of(actor).officers)
    found = list(items.select_related("unit").order_by("due_on", "id")[:FIRST])
    tasks = (
        GroupTasks.visible_to(actor)
        .select_related("group")
        .in_bulk([item.data["task"] for item in found if item.kind in TASK_WORDS])
    )
    return [_todo(item, on, tasks) for item in found]


def _todo(item: WorkItem, on: date, tasks: Mapping[int, GroupTask]) -> Todo:
    is_late = item.due_on is not None and item.due_on < on
    unit = item.unit.name if item.unit else ""
    if item.kind == GAP:
        text = gap_in_words(item.data["role"], item.data["cause"])
        count = gettext("%(count)s places") % {"count": item.data["count"]}
        note = " · ".join(part for part in (unit, count) if part)
        return Todo(text, note, gap_url(item.key, on), is_late, item)
    if item.kind == NOT_CARRIED_OUT:
        text = gettext("Proposal %(number)s was decided but could not be carried out") % {
            "number": item.data["proposal"]
        }
        return Todo(text, unit, reverse("registry:proposal", args=[item.key]), is_late, item)
    if item.kind == SILENT:
        silent = ngettext(
            "%(count)s place has not reported for %(days)s days or more: ask for it",
            "%(count)s places have not reported for %(days)s days or more: ask for it",
            item.data["count"],
        )
        url = list_url(silent=item.data["days"], on=item.data["on"])
        return Todo(silent % item.data, "", url, is_late, item)
    if item.kind == DOUBTED:
        doubted = ngettext(
            "%(count)s report is in doubt: ask at the place",
            "%(count)s reports are in doubt: ask at the places",
            item.data["count"],
        )
        return Todo(doubted % item.data, "", reverse("desk:checks"), is_late, item)
    if item.kind == TAKEN:
        told = gettext("Check the report of %(number)s") % {"number": item.data["number"]}
        return Todo(told, "", reverse("desk:check", args=[item.data["check"]]), is_late, item)
    if item.kind == ERASURE_DUE:
        told = gettext("Personal data are due for deletion: %(data)s") % {
            "data": DATA_CLASSES[item.data["data_class"]]
        }
        count = gettext("%(count)s rows") % {"count": item.data["count"]}
        return Todo(told, count, reverse("registry:retention"), is_late, item)
    if item.kind == AUDIT_BROKEN:
        told = gettext("The audit log is broken from entry %(number)s on: have the server looked at")
        return Todo(told % {"number": item.data["number"]}, unit, reverse("org:log"), is_late, item)
    task = tasks.get(item.data["task"]) if item.kind in TASK_WORDS else None
    if task is None:
        return Todo(str(WORK_WORDS.get(item.kind, item.kind)), unit, _unit_url(item), is_late, item)
    text = str(TASK_WORDS[item.kind]) % {"task": task.title}
    return Todo(text, task.group.name, reverse("desk:group-task", args=[task.pk]), is_late, item)


def _unit_url(item: WorkItem) -> str:
    return reverse("org:unit", args=[item.unit.code]) if item.unit and item.kind in WORK_WORDS else ""


def _shares(now: Mapping[Any, Any], by: str) -> list[Share]:
    if not by:
        return []
    names = figures.labels(by)
    found = []
    for (metric, keys), told in now.items():
        if metric != "reporting_rate" or not keys:
            continue
        (code,) = keys
        expected, reported = _parts(told)
        resumed = now.get(("resumption_rate", keys))
        found.append(
            Share(
                names.get(code, code),
                expected,
                resumed.value if resumed else None,
                told.value,
                expected - reported,
                list_url(**{by: code}, state="expected"),
                list_url(**{by: code}, state="not_reported"),
            )
        )
    return sorted(found, key=lambda share: (-share.missing, share.label))


def _ask(place: Entity, may_record: bool) -> Ask:
    return Ask(
        place,
        reverse("desk:place", args=[place.number]),
        reverse("reporting:on-behalf", args=[place.number]) if may_record else "",
    )


def _firms(actor: Officer, on: date, may_record: bool) -> list[Ask]:
    """The key enterprises that a leader keeps contact with (S48)."""
    duties = PlaceDuties.visible_to(actor).in_force(on).filter(role="contact", officer=actor)
    named = duties.select_related("entity").order_by("entity__number")[:FIRST]
    return [_ask(duty.entity, may_record) for duty in named]
