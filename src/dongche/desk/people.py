"""The officers of a sub-district: the list with its filters, one officer whole, and the rows of the Excel list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.desk import personal
from dongche.desk.links import list_url
from dongche.desk.personal import Revealed
from dongche.org.access import lockout
from dongche.org.access.models import ApiToken
from dongche.org.access.queries import ApiTokens, Credentials, Factors, Invitations
from dongche.org.models import Leave, Officer, Post, Sponsorship, UnitKind
from dongche.org.queries import (
    Leaves,
    Officers,
    Posts,
    Sponsorships,
    Units,
    administered_by,
    duties_on,
    subdistricts_with,
    without_password,
)
from dongche.org.roles import PostRole
from dongche.org.words import ROLE_WORDS
from dongche.registry.queries import Places
from dongche.web.components import Chip, Column, Masked
from dongche.web.fields import masked_phone
from dongche.web.templatetags.web import day

STATES = {
    "active": (_("Can sign in"), "good"),
    "invited": (_("Invited"), "info"),
    "no_access": (_("Not invited yet"), "none"),
    "away": (_("Away"), "soon"),
    "no_post": (_("Without a post"), "soon"),
    "locked": (_("Locked out"), "warn"),
    "closed": (_("Account closed"), "none"),
}
SORTS = ("name", "username")
COLUMNS = (
    Column(_("Name"), "name"),
    Column(_("User name"), "username"),
    Column(_("Posts of today")),
    Column(_("Phone")),
    Column(_("State")),
    Column(_("Last signed in")),
)
PLACES_OF = {UnitKind.GRID: "grid", UnitKind.COMMUNITY: "community", UnitKind.DEPARTMENT: "line"}
CHUNK = 500


class OfficerFilter(forms.Form):
    """Which officers to list: all of one's sub-district whose accounts are open, unless asked otherwise."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Name or user name"), "autocomplete": "off"}
        ),
    )
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    role = forms.ChoiceField(label=_("Post"), required=False, choices=[("", _("All")), *PostRole.choices])
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), *((key, words) for key, (words, _mood) in STATES.items())],
    )

    def __init__(self, data: QueryDict, *, actor: Officer, today: date, now: datetime) -> None:
        super().__init__(data)
        self.actor, self.today, self.now = actor, today, now
        self.units = {unit.code: unit for unit in units_of(actor, today)}
        self.fields["unit"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("All")),
            *((code, unit.name) for code, unit in self.units.items()),
        ]

    def officers(self) -> Officers:
        """The officers that the filters leave; none while a filter is not valid."""
        officers = Officers.visible_to(self.actor).administered(self.actor)
        if not self.is_valid():
            return officers.none()
        given = self.cleaned_data
        officers = officers.named_like(given["q"])
        if given["unit"]:
            officers = officers.holding(self.today, unit=self.units[given["unit"]])
        if given["role"]:
            officers = officers.holding(self.today, role=given["role"])
        return self._in_state(officers, given["state"])

    def _in_state(self, officers: Officers, state: str) -> Officers:
        officers = officers.filter(is_active=state != "closed")
        invited = Exists(Invitations.visible_to(self.actor).open(self.now).filter(officer=OuterRef("pk")))
        match state:
            case "active":
                return officers.exclude(without_password())
            case "invited":
                return officers.filter(invited)
            case "no_access":
                return officers.filter(~invited, without_password())
            case "away":
                return officers.away(self.today)
            case "no_post":
                return officers.without_post(self.today)
            case "locked":
                known = officers.values_list("pk", "username")
                return officers.filter(pk__in=list(lockout.locked_among(known, self.now)))
        return officers

    def chips(self) -> list[Chip]:
        """The filters in force in words, each with the address of the list without it."""
        if not self.is_valid():
            return []
        chips = []
        for name in ("unit", "role", "state"):
            value, field = self.cleaned_data[name], self.fields[name]
            if value:
                shown = str(dict(field.choices)[value])  # type: ignore[attr-defined]  # a ChoiceField
                chips.append(Chip(str(field.label), shown, "?" + self.query(without=name)))
        return chips

    def query(self, without: str = "") -> str:
        """The filters as a query string."""
        kept = {n: v for n, v in self.data.items() if v and n in self.fields and n != without}
        return urlencode(kept)


def units_of(actor: Officer, on: date) -> Units:
    """The units in which the actor may give posts: those in force of the sub-districts they administer."""
    units = Units.visible_to(actor).in_force(on).order_by("code")
    if actor.is_superuser:
        return units.of_service()
    return units.filter(subdistrict__in=subdistricts_with(actor)).exclude(kind=UnitKind.SUBDISTRICT)


@dataclass(frozen=True)
class Line:
    """An officer in the list."""

    officer: Officer
    posts: Sequence[Post]
    phone: str
    states: Sequence[tuple[str, str]]


def lines(officers: Iterable[Officer], actor: Officer, today: date, now: datetime) -> list[Line]:
    """The officers with what the list shows: four queries, however many officers."""
    officers = list(officers)
    ids = [officer.pk for officer in officers]
    posts: dict[int, list[Post]] = defaultdict(list)
    held = Posts.visible_to(actor).in_force(today).filter(officer__in=ids)
    for post in held.select_related("unit").order_by("unit__code", "role"):
        posts[post.officer_id].append(post)
    away = set(
        Leaves.visible_to(actor).in_force(today).filter(officer__in=ids).values_list("officer", flat=True)
    )
    invited = set(
        Invitations.visible_to(actor).open(now).filter(officer__in=ids).values_list("officer", flat=True)
    )
    locked = lockout.locked_among([(officer.pk, officer.username) for officer in officers], now)
    return [
        Line(
            officer,
            posts[officer.pk],
            masked_phone(officer.phone),
            [
                (str(STATES[key][0]), STATES[key][1])
                for key in _states(officer, posts[officer.pk], away, invited, locked)
            ],
        )
        for officer in officers
    ]


