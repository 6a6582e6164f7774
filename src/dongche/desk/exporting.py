"""The list of places as an Excel file: at once, or written in the background when it is long, as other files are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext

from dongche.desk import columns, listing, saved
from dongche.desk.filters import PlaceFilter
from dongche.kit import clock
from dongche.org.models import Officer
from dongche.registry import actions
from dongche.registry.models import PlaceBatch
from dongche.registry.queries import PlaceBatches
from dongche.web import spreadsheets
from dongche.web.background import enqueue, task

AT_ONCE: Final = 5000  # rows that are written while the officer waits: a few seconds
KEPT_SECONDS: Final = 2 * 24 * 3600  # files of lists that nobody fetches any more
FOLDER: Final = "lists"


def write(
    file: IO[bytes] | Path, form: PlaceFilter, shown: saved.Showing, officer: Any, done: Any = None
) -> int:
    """Write the list to a file as it is shown; gives the number of rows."""
    rows = listing.export_rows(form.places(), shown.sort, form.chosen_day, officer, shown.columns, done)
    return spreadsheets.write_rows(file, columns.headers(shown.columns), rows, title=gettext("Places"))


def begin(form: PlaceFilter, shown: saved.Showing, total: int, *, by: Officer, at: datetime) -> PlaceBatch:
    """Have a long list written in the background."""
    asked = {"columns": ",".join(column.name for column in shown.columns), "on": form.chosen_day.isoformat()}
    given = {"language": translation.get_language()}
    filters = form.query(without={"columns", "on"}, **asked)
    batch = actions.begin_export(
        kind=PlaceBatch.Kind.EXPORT, given=given, filters=filters, total=total, by=by, at=at
    )
    enqueue(write_list, batch.pk)
    return batch


@task
def write_list(batch_id: int) -> None:
    """Write the file of a long list, telling how far it is."""
    batch = PlaceBatches.unscoped(reason="the batch is given").select_related("officer").get(pk=batch_id)
    with translation.override(batch.given["language"]), writing(batch, ".xlsx") as (path, tell):
        form = PlaceFilter(QueryDict(batch.filters), officer=batch.officer, today=clock.today())
        write(path, form, saved.showing(form, batch.officer), batch.officer, tell)


@contextmanager
def writing(batch: PlaceBatch, ending: str) -> Iterator[tuple[Path, Callable[[int], None]]]:
    """The path of a file written for a batch, and how to tell how far it is; afterwards it is done, or failed."""
    _forget_old()
    path = _folder() / f"{batch.code}{ending}"

    def tell(count: int) -> None:
        PlaceBatches.unscoped(reason="the batch is given").filter(pk=batch.pk).update(progress_done=count)

    try:
        yield path, tell
    except Exception as fault:
        path.unlink(missing_ok=True)
        actions.fail_batch(batch=batch, problem=type(fault).__name__, by=batch.officer, at=clock.now())
        raise
    actions.finish_export(batch=batch, file_path=f"{FOLDER}/{path.name}", by=batch.officer, at=clock.now())


def file_of(batch: PlaceBatch) -> Path | None:
    """The file of a list that was written; None when it has been deleted since."""
    path = Path(settings.MEDIA_ROOT) / batch.file_path
    return path if batch.file_path and path.exists() else None


def _folder() -> Path:
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _forget_old() -> None:
    for path in _folder().glob("*.*"):
        if path.stat().st_mtime < clock.real().timestamp() - KEPT_SECONDS:
            path.unlink(missing_ok=True)
