"""Working groups as the desk shows them: the list, one group whole, and the forms that found and fill it (S14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, cast

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.kit import chinese
from dongche.org.models import GroupMember, GroupText, Officer, Post, Unit, UnitKind, WorkingGroup
from dongche.org.queries import (
    GroupTasks,
    GroupTexts,
    Posts,
    Rights,
    Seat,
    Units,
    WorkingGroups,
    rights_in,
    seats_on,
    subdistricts_with,
)
from dongche.org.queries.groups import FOUNDS
from dongche.web.fields import masked_phone

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
_REASON = _("Needed where days that have passed are concerned.")
# How many confirmed tasks the usual time from given to confirmed is taken from.
LATEST = 200


@dataclass(frozen=True)
class Counts:
    """Tasks of a group by what they ask for."""

    undone: int = 0
    overdue: int = 0
    waiting: int = 0
    confirmed: int = 0


@dataclass(frozen=True)
class Sitting:
    """A seat in words."""

    seat: Seat
    words: str
    phone: str


@dataclass(frozen=True)
class Row:
    """A group in the list. `mine` is what the reader is in it, empty for others."""

    group: WorkingGroup
    leaders: Sequence[Officer]
    size: int
    counts: Counts
    mine: str


@dataclass(frozen=True)
class Whole:
    """One group, whole. `days` is the median time from given to confirmed, None before there is one."""

    group: WorkingGroup
    rights: Rights
    sitting: Sequence[Sitting]
    duties: Sequence[GroupText]
    standards: Sequence[GroupText]
    days: int | None


def rows(groups: WorkingGroups, actor: Any, on: date) -> list[Row]:
    """The groups with leaders, members and counts: four queries, however many."""
    found = list(groups.select_related("unit").order_by("unit__code", "pk"))
    ids = [group.pk for group in found]
    seats, counts = seats_on(ids, on), counts_of(ids, actor, on)
    mine = frozenset(rights_in(actor, found[0], on, ()).officers) if found else frozenset()
    return [_row(group, seats[group.pk], counts[group.pk], mine) for group in found]


def _row(group: WorkingGroup, seats: Sequence[Seat], counts: Counts, mine: frozenset[int]) -> Row:
    people = [(seat, seat.officer) for seat in seats if seat.officer is not None]
    own = next((seat.row.get_part_display() for seat, officer in people if officer.pk in mine), "")
    leaders = [officer for seat, officer in people if seat.part == GroupMember.Part.LEADER]
    return Row(group, leaders, len({officer.pk for _seat, officer in people}), counts, str(own))


def counts_of(groups: Sequence[int], actor: Any, on: date) -> Mapping[int, Counts]:
    """How many tasks of each group are undone, overdue, waiting to be confirmed and confirmed: one query."""
    undone = Q(state__in=("open", "returned"))
    found: dict[int, Counts] = defaultdict(Counts)
    counted = GroupTasks.visible_to(actor).filter(group__in=groups).order_by().values("group")
    for row in counted.annotate(
        undone=Count("pk", filter=undone),
        overdue=Count("pk", filter=undone & Q(due_on__lt=on)),
        waiting=Count("pk", filter=Q(state="done")),
        confirmed=Count("pk", filter=Q(state="confirmed")),
    ):
        found[row["group"]] = Counts(row["undone"], row["overdue"], row["waiting"], row["confirmed"])
    return found


def whole(group: WorkingGroup, actor: Any, on: date) -> Whole:
    """Everything the page of a group shows beside its tasks: a fixed number of queries."""
    seats = seats_on([group.pk], on)[group.pk]
    texts = list(GroupTexts.visible_to(actor).in_force(on).filter(group=group).order_by("number"))
    spans = (
        GroupTasks.visible_to(actor)
        .filter(group=group, state="confirmed")
        .order_by("-closed_at")
        .values_list("opened_at", "closed_at")
    )
    days = [(closed - opened).days for opened, closed in spans[:LATEST] if closed is not None]
    return Whole(
        group,
        rights_in(actor, group, on, seats),
        [_sitting(seat) for seat in seats],
        [text for text in texts if text.kind == GroupText.Kind.DUTY],
        [text for text in texts if text.kind == GroupText.Kind.STANDARD],
        round(median(days)) if days else None,
    )


def _sitting(seat: Seat) -> Sitting:
    words = ""
    if seat.row.unit is not None:
        words = f"{seat.row.get_role_display()} · {seat.row.unit.name}"
    return Sitting(seat, words, masked_phone(seat.officer.phone) if seat.officer else "")


def homes(actor: Officer, on: date) -> list[Unit]:
    """The units for which the actor may found groups: the sub-districts of their posts, or the level above itself."""
    found = Units.visible_to(actor).in_force(on)
    if actor.is_superuser:
        return list(found.in_service().order_by("code"))
    return list(found.filter(pk__in=subdistricts_with(actor, (FOUNDS,))).order_by("code"))


def own(actor: Any, on: date) -> list[Row]:
    """The groups in which the actor, or somebody they act for, has a seat."""
    return rows(WorkingGroups.visible_to(actor).in_force(on).sat_in_by(actor, on), actor, on)


class GroupForm(forms.Form):
    """What a group is called, for what, from when on."""

    unit = forms.ChoiceField(label=_("Unit"))
    name = forms.CharField(label=_("Name"), max_length=60)
    purpose = forms.CharField(label=_("Purpose"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    from_on = forms.DateField(label=_("First day"), widget=_DAY)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, help_text=_REASON)

    def __init__(self, data: Any, *, actor: Officer, today: date) -> None:
        self.units = {unit.code: unit for unit in homes(actor, today)}
        super().__init__(data, initial={"from_on": today, "unit": next(iter(self.units), "")})
        choices = [(code, unit.name) for code, unit in self.units.items()]
        cast(forms.ChoiceField, self.fields["unit"]).choices = choices

    def clean_name(self) -> str:
        return chinese.normalise(self.cleaned_data["name"])

    def clean_unit(self) -> Unit:
        return self.units[self.cleaned_data["unit"]]


class ChangeForm(forms.Form):
    """What a group is called, and for what it is there."""

    name = forms.CharField(label=_("Name"), max_length=60)
    purpose = forms.CharField(label=_("Purpose"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}))


class EndForm(forms.Form):
    """From which day on something is no longer there."""

    until_on = forms.DateField(label=_("Gone from"), widget=_DAY)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, help_text=_REASON)


OFFICER, POST = "officer", "post"


class SeatForm(forms.Form):
    """Who sits in a group, as what, from when on: chosen among the posts of the day, so that nobody is mistaken."""

    post = forms.ChoiceField(label=_("Officer or post"))
    as_post = forms.ChoiceField(
        label=_("The seat belongs to"),
        choices=[(OFFICER, _("this officer")), (POST, _("whoever holds this post"))],
        initial=OFFICER,
        widget=forms.RadioSelect,
    )
    part = forms.ChoiceField(label=_("Part in the group"), choices=GroupMember.Part.choices, initial="member")
    from_on = forms.DateField(label=_("First day"), widget=_DAY)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, help_text=_REASON)

    def __init__(self, data: Any, *, group: WorkingGroup, actor: Officer, today: date) -> None:
        super().__init__(data, initial={"from_on": today})
        self.posts = {str(post.pk): post for post in _eligible(group, actor, today)}
        units: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for key, post in self.posts.items():
            units[post.unit.name].append((key, f"{post.officer.name} · {post.get_role_display()}"))
        cast(forms.ChoiceField, self.fields["post"]).choices = [("", "—"), *units.items()]

    def seat(self) -> dict[str, Any]:
        """What the action is told."""
        given = self.cleaned_data
        post = self.posts[given["post"]]
        who: dict[str, Any] = {"officer": post.officer}
        if given["as_post"] == POST:
            who = {"unit": post.unit, "role": post.role}
        return who | {name: given[name] for name in ("part", "from_on", "reason")}


def _eligible(group: WorkingGroup, actor: Officer, on: date) -> list[Post]:
    """The posts of the day below the unit of a group, as far as the actor sees them; of a higher level, but grids."""
    posts = Posts.visible_to(actor).in_force(on).filter(officer__is_active=True)
    unit = group.unit
    if unit.subdistrict_id or unit.kind == UnitKind.SUBDISTRICT:
        posts = posts.filter(unit__subdistrict=unit.subdistrict_id or unit.pk)
    else:
        below = Q(unit=unit) | Q(**{f"unit__{unit.kind}": unit.pk})
        posts = posts.filter(below).exclude(unit__kind=UnitKind.GRID)
    return list(posts.select_related("officer", "unit").order_by("unit__code", "role", "pk"))


class TextForm(forms.Form):
    """A duty or a standard."""

    kind = forms.ChoiceField(label=_("Kind"), choices=GroupText.Kind.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Text"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    from_on = forms.DateField(label=_("First day"), widget=_DAY)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, help_text=_REASON)

    def __init__(
        self, data: Any, *, today: date, kind: str = "duty", replaces: GroupText | None = None
    ) -> None:
        initial = {"from_on": today, "kind": kind if kind in GroupText.Kind.values else "duty"}
        if replaces is not None:
            initial["text"] = replaces.text
        super().__init__(data, initial=initial)
        if replaces is not None:
            del self.fields["kind"]


def words_of(text: GroupText) -> str:
    return gettext("%(kind)s %(number)s") % {"kind": text.get_kind_display(), "number": text.number}
