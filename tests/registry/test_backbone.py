"""The list of backbone firms: exactly a hundred, changed by recorded decision alone, asked for any day (S49)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from dongche.kit import clock
from dongche.org.audit import System
from dongche.registry import actions
from dongche.registry.duplicates.merging import free
from dongche.registry.models import BackboneDecision, Entity
from dongche.registry.queries import BackboneFirms, Places, version_of
from tests.factories.registry import place
from tests.town import DAY, NOW, START

pytestmark = pytest.mark.django_db
BY = System("test")
MARCH = date(2020, 3, 2)


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def firms(town) -> list[Entity]:
    return [
        place(town.grid_n1, "enterprise", name=f"示范机械{n:03d}", credit_code=f"CODE{n:014d}")
        for n in range(102)
    ]


def decide(town, entering, leaving=(), from_on=START, **more):
    said = {"document": "No. 3", "reason": "first list"} | more
    return actions.decide_backbone(
        subdistrict=town.subdistrict,
        from_on=from_on,
        entering=entering,
        leaving=list(leaving),
        by=BY,
        at=NOW,
        **said,
    )


def on_list(on: date) -> set[int]:
    return set(BackboneFirms.unscoped(reason="test").on(on).values_list("entity", flat=True))


def test_an_exchange_keeps_the_number_and_any_day_can_be_asked_for(town, firms):
    decide(town, firms[:100])
    decide(town, [firms[100]], [firms[0]], MARCH, document="No. 9")

    before, after = on_list(MARCH - timedelta(1)), on_list(MARCH)
    assert (len(before), len(after)) == (100, 100)
    assert (before - after, after - before) == ({firms[0].pk}, {firms[100].pk})
    everybody = Places.unscoped(reason="test")
    assert set(everybody.on_backbone(MARCH).values_list("pk", flat=True)) == after
    assert everybody.on_backbone(MARCH, is_on=False).count() == 2


def test_any_other_number_is_refused_with_a_sentence(town, firms):
    for entering in (firms[:99], firms[:101]):
        with pytest.raises(actions.BackboneNumber) as told:
            decide(town, entering)
        assert told.value.details["number"] == 100
    decide(town, firms[:100])
    with pytest.raises(actions.BackboneNumber):
        decide(town, [firms[100]], [], MARCH)
    assert len(on_list(MARCH)) == 100


def test_what_contradicts_the_list_is_refused(town, firms):
    with pytest.raises(actions.BackboneUnfounded):
        decide(town, firms[:100], reason=" ")
    decide(town, firms[:100], from_on=MARCH)
    with pytest.raises(actions.BackboneBefore):
        decide(town, [firms[100]], [firms[0]], START)
    with pytest.raises(actions.BackboneNotOn):
        decide(town, [firms[100]], [firms[101]], MARCH)
    with pytest.raises(actions.BackboneOnAlready):
        decide(town, [firms[1]], [firms[0]], MARCH)
    assert BackboneDecision.objects.count() == 1


def test_a_firm_exchanged_on_its_first_day_was_never_on_the_list(town, firms):
    decide(town, firms[:100])
    decide(town, [firms[100]], [firms[0]])

    assert firms[0].pk not in on_list(START)
    assert len(on_list(START)) == 100


def test_a_merge_hands_on_the_place_on_the_list_and_never_shortens_it(town, firms):
    decide(town, firms[:100])

    def merged(survivor, other):
        versions = {one.pk: version_of(one) for one in (survivor, other)}
        return actions.merge_places(
            survivor=survivor, merged=other, versions=versions, taken=(), by=BY, at=NOW
        )

    with pytest.raises(Exception, match="both on the list"):
        merged(firms[0], firms[1])
    merge = merged(firms[100], firms[0])
    assert firms[100].pk in on_list(DAY)
    assert len(on_list(DAY)) == 100
    actions.part_places(merge=merge, by=BY, at=NOW + timedelta(minutes=1))
    assert firms[0].pk in on_list(DAY)
    assert len(on_list(DAY)) == 100


def test_the_page_shows_the_list_and_takes_a_decision_and_a_whole_list(client, town, firms):
    decide(town, firms[:100])
    client.force_login(town.duty)
    page = client.get(reverse("registry:backbone"))
    assert len(page.context["rows"]) == 100
    assert firms[0].name in page.content.decode()
    book = openpyxl.load_workbook(BytesIO(b"".join(client.get(reverse("registry:backbone-export")))))
    book.active.cell(row=2, column=1).value = firms[100].number
    book.active.cell(row=2, column=3).value = ""
    kept = BytesIO()
    book.save(kept)
    sent = {"file": SimpleUploadedFile("list.xlsx", kept.getvalue()), "on": DAY.isoformat()}
    assert client.post(reverse("registry:backbone-read"), sent).status_code == 302
    form = client.get(reverse("registry:backbone-decide")).context["form"]
    assert (form["entering"].value(), form["leaving"].value()) == (firms[100].number, firms[0].number)
    said = {name: form[name].value() for name in ("entering", "leaving", "from_on")}
    answer = client.post(
        reverse("registry:backbone-decide"), said | {"document": "No. 9", "reason": "output"}
    )
    assert answer.status_code == 302
    assert firms[100].pk in on_list(DAY)
    again = client.post(reverse("registry:backbone-decide"), said | {"document": "No. 9", "reason": "output"})
    assert again.status_code == 422
    unknown = client.post(
        reverse("registry:backbone-decide"), said | {"entering": "XX-9", "document": "1", "reason": "x"}
    )
    assert "XX-9" in unknown.content.decode()
    shown = client.get(reverse("desk:place", args=[firms[100].number])).content.decode()
    assert "No. 9" in shown
    asked = {"backbone": "1", "columns": "backbone", "pick": f"{firms[0].number},{firms[100].number}"}
    for on, mark in ((DAY, firms[100]), (DAY - timedelta(1), firms[0])):
        listed = client.get(reverse("desk:places"), asked | {"on": on.isoformat()})
        assert [(row.place, row.is_backbone) for row in listed.context["rows"]] == [(mark, True)]


def test_the_list_of_places_narrows_by_kind_of_nine_small_venue(client, town):
    place(town.grid_n1, "nine_small_venue", name="示范小旅馆", nine_small_class="lodging")
    place(town.grid_n1, "nine_small_venue", name="示范小学校", nine_small_class="teaching")
    client.force_login(town.duty)
    page = client.get(reverse("desk:places"), {"nine_small": "lodging"})
    assert [row.place.name for row in page.context["rows"]] == ["示范小旅馆"]
    assert page.context["chips"][0].value in page.content.decode()


def test_whoever_may_not_write_reads_the_list_but_decides_nothing(client, town, firms):
    decide(town, firms[:100])
    client.force_login(town.n1)
    assert len(client.get(reverse("registry:backbone")).context["rows"]) == 100
    client.force_login(town.n2)
    assert client.get(reverse("registry:backbone")).context["rows"] == []
    assert client.get(reverse("registry:backbone-decide")).status_code == 403


days = st.dates(date(2020, 1, 1), date(2020, 2, 20))
spans = st.tuples(days, st.one_of(st.none(), days)).filter(lambda span: span[1] is None or span[0] < span[1])


@given(spans, st.lists(spans, max_size=5))
def test_the_free_parts_are_the_days_that_nobody_else_has(span, taken):
    def holds(one, day):
        return one[0] <= day and (one[1] is None or day < one[1])

    parts = list(free(span, taken))
    for day in (date(2019, 12, 30) + timedelta(n) for n in range(60)):
        wanted = holds(span, day) and not any(holds(one, day) for one in taken)
        assert [holds(part, day) for part in parts].count(True) == int(wanted)
