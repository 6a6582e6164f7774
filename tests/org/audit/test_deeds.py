"""What an action did is written once, at its very end, or not at all."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from dongche.kit import origin
from dongche.org import audit
from dongche.org.audit import checking
from dongche.org.models import AuditEntry, AuditHead
from tests.town import BY, NOW, Town


@audit.action("org.test_note")
def note(*, by: audit.Actor, at: Any, number: int = 0, inner: Callable[[], object] = lambda: None) -> int:
    audit.record("test", number, by=by, at=at, after={"number": number})
    inner()
    return number


@audit.action("org.test_around")
def around(*, by: audit.Actor, at: Any, inner: Callable[[], object]) -> None:
    inner()


def noted() -> list[tuple[str, int | None]]:
    found = AuditEntry.objects.filter(action__startswith="org.test_").order_by("pk")
    return list(found.values_list("action", "subject_id"))


def fail() -> None:
    raise LookupError


def note_and_fail() -> None:
    note(by=BY, at=NOW, number=1)
    fail()


def test_entries_follow_without_gaps_in_the_order_they_were_recorded(db: None) -> None:
    begun = AuditHead.objects.get().last

    def more() -> None:
        note(by=BY, at=NOW, number=2)
        audit.record("test", 3, by=BY, at=NOW)

    note(by=BY, at=NOW, number=1, inner=more)
    assert noted() == [("org.test_note", 1), ("org.test_note", 2), ("org.test_note", 3)]
    entries = AuditEntry.objects.filter(pk__gt=begun).order_by("pk")
    assert [entry.pk for entry in entries] == [begun + 1, begun + 2, begun + 3]
    head = AuditHead.objects.get()
    assert (head.last, head.hash) == (entries[2].pk, entries[2].hash)
    assert checking.check().broken is None


def test_an_action_that_only_calls_others_leaves_their_trace(db: None) -> None:
    around(by=BY, at=NOW, inner=lambda: note(by=BY, at=NOW, number=5))
    assert noted() == [("org.test_note", 5)]


def test_an_action_that_fails_leaves_none(db: None) -> None:
    with pytest.raises(LookupError):
        note(by=BY, at=NOW, number=1, inner=fail)
    assert noted() == []
    note(by=BY, at=NOW, number=2)
    assert noted() == [("org.test_note", 2)]


def test_a_nested_action_that_fails_takes_its_entries_with_it(db: None) -> None:
    def attempt() -> None:
        with pytest.raises(LookupError):
            note(by=BY, at=NOW, number=2, inner=fail)

    note(by=BY, at=NOW, number=1, inner=attempt)
    assert noted() == [("org.test_note", 1)]
    with pytest.raises(RuntimeError, match="wrote no audit row"):
        around(by=BY, at=NOW, inner=attempt)


def test_entries_of_a_savepoint_that_was_rolled_back_are_forgotten(db: None) -> None:
    def attempt() -> None:
        with pytest.raises(LookupError), transaction.atomic():
            two_and_fail()

    def two_and_fail() -> None:
        note(by=BY, at=NOW, number=2)
        audit.record("test", 3, by=BY, at=NOW)
        fail()

    note(by=BY, at=NOW, number=1, inner=attempt)
    assert noted() == [("org.test_note", 1)]
    with pytest.raises(RuntimeError, match="wrote no audit row"):
        around(by=BY, at=NOW, inner=attempt)


def test_an_outer_transaction_that_fails_takes_them_too(db: None) -> None:
    before = AuditHead.objects.get().last
    with pytest.raises(LookupError), transaction.atomic():
        note_and_fail()
    assert (noted(), AuditHead.objects.get().last) == ([], before)
    assert checking.check().broken is None


def test_recording_outside_of_an_action_is_an_error(db: None) -> None:
    with pytest.raises(RuntimeError, match="outside of any action"):
        audit.record("test", 1, by=BY, at=NOW)
    with pytest.raises(RuntimeError, match="outside of any action"), audit.together():
        audit.record("test", 1, by=BY, at=NOW)


def test_actions_together_touch_the_head_once(db: None, django_assert_num_queries: Any) -> None:
    with audit.together():
        pass
    assert noted() == []
    with pytest.raises(LookupError), audit.together():
        note_and_fail()
    assert noted() == []
    with audit.together(), audit.together():
        for number in range(3):
            note(by=BY, at=NOW, number=number)
        assert noted() == []
    assert [number for _, number in noted()] == [0, 1, 2]
    assert checking.check().broken is None


def test_the_head_is_locked_after_everything_else(db: None, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(100) as captured:
        note(by=BY, at=NOW, number=1, inner=lambda: list(AuditEntry.objects.filter(action="elsewhere")))
    asked = [query["sql"] for query in captured.captured_queries]
    locked = next(place for place, sql in enumerate(asked) if "org_audithead" in sql)
    worked = next(place for place, sql in enumerate(asked) if "elsewhere" in sql)
    assert worked < locked
    after = [sql for sql in asked[locked:] if "SAVEPOINT" not in sql]
    assert all("org_audit" in sql for sql in after)
    assert after[-1].startswith("UPDATE")
    if connection.vendor == "postgresql":
        checked = next(place for place, sql in enumerate(asked) if "SET CONSTRAINTS ALL IMMEDIATE" in sql)
        assert worked < checked < locked


def test_many_entries_of_one_action_are_written_many_at_a_time(
    db: None, django_assert_max_num_queries: Any
) -> None:
    def many() -> None:
        for number in range(2, 2501):
            audit.record("test", number, by=BY, at=NOW)

    with django_assert_max_num_queries(50 if connection.vendor == "sqlite" else 12):
        note(by=BY, at=NOW, number=1, inner=many)
    assert len(noted()) == 2500
    assert checking.check().broken is None


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_inherits_the_context_has_actions_of_its_own() -> None:
    """SQLite has one writer at a time, so there the thread may only begin when the action here is done."""
    seen: list[int] = []

    def elsewhere() -> None:
        try:
            note(by=BY, at=NOW, number=2)
            seen.append(len(noted()))
        finally:
            connections.close_all()

    def start() -> None:
        inherited = contextvars.copy_context()
        thread = threading.Thread(target=inherited.run, args=(elsewhere,))
        threads.append(thread)
        if connection.vendor == "postgresql":
            thread.start()
            thread.join()

    threads: list[threading.Thread] = []
    note(by=BY, at=NOW, number=1, inner=start)
    if connection.vendor == "sqlite":
        threads[0].start()
        threads[0].join()
    assert sorted(noted()) == [("org.test_note", 1), ("org.test_note", 2)]
    assert seen == [2 if connection.vendor == "sqlite" else 1]
    assert checking.check().broken is None


def test_an_entry_says_from_where_it_came(db: None) -> None:
    with origin.coming_from(origin.Origin("web", "192.0.2.7", "a" * 32)):
        note(by=BY, at=NOW, number=1)
    note(by=BY, at=NOW, number=2)
    found = AuditEntry.objects.order_by("-pk").values_list("origin", "request_id")[:2]
    assert list(found) == [("", ""), ("web 192.0.2.7", "a" * 32)]


def test_an_entry_belongs_to_the_sub_district_it_speaks_of(town: Town) -> None:
    def within(by: Any, **more: Any) -> int | None:
        @audit.action("org.test_within")
        def act(*, by: audit.Actor, at: Any) -> None:
            audit.record("test", 1, by=by, at=at, **more)

        act(by=by, at=NOW)
        return AuditEntry.objects.order_by("-pk")[0].subdistrict_id

    here = town.subdistrict.pk
    assert within(BY) is None
    assert within(BY, within=town.grid_n1) == here
    assert within(BY, within=town.subdistrict) == here
    assert within(BY, within=here) == here
    assert within(town.n1) == here
    town.n1.posts.all().delete()
    del town.n1.__dict__["_posts_on"]
    assert within(town.n1) is None


def test_what_is_too_long_is_cut_and_not_refused(db: None) -> None:
    @audit.action("org.test_long")
    def act(*, by: audit.Actor, at: Any) -> None:
        audit.record("test", 1, by=by, at=at, reason="长" * 500, after={"n": "\0\ud800"})

    with origin.coming_from(origin.Origin("task", "x" * 300)):
        act(by=audit.System("s" * 100), at=NOW)
    entry = AuditEntry.objects.order_by("-pk")[0]
    assert (len(entry.reason), entry.reason[-1], len(entry.by_label), len(entry.origin)) == (
        400,
        "…",
        80,
        120,
    )
    assert entry.after == {"n": "\N{REPLACEMENT CHARACTER}?"}
    assert checking.check().broken is None
