"""The zip file of a backup: written in one go under another name, read only when all of it is sound."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from dongche.operations.backup.problems import BackupDamaged, BackupExists, BackupUnwritable, NotABackup

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
PIECE: Final = 1 << 20
Say = Callable[[int], None]


@dataclass
class Manifest:
    """What the backup holds, and by whom and when it was taken.

    Shape: `migrations` room → names in force; `tables` table → rows; `members` name → size and SHA-256
    """

    program: str
    engine: str
    taken_at: str
    field_key: str
    migrations: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    with_keys: bool = False
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


def fingerprint(key: str) -> str:
    """Tells one key from another and nothing about either."""
    return hashlib.sha256(b"dongche field key\0" + key.strip().encode()).hexdigest()[:16]


class Writer:
    """Adds members; each is checksummed on its way in."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest, say: Say) -> None:
        self.archive, self.manifest, self.say = archive, manifest, say

    def add(self, name: str, pieces: Iterable[bytes | bytearray | memoryview]) -> None:
        digest, size = hashlib.sha256(), 0
        with self.archive.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                digest.update(piece)
                member.write(piece)
                size += len(piece)
                self.say(len(piece))
        self.manifest.members[name] = {"size": size, "sha256": digest.hexdigest()}

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.add(name, pieces_of(file))


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


@contextmanager
def writing(file: Path, manifest: Manifest, expected: int, say: Say) -> Iterator[Writer]:
    """Write a backup: it gets its name when it is whole and on the disk, and is readable by us only.

    Raises: BackupExists, BackupUnwritable – no such folder, no right to write there, the disk is full
    """
    if file.exists():
        raise BackupExists(file=file)
    draft = file.with_name(f".{file.name}.part")
    megabytes = max(1, expected // 3_000_000)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                yield Writer(archive, manifest, say)
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1, ensure_ascii=False))
            out.flush()
            os.fsync(out.fileno())
        os.link(draft, file)  # refuses when somebody has made it meanwhile
    except FileExistsError:
        raise BackupExists(file=file) from None
    except OSError as error:
        raise BackupUnwritable(file=file, given=error.strerror, megabytes=megabytes) from None
    finally:
        draft.unlink(missing_ok=True)


class Reader:
    """A backup whose manifest has been read; members come out checked."""

    def __init__(self, file: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.file, self.archive, self.manifest = file, archive, manifest

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a member. Raises: BackupDamaged – at its end, so keep what came only when none is raised"""
        expected = self.manifest.members[name]
        digest, size = hashlib.sha256(), 0
        try:
            with self.archive.open(name) as member:
                for piece in pieces_of(member):
                    digest.update(piece)
                    size += len(piece)
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError):
            raise BackupDamaged(part=name, file=self.file) from None
        if (size, digest.hexdigest()) != (expected["size"], expected["sha256"]):
            raise BackupDamaged(part=name, file=self.file)

    def check(self, say: Say) -> None:
        """Read everything once. Raises: BackupDamaged"""
        for name in self.manifest.members:
            for piece in self.pieces(name):
                say(len(piece))

    def extract(self, name: str, to: Path, mode: int = 0o600) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            for piece in self.pieces(name):
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())


@contextmanager
def reading(file: Path) -> Iterator[Reader]:
    """Open a backup. Raises: NotABackup – cut off, of another kind, or with members that are nowhere expected"""
    try:
        archive = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile):
        raise NotABackup(file=file) from None
    with archive:
        yield Reader(file, archive, _manifest(file, archive))


def _manifest(file: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        content = json.loads(archive.read(MANIFEST))
        if content["format"] != FORMAT:
            raise NotABackup(file=file)
        manifest = Manifest(**content)
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error):
        raise NotABackup(file=file) from None
    strange = [name for name in manifest.members if not _is_expected(name)]
    if strange or set(archive.namelist()) != {MANIFEST, *manifest.members}:
        raise NotABackup(file=file)
    return manifest


def _is_expected(name: str) -> bool:
    """Nothing is ever written outside of the data folder."""
    parts = name.split("/")
    return not name.startswith("/") and not {"", ".", ".."} & set(parts) and "\\" not in name


def room_for(folder: Path, size: int) -> bool:
    return shutil.disk_usage(folder).free > size
