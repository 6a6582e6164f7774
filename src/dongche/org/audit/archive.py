"""Files of entries that are no longer kept in the database: JSON lines, readable without this program.

The first line says which part of the chain the file holds. Every further line is an entry with all its fields and its
hash, so that the seals and the links can still be checked; the file's own SHA-256 stands in the log.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit.chain import FIELDS

FORM: Final = "dongche.audit.archive.1"
NAMES: Final = (*FIELDS, "hash")
_AT: Final = FIELDS.index("at")


class ArchiveUnreadable(Problem):
    code = "org.audit_archive_unreadable"
    message = N_("%(file)s cannot be read as an archive of the audit log, in line %(line)s: %(given)s.")


class ArchiveExists(Problem):
    code = "org.audit_archive_exists"
    status = 409
    message = N_("There is a file %(file)s already; it is not written over. Name another one with --to.")


@dataclass(frozen=True)
class Archive:
    """Entries `first` to `last`; `before` is the hash of the entry before them, `hash` that of the last."""

    path: Path
    first: int
    last: int
    before: str
    hash: str

    @classmethod
    def open(cls, path: Path) -> Archive:
        """Raises: ArchiveUnreadable"""
        found = next(_lines(path), {})
        if found.get("archive") != FORM:
            raise ArchiveUnreadable(file=path, line=1, given=FORM)
        try:
            return cls(
                path, int(found["first"]), int(found["last"]), str(found["before"]), str(found["hash"])
            )
        except (KeyError, ValueError, TypeError) as error:
            raise ArchiveUnreadable(file=path, line=1, given=error) from None

    def entries(self) -> Iterator[tuple[Any, ...]]:
        """The values of each entry in the order of NAMES.

        Raises: ArchiveUnreadable
        """
        lines = _lines(self.path)
        next(lines)
        for number, line in enumerate(lines, 2):
            try:
                line["at"] = datetime.fromisoformat(line["at"])
                yield tuple(line[name] for name in NAMES)
            except (KeyError, ValueError, TypeError) as error:
                raise ArchiveUnreadable(file=self.path, line=number, given=error) from None

    def write(self, entries: Iterable[tuple[Any, ...]]) -> str:
        """Write the file, readable by its owner only, and give its SHA-256.

        Raises: ArchiveExists
        """
        digest = hashlib.sha256()
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise ArchiveExists(file=self.path) from None
        with os.fdopen(handle, "wb") as file:
            about = {"first": self.first, "last": self.last, "before": self.before, "hash": self.hash}
            _put(file, digest, {"archive": FORM, **about})
            for values in entries:
                entry = dict(zip(NAMES, values, strict=True))
                entry["at"] = values[_AT].astimezone(UTC).isoformat()
                _put(file, digest, entry)
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest()


def _put(file: Any, digest: Any, line: dict[str, Any]) -> None:
    written = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    digest.update(written)
    file.write(written)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file as objects, one in memory at a time."""
    number = 1
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):  # noqa: B007 – named in the refusal
                line = json.loads(text)
                if not isinstance(line, dict):
                    raise ValueError(text[:40])
                yield line
    except (OSError, ValueError) as error:
        raise ArchiveUnreadable(file=path, line=number, given=error) from None
