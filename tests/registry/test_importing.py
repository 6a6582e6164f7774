from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from dongche.org.actions import create_unit
from dongche.registry import actions, importing
from dongche.registry.imports.store import Folder
from dongche.registry.models import Entity, ImportBatch, NameGram, Revision
from dongche.registry.queries import Places
from dongche.web.campaign import current
from tests.registry.files import HEADERS, book, cells, row, save
from tests.town import BY, DAY, NOW, Town

CODE_1, CODE_2 = "91370203MA3C000113", "91370203MA3C0002XT"


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def bring(town: Town, tmp_path, django_capture_on_commit_callbacks):
    """Import rows from a new file; what waits for the end of the transaction happens at once."""
    counter = iter(range(1000))

    def bring(*rows, at=NOW, errors=None, dry_run=False, **more):
        path = save(tmp_path / f"登记表{next(counter)}.xlsx", *rows, **more)
        with django_capture_on_commit_callbacks(execute=True):
            return importing.import_file(
                path, subdistrict=town.subdistrict, by=town.duty, at=at, errors=errors, dry_run=dry_run
            )

    return bring


def stored(version: Revision) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT former FROM registry_revision WHERE id = %s", [version.pk])
        return str(cursor.fetchone()[0])


def counts(**said: int) -> dict[str, int]:
    return {"new": 0, "changed": 0, "unchanged": 0, "duplicate": 0, "refused": 0} | said


def test_import_file_writes_places_with_versions_and_name_index(bring, town: Town):
    outcome = bring(
        row("四方商店", code=CODE_1, category="企业", industry="C3412"), row("小村庄面馆", grid=None)
    )
    assert outcome.counts == counts(new=2)
    shop = Entity.objects.get(name="四方商店")
    assert (shop.number, shop.credit_code, shop.category, shop.industry, shop.section, shop.division) == (
        "FX-00001", CODE_1, "enterprise", "C3412", "C", "34",
    )  # fmt: skip
    assert (shop.community, shop.grid) == (town.north_community, town.grid_n1)
    assert (shop.contact_name, shop.contact_phone, shop.staff_count, shop.revenue_fen) == (
        "张三", "13800001234", 12, 300_000_000,
    )  # fmt: skip
    assert (shop.size, shop.above_scale, shop.from_on) == ("micro", False, current().campaign.from_on)
    version = Revision.objects.get(entity=shop)
    assert (version.known_at, version.superseded_at, version.source, version.batch, version.by, version.changes) == (
        NOW, None, "imported", outcome.batch, town.duty, {},
    )  # fmt: skip
    assert version.size == "micro"
    assert sorted(NameGram.objects.filter(entity=shop).values_list("gram", flat=True)) == [
        "商店",
        "四方",
        "方商",
    ]
    assert Entity.objects.get(name="小村庄面馆").grid is None
    assert [place.name for place in Places.visible_to(town.duty).named_like("商店")] == ["四方商店"]
    assert [place.number for place in Places.visible_to(town.duty).named_like("13800001234")] == [
        "FX-00001",
        "FX-00002",
    ]


def test_a_messy_workbook_is_understood(town: Town, tmp_path):
    rows = [
        row("　四方ＡＢＣ商店 ", phone=13800001234.0, staff="１２ 人", revenue="1.2亿元"),
        row(
            "四方ABC商店",
            phone=13800001234.0,
            staff="12",
            revenue="1.2亿元",
            address="　四方ＡＢＣ商店 路1号",
        ),
        [None] * len(HEADERS),
        ["合计", None, None, None, None, None, None, None, None, 24, None],
    ]
    path = save(tmp_path / "混乱.xlsx", *rows, above=("阜新路街道企业台账", "填表日期：2020年3月1日"))
    outcome = importing.import_file(path, subdistrict=town.subdistrict, by=town.duty, at=NOW)
    assert outcome.counts == counts(new=1, duplicate=1)
    place = Entity.objects.get()
    assert (place.name, place.staff_count, place.revenue_fen) == ("四方ABC商店", 12, 12_000_000_000)


def test_the_same_file_twice_does_nothing(bring, town: Town, tmp_path):
    path = save(tmp_path / "a.xlsx", row("甲店"), row("乙店", phone="12"))
    asked = {"subdistrict": town.subdistrict, "by": town.duty, "at": NOW}
    importing.import_file(path, **asked)
    again = importing.import_file(path, **asked, errors=tmp_path / "refused.xlsx")
    assert (again.already, again.counts) == (True, counts(unchanged=1, refused=1))
    assert cells(again.errors.read_bytes())[1][1:3] == [3, "乙店"]
    assert (Entity.objects.count(), Revision.objects.count(), ImportBatch.objects.count()) == (1, 1, 1)


