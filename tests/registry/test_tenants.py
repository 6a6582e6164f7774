"""The firms of office buildings and markets: places in a building that the row names, and taken back with their file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dongche.registry import actions, importing
from dongche.registry.imports.store import Folder
from dongche.registry.models import Entity, ImportBatch
from dongche.registry.queries import Places
from tests.factories.registry import place
from tests.registry.books import book
from tests.town import NOW, Town

HEADERS = ["所在楼宇", "房号", "入驻企业", "联系人", "联系电话"]
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def tower(town: Town) -> Entity:
    return place(town.grid_n1, "office_building", name="示例大厦", address="湖滨路1号")


@pytest.fixture
def bring(town: Town, tmp_path, django_capture_on_commit_callbacks):
    counter = iter(range(100))

    def bring(*rows: Any, headers=HEADERS, at=NOW) -> ImportBatch:
        path = tmp_path / f"楼宇{next(counter)}.xlsx"
        path.write_bytes(book([headers, *rows]))
        with django_capture_on_commit_callbacks(execute=True):
            outcome = importing.import_file(
                path, subdistrict=town.subdistrict, kind="tenants", by=town.duty, at=at
            )
        return outcome.batch

    return bring


def test_firms_take_from_their_building_what_the_row_does_not_say(bring, tower, town: Town):
    batch = bring(
        ["示例大厦", "1201室", "示例科技公司", "王某", "13800001234"],
        [tower.number, "305", "示例贸易公司", "", ""],
    )
    assert (batch.counts["new"], batch.counts["refused"]) == (2, 0)
    firm = Entity.objects.get(name="示例科技公司")
    assert (firm.building, firm.grid, firm.community, firm.address, firm.category) == (
        tower, town.grid_n1, town.north_community, "湖滨路1号1201室", "enterprise",
    )  # fmt: skip
    assert set(tower.tenants.values_list("name", flat=True)) == {"示例科技公司", "示例贸易公司"}


def test_a_firm_that_is_known_is_put_into_the_building_and_back(
    bring, tower, town: Town, django_capture_on_commit_callbacks
):
    firm = place(town.grid_n1, "enterprise", name="示例科技公司")
    batch = bring(["示例大厦", "", "示例科技公司", "", ""], ["示例大厦", "", "示例新公司", "", ""], at=LATER)
    assert (batch.counts["changed"], batch.counts["new"]) == (1, 1)
    firm.refresh_from_db()
    assert (firm.building, firm.revisions.get(superseded_at__isnull=True).changes["building"]) == (
        tower, ["", tower.number],
    )  # fmt: skip
    again = bring(["示例大厦", "", "示例科技公司", "", ""], at=LATER)
    assert again.counts["unchanged"] == 1
    how = {"by": town.duty, "at": LATER + timedelta(hours=1)}
    with django_capture_on_commit_callbacks(execute=True):
        batch = importing.undo(actions.begin_undo(batch=batch, reason="wrong", **how), **how)
    assert batch.undo == {"reason": "wrong", "gone": 1, "restored": 1, "left": 0}
    firm.refresh_from_db()
    assert firm.building is None
    assert not Places.visible_to(town.duty).filter(name="示例新公司").exists()


def test_an_unknown_building_is_asked_and_none_is_refused(bring, tower, town: Town, tmp_path):
    batch = bring(["某大厦", "", "甲公司", "", ""], ["", "", "乙公司", "", ""])
    faults = [
        fault[0] for entry in Folder.of(batch.file_path).entries("refused") for fault in entry["faults"]
    ]
    assert set(faults) >= {"registry.building_unknown", "registry.building_missing"}
    how = {"by": town.duty, "at": NOW}
    data = book([HEADERS, ["某大厦", "", "甲公司", "", ""]])
    batch = actions.stage_import(
        file=[data], name="a.xlsx", subdistrict=town.subdistrict, kind="tenants", **how
    )
    batch = importing.read(batch, **how)
    (asked,) = Folder.of(batch.file_path).seen()["asked"]
    assert asked["candidates"] == [[tower.number, f"示例大厦 {tower.number}"]]
    batch = actions.answer_import(batch=batch, answers={"building": {asked["about"]: tower.number}}, **how)
    batch = importing.read(batch, **how)
    assert batch.counts["new"] == 1
