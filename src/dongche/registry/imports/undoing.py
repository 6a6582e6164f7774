"""What taking back a whole import of places would do, and doing it: nobody's later change is lost.

A value goes back to what it was, unless it was changed since; a place that came by the import goes, unless something
hangs on it by now. Both are told by what stands in the versions, so that an import of any age can be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from dongche.kit import clock
from dongche.kit.messages import N_
from dongche.org.audit import Actor
from dongche.org.models import Unit
from dongche.registry.imports import bulk, names, values
from dongche.registry.imports.store import Folder
from dongche.registry.imports.verdicts import Left, Verdict
from dongche.registry.models import PRESENT, Entity, ImportBatch, Revision, Source
from dongche.registry.versions import DIMENSIONS
from dongche.web.campaign import current
from dongche.web.periods import in_force

CHUNK: Final = 1000

CHANGED_SINCE: Final = N_("Changed since, so it stays as it is.")
PLACE_CHANGED: Final = N_("The place was changed since, so it stays.")
PLACE_GONE: Final = N_("The place is no longer in the registry.")
ERASED: Final = N_("What it was before has been erased by now, so it stays as it is.")
UNIT_ENDED: Final = N_("The community or grid it lay in before has ended, so it stays where it is.")
CODE_TAKEN: Final = N_("Its former credit code belongs to %(number)s by now, so it stays as it is.")
HANGS: Final = N_("Something hangs on the place by now, so it stays: %(what)s.")
# What may hang on a place, by the name of its model.
HANGING: Final[Mapping[str, str]] = {
    "report": N_("reports"),
    "person": N_("people"),
    "document": N_("documents"),
    "electricityreading": N_("electricity readings"),
    "meter": N_("a meter number"),
    "importbatch": N_("a roster that was sent"),
    "exclusion": N_("exclusions"),
    "standing": N_("standing"),
    "placeduty": N_("duties by name"),
    "withdrawncode": N_("a withdrawn QR code"),
    "proposedduty": N_("a proposal"),
    "proposedplace": N_("a proposal"),
    "merge": N_("a merge"),
    "backbonefirm": N_("the backbone list"),
    "entity": N_("other places"),
}
OTHER: Final = N_("entries of other kinds")
# Values that only go back together.
_TOGETHER: Final = (("community_id", "grid_id"), ("lon", "lat"), ("category", "nine_small_class"))
_OWN_PARTS: Final = frozenset({"revision", "namegram", "namekey", "duplicatepair"})
_COLUMNS: Final = (
    "pk",
    "number",
    "until_on",
    "taken_back_at",
    "merged_into",
    "building__number",
    *values.ALL,
)


class PlacesUndoing:
    """How an import of places is taken back."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch

    def survey(self) -> Iterator[Verdict]:
        return survey(self.batch)

    def undoer(self, *, by: Actor, at: datetime) -> PlacesUndoer:
        return PlacesUndoer(self.batch, by=by, at=at)


def survey(batch: ImportBatch) -> Iterator[Verdict]:
    """This function will say of every place that an import brought or changed what taking it back would do.

    Shape: in the order in which they were written; a fixed number of queries for each thousand places
    """
    written = Revision.objects.filter(batch=batch, source=Source.IMPORTED).order_by("pk")
    look = _Look(batch)
    after = 0
    while part := list(written.filter(pk__gt=after)[:CHUNK]):
        after = part[-1].pk
        yield from look.at(part)


