"""One place by hand: entered, changed without losing anybody's change, left out of the figures and counted again."""

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
from dongche.org.models import AuditEntry
from dongche.registry import actions, entering
from dongche.registry.alike import alike
from dongche.registry.imports import values
from dongche.registry.imports.places import Ground
from dongche.registry.models import Category, Entity, Exclusion, Focus, NameGram, Revision
from dongche.registry.queries import Places, version_of
from dongche.registry.standards.nine_small import venues
from tests.factories.registry import place
from tests.town import DAY, NOW, Town

ENGLISH = {"accept-language": "en"}
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def cells(town: Town, **given: Any) -> dict[str, Any]:
    return {"name": "海泊路小馆", "category": "street_shop", "community": town.grid_n1.community.code} | given


def typed(town: Town, **given: Any) -> dict[str, Any]:
    found = entering.read(cells(town, **given), ground=Ground.of(town.subdistrict, DAY), on=DAY)
    assert isinstance(found, dict), found
    return found


def enter(town: Town, **given: Any) -> Entity:
    return actions.enter_place(subdistrict=town.subdistrict, given=typed(town, **given), by=town.duty, at=NOW)


def test_a_place_entered_by_hand_is_like_one_of_a_file(town: Town):
    shop = enter(
        town,
        grid=town.grid_n1.code,
        contact_phone="138 0013 8000",
        revenue="120.5",
        industry="F52",
        staff_count="7",
    )
    assert shop.number.startswith("FX-")
    assert (shop.grid, shop.community, shop.section, shop.revenue_fen) == (
        town.grid_n1,
        town.grid_n1.community,
        "F",
        120_500_000,
    )
    assert shop.size != ""
    assert Revision.objects.values_list("entity", "source", "by", "superseded_at").get() == (
        shop.pk,
        "entered",
        town.duty.pk,
        None,
    )
    assert list(Places.visible_to(town.duty).named_like("小馆")) == [shop]
    told = AuditEntry.objects.get(action="registry.enter_place")
    assert (told.after["contact_phone"], told.after["name"]) == ("changed", "海泊路小馆")
    assert "13800138000" not in str(told.after)


def test_a_point_finds_the_grid_around_it(town: Town):
    lon, lat = Ground.of(town.subdistrict, DAY).tree.geometries[0].representative_point().coords[0]
    found = typed(town, community="", lon=str(lon), lat=str(lat))
    assert found["grid_id"] in {grid.pk for grid in town.grids.values()}
    assert found["community_id"] is not None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"credit_code": "91370203MA3CT4LN0X"}, "credit_code"),
        ({"contact_phone": "12"}, "contact_phone"),
        ({"revenue": "-1"}, "revenue"),
        ({"opened_on": date(2031, 1, 1)}, "opened_on"),
        ({"lon": "120.3"}, "lat"),
        ({"community": "nowhere"}, "community"),
    ],
)
def test_what_a_file_may_not_say_a_form_may_not_say(town: Town, given: dict[str, Any], field: str):
    found = entering.read(cells(town, **given), ground=Ground.of(town.subdistrict, DAY), on=DAY)
    assert [fault.field for fault in found] == [field]


MONEY = st.none() | st.integers(0, 10**14)


