"""Nobody sees anything outside their scope: every address of the house, as nine different officers.

The town carries a mark in the name, contact, phone, address, number and code of each place and in the name and phone of
each officer of a second sub-district. Who may see which place is worked out place by place, in plain Python. Then every
address is asked for, as a page, as a fragment, and with searches for the marks themselves; links are followed;
spreadsheets are opened.

Every kind of address is tried with things in and out of the scope of the officer who asks; links to one more place or
one more person lead to pages of a kind that has been read, so a few of each kind are followed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, get_resolver, resolve, reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dongche.kit import clock
from dongche.org import actions
from dongche.org.models import AuditEntry, Leave, Officer, Post
from dongche.registry.models import Entity, PlaceDuty
from dongche.registry.queries import Places
from dongche.reporting import figures
from dongche.web.access import PUBLIC, SIGNED_IN, NotYourDuty
from tests.house.test_permissions import addresses
from tests.house.world import OF_HILL, World, build, may_see
from tests.town import BY, DAY, NOW

# Addresses that change who one is, or belong to whoever holds a secret.
LEFT_OUT = re.compile(r"^/(sign-out|sign-in|invite|language|admin|static|r)(/|$)")


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def world(db: None) -> World:
    return build()


def arguments(world: World, seen: Collection[str]) -> dict[str, list[Any]]:
    """Values that an argument of an address may have: of each sort of thing some in and some out of a scope."""
    shown = [mark for mark in world.places if mark in seen]
    hidden = [mark for mark in world.people if mark not in seen]
    # With a roster and with a report, of one's own sub-district and of the other, as far as there are such.
    places = dict.fromkeys([*shown[:1], *shown[len(shown) // 2 :][:1], *shown[-1:], hidden[0], hidden[-1]])
    people = dict.fromkeys([*[mark for mark in shown if mark in world.people][:1], hidden[0], hidden[-1]])
    units = (world.town.subdistrict, world.town.grid_n1, world.hill, world.hill_grid)
    return {
        "number": [
            *(world.places[mark].number for mark in places),
            *(1, world.task.pk, *Post.objects.values_list("pk", flat=True)[:40:13]),
        ],
        "other": [world.places[hidden[-1]].number, "1"],
        "username": ["n1", "hillgrid", "above", "duty"],
        "code": [
            *(world.people[mark].code for mark in people),
            world.proposal.code,
            *(unit.code for unit in units),
            "none",
        ],
        "pk": [1, 2, PlaceDuty.objects.get().pk, world.proposal.lines.get(entity__category="enterprise").pk],
        "role": ["served_by", "contact"],
        "verb": ["change", "end"],
        "key": ["1"],
        "step": ["finish", "confirm", "return", "change", "withdraw", "take", "dismiss", "none"],
    }


def belonging(world: World) -> list[dict[str, Any]]:
    """Arguments that name one thing together: an officer and the post held, a proposal and its line."""
    posts = Post.objects.filter(officer__username__in=("n1", "hillgrid", "above", "duty"))
    return [
        *({"username": post.officer.username, "number": post.pk} for post in posts.select_related("officer")),
        *({"code": world.proposal.code, "pk": line.pk} for line in world.proposal.lines.all()[:3]),
        *({"number": world.task.pk, "step": step} for step in ("finish", "confirm", "return", "withdraw")),
        *({"number": rule.pk, "verb": verb} for rule in world.town.rules[:1] for verb in ("change", "end")),
        *({"code": world.hill_grid.code, "verb": verb} for verb in ("change", "end", "move")),
    ]


def every_address(world: World, known: dict[str, list[Any]]) -> Iterator[str]:
    """The addresses of the house with all arguments; with several the values of each in turn, and those that belong
    together."""
    together = belonging(world)
    for pattern, view in addresses(get_resolver().url_patterns):
        address = "/" + pattern
        if LEFT_OUT.match(address) or getattr(view, "permission", PUBLIC) == PUBLIC:
            continue
        wanted = re.findall(r"<(\w+):(\w+)>", address)
        names = [name for _, name in wanted]
        values = [_of_sort(known.get(name, ["1"]), sort) for sort, name in wanted]
        longest = max(map(len, values), default=1)
        rows = [[these[n % len(these)] for these in values] for n in range(longest)]
        rows += [[one[name] for name in names] for one in together if set(names) == set(one)]
        template = re.sub(r"<\w+:\w+>", "{}", address)
        yield from (template.format(*row) for row in rows)


def _of_sort(values: list[Any], sort: str) -> list[Any]:
    wanted = int if sort == "int" else str
    return [value for value in values if isinstance(value, wanted)] or [1]


def words(response: Any) -> str:
    """Everything that can be read in an answer, spreadsheets and text documents included."""
    content = response.getvalue() if response.streaming else response.content
    if "wordprocessingml" in response.headers["Content-Type"]:
        return zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    if content[:2] == b"PK":
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = (str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
        return " ".join(cells)
    return content.decode("utf-8", "ignore") + " ".join(f"{value}" for value in response.headers.values())


FRAGMENT = {"HX-Request": "true"}
# Links that are followed: more of one kind or of one view lead to what has been read.
OF_A_KIND, OF_A_VIEW = 2, 6
CRAWLERS = ("duty", "leader1", "economy", "north", "n1", "stand_in", "hill", "above", "idle")
if connection.vendor == "postgresql":
    # What the pages ask a database differs by how a scope is told in SQL: by lines of work, by communities, grids, names
    # and who is away, by a sub-district with its proposals, by a district. The rest of the nine ask in the same ways.
    CRAWLERS = ("economy", "stand_in", "hill", "above")
READERS = (
    "duty",
    "leader1",
    "economy",
    "affairs",
    "north",
    "n1",
    "stand_in",
    "hill",
    "hillgrid",
    "above",
    "idle",
)


def kind(address: str) -> tuple[Any, ...]:
    """What the pages of some addresses have in common: their view and the names of what is asked."""
    path, _, query = address.partition("?")
    try:
        view = resolve(path).view_name
    except Resolver404:
        view = path
    return view, *sorted(part.partition("=")[0] for part in query.split("&"))


class Crawl:
    """An officer's way through the pages, and what was read on it."""

    def __init__(self, officer: Officer, hidden: set[str]) -> None:
        self.hidden = hidden
        self.read: list[str] = []
        self._username = officer.username
        self._client = Client(raise_request_exception=True)
        self._client.force_login(officer)
        self._done: set[str] = set()
        self._followed: Counter[Any] = Counter()
        self._has_fragment: dict[tuple[Any, ...], bool] = {}
        self._closed: set[str] = set()

    def go(self, todo: list[str]) -> None:
        """Read all of these, and what they lead to."""
        self._done = set(todo)
        while todo:
            for link in self._links(self._ask(todo.pop())):
                if link not in self._done and self._is_new(kind(link)):
                    self._done.add(link)
                    todo.append(link)

    def _is_new(self, kind: tuple[Any, ...]) -> bool:
        """Whether links of a kind are still worth following; counts them."""
        new = self._followed[kind] < OF_A_KIND and self._followed[kind[0]] < OF_A_VIEW
        self._followed.update([kind, kind[0]] if new else [])
        return new

    def _ask(self, address: str) -> str:
        """An address as a page, and as a fragment where there is one; gives the text to follow the links of."""
        view = kind(address)[0]
        if view in self._closed:
            return ""
        answer, text = self._get(address, {})
        if answer.status_code == 405 or (answer.status_code == 403 and NotYourDuty.code in text):
            self._closed.add(view)  # refused before anybody looks what is asked for
        one = (*kind(address), answer.status_code)
        if self._has_fragment.get(one, True):
            part, fragment = self._get(address, FRAGMENT)
            # A problem looks the same for every address.
            self._has_fragment[one] = answer.status_code == 200 and _templates(part) != _templates(answer)
            text += fragment
        return text

    def _get(self, address: str, headers: dict[str, str]) -> tuple[Any, str]:
        answer = self._client.get(address, headers=headers)
        assert answer.status_code < 500, address
        # What was asked for may be said back to whoever asked.
        text = words(answer).replace(address, "")
        asked = address.rpartition("?q=")[2] if "?q=" in address else address.split("/")[3:4]
        leaks = {secret for secret in self.hidden if secret in text and secret not in asked}
        assert leaks == set(), f"{self._username} reads {leaks} at {address}"
        if answer.status_code == 200:
            self.read.append(text)
        return answer, text

    def _links(self, text: str) -> Iterator[str]:
        for link in re.findall(r'(?:href|src|action|hx-get)="(/[^"#]*)', text):
            if not LEFT_OUT.match(link):
                yield link.replace("&amp;", "&")


