"""The daily look for gaps: it is kept, and whoever has to mend one is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dongche.org import actions as org
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit, UnitKind, WorkItem
from dongche.org.queries import duties_on
from dongche.registry import coverage as proof
from dongche.registry.models import CoverageDay
from dongche.registry.queries import Places, coverage

GAP = "registry.gap"
DAYS_TO_MEND = 1


@action("registry.prove_coverage")
def prove_coverage(
    *, subdistrict: Unit, on: date, by: Actor, at: datetime, opens_work: bool = True
) -> CoverageDay:
    """Find the gaps of a day, keep what was found, open work for who has to mend them, close what is mended.

    Shape: a fixed number of queries for the proof, and a few for each gap; nothing is written twice for one `at`
    """
    places = Places.unscoped(reason="the proof is of every place").filter(subdistrict=subdistrict)
    duties = duties_on(on)
    found = coverage(places, on, duties)
    gaps = [{"key": proof.key_of(gap), "count": gap.count} for gap in found.gaps]
    kept, _is_new = CoverageDay.objects.get_or_create(
        subdistrict=subdistrict,
        on=on,
        known_at=at,
        defaults={"places": found.places, "covered": found.covered, "gaps": gaps},
    )
    record(
        "unit",
        subdistrict.pk,
        by=by,
        at=at,
        after={"on": on, "place_count": found.places, "covered": found.covered, "gaps": len(gaps)},
        within=subdistrict,
    )
    if not opens_work:
        return kept
    headquarters = Unit.objects.filter(subdistrict=subdistrict, kind=UnitKind.HEADQUARTERS).first()
    if headquarters is None:
        return kept
    for gap in found.gaps:
        org.open_work(
            subdistrict=subdistrict,
            kind=GAP,
            key=proof.key_of(gap),
            officer=proof.owner(gap, duties, headquarters),
            unit=gap.unit,
            data={"role": gap.role, "cause": gap.cause, "count": gap.count, "on": on.isoformat()},
            due_on=on + timedelta(days=DAYS_TO_MEND),
            by=by,
            at=at,
        )
    mended = WorkItem.objects.filter(subdistrict=subdistrict, kind=GAP, closed_at__isnull=True).exclude(
        key__in=[gap["key"] for gap in gaps]
    )
    for item in mended:
        org.close_work(item=item, outcome="covered", by=by, at=at)
    return kept
