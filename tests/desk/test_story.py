"""What happened to a place, told by every room; and each value as it was known on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dongche.kit import clock
from dongche.registry import actions, entering, provenance, timeline
from dongche.registry.imports.places import Ground
from dongche.registry.models import Entity
from dongche.registry.queries import version_of
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import DAY, NOW, START, Town

ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    with translation.override("en"):
        yield
    clock.use(None)


def change(shop: Entity, town: Town, at: datetime, **cells: Any) -> Entity:
    ground = Ground.of(town.subdistrict, DAY)
    known = entering.cells_of(shop, {pk: code for code, pk in ground.ids.items()})
    found = entering.read(known | cells, ground=ground, on=DAY)
    assert isinstance(found, dict), found
    return actions.change_place(place=shop, given=found, version=version_of(shop), by=town.duty, at=at)


def titles(page: timeline.Page) -> list[str]:
    return [event.title for event in page.events]


def test_every_room_tells_what_it_knows(town: Town):
    shop = place(town.grid_n1, name="海泊路小馆")
    change(shop, town, NOW, name="海泊路饭店", staff_count="7")
    actions.exclude_place(
        entity=shop,
        kind="seasonal",
        reason="winter",
        from_on=DAY,
        by=town.duty,
        at=NOW + timedelta(minutes=1),
    )
    actions.revoke_code(entity=shop, reason="lost", by=town.duty, at=NOW + timedelta(minutes=2))
    actions.assign_places(
        entities=[shop], officer=town.n1, role="served_by", from_on=DAY, by=town.duty,
        at=NOW + timedelta(minutes=3),
    )  # fmt: skip
    report(shop, known_at=NOW + timedelta(minutes=4), staff_due=7, staff_at_post=5)
    found = timeline.page(shop, town.duty)
    assert [event.kind for event in found.events] == [
        "reports",
        "duties",
        "codes",
        "counting",
        "values",
        "values",
    ]
    assert found.before is None
    changed = found.events[4]
    assert (changed.title, changed.by) == ("Changed by hand", town.duty.name)
    assert changed.details == ["Place name: 海泊路小馆 → 海泊路饭店", "Number of staff: — → 7"]
    assert titles(timeline.page(shop, town.duty, kind="values")) == [
        "Changed by hand",
        "Taken into the registry",
    ]
    assert timeline.page(shop, town.duty, kind="nothing").events == []


def test_the_story_goes_on_page_after_page_and_leaves_nothing_out(town: Town):
    shop = place(town.grid_n1)
    for day in range(25):
        report(shop, on=START + timedelta(days=day), known_at=NOW + timedelta(hours=day))
    told, before, pages = [], None, 0
    while True:
        page = timeline.page(shop, town.duty, before=before, size=7)
        told += page.events
        pages += 1
        before = page.before
        if before is None:
            break
    assert pages == 4
    assert len(told) == 26
    assert [event.at for event in told] == sorted((event.at for event in told), reverse=True)
    with CaptureQueriesContext(connection) as few:
        timeline.page(shop, town.duty, size=2)
    with CaptureQueriesContext(connection) as many:
        timeline.page(shop, town.duty, size=25)
    assert len(few) == len(many)


STEPS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["甲店", "乙店", "丙店"]),
            "staff_count": st.sampled_from(["", "3", "9"]),
            "revenue": st.sampled_from(["", "12.5"]),
            "contact_phone": st.sampled_from(["13800138000", "13900139000"]),
            "focus": st.sampled_from(["", "key_field"]),
            "opened_on": st.sampled_from([None, date(2019, 5, 1)]),
            "grid": st.sampled_from(["n1", "n2"]),
        },
    ),
    max_size=5,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_values_as_known_are_what_they_were_at_the_time(town: Town, steps: list[dict[str, Any]]):
    shop = place(town.grid_n1, name="海泊路小馆")
    kept = {NOW - timedelta(hours=1): Entity.objects.get(pk=shop.pk)}
    for number, step in enumerate(steps):
        at = NOW + timedelta(hours=number)
        if "grid" in step:
            step["grid"] = {"n1": town.grid_n1, "n2": town.grid_n2}[step["grid"]].code
        try:
            shop = change(shop, town, at, **step)
        except actions.NothingChanged:
            continue
        kept[at] = Entity.objects.get(pk=shop.pk)
    now = Entity.objects.get(pk=shop.pk)
    for at, then in kept.items():
        for one in provenance.known_at(now, at):
            assert one.value == getattr(then, one.name), (one.name, at)
            assert one.version.known_at <= at
    assert provenance.known_at(now, datetime(2019, 1, 1, tzinfo=UTC)) == ()


def test_the_pages_show_the_story_and_the_values_of_a_day(client: Client, town: Town):
    shop = place(town.grid_n1, name="海泊路小馆", contact_phone="13800138000")
    change(shop, town, NOW, name="海泊路饭店")
    client.force_login(town.duty)
    page = reverse("desk:place", args=[shop.number])
    text = client.get(page, headers=ENGLISH).content.decode()
    assert "海泊路小馆 → 海泊路饭店" in text
    assert (
        "Taken into the registry" not in client.get(f"{page}?kind=reports", headers=ENGLISH).content.decode()
    )
    assert client.get(f"{page}?before=yesterday").status_code == 400
    assert client.get(f"{page}?before=2020-03-20").status_code == 400
    values = reverse("desk:place-values", args=[shop.number])
    assert values in text
    now = client.get(values, headers=ENGLISH).content.decode()
    before = client.get(f"{values}?on={DAY - timedelta(days=1)}", headers=ENGLISH).content.decode()
    assert "海泊路小馆" not in now
    assert "海泊路小馆" in before
    assert "13800138000" not in now + before


def test_the_values_of_a_place_elsewhere_are_not_there(client: Client, town: Town):
    shop = place(town.grid_s2)
    client.force_login(town.n1)
    assert client.get(reverse("desk:place-values", args=[shop.number])).status_code == 404
