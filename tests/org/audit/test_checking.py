"""Whatever somebody with the database alone does to the log, it is found, and named by its first broken link."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase

from dongche.org import actions
from dongche.org.audit import System, action, chain, checking, record
from dongche.org.models import AuditEntry, AuditHead, Officer
from tests.town import BY, NOW, Town, build

Entries = Any


@action("org.test_step")
def step(*, number: int, by: Any, at: Any, after: Any = None, before: Any = None, reason: str = "") -> None:
    record("test", number, by=by, at=at, before=before, after=after, reason=reason)


@pytest.fixture
def log(town: Town) -> AuditHead:
    """Forty or so entries, the last twenty of them ours, that hold."""
    for number in range(20):
        step(
            number=number,
            by=town.duty if number % 2 else BY,
            at=NOW + timedelta(seconds=number),
            after={"n": number},
        )
    assert checking.check().broken is None
    return AuditHead.objects.get()


def broken(**options: Any) -> tuple[int, str] | None:
    found = checking.check(**options).broken
    return found and (found.number, found.what)


def rows() -> Entries:
    return AuditEntry.objects.all()


def test_a_whole_log_says_what_was_checked(log: AuditHead) -> None:
    seen: list[int] = []
    verdict = checking.check(progress=seen.append)
    assert (verdict.first, verdict.last, verdict.count) == (1, log.last, log.last)
    assert verdict.head == f"{log.last}:{log.hash}" == str(log)
    assert sum(seen) == log.last
    assert AuditEntry.objects.get(pk=1).previous == ""


FIELD_CHANGES: dict[str, Any] = {
    "at": NOW + timedelta(microseconds=1),
    "by_id": None,
    "by_label": "somebody",
    "action": "org.appoint",
    "subject": "unit",
    "subject_id": None,
    "before": {},
    "after": {"n": 11, "m": 0},
    "reason": "why not",
    "origin": "web 192.0.2.1",
    "request_id": "b" * 32,
    "subdistrict_id": None,
    "previous": "0" * 64,
    "hash": "0" * 64,
}


def test_the_changes_cover_every_field() -> None:
    fields = {field.attname for field in AuditEntry._meta.concrete_fields}
    assert set(FIELD_CHANGES) == fields - {"id"} == {*chain.FIELDS, "hash"} - {"id"}


@pytest.mark.parametrize("name", FIELD_CHANGES)
@pytest.mark.parametrize("place", ["middle", "last"])
def test_a_changed_field_is_found(log: AuditHead, name: str, place: str) -> None:
    number = log.last - (8 if place == "middle" else 0)  # one of the officer's
    assert rows().filter(pk=number).exclude(**{name: FIELD_CHANGES[name]}).exists()
    rows().filter(pk=number).update(**{name: FIELD_CHANGES[name]})
    assert broken() == (number, "changed")


def swap(one: int, other: int) -> None:
    rows().filter(pk=one).update(id=0)
    rows().filter(pk=other).update(id=one)
    rows().filter(pk=0).update(id=other)


def close_gap(number: int) -> None:
    for later in rows().filter(pk__gt=number).order_by("pk").values_list("pk", flat=True):
        rows().filter(pk=later).update(id=later - 1)


def make_room(number: int) -> None:
    for later in rows().filter(pk__gte=number).order_by("-pk").values_list("pk", flat=True):
        rows().filter(pk=later).update(id=later + 1)


def forged(number: int, **changes: Any) -> AuditEntry:
    """An entry as good as one can make it without the key."""
    entry = AuditEntry.objects.get(pk=1)
    entry.id, entry.by_label, entry.hash = number, "forger", "f" * 64
    for name, value in changes.items():
        setattr(entry, name, value)
    entry.save(force_insert=True)
    return entry


def cut_off(count: int) -> None:
    """Take the last entries away and move the head back to what then is the last one, as well as can be done."""
    head = AuditHead.objects.get()
    rows().filter(pk__gt=head.last - count).delete()
    last = rows().order_by("-pk")[0]
    AuditHead.objects.update(last=last.pk, hash=last.hash)


N = 30
TAMPERING: list[tuple[str, Callable[[], object], Callable[[int], int], str]] = [
    ("the first removed", lambda: rows().filter(pk=1).delete(), lambda last: 1, "removed"),
    ("one removed", lambda: rows().filter(pk=N).delete(), lambda last: N, "removed"),
    ("two removed", lambda: rows().filter(pk__in=(N, N + 1)).delete(), lambda last: N, "removed"),
    ("the last removed", lambda: rows().order_by("-pk")[0].delete(), lambda last: last, "removed"),
    ("all removed", lambda: rows().delete(), lambda last: 1, "removed"),
    (
        "removed, the gap closed",
        lambda: (rows().filter(pk=N).delete(), close_gap(N)),
        lambda last: N,
        "removed",
    ),
    ("two swapped", lambda: swap(N, N + 4), lambda last: N, "order"),
    ("neighbours swapped", lambda: swap(N, N + 1), lambda last: N, "order"),
    ("moved to the end", lambda: rows().filter(pk=N).update(id=10_000), lambda last: N, "order"),
    ("inserted", lambda: (make_room(N), forged(N)), lambda last: N, "inserted"),
    ("inserted before the first", lambda: forged(0), lambda last: 0, "inserted"),
    ("put at the end", lambda: forged(AuditHead.objects.get().last + 1), lambda last: last + 1, "inserted"),
    (
        "copied",
        lambda: forged(
            AuditHead.objects.get().last + 1, by_label="town", hash=AuditEntry.objects.get(pk=1).hash
        ),
        lambda last: last + 1,
        "inserted",
    ),
    ("the last cut off, head and all", lambda: cut_off(3), lambda last: last - 3, "head"),
    ("head moved", lambda: AuditHead.objects.update(last=10**6), lambda last: 10**6, "head"),
    ("head with another hash", lambda: AuditHead.objects.update(hash="0" * 64), lambda last: last, "head"),
    ("head with another seal", lambda: AuditHead.objects.update(seal="0" * 64), lambda last: last, "head"),
    ("head removed", lambda: AuditHead.objects.all().delete(), lambda last: 0, "head"),
    (
        "the first cut off, head and all",
        lambda: (
            AuditHead.objects.update(first=N, before=AuditEntry.objects.get(pk=N - 1).hash),
            rows().filter(pk__lt=N).delete(),
        ),
        lambda last: last,
        "head",
    ),
]


@pytest.mark.parametrize(
    ("tamper", "number", "what"), [row[1:] for row in TAMPERING], ids=[row[0] for row in TAMPERING]
)
def test_tampering_is_found_and_named(log: AuditHead, tamper: Any, number: Any, what: str) -> None:
    tamper()
    assert broken() == (number(log.last), what)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda: AuditHead.objects.update(hash="0" * 64),
        lambda: AuditHead.objects.all().delete(),
        lambda: cut_off(3),
    ],
)
def test_nothing_is_written_after_a_head_that_was_tampered_with(log: AuditHead, tamper: Any) -> None:
    """Sealing it anew would hide what was done."""
    tamper()
    with pytest.raises(chain.HeadBroken):
        actions.create_officer(username="new", name="New", by=BY, at=NOW)
    assert not Officer.objects.filter(username="new").exists()


def test_another_key_does_not_fit(log: AuditHead, settings: Any) -> None:
    settings.FIELD_KEY = "another"
    assert broken() == (1, "changed")


def test_a_head_noted_down_lies_on_the_chain_later_too(log: AuditHead) -> None:
    noted = checking.Expected(log.last, log.hash)
    for number in range(3):
        step(number=number, by=BY, at=NOW)
    assert broken(expected=noted) is None
    assert broken(expected=checking.Expected(0, "")) is None
    assert broken(expected=checking.Expected(log.last, "0" * 64)) == (log.last, "other")
    assert broken(expected=checking.Expected(log.last + 4, "0" * 64)) == (log.last + 4, "removed")


def test_a_state_put_back_whole_is_found_by_the_head_noted_down(log: AuditHead) -> None:
    """The one thing that seals alone cannot show: everything as it was, and other entries since."""
    then = {"last": log.last, "hash": log.hash, "seal": log.seal}
    step(number=1, by=BY, at=NOW, after={"n": "told"})
    told = checking.check()
    rows().filter(pk=told.last).delete()
    AuditHead.objects.update(**then)
    assert broken() is None
    assert broken(expected=checking.Expected(told.last, told.hash)) == (told.last, "removed")
    step(number=1, by=BY, at=NOW, after={"n": "another"})
    assert broken() is None
    assert broken(expected=checking.Expected(told.last, told.hash)) == (told.last, "other")


def test_checking_may_begin_later(log: AuditHead) -> None:
    rows().filter(pk=5).update(reason="changed")
    verdict = checking.check(start=10)
    assert (verdict.broken, verdict.first, verdict.count) == (None, 10, log.last - 9)
    assert broken(start=5) == (5, "changed")
    with pytest.raises(checking.NotKept):
        checking.check(start=log.last + 2)
    with pytest.raises(checking.NotKept):
        checking.check(start=10, expected=checking.Expected(3, "0" * 64))


def test_a_long_log_is_read_in_pieces(
    log: AuditHead, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(checking, "PIECE", 10)
    with django_assert_num_queries(4 + log.last // 10 + (2 if log.last % 10 else 1)):
        assert broken() is None
    rows().filter(pk=25).update(reason="changed")
    assert broken() == (25, "changed")


def test_entries_written_meanwhile_are_no_fault(log: AuditHead, monkeypatch: Any) -> None:
    monkeypatch.setattr(checking, "PIECE", 10)
    written: list[int] = []

    def write(checked: int) -> None:
        if len(written) < 3:
            written.append(checked)
            step(number=1, by=BY, at=NOW)

    assert checking.check(progress=write).broken is None


WORDS = some.text(max_size=12)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | WORDS | some.floats() | some.dates() | some.datetimes(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
INSTANTS = some.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=some.just(UTC))  # noqa: DTZ001


class BothDatabasesGiveBackWhatWasSealed(TestCase):
    def setUp(self) -> None:
        chain.begin()

    @given(
        at=INSTANTS,
        before=some.none() | some.dictionaries(WORDS, VALUES, max_size=4),
        after=some.none() | some.dictionaries(WORDS, VALUES, max_size=4),
        reason=some.text(max_size=500),
        label=some.text(max_size=100),
        number=some.none() | some.integers(-(2**63), 2**63 - 1),
    )
    def test_the_hash_is_the_same_after_reading(
        self, at: Any, before: Any, after: Any, reason: str, label: str, number: Any
    ) -> None:
        step(number=number, by=System(label), at=at, before=before, after=after, reason=reason)
        entry = AuditEntry.objects.order_by("-pk")[0]
        assert chain.seal_of(chain.values_of(entry)) == entry.hash
        assert (entry.before is None) == (before is None)
        assert entry.at == at
        verdict = checking.check(start=entry.pk)
        assert (verdict.broken, verdict.count) == (None, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_leave_one_chain_without_gaps() -> None:
    begun = AuditHead.objects.get().last
    faults: list[BaseException] = []
    start = threading.Barrier(8)

    def work(worker: int) -> None:
        try:
            start.wait()
            for number in range(50):
                step(number=worker * 100 + number, by=BY, at=NOW)
        except BaseException as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    verdict = checking.check()
    assert (verdict.broken, verdict.count) == (None, begun + 400)
    found = AuditEntry.objects.filter(pk__gt=begun).order_by("pk").values_list("subject_id", flat=True)
    for worker in range(8):
        mine = [number for number in found if number is not None and number // 100 == worker]
        assert mine == sorted(mine)
        assert len(mine) == 50


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_long_action_keeps_nobody_from_writing() -> None:
    """Not even when it has locked the very rows that the others' entries speak of."""
    town = build()
    is_working, is_done = threading.Event(), threading.Event()

    @action("org.test_long")
    def long(*, by: Any, at: Any) -> None:
        type(town.subdistrict).objects.select_for_update().get(pk=town.subdistrict.pk)
        record("unit", town.subdistrict.pk, by=by, at=at, within=town.subdistrict)
        is_working.set()
        is_done.wait(20)

    def work() -> None:
        try:
            long(by=BY, at=NOW)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    assert is_working.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
    for number in range(5):
        step(number=number, by=town.duty, at=NOW)
    assert thread.is_alive()
    is_done.set()
    thread.join()
    last = AuditEntry.objects.order_by("-pk").values_list("action", flat=True)[:2]
    assert list(last) == ["org.test_long", "org.test_step"]
    assert checking.check().broken is None
