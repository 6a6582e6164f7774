"""The data folder: whether it holds an instance, of what kind, and starting Django on it.

Nothing here, and no command before it has called `open_instance`, imports the settings: they make the folder and its
keys, and a folder that is refused must stay as it is.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from dongche.cli import language
from dongche.kit.errors import Problem

DATABASE, NOTE = "dongche.sqlite3", "instance.json"
LOADING, READY = "loading", "ready"


PACKS = Path(__file__).resolve().parents[3] / "packs"


class NoSuchPack(Problem):
    code = "cli.no_such_pack"
    status = 404
    message = (
        "There is no pack %(given)s in %(folder)s. Give the name of a folder there, or the path of a pack."
    )


class NoInstance(Problem):
    code = "cli.no_instance"
    status = 404
    message = (
        "There is no instance in %(folder)s. Begin one with “dongche init” or “dongche demo”, or set DONGCHE_DATA to "
        "the folder that holds yours."
    )


class NoteUnreadable(Problem):
    code = "cli.note_unreadable"
    message = (
        "The file %(file)s is damaged: %(given)s. It should be as “dongche init” wrote it; restore a backup."
    )


class HalfLoaded(Problem):
    code = "cli.half_loaded"
    status = 409
    message = (
        "The demonstration in %(folder)s is not completely loaded. Run “dongche demo”, which begins it again."
    )


class NotOurs(Problem):
    code = "cli.not_ours"
    status = 409
    message = (
        "The database %(given)s is no instance of this program: it has no table of units. Nothing was changed. "
        "Name yours with DATABASE_URL or DONGCHE_DATA, or begin one with “dongche init”."
    )


class NotMigrated(Problem):
    code = "cli.not_migrated"
    status = 409
    message = (
        "The database is not of this version of the program: %(count)s changes to its tables are missing, the first is "
        "%(first)s. Keep a copy of the data, then run “dongche migrate”."
    )


def folder() -> Path:
    """The data folder, as the settings will have it."""
    return Path(os.environ.get("DONGCHE_DATA", "var")).resolve()


def note() -> dict[str, Any]:
    """What was written about this folder when it was begun; empty when nothing was.

    Raises: NoteUnreadable
    """
    file = folder() / NOTE
    if not file.exists():
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        for name in ("clock_shown", "clock_started") if "clock_shown" in content else ():
            datetime.fromisoformat(content[name])
        return dict(content.items())
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoteUnreadable(file=file, given=error) from None


def make_folder() -> Path:
    """The data folder, made when it is not there: what lies in it is nobody else's to read."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder()


def write_note(content: dict[str, Any]) -> None:
    """Replace the note in one step, so that it is never half written."""
    make_folder()
    draft = folder() / f"{NOTE}.part"
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    draft.replace(folder() / NOTE)


def has_database() -> bool:
    """Whether a database is there, or another one is named; says nothing about what is in it."""
    return (
        bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))
        or (folder() / DATABASE).exists()
    )


def is_demonstration() -> bool:
    return bool(note().get("demonstration"))


def pack_folder(given: str) -> Path:
    """The folder of a pack: one of ours by its name, or any by its path.

    Raises: NoSuchPack
    """
    found = next((path for path in (PACKS / given, Path(given)) if (path / "metrics").is_dir()), None)
    if found is None:
        raise NoSuchPack(given=given, folder=PACKS)
    return found.resolve()


def open_instance() -> None:
    """Start Django on the data folder.

    Raises: NoInstance, HalfLoaded, NotOurs
    """
    if _has_started():
        return
    if not has_database():
        raise NoInstance(folder=folder())
    if note().get("state") == LOADING:
        raise HalfLoaded(folder=folder())
    start()
    _require_ours()


def start(pack: str = "") -> None:
    """Start Django, whatever is or is not in the folder yet; with the pack that the instance was begun with.

    Raises: NoSuchPack
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dongche.config.settings")
    pack = pack or note().get("pack", "")
    if pack and not os.environ.get("DONGCHE_PACK"):
        os.environ["DONGCHE_PACK"] = str(pack_folder(pack))
    import django

    if not _has_started():
        django.setup()
    from django.utils import translation

    translation.activate(language.code())


def require_migrated() -> None:
    """Refuse to work on a database of another version.

    Raises: NotMigrated
    """
    missing = missing_migrations()
    if missing:
        raise NotMigrated(count=len(missing), first=missing[0])


def _require_ours() -> None:
    """Refuse a database that something else has made: no command may write its tables into it.

    Raises: NotOurs
    """
    from django.db import connection

    if "org_unit" not in connection.introspection.table_names():
        raise NotOurs(given=connection.settings_dict["NAME"])


def missing_migrations() -> list[str]:
    from dongche.operations import health

    return health.missing_migrations()


def migrate() -> None:
    from dongche.operations import upgrade

    upgrade.migrate()


def _has_started() -> bool:
    from django.apps import apps

    return apps.ready
