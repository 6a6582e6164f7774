"""The chase list: whose reports are missing, who asks, and to whom a long silence rises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from dongche.desk import my_day
from dongche.kit import clock
from dongche.kit.pack import PackUnreadable, load
from dongche.org.audit import System
from dongche.org.models import AuditEntry, Officer, WorkItem
from dongche.org.queries import duties_on
from dongche.registry.models import Entity
from dongche.registry.queries import Places
from dongche.reporting import figures, silence, tasks
from dongche.reporting.actions import SILENT, remind
from dongche.reporting.models import Report
from dongche.web import campaign
from tests.factories.registry import exclude, place
from tests.registry.test_standing import tell
from tests.town import DAY, NOW, Town

BY = System("test")


def before(days: int) -> Any:
    return DAY - timedelta(days=days)


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def street(town: Town) -> dict[str, Any]:
    """One that reported today, one silent since yesterday, one for long, one left out of the figures."""
    shops = {
        "today": place(town.grid_n1),
        "since_yesterday": place(town.grid_n1),
        "long": place(town.grid_n1),
        "excluded": place(town.grid_s1),
    }
    tell(shops["today"], DAY)
    tell(shops["since_yesterday"], before(2))
    exclude(shops["excluded"], kind="deregistered")
    return shops


@pytest.fixture
def desk(client: Client, town: Town) -> Client:
    client.force_login(town.duty)
    return client


def names(places: Any, street: dict[str, Any]) -> set[str]:
    known = {shop.pk: name for name, shop in street.items()}
    return {known[pk] for pk in places.values_list("pk", flat=True)}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, {"since_yesterday", "long"}),
        (2, {"since_yesterday", "long"}),
        (3, {"long"}),
        (14, {"long"}),
    ],
)
def test_silent_are_those_that_were_expected_and_said_nothing(
    town: Town, street: dict[str, Any], days: int, expected: set[str]
):
    places = Places.unscoped(reason="test")
    assert names(silence.silent(places, DAY, days), street) == expected


def test_who_began_yesterday_or_was_left_out_meanwhile_is_not_silent_for_long(town: Town):
    young, away = place(town.grid_n1, from_on=before(1)), place(town.grid_n1)
    exclude(away, kind="seasonal", from_on=before(2), until_on=before(1))
    places = Places.unscoped(reason="test")
    assert set(silence.silent(places, DAY, 1)) == {young, away}
    assert set(silence.silent(places, DAY, 2)) == {young, away}
    assert not silence.silent(places, DAY, 3).exists()


def test_every_number_of_the_page_opens_as_many_places(desk: Client, town: Town, street: dict[str, Any]):
    Report.objects.filter(on=DAY).update(same_as_yesterday=True)
    page = desk.get(reverse("desk:chasing")).context["chasing"]
    counts = {
        "expected": page.expected,
        "received": page.received,
        "on_time": page.on_time,
        "late": page.late,
        "same": page.same,
        "missing": page.missing,
        "excluded": page.excluded,
    }
    assert counts == {
        "expected": 3,
        "received": 1,
        "on_time": 0,
        "late": 1,
        "same": 1,
        "missing": 2,
        "excluded": 1,
    }
    for name, url in page.urls.items():
        assert desk.get(url).context["form"].total() == counts[name]
    assert [step.count for step in page.steps] == [2, 1, 1]
    for step in page.steps:
        assert desk.get(step.url).context["form"].total() == step.count


def test_whoever_serves_the_places_is_called_with_a_text_that_names_them(
    desk: Client, town: Town, street: dict[str, Any]
):
    (asked,) = desk.get(reverse("desk:chasing")).context["chasing"].asked
    assert asked.chase.officer == town.n1
    assert (asked.chase.count, asked.silent) == (2, 1)
    assert street["long"].name in asked.message
    assert street["today"].name not in asked.message.replace(street["long"].name, "")


def test_a_phone_is_masked_until_somebody_says_why_and_then_a_text_can_be_sent(
    desk: Client, town: Town, street: dict[str, Any]
):
    phone = "13900001234"
    Officer.objects.filter(pk=town.n1.pk).update(phone=phone)
    page = desk.get(reverse("desk:chasing"))
    (asked,) = page.context["chasing"].asked
    assert phone not in page.content.decode()
    assert (asked.phone.is_masked, asked.sms) == (True, "")
    given = {"field": f"officer-{town.n1.pk}", "at": asked.phone.id, "why": "report", "words": ""}
    desk.post(asked.phone.url, given)
    assert AuditEntry.objects.filter(action="org.reveal_phone").count() == 1
    page = desk.get(reverse("desk:chasing"))
    (asked,) = page.context["chasing"].asked
    assert f"tel:{phone}" in page.content.decode()
    assert asked.sms.startswith(f"sms:{phone}?body=")


def test_of_a_past_day_nobody_can_be_called(desk: Client, town: Town, street: dict[str, Any]):
    page = desk.get(reverse("desk:chasing"), {"on": before(1).isoformat()}).context["chasing"]
    assert page.asked
    assert all(asked.phone.url == "" for asked in page.asked if asked.phone)


def test_each_sees_whom_they_have_to_ask(client: Client, town: Town, street: dict[str, Any]):
    client.force_login(town.s1)
    page = client.get(reverse("desk:chasing")).context["chasing"]
    assert (page.expected, page.excluded, list(page.asked)) == (0, 1, [])


def test_the_sheet_says_when_each_reported_last(desk: Client, street: dict[str, Any]):
    file = b"".join(desk.get(reverse("desk:chasing-export")).streaming_content)  # type: ignore[arg-type]
    header, *rows = CalamineWorkbook.from_filelike(BytesIO(file)).get_sheet_by_index(0).to_python()
    assert len(header) == 7
    assert {row[0]: row[-1] for row in rows} == {
        street["since_yesterday"].number: before(2),
        street["long"].number: "",
    }


def test_silence_rises_from_who_serves_to_the_sponsor_and_ends_with_a_report(
    town: Town, street: dict[str, Any]
):
    found = silence.reminders(Places.unscoped(reason="test"), DAY)
    steps = dict(campaign.current().reminders_on(DAY).steps)
    assert [(one.role, one.days, one.count) for one in found] == [
        ("served_by", steps["served_by"], 2),
        ("responsible", steps["responsible"], 1),
        ("sponsor", steps["sponsor"], 1),
    ]
    assert remind(subdistrict=town.subdistrict, on=DAY, by=BY, at=NOW) == 3
    assert remind(subdistrict=town.subdistrict, on=DAY, by=BY, at=NOW) == 3
    items = WorkItem.objects.filter(kind=SILENT, closed_at__isnull=True)
    assert {item.officer_id for item in items} == {one.officer.pk for one in found}
    assert items.count() == 3
    tell(street["long"], DAY)
    remind(subdistrict=town.subdistrict, on=DAY, by=BY, at=NOW)
    assert [(item.officer, item.data["count"]) for item in items.all()] == [(town.n1, 1)]


def test_a_reminder_stands_on_the_day_of_whom_it_is_for(client: Client, town: Town, street: dict[str, Any]):
    tasks.remind.func((DAY + timedelta(days=1)).isoformat())
    (todo,) = my_day.build(town.n1, DAY).work
    assert "2" in todo.text
    client.force_login(town.n1)
    assert client.get(todo.url).context["form"].total() == 2


def test_the_page_costs_the_same_for_one_place_as_for_many(
    desk: Client, town: Town, street: dict[str, Any], django_assert_max_num_queries: Any
):
    desk.get(reverse("desk:chasing"))
    figures.forget()
    with django_assert_max_num_queries(46) as few:
        desk.get(reverse("desk:chasing"))
    for _ in range(6):
        place(town.grid_n1)
    figures.forget()
    with django_assert_max_num_queries(len(few)):
        desk.get(reverse("desk:chasing"))


def test_places_without_anybody_are_named_as_such(desk: Client, town: Town):
    nowhere = place(town.grid_n1)
    Entity.objects.filter(pk=nowhere.pk).update(grid=None)
    page = desk.get(reverse("desk:chasing"))
    (asked,) = page.context["chasing"].asked
    assert asked.chase.officer is None
    assert nowhere.name in page.content.decode()
    # Nobody serves it; its community hears of it.
    found = silence.reminders(Places.unscoped(reason="test"), DAY, duties_on(DAY))
    assert [one.role for one in found] == ["responsible", "sponsor"]


def test_steps_of_reminders_that_go_back_are_refused(tmp_path: Any):
    folder = campaign.current().folder
    text = (folder / "pack.yaml").read_text(encoding="utf-8").replace("sponsor_days: 5", "sponsor_days: 2")
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackUnreadable, match="reminders"):
        load(tmp_path)
