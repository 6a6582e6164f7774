"""Deletion of personal data whose time is over: a deed with a certificate, after which the values are gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.registry.imports import bulk
from dongche.registry.imports.store import Folder
from dongche.registry.models import Erasure, HealthNote, ImportBatch, Person, PersonRevision, Revision
from dongche.registry.queries import due_of
from dongche.registry.roster import values
from dongche.registry.standards.people import CLASSES
from dongche.web.campaign import current
from dongche.web.languages import in_language

PIECE = 500


class NothingDue(Problem):
    code = "registry.nothing_due"
    status = 409
    message = N_(
        "Nothing of this class is due for deletion on %(on)s; nothing was deleted. Open the page again to see what is."
    )


class UnknownClass(Problem):
    code = "registry.unknown_data_class"
    status = 404
    message = N_("There is no class of data “%(given)s”. Classes are: %(expected)s.")


@action("registry.erase_due")
def erase_due(
    *, subdistrict: Unit, data_class: str, on: date, by: Actor, at: datetime, reason: str = ""
) -> Erasure:
    """Delete what is due of a class on a day, and certify it.

    Shape:  the values are emptied in their rows and in the versions of them; what is left of imports is removed. The
            certificate has the number of rows and the SHA-256 of their list (lines `table:id`, sorted)
    Raises: UnknownClass, NothingDue
    """
    if data_class not in CLASSES:
        raise UnknownClass(given=data_class[:40], expected=", ".join(CLASSES))
    bulk.lock()
    due = due_of(subdistrict, data_class, on)
    if not due.count:
        raise NothingDue(on=on.isoformat())
    counts = _ERASE[data_class](due.rows, at)
    listed = sorted(f"{table}:{pk}" for table, ids in due.rows.items() for pk in ids)
    erasure = Erasure.objects.create(
        number=_next_number(clock.day_of(at).year),
        subdistrict=subdistrict,
        data_class=data_class,
        kept_days=due.kept.days,
        basis=in_language(dict(due.kept.basis))[:300],
        before_on=due.before_on,
        row_count=due.count,
        counts=counts,
        list_sha256=hashlib.sha256("\n".join(listed).encode()).hexdigest(),
        reason=reason.strip()[:200],
        by_id=by.officer_id,
        at=at,
    )
    after = {"number": erasure.number, "data_class": data_class, "rows": counts, "before_on": due.before_on}
    before = {"rows": {table: len(ids) for table, ids in due.rows.items()}}
    record("erasure", erasure.pk, by=by, at=at, before=before, after=after, reason=reason, within=subdistrict)
    return erasure


def _next_number(year: int) -> str:
    """The number of the next certificate of a year, such as FX-D2020-0001."""
    prefix = f"{current().number_prefix}-D{year}-"
    last = Erasure.objects.filter(number__startswith=prefix).order_by("-pk").first()
    return f"{prefix}{int(last.number.removeprefix(prefix)) + 1 if last else 1:04d}"


def _pieces(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), PIECE):
        yield ids[first : first + PIECE]


def _health(rows: Mapping[str, list[int]], at: datetime) -> dict[str, int]:
    ids = rows["health_note"]
    for some in _pieces(ids):
        HealthNote.objects.filter(pk__in=some).update(temperature="", symptoms="", erased_at=at)
    return {"health_note": len(ids)}


def _travel(rows: Mapping[str, list[int]], at: datetime) -> dict[str, int]:
    """Of the way: in the person and in every version, the present one and those before."""
    versions = 0
    facts = values.emptied(values.TRAVEL_FACTS)
    for some in _pieces(rows["person"]):
        texts = values.emptied(values.TRAVEL_TEXTS)
        Person.objects.filter(pk__in=some).update(**texts, **facts, travel_erased=True)
        held = PersonRevision.objects.filter(person__in=some)
        versions += held.update(**facts, travel_erased=True, former="")
    return {"person": len(rows["person"]), "person_revision": versions}


def _identity(rows: Mapping[str, list[int]], at: datetime) -> dict[str, int]:
    """All that is known of somebody; their row stays, empty, so that it can be said that there was one."""
    counts = _travel(rows, at) | {"health_note": 0}
    kept = ("document_type", "until_on")
    nothing = values.emptied(name for name in values.FILLED if name not in kept) | dict.fromkeys(
        values.HASHES, ""
    )
    for some in _pieces(rows["person"]):
        Person.objects.filter(pk__in=some).update(**nothing, document_type="other", erased_at=at)
        PersonRevision.objects.filter(person__in=some).update(at_post_on=None)
        notes = HealthNote.objects.filter(person__in=some, erased_at__isnull=True)
        counts["health_note"] += notes.update(temperature="", symptoms="", erased_at=at)
    return counts


def _former(rows: Mapping[str, list[int]], at: datetime) -> dict[str, int]:
    for some in _pieces(rows["revision"]):
        Revision.objects.filter(pk__in=some).update(former="")
    return {"revision": len(rows["revision"])}


def _leftovers(rows: Mapping[str, list[int]], at: datetime) -> dict[str, int]:
    """Refused rows and plans of imports, with the folders that hold them."""
    folders = [
        Folder.of(path)
        for path in ImportBatch.objects.filter(pk__in=rows["import"]).values_list("file_path", flat=True)
        if path
    ]

    def remove() -> None:
        for folder in folders:
            folder.remove()

    transaction.on_commit(remove)
    return {"import": len(folders)}


_ERASE: Mapping[str, Any] = {
    "health": _health,
    "travel": _travel,
    "identity": _identity,
    "former": _former,
    "leftovers": _leftovers,
}
