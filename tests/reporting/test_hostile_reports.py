"""What goes wrong with reports elsewhere, and what happens here; the table in docs/rooms/reporting.md names each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dongche.registry import actions as registry
from dongche.registry.models import Entity
from dongche.registry.queries import Places
from dongche.reporting import figures, views
from dongche.reporting.brief.rows import said
from dongche.reporting.models import Report
from tests.factories.registry import place
from tests.reporting.conftest import Tell
from tests.reporting.test_views import code_of
from tests.town import BY, DAY, NOW, Town

YESTERDAY = DAY - timedelta(days=1)


def send(client: Client, shop: Entity, key: str = "drawn-once-0001", **answers: Any) -> HttpResponse:
    told = {"key": key, "on": DAY.isoformat(), "state": "open", "staff_at_post": "3", "staff_due": "9"}
    url = reverse("reporting:report", args=[shop.code])
    return client.post(url, told | answers, headers={"accept-language": "en"})


def faults(response: HttpResponse) -> list[str]:
    form = response.context["form"]
    return sorted(error.code for found in form.errors.as_data().values() for error in found)


def test_a_phone_whose_clock_runs_ahead_cannot_report_tomorrow(client: Client, shop: Entity) -> None:
    response = send(client, shop, on=(DAY + timedelta(days=1)).isoformat())
    assert (response.status_code, faults(response)) == (422, ["reporting.day_in_future"])
    assert not Report.objects.exists()


def test_a_page_left_open_overnight_reports_the_day_it_was_drawn_for(client: Client, shop: Entity) -> None:
    assert send(client, shop, on=YESTERDAY.isoformat()).status_code == 302
    report = Report.objects.get()
    assert (report.on, report.received_at.date()) == (YESTERDAY, DAY)  # of yesterday, and late


def test_a_flood_from_one_code_is_braked_and_nothing_acknowledged_is_lost(
    client: Client, town: Town, shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_POSTS", 10)
    answers = [send(client, shop, f"flood-{n:04d}", staff_at_post=str(n % 9)) for n in range(40)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [429] * 30
    assert code_of(answers[-1]) == "reporting.too_many_reports"
    stored = {
        reverse("reporting:receipt", args=[shop.code, pk])
        for pk in Report.objects.values_list("pk", flat=True)
    }
    assert {answer["Location"] for answer in answers[:10]} == stored
    assert send(client, shop, "flood-0003").status_code == 302  # a retry of what was stored gets its receipt
    assert send(client, place(town.grid_n1)).status_code == 302  # others are not in its way


@pytest.mark.parametrize("amount", ["-5", "－5", "-1.2万", "(5)", "1e9999", "NaN"])
def test_an_output_that_is_negative_or_no_number_is_refused(
    client: Client, shop: Entity, amount: str
) -> None:
    response = send(client, shop, output_fen=amount)
    assert (response.status_code, "output_fen" in response.context["form"].errors) == (422, True)
    assert not Report.objects.exists()


def test_a_normal_output_of_zero_is_listed_and_nothing_is_divided_by_it(
    town: Town, shop: Entity, tell: Tell
) -> None:
    tell(shop, staff_at_post=3, output_fen=500_000, output_normal_fen=0)
    (found,) = figures.measure(town.duty, days=[DAY], metrics=["capacity_recovery_rate"])
    assert (found.value, found.denominator) in [(None, None), (None, 0)]
    assert list(said(Places.visible_to(town.duty), DAY, "normal_untold")) == [shop]


def test_a_jump_of_a_thousand_percent_is_asked_about_once_and_then_taken(
    client: Client, shop: Entity, tell: Tell
) -> None:
    tell(shop, on=YESTERDAY, staff_at_post=3, output_fen=100_000)
    response = send(client, shop, output_fen="11000")
    assert (response.status_code, faults(response)) == (422, ["reporting.output_jumped"])
    assert 'name="sure"' in response.content.decode()
    assert send(client, shop, output_fen="11000", sure="on").status_code == 302
    assert Report.objects.get(on=DAY).output_fen == 1_100_000


def test_a_report_that_waited_on_a_phone_is_not_asked_about(client: Client, shop: Entity, tell: Tell) -> None:
    tell(shop, on=YESTERDAY, staff_at_post=3, output_fen=100_000)
    assert send(client, shop, output_fen="11000", waited="1").status_code == 302


def test_what_comes_in_by_a_revoked_code_is_not_stored_and_told_whom_to_ask(
    client: Client, shop: Entity
) -> None:
    old = Entity.objects.get(pk=shop.pk)
    assert send(client, old).status_code == 302
    registry.revoke_code(entity=shop, reason="card lost", by=BY, at=NOW)
    response = send(client, old, "drawn-once-0002", staff_at_post="5")
    assert response.status_code == 410
    assert shop.community is not None
    assert shop.community.name in response.content.decode()
    assert Report.objects.count() == 1  # what was reported with the old one is kept
