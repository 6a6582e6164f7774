"""The language of the terminal: chosen before anything else, so that a refusal to start can be read too.

Django's own translation needs settings, and settings touch the data folder; so the same catalogues are read here with
the standard library, and Django is told later.
"""

from __future__ import annotations

import gettext as catalogues
from collections.abc import Mapping, Sequence
from pathlib import Path

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
