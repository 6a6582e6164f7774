"""What a person says about a file: which column is which, kept for the next one, and what ambiguous words mean."""

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
from openpyxl import load_workbook

from dongche.kit import clock
from dongche.org.actions import create_unit
from dongche.org.models import AuditEntry
from dongche.registry.models import ColumnMap, Entity, ImportBatch
from tests.factories.registry import place
from tests.registry.books import book as plain_book
from tests.registry.files import book, row
from tests.town import BY, DAY, NOW, Town

ENGLISH = {"accept-language": "en"}
ODD = ["甲栏", "乙栏", "丙栏", "丁栏"]
ROWS = [["示例面馆", "临街商铺", "North", "13800001234"], ["示例书店", "临街商铺", "North", "12"]]
MEANS = {"column-0": "name", "column-1": "category", "column-2": "community", "column-3": "contact_phone"}


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
def post(desk: Client, django_capture_on_commit_callbacks: Any):
    def post(name: str, /, *args: Any, **given: Any) -> HttpResponse:
        with django_capture_on_commit_callbacks(execute=True):
            return desk.post(reverse(f"registry:{name}", args=args), given, headers=ENGLISH)

    return post


@pytest.fixture
def send(post):
    def send(content: bytes, name: str = "登记.xlsx") -> ImportBatch:
        post("import", file=SimpleUploadedFile(name, content))
        return ImportBatch.objects.latest("pk")

    return send


def said(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def page(desk: Client, batch: ImportBatch, kind: str = "") -> str:
    return said(
        desk.get(f"{reverse('registry:import-batch', args=[batch.code])}?kind={kind}", headers=ENGLISH)
    )


def test_a_header_nobody_understands_is_said_by_hand_and_remembered(send, post, desk: Client, town: Town):
    batch = send(plain_book([ODD, *ROWS]))
    assert (batch.state, batch.problem["code"], batch.mapping["headers"]) == (
        "failed", "registry.no_name_column", ODD,
    )  # fmt: skip
    text = page(desk, batch)
    assert "示例面馆 / 示例书店" in text
    assert "138******34 / 12" in text
    assert "13800001234" not in text
    post("import-columns", batch.code, save_as="街道台账", **MEANS)
    batch.refresh_from_db()
    assert (batch.state, batch.counts["new"], batch.counts["refused"]) == ("ready", 1, 1)
    again = send(plain_book([ODD, ["示例茶室", "临街商铺", "South", ""]]))
    assert (again.state, again.counts["new"], again.mapping["remembered"]) == ("ready", 1, "街道台账")
    assert "The columns are as remembered under “街道台账”" in page(desk, again)
    saved = ColumnMap.objects.get()
    post("import-map-rename", saved.pk, name="台账")
    assert "台账" in said(desk.get(reverse("registry:import-maps"), headers=ENGLISH))
    post("import-map-forget", saved.pk)
    assert not ColumnMap.objects.exists()
    assert send(plain_book([ODD, ["示例酒馆", "临街商铺", "South", ""]])).state == "failed"
    deeds = (
        AuditEntry.objects.filter(action__endswith="_columns").order_by("pk").values_list("action", flat=True)
    )
    assert list(deeds) == ["registry.save_columns", "registry.rename_columns", "registry.forget_columns"]


def test_a_kind_may_be_said_for_all_and_columns_of_one_header_told_apart(send, post):
    batch = send(plain_book([["名称", "名称", "所属社区"], ["旧名", "示例面馆", "North"]]))
    assert batch.problem["code"] == "registry.no_category_column"
    answer = post("import-columns", batch.code, category="Street shop", **{
        "column-0": "", "column-1": "name", "column-2": "community",
    })  # fmt: skip
    batch.refresh_from_db()
    assert (answer.status_code, batch.counts["new"], batch.mapping["map"]["name"]) == (302, 1, "#B")
    post("import-apply", batch.code)
    assert Entity.objects.values_list("name", "category").get() == ("示例面馆", "street_shop")


def test_two_columns_for_one_thing_are_refused_in_words(send, post):
    batch = send(plain_book([ODD, *ROWS]))
    answer = post("import-columns", batch.code, **MEANS | {"column-3": "name"})
    assert answer.status_code == 422
    assert "is chosen for two columns: A and D." in said(answer)


def test_a_name_belongs_to_one_header(send, post, town: Town):
    batch = send(plain_book([ODD, *ROWS]))
    post("import-columns", batch.code, save_as="台账", **MEANS)
    other = send(plain_book([[*ODD[:3], "戊栏"], *ROWS]))
    answer = post("import-columns", other.code, save_as="台账", **MEANS)
    assert (answer.status_code, ColumnMap.objects.count()) == (422, 1)
    assert "There is an assignment “台账” for files with another header already." in said(answer)


def test_refused_cells_are_marked_with_address_and_value(send, desk: Client):
    batch = send(book([row("甲店", phone="12", revenue=-3)]))
    html = desk.get(reverse("registry:import-batch", args=[batch.code]), headers=ENGLISH).content.decode()
    assert re.findall(r'<span class="dc-cell num">([A-Z]+\d+)</span>', html) == ["K2", "I2"]
    answer = desk.get(reverse("registry:import-refused", args=[batch.code]))
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]  # type: ignore[attr-defined]
    marked = {
        cell.coordinate
        for cell in sheet[2]
        if cell.border.left.style == "medium" and cell.fill.fill_type == "solid"
    }
    assert marked == {"M2", "K2"}  # behind the reason and the row
    assert re.findall(r"<mark>([^<]*)</mark>", html) == ["12", "-3"]


