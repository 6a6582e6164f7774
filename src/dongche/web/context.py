"""What every page knows: where one can go, who is signed in, which language, and whether this is a demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext

LANGUAGE_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}
LANGUAGE_SHORT = {"zh-hans": "简", "zh-hant": "繁", "en": "EN"}
LANGUAGE_NAMES = {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"}


@dataclass(frozen=True)
class Language:
    code: str
    tag: str
    short: str
    name: str
    current: bool


@dataclass(frozen=True)
class Destination:
    label: str
    url: str
    icon: str
    current: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """The variables of `web/base.html` and `web/desk.html`."""
    officer = getattr(request, "user", None)
    signed_in = officer is not None and officer.is_authenticated
    code = (get_language() or settings.LANGUAGE_CODE).lower()
    return {
        "officer": officer if signed_in else None,
        "officer_name": _name(officer) if signed_in else "",
        "navigation": destinations(request) if signed_in else (),
        "lang": LANGUAGE_TAGS.get(code, code),
        "languages": languages(code),
        "instance": settings.INSTANCE,
        "demonstration": bool(settings.INSTANCE.get("demonstration")),
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }


def languages(current: str) -> tuple[Language, ...]:
    """The languages to choose from, each under its own name: a reader lost in another one must recognise it."""
    return tuple(
        Language(
            code=code,
            tag=LANGUAGE_TAGS.get(code, code),
            short=LANGUAGE_SHORT.get(code, code),
            name=LANGUAGE_NAMES.get(code, code),
            current=code == current,
        )
        for code, _ in settings.LANGUAGES
    )


def destinations(request: HttpRequest) -> tuple[Destination, ...]:
    """The items of settings.NAVIGATION that this officer may open and that exist in this installation."""
    found = []
    match = request.resolver_match
    for item in settings.NAVIGATION:
        if not request.user.has_duty(item.permission):  # type: ignore[union-attr]
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            continue
        here = match is not None and match.view_name == item.url_name
        found.append((item, url, here))
    if not any(here for _, _, here in found):
        # A page below a listed one (a place below the places) marks the nearest item above it.
        above = [url for _, url, _ in found if url != "/" and request.path.startswith(url)]
        nearest = max(above, key=len, default=None)
        found = [(item, url, url == nearest) for item, url, _ in found]
    return tuple(Destination(gettext(item.label), url, item.icon, here) for item, url, here in found)


def _name(officer: Any) -> str:
    return str(officer.get_full_name() or officer.get_username())
