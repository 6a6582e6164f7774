"""Officers named for places by hand: one place or a whole list, seen before it is done, and ended again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from dongche.org import actions
from dongche.registry.actions import assign_places, end_place_duty
from dongche.registry.models import PlaceBatch, PlaceDuty
from dongche.registry.queries import responsible_for
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town

EN = {"accept-language": "en"}


def contact(entity: Any) -> tuple[str, str]:
    answer = responsible_for(entity, DAY)[4]
    return answer.officer.username, answer.rule


def test_a_leader_is_named_for_one_place_shown_there_and_ended(at_desk: Client, town: Town) -> None:
    firm = place(town.grid_n1, "enterprise", focus="key_enterprise")
    url = f"{reverse('desk:name', args=['contact'])}?place={firm.number}"
    page = at_desk.get(url, headers=EN)
    assert set(page.context["form"].people) == {"leader1", "leader2"}
    preview = at_desk.get(f"{url}&officer=leader2&from_on=2020-03-20", headers=EN)
    assert (preview.context["naming"].places, preview.context["naming"].held) == (1, [(None, 1)])
    assert at_desk.post(f"{url}&officer=leader2&from_on=2020-03-20", {"reason": ""}).status_code == 302
    assert contact(firm) == ("leader2", "S48 contact")
    shown = at_desk.get(reverse("desk:place", args=[firm.number]), headers=EN).content.decode()
    assert "By name since 20 March 2020: Officer leader2" in shown
    held = PlaceDuty.objects.get()
    end = reverse("desk:name-end", args=[held.pk])
    assert at_desk.get(end).status_code == 200
    assert at_desk.post(end, {"until_on": "2020-03-20"}).status_code == 422
    assert at_desk.post(end, {"until_on": "2020-03-21"}).status_code == 302


def test_a_whole_filtered_list_is_named_at_once(at_desk: Client, town: Town) -> None:
    firms = [place(grid, "enterprise", focus="key_enterprise") for grid in (town.grid_n1, town.grid_s1)]
    shop = place(town.grid_n1)
    listed = reverse("desk:places")
    assert at_desk.get(f"{listed}?focus=key_enterprise&contact=unnamed").context["pager"].total == 2
    url = f"{reverse('desk:name', args=['contact'])}?focus=key_enterprise&officer=leader1&from_on=2020-03-20"
    assert at_desk.get(url).context["naming"].places == 2
    batch_of(at_desk, url)
    assert [contact(firm)[0] for firm in firms] == ["leader1", "leader1"]
    assert at_desk.get(f"{listed}?focus=key_enterprise&contact=unnamed").context["pager"].total == 0
    assert len(responsible_for(shop, DAY)) == 4
    again = at_desk.get(url.replace("leader1", "leader2"))
    assert [(held.username, count) for held, count in again.context["naming"].held] == [("leader1", 2)]


def batch_of(client: Client, url: str, reason: str = "") -> PlaceBatch:
    seen = client.get(url).context["outlook"].seen
    answer = client.post(url, {"reason": reason, "seen": seen})
    assert answer.status_code == 302
    return PlaceBatch.objects.get(code=answer["Location"].split("/")[-2])


def servers(*places: Any, on: date = DAY) -> list[str]:
    return [responsible_for(one, on)[0].officer.username for one in places]


def test_who_was_named_for_a_list_is_taken_back_but_for_what_changed_since(
    at_desk: Client, town: Town
) -> None:
    shops = [place(grid) for grid in (town.grid_n1, town.grid_n2, town.grid_s1)]
    held = {"role": "served_by", "by": BY, "at": NOW}
    assign_places(
        entities=[shops[0]],
        officer=town.s2,
        from_on=DAY - timedelta(4),
        reason="late",
        source="No. 1",
        **held,
    )
    assign_places(entities=[shops[2]], officer=town.s2, from_on=DAY + timedelta(9), **held)
    url = f"{reverse('desk:name', args=['served_by'])}?officer=s1&from_on={DAY}&source=No.+2"
    outlook = at_desk.get(url).context["outlook"]
    assert (outlook.changed, [number for number, _name, _why in outlook.named]) == (2, [shops[2].number])
    assert at_desk.post(url, {"seen": "3-0"}).context["is_other"]
    batch = batch_of(at_desk, url)
    assert servers(*shops) == ["s1", "s1", "s1"]
    page = at_desk.get(reverse("desk:batch", args=[batch.code]), headers=EN).content.decode()
    assert "Officer s1" in page
    assert "No. 2" in page
    end_place_duty(
        duty=PlaceDuty.objects.get(entity=shops[1], superseded_at=None),
        until_on=DAY + timedelta(3),
        by=BY,
        at=NOW,
    )
    assert (
        at_desk.post(reverse("desk:batch-undo", args=[batch.code]), {"reason": "mistake"}).status_code == 302
    )
    assert servers(*shops) == ["s2", "s1", "s1"]
    back = PlaceDuty.objects.get(entity=shops[0], superseded_at=None)
    assert (back.from_on, back.until_on, back.source) == (DAY - timedelta(4), None, "No. 1")
    rows = batch.rows.values_list("entity", "state", "why")
    assert set(rows) == {
        (shops[0].pk, "undone", ""), (shops[1].pk, "changed", "changed_since"), (shops[2].pk, "refused", "duty_begun"),
    }  # fmt: skip


def test_who_has_served_since_before_did_serve_and_no_longer_does(at_desk: Client, town: Town) -> None:
    shops = [place(town.grid_n1), place(town.grid_n2)]
    before = DAY - timedelta(2)
    assign_places(
        entities=[shops[0]],
        officer=town.s2,
        role="served_by",
        from_on=before - timedelta(1),
        by=BY,
        at=NOW,
        reason="x",
    )
    url = f"{reverse('desk:name', args=['served_by'])}?officer=s1&from_on={before}"
    assert at_desk.post(url, {"seen": "2-0", "reason": ""}).status_code == 422
    batch = batch_of(at_desk, url, "known late")
    at_desk.post(reverse("desk:batch-undo", args=[batch.code]), {"reason": "mistake"})
    assert servers(*shops) == ["s2", "n2"]
    assert servers(*shops, on=before) == ["s1", "s1"]
    assert servers(shops[0], on=before - timedelta(1)) == ["s2"]


def test_naming_is_for_headquarters(town: Town, client: Client) -> None:
    firm = place(town.grid_n1)
    for officer in (town.n1, town.leader1, town.officers["economy"]):
        client.force_login(officer)
        assert (
            client.get(f"{reverse('desk:name', args=['served_by'])}?place={firm.number}").status_code == 403
        )


def test_whoever_acts_is_shown_with_the_one_who_is_away(at_desk: Client, town: Town) -> None:
    shop = place(town.grid_n1)
    back = DAY.replace(day=25)
    actions.take_leave(officer=town.n1, substitute=town.n2, from_on=DAY, until_on=back, by=BY, at=NOW)
    page = at_desk.get(reverse("desk:place", args=[shop.number]), headers=EN).content.decode()
    assert "acts for Officer n1, who is back on 2020-03-25" in page
