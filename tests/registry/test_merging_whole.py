"""Whatever hangs on two places: a merge loses none of it, an undone one gives back exactly what was there, and of two
people who merge at once one is told."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dongche.kit.errors import Problem
from dongche.org.audit import System
from dongche.registry import actions
from dongche.registry.duplicates.merging import hanging
from dongche.registry.models import (
    Document,
    DocumentType,
    ElectricityReading,
    Entity,
    Exclusion,
    HealthNote,
    ImportBatch,
    Merge,
    Meter,
    Person,
    PersonRevision,
    PlaceDuty,
    Source,
    Standing,
    WithdrawnCode,
)
from dongche.registry.queries import version_of
from dongche.registry.standing import settle
from dongche.reporting.models import Report
from dongche.web.fields import search_hash
from tests import town as founding
from tests.factories.registry import exclude, place
from tests.factories.reporting import report
from tests.town import DAY, NOW, SETUP_AT, START, Town

BY = System("test")
LATER = NOW + timedelta(minutes=5)
SOON = timedelta(minutes=1)
# Everything that points to a place and may hang on it, with what says that a row holds.
HANGING: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Report, ("on", "state", "staff_at_post", "received_at", "channel")),
    (Standing, ("on", "step", "source", "reason")),
    (Person, ("document_hash", "name", "from_on", "until_on")),
    (Document, ("sha256", "title", "withdrawn_at")),
    (Meter, ("number",)),
    (ElectricityReading, ("meter", "on", "kwh")),
    (PlaceDuty, ("role", "officer_id", "from_on", "until_on")),
    (Exclusion, ("kind", "reason", "from_on", "until_on")),
    (WithdrawnCode, ("code",)),
)


def whole(*places: Entity) -> dict[str, Any]:
    """Everything that holds of some places: their values, and each row that is believed, whatever its number."""
    held: dict[str, Any] = {}
    for model, said in HANGING:
        rows = model.objects.filter(entity__in=places)
        if any(field.name == "superseded_at" for field in model._meta.fields):
            rows = rows.filter(superseded_at__isnull=True)
        held[model.__name__] = Counter(rows.values_list("entity_id", *said))
    ids = [one.pk for one in places]
    values = Entity.objects.filter(pk__in=ids).order_by("pk").values()
    held["places"] = [{n: v for n, v in row.items() if n != "updated_at"} for row in values]
    held["tenants"] = set(Entity.objects.filter(building__in=ids).values_list("pk", "building"))
    held["people"] = set(PersonRevision.objects.values_list("person", "known_at", "superseded_at"))
    held["health"] = set(HealthNote.objects.values_list("person", "on", "temperature"))
    return held


def merge(survivor: Entity, merged: Entity, *taken: str, at: Any = NOW) -> Merge:
    versions = {one.pk: version_of(one) for one in (survivor, merged)}
    return actions.merge_places(
        survivor=survivor, merged=merged, versions=versions, taken=taken, by=BY, at=at
    )


# --- The steps of people, electricity and tenants ------------------------------------------------


def person(entity: Entity, document: str) -> Person:
    made = Person.objects.create(
        entity=entity, name="样例甲子", document_type=DocumentType.PASSPORT, document_number=document,
        document_hash=document, from_on=START, created_at=SETUP_AT, updated_at=SETUP_AT,
    )  # fmt: skip
    PersonRevision.objects.create(person=made, from_on=START, known_at=SETUP_AT, source=Source.ENTERED)
    HealthNote.objects.create(
        person=made, on=DAY, half="am", temperature="36.5", known_at=SETUP_AT, source=Source.ENTERED
    )
    return made


def reading(entity: Entity, on: date, kwh: str, meter: str = "", **more: Any) -> ElectricityReading:
    return ElectricityReading.objects.create(
        entity=entity, on=on, kwh=Decimal(kwh), meter=meter, known_at=SETUP_AT, **more
    )


def meter(entity: Entity, number: str) -> Meter:
    return Meter.objects.create(
        subdistrict=entity.subdistrict, number=number, entity=entity, known_at=SETUP_AT
    )


def people_of(entity: Entity) -> list[str]:
    return sorted(Person.objects.filter(entity=entity).values_list("document_hash", flat=True))


def used_by(entity: Entity) -> set[tuple[str, date, Decimal]]:
    rows = ElectricityReading.objects.filter(entity=entity, superseded_at__isnull=True)
    return set(rows.values_list("meter", "on", "kwh"))


@pytest.fixture
def two(town: Town) -> tuple[Entity, Entity]:
    return place(town.grid_n1, name="海之晨餐饮"), place(town.grid_n2, name="海之辰餐饮")


def test_people_go_to_the_survivor_once_each_and_come_back(two) -> None:
    survivor, other = two
    both, theirs = [person(one, "G1") for one in two], person(other, "G2")
    done = merge(survivor, other)

    assert (people_of(survivor), people_of(other)) == (["G1", "G2"], ["G1"])
    assert both[1].health.count() == theirs.health.count() == 1
    new = person(survivor, "G3")
    Person.objects.filter(pk=new.pk).update(created_at=LATER)
    actions.part_places(merge=done, by=BY, at=LATER + SOON)
    assert (people_of(survivor), people_of(other)) == (["G1", "G3"], ["G1", "G2"])


def test_of_one_meter_and_day_the_survivors_reading_counts(two) -> None:
    survivor, other = two
    meter(other, "370001")
    reading(survivor, DAY, "10", "370000")
    reading(other, DAY, "20", "370001")
    reading(survivor, START, "1")
    reading(other, START, "2")
    done = merge(survivor, other)

    assert used_by(survivor) == {("370000", DAY, 10), ("370001", DAY, 20), ("", START, 1)}
    assert used_by(other) == set()
    assert Meter.objects.get().entity == survivor
    actions.part_places(merge=done, by=BY, at=LATER)
    assert used_by(survivor) == {("370000", DAY, 10), ("", START, 1)}
    assert used_by(other) == {("370001", DAY, 20), ("", START, 2)}
    assert Meter.objects.get().entity == other


def test_a_reading_of_an_import_that_was_undone_since_does_not_come_back(town: Town, two) -> None:
    survivor, other = two
    batch = ImportBatch.objects.create(
        subdistrict=town.subdistrict, kind="electricity", state="applied", file_name="a", file_path="a",
        file_sha256="", created_at=SETUP_AT,
    )  # fmt: skip
    reading(other, DAY, "20", batch=batch)
    done = merge(survivor, other)
    ElectricityReading.objects.filter(batch=batch, superseded_at__isnull=True).update(superseded_at=LATER)
    ImportBatch.objects.filter(pk=batch.pk).update(undone_at=LATER, state="undone")
    actions.part_places(merge=done, by=BY, at=LATER + SOON)
    assert used_by(survivor) == used_by(other) == set()


def test_firms_of_a_building_follow_it_and_the_survivor_is_not_in_itself(town: Town, two) -> None:
    survivor, other = two
    firms = [place(town.grid_n1, building=other) for _ in range(2)]
    Entity.objects.filter(pk=survivor.pk).update(building=other)
    done = merge(survivor, other)

    assert set(survivor.tenants.values_list("pk", flat=True)) == {firm.pk for firm in firms}
    moved_on = place(town.grid_n2)
    Entity.objects.filter(pk=firms[0].pk).update(building=moved_on)
    actions.part_places(merge=done, by=BY, at=LATER)
    assert set(other.tenants.values_list("pk", flat=True)) == {firms[1].pk, survivor.pk}
    assert Entity.objects.get(pk=firms[0].pk).building == moved_on


# --- Whatever hangs on two places ------------------------------------------------------------------

days = st.dates(START, DAY)
which = st.integers(0, 1)


@st.composite
def periods(draw: Any) -> tuple[date, date | None]:
    begin = draw(days)
    return begin, draw(st.none() | st.integers(1, 40).map(lambda n: begin + timedelta(days=n)))


def apart(rows: list[Any], period: Any) -> list[Any]:
    """Those that overlap none before them, as the tables demand."""
    kept: list[Any] = []
    for row in rows:
        begin, end = period(row)
        if all(
            (e is not None and e <= begin) or (end is not None and end <= b) for b, e in map(period, kept)
        ):
            kept.append(row)
    return kept


def hang(town: Town, two: list[Entity], drawn: dict[str, Any]) -> None:
    """Rows of every kind on either of the two, as they were drawn."""
    for n, (side, on, state) in enumerate(drawn["reports"]):
        known = SETUP_AT + timedelta(hours=n)
        Report.objects.filter(entity=two[side], on=on, superseded_at=None).update(superseded_at=known)
        report(two[side], state, on, known, staff_at_post=n, received_at=SETUP_AT + timedelta(minutes=n))
    for side, on, step in drawn["standings"]:
        Standing.objects.create(
            entity=two[side], on=on, step=step, source=Source.VISITED, reason="seen", known_at=SETUP_AT
        )
    settle([one.pk for one in two], SETUP_AT + timedelta(days=40))
    for side, document in drawn["people"]:
        person(two[side], document)
    for side, sha, is_withdrawn in drawn["documents"]:
        gone = {"withdrawn_at": SETUP_AT, "reason": "wrong"} if is_withdrawn else {}
        Document.objects.create(
            entity=two[side], kind="other", title=sha, file_name=sha, media_type="x", size=1, sha256=sha,
            path=sha, known_at=SETUP_AT, **gone,
        )  # fmt: skip
    for side, number in drawn["meters"]:
        meter(two[side], number)
    for side, number, on, kwh in drawn["readings"]:
        reading(two[side], on, str(kwh), number)
    for side in (0, 1):
        roles = [row for row in drawn["duties"] if row[0] == side]
        for role in ("served_by", "contact"):
            for _side, _role, (begin, end), who in apart(
                [row for row in roles if row[1] == role], lambda row: row[2]
            ):
                PlaceDuty.objects.create(
                    entity=two[side], role=role, officer=town.officers[who], from_on=begin, until_on=end,
                    known_at=SETUP_AT,
                )  # fmt: skip
        for _side, (begin, end) in apart(
            [row for row in drawn["exclusions"] if row[0] == side], lambda row: row[1]
        ):
            exclude(two[side], from_on=begin, until_on=end)
    for side in drawn["tenants"]:
        place(town.grid_s1, building=two[side])


def once(*key: int) -> Any:
    return lambda row: tuple(row[n] for n in key)


rows = st.fixed_dictionaries(
    {
        "reports": st.lists(st.tuples(which, days, st.sampled_from(["open", "closed"])), max_size=6),
        "standings": st.lists(
            st.tuples(which, days, st.sampled_from(["resumed", "producing", "suspended"])),
            max_size=4, unique_by=once(0, 1),
        ),
        "people": st.lists(
            st.tuples(which, st.sampled_from(["G1", "G2", "G3"])), max_size=5, unique_by=once(0, 1)
        ),
        "documents": st.lists(st.tuples(which, st.sampled_from("abc"), st.booleans()), max_size=4),
        "meters": st.lists(st.tuples(which, st.sampled_from(["1", "2", "3"])), max_size=3, unique_by=once(1)),
        "readings": st.lists(
            st.tuples(which, st.sampled_from(["", "1", "2"]), days, st.integers(0, 9)),
            max_size=6, unique_by=once(0, 1, 2),
        ),
        "duties": st.lists(
            st.tuples(which, st.sampled_from(["served_by", "contact"]), periods(), st.sampled_from(["n1", "s1"])),
            max_size=5,
        ),
        "exclusions": st.lists(st.tuples(which, periods()), max_size=4),
        "tenants": st.lists(which, max_size=3),
    }
)  # fmt: skip
FIELDS = ("name", "address", "credit_code", "contact_phone", "community_id", "staff_count", "lon", "focus")


def drawn_places(town: Town) -> list[Entity]:
    return [
        place(
            town.grid_n1, name="海之晨餐饮", address="阜新路8号", staff_count=3, contact_phone="13800001234",
            contact_phone_hash=search_hash("13800001234"),
        ),
        place(
            town.grid_s2, "enterprise", name="海之辰餐饮有限公司", credit_code="91370203MA3N12345X", lon=120.03,
            lat=36.0, contact_name="样例乙丑",
        ),
    ]  # fmt: skip


@pytest.mark.django_db
# An example takes a tenth of a second, so a failing one is told as it was found.
@settings(max_examples=20, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(drawn=rows, taken=st.sets(st.sampled_from(FIELDS)), turned=st.booleans())
def test_a_merge_loses_nothing_and_its_undoing_gives_back_everything(
    town: Town, drawn: dict[str, Any], taken: set[str], turned: bool
) -> None:
    with transaction.atomic():
        two = drawn_places(town)
        hang(town, two, drawn)
        survivor, other = reversed(two) if turned else two
        before = whole(*two)
        counts = {model: model.objects.filter(entity__in=two).count() for model, _ in HANGING}
        done = merge(survivor, other, *taken, at=LATER)

        # Every row is still there, as it was or superseded; and each day is told by one of the two.
        for model, _said in HANGING:
            assert model.objects.filter(entity__in=two).count() >= counts[model]
        after = whole(survivor)
        assert {row[1] for row in after["Report"]} == {row[1] for row in before["Report"]}
        assert {row[1:3] for row in after["ElectricityReading"]} == {
            row[1:3] for row in before["ElectricityReading"]
        }
        assert {row[1] for row in after["Person"]} == {row[1] for row in before["Person"]}
        assert {pk for pk, _ in after["tenants"]} == {pk for pk, _ in before["tenants"]}
        assert {step.name: found for step, (found,) in hanging([other]) if found}.keys() <= {
            "people", "documents", "codes",
        }  # fmt: skip

        actions.part_places(merge=done, by=BY, at=LATER + SOON)
        assert whole(*two) == before
        transaction.set_rollback(True)


# --- Two people at once ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_overlapping_pairs_at_once_one_is_told() -> None:
    """A into B and B into C, each looked at before either was done; both are let go at one moment."""
    town = founding.build()
    a, b, c = (place(town.grid_n1, name=f"海之晨餐饮{n}") for n in "甲乙丙")
    for n, one in enumerate((a, b, c)):
        report(one, on=DAY - timedelta(days=n), staff_at_post=n)
        person(one, f"G{n}")
    versions = {one.pk: version_of(one) for one in (a, b, c)}
    gate = Barrier(2)

    def decide(survivor: Entity, merged: Entity) -> str:
        try:
            gate.wait(timeout=10)
            for _attempt in range(20):
                try:
                    actions.merge_places(
                        survivor=survivor, merged=merged, versions=versions, taken=("name",), by=BY, at=NOW
                    )
                except Problem as problem:
                    return f"{problem.status} {problem.code}"
                except OperationalError:  # SQLite was busy: nothing was written
                    continue
                return "merged"
            return "never"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(decide, (b, c), (a, b)))
    # Whoever comes first wins; the other is told that one of the two places has been changed or merged meanwhile.
    assert said[1] == "merged"
    assert said[0] in ("409 registry.changed_meanwhile", "409 registry.already_merged")
    done = Merge.objects.get()
    assert set(Entity.objects.filter(merged_into__isnull=False)) == {done.merged}
    kept = Report.objects.filter(superseded_at__isnull=True)
    assert sorted(kept.values_list("staff_at_post", flat=True)) == [0, 1, 2]
    assert set(kept.values_list("entity", flat=True)) == {a.pk, b.pk, c.pk} - {done.merged_id}
    assert people_of(done.survivor) == sorted(
        f"G{n}" for n, one in enumerate((a, b, c)) if one in (done.survivor, done.merged)
    )
    assert len(done.moved) == len({step.name for step, _ in hanging([done.survivor])})
