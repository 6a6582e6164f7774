"""dongche assign: propose who serves which place, or how communities are cut into grids, show why, and adopt it."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dongche.cli import dividing, instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, officer_called, terminal, unit_called
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

FIRST_FEW = 20


class WithoutGrids(Problem):
    code = "cli.without_grids"
    message = "%(option)s goes with %(expected)s. Leave it out, or say which you mean."


class NotAnArea(Problem):
    code = "cli.not_an_area"
    message = "%(given)s is a %(kind)s. Places are assigned in a sub-district, a community or a grid: give its code."


@click.command(
    "assign",
    help=N_(
        "Propose who serves which place of an area: near, within limits, with few changes. Kept as a proposal. With "
        "--partition: how communities are divided into grids of equal load, each in one piece."
    ),
)
@click.option("--community", "area", required=True, help=N_("Code of the community, grid or sub-district."))
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option(
    "--absent", multiple=True, help=N_("User name of somebody absent besides those on leave; repeatable.")
)
@click.option(
    "--limit", type=click.IntRange(min=1), help=N_("Places per worker or grid; without it, as the pack says.")
)
@click.option("--partition", is_flag=True, help=N_("Divide the community, or each of them, into grids."))
@click.option(
    "--grids", type=click.IntRange(min=1), help=N_("With --partition: how many grids one community gets.")
)
@click.option("--adopt", is_flag=True, help=N_("Adopt it: the moves, or the grids, hold from that day on."))
@click.option("--reason", default="", help=N_("Why; needed to adopt it for a day that has passed."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def assign_command(
    area: str,
    on: date | None,
    absent: tuple[str, ...],
    limit: int | None,
    partition: bool,
    grids: int | None,
    adopt: bool,
    reason: str,
    wants_json: bool,
) -> None:
    instance.open_instance()
    if grids and not partition:
        raise WithoutGrids(option="--grids", expected="--partition")
    if partition:
        if absent:
            raise WithoutGrids(option="--absent", expected="an assignment, not with --partition")
        dividing.divide(area, on, grids=grids, limit=limit, adopt=adopt, reason=reason, wants_json=wants_json)
        return
    from dongche.kit import clock
    from dongche.registry import actions, assigning
    from dongche.registry.staffing.case import on_leave, rates_on

    day, at = on or clock.today(), clock.now()
    unit = unit_called(area, day)
    if unit.kind not in ("subdistrict", "community", "grid"):
        raise NotAnArea(given=area, kind=unit.get_kind_display())
    subdistrict = unit.subdistrict or unit
    units = [] if unit.kind == "subdistrict" else [unit]
    away = {one.pk for one in on_leave(subdistrict, [one.pk for one in units], day)}
    away |= {officer_called(name).pk for name in absent}
    proposal = assigning.propose(
        subdistrict=subdistrict,
        units=units,
        on=day,
        absent=away,
        rates=rates_on(day, places_per_worker=limit),
        by=terminal(),
        at=at,
    )
    if adopt:
        proposal = actions.adopt_assignment(
            proposal=proposal, from_on=day, by=terminal(), at=at, reason=reason
        )
    (_as_json if wants_json else _show)(proposal)


def _lines(proposal: Any) -> list[Any]:
    return list(proposal.lines.select_related("entity", "before", "worker", "next_worker").order_by("pk"))


def _as_json(proposal: Any) -> None:
    def username(officer: Any) -> str | None:
        return officer.username if officer else None

    from dongche.org.queries import Officers

    lines, summary = _lines(proposal), proposal.summary
    ids = [load["officer"] for load in summary["loads"]]
    names = dict(Officers.unscoped(reason=REASON).filter(pk__in=ids).values_list("pk", "username"))
    keys = ("places", "moves", "unserved", "distance_before", "distance", "cost", "bound", "status", "pairs")
    showing.as_json(
        {
            "proposal": proposal.pk,
            "state": proposal.state,
            "on": proposal.on.isoformat(),
            "terms": proposal.terms,
            **{key: summary[key] for key in keys},
            "loads": [
                {
                    **{key: load[key] for key in ("before", "after", "limit", "absent")},
                    "officer": names[load["officer"]],
                }
                for load in summary["loads"]
            ],
            "lines": [
                {
                    "number": line.entity.number,
                    "name": line.entity.name,
                    "before": username(line.before),
                    "worker": username(line.worker),
                    "is_move": line.is_move,
                    "reason": line.reason,
                    "metres": line.metres,
                    "next_worker": username(line.next_worker),
                    "next_extra": line.next_extra,
                }
                for line in lines
            ],
        }
    )


def _show(proposal: Any) -> None:
    from dongche.registry.staffing import showing as words

    summary, lines = proposal.summary, _lines(proposal)
    text = gettext(
        "Proposal %(number)s (%(state)s): %(moves)s of %(places)s places move, %(unserved)s have nobody."
    )
    click.echo(
        text
        % {
            "number": proposal.pk,
            "state": proposal.get_state_display(),
            "moves": summary["moves"],
            "places": summary["places"],
            "unserved": summary["unserved"],
        }
    )
    click.echo(words.proof(summary)[1])
    changed = [line for line in lines if line.is_move or line.worker is None]
    if changed:
        click.echo()
        headings = [gettext("Number"), gettext("Name"), gettext("From"), gettext("To"), gettext("Reason")]
        rows = [
            (
                line.entity.number,
                line.entity.name,
                line.before.name if line.before else "—",
                line.worker.name if line.worker else "—",
                words.row(line).reason,
            )
            for line in changed[:FIRST_FEW]
        ]
        showing.table(headings, rows)
    if len(changed) > FIRST_FEW:
        click.echo(
            gettext("… and %(count)s more; --json names them all.") % {"count": len(changed) - FIRST_FEW}
        )
