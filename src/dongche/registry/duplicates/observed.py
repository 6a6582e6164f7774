"""What was found out about a place goes along when it is merged into another one, and comes back with it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from dongche.registry.duplicates.merging import Merging, Moved, Step
from dongche.registry.models import Observation


def _move(merging: Merging) -> dict[str, Any]:
    ids = list(Observation.objects.filter(entity=merging.merged).values_list("pk", flat=True))
    Observation.objects.filter(pk__in=ids).update(entity=merging.survivor)
    return {"ids": ids}


def _back(merging: Merging, moved: Moved) -> None:
    Observation.objects.filter(pk__in=moved["ids"]).update(entity=merging.merged)


observations = Step(
    "observations",
    _("What was found out"),
    lambda place: Observation.objects.filter(entity=place).count(),
    _move,
    _back,
    lambda merging, moved: 0,
)
