"""How a file of reports is taken back: by rows that say so, never by deleting any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from dongche.org.audit import Actor
from dongche.registry.imports.undoers import PartsUndoer
from dongche.registry.imports.undoing import CHANGED_SINCE
from dongche.registry.imports.verdicts import Left, Verdict
from dongche.registry.models import ImportBatch
from dongche.registry.standing import settle
from dongche.reporting import appending
from dongche.reporting.grid import FIELDS, texts
from dongche.reporting.models import Report

CHUNK: Final = 500


class ReportsUndoing:
    """How a file of reports is taken back: each is believed no more; the one that it replaced is said again."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch

    def survey(self) -> Iterator[Verdict]:
        mine = Report.objects.filter(batch=self.batch).select_related("entity").order_by("pk")
        after = 0
        while part := list(mine.filter(pk__gt=after)[:CHUNK]):
            after = part[-1].pk
            yield from self._look(part)

    def _look(self, part: Sequence[Report]) -> Iterator[Verdict]:
        replaced = Report.objects.filter(
            entity__in={one.entity_id for one in part},
            on__in={one.on for one in part},
            superseded_at__in={one.known_at for one in part},
        )
        before = {(one.entity_id, one.on, one.superseded_at): one for one in replaced}
        for one in part:
            about: dict[str, Any] = {"pk": one.pk, "number": one.entity.number, "name": one.entity.name}
            was = before.get((one.entity_id, one.on, one.known_at))
            if one.superseded_at is not None:
                yield Verdict(**about, left=[Left("", CHANGED_SINCE)])
            elif was is None:
                yield Verdict(**about, goes=True)
            else:
                now, then = texts(one), texts(was)
                changes = {name: [now[name], then[name]] for name in FIELDS if now[name] != then[name]}
                yield Verdict(
                    **about, changes=changes or {"state": [one.state, was.state]}, known={"was": was.pk}
                )

    def undoer(self, *, by: Actor, at: datetime) -> ReportsUndoer:
        return ReportsUndoer(self.batch, by=by, at=at)


class ReportsUndoer(PartsUndoer):
    """Writes what a survey of reports said: only ever adds rows, and says of those of the file until when they held."""

    def take_back(self, verdicts: Sequence[Verdict]) -> None:
        wanted = {verdict.pk for verdict in verdicts} | {one.known["was"] for one in verdicts if one.known}
        found = Report.objects.in_bulk(wanted)
        Report.objects.filter(pk__in=[one.pk for one in verdicts]).update(superseded_at=self.at)
        again = [self._again(found[one.known["was"]], one.pk) for one in verdicts if one.known]
        Report.objects.bulk_create(again)
        gone = [found[one.pk] for one in verdicts]
        appending.count_changes(gone)
        settle([report.entity_id for report in gone], self.at)

    def _again(self, was: Report, pk: int) -> Report:
        """What was said before the file, as a row that holds from now on."""
        said = {one.attname: getattr(was, one.attname) for one in Report._meta.concrete_fields}
        own = {"id": None, "known_at": self.at, "superseded_at": None, "key": f"undo-{self.batch.pk}-{pk}"}
        return Report(**said | own | {"batch_id": None})