def test_the_same_rows_in_another_file_are_unchanged(bring):
    bring(row("甲店"), row("乙店", code=CODE_1))
    assert bring(row("乙店", code=CODE_1), row("甲店")).counts == counts(unchanged=2)
    assert Revision.objects.count() == 2


def test_a_changed_row_supersedes_the_version_before(bring, town: Town):
    bring(row("甲店", code=CODE_1))
    later = NOW + timedelta(hours=1)
    outcome = bring(row("甲饭店", code=CODE_1, staff=20, phone="13900005678", revenue=None), at=later)
    assert outcome.counts == counts(changed=1)
    place = Entity.objects.get()
    assert (place.name, place.staff_count, place.contact_phone, place.revenue_fen) == (
        "甲饭店", 20, "13900005678", 300_000_000,
    )  # fmt: skip
    old, new = Revision.objects.order_by("pk")
    assert (old.superseded_at, old.staff_count, new.superseded_at, new.staff_count) == (later, 12, None, 20)
    assert new.changes["name"] == ["甲店", "甲饭店"]
    assert new.changes["contact_phone"] == [None, None]
    assert (old.former, new.former) == ("", '{"contact_phone":"13800001234"}')
    assert "13800001234" not in stored(new)
    assert sorted(NameGram.objects.values_list("gram", flat=True)) == ["甲饭", "饭店"]
    assert bring(
        row("甲饭店", code=CODE_1, staff=20, phone="13900005678", revenue=None), row("丙店")
    ).counts == counts(new=1, unchanged=1)


def test_a_row_without_code_means_the_place_of_that_name_and_address(bring):
    bring(row("连锁店", address="一路1号"), row("连锁店", address="二路2号"))
    outcome = bring(row("连锁店", address="二路2号", staff=99))
    assert outcome.counts == counts(changed=1)
    assert dict(Entity.objects.values_list("address", "staff_count")) == {"一路1号": 12, "二路2号": 99}


def test_two_possible_places_are_refused_with_both_numbers(bring, tmp_path):
    bring(row("连锁店", address="一路1号"), row("连锁店", address="二路2号"))
    outcome = bring(row("连锁店", address=None, staff=99), errors=tmp_path / "e.xlsx")
    assert outcome.counts == counts(refused=1)
    assert "FX-00001、FX-00002" in cells(outcome.errors.read_bytes())[1][0]


def test_one_code_for_two_names_refuses_the_second_naming_the_first(bring, tmp_path):
    outcome = bring(row("甲店", code=CODE_1), row("乙店", code=CODE_1), errors=tmp_path / "e.xlsx")
    assert outcome.counts == counts(new=1, refused=1)
    reason = cells(outcome.errors.read_bytes())[1][0]
    assert "2" in reason
    assert "甲店" in reason


def test_rows_that_contradict_each_other_are_not_guessed(bring):
    assert bring(row("甲店"), row("甲店", staff=13), row("甲店")).counts == counts(
        new=1, refused=1, duplicate=1
    )


def test_a_code_is_added_to_the_place_that_had_none(bring):
    bring(row("甲店"))
    assert bring(row("甲店", code=CODE_1), row("丁店", code=CODE_1)).counts == counts(changed=1, refused=1)
    assert bring(row("甲店", code=CODE_2)).counts == counts(new=1)


def test_a_point_finds_its_grid(bring, town: Town, tmp_path):
    headers = (*HEADERS, "经度", "纬度")
    outcome = bring(
        [*row("东店", community=None, grid=None), 120.015, 36.005],
        [*row("外店", community=None, grid=None), 121.5, 36.5],
        [*row("南店", community="South", grid=None), 121.5, 36.5],
        [*row("错店", community="South", grid=None), 120.015, 36.005],
        row("空店", community=None, grid=None),
        row("反店", community="South"),
        headers=headers,
        errors=tmp_path / "e.xlsx",
    )
    assert outcome.counts == counts(new=2, refused=4)
    assert {place.name: place.grid for place in Entity.objects.select_related("grid")} == {
        "东店": town.grid_n2, "南店": None,
    }  # fmt: skip
    assert [line[2] for line in cells(outcome.errors.read_bytes())[1:]] == ["外店", "错店", "空店", "反店"]


