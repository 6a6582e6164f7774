"""The pages of an import: for headquarters alone, without a traceback whatever is sent, and safe on the way out."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from dongche.kit import clock
from dongche.registry.imports import surveying, undoing
from dongche.registry.imports.store import Folder
from dongche.registry.models import Entity, ImportBatch
from tests.registry.books import book as plain_book
from tests.registry.books import with_sheet_xml
from tests.registry.files import HEADERS, book, cells, row
from tests.registry.hostile import REFUSED
from tests.town import NOW, Town

ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def on_the_day(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def desk(client: Client, town: Town) -> Client:
    client.force_login(town.duty)
    return client


@pytest.fixture
def send(desk: Client, django_capture_on_commit_callbacks: Any):
    """Upload a file and give the page one lands on."""

    def send(content: bytes, name: str = "登记.xlsx") -> HttpResponse:
        with django_capture_on_commit_callbacks(execute=True):
            response = desk.post(
                reverse("registry:import"), {"file": SimpleUploadedFile(name, content)}, headers=ENGLISH
            )
        return desk.get(response["Location"], headers=ENGLISH) if response.status_code == 302 else response

    return send


def said(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def url(name: str, batch: ImportBatch) -> str:
    return reverse(f"registry:import-{name}", args=[batch.code])


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_file_that_is_no_register_is_refused_in_a_sentence(send, name: str):
    file_name, content, code = REFUSED[name]
    response = send(content(), file_name)
    assert code in said(response)
    assert "Traceback" not in said(response)
    assert Entity.objects.count() == 0


def test_a_post_without_a_file_is_asked_again(desk: Client):
    response = desk.post(reverse("registry:import"), headers=ENGLISH)
    assert response.status_code == 422
    assert "Choose a file first." in said(response)


def test_a_file_larger_than_accepted_is_refused(send, settings):
    settings.IMPORT_MAX_BYTES = 1000
    response = send(book([row("甲店")]))
    assert (response.status_code, ImportBatch.objects.count()) == (413, 0)
    assert "registry.file_too_large" in said(response)


def test_what_is_odd_inside_cells_is_read_or_refused_with_a_reason(send, desk: Client):
    names = [
        "喆堃燊餐饮店",
        "🍜小馆",
        "张\u200b三\ufeff面馆",
        "四方\r\n大酒店",
        "  两  头\u3000空  ",
        "𠮷野家",
        "\u202e反向店",
    ]
    good = [row(name, address=f"{n}号") for n, name in enumerate(names)]
    bad = {
        "registry.text_too_long": row("长" * 40_000),
        "registry.credit_code": row("错码店", code="91370203MA3C000114"),
        "registry.community_unknown": row("外地店", community="Atlantis"),
        "registry.negative": row("负数店", staff=-3),
        "registry.number_too_large": row("巨人店", staff=10**12),
        "registry.not_a_count": row("非数店", staff="许多"),
        "registry.not_money": row("没谱店", revenue="一大笔"),
        "registry.name_odd": row("😀"),
    }
    headers = (*HEADERS, "开业日期")
    days = {"明日店": "2020-03-21", "古代店": "1949-09-30", "零日店": datetime(1900, 1, 1)}  # noqa: DTZ001
    bad_days = [[*row(name), day] for name, day in days.items()]
    page = send(book([*good, *bad.values(), *bad_days], headers=headers))
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.counts["new"], batch.counts["refused"]) == ("ready", len(good), 11)
    refused = said(desk.get(page.request["PATH_INFO"] + "?kind=refused", headers=ENGLISH))
    for words in ("at most 120 fit", "Atlantis", "less than 0", "more than 2,000,000", "许多", "一大笔", "in the future",
                  "1949-09-30", "1900-01-01 is before October 1949"):  # fmt: skip
        assert words in refused
    desk.post(url("apply", batch))
    assert list(Entity.objects.order_by("pk").values_list("name", flat=True)) == [
        "喆堃燊餐饮店", "🍜小馆", "张三面馆", "四方 大酒店", "两 头 空", "𠮷野家", "反向店",
    ]  # fmt: skip


def test_zero_bytes_in_cells_headings_and_sheet_names_do_no_harm(send, desk: Client):
    """Excel writes them as _x0000_, the reader gives them back, and PostgreSQL would not store them."""
    data = book(
        [row("甲_x0000_店"), row("乙店", phone="1_x0000_2"), ["合计_x0000_", *[None] * len(HEADERS)]],
        headers=(*HEADERS, "备注_x0000_"), above=("台账_x0000_",),
    )  # fmt: skip
    page = send(data)
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.counts["new"], batch.counts["refused"]) == ("ready", 1, 1)
    assert desk.get(page.request["PATH_INFO"] + "?kind=refused").status_code == 200
    desk.post(url("apply", batch))
    assert Entity.objects.get().name == "甲店"
    assert len(cells(b"".join(desk.get(url("refused", batch)).streaming_content))) == 2


def test_a_note_in_the_last_column_of_excel_costs_no_time(send):
    data = book([[*row("甲店"), *[None] * (16_383 - len(HEADERS)), "看这里"]])
    send(data)
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.counts["new"]) == ("ready", 1)


def test_hidden_rows_and_columns_count_like_any_other(send):
    """Nobody hides a row to have it forgotten: a filter that was left on must not lose places."""
    workbook = Workbook()
    sheet = workbook.active
    for line in (HEADERS, row("甲店"), row("乙店")):
        sheet.append(list(line))
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["F"].hidden = True
    file = io.BytesIO()
    workbook.save(file)
    send(file.getvalue())
    assert ImportBatch.objects.get().counts["new"] == 2


def test_of_two_sheets_the_register_is_read_and_named(send):
    page = send(plain_book([["说明"], ["请填写第二页"]], more={"台账": [HEADERS, row("甲店")]}))
    assert ImportBatch.objects.get().counts["new"] == 1
    assert "Sheet “台账”, header in row 1" in said(page)


def test_formulas_count_by_their_results_and_refuse_without(send, desk: Client):
    with_result = b'<c r="J2"><f>SUM(1,2)</f><v>3</v></c>'
    data = book([row("甲店"), row("乙店", staff="=SUM(1,2)")])
    data = with_sheet_xml(data, lambda xml: re.sub(rb'<c r="J2"[^>]*>.*?</c>', with_result, xml))
    page = send(data)
    assert (ImportBatch.objects.get().counts["new"], ImportBatch.objects.get().counts["refused"]) == (1, 1)
    refused = said(desk.get(page.request["PATH_INFO"] + "?kind=refused", headers=ENGLISH))
    assert "a formula without a result" in refused


def test_refused_rows_come_back_as_text_that_no_spreadsheet_runs(send, desk: Client):
    send(book([row('=HYPERLINK("http://x")', contact="+1", phone="@12", address="-2+3")]))
    batch = ImportBatch.objects.get()
    response = desk.get(url("refused", batch))
    content = b"".join(response.streaming_content)
    assert response["Content-Disposition"].startswith("attachment")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line if cell.value is not None} <= {
        "s",
        "n",
    }
    assert sheet["A1"].value == "原因"


def test_the_same_file_again_leads_to_the_import_it_was(send, desk: Client):
    data = book([row("甲店"), row("乙店", phone="12")])
    first = send(data)
    desk.post(url("apply", ImportBatch.objects.get()))
    again = send(data, "改名.xlsx")
    assert again.request["PATH_INFO"] == first.request["PATH_INFO"]
    assert "This very file was imported on 2020-03-20 already: there is nothing to do." in said(again)
    assert (ImportBatch.objects.count(), Entity.objects.count()) == (1, 1)


PAGES = ("batch", "columns", "apply", "drop", "refused", "undo", "undo-look")
POSTED = ("columns", "apply", "drop", "undo-look")


@pytest.mark.parametrize("name", PAGES)
def test_imports_are_for_headquarters_alone(send, client: Client, town: Town, name: str):
    send(book([row("甲店"), row("乙店", phone="12")]))
    address = url(name, ImportBatch.objects.get())
    method = client.post if name in POSTED else client.get
    for username in ("n1", "north", "market", "leader1"):
        client.force_login(town.officers[username])
        assert method(address).status_code == 403
    client.logout()
    assert method(address).status_code == 302
    assert Entity.objects.count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_an_import_of_nobody_and_a_wrong_method_are_refused(send, desk: Client, name: str):
    send(book([row("甲店"), row("乙店", phone="12")]))
    address = url(name, ImportBatch.objects.get())
    posted = name in POSTED
    if name != "undo":
        assert (desk.get if posted else desk.post)(address).status_code == 405
    stranger = reverse(f"registry:import-{name}", args=["0" * 26])
    assert (desk.post if posted else desk.get)(stranger).status_code == 404


def test_the_page_of_an_import_asks_as_often_for_many_rows_as_for_few(send, desk: Client):
    counts = []
    for n in (1, 60):
        send(book([row(f"示例{n}-{i}号店") for i in range(n)]))
        address = url("batch", ImportBatch.objects.order_by("-pk")[0])
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert desk.get(address).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ['a"\r\nX-Evil: 1.xlsx', "甲\r\nX-Evil: 1.xlsx", 'b"; filename="c.exe.xlsx'])
def test_the_name_of_a_file_adds_no_header_to_its_download(send, desk: Client, name: str):
    send(book([row("好店"), row("负数店", staff=-3)]))
    batch = ImportBatch.objects.get()
    ImportBatch.objects.filter(pk=batch.pk).update(file_name=name)
    answer = desk.get(url("refused", batch))
    b"".join(answer.streaming_content)
    answer.close()
    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers
    assert not {"\r", "\n"} & set(answer["Content-Disposition"])
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Disposition"].count('="') <= 1


def test_an_import_is_undone_on_its_page(send, desk: Client, django_capture_on_commit_callbacks: Any):
    send(book([row("甲店")]))
    batch = ImportBatch.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(url("apply", batch))
    Folder.of(batch.file_path).remove()  # what was left of it has been deleted in time
    assert "Show what would be taken back" in said(desk.get(url("undo", batch), headers=ENGLISH))
    surveying.begin(batch)
    page = desk.get(url("undo", batch), headers=ENGLISH)
    assert "Working out what would be taken back 0 rows, 0 %" in said(page)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(url("undo-look", batch))
    page = desk.get(url("undo", batch), headers=ENGLISH)
    assert "Places that go 1 Places put back 0 Left as it is 0" in said(page)
    assert desk.post(url("undo", batch), {"reason": " "}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(url("undo", batch), {"reason": "wrong file"})
    text = said(desk.get(url("batch", batch), headers=ENGLISH))
    assert "Reason: wrong file" in text
    assert desk.get(url("undo", batch)).status_code == 302
    assert desk.post(url("undo-look", batch))["Location"] == url("batch", batch)
    assert not Entity.objects.filter(taken_back_at__isnull=True).exists()


def test_a_look_ahead_that_breaks_is_told_and_may_be_asked_for_again(
    send, desk: Client, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
):
    send(book([row("甲店")]))
    batch = ImportBatch.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(url("apply", batch))
    with monkeypatch.context() as broken, django_capture_on_commit_callbacks(execute=True):
        broken.setattr(undoing, "survey", lambda batch: 1 / 0)
        desk.post(url("undo-look", batch))
    text = said(desk.get(url("undo", batch), headers=ENGLISH))
    assert "registry.import_broke" in text
    assert "Show what would be taken back" in text
