"""Reports of many places entered at once, and the honest mark of "same as yesterday"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dongche.org.models import AuditEntry
from dongche.registry.models import Entity, Standing
from dongche.registry.standing import settle
from dongche.reporting import actions
from dongche.reporting.appending import Entry, Outcome
from dongche.reporting.models import Report
from dongche.reporting.values import ReportValues, StaffAbsurd
from tests.factories.registry import place
from tests.reporting.conftest import Tell
from tests.town import DAY, NOW, Town

YESTERDAY = DAY - timedelta(days=1)
LATER = NOW + timedelta(minutes=5)


def entry(shop: Entity, state: str = "open", key: str = "", **more: Any) -> Entry:
    told = {name: more.pop(name) for name in ("same_as_yesterday", "seen") if name in more}
    more.setdefault("staff_at_post", 3)
    return Entry(shop, DAY, ReportValues(state, **more), key or f"entry-{shop.pk}", **told)


def enter(town: Town, *entries: Entry) -> list[Outcome]:
    return actions.record_together(entries=entries, channel="officer", by=town.n1, at=LATER)


def test_each_of_many_is_stored_corrected_or_confirmed(town: Town, tell: Tell) -> None:
    new, corrected, confirmed = (place(town.grid_n1) for _ in range(3))
    first = tell(corrected, staff_at_post=1)
    tell(confirmed, staff_at_post=3)
    outcomes = enter(town, entry(new), entry(corrected), entry(confirmed))
    assert [one.kind for one in outcomes] == ["stored", "corrected", "confirmed"]
    first.refresh_from_db()
    now = Report.objects.get(entity=corrected, superseded_at__isnull=True)
    assert (first.superseded_at, now.known_at, now.received_at) == (LATER, LATER, NOW)
    assert (now.by, now.channel, now.staff_at_post) == (town.n1, "officer", 3)
    assert enter(town, entry(new, staff_at_post=9))[0].kind == "again"
    told = AuditEntry.objects.filter(action="reporting.record_together").order_by("pk")
    assert [row.after["outcome"] for row in told] == ["stored", "corrected", "confirmed", "again"]
    assert (told[1].before["staff_at_post"], told[1].by) == (1, town.n1)


def test_two_days_of_a_place_at_once_settle_its_standing_once(town: Town, shop: Entity, tell: Tell) -> None:
    values = ReportValues("open", staff_at_post=3)
    enter(town, Entry(shop, YESTERDAY, values, "of-yesterday"), Entry(shop, DAY, values, "of-today-01"))
    assert [(row.on, row.step) for row in Standing.objects.filter(entity=shop)] == [(YESTERDAY, "resumed")]
    assert settle([shop.pk], LATER) == 0


def test_what_was_reported_meanwhile_is_never_overwritten(town: Town, shop: Entity, tell: Tell) -> None:
    theirs = tell(shop, staff_at_post=8)
    assert [one.kind for one in enter(town, entry(shop, seen=0))] == ["conflict"]
    assert Report.objects.get() == theirs
    assert [one.kind for one in enter(town, entry(shop, seen=0, staff_at_post=8))] == ["confirmed"]
    assert [one.kind for one in enter(town, entry(shop, seen=theirs.pk, key="second-look"))] == ["corrected"]


def test_nothing_is_stored_when_one_of_many_cannot_be_true(town: Town, shop: Entity) -> None:
    with pytest.raises(StaffAbsurd):
        enter(town, entry(place(town.grid_n1)), entry(shop, staff_due=2, staff_at_post=900))
    assert not Report.objects.exists()


def test_a_place_that_left_the_register_is_told_and_the_others_are_stored(town: Town, shop: Entity) -> None:
    gone = place(town.grid_n1)
    Entity.objects.filter(pk=gone.pk).update(merged_into=shop)
    assert [one.kind for one in enter(town, entry(gone), entry(shop))] == ["gone", "stored"]


def test_many_cost_as_many_statements_as_few(
    town: Town, tell: Tell, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    places = [place(town.grid_n1) for _ in range(24)]
    for one in places[::2]:
        tell(one, staff_at_post=1)
    with django_assert_max_num_queries(40) as few:
        enter(town, *(entry(one) for one in places[:4]))
    with django_assert_num_queries(len(few.captured_queries)):
        enter(town, *(entry(one) for one in places[4:]))


def test_same_as_yesterday_is_marked_only_when_it_was_chosen(town: Town, tell: Tell) -> None:
    chosen, equal, other = (place(town.grid_n1) for _ in range(3))
    for one in (chosen, equal, other):
        tell(one, on=YESTERDAY, staff_at_post=3, note="昨天的话")
    enter(
        town,
        entry(chosen, same_as_yesterday=True),
        entry(equal),
        entry(other, same_as_yesterday=True, staff_at_post=4),
    )
    marked = Report.objects.filter(on=DAY, same_as_yesterday=True)
    assert [report.entity for report in marked] == [chosen]


def test_without_a_report_of_yesterday_nothing_is_the_same(town: Town, shop: Entity, tell: Tell) -> None:
    tell(shop, on=DAY - timedelta(days=2), staff_at_post=3)
    enter(town, entry(shop, same_as_yesterday=True))
    assert not Report.objects.get(on=DAY).same_as_yesterday


@pytest.mark.parametrize("by", ["qr", "officer"])
def test_one_tap_fills_in_yesterday_and_the_report_says_so(
    client: Client, town: Town, shop: Entity, tell: Tell, by: str
) -> None:
    url = reverse("reporting:report", args=[shop.code])
    if by == "officer":
        client.force_login(town.n1)
        url = reverse("reporting:on-behalf", args=[shop.number])
    assert "data-same" not in client.get(url).content.decode()
    tell(shop, on=YESTERDAY, staff_at_post=3, staff_due=9, output_fen=980_000, note="昨天的话")
    assert "data-same" in client.get(url).content.decode()
    form = client.get(url + "?same=1").context["form"]
    shown = {name: form[name].value() for name in ("same", "state", "staff_at_post", "output_fen", "note")}
    assert shown == {"same": True, "state": "open", "staff_at_post": 3, "output_fen": "9800", "note": None}
    answers = {
        "key": "drawn-once-0001", "on": "2020-03-20", "state": "open", "staff_at_post": "3", "staff_due": "9",
        "output_fen": "9800", "same": "True",
    }  # fmt: skip
    assert client.post(url, answers).status_code == 302
    assert Report.objects.get(on=DAY).same_as_yesterday
    # Something else was put in afterwards: then it is not the same, whatever was tapped.
    assert client.post(url, answers | {"key": "drawn-once-0002", "staff_at_post": "4"}).status_code == 302
    assert not Report.objects.get(on=DAY, superseded_at__isnull=True).same_as_yesterday


def test_a_zero_report_counts_as_received(town: Town, shop: Entity, tell: Tell) -> None:
    from dongche.registry.queries import Places
    from dongche.reporting.queries import count_in_state

    places = Places.visible_to(town.duty)
    tell(shop, "closed", staff_at_post=0, output_fen=0)
    assert (count_in_state(places, DAY, "reported"), count_in_state(places, DAY, "not_reported")) == (1, 0)
    assert count_in_state(places, DAY, "resumed") == 0