def _templates(answer: Any) -> list[str]:
    return [template.name for template in answer.templates]


@pytest.mark.parametrize("username", CRAWLERS)
def test_no_address_shows_anything_outside_the_scope(world: World, username: str) -> None:
    officer = Officer.objects.get(username=username)
    seen = {mark for mark, shop in world.places.items() if may_see(officer, shop, DAY)}
    hidden = {secret for mark in world.places if mark not in seen for secret in world.secrets(mark)}
    assert (len(seen) > 0, len(hidden) > 0) == (username != "idle", True)
    if username not in ("hill", "above"):
        hidden |= set(OF_HILL)
    todo = dict.fromkeys(every_address(world, arguments(world, seen)))
    outside = next(mark for mark in world.places if mark not in seen)
    for query in (outside, world.places[outside].contact_phone, world.places[outside].number):
        for name in ("desk:places", "desk:places-export", "desk:places-cards"):
            todo[f"{reverse(name)}?q={query}"] = None
    crawl = Crawl(officer, hidden)
    crawl.go(list(todo))
    told = {word for word in OF_HILL for text in crawl.read if word in text}
    shown = {mark for mark in seen if any(world.places[mark].name in text for text in crawl.read)}
    assert shown == (seen if username != "idle" else set())
    assert bool(told) == (username in ("hill", "above"))


