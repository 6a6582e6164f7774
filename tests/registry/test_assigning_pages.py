"""The pages of proposals: asked for, looked at, edited, adopted and taken back; and for whom they are not there."""

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
from dongche.registry.models import AssignmentProposal, PlaceDuty
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
def street(db: None) -> Town:
    town = founding.build()
    for number, grid in enumerate((town.grid_n1, town.grid_n2, town.grid_s1, town.grid_s2)):
        for step in range(6):
            place(grid, lon=120.0005 + 0.01 * number + 0.0015 * step, lat=36.005)
    return town


@pytest.fixture
def duty(client, street):
    client.force_login(street.duty)
    return client


def ask(duty, street, **more):
    wanted = {
        "on": DAY.isoformat(),
        "places_per_worker": "10",
        "stay_metres": "800",
        "absent": [street.n1.pk],
    } | more
    answer = duty.post(reverse("registry:proposals"), wanted)
    assert answer.status_code == 302
    return AssignmentProposal.objects.latest("pk")


def test_whoever_is_on_leave_is_marked_beforehand(duty, street):
    org.take_leave(officer=street.n1, from_on=DAY, by=System("test"), at=NOW)
    page = duty.get(reverse("registry:proposals")).content.decode()
    assert f'value="{street.n1.pk}"' in page.replace("\n", "")
    checked = [part for part in page.split("<input") if 'name="absent"' in part and "checked" in part]
    assert len(checked) == 1
    assert f'value="{street.n1.pk}"' in checked[0]


def test_a_proposal_is_shown_with_reasons(duty, street):
    proposal = ask(duty, street)
    page = duty.get(reverse("registry:proposal", args=[proposal.code]))
    assert page.status_code == 200
    assert [row.line.before for row in page.context["rows"]] == [street.n1] * 6
    assert page.context["proof_mood"] == "good"
    assert page.context["pager"].total == 6
    everything = duty.get(reverse("registry:proposal", args=[proposal.code]), {"all": "1"})
    assert everything.context["pager"].total == 24
    of_s2 = duty.get(reverse("registry:proposal", args=[proposal.code]), {"all": "1", "worker": street.s2.pk})
    assert of_s2.context["pager"].total == 6


def test_the_page_takes_the_same_queries_for_any_number_of_lines(duty, street, django_assert_max_num_queries):
    small = ask(duty, street)
    with django_assert_max_num_queries(30) as counted:
        duty.get(reverse("registry:proposal", args=[small.code]), {"all": "1"})
        count = len(counted)
    for step in range(40):
        place(street.grid_s1, lon=120.021 + 0.0001 * step, lat=36.006)
    large = ask(duty, street)
    with django_assert_max_num_queries(count):
        duty.get(reverse("registry:proposal", args=[large.code]), {"all": "1"})


def test_a_line_is_given_to_another(duty, street):
    proposal = ask(duty, street)
    line = proposal.lines.filter(before=street.n2).order_by("pk").first()
    url = reverse("registry:proposal-line", args=[proposal.code, line.pk])
    choices = duty.get(url).context["choices"]
    assert (choices[0].officer, choices[0].extra, choices[0].is_own) == (street.n2, 0, True)
    assert {choice.officer for choice in choices} == {street.n2, street.s1, street.s2}
    assert duty.post(url, {"worker_id": street.n1.pk}).status_code == 422
    assert duty.post(url, {"worker_id": street.s1.pk}).status_code == 302
    page = duty.get(reverse("registry:proposal", args=[proposal.code]))
    assert page.context["proof_mood"] == "soon"
    edited = next(row for row in page.context["rows"] if row.line.pk == line.pk)
    assert (edited.is_edited, edited.line.worker) == (True, street.s1)


def test_adopted_and_taken_back(duty, street):
    proposal = ask(duty, street)
    refused = duty.post(reverse("registry:proposal-adopt", args=[proposal.code]), {"from_on": "2020-03-01"})
    assert refused.status_code == 422
    duty.post(reverse("registry:proposal-adopt", args=[proposal.code]), {"from_on": TOMORROW.isoformat()})
    assert PlaceDuty.objects.count() == 6
    moved = PlaceDuty.objects.order_by("pk").first().entity
    clock.use(clock.SlowClock(shown=NOW + timedelta(days=1), started=datetime.now(UTC)))
    english = {"accept-language": "en"}
    told = duty.get(reverse("desk:place", args=[moved.number]), headers=english).content.decode()
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    assert f"assignment of proposal {proposal.pk} (S30)" in told
    assert duty.get(reverse("registry:proposal", args=[proposal.code])).status_code == 200
    duty.post(
        reverse("registry:proposal-take-back", args=[proposal.code]), {"until_on": TOMORROW.isoformat()}
    )
    assert not PlaceDuty.objects.filter(superseded_at__isnull=True).exists()
    again = duty.post(reverse("registry:proposal-withdraw", args=[proposal.code]))
    assert again.status_code == 409


def test_a_stale_proposal_says_so(duty, street):
    proposal = ask(duty, street)
    place(street.grid_n1, lon=120.001, lat=36.001)
    refused = duty.post(
        reverse("registry:proposal-adopt", args=[proposal.code]), {"from_on": TOMORROW.isoformat()}
    )
    assert refused.status_code == 409
    assert "registry.proposal_stale" in refused.content.decode()


def test_the_file_holds_every_line(duty, street):
    proposal = ask(duty, street)
    answer = duty.get(reverse("registry:proposal-export", args=[proposal.code]))
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 25
    assert sum(1 for row in rows[1:] if row[4]) == 6


@pytest.mark.parametrize("who", ["n1", "north", "economy", "leader1"])
def test_others_may_not(client, street, who):
    client.force_login(getattr(street, who))
    assert client.get(reverse("registry:proposals")).status_code == 403


def test_another_sub_district_has_no_such_proposal(duty, street, client):
    proposal = ask(duty, street)
    at = {"by": System("test"), "at": SETUP_AT, "from_on": founding.START}
    other = org.create_unit(kind="subdistrict", code="370203900900", name="Elsewhere", parent=None, **at)
    office = org.create_unit(kind="headquarters", code="370203900900H", name="Office", parent=other, **at)
    stranger = org.create_officer(username="stranger", name="Stranger", by=System("test"), at=SETUP_AT)
    org.appoint(officer=stranger, unit=office, role="headquarters", **at)
    client.force_login(stranger)
    for name in ("proposal", "proposal-export"):
        assert client.get(reverse(f"registry:{name}", args=[proposal.code])).status_code == 404
    assert client.post(reverse("registry:proposal-adopt", args=[proposal.code])).status_code == 404
    assert client.get(reverse("registry:proposals")).context["lines"] == []
