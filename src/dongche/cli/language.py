"""The language of the terminal: chosen before anything else, so that a refusal to start can be read too.

Django's own translation needs settings, and settings touch the data folder; so the same catalogues are read here with
the standard library, and Django is told later.
"""

from __future__ import annotations

import gettext as catalogues
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from dongche.kit.messages import N_

LOCALE = Path(__file__).resolve().parent.parent / "locale"
FOLDERS = {"zh-hans": "zh_Hans", "zh-hant": "zh_Hant", "en": ""}
DEFAULT = "zh-hans"

_code = DEFAULT
_catalogue: catalogues.NullTranslations = catalogues.NullTranslations()


def choose(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """This function will find the language: --lang, else what the terminal is set to, else simplified Chinese.

    >>> choose(["metrics", "--lang", "en"], {"LANG": "zh_CN.UTF-8"}), choose([], {"LANG": "zh_TW.UTF-8"})
    ('en', 'zh-hant')
    >>> choose([], {"LANG": "C.UTF-8"}), choose([], {"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN"})
    ('zh-hans', 'en')
    """
    for place, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--lang":
            wanted = value or next(iter(arguments[place + 1 : place + 2]), "")
            return wanted.lower() if wanted.lower() in FOLDERS else DEFAULT
    terminal = next(
        (environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), ""
    )
    terminal = terminal.lower().replace("_", "-")
    if terminal.startswith("en"):
        return "en"
    return "zh-hant" if terminal.startswith(("zh-tw", "zh-hk", "zh-mo", "zh-hant")) else DEFAULT


def activate(code: str) -> None:
    """Speak this language from now on, and let Django speak it once it has started."""
    global _code, _catalogue
    _code = code
    folder = FOLDERS[code]
    # click asks the standard library for its own words: show it where ours are.
    os.environ["LANGUAGE"] = folder or "en"
    catalogues.bindtextdomain("django", str(LOCALE))
    catalogues.textdomain("django")
    _catalogue = (
        catalogues.translation("django", LOCALE, [folder], fallback=True)
        if folder
        else catalogues.NullTranslations()
    )


def code() -> str:
    return _code


def gettext(msgid: str) -> str:
    return _catalogue.gettext(msgid) if msgid else ""


def ngettext(one: str, many: str, count: int) -> str:
    return _catalogue.ngettext(one, many, count)


# What click says of wrong usage, and in its help; named here so that they are translated with the rest.
OF_CLICK = (
    N_("Usage:"), N_("Options"), N_("Commands"), N_("Show this message and exit."), N_("default: {default}"),
    N_("required"), N_("Try '{command} {option}' for help."), N_("Error: {message}"), N_("file"), N_("directory"),
    N_("path"), N_("Invalid value for {param_hint}: {message}"), N_("Invalid value: {message}"), N_("Missing command."),
    N_("Missing argument"), N_("Missing option"), N_("Missing parameter"), N_("Choose from:\n\t{choices}"),
    N_("No such command {name!r}."), N_("No such option {name!r}."), N_("Option {name!r} does not take a value."),
    N_("{name} {filename!r} does not exist."), N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is a file."), N_("{name} {filename!r} is not readable."),
    N_("{name} {filename!r} is not writable."), N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."), N_("Repeat for confirmation"),
    N_("Error: The two entered values do not match."), N_("Aborted!"),
    ngettext("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments.", 1),
    ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", 1),
    ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", 1),
    ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 1),
)  # fmt: skip
