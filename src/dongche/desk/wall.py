"""What a screen on a wall shows: figures only, each hidden where it rests on so few that it could point at somebody.

Nothing here names a place or a person. A rate that would tell of fewer than five places is not sent; of ten places and
more the step it lies in is, which says of nobody whether they work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from math import cos, radians
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext

from dongche.analytics import disclosure
from dongche.analytics.disclosure import publishable_count
from dongche.analytics.figures import NO_ENTITIES, Figure
from dongche.desk import maps
from dongche.desk.areas import Areas
from dongche.desk.links import short
from dongche.desk.measured import HEADLINES, Now, definition_of, keyed
from dongche.desk.overview import ACROSS, SPARK_DAYS, WITHIN, curve
from dongche.org.audit import System
from dongche.org.models import Unit, UnitKind
from dongche.org.queries import Units
from dongche.registry.models import Category
from dongche.registry.queries import Places
from dongche.reporting import figures
from dongche.reporting import queries as reporting
from dongche.reporting.brief.issuer import full_name
from dongche.web import campaign
from dongche.web.components import Chart, MapView, Series
from dongche.web.languages import in_language
from dongche.web.templatetags.web import HEAT_STEPS

ACTOR: Final = System("wall")
METRICS: Final = (*HEADLINES, "reporting_rate_on_time")
MOST_ROWS: Final = 9
MOST_COLUMNS: Final = 10
FIRST_HOUR, MOST_HOURS = 7, 8
LEAST_IN_STEP: Final = 10
WIDTH: Final = 1000  # of the map's own units


@dataclass(frozen=True)
class Headline:
    """A figure written large: `value` None is hidden or unknown."""

    name: str
    value: Decimal | None
    numerator: int | None
    denominator: int | None
    series: Sequence[Decimal | None]


@dataclass(frozen=True)
class Area:
    """An area of the map: its outline as an SVG path, and the step of its colour."""

    path: str
    heat: Decimal | None


@dataclass(frozen=True)
class Border:
    """A heavier outline with its name in the middle."""

    path: str
    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Map:
    width: float
    height: float
    areas: Sequence[Area]
    borders: Sequence[Border]


@dataclass(frozen=True)
class Rate:
    """A cell of the grid: what is written into it, and the step of its colour."""

    text: str
    heat: Decimal | None


@dataclass(frozen=True)
class Grid:
    """Rows of a name, their cells and the cell of the whole row."""

    corner: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Rate], Rate]]


@dataclass(frozen=True)
class Missing:
    """A part of the ground whose reports are missing; `count` None is more than none and fewer than five."""

    name: str
    count: int | None
    share: Decimal


@dataclass(frozen=True)
class Wall:
    title: str
    on: date
    day_number: int
    is_district: bool
    resumption: Headline
    target: Decimal | None
    to_target: int | None
    others: Sequence[Headline]
    curve: Chart
    ranks: Chart
    map: Map | None
    grid: Grid
    counts: Sequence[tuple[str, int | None, str]]
    missing: Sequence[Missing]
    hours: Chart


def areas_of(unit: Unit, on: date) -> Areas:
    """The sub-districts that a unit's screen speaks of: its own, or those in service below a superior level."""
    served = Units.unscoped(reason="a screen shows the figures of its unit").in_service().in_force(on)
    if unit.kind == UnitKind.HEADQUARTERS:
        served = served.filter(pk__in=[unit.subdistrict_id])
    else:
        served = served.filter(**{f"{unit.kind}_id": unit.pk})
    return Areas(list(served.defer("polygon").order_by("code")))


def build(unit: Unit, on: date) -> Wall:
    """This function will compute what the screen of a unit shows of a day; a fixed number of queries."""
    areas = areas_of(unit, on)
    where = {"subdistrict": [served.code for served in areas.served]}
    dimension = "subdistrict" if areas.are_compared else "community"
    by = ACROSS if areas.are_compared else WITHIN
    first = campaign.current().campaign.from_on
    days = [first + timedelta(days=n) for n in range((on - first).days + 1)] or [on]
    now, rough = map(keyed, as_shown(figures.measure(ACTOR, days=(on,), by=by, metrics=METRICS, where=where)))
    daily, _rough = as_shown(figures.measure(ACTOR, days=days, metrics=METRICS, where=where))
    lines: dict[str, list[Figure]] = {metric: [] for metric in METRICS}
    for figure in sorted(daily, key=lambda one: one.on):
        lines[figure.metric].append(figure)
    units = list(_units(areas, on))
    places = Places.unscoped(reason="counted by hour, for a screen of these sub-districts").filter(
        subdistrict__in=[served.pk for served in areas.served]
    )
    parts = [each for each in units if each.kind == dimension]
    target = campaign.current().targets.get("resumption_rate")
    resumption = _headline(lines["resumption_rate"])
    drawn = maps.of_communities if areas.are_compared else maps.of_grids
    return Wall(
        title=_title(unit, units),
        on=on,
        day_number=(on - first).days + 1,
        is_district=areas.are_compared,
        resumption=resumption,
        target=target,
        to_target=_to_target(resumption, target),
        others=[_headline(lines[metric]) for metric in HEADLINES[1:3]],
        curve=curve(lines["resumption_rate"]),
        ranks=_ranks(now, parts, dimension),
        map=_map(drawn(rough, units, {}, 0)),
        grid=_grid(now, rough, units, is_district=areas.are_compared),
        counts=_counts(now),
        missing=_missing(now, parts, dimension),
        hours=_hours(places, on, now),
    )


