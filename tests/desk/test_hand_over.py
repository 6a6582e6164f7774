"""The page of a hand-over: says what will go, then does it, for administrators of officers only."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from dongche.org import actions
from dongche.org.models import Post
from dongche.registry.actions import assign_places
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town

EN = {"accept-language": "en"}


def test_what_goes_is_shown_and_then_goes(at_desk: Client, town: Town) -> None:
    new = actions.create_officer(username="new", name="Newcomer", by=BY, at=NOW)
    actions.appoint(officer=new, unit=town.grid_n2, role="grid_lead", from_on=DAY, by=BY, at=NOW)
    assign_places(
        entities=[place(town.grid_s1)], officer=town.n1, role="served_by", from_on=DAY, by=BY, at=NOW
    )
    url = reverse("desk:hand-over")
    assert at_desk.get(url).status_code == 200
    form = at_desk.get(url, {"officer": "n1"}).context["form"]
    post = Post.objects.get(officer=town.n1)
    assert form["posts"].value() == [str(post.pk)]
    asked = {"officer": "n1", "successor": "new", "posts": post.pk, "from_on": "2020-03-20", "places": "on"}
    preview = at_desk.get(url, asked, headers=EN)
    assert [count for _step, count in preview.context["plan"].parts] == [0, 0, 1]
    assert "Officer n1 hands over to Newcomer" in preview.content.decode()
    path = f"{url}?{preview.request['QUERY_STRING']}"
    done = at_desk.post(path, {"reason": "moved"}, headers=EN, follow=True)
    assert "Officer n1 has handed over to Newcomer" in done.content.decode()
    assert [held.unit for held in new.posts_on(DAY) if held.role == "grid_worker"] == [town.grid_n1]
    again = at_desk.post(path, {"reason": ""}, headers=EN)
    assert again.status_code == 422


def test_first_it_is_asked_who_hands_over(at_desk: Client, town: Town) -> None:
    page = reverse("desk:hand-over")
    first = at_desk.get(page, headers=EN).content.decode()
    assert ("Who hands over" in first, "What goes to whom" in first) == (True, False)
    second = at_desk.get(page, {"officer": "n1"}, headers=EN).content.decode()
    assert ("What goes to whom" in second, town.n1.name in second) == (True, True)


def test_what_is_not_chosen_well_is_shown_again(at_desk: Client, town: Town) -> None:
    url = reverse("desk:hand-over")
    assert at_desk.get(url, {"officer": "nobody"}).status_code == 422
    refused = at_desk.get(url, {"officer": "n1", "successor": "n1", "from_on": "2020-03-20"})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"successor", "posts"})
    duty = Post.objects.filter(officer=town.duty, role="administrator").get()
    asked = f"officer=duty&successor=-&posts={duty.pk}&from_on=2020-03-20"
    refused = at_desk.post(f"{url}?{asked}", {"reason": ""}, headers=EN)
    assert (refused.status_code, "last post of an administrator" in refused.content.decode()) == (422, True)


def test_nobody_else_hands_over(town: Town, client: Client) -> None:
    for officer in (town.n1, town.north, town.leader1):
        client.force_login(officer)
        assert client.get(reverse("desk:hand-over")).status_code == 403


def test_a_newcomer_without_a_post_is_found_by_the_whole_user_name(at_desk: Client, town: Town) -> None:
    actions.create_officer(username="new", name="Newcomer", by=BY, at=NOW)
    actions.take_leave(officer=town.s1, substitute=town.n1, from_on=DAY, by=BY, at=NOW)
    post = Post.objects.get(officer=town.n1)
    asked = {"officer": "n1", "successor": "", "newcomer": "ne", "posts": post.pk, "from_on": "2020-03-20"}
    url = reverse("desk:hand-over")
    assert at_desk.get(url, asked).status_code == 422
    assert at_desk.get(url, asked | {"newcomer": ""}).status_code == 422
    shown = at_desk.get(url, asked | {"newcomer": "new"}, headers=EN)
    assert (shown.status_code, "Newcomer acts" in shown.content.decode()) == (200, True)
