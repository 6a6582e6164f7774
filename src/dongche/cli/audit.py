"""dongche audit: proof that the audit log is whole, and taking its oldest entries into a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import terminal
from dongche.cli.writing import OutputUnwritable, reason
from dongche.kit.errors import Problem
from dongche.kit.messages import N_

if TYPE_CHECKING:
    from dongche.org.audit.checking import Expected
    from dongche.org.models import AuditBreak

FAULTS = {
    "changed": N_("entry %(number)s is not what was written: it was changed"),
    "removed": N_("entry %(number)s is missing: it was removed"),
    "inserted": N_("entry %(number)s was never written by this program: it was inserted"),
    "order": N_("entry %(number)s is not in its place: the order was changed"),
    "head": N_("the note about where the log ends was altered; it now says entry %(number)s"),
    "other": N_(
        "entry %(number)s holds in itself but is not the one expected: the log was put back and written anew"
    ),
    "kept": N_("what was found broken from entry %(number)s on, and kept as it was, has been changed since"),
    "break": N_("the note about what was found broken from entry %(number)s on was altered"),
}
HOLDS_SINCE = 3


class ChainBroken(Problem):
    code = "cli.audit_broken"
    status = 409
    message = (
        "The chain of the audit log does not hold: %(fault)s. Keep a copy of the database as it is, "
        "restore the last backup elsewhere, and compare the entries from number %(number)s on. With “dongche audit "
        "seal” the broken part is kept as it was found, and the log goes on."
    )


@click.group("audit", help=N_("The audit log: proof that nothing in it was altered, and what is kept."))
def audit_command() -> None:
    pass


@audit_command.command(
    "verify",
    help=N_(
        "Check every link of the chain. Exits 1 with the first that does not hold, 3 when it holds since a break that "
        "was sealed off."
    ),
)
@click.option(
    "--expect",
    metavar="NUMBER:HASH",
    help=N_("An end of the log noted down earlier, which must lie on the chain."),
)
@click.option(
    "--from", "start", type=click.IntRange(min=1), help=N_("First entry to check; without it, the oldest.")
)
@click.option(
    "--archive",
    "archives",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help=N_("A file of older entries to check before the log; may be given several times."),
)
@click.option("--json", "wants_json", is_flag=True, help=N_("JSON for programs."))
def verify(expect: str | None, start: int | None, archives: tuple[Path, ...], wants_json: bool) -> None:
    if archives and start is not None:
        raise click.UsageError(gettext("Give --archive or --from, not both."))
    instance.open_instance()
    instance.require_migrated()
    from dongche.org.audit import chain, checking

    head = chain.current_head()
    total = 0 if head is None else head.last - (start or head.first) + 1
    with _progress(gettext("Entries checked"), total) as progress:
        verdict = checking.check(
            start=start, expected=_expected(expect), archives=archives, progress=progress
        )
    broken = verdict.broken
    if wants_json:
        answer = {
            "holds": broken is None,
            "entries": verdict.count,
            "first": verdict.first,
            "last": verdict.last,
            "head": verdict.head,
            "broken": broken and {"number": broken.number, "what": broken.what},
            "breaks": [
                {
                    "number": one.broken,
                    "what": one.what,
                    "last": one.last,
                    "at": one.at.isoformat(),
                    "reason": one.reason,
                }
                for one in verdict.breaks
            ],
        }
        showing.as_json(answer)
    elif broken is None:
        text = gettext("%(count)s entries (%(first)s–%(last)s), the chain holds. Head: %(head)s")
        click.echo(
            text
            % {"count": verdict.count, "first": verdict.first, "last": verdict.last, "head": verdict.head}
        )
    if not wants_json:
        for one in verdict.breaks:
            click.echo(_break_in_words(one))
    if broken is not None:
        fault = gettext(FAULTS[broken.what]) % {"number": broken.number}
        raise ChainBroken(fault=fault, number=broken.number)
    if verdict.breaks:
        raise SystemExit(HOLDS_SINCE)


@audit_command.command(
    "seal",
    help=N_("Keep a broken part of the log as it was found, and begin the chain anew after it."),
)
@click.option(
    "--reason", required=True, help=N_("What is known of it; kept in the audit log and said by verify.")
)
@click.option("--yes", is_flag=True, help=N_("Do not ask."))
def seal(reason: str, yes: bool) -> None:
    instance.open_instance()
    instance.require_migrated()
    from dongche.kit import clock
    from dongche.org.audit import checking, sealing

    if not reason.strip():
        raise click.UsageError(gettext("Write the reason: it is what remains to be said of this break."))
    verdict = checking.check()
    if verdict.broken is not None:
        click.echo(gettext(FAULTS[verdict.broken.what]) % {"number": verdict.broken.number})
        if not yes:
            click.confirm(
                gettext("Keep this as it was found, for ever, and begin the chain anew?"), abort=True
            )
    with _progress(gettext("Entries checked"), None) as progress:
        row = sealing.seal(reason=reason.strip()[:400], by=terminal(), at=clock.now(), progress=progress)
    click.echo(_break_in_words(row))


def _break_in_words(row: AuditBreak) -> str:
    text = gettext(
        "The chain broke at entry %(number)s (%(fault)s). This was found on %(on)s; the entries up to %(last)s are "
        "kept as they were then, and the chain begins anew after them. Reason: %(reason)s"
    )
    fault = gettext(FAULTS[row.what]) % {"number": row.broken}
    told = {
        "number": row.broken,
        "fault": fault,
        "on": f"{row.at:%Y-%m-%d}",
        "last": row.last,
        "reason": row.reason,
    }
    return text % told


@audit_command.command(
    "trim", help=N_("Take entries from before a day out of the database into a file; the chain still holds.")
)
@click.option(
    "--before", type=showing.DAY, required=True, help=N_("First day that stays; six months ago or earlier.")
)
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=N_("The file; without it, one in the folder “audit” of the data folder."),
)
def trim(before: date, file: Path | None) -> None:
    instance.open_instance()
    instance.require_migrated()
    from django.conf import settings

    from dongche.kit import clock
    from dongche.org.audit import retention

    path = file or settings.DATA / "audit" / f"audit-before-{before:%Y%m%d}.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _progress(gettext("Entries written"), None) as progress:
            archive = retention.trim(
                before=before, path=path, by=terminal(), at=clock.now(), progress=progress
            )
    except OSError as error:
        raise OutputUnwritable(file=path, given=reason(error)) from None
    text = gettext(
        "The entries %(first)s to %(last)s are now in %(file)s and no longer in the database. Keep the file: "
        "“dongche audit verify --archive” checks it together with the log."
    )
    click.echo(text % {"first": archive.first, "last": archive.last, "file": path})


def _expected(text: str | None) -> Expected | None:
    from dongche.org.audit.checking import Expected

    if text is None:
        return None
    number, colon, seal = text.strip().partition(":")
    if not (colon and number.isdecimal() and len(seal) in (0, 64)) or (not seal and number != "0"):
        raise click.UsageError(
            gettext(
                "“%(given)s” is not an end of the log; expected is NUMBER:HASH as “dongche audit verify” says it."
            )
            % {"given": text}
        )
    return Expected(int(number), seal.lower())


@contextmanager
def _progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    bar: Any
    with click.progressbar(length=total or 0, label=label, file=sys.stderr, show_pos=True) as bar:
        yield bar.update
