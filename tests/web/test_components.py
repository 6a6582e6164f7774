"""What charts and maps are given: JSON numbers, and the same values as a table."""

from __future__ import annotations

from decimal import Decimal

from dongche.web.components import Chart, MapView, Series


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
