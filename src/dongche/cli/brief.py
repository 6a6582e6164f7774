"""dongche brief: the brief of a day, as Markdown on the terminal or as a printed sheet."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import terminal
from dongche.kit.errors import Problem
from dongche.kit.messages import N_


class OutputUnwritable(Problem):
    code = "cli.output_unwritable"
    message = "%(file)s cannot be written: %(given)s. Choose another --output."


@click.command("brief", help=N_("The brief of a day over the whole instance, each figure with its parts."))
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option("--as-known", type=showing.INSTANT, help=N_("As it was known at this time; without it, now."))
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "pdf"]),
    help=N_("Markdown or PDF; without it, by the file's name."),
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help=N_("File to write; Markdown goes to the terminal without it."),
)
def brief_command(on: date | None, as_known: datetime | None, form: str | None, output: Path | None) -> None:
    form = form or ("pdf" if output is not None and output.suffix.lower() == ".pdf" else "md")
    if form == "pdf" and output is None:
        raise click.UsageError(gettext("A PDF needs a file: add --output FILE.pdf."))
    instance.open_instance()
    from dongche.kit import clock
    from dongche.reporting import brief

    built = brief.build(terminal(), on or clock.today(), as_known)
    if form == "pdf" and output is not None:
        _write(output, brief.to_pdf(built))
    elif output is not None:
        _write(output, brief.to_markdown(built).encode())
    else:
        click.echo(brief.to_markdown(built))
        return
    click.echo(gettext("Written: %(file)s") % {"file": output})


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise OutputUnwritable(file=file, given=error.strerror) from None
