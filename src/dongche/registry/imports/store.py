"""The folder of one import: the uploaded file and the plan made from it.

Readable by us only. Personal values in the plan are encrypted like in the database, refused rows whole; the uploaded
file itself is deleted as soon as the import is applied or dropped.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, NamedTuple

from django.conf import settings

from dongche.kit.identifiers import new_code
from dongche.registry.imports.verdicts import Verdict
from dongche.web.fields import decrypt, encrypt

KINDS: Final = ("new", "changed", "unchanged", "duplicate", "refused")
PAGE: Final = 50
# Columns of any kind of import that hold a day.
DAYS: Final = (
    "opened_on",
    "on",
)


class PlanPage(NamedTuple):
    """Some entries of the plan, and where the pages on either side begin."""

    entries: list[dict[str, Any]]
    previous: int | None
    next: int | None


@dataclass(frozen=True)
class Folder:
    """Where one import keeps its files."""

    path: Path

    @classmethod
    def of(cls, file_path: str) -> Folder:
        return cls(Path(settings.MEDIA_ROOT) / file_path)

    @property
    def source(self) -> Path:
        return self.path / "source"

    def entries(self, kind: str) -> Iterator[dict[str, Any]]:
        """Every entry of one kind, in the order of the sheet."""
        file = self.path / f"{kind}.jsonl"
        if not file.exists():
            return
        with file.open("rb") as lines:
            for line in lines:
                yield _read(kind, line)

    def page(self, kind: str, offset: int) -> PlanPage:
        """The page of one kind that begins at `offset`, or at the page start before it."""
        index = self.path / f"{kind}.pages"
        starts: list[int] = json.loads(index.read_text()) if index.exists() else []
        if not starts:
            return PlanPage([], None, None)
        at = min(max(bisect_right(starts, offset) - 1, 0), len(starts) - 1)
        with (self.path / f"{kind}.jsonl").open("rb") as file:
            file.seek(starts[at])
            length = starts[at + 1] - starts[at] if at + 1 < len(starts) else -1
            lines = file.read(length).splitlines()
        return PlanPage(
            [_read(kind, line) for line in lines],
            starts[at - 1] if at else None,
            starts[at + 1] if at + 1 < len(starts) else None,
        )

    def append(self, kind: str, entries: Iterable[dict[str, Any]]) -> None:
        """Add entries to a plan that is written already."""
        index = self.path / f"{kind}.pages"
        starts: list[int] = json.loads(index.read_text()) if index.exists() else []
        with (self.path / f"{kind}.jsonl").open("ab") as file:
            for entry in entries:
                starts.append(file.tell())  # a page of its own for each: they are few
                file.write(_written(kind, entry, frozenset()))
        index.write_text(json.dumps(starts))

    def keep_seen(self, seen: dict[str, Any]) -> None:
        """Keep samples of what was read, encrypted: there are personal values among them."""
        (self.path / "seen").write_text(encrypt(_dumped(seen)))

    def seen(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(decrypt((self.path / "seen").read_text()))
        except (OSError, ValueError):
            return {}
        return found

    def keep_left(self, verdicts: Iterable[Verdict]) -> None:
        """Keep what taking the import back left as it is, and why."""
        self._be_there()
        (self.path / "left.json").write_text(_dumped([left_entry(one) for one in verdicts]))
        (self.path / "survey.json").unlink(missing_ok=True)

    def left(self) -> list[Any]:
        """What was left: number, name, and field, sentence and its details of each reason."""
        file = self.path / "left.json"
        found: list[Any] = json.loads(file.read_text()) if file.exists() else []
        return found

    def keep_survey(self, survey: dict[str, Any]) -> None:
        """Keep how far a look at what an undo would do has come, or what it saw."""
        self._be_there()
        part = self.path / f"survey.{new_code()}.part"  # whoever reads meanwhile gets the one or the other
        part.write_text(_dumped(survey))
        part.replace(self.path / "survey.json")

    def survey(self) -> dict[str, Any] | None:
        """What a look ahead has seen or how far it is. Empty: None before anybody looked"""
        file = self.path / "survey.json"
        found: dict[str, Any] | None = json.loads(file.read_text()) if file.exists() else None
        return found

    def show_progress(self, done: int) -> None:
        """Progress of a transaction that nobody else can see yet."""
        self._be_there()
        (self.path / "progress").write_text(str(done))

    def progress(self) -> int:
        try:
            return int((self.path / "progress").read_text())
        except (OSError, ValueError):
            return 0

    def _be_there(self) -> None:
        """What is left of an old import has been deleted in time; it may be undone all the same."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def forget_upload(self) -> None:
        """Delete what holds personal data and is not needed any more."""
        self.source.unlink(missing_ok=True)
        (self.path / "seen").unlink(missing_ok=True)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class Plan:
    """The plan while it is being written: one file of lines per kind, and where every page of it begins."""

    def __init__(self, folder: Folder, personal: frozenset[str]) -> None:
        self.folder, self.personal = folder, personal
        self.counts = dict.fromkeys(KINDS, 0)
        self._files: dict[str, IO[bytes]] = {}
        self._sizes = dict.fromkeys(KINDS, 0)
        self._starts: dict[str, list[int]] = {kind: [] for kind in KINDS}

    def __enter__(self) -> Plan:
        with ExitStack() as stack:
            for kind in KINDS:
                self._files[kind] = stack.enter_context((self.folder.path / f"{kind}.jsonl.part").open("wb"))
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        if error is not None:
            return
        for name in KINDS:
            part = self.folder.path / f"{name}.jsonl.part"
            part.replace(self.folder.path / f"{name}.jsonl")
            (self.folder.path / f"{name}.pages").write_text(json.dumps(self._starts[name]))

    def add(self, kind: str, entry: dict[str, Any]) -> None:
        line = _written(kind, entry, self.personal)
        if self.counts[kind] % PAGE == 0:
            self._starts[kind].append(self._sizes[kind])
        self.counts[kind] += 1
        self._sizes[kind] += len(line)
        self._files[kind].write(line)