@given(
    given=st.fixed_dictionaries(
        {
            "name": st.text("四方大店小馆ABC12", min_size=2, max_size=12).filter(
                lambda name: any(map(str.isalpha, name))
            ),
            "category": st.sampled_from(Category.values),
            "focus": st.sampled_from(["", *Focus.values]),
            "nine_small_class": st.sampled_from(["", *venues()]),
            "industry": st.sampled_from(["", "F52", "C3412", "E", "H61"]),
            "address": st.sampled_from(["", "海泊路1号"]),
            "revenue_fen": MONEY,
            "assets_fen": MONEY,
            "output_normal_fen": MONEY.map(lambda fen: fen and fen // 10),
            "staff_count": st.none() | st.integers(0, 9999),
            "area_m2": st.none() | st.integers(0, 9999),
            "construction_qualified": st.sampled_from([None, True, False]),
            "opened_on": st.none() | st.dates(date(1950, 1, 1), DAY),
            "lon": st.none(),
            "lat": st.none(),
        }
    ),
    lies=st.sampled_from(["grid", "community"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_form_shows_changes_nothing_when_it_is_sent_back(town: Town, given: dict[str, Any], lies: str):
    ground = Ground.of(town.subdistrict, DAY)
    shop = Entity(**given, community=town.grid_n1.community, grid=town.grid_n1 if lies == "grid" else None)
    asked = entering.cells_of(shop, {pk: code for code, pk in ground.ids.items()})
    found = entering.read(asked, ground=ground, on=DAY)
    assert isinstance(found, dict), found
    known = {name: getattr(shop, name) for name in values.IMPORTED}
    assert values.differences(known, found) == {}


def test_a_change_keeps_what_was_before_and_who_changed_it(town: Town):
    shop = enter(town, contact_phone="13800138000", staff_count="7")
    given = typed(town, name="海泊路大饭店", contact_phone="13900139000", staff_count="")
    changed = actions.change_place(
        place=shop, given=given, version=version_of(shop), source="visited", by=town.duty, at=LATER
    )
    assert (changed.name, changed.staff_count, changed.contact_phone) == ("海泊路大饭店", None, "13900139000")
    assert changed.number == shop.number
    first, second = Revision.objects.order_by("pk")
    assert (first.superseded_at, second.superseded_at, second.source) == (LATER, None, "visited")
    assert second.changes == {
        "name": ["海泊路小馆", "海泊路大饭店"],
        "contact_phone": [None, None],
        "staff_count": [7, None],
    }
    grams = set(NameGram.objects.filter(entity=shop).values_list("gram", flat=True))
    assert grams == {"海泊", "泊路", "路大", "大饭", "饭店"}
    told = AuditEntry.objects.get(action="registry.change_place")
    assert (told.before["staff_count"], told.after["staff_count"], told.after["source"]) == (
        7,
        None,
        "visited",
    )


def test_nobody_overwrites_what_they_have_not_seen(town: Town):
    shop = enter(town)
    seen = version_of(shop)
    actions.change_place(
        place=shop, given=typed(town, address="海泊路1号"), version=seen, by=town.duty, at=LATER
    )
    with pytest.raises(actions.ChangedMeanwhile):
        actions.change_place(
            place=shop, given=typed(town, address="海泊路2号"), version=seen, by=town.duty, at=LATER
        )
    assert Entity.objects.get().address == "海泊路1号"
    assert Revision.objects.count() == 2


def test_a_change_that_changes_nothing_leaves_no_trace(town: Town):
    shop = enter(town)
    with pytest.raises(actions.NothingChanged):
        actions.change_place(place=shop, given=typed(town), version=version_of(shop), by=town.duty, at=LATER)
    assert (Revision.objects.count(), AuditEntry.objects.filter(action="registry.change_place").count()) == (
        1,
        0,
    )


def test_a_credit_code_belongs_to_one_place(town: Town):
    good = "91350100M000100Y43"
    first = enter(town, credit_code=good)
    with pytest.raises(actions.CreditCodeTaken, match=first.number):
        enter(town, name="另一家", credit_code=good)
    other = enter(town, name="另一家")
    with pytest.raises(actions.CreditCodeTaken):
        actions.change_place(
            place=other,
            given=typed(town, name="另一家", credit_code=good),
            version=version_of(other),
            by=town.duty,
            at=LATER,
        )


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        ({"name": "海泊路小馆"}, ["same name"]),
        ({"name": "海泊路小餐馆"}, ["name alike to 67 %"]),
        ({"name": "全然不同", "contact_phone": "13800138000"}, ["same phone"]),
        ({"name": "海泊路小馆", "address": "海泊路 1 号"}, ["same name", "same address"]),
        ({"name": "威海路百货"}, []),
    ],
)
def test_what_may_be_the_same_is_found_with_its_reasons(
    town: Town, given: dict[str, Any], reasons: list[str]
):
    known = enter(town, contact_phone="13800138000", address="海泊路1号")
    enter(town, name="远处的商行")
    described = typed(town, **given)
    with translation.override("en"), CaptureQueriesContext(connection) as queries:
        found = alike(described, subdistrict_id=town.subdistrict.pk, actor=town.duty)
    assert [(one.place, one.reasons) for one in found] == ([(known, reasons)] if reasons else [])
    assert len(queries) <= 6


def test_branches_with_codes_of_their_own_are_not_alike(town: Town):
    enter(town, credit_code="91350100M000100Y43", name="连锁便利店")
    given = typed(town, name="连锁便利店") | {"credit_code": "92370203MA3AAAAA0A"}
    assert alike(given, subdistrict_id=town.subdistrict.pk, actor=town.duty) == []


def post(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, {"source": "entered", **data}, headers=ENGLISH)


def test_headquarters_enters_a_place_and_is_asked_about_its_like(client: Client, town: Town):
    client.force_login(town.duty)
    page = reverse("registry:place-new")
    assert page in client.get(reverse("desk:places")).content.decode()
    assert client.get(page).status_code == 200
    assert post(client, page, name="").status_code == 422
    first = post(client, page, **cells(town, grid=town.grid_n1.code))
    assert (first.status_code, Entity.objects.count()) == (302, 1)
    again = post(client, page, **cells(town))
    assert (again.status_code, Entity.objects.count()) == (422, 1)
    assert "same name" in again.content.decode()
    assert post(client, page, **cells(town, is_another="on")).status_code == 302
    assert Entity.objects.count() == 2


def test_whoever_is_overtaken_sees_what_was_changed_and_may_still_save(client: Client, town: Town):
    shop = enter(town, contact_name="张三", contact_phone="13800138000")
    seen = version_of(shop)
    client.force_login(town.duty)
    page = reverse("registry:place-edit", args=[shop.number])
    shown = client.get(page).content.decode()
    assert f'value="{seen}"' in shown
    assert "13800138000" not in shown
    actions.change_place(
        place=shop, given=typed(town, contact_phone="13800138000", contact_name="张三", staff_count="9"),
        version=seen, by=town.duty, at=LATER,
    )  # fmt: skip
    late = post(client, page, **cells(town, address="海泊路9号"), version=seen)
    assert late.status_code == 409
    text = late.content.decode()
    assert "Changed meanwhile" in text
    assert "海泊路9号" in text
    assert Entity.objects.get().address == ""
    saved = post(client, page, **cells(town, address="海泊路9号"), version=version_of(shop))
    assert saved.status_code == 302
    kept = Entity.objects.get()
    assert (kept.address, kept.contact_name, kept.contact_phone) == ("海泊路9号", "张三", "13800138000")
    assert (
        post(
            client, page, **cells(town, address="海泊路9号", forget="on"), version=version_of(shop)
        ).status_code
        == 302
    )
    assert (Entity.objects.get().contact_name, Entity.objects.get().contact_phone) == ("", "")


def test_a_place_is_left_out_and_counted_again(client: Client, town: Town):
    shop = place(town.grid_n1)
    client.force_login(town.duty)
    page = reverse("registry:place-exclude", args=[shop.number])
    assert page in client.get(reverse("desk:place", args=[shop.number])).content.decode()
    wrong = post(client, page, kind="seasonal", reason="closed", from_on="2020-03-20", until_on="2020-03-19")
    assert wrong.status_code == 422
    assert post(client, page, kind="seasonal", reason="closed", from_on="2020-03-20").status_code == 302
    assert not Places.visible_to(town.duty).active(DAY).filter(pk=shop.pk).exists()
    end = reverse("registry:exclusion-end", args=[shop.number, Exclusion.objects.get().pk])
    assert end in client.get(reverse("desk:place", args=[shop.number])).content.decode()
    assert post(client, end, until_on="2020-03-20").status_code == 302
    assert Places.visible_to(town.duty).active(DAY).filter(pk=shop.pk).exists()


@pytest.mark.parametrize("name", ["place-edit", "place-exclude"])
def test_others_neither_change_nor_see(client: Client, town: Town, name: str):
    shop = place(town.grid_n1)
    client.force_login(town.n1)
    assert client.get(reverse(f"registry:{name}", args=[shop.number])).status_code == 403
    client.force_login(town.duty)
    assert client.get(reverse(f"registry:{name}", args=["LS-99999"])).status_code == 404
