"""dongche duplicates: search the places of each sub-district for those that may be one."""

from __future__ import annotations

from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON
from dongche.kit.messages import N_

FIRST_FEW = 20


@click.command(
    "duplicates",
    help=N_("Search for places that may have been entered twice. Nothing is merged; the pages decide."),
)
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def duplicates_command(wants_json: bool) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.org.audit import System
    from dongche.org.queries import Units
    from dongche.registry.duplicates import searching

    found = []
    for subdistrict in Units.unscoped(reason=REASON).in_service().order_by("code"):
        done = searching.search(subdistrict=subdistrict, by=System("command"), at=clock.now())
        told = {"subdistrict": subdistrict.code, "places": done.places, "found": done.found, "new": done.new}
        found.append(told | {"pairs": _open_pairs(subdistrict.pk)})
    if wants_json:
        showing.as_json(found)
    else:
        _show(found)


def _open_pairs(subdistrict_id: int) -> list[dict[str, Any]]:
    from dongche.registry.models import DuplicatePair
    from dongche.registry.queries import DuplicatePairs

    pairs = DuplicatePairs.unscoped(reason=REASON).standing().select_related("first", "second")
    rows = pairs.filter(subdistrict=subdistrict_id, state=DuplicatePair.State.OPEN).order_by("-score", "pk")
    return [
        {
            "score": pair.score / 1000,
            "places": [
                {"number": place.number, "name": place.name, "address": place.address}
                for place in (pair.first, pair.second)
            ],
            "evidence": pair.evidence,
        }
        for pair in rows.iterator(chunk_size=2000)
    ]


def _show(found: list[dict[str, Any]]) -> None:
    for one in found:
        words = gettext(
            "%(subdistrict)s: %(places)s places, %(found)s pairs that may be one, %(new)s of them new"
        )
        click.echo(words % one)
        for pair in one["pairs"][:FIRST_FEW]:
            sides = " = ".join(f"{place['number']} {place['name']}" for place in pair["places"])
            click.echo(f"  {pair['score']:.2f}  {sides}?")
        left = len(one["pairs"]) - FIRST_FEW
        if left > 0:
            click.echo("  " + gettext("… and %(count)s more; see the page of duplicates.") % {"count": left})