class _Look:
    """Looks at some places at a time; what does not depend on them is read once."""

    def __init__(self, batch: ImportBatch) -> None:
        units = Unit.objects.filter(in_force(clock.today()), subdistrict=batch.subdistrict_id)
        self.units = frozenset(units.values_list("pk", flat=True))
        self.batch = batch

    def at(self, written: Sequence[Revision]) -> Iterator[Verdict]:
        ids = [version.entity_id for version in written]
        places = {found["pk"]: found for found in Entity.objects.filter(pk__in=ids).values(*_COLUMNS)}
        versions = Revision.objects.filter(entity__in=ids).order_by("entity", "-pk")
        history = {pk: list(rows) for pk, rows in groupby(versions, key=lambda row: row.entity_id)}
        created = [
            version.entity_id for version in written if history[version.entity_id][-1].pk == version.pk
        ]
        hanging = _hanging(created)
        holders = self._holders(written)
        for version in written:
            known, rows = places[version.entity_id], history[version.entity_id]
            then = _as_left_by(version, known, rows)
            if known["taken_back_at"] is not None or known["merged_into"] is not None:
                yield self._verdict(known, left=[Left("", PLACE_GONE)])
            elif rows[-1].pk == version.pk:
                yield self._new(known, then, hanging.get(known["pk"], ()))
            else:
                yield self._changed(known, version, then, holders)

    def _holders(self, written: Sequence[Revision]) -> dict[str, tuple[int, str]]:
        """Who has the credit codes by now that places had before."""
        codes = [pair[0] for version in written if (pair := version.changes.get("credit_code")) and pair[0]]
        rows = Entity.objects.filter(PRESENT, subdistrict=self.batch.subdistrict_id, credit_code__in=codes)
        return {code: (pk, number) for code, pk, number in rows.values_list("credit_code", "pk", "number")}

    def _new(self, known: Mapping[str, Any], then: Mapping[str, Any], hanging: Iterable[str]) -> Verdict:
        left = []
        if any(then[name] != known[name] for name in values.IMPORTED):
            left.append(Left("", PLACE_CHANGED))
        left += [Left("", HANGS, {"what": what}) for what in hanging]
        return self._verdict(known, goes=not left, left=left)

    def _changed(
        self,
        known: Mapping[str, Any],
        version: Revision,
        then: Mapping[str, Any],
        holders: Mapping[str, tuple[int, str]],
    ) -> Verdict:
        former = values.replaced(version.former)
        back: dict[str, list[Any]] = {}
        left: dict[str, Left] = {}
        for name in values.IMPORTED:
            if name not in version.changes:
                continue
            before: Any = (
                former.get(name) if name in values.PERSONAL else _read(name, version.changes[name][0])
            )
            holder = holders.get(before) if name == "credit_code" else None
            if known[name] != then[name]:
                left[name] = Left(name, CHANGED_SINCE)
            elif name in values.PERSONAL and name not in former:
                left[name] = Left(name, ERASED)
            elif name in ("community_id", "grid_id") and before is not None and before not in self.units:
                left[name] = Left(name, UNIT_ENDED)
            elif holder is not None and holder[0] != known["pk"]:
                left[name] = Left(name, CODE_TAKEN, {"number": holder[1]})
            elif known[name] != before:
                back[name] = [known[name], before]
        if "building" in version.changes:
            was, then_in = version.changes["building"]
            if (known["building__number"] or "") == then_in:
                back["building"] = [then_in, was]
            else:
                left["building"] = Left("building", CHANGED_SINCE)
        for group in _TOGETHER:
            reason = next((left[name] for name in group if name in left), None)
            for name in group:
                if reason is not None and back.pop(name, None) is not None:
                    left[name] = Left(name, reason.message, reason.details)
        return self._verdict(known, changes=back, left=list(left.values()))

    def _verdict(self, known: Mapping[str, Any], **more: Any) -> Verdict:
        return Verdict(known["pk"], known["number"], known["name"], known=known, **more)


def _as_left_by(version: Revision, known: Mapping[str, Any], rows: Sequence[Revision]) -> dict[str, Any]:
    """The values of a place as the version left them: the present ones taken back version by version."""
    then = dict(known)
    for later in rows:
        if later.pk == version.pk:
            break
        former = values.replaced(later.former)
        for name, (before, _) in later.changes.items():
            # Of an erased value only that it was another is known: nothing is equal to None here.
            then[name] = former.get(name) if name in values.PERSONAL else _read(name, before)
    return then