def _states(
    officer: Officer, posts: Sequence[Post], away: set[int], invited: set[int], locked: Mapping[int, datetime]
) -> Iterator[str]:
    if not officer.is_active:
        yield "closed"
        return
    if officer.pk in invited:
        yield "invited"
    elif not officer.has_usable_password():
        yield "no_access"
    elif officer.pk not in locked:
        yield "active"
    if officer.pk in locked:
        yield "locked"
    if officer.pk in away:
        yield "away"
    if not posts:
        yield "no_post"


@dataclass(frozen=True)
class Answered:
    """For how many places an officer answers in one role."""

    role: str
    count: int


@dataclass(frozen=True)
class PostLine:
    """A post with what it may still come to: `is_open` when it can be changed or ended."""

    post: Post
    is_open: bool
    is_now: bool
    url: str


@dataclass(frozen=True)
class Whole:
    """One officer, whole."""

    officer: Officer
    states: Sequence[tuple[str, str]]
    phone: Masked
    posts: Sequence[PostLine]
    sponsorships: Sequence[Sponsorship]
    leaves: Sequence[Leave]
    answers: Sequence[Answered]
    total: int
    password_set_at: datetime | None
    factors: int
    invited_until: datetime | None
    locked_until: datetime | None
    tokens: Sequence[ApiToken]
    is_administered: bool


def whole(officer: Officer, actor: Officer, today: date, now: datetime, revealed: Revealed) -> Whole:
    """Everything the page of an officer shows, as far as the actor's posts reach."""
    line = lines([officer], actor, today, now)[0]
    posts = Posts.visible_to(actor).believed().filter(officer=officer).select_related("unit")
    answers = loads(actor, today).get(officer.pk, Counter())
    credential = Credentials.visible_to(actor).filter(officer=officer).first()
    invitation = Invitations.visible_to(actor).open(now).filter(officer=officer).first()
    held = Sponsorships.visible_to(actor).believed().filter(leader=officer).select_related("community")
    ahead = Leaves.visible_to(actor).believed().filter(officer=officer).select_related("substitute")
    return Whole(
        officer=officer,
        states=line.states,
        phone=personal.of_officer(
            officer,
            revealed,
            url=reverse("desk:officer-reveal", args=[officer.username]),
            actor=actor,
            at="reveal-officer",
        ),
        posts=[_post_line(post, today) for post in posts.order_by("-from_on", "-pk")],
        sponsorships=list(held.order_by("-from_on")),
        leaves=[
            leave for leave in ahead.order_by("-from_on") if not leave.until_on or leave.until_on > today
        ],
        answers=[Answered(str(ROLE_WORDS[role]), count) for role, count in sorted(answers.items())],
        total=sum(answers.values()),
        password_set_at=credential.set_at if credential and officer.has_usable_password() else None,
        factors=Factors.visible_to(actor).filter(user=officer).exclude(type="recovery_codes").count(),
        invited_until=invitation.expires_at if invitation else None,
        locked_until=lockout.locked_until(officer, now),
        tokens=list(ApiTokens.visible_to(actor).open(now).filter(officer=officer).order_by("-pk")),
        is_administered=administered_by(actor).filter(pk=officer.pk).exists(),
    )


def _post_line(post: Post, today: date) -> PostLine:
    is_open = post.until_on is None or post.until_on > today
    dimension = PLACES_OF.get(UnitKind(post.unit.kind))
    url = list_url(**{dimension: post.unit.code}) if dimension else ""
    return PostLine(post, is_open, is_open and post.from_on <= today, url)


def loads(actor: Officer, on: date) -> dict[int, Counter[str]]:
    """For how many active places each officer answers, by role: one query for the places, one pass over their cells."""
    duties = duties_on(on)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for cell, count in Places.visible_to(actor).active(on).cells(on):
        for answer in duties.resolve(cell):
            if answer.officer is not None:
                found[answer.officer.pk][answer.role] += count
    return found


def export_headers() -> list[str]:
    return [
        gettext("User name"), gettext("Name"), gettext("Phone"), gettext("Posts of today"), gettext("State"),
        *(str(words) for words in ROLE_WORDS.values()),
    ]  # fmt: skip


def export_rows(form: OfficerFilter) -> Iterator[list[Any]]:
    """The rows of the Excel list; phones stay masked."""
    found, last = loads(form.actor, form.today), 0
    while True:
        chunk = list(form.officers().filter(pk__gt=last).order_by("pk")[:CHUNK])
        if not chunk:
            return
        last = chunk[-1].pk
        for line in lines(chunk, form.actor, form.today, form.now):
            counts = found.get(line.officer.pk, Counter())
            yield [
                line.officer.username,
                line.officer.name,
                line.phone,
                "; ".join(_in_words(post) for post in line.posts),
                "; ".join(words for words, _mood in line.states),
                *(counts[role] for role in ROLE_WORDS),
            ]


def _in_words(post: Post) -> str:
    words = gettext("%(role)s, %(unit)s, since %(day)s")
    return words % {"role": post.get_role_display(), "unit": post.unit.name, "day": day(post.from_on)}
