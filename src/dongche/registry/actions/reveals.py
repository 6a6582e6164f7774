"""Showing the contact of a place in full: a read, and an action all the same, because it must leave a trace."""

from __future__ import annotations

from datetime import datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.registry.imports import values
from dongche.registry.models import Entity, Revision

REVEALED = ("contact_name", "contact_phone")


class RevealReasonMissing(Problem):
    code = "registry.reveal_reason_missing"
    message = N_(
        "Say why you need it: choose a reason or write one. It is kept in the audit log with your name."
    )


class NotRevealed(Problem):
    code = "registry.not_revealed"
    status = 404
    message = N_("A place has no such value to be shown: %(given)s. Possible are: %(expected)s.")


@action("registry.reveal")
def reveal(
    *,
    entity: Entity,
    field: str,
    reason: str,
    by: Actor,
    at: datetime,
    replaced_by: Revision | None = None,
) -> str:
    """Give a personal value of a place in full, and note who asked for which and why; never the value itself.

    Shape:  the present value, or the earlier one that the version `replaced_by` replaced
    Raises: NotRevealed, RevealReasonMissing
    """
    former = None if replaced_by is None else values.replaced(replaced_by.former)
    if field not in (REVEALED if former is None else former):
        raise NotRevealed(given=field[:40], expected=", ".join(REVEALED))
    if not reason.strip():
        raise RevealReasonMissing
    after: dict[str, str | int] = {"field": field}
    if replaced_by is not None:
        after["version"] = replaced_by.pk
    within = entity.subdistrict_id
    record("entity", entity.pk, by=by, at=at, after=after, reason=reason.strip(), within=within)
    return str(getattr(entity, field) if former is None else former[field])
