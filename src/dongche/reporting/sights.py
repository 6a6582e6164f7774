"""What was found out about places by whoever asked or was there, as far as it still speaks of a day, and its rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from dongche.registry.models import Observation
from dongche.registry.queries import SPEAKING
from dongche.reporting import rulebook
from dongche.web.periods import believed

if TYPE_CHECKING:
    from dongche.reporting.evidence import Day, Told

SEEN: Final = ("seen_as_reported", "open_seen_closed", "closed_seen_open")
Found = Iterable[tuple[int, Mapping[str, Any]]]


@dataclass(frozen=True)
class Sight:
    """What was found out last about a place, by a call, a visit, a patrol: whether it worked on the day `on`."""

    pk: int
    on: date
    is_operating: bool


def read_sights(ids: Any, on: date) -> dict[int, Sight]:
    """This function will give what was found out last about places and still speaks for a day: one query.

    Shape: what speaks of the latest day, and of that what became known last, as long as the rules let it stand
    """
    stands = max((rule.numbers["days"] for code, rule in rulebook.on(on).items() if code in SEEN), default=0)
    held = Observation.objects.filter(
        believed(), entity__in=ids, finding__in=SPEAKING, on__lte=on, on__gt=on - timedelta(days=stands)
    )
    found = {}
    rows = held.order_by("entity_id", "on", "known_at", "pk").values_list("entity", "pk", "on", "finding")
    for entity, pk, day, finding in rows:
        found[entity] = Sight(pk, day, finding == Observation.Finding.OPERATING)
    return found


def _sights(day: Day, numbers: Mapping[str, int]) -> Iterator[tuple[Told, Sight]]:
    """Reports that something was found out about; of an earlier day it speaks as long as the place says the same."""
    for pk, sight in day.seen.items():
        told = day.reports.get(pk)
        if told is None or (day.on - sight.on).days >= numbers["days"]:
            continue
        then = next((one for one in day.before.get(pk, ()) if one.on == sight.on), None)
        if sight.on == day.on or then is None or then.at_work == told.at_work:
            yield told, sight


def seen_as_reported(day: Day, numbers: Mapping[str, int]) -> Found:
    for told, sight in _sights(day, numbers):
        if told.at_work == sight.is_operating:
            yield told.entity_id, {"day": sight.on.isoformat()}


def open_seen_closed(day: Day, numbers: Mapping[str, int]) -> Found:
    for told, sight in _sights(day, numbers):
        if told.at_work and not sight.is_operating:
            yield told.entity_id, {"day": sight.on.isoformat()}


def closed_seen_open(day: Day, numbers: Mapping[str, int]) -> Found:
    for told, sight in _sights(day, numbers):
        if not told.at_work and sight.is_operating:
            yield told.entity_id, {"day": sight.on.isoformat()}
