"""A place entered or changed by hand. Nobody's change is lost: a change says which version it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dongche.kit import clock
from dongche.kit.errors import Problem
from dongche.kit.identifiers import new_code
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.registry.imports import bulk, names, values
from dongche.registry.imports.writing import last_number
from dongche.registry.models import PRESENT, Entity, Revision, Source
from dongche.registry.versions import revise, told
from dongche.web.campaign import current


class CreditCodeTaken(Problem):
    code = "registry.credit_code_taken"
    status = 409
    message = N_(
        "The credit code %(credit_code)s is that of %(name)s (%(number)s) already. Change that place instead, or "
        "compare the code with the licence."
    )


class ChangedMeanwhile(Problem):
    code = "registry.changed_meanwhile"
    status = 409
    message = N_(
        "%(number)s was changed by somebody else at %(time)s, after you opened it, so nothing was saved. Compare both "
        "and save again if yours still holds."
    )


class NothingChanged(Problem):
    code = "registry.nothing_changed"
    status = 409
    message = N_("These are the values that %(number)s has already; nothing was saved.")


@action("registry.enter_place")
def enter_place(
    *, subdistrict: Unit, given: Mapping[str, Any], by: Actor, at: datetime, source: str = Source.ENTERED
) -> Entity:
    """Take a new place into the registry.

    Shape:  `given` as `entering.read` gives it; the place counts from its opening day, else from the campaign's first
    Raises: CreditCodeTaken
    """
    bulk.lock()
    _refuse_taken(given["credit_code"], subdistrict.pk, besides=0)
    row = values.complete(given)
    row.update(values.derived(row, on=clock.day_of(at), first_day=current().campaign.from_on))
    prefix, number = last_number()
    place = Entity.objects.create(
        **row,
        code=new_code(),
        number=f"{prefix}{number + 1:05d}",
        subdistrict=subdistrict,
        fingerprint=values.fingerprint(given),
        created_at=at,
        updated_at=at,
    )
    revise({**row, "pk": place.pk, "until_on": None}, source, {}, by=by, at=at)
    names.index([(place.pk, row["name"])])
    given_values = {
        name: value for name, value in row.items() if name in values.IMPORTED and value not in (None, "")
    }
    after = told({name: [None, value] for name, value in given_values.items()}, 1)
    record("entity", place.pk, by=by, at=at, after=after | {"source": source}, within=subdistrict)
    return place


@action("registry.change_place")
def change_place(
    *,
    place: Entity,
    given: Mapping[str, Any],
    version: int,
    by: Actor,
    at: datetime,
    source: str = Source.ENTERED,
    reason: str = "",
) -> Entity:
    """Change values of a place; `version` is the id of the `Revision` that the change was made from.

    Shape:  `given` as `entering.read` gives it. The row of the last import is still known as such: the same file again
            does not undo what was changed by hand
    Raises: ChangedMeanwhile, NothingChanged, CreditCodeTaken
    """
    bulk.lock()
    latest = Revision.objects.get(entity=place.pk, superseded_at__isnull=True)
    if latest.pk != version:
        raise ChangedMeanwhile(
            number=place.number, time=latest.known_at.astimezone(clock.BEIJING).strftime("%Y-%m-%d %H:%M")
        )
    known = Entity.objects.values("pk", "until_on", *values.ALL).get(pk=place.pk)
    asked = values.differences(known, given)
    if not asked:
        raise NothingChanged(number=place.number)
    if "credit_code" in asked:
        _refuse_taken(given["credit_code"], place.subdistrict_id, besides=place.pk)
    row = values.after(known, asked, on=clock.day_of(at), first_day=current().campaign.from_on)
    changes = values.all_changes(known, row)
    Entity.objects.filter(pk=place.pk).update(**{name: row[name] for name in values.ALL}, updated_at=at)
    revise(row, source, changes, by=by, at=at)
    if "name" in changes:
        names.forget([(place.pk, known["name"])])
        names.index([(place.pk, row["name"])])
    before, after = told(changes, 0), told(changes, 1) | {"source": source}
    record(
        "entity",
        place.pk,
        by=by,
        at=at,
        before=before,
        after=after,
        reason=reason,
        within=place.subdistrict_id,
    )
    return Entity.objects.get(pk=place.pk)


def _refuse_taken(credit_code: str, subdistrict_id: int, *, besides: int) -> None:
    holders = Entity.objects.filter(PRESENT, subdistrict=subdistrict_id, credit_code=credit_code).exclude(
        pk=besides
    )
    holder = holders.first() if credit_code else None
    if holder is not None:
        raise CreditCodeTaken(credit_code=credit_code, name=holder.name, number=holder.number)
