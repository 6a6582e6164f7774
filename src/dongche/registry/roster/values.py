"""What a row of a roster may say about somebody, and what is kept beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from dongche.registry.models import Person, PersonFacts
from dongche.web.fields import search_hash

FACTS: Final = tuple(field.attname for field in PersonFacts._meta.fields)
# Encrypted: of a change only that it was one.
PERSONAL: Final = frozenset(
    {"name", "document_number", "phone", "household", "address", "origin_place", "vehicle", "stays"}
)
# What a row may fill, in the order in which changes are shown; health goes to notes of its own.
FILLED: Final = (
    "name", "sex", "document_type", "document_number", "phone", "household", "address", "job", "origin_place", "origin",
    "risk", "arrived_on", "transport", "vehicle", "stays", "had_contact", "observed_from", "observed_until",
    "observed_at", "health_code", "at_post_on", "until_on",
)  # fmt: skip
HEALTH: Final = ("temperature", "symptoms")
DAYS: Final = ("arrived_on", "observed_from", "observed_until", "at_post_on", "until_on")
# What only those see whose duty needs it: how somebody is, and whether they are observed.
OF_HEALTH: Final = frozenset(
    {"had_contact", "observed_at", "observed_from", "observed_until", "health_code", *HEALTH}
)
# What is known of somebody's way and observation, and deleted as one: texts, and facts that are in versions too.
TRAVEL_TEXTS: Final = ("origin_place", "transport", "vehicle", "stays")
TRAVEL_FACTS: Final = (
    "origin", "risk", "arrived_on", "health_code", "had_contact", "observed_at", "observed_from", "observed_until",
)  # fmt: skip
TRAVEL: Final = frozenset((*TRAVEL_TEXTS, *TRAVEL_FACTS))
HASHES: Final = ("name_hash", "document_hash", "document_end_hash", "phone_hash", "phone_end_hash")
NO_SYMPTOMS: Final = "none"
_EMPTY: Final[dict[str, Any]] = {name: None if Person._meta.get_field(name).null else "" for name in FILLED}

Values = Mapping[str, Any]


def complete(given: Values) -> dict[str, Any]:
    """The values of somebody new: what is not given is empty."""
    return {**_EMPTY, **{name: given[name] for name in FILLED if name in given}}


def emptied(names: Iterable[str]) -> dict[str, Any]:
    """These fields with nothing in them."""
    return {name: _EMPTY[name] for name in names}


def document_hash(kind: str, number: str) -> str:
    """Under which the same document is found at every place; empty without a number."""
    return search_hash(f"document {kind} {number}") if number else ""


def end_hash(field: str, text: str) -> str:
    """Under which the last four characters of a number are found."""
    return search_hash(f"end {field} {text[-4:]}") if len(text) >= 4 else ""


def hashes(values: Values) -> dict[str, str]:
    """The keyed hashes that are kept beside the values."""
    return {
        "name_hash": search_hash(f"name {values['name']}") if values["name"] else "",
        "document_hash": document_hash(values["document_type"], values["document_number"]),
        "document_end_hash": end_hash("document", values["document_number"]),
        "phone_hash": search_hash(values["phone"]),
        "phone_end_hash": end_hash("phone", values["phone"]),
    }


def of(person: Person) -> dict[str, Any]:
    """The present values of somebody."""
    return {name: getattr(person, name) for name in FILLED}


def former(person: Person, names: Iterable[str]) -> str:
    """This function will give values that are about to be replaced, as a version keeps them (encrypted)."""
    held = {name: getattr(person, name) for name in names}
    return json.dumps(held, ensure_ascii=False, default=str) if held else ""


def replaced(kept: str) -> dict[str, Any]:
    """The values again that a version keeps as `former`. Empty: what it does not keep is absent."""
    found: dict[str, Any] = json.loads(kept) if kept else {}
    days = {name: date.fromisoformat(found[name]) for name in DAYS if found.get(name)}
    return found | days


def differences(known: Values, given: Values) -> dict[str, list[Any]]:
    """This function will list what is changed: field → [before, after].

    Empty: a value that is not given changes nothing
    """
    return {
        name: [known[name], given[name]] for name in FILLED if name in given and known[name] != given[name]
    }