def as_shown(found: Sequence[Figure]) -> tuple[list[Figure], list[Figure]]:
    """Figures as they may be published, and those that may be published as a step: of ten places and more."""
    rough = [figure for figure in found if (figure.denominator or 0) >= LEAST_IN_STEP]
    return disclosure.publishable(found, figures.definitions()), rough


def _units(areas: Areas, on: date) -> list[Unit]:
    """The sub-districts and all that belongs to them, in the order of their codes."""
    ids = [served.pk for served in areas.served]
    every = Units.unscoped(reason="outlines and names for a screen of these sub-districts").in_force(on)
    return list(every.filter(Q(subdistrict__in=ids) | Q(pk__in=ids)).order_by("code"))


def _title(unit: Unit, units: Sequence[Unit]) -> str:
    named = (full_name(each) for each in units if each.pk == unit.pk)
    return next(named, full_name(unit))


def _headline(line: Sequence[Figure]) -> Headline:
    last = line[-1]
    return Headline(
        name=in_language(definition_of(last).names),
        value=last.value,
        numerator=last.numerator,
        denominator=last.denominator,
        series=[figure.value for figure in line[-SPARK_DAYS:]],
    )


def _to_target(resumption: Headline, target: Decimal | None) -> int | None:
    """How many places more must have resumed; 0 when the target is reached, None when it cannot be said."""
    if target is None or resumption.numerator is None or resumption.denominator is None:
        return None
    wanted = (target * resumption.denominator / 100).to_integral_value(ROUND_CEILING)
    return max(0, int(wanted) - resumption.numerator)


def _ranks(now: Now, parts: Sequence[Unit], dimension: str) -> Chart:
    """The parts of the ground, the highest rate first; what is hidden is left out."""
    found = [(now.of("resumption_rate", **{dimension: unit.code}), short(unit.name)) for unit in parts]
    known = [(figure.value, name) for figure, name in found if figure and figure.value is not None]
    known.sort(key=lambda one: (-one[0], one[1]))
    return Chart(
        id="ranks",
        label=gettext("Resumption rate by part of the ground"),
        kind="bars",
        labels=[name for _value, name in known[:MOST_ROWS]],
        series=[Series(gettext("Resumption rate"), [value for value, _name in known[:MOST_ROWS]])],
        minimum=0,
        maximum=100,
        heat=True,
    )


def _grid(exact: Now, rough: Now, units: Sequence[Unit], *, is_district: bool) -> Grid:
    """Lines across communities, or categories across sub-districts; what has no places is left out."""
    if is_district:
        down, across = "category", "subdistrict"
        rows = [(str(code), str(word)) for code, word in Category.choices]
    else:
        down, across = "line", "community"
        rows = [(unit.code, unit.name) for unit in units if unit.kind == UnitKind.DEPARTMENT]
    columns = [(unit.code, short(unit.name)) for unit in units if unit.kind == across]
    columns = [one for one in columns if _is_known(exact.of("resumption_rate", **{across: one[0]}))]
    return Grid(
        corner=gettext("Category") if is_district else gettext("Line"),
        columns=[name for _code, name in columns[:MOST_COLUMNS]],
        rows=[
            (
                name,
                [
                    cell_of(exact, rough, **{down: code, across: column})
                    for column, _name in columns[:MOST_COLUMNS]
                ],
                cell_of(exact, rough, **{down: code}),
            )
            for code, name in rows
            if _is_known(exact.of("resumption_rate", **{down: code}))
        ],
    )


def _is_known(figure: Figure | None) -> bool:
    return figure is not None and figure.reason != NO_ENTITIES


