"""Reports are only ever added; the same page sent twice is one report, also when both arrive at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import connection, connections

from dongche.org.models import AuditEntry
from dongche.registry.models import Entity
from dongche.reporting import actions, values
from dongche.reporting.actions import PlaceActor
from dongche.reporting.appending import Row
from dongche.reporting.models import DayChange, Report
from dongche.reporting.values import ReportValues
from tests import town as founding
from tests.factories.registry import place
from tests.reporting.conftest import Tell
from tests.town import BY, DAY, NOW, Town

LATER = NOW + timedelta(hours=1)
YESTERDAY = DAY - timedelta(days=1)


def test_a_first_report_is_stored_as_it_was_given(shop: Entity, tell: Tell) -> None:
    report = tell(
        shop, "part", staff_due=18, staff_at_post=12, output_fen=980_050, output_normal_fen=1_200_000,
        abnormal_temperature=0, mask_days=4, difficulties=("supplies", "funds"), note="缺 N95 口罩约 50 只",
    )  # fmt: skip
    report.refresh_from_db()
    assert values.of_report(report) == ReportValues(
        "part", 18, 12, 980_050, 1_200_000, 0, 4, ("supplies", "funds"), "缺 N95 口罩约 50 只"
    )
    assert (report.on, report.known_at, report.received_at, report.superseded_at) == (DAY, NOW, NOW, None)
    assert (report.channel, report.by) == ("qr", None)


def test_a_correction_is_a_new_row_and_keeps_the_first_arrival(shop: Entity, tell: Tell) -> None:
    first = tell(shop, "closed")
    second = tell(shop, "open", staff_at_post=3, at=LATER)
    first.refresh_from_db()
    assert (first.state, first.known_at, first.superseded_at) == ("closed", NOW, LATER)
    assert (second.known_at, second.received_at, second.superseded_at) == (LATER, NOW, None)
    assert Report.objects.count() == 2


def test_corrections_at_one_instant_or_overtaken_stay_in_order(shop: Entity, tell: Tell) -> None:
    tell(shop, staff_at_post=1)
    tell(shop, staff_at_post=2)
    tell(shop, staff_at_post=3, at=NOW - timedelta(minutes=5))
    rows = list(Report.objects.order_by("id").values_list("staff_at_post", "known_at", "superseded_at"))
    instants = [NOW + timedelta(microseconds=n) for n in range(3)]
    assert rows == [(1, instants[0], instants[1]), (2, instants[1], instants[2]), (3, instants[2], None)]


def test_the_same_key_is_the_same_report_whatever_it_says_now(shop: Entity, tell: Tell) -> None:
    first = tell(shop, staff_at_post=3, key="page-0001")
    tell(shop, staff_at_post=4, key="page-0002")
    assert tell(shop, staff_at_post=9, key="page-0001") == first
    assert Report.objects.count() == 2


def test_the_same_values_confirm_and_add_nothing(shop: Entity, tell: Tell) -> None:
    first = tell(shop, staff_at_post=3, difficulties=("staff",))
    assert tell(shop, staff_at_post=3, difficulties=("staff",), at=LATER) == first
    assert Report.objects.count() == 1


def test_each_deed_leaves_its_trace_without_personal_values(shop: Entity, tell: Tell) -> None:
    tell(shop, staff_at_post=3, key="page-0001", abnormal_temperature=1, note="王五发热")
    tell(shop, staff_at_post=3, key="page-0001")
    tell(shop, "closed")
    entries = list(AuditEntry.objects.filter(subject="entity", subject_id=shop.pk).order_by("id"))
    assert {(entry.action, entry.by_label, entry.subdistrict_id) for entry in entries} == {
        ("reporting.record", f"place:{shop.number}", shop.subdistrict_id)
    }
    first, second = Report.objects.order_by("pk").values_list("pk", flat=True)
    here = {"on": "2020-03-20", "channel": "qr"}
    was_open = {"state": "open", "staff_due": None, "staff_at_post": 3, "output_fen": None}
    is_closed = {"state": "closed", "staff_due": None, "staff_at_post": None, "output_fen": None}
    assert [(entry.before, entry.after) for entry in entries] == [
        (None, here | was_open | {"report": first, "outcome": "stored"}),
        (None, here | {"report": first, "outcome": "again"}),
        (was_open | {"report": first}, here | is_closed | {"report": second, "outcome": "corrected"}),
    ]


def test_an_officer_is_named_on_the_report(town: Town, shop: Entity, tell: Tell) -> None:
    report = tell(shop, staff_at_post=3, channel="officer", by=town.n1, on=date(2020, 2, 10))
    assert (report.channel, report.by) == ("officer", town.n1)


@pytest.mark.parametrize(
    ("on", "channel", "code"),
    [
        (DAY + timedelta(days=1), "qr", "reporting.day_in_future"),
        (DAY + timedelta(days=1), "officer", "reporting.day_in_future"),
        (DAY - timedelta(days=8), "qr", "reporting.day_too_old"),
        (date(2020, 2, 7), "officer", "reporting.day_too_old"),
    ],
)
def test_days_out_of_reach_are_refused(shop: Entity, tell: Tell, on: date, channel: str, code: str) -> None:
    with pytest.raises(values.ValueRefused) as refused:
        tell(shop, staff_at_post=1, on=on, channel=channel)
    assert refused.value.code == code
    assert Report.objects.count() == 0


def test_a_day_before_the_place_was_there_is_refused(town: Town, tell: Tell) -> None:
    new = place(town.grid_n1, from_on=DAY)
    with pytest.raises(values.DayOutsidePlace):
        tell(new, staff_at_post=1, on=YESTERDAY)


def test_refused_values_are_not_stored(shop: Entity, tell: Tell) -> None:
    with pytest.raises(values.OutputWhileClosed):
        tell(shop, "closed", output_fen=1)
    assert Report.objects.count() == 0


def history(entity_id: int, on: date = DAY, key: str = "old", **more: object) -> Row:
    row = Row(
        entity_id, on, NOW, None, NOW, key, "open", 5, 4, 100, 200, 0, 7, ("staff",), "", "import", None
    )
    return row._replace(**more)


def test_many_reports_are_stored_as_given(shop: Entity) -> None:
    first = history(shop.pk, key="a", superseded_at=LATER, state="closed", output_fen=0)
    rows = [
        first,
        history(shop.pk, key="b", known_at=LATER),
        history(shop.pk, on=YESTERDAY, key="c", note="补报"),
    ]
    assert actions.record_many(rows=iter(rows), by=BY, at=NOW) == 3
    fields = [field for field in Row._fields if field != "difficulties"]
    stored = Report.objects.order_by("id").values_list(*fields)
    assert [tuple(row) for row in stored] == [tuple(getattr(row, field) for field in fields) for row in rows]
    assert [report.difficulties for report in Report.objects.all()] == [["staff"]] * 3
    assert sum(DayChange.objects.filter(on=DAY).values_list("changes", flat=True)) == 2
    entry = AuditEntry.objects.get(subject="reports")
    assert entry.after == {"count": 3, "first": "2020-03-19", "last": "2020-03-20"}


def test_many_reports_are_stored_all_or_none(shop: Entity, tell: Tell) -> None:
    tell(shop, "closed", on=YESTERDAY)
    before = list(DayChange.objects.values_list("on", "changes"))
    with pytest.raises(actions.AlreadyReported) as refused:
        actions.record_many(rows=[history(shop.pk), history(shop.pk, on=YESTERDAY, key="b")], by=BY, at=NOW)
    assert refused.value.details == {"count": 2}
    assert Report.objects.count() == 1
    assert list(DayChange.objects.values_list("on", "changes")) == before


def test_no_rows_are_no_change(db: None) -> None:
    assert actions.record_many(rows=[], by=BY, at=NOW) == 0
    assert AuditEntry.objects.get(subject="reports").after == {"count": 0, "first": None, "last": None}


def at_once(entity: Entity, keys: list[str], at_posts: list[int]) -> list[int]:
    """Send several reports from as many threads, each with its own connection, all let go at one moment."""
    gate = Barrier(len(keys))

    def send(key: str, at_post: int) -> int:
        try:
            gate.wait(timeout=10)
            report = actions.record_report(
                entity=entity, on=DAY, values=ReportValues("open", staff_at_post=at_post), key=key, channel="qr",
                by=PlaceActor(entity.number), at=NOW,
            )  # fmt: skip
            return report.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(keys)) as pool:
        return list(pool.map(send, keys, at_posts))


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_from_two_threads_is_stored_once() -> None:
    shop = place(founding.build().grid_n1)
    stored = at_once(shop, ["one-page"] * 6, [3] * 6)
    assert len(set(stored)) == 1
    assert Report.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_corrections_from_many_threads_form_one_chain() -> None:
    shop = place(founding.build().grid_n1)
    at_once(shop, [f"page-{n}" for n in range(6)], list(range(6)))
    rows = list(Report.objects.order_by("known_at").values_list("known_at", "superseded_at", "received_at"))
    assert len(rows) == 6
    assert [superseded for _, superseded, _ in rows] == [known for known, _, _ in rows[1:]] + [None]
    assert {received for _, _, received in rows} == {NOW}
    assert sum(DayChange.objects.values_list("changes", flat=True)) == 6


@pytest.mark.django_db(transaction=True)
def test_places_that_report_at_the_same_moment_do_not_lose_a_change() -> None:
    grid = founding.build().grid_n1
    shops = [place(grid) for _ in range(6)]
    gate = Barrier(len(shops))

    def send(shop: Entity) -> None:
        try:
            gate.wait(timeout=10)
            actions.record_report(
                entity=shop, on=DAY, values=ReportValues("open", staff_at_post=1), key="the-page", channel="qr",
                by=PlaceActor(shop.number), at=NOW,
            )  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(shops)) as pool:
        list(pool.map(send, shops))
    assert Report.objects.count() == 6
    assert sum(DayChange.objects.values_list("changes", flat=True)) == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_bulk_load_that_was_quicker_is_corrected_not_doubled() -> None:
    shop = place(founding.build().grid_n1)
    loaded, gate = Barrier(2), Barrier(2)

    def load() -> None:
        from django.db import transaction

        try:
            with transaction.atomic():
                actions.record_many(rows=[history(shop.pk)], by=BY, at=NOW)
                loaded.wait(timeout=10)
                gate.wait(timeout=10)
        finally:
            connections.close_all()

    def send() -> None:
        try:
            loaded.wait(timeout=10)
            with connection.execute_wrapper(_open_when_inserting(gate)):
                actions.record_report(
                    entity=shop, on=DAY, values=ReportValues("closed"), key="the-page", channel="qr",
                    by=PlaceActor(shop.number), at=LATER,
                )  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for done in (pool.submit(load), pool.submit(send)):
            done.result(timeout=20)
    assert list(Report.objects.order_by("id").values_list("state", "superseded_at").distinct()) == [
        ("open", LATER),
        ("closed", None),
    ]


def _open_when_inserting(gate: Barrier):  # type: ignore[no-untyped-def]
    """Let the bulk load commit as soon as the report has found no row and begins to insert its own."""

    def wrapper(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if sql.startswith('INSERT INTO "reporting_report"') and not gate.broken and gate.n_waiting:
            gate.wait(timeout=10)
        return execute(sql, params, many, context)

    return wrapper