def left_entry(verdict: Verdict) -> list[Any]:
    """What taking back leaves, as it is kept: number, name, and field, sentence and its details of each reason."""
    left = [[one.name, one.message, dict(one.details)] for one in verdict.left]
    return [verdict.number, verdict.name, left]


def keep(chunks: Iterable[bytes]) -> tuple[str, str]:
    """This function will store an uploaded file under a random name.

    Shape: its folder below the media root, its SHA-256
    """
    place = f"imports/{new_code()}"
    folder = Folder.of(place)
    folder.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.path.mkdir(mode=0o700)
    digest = hashlib.sha256()
    try:
        with folder.source.open("wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
        folder.source.chmod(0o600)
    except BaseException:  # half a file is of no use, and nobody would delete it
        folder.remove()
        raise
    return place, digest.hexdigest()


def _written(kind: str, entry: dict[str, Any], personal: frozenset[str]) -> bytes:
    if kind == "refused":
        return encrypt(_dumped(entry)).encode() + b"\n"
    values = entry.get("values")
    if values and not personal.isdisjoint(values):
        sealed = {name: values[name] for name in values if name in personal}
        entry = {
            **entry,
            "values": {name: value for name, value in values.items() if name not in personal},
            "sealed": encrypt(_dumped(sealed)),
        }
    return _dumped(entry).encode() + b"\n"


def _read(kind: str, line: bytes) -> dict[str, Any]:
    if kind == "refused":
        line = decrypt(line.decode().strip()).encode()
    entry: dict[str, Any] = json.loads(line)
    if "sealed" in entry:
        entry["values"] |= json.loads(decrypt(entry.pop("sealed")))
    values = entry.get("values")
    if values:
        for name in DAYS:
            if values.get(name):
                values[name] = date.fromisoformat(values[name])
    return entry


_dumped: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