@pytest.mark.parametrize("username", ["n1", "stand_in", "hill", "above", "idle", "economy"])
def test_nothing_outside_the_scope_can_be_written_to(world: World, username: str) -> None:
    officer = Officer.objects.get(username=username)
    client = Client()
    client.force_login(officer)
    hidden = [shop for shop in world.places.values() if not may_see(officer, shop, DAY)][:3]
    people = [person.code for person in world.people.values() if not may_see(officer, person.entity, DAY)][:2]
    strangers = ("hillgrid",) if username != "hill" else ("n1", "duty")
    before = AuditEntry.objects.count()
    for pattern, view in addresses(get_resolver().url_patterns):
        address = "/" + pattern
        if LEFT_OUT.match(address) or getattr(view, "permission", PUBLIC) in (PUBLIC, SIGNED_IN):
            continue
        for name, values in (
            ("str:number", [shop.number for shop in hidden]),
            ("str:username", strangers),
            ("str:code", people),
        ):
            if f"<{name}>" not in address:
                continue
            for value in values:
                asked = re.sub(r"<\w+:\w+>", "1", address.replace(f"<{name}>", str(value)))
                answer = client.post(
                    asked, {"reason": "x", "field": "contact_phone", "why": "report", "at": "a"}
                )
                assert answer.status_code in (403, 404, 405), f"{username} may post to {asked}"
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("username", READERS)
def test_figures_count_exactly_the_rows_behind_them(world: World, username: str) -> None:
    officer = Officer.objects.get(username=username)
    client = Client()
    client.force_login(officer)
    in_units = Places.counted_for(officer, DAY).active(DAY).count()
    (rate,) = figures.measure(officer, days=(DAY,), metrics=("reporting_rate",))
    assert (rate.denominator or 0) == in_units
    if username == "idle":
        return
    for state, count in (
        ("expected", rate.denominator),
        ("reported", rate.numerator),
        ("not_reported", (rate.denominator or 0) - (rate.numerator or 0)),
    ):
        page = client.get(f"{reverse('desk:places')}?state={state}")
        assert page.context["pager"].total == count, state
    everything = client.get(reverse("desk:places")).context["pager"].total
    assert everything == sum(may_see(officer, shop, DAY) for shop in world.places.values())
    by_name = client.get(f"{reverse('desk:places')}?whose=named").context["pager"].total
    assert by_name == (1 if username == "n1" else 0)


ROLES_AND_UNITS = st.lists(
    st.tuples(
        st.sampled_from(("n1", "north", "economy", "leader1", "stand_in", "idle", "above")),
        st.sampled_from(range(9)),
        st.sampled_from((-5, 0, 3)),
        st.sampled_from((None, 0, 4)),
    ),
    max_size=6,
)
LEAVES = st.lists(
    st.tuples(
        st.sampled_from(("n2", "south", "market", "leader2")), st.sampled_from(("n1", "idle", "north"))
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
)
NAMED = st.lists(st.tuples(st.sampled_from(("idle", "n1", "leader1", "s1")), st.integers(0, 24)), max_size=4)


@given(posts=ROLES_AND_UNITS, leaves=LEAVES, named=NAMED)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_scope_is_what_the_slow_reference_says(
    world: World, posts: list[Any], leaves: list[Any], named: list[Any]
) -> None:
    """Random posts, absences and named places: visible_to gives the places that may_see finds one by one."""
    town = world.town
    held = [
        (town.headquarters, "headquarters"),
        (town.departments["market"], "department_officer"),
        (town.departments["affairs"], "department_head"),
        (town.north_community, "community_officer"),
        (town.grid_s1, "grid_lead"),
        (town.grid_n2, "grid_lead"),
        (world.hill_hq, "headquarters"),
        (world.hill_grid, "grid_lead"),
        (world.district, "superior_officer"),
    ]
    with transaction.atomic():
        for username, which, begins, ends in posts:
            unit, role = held[which]
            first = DAY + timedelta(days=begins)
            last = None if ends is None else first + timedelta(days=ends + 1)
            try:
                actions.appoint(
                    officer=world.officers[username],
                    unit=unit,
                    role=role,
                    from_on=first,
                    until_on=last,
                    reason="any",
                    by=BY,
                    at=NOW,
                )
            except actions.PeriodOverlaps:
                continue
        for away, acting in leaves:
            Leave.objects.filter(officer=world.officers[away]).delete()
            Leave.objects.create(
                officer=world.officers[away],
                substitute=world.officers[acting],
                kind="other",
                from_on=DAY,
                known_at=NOW,
            )
        shops = list(world.places.values())
        for username, which in named:
            PlaceDuty.objects.filter(entity=shops[which]).delete()
            PlaceDuty.objects.create(
                entity=shops[which],
                officer=world.officers[username],
                role="served_by",
                from_on=DAY,
                known_at=NOW,
            )
        for username in (*READERS, "leader2"):
            officer = Officer.objects.get(username=username)
            fast = set(Places.visible_to(officer).values_list("pk", flat=True))
            slow = {
                shop.pk
                for shop in Entity.objects.select_related("subdistrict")
                if may_see(officer, shop, DAY)
            }
            assert fast == slow, username
        transaction.set_rollback(True)
