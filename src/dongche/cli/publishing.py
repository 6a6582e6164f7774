"""dongche publish and dongche published: freeze the figures of a day, list what was frozen, and prove it again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import REASON, terminal, told_day, unit_called
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

UNIT = N_("Code of the sub-district, community or department.")


class NotReproduced(Problem):
    code = "cli.not_reproduced"
    status = 409
    message = N_(
        "%(count)s of %(all)s publications do not come out again as they were published; they are named above. See who "
        "changed rows or texts of the database past the program, and restore a backup beside it to compare."
    )


@click.command("publish", help=N_("Freeze the figures of a day for a unit, with whose statement it is."))
@click.option("--unit", "code", required=True, help=UNIT)
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option("--speaker", required=True, help=N_("Whose statement it is: name and post."))
@click.option("--as-known", type=showing.INSTANT, help=N_("As known at this time; without it, a minute ago."))
@click.option("--reason", default="", help=N_("Why it is published again; needed after the first time."))
@click.option(
    "--withdraw", "is_withdrawal", is_flag=True, help=N_("Withdraw what was published, with --reason.")
)
def publish_command(
    code: str, on: date | None, speaker: str, as_known: datetime | None, reason: str, is_withdrawal: bool
) -> None:
    instance.open_instance()
    from dongche.kit import clock
    from dongche.reporting import publishing

    day = told_day(on)
    given: dict[str, Any] = {
        "unit": unit_called(code, day), "on": day, "speaker": speaker, "reason": reason, "by": terminal(),
        "at": clock.now(),
    }  # fmt: skip
    written = (
        publishing.withdraw(**given) if is_withdrawal else publishing.publish(**given, as_known=as_known)
    )
    text = gettext("%(unit)s, %(on)s, no. %(number)s: %(kind)s. SHA-256 %(digest)s")
    click.echo(
        text
        % {
            "unit": written.unit.name,
            "on": day,
            "number": written.number,
            "kind": written.get_kind_display(),
            "digest": written.digest,
        }
    )


@click.group("published", help=N_("What was published, and whether it still comes out the same."))
def published_command() -> None:
    pass


def _found(on: date | None, code: str) -> list[Any]:
    from dongche.reporting.publication import Publications

    found = Publications.unscoped(reason=REASON).select_related("unit", "by")
    if on is not None:
        found = found.filter(on=on)
    if code:
        found = found.filter(unit__code=code)
    return list(found.order_by("on", "unit__code", "number"))


@published_command.command("list", help=N_("List publications with their hashes."))
@click.option("--on", type=showing.DAY, help=N_("Only of this day."))
@click.option("--unit", "code", default="", help=UNIT)
def list_command(on: date | None, code: str) -> None:
    instance.open_instance()
    headings = [gettext("Day"), gettext("Published for"), gettext("No."), gettext("Kind"), gettext("Statement by"),
                gettext("Published"), gettext("Hash")]  # fmt: skip
    rows = [
        (one.on.isoformat(), f"{one.unit.name} {one.unit.code}", str(one.number),
         str(one.get_kind_display()), one.speaker, showing.instant(one.published_at), one.digest)
        for one in _found(on, code)
    ]  # fmt: skip
    showing.table(headings, rows, numbers=(2,))


@published_command.command(
    "verify",
    help=N_("Compute every publication anew, as known then. Exits 1 when one does not come out the same."),
)
@click.option("--on", type=showing.DAY, help=N_("Only of this day."))
@click.option("--unit", "code", default="", help=UNIT)
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def verify_command(on: date | None, code: str, wants_json: bool) -> None:
    instance.open_instance()
    from dongche.reporting import publication as snapshots

    verdicts = snapshots.verify_all(_found(on, code))
    if wants_json:
        showing.as_json([one.as_json() for one in verdicts])
    else:
        words = {True: gettext("yes"), False: gettext("NO")}
        headings = [gettext("Day"), gettext("Published for"), gettext("No."), gettext("Text intact"),
                    gettext("Reproduced"), gettext("Hash computed anew")]  # fmt: skip
        rows = [
            (one.publication.on.isoformat(), one.publication.unit.name, str(one.publication.number),
             words[one.is_intact], words[one.is_reproduced], one.digest)
            for one in verdicts
        ]  # fmt: skip
        showing.table(headings, rows, numbers=(2,))
    bad = sum(not one.is_good for one in verdicts)
    if bad:
        raise NotReproduced(count=bad, all=len(verdicts))
