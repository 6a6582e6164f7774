"""dongche coverage: the proof that every active place has all its responsible people (S30), or the gaps."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.words import gap_in_words

FIRST_FEW = 10


class NotCovered(Problem):
    code = "cli.not_covered"
    status = 409
    message = (
        "%(missing)s of %(places)s active places lack somebody in at least one role on %(on)s. Fill the posts and "
        "sponsorships listed above, or give the places a grid."
    )


@click.command(
    "coverage",
    help=N_("Prove that no active place lacks a role on a day, or list every gap. Exits 1 with gaps."),
)
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def coverage_command(on: date | None, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.kit.decimals import percent
    from dongche.org.queries import Units, duties_on
    from dongche.registry.coverage import idle, loads, overloaded
    from dongche.registry.queries import Places, coverage
    from dongche.web import campaign

    day = on or clock.today()
    every, duties = Places.unscoped(reason=REASON), duties_on(day)
    found = coverage(every, day, duties)
    share = f"{percent(found.covered, found.places):f}" if found.places else None
    gaps = [_gap(gap, every, duties) for gap in found.gaps]
    carried, most = loads(every, day, duties), campaign.current().places_most
    heavy = [{"officer": load.officer.username, "places": load.served} for load in overloaded(carried, most)]
    in_service = Units.unscoped(reason=REASON).in_service().values_list("pk", flat=True)
    parts = _parts(found, Units.unscoped(reason=REASON).in_service().filter(pk__in=found.areas))
    resting = [one.officer.username for one in idle(in_service, day, carried)]
    if wants_json:
        showing.as_json(
            {
                "on": day.isoformat(),
                "places": found.places,
                "covered": found.covered,
                "percent": share,
                "subdistricts": parts,
                "gaps": gaps,
                "places_most": most,
                "overloaded": heavy,
                "idle": resting,
            }
        )
    else:
        _show(found, share, parts, gaps)
        _warn(heavy, most, resting)
    if gaps:
        raise NotCovered(missing=found.places - found.covered, places=found.places, on=day)


def _parts(found: Any, units: Any) -> list[dict[str, Any]]:
    """The proof by sub-district: they add up to the whole."""
    from dongche.kit.decimals import percent

    rows = []
    for pk, code, name in units.order_by("code").values_list("pk", "code", "name"):
        part = found.areas[pk]
        rows.append(
            {
                "subdistrict": code,
                "name": name,
                "places": part.places,
                "covered": part.covered,
                "percent": f"{percent(part.covered, part.places):f}",
            }
        )
    return rows


def _gap(gap: Any, every: Any, duties: Any) -> dict[str, Any]:
    from dongche.registry.queries import places_in

    places = places_in(every, gap, duties).order_by("number").values_list("number", "name")
    return {
        "role": gap.role,
        "cause": gap.cause,
        "unit": gap.unit.code if gap.unit else None,
        "unit_name": gap.unit.name if gap.unit else None,
        "count": gap.count,
        "places": [{"number": number, "name": name} for number, name in places],
    }


def _show(found: Any, share: str | None, parts: list[dict[str, Any]], gaps: list[dict[str, Any]]) -> None:
    if share is None:
        click.echo(gettext("%(on)s: there is no active place.") % {"on": found.on})
        return
    text = gettext(
        "%(on)s: %(covered)s of %(places)s active places have all four roles filled (%(percent)s %%)."
    )
    click.echo(text % {"on": found.on, "covered": found.covered, "places": found.places, "percent": share})
    if len(parts) > 1:
        click.echo()
        showing.table(
            [gettext("Sub-district"), gettext("Places"), gettext("Covered"), gettext("Covered (%)")],
            [(part["name"], str(part["places"]), str(part["covered"]), part["percent"]) for part in parts],
        )
    for gap in gaps:
        click.echo()
        where = f" · {gap['unit_name']} {gap['unit']}" if gap["unit"] else ""
        click.echo(f"{gap_in_words(gap['role'], gap['cause'])}{where} ({gap['count']})")
        for place in gap["places"][:FIRST_FEW]:
            click.echo(f"  {place['number']}  {place['name']}")
        if gap["count"] > FIRST_FEW:
            click.echo(
                "  "
                + gettext("… and %(count)s more; --json names them all.")
                % {"count": gap["count"] - FIRST_FEW}
            )


def _warn(heavy: list[dict[str, Any]], most: int, resting: list[str]) -> None:
    """Say what is no gap but should be looked at; it does not change the exit code."""
    if heavy:
        text = gettext(
            "%(count)s officers serve more than %(most)s places each, %(first)s the most (%(places)s)."
        )
        first = heavy[0]
        click.echo()
        click.echo(
            text % {"count": len(heavy), "most": most, "first": first["officer"], "places": first["places"]}
        )
    if resting:
        click.echo()
        text = gettext("%(count)s officers answer for nothing: %(names)s.")
        click.echo(text % {"count": len(resting), "names": ", ".join(resting[:FIRST_FEW])})
