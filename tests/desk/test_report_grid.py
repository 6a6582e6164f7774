"""The grid in which one person enters the reports of many places."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dongche.registry.models import Entity
from dongche.reporting.models import Report
from tests.factories.registry import exclude, place
from tests.factories.reporting import report
from tests.town import DAY, Town

GRID = "/desk/reporting/"
YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture
def stalls(town: Town) -> list[Entity]:
    """A market with three stalls in one grid, and a place elsewhere that is not hers."""
    market = place(town.grid_n1, "farm_produce_market", name="示例农贸市场")
    place(town.grid_s1, name="别处的店")
    return [place(town.grid_n1, name=f"示例摊位{n}", building=market, staff_count=2) for n in range(3)]


@pytest.fixture
def desk(client: Client, town: Town) -> Client:
    client.force_login(town.n1)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def drawn(desk: Client, query: str = "") -> dict[str, Any]:
    """What a browser would send if nobody touched anything."""
    found: dict[str, Any] = {"row": []}
    for line in desk.get(GRID + query).context["lines"]:
        number = line.place.number
        found["row"].append(number)
        found |= {f"{number}-{cell.name}": cell.text for cell in line.cells}
        found |= {f"{number}-key": line.key, f"{number}-seen": str(line.seen)}
    return found


def test_the_grid_shows_what_is_expected_in_ones_own_scope(
    desk: Client, town: Town, stalls: list[Entity]
) -> None:
    exclude(stalls[2])
    report(stalls[1], staff_at_post=2)
    shown = desk.get(GRID).context
    assert [line.place.name for line in shown["lines"]] == ["示例农贸市场", "示例摊位0", "示例摊位1"]
    assert (shown["expected"], shown["received"], shown["missing"]) == (3, 1, 2)
    narrowed = desk.get(GRID, {"building": stalls[0].building.number, "show": "missing"}).context["lines"]  # type: ignore[union-attr]
    assert [line.place.name for line in narrowed] == ["示例摊位0"]
    expected = {"n1": 200, "north": 200, "duty": 200, "affairs": 200, "leader1": 403}
    for name, status in expected.items():
        desk.force_login(town.officers[name])
        assert desk.get(GRID).status_code == status


def test_rows_left_alone_are_left_alone_and_the_others_stored_on_behalf(
    desk: Client, town: Town, stalls: list[Entity]
) -> None:
    told, corrected, quiet = stalls
    before = report(corrected, staff_at_post=2, staff_due=2, difficulties=["funds"])
    sent = drawn(desk) | {
        f"{told.number}-state": "open", f"{told.number}-staff_at_post": "２", f"{told.number}-output_fen": "1.2万",
        f"{told.number}-difficulties": "物资、订单", f"{corrected.number}-staff_at_post": "1",
    }  # fmt: skip
    assert desk.post(GRID, sent).status_code == 302
    new = Report.objects.get(entity=told)
    assert (new.channel, new.by, new.staff_at_post, new.output_fen) == ("officer", town.n1, 2, 1_200_000)
    assert (new.difficulties, new.staff_due) == (["supplies", "orders"], 2)
    now = Report.objects.get(entity=corrected, superseded_at__isnull=True)
    assert (now.staff_at_post, now.difficulties, now.received_at) == (1, ["funds"], before.received_at)
    assert not Report.objects.filter(entity=quiet).exists()
    assert desk.post(GRID, sent).status_code == 302  # the button twice
    assert Report.objects.count() == 3


def test_good_rows_are_kept_and_bad_ones_come_back_with_their_reasons(
    desk: Client, stalls: list[Entity]
) -> None:
    good, bad, jumped = stalls
    report(jumped, on=YESTERDAY, staff_at_post=2, output_fen=1_000)
    sent = drawn(desk) | {
        f"{good.number}-state": "closed",
        f"{bad.number}-state": "open", f"{bad.number}-staff_at_post": "-3", f"{bad.number}-difficulties": "天气",
        f"{jumped.number}-state": "open", f"{jumped.number}-staff_at_post": "2", f"{jumped.number}-output_fen": "=1000",
        f"{jumped.number}-note": "=cmd|' /C calc'!A0",
    }  # fmt: skip
    page = desk.post(GRID, sent)
    assert page.status_code == 422
    assert [row.entity for row in Report.objects.filter(on=DAY)] == [good]
    refused = {line.place: line for line in page.context["lines"] if line.is_refused}
    assert set(refused) == {bad, jumped}
    faulty = {cell.name for cell in refused[bad].cells if cell.faults}
    assert faulty == {"staff_at_post", "difficulties"}
    assert next(cell.text for cell in refused[bad].cells if cell.name == "staff_at_post") == "-3"
    file = desk.post(reverse("desk:reports-refused"), sent)
    sheet = load_workbook(BytesIO(b"".join(file.streaming_content))).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[2].value for row in rows] == [bad.number, jumped.number]
    assert all(cell.data_type != "f" for row in rows for cell in row)
    assert "in words" not in str(rows[0][0].value)
    assert rows[0][0].value is not None
    assert len(Report.objects.filter(on=DAY)) == 1


def test_a_tenfold_jump_is_asked_about_once_and_then_taken(desk: Client, stalls: list[Entity]) -> None:
    shop = stalls[0]
    report(shop, on=YESTERDAY, staff_at_post=2, output_fen=100_000)
    sent = drawn(desk) | {
        f"{shop.number}-state": "open", f"{shop.number}-staff_at_post": "2", f"{shop.number}-output_fen": "11000",
    }  # fmt: skip
    page = desk.post(GRID, sent)
    (line,) = (line for line in page.context["lines"] if line.is_refused)
    assert (page.status_code, line.is_asked) == (422, True)
    assert desk.post(GRID, sent | {f"{shop.number}-sure": "on"}).status_code == 302
    assert Report.objects.get(on=DAY).output_fen == 1_100_000


def test_a_place_that_reported_meanwhile_is_not_overwritten(desk: Client, stalls: list[Entity]) -> None:
    shop = stalls[0]
    sent = drawn(desk) | {f"{shop.number}-state": "open", f"{shop.number}-staff_at_post": "1"}
    theirs = report(shop, "part", staff_at_post=2, staff_due=2)
    page = desk.post(GRID, sent)
    (line,) = (line for line in page.context["lines"] if line.is_refused)
    assert (page.status_code, line.seen) == (409, theirs.pk)
    assert line.theirs == [("Open?", "Open", "Partly open"), ("At post", "1", "2")]
    assert Report.objects.get() == theirs
    assert desk.post(GRID, sent | {f"{shop.number}-seen": str(theirs.pk)}).status_code == 302
    assert Report.objects.get(superseded_at__isnull=True).staff_at_post == 1


def test_same_as_yesterday_is_a_tick_that_needs_no_script(desk: Client, stalls: list[Entity]) -> None:
    shop, other, _ = stalls
    for one in (shop, other):
        report(one, "part", on=YESTERDAY, staff_at_post=1, staff_due=2, output_fen=5_000, note="昨天的话")
    sent = drawn(desk) | {f"{shop.number}-same": "on", f"{other.number}-same": "on"}
    sent |= {f"{other.number}-state": "open", f"{other.number}-staff_at_post": "2"}
    assert desk.post(GRID, sent).status_code == 302
    marks = {row.entity: (row.same_as_yesterday, row.note) for row in Report.objects.filter(on=DAY)}
    assert marks == {shop: (True, ""), other: (False, "")}


def test_places_of_others_in_the_form_are_not_written(desk: Client, town: Town, stalls: list[Entity]) -> None:
    theirs = Entity.objects.get(name="别处的店")
    sent = {"row": [theirs.number], f"{theirs.number}-state": "closed", f"{theirs.number}-seen": "0"}
    assert desk.post(GRID, sent).status_code == 302
    assert not Report.objects.exists()


def test_the_grid_costs_the_same_for_few_places_as_for_a_page_of_them(
    desk: Client,
    town: Town,
    stalls: list[Entity],
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    def filled() -> dict[str, Any]:
        sent = drawn(desk)
        for number in sent["row"]:
            sent |= {f"{number}-state": "open", f"{number}-staff_at_post": str(Report.objects.count() + 1)}
        return sent

    report(stalls[0], staff_at_post=9, staff_due=9)  # a correction is among few and many
    few = filled()
    with django_assert_max_num_queries(20) as shown:
        desk.get(GRID)
    shows = len(shown)
    with django_assert_max_num_queries(50) as stored:
        desk.post(GRID, few)
    stores = len(stored)
    for _ in range(20):
        place(town.grid_n1)
    many = filled()
    with django_assert_num_queries(shows):
        desk.get(GRID)
    with django_assert_num_queries(stores):
        assert desk.post(GRID, many).status_code == 302
    assert Report.objects.filter(superseded_at__isnull=True).count() == 24


def test_more_than_a_page_is_paged_by_the_last_number(desk: Client, town: Town) -> None:
    for _ in range(51):
        place(town.grid_n1)
    page = desk.get(GRID).context
    assert len(page["lines"]) == 50
    rest = desk.get(GRID, {"after": page["pager"].next}).context["lines"]
    assert [line.place for line in rest] == [Entity.objects.order_by("number").last()]