def _read(name: str, kept: Any) -> Any:
    return date.fromisoformat(kept) if name.endswith("_on") and isinstance(kept, str) else kept


def _hanging(ids: Sequence[int]) -> dict[int, list[str]]:
    """What hangs on places beside their own versions and names, whichever room it is of."""
    found: dict[int, list[str]] = {}
    for relation in Entity._meta.related_objects:
        model = relation.related_model
        if isinstance(model, str) or model._meta.model_name in _OWN_PARTS:
            continue
        what = HANGING.get(model._meta.model_name or "", OTHER)
        name = relation.field.attname
        rows = model._default_manager.filter(**{f"{relation.field.name}__in": ids})
        for pk in rows.order_by().values_list(name, flat=True).distinct():
            if what not in found.setdefault(pk, []):
                found[pk].append(what)
    return found


class PlacesUndoer:
    """Writes what a survey said, some thousands at a time; used under the lock of the registry."""

    def __init__(self, batch: ImportBatch, *, by: Actor, at: datetime) -> None:
        self.batch, self.by, self.at = batch, by, at
        self.on = clock.day_of(at)
        self.first_day = current().campaign.from_on
        self.folder = Folder.of(batch.file_path)
        self.done = 0
        self.going: list[Verdict] = []
        self.changing: list[Verdict] = []

    def write(self, verdict: Verdict) -> None:
        if verdict.goes:
            self.going.append(verdict)
        elif verdict.changes:
            self.changing.append(verdict)
        self.done += 1
        if len(self.going) + len(self.changing) >= CHUNK:
            self.finish()

    def finish(self) -> None:
        going, changing, self.going, self.changing = self.going, self.changing, [], []
        self._supersede([verdict.pk for verdict in (*going, *changing)])
        Entity.objects.filter(pk__in=[verdict.pk for verdict in going]).update(
            taken_back_at=self.at, updated_at=self.at
        )
        names.forget([(verdict.pk, verdict.name) for verdict in going])
        self._restore(changing)
        self.folder.show_progress(self.done)

    def _supersede(self, ids: Sequence[int]) -> None:
        current_ones = Revision.objects.filter(entity__in=ids, superseded_at__isnull=True)
        current_ones.update(superseded_at=self.at)

    def _restore(self, verdicts: Sequence[Verdict]) -> None:
        rows, versions, renamed = [], [], []
        moved: list[tuple[int, str]] = []
        for verdict in verdicts:
            known = verdict.known
            row = values.after(known, verdict.changes, on=self.on, first_day=self.first_day)
            changes = values.all_changes(known, row)
            if "building" in verdict.changes:
                changes["building"] = list(verdict.changes["building"])
                moved.append((verdict.pk, verdict.changes["building"][1]))
            # What the last import said of it is taken back too: the same row again is a change again.
            row |= {"fingerprint": "", "updated_at": self.at}
            rows.append([*(row[name] for name in values.ALL), "", self.at, verdict.pk])
            versions.append(
                [
                    verdict.pk, self.at, Source.RESTORED.value, self.batch.pk, self.by.officer_id,
                    values.shown(changes), values.former(changes), *(row[name] for name in DIMENSIONS),
                ]
            )  # fmt: skip
            if "name" in changes:
                renamed.append((verdict.pk, known["name"], row["name"]))
        bulk.update(Entity, (*values.ALL, "fingerprint", "updated_at"), rows)
        columns = ("entity_id", "known_at", "source", "batch_id", "by_id", "changes", "former", *DIMENSIONS)
        bulk.insert(Revision, columns, versions)
        found = Entity.objects.filter(number__in={number for _pk, number in moved})
        ids = dict(found.values_list("number", "pk"))
        bulk.update(Entity, ("building_id",), [(ids.get(number), pk) for pk, number in moved])
        names.forget([(pk, before) for pk, before, _ in renamed])
        names.index([(pk, after) for pk, _, after in renamed])
