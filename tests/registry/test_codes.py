"""A lost QR card: its code is withdrawn by headquarters, the place gets another, and both say the right thing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from dongche.org.models import AuditEntry
from dongche.registry import actions
from dongche.registry.models import Entity, WithdrawnCode
from dongche.registry.queries import place_that_had
from tests.factories.registry import place
from tests.town import NOW, Town

ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def shop(town: Town) -> Entity:
    return place(town.grid_n1, name="海泊路小馆")


def page_of(shop: Entity) -> str:
    return reverse("registry:withdraw-code", args=[shop.number])


def test_revoke_code_remembers_the_old_code_and_gives_a_new_one(town: Town, shop: Entity):
    renewed = actions.revoke_code(entity=shop, reason=" card lost ", by=town.duty, at=NOW)
    assert renewed.code != shop.code
    assert Entity.objects.get().code == renewed.code
    assert WithdrawnCode.objects.values_list("entity", "code", "withdrawn_at").get() == (
        shop.pk,
        shop.code,
        NOW,
    )
    assert (place_that_had(shop.code), place_that_had(renewed.code)) == (shop, None)


def test_revoke_code_is_audited_without_either_code(town: Town, shop: Entity):
    renewed = actions.revoke_code(entity=shop, reason="card lost", by=town.duty, at=NOW)
    entry = AuditEntry.objects.get(action="registry.revoke_code")
    withdrawn = WithdrawnCode.objects.get()
    assert (entry.reason, entry.before, entry.after) == (
        "card lost",
        {"withdrawn_code": withdrawn.pk},
        {"code": "changed"},
    )
    assert not {shop.code, renewed.code} & set(str(entry.__dict__).split("'"))


def test_revoke_code_wants_a_reason(town: Town, shop: Entity):
    with pytest.raises(actions.WithdrawalReasonMissing):
        actions.revoke_code(entity=shop, reason="  ", by=town.duty, at=NOW)
    assert (Entity.objects.get().code, WithdrawnCode.objects.count()) == (shop.code, 0)


def test_a_code_withdrawn_twice_keeps_both_old_ones(town: Town, shop: Entity):
    second = actions.revoke_code(entity=shop, reason="lost", by=town.duty, at=NOW)
    actions.revoke_code(entity=second, reason="lost again", by=town.duty, at=NOW)
    assert [place_that_had(code) for code in (shop.code, second.code)] == [shop, shop]


def test_headquarters_withdraws_a_code_and_gets_the_new_card(client: Client, town: Town, shop: Entity):
    client.force_login(town.duty)
    assert page_of(shop) in client.get(reverse("desk:place", args=[shop.number])).content.decode()
    assert shop.name in client.get(page_of(shop)).content.decode()
    before = client.get(reverse("registry:qr", args=[shop.number]))
    card = client.post(page_of(shop), {"reason": "card lost"}, headers=ENGLISH, follow=True)
    assert card.redirect_chain == [(f"{reverse('desk:places-cards')}?q={shop.number}", 302)]
    assert "The old code is withdrawn" in card.content.decode()
    after = client.get(reverse("registry:qr", args=[shop.number]))
    assert after.content != before.content
    assert "no-cache" in after["Cache-Control"]
    assert client.get(f"/r/{shop.code}/").status_code == 410
    assert client.get(f"/r/{Entity.objects.get().code}/").status_code == 200


def test_a_withdrawal_without_a_reason_is_asked_again(client: Client, town: Town, shop: Entity):
    client.force_login(town.duty)
    response = client.post(page_of(shop), {"reason": " "})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["reason"])
    assert Entity.objects.get().code == shop.code


@pytest.mark.parametrize(("username", "status"), [("n1", 403), ("s1", 403), ("north", 403), (None, 302)])
def test_nobody_else_withdraws_a_code(
    client: Client, town: Town, shop: Entity, username: str | None, status: int
):
    if username:
        client.force_login(town.officers[username])
        link = client.get(reverse("desk:place", args=[shop.number])).content.decode()
        assert page_of(shop) not in link
    assert client.post(page_of(shop), {"reason": "card lost"}).status_code == status
    assert Entity.objects.get().code == shop.code


def test_an_unknown_place_and_a_wrong_method_are_refused(client: Client, town: Town, shop: Entity):
    client.force_login(town.duty)
    assert client.get(reverse("registry:withdraw-code", args=["FX-99999"])).status_code == 404
    assert client.put(page_of(shop)).status_code == 405
