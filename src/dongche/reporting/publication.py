"""Published figures: what was frozen of a day for a unit, by whom and who said it, and whether it still comes out.

A snapshot is a text: the canonical JSON of everything that was said, with the definitions themselves and the instant as
of which the facts were known. Its hash is taken over that text, and the hash of the publication before it stands in it.
So a changed text, a changed order and a missing number are all found, and the figures can be computed again from the
facts alone, whatever has come in or been redefined since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

from django.db.models import Q

from dongche.analytics import engine, pinned
from dongche.analytics.facts import CONTRACT_VERSION
from dongche.analytics.figures import Figure
from dongche.org.audit import System
from dongche.org.models import Unit, UnitKind
from dongche.org.queries import Units, scope_of
from dongche.reporting import figures
from dongche.reporting.models import Publication
from dongche.web.scoping import ScopedQuerySet

# Rows that are still on their way to the database when a figure is frozen must not slip under it later.
SETTLED_AFTER: Final = timedelta(minutes=1)
FORMAT: Final = "1"
# The dimension that a unit is in the facts, and what its figures are grouped by.
LEVELS: Final[Mapping[str, tuple[str, tuple[tuple[str, ...], ...]]]] = {
    UnitKind.SUBDISTRICT: ("subdistrict", ((), ("line",), ("community",), ("line", "community"))),
    UnitKind.COMMUNITY: ("community", ((), ("line",), ("grid",))),
    UnitKind.DEPARTMENT: ("line", ((), ("community",))),
}
PUBLISH: Final = "reporting.publish"


class Publications(ScopedQuerySet[Publication]):
    """What was published for the units whose places the actor answers for, and for those below them."""

    entry = Publication

    def scoped_to(self, actor: Any) -> Self:
        scope = scope_of(actor)
        if scope.everything:
            return self
        own = scope.subdistricts | scope.communities | scope.lines
        reach = Q(unit__in=own) | Q(unit__subdistrict__in=scope.subdistricts)
        if scope.has_superior:
            reach |= (
                Q(unit__district__in=scope.districts)
                | Q(unit__city__in=scope.cities)
                | Q(unit__province__in=scope.provinces)
            )
        return self.filter(reach)

    def latest_of(self, unit: Unit, on: date) -> Publication | None:
        """The last word about a day: a withdrawal too."""
        return self.filter(unit=unit, on=on).order_by("-number").first()


def publishable_units(actor: Any, on: date) -> list[Unit]:
    """The units for which an actor may freeze the figures of a day, the largest first."""
    scope = scope_of(actor, carrying=PUBLISH)
    units = Units.unscoped(reason="narrowed to what the actor publishes for").of_service()
    units = units.filter(kind__in=LEVELS, from_on__lte=on).select_related("subdistrict").defer("polygon")
    if not scope.everything:
        own = scope.subdistricts | scope.communities | scope.lines
        units = units.filter(Q(pk__in=own) | Q(subdistrict__in=scope.subdistricts))
    order = list(LEVELS)
    return sorted(units, key=lambda unit: (order.index(UnitKind(unit.kind)), unit.code))


def whole_unit(actor: Any, chosen: Unit | None = None) -> int | None:
    """This function will find the unit whose places, all of them and no others, figures for an actor are made of.

    Empty: they are made of the places of several units, or of a part of one; `chosen` narrows to a sub-district
    """
    scope = scope_of(actor)
    sees_all = isinstance(actor, System) or scope.everything or scope.has_superior
    if chosen is not None and (sees_all or chosen.pk in scope.subdistricts):
        return chosen.pk
    if sees_all:
        served = Units.unscoped(reason="ids of sub-districts are no secret").in_service()
        if not isinstance(actor, System) and not scope.everything:
            served = served.filter(pk__in=Units.visible_to(actor).values("pk"))
        found = list(served.order_by("pk").values_list("pk", flat=True)[:2])
        return found[0] if len(found) == 1 else None
    whole = scope.subdistricts or (scope.communities | scope.lines | scope.grids)
    return next(iter(whole)) if len(whole) == 1 else None


def published_of(actor: Any, on: date, chosen: Unit | None = None) -> Publication | None:
    """This function will find what is published of a day for just the places that an actor's figures are made of.

    Empty: nothing was, or it was withdrawn
    """
    unit = whole_unit(actor, chosen)
    if unit is None:
        return None
    every = Publications.unscoped(reason="of the unit whose places the actor sees")
    found = every.filter(unit=unit, on=on).order_by("-number").first()
    return None if found is None or found.is_withdrawn else found


def figures_of(publication: Publication) -> list[Figure]:
    """This function will read the figures of a snapshot as they were published."""
    return [
        Figure(
            metric=row["metric"],
            definition=row["definition"],
            scope=row["scope"],
            value=None if row["value"] is None else Decimal(row["value"]),
            numerator=row["numerator"],
            denominator=row["denominator"],
            coverage=None if row["coverage"] is None else Decimal(row["coverage"]),
            on=publication.on,
            as_known=publication.as_known,
            reason=row["reason"],
            excluded=row["excluded"],
            contributors=row["contributors"],
        )
        for row in publication.said["figures"]
    ]


def compute(unit: Unit, on: date, as_known: datetime, definitions: Any = None) -> list[Figure]:
    """This function will compute what is published of a day for a unit, as known at an instant.

    Shape:  in the order of a snapshot; `definitions` are those it pinned, those of the pack without any
    """
    dimension, by = LEVELS[unit.kind]
    return engine.measure(
        figures.world((on,)),
        definitions or figures.definitions(),
        days=(on,),
        as_known=as_known,
        by=by,
        scope=[{dimension: (unit.code,)}],
    )


def content(
    *,
    unit: Unit,
    on: date,
    number: int,
    kind: str,
    speaker: str,
    reason: str,
    by: str,
    published_at: datetime,
    as_known: datetime,
    previous: str,
    found: Sequence[Figure],
) -> str:
    """This function will write a snapshot as one canonical text: the same facts give the same bytes."""
    used = {one.definition for one in found}
    return canonical(
        {
            "format": FORMAT,
            "contract": CONTRACT_VERSION,
            "unit": unit.code,
            "level": str(unit.kind),
            "on": on.isoformat(),
            "number": number,
            "kind": kind,
            "speaker": speaker,
            "reason": reason,
            "by": by,
            "published_at": published_at.isoformat(),
            "as_known": as_known.isoformat(),
            "previous": previous,
            "definitions": [pinned.as_plain(one) for one in figures.definitions() if one.code in used],
            "figures": [plain(one) for one in found],
        }
    )


def plain(figure: Figure) -> dict[str, Any]:
    """A figure in a snapshot: with everything it is made of, without the instant, which the snapshot names once."""
    row = figure.as_json() | {"contributors": figure.contributors, "reason": figure.reason}
    del row["as_known"], row["on"]
    return row


def canonical(given: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(given, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Verdict:
    """What a check of a publication found.

    Shape: `is_intact` – its text has its hash, and follows the one before; `is_reproduced` – computed anew from the
           facts as known then, it comes out the same to the bit; `figures` are those computed anew, `differing` the
           cells that are others
    """

    publication: Publication
    is_intact: bool
    is_reproduced: bool
    digest: str
    figures: Sequence[Mapping[str, Any]] = ()
    differing: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]] = ()

    @property
    def is_good(self) -> bool:
        return self.is_intact and self.is_reproduced

    def as_json(self) -> dict[str, Any]:
        """The row that `dongche published verify --json` prints."""
        one = self.publication
        return {
            "unit": one.unit.code,
            "on": one.on.isoformat(),
            "number": one.number,
            "kind": one.kind,
            "digest": one.digest,
            "intact": self.is_intact,
            "reproduced": self.is_reproduced,
            "digest_anew": self.digest,
        }


def verify(publication: Publication, previous: Publication | None = None) -> Verdict:
    """This function will compute a published snapshot anew, as known then and by the definitions it pinned.

    Shape: reads the facts of one day once; `previous` is the publication before it, None for the first
    """
    said = publication.said
    is_intact = (
        digest(publication.content) == publication.digest
        and publication.previous == said["previous"] == (previous.digest if previous else "")
        and (said["unit"], said["on"], said["number"])
        == (publication.unit.code, publication.on.isoformat(), publication.number)
        and datetime.fromisoformat(said["as_known"]) == publication.as_known
    )
    again = said["figures"]
    if said["figures"]:
        known = pinned.definitions(said["definitions"])
        found = compute(publication.unit, publication.on, publication.as_known, known)
        again = [plain(one) for one in found]
    text = canonical({**said, "figures": again})
    differing = []
    if again != said["figures"]:
        by_cell = {_cell(one): one for one in again}
        differing = [
            (one, by_cell.get(_cell(one))) for one in said["figures"] if one != by_cell.get(_cell(one))
        ]
    return Verdict(publication, is_intact, text == publication.content, digest(text), again, differing)


def verify_all(found: Sequence[Publication]) -> list[Verdict]:
    """This function will check publications, each against the one before it; a number that is missing is found there.

    Shape: in their order, the numbers of a unit and day after one another
    """
    before: dict[tuple[int, date], Publication] = {}
    verdicts = []
    for one in found:
        key = (one.unit_id, one.on)
        verdicts.append(verify(one, before.get(key)))
        before[key] = one
    return verdicts


def _cell(row: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return row["metric"], tuple(sorted(row["scope"].items()))
