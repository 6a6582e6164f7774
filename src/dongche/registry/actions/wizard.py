"""What an officer says about a file: which words mean what, and which columns are which, once for every such file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.org.models import Unit
from dongche.registry.imports.maps import header_key
from dongche.registry.models import ColumnMap


class MapNameMissing(Problem):
    code = "registry.map_name_missing"
    message = N_("Give the assignment of columns a name by which you find it again.")


class MapNameTaken(Problem):
    code = "registry.map_name_taken"
    status = 409
    message = N_(
        "There is an assignment “%(name)s” for files with another header already. Choose another name."
    )


@action("registry.save_columns")
def save_columns(
    *,
    subdistrict: Unit,
    kind: str,
    name: str,
    headers: Sequence[str],
    mapping: Mapping[str, str | None],
    by: Actor,
    at: datetime,
) -> ColumnMap:
    """Remember which column is which for every file with this header; what was remembered for it is replaced.

    Raises: MapNameMissing, MapNameTaken
    """
    name, digest = name.strip()[:60], header_key(headers)
    if not name:
        raise MapNameMissing
    mine = ColumnMap.objects.filter(subdistrict=subdistrict, kind=kind)
    if mine.filter(name=name).exclude(header_key=digest).exists():
        raise MapNameTaken(name=name)
    values = {
        "name": name,
        "headers": list(headers),
        "mapping": dict(mapping),
        "by_id": by.officer_id,
        "saved_at": at,
    }
    saved, is_new = mine.update_or_create(
        header_key=digest,
        defaults=values,
        create_defaults=values | {"subdistrict": subdistrict, "kind": kind},
    )
    after = {"name": name, "columns": sorted(field for field, header in mapping.items() if header)}
    record("columns", saved.pk, by=by, at=at, before={"again": not is_new}, after=after, within=subdistrict)
    return saved


@action("registry.rename_columns")
def rename_columns(*, saved: ColumnMap, name: str, by: Actor, at: datetime) -> ColumnMap:
    """Give a remembered assignment of columns another name. Raises: MapNameMissing, MapNameTaken"""
    name, before = name.strip()[:60], saved.name
    if not name:
        raise MapNameMissing
    same = ColumnMap.objects.filter(subdistrict=saved.subdistrict_id, kind=saved.kind, name=name)
    if same.exclude(pk=saved.pk).exists():
        raise MapNameTaken(name=name)
    saved.name = name
    saved.save(update_fields=["name"])
    was, now = {"name": before}, {"name": name}
    record("columns", saved.pk, by=by, at=at, before=was, after=now, within=saved.subdistrict_id)
    return saved


@action("registry.forget_columns")
def forget_columns(*, saved: ColumnMap, by: Actor, at: datetime) -> None:
    """Forget an assignment of columns: the next file with this header is guessed at again."""
    record("columns", saved.pk, by=by, at=at, before={"name": saved.name}, within=saved.subdistrict_id)
    saved.delete()