def test_ambiguous_words_are_asked_and_the_answer_holds_for_every_row(send, post, desk: Client, town: Town):
    grid = town.grid_n1
    create_unit(
        kind="grid",
        code="370203900002099",
        name=grid.name,
        parent=town.south_community,
        from_on=DAY,
        by=BY,
        at=NOW,
    )
    rows = [row(f"店{n}", community=None, grid=grid.name, industry="信息") for n in range(3)]
    batch = send(book([*rows, row("丁店", community="北边"), row("戊店")]))
    assert (batch.counts["refused"], batch.counts["new"]) == (4, 1)
    text = page(desk, batch)
    assert "Which one is meant?" in text
    assert "Rows that ask this: 3" in text
    html = desk.get(reverse("registry:import-batch", args=[batch.code]), headers=ENGLISH).content.decode()
    names = {label: name for name, label in re.findall(r'for="id_(q-\d)">([^<]*)<', html)}
    post("import-answers", batch.code, **{names[f"Grid “{grid.name}”"]: grid.code})
    batch.refresh_from_db()
    assert batch.counts["refused"] == 4  # the industry is still open
    html = desk.get(reverse("registry:import-batch", args=[batch.code]), headers=ENGLISH).content.decode()
    names = {label: name for name, label in re.findall(r'for="id_(q-\d)">([^<]*)<', html)}
    assert set(names) == {"Industry code “信息”", "Community “北边”"}
    given = {names["Industry code “信息”"]: "I65", names["Community “北边”"]: town.north_community.code}
    post("import-answers", batch.code, **given)
    batch.refresh_from_db()
    assert (batch.counts["refused"], batch.counts["new"]) == (0, 5)
    post("import-apply", batch.code)
    found = Entity.objects.filter(name__startswith="店").values_list("grid", "industry").distinct().get()
    assert found == (grid.pk, "I65")
    assert Entity.objects.get(name="丁店").community == town.north_community


@pytest.mark.parametrize("answer", ["known", "another"])
def test_which_of_two_known_places_is_asked(send, post, town: Town, answer: str):
    first, _ = (place(town.grid_n1, name="连锁店", address=f"{n}路") for n in "一二")
    batch = send(book([row("连锁店", address=None, grid=None, staff=99)]))
    assert batch.counts["refused"] == 1
    chosen = first.number if answer == "known" else "another"
    post("import-answers", batch.code, **{"q-0": chosen})
    post("import-apply", batch.code)
    first.refresh_from_db()
    assert (first.staff_count == 99, Entity.objects.count()) == (
        (True, 2) if answer == "known" else (False, 3)
    )


