"""What merges tell of a place on its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dongche.registry.models import Entity, Merge
from dongche.registry.timeline import Event, Teller, latest, name_of


def _merges(place: Entity, actor: Any, before: datetime | None, most: int) -> Iterable[Event]:
    rows = Merge.objects.filter(Q(survivor=place) | Q(merged=place))
    related = ("survivor", "merged", "by", "undone_by")
    for row in latest(rows.select_related(*related), before, most, "at"):
        url = reverse("registry:merge", args=[row.code]) if actor.has_duty("registry.write") else ""
        text = gettext("%(merged)s was merged into %(survivor)s")
        details = [row.reason] if row.reason else []
        yield Event(row.at, text % _names(row), name_of(row.by), details, url)
    for row in latest(rows.exclude(undone_at=None).select_related(*related), before, most, "undone_at"):
        if row.undone_at is not None:
            url = reverse("registry:merge", args=[row.code]) if actor.has_duty("registry.write") else ""
            text = gettext("The merge of %(merged)s into %(survivor)s was undone")
            details = [row.undone_reason] if row.undone_reason else []
            yield Event(row.undone_at, text % _names(row), name_of(row.undone_by), details, url)


def _names(row: Merge) -> dict[str, str]:
    return {
        "merged": f"{row.merged.name}（{row.merged.number}）",
        "survivor": f"{row.survivor.name}（{row.survivor.number}）",
    }


merges = Teller("merges", _("Merges"), "copy", _merges)
