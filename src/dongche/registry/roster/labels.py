"""What the fields of a person are called in front of people, and how their values and states are said."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from dongche.registry.models import (
    DocumentType,
    HealthCode,
    ObservedAt,
    Origin,
    Risk,
    Transport,
)
from dongche.registry.roster.values import OF_HEALTH, PERSONAL
from dongche.registry.standards.people import Answer
from dongche.web.components import Mood
from dongche.web.fields import masked_name, masked_number, masked_phone
from dongche.web.languages import in_language
from dongche.web.templatetags.web import day

# In the order of the roster (domain 2j); each is also a header of the template.
PERSON_FIELDS: Final[dict[str, Any]] = {
    "name": pgettext_lazy("of a person", "Name"),
    "sex": _("Sex"),
    "document_type": _("Kind of document"),
    "document_number": _("Number of the document"),
    "phone": _("Phone"),
    "household": _("Registered household"),
    "address": _("Present address"),
    "job": _("Post or workshop"),
    "origin_place": _("Departed from"),
    "origin": _("Came from"),
    "risk": _("Risk of the place departed from"),
    "arrived_on": _("Day of arrival"),
    "transport": _("Means of transport"),
    "vehicle": _("Flight, train or plate"),
    "stays": _("Stays of the last 14 days"),
    "had_contact": _("Contact with a case"),
    "symptoms": _("Symptoms"),
    "temperature": _("Temperature on arrival (°C)"),
    "observed_from": _("Observation began"),
    "observed_until": _("Observation ended"),
    "observed_at": _("Observed where"),
    "health_code": _("Health code"),
    "at_post_on": _("At post since"),
    "until_on": _("Left on"),
}
# Classes of personal data, by how long they are kept; and the tables that hold them.
DATA_CLASSES: Final[dict[str, Any]] = {
    "health": _("Temperatures and symptoms"),
    "travel": _("Way here and observation"),
    "identity": _("Identity of people who left"),
    "former": _("Former contacts of places"),
    "leftovers": _("Leftovers of imports"),
}
DATA_MEANINGS: Final[dict[str, Any]] = {
    "health": _("Every temperature and symptom noted of somebody, from the day it is of."),
    "travel": _(
        "Where somebody came from, how, with which code, and observation; after the longest observation."
    ),
    "identity": _("Name, document, phone, addresses and all else, from the last day on the roster."),
    "former": _("Names and phones of contacts that were replaced, from the day they were."),
    "leftovers": _("Refused rows and plans of imports that are kept encrypted, from the day of the import."),
}
TABLES: Final[dict[str, Any]] = {
    "person": _("people"),
    "person_revision": _("versions of people"),
    "health_note": _("notes of health"),
    "revision": _("versions of places"),
    "import": _("imports"),
}
SEXES: Final = {"m": _("Male"), "f": _("Female")}
CHOICES: Final[dict[str, dict[Any, Any]]] = {
    "sex": SEXES,
    "document_type": dict(DocumentType.choices),
    "origin": dict(Origin.choices),
    "risk": dict(Risk.choices),
    "transport": dict(Transport.choices),
    "observed_at": dict(ObservedAt.choices),
    "health_code": dict(HealthCode.choices),
}
STATES: Final[dict[str, Any]] = {
    "required": _("Under observation"),
    "unknown": _("Not known whether"),
    "expected": _("Not arrived yet"),
    "over": _("Observation over"),
    "exempt": _("Exempt"),
    "not_required": _("Not required"),
    "forgotten": _("No longer kept"),
}
MOODS: Final[dict[str, Mood]] = {
    "required": "warn", "unknown": "soon", "expected": "info", "over": "good", "exempt": "good", "not_required": "none",
    "forgotten": "none",
}  # fmt: skip


def value(name: str, given: Any) -> str:
    """A value in words; a dash where there is none. Personal values are masked elsewhere."""
    if given in (None, ""):
        return "—"
    if name in CHOICES:
        return str(CHOICES[name].get(given, given))
    if isinstance(given, bool):
        return gettext("Yes") if given else gettext("No")
    return day(given, "year") if isinstance(given, date) else str(given)


def masked(name: str, given: Any) -> str:
    """A value as it may be shown without a reason: what is encrypted or of health is hidden or cut short."""
    if given in (None, ""):
        return "—"
    if name == "name":
        return masked_name(given)
    if name == "document_number":
        return masked_number(given)
    if name == "phone":
        return masked_phone(given)
    return gettext("(not shown)") if name in PERSONAL or name in OF_HEALTH else value(name, given)


def why(answer: Answer, on: date) -> str:
    """The sentence that says by which rule somebody is or is not to be observed, from when and until when."""
    if answer.rule is None:
        return gettext("No rule about observation is known for %(day)s.") % {"day": day(on, "year")}
    said = {
        "rule": in_language(dict(answer.rule.name)),
        "since": day(answer.rule.from_on, "year"),
        "days": answer.measure.days if answer.measure else 0,
        "from_on": day(answer.from_on, "year") if answer.from_on else "",
        "until_on": day(answer.until_on, "year") if answer.until_on else "",
        "day": answer.day,
        "missing": pgettext("list", ", ").join(str(PERSON_FIELDS[name]) for name in answer.missing),
    }
    return _SENTENCES[answer.state]() % said


_SENTENCES: Final = {
    "required": lambda: gettext(
        "Day %(day)s of %(days)s: arrived on %(from_on)s, to be observed until before %(until_on)s, by “%(rule)s”, in "
        "force since %(since)s."
    ),
    "over": lambda: gettext(
        "Arrived on %(from_on)s; the %(days)s days of “%(rule)s”, in force since %(since)s, were over on %(until_on)s."
    ),
    "expected": lambda: gettext(
        "To be observed for %(days)s days from the arrival on %(from_on)s, by “%(rule)s”, in force since %(since)s."
    ),
    "exempt": lambda: gettext(
        "Health code or place departed from exempts from the %(days)s days of “%(rule)s”, in force since %(since)s."
    ),
    "not_required": lambda: gettext(
        "“%(rule)s”, in force since %(since)s, asks for no observation of whoever comes from there."
    ),
    "forgotten": lambda: gettext(
        "What was known of the way here was deleted in time; nothing is asked any more."
    ),
    "unknown": lambda: gettext(
        "Cannot be said by “%(rule)s”, in force since %(since)s: missing is %(missing)s."
    ),
}
