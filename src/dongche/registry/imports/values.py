"""What a row of an import may say about a place, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from dongche.kit.identifiers import is_self_employed
from dongche.registry.models import Entity
from dongche.registry.rows import CleanPlace
from dongche.registry.standards.above_scale import above_scale
from dongche.registry.standards.gb4754 import Industry
from dongche.registry.standards.sizes import size_class
from dongche.web.fields import keyed_digest, search_hash

# Columns of a place that a file may fill, in the order in which changes are shown.
IMPORTED: Final = (
    "name", "credit_code", "category", "industry", "focus", "nine_small_class", "address", "community_id", "grid_id",
    "lon", "lat", "contact_name", "contact_phone", "staff_count", "revenue_fen", "assets_fen", "output_normal_fen",
    "area_m2", "construction_qualified", "opened_on",
)  # fmt: skip
# Columns that follow from the others.
DERIVED: Final = ("section", "division", "size", "above_scale", "contact_phone_hash", "from_on")
ALL: Final = (*IMPORTED, *DERIVED)
# Those that a clean row has under the same name.
_SAME: Final = tuple(name for name in IMPORTED if name not in ("community_id", "grid_id"))
PERSONAL: Final = frozenset({"contact_name", "contact_phone"})
_KINDS: Final = {name: Entity._meta.get_field(name) for name in IMPORTED}
_EMPTY: Final[dict[str, Any]] = {
    name: "" if field.get_internal_type() in {"CharField", "TextField", "EncryptedTextField"} else None
    for name, field in _KINDS.items()
}

# One encoder for all rows: json.dumps with options makes a new one for each.
_dumped: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode

Values = Mapping[str, Any]


def fingerprint(values: Values) -> str:
    """This function will give a keyed hash of what a row says: the same row again has the same one.

    Empty: values that the row does not give do not count
    """
    said = [(name, values[name]) for name in IMPORTED if name in values]
    return keyed_digest(_dumped(said), "row")


def of(clean: CleanPlace, ids: Mapping[str, int]) -> dict[str, Any]:
    """This function will give what a row says as columns of a place; `ids` are those of units by code.

    Empty: what the row does not give is left out
    """
    given = {name: value for name in _SAME if (value := getattr(clean, name)) not in (None, "")}
    if clean.community:
        given["community_id"] = ids[clean.community]
    if clean.grid:
        given["grid_id"] = ids[clean.grid]
    return given


def complete(values: Values) -> dict[str, Any]:
    """The values of a new place: what the row does not give is empty."""
    return {**_EMPTY, **values}


def differences(known: Values, given: Values) -> dict[str, list[Any]]:
    """This function will list what a row changes: field → [before, after].

    Empty: a value that the row does not give changes nothing
    """
    found = {
        name: [known[name], given[name]] for name in IMPORTED if name in given and known[name] != given[name]
    }
    if "community_id" in found and "grid_id" not in given and known["grid_id"] is not None:
        found["grid_id"] = [known["grid_id"], None]  # the old grid lies in the old community
    return found


def derived(values: Values, *, on: date, first_day: date, until_on: date | None = None) -> dict[str, Any]:
    """This function will compute the columns that follow from the others, by the standards of the day `on`.

    Shape: a place without an opening day is counted from `first_day`, the campaign's
    """
    industry = values["industry"]
    placed = Industry(industry[0], industry[1:3] or None, industry) if industry else None
    size = size_class(
        placed,
        staff=values["staff_count"],
        revenue_fen=values["revenue_fen"],
        assets_fen=values["assets_fen"],
        on=on,
    )
    above = above_scale(
        placed,
        revenue_fen=values["revenue_fen"],
        construction_qualified=values["construction_qualified"],
        self_employed=is_self_employed(values["credit_code"]),
        on=on,
    )
    from_on = values["opened_on"] or first_day
    return {
        "section": placed.section if placed else "",
        "division": (placed.division or "") if placed else "",
        "size": size.size or "",
        "above_scale": bool(above.flag),
        "contact_phone_hash": search_hash(values["contact_phone"]),
        "from_on": from_on if until_on is None or from_on < until_on else first_day,
    }


def after(known: Values, changes: Mapping[str, list[Any]], *, on: date, first_day: date) -> dict[str, Any]:
    """All values of a known place once the changes are made."""
    row = {**known, **{name: now for name, (_, now) in changes.items() if name in _KINDS}}
    row.update(derived(row, on=on, first_day=first_day, until_on=known["until_on"]))
    if "opened_on" not in changes:
        row["from_on"] = known["from_on"]
    return row


def all_changes(known: Values, row: Values) -> dict[str, list[Any]]:
    """What differs between the two, the values that follow from others included: field → [before, after]."""
    return {
        name: [known[name], row[name]]
        for name in ALL
        if name != "contact_phone_hash" and known[name] != row[name]
    }


def shown(changes: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Changes as they may be kept and shown: of personal values only that they changed."""
    return {
        name: [None, None] if name in PERSONAL else [_plain(before), _plain(after)]
        for name, (before, after) in changes.items()
    }


def former(changes: Mapping[str, list[Any]]) -> str:
    """This function will give the personal values that changes replace, as they are kept in a version (encrypted).

    Empty: the empty text when nothing personal changed

    >>> (
    ...     former({"name": ["甲店", "乙店"], "contact_name": ["张三", "李四"]}),
    ...     former({"name": ["甲店", "乙店"]}),
    ... )
    ('{"contact_name":"张三"}', '')
    """
    found = {name: before for name, (before, _) in changes.items() if name in PERSONAL}
    return _dumped(found) if found else ""


def replaced(kept: str) -> dict[str, str]:
    """The personal values again that a version keeps as `former`. Empty: what it does not keep is absent."""
    found: dict[str, str] = json.loads(kept) if kept else {}
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
