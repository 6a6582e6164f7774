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
    from dongche.org.queries import Units
    from dongche.registry import outward
    from dongche.registry.queries import Places

    day = on or clock.today()
    in_service = Units.unscoped(reason=REASON).in_service()
    found = outward.coverage_as_json(Places.unscoped(reason=REASON), day, in_service)
    if wants_json:
        showing.as_json(found)
    else:
        _show(found)
        _warn(found["overloaded"], found["places_most"], found["idle"])
    if found["gaps"]:
        raise NotCovered(missing=found["places"] - found["covered"], places=found["places"], on=day)


def _show(found: dict[str, Any]) -> None:
    if found["percent"] is None:
        click.echo(gettext("%(on)s: there is no active place.") % {"on": found["on"]})
        return
    text = gettext(
        "%(on)s: %(covered)s of %(places)s active places have all four roles filled (%(percent)s %%)."
    )
    click.echo(text % {name: found[name] for name in ("on", "covered", "places", "percent")})
    parts = found["subdistricts"]
    if len(parts) > 1:
        click.echo()
        showing.table(
            [gettext("Sub-district"), gettext("Places"), gettext("Covered"), gettext("Covered (%)")],
            [(part["name"], str(part["places"]), str(part["covered"]), part["percent"]) for part in parts],
        )
    for gap in found["gaps"]:
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
