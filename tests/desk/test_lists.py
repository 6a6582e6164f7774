"""Lists one comes back to: columns, order, names; Excel gives what the page shows."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dongche.desk import columns
from dongche.registry import actions
from dongche.registry.models import SavedView
from tests.factories.registry import exclude, place
from tests.factories.reporting import report
from tests.town import NOW, Town

PLACES = "/desk/places/"


@pytest.fixture
def shops(town: Town) -> list[Any]:
    found = [
        place(town.grid_n1, name="甲号商行", staff_count=7),
        place(town.grid_n2, name="乙号商行", staff_count=None),
        place(town.grid_s1, "supermarket", name="丙号商行", staff_count=30),
    ]
    report(found[0], staff_due=4, staff_at_post=3)
    exclude(found[1])
    return found


def names(page: Any) -> list[str]:
    return [row.place.name for row in page.context["rows"]]


@pytest.mark.parametrize("sort", sorted(columns.SORTS))
def test_every_order_pages_both_ways(
    town: Town, at_desk: Client, shops: list[Any], sort: str, monkeypatch
) -> None:
    monkeypatch.setattr(
        "dongche.web.paging.page.__kwdefaults__", {"after": "", "before": "", "size": 2, "total": None}
    )
    first = at_desk.get(PLACES, {"sort": sort})
    second = at_desk.get(PLACES, {"sort": sort, "after": first.context["pager"].next})
    falling = at_desk.get(PLACES, {"sort": f"-{sort}"})
    back = at_desk.get(PLACES, {"sort": sort, "before": second.context["pager"].previous})
    assert (len(names(first)), len(names(second)), names(back)) == (2, 1, names(first))
    assert names(falling) == [*names(second), names(first)[1]]
    assert {*names(first), *names(second)} == {shop.name for shop in shops}


def test_a_long_list_is_counted_to_the_end_for_who_asks(
    at_desk: Client, shops: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dongche.desk.filters.MOST_COUNTED", 1)
    monkeypatch.setattr(
        "dongche.web.paging.page.__kwdefaults__", {"after": "", "before": "", "size": 2, "total": None}
    )
    for query, told in (
        ("", (1, True)),
        ("q=商行", (1, True)),
        ("state=expected", (2, False)),
        ("counted=1", (3, False)),
    ):
        pager = at_desk.get(f"{PLACES}?{query}").context["pager"]
        assert (pager.total, pager.is_more) == told, query
    page = at_desk.get(PLACES, headers={"accept-language": "en"}).content.decode()
    assert "more than <b>1</b> places" in page


def test_chosen_columns_are_remembered_and_excel_has_them(
    town: Town, at_desk: Client, shops: list[Any]
) -> None:
    url = f"{reverse('desk:places-columns')}?category=street_shop&sort=-staff"
    answer = at_desk.post(url, {"column": ["staff_count", "last_report", "size_why", "excluded", "nonsense"]})
    shown = ["name", "size_why", "last_report", "excluded", "staff_count"]
    assert [column.name for column in at_desk.get(PLACES).context["columns"]] == shown
    page = at_desk.get(answer["Location"])
    assert [cell[1] for cell in page.context["rows"][0].cells][2:] == [NOW.date(), "", 7]
    excel = at_desk.get(reverse("desk:places-export") + "?" + answer["Location"].partition("?")[2])
    rows = list(openpyxl.load_workbook(io.BytesIO(excel.getvalue())).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == names(page) == ["甲号商行", "乙号商行"]
    assert rows[2][4] == "季节性停业: closed for the season"


def test_every_column_can_be_shown_without_more_queries_for_more_rows(
    town: Town, at_desk: Client, shops: list[Any], django_assert_max_num_queries: Any
) -> None:
    at_desk.get(PLACES, {"columns": "name,evidence"})  # weighs the reports of the day
    with django_assert_max_num_queries(48):
        page = at_desk.get(PLACES, {"columns": ",".join(columns.ALL)})
    assert len(page.context["rows"][0].cells) == len(columns.ALL) >= 30


def test_a_saved_list_opens_as_it_was_and_first_where_asked(
    town: Town, at_desk: Client, shops: list[Any]
) -> None:
    asked = "?category=supermarket&columns=name,staff_count&sort=-staff&q=13800001234"
    kept = at_desk.post(
        reverse("desk:view-save") + asked, {"name": "大店", "is_default": "on", "shared": "on"}
    )
    view = SavedView.objects.get(name="大店")
    assert (view.filters, view.columns, view.sort) == (
        "category=supermarket",
        ["name", "staff_count"],
        "-staff",
    )
    assert at_desk.get(PLACES)["Location"] == kept["Location"]
    page = at_desk.get(kept["Location"])
    assert (names(page), [tab.current for tab in page.context["showing"].tabs]) == (
        ["丙号商行"],
        [False, True],
    )
    assert names(at_desk.get(PLACES, {"view": "all"})) == [shop.name for shop in shops]


def test_a_shared_list_is_seen_in_the_sub_district_and_changed_by_its_owner(
    town: Town, client: Client
) -> None:
    given = {"filters": "", "columns": ["name"], "sort": "number", "is_default": False, "at": NOW}
    own = actions.save_view(name="自用", shared_with=None, by=town.duty, **given)
    shared = actions.save_view(name="共用", shared_with=town.subdistrict, by=town.duty, **given)
    client.force_login(town.n1)
    tabs = client.get(PLACES).context["showing"].tabs
    assert [tab.label for tab in tabs][1:] == ["共用"]
    assert client.post(reverse("desk:view-delete", args=[shared.pk])).status_code == 404
    client.force_login(town.duty)
    client.post(reverse("desk:view-change", args=[own.pk]), {"name": "改名", "is_default": "on"})
    assert client.post(reverse("desk:view-delete", args=[shared.pk])).status_code == 302
    assert list(SavedView.objects.values_list("name", "is_default")) == [("改名", True)]
