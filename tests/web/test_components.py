"""What charts and maps are given: JSON numbers, and the same values as a table."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dongche.web.components import Chart, MapView, Series, Tile


def test_a_chart_is_plain_json_and_a_table():
    chart = Chart(
        "c", "Rates", "line", ["1", "2"], [Series("A", [Decimal("78.19"), None]), Series("B", [1], "plan")],
        maximum=100, target=Decimal(90), target_label="Target",
    )  # fmt: skip
    assert chart.data_id == "c-data"
    assert chart.as_json() == {
        "kind": "line",
        "labels": ["1", "2"],
        "series": [
            {"name": "A", "style": "actual", "values": [78.19, None], "low": [], "high": []},
            {"name": "B", "style": "plan", "values": [1.0], "low": [], "high": []},
        ],
        "unit": "%",
        "minimum": None,
        "maximum": 100.0,
        "target": {"value": 90.0, "label": "Target"},
        "heat": False,
        "urls": [],
    }
    assert chart.rows() == [("1", [Decimal("78.19"), 1]), ("2", [None, None])]


def test_the_list_of_a_map_is_in_the_order_of_codes():
    areas = {"features": [{"properties": {"code": "02"}}, {"properties": {"code": "01"}}]}
    view = MapView("m", "Map", areas, {"features": []})
    assert [area["code"] for area in view.rows()] == ["01", "02"]
    assert view.as_json() == {"areas": areas, "borders": {"features": []}}
    assert view.data_id == "m-data"


@pytest.mark.parametrize(
    ("change", "more_is_good", "series", "expected"),
    [
        ("1.0", True, [1, None, 3], (True, False)),
        ("-1.0", True, [1, 4, 3], (False, False)),  # down since yesterday, up over the days shown
        ("-1.0", True, [4, 3], (False, True)),
        ("-1.0", False, [4, 3], (True, False)),
        ("0", True, [4], (None, False)),
    ],
)
def test_a_tile_judges_the_change_of_a_day_and_the_course_of_days_apart(
    change: str, more_is_good: bool, series: list[int | None], expected: tuple[bool | None, bool]
) -> None:
    tile = Tile("x", 1, change=Decimal(change), more_is_good=more_is_good, series=series)
    assert (tile.change_is_good, tile.course_is_bad) == expected
