"""The audit log as a page: who sees what of it, in words, found again by its address."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import translation

from dongche.kit import origin
from dongche.org import actions, telling
from dongche.org.audit import CHANGED, HIDDEN, System, action, record
from dongche.org.models import AuditEntry, Unit
from tests.factories.registry import place
from tests.town import BY, DAY, NOW, Town

PAGES = ("org:log", "org:log-export", "org:log-own", "org:log-own-export")
ENGLISH = {"accept-language": "en"}


@action("org.end_post")
def ended(*, within: Any, by: Any, at: Any, post: int = 1, reason: str = "") -> None:
    record("post", post, by=by, at=at, within=within, reason=reason)


@pytest.fixture
def busy(town: Town) -> Town:
    """The town, in which a post was ended by headquarters, another by a secretary, and something was done elsewhere."""
    with origin.coming_from(origin.Origin("web", "192.0.2.7", "a" * 32)):
        actions.end_post(post=town.n1.posts.get(), until_on=DAY, by=town.duty, at=NOW, reason="moved away")
    ended(within=town.grid_s1, post=town.s1.posts.get().pk, by=town.south, at=NOW)
    other = Unit.objects.create(
        kind="subdistrict", code="370203800000", name="Hillside", from_on=date(2020, 2, 3)
    )
    ended(within=other, by=BY, at=NOW, reason="not for your eyes")
    return town


def shown(client: Client, name: str = "org:log", **query: Any) -> str:
    response = client.get(reverse(name), query, headers=ENGLISH)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_sign_in_and_refuses_a_wrong_method(town: Town, client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 302
    client.force_login(town.duty)
    assert client.post(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", PAGES[:2])
def test_the_log_is_refused_without_the_duty(town: Town, client: Client, name: str) -> None:
    for officer in (town.n1, town.north, town.market, town.leader1):
        client.force_login(officer)
        assert client.get(reverse(name)).status_code == 403


def test_headquarters_reads_its_own_sub_district_only(busy: Town, client: Client) -> None:
    client.force_login(busy.duty)
    page = shown(client, deed="org.end_post")
    assert page.count("<b>Post ended</b>") == 2
    assert "moved away" in page
    assert "not for your eyes" not in page


def test_everybody_reads_their_own_deeds(busy: Town, client: Client) -> None:
    client.force_login(busy.south)
    assert shown(client, "org:log-own").count("<b>Post ended</b>") == 1
    client.force_login(busy.duty)
    assert shown(client, "org:log-own", deed="org.end_post").count("<b>Post ended</b>") == 1
    client.force_login(busy.n2)
    assert "Whatever is done from now on appears here." in shown(client, "org:log-own")


def test_an_entry_says_who_what_before_after_why_and_from_where(busy: Town, client: Client) -> None:
    client.force_login(busy.duty)
    page = shown(client, deed="org.end_post", q="duty")
    for text in (
        "Officer duty",
        "Post ended",
        "Grid worker",
        "North grid 1",
        "moved away",
        "page · 192.0.2.7",
    ):
        assert text in page
    assert f"request={'a' * 32}" in page
    with translation.override("en"):
        (told,) = telling.tell(AuditEntry.objects.filter(action="org.end_post", by=busy.duty), busy.duty)
    changes = {change.label: (change.before, change.after) for change in told.changes}
    assert changes["Officer"] == ("Officer n1", "Officer n1")
    assert changes["Unit"] == ("North grid 1", "North grid 1")
    assert changes["Post"] == ("Grid worker", "Grid worker")
    assert changes["First day without it"][0] == "—"
    assert "2020" in changes["First day without it"][1]


FILTERS: list[tuple[dict[str, Any], int]] = [
    ({}, 2),
    ({"q": "duty"}, 1),
    ({"q": "Officer sou"}, 1),
    ({"q": "nobody"}, 0),
    ({"subject": "unit"}, 0),
    ({"subject": "post"}, 2),
    ({"begin": "2020-03-20", "end": "2020-03-20"}, 2),
    ({"begin": "2020-03-21"}, 0),
    ({"end": "2020-03-19"}, 0),
    ({"request": "a" * 32}, 1),
    ({"begin": "soon"}, 0),
    ({"subject": "rubbish"}, 0),
]


@pytest.mark.parametrize(("query", "count"), FILTERS)
def test_filters_leave_what_they_say(busy: Town, client: Client, query: dict[str, Any], count: int) -> None:
    client.force_login(busy.duty)
    assert shown(client, deed="org.end_post", **query).count("<b>Post ended</b>") == count


def test_a_row_has_its_own_history(busy: Town, client: Client) -> None:
    shop = place(busy.grid_n1, name="天顺餐饮")
    from dongche.registry import actions as registry

    exclusion = registry.exclude_place(
        entity=shop, kind="seasonal", reason="winter", from_on=DAY, by=busy.duty, at=NOW
    )
    registry.end_exclusion(exclusion=exclusion, until_on=DAY + timedelta(days=5), by=busy.duty, at=NOW)
    client.force_login(busy.duty)
    link = f"{reverse('org:log')}?subject=entity&amp;id={shop.pk}"
    assert link in client.get(reverse("desk:place", args=[shop.number])).content.decode()
    page = shown(client, subject="entity", id=shop.pk)
    assert page.count("天顺餐饮") == 3  # both rows and the filter in force
    assert (page.count("<b>Place excluded</b>"), page.count("<b>Exclusion ended</b>")) == (1, 1)
    assert "Seasonally closed" in page
    client.force_login(busy.n1)
    assert link not in client.get(reverse("desk:place", args=[shop.number])).content.decode()


def test_names_that_the_reader_may_not_see_stay_numbers(busy: Town) -> None:
    entry = AuditEntry.objects.filter(action="org.end_post", by=busy.duty)
    with translation.override("en"):
        (told,) = telling.tell(entry, AnonymousUser())
    assert (told.by, told.subject.name) == ("duty", f"#{entry.get().subject_id}")
    changes = {change.label: change.before for change in told.changes}
    assert changes["Officer"] == f"#{busy.n1.pk}"


def test_pages_follow_each_other(busy: Town, client: Client) -> None:
    for number in range(120):
        actions.create_officer(username=f"new{number:03d}", name="New", by=busy.duty, at=NOW)
    client.force_login(busy.duty)
    seen: list[int] = []
    query: dict[str, str] = {"deed": "org.create_officer"}
    while True:
        response = client.get(reverse("org:log"), query, headers=ENGLISH)
        rows = response.context["rows"]
        seen += [row.entry.pk for row in rows]
        following = response.context["pager"].next
        if following is None:
            break
        query = {"deed": "org.create_officer", "after": following}
    assert len(seen) == 120
    assert seen == sorted(seen, reverse=True)


def test_a_page_takes_as_many_queries_for_fifty_rows_as_for_two(
    busy: Town, client: Client, django_assert_num_queries: Any
) -> None:
    client.force_login(busy.duty)

    def queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            shown(client, deed="org.end_post")
        return len(captured)

    queries()
    few = queries()
    for name in ("n2", "s2", "north", "market", "economy", "affairs", "emergency", "enforcement"):
        post = busy.officers[name].posts.get()
        actions.end_post(post=post, until_on=DAY + timedelta(days=1), by=busy.duty, at=NOW)
    assert queries() == few
    assert few <= 16


def test_the_excel_file_holds_what_the_page_shows(busy: Town, client: Client) -> None:
    client.force_login(busy.duty)
    response = client.get(reverse("org:log-export"), {"deed": "org.end_post"}, headers=ENGLISH)
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active.values)
    assert len(rows) == 3
    first = dict(zip(rows[0], rows[2], strict=True))
    assert (first["Who"], first["User name"], first["Deed"], first["Reason"], first["From where"]) == (
        "Officer duty",
        "duty",
        "Post ended",
        "moved away",
        "page · 192.0.2.7",
    )
    assert "Unit: North grid 1" in first["Before"]
    assert first["Seal"] == AuditEntry.objects.get(pk=first["Number"]).hash


def test_a_long_excel_file_is_read_in_pieces(busy: Town) -> None:
    from dongche.org.log_filter import export_rows
    from dongche.org.queries import AuditEntries

    everything = AuditEntries.visible_to(busy.duty)
    numbers = [row[0] for row in export_rows(everything, busy.duty, chunk=7)]
    assert numbers == list(everything.order_by("-pk").values_list("pk", flat=True))


def test_htmx_is_given_the_list_alone(busy: Town, client: Client) -> None:
    client.force_login(busy.duty)
    page = client.get(reverse("org:log"), headers={**ENGLISH, "HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "Post ended" in page


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("until_on", "2020-03-20", "20 March 2020"),
        ("closed_at", "2020-03-20T10:00:00+00:00", "20 March 2020 18:00"),
        ("until_on", "2020-99-99", "2020-99-99"),
        ("output_fen", 1234500, "12,345.00"),
        ("count", 12345, "12,345"),
        ("is_superuser", True, "Yes"),
        ("is_superuser", False, "No"),
        ("password", HIDDEN, "not kept here"),
        ("password", CHANGED, "changed"),
        ("signed_in", "password+totp", "Password + Authenticator app"),
        ("counts", {"new": 3, "refused": 2}, "new: 3, refused: 2"),
        ("places", [1, 2, 3, 4, 5, 6, 7, 8], "#1, #2, #3, #4, #5, #6 and 2 more"),
        ("places", [], "—"),
        ("unheard_of", {"a": {"b": 1}}, "a: b: 1"),
        ("rules", [{"priority": 10, "row": 3, "from_on": "2020-03-20"}], "Priority: 10, From: 20 March 2020"),
        ("unheard_of", None, "—"),
    ],
)
def test_values_are_told_in_words(town: Town, settings: Any, name: str, value: Any, said: str) -> None:
    entry = AuditEntry(id=1, at=NOW, by_label="x", action="org.x", subject="nothing", after={name: value})
    with translation.override("en"):
        (told,) = telling.tell([entry], town.duty)
    assert told.changes[0].after == said
    assert (told.kind, told.deed, told.subject.name) == ("nothing", "org.x", "")


@pytest.mark.django_db
def test_things_to_do_are_told_in_words_whichever_room_opens_them(town: Town) -> None:
    group = actions.found_group(
        unit=town.subdistrict, name="复工专班", purpose="复工", from_on=DAY, by=town.duty, at=NOW
    )
    actions.seat_member(group=group, part="leader", officer=town.duty, from_on=DAY, by=town.duty, at=NOW)
    task = actions.give_task(group=group, title="逐户摸排", owner=town.duty, due_on=DAY, by=town.duty, at=NOW)
    for kind in ("registry.gap", "org.group_overdue"):
        actions.open_work(
            subdistrict=town.subdistrict, kind=kind, key=f"task:{task.pk}", officer=town.duty,
            data={"task": task.pk, "group": group.pk}, by=System("schedule"), at=NOW,
        )  # fmt: skip
    entries = AuditEntry.objects.filter(action="org.open_work", by_label="schedule").order_by("pk")
    with translation.override("en"):
        gap, late = telling.tell(entries, town.duty)
    # In any order: JSON has none of its own on PostgreSQL.
    assert gap.by == "Daily work"
    assert "Gap in coverage" in [change.after for change in gap.changes]
    assert "Overdue task raised to the leader" in [change.after for change in late.changes]
    told = " ".join(change.after for change in late.changes)
    assert ("逐户摸排" in told, "复工专班" in told, "task:" in told) == (True, True, False)
