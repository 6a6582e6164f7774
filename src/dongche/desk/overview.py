"""The overview: the figures of a day, where they come from, and the list behind each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from shapely import unary_union
from shapely.geometry import mapping, shape

from dongche.analytics.definitions import Definition
from dongche.analytics.figures import Figure
from dongche.org.models import Officer, Unit, UnitKind
from dongche.org.queries import Units, duties_on
from dongche.registry.queries import Places, cells_of
from dongche.reporting import figures
from dongche.reporting import queries as reporting
from dongche.reporting.brief.context import LISTS
from dongche.reporting.brief.issuer import full_name
from dongche.reporting.brief.model import Part
from dongche.reporting.brief.wording import LARGE_FEN, WAN_FEN, is_chinese
from dongche.web import campaign
from dongche.web.components import (
    Cell,
    Chart,
    Explained,
    MapView,
    Matrix,
    MatrixColumn,
    MatrixRow,
    Series,
    Tile,
)
from dongche.web.languages import in_language
from dongche.web.templatetags.web import day as day_in_words
from dongche.web.templatetags.web import number, percent

SPARK_DAYS = 14
HEADLINES = ("resumption_rate", "capacity_recovery_rate", "reporting_rate", "return_to_post_rate")
# The list behind a headline figure, by state and by what the report says; whom to ask is more use than who reported.
ROWS = {metric: LISTS[metric, Part.VALUE] for metric in HEADLINES} | {"reporting_rate": ("not_reported", "")}
WAITING = 8

Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Waiting:
    """A place that has not reported, and who asks it."""

    number: str
    name: str
    url: str
    community: str
    officer: str


@dataclass(frozen=True)
class Overview:
    title: str
    on: date
    day_number: int
    places: int
    tiles: Sequence[Tile]
    matrix: Matrix
    curve: Chart
    map: MapView
    waiting: Sequence[Waiting]
    waiting_count: int
    waiting_url: str


def list_url(**filters: Any) -> str:
    kept = {name: value for name, value in filters.items() if value}
    return f"{reverse('desk:places')}?{urlencode(kept)}" if kept else reverse("desk:places")


def build(officer: Officer, on: date, today: date) -> Overview:
    """Everything the overview shows of a day to this officer.

    Shape: figures of the day by line, community, their cross and grid; the headline figures of every day so far.
    """
    shown_on = "" if on == today else on.isoformat()
    first = campaign.current().campaign.from_on
    days = [first + timedelta(days=n) for n in range((on - first).days + 1)] or [on]
    now = _keyed(
        figures.measure(
            officer,
            days=(on,),
            by=((), ("line",), ("community",), ("line", "community"), ("grid",)),
            metrics=("resumption_rate", "reporting_rate"),
        )
    )
    series: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures.measure(officer, days=days, metrics=HEADLINES):
        series[figure.metric].append(figure)
    for line in series.values():
        line.sort(key=lambda figure: figure.on)

    units = list(Units.visible_to(officer).of_service().in_force(on).order_by("code"))
    total = now.get(("resumption_rate", ()))
    waiting = reporting.not_reported(Places.visible_to(officer).within_units(officer), on)
    expected = (total.denominator if total else 0) or 0
    reporting_now = now.get(("reporting_rate", ()))
    missing = expected - ((reporting_now.numerator if reporting_now else 0) or 0)
    return Overview(
        title=next(
            (full_name(unit) for unit in units if unit.kind == UnitKind.HEADQUARTERS), gettext("Overview")
        ),
        on=on,
        day_number=(on - first).days + 1,
        places=expected,
        tiles=[_tile(metric, series.get(metric, []), shown_on) for metric in HEADLINES],
        matrix=_matrix(now, units, shown_on),
        curve=_curve(series.get("resumption_rate", [])),
        map=_map(now, units, shown_on, expected),
        waiting=_waiting(waiting, on),
        waiting_count=missing,
        waiting_url=list_url(state="not_reported", on=shown_on),
    )


def _keyed(found: Sequence[Figure]) -> Mapping[Key, Figure]:
    return {(figure.metric, tuple(sorted(figure.scope.items()))): figure for figure in found}


def definition_of(figure: Figure) -> Definition:
    return next(d for d in figures.definitions().on(figure.on) if d.metric == figure.metric)


def explained(figure: Figure, url: str = "") -> Explained:
    definition = definition_of(figure)
    return Explained(
        name=in_language(definition.names),
        meaning=in_language(definition.formulas),
        definition=figure.definition,
        on=figure.on,
        as_known=figure.as_known,
        numerator=_people_unit(figure, figure.numerator),
        denominator=_people_unit(figure, figure.denominator),
        coverage=figure.coverage,
        excluded=figure.excluded or 0,
        url=url,
    )


def _people_unit(figure: Figure, value: int | None) -> Decimal | int | None:
    """Money is kept in fen and shown in yuan."""
    if value is None or figure.metric != "capacity_recovery_rate":
        return value
    return Decimal(value) / 100


def _tile(metric: str, line: Sequence[Figure], shown_on: str) -> Tile:
    if not line:
        return Tile(label=metric, value=None, reason="no_entities")
    last = line[-1]
    before = line[-2].value if len(line) > 1 else None
    change = last.value - before if last.value is not None and before is not None else None
    state, said = ROWS[metric]
    url = list_url(state=state, said=said, on=shown_on)
    return Tile(
        label=in_language(definition_of(last).names),
        value=last.value,
        reason=last.reason,
        change=change,
        note=_note(last),
        series=[figure.value for figure in line[-SPARK_DAYS:]],
        url=url,
        explained=explained(last, url),
    )


def _note(figure: Figure) -> str:
    parts = {
        "numerator": number(_people_unit(figure, figure.numerator)),
        "denominator": number(_people_unit(figure, figure.denominator)),
    }
    if figure.metric == "resumption_rate":
        return gettext("%(numerator)s of %(denominator)s places") % parts
    if figure.metric == "reporting_rate":
        missing = (figure.denominator or 0) - (figure.numerator or 0)
        return ngettext(
            "%(missing)s place has not reported", "%(missing)s places have not reported", missing
        ) % {"missing": number(missing)}
    if figure.metric == "return_to_post_rate":
        return gettext("%(numerator)s of %(denominator)s staff") % parts
    if (figure.denominator or 0) < LARGE_FEN:
        return gettext("%(numerator)s of %(denominator)s yuan") % parts
    return gettext("%(numerator)s of %(denominator)s million yuan") % {
        "numerator": _large(figure.numerator or 0),
        "denominator": _large(figure.denominator or 0),
    }


def _large(fen: int) -> str:
    """A large amount in the unit people count it in: 万元 in Chinese, millions of yuan in English."""
    return number(fen // WAN_FEN) if is_chinese() else number(Decimal(fen) / WAN_FEN / 100, 2)


def _matrix(now: Mapping[Key, Figure], units: Sequence[Unit], shown_on: str) -> Matrix:
    def cell(label: str, **scope: str) -> Cell:
        figure = now.get(("resumption_rate", tuple(sorted(scope.items()))))
        return Cell(
            figure.value if figure else None,
            list_url(state="expected", on=shown_on, **scope) if figure else "",
            label,
            figure.reason if figure else "no_entities",
        )

    def count(**scope: str) -> int:
        figure = now.get(("resumption_rate", tuple(sorted(scope.items()))))
        return (figure.denominator if figure else 0) or 0

    communities = [unit for unit in units if unit.kind == UnitKind.COMMUNITY and count(community=unit.code)]
    lines = [unit for unit in units if unit.kind == UnitKind.DEPARTMENT and count(line=unit.code)]
    return Matrix(
        caption=gettext("Resumption rate of each line in each community"),
        corner=gettext("Line"),
        scale=gettext("Resumption rate"),
        columns=[
            MatrixColumn(
                short(community.name),
                gettext("%(count)s places") % {"count": number(count(community=community.code))},
                list_url(state="expected", community=community.code, on=shown_on),
            )
            for community in communities
        ],
        rows=[
            MatrixRow(
                line.name,
                [cell(f"{line.name} × {c.name}", line=line.code, community=c.code) for c in communities],
                cell(line.name, line=line.code),
                list_url(state="expected", line=line.code, on=shown_on),
            )
            for line in lines
        ],
        total_label=gettext("Total"),
        totals=[cell(c.name, community=c.code) for c in communities] + [cell(gettext("Total"))],
    )


def short(name: str) -> str:
    """A community's name without the word for community, where columns are narrow."""
    return name.removesuffix("居委会").removesuffix("社区") or name


