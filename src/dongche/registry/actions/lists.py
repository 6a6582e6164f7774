"""Lists of places under a name: kept, shared, made the first to open, given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import action, record
from dongche.org.models import Officer, Unit
from dongche.registry.models import SavedView

MOST_VIEWS = 20


class TooManyViews(Problem):
    code = "registry.too_many_views"
    status = 409
    message = N_(
        "You have saved %(count)s lists already, which is as many as fit above a list. Delete one first."
    )


class NotYourView(Problem):
    code = "registry.not_your_view"
    status = 409
    message = N_(
        "The list “%(name)s” was saved by %(officer)s, and only they can change or delete it. Save it under a name of "
        "your own instead."
    )


@action("registry.save_view")
def save_view(
    *,
    name: str,
    filters: str,
    columns: Sequence[str],
    sort: str,
    shared_with: Unit | None,
    is_default: bool,
    by: Officer,
    at: datetime,
    view: SavedView | None = None,
) -> SavedView:
    """Keep a list under a name; what the officer has under that name is replaced, and `view` is renamed to it.

    Shape:  `shared_with` is the sub-district that sees it, None for the officer alone; a new default takes the place of
            the one before it
    Raises: NotYourView, TooManyViews
    """
    if view is not None:
        _refuse_foreign(view, by)
    named = SavedView.objects.filter(officer=by, name=name)
    if view is None:
        view = named.first() or SavedView(officer=by)
    else:
        named.exclude(pk=view.pk).delete()
    count = SavedView.objects.filter(officer=by).exclude(name="").count()
    if view.pk is None and count >= MOST_VIEWS:
        raise TooManyViews(count=count)
    before = {"name": view.name, "shared": view.subdistrict_id is not None} if view.pk else None
    if is_default:
        others = SavedView.objects.filter(is_default=True).exclude(pk=view.pk)
        others = (
            others.filter(subdistrict=shared_with)
            if shared_with
            else others.filter(officer=by, subdistrict=None)
        )
        others.update(is_default=False)
    view.name, view.filters, view.columns, view.sort = name, filters, list(columns), sort
    view.subdistrict, view.is_default, view.updated_at = shared_with, is_default, at
    view.save()
    after = {"name": name, "shared": shared_with is not None, "is_default": is_default}
    record("view", view.pk, by=by, at=at, before=before, after=after, within=shared_with or by)
    return view


@action("registry.delete_view")
def delete_view(*, view: SavedView, by: Officer, at: datetime) -> None:
    """Give up a saved list. Raises: NotYourView"""
    _refuse_foreign(view, by)
    before = {"name": view.name, "shared": view.subdistrict_id is not None}
    record("view", view.pk, by=by, at=at, before=before, within=view.subdistrict_id or by)
    view.delete()


@action("registry.choose_columns")
def choose_columns(*, columns: Sequence[str], by: Officer, at: datetime) -> SavedView:
    """Remember which columns of the list of places an officer wants to see."""
    view, _is_new = SavedView.objects.update_or_create(
        officer=by, name="", defaults={"columns": list(columns), "updated_at": at}
    )
    record("view", view.pk, by=by, at=at, after={"shown": list(columns)}, within=by)
    return view


def _refuse_foreign(view: SavedView, by: Officer) -> None:
    if view.officer_id != by.pk:
        raise NotYourView(name=view.name, officer=view.officer.name)
