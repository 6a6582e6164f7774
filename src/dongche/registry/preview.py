"""What the import pages show: an import in the list, and where one stands, ready for the template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from dongche.registry import undo_preview
from dongche.registry.imports import refused
from dongche.registry.imports.kinds import KINDS as OF_KIND
from dongche.registry.imports.store import KINDS, Folder
from dongche.registry.imports.values import IMPORTED, PERSONAL
from dongche.registry.labels import label, value
from dongche.registry.models import ColumnMap, ImportBatch
from dongche.registry.readers import as_text
from dongche.registry.roster.labels import PERSON_FIELDS, masked
from dongche.registry.sheets.header import letters
from dongche.web.components import Mood, Pager, Tab, Tile
from dongche.web.fields import masked_phone

State = ImportBatch.State
BUSY = (State.UPLOADED, State.READING, State.APPLYING, State.UNDOING)
MOODS: dict[str, Mood] = {
    State.READY: "info", State.APPLIED: "good", State.FAILED: "warn", State.DROPPED: "none",
    State.UNDONE: "none",
}  # fmt: skip
# Kinds whose values are called by the columns of their file.
BY_COLUMN = (ImportBatch.Kind.ELECTRICITY, ImportBatch.Kind.REPORTS, ImportBatch.Kind.OUTCOMES)
# Shown of a new place; the rest is in the file.
_NEW = (*(name for name in IMPORTED if name != "name"), "building")


@dataclass(frozen=True)
class Line:
    """An import in the list of imports."""

    batch: ImportBatch
    url: str
    mood: Mood
    summary: str


@dataclass(frozen=True)
class PlanRow:
    """A row of the plan: its number in the sheet (of a form the name of its sheet), the place, and what is to be said
    about it.

    `faults` are the reasons of a refused row with the address of the cell each is about; `cells` all it holds: header,
    value, and whether there is a fault in it.
    """

    row: int | str
    name: str
    number: str
    facts: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()
    reasons: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    cells: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True)
class Recognised:
    """A column of the file: its header, what it was taken for, and the first values in it."""

    field: str
    label: str
    header: str
    samples: str


def line(batch: ImportBatch) -> Line:
    counts = batch.counts
    parts = [f"{kind_label(kind)} {counts[kind]:,}" for kind in KINDS if counts.get(kind)]
    url = reverse("registry:import-batch", args=[batch.code])
    return Line(batch, url, MOODS.get(batch.state, "soon"), " · ".join(parts))


def kind_label(kind: str) -> str:
    return {
        "new": _("New"),
        "changed": _("Changed"),
        "unchanged": _("Unchanged"),
        "duplicate": _("Duplicate"),
        "refused": _("Refused"),
    }[kind]


def page(batch: ImportBatch, kind: str, after: str, units: Mapping[int, str]) -> dict[str, Any]:
    """This function will give the context of the page of one import."""
    folder = Folder.of(batch.file_path)
    is_writing = batch.state in (State.APPLYING, State.UNDOING)
    done = folder.progress() if is_writing else batch.progress_done
    has_plan = batch.state in (State.READY, State.APPLIED, State.UNDONE)
    context: dict[str, Any] = {
        "batch": batch,
        "busy": batch.state in BUSY,
        "has_plan": has_plan,
        "can_apply": batch.state == State.READY
        and bool(batch.counts.get("new") or batch.counts.get("changed")),
        "can_drop": batch.state in (State.UPLOADED, State.READING, State.READY, State.FAILED),
        "can_map": batch.state in (State.READY, State.FAILED) and bool(batch.mapping.get("headers")),
        "can_undo": batch.state == State.APPLIED
        and bool(batch.counts.get("new") or batch.counts.get("changed")),
        "problem": undo_preview.problem(batch.problem),
        "mood": MOODS.get(batch.state, "soon"),
        "progress": {
            "done": done,
            "total": max(batch.progress_total, done, 1),
            "percent": undo_preview.percent(done, batch.progress_total),
        },
    }
    if batch.state == State.UNDONE:
        context |= undo_preview.undone(batch)
    if has_plan:
        context |= _plan(batch, folder, kind, after, units)
    return context


def _plan(
    batch: ImportBatch, folder: Folder, kind: str, after: str, units: Mapping[int, str]
) -> dict[str, Any]:
    counts = {name: batch.counts.get(name, 0) for name in KINDS}
    chosen = kind if kind in KINDS else next((name for name in KINDS if counts[name]), KINDS[0])
    found = folder.page(chosen, int(after) if after.isdecimal() and len(after) < 16 else 0)
    seen = folder.seen()
    return {
        "tiles": [Tile(kind_label(name), counts[name], unit="", places=0) for name in KINDS],
        "tabs": [Tab(kind_label(name), f"?kind={name}", name == chosen, counts[name]) for name in KINDS],
        "kind": chosen,
        "rows": [_row(entry, units, batch) for entry in found.entries],
        "pager": Pager(
            next=None if found.next is None else str(found.next),
            shown=len(found.entries),
            total=counts[chosen],
        ),
        "previous": None if found.previous is None else f"?kind={chosen}&after={found.previous}",
        "recognised": _recognised(batch, seen),
        "has_samples": bool(seen),  # personal values among them: forgotten once the import is applied
        "unused": [header for header in batch.mapping.get("unused", []) if header],
        "assumed": [label(name) for name in batch.mapping.get("assumed", [])],
        "skipped": [
            {"row": row, "text": text, "reason": _skip_reason(reason)}
            for row, text, reason in seen.get("skipped", [])
        ],
        "skipped_count": seen.get("skipped_count", 0),
    }


def _row(entry: Mapping[str, Any], units: Mapping[int, str], batch: ImportBatch) -> PlanRow:
    if batch.kind == ImportBatch.Kind.ROSTER:
        return _person(entry, batch)
    of_kind = OF_KIND[batch.kind]
    names = of_kind.columns if batch.kind in BY_COLUMN else {}
    given = entry.get("values", {})
    changes = entry.get("changes")
    name = str(given.get("name") or entry.get("name") or "")
    if "faults" in entry:
        called, faults = _called(entry, batch), _faults(entry, batch)
        return PlanRow(refused.where(entry), called, "", faults=faults, cells=_cells(entry, batch))
    if "first" in entry:
        again = _("The same as row %(first)s.") % {"first": entry["first"]}
        return PlanRow(refused.where(entry), name, entry.get("number", ""), reasons=(again,))
    looks = tuple(refused.reasons(given.get("looks", ()), batch))
    if changes is not None:
        shown = tuple(
            (label(field), _("(not shown)"), _("(not shown)"))
            if field in PERSONAL
            else (
                str(names.get(field) or label(field)),
                before if names else value(field, before, units),
                after if names else value(field, after, units),
            )
            for field, (before, after) in changes.items()
        )
        return PlanRow(refused.where(entry), name, entry.get("number", ""), changes=shown, reasons=looks)
    if names:
        told = tuple(
            (str(names[field]), of_kind.shown(field, given[field]))
            for field in names
            if given.get(field) not in (None, "", [], False) and field not in {"name", *of_kind.personal}
        )
        return PlanRow(refused.where(entry), name, entry.get("number", ""), facts=told, reasons=looks)
    facts = tuple((label(field), _fact(field, given[field], units)) for field in _NEW if field in given)
    return PlanRow(refused.where(entry), name, entry.get("number", ""), facts=facts)


def _called(entry: Mapping[str, Any], batch: ImportBatch) -> str:
    """What a refused row is recognised by: its name, or all it holds where it has none."""
    at, cells = batch.mapping.get("at", {}).get("name"), entry["cells"]
    name = as_text(cells[at]) if at is not None and at < len(cells) and cells[at] is not None else ""
    return (name or " · ".join(as_text(cell) for cell in cells if cell not in ("", None)))[:120]


def _faults(entry: Mapping[str, Any], batch: ImportBatch) -> tuple[tuple[str, str], ...]:
    at = batch.mapping.get("at", {})
    addresses = [
        refused.address(entry, at[field]) if field in at else "" for _code, field, *_rest in entry["faults"]
    ]
    return tuple(zip(addresses, refused.reasons(entry["faults"], batch), strict=True))


def _cells(entry: Mapping[str, Any], batch: ImportBatch) -> tuple[tuple[str, str, bool], ...]:
    faulty = refused.faulty(entry, batch)
    headers = batch.mapping.get("headers", [])
    return tuple(
        (headers[column] or letters(column), as_text(cell)[:80], column in faulty)
        for column, cell in enumerate(entry["cells"][: len(headers)])
        if cell not in ("", None) or column in faulty
    )


def _person(entry: Mapping[str, Any], batch: ImportBatch) -> PlanRow:
    """A row of a roster: masked here too, although whoever sent the file has it."""
    given = entry.get("values", {})
    name = masked("name", given["name"]) if "name" in given else str(entry.get("name", ""))
    if "faults" in entry:
        return PlanRow(refused.where(entry), "", "", faults=_faults(entry, batch))
    if "first" in entry:
        again = _("The same as row %(first)s.") % {"first": entry["first"]}
        return PlanRow(refused.where(entry), name, "", reasons=(again,))
    if "changes" in entry:
        hidden = _("(not shown)")
        changes = tuple(
            (str(PERSON_FIELDS[field]), hidden, masked(field, given[field])) for field in entry["changes"]
        )
        return PlanRow(refused.where(entry), name, "", changes=changes)
    facts = [
        (str(PERSON_FIELDS[field]), masked(field, given[field])) for field in _OF_PERSON if field in given
    ]
    return PlanRow(refused.where(entry), name, "", facts=tuple(facts))


_OF_PERSON = ("document_type", "document_number", "phone", "job", "origin", "arrived_on", "until_on")


def _fact(field: str, given: Any, units: Mapping[int, str]) -> str:
    return masked_phone(given) if field == "contact_phone" else value(field, given, units)


def _recognised(batch: ImportBatch, seen: Mapping[str, Any]) -> list[Recognised]:
    samples, names = seen.get("samples", {}), OF_KIND[batch.kind].columns
    columns = {**batch.mapping.get("columns", {}), **batch.mapping.get("constants", {})}
    return [
        Recognised(
            field,
            str(names[field]),
            header,
            " / ".join(_sample(field, text, batch) for text in samples.get(field, [])),
        )
        for field, header in columns.items()
        if field in names
    ]


def _sample(field: str, text: str, batch: ImportBatch) -> str:
    if batch.kind == ImportBatch.Kind.ROSTER:
        return masked(field, text)
    return masked_phone(text) if field == "contact_phone" else text


def masked_sample(field: str, text: str, batch: ImportBatch) -> str:
    """A first value of a column; long numbers, and what a personal column holds, are masked."""
    kind = OF_KIND[batch.kind]
    return masked_phone(text) if field in kind.personal or _LONG_NUMBER.search(text) else text


_LONG_NUMBER = re.compile(r"1[3-9]\d{9}|\d{15}")


def remembered(saved: ColumnMap) -> dict[str, Any]:
    """Remembered columns for their list: what each is called here and in the file."""
    names = OF_KIND[saved.kind].columns
    held = {field: header for field, header in saved.mapping.items() if header and field in names}
    shown = [(str(names[field]), header.lstrip("=#")) for field, header in held.items()]
    return {"saved": saved, "columns": shown}


def _skip_reason(reason: str) -> str:
    return {
        "total": _("a total"),
        "note": _("a note or signature"),
        "header": _("the header again"),
        "numbering": _("a line of column numbers"),
    }.get(reason, reason)
