"""Take a backup while everybody goes on working."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from dongche.kit import clock
from dongche.operations import program
from dongche.operations.backup import archive, postgres, sqlite
from dongche.operations.backup.archive import Manifest, Say, Writer

FILES: Final = "files/"
KEYS: Final = ("secret.key", "field.key")
NOTE: Final = "last-backup.json"
OURS: Final = re.compile(r"^dongche-\d{8}-\d{6}\.zip$")


@dataclass(frozen=True)
class Taken:
    """What was kept, and where."""

    file: Path
    bytes: int
    tables: int
    rows: int
    files: int
    with_keys: bool
    taken_at: str
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "file": str(self.file)}


def name_for(folder: Path) -> Path:
    """The file of a backup that is taken into a folder now; names are in the order of time."""
    at = clock.real().astimezone(clock.BEIJING)
    while (file := folder / f"dongche-{at:%Y%m%d-%H%M%S}.zip").exists():
        at += timedelta(seconds=1)
    return file


def size() -> int:
    """Bytes that a backup will read, about."""
    files = sum(path.stat().st_size for _, path in _files())
    if connection.vendor == "sqlite":
        return files + sqlite.live_file().stat().st_size
    with postgres.snapshot() as own:
        return files + postgres.size(own)


def take(file: Path, *, with_keys: bool = False, say: Say = lambda count: None) -> Taken:
    """This function will write a backup to `file`, a name that is still free, or into the folder of that name.

    Raises: BackupExists, BackupUnwritable
    """
    file = name_for(file) if file.is_dir() else file
    begun, expected = time.monotonic(), size()
    manifest = Manifest(
        program=program.version(),
        engine=connection.vendor,
        taken_at=clock.real().isoformat(timespec="seconds"),
        field_key=archive.fingerprint(settings.FIELD_KEY),
        with_keys=with_keys,
    )
    with archive.writing(file, manifest, expected, say) as writer:
        # The rows first: a file that a row speaks of was there before the row.
        _database(writer, file.parent)
        files = 0
        for name, path in _files():
            try:
                writer.add_file(FILES + name, path)
                files += 1
            except FileNotFoundError:
                continue  # dropped since, with its row
        note = settings.DATA / "instance.json"
        if note.exists():
            writer.add_file("instance.json", note)
        if with_keys:
            for key, value in zip(KEYS, (settings.SECRET_KEY, settings.FIELD_KEY), strict=True):
                writer.add(key, [value.encode()])
    taken = Taken(
        file=file,
        bytes=file.stat().st_size,
        tables=len(manifest.tables),
        rows=manifest.rows,
        files=files,
        with_keys=with_keys,
        taken_at=manifest.taken_at,
        seconds=round(time.monotonic() - begun, 2),
    )
    _note(taken)
    return taken


def last() -> datetime | None:
    """When the last backup of this instance was taken; None when none was."""
    try:
        content = json.loads((settings.DATA / NOTE).read_text(encoding="utf-8"))
        return datetime.fromisoformat(content["taken_at"])
    except (OSError, ValueError, KeyError):
        return None


def drop_old(folder: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups that were taken into a folder under our own names."""
    found = sorted((path for path in folder.iterdir() if OURS.match(path.name)), key=lambda path: path.name)
    dropped = found[:-keep] if keep else []
    for path in dropped:
        path.unlink()
    return dropped


def _database(writer: Writer, beside: Path) -> None:
    if connection.vendor == "postgresql":
        with postgres.snapshot() as own:
            writer.manifest.migrations = postgres.migrations(own)
            postgres.export(own, writer)
        return
    # Beside the backup: where it fits, its copy fits, and the system's folder for such things may be small.
    with tempfile.TemporaryDirectory(dir=beside, prefix=".dongche-") as folder:
        copied = Path(folder) / sqlite.MEMBER
        sqlite.copy(sqlite.live_file(), copied)
        writer.manifest.migrations = sqlite.migrations(copied)
        writer.manifest.tables = sqlite.tables(copied)
        writer.add_file(sqlite.MEMBER, copied)


def _files() -> Iterator[tuple[str, Path]]:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(root).as_posix(), path


def _note(taken: Taken) -> None:
    draft = settings.DATA / f".{NOTE}.part"
    draft.write_text(json.dumps(taken.as_json(), ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(settings.DATA / NOTE)
