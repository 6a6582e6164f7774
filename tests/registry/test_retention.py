"""The retention clock: what is due is listed, deleted as a deed with a certificate, and gone afterwards everywhere."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from dongche.kit.identifiers import make_resident_id
from dongche.org.models import AuditEntry, WorkItem
from dongche.registry import actions, importing, retaining
from dongche.registry.imports.store import Folder
from dongche.registry.models import Erasure, HealthNote, Person, PersonRevision, Revision
from dongche.registry.queries import due, observation_of
from dongche.registry.roster.rows import read_person
from tests.factories.registry import place, revise
from tests.registry.books import book
from tests.town import BY, NOW, Town

JUNE = date(2020, 6, 30)
JUNE_AT = datetime(2020, 6, 30, 2, 0, tzinfo=UTC)
SECRETS = ("示例甲", "37029919900101", "13800138000", "浙江杭州", "G1234")


@pytest.fixture(autouse=True)
def quiet(tmp_path: Path, settings: Any):
    settings.MEDIA_ROOT = tmp_path / "media"
    clock.use(clock.SlowClock(shown=JUNE_AT, started=datetime.now(UTC)))
    yield
    clock.use(None)


def somebody(town: Town, n: int, **given: Any) -> Person:
    cells = {
        "name": "示例甲",
        "document_number": make_resident_id(f"37029919900101{n:03d}"),
        "phone": "13800138000",
        "origin_place": "浙江杭州",
        "vehicle": "G1234",
        "arrived_on": "2020-03-10",
        "health_code": "绿",
        "temperature": "36.5",
    } | given
    row = read_person(cells, on=date(2020, 3, 20))
    assert isinstance(row, dict)
    return actions.enter_person(place=place(town.grid_n1), given=row, by=BY, at=NOW)


def counts(town: Town, on: date = JUNE) -> dict[str, int]:
    return {one.kept.data_class: one.count for one in due(town.subdistrict, on)}


def erase(town: Town, data_class: str) -> Erasure:
    return actions.erase_due(
        subdistrict=town.subdistrict, data_class=data_class, on=JUNE, by=town.duty, at=JUNE_AT, reason="到期"
    )


def test_each_class_is_due_when_its_time_is_over_and_not_before(town: Town):
    somebody(town, 1)
    left = somebody(town, 2)
    actions.change_person(person=left, given={"until_on": date(2020, 5, 1)}, version=None, by=BY, at=NOW)
    assert counts(town, date(2020, 4, 8)) == {}
    assert counts(town, date(2020, 4, 9)) == {"health": 2}  # 30 days after 10 March
    assert counts(town, date(2020, 4, 22)) == {"health": 2}
    assert counts(town, date(2020, 4, 23)) == {"health": 2, "travel": 2}  # 14 days of observation, then 30
    assert counts(town, date(2020, 5, 31)) == {"health": 2, "travel": 2, "identity": 1}


def test_what_is_deleted_is_gone_from_rows_and_versions_and_certified(town: Town):
    person, left = somebody(town, 1), somebody(town, 2)
    actions.change_person(person=left, given={"until_on": date(2020, 5, 1)}, version=None, by=BY, at=NOW)
    listed = sorted(f"health_note:{pk}" for pk in HealthNote.objects.values_list("pk", flat=True))
    health = erase(town, "health")
    assert (health.number, health.row_count, health.kept_days) == ("FX-D2020-0001", 2, 30)
    assert health.list_sha256 == hashlib.sha256("\n".join(listed).encode()).hexdigest()
    assert set(HealthNote.objects.values_list("temperature", "symptoms")) == {("", "")}
    travel = erase(town, "travel")
    assert travel.counts == {"person": 2, "person_revision": 3}
    person.refresh_from_db()
    assert (person.name, person.origin_place, person.vehicle, person.arrived_on, person.origin) == (
        "示例甲",
        "",
        "",
        None,
        "",
    )
    assert set(PersonRevision.objects.values_list("origin", "arrived_on", "health_code")) == {("", None, "")}
    assert observation_of(person, JUNE).state == "forgotten"
    identity = erase(town, "identity")
    assert (identity.row_count, identity.counts["person"]) == (1, 1)
    left.refresh_from_db()
    assert (left.name, left.document_number, left.document_hash, left.phone_hash, left.name_hash) == ("",) * 5
    assert left.erased_at == JUNE_AT
    assert counts(town) == {}
    with pytest.raises(actions.NothingDue):
        erase(town, "health")
    with pytest.raises(actions.UnknownClass):
        erase(town, "everything")
    with pytest.raises(actions.PersonErased):
        actions.change_person(person=left, given={"job": "店长"}, version=None, by=BY, at=JUNE_AT)
    told = list(AuditEntry.objects.filter(action="registry.erase_due").values_list("subject_id", "reason"))
    assert told == [(one.pk, "到期") for one in (health, travel, identity)]
    assert not any(secret in str(list(AuditEntry.objects.values())) for secret in SECRETS)
    assert [one.number for one in Erasure.objects.order_by("pk")] == [f"FX-D2020-{n:04d}" for n in (1, 2, 3)]


def test_former_contacts_and_leftovers_of_imports_go_too(
    town: Town, tmp_path: Path, django_capture_on_commit_callbacks: Any
):
    shop = place(town.grid_n1, contact_name="旧人")
    Revision.objects.filter(entity=shop).update(former='{"contact_name":"旧人"}')
    revise(shop, JUNE_AT)
    (tmp_path / "a.xlsx").write_bytes(
        book([["姓名", "身份证号码"], ["示例甲", "1"], ["示例乙", make_resident_id("37029919900101009")]])
    )
    with django_capture_on_commit_callbacks(execute=True):
        outcome = importing.import_file(
            tmp_path / "a.xlsx", subdistrict=town.subdistrict, kind="roster", entity=shop, by=BY, at=NOW
        )
    folder = Folder.of(outcome.batch.file_path).path
    assert folder.exists()
    assert counts(town) == {"leftovers": 1}
    assert counts(town, date(2020, 8, 1))["former"] == 1
    with django_capture_on_commit_callbacks(execute=True):
        erase(town, "leftovers")
        actions.erase_due(
            subdistrict=town.subdistrict, data_class="former", on=date(2020, 8, 1), by=BY, at=JUNE_AT
        )
    assert not folder.exists()
    assert set(Revision.objects.values_list("former", flat=True)) == {""}
    assert counts(town) == {}


def test_what_is_due_becomes_work_and_is_closed_when_it_is_done(town: Town):
    somebody(town, 1)
    for day in (JUNE, JUNE + timedelta(days=1)):
        retaining.list_due(town.subdistrict, day, by=BY, at=JUNE_AT)
    items = WorkItem.objects.filter(kind=retaining.ERASURE_DUE)
    assert {(item.key, item.officer, item.due_on) for item in items} == {
        ("health", town.duty, date(2020, 7, 7)),
        ("travel", town.duty, date(2020, 7, 7)),
    }
    erase(town, "health")
    erase(town, "travel")
    retaining.list_due(town.subdistrict, JUNE, by=BY, at=JUNE_AT)
    assert not items.filter(closed_at__isnull=True).exists()


def test_headquarters_deletes_on_a_page_and_takes_the_certificate(client: Client, town: Town):
    somebody(town, 1)
    client.force_login(town.n1)
    assert client.get(reverse("registry:retention")).status_code == 403
    client.force_login(town.duty)
    page = client.get(reverse("registry:retention"), headers={"accept-language": "en"}).content.decode()
    assert page.count("Due for deletion") == 2
    address = reverse("registry:retention-erase", args=["health"])
    client.post(address, {"reason": "x"})
    assert Erasure.objects.count() == 0  # not ticked
    client.post(address, {"sure": "on", "reason": "到期销毁"})
    done = Erasure.objects.get()
    client.post(address, {"sure": "on"})
    assert Erasure.objects.count() == 1
    sheet = client.get(reverse("registry:erasure", args=[done.number]))
    assert sheet.content[:5] == b"%PDF-"
    assert sheet["Content-Disposition"] == 'attachment; filename="FX-D2020-0001.pdf"'
    assert client.get(reverse("registry:erasure", args=["FX-D2020-0009"])).status_code == 404
    day = client.get(reverse("desk:my-day"), headers={"accept-language": "en"})
    assert day.status_code == 200
