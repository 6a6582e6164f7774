"""Every figure of the overview and of the brief opens a list, and the list is as long as the figure says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from dongche.analytics.figures import Figure
from dongche.org import actions
from dongche.reporting import brief, figures
from dongche.reporting.brief.model import FigureRef, Part
from dongche.reporting.brief.wording import parts
from tests.factories.registry import exclude, place, revise
from tests.factories.reporting import report
from tests.kept import Kept
from tests.town import BY, DAY, NOW, SETUP_AT, Town
from tests.town import build as build_town

CATEGORIES = ("street_shop", "construction_site", "supermarket", "electromechanical_market", "enterprise")


def _found() -> Town:
    """Seventy places of every line in every grid, one of them in no community, with every kind of report of two days."""
    town = build_town()
    grids = [town.grid_n1, town.grid_n2, town.grid_s1, town.grid_s2]
    for n in range(70):
        focus = "key_enterprise" if n % 10 == 4 else ""
        shop = place(grids[n % 4], CATEGORIES[n % 5], name=f"示例商铺{n:02d}号", focus=focus)
        if n % 9 == 8:
            exclude(shop)
        if n % 7 < 5:
            report(
                shop,
                ("open", "closed", "part")[n % 3],
                on=DAY - timedelta(days=1),
                known_at=NOW - timedelta(days=1),
            )
        if n % 6 == 5:
            continue
        state = ("open", "open", "part", "closed")[n % 4]
        report(
            shop,
            state,
            known_at=NOW - timedelta(hours=n % 4),
            staff_due=None if n % 11 == 3 else 10,
            staff_at_post=7,
            output_fen=None if n % 5 == 1 else 0 if state == "closed" or n % 13 == 1 else 1_234_567_00,
            output_normal_fen=None if n % 8 == 1 else 0 if n % 8 == 2 else 1_000_000_00,
            abnormal_temperature=None if n % 10 == 9 else n % 3,
            mask_days=None if n % 6 == 1 else n % 6,
            difficulties=["supplies", "staff"] if n % 5 == 0 else ["funds"] if n % 5 == 1 else [],
        )
    nowhere = place(town.grid_n1, name="无社区的店")
    nowhere.community = nowhere.grid = None
    nowhere.save()
    revise(nowhere, SETUP_AT)
    report(nowhere, staff_due=3, staff_at_post=2)
    return town


_build = Kept(_found)


@pytest.fixture
def town(db: None) -> Town:
    """The town with the street in it, founded once."""
    return _build()


@pytest.fixture
def street(town: Town) -> Town:
    return town


def length(client: Client, url: str) -> int:
    """How many places a list has, all pages of it, as it says itself; and its rows are there."""
    page = client.get(url)
    assert page.status_code == 200, url
    total = page.context["pager"].total
    assert page.context["rows"] or not total
    assert page.context["form"].places().count() == total, url
    return int(total)


def test_every_cell_of_the_matrix_opens_as_many_places_as_it_counts(at_desk: Client, street: Town) -> None:
    overview = at_desk.get(reverse("desk:overview")).context["overview"]
    measured = figures.heat(street.duty, DAY)
    expected = {tuple(sorted(one.scope.items())): one for one in measured}
    cells = [cell for row in overview.matrix.rows for cell in (*row.cells, row.total)] + list(
        overview.matrix.totals
    )
    opened = [cell for cell in cells if cell.url]
    assert len(opened) == 5 * 2 + 5 + 3
    for cell in opened:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(cell.url).query).items()}
        assert asked.pop("state", "") == "expected"
        figure = expected[tuple(sorted(asked.items()))]
        assert length(at_desk, cell.url) == figure.denominator, cell.label
        resumed = cell.url.replace("state=expected", "state=resumed")
        assert length(at_desk, resumed) == figure.numerator, cell.label
    for column in overview.matrix.columns:
        assert f"{length(at_desk, column.url)} " in column.note
    for row in overview.matrix.rows:
        assert length(at_desk, row.url) == length(at_desk, row.total.url)


def test_every_tile_and_every_grid_of_the_overview_opens_its_places(at_desk: Client, street: Town) -> None:
    overview = at_desk.get(reverse("desk:overview")).context["overview"]
    found = {one.metric: one for one in figures.measure(street.duty, days=(DAY,))}
    resumption, capacity, reporting, staff = (length(at_desk, tile.url) for tile in overview.tiles)
    assert resumption == found["resumption_rate"].numerator
    assert reporting == found["reporting_rate"].denominator - found["reporting_rate"].numerator
    assert staff == round(found["return_to_post_rate"].coverage * found["reporting_rate"].denominator)
    assert capacity == sum(
        1 for one in given(at_desk) if one.output_fen is not None and one.output_normal_fen
    )
    assert length(at_desk, overview.waiting_url) == overview.waiting_count == reporting
    grids = {one.scope["grid"]: one for one in figures.by_grid(street.duty, DAY)}
    for area in overview.map.rows():
        assert length(at_desk, area["url"]) == grids[area["code"]].denominator


def given(client: Client) -> list[Any]:
    page = client.get(f"{reverse('desk:places')}?state=expected")
    rows = list(page.context["rows"])
    while page.context["pager"].next:
        page = client.get(f"{reverse('desk:places')}?state=expected&after={page.context['pager'].next}")
        rows += page.context["rows"]
    return [row.report for row in rows if row.report]


COUNTED = {
    "resumption_rate", "production_rate", "reporting_rate", "reporting_rate_on_time", "newly_resumed", "stopped", "silent",
    "ever_resumed", "masks_told", "masks_short", "temperature_told", "difficulty_any", "difficulty", "without_duty", "gap",
}  # fmt: skip


def length_of(ref: FigureRef) -> int | None:
    """How long the list behind a figure must be, by the figure itself; None where it counts no places."""
    figure: Figure = ref.figure
    if ref.part == Part.EXCLUDED:
        return figure.excluded
    if figure.metric not in COUNTED or ref.part == Part.COVERAGE:
        return None
    if ref.part == Part.DENOMINATOR:
        return figure.denominator
    if ref.part == Part.REST:
        return figure.denominator - figure.numerator
    return figure.numerator


def test_every_figure_of_the_brief_opens_as_many_places_as_it_counts(at_desk: Client, street: Town) -> None:
    actions.end_post(post=street.n1.posts.get(), until_on=DAY, by=BY, at=NOW)
    actions.end_sponsorship(sponsorship=street.leader2.sponsorships.get(), until_on=DAY, by=BY, at=NOW)
    compared, lengths = set(), {}
    for ref in brief.build(street.duty, DAY).figures():
        url = f"{reverse('desk:places')}?{ref.query}"
        if url not in lengths:
            lengths[url] = length(at_desk, url)
        wanted = length_of(ref)
        if wanted is not None:
            assert lengths[url] == wanted, (ref.title, ref.part, ref.query)
            compared.add(ref.figure.metric)
    assert compared == COUNTED | {"capacity_recovery_rate"}  # places it leaves out


def test_every_figure_of_the_brief_says_its_parts_and_when_it_was_known(
    at_desk: Client, street: Town
) -> None:
    made = brief.build(street.duty, DAY)
    for ref in made.figures():
        if ref.figure.numerator is not None:
            assert parts(ref.figure) in ref.title
        assert "18:00" in ref.title