def cell_of(exact: Now, rough: Now, **scope: str) -> Rate:
    """The rate where it may be published; else the step it lies in, where that points at nobody; else nothing."""
    figure, stepped = exact.of("resumption_rate", **scope), rough.of("resumption_rate", **scope)
    if figure is not None and figure.value is not None:
        return Rate(f"{figure.value:.0f}", figure.value)
    if stepped is None or stepped.value is None:
        return Rate("" if not _is_known(figure) else "·", None)
    above = [step for step in HEAT_STEPS if stepped.value >= step]
    below = [step for step in HEAT_STEPS if stepped.value < step]
    text = f"{above[-1]}–{below[0]}" if above and below else f"≥{above[-1]}" if above else f"<{below[0]}"
    return Rate(text, stepped.value)


def _counts(now: Now) -> list[tuple[str, int | None, str]]:
    """Of the reports of the day, with the mood of each count; None is more than none and fewer than five."""
    reported, in_time = now.whole("reporting_rate"), now.whole("reporting_rate_on_time")
    expected, received = reported.denominator, reported.numerator
    timely = in_time.numerator

    def difference(more: int | None, less: int | None) -> int | None:
        return None if more is None or less is None else publishable_count(more - less)

    return [
        (gettext("Expected"), expected, ""),
        (gettext("Reported"), received, "good"),
        (gettext("Late"), difference(received, timely), "soon"),
        (gettext("Missing"), difference(expected, received), "warn"),
    ]


def _missing(now: Now, parts: Sequence[Unit], dimension: str) -> list[Missing]:
    """Where reports are missing, the most first."""
    found = []
    for unit in parts:
        figure = now.of("reporting_rate", **{dimension: unit.code})
        if figure is None or figure.reason == NO_ENTITIES:
            continue
        hidden = figure.denominator is None or figure.numerator is None
        count = None if hidden else (figure.denominator or 0) - (figure.numerator or 0)
        if count != 0:
            found.append((count, short(unit.name)))
    found.sort(key=lambda one: (-(one[0] or 0), one[1]))
    most = max((count or 0 for count, _name in found), default=0) or 1
    return [Missing(name, count, Decimal(100 * (count or 0)) / most) for count, name in found[:MOST_ROWS]]


def _hours(places: Places, on: date, now: Now) -> Chart:
    """How many reports had come by the end of each hour of the day."""
    received = reporting.received_by_hour(places, on)
    last = max(received, default=0)
    hours = range(min(min(received, default=0), FIRST_HOUR), last + 1)
    step = 1 if len(hours) <= MOST_HOURS else 2
    shown = [hour for hour in hours if (last - hour) % step == 0]
    sums = [publishable_count(sum(count for at, count in received.items() if at <= hour)) for hour in shown]
    expected = now.whole("reporting_rate").denominator
    return Chart(
        id="hours",
        label=gettext("Reports received by the hour"),
        kind="columns",
        labels=[gettext("%(hour)s:00") % {"hour": hour + 1} for hour in shown],
        series=[Series(gettext("Reported"), sums)],
        unit="",
        minimum=0,
        maximum=expected,
        target=expected,
        target_label=gettext("Expected"),
    )


def _map(view: MapView) -> Map | None:
    """The map as drawn by the server: the same picture on a television without WebGL, or without JavaScript."""
    features = view.areas["features"]
    if not features:
        return None
    points = [point for feature in features for ring in _rings(feature["geometry"]) for point in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    shrink = cos(radians((south + north) / 2))  # a degree of longitude is shorter than one of latitude
    scale = WIDTH / max((east - west) * shrink, (north - south) / 2, 1e-9)

    def spot(x: float, y: float) -> tuple[float, float]:
        return round((x - west) * shrink * scale, 1), round((north - y) * scale, 1)

    def path(geometry: Mapping[str, Any]) -> str:
        return "".join(
            "M" + "L".join("{} {}".format(*spot(x, y)) for x, y in ring) + "z" for ring in _rings(geometry)
        )

    areas = [Area(path(feature["geometry"]), feature["properties"]["value"]) for feature in features]
    borders = [
        Border(
            path(feature["geometry"]),
            feature["properties"]["name"],
            *spot(feature["properties"]["x"], feature["properties"]["y"]),
        )
        for feature in view.borders["features"]
    ]
    width, height = spot(east, south)
    return Map(width, height, areas, borders)


def _rings(geometry: Mapping[str, Any]) -> list[list[tuple[float, float]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [[(point[0], point[1]) for point in ring] for polygon in polygons for ring in polygon]
