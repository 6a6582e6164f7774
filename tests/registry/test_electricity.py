"""Electricity readings from a file: whose, on which day, how much; corrected by a later file, taken back as a whole."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dongche.registry import actions, importing
from dongche.registry.imports.kinds.electricity import _kwh
from dongche.registry.imports.store import Folder
from dongche.registry.models import ElectricityReading, ImportBatch, Meter
from dongche.registry.readers import Faults
from dongche.registry.sheets.columns import MissingColumn
from tests.factories.registry import place
from tests.registry.books import book
from tests.town import DAY, NOW, Town

CODE = "91370203MA3C000113"
HEADERS = ["用电户号", "户名", "统一社会信用代码", "用电日期", "日用电量（千瓦时）"]
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def bring(town: Town, tmp_path, django_capture_on_commit_callbacks):
    counter = iter(range(1000))

    def bring(*rows: Any, at=NOW, headers=HEADERS) -> ImportBatch:
        path = tmp_path / f"用电{next(counter)}.xlsx"
        path.write_bytes(book([headers, *rows]))
        with django_capture_on_commit_callbacks(execute=True):
            outcome = importing.import_file(
                path, subdistrict=town.subdistrict, kind="electricity", by=town.duty, at=at
            )
        return outcome.batch

    return bring


@pytest.fixture
def shops(town: Town):
    return [
        place(town.grid_n1, name="示例面馆", credit_code=CODE),
        place(town.grid_n1, name="连锁店", address="一路"),
        place(town.grid_n1, name="连锁店", address="二路"),
    ]


def faults(batch: ImportBatch) -> list[str]:
    return [fault[0] for entry in Folder.of(batch.file_path).entries("refused") for fault in entry["faults"]]


def counts(batch: ImportBatch) -> tuple[int, ...]:
    return tuple(batch.counts[kind] for kind in ("new", "changed", "unchanged", "duplicate", "refused"))


def now() -> list[tuple[str, date, Decimal]]:
    rows = ElectricityReading.objects.filter(superseded_at__isnull=True).order_by("on", "pk")
    return list(rows.values_list("entity__name", "on", "kwh"))


def test_a_place_is_found_by_meter_code_or_name(bring, shops):
    batch = bring(
        ["0012345678", "示例面馆", "", "2020-03-18", 120.5],
        ["", "", CODE, date(2020, 3, 19), "1,200 度"],
    )
    assert counts(batch) == (2, 0, 0, 0, 0)
    assert now() == [
        ("示例面馆", date(2020, 3, 18), Decimal("120.50")), ("示例面馆", date(2020, 3, 19), Decimal("1200.00")),
    ]  # fmt: skip
    assert Meter.objects.values_list("number", "entity").get() == ("0012345678", shops[0].pk)
    batch = bring(["0012345678", "", "", "2020-03-17", 7], at=LATER)
    assert (counts(batch), now()[0][2]) == ((1, 0, 0, 0, 0), Decimal("7.00"))


def test_what_is_wrong_is_refused_with_a_reason_each(bring, shops):
    bring(["11112222", "示例面馆", "", "2020-03-18", 1])
    batch = bring(
        ["", "无此店", "", "2020-03-18", 1],
        ["99998888", "", "", "2020-03-18", 1],
        ["", "", "", "2020-03-18", 1],
        ["11112222", "连锁店", "", "2020-03-18", 1],
        ["", "示例面馆", "", "2020-03-21", 1],
        ["", "示例面馆", "", "2020-03-18", -1],
        ["", "示例面馆", "", "", ""],
        ["x", "示例面馆", "", "2020-03-18", 1],
    )
    assert faults(batch) == [
        "registry.place_unknown", "registry.meter_unknown", "registry.place_missing", "registry.row_ambiguous",
        "registry.day_in_the_future", "registry.not_kwh", "registry.day_missing", "registry.kwh_missing",
        "registry.not_a_meter",
    ]  # fmt: skip


def test_which_of_two_places_of_a_name_is_asked(town: Town, shops, tmp_path):
    path = tmp_path / "用电.xlsx"
    path.write_bytes(book([HEADERS, ["", "连锁店", "", "2020-03-18", 5]]))
    how = {"by": town.duty, "at": NOW}
    batch = actions.stage_import(
        file=[path.read_bytes()], name=path.name, subdistrict=town.subdistrict, kind="electricity", **how
    )
    batch = importing.read(batch, **how)
    (asked,) = Folder.of(batch.file_path).seen()["asked"]
    assert [value for value, _words in asked["candidates"]] == [shops[1].number, shops[2].number]
    answers = {"name": {asked["about"]: shops[2].number}}
    batch = importing.read(actions.answer_import(batch=batch, answers=answers, **how), **how)
    importing.apply(batch, **how)
    assert ElectricityReading.objects.get().entity == shops[2]


def test_a_later_file_corrects_and_the_undo_brings_the_earlier_back(
    bring, shops, town: Town, django_capture_on_commit_callbacks
):
    first = bring(
        ["11112222", "示例面馆", "", "2020-03-18", 10], ["11112222", "示例面馆", "", "2020-03-19", 20]
    )
    second = bring(
        ["11112222", "", "", "2020-03-18", 11],
        ["11112222", "", "", "2020-03-19", 20],
        ["11112222", "", "", "2020-03-19", 20],
        ["11112222", "", "", "2020-03-19", 21],
        ["33334444", "示例面馆", "", "2020-03-19", 3],
        at=LATER,
    )
    assert counts(second) == (1, 1, 1, 1, 1)
    actions.begin_undo(batch=first, reason="wrong", by=town.duty, at=LATER)
    first = importing.undo(first, by=town.duty, at=LATER)
    assert first.undo == {"reason": "wrong", "gone": 1, "restored": 0, "left": 1}
    actions.begin_undo(batch=second, reason="wrong", by=town.duty, at=LATER)
    second = importing.undo(second, by=town.duty, at=LATER + timedelta(minutes=1))
    assert second.undo == {"reason": "wrong", "gone": 1, "restored": 1, "left": 0}
    assert now() == [("示例面馆", date(2020, 3, 18), Decimal("10.00"))]
    assert list(Meter.objects.values_list("number", flat=True)) == ["11112222"]


def test_a_file_without_readings_says_what_is_missing(bring, shops):
    with pytest.raises(MissingColumn, match="用电量"):
        bring(["11112222", "2020-03-18"], headers=["户号", "日期"])


def test_the_unit_of_the_header_counts(bring, shops):
    bring(["示例面馆", "2020-03-18", 1.5], headers=["户名", "日期", "用电量（万千瓦时）"])
    assert now()[0][2] == Decimal("15000.00")


@given(st.one_of(st.text(max_size=12), st.floats(), st.integers()))
def test_any_cell_is_a_reading_or_a_fault(cell: Any):
    found = Faults()
    amount = _kwh(cell, False, found)
    assert (amount is None) is bool(found)
    assert amount is None or amount >= 0
    assert DAY
