"""What the pages about taking an import back show: how far the look ahead is, what would go, what was left and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from dongche.kit.decimals import ratio
from dongche.kit.messages import N_
from dongche.registry.imports.kinds import KINDS
from dongche.registry.imports.store import Folder
from dongche.registry.imports.surveying import LEFT_SHOWN
from dongche.registry.labels import label
from dongche.registry.models import ImportBatch
from dongche.web.components import Tile

Kind = ImportBatch.Kind
_PLACES: Final = {
    "gone": N_("Places that go"),
    "restored": N_("Places put back"),
    "left": N_("Left as it is"),
    "says": N_(
        "Places that this import brought go, unless something hangs on them; values that it changed are put back, "
        "unless they were changed since. All of it happens, or nothing. Earlier versions are kept."
    ),
}
# What is counted and said before an undo, by kind of import.
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    Kind.PLACES: _PLACES,
    Kind.TENANTS: _PLACES,
    Kind.ELECTRICITY: {
        "gone": N_("Readings that go"),
        "restored": N_("Readings put back"),
        "left": N_("Left as it is"),
        "says": N_(
            "Readings that this import brought go, and where it replaced one, the earlier holds again; unless a later "
            "one holds by now. All of it happens, or nothing. Earlier versions are kept."
        ),
    },
    Kind.REPORTS: {
        "gone": N_("Reports that hold no more"),
        "restored": N_("Reports put back"),
        "left": N_("Left as it is"),
        "says": N_(
            "Reports that this file brought hold no more, and where one replaced an earlier report, the earlier one "
            "holds again; unless a later one holds by now. All of it happens, or nothing. Nothing is deleted."
        ),
    },
    Kind.OUTCOMES: {
        "gone": N_("Answers that hold no more"),
        "restored": N_("Answers put back"),
        "left": N_("Left as it is"),
        "says": N_(
            "Answers that this file brought hold no more, and where one replaced an earlier answer, the earlier one "
            "holds again; unless a later one holds by now. All of it happens, or nothing. Nothing is deleted."
        ),
    },
    Kind.ROSTER: {
        "gone": N_("People deleted"),
        "restored": N_("People put back"),
        "left": N_("Left as it is"),
        "says": N_(
            "People whom this file brought are deleted with all that it said of them; values that it changed are put "
            "back. Whoever was changed since stays, and so does what was changed since. All of it happens, or nothing."
        ),
    },
}
COUNTED: Final = ("gone", "restored", "left")


def before_undo(batch: ImportBatch) -> dict[str, Any]:
    """This function will give what the page before an undo shows.

    Empty: `survey` is None as long as nobody has looked ahead
    """
    survey = Folder.of(batch.file_path).survey()
    if survey is None:
        return {"survey": None, "busy": False}
    counts = survey.get("counts")
    shown: dict[str, Any] = {
        "survey": survey,
        "problem": problem(survey.get("problem")),
        "busy": counts is None and "problem" not in survey,
        "says": _(WORDS[batch.kind]["says"]),
        "progress": {
            "done": survey["done"],
            "total": max(survey["total"], survey["done"], 1),
            "percent": percent(survey["done"], survey["total"]),
        },
    }
    if counts is not None:
        shown |= {
            "seen_at": datetime.fromisoformat(survey["at"]),
            "tiles": tiles(batch, counts),
            "can_undo": bool(counts["gone"] or counts["restored"]),
        }
        shown |= _left(batch, survey["left"], counts["left"])
    return shown


def undone(batch: ImportBatch) -> dict[str, Any]:
    """What the page of an import shows that was taken back."""
    left = Folder.of(batch.file_path).left()
    return {"undo": batch.undo, "undo_tiles": tiles(batch, batch.undo)} | _left(batch, left, len(left))


def tiles(batch: ImportBatch, counts: Mapping[str, int]) -> list[Tile]:
    return [Tile(_(WORDS[batch.kind][name]), counts[name], unit="", places=0) for name in COUNTED]


def _left(batch: ImportBatch, entries: Sequence[Sequence[Any]], count: int) -> dict[str, Any]:
    shown = [
        {"number": number, "name": name, "reasons": left_reasons(kept, batch.kind)}
        for number, name, kept in entries[:LEFT_SHOWN]
    ]
    return {"left": shown, "left_more": max(count - len(shown), 0)}


def left_reasons(kept: Iterable[Sequence[Any]], kind: str) -> list[str]:
    """Why something is left as it is, wholly or in part: given are field, sentence and its details of each reason."""
    columns = KINDS[kind].columns
    found = []
    for field, message, details in kept:
        text = _(message)
        said = text % {key: _(value) for key, value in details.items()} if details else text
        column = str(columns.get(field) or label(field))
        found.append(_("%(column)s: %(reason)s") % {"column": column, "reason": said} if field else said)
    return found


def percent(done: int, total: int) -> str:
    whole = max(total, done)
    return f"{int(ratio(done, whole, places=2) * 100)} %" if whole else "0 %"


def problem(noted: Mapping[str, Any] | None) -> dict[str, str] | None:
    """What was noted of a problem, in words and with its code."""
    if not noted:
        return None
    text, details = _(noted["message"]), noted["details"]
    return {"text": text % details if details else text, "code": noted["code"]}
