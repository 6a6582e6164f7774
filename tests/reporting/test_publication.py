"""Publishing: a day is frozen for a unit, stays what it was, and comes out again whatever happens later."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from dongche.analytics.definitions import Definitions
from dongche.kit import clock
from dongche.org.models import AuditEntry
from dongche.registry.models import Entity
from dongche.reporting import figures, publishing
from dongche.reporting import publication as snapshots
from dongche.reporting.models import Publication
from dongche.reporting.publication import Publications
from tests.desk.test_story import change
from tests.factories.registry import exclude, place
from tests.reporting.conftest import Tell
from tests.town import DAY, NOW, Town

EARLIER = NOW - timedelta(minutes=10)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def street(town: Town, tell: Tell) -> list[Entity]:
    shops = [place(town.grid_n1), place(town.grid_n1), place(town.grid_s1), place(town.grid_s1)]
    tell(shops[0], at=EARLIER, output_fen=300, output_normal_fen=100)
    tell(shops[1], "closed", at=EARLIER)
    tell(shops[2], at=EARLIER, staff_due=9, staff_at_post=3)
    return shops


def publish(town: Town, at: datetime = NOW, **given: Any) -> Publication:
    asked = {"unit": town.subdistrict, "on": DAY, "speaker": "王某，党工委书记", "by": town.duty, "at": at}
    return publishing.publish(**asked | given)


def whole(one: Publication, metric: str = "resumption_rate") -> dict[str, Any]:
    return next(row for row in one.said["figures"] if row["metric"] == metric and not row["scope"])


def test_a_snapshot_holds_all_that_was_said(town: Town, street: list[Entity]):
    one = publish(town)
    assert (whole(one)["value"], whole(one)["numerator"], whole(one)["denominator"]) == ("50.00", 2, 4)
    assert one.as_known == NOW - snapshots.SETTLED_AFTER
    assert {tuple(sorted(row["scope"], reverse=True)) for row in one.said["figures"]} == {
        (), ("line",), ("community",), ("line", "community"),
    }  # fmt: skip
    assert {row["definition"] for row in one.said["figures"]} == {
        f"{row['metric']}@{row['version']}" for row in one.said["definitions"]
    }
    assert snapshots.verify(one).is_good
    entry = AuditEntry.objects.get(action="reporting.publish")
    assert entry.after["digest"] == one.digest


def test_whatever_comes_later_it_comes_out_again(
    town: Town, street: list[Entity], tell: Tell, monkeypatch: Any
):
    one = publish(town)
    chance = random.Random(7)
    clock.use(None)
    for step in range(12):
        shop = chance.choice(street)
        tell(shop, chance.choice(("open", "part", "closed")), channel="officer", at=LATER + timedelta(minutes=step),
             staff_due=9, staff_at_post=chance.randrange(9))  # fmt: skip
    change(street[1], town, LATER, category="supermarket")
    exclude(street[3], known_at=LATER)
    known = figures.definitions()
    other = [replace(each, denominator="COUNT(*) FILTER(WHERE reported)") for each in known]
    now = figures.measure(town.duty, days=[DAY], metrics=["resumption_rate"])[0]
    monkeypatch.setattr(figures, "definitions", lambda: Definitions(other))
    verdict = snapshots.verify(Publication.objects.get(pk=one.pk))
    assert verdict.is_good
    assert verdict.digest == one.digest
    assert (now.numerator, now.denominator) != (2, 4)


def test_a_second_time_is_a_numbered_correction_with_a_reason(town: Town, street: list[Entity], tell: Tell):
    first = publish(town)
    tell(street[3], at=NOW + timedelta(minutes=5))
    with pytest.raises(publishing.ReasonMissing):
        publish(town, at=LATER)
    second = publish(town, at=LATER, reason="one came late")
    assert (second.number, second.kind, second.previous) == (2, "correction", first.digest)
    assert whole(second)["value"] == "75.00"
    third = publishing.withdraw(
        unit=town.subdistrict, on=DAY, speaker="", reason="wrong day", by=town.duty, at=LATER
    )
    assert (third.number, third.said["figures"]) == (3, [])
    with pytest.raises(publishing.NothingToWithdraw):
        publishing.withdraw(unit=town.subdistrict, on=DAY, speaker="", reason="x", by=town.duty, at=LATER)
    every = list(Publications.visible_to(town.duty).select_related("unit").order_by("number"))
    assert [verdict.is_good for verdict in snapshots.verify_all(every)] == [True, True, True]
    # Without the second, the third no longer follows.
    assert [verdict.is_good for verdict in snapshots.verify_all([every[0], every[2]])] == [True, False]
    assert whole(Publication.objects.get(pk=first.pk))["value"] == "50.00"


def test_who_has_not_seen_the_last_one_is_asked_to(town: Town, street: list[Entity]):
    publish(town, after=0)
    with pytest.raises(publishing.PublishedMeanwhile):
        publish(town, reason="again", after=0)


def test_the_database_refuses_a_change(town: Town, street: list[Entity]):
    one = publish(town)
    for change_it in ({"speaker": "another"}, {"content": "{}"}, {"on": DAY - timedelta(days=1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Publication.objects.filter(pk=one.pk).update(**change_it)


def test_a_changed_text_is_found(town: Town, street: list[Entity]):
    one = publish(town)
    one.content = one.content.replace('"numerator":2', '"numerator":3', 1)
    assert not snapshots.verify(one).is_intact
    # With a hash that was made for it too, the facts speak against it.
    one.digest = snapshots.digest(one.content)
    verdict = snapshots.verify(one)
    assert (verdict.is_intact, verdict.is_reproduced) == (True, False)
    assert [(said["numerator"], anew["numerator"]) for said, anew in verdict.differing if anew] == [(3, 2)]


def test_each_publishes_for_their_own_unit(town: Town, street: list[Entity]):
    north = publish(town, unit=town.north_community, by=town.north, reason="")
    assert whole(north)["denominator"] == 2
    assert publish(town, unit=town.north_community, by=town.leader1, reason="again").number == 2
    line = publish(town, unit=town.departments["affairs"], by=town.duty)
    assert {tuple(row["scope"]) for row in line.said["figures"]} == {(), ("community",)}
    for unit, by in (
        (town.south_community, town.north),
        (town.subdistrict, town.leader1),
        (town.subdistrict, town.n1),
    ):
        with pytest.raises(publishing.NotYoursToPublish):
            publish(town, unit=unit, by=by)
    assert set(Publications.visible_to(town.south).values_list("unit__code", flat=True)) == set()
    assert Publications.visible_to(town.duty).count() == 3


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"on": DAY + timedelta(days=1)}, publishing.NoDayToPublish),
        ({"as_known": NOW}, publishing.NotSettled),
        ({"as_known": NOW - timedelta(days=2)}, publishing.NotSettled),
        ({"speaker": " "}, publishing.SpeakerMissing),
        ({"on": DAY - timedelta(days=200)}, publishing.NoDayToPublish),
    ],
)
def test_what_cannot_be_published_is_refused(town: Town, street: list[Entity], given: Any, refusal: Any):
    with pytest.raises(refusal):
        publish(town, **given)
    assert not Publication.objects.exists()


def test_a_unit_without_places_has_nothing_to_publish(town: Town):
    with pytest.raises(publishing.NothingToPublish):
        publish(town)


def test_the_pages_publish_put_right_and_show_what_is_known_now(
    client: Client, town: Town, street: list[Entity], tell: Tell
):
    client.force_login(town.duty)
    address = reverse("desk:publish") + f"?unit={town.subdistrict.code}&on={DAY}"
    form = client.get(address).context["form"]
    sent = {**form.initial, "speaker": "王某，党工委书记", "reason": "", "publish": "1"}
    answer = client.post(address, sent, follow=True)
    assert answer.redirect_chain, answer.context["form"].errors
    page = answer.context["page"]
    assert page.verdict.is_good
    assert page.restated == 0
    # The same form again, as from another tab, is no second publication.
    assert client.post(address, sent).status_code == 422
    tell(street[3], at=NOW + timedelta(minutes=5))
    clock.use(clock.SlowClock(shown=LATER, started=clock.real()))
    page = client.get(answer.redirect_chain[-1][0]).context["page"]
    assert page.verdict.is_good
    assert (page.lines[0].published, page.lines[0].again, page.lines[0].now) == (
        Decimal("50.00"), Decimal("50.00"), Decimal("75.00"),
    )  # fmt: skip
    settled = client.get(reverse("desk:settled", args=["resumption_rate"]), {"on": DAY}).context["page"]
    assert settled.locked.pk == page.publication.pk
    assert [one.place for one in settled.changes] == [street[3]]
    text = client.get(reverse("desk:publication-snapshot", args=[page.publication.pk])).content
    assert snapshots.digest(text.decode()) == page.publication.digest
    again = {**client.get(address).context["form"].initial, "reason": "one came late", "publish": "1"}
    assert client.post(address, again, follow=True).context["page"].publication.number == 2
    assert len(client.get(reverse("desk:published")).context["page"].rows) == 2
    client.force_login(town.s1)
    assert client.get(answer.redirect_chain[-1][0]).status_code == 404
    assert client.get(address).status_code == 403
