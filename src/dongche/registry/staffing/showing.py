"""What the pages of a proposal show: its head, loads, map and lines, ready for the template; and its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dongche.kit.decimals import ratio
from dongche.org.models import Officer, Unit, UnitKind
from dongche.registry.models import AssignmentProposal, ProposedDuty
from dongche.solvers.plans import Alternative
from dongche.web.components import Mood, Tile
from dongche.web.templatetags.web import number

State = AssignmentProposal.State
MOODS: dict[str, Mood] = {
    State.COMPUTING: "info", State.READY: "soon", State.DECIDED: "info", State.ADOPTED: "good", State.FAILED: "warn",
    State.WITHDRAWN: "none", State.UNDONE: "none",
}  # fmt: skip
REASONS = {
    "kept": gettext_lazy("stays"),
    "absent": gettext_lazy("its worker is absent"),
    "relief": gettext_lazy("relieves a worker over the limit"),
    "minimum": gettext_lazy("so that the new worker has enough"),
    "nearer": gettext_lazy("the new worker is much nearer"),
    "not_allowed": gettext_lazy("its worker may no longer serve it"),
    "first": gettext_lazy("had nobody"),
    "chosen": gettext_lazy("chosen by hand"),
    "nobody_there": gettext_lazy("nobody is there"),
    "allowed_absent": gettext_lazy("whoever may serve it is absent"),
    "none_allowed": gettext_lazy("nobody may serve it"),
    "limits_reached": gettext_lazy("everybody has reached the limit"),
}


@dataclass(frozen=True)
class Line:
    """A proposal in the list of proposals."""

    proposal: AssignmentProposal
    url: str
    mood: Mood
    area: str


@dataclass(frozen=True)
class Row:
    """A place of the plan: from whom to whom, why, how far, and who would be next best."""

    line: ProposedDuty
    reason: str
    note: str
    next_best: str
    is_edited: bool


@dataclass(frozen=True)
class LoadRow:
    officer: Officer | None
    before: int
    after: int
    limit: int
    absent: bool
    url: str
    scale: int

    @property
    def mood(self) -> Mood:
        return "none" if self.absent else "warn" if self.after > self.limit else "good"


@dataclass(frozen=True)
class Choice:
    """A worker to whom a place could be given."""

    officer: Officer
    metres: int | None
    load: int
    limit: int
    extra: int
    is_own: bool


def names_of(proposals: Iterable[AssignmentProposal]) -> dict[int, str]:
    """This function will name the units of some proposals, by id: one query."""
    ids = {pk for proposal in proposals for pk in proposal.units}
    return dict(Unit.objects.filter(pk__in=ids).values_list("pk", "name"))


def area(proposal: AssignmentProposal, names: Mapping[int, str]) -> str:
    """This function will name the area of a proposal in a few words."""
    found = [names[pk] for pk in proposal.units if pk in names]
    if not found:
        return proposal.subdistrict.name
    if len(found) > 3:
        return _("%(first)s and %(count)s more") % {"first": "、".join(found[:2]), "count": len(found) - 2}
    return "、".join(found)


def lines(proposals: Sequence[AssignmentProposal]) -> list[Line]:
    """This function will make the lines of the list."""
    names = names_of(proposals)
    return [
        Line(
            proposal,
            reverse("registry:proposal", args=[proposal.code]),
            MOODS[proposal.state],
            area(proposal, names),
        )
        for proposal in proposals
    ]


def tiles(summary: Mapping[str, Any]) -> list[Tile]:
    """This function will make the headline figures of a plan."""
    places = summary["places"]
    each = ratio(summary["distance"], places)
    before = ratio(summary["distance_before"], places)
    over = sum(max(0, load["after"] - load["limit"]) for load in summary["loads"] if not load["absent"])
    return [
        Tile(_("Moves"), summary["moves"], "", 0, note=_("of %(count)s places") % {"count": number(places)}),
        Tile(
            _("Way to a place"),
            None if each is None else round(each),
            _("m"),
            0,
            note=_("before: %(metres)s m") % {"metres": number(before)} if before is not None else "",
        ),
        Tile(_("Above the limit"), over, "", 0, note=_("places, all workers together")),
        Tile(_("Without anybody"), summary["unserved"], "", 0, note=_("each with its reason below")),
    ]


def proof(summary: Mapping[str, Any]) -> tuple[Mood, str]:
    """This function will say what is proved of the plan, and what edits have cost."""
    worse = summary["cost"] - summary["best"]
    if worse:
        text = _(
            "Your changes cost %(metres)s m against the plan that was worked out, all counted in metres."
        )
        return ("soon" if worse > 0 else "info"), text % {"metres": number(worse)}
    if summary["status"] == "optimal":
        text = _(
            "No other plan costs less: all %(pairs)s pairs of a place and a worker were held against it."
        )
        return "good", text % {"pairs": number(summary["pairs"])}
    text = _("The best plan costs at most %(metres)s m less.")
    return "info", text % {"metres": number(summary["cost"] - summary["bound"])}


def loads(proposal: AssignmentProposal, officers: Mapping[int, Officer]) -> list[LoadRow]:
    """This function will make a row per worker, the largest load first."""
    here = reverse("registry:proposal", args=[proposal.code])
    scale = max(max(load["before"], load["after"], load["limit"]) for load in proposal.summary["loads"])
    rows = [
        LoadRow(
            officers.get(load["officer"]),
            load["before"],
            load["after"],
            load["limit"],
            load["absent"],
            f"{here}?worker={load['officer']}#lines",
            scale,
        )
        for load in proposal.summary["loads"]
    ]
    return sorted(rows, key=lambda row: (-max(row.before, row.after), str(row.officer)))


def map_data(proposal: AssignmentProposal, officers: Mapping[int, Officer]) -> dict[str, Any]:
    """This function will give the places as points with the number of their worker before and after, the outlines of
    the grids, and where workers stand. Places without a position are not on the map."""
    order = {load["officer"]: at for at, load in enumerate(proposal.summary["loads"])}
    columns = ("entity__lon", "entity__lat", "entity__name", "before_id", "worker_id", "is_move", "pk")
    points = [
        {
            "type": "Feature",
            "properties": {
                "before": order.get(before, -1),
                "after": order.get(worker, -1),
                "move": is_move,
                "name": name,
                "url": reverse("registry:proposal-line", args=[proposal.code, pk]),
            },
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for lon, lat, name, before, worker, is_move, pk in proposal.lines.filter(
            entity__lon__isnull=False
        ).values_list(*columns)
    ]
    grids = Unit.objects.filter(
        kind=UnitKind.GRID, subdistrict=proposal.subdistrict_id, polygon__isnull=False
    )
    if proposal.units:
        grids = grids.filter(pk__in=proposal.units) | grids.filter(community__in=proposal.units)
    outlines = [
        {"type": "Feature", "properties": {"name": name}, "geometry": polygon}
        for name, polygon in grids.order_by("code").values_list("name", "polygon")
    ]
    return {
        "points": {"type": "FeatureCollection", "features": points},
        "grids": {"type": "FeatureCollection", "features": outlines},
        "workers": [
            {
                "name": str(officers.get(load["officer"], "")),
                "at": load["at"],
                "absent": load["absent"],
                "before": load["before"],
                "after": load["after"],
            }
            for load in proposal.summary["loads"]
        ],
    }


def row(line: ProposedDuty) -> Row:
    """This function will say a line in words."""
    is_edited = line.worker_id != line.best_id
    note = ""
    if line.is_move and not is_edited and line.metres is not None:
        note = _("the nearest who is there") if line.is_nearest else _("nearer ones have enough")
    next_best = ""
    if line.next_worker is not None and line.next_extra is not None and not is_edited:
        next_best = _("%(name)s, %(metres)s m more") % {
            "name": line.next_worker,
            "metres": number(line.next_extra),
        }
    reason = REASONS["chosen"] if is_edited else REASONS.get(line.reason, line.reason)
    return Row(line, str(reason), note, next_best, is_edited)


def choices(
    found: Sequence[Alternative],
    line: ProposedDuty,
    proposal: AssignmentProposal,
    officers: Mapping[int, Officer],
) -> list[Choice]:
    """This function will make the choices for one place, the cheapest first."""
    limits = {load["officer"]: load["limit"] for load in proposal.summary["loads"]}
    return [
        Choice(
            officers[int(each.worker)],
            each.metres,
            each.load,
            limits.get(int(each.worker), 0),
            each.extra,
            int(each.worker) == line.worker_id,
        )
        for each in found
    ]


def problem(proposal: AssignmentProposal) -> str:
    """This function will say why a proposal could not be worked out."""
    if not proposal.problem:
        return ""
    text, details = _(proposal.problem["message"]), proposal.problem["details"]
    return text % details if details else text


def headers() -> list[str]:
    """This function will give the headings of the file."""
    return [
        _("Number"), _("Place"), _("Served so far by"), _("To be served by"), _("Moves"), _("Reason"),
        _("Way before (m)"), _("Way after (m)"), _("Next best"), _("… would cost more (m)"),
    ]  # fmt: skip


def file_rows(lines: Iterable[ProposedDuty]) -> Iterator[list[Any]]:
    """This function will give the rows of the file."""
    for line in lines:
        said = row(line)
        yield [
            line.entity.number,
            line.entity.name,
            str(line.before or ""),
            str(line.worker or ""),
            _("yes") if line.is_move else "",
            said.reason,
            line.before_metres,
            line.metres,
            str(line.next_worker or "") if not said.is_edited else "",
            line.next_extra if not said.is_edited else None,
        ]
