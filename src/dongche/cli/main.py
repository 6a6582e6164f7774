"""The command `dongche`: finds the command, the language, and the sentence for whatever is refused.

Exit codes: 0 done, 1 refused (the reason is on stderr), 2 wrong usage. Each group of commands is one file; they import
the rooms inside their functions, because `--help` and refusals must not start Django on a data folder.
"""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from dongche.cli import language
from dongche.cli.language import gettext
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.kit.origin import Origin, coming_from, new_request_id

COMMANDS = {
    "init": "founding",
    "demo": "demo.command",
    "structure": "structure",
    "divisions": "divisions",
    "duplicates": "duplicates",
    "import": "importing",
    "coverage": "coverage",
    "who": "who",
    "assign": "assigning",
    "metrics": "metrics",
    "brief": "brief",
    "publish": "publishing",
    "published": "publishing",
    "facts": "facts",
    "audit": "audit",
    "post": "posts",
    "sponsor": "sponsors",
    "rules": "rules",
    "leave": "leaves",
    "officer": "officers",
    "serve": "serving",
    "intake": "intake",
    "worker": "serving",
    "migrate": "founding",
    "check": "checking",
    "backup": "copying",
    "restore": "copying",
}


class Unexpected(Problem):
    code = "cli.unexpected"
    status = 500
    message = (
        "Something went wrong on our side (%(kind)s); what was not finished has not been kept. "
        "Set DONGCHE_DEBUG=1 and run the command again to see where."
    )


class DatabaseUnready(Problem):
    code = "cli.database_unready"
    status = 503
    message = (
        "The database does not answer as expected: %(given)s. See that it is running and reachable, that another "
        "command is not using it, and that “dongche migrate” has been run."
    )


class Misconfigured(Problem):
    code = "cli.misconfigured"
    message = "A setting is not usable: %(given)s See docs/settings.md."


class House(click.Group):
    """Finds each command in its own file, and shows its help in the chosen language."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"dongche.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        _speak(command)
        return command


def _speak(command: click.Command) -> None:
    """Translate the help of a command, its parameters and its subcommands; add --lang to it."""
    given = command.__dict__.setdefault("msgid", command.help or "")
    command.help = gettext(given)
    if not any(parameter.name == "lang" for parameter in command.params):
        command.params.append(_lang())
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            said = parameter.__dict__.setdefault("msgid", parameter.help or "")
            parameter.help = gettext(said) or None
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _speak(inner)


def _lang() -> click.Option:
    return click.Option(
        ["--lang"],
        type=click.Choice(list(language.FOLDERS)),
        expose_value=False,
        help=N_("Language of messages and documents; without it, that of the terminal."),
    )


@click.group(
    cls=House,
    help=N_("Dongche: gets the businesses of a sub-district safely back to work, with no place missed."),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
def house() -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    language.activate(language.choose(arguments, os.environ))
    _speak(house)
    try:
        with coming_from(Origin("cli", _system_user(), new_request_id())):
            code = house.main(args=list(arguments), prog_name="dongche", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what reads us has had enough
        sys.exit(1)
    except Exception as error:
        if os.environ.get("DONGCHE_DEBUG") and not isinstance(error, Problem):
            raise
        click.echo(sentence(_as_problem(error)), err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _system_user() -> str:
    """Who runs the command, by the system and not by what the environment claims; before sudo, if it was used."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    before = os.environ.get("SUDO_USER", "")
    return f"{name} ({before})" if before and os.getuid() == 0 else name


def sentence(problem: Problem) -> str:
    """The problem in the language of the terminal, with its code to look it up by."""
    text = gettext(problem.message)
    text = text % problem.details if problem.details else text
    return f"{text} [{problem.code}]"


def _as_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    module = type(error).__module__
    if module == "django.db.utils":
        return DatabaseUnready(given=" ".join(str(error).split())[:200])
    if module == "django.core.exceptions" and type(error).__name__ == "ImproperlyConfigured":
        return Misconfigured(given=error)
    return Unexpected(kind=type(error).__name__)


if __name__ == "__main__":
    main()
