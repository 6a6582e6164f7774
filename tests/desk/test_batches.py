"""One deed on all places of a list: told beforehand, done, refused with reasons, taken back."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import openpyxl
import pypdfium2 as pdfium
import pytest
from django.test import Client
from django.urls import reverse

from dongche.org.models import AuditEntry
from dongche.registry.models import Entity, Exclusion, PlaceBatch, PlaceBatchRow, Revision
from tests.factories.registry import exclude, place
from tests.town import DAY, Town


@pytest.fixture
def shops(town: Town) -> list[Entity]:
    grids = (town.grid_n1, town.grid_n2, town.grid_s1)
    return [place(grid, name=f"{mark}号商行") for grid, mark in zip(grids, "甲乙丙", strict=True)]


def run(client: Client, kind: str, query: str, reason: str = "test") -> PlaceBatch:
    url = f"{reverse('desk:batch-new', args=[kind])}?go=1&{query}"
    seen = client.get(url).context["outlook"].seen
    answer = client.post(url, {"seen": seen, "reason": reason})
    assert answer.status_code == 302
    return PlaceBatch.objects.get(code=answer["Location"].split("/")[-2])


def test_a_deed_says_beforehand_what_it_changes_and_refuses(at_desk: Client, shops: list[Entity]) -> None:
    exclude(shops[1])
    url = f"{reverse('desk:batch-new', args=['exclude'])}?go=1&to-kind=seasonal&to-from_on={DAY}"
    outlook = at_desk.get(url).context["outlook"]
    assert (outlook.changed, [name for _number, name, _why in outlook.named]) == (2, ["乙号商行"])
    place(shops[0].grid, name="丁号商行")
    again = at_desk.post(url, {"seen": outlook.seen, "reason": "test"})
    assert (again.context["is_other"], PlaceBatch.objects.count()) == (True, 0)
    without_reason = at_desk.post(url, {"seen": again.context["outlook"].seen, "reason": ""})
    assert (without_reason.status_code, PlaceBatch.objects.count()) == (422, 0)


def test_places_are_left_out_and_counted_again_when_it_is_taken_back(
    at_desk: Client, shops: list[Entity]
) -> None:
    exclude(shops[1])
    before = AuditEntry.objects.count()
    batch = run(at_desk, "exclude", f"to-kind=seasonal&to-from_on={DAY}")
    believed = Exclusion.objects.filter(superseded_at=None)
    assert (batch.state, believed.count(), AuditEntry.objects.count() - before) == ("done", 3, 2)
    page = at_desk.get(reverse("desk:batch", args=[batch.code]), {"show": "refused"})
    assert [row.entity.name for row, _why in page.context["rows"]] == ["乙号商行"]
    sheet = at_desk.get(reverse("desk:batch-refused", args=[batch.code])).getvalue()
    assert openpyxl.load_workbook(io.BytesIO(sheet)).active["C2"].value == "乙号商行"
    at_desk.post(reverse("desk:batch-undo", args=[batch.code]), {"reason": "mistake"})
    assert [one.entity_id for one in believed] == [shops[1].pk]


def test_chosen_places_alone_change_and_what_changed_since_stays(
    at_desk: Client, town: Town, shops: list[Entity]
) -> None:
    picks = f"pick={shops[0].number}&pick={shops[2].number}"
    batch = run(at_desk, "focus", f"{picks}&to-focus=key_field")
    assert list(Entity.objects.order_by("pk").values_list("focus", flat=True)) == [
        "key_field",
        "",
        "key_field",
    ]
    assert Revision.objects.filter(superseded_at=None, focus="key_field").count() == 2
    run(at_desk, "focus", f"pick={shops[0].number}&to-focus=key_project")
    at_desk.post(reverse("desk:batch-undo", args=[batch.code]))
    assert list(Entity.objects.order_by("pk").values_list("focus", flat=True)) == ["key_project", "", ""]
    stayed = PlaceBatchRow.objects.get(batch=batch, state="changed")
    assert (stayed.entity, stayed.why) == (shops[0], "changed_since")


def test_a_grid_brings_its_community_and_an_exclusion_ends_and_comes_back(
    at_desk: Client, town: Town, shops: list[Entity]
) -> None:
    run(at_desk, "grid", f"q={shops[0].name}&to-grid={town.grid_s2.code}")
    shops[0].refresh_from_db()
    assert (shops[0].grid_id, shops[0].community_id) == (town.grid_s2.pk, town.south_community.pk)
    exclude(shops[1], from_on=DAY - timedelta(days=3))
    batch = run(at_desk, "include", f"to-until_on={DAY}")
    ends = Exclusion.objects.filter(superseded_at=None).values_list("until_on", flat=True)
    assert list(ends) == [DAY]
    at_desk.post(reverse("desk:batch-undo", args=[batch.code]))
    assert list(ends.all()) == [None]


def test_from_above_nothing_is_changed_and_of_another_nothing_is_seen(
    client: Client, town: Town, shops: list[Entity], at_desk: Client
) -> None:
    batch = run(at_desk, "category", "to-category=supermarket")
    assert set(Entity.objects.values_list("category", flat=True)) == {"supermarket"}
    client.force_login(town.n1)
    assert client.get(reverse("desk:batch", args=[batch.code])).status_code == 404
    assert client.get(reverse("desk:batch-new", args=["category"])).status_code == 403


def test_a_long_list_is_written_in_the_background(
    at_desk: Client, shops: list[Entity], monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    monkeypatch.setattr("dongche.desk.exporting.AT_ONCE", 2)
    settings.MEDIA_ROOT = tmp_path
    url = f"{reverse('desk:places-export')}?sort=-name&columns=name"
    assert at_desk.get(url).context["total"] == 3
    asked = reverse("desk:places-write") + "?sort=-name&columns=name"
    page = at_desk.get(at_desk.post(asked)["Location"])
    file = at_desk.get(reverse("desk:batch-file", args=[page.context["batch"].code]))
    book = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
    names = [row[0] for row in book.iter_rows(min_row=2, values_only=True)]
    assert names == sorted((shop.name for shop in shops), reverse=True)


def test_cards_of_a_long_list_are_written_in_parts(
    at_desk: Client, shops: list[Entity], monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    monkeypatch.setattr("dongche.registry.cards.MOST", 2)
    settings.MEDIA_ROOT = tmp_path
    page = at_desk.get(reverse("desk:places-cards"))
    assert (len(page.context["cards"]), page.context["is_cut"]) == (2, True)
    done = at_desk.get(at_desk.post(reverse("desk:places-write"), {"what": "cards"})["Location"])
    batch = done.context["batch"]
    assert (batch.kind, batch.state, batch.progress_done) == ("cards", "done", 3)
    file = at_desk.get(reverse("desk:batch-file", args=[batch.code]))
    assert "cards-20200320.zip" in file["Content-Disposition"]
    parts = zipfile.ZipFile(io.BytesIO(file.getvalue()))
    texts = [
        pdfium.PdfDocument(parts.read(name))[0].get_textpage().get_text_range() for name in parts.namelist()
    ]
    assert [[shop.number in text for shop in shops] for text in texts] == [
        [True, True, False],
        [False, False, True],
    ]
    assert at_desk.post(reverse("desk:batch-undo", args=[batch.code])).status_code == 404


def test_a_community_is_found_by_the_address_and_only_where_it_is_certain(
    at_desk: Client, town: Town, shops: list[Entity]
) -> None:
    for number in (2, 6, 11):
        place(town.grid_n1, name=f"示例{number}", address=f"市北区阜新路{number}号")
    place(town.grid_s1, name="示例15", address="阜新路15号")
    lost = [
        place(town.grid_n1, name=f"失联{text}", address=text)
        for text in ("四方区阜新路4号", "阜新路13号", "无名路1号")
    ]
    Entity.objects.filter(pk__in=[one.pk for one in lost]).update(community=None, grid=None)
    url = reverse("desk:batch-new", args=["address"])
    outlook = at_desk.get(f"{url}?go=1&community=unknown").context["outlook"]
    assert [(name, community) for _number, name, community, _why in outlook.proposed] == [
        ("失联四方区阜新路4号", "North")
    ]
    batch = run(at_desk, "address", "community=unknown")
    assert [one.community_id for one in Entity.objects.filter(pk__in=[one.pk for one in lost]).order_by("pk")] == [
        town.north_community.pk, None, None,
    ]  # fmt: skip
    at_desk.post(reverse("desk:batch-undo", args=[batch.code]))
    assert Entity.objects.get(pk=lost[0].pk).community_id is None
