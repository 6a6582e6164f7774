"""Reads one row of a registry file: a clean place, or every reason why not. No database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from dongche.kit import chinese
from dongche.kit.chinese import Unreadable
from dongche.kit.messages import N_
from dongche.registry import values
from dongche.registry.lookups import Lookups
from dongche.registry.standards import categories, nine_small
from dongche.registry.standards.gb4754 import industry_of
from dongche.registry.values import Faults, RowFault

__all__ = ["CleanPlace", "RowFault", "read_row"]

CATEGORY_MISSING = N_("The kind of place is missing. Write one of those such as 企业, 临街商铺 or 在建工地.")


@dataclass(frozen=True, slots=True)
class CleanPlace:
    """A place as a row gives it. Money in fen, revenue of a year, output of a normal day; None is not known."""

    name: str
    credit_code: str | None
    category: str
    industry: str | None
    section: str | None
    division: str | None
    address: str
    community: str | None
    grid: str | None
    contact_name: str
    contact_phone: str
    staff_count: int | None
    revenue_fen: int | None
    assets_fen: int | None
    construction_qualified: bool | None
    nine_small_class: str | None
    area_m2: int | None
    focus: str | None
    output_normal_fen: int | None
    lon: float | None
    lat: float | None
    opened_on: date | None


NO_HINTS: Final[Mapping[str, str]] = {}


def read_row(
    cells: Mapping[str, Any], *, on: date, lookups: Lookups, hints: Mapping[str, str] = NO_HINTS
) -> CleanPlace | list[RowFault]:
    """This function will read one row, or give every reason why it is refused.

    Shape:  cell values by field (`sheets.FIELDS`) → a CleanPlace or a list of at least one RowFault
    Units:  bare numbers of money are in the unit of `hints`, by default 万元; `on` is the day that counts as today
    """
    faults = Faults()
    get = cells.get
    name = values.name(get("name"), faults)
    code = values.credit_code(get("credit_code"), faults)
    industry = values.read("industry", get("industry"), industry_of, faults)
    category = values.read("category", get("category"), _category, faults)
    venue = values.read("nine_small_class", get("nine_small_class"), _venue, faults)
    if category is None and not any(fault.field == "category" for fault in faults):
        if venue is not None:
            category = categories.Category("nine_small_venue")
        elif code and industry:
            category = categories.Category("enterprise")
        elif not any(fault.field in ("nine_small_class", "credit_code", "industry") for fault in faults):
            faults.add("category", "registry.category_missing", CATEGORY_MISSING)
    yes_means = hints.get("focus", "key_enterprise")
    focus = values.read(
        "focus", get("focus"), lambda value: categories.read_focus(str(value), yes_means), faults
    )
    community, grid = _block(get("community"), get("grid"), lookups, faults)
    lon, lat = values.coordinates(cells, faults)
    staff = values.count("staff_count", get("staff_count"), values.MOST_STAFF, faults)
    area = values.count("area_m2", get("area_m2"), values.MOST_AREA, faults, whole=False)
    revenue = values.money("revenue", get("revenue"), hints, faults)
    assets = values.money("assets", get("assets"), hints, faults)
    output = values.money("output_normal", get("output_normal"), hints, faults)
    qualified = values.read(
        "construction_qualified", get("construction_qualified"), chinese.parse_yes_no, faults
    )
    opened_on = values.opened(get("opened_on"), on, faults)
    address = values.text("address", get("address"), faults)
    contact_name = values.text("contact_name", get("contact_name"), faults)
    contact_phone = values.phone(get("contact_phone"), faults)
    if faults or category is None:
        return list(faults)
    return CleanPlace(
        name=name,
        credit_code=code,
        category=category.code,
        industry=industry.code if industry else None,
        section=industry.section if industry else None,
        division=industry.division if industry else None,
        address=address,
        community=community,
        grid=grid,
        contact_name=contact_name,
        contact_phone=contact_phone,
        staff_count=staff,
        revenue_fen=revenue,
        assets_fen=assets,
        construction_qualified=qualified,
        nine_small_class=venue or category.nine_small_class,
        area_m2=area,
        focus=focus or category.focus,
        output_normal_fen=output,
        lon=lon,
        lat=lat,
        opened_on=opened_on,
    )


def _category(value: str | float) -> categories.Category:
    return categories.read_category(values.as_text(value))


def _venue(value: str | float) -> str | None:
    text = values.as_text(value)
    return None if text in ("否", "不是") else nine_small.read_class(text)


def _block(community: Any, grid: Any, lookups: Lookups, faults: Faults) -> tuple[str | None, str | None]:
    said = values.present("community", community, faults)
    said_grid = values.present("grid", grid, faults)
    try:
        return lookups.resolve(
            "" if said is None else values.as_text(said),
            "" if said_grid is None else values.as_text(said_grid),
        )
    except Unreadable as error:
        faults.take("grid" if error.code.startswith("registry.grid") else "community", error)
        return None, None
