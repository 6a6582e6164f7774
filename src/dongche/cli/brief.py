"""dongche brief: the brief of a day, as Markdown on the terminal or as a printed sheet."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from dongche.cli import instance, showing
from dongche.cli.language import gettext
from dongche.cli.reading import terminal, told_day
from dongche.cli.writing import write
from dongche.kit.messages import N_


@click.command("brief", help=N_("The brief of a day over the whole instance, each figure with its parts."))
@click.option("--on", type=showing.DAY, help=N_("Day; without it, today."))
@click.option("--as-known", type=showing.INSTANT, help=N_("As it was known at this time; without it, now."))
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "pdf", "docx"]),
    help=N_("Markdown, PDF or a text document; without it, by the file's name."),
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help=N_("File to write; Markdown goes to the terminal without it."),
)
def brief_command(on: date | None, as_known: datetime | None, form: str | None, output: Path | None) -> None:
    named = output.suffix.lower().removeprefix(".") if output is not None else ""
    form = form or (named if named in ("pdf", "docx") else "md")
    if form == "pdf" and output is None:
        raise click.UsageError(gettext("A PDF needs a file: add --output FILE.pdf."))
    if form == "docx" and output is None:
        raise click.UsageError(gettext("A text document needs a file: add --output FILE.docx."))
    instance.open_instance()
    from dongche.reporting import brief

    built = brief.build(terminal(), told_day(on), as_known)
    if form == "pdf" and output is not None:
        write(output, brief.to_pdf(built))
    elif form == "docx" and output is not None:
        write(output, brief.to_docx(built))
    elif output is not None:
        write(output, brief.to_markdown(built).encode())
    else:
        click.echo(brief.to_markdown(built))
        return
    click.echo(gettext("Written: %(file)s") % {"file": output})
