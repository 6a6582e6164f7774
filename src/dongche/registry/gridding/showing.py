"""What the pages of a division into grids show: figures, grids, map and places, ready for the template; its file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry import shape

from dongche.org.models import Post, Unit
from dongche.registry.gridding.case import posts_in
from dongche.registry.models import AssignmentProposal, PlaceDuty, ProposedGrid, ProposedPlace
from dongche.web.components import Mood, Tile
from dongche.web.periods import believed, in_force
from dongche.web.templatetags.web import number

State = AssignmentProposal.State
REASONS = {
    "kept": gettext_lazy("stays"),
    "first": gettext_lazy("stood in no grid"),
    "ended": gettext_lazy("its grid ends"),
    "outside": gettext_lazy("lies outside its present grid"),
    "relief": gettext_lazy("relieves a grid over the limit"),
    "even": gettext_lazy("evens out the load"),
    "border": gettext_lazy("so that grids are in one piece with short borders"),
    "chosen": gettext_lazy("chosen by hand"),
    "follows": gettext_lazy("has no position and follows its grid"),
    "lost": gettext_lazy("has neither a position nor a grid"),
}


@dataclass(frozen=True)
class GridRow:
    """A grid of the plan, with those who would serve it from the first day on."""

    grid: ProposedGrid
    officers: tuple[str, ...]
    uncovered: int
    limit: int
    scale: int
    url: str

    @property
    def mood(self) -> Mood:
        return "warn" if self.grid.load > self.limit else "good"

    @property
    def is_vacant(self) -> bool:
        return not self.officers

    @property
    def compactness(self) -> Decimal:
        return Decimal(str(round(self.grid.compactness, 2)))


@dataclass(frozen=True)
class Ending:
    """A present grid that ends: what was served there, whose posts are held there, and where they would go."""

    name: str
    code: str
    places: int
    posts: tuple[Post, ...]
    unit: int
    to: str

    @property
    def officers(self) -> str:
        """The holders of posts there, once each."""
        return "、".join({post.officer_id: post.officer.name for post in self.posts}.values())


@dataclass(frozen=True)
class Row:
    line: ProposedPlace
    reason: str
    is_edited: bool


def tiles(proposal: AssignmentProposal, vacant: Sequence[GridRow]) -> list[Tile]:
    """This function will make the headline figures of a division."""
    summary = proposal.summary
    before = sum(each["before"] for each in summary["communities"])
    vacancies = _("%(count)s places without service") % {
        "count": number(sum(row.uncovered for row in vacant))
    }
    return [
        Tile(_("Grids"), summary["grids"], "", 0, note=_("before: %(count)s") % {"count": number(before)}),
        Tile(
            _("Largest load"),
            summary["largest"],
            "",
            0,
            note=_("before: %(count)s") % {"count": number(summary["largest_before"])},
        ),
        Tile(
            _("Change of grid"),
            summary["moves"],
            "",
            0,
            note=_("of %(count)s places") % {"count": number(summary["standing"])},
        ),
        Tile(_("Grids without a worker"), len(vacant), "", 0, note=vacancies if vacant else _("nobody is missing")),
    ]  # fmt: skip


def proof(summary: Mapping[str, Any]) -> tuple[Mood, str]:
    """This function will say how good a division is: what no other could undercut, and what edits have changed."""
    worst = max(summary["communities"], key=lambda each: each["largest"])
    given = {
        "largest": number(worst["largest"]),
        "bound": number(worst["bound"]),
        "metres": number(summary["border_metres"]),
    }
    if worst["largest"] <= worst["bound"]:
        text = _(
            "No other division has a smaller largest load: it is %(largest)s places. The borders between the grids are "
            "%(metres)s m long."
        )
        mood: Mood = "good"
    else:
        text = _(
            "The largest load is %(largest)s places; no division could come below %(bound)s. The borders between the "
            "grids are %(metres)s m long."
        )
        mood = "info"
    text = text % given
    best = summary["best"]
    if summary["edited"]:
        more = _(
            " By your changes the largest load is %(load)s against %(best)s as worked out, the borders %(metres)s m "
            "against %(best_metres)s m."
        )
        text += more % {
            "load": number(summary["largest"]),
            "best": number(best["largest"]),
            "metres": given["metres"],
            "best_metres": number(best["border_metres"]),
        }
        mood = "soon" if summary["largest"] > best["largest"] else mood
    return mood, text


def staffed(
    proposal: AssignmentProposal, grids: Sequence[ProposedGrid], on: date
) -> tuple[list[GridRow], list[Ending]]:
    """This function will say who serves which grid on a day, and what becomes of grids that end: two queries.

    Shape:  posts of grids that end go as it was decided, or else as it is suggested
    """
    summary, limit = proposal.summary, proposal.terms["places_per_grid"]
    decided = summary.get("posts", {})
    standing = {grid.number: grid.made_id or grid.unit_id for grid in grids}
    ending = [each["unit"] for each in summary["ending"]]
    held = posts_in([pk for pk in standing.values() if pk] + ending, on)
    serving: dict[int, list[str]] = defaultdict(list)
    for at, pk in standing.items():
        serving[at] += [post.officer.name for post in held.get(pk or 0, ()) if post.from_on <= on]
    names = {grid.number: grid.name for grid in grids}
    endings = []
    for each in summary["ending"]:
        to = decided.get(str(each["unit"]), each["to"])
        gone = held[each["unit"]]
        if to is not None:
            serving[to] += [post.officer.name for post in gone]
        endings.append(
            Ending(each["name"], each["code"], each["places"], tuple(gone), each["unit"], names.get(to, ""))
        )
    bare = _unnamed(proposal, on) if any(not serving[grid.number] for grid in grids) else {}
    scale = max([limit, *(max(grid.load, grid.load_before) for grid in grids)])
    rows = [
        GridRow(
            grid,
            tuple(serving[grid.number]),
            0 if serving[grid.number] else bare.get(grid.pk, 0),
            limit,
            scale,
            f"{reverse('registry:proposal', args=[proposal.code])}?grid={grid.number}#lines",
        )
        for grid in grids
    ]
    return rows, endings


def _unnamed(proposal: AssignmentProposal, on: date) -> dict[int, int]:
    """How many places of each grid nobody is named for on a day: those rest on the grid alone."""
    named = PlaceDuty.objects.filter(in_force(on), believed(), role=PlaceDuty.Role.SERVED_BY).values("entity")
    rows = proposal.places.filter(counts=True, grid__isnull=False).exclude(entity__in=named)
    return dict(rows.order_by().values_list("grid").annotate(count=Count("pk")))


def map_data(proposal: AssignmentProposal, grids: Sequence[ProposedGrid]) -> dict[str, Any]:
    """This function will give places as points and grids as areas, both before and after, each with the number of its
    grid. A present grid has the number of the one it goes on under; those that end come after all others."""
    numbers = {grid.unit_id: grid.number for grid in grids if grid.unit_id}
    ending = proposal.summary["ending"]
    numbers |= {each["unit"]: len(grids) + at for at, each in enumerate(ending)}
    of_grid = {grid.pk: grid.number for grid in grids}
    columns = ("entity__lon", "entity__lat", "entity__name", "before_id", "grid_id", "is_move", "pk")
    points = [
        {
            "type": "Feature",
            "properties": {
                "before": numbers.get(before, -1),
                "after": of_grid.get(grid, -1),
                "move": is_move,
                "name": name,
                "url": reverse("registry:proposal-place", args=[proposal.code, pk]),
            },
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for lon, lat, name, before, grid, is_move, pk in proposal.places.filter(
            entity__lon__isnull=False
        ).values_list(*columns)
    ]
    present = dict(Unit.objects.filter(pk__in=numbers).values_list("pk", "polygon"))
    present |= {grid.unit_id: grid.was["polygon"] for grid in grids if grid.unit_id and grid.was}
    is_one = len(proposal.summary["communities"]) == 1
    workers = [
        {
            "name": grid.name.removeprefix(grid.community.name).strip() if is_one else grid.name,
            "at": _inside(grid.polygon),
            "at_before": _inside(present.get(grid.unit_id or 0)),
            "before": grid.load_before,
            "after": grid.load,
        }
        for grid in grids
    ]
    workers += [
        {
            "name": each["name"],
            "at": None,
            "at_before": _inside(present.get(each["unit"])),
            "before": each["places"],
            "after": 0,
        }
        for each in ending
    ]
    return {
        "points": {"type": "FeatureCollection", "features": points},
        "areas": {
            "before": _areas((numbers[pk], polygon) for pk, polygon in present.items() if polygon),
            "after": _areas((grid.number, grid.polygon) for grid in grids),
        },
        "workers": workers,
    }


def _areas(drawn: Iterable[tuple[int, Any]]) -> dict[str, Any]:
    features = [
        {"type": "Feature", "properties": {"number": at}, "geometry": polygon}
        for at, polygon in sorted(drawn, key=lambda one: one[0])
    ]
    return {"type": "FeatureCollection", "features": features}


def _inside(polygon: Mapping[str, Any] | None) -> tuple[float, float] | None:
    if not polygon:
        return None
    point = shape(polygon).representative_point()
    return point.x, point.y


def row(line: ProposedPlace) -> Row:
    """This function will say a place in words."""
    return Row(line, str(REASONS.get(line.reason, line.reason)), line.reason == "chosen")


def headers() -> list[str]:
    """This function will give the headings of the file."""
    return [
        _("Number"), _("Place"), _("Grid so far"), _("Grid to come"), _("Code of the grid to come"), _("Moves"),
        _("Reason"),
    ]  # fmt: skip


def file_rows(lines: Iterable[ProposedPlace]) -> Iterator[list[Any]]:
    """This function will give the rows of the file."""
    for line in lines:
        yield [
            line.entity.number,
            line.entity.name,
            line.before.name if line.before else "",
            line.grid.name if line.grid else "",
            line.grid.code if line.grid else "",
            _("yes") if line.is_move else "",
            row(line).reason,
        ]
