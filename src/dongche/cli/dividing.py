"""dongche assign --partition: propose how communities are cut into grids, show what changes, and adopt it."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dongche.cli import showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, terminal, unit_called
from dongche.kit.errors import Problem


class NotCommunities(Problem):
    code = "cli.not_communities"
    message = "%(given)s is a %(kind)s. A community, or all of a sub-district, is divided into grids: give its code."


class OneCommunityOnly(Problem):
    code = "cli.one_community_only"
    message = (
        "A number of grids is for one community, and %(given)s is a %(kind)s. Give a community, or --limit."
    )


def divide(
    area: str,
    on: date | None,
    *,
    grids: int | None,
    limit: int | None,
    adopt: bool,
    reason: str,
    wants_json: bool,
) -> None:
    """This function will propose a division of a community, or of all in a sub-district, and print it.

    Raises: NotCommunities, OneCommunityOnly, and what `regridding.propose` and `adopt_grids` refuse
    """
    from dongche.kit import clock
    from dongche.registry import actions, regridding

    day, at = on or clock.today(), clock.now()
    unit = unit_called(area, day)
    if unit.kind not in ("subdistrict", "community"):
        raise NotCommunities(given=area, kind=unit.get_kind_display())
    if grids and unit.kind != "community":
        raise OneCommunityOnly(given=area, kind=unit.get_kind_display())
    proposal = regridding.propose(
        subdistrict=unit.subdistrict or unit,
        communities=[unit] if unit.kind == "community" else [],
        on=day,
        grids=grids,
        limit=limit,
        by=terminal(),
        at=at,
    )
    if adopt:
        proposal = actions.adopt_grids(proposal=proposal, from_on=day, by=terminal(), at=at, reason=reason)
    (_as_json if wants_json else _show)(proposal)


def _rows(proposal: Any) -> tuple[list[Any], list[Any]]:
    from dongche.registry.gridding import showing as words
    from dongche.registry.queries import ProposedGrids

    grids = ProposedGrids.unscoped(reason=REASON).filter(proposal=proposal)
    found = list(grids.select_related("community", "unit").order_by("number"))
    return words.staffed(proposal, found, proposal.from_on or proposal.on)


def _as_json(proposal: Any) -> None:
    rows, endings = _rows(proposal)
    summary = proposal.summary
    names = ("places", "standing", "moves", "without", "largest", "largest_before", "over", "border_metres")
    lines = proposal.places.select_related("entity", "before", "grid").order_by("pk")
    showing.as_json(
        {
            "proposal": proposal.pk,
            "kind": proposal.kind,
            "state": proposal.state,
            "on": proposal.on.isoformat(),
            "terms": proposal.terms,
            **{name: summary[name] for name in names},
            "communities": [
                {name: value for name, value in each.items() if name != "community"}
                for each in summary["communities"]
            ],
            "grids": [
                {
                    "code": row.grid.code,
                    "name": row.grid.name,
                    "community": row.grid.community.code,
                    "is_new": row.grid.unit_id is None,
                    "before": row.grid.load_before,
                    "after": row.grid.load,
                    "in_common": row.grid.in_common,
                    "pieces": row.grid.pieces,
                    "compactness": row.grid.compactness,
                    "officers": list(row.officers),
                    "uncovered": row.uncovered,
                    "polygon": row.grid.polygon,
                }
                for row in rows
            ],
            "ending": [
                {"code": each.code, "name": each.name, "places": each.places, "to": each.to}
                for each in endings
            ],
            "lines": [
                {
                    "number": line.entity.number,
                    "name": line.entity.name,
                    "before": line.before.code if line.before else None,
                    "grid": line.grid.code if line.grid else None,
                    "is_move": line.is_move,
                    "reason": line.reason,
                }
                for line in lines
            ],
        }
    )


def _show(proposal: Any) -> None:
    from dongche.registry.gridding import showing as words

    summary = proposal.summary
    text = gettext(
        "Proposal %(number)s (%(state)s): %(grids)s grids, %(moves)s of %(places)s places get another one."
    )
    click.echo(
        text
        % {
            "number": proposal.pk,
            "state": proposal.get_state_display(),
            "grids": summary["grids"],
            "moves": summary["moves"],
            "places": summary["standing"],
        }
    )
    click.echo(words.proof(summary)[1])
    click.echo()
    rows, endings = _rows(proposal)
    headings = [gettext("Code"), gettext("Grid"), gettext("Before"), gettext("After"), gettext("Served by")]
    showing.table(
        headings,
        [
            (
                row.grid.code,
                row.grid.name,
                str(row.grid.load_before) if row.grid.unit_id else "—",
                str(row.grid.load),
                "、".join(row.officers) or gettext("nobody holds a post here"),
            )
            for row in rows
        ],
    )
    for each in endings:
        said = gettext("%(grid)s ends; its posts go to %(to)s.")
        click.echo(said % {"grid": f"{each.name} ({each.code})", "to": each.to or "—"})
