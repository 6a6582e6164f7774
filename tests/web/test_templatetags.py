"""Figures, days and small drawings as they are written into pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from dongche.web import icons
from dongche.web.templatetags import web


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("78.19"), "78.19%"),
        ("130.955", "130.96%"),
        (0, "0.00%"),
        (Decimal("1234.5"), "1,234.50%"),
        (-3, "−3.00%"),
    ],
)
def test_percent_has_two_places(value, shown):
    assert web.percent(value) == shown


@pytest.mark.parametrize("value", [None, "", "abc", float("nan"), float("inf")])
def test_percent_without_a_figure_is_a_dash_with_its_reason(value):
    with translation.override("en"):
        shown = web.percent(value, "no_reports")
    assert shown == (
        '<span class="dc-none" title="No report has come in yet"><span aria-hidden="true">—</span>'
        '<span class="visually-hidden">No report has come in yet</span></span>'
    )


def test_a_reason_is_escaped():
    assert "<b>" not in web.percent(None, "<b>")


def test_numbers_are_grouped_and_signed():
    assert [web.number(1234567), web.number("2.345", 2), web.number(0)] == ["1,234,567", "2.35", "0"]
    assert [web.signed("1.6"), web.signed(-2, 0), web.signed(0)] == ["+1.60", "−2", "+0.00"]
    assert web.yuan(53_000_000) == "530,000.00"
    assert web.ratio(Decimal("0.8856")) == "88.56%"


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (None, "none"),
        (0, 0),
        ("54.99", 0),
        (55, 1),
        (65, 2),
        (75, 3),
        (85, 4),
        ("91.99", 4),
        (92, 5),
        (131, 5),
    ],
)
def test_heat_has_the_steps_of_the_legend(value, step):
    assert web.heat(value) == f"heat-{step}"


def test_days_follow_the_language():
    on = date(2020, 3, 20)
    with translation.override("en"):
        assert [web.day(on), web.day(on, "long"), web.day(on, "short"), web.day(on, "iso")] == [
            "20 March",
            "Friday 20 March 2020",
            "20 Mar",
            "2020-03-20",
        ]
        assert web.weekday(on) == "Friday"
    assert web.day(None) == web.weekday(None) == web.moment(None) == web.clock(None) == ""


def test_moments_are_shown_in_beijing():
    late = datetime(2020, 3, 20, 17, 5, tzinfo=UTC)
    with translation.override("en"):
        assert web.moment(late) == "21 March 01:05"
        assert web.moment(late, "long") == "21 March 2020 01:05"
        assert web.day(late) == "21 March"
    assert web.clock(late) == "01:05"


def test_a_sparkline_breaks_at_gaps():
    drawn = web.sparkline([1, 2, None, 3, 4], label="<x>")
    assert drawn.count("M") - 1 == 4  # two strokes, each as a line and as an area; the last M is the dot
    assert "&lt;x&gt;" in drawn


@pytest.mark.parametrize("values", [[], [1], [None, None], [None, 5]])
def test_too_few_figures_draw_no_sparkline(values):
    assert web.sparkline(values) == ""


def test_a_level_sparkline_stays_on_the_sheet():
    assert "M5.0 39.0L127.0 39.0" in web.sparkline([7, 7])


def test_icons_are_drawn_and_may_speak():
    assert 'aria-hidden="true"' in web.icon("upload")
    assert 'role="img" aria-label="Upload"' in web.icon("upload", "Upload")
    assert all(shape.startswith("<") and "style" not in shape for shape in icons.ICONS.values())


def test_a_card_escapes_its_title_and_keeps_its_content():
    page = Template(
        '{% load web %}{% card title=title sub="s" url="/a/" id="x" %}<p>{{ text }}</p>{% endcard %}'
    )
    shown = page.render(Context({"title": "A & B", "text": "1 < 2"}))
    assert shown == (
        '<section class="card" id="x"><div class="card-header"><h2 class="card-title"><a href="/a/">A &amp; B</a></h2>'
        '<div class="sub">s</div></div><div class="card-body"><p>1 &lt; 2</p></div></section>'
    )


def test_headings_sort_one_way_and_then_the_other():
    assert [web.sort_state("name", sort) for sort in ("name", "-name", "staff", "")] == [
        "ascending",
        "descending",
        "none",
        "none",
    ]
    assert [web.sort_link("name", sort) for sort in ("", "name", "-name")] == ["name", "-name", "name"]
