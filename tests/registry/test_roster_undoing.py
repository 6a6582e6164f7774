"""A whole roster taken back: whom it brought goes, what it changed is as before, and nobody's later change is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dongche.kit import clock
from dongche.org.models import AuditEntry
from dongche.registry import actions, importing
from dongche.registry.imports.store import Folder
from dongche.registry.imports.undoing import CHANGED_SINCE, ERASED
from dongche.registry.models import Entity, HealthNote, ImportBatch, Person, PersonRevision
from dongche.registry.queries import person_version
from dongche.registry.roster import undoing, values
from tests.factories.registry import place
from tests.registry.books import book
from tests.registry.test_roster_import import HEADER, line
from tests.town import NOW, Town

LATER, MUCH_LATER, LAST = (NOW + timedelta(hours=n) for n in (1, 2, 3))


@pytest.fixture(autouse=True)
def quiet(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def shop(town: Town) -> Entity:
    return place(town.grid_n1)


@pytest.fixture
def bring(town: Town, shop: Entity, tmp_path, django_capture_on_commit_callbacks):
    def bring(*lines: list[Any], at=NOW) -> ImportBatch:
        file = tmp_path / f"{at:%H}.xlsx"
        file.write_bytes(book([HEADER, *lines]))
        with django_capture_on_commit_callbacks(execute=True):
            outcome = importing.import_file(
                file, subdistrict=town.subdistrict, kind="roster", entity=shop, by=town.duty, at=at
            )
        return outcome.batch

    return bring


@pytest.fixture
def undo(town: Town, django_capture_on_commit_callbacks):
    def undo(batch: ImportBatch, at=LAST) -> ImportBatch:
        batch = actions.begin_undo(batch=batch, reason="wrong file", by=town.duty, at=at)
        with django_capture_on_commit_callbacks(execute=True):
            return importing.undo(batch, by=town.duty, at=at)

    return undo


def said(person: Person) -> dict[str, Any]:
    columns = (*values.FILLED, *values.HASHES, "from_on", "travel_erased")
    return {name: getattr(person, name) for name in columns}


def change(person: Person, by: Any, at: datetime, **given: Any) -> None:
    version = person_version(person)
    actions.change_person(person=person, given=given, version=version, by=by, at=at)


def temperatures(person: Person) -> list[str]:
    return [note.temperature for note in person.health.filter(superseded_at__isnull=True)]


def test_everything_is_as_before(bring, undo, shop: Entity):
    bring(line(1))
    (person,) = Person.objects.all()
    before, count = said(person), PersonRevision.objects.count()
    again = line(1, job="店长", phone="13900009999", on="2020-03-16", code="黄码", temperature=37.8)
    batch = bring(again, line(2), at=LATER)
    assert (batch.counts["changed"], batch.counts["new"]) == (1, 1)
    person.refresh_from_db()
    assert said(person) != before
    batch = undo(batch)
    assert (batch.state, batch.undo) == (
        "undone",
        {"reason": "wrong file", "gone": 1, "restored": 1, "left": 0},
    )
    (person,) = Person.objects.all()
    assert said(person) == before
    assert temperatures(person) == ["36.5"]
    latest = person.revisions.get(superseded_at__isnull=True)
    assert (latest.source, latest.batch, latest.known_at, latest.health_code) == (
        "restored",
        batch,
        LAST,
        "green",
    )
    assert PersonRevision.objects.count() == count + 2
    told = AuditEntry.objects.get(action="registry.undo_import")
    assert (told.reason, told.after["undo"]) == ("wrong file", {"gone": 1, "restored": 1, "left": 0})
    kept = Folder.of(batch.file_path).path
    assert "示例" not in (kept / "left.json").read_text()
    assert "13900009999" not in str(list(PersonRevision.objects.values_list("former", flat=True)))


def test_a_note_of_a_morning_is_put_back(bring, undo):
    bring(line(1))
    undo(bring(line(1, temperature=38.1), at=LATER))
    assert temperatures(Person.objects.get()) == ["36.5"]
    assert HealthNote.objects.count() == 3


def test_what_was_changed_since_stays_and_is_listed(bring, undo, town: Town):
    bring(line(1))
    batch = bring(line(1, job="店长", code="黄码", temperature=38.1), line(2), line(3), line(4), at=LATER)
    first, second, third, _fourth = Person.objects.order_by("pk")
    change(first, town.n1, MUCH_LATER, job="会计")
    day = clock.day_of(NOW)
    noted = {"temperature": "36.9", "symptoms": "", "by": town.n1, "at": MUCH_LATER}
    actions.note_health(person=first, on=first.arrived_on, half="am", **noted)
    change(second, town.n1, MUCH_LATER, job="会计")
    actions.note_health(person=third, on=day, half="pm", **noted)
    batch = undo(batch)
    assert batch.undo == {"reason": "wrong file", "gone": 1, "restored": 1, "left": 3}
    first.refresh_from_db()
    assert (first.job, first.health_code, temperatures(first)) == ("会计", "green", ["36.9"])
    names = [entry[1] for entry in Folder.of(batch.file_path).left()]
    assert names == ["示**"] * 3
    assert [kept for _, _, kept in Folder.of(batch.file_path).left()] == [
        [["job", CHANGED_SINCE, {}], ["temperature", CHANGED_SINCE, {}]],
        [["", undoing.PERSON_CHANGED, {}]],
        [["", undoing.NOTED_SINCE, {}]],
    ]


def test_a_change_taken_back_since_is_no_change(bring, undo):
    first = bring(line(1))
    undo(bring(line(1, job="店长", code="黄码", temperature=38.1), at=LATER), at=MUCH_LATER)
    assert undo(first).undo == {"reason": "wrong file", "gone": 1, "restored": 0, "left": 0}
    assert not Person.objects.exists()
    assert not HealthNote.objects.exists()


def test_what_was_deleted_in_time_does_not_come_back(bring, undo, town: Town):
    bring(line(1), line(2))
    batch = bring(line(1, code="黄码", job="店长"), line(2, job="店长"), at=LATER)
    first, second = Person.objects.order_by("pk")
    far = clock.day_of(NOW) + timedelta(days=200)
    actions.erase_due(subdistrict=town.subdistrict, data_class="travel", on=far, by=town.duty, at=MUCH_LATER)
    assert not PersonRevision.objects.exclude(former="").exists()
    Person.objects.filter(pk=second.pk).update(erased_at=MUCH_LATER)
    batch = undo(batch)
    assert (batch.state, batch.problem["code"]) == ("applied", "registry.nothing_to_undo")
    told = {
        verdict.pk: {one.message for one in verdict.left} for verdict in undoing.RosterUndoing(batch).survey()
    }
    assert told[first.pk] == {ERASED}
    assert told[second.pk] == {undoing.PERSON_GONE}


def test_people_of_a_place_that_was_merged_stay(bring, undo, shop: Entity, town: Town):
    batch = bring(line(1))
    other = place(town.grid_n2)
    Person.objects.update(entity=other)
    assert [one.left[0].message for one in undoing.RosterUndoing(batch).survey()] == [undoing.MOVED]
    assert undo(batch).state == "applied"


def test_the_same_roster_may_come_again_after_it_was_undone(bring, undo):
    undo(bring(line(1), line(2)))
    again = bring(line(1), line(2), at=MUCH_LATER)
    assert (again.counts["new"], Person.objects.count()) == (2, 2)


def test_all_or_nothing(bring, undo, monkeypatch):
    bring(line(1))
    batch = bring(line(1, job="店长"), line(2), at=LATER)
    monkeypatch.setattr(undoing.writing, "version", lambda *given, **more: 1 / 0)
    batch = undo(batch)
    assert (batch.state, batch.problem["code"]) == ("applied", "registry.import_broke")
    assert Person.objects.count() == 2


def test_many_people_ask_no_more_than_few(bring):
    few, many = bring(line(1)), bring(*(line(n) for n in range(1, 28)), at=LATER)
    asked = []
    for batch in (few, many):
        with CaptureQueriesContext(connection) as queries:
            list(undoing.RosterUndoing(batch).survey())
        asked.append(len(queries))
    assert asked[0] == asked[1]
