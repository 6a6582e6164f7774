"""What is unsafe or unwise about this instance: each check gives what, why, and what to do, or nothing."""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django_tasks_db.models import DBTaskResult

from dongche.kit import clock
from dongche.kit.messages import N_
from dongche.operations import health, presence
from dongche.operations.backup import take
from dongche.operations.backup.sqlite import live_file

BACKUP_AGE: Final = timedelta(hours=36)
CLOCK_OFF: Final = timedelta(seconds=5)
REMOTE: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "ceph", "glusterfs", "9p", "afs"}
)


@dataclass(frozen=True)
class Finding:
    """`unsafe` must be put right before people work with it; `advice` should be."""

    code: str
    level: Literal["unsafe", "advice"]
    message: str
    details: dict[str, Any] = field(default_factory=dict)


Check = Callable[[], Iterator[Finding]]


def debug() -> Iterator[Finding]:
    if settings.DEBUG:
        text = N_(
            "DONGCHE_DEBUG is on: error pages show settings, queries and personal data to whoever causes an "
            "error. Unset it."
        )
        yield Finding("debug", "unsafe", text)


def hosts() -> Iterator[Finding]:
    given = set(settings.ALLOWED_HOSTS)
    if "*" in given:
        text = N_(
            "DONGCHE_HOSTS allows every name, so links in messages can be made to lead elsewhere. Name the "
            "hosts that people use."
        )
        yield Finding("hosts_any", "unsafe", text)
    elif "testserver" in given or all(map(_is_local, given)):
        text = N_(
            "DONGCHE_HOSTS still has its default, so the server answers under no name of yours. Set it to the "
            "name that people type."
        )
        yield Finding("hosts_default", "unsafe", text)


def transport() -> Iterator[Finding]:
    if not settings.SECURE:
        text = N_(
            "DONGCHE_HTTPS is off: passwords and personal data can be read on their way. Put a proxy with a "
            "certificate in front (deploy/nginx.conf.sample) and set DONGCHE_HTTPS=1."
        )
        yield Finding("no_https", "unsafe", text)
    elif not settings.PROXIES:
        text = N_(
            "DONGCHE_PROXIES is not set: everybody seems to come from the proxy, so the lock-out and the "
            "audit log cannot tell people apart. Set it to the proxy's address, such as 127.0.0.1."
        )
        yield Finding("no_proxies", "unsafe", text)
    address = urlsplit(settings.PUBLIC_URL)
    if address.scheme != "https" or _is_local(address.hostname or ""):
        text = N_(
            "DONGCHE_PUBLIC_URL is %(given)s: the QR codes on the doors would lead phones there. Set it to "
            "the https address that people outside can open."
        )
        yield Finding("public_url", "unsafe", text, {"given": settings.PUBLIC_URL})


def keys() -> Iterator[Finding]:
    for name, key in (("DONGCHE_SECRET_KEY", settings.SECRET_KEY), ("DONGCHE_FIELD_KEY", settings.FIELD_KEY)):
        if len(key.strip()) < 32 or len(set(key)) < 12:
            text = N_(
                "%(name)s is short or simple enough to be guessed. Use 50 random characters; for the field "
                "key, do it before there are data, because what was encrypted with the old one cannot be read "
                "with a new one."
            )
            yield Finding("weak_key", "unsafe", text, {"name": name})
    if settings.SECRET_KEY == settings.FIELD_KEY:
        text = N_("DONGCHE_SECRET_KEY and DONGCHE_FIELD_KEY are the same: who learns one has both. Use two.")
        yield Finding("same_key", "unsafe", text)


def file_modes() -> Iterator[Finding]:
    data = Path(settings.DATA)
    paths = [data / "secret.key", data / "field.key", data, Path(settings.MEDIA_ROOT)]
    if connection.vendor == "sqlite":
        paths.append(live_file())
    # What lies in a folder that nobody else may enter is safe whatever its own mode says.
    is_closed = not stat.S_IMODE(data.stat().st_mode) & 0o077
    for path in paths:
        if path.exists() and not is_closed and stat.S_IMODE(path.stat().st_mode) & 0o077:
            text = N_(
                "%(path)s can be read by other users of this machine. Close the data folder: chmod 700 "
                "%(folder)s, and chmod 600 for the keys."
            )
            yield Finding("file_modes", "unsafe", text, {"path": path, "folder": data})


def demonstration() -> Iterator[Finding]:
    if settings.INSTANCE.get("demonstration"):
        text = N_(
            "This is the demonstration: its passwords are printed for everybody and its people are made up. "
            "Begin an instance of your own with “dongche init” in another folder."
        )
        yield Finding("demonstration", "unsafe", text)


