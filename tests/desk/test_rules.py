"""Line rules on the desk: seen by all, decided by headquarters, after the places that would move have been counted."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dongche.org import actions
from dongche.org.models import LineRule, RuleChange
from dongche.registry.queries import responsible_for
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town

EN = {"accept-language": "en"}
NEW = {"department": "370203900000L01", "priority": "5", "category": "supermarket", "from_on": "2020-03-20"}


@pytest.fixture
def street(town: Town) -> dict[str, Any]:
    return {
        "market": place(town.grid_n1, "supermarket", name="示例超市甲"),
        "other": place(town.grid_s1, "supermarket", name="示例超市乙"),
        "shop": place(town.grid_n1, name="示例商铺甲"),
    }


def test_the_rules_are_listed_with_what_each_takes(at_desk: Client, street: dict[str, Any]) -> None:
    page = at_desk.get(reverse("desk:rules"), headers=EN)
    assert [(line.rule.number, line.conditions, line.places) for line in page.context["rules"].lines] == [
        (1, "Key enterprise", 0),
        (2, "Construction site", 0),
        (3, "Farm-produce market", 0),
        (4, "Supermarket", 2),
        (5, "Electromechanical market", 0),
        (6, "every place", 1),
    ]
    listed = at_desk.get(reverse("desk:rule-places", args=[4]))
    assert {line.place for line in listed.context["rows"]} == {street["market"], street["other"]}


def test_a_new_rule_is_previewed_then_confirmed_then_undone(
    at_desk: Client, town: Town, street: dict[str, Any]
) -> None:
    url = reverse("desk:rule-new")
    assert at_desk.get(url).status_code == 200
    preview = at_desk.get(url, NEW, headers=EN)
    assert (preview.context["effect"].moved, preview.context["effect"].uncovered) == (2, 0)
    assert RuleChange.objects.filter(kind="added").count() == 6
    (line,) = preview.context["moves"]
    moved = at_desk.get(line.url, headers=EN)
    assert [(row.place.name, row.before, row.after) for row in moved.context["rows"]] == [
        ("示例超市甲", "Market", "Economy"),
        ("示例超市乙", "Market", "Economy"),
    ]
    book = openpyxl.load_workbook(io.BytesIO(at_desk.get(moved.context["export"]).getvalue()))
    assert [row[1].value for row in book.active.iter_rows(min_row=2)] == ["示例超市甲", "示例超市乙"]

    done = at_desk.post(f"{url}?{preview.request['QUERY_STRING']}", {"reason": ""}, follow=True, headers=EN)
    assert "2 places move from Market to Economy." in done.content.decode()
    assert responsible_for(street["market"], DAY)[1].officer == town.officers["economy"]
    change = RuleChange.objects.latest("pk")
    assert change.by == town.duty
    undo = reverse("desk:rule-undo", args=[change.pk])
    before = at_desk.get(undo)
    assert before.context["effect"].moved == 2
    assert at_desk.get(before.context["moves"][0].url).context["pager"].total == 2
    assert at_desk.post(undo, {"reason": ""}).status_code == 302
    assert responsible_for(street["market"], DAY)[1].officer == town.officers["market"]
    refused = at_desk.post(undo, {"reason": ""}, headers=EN)
    assert (refused.status_code, "was undone on" in refused.content.decode()) == (422, True)


def test_a_day_that_has_passed_needs_its_reason(at_desk: Client, street: dict[str, Any]) -> None:
    url = f"{reverse('desk:rule', args=[4, 'end'])}?from_on=2020-03-10"
    page = at_desk.get(url, headers=EN)
    assert page.context["is_past"]
    refused = at_desk.post(url, {"reason": ""}, headers=EN)
    assert (refused.status_code, "Write the reason" in refused.content.decode()) == (422, True)
    assert at_desk.post(url, {"reason": "the market office closed then"}).status_code == 302
    assert LineRule.objects.get(number=4, superseded_at=None).until_on.isoformat() == "2020-03-10"


def test_a_form_that_is_not_valid_is_shown_again(at_desk: Client, street: dict[str, Any]) -> None:
    refused = at_desk.get(reverse("desk:rule-new"), {**NEW, "priority": "0", "category": "castle"})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"priority", "category"})
    same = {"department": "370203900000L03", "priority": "40", "category": "supermarket", "source": "S25"}
    url = reverse("desk:rule", args=[4, "change"])
    refused = at_desk.post(
        f"{url}?from_on=2020-03-20&" + "&".join(f"{k}={v}" for k, v in same.items()), headers=EN
    )
    assert (refused.status_code, "says exactly this already" in refused.content.decode()) == (422, True)


def test_equal_ranks_are_shown(at_desk: Client, town: Town, street: dict[str, Any]) -> None:
    actions.set_line_rule(
        department=town.departments["economy"],
        priority=40,
        from_on=DAY,
        category="supermarket",
        by=BY,
        at=NOW,
    )
    page = at_desk.get(reverse("desk:rules"), headers=EN)
    assert [(c.one.number, c.other.number) for c in page.context["rules"].conflicts] == [(4, 7)]
    assert "2 places are claimed by two rules of equal rank" in page.content.decode()


def test_others_read_the_rules_and_decide_nothing(town: Town, client: Client, street: dict[str, Any]) -> None:
    client.force_login(town.n1)
    page = client.get(reverse("desk:rules"), headers=EN)
    assert (page.status_code, page.context["can_write"]) == (200, False)
    assert page.context["rules"].lines[3].places == 1
    for url in (reverse("desk:rule-new"), reverse("desk:rule", args=[4, "end"]), reverse("desk:rule-moves")):
        assert client.get(url).status_code == 403
    client.logout()
    assert client.get(reverse("desk:rules")).status_code == 302


def test_the_history_asks_the_same_queries_however_long_it_is(
    at_desk: Client, town: Town, street: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    rule = town.rules[3]
    at_desk.get(reverse("desk:rule-changes"))
    for priority in range(100, 110):
        terms = actions.Terms(rule.department, priority, category=rule.category)
        rule = actions.change_line_rule(rule=rule, terms=terms, from_on=DAY, by=BY, at=NOW)
    with django_assert_max_num_queries(16):
        page = at_desk.get(reverse("desk:rule-changes"))
    assert len(page.context["lines"]) == 16
    assert [line.can_undo for line in page.context["lines"]] == [
        True,
        *[False] * 9,
        True,
        True,
        False,
        True,
        True,
        True,
    ]
