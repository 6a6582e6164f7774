"""The pages of duplicates: found, compared, merged and parted; and for whom they are not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from dongche.kit import clock
from dongche.org.audit import System
from dongche.registry.duplicates import searching
from dongche.registry.models import DuplicatePair, DuplicateSearch, Entity, Merge
from tests.factories.registry import place, revise
from tests.factories.reporting import report
from tests.town import NOW

State = DuplicatePair.State


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def two(town):
    known = place(town.grid_n1, name="海之晨餐饮", address="阜新路8号", lon=120.005, lat=36.005)
    again = place(town.grid_n1, name="海之辰餐饮有限公司", address="阜新路8号", contact_phone="13912345678")
    searching.search(subdistrict=town.subdistrict, by=System("test"), at=NOW)
    return known, again


@pytest.fixture
def duty(client, town):
    client.force_login(town.duty)
    return client


def side_by_side(two) -> str:
    return reverse("registry:duplicate", args=[one.number for one in two])


def answers(duty, two, **more) -> dict[str, str]:
    """What the form of two places sends when nothing is touched."""
    form = duty.get(side_by_side(two)).context["form"]
    return {name: str(form[name].value() or "") for name in form.fields} | more


def test_the_list_shows_pairs_with_their_evidence_and_narrows_by_community_and_score(duty, town, two):
    page = duty.get(reverse("registry:duplicates"))
    assert "海之晨餐饮" in page.content.decode()
    assert [said.mood for said in page.context["rows"][0].evidence] == ["good", "good", "info"]
    south = duty.get(reverse("registry:duplicates"), {"community": town.south_community.code})
    assert south.context["rows"] == []
    assert (
        duty.get(reverse("registry:duplicates"), {"score": "900"}).context["chips"][0].value.startswith("90")
    )
    assert duty.get(reverse("registry:duplicates"), {"state": State.APART}).context["rows"] == []


def test_the_list_asks_the_same_number_of_queries_however_long_it_is(
    duty, town, two, django_assert_max_num_queries
):
    for number in range(4):
        for name in ("松涛面馆", "松滔面馆"):
            place(town.grid_s1, name=f"{number}号{name}", address=f"南山路{number}号")
    searching.search(subdistrict=town.subdistrict, by=System("test"), at=NOW)
    with django_assert_max_num_queries(20):
        assert len(duty.get(reverse("registry:duplicates")).context["rows"]) >= 5


def test_a_search_runs_and_two_at_once_are_refused(duty, town, two):
    assert duty.post(reverse("registry:duplicates-search")).status_code == 302
    assert DuplicateSearch.objects.latest("pk").state in ("done", "running")
    DuplicateSearch.objects.update(state="running", created_at=NOW)
    assert duty.post(reverse("registry:duplicates-search")).status_code == 409


def test_the_excel_list_holds_what_the_list_shows_and_no_phone(duty, two):
    answer = duty.get(reverse("registry:duplicates-export"))
    rows = list(openpyxl.load_workbook(BytesIO(b"".join(answer))).active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert (two[0].number, two[1].name) == (rows[1][1], rows[1][6])
    assert "13912345678" not in str(rows)


def test_two_are_compared_merged_and_parted(duty, two):
    report(two[1])
    page = duty.get(side_by_side(two)).content.decode()
    assert "13912345678" not in page
    assert "139******78" in page
    sent = answers(duty, two, remains=two[0].number, take_name=two[1].number, reason="same licence")
    answer = duty.post(side_by_side(two), sent)
    merge = Merge.objects.get()
    assert answer.url == reverse("registry:merge", args=[merge.code])
    assert Entity.objects.get(pk=two[0].pk).name == "海之辰餐饮有限公司"
    assert (merge.survivor, merge.taken) == (two[0], ["contact_phone", "name"])
    assert duty.get(side_by_side(two)).url == answer.url
    shown = duty.get(answer.url).content.decode()
    assert "13912345678" not in shown
    assert duty.get(reverse("desk:place", args=[two[1].number])).url == reverse(
        "desk:place", args=[two[0].number]
    )
    assert duty.post(answer.url, {"reason": "two licences after all"}).status_code == 302
    assert Entity.objects.get(pk=two[0].pk).name == "海之晨餐饮"
    assert duty.get(answer.url).status_code == 200
    assert duty.post(answer.url).status_code == 409


def test_whoever_is_overtaken_is_told(duty, two):
    sent = answers(duty, two)
    revise(two[1], NOW)
    assert duty.post(side_by_side(two), sent).status_code == 409
    sent = answers(duty, two)
    assert duty.post(side_by_side(two), sent).status_code == 302
    again = duty.post(side_by_side(two), sent)
    assert again.status_code == 409
    assert two[0].number in again.content.decode()


def test_a_decision_needs_to_be_one_and_can_be_taken_back(duty, two):
    decide = reverse("registry:duplicate-decide", args=[one.number for one in two])
    assert duty.post(decide, {"state": State.APART}).status_code == 422
    for state in (State.APART, State.POSTPONED, State.OPEN):
        assert duty.post(decide, {"state": state, "reason": "two licences"}).status_code == 302
        assert DuplicatePair.objects.get().state == state
    assert duty.post(decide, {"state": State.MERGED}).status_code == 302
    assert DuplicatePair.objects.get().state == State.OPEN


def test_two_known_ones_are_compared_by_their_numbers(duty, town, two):
    third = place(town.grid_s1, name="众诚机电")
    compare = reverse("registry:duplicates-compare")
    asked = duty.get(compare, {"first": two[0].number, "second": third.number.lower()})
    assert asked.url == reverse("registry:duplicate", args=[two[0].number, third.number])
    assert duty.get(asked.url).status_code == 200
    assert duty.get(compare, {"first": two[0].number, "second": "XX-1"}).status_code == 422
    itself = reverse("registry:duplicate", args=[third.number, third.number])
    assert duty.get(itself).status_code == 422
    assert duty.get(reverse("registry:duplicate", args=[third.number, "XX-1"])).status_code == 404


def test_the_page_of_a_place_says_that_it_may_be_there_twice(duty, two):
    assert side_by_side(two) in duty.get(reverse("desk:place", args=[two[0].number])).content.decode()


@pytest.mark.parametrize("who", ["market", "n1", "leader1"])
def test_whoever_may_not_write_sees_nothing_of_it(client, town, two, who):
    client.force_login(town.officers[who])
    for address in (reverse("registry:duplicates"), side_by_side(two)):
        assert client.get(address).status_code == 403
    assert client.post(side_by_side(two)).status_code == 403