def backup() -> Iterator[Finding]:
    last = take.last()
    if last is None:
        text = N_(
            "No backup has ever been taken: when the disk fails, everything is lost. Set DONGCHE_BACKUP_DIR "
            "or enable dongche-backup.timer, and keep copies on another machine."
        )
        yield Finding("no_backup", "unsafe", text)
    elif clock.real() - last > BACKUP_AGE:
        hours = round((clock.real() - last).total_seconds() / 3600)
        text = N_(
            "The last backup is %(hours)s hours old. See why the nightly one does not run "
            "(docs/operations.md)."
        )
        yield Finding("old_backup", "unsafe", text, {"hours": hours})
    if settings.BACKUP_DIR and not os.access(settings.BACKUP_DIR, os.W_OK):
        text = N_("The folder in DONGCHE_BACKUP_DIR, %(path)s, cannot be written to. Make it, for this user.")
        yield Finding("backup_folder", "unsafe", text, {"path": settings.BACKUP_DIR})
    if (Path(settings.DATA) / "field.key").exists():
        text = N_(
            "The key of the personal data lies beside the data, and backups do not hold it. Keep a copy of "
            "%(path)s somewhere else: without it no backup can be read."
        )
        yield Finding("field_key_apart", "advice", text, {"path": Path(settings.DATA) / "field.key"})


def database() -> Iterator[Finding]:
    if not health.database_answers():
        text = N_("The database does not answer. See that it runs and that DATABASE_URL is right.")
        yield Finding("database_away", "unsafe", text)
        return
    missing = health.missing_migrations()
    if missing:
        text = N_("The tables are of another version: %(count)s changes are missing. Run “dongche migrate”.")
        yield Finding("not_migrated", "unsafe", text, {"count": len(missing)})
    yield from _postgresql() if connection.vendor == "postgresql" else _sqlite()


def _sqlite() -> Iterator[Finding]:
    kind = _filesystem(live_file())
    if kind in REMOTE:
        text = N_(
            "The SQLite database lies on a network file system (%(kind)s), where its locks do not hold and "
            "rows get lost. Put the data folder on a local disk, or use PostgreSQL."
        )
        yield Finding("network_filesystem", "unsafe", text, {"kind": kind})


def _postgresql() -> Iterator[Finding]:
    given: dict[str, Any] = dict(settings.DATABASES["default"])
    host = str(given["HOST"])
    if host and not host.startswith("/") and not _is_local(host):
        mode = dict(given.get("OPTIONS") or {}).get("sslmode", "prefer")
        if mode not in ("require", "verify-ca", "verify-full"):
            text = N_(
                "The connection to PostgreSQL on %(host)s is not sure to be encrypted. Add "
                "?sslmode=verify-full to DATABASE_URL."
            )
            yield Finding("database_in_clear", "unsafe", text, {"host": host})
    with connection.cursor() as cursor:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"SHOW {name}")
            if cursor.fetchone()[0] == "off":
                text = N_(
                    "PostgreSQL runs with %(name)s = off: reports that were acknowledged are lost when it "
                    "crashes. Switch it on in postgresql.conf."
                )
                yield Finding("not_durable", "unsafe", text, {"name": name})
        cursor.execute("SELECT clock_timestamp()")
        off = abs(cursor.fetchone()[0] - clock.real())
    if off > CLOCK_OFF:
        text = N_(
            "The clocks of this machine and of the database differ by %(seconds)s seconds, so that days begin "
            "at different times. Set both by NTP (chrony)."
        )
        yield Finding("clock_off", "unsafe", text, {"seconds": round(off.total_seconds())})


def worker() -> Iterator[Finding]:
    if settings.TASKS_IMMEDIATE:
        text = N_(
            "DONGCHE_TASKS_IMMEDIATE is on: long imports keep their pages waiting, and no daily work is done. "
            "Unset it and run “dongche worker”."
        )
        yield Finding("tasks_immediate", "unsafe", text)
        return
    if not presence.living():
        text = N_(
            "No background worker is running: imports wait for ever and no daily work is done. Start “dongche "
            "worker” (dongche-worker.service)."
        )
        yield Finding("no_worker", "unsafe", text)
    failed = DBTaskResult.objects.failed().filter(finished_at__gt=clock.real() - timedelta(days=1)).count()
    if failed:
        text = N_("%(count)s background tasks failed within the last day. The log says where.")
        yield Finding("failed_tasks", "advice", text, {"count": failed})


def disk() -> Iterator[Finding]:
    if not health.has_room():
        text = N_("There is hardly any room left where %(path)s is. Make room before writing stops.")
        yield Finding("disk_full", "unsafe", text, {"path": settings.DATA})


ALWAYS: Final[tuple[Check, ...]] = (database, worker, disk)
DEPLOY: Final[tuple[Check, ...]] = (debug, hosts, transport, keys, file_modes, demonstration, *ALWAYS, backup)


def run(*, deploy: bool) -> list[Finding]:
    """This function will run the checks, what is unsafe first.

    Empty: nothing was found; a database that is away ends what would ask it
    """
    found: list[Finding] = []
    for check in DEPLOY if deploy else ALWAYS:
        if check is worker and any(one.code in ("database_away", "not_migrated") for one in found):
            continue
        found += check()
    return sorted(found, key=lambda one: one.level != "unsafe")


def _is_local(host: str) -> bool:
    host = host.strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "testserver", "")


def _filesystem(path: Path) -> str:
    """The kind of file system that a path lies on; empty when it cannot be told."""
    best, kind = "", ""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in mounts:
        _, where, what, *_ = line.split(" ")
        where = where.replace("\\040", " ")
        if len(where) >= len(best) and path.resolve().is_relative_to(where):
            best, kind = where, what
    return kind
