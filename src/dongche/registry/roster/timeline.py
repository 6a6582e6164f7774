"""What happened to the roster of a place, for its page: how many people, never who."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.registry.models import Entity, ImportBatch, PersonRevision
from dongche.registry.queries import Places
from dongche.registry.timeline import Event, Teller, latest, name_of

State = ImportBatch.State


def _people(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    """Rosters brought in, and people entered or changed one by one, for whoever may see the roster."""
    if not Places.within_duty(actor, "registry.people").filter(pk=place.pk).exists():
        return
    batches = ImportBatch.objects.filter(entity=place, kind=ImportBatch.Kind.ROSTER, state=State.APPLIED)
    for batch in latest(batches.select_related("by"), before, most, "applied_at"):
        told = gettext("new: %(new)s, changed: %(changed)s, refused: %(refused)s") % batch.counts
        yield Event(batch.applied_at, gettext("Roster imported"), name_of(batch.by), [batch.file_name, told])
    single = PersonRevision.objects.filter(person__entity=place, batch__isnull=True).select_related("by")
    for version in latest(single, before, most):
        title = (
            gettext("A person of the roster changed")
            if version.changes
            else gettext("A person put on the roster")
        )
        yield Event(version.known_at, title, name_of(version.by), [str(version.get_source_display())])


people = Teller("people", _("People"), "users", _people)