def test_an_answer_that_was_not_offered_is_none(send, post, town: Town):
    batch = send(book([row("丁店", community="北边")]))
    post("import-answers", batch.code, **{"q-0": "370203900009"})
    batch.refresh_from_db()
    assert (batch.state, batch.counts["refused"]) == ("ready", 1)


def test_what_is_remembered_is_for_headquarters_of_the_place(send, post, client: Client, town: Town):
    batch = send(plain_book([ODD, *ROWS]))
    post("import-columns", batch.code, save_as="台账", **MEANS)
    saved = ColumnMap.objects.get()
    client.force_login(town.n1)
    for name, args in (("import-map-rename", [saved.pk]), ("import-map-forget", [saved.pk]),
                       ("import-answers", [batch.code])):  # fmt: skip
        assert client.post(reverse(f"registry:{name}", args=args)).status_code == 403
    assert client.get(reverse("registry:import-maps")).status_code == 403


def test_imports_are_found_by_file_kind_and_state(send, desk: Client):
    send(book([row("甲店")]), "一号.xlsx")
    send(plain_book([ODD, *ROWS]), "二号.xlsx")
    address = reverse("registry:import")
    for query, there, absent in (
        ("q=二", "二号", "一号"),
        ("state=ready", "一号", "二号"),
        ("of=places&q=一", "一号", "二号"),
    ):
        text = said(desk.get(f"{address}?{query}", headers=ENGLISH))
        assert there in text
        assert absent not in text
    assert "一号" in said(desk.get(f"{address}?state=nonsense", headers=ENGLISH))


def test_rows_without_a_community_are_asked_by_their_addresses_once(send, post, desk: Client, town: Town):
    for n in (1, 3, 5):
        place(town.grid_n1, address=f"北海路{n}号")
    place(town.grid_s1, address="南海路8号")
    nowhere = {"community": None, "grid": None}
    rows = [row(f"店{n}", address=f"北海路{n}号", **nowhere) for n in (3, 4, 5)]
    more = [row("南店", address="南海路8号", **nowhere), row("别处店", address="远方路1号", **nowhere)]
    batch = send(book([*rows, *more, row("己店")]))
    assert (batch.counts["new"], batch.counts["refused"]) == (1, 5)
    text = page(desk, batch, "refused")
    assert "2 rows that name no community lie in North" in text
    assert "1 row that names no community lies in South" in text
    assert "1 places at 北海路 3 are there (rows: 1)" in text
    assert text.count("Its address speaks for North") == 2
    html = desk.get(reverse("registry:import-batch", args=[batch.code]), headers=ENGLISH).content.decode()
    (name,) = re.findall(r'name="(q-\d)"[^>]*>\s*<span class="form-check-label">2 rows', html)
    post("import-answers", batch.code, **{name: "on"})
    batch.refresh_from_db()
    assert (batch.counts["new"], batch.counts["refused"]) == (3, 3)
    post("import-apply", batch.code)
    found = Entity.objects.filter(name__startswith="店").values_list("name", "community")
    assert set(found) == {("店3", town.north_community.pk), ("店5", town.north_community.pk)}
    again = send(book([*rows, row("庚店")]))
    assert (again.counts["new"], again.counts["unchanged"], again.counts["refused"]) == (1, 2, 1)


def test_asking_addresses_takes_as_many_queries_for_many_rows_as_for_few(send, town: Town):
    place(town.grid_n1, address="北海路1号")
    counts = []
    for n in (2, 1, 60):  # the first also asks what is kept from then on
        with CaptureQueriesContext(connection) as asked:
            batch = send(
                book([row(f"店{n}-{i}", address="北海路1号", community=None, grid=None) for i in range(n)])
            )
        assert batch.counts["refused"] == n
        counts.append(len(asked))
    assert counts[1] == counts[2]
