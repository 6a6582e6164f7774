"""A whole import taken back: what it brought goes, what it changed is as before, and nobody's later change is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dongche.org.models import AuditEntry
from dongche.registry import actions, facts, importing
from dongche.registry.imports import undoing, values
from dongche.registry.imports.store import Folder
from dongche.registry.imports.verdicts import totals
from dongche.registry.models import Entity, Exclusion, ImportBatch, NameGram, NameKey, Revision
from dongche.registry.queries import Places, version_of
from tests.factories.registry import exclude
from tests.registry.files import row, save
from tests.town import NOW, Town

LATER, MUCH_LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
CODE = "91370203MA3C000113"


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def bring(town: Town, tmp_path, django_capture_on_commit_callbacks):
    counter = iter(range(1000))

    def bring(*rows: Any, at=NOW) -> ImportBatch:
        path = save(tmp_path / f"登记表{next(counter)}.xlsx", *rows)
        with django_capture_on_commit_callbacks(execute=True):
            return importing.import_file(path, subdistrict=town.subdistrict, by=town.duty, at=at).batch

    return bring


@pytest.fixture
def undo(town: Town, django_capture_on_commit_callbacks):
    def undo(batch: ImportBatch, at=MUCH_LATER) -> ImportBatch:
        batch = actions.begin_undo(batch=batch, reason="wrong file", by=town.duty, at=at)
        with django_capture_on_commit_callbacks(execute=True):
            return importing.undo(batch, by=town.duty, at=at)

    return undo


def said(place: Entity) -> dict[str, Any]:
    return {name: getattr(place, name) for name in values.ALL}


def left(batch: ImportBatch) -> dict[str, list[tuple[str, str]]]:
    found = Folder.of(batch.file_path).left()
    return {name: [(field, text % details) for field, text, details in kept] for _, name, kept in found}


def test_everything_is_as_before_and_the_history_is_kept(bring, undo, town: Town):
    bring(row("甲店", code=CODE), row("乙店"))
    shop = Entity.objects.get(name="甲店")
    before = said(shop)
    changed = row(
        "甲饭店", code=CODE, staff=99, phone="13900005678", contact="李四", category="企业", grid=None
    )
    batch = bring(changed, row("丙店"), at=LATER)
    assert batch.counts["changed"] == batch.counts["new"] == 1
    then = facts.entities().num_rows
    batch = undo(batch)
    assert (batch.state, batch.undone_at) == ("undone", MUCH_LATER)
    assert batch.undo == {"reason": "wrong file", "gone": 1, "restored": 1, "left": 0}
    shop.refresh_from_db()
    assert said(shop) == before
    assert [place.name for place in Places.visible_to(town.duty).order_by("pk")] == ["甲店", "乙店"]
    assert [place.name for place in Places.visible_to(town.duty).named_like("饭店")] == []
    assert [place.name for place in Places.visible_to(town.duty).named_like("甲店")] == ["甲店"]
    gone = Entity.objects.get(name="丙店")
    assert gone.taken_back_at == MUCH_LATER
    assert not NameGram.objects.filter(entity=gone).exists()
    assert not NameKey.objects.filter(entity=gone).exists()
    assert gone.revisions.get().superseded_at == MUCH_LATER
    assert list(Places.known_then(LATER + timedelta(minutes=1)).order_by("pk")) == list(
        Entity.objects.order_by("pk")
    )
    latest = shop.revisions.get(superseded_at__isnull=True)
    assert (latest.source, latest.batch, latest.known_at) == ("restored", batch, MUCH_LATER)
    assert values.replaced(latest.former) == {"contact_name": "李四", "contact_phone": "13900005678"}
    assert facts.entities().num_rows == then + 1
    told = AuditEntry.objects.get(action="registry.undo_import")
    assert (told.reason, told.after["undo"]) == ("wrong file", {"gone": 1, "restored": 1, "left": 0})


def test_the_same_file_may_come_again_after_it_was_undone(bring, undo, town: Town, tmp_path):
    bring(row("甲店", staff=5))
    undo(bring(row("甲店", staff=7), row("乙店", code=CODE), at=LATER))
    again = bring(row("甲店", staff=7), row("乙店", code=CODE), at=MUCH_LATER)
    assert (again.counts["changed"], again.counts["new"]) == (1, 1)
    assert Places.visible_to(town.duty).get(credit_code=CODE).number == "FX-00003"


def test_what_was_changed_since_is_left_and_listed(bring, undo, town: Town):
    bring(row("甲店", staff=5, address="一路1号"))
    batch = bring(
        row("甲店", staff=7, phone="13900005678", address="一路1号"), row("乙店"), row("丙店"), at=LATER
    )
    shop, other, third = Entity.objects.order_by("pk")
    for place, given in ((shop, {"staff_count": 8}), (other, {"staff_count": 1})):
        version = version_of(place)
        actions.change_place(place=place, given=given, version=version, by=town.duty, at=LATER)
    exclude(third)
    verdicts = list(undoing.survey(batch))
    assert totals(verdicts) == {"gone": 0, "restored": 1, "left": 3}
    batch = undo(batch)
    assert batch.undo["left"] == 3
    assert left(batch) == {
        "甲店": [("staff_count", undoing.CHANGED_SINCE)],
        "乙店": [("", undoing.PLACE_CHANGED)],
        "丙店": [("", "Something hangs on the place by now, so it stays: exclusions.")],
    }
    shop.refresh_from_db()
    assert (shop.staff_count, shop.contact_phone) == (8, "13800001234")
    assert Places.visible_to(town.duty).count() == 3
    assert Exclusion.objects.count() == 1


def test_a_change_taken_back_since_is_no_change(bring, undo, town: Town):
    first = bring(row("甲店", staff=5))
    second = bring(row("甲店", staff=7, phone="13900005678"), at=LATER)
    undo(second)
    assert undo(first).undo == {"reason": "wrong file", "gone": 1, "restored": 0, "left": 0}


def test_what_was_erased_cannot_come_back(bring, undo):
    bring(row("甲店", phone="13800001234", staff=1))
    batch = bring(row("甲店", phone="13900005678", staff=2), at=LATER)
    Revision.objects.update(former="")
    batch = undo(batch)
    assert left(batch) == {"甲店": [("contact_phone", undoing.ERASED)]}
    assert Entity.objects.get().contact_phone == "13900005678"


def test_a_former_code_that_another_place_has_by_now_stays_there(bring, undo):
    bring(row("甲店", code=CODE))
    shop = Entity.objects.get()
    version = version_of(shop)
    actions.change_place(place=shop, given={"credit_code": ""}, version=version, by=shop_by(), at=NOW)
    batch = bring(row("甲店", staff=77), at=LATER)
    bring(row("乙店", code=CODE), at=LATER)
    Revision.objects.filter(batch=batch).update(changes={"credit_code": [CODE, ""], "staff_count": [12, 77]})
    batch = undo(batch)
    assert left(batch) == {"甲店": [("credit_code", undoing.CODE_TAKEN % {"number": "FX-00002"})]}
    shop.refresh_from_db()
    assert (shop.credit_code, shop.staff_count) == ("", 12)


def shop_by() -> Any:
    return ImportBatch.objects.first().by


def test_community_and_grid_go_back_together_or_not_at_all(bring, undo, town: Town):
    bring(row("甲店"))
    batch = bring(row("甲店", grid="370203900001002"), at=LATER)
    shop = Entity.objects.get()
    assert shop.grid == town.grid_n2
    given = {"community_id": town.grid_s2.community_id, "grid_id": town.grid_s2.pk}
    actions.change_place(place=shop, given=given, version=version_of(shop), by=town.duty, at=LATER)
    batch = undo(batch)
    assert (batch.state, batch.problem["code"]) == ("applied", "registry.nothing_to_undo")


def test_undoing_asks_why_and_only_what_was_applied(bring, undo, town: Town):
    batch = bring(row("甲店"))
    with pytest.raises(actions.UndoReasonMissing):
        actions.begin_undo(batch=batch, reason=" ", by=town.duty, at=LATER)
    undo(batch)
    with pytest.raises(actions.WrongState):
        actions.begin_undo(batch=batch, reason="again", by=town.duty, at=LATER)


def test_all_or_nothing(bring, undo, monkeypatch):
    batch = bring(row("甲店"), row("乙店"))
    monkeypatch.setattr(undoing.names, "forget", lambda named: 1 / 0)
    batch = undo(batch)
    assert (batch.state, batch.problem["code"]) == ("applied", "registry.import_broke")
    assert not Entity.objects.filter(taken_back_at__isnull=False).exists()


def test_many_places_ask_no_more_than_few(bring):
    few, many = bring(row("甲店")), bring(*(row(f"店{n}") for n in range(60)))
    asked = []
    for batch in (few, many):
        with CaptureQueriesContext(connection) as queries:
            list(undoing.survey(batch))
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_place_taken_back_is_no_longer_reached_by_its_card(bring, undo, client):
    batch = bring(row("甲店"))
    code = Entity.objects.get().code
    undo(batch)
    assert client.get(reverse("reporting:report", args=[code])).status_code == 404
