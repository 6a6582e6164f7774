"""A doubtful report is checked, and what is found out is evidence; a sample is rung up, and its answers are an estimate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from dongche.desk import my_day
from dongche.kit import clock
from dongche.org.models import AuditEntry, WorkItem
from dongche.registry import actions as registry
from dongche.registry.models import Entity, Observation
from dongche.registry.queries import Places
from dongche.reporting import actions, checking, evidence, keeping
from dongche.reporting.models import Check, Report, Sample
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import BY, DAY, NOW, Town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def odd(town: Town) -> Entity:
    """A place whose report cannot be right: nobody at post, and an output."""
    shop = place(town.grid_n1, name="核查存疑店")
    report(shop, state="open", staff_due=9, staff_at_post=0, output_fen=900_00)
    return shop


def desk(client: Client, officer: Any) -> Client:
    client.force_login(officer)
    return client


def propose(town: Town, at: datetime = NOW) -> int:
    return actions.propose_checks(subdistrict=town.subdistrict, on=DAY, by=BY, at=at)


def strength(shop: Entity) -> str:
    """As it is kept, which is as it would be weighed now."""
    places = Places.unscoped(reason="of the town").filter(pk=shop.pk)
    keeping.bring(places, DAY, NOW)
    kept, fresh = keeping.of([shop.pk], DAY)[shop.pk], evidence.weigh(places, DAY)[shop.pk]
    assert (kept.strength, list(kept.doubts), list(kept.supports)) == (
        fresh.strength, list(fresh.doubts), list(fresh.supports),
    )  # fmt: skip
    return kept.strength


def test_a_check_is_taken_answered_corrected_and_weighed(client: Client, town: Town, odd: Entity) -> None:
    assert propose(town) == propose(town) == 1
    check = Check.objects.get()
    assert (check.strength, check.codes) == ("doubtful", ["impossible"])
    page = desk(client, town.n1).get(reverse("desk:checks")).content.decode()
    assert "核查存疑店" in page
    taken = client.post(reverse("desk:check-step", args=[check.pk, "take"]), {"due_on": "2020-03-22"})
    assert taken.status_code == 302
    todo = next(one for one in my_day.build(town.n1, DAY).work if one.item.kind == checking.TAKEN)
    assert todo.url == reverse("desk:check", args=[check.pk])
    # Not reached says nothing, and the check stays open.
    outcome = reverse("desk:check-outcome", args=[check.pk])
    client.post(outcome, {"finding": "not_reached", "way": "call", "note": "无人接听"})
    check.refresh_from_db()
    assert (check.finding, check.is_open, strength(odd)) == ("not_reached", True, "doubtful")
    client.post(outcome, {"finding": "operating", "way": "visit"})
    check.refresh_from_db()
    assert (check.closed, strength(odd)) == ("answered", "supported")
    assert not WorkItem.objects.filter(kind=checking.TAKEN, closed_at__isnull=True).exists()
    # A slip: what was said before holds again, and so does the thing to do.
    assert client.post(reverse("desk:check-undo", args=[check.pk])).status_code == 302
    check.refresh_from_db()
    assert (check.finding, check.is_open, strength(odd)) == ("not_reached", True, "doubtful")
    assert WorkItem.objects.filter(kind=checking.TAKEN, closed_at__isnull=True).exists()
    client.post(outcome, {"finding": "not_operating", "way": "visit", "note": "大门上锁"})
    assert strength(odd) == "contradicted"
    page = client.get(reverse("desk:check", args=[check.pk])).content.decode()
    assert "大门上锁" in page
    assert "报告已营业，但经核实该单位2020-03-20未营业。" in page
    # All that was said is kept, nothing in the report changed, and each step is in the log, without the words.
    assert Observation.objects.count() == 4
    assert Report.objects.get().state == "open"
    deeds = list(AuditEntry.objects.filter(action="reporting.record_outcome"))
    assert len(deeds) == 3
    assert "大门上锁" not in str(list(AuditEntry.objects.values_list("after", flat=True)))


def test_no_check_again_while_one_is_open_or_an_outcome_stands(town: Town, odd: Entity) -> None:
    propose(town)
    check = Check.objects.get()
    checking.record_outcome(check=check, finding="not_operating", way="call", by=town.n1, at=NOW)
    assert (propose(town), Check.objects.count()) == (0, 1)
    other = place(town.grid_n1, name="另一存疑店")
    report(other, state="open", staff_due=1, staff_at_post=2)
    propose(town)
    proposed = Check.objects.get(entity=other)
    checking.dismiss_check(check=proposed, reason="人数含新增临时工", by=town.n1, at=NOW)
    assert (propose(town), Check.objects.count()) == (0, 2)
    with pytest.raises(checking.CheckClosed):
        checking.take_check(check=proposed, officer=town.n1, due_on=DAY, by=town.n1, at=NOW)
    # What is no longer doubtful is asked about no longer, unless somebody took it.
    third = place(town.grid_n1, name="第三存疑店")
    told = report(third, state="open", staff_due=1, staff_at_post=2)
    propose(town)
    Report.objects.filter(pk=told.pk).update(staff_at_post=1)
    keeping.WeighedRule.objects.all().delete()
    keeping.Weighing.objects.all().delete()
    propose(town)
    assert Check.objects.get(entity=third).closed == "settled"


def test_refusals_say_what_to_do(town: Town, odd: Entity) -> None:
    propose(town)
    check = Check.objects.get()
    with pytest.raises(checking.CheckDue):
        checking.take_check(check=check, officer=town.n1, due_on=DAY - timedelta(days=1), by=town.n1, at=NOW)
    with pytest.raises(checking.DismissalReasonMissing):
        checking.dismiss_check(check=check, reason="  ", by=town.n1, at=NOW)
    checking.record_outcome(check=check, finding="operating", way="call", by=town.n1, at=NOW)
    for by, at in ((town.n1, NOW + timedelta(hours=1)), (town.duty, NOW)):
        with pytest.raises(checking.OutcomeSettled):
            checking.undo_outcome(check=check, by=by, at=at)
    seen = Observation.objects.get()
    registry.take_back_observation(observation=seen, by=town.n1, at=NOW)
    with pytest.raises(registry.ObservationGone):
        registry.take_back_observation(observation=seen, by=town.n1, at=NOW)
    with pytest.raises(registry.ObservedAhead):
        registry.observe(
            entity=odd, on=DAY + timedelta(days=1), finding="operating", way="call", source="test", key="1", by=BY,
            at=NOW,
        )  # fmt: skip
    with pytest.raises(checking.NothingToDraw):
        checking.draw_sample(
            subdistrict=town.subdistrict, on=DAY, size=1, seed=1, strata="", drawn={}, sizes={}, expected=0, by=BY,
            at=NOW,
        )  # fmt: skip


def test_what_another_room_saw_contradicts_a_report(town: Town) -> None:
    shop = place(town.grid_n1, name="巡查店")
    for back in (1, 0):
        report(shop, on=DAY - timedelta(days=back), state="open", staff_due=3, staff_at_post=2 + back)
    assert strength(shop) == "alone"
    patrol: dict[str, Any] = {"entity": shop, "way": "patrol", "source": "patrol.visit", "key": "7", "by": BY}
    registry.observe(on=DAY - timedelta(days=1), finding="not_operating", at=NOW, **patrol)
    assert strength(shop) == "contradicted"
    # The same visit says otherwise later: the last word counts. An older day than the rules let stand says nothing.
    registry.observe(on=DAY - timedelta(days=1), finding="operating", at=NOW + timedelta(minutes=1), **patrol)
    assert strength(shop) == "supported"
    registry.observe(on=DAY - timedelta(days=9), finding="operating", at=NOW + timedelta(minutes=2), **patrol)
    assert strength(shop) == "alone"


def test_the_calls_of_a_sample_are_put_down_and_make_an_interval(client: Client, town: Town) -> None:
    shops = [place(town.grid_n1 if n % 2 else town.grid_s1, name=f"抽样{n}号") for n in range(8)]
    for n, shop in enumerate(shops):
        report(shop, state="open" if n < 6 else "closed", staff_due=3, staff_at_post=n % 3 + 1)
    address = reverse("desk:sample-keep") + "?on=2020-03-20&size=4&seed=3&strata=community"
    kept = desk(client, town.duty).post(address)
    again = client.post(address)
    assert kept["Location"] == again["Location"]
    sample = Sample.objects.get()
    assert (sum(sample.sizes.values()), sample.expected, sample.calls.count()) == (6, 8, 4)
    page = client.get(kept["Location"])
    assert page.context["said"].estimate is None
    calls = list(sample.calls.order_by("turn"))
    for call, finding in zip(calls, ("operating", "operating", "not_operating", "not_reached"), strict=True):
        answer = client.post(
            reverse("desk:check-outcome", args=[call.pk]),
            {"finding": finding, "way": "call", "from": "sample"},
        )
    assert answer["Location"].startswith(kept["Location"])
    said = client.get(kept["Location"]).context["said"]
    counts = [said.total(name) for name in ("confirmed", "contradicted", "not_reached")]
    assert (said.called, counts) == (4, [2, 1, 1])
    page = client.get(kept["Location"]).content.decode()
    assert "报告75.00%；抽查拨打4家，核实营业2家、未营业1家、未能核实1家" in page
    reached, worst, best = (one for _name, one, _low, _high in said.bounds)
    assert (reached.share, worst.share, best.share) == (0.5, 0.5, 0.75)
    assert reached.low < worst.low < worst.high < best.high
    file = client.get(reverse("desk:sample-file", args=[sample.pk]))
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(file.streaming_content))).get_sheet_by_index(0)
    found = [row[4] for row in rows.to_python()[1:]]
    assert found == ["正在营业", "正在营业", "未营业", "未联系上"]
    # Nobody sees the sample or the calls of others.
    assert desk(client, town.leader1).get(kept["Location"]).status_code == 404
    theirs = next(call for call in calls if call.entity.grid_id == town.grid_s1.pk)
    assert desk(client, town.n1).get(reverse("desk:check", args=[theirs.pk])).status_code == 404


def test_calls_and_checks_ask_no_more_with_more_rows(
    client: Client, town: Town, odd: Entity, django_assert_max_num_queries: Any
) -> None:
    for n in range(5):
        shop = place(town.grid_n1, name=f"又一{n}")
        report(shop, state="open", staff_due=1, staff_at_post=2)
    propose(town)
    kept = desk(client, town.duty).post(reverse("desk:sample-keep") + "?on=2020-03-20&size=5&seed=3")
    for address in (reverse("desk:checks"), kept["Location"]):
        with django_assert_max_num_queries(22):
            client.get(address)
