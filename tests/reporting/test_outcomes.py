"""Outcomes of calls and checks as a file: the sheet goes out, is filled in, comes back, and is taken back as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from dongche.kit import clock
from dongche.org.models import Officer
from dongche.registry import actions as registry
from dongche.registry import importing
from dongche.registry.imports.store import Folder
from dongche.registry.models import ImportBatch, Observation
from dongche.reporting import actions, checking, outcome_sheets
from dongche.reporting.models import Check, Sample
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import BY, DAY, NOW, Town

pytestmark = pytest.mark.django_db
COLUMN = {name: at for at, name in enumerate(outcome_sheets.COLUMNS, 1)}
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture(autouse=True)
def own_media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "files")


@pytest.fixture
def sample(client: Client, town: Town) -> Sample:
    for n in range(6):
        shop = place(town.grid_n1 if n % 2 else town.grid_s1, name=f"抽样{n}号")
        report(shop, state="open", staff_due=3, staff_at_post=n % 3 + 1)
    client.force_login(town.duty)
    client.post(reverse("desk:sample-keep") + "?on=2020-03-20&size=6&seed=3")
    return Sample.objects.get()


def given_out(client: Client, address: str) -> Workbook:
    file = b"".join(client.get(address).streaming_content)  # type: ignore[attr-defined]
    return load_workbook(BytesIO(file))


def fill_in(book: Workbook, line: int, **cells: Any) -> None:
    sheet = book.worksheets[0]
    for name, value in cells.items():
        sheet.cell(line, COLUMN[name], value)


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def send(book: Workbook, by: Officer, path: Path, at: datetime = NOW) -> ImportBatch:
    path.write_bytes(saved(book))
    unit = by.posts_on(DAY)[0].unit.subdistrict
    return importing.import_file(path, subdistrict=unit, kind="outcomes", by=by, at=at).batch


def reasons(batch: ImportBatch) -> dict[int, list[str]]:
    entries = Folder.of(batch.file_path).entries("refused")
    return {entry["row"]: [code for code, *_rest in entry["faults"]] for entry in entries}


def counted(batch: ImportBatch) -> Mapping[str, int]:
    return {name: count for name, count in batch.counts.items() if count}


def test_the_sheet_goes_out_comes_back_is_looked_at_stored_and_taken_back(
    client: Client, town: Town, sample: Sample
) -> None:
    calls = list(sample.calls.order_by("turn"))
    book = given_out(client, reverse("desk:sample-file", args=[sample.pk]))
    sheet = book.worksheets[0]
    offered = {str(one.sqref): one.formula1 for one in sheet.data_validations.dataValidation}
    assert offered["E2:E7"] == '"正在营业,未营业,未联系上,号码有误,答复不明确"'
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [call.pk for call in calls]
    fill_in(
        book,
        2,
        finding="正在营业",
        note="老板接的",
        asked_by=town.n1.name,
        asked_at=datetime.fromisoformat("2020-03-20T09:30"),
    )
    fill_in(book, 3, finding="无人接听", way="电话", asked_at=date(2020, 3, 20))
    fill_in(book, 4, finding="关了")
    file = saved(book)
    page = client.post(reverse("desk:outcome-files"), {"file": SimpleUploadedFile("calls.xlsx", file)})
    batch = ImportBatch.objects.get()
    url = reverse("desk:report-file", args=[batch.code])
    assert (page["Location"], batch.kind) == (url, "outcomes")
    batch = importing.read(batch, by=town.duty, at=NOW)
    assert counted(batch) == {"new": 2, "unchanged": 3, "refused": 1}
    shown = client.get(url).content.decode()
    assert town.n1.name in shown
    assert "2020-03-20 09:30" in shown
    assert "老板接的" not in shown
    assert "关了" in client.get(url + "?kind=refused").content.decode()
    assert not Observation.objects.exists()
    # Each row is put down by the action of the button, with an entry of its own in the log.
    client.post(url + "apply/")
    importing.apply(batch, by=town.duty, at=NOW)
    first = Observation.objects.get(key=str(calls[0].pk))
    assert (first.finding, first.way, first.note, first.by, first.asked_by, first.batch) == (
        "operating", "call", "老板接的", town.duty, town.n1, batch,
    )  # fmt: skip
    assert first.asked_at == datetime(2020, 3, 20, 1, 30, tzinfo=UTC)
    calls[0].refresh_from_db()
    assert (calls[0].closed, calls[0].finding) == ("answered", "operating")
    story = client.get(reverse("desk:check", args=[calls[0].pk])).content.decode()
    assert f"{town.n1.name} · 3月20日 09:30" in story
    said = client.get(reverse("desk:sample", args=[sample.pk])).context["said"]
    assert (said.called, said.total("confirmed"), said.total("not_reached")) == (2, 1, 1)
    # The very same file again: nothing to do.
    again = client.post(reverse("desk:outcome-files"), {"file": SimpleUploadedFile("b.xlsx", file)})
    assert again["Location"] == url
    # Taken back as a whole.
    assert client.post(url + "undo/", {"reason": "wrong file"}).status_code == 302
    importing.undo(ImportBatch.objects.get(pk=batch.pk), by=town.duty, at=LATER)
    calls[0].refresh_from_db()
    assert (calls[0].is_open, calls[0].finding) == (True, "")
    assert not Observation.objects.filter(superseded_at__isnull=True).exists()
    assert Observation.objects.count() == 2
    assert client.get(url).status_code == 200


def test_a_sheet_as_it_goes_out_says_nothing_new(
    client: Client, town: Town, sample: Sample, tmp_path: Path
) -> None:
    address = reverse("desk:sample-file", args=[sample.pk])
    book = given_out(client, address)
    fill_in(
        book, 2, finding="未营业", way="上门", note="卷帘门", asked_by="n1", asked_at="2020年3月20日 9：05"
    )
    assert counted(send(book, town.duty, tmp_path / "a.xlsx")) == {"new": 1, "unchanged": 5}
    assert counted(send(given_out(client, address), town.duty, tmp_path / "b.xlsx")) == {"unchanged": 6}


def test_what_a_colleague_put_down_meanwhile_is_not_replaced_and_said(
    client: Client, town: Town, sample: Sample, tmp_path: Path
) -> None:
    calls = list(sample.calls.order_by("turn"))
    address = reverse("desk:sample-file", args=[sample.pk])
    book = given_out(client, address)
    for line in (2, 3):
        fill_in(book, line, finding="正在营业")
    for call, finding in zip(calls, ("not_operating", "operating"), strict=False):
        checking.record_outcome(check=call, finding=finding, way="call", by=town.duty, at=NOW)
    batch = send(book, town.duty, tmp_path / "a.xlsx", LATER)
    assert counted(batch) == {"unchanged": 5, "refused": 1}
    assert reasons(batch) == {2: ["reporting.answered_differently"]}
    page = client.get(reverse("desk:report-file", args=[batch.code]) + "?kind=refused").content.decode()
    assert "“未营业”" in page
    assert town.duty.name in page
    # A sheet that knows of it may correct it; taken back, the earlier word holds again.
    book = given_out(client, address)
    fill_in(book, 2, finding="正在营业", asked_by=town.n1.name)
    batch = send(book, town.duty, tmp_path / "b.xlsx", LATER)
    assert counted(batch) == {"changed": 1, "unchanged": 5}
    assert (
        "未营业 → <strong>正在营业"
        in client.get(reverse("desk:report-file", args=[batch.code]) + "?kind=changed").content.decode()
    )
    registry.begin_undo(batch=batch, reason="wrong file", by=town.duty, at=LATER)
    batch = importing.undo(batch, by=town.duty, at=LATER + timedelta(minutes=1))
    calls[0].refresh_from_db()
    assert (batch.undo["restored"], calls[0].finding, calls[0].closed) == (1, "not_operating", "answered")


def test_an_answer_between_plan_and_writing_turns_its_row_into_a_refused_one(
    client: Client, town: Town, sample: Sample, django_capture_on_commit_callbacks: Any
) -> None:
    book = given_out(client, reverse("desk:sample-file", args=[sample.pk]))
    fill_in(book, 2, finding="正在营业")
    staged = registry.stage_import(
        file=[saved(book)],
        name="m.xlsx",
        subdistrict=sample.subdistrict,
        kind="outcomes",
        by=town.duty,
        at=NOW,
    )
    batch = importing.read(staged, by=town.duty, at=NOW)
    call = sample.calls.get(turn=1)
    checking.record_outcome(check=call, finding="unclear", way="call", by=town.n1, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        batch = importing.apply(batch, by=town.duty, at=LATER)
    assert counted(batch) == {"unchanged": 5, "refused": 1}
    assert reasons(batch) == {2: ["reporting.answered_differently"]}
    call.refresh_from_db()
    assert call.finding == "unclear"


def test_rows_that_cannot_be_right_are_refused_for_their_reasons(
    client: Client, town: Town, sample: Sample, tmp_path: Path
) -> None:
    calls = list(sample.calls.order_by("turn"))
    book = given_out(client, reverse("desk:sample-file", args=[sample.pk]))
    fill_in(book, 2, finding="正在营业", number=calls[1].entity.number)
    fill_in(book, 3, note="没写结果")
    fill_in(book, 4, finding="正在营业", asked_by="谁也不是", asked_at="昨晚")
    fill_in(book, 5, finding="正在营业", asked_at="2020-03-19 10:00", way="飞鸽")
    fill_in(book, 6, finding="正在营业", asked_at="2020-03-21", note="长" * 201)
    fill_in(book, 7, finding="正在营业")
    for line, finding in ((8, "正在营业"), (9, "未营业")):
        fill_in(book, line, call=calls[5].pk, number=calls[5].entity.number, name="又", finding=finding)
    fill_in(book, 10, call=999_999, name="没有", finding="正在营业")
    fill_in(book, 11, call="甲", name="乱写", finding="正在营业")
    batch = send(book, town.duty, tmp_path / "r.xlsx")
    assert counted(batch) == {"new": 1, "duplicate": 1, "refused": 8}
    assert reasons(batch) == {
        2: ["reporting.rows_mixed"],
        3: ["reporting.finding_missing"],
        4: ["reporting.not_an_officer", "reporting.not_a_moment"],
        5: ["reporting.not_a_way", "reporting.asked_before"],
        6: ["registry.text_too_long", "reporting.asked_ahead"],
        9: ["registry.row_contradicts"],
        10: ["reporting.call_not_yours"],
        11: ["registry.not_a_count"],
    }
    assert [one.finding for one in Observation.objects.all()] == ["operating"]


def test_only_calls_in_ones_scope_are_taken(
    client: Client, town: Town, sample: Sample, tmp_path: Path
) -> None:
    book = given_out(client, reverse("desk:sample-file", args=[sample.pk]))
    for line in range(2, 8):
        fill_in(book, line, finding="正在营业")
    batch = send(book, town.n1, tmp_path / "n.xlsx")
    assert counted(batch) == {"new": 3, "refused": 3}
    assert {one.entity.grid for one in Observation.objects.select_related("entity__grid")} == {town.grid_n1}
    client.force_login(town.leader1)
    assert client.get(reverse("desk:outcome-files")).status_code == 403


def test_the_checks_of_a_tab_come_back_the_same_way(client: Client, town: Town, tmp_path: Path) -> None:
    for n in range(3):
        report(place(town.grid_n1, name=f"存疑{n}"), state="open", staff_due=9, staff_at_post=0, output_fen=9)
    actions.propose_checks(subdistrict=town.subdistrict, on=DAY, by=BY, at=NOW)
    check = Check.objects.order_by("-pk")[0]
    checking.take_check(check=check, officer=town.n1, due_on=DAY, by=town.n1, at=NOW)
    client.force_login(town.n1)
    book = given_out(client, reverse("desk:checks-file") + "?show=open")
    assert book.worksheets[0].max_row == 4
    fill_in(book, 2, finding="正在营业", way="上门")
    batch = send(book, town.n1, tmp_path / "c.xlsx", LATER)
    assert counted(batch) == {"new": 1, "unchanged": 2}
    check.refresh_from_db()
    assert (check.closed, check.finding) == ("answered", "operating")
    registry.begin_undo(batch=batch, reason="wrong file", by=town.n1, at=LATER)
    importing.undo(batch, by=town.n1, at=LATER + timedelta(minutes=1))
    check.refresh_from_db()
    assert check.is_open


def test_reading_asks_no_more_with_more_rows(
    client: Client, town: Town, sample: Sample, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for most in (2, 6):
        book = given_out(client, reverse("desk:sample-file", args=[sample.pk]))
        for line in range(2, most + 2):
            fill_in(book, line, finding="正在营业")
        staged = registry.stage_import(
            file=[saved(book)], name=f"{most}.xlsx", subdistrict=sample.subdistrict, kind="outcomes", by=town.duty,
            at=NOW,
        )  # fmt: skip
        with django_assert_max_num_queries(60) as asked:
            importing.read(staged, by=town.duty, at=NOW)
        counts.append(len(asked))
    assert counts[0] == counts[1]
