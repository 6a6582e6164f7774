"""Reads one row of a registry file: a clean place, or every reason why not. No database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from dongche.kit import chinese
from dongche.kit.chinese import Unreadable
from dongche.kit.messages import N_
from dongche.registry import readers
from dongche.registry.lookups import Lookups
from dongche.registry.readers import Ask, Faults, RowFault
from dongche.registry.standards import categories, nine_small
from dongche.registry.standards.gb4754 import industry_of, like

# Words that a person may say the meaning of; what contradicts itself has to be corrected in the file.
ASKED: Final = frozenset(
    {
        "registry.community_ambiguous", "registry.community_unknown", "registry.grid_ambiguous",
        "registry.grid_unknown",
    }
)  # fmt: skip
MOST_ASKED: Final = 60
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
    name = readers.name(get("name"), faults)
    code = readers.credit_code(get("credit_code"), faults)
    industry = readers.read("industry", get("industry"), industry_of, faults)
    if industry is None:
        _ask_industry(get("industry"), faults)
    category = readers.read("category", get("category"), _category, faults)
    venue = readers.read("nine_small_class", get("nine_small_class"), _venue, faults)
    if category is None and not any(fault.field == "category" for fault in faults):
        if venue is not None:
            category = categories.Category("nine_small_venue")
        elif code and industry:
            category = categories.Category("enterprise")
        elif not any(fault.field in ("nine_small_class", "credit_code", "industry") for fault in faults):
            faults.add("category", "registry.category_missing", CATEGORY_MISSING)
    yes_means = hints.get("focus", "key_enterprise")
    focus = readers.read(
        "focus", get("focus"), lambda value: categories.read_focus(str(value), yes_means), faults
    )
    community, grid = _block(get("community"), get("grid"), lookups, faults)
    lon, lat = readers.coordinates(cells, faults)
    staff = readers.count("staff_count", get("staff_count"), readers.MOST_STAFF, faults)
    area = readers.count("area_m2", get("area_m2"), readers.MOST_AREA, faults, whole=False)
    revenue = readers.money("revenue", get("revenue"), hints, faults)
    assets = readers.money("assets", get("assets"), hints, faults)
    output = readers.money("output_normal", get("output_normal"), hints, faults)
    qualified = readers.read(
        "construction_qualified", get("construction_qualified"), chinese.parse_yes_no, faults
    )
    opened_on = readers.opened(get("opened_on"), on, faults)
    address = readers.text("address", get("address"), faults)
    contact_name = readers.text("contact_name", get("contact_name"), faults)
    contact_phone = readers.phone(get("contact_phone"), faults)
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
    return categories.read_category(readers.as_text(value))


def _venue(value: str | float) -> str | None:
    text = readers.as_text(value)
    return None if text in ("否", "不是") else nine_small.read_class(text)


def _block(community: Any, grid: Any, lookups: Lookups, faults: Faults) -> tuple[str | None, str | None]:
    said = readers.present("community", community, faults)
    said_grid = readers.present("grid", grid, faults)
    try:
        return lookups.resolve(
            "" if said is None else readers.as_text(said),
            "" if said_grid is None else readers.as_text(said_grid),
        )
    except Unreadable as error:
        is_grid = error.code.startswith("registry.grid")
        faults.take("grid" if is_grid else "community", error)
        if error.code in ASKED:
            faults[-1] = replace(faults[-1], ask=_ask_block(said, said_grid if is_grid else None, lookups))
        return None, None


def _ask_block(community: Any, grid: Any, lookups: Lookups) -> Ask | None:
    """Which community or grid is meant."""
    words = ["" if said is None else readers.as_text(said) for said in (community, grid)]
    found = lookups.candidates(*words)
    given = words[1] or words[0]
    return Ask(about_block(*words), given, tuple(found)) if 0 < len(found) <= MOST_ASKED else None


def about_block(community: str, grid: str) -> str:
    """What a question about a community (no grid) or a grid is about."""
    return f"{chinese.key(community)}|{chinese.key(grid)}" if grid else chinese.key(community)


def _ask_industry(value: Any, faults: Faults) -> None:
    """Which of the industries is meant whose names hold what is written."""
    if isinstance(value, str) and faults and faults[-1].code == "registry.industry_unknown":
        found = like(value)
        if 0 < len(found) <= MOST_ASKED:
            faults[-1] = replace(faults[-1], ask=Ask(chinese.key(value), value.strip()[:60], tuple(found)))
