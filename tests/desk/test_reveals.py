"""Personal values: masked, shown to whose duty it is or for a reason, for a few minutes, and logged without the value."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dongche.desk import personal
from dongche.kit import clock
from dongche.org import actions
from dongche.org.models import AuditEntry, Officer, Unit
from dongche.registry import actions as registry
from dongche.registry.imports.values import replaced
from dongche.registry.models import Entity
from dongche.registry.queries import version_of
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town

EN = {"accept-language": "en"}
NAME, PHONE = "钱塘月", "13912345678"
HTMX = {"HX-Request": "true", **EN}


@pytest.fixture
def shop(town: Town) -> Entity:
    return place(town.grid_n1, name="天顺餐饮", contact_name=NAME, contact_phone=PHONE)


def page_of(client: Client, shop: Entity) -> str:
    return client.get(reverse("desk:place", args=[shop.number]), headers=EN).content.decode()


def ask(client: Client, shop: Entity, field: str = "contact_phone", **values: Any) -> Any:
    given = {"field": field, "at": "reveal-1", "why": "report", "words": ""} | values
    headers = values.pop("headers", EN)
    given.pop("headers", None)
    return client.post(reverse("desk:place-reveal", args=[shop.number]), given, headers=headers)


def reveals() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action__in=("registry.reveal", "org.reveal_phone")).order_by("id"))


def test_a_value_is_shown_for_a_reason_for_some_minutes_and_logged(
    at_desk: Client, town: Town, shop: Entity, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = page_of(at_desk, shop)
    assert "139******78" in before
    assert "钱**" in before
    assert PHONE not in before
    assert NAME not in before
    assert ask(at_desk, shop).status_code == 302
    shown = page_of(at_desk, shop)
    assert PHONE in shown
    assert NAME not in shown
    (entry,) = reveals()
    assert (entry.action, entry.by_id, entry.subject, entry.subject_id) == (
        "registry.reveal",
        town.duty.pk,
        "entity",
        shop.pk,
    )
    assert (entry.reason, entry.after) == ("Ask for a missing report", {"field": "contact_phone"})
    assert entry.subdistrict_id == town.subdistrict.pk
    later = clock.real() + personal.OPEN_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "real", lambda: later)
    assert PHONE not in page_of(at_desk, shop)


def test_another_browser_of_the_same_officer_sees_nothing_more(
    at_desk: Client, town: Town, shop: Entity
) -> None:
    ask(at_desk, shop)
    other = Client()
    other.force_login(town.duty)
    assert PHONE not in page_of(other, shop)


def test_htmx_gets_the_value_alone(at_desk: Client, shop: Entity) -> None:
    answer = ask(at_desk, shop, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f"tel:{PHONE}" in text
    assert 'id="reveal-contact-phone"' in text
    assert "<html" not in text
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("values", [{"why": "other"}, {"why": "curious"}, {"why": ""}, {"at": "x y"}])
def test_without_a_reason_nothing_is_shown_or_logged(at_desk: Client, shop: Entity, values: Any) -> None:
    refused = ask(at_desk, shop, headers=HTMX, **values)
    assert refused.status_code == 422
    assert PHONE not in refused.content.decode()
    assert ask(at_desk, shop, **values).status_code == 302
    assert PHONE not in page_of(at_desk, shop)
    assert reveals() == []


def test_own_words_are_kept_as_the_reason(at_desk: Client, shop: Entity) -> None:
    ask(at_desk, shop, "contact_name", why="other", words="burst pipe next door")
    assert [entry.reason for entry in reveals()] == ["burst pipe next door"]
    assert NAME in page_of(at_desk, shop)


@pytest.mark.parametrize("field", ["code", "contact_phone_hash", "officer-999999", "name"])
def test_nothing_else_can_be_asked_for(at_desk: Client, shop: Entity, field: str) -> None:
    assert ask(at_desk, shop, field).status_code == 404
    assert reveals() == []


def test_the_phone_of_who_answers_is_masked_and_shown_the_same_way(
    at_desk: Client, town: Town, shop: Entity
) -> None:
    assert town.n1.phone not in page_of(at_desk, shop)
    assert ask(at_desk, shop, f"officer-{town.n1.pk}").status_code == 302
    shown = page_of(at_desk, shop)
    assert town.n1.phone in shown
    assert town.north.phone not in shown
    (entry,) = reveals()
    assert (entry.action, entry.subject_id, entry.after) == (
        "org.reveal_phone",
        town.n1.pk,
        {"field": "phone"},
    )
    assert ask(at_desk, shop, f"officer-{town.s1.pk}").status_code == 404


def test_the_administrator_is_shown_the_phone_of_an_officer(at_desk: Client, town: Town) -> None:
    page = reverse("desk:officer", args=["n1"])
    assert town.n1.phone not in at_desk.get(page).content.decode()
    given = {"field": f"officer-{town.n1.pk}", "at": "reveal-officer", "why": "urgent", "words": ""}
    assert at_desk.post(reverse("desk:officer-reveal", args=["n1"]), given).status_code == 302
    assert town.n1.phone in at_desk.get(page).content.decode()
    assert [entry.subject_id for entry in reveals()] == [town.n1.pk]


def test_whose_duty_it_is_to_call_sees_it_at_once_also_as_a_substitute_or_by_name(
    client: Client, town: Town, shop: Entity
) -> None:
    actions.take_leave(officer=town.n1, from_on=DAY, substitute=town.s1, by=BY, at=NOW)
    registry.assign_places(entities=[shop], officer=town.leader2, role="contact", from_on=DAY, by=BY, at=NOW)
    Entity.objects.filter(pk=shop.pk).update(focus="key_enterprise")
    seen = {}
    for name in ("s1", "leader2", "north", "leader1", "affairs"):
        client.force_login(Officer.objects.get(username=name))
        text = page_of(client, shop)
        seen[name] = PHONE in text
    assert seen == {"s1": True, "leader2": True, "north": False, "leader1": False, "affairs": False}
    assert reveals() == []


def test_outside_the_scope_there_is_nothing_to_ask_for(client: Client, town: Town, shop: Entity) -> None:
    client.force_login(town.s1)
    assert ask(client, shop).status_code == 404
    assert reveals() == []


def test_from_a_level_above_everything_stays_masked(client: Client, town: Town, shop: Entity) -> None:
    district = actions.create_unit(
        kind="district", code="370203000000", name="District", parent=None, from_on=DAY, by=BY, at=NOW
    )
    Unit.objects.filter(pk=town.subdistrict.pk).update(parent=district, district=district)
    above = actions.create_officer(username="above", name="Above", by=BY, at=NOW)
    actions.appoint(officer=above, unit=district, role="superior_officer", from_on=DAY, by=BY, at=NOW)
    client.force_login(above)
    text = page_of(client, shop)
    assert "139******78" in text
    assert "reveal/" not in text
    assert ask(client, shop).status_code == 403
    # A post in some grid elsewhere brings the duty, but not for what is seen from above alone.
    actions.appoint(officer=above, unit=town.grid_s1, role="grid_worker", from_on=DAY, by=BY, at=NOW)
    client.force_login(Officer.objects.get(pk=above.pk))
    assert "139******78" in page_of(client, shop)
    assert ask(client, shop).status_code == 404


def test_showing_takes_the_same_queries_for_the_page(
    at_desk: Client, shop: Entity, django_assert_max_num_queries: Any
) -> None:
    page_of(at_desk, shop)
    with django_assert_max_num_queries(52):  # each room tells what it knows with a query or two
        page_of(at_desk, shop)


def test_an_earlier_phone_is_kept_masked_and_shown_for_a_reason(
    at_desk: Client, town: Town, shop: Entity
) -> None:
    version = version_of(shop)
    given = {"contact_phone": "13800009999", "name": shop.name}
    registry.change_place(place=shop, given=given, version=version, by=town.duty, at=NOW)
    latest = shop.revisions.get(superseded_at__isnull=True)
    assert replaced(latest.former) == {"contact_phone": PHONE}
    assert latest.changes["contact_phone"] == [None, None]
    page = f"{reverse('desk:place-values', args=[shop.number])}?on={DAY - timedelta(days=1)}"
    before = at_desk.get(page, headers=EN).content.decode()
    assert "139******78" in before
    assert PHONE not in before
    asked = f"contact_phone@{latest.pk}"
    assert ask(at_desk, shop, f"contact_name@{latest.pk}").status_code == 404
    assert ask(at_desk, shop, f"contact_phone@{version}").status_code == 404
    assert ask(at_desk, shop, asked, why="other").url == page
    assert PHONE not in at_desk.get(page, headers=EN).content.decode()
    assert ask(at_desk, shop, asked).url == page
    assert PHONE in at_desk.get(page, headers=EN).content.decode()
    (entry,) = reveals()
    assert entry.after == {"field": "contact_phone", "version": latest.pk}
    latest.former = ""
    latest.save()
    assert "changed since; not kept" in at_desk.get(page, headers=EN).content.decode()
