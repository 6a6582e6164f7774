"""Absences on the desk: one's own by everybody, others' by whoever leads them, with who acts meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dongche.org import actions
from dongche.org.models import Leave
from dongche.registry.queries import Places, responsible_for
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town

EN = {"accept-language": "en"}
TOMORROW = DAY + timedelta(days=1)


def asked(**given: str) -> dict[str, str]:
    return {"officer": "n1", "from_on": "2020-03-20", "kind": "other", **given}


def test_an_officer_notes_their_own_absence_and_the_substitute_sees_the_places(
    town: Town, client: Client
) -> None:
    shop = place(town.grid_n1)
    client.force_login(town.n1)
    page = client.get(reverse("desk:leave-new"))
    assert set(page.context["form"].led) == {"n1"}
    done = client.post(reverse("desk:leave-new"), asked(substitute="s1"), follow=True, headers=EN)
    assert "Officer n1 is away" in done.content.decode()
    (line,) = done.context["now"]
    assert (line.acting, line.load, line.can_change) == (town.s1, [("Served by", 1)], True)
    assert responsible_for(shop, DAY)[0].officer == town.s1
    assert list(Places.visible_to(type(town.s1).objects.get(pk=town.s1.pk))) == [shop]
    back = reverse("desk:leave-end", args=[line.leave.pk])
    assert client.post(back, {"until_on": "2020-03-21"}).status_code == 302
    assert responsible_for(shop, TOMORROW)[0].officer == town.n1


def test_a_substitute_who_is_away_too_is_asked_about(at_desk: Client, town: Town) -> None:
    actions.take_leave(officer=town.s1, from_on=TOMORROW, by=BY, at=NOW)
    warned = at_desk.post(reverse("desk:leave-new"), asked(substitute="s1"), headers=EN)
    assert (warned.status_code, "away from 2020-03-21 on as well" in warned.content.decode()) == (422, True)
    assert 'type="checkbox" name="anyway"' in warned.content.decode()
    early = at_desk.post(reverse("desk:leave-new"), asked(substitute="s1", until_on="2020-03-21"))
    assert early.status_code == 302
    again = at_desk.post(reverse("desk:leave-new"), asked(substitute="s1", anyway="on"), headers=EN)
    assert "held twice" in again.content.decode()


@pytest.mark.parametrize(
    ("leader", "led"),
    [
        ("duty", {"duty", "leader1", "n1", "s2", "economy", "north"}),
        ("north", {"north", "n1", "n2"}),
        ("n1", {"n1"}),
        ("leader1", {"leader1"}),
        ("economy", {"economy"}),
    ],
)
def test_leaders_keep_the_absences_of_their_unit(
    town: Town, client: Client, leader: str, led: set[str]
) -> None:
    client.force_login(town.officers[leader])
    found = set(client.get(reverse("desk:leave-new")).context["form"].led)
    assert found >= led
    assert leader == "duty" or found == led
    theirs = actions.take_leave(officer=town.n2, from_on=DAY, by=BY, at=NOW)
    others = actions.take_leave(officer=town.s2, from_on=DAY, by=BY, at=NOW)
    statuses = [
        client.get(reverse("desk:leave-end", args=[leave.pk])).status_code for leave in (theirs, others)
    ]
    expected = {"duty": [200, 200], "north": [200, 404]}.get(leader, [404, 404])
    assert statuses == expected
    seen = {line.leave.officer.username for line in client.get(reverse("desk:leaves")).context["now"]}
    assert seen == {"duty": {"n2", "s2"}, "north": {"n2"}}.get(leader, set())


def test_the_first_day_of_an_absence_cancels_it(at_desk: Client, town: Town) -> None:
    leave = actions.take_leave(officer=town.n1, from_on=TOMORROW, by=BY, at=NOW)
    assert (
        at_desk.post(reverse("desk:leave-end", args=[leave.pk]), {"until_on": "2020-03-21"}).status_code
        == 302
    )
    assert not Leave.objects.filter(superseded_at=None).exists()
    past = actions.take_leave(officer=town.n1, from_on=DAY - timedelta(days=3), reason="late", by=BY, at=NOW)
    url = reverse("desk:leave-end", args=[past.pk])
    assert at_desk.post(url, {"until_on": "2020-03-17"}).status_code == 422
    assert at_desk.post(url, {"until_on": "2020-03-17", "reason": "was there"}).status_code == 302


def test_only_officers_of_the_same_sub_district_act(town: Town) -> None:
    stranger = actions.create_officer(username="stranger", name="Stranger", by=BY, at=NOW)
    with pytest.raises(actions.SubstituteElsewhere):
        actions.take_leave(officer=town.n1, substitute=stranger, from_on=DAY, by=BY, at=NOW)


def test_the_list_asks_the_same_queries_whoever_is_away(
    at_desk: Client, town: Town, django_assert_max_num_queries: Any
) -> None:
    for name in ("n1", "n2", "s1", "s2", "economy", "market"):
        actions.take_leave(officer=town.officers[name], from_on=DAY, by=BY, at=NOW)
    with django_assert_max_num_queries(24):
        assert len(at_desk.get(reverse("desk:leaves")).context["now"]) == 6
