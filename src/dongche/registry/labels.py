"""What the columns of a registry file are called in front of people, and how values are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from dongche.kit.messages import N_
from dongche.registry.models import Category, Focus, Size
from dongche.registry.standards import gb4754
from dongche.registry.standards.nine_small import venues
from dongche.web.languages import in_language

# Fields of a file in the order of the template. Each label is also understood as a header.
COLUMNS: dict[str, Any] = {
    "name": gettext_lazy("Place name"),
    "credit_code": gettext_lazy("Credit code"),
    "category": gettext_lazy("Category"),
    "industry": gettext_lazy("Industry code"),
    "address": pgettext_lazy("of a place", "Address"),
    "community": gettext_lazy("Community"),
    "grid": gettext_lazy("Grid"),
    "contact_name": gettext_lazy("Contact person"),
    "contact_phone": gettext_lazy("Contact phone"),
    "staff_count": gettext_lazy("Number of staff"),
    "revenue": gettext_lazy("Annual revenue (万元)"),
    "assets": gettext_lazy("Total assets (万元)"),
    "output_normal": gettext_lazy("Normal daily output (万元)"),
    "area_m2": gettext_lazy("Floor area"),
    "construction_qualified": gettext_lazy("Construction qualification"),
    "nine_small_class": gettext_lazy("Nine small class"),
    "focus": gettext_lazy("Three focuses"),
    "lon": gettext_lazy("Longitude"),
    "lat": gettext_lazy("Latitude"),
    "coordinates": gettext_lazy("Coordinates"),
    "datum": gettext_lazy("Coordinate system"),
    "opened_on": gettext_lazy("Opening date"),
}
# Columns of a place that are called otherwise than in a file.
_OWN: dict[str, Any] = {
    "community_id": gettext_lazy("Community"),
    "grid_id": gettext_lazy("Grid"),
    "revenue_fen": gettext_lazy("Annual revenue"),
    "assets_fen": gettext_lazy("Total assets"),
    "output_normal_fen": gettext_lazy("Normal daily output"),
    "building": gettext_lazy("Building"),
    "section": gettext_lazy("Industry section"),
    "division": gettext_lazy("Industry division"),
    "size": gettext_lazy("Size"),
    "above_scale": gettext_lazy("Four-above"),
    "from_on": gettext_lazy("Counted from"),
}
EXPLAINED = {
    "name": N_("As on the licence or the sign. Must be filled in."),
    "credit_code": N_("Unified social credit code, 18 characters. Leave it empty where there is none."),
    "category": N_("One of: %(categories)s."),
    "industry": N_("GB/T 4754-2017: a code such as C3412 or 52, or the name of a section or division."),
    "address": N_("Street and number, floor, stall."),
    "community": N_("Name or code. May be left empty when longitude and latitude are given."),
    "grid": N_("Name or code. Found from longitude and latitude when left empty."),
    "contact_name": N_("Kept encrypted."),
    "contact_phone": N_("Kept encrypted, shown masked."),
    "staff_count": N_("People employed at the end of last year."),
    "revenue": N_("In 万元, or with its unit, such as 1.2亿元."),
    "assets": N_("In 万元, or with its unit."),
    "output_normal": N_("Output or turnover of a normal day, in 万元 or with its unit."),
    "area_m2": N_("Square metres."),
    "construction_qualified": N_("Yes or no: general or specialist contracting."),
    "nine_small_class": N_("For nine-small venues, one of: %(venues)s."),
    "focus": N_("Key enterprise, key field or key project; or leave it empty."),
    "lon": N_("Degrees, such as 120.3722."),
    "lat": N_("Degrees, such as 36.0881."),
    "coordinates": N_("Longitude and latitude in one cell, instead of the two columns."),
    "datum": N_("WGS-84 (GPS), or GCJ-02 as maps of AMap and Tencent give it; WGS-84 when left empty."),
    "opened_on": N_("A day such as 2020-03-20; the place counts from then on."),
}
_CHOICES: dict[str, dict[Any, Any]] = {
    "category": dict(Category.choices),
    "focus": dict(Focus.choices),
    "size": dict(Size.choices),
}


def label(name: str) -> str:
    """The name of a column of a place, in the language of the page."""
    return str(_OWN.get(name) or COLUMNS.get(name, name))


def explanation(name: str) -> str:
    """What to write into a column of the template."""
    details = {
        "categories": "、".join(str(word) for word in Category.labels),
        "venues": "、".join(in_language({"en": one.en, "zh-Hans": one.zh}) for one in venues().values()),
    }
    text = gettext(EXPLAINED[name])
    return text % details if "%(" in text else text


def value(name: str, given: Any, units: Mapping[int, str]) -> str:
    """A value of a place in words; a dash when there is none."""
    if given is None or given == "":
        return "—"
    if name in ("community_id", "grid_id"):
        return units.get(given, str(given))
    if name in _CHOICES:
        return str(_CHOICES[name].get(given, given))
    if name == "nine_small_class" and given in venues():
        venue = venues()[given]
        return in_language({"en": venue.en, "zh-Hans": venue.zh})
    if isinstance(given, bool):
        return gettext("Yes") if given else gettext("No")
    if name.endswith("_fen"):
        return gettext("%(amount)s yuan") % {"amount": f"{given / 100:,.2f}".removesuffix(".00")}
    return str(given)


def condition_words() -> dict[str, dict[str, str]]:
    """The values that a line rule may ask for, in words: condition → value → word."""
    words = {name: {key: str(word) for key, word in _CHOICES[name].items()} for name in _CHOICES}
    words["industry"] = {
        letter: f"{letter} {in_language({'en': section.en, 'zh-Hans': section.zh})}"
        for letter, section in gb4754.sections().items()
    }
    return words
