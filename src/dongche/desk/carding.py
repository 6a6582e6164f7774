"""QR cards of a long list: sheets for the printer, written in the background, in parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final
from zipfile import ZIP_STORED, ZipFile

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext

from dongche.desk import exporting
from dongche.desk.filters import PlaceFilter
from dongche.kit import clock
from dongche.org.models import Officer
from dongche.registry import actions, cards
from dongche.registry.models import PlaceBatch
from dongche.registry.queries import PlaceBatches, Places
from dongche.web.background import enqueue, task
from dongche.web.typesetting import to_pdf

SHEET: Final = Path(__file__).with_name("sheets") / "cards.typ"


def begin(form: PlaceFilter, *, by: Officer, at: datetime) -> PlaceBatch:
    """Have the cards of a list written in the background, those of all its pages."""
    filters = form.query(without={"on"}, on=form.chosen_day.isoformat())
    batch = actions.begin_export(
        kind=PlaceBatch.Kind.CARDS,
        given={"language": translation.get_language()},
        filters=filters,
        total=form.total(),
        by=by,
        at=at,
    )
    enqueue(write_cards, batch.pk)
    return batch


@task
def write_cards(batch_id: int) -> None:
    """Write the cards of a long list, telling how far it is."""
    batch = PlaceBatches.unscoped(reason="the batch is given").select_related("officer").get(pk=batch_id)
    with translation.override(batch.given["language"]), exporting.writing(batch, ".zip") as (path, tell):
        form = PlaceFilter(QueryDict(batch.filters), officer=batch.officer, today=clock.today())
        write(path, form.places(), tell, at=clock.now())


def write(path: Path, places: Places, tell: Callable[[int], None], *, at: datetime) -> None:
    """A ZIP of PDF files of `cards.MOST` cards each, in the order in which they are handed out.

    Shape: as much memory as one part takes; one query for each part
    """
    done = 0
    with ZipFile(path, "w", ZIP_STORED) as file:
        for number, part in enumerate(cards.parts(places), 1):
            told = {
                "title": gettext("QR cards"),
                "unit": "",
                "hint": gettext("Scan to report today: 20 seconds, no account."),
                "cards": [
                    {"name": one.name, "number": one.number, "where": one.where, "svg": one.drawing}
                    for one in part
                ],
            }
            file.writestr(f"cards-{number:03d}.pdf", to_pdf(SHEET, told, at=at))
            done += len(part)
            tell(done)
