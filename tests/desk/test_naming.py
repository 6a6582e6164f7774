"""Officers named for places by hand: one place or a whole list, seen before it is done, and ended again."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from dongche.org import actions
from dongche.registry.models import PlaceDuty
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
    assert at_desk.post(url, {"reason": ""}).status_code == 302
    assert [contact(firm)[0] for firm in firms] == ["leader1", "leader1"]
    assert at_desk.get(f"{listed}?focus=key_enterprise&contact=unnamed").context["pager"].total == 0
    assert len(responsible_for(shop, DAY)) == 4
    again = at_desk.get(url.replace("leader1", "leader2"))
    assert [(held.username, count) for held, count in again.context["naming"].held] == [("leader1", 2)]


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
