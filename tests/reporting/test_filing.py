"""Daily reports of many places as a file: the template, what it would bring, its way in and back."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dongche.org.models import Officer
from dongche.registry import actions as registry
from dongche.registry import importing
from dongche.registry.imports import refused
from dongche.registry.imports.store import Folder
from dongche.registry.models import Entity, ImportBatch
from dongche.registry.queries import Places
from dongche.reporting import sheets
from dongche.reporting.models import Report
from dongche.reporting.queries import count_in_state
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import DAY, NOW, Town

YESTERDAY = DAY - timedelta(days=1)
HEADERS = (
    "场所编号",
    "场所名称",
    "报告日期",
    "与昨日相同",
    "营业状态",
    "到岗人数",
    "应到人数",
    "当日产值（元）",
    "目前的困难",
    "备注",
)


@pytest.fixture(autouse=True)
def own_media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "files")


@pytest.fixture
def stalls(town: Town) -> list[Entity]:
    return [place(town.grid_n1, name=f"示例摊位{n}", staff_count=2) for n in range(4)]


def book(path: Path, *rows: tuple[Any, ...], headers: tuple[str, ...] = HEADERS) -> Path:
    with xlsxwriter.Workbook(
        path, {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
    ) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate((headers, *rows)):
            sheet.write_row(number, 0, row)
    return path


def send(path: Path, by: Officer, **more: Any) -> importing.Outcome:
    return importing.import_file(path, subdistrict=by_town(by), kind="reports", by=by, at=NOW, **more)


def by_town(by: Officer) -> Any:
    return by.posts_on(DAY)[0].unit.subdistrict


def reasons(batch: ImportBatch) -> dict[int, list[str]]:
    entries = Folder.of(batch.file_path).entries("refused")
    return {entry["row"]: [code for code, *_rest in entry["faults"]] for entry in entries}


def test_good_rows_are_kept_and_the_others_refused_for_their_reasons(
    town: Town, stalls: list[Entity], tmp_path: Path
) -> None:
    a, b, c, d = stalls
    theirs = place(town.grid_s1, name="别处的店")
    report(b, staff_at_post=2, staff_due=2)
    file = book(
        tmp_path / "r.xlsx",
        (a.number, a.name, DAY, "", "已营业", "２人", 2, "1.2万", "物资、资金", "=1+1"),
        ("", b.name, "2020年3月20日", "", "部分营业", 1, 2),
        (c.number, c.name, DAY, "", "", "", 2),
        (d.number, d.name, DAY, "", "未营业", "", "", 500),
        (theirs.number, theirs.name, DAY, "", "营业", 1, 1),
        (a.number, a.name, DAY, "", "停业"),
        (c.number, c.name, date(2020, 3, 21), "", "营业", 1, 1),
        (c.number, d.name, DAY, "", "营业", -1, 1, "", "天气"),
    )
    outcome = send(file, town.n1)
    assert outcome.counts == {"new": 1, "changed": 1, "unchanged": 0, "duplicate": 0, "refused": 6}
    assert (
        reasons(outcome.batch)
        == {
            4: ["reporting.nothing_filled_in"],
            5: ["reporting.output_while_closed"],
            6: ["reporting.not_yours"],
            7: ["registry.row_contradicts"],
            8: ["reporting.day_in_future"],
            9: ["kit.not_a_count", "reporting.difficulty_not_known", "reporting.codes_differ"],
        }
        or reasons(outcome.batch)[9]
    )
    first = Report.objects.get(entity=a)
    assert (first.staff_at_post, first.output_fen, first.difficulties) == (
        2,
        1_200_000,
        ["supplies", "funds"],
    )
    assert (first.channel, first.by, first.batch, first.note) == ("import", town.n1, outcome.batch, "=1+1")
    assert Report.objects.get(entity=b, superseded_at__isnull=True).state == "part"
    again = send(file, town.n1)
    assert (again.already, Report.objects.count()) == (True, 3)
    out = BytesIO()
    assert refused.write(outcome.batch, out) == 6
    sheet = load_workbook(out).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_same_as_yesterday_in_a_file_is_marked_and_must_be_so(
    town: Town, stalls: list[Entity], tmp_path: Path
) -> None:
    a, b, c, d = stalls
    for one in (a, b, d):
        report(one, on=YESTERDAY, staff_at_post=2, staff_due=2, output_fen=5_000, note="昨天的话")
    file = book(
        tmp_path / "s.xlsx",
        (a.number, a.name, DAY, "是"),
        (b.number, b.name, DAY, "是", "已营业", 1),
        (c.number, c.name, DAY, "是"),
        (d.number, d.name, DAY, "", "已营业", 2, 2, 50),
    )
    outcome = send(file, town.n1)
    assert reasons(outcome.batch) == {3: ["reporting.not_the_same"], 4: ["reporting.no_yesterday"]}
    marks = {
        row.entity: (row.same_as_yesterday, row.output_fen, row.note) for row in Report.objects.filter(on=DAY)
    }
    assert marks == {a: (True, 5_000, ""), d: (False, 5_000, "")}


def test_a_place_that_reports_between_plan_and_writing_is_not_overwritten(
    town: Town, stalls: list[Entity], tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    shop = stalls[0]
    file = book(tmp_path / "m.xlsx", (shop.number, shop.name, DAY, "", "营业", 1, 2))
    with file.open("rb") as opened:
        staged = registry.stage_import(
            file=[opened.read()],
            name="m.xlsx",
            subdistrict=shop.subdistrict,
            kind="reports",
            by=town.n1,
            at=NOW,
        )
    batch = importing.read(staged, by=town.n1, at=NOW)
    theirs = report(shop, "closed")
    with django_capture_on_commit_callbacks(execute=True):
        batch = importing.apply(batch, by=town.n1, at=NOW)
    assert (batch.counts["new"], batch.counts["refused"]) == (0, 1)
    assert reasons(batch) == {2: ["reporting.reported_meanwhile"]}
    assert Report.objects.get() == theirs


def test_a_file_is_taken_back_by_rows_and_what_was_corrected_since_stays(
    town: Town, stalls: list[Entity], tmp_path: Path
) -> None:
    new, replaced, later = stalls[:3]
    first = report(replaced, staff_at_post=1, staff_due=2)
    rows = [(one.number, one.name, DAY, "", "营业", 2, 2) for one in (new, replaced, later)]
    batch = send(book(tmp_path / "u.xlsx", *rows), town.n1).batch
    mine = Report.objects.get(entity=later)
    Report.objects.filter(pk=mine.pk).update(superseded_at=NOW + timedelta(minutes=1))
    report(later, "closed", known_at=NOW + timedelta(minutes=1))
    at = NOW + timedelta(minutes=5)
    registry.begin_undo(batch=batch, reason="wrong file", by=town.n1, at=at)
    batch = importing.undo(batch, by=town.n1, at=at)
    assert {name: batch.undo[name] for name in ("gone", "restored", "left")} == {
        "gone": 1,
        "restored": 1,
        "left": 1,
    }
    now = {row.entity: row for row in Report.objects.filter(superseded_at__isnull=True)}
    assert set(now) == {replaced, later}
    assert (now[replaced].staff_at_post, now[replaced].received_at, now[replaced].batch) == (
        1,
        first.received_at,
        None,
    )
    assert now[later].state == "closed"
    places = Places.visible_to(town.n1)
    assert count_in_state(places, DAY, "not_reported") == 2
    assert Report.objects.count() == 6  # nothing was deleted: what was known then can be asked


def test_the_template_is_filled_beforehand_and_comes_back_as_it_is(
    town: Town, stalls: list[Entity], tmp_path: Path
) -> None:
    report(stalls[0], on=YESTERDAY, staff_at_post=2, staff_due=3, output_fen=5_050)
    Entity.objects.filter(pk=stalls[1].pk).update(name="=HYPERLINK(1)")
    path = tmp_path / "t.xlsx"
    with path.open("wb") as file:
        assert sheets.write_template(file, Places.visible_to(town.n1), DAY) == 4
    opened = load_workbook(path)
    sheet = opened.active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == [one.number for one in stalls]
    assert (rows[0][6], rows[0][-3:], rows[1][-3:]) == (3, ("已营业", "2", "50.50"), (None, None, None))
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert rows[0][4:6] == (None, None)
    for line in (2, 3, 4):
        sheet.cell(line, 5, "已营业")
        sheet.cell(line, 6, 1)
    opened.save(path)
    outcome = send(path, town.n1)
    assert outcome.counts == {"new": 3, "changed": 0, "unchanged": 0, "duplicate": 0, "refused": 1}


def test_many_rows_cost_as_many_statements_as_few(
    town: Town, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    places = [place(town.grid_n1) for _ in range(40)]
    rows = [(one.number, one.name, DAY, "", "营业", 1, 1) for one in places]
    with django_assert_max_num_queries(200) as few:
        send(book(tmp_path / "few.xlsx", *rows[:3]), town.n1)
    count = len(few)
    with django_assert_max_num_queries(count):
        send(book(tmp_path / "many.xlsx", *rows[3:]), town.n1)
    assert Report.objects.count() == 40


def test_a_jump_is_taken_and_shown(client: Client, town: Town, stalls: list[Entity], tmp_path: Path) -> None:
    shop = stalls[0]
    report(shop, on=YESTERDAY, staff_at_post=2, output_fen=10_000)
    client.force_login(town.n1)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    file = book(tmp_path / "j.xlsx", (shop.number, shop.name, DAY, "", "营业", 2, 2, 1100))
    batch = send(file, town.n1).batch
    page = client.get(reverse("desk:report-file", args=[batch.code]))
    assert "more than 10 times the 100 before" in page.content.decode()
    assert Report.objects.get(on=DAY).output_fen == 110_000


def test_the_pages_of_a_file_are_for_whoever_sent_it_and_headquarters(
    client: Client, town: Town, stalls: list[Entity], tmp_path: Path
) -> None:
    client.force_login(town.n1)
    file = book(
        tmp_path / "p.xlsx",
        (stalls[0].number, stalls[0].name, DAY, "", "营业", 1, 2),
        ("", "没有的店", DAY, "", "开"),
    )
    sent = SimpleUploadedFile("p.xlsx", file.read_bytes())
    response = client.post(reverse("desk:report-files"), {"file": sent})
    batch = ImportBatch.objects.get()
    url = reverse("desk:report-file", args=[batch.code])
    assert (response.status_code, response["Location"], batch.kind) == (302, url, "reports")
    importing.read(batch, by=town.n1, at=NOW)
    for name, status in {"n1": 200, "duty": 200, "n2": 404, "leader1": 403}.items():
        client.force_login(town.officers[name])
        assert (name, client.get(url).status_code) == (name, status)
        file_of_refused = client.get(url + "refused.xlsx")
        assert file_of_refused.status_code == status
        assert not file_of_refused.streaming or b"".join(file_of_refused.streaming_content)  # type: ignore[attr-defined]
    client.force_login(town.n1)
    assert client.post(url + "apply/").status_code == 302
    importing.apply(batch, by=town.n1, at=NOW)
    assert Report.objects.get().entity == stalls[0]
    assert client.get(url).context["undo_form"]
    assert client.post(url + "undo/", {"reason": "wrong file"}).status_code == 302
    importing.undo(batch, by=town.n1, at=NOW + timedelta(minutes=1))
    assert client.get(url).status_code == 200
    assert not Report.objects.filter(superseded_at__isnull=True).exists()
