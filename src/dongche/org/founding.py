"""What an instance begins with, taken from the list of divisions."""

from __future__ import annotations

from datetime import date

from dongche.kit.identifiers import full_place, short_place
from dongche.org.divisions import NoSuchDivision, nearest, read
from dongche.org.models import UnitKind
from dongche.org.structure import Part, Structure


def structure_of(code: str, from_on: date, name: str = "") -> Structure:
    """This function will describe a sub-district of the list with its communities, a headquarters, and all above it.

    `name` is used in place of the one in the list.
    Raises: ListMissing, NoSuchDivision
    """
    short = short_place(code)
    found = next((one for one in read(UnitKind.SUBDISTRICT, short) if one.code == short), None)
    if found is None:
        raise NoSuchDivision(given=code, nearest=nearest(short))
    above = tuple(
        Part(one.kind, full_place(one.code), one.name)
        for kind, length in ((UnitKind.PROVINCE, 2), (UnitKind.CITY, 4), (UnitKind.DISTRICT, 6))
        for one in read(kind, short[:length])
    )
    communities = tuple(Part(one.kind, one.code, one.name) for one in read(UnitKind.COMMUNITY, short))
    full, name = full_place(short), name or found.name
    headquarters = Part(UnitKind.HEADQUARTERS, f"{full}H", name)
    top = Part(UnitKind.SUBDISTRICT, full, name, parts=(headquarters, *communities))
    return Structure(from_on, top, above=above)
