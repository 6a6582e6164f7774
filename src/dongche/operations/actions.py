"""What is done to the house as a whole, on the record."""

from __future__ import annotations

from datetime import datetime

from dongche.operations.backup.restore import Restored
from dongche.operations.backup.take import Taken
from dongche.org.audit import Actor, action, record


@action("operations.back_up")
def back_up(*, taken: Taken, by: Actor, at: datetime) -> None:
    """Note that a backup has been taken: who can read it can read everything in it."""
    after = {"rows": taken.rows, "files": taken.files, "bytes": taken.bytes, "with_keys": taken.with_keys}
    record("backup", None, by=by, at=at, after=after)


@action("operations.restore")
def restore(*, restored: Restored, by: Actor, at: datetime) -> None:
    """Note that what stands before this row was brought back from a backup."""
    after = {"taken_at": restored.taken_at, "rows": restored.rows, "files": restored.files}
    record("backup", None, by=by, at=at, after=after)
