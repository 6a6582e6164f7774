"""The pages of divisions into grids: asked for, looked at, edited, named, adopted and taken back; and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from dongche.kit import clock
from dongche.org import actions as org
from dongche.org.audit import System
from dongche.org.models import Post, Unit
from dongche.registry.gridding import edits, plan
from dongche.registry.models import AssignmentProposal, Entity
from tests import town as founding
from tests.factories.registry import place
from tests.town import DAY, NOW, SETUP_AT, Town

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def town(db: None) -> Town:
    town = founding.build()
    for step in range(12):
        place(town.grid_n1, lon=120.001 + 0.002 * (step % 4), lat=36.002 + 0.003 * (step // 4))
    for step in range(4):
        place(town.grid_n2, lon=120.0115 + 0.002 * step, lat=36.005)
    place(town.grid_s1, lon=120.0215, lat=36.005)
    return town


@pytest.fixture
def duty(client, town):
    client.force_login(town.duty)
    return client


def ask(duty, town, **more):
    wanted = {"on": DAY.isoformat(), "places_per_grid": "40", "units": [town.north_community.pk]} | more
    answer = duty.post(reverse("registry:divisions"), wanted)
    assert answer.status_code == 302
    return AssignmentProposal.objects.latest("pk")


def page_of(duty, proposal, **query):
    return duty.get(reverse("registry:proposal", args=[proposal.code]), query)


def test_a_division_is_asked_for_and_shown(duty, town):
    proposal = ask(duty, town, grids="3")
    assert (proposal.kind, proposal.state, proposal.progress_done) == ("grids", "ready", 1)
    page = page_of(duty, proposal)
    assert page.status_code == 200
    assert next(tile.value for tile in page.context["tiles"]) == 3
    assert sorted(row.grid.load for row in page.context["grids"]) == [5, 5, 6]
    [vacant] = page.context["vacant"]
    assert (vacant.grid.unit, vacant.uncovered) == (None, vacant.grid.load)
    assert page.context["pager"].total == proposal.summary["moves"]
    assert page_of(duty, proposal, all="1").context["pager"].total == 16
    one = page_of(duty, proposal, all="1", grid=str(vacant.grid.number))
    assert one.context["pager"].total == vacant.grid.load
    lists = [
        duty.get(reverse(name)).context["lines"] for name in ("registry:divisions", "registry:proposals")
    ]
    assert [len(lines) for lines in lists] == [1, 0]


def test_a_number_of_grids_is_for_one_community(duty, town):
    wanted = {"on": DAY.isoformat(), "places_per_grid": "40", "grids": "3"}
    assert duty.post(reverse("registry:divisions"), wanted).status_code == 422
    whole = ask(duty, town, units=[], places_per_grid="8")
    assert whole.units == sorted([town.north_community.pk, town.south_community.pk])
    assert whole.summary["grids"] == 3


def test_what_cannot_be_divided_is_told_on_its_page(duty, town):
    proposal = ask(duty, town, grids="40")
    assert proposal.state == "failed"
    page = page_of(duty, proposal)
    assert "16" in page.context["problem"]


def test_the_page_takes_the_same_queries_for_any_number_of_places(duty, town, django_assert_max_num_queries):
    small = ask(duty, town, grids="3")
    with django_assert_max_num_queries(30) as counted:
        page_of(duty, small, all="1")
        count = len(counted)
    for step in range(40):
        place(town.grid_n1, lon=120.0011 + 0.0002 * step, lat=36.0031)
    large = ask(duty, town, grids="5")
    with django_assert_max_num_queries(count):
        page_of(duty, large, all="1")


def test_a_place_goes_to_a_neighbour(duty, town):
    proposal = ask(duty, town, grids="2")
    draft = plan.draft_of(proposal)
    row, choice = next(
        (row, choice)
        for row in draft.places
        for choice in edits.choices(draft, row, "it", town.north_community.pk)
        if not choice.is_own and choice.problem is None
    )
    url = reverse("registry:proposal-place", args=[proposal.code, row.pk])
    shown = duty.get(url)
    assert next(one.is_own for one in shown.context["choices"])
    assert duty.post(url, {"grid": "99"}).status_code == 422
    assert duty.post(url, {"grid": str(choice.grid.number)}).status_code == 302
    page = page_of(duty, proposal, all="1")
    mine = next(line for line in page.context["rows"] if line.line.pk == row.pk)
    assert (mine.is_edited, mine.line.grid_id) == (True, choice.grid.pk)
    assert sorted(one.grid.load for one in page.context["grids"]) == [7, 9]


def test_a_new_grid_is_named_and_adopted_and_taken_back(duty, town):
    proposal = ask(duty, town, grids="3")
    new, old = proposal.grids.get(unit__isnull=True), proposal.grids.filter(unit__isnull=False).first()
    url = reverse("registry:proposal-grid", args=[proposal.code, new.number])
    assert duty.get(url).status_code == 200
    assert duty.post(url, {"name": old.name}).status_code == 422
    assert duty.post(url, {"name": "Harbour"}).status_code == 302
    assert duty.get(reverse("registry:proposal-grid", args=[proposal.code, old.number])).status_code == 404
    adopt = reverse("registry:division-adopt", args=[proposal.code])
    assert duty.post(adopt, {"from_on": "2020-03-01"}).status_code == 422
    assert duty.post(adopt, {"from_on": DAY.isoformat()}).status_code == 302
    made = Unit.objects.get(code=new.code)
    assert (made.name, made.polygon) == ("Harbour", new.polygon)
    page = page_of(duty, proposal)
    assert page.context["proposal"].state == "adopted"
    assert reverse("desk:coverage") in page.content.decode()
    assert [row.grid.pk for row in page.context["vacant"]] == [new.pk]
    org.appoint(officer=town.s2, unit=made, role="grid_worker", from_on=DAY, by=System("test"), at=NOW)
    page = page_of(duty, proposal)
    assert page.context["vacant"] == []
    post = Post.objects.get(officer=town.s2, unit=made)
    org.hand_over(
        officer=town.s2, successor=None, posts=[post], from_on=DAY, by=System("test"), at=NOW, reason="test"
    )
    back = reverse("registry:division-take-back", args=[proposal.code])
    assert duty.post(back, {"reason": "not yet"}).status_code == 302
    assert not Entity.objects.filter(grid=made).exists()
    assert page_of(duty, proposal).context["proposal"].state == "undone"


def test_posts_of_a_grid_that_ends_go_where_the_form_says(duty, town):
    proposal = ask(duty, town, grids="1")
    page = page_of(duty, proposal)
    [ending] = page.context["endings"]
    assert ending.officers == "Officer n2"
    adopt = reverse("registry:division-adopt", args=[proposal.code])
    assert duty.post(adopt, {"from_on": DAY.isoformat()}).status_code == 302
    assert AssignmentProposal.objects.get(pk=proposal.pk).state == "ready"
    duty.post(adopt, {"from_on": DAY.isoformat(), f"posts_{ending.unit}": "ends"})
    assert AssignmentProposal.objects.get(pk=proposal.pk).state == "adopted"
    held = Post.objects.filter(officer=town.n2, superseded_at__isnull=True, until_on__isnull=True)
    assert not held.exists()


def test_decided_for_tomorrow_it_can_be_withdrawn(duty, town):
    proposal = ask(duty, town, grids="3")
    duty.post(reverse("registry:division-adopt", args=[proposal.code]), {"from_on": TOMORROW.isoformat()})
    assert page_of(duty, proposal).context["proposal"].state == "decided"
    duty.post(reverse("registry:proposal-withdraw", args=[proposal.code]))
    assert AssignmentProposal.objects.get(pk=proposal.pk).state == "withdrawn"


def test_a_stale_division_says_so(duty, town):
    proposal = ask(duty, town, grids="3")
    place(town.grid_n1, lon=120.001, lat=36.001)
    adopt = reverse("registry:division-adopt", args=[proposal.code])
    refused = duty.post(adopt, {"from_on": DAY.isoformat()})
    assert refused.status_code == 409
    assert "registry.proposal_stale" in refused.content.decode()


def test_the_file_holds_every_place(duty, town):
    proposal = ask(duty, town, grids="3")
    answer = duty.get(reverse("registry:proposal-export", args=[proposal.code]))
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 17
    assert sum(1 for row in rows[1:] if row[5]) == proposal.summary["moves"]


def test_one_kind_of_proposal_is_not_adopted_as_the_other(duty, town):
    proposal = ask(duty, town, grids="3")
    for name in ("proposal-adopt", "proposal-take-back"):
        answer = duty.post(reverse(f"registry:{name}", args=[proposal.code]), {"from_on": DAY.isoformat()})
        assert answer.status_code == 404


@pytest.mark.parametrize("who", ["n1", "north", "economy", "leader1"])
def test_others_may_not(client, town, who):
    client.force_login(getattr(town, who))
    assert client.get(reverse("registry:divisions")).status_code == 403


def test_another_sub_district_has_no_such_division(duty, town, client):
    proposal = ask(duty, town, grids="3")
    row, new = proposal.places.first(), proposal.grids.get(unit__isnull=True)
    at = {"by": System("test"), "at": SETUP_AT, "from_on": founding.START}
    other = org.create_unit(kind="subdistrict", code="370203900900", name="Elsewhere", parent=None, **at)
    office = org.create_unit(kind="headquarters", code="370203900900H", name="Office", parent=other, **at)
    stranger = org.create_officer(username="stranger", name="Stranger", by=System("test"), at=SETUP_AT)
    org.appoint(officer=stranger, unit=office, role="headquarters", **at)
    client.force_login(stranger)
    for address in (
        reverse("registry:proposal", args=[proposal.code]),
        reverse("registry:proposal-export", args=[proposal.code]),
        reverse("registry:proposal-place", args=[proposal.code, row.pk]),
        reverse("registry:proposal-grid", args=[proposal.code, new.number]),
    ):
        assert client.get(address).status_code == 404
    for name in ("division-adopt", "division-take-back", "proposal-withdraw"):
        assert client.post(reverse(f"registry:{name}", args=[proposal.code])).status_code == 404
    assert client.get(reverse("registry:divisions")).context["lines"] == []