def test_refused_rows_come_back_with_reasons_and_go_in_once_corrected(bring, town: Town, tmp_path):
    outcome = bring(
        row("甲店"),
        row("乙店", phone="12"),
        row("丙店", code="91370203MA3C000114", community="Nowhere"),
        errors=tmp_path / "e.xlsx",
    )
    assert outcome.counts == counts(new=1, refused=2)
    headers, *lines = cells(outcome.errors.read_bytes())
    assert headers[2:] == list(HEADERS)
    assert [line[1:3] for line in lines] == [[3, "乙店"], [4, "丙店"]]
    lines[0][2 + HEADERS.index("联系电话")] = "13800001235"
    lines[1][2 + 1], lines[1][2 + HEADERS.index("所属社区")] = CODE_1, "North"
    fixed = tmp_path / "fixed.xlsx"
    fixed.write_bytes(book(lines, headers=headers))
    outcome = importing.import_file(fixed, subdistrict=town.subdistrict, by=town.duty, at=NOW)
    assert outcome.counts == counts(new=2)


def test_a_dry_run_writes_nothing(bring):
    assert bring(row("甲店"), dry_run=True).counts == counts(new=1)
    assert (Entity.objects.count(), ImportBatch.objects.get().state) == (0, "dropped")
    assert not Folder.of(ImportBatch.objects.get().file_path).path.exists()


def test_a_later_plan_is_checked_against_what_another_import_wrote(bring, town: Town, tmp_path):
    def plan(name, *rows):
        batch = actions.stage_import(
            file=[book(rows)], name=name, subdistrict=town.subdistrict, by=town.duty, at=NOW
        )
        return importing.read(batch, by=town.duty, at=NOW)

    bring(row("连锁店", address="一路1号"))
    first = plan("a.xlsx", row("甲店"), row("乙店", staff=1), row("连锁店", address=None, staff=5))
    second = plan("b.xlsx", row("乙店", staff=2), row("甲店"), row("连锁店", address="二路2号"))
    assert (first.counts, second.counts) == (counts(new=2, changed=1), counts(new=3))
    importing.apply(second, by=town.duty, at=NOW)
    # The name is of two places now, so the plain row means neither of them for certain.
    first = importing.apply(first, by=town.duty, at=NOW + timedelta(minutes=1))
    assert first.counts == counts(unchanged=1, changed=1, refused=1)
    assert sorted(Entity.objects.values_list("name", "staff_count")) == [
        ("乙店", 1), ("甲店", 12), ("连锁店", 12), ("连锁店", 12),
    ]  # fmt: skip
    assert importing.apply(first, by=town.duty, at=NOW).counts == first.counts


def test_numbers_go_on_and_opening_days_count(bring):
    headers = (*HEADERS, "开业日期")
    bring([*row("甲店"), "2020年3月1日"], headers=headers)
    bring([*row("乙店"), "2019/5/1"], headers=headers)
    assert dict(Entity.objects.values_list("number", "from_on")) == {
        "FX-00001": date(2020, 3, 1), "FX-00002": date(2019, 5, 1),
    }  # fmt: skip


def test_a_formula_stays_text_on_its_way_out(bring, tmp_path):
    evil = "=cmd|' /C calc'!A0"
    outcome = bring(
        row("甲店", address=f"'{evil}"), row("乙店", contact=evil, phone="12"), errors=tmp_path / "e.xlsx"
    )
    assert outcome.counts["refused"] >= 1
    from openpyxl import load_workbook

    found = [
        cell
        for line in load_workbook(outcome.errors).worksheets[0].iter_rows()
        for cell in line
        if cell.value
    ]
    assert {cell.data_type for cell in found} <= {"s", "n"}


def test_personal_values_are_not_readable_on_disk(bring, town: Town):
    batch = actions.stage_import(
        file=[book([row("甲店"), row("乙店", code="1", contact="李四四", phone="13812345678")])],
        name="a.xlsx", subdistrict=town.subdistrict, by=town.duty, at=NOW,
    )  # fmt: skip
    batch = importing.read(batch, by=town.duty, at=NOW)
    folder = Folder.of(batch.file_path)
    kept = b"".join(path.read_bytes() for path in folder.path.iterdir() if path.name != "source")
    for secret in ("13800001234", "13812345678", "李四四", "张三"):
        assert secret.encode() not in kept
    assert "甲店".encode() in kept
    assert folder.path.stat().st_mode & 0o077 == 0


def test_a_point_in_a_dedicated_grid_goes_there_and_not_to_the_grid_around_it(bring, town: Town):
    building = create_unit(
        kind="grid", code="370203900001900", name="Tower", parent=town.north_community, dedicated_to="building",
        polygon=town.grid_n1.polygon, from_on=DAY, by=BY, at=NOW,
    )  # fmt: skip
    bring(
        [*row("楼内店", community=None, grid=None), 120.005, 36.005],
        [*row("他店", community=None, grid=None), 120.015, 36.005],
        headers=(*HEADERS, "经度", "纬度"),
    )
    assert {place.name: (place.grid, place.community) for place in Entity.objects.all()} == {
        "楼内店": (building, town.north_community),
        "他店": (town.grid_n2, town.north_community),
    }