def _curve(line: Sequence[Figure]) -> Chart:
    target = campaign.current().targets.get("resumption_rate")
    return Chart(
        id="curve",
        label=gettext("Resumption rate by day"),
        kind="line",
        labels=[day_in_words(figure.on, "short") for figure in line],
        series=[Series(gettext("Actual"), [figure.value for figure in line])],
        minimum=0,
        maximum=100,
        target=target,
        target_label="" if target is None else gettext("Target %(target)s%%") % {"target": number(target)},
    )


def _map(now: Mapping[Key, Figure], units: Sequence[Unit], shown_on: str, places: int) -> MapView:
    names = {unit.pk: unit.name for unit in units}
    areas, rings = [], defaultdict(list)
    for unit in units:
        if unit.kind != UnitKind.GRID or not unit.polygon:
            continue
        figure = now.get(("resumption_rate", (("grid", unit.code),)))
        value = figure.value if figure else None
        label = gettext("%(grid)s: %(rate)s, %(count)s places") % {
            "grid": unit.name,
            "rate": percent(value, figure.reason if figure else "no_entities") if value is not None else "—",
            "count": number((figure.denominator if figure else 0) or 0),
        }
        properties = {
            "code": unit.code,
            "name": unit.name,
            "label": label,
            "value": None if value is None else float(value),
            "url": list_url(state="expected", grid=unit.code, on=shown_on),
        }
        areas.append({"type": "Feature", "id": unit.pk, "properties": properties, "geometry": unit.polygon})
        rings[unit.community_id].append(unit.polygon)
    borders = []
    for unit in units:
        if unit.kind != UnitKind.COMMUNITY or unit.pk not in rings:
            continue
        border, x, y = outline(rings[unit.pk], unit.polygon)
        borders.append(
            {
                "type": "Feature",
                "properties": {"name": short(names[unit.pk]), "x": x, "y": y},
                "geometry": border,
            }
        )
    return MapView(
        id="map",
        label=gettext("Map of grids coloured by resumption rate"),
        areas={"type": "FeatureCollection", "features": areas},
        borders={"type": "FeatureCollection", "features": borders},
        hint=gettext("%(communities)s communities, %(grids)s grids, %(places)s places")
        % {"communities": number(len(borders)), "grids": number(len(areas)), "places": number(places)},
    )


def outline(
    polygons: Sequence[dict[str, Any]], known: dict[str, Any] | None
) -> tuple[dict[str, Any], float, float]:
    """The outline of a community, its own or the union of its grids, and a point inside it for the name."""
    area = shape(known) if known else unary_union([shape(polygon).buffer(1e-7) for polygon in polygons])
    inside = area.representative_point() if not area.contains(area.centroid) else area.centroid
    return mapping(area.simplify(1e-6)), round(inside.x, 6), round(inside.y, 6)


def _waiting(places: Places, on: date) -> list[Waiting]:
    duties = duties_on(on)
    found = []
    waiting = list(places.order_by("number")[:WAITING])
    cells = cells_of([place.pk for place in waiting], on)
    for place in waiting:
        served_by = duties.resolve(cells[place.pk])[0]
        community = duties.units.get(place.community_id or 0)
        found.append(
            Waiting(
                place.number,
                place.name,
                reverse("desk:place", args=[place.number]),
                short(community.name) if community else "—",
                served_by.officer.name if served_by.officer else "—",
            )
        )
    return found
